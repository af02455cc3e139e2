//! Updating and signing off in the dialect of certifications.

use std::collections::{BTreeMap, HashSet};

use domain::assignment::MAX_REVIEWERS;
use domain::decide::{RowCommand, RowUpdate};
use domain::ids::{ReviewId, RowId};
use domain::note::NoteEdit;
use domain::page::Change;
use domain::user::User;

use super::act::{Act, OnRefusal, Target, carry_out};
use super::decide::known;
use super::{assign, earlier};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::{Error, Fault, Faults};
use crate::review::input::{SignOffInput, SignOffOutcome, UpdateInput, UserReference};
use crate::review::open::{Dialect, Review, enter_rows};
use crate::review::row::RowView;
use crate::review::row::assemble;
use crate::review::row::{find, log};
use crate::{user, valid};

/// The most rows that one call names.
const MAX_ROWS: usize = 1_000;
/// The most rows that one call signs off; those beyond count as skipped, and the call may be made again.
const MAX_SIGNED_OFF: usize = 10_000;

/// Changes one row: decision, note, reviewers and sign-off together, or not at all.
///
/// # Errors
/// [`Error::NotFound`] when the row does not exist, or not for the caller; [`Error::Refused`] as the state of review and
/// row says; [`Error::Stale`]; [`Error::Invalid`].
pub async fn update(deps: &Deps, call: &Call, id: ReviewId, row: RowId, input: UpdateInput) -> Result<RowView, Error> {
    checked(&input, false)?;
    let review = enter_rows(deps, call, id, Dialect::Certification).await?;
    require_seen(&review, row)?;
    let command = RowCommand::Update(changes_of(deps, call, &review, row, &input).await?);
    let note = input.notes.as_deref().filter(|note| !note.trim().is_empty());
    let targets = find::rows(deps, &review, &[row]).await?;
    let act =
        Act { targets: &targets, command: &command, texts: note.into_iter().collect(), on_refusal: OnRefusal::Stop };
    let done = carry_out(deps, call, &review, act).await?;
    let rows = assemble::rows(deps, call, &review, &[row], known(done, note)).await?;
    rows.into_iter().next().ok_or_else(Error::not_found)
}

/// That the caller sees a row.
///
/// # Errors
/// [`Error::Refused`] before there are rows: the state is in the way then, and not the number.
pub(super) fn require_seen(review: &Review, row: RowId) -> Result<(), Error> {
    if review.sees(row) {
        return Ok(());
    }
    review.certification.phase().require_open()?;
    Err(Error::not_found())
}

/// What an update asks of a row, with its new reviewers looked up, and those who stand in for them.
///
/// # Errors
/// [`Error::Invalid`] names every reviewer who cannot be assigned.
pub(super) async fn changes_of(
    deps: &Deps,
    call: &Call,
    review: &Review,
    row: RowId,
    input: &UpdateInput,
) -> Result<RowUpdate, Error> {
    let reviewers = match input.reviewers.as_deref() {
        None | Some([]) => None,
        Some(named) => {
            let named = resolved(deps, call, named).await?;
            Some(assign::by_hand(deps, review, row, named).await?)
        }
    };
    Ok(RowUpdate { reviewers, ..row_update(input) })
}

/// What an update asks of a row beside its reviewers.
pub(crate) fn row_update(input: &UpdateInput) -> RowUpdate {
    RowUpdate {
        decision: input.decision,
        note: NoteEdit::from_text(input.notes.as_deref()),
        reviewers: None,
        instructions: None,
        signed_off: input.signed_off,
    }
}

/// The users whom a client names as reviewers, each with the name of its field.
///
/// # Errors
/// [`Error::Invalid`] names everybody who does not exist.
pub(super) async fn resolved(deps: &Deps, call: &Call, named: &[UserReference]) -> Result<Vec<(String, User)>, Error> {
    let fields = (0..named.len()).map(|place| format!("reviewers[{place}]"));
    let named: Vec<_> = fields.zip(named).collect();
    let users = user::resolve_each(deps, &named).await?;
    user::remember(deps, call.command, &users).await?;
    Ok(named.into_iter().zip(users).map(|((field, _), user)| (field, user)).collect())
}

