//! The campaign dialect: decide, by a person or without one, and undo.

use jiff::Timestamp;

use super::{Automatic, Context, Removal, Verdict, ask_removal, edit_note, require_note};
use crate::automatic::AutomaticStep;
use crate::note::NoteEdit;
use crate::page::{Change, ClearedReason};
use crate::refusal::Refusal;
use crate::row::{Approval, Decision, RowState};
use crate::user::Role;

/// Decides, whatever stood before. Always writes: deciding the same again opens a new undo window. A decision without a
/// comment takes none over from the one that it replaces, whose reason it would be; a note on a row that nobody has decided
/// stays.
pub(super) fn decide(
    row: &RowState,
    verdict: Verdict,
    comment: NoteEdit,
    context: &Context,
) -> Result<Vec<Change>, Refusal> {
    context.phase.require_open()?;
    let decision = match verdict {
        Verdict::Approved => Decision::Accepted,
        Verdict::Rejected | Verdict::Revoked => Decision::Rejected,
        Verdict::Flagged => Decision::None,
    };
    let comment = match comment {
        NoteEdit::Keep if row.decided.is_some() => NoteEdit::Clear,
        NoteEdit::Keep | NoteEdit::Clear | NoteEdit::Set(_) => comment,
    };
    require_note(row, decision, comment, context)?;
    let removal = match verdict {
        Verdict::Revoked => Removal::Asked,
        Verdict::Approved | Verdict::Rejected | Verdict::Flagged => Removal::of(decision, true, context.revoke_mode),
    };
    let (taken, sign_off) = match decision {
        Decision::None => (Change::Flagged, None),
        Decision::Accepted | Decision::Rejected | Decision::Fixed => {
            (Change::Decided { decision }, Some(Change::SignedOff))
        }
    };
    let lifted = row.is_signed_off().then_some(Change::SignOffUndone);
    let steps = [lifted, Some(taken), edit_note(row, comment), sign_off, ask_removal(row, removal)];
    Ok(steps.into_iter().flatten().collect())
}

/// Decides where nobody has: what somebody did a moment ago stands.
pub(super) fn decide_pending(
    row: &RowState,
    verdict: Verdict,
    comment: NoteEdit,
    context: &Context,
) -> Result<Vec<Change>, Refusal> {
    context.phase.require_open()?;
    match row.approval() {
        Approval::Pending => decide(row, verdict, comment, context),
        Approval::Approved | Approval::Rejected | Approval::Flagged | Approval::Revoked => Ok(Vec::new()),
    }
}

/// Decides without a person, or hands the row to another reviewer, naming the cause in front of what it caused. What a
/// person did stands: a row that is not pending is left alone, and so are reviewers whom somebody has changed.
pub(super) fn automatic(row: &RowState, automatic: &Automatic, context: &Context) -> Result<Vec<Change>, Refusal> {
    context.phase.require_open()?;
    if row.approval() != Approval::Pending {
        return Ok(Vec::new());
    }
    let caused = match &automatic.step {
        AutomaticStep::Decide(verdict) => decide(row, *verdict, NoteEdit::Keep, context)?,
        AutomaticStep::Assign { reviewers: new, over } => {
            let chosen = row.reviewers.is_some() && row.reviewers != *over;
            let old = row.reviewers.as_ref().unwrap_or(&context.assigned);
            let stands = chosen || new.is_empty() || old == new;
            let handed_over = (!stands).then(|| Change::Reviewers { old: old.clone(), new: new.clone() });
            handed_over.into_iter().collect()
        }
    };
    if caused.is_empty() {
        return Ok(caused);
    }
    let cause = Change::Automatic { cause: automatic.cause };
    Ok(std::iter::once(cause).chain(caused).collect())
}

/// Back to pending, never to an earlier decision.
pub(super) fn undo(row: &RowState, context: &Context, now: Timestamp) -> Result<Vec<Change>, Refusal> {
    context.phase.require_open()?;
    let decided = match (row.approval(), &row.decided) {
        (Approval::Pending, _) | (_, None) => return Err(Refusal::NothingToUndo),
        (Approval::Approved | Approval::Rejected | Approval::Flagged | Approval::Revoked, Some(decided)) => decided,
    };
    if decided.by.is_system() {
        return Err(Refusal::DecidedAutomatically);
    }
    if context.role != Role::Administrator && decided.by != context.actor {
        return Err(Refusal::NotTheDecider);
    }
    if now.as_millisecond() - decided.at.as_millisecond() > RowState::UNDO_WINDOW_MS {
        return Err(Refusal::UndoWindowElapsed);
    }
    let cleared =
        Change::Cleared { reason: ClearedReason::Undone, previous: row.decision, decider: Some(decided.by.clone()) };
    let lifted = row.is_signed_off().then_some(Change::SignOffUndone);
    let steps = [lifted, Some(cleared), edit_note(row, NoteEdit::Clear), ask_removal(row, Removal::None)];
    Ok(steps.into_iter().flatten().collect())
}
