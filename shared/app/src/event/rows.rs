//! Events of commands on rows: one message in the outbox for a transaction, one event for each type of change on the bus.
//!
//! The message is small, because a decision pays for its bytes: rows are kept as masks of pages. What it becomes on the
//! bus is worked out when it is sent, always the same way, so that ids are the same for every delivery. A transaction
//! holds at most 45 pages of 64 rows, so that every event stays far below what the bus takes.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{ReviewId, RowId};
use domain::page::{Act, Change, ClearedReason};
use domain::row::{Decision, NotificationStatus};
use domain::user::UserKey;
use serde::{Deserialize, Serialize};
use store::outbox::{Outgoing, Sent};

use super::catalogue::Event;
use super::envelope::{Envelope, envelope, unreadable, unwritable};
use super::facts::{
    Cleared, Decided, DecisionWord, Noted, Reassigned, Removal, RemovalStatus, ReviewKind, Rows, RowsCleared,
    RowsDecided, RowsNoted, RowsReassigned, RowsRemoved,
};
use crate::error::Error;

/// The kind of the message in the outbox.
pub(crate) const KIND: &str = "rows";

/// What happened, short: the form in the outbox, with codes for decisions and states.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
enum Told {
    /// Decided.
    #[serde(rename = "d")]
    Decided(u8),
    /// Cleared: whether undone, and the decision before.
    #[serde(rename = "c")]
    Cleared(bool, u8),
    /// Flagged.
    #[serde(rename = "f")]
    Flagged,
    /// Whether there is a note now.
    #[serde(rename = "n")]
    Noted(bool),
    /// The reviewers from now on.
    #[serde(rename = "r")]
    Reassigned(Vec<UserKey>),
    /// Signed off.
    #[serde(rename = "s")]
    SignedOff,
    /// Not signed off any more.
    #[serde(rename = "u")]
    SignOffUndone,
    /// How the removal goes.
    #[serde(rename = "x")]
    Removal(u8),
    /// Whoever is to remove the access says that it is not done yet.
    #[serde(rename = "w")]
    UnderWay,
}

/// The message of a transaction.
#[derive(Debug, Serialize, Deserialize)]
struct Waiting {
    v: u32,
    actor: UserKey,
    review: ReviewId,
    kind: ReviewKind,
    /// What happened, and where: page and mask.
    acts: Vec<(Told, Vec<(u32, u64)>)>,
    /// Who reviews rows from now on that they did not review before; `None` in what was written before that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    added: Option<BTreeSet<UserKey>>,
}

impl Told {
    /// `None` for what changes nothing by itself: why something was done is told to who may read the log.
    fn of(change: &Change) -> Option<Self> {
        Some(match change {
            Change::Automatic { .. }
            | Change::Commented { .. }
            | Change::Displayed { .. }
            | Change::Instructed { .. } => return None,
            Change::Decided { decision } => Self::Decided(decision.code()),
            Change::Flagged => Self::Flagged,
            Change::Cleared { reason, previous, decider: _ } => {
                Self::Cleared(*reason == ClearedReason::Undone, previous.code())
            }
            Change::Note { digest } => Self::Noted(digest.is_some()),
            Change::Reviewers { old: _, new } => Self::Reassigned(new.clone()),
            Change::SignedOff => Self::SignedOff,
            Change::SignOffUndone => Self::SignOffUndone,
            // An answer asks nobody for anything.
            Change::Answered { status: NotificationStatus::Pending, info: _ } => Self::UnderWay,
            Change::Notification { status } | Change::Answered { status, info: _ } => Self::Removal(status.code()),
        })
    }
}

/// The message about a transaction that changes these pages; `None` when there is nothing to tell (or it cannot be written
/// down, which no command makes happen).
pub(crate) fn message(
    review: ReviewId,
    kind: ReviewKind,
    actor: &UserKey,
    pages: &[(u32, &[Act])],
) -> Option<Outgoing> {
    let mut acts: BTreeMap<Told, BTreeMap<u32, u64>> = BTreeMap::new();
    let mut added: Option<BTreeSet<UserKey>> = None;
    for (page, changed) in pages {
        for act in *changed {
            if let Change::Reviewers { old, new } = &act.change {
                let joining = new.iter().filter(|user| !old.contains(user)).cloned();
                added.get_or_insert_default().extend(joining);
            }
            if let Some(told) = Told::of(&act.change) {
                *acts.entry(told).or_default().entry(*page).or_default() |= act.rows;
            }
        }
    }
    if acts.is_empty() {
        return None;
    }
    let acts = acts.into_iter().map(|(told, masks)| (told, masks.into_iter().collect())).collect();
    let waiting = Waiting { v: 1, actor: actor.clone(), review, kind, acts, added };
    let body = serde_json::to_string(&waiting).ok()?;
    Some(Outgoing { kind: KIND.to_owned(), body })
}

