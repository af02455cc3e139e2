//! Deciding in the campaign dialect: one account, many, and taking it back.

use domain::decide::RowCommand;
use domain::ids::{ReviewId, RowId};
use domain::note::NoteEdit;

use super::act::{Act, Done, OnRefusal, Target, carry_out};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::{Error, Fault, Faults};
use crate::review::input::{BatchInput, DecideInput};
use crate::review::open::Workable;
use crate::review::row::RowView;
use crate::review::row::assemble::{self, Known};
use crate::review::row::find;
use crate::valid;

/// The most accounts of one batch.
pub const MAX_BATCH: usize = 1_000;

/// Decides about one account. Deciding again is allowed while the campaign is active: the last decision counts.
///
/// # Errors
/// [`Error::NotFound`] when the account is not in the campaign, or not the caller's; [`Error::Refused`] unless the
/// campaign is active; [`Error::Stale`]; [`Error::Invalid`].
pub async fn decide(
    deps: &Deps,
    call: &Call,
    id: ReviewId,
    account: &str,
    input: DecideInput,
) -> Result<RowView, Error> {
    checked(input.comment.as_deref())?;
    let (review, target) = find::enter_account(deps, call, id, account).await?;
    let (command, note) = command(input.verdict, input.comment.as_deref());
    one(deps, call, &review, target, &command, note).await
}

/// Takes a decision back: the account is pending again, whatever stood before.
///
/// # Errors
/// As [`decide`]; [`Error::Refused`] also when there is nothing to undo, when more than 30 seconds have passed, and when
/// somebody else decided, unless an administrator asks.
pub async fn undo(deps: &Deps, call: &Call, id: ReviewId, account: &str) -> Result<RowView, Error> {
    let (review, target) = find::enter_account(deps, call, id, account).await?;
    one(deps, call, &review, target, &RowCommand::Undo, None).await
}

/// Decides the same about several accounts, all or none; the answer has the order of the request, duplicates once.
///
/// # Errors
/// As [`decide`]; [`Error::NotFound`] names every account that is unknown or not the caller's.
pub async fn decide_batch(deps: &Deps, call: &Call, id: ReviewId, input: BatchInput) -> Result<Vec<RowView>, Error> {
    let mut faults = Faults::new();
    let count = input.accounts.len();
    faults.require((1..=MAX_BATCH).contains(&count), "account_ids", "must hold 1 to 1000 account ids");
    if let Some(comment) = &input.comment {
        valid::text(&mut faults, "comment", comment);
    }
    faults.done()?;
    let mut accounts: Vec<&str> = Vec::with_capacity(count);
    let mut seen = std::collections::HashSet::new();
    accounts.extend(input.accounts.iter().map(String::as_str).filter(|account| seen.insert(*account)));
    let (review, mut found) = find::enter_accounts(deps, call, id, &accounts).await?;
    let unknown: Vec<Fault> = accounts
        .iter()
        .filter(|account| !found.get(**account).is_some_and(|target| review.sees(target.row)))
        .map(|account| Fault::new(*account, "not found"))
        .collect();
    if !unknown.is_empty() {
        return Err(Error::NotFound(unknown));
    }
    let targets: Vec<Target> = accounts.iter().filter_map(|account| found.remove(account)).collect();
    let (command, note) = command(input.verdict, input.comment.as_deref());
    let act =
        Act { targets: &targets, command: &command, texts: note.into_iter().collect(), on_refusal: OnRefusal::Stop };
    // A version names one row: a batch has none to insist on.
    let call = Call { if_match: None, ..call.clone() };
    let done = carry_out(deps, &call, &review, act).await?;
    let rows: Vec<RowId> = targets.iter().map(|target| target.row).collect();
    assemble::rows(deps, &call, &review, &rows, known(done, note)).await
}

fn checked(comment: Option<&str>) -> Result<(), Error> {
    let mut faults = Faults::new();
    if let Some(comment) = comment {
        valid::text(&mut faults, "comment", comment);
    }
    faults.done()
}

/// The row command, and the text that it stores. A blank comment is no comment.
fn command(verdict: domain::decide::Verdict, comment: Option<&str>) -> (RowCommand, Option<&str>) {
    let comment = comment.filter(|comment| !comment.trim().is_empty());
    (RowCommand::Decide { verdict, comment: NoteEdit::from_text(comment) }, comment)
}

async fn one(
    deps: &Deps,
    call: &Call,
    review: &Workable,
    target: Target,
    command: &RowCommand,
    note: Option<&str>,
) -> Result<RowView, Error> {
    let row = target.row;
    let act = Act { targets: &[target], command, texts: note.into_iter().collect(), on_refusal: OnRefusal::Stop };
    let done = carry_out(deps, call, review, act).await?;
    let rows = assemble::rows(deps, call, review, &[row], known(done, note)).await?;
    rows.into_iter().next().ok_or_else(Error::not_found)
}

/// What the command left behind need not be read again.
pub(crate) fn known(done: Done, note: Option<&str>) -> Known {
    Known { states: done.states, notes: note.iter().map(|note| (*note).to_owned()).collect(), ..Known::default() }
}
