//! What the product tells the world: facts about reviews, inventory, keys and what administrators settle, as events on a bus.
//!
//! An event is written to the outbox in the transaction of the fact that it tells, and goes out at least once under the
//! same id: consumers deduplicate by it. It carries ids, counts and states; whoever needs more asks the API, with the
//! rights of its own token. Names, addresses, texts of notes and secrets are never part of one.
//!
//! [`Event`] is the catalogue. `docs/events` holds a schema and a sample of each, made from here: a test fails when
//! they are stale, and `UPDATE=1 cargo test -p app event` writes them. A field may be added within a version; whatever
//! else changes is a new version of the type.

mod catalogue;
pub(crate) mod envelope;
mod facts;
mod governance;
pub(crate) mod received;
pub mod rows;

use domain::user::UserKey;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use store::outbox::{Outgoing, Sent};
use store::tx::Tx;

pub use self::catalogue::Event;
pub use self::envelope::Envelope;
use self::envelope::{envelope, unreadable, unwritable};
pub use self::facts::*;
pub use self::governance::*;
use crate::call::Call;
use crate::error::Error;

/// Who tells: the source of every event on the bus.
pub const SOURCE: &str = "access-review";

/// An event of one fact as it waits in the outbox.
#[derive(Serialize, Deserialize)]
struct Waiting {
    v: u32,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    actor: Option<UserKey>,
    data: Box<RawValue>,
}

/// Adds the event of a fact to the transaction that makes it one.
///
/// # Errors
/// [`Error::Bug`] when it cannot be written down.
pub(crate) fn tell(tx: &mut Tx<'_>, actor: Option<&UserKey>, event: &Event) -> Result<(), Error> {
    let data = serde_json::value::to_raw_value(event).map_err(unwritable)?;
    let number = number(event.kind(), &data);
    let waiting = Waiting { v: event.version(), actor: actor.cloned(), data };
    let body = serde_json::to_string(&waiting).map_err(unwritable)?;
    tx.send_as(number, Outgoing { kind: event.kind().to_owned(), body })?;
    Ok(())
}

/// The same with the caller as who did it.
pub(crate) fn tell_by(tx: &mut Tx<'_>, call: &Call, event: &Event) -> Result<(), Error> {
    tell(tx, Some(&call.caller.user.key()), event)
}

/// The number of an event within its command, which may tell several in several transactions: made of what it says, in
/// the upper half of all numbers, where nothing else of a command is numbered.
fn number(kind: &str, data: &RawValue) -> u32 {
    let mut digest = Sha256::new();
    digest.update(kind.as_bytes());
    digest.update([0]);
    digest.update(data.get().as_bytes());
    let digest: [u8; 32] = digest.finalize().into();
    u32::from_be_bytes(digest.first_chunk().copied().unwrap_or_default()) | 1 << 31
}

/// The events that a message of the outbox stands for, the same for every delivery; empty for a message to a worker.
///
/// # Errors
/// [`Error::Bug`] for a body that this version cannot read.
pub(crate) fn envelopes(sent: &Sent) -> Result<Vec<Envelope>, Error> {
    if sent.message.kind == rows::KIND {
        return rows::envelopes(sent);
    }
    let waiting: Waiting = serde_json::from_str(&sent.message.body).map_err(|error| unreadable(sent, &error))?;
    let Waiting { v, actor, data } = waiting;
    Ok(vec![envelope(sent.id.clone(), &sent.message.kind, v, sent.at, actor.as_ref(), &data)?])
}

#[cfg(test)]
mod tests;