/// The review whose rows a message is about; `None` for a message about anything else.
pub(crate) fn review_of(sent: &Sent) -> Option<ReviewId> {
    #[derive(Deserialize)]
    struct About {
        review: ReviewId,
    }
    let about: Option<About> = (sent.message.kind == KIND).then(|| serde_json::from_str(&sent.message.body).ok())?;
    about.map(|about| about.review)
}

/// The events of a message: one for each type of change, in a fixed order.
///
/// # Errors
/// [`Error::Bug`] for a body that this version cannot read.
pub(super) fn envelopes(sent: &Sent) -> Result<Vec<Envelope>, Error> {
    let waiting: Waiting = serde_json::from_str(&sent.message.body).map_err(|error| unreadable(sent, &error))?;
    let Waiting { v: _, actor, review, kind, acts, added } = waiting;
    let mut envelopes = Vec::new();
    for event in events(review, kind, &acts, added) {
        let data = serde_json::value::to_raw_value(&event).map_err(unwritable)?;
        let id = format!("{}/{}", sent.id, event.kind());
        envelopes.push(envelope(id, event.kind(), event.version(), sent.at, Some(&actor), &data)?);
    }
    Ok(envelopes)
}

fn events(
    review: ReviewId,
    kind: ReviewKind,
    acts: &[(Told, Vec<(u32, u64)>)],
    added: Option<BTreeSet<UserKey>>,
) -> Vec<Event> {
    let mut decided = Vec::new();
    let mut cleared = Vec::new();
    let mut noted = Vec::new();
    let mut reassigned = Vec::new();
    let mut removed = Vec::new();
    let mut plain = Vec::new();
    for (told, masks) in acts {
        let rows = rows(masks);
        match told {
            Told::Decided(code) => decided.push(Decided { decision: word(*code), rows }),
            Told::Cleared(undone, code) => cleared.push(Cleared { undone: *undone, previous: word(*code), rows }),
            Told::Noted(present) => noted.push(Noted { present: *present, rows }),
            Told::Reassigned(reviewers) => reassigned.push(Reassigned { reviewers: reviewers.clone(), rows }),
            Told::Removal(code) => removed.push(Removal { status: status(*code), rows }),
            Told::UnderWay => removed.push(Removal { status: RemovalStatus::UnderWay, rows }),
            Told::Flagged => plain.push(Event::RowFlagged(Rows { review, kind, rows })),
            Told::SignedOff => plain.push(Event::RowSignedOff(Rows { review, kind, rows })),
            Told::SignOffUndone => plain.push(Event::RowSignOffUndone(Rows { review, kind, rows })),
        }
    }
    let mut events = Vec::new();
    if !decided.is_empty() {
        events.push(Event::RowDecided(RowsDecided { review, kind, changes: decided }));
    }
    if !cleared.is_empty() {
        events.push(Event::RowCleared(RowsCleared { review, kind, changes: cleared }));
    }
    if !noted.is_empty() {
        events.push(Event::RowNoted(RowsNoted { review, kind, changes: noted }));
    }
    if !reassigned.is_empty() {
        let all = || reassigned.iter().flat_map(|change| change.reviewers.iter().cloned()).collect();
        let added = added.unwrap_or_else(all).into_iter().collect();
        events.push(Event::RowReassigned(RowsReassigned { review, kind, changes: reassigned, added }));
    }
    if !removed.is_empty() {
        events.push(Event::RowRemovalChanged(RowsRemoved { review, kind, changes: removed }));
    }
    events.extend(plain);
    events
}

fn rows(masks: &[(u32, u64)]) -> Vec<u32> {
    let slots = |mask: u64| (0..64u8).filter(move |slot| mask & 1 << slot != 0);
    let rows = masks.iter().flat_map(|(page, mask)| slots(*mask).filter_map(|slot| RowId::at(*page, slot)));
    rows.map(|row| row.0).collect()
}

fn word(code: u8) -> DecisionWord {
    match Decision::from_code(code) {
        Some(Decision::Accepted) => DecisionWord::Accepted,
        Some(Decision::Rejected) => DecisionWord::Rejected,
        Some(Decision::Fixed) => DecisionWord::Fixed,
        Some(Decision::None) | None => DecisionWord::None,
    }
}

fn status(code: u8) -> RemovalStatus {
    match NotificationStatus::from_code(code) {
        Some(NotificationStatus::Pending) => RemovalStatus::Requested,
        Some(NotificationStatus::Succeed) => RemovalStatus::Succeeded,
        Some(NotificationStatus::Failed) => RemovalStatus::Failed,
        Some(NotificationStatus::Unknown) | None => RemovalStatus::CalledOff,
    }
}
