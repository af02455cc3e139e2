//! The dialect of certifications: update and sign off.

use jiff::Timestamp;

use super::{Context, Removal, RowUpdate, ask_removal, edit_note, require_note};
use crate::note::NoteEdit;
use crate::page::{Change, ClearedReason};
use crate::refusal::Refusal;
use crate::review::Phase;
use crate::row::{Decision, RowState};
use crate::user::{Role, UserKey};

/// The update that signs off and nothing else.
pub(super) const SIGN_OFF: RowUpdate =
    RowUpdate { decision: None, note: NoteEdit::Keep, reviewers: None, instructions: None, signed_off: Some(true) };

/// The parts of an update that differ from what stands.
pub(super) struct Wanted {
    pub(super) decision: Option<Change>,
    pub(super) note: Option<Change>,
    pub(super) reviewers: Option<Change>,
    pub(super) instructions: Option<Change>,
    pub(super) sign_off: Option<Change>,
}

impl Wanted {
    /// Those of an update on a row. `reason` is why a decision is taken away, where one is.
    pub(super) fn of(
        row: &RowState,
        update: &RowUpdate,
        reason: ClearedReason,
        context: &Context,
    ) -> Result<Self, Refusal> {
        let reviewers = assign(row, update.reviewers.as_deref(), context);
        let instructions = update.instructions.filter(|_| reviewers.is_some());
        Ok(Self {
            decision: decide(row, update.decision, reason, context)?,
            note: edit_note(row, update.note),
            reviewers,
            instructions: instructions.map(|digest| Change::Instructed { digest }),
            sign_off: (update.signed_off == Some(true) && !row.is_signed_off()).then_some(Change::SignedOff),
        })
    }

    /// Whether anything changes that a sign-off locks.
    pub(super) const fn edits(&self) -> bool {
        self.decision.is_some() || self.note.is_some() || self.reviewers.is_some()
    }
}

pub(super) fn update(
    row: &RowState,
    update: &RowUpdate,
    context: &Context,
    now: Timestamp,
) -> Result<Vec<Change>, Refusal> {
    require_phase(row, update, context, now)?;
    if row.is_signed_off() && update.signed_off == Some(false) {
        return Err(Refusal::CannotUndoSignOff);
    }
    let wanted = Wanted::of(row, update, ClearedReason::ClearedByUser, context)?;
    if row.is_signed_off() {
        require_unlocked(&wanted, context)?;
    }
    let decision = update.decision.unwrap_or(row.decision);
    let decides = update.decision.is_some() && !row.is_signed_off();
    if decides || wanted.decision.is_some() || wanted.note.is_some() {
        require_note(row, decision, update.note, context)?;
    }
    if wanted.sign_off.is_some() && decision == Decision::None {
        return Err(Refusal::SignOffNeedsDecision);
    }
    let signed_off = row.is_signed_off() || wanted.sign_off.is_some();
    let removal = match (&wanted.decision, &wanted.sign_off) {
        // Somebody removed the access; what the removal asked for here comes to is still of interest.
        (None, None) | (Some(Change::Decided { decision: Decision::Fixed }), _) => None,
        (Some(_), _) | (_, Some(_)) => ask_removal(row, Removal::of(decision, signed_off, context.revoke_mode)),
    };
    let Wanted { decision, note, reviewers, instructions, sign_off } = wanted;
    Ok([decision, note, reviewers, instructions, sign_off, removal].into_iter().flatten().collect())
}

/// What the state of the review leaves of the update. Everything while open; after expiry and within the grace period
/// operators may mark rejected rows as fixed; nothing otherwise.
fn require_phase(row: &RowState, update: &RowUpdate, context: &Context, now: Timestamp) -> Result<(), Refusal> {
    let Phase::Expired { at } = context.phase else {
        return context.phase.require_open();
    };
    let RowUpdate { decision, note, reviewers, instructions: _, signed_off } = update;
    let operator = matches!(context.role, Role::Administrator | Role::Operator);
    let fix = *decision == Some(Decision::Fixed) && matches!(row.decision, Decision::Rejected | Decision::Fixed);
    let nothing_else = edit_note(row, *note).is_none()
        && assign(row, reviewers.as_deref(), context).is_none()
        && signed_off.is_none_or(|wanted| wanted == row.is_signed_off());
    if operator && fix && nothing_else && Phase::in_grace(at, now) { Ok(()) } else { Err(Refusal::Expired) }
}

/// What a signed-off row still allows.
fn require_unlocked(wanted: &Wanted, context: &Context) -> Result<(), Refusal> {
    let operator = matches!(context.role, Role::Administrator | Role::Operator);
    let decision_stays = matches!(wanted.decision, None | Some(Change::Decided { decision: Decision::Fixed }));
    let note_stays = wanted.note.is_none() || operator;
    if decision_stays && note_stays && wanted.reviewers.is_none() { Ok(()) } else { Err(Refusal::SignedOff) }
}

fn decide(
    row: &RowState,
    decision: Option<Decision>,
    reason: ClearedReason,
    context: &Context,
) -> Result<Option<Change>, Refusal> {
    let Some(decision) = decision else {
        return Ok(None);
    };
    match (row.decision, decision) {
        (Decision::None, Decision::None) if row.flagged => Ok(Some(cleared(row, reason))),
        (Decision::Accepted | Decision::Rejected | Decision::Fixed, Decision::None) => Ok(Some(cleared(row, reason))),
        (Decision::None | Decision::Accepted, Decision::Fixed) => Err(Refusal::FixedNeedsRejected),
        (before, after) if before == after && !confirms(row, context) => Ok(None),
        (Decision::Fixed, Decision::Fixed) => Ok(None),
        (_, Decision::Accepted | Decision::Rejected | Decision::Fixed) => Ok(Some(Change::Decided { decision })),
        (Decision::None, Decision::None) => Ok(None),
    }
}

/// Whether saying the same again is a decision of its own: somebody else's, or a person's after a machine's, of a row that
/// can still be decided. A machine confirms nothing.
fn confirms(row: &RowState, context: &Context) -> bool {
    let by_another = row.decided.as_ref().is_some_and(|mark| mark.by != context.actor);
    by_another && !row.is_signed_off() && !context.actor.is_system()
}

fn cleared(row: &RowState, reason: ClearedReason) -> Change {
    let decider = row.decided.as_ref().map(|mark| mark.by.clone());
    Change::Cleared { reason, previous: row.decision, decider }
}

/// The same reviewers in another order are the same reviewers.
fn assign(row: &RowState, reviewers: Option<&[UserKey]>, context: &Context) -> Option<Change> {
    let old = row.reviewers.as_ref().unwrap_or(&context.assigned);
    let mut new: Vec<UserKey> = Vec::new();
    for reviewer in reviewers.unwrap_or_default() {
        if !new.contains(reviewer) {
            new.push(reviewer.clone());
        }
    }
    let same = new.len() == old.len() && new.iter().all(|reviewer| old.contains(reviewer));
    if new.is_empty() || same { None } else { Some(Change::Reviewers { old: old.clone(), new }) }
}
