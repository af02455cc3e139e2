//! When the keys at hand are good enough, and when the issuer may be asked again. Nothing here asks.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::keys::{Key, KeySet};

/// For how long keys are used without a thought.
const FRESH: SignedDuration = SignedDuration::from_mins(10);
/// For how long keys are used while the issuer does not answer.
const USABLE: SignedDuration = SignedDuration::from_hours(1);
/// Time between two fetches, whatever tokens come: a made-up key id costs the issuer nothing.
const PAUSE: SignedDuration = SignedDuration::from_secs(60);
/// The same while there are no keys at all, so that a start that failed is made good soon.
const PAUSE_WITHOUT_KEYS: SignedDuration = SignedDuration::from_secs(5);

/// The keys of the last fetch, and when fetches were made.
#[derive(Debug, Default)]
pub(crate) struct Held {
    keys: Option<(Arc<KeySet>, Timestamp)>,
    tried_at: Option<Timestamp>,
}

/// What is known of a key id.
#[derive(Debug)]
pub(crate) enum Look {
    /// The key.
    Found(Key),
    /// The issuer has no such key.
    Unknown,
    /// Ask the issuer first.
    Fetch,
    /// There are no keys, and the issuer was asked a moment ago.
    Unavailable,
}

impl Held {
    /// Looks for a key.
    pub(crate) fn look(&self, kid: &str, now: Timestamp) -> Look {
        let settled = self.settled(kid, now);
        let fresh = self.keys.as_ref().is_some_and(|(_, at)| within(*at, now, FRESH));
        if matches!(settled, Look::Found(_)) && fresh {
            return settled;
        }
        let pause = if matches!(settled, Look::Unavailable) { PAUSE_WITHOUT_KEYS } else { PAUSE };
        if self.tried_at.is_some_and(|at| within(at, now, pause)) { settled } else { Look::Fetch }
    }

    /// Looks for a key after the issuer was asked: what is there has to do.
    pub(crate) fn settled(&self, kid: &str, now: Timestamp) -> Look {
        match self.keys.as_ref().filter(|(_, at)| within(*at, now, USABLE)) {
            Some((keys, _)) => keys.get(kid).cloned().map_or(Look::Unknown, Look::Found),
            None => Look::Unavailable,
        }
    }

    /// The issuer was asked: from now on for a while, what is there has to do.
    pub(crate) fn try_at(&mut self, now: Timestamp) {
        self.tried_at = Some(now);
    }

    /// A fetch that began at `now` has succeeded.
    pub(crate) fn hold(&mut self, keys: KeySet, now: Timestamp) {
        self.keys = Some((Arc::new(keys), now));
    }
}

/// Whether less than `span` has passed. A clock that was set back counts as time passed.
fn within(since: Timestamp, now: Timestamp, span: SignedDuration) -> bool {
    let passed = now.duration_since(since);
    !passed.is_negative() && passed < span
}
