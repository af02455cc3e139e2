//! Mails to people about reviews: what one is about, and what has become of it.
//!
//! A letter is one mail to one person about one thing that happened. Its id follows from both, so that the same event, heard
//! twice, makes the same letter.

use jiff::Timestamp;

use crate::ids::{JobId, ReviewId};
use crate::user::UserKey;

/// Why a letter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Motive {
    /// A review has begun in which the recipient has rows.
    Started,
    /// Somebody gave rows of a review to the recipient.
    Reassigned,
    /// Rows of the recipient wait, in whichever reviews: one letter a day.
    Reminder,
    /// A review that the recipient answers for is completed.
    Completed,
    /// A review that the recipient answers for has expired.
    Expired,
}

impl Motive {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Started, Self::Reassigned, Self::Reminder, Self::Completed, Self::Expired];

    /// The word in records, and of what follows from it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Reassigned => "reassigned",
            Self::Reminder => "reminder",
            Self::Completed => "completed",
            Self::Expired => "expired",
        }
    }

    /// Whether it is written to whoever answers for a review, because the review is over.
    #[must_use]
    pub const fn is_of_an_end(self) -> bool {
        matches!(self, Self::Completed | Self::Expired)
    }

    /// The motive of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|motive| motive.word() == word)
    }
}

/// One mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Follows from what it is about and for whom.
    pub id: JobId,
    /// Why it is written.
    pub motive: Motive,
    /// The review that it is about; `None` where it is about all of the recipient's reviews.
    pub review: Option<ReviewId>,
    /// Who gets it.
    pub to: UserKey,
    /// Whose place the recipient takes: those get no letter themselves.
    pub instead_of: Vec<UserKey>,
    /// Who did what it tells, where somebody did.
    pub actor: Option<UserKey>,
    /// When what it tells happened.
    pub at: Timestamp,
    /// Until when it waits for more to tell; `None` for one that is on its way to its sender.
    pub after: Option<Timestamp>,
    /// The command that it was written for, where it may come to tell of several.
    pub cause: Option<String>,
    /// What has become of it.
    pub fate: Fate,
}

/// What has become of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Nobody has tried to send it, or it is to be tried again.
    Waiting,
    /// Somebody has been sending it since then.
    Sending {
        /// When they began.
        since: Timestamp,
    },
    /// The mail host has taken it.
    Sent {
        /// When.
        at: Timestamp,
    },
    /// It could not be delivered.
    Failed {
        /// When that was known.
        at: Timestamp,
        /// Whether trying again is of no use.
        for_good: bool,
    },
    /// There was nothing left to tell when it was its turn.
    Dropped,
}

impl Letter {
    /// The letter in the hands of a sender at `now`; `None` when it is in somebody else's, or needs no sender any more.
    ///
    /// `patience` is how long a sender takes at most: one that has not come to an end by then has died, and nobody knows
    /// whether the mail went out. It is sent again, because a reviewer who hears twice is better off than one who never
    /// hears.
    #[must_use]
    pub fn taken_up(&self, now: Timestamp, patience: jiff::SignedDuration) -> Option<Self> {
        let free = match self.fate {
            Fate::Waiting | Fate::Failed { for_good: false, .. } => true,
            Fate::Sending { since } => now.duration_since(since) > patience,
            Fate::Sent { .. } | Fate::Failed { for_good: true, .. } | Fate::Dropped => false,
        };
        free.then(|| Self { fate: Fate::Sending { since: now }, after: None, ..self.clone() })
    }

    /// Whether it tells of a command that is known about at `now`: it was written for it, or it waits until later, and what
    /// it says is read then.
    #[must_use]
    pub fn covers(&self, cause: &str, now: Timestamp) -> bool {
        let waits = self.fate == Fate::Waiting && self.after.is_some_and(|after| after > now);
        waits || self.cause.as_deref() == Some(cause)
    }
}

/// Why somebody cannot be reached by mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Undeliverable {
    /// They have no e-mail address, or none that mail can be sent to.
    NoAddress,
    /// The mail host refuses their address, or the mail to it, for good.
    Refused,
    /// The mail host did not take the mail, however often it was tried.
    GivenUp,
}

impl Undeliverable {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::NoAddress, Self::Refused, Self::GivenUp];

    /// The word in records and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoAddress => "no_address",
            Self::Refused => "refused",
            Self::GivenUp => "given_up",
        }
    }

    /// The reason of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use uuid::Uuid;

    use super::*;

    const PATIENCE: SignedDuration = SignedDuration::from_secs(90);

    fn letter(fate: Fate) -> Letter {
        let to = UserKey::new("Identity", "ann").unwrap();
        let (id, at) = (JobId::new(Uuid::from_u128(1)), Timestamp::UNIX_EPOCH);
        let (motive, instead_of, cause) = (Motive::Started, Vec::new(), Some("one".to_owned()));
        Letter { id, motive, review: None, to, instead_of, actor: None, at, after: None, cause, fate }
    }

    #[test]
    fn a_letter_covers_what_it_was_written_for_and_whatever_comes_while_it_waits() {
        let now: Timestamp = "2026-03-01T08:00:00Z".parse().unwrap();
        let later = now + SignedDuration::from_millis(1);
        for (fate, after, other) in [
            (Fate::Waiting, Some(later), true),
            (Fate::Waiting, Some(now), false),
            (Fate::Waiting, None, false),
            (Fate::Sending { since: now }, Some(later), false),
            (Fate::Sent { at: now }, None, false),
        ] {
            let letter = Letter { after, ..letter(fate.clone()) };
            assert_eq!((letter.covers("one", now), letter.covers("two", now)), (true, other), "{fate:?} {after:?}");
        }
    }

    #[test]
    fn a_letter_is_taken_up_while_it_waits_and_again_when_its_sender_has_died() {
        let now: Timestamp = "2026-03-01T08:00:00Z".parse().unwrap();
        let since = |seconds: i64| Fate::Sending { since: now - SignedDuration::from_secs(seconds) };
        for (fate, free) in [
            (Fate::Waiting, true),
            (Fate::Failed { at: now, for_good: false }, true),
            (Fate::Failed { at: now, for_good: true }, false),
            (Fate::Sent { at: now }, false),
            (Fate::Dropped, false),
            (since(90), false),
            (since(91), true),
        ] {
            let taken = letter(fate.clone()).taken_up(now, PATIENCE);
            assert_eq!(taken.map(|letter| letter.fate), free.then_some(Fate::Sending { since: now }), "{fate:?}");
        }
    }

    #[test]
    fn words_lead_back() {
        assert!(Motive::ALL.into_iter().all(|motive| Motive::of(motive.word()) == Some(motive)));
        assert!(Undeliverable::ALL.into_iter().all(|reason| Undeliverable::of(reason.word()) == Some(reason)));
        assert_eq!((Motive::of(""), Undeliverable::of("")), (None, None));
    }
}
