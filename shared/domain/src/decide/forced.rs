//! What administrators do by force, and what those who remove access tell.

use jiff::Timestamp;

use super::awf::Wanted;
use super::{Context, ForcedUpdate, Removal, ask_removal};
use crate::page::{Change, ClearedReason};
use crate::refusal::Refusal;
use crate::review::Phase;
use crate::row::{Decision, NotificationStatus, RowState};

/// Lifts a sign-off first, changes second, signs off last. A row that stays signed off keeps its decision, note and
/// reviewers; how its removal goes may be put right on any row.
pub(super) fn update(
    row: &RowState,
    forced: &ForcedUpdate,
    context: &Context,
    now: Timestamp,
) -> Result<Vec<Change>, Refusal> {
    require_mendable(context.phase, now)?;
    let ForcedUpdate { update, removal } = forced;
    let lifts = row.is_signed_off() && update.signed_off == Some(false);
    let opened = if lifts { RowState { signed_off: None, ..row.clone() } } else { row.clone() };
    let wanted = Wanted::of(&opened, update, ClearedReason::ForceUpdated, context)?;
    if opened.is_signed_off() && wanted.edits() {
        return Err(Refusal::SignedOff);
    }
    let decision = update.decision.unwrap_or(row.decision);
    if wanted.sign_off.is_some() && decision == Decision::None {
        return Err(Refusal::SignOffNeedsDecision);
    }
    let signed_off = opened.is_signed_off() || wanted.sign_off.is_some();
    let Wanted { decision: decided, note, reviewers, instructions, sign_off } = wanted;
    let (told, asked) = match (removal, &decided) {
        (Some(status), _) => (tell(row, *status), None),
        (None, Some(Change::Decided { decision: Decision::Fixed })) => (Vec::new(), None),
        (None, None) if sign_off.is_none() && !lifts => (Vec::new(), None),
        (None, _) => (Vec::new(), ask_removal(row, Removal::of(decision, signed_off, context.revoke_mode))),
    };
    let lifted = lifts.then_some(Change::SignOffUndone);
    let before = [lifted, decided, note, reviewers, instructions].into_iter().flatten();
    Ok(before.chain(told).chain([sign_off, asked].into_iter().flatten()).collect())
}

/// That the review is open, or was closed so short a time ago that it can still be mended.
fn require_mendable(phase: Phase, now: Timestamp) -> Result<(), Refusal> {
    match phase {
        Phase::Open => Ok(()),
        Phase::Searching => Err(Refusal::NotStarted),
        Phase::Expired { at } | Phase::Completed { at } | Phase::Terminated { at } => {
            if Phase::in_grace(at, now) {
                Ok(())
            } else {
                Err(Refusal::GraceElapsed)
            }
        }
    }
}

/// What is put right stands beside the row, with whoever said so; a removal that is said to be under way is asked for.
fn tell(row: &RowState, status: NotificationStatus) -> Vec<Change> {
    let told = Change::Answered { status, info: None };
    match status {
        status if status == row.notification => Vec::new(),
        NotificationStatus::Pending => vec![Change::Notification { status }, told],
        NotificationStatus::Unknown | NotificationStatus::Succeed | NotificationStatus::Failed => vec![told],
    }
}
