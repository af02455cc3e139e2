//! What becomes of rows that nobody had decided when their review expired.

use super::{Context, Removal, ask_removal, edit_note};
use crate::note::NoteEdit;
use crate::page::Change;
use crate::review::Phase;
use crate::row::{Decision, RowState};

/// Rejects and signs off a row without a decision, flagged or not. A decision stands, signed off or not: none is overturned
/// without a person. Nothing changes in a review that has not expired.
pub(super) fn reject_undecided(row: &RowState, note: NoteEdit, context: &Context) -> Vec<Change> {
    if !matches!(context.phase, Phase::Expired { .. }) || row.decision != Decision::None {
        return Vec::new();
    }
    let rejected = Change::Decided { decision: Decision::Rejected };
    let sign_off = (!row.is_signed_off()).then_some(Change::SignedOff);
    let removal = ask_removal(row, Removal::of(Decision::Rejected, true, context.revoke_mode));
    [Some(rejected), edit_note(row, note), sign_off, removal].into_iter().flatten().collect()
}