/// Checks an update; `more` tells whether the command changes something beside.
pub(super) fn checked(input: &UpdateInput, more: bool) -> Result<(), Error> {
    let UpdateInput { decision, notes, reviewers, signed_off } = input;
    let mut faults = Faults::new();
    let something = more || decision.is_some() || notes.is_some() || reviewers.is_some() || signed_off.is_some();
    faults.require(something, "value", "must have a field to change");
    if let Some(notes) = notes {
        valid::text(&mut faults, "notes", notes);
    }
    let count = reviewers.as_ref().map_or(0, Vec::len);
    faults.require(count <= MAX_REVIEWERS, "reviewers", "must have at most 40 users");
    faults.done()
}

/// Signs several rows off: those that are decided and not signed off yet; the others are left alone and counted.
///
/// # Errors
/// [`Error::NotFound`] names every row that does not exist, or not for the caller, and nothing is written then;
/// [`Error::Refused`] unless the review is open.
pub async fn sign_off(deps: &Deps, call: &Call, id: ReviewId, input: SignOffInput) -> Result<SignOffOutcome, Error> {
    let review = enter_rows(deps, call, id, Dialect::Certification).await?;
    // What an earlier life of the call has signed off is not ready any more, but is its work.
    let mut before = earlier::of_repeated(deps, call, &review).await?;
    if before.is_empty() {
        review.certification.phase().require_open()?;
    }
    let (chosen, total) = match input {
        SignOffInput::Rows(rows) => {
            let rows = named(&review, rows)?;
            let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
            (rows, total)
        }
        SignOffInput::AssignedToMe => assigned(deps, call, &review).await?,
    };
    // INVARIANT: access was decided by reach, which changes in the same transaction as the reviewers do. A row whose
    // reviewers changed since then carries them in its state, where the command looks before this assignment.
    let actor = call.caller.user.key();
    let target =
        |row: &RowId| Target { row: *row, name: row.to_string(), assigned: vec![actor.clone()], reviewers: None };
    let targets: Vec<Target> = chosen.iter().map(target).collect();
    let call = Call { if_match: None, ..call.clone() };
    let act = Act { targets: &targets, command: &RowCommand::SignOff, texts: Vec::new(), on_refusal: OnRefusal::Skip };
    let done = carry_out(deps, &call, &review, act).await?;
    for page in done.already {
        let log = deps.store.pages().log(&id, page).await?;
        before.insert(page, log::touched_by(&log, &[call.command]));
    }
    let now = done.changes.values().filter(|changes| changes.contains(&Change::SignedOff)).count();
    let earlier: u64 = before.values().map(|rows| u64::from(rows.count_ones())).sum();
    let signed_off = u64::try_from(now).unwrap_or(u64::MAX).saturating_add(earlier);
    Ok(SignOffOutcome { signed_off, skipped: total.saturating_sub(signed_off) })
}

/// The rows named, each once.
///
/// # Errors
/// [`Error::NotFound`] names every one that does not exist for the caller.
pub(super) fn named(review: &Review, rows: Vec<RowId>) -> Result<Vec<RowId>, Error> {
    let mut faults = Faults::new();
    faults.require((1..=MAX_ROWS).contains(&rows.len()), "result_ids", "must hold 1 to 1000 result ids");
    faults.done()?;
    let mut seen = HashSet::new();
    let rows: Vec<RowId> = rows.into_iter().filter(|row| seen.insert(*row)).collect();
    let unknown: Vec<Fault> =
        rows.iter().filter(|row| !review.sees(**row)).map(|row| Fault::new(row.to_string(), "not found")).collect();
    if unknown.is_empty() { Ok(rows) } else { Err(Error::NotFound(unknown)) }
}

/// The rows assigned to the caller that can be signed off, and how many are assigned to them at all.
async fn assigned(deps: &Deps, call: &Call, review: &Review) -> Result<(Vec<RowId>, u64), Error> {
    let id = review.id();
    let reach = review.assigned_to(deps, call).await?;
    let pages: Vec<u32> = reach.pages().map(|(page, _)| page).collect();
    let states: BTreeMap<u32, _> = deps.store.pages().states(&id, &pages).await?;
    let mut rows = Vec::new();
    for (page, own) in reach.pages() {
        let masks = states.get(&page).map(|state| state.masks()).unwrap_or_default();
        let ready = masks.decided() & !masks.signed_off & own;
        rows.extend((0..64).filter(|slot| ready & 1 << slot != 0).filter_map(|slot| RowId::at(page, slot)));
    }
    rows.truncate(MAX_SIGNED_OFF);
    Ok((rows, reach.rows()))
}
