//! What automations do to a row together.
//!
//! Each says what it wishes for the row: a decision, a note, a sign-off. Of a part that several wish for, the same wish of
//! all is carried out, and different wishes leave that part as it is. What is carried out stands in the log under each that
//! wished for it, with its own note: where their notes differ, none becomes the note of the row, and the log holds each all
//! the same, whatever else of their wishes is carried out.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Context, RowUpdate, awf};
use crate::automatic::Cause;
use crate::ids::{AutomationId, AutomationRunId};
use crate::note::{NoteDigest, NoteEdit};
use crate::page::Change;
use crate::refusal::Refusal;
use crate::row::{Decision, RowState};

/// What an automation wishes for a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AutomationWish {
    /// Which automation.
    pub automation: AutomationId,
    /// Its version.
    pub version: u64,
    /// In the course of which run.
    pub run: AutomationRunId,
    /// What.
    pub what: Wished,
}

/// What can be wished for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wished {
    /// A change; `None` leaves a part.
    Modify {
        /// A decision; [`Decision::None`] for none.
        decision: Option<Decision>,
        /// The note, by the digest of its text.
        note: Option<NoteDigest>,
        /// Signed off, or not.
        signed_off: Option<bool>,
    },
    /// That something is shown beside the row.
    Display,
}

/// What comes of wishes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fulfilled {
    /// What changes, in order.
    pub changes: Vec<Change>,
    /// Parts that were wished to be different things, and stay as they are.
    pub conflicts: u32,
    /// Parts on which all agree and that cannot be had: a sign-off without a decision, say.
    pub skipped: u32,
}

/// The parts that are carried out.
#[derive(Debug, Clone, Copy, Default)]
struct Agreed {
    decision: Option<Decision>,
    note: Option<NoteDigest>,
    signed_off: Option<bool>,
}

/// What automations that are given in their order make of a row. The context is that of the system: no note is required
/// of it, and nothing else is forgiven.
///
/// # Errors
/// The refusal of the review, when it is not open.
pub fn fulfil(
    row: &RowState,
    wishes: &[AutomationWish],
    context: &Context,
    now: Timestamp,
) -> Result<Fulfilled, Refusal> {
    context.phase.require_open()?;
    let mut fulfilled = Fulfilled::default();
    let agreed = fulfilled.agree(wishes);
    let made = fulfilled.feasible(row, agreed, context, now);
    for wish in wishes {
        let own = own(wish, &made, agreed.note.is_none());
        if !own.is_empty() {
            let AutomationWish { automation, version, run, what: _ } = *wish;
            fulfilled.changes.push(Change::Automatic { cause: Cause::Automation { id: automation, version, run } });
            fulfilled.changes.extend(own);
        }
    }
    fulfilled.changes.extend(made.into_iter().filter(|change| matches!(change, Change::Notification { .. })));
    Ok(fulfilled)
}

impl Fulfilled {
    /// The parts on which all who wish for them agree.
    fn agree(&mut self, wishes: &[AutomationWish]) -> Agreed {
        let (mut decisions, mut notes, mut sign_offs) = (Vec::new(), Vec::new(), Vec::new());
        for wish in wishes {
            if let Wished::Modify { decision, note, signed_off } = wish.what {
                decisions.extend(decision);
                notes.extend(note.map(|note| note.0));
                sign_offs.extend(signed_off);
            }
        }
        Agreed {
            decision: self.one_of(decisions),
            note: self.one_of(notes).map(NoteDigest),
            signed_off: self.one_of(sign_offs),
        }
    }

    fn one_of<T: Ord>(&mut self, wished: Vec<T>) -> Option<T> {
        let mut different: BTreeSet<T> = wished.into_iter().collect();
        if different.len() > 1 {
            self.conflicts += 1;
            return None;
        }
        different.pop_first()
    }

    /// What the row allows of it, as the changes that an update would make.
    fn feasible(&mut self, row: &RowState, mut agreed: Agreed, context: &Context, now: Timestamp) -> Vec<Change> {
        loop {
            let Agreed { decision, note, signed_off } = agreed;
            let note = note.map_or(NoteEdit::Keep, NoteEdit::Set);
            let update = RowUpdate { decision, note, reviewers: None, instructions: None, signed_off };
            let refused = match awf::update(row, &update, context, now) {
                Ok(made) => return made,
                Err(refused) => refused,
            };
            self.skipped += 1;
            agreed = match refused {
                Refusal::SignOffNeedsDecision | Refusal::CannotUndoSignOff if signed_off.is_some() => {
                    Agreed { signed_off: None, ..agreed }
                }
                Refusal::FixedNeedsRejected if decision.is_some() => Agreed { decision: None, ..agreed },
                _ => return Vec::new(),
            };
        }
    }
}

/// The part of what is done that an automation has wished for. Where notes `differ`, its own is kept beside that.
fn own(wish: &AutomationWish, made: &[Change], differ: bool) -> Vec<Change> {
    let (decision, note, signed_off) = match wish.what {
        Wished::Display => {
            return vec![Change::Displayed { automation: wish.automation, version: wish.version }];
        }
        Wished::Modify { decision, note, signed_off } => (decision, note, signed_off),
    };
    let made = |wished: bool, is_it: fn(&Change) -> bool| made.iter().find(|change| wished && is_it(change)).cloned();
    let decided = made(decision.is_some(), |change| matches!(change, Change::Decided { .. } | Change::Cleared { .. }));
    let noted = made(note.is_some(), |change| matches!(change, Change::Note { .. }));
    let signed = made(signed_off.is_some(), |change| matches!(change, Change::SignedOff));
    let comment = note.filter(|_| differ).map(|digest| Change::Commented { digest });
    [decided, noted, comment, signed].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests;
