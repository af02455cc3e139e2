//! Mending rows by force, and taking in what those who remove access tell.

use domain::decide::{ForcedUpdate, RowCommand};
use domain::ids::{ReviewId, RowId};
use domain::note::NoteDigest;

use super::act::{Act, OnRefusal, carry_out};
use super::decide;
use super::update::{self, changes_of};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::{Error, Faults};
use crate::review::input::{AnswerInput, ForceInput};
use crate::review::open::{Dialect, Workable, enter_owed, enter_rows};
use crate::review::row::RowView;
use crate::review::row::{assemble, find};

/// The most bytes of what is told about a removal.
pub const MAX_INFO_BYTES: usize = 255;

/// Changes one row by force: takes a sign-off back, mends what is not signed off (any more), signs off. Possible while the
/// review is open and for seven days after its end; counts, log and events are those of any other change.
///
/// # Errors
/// [`Error::NotFound`] when the row does not exist; [`Error::Refused`] as the state of review and row says;
/// [`Error::Stale`]; [`Error::Invalid`].
pub async fn force(deps: &Deps, call: &Call, id: ReviewId, row: RowId, input: ForceInput) -> Result<RowView, Error> {
    let ForceInput { update, removal } = &input;
    update::checked(update, removal.is_some())?;
    let review = enter_rows(deps, call, id, Dialect::Certification).await?;
    update::require_seen(&review, row)?;
    let changes = changes_of(deps, call, &review, row, update).await?;
    let command = RowCommand::Force(ForcedUpdate { update: changes, removal: *removal });
    let note = update.notes.as_deref().filter(|note| !note.trim().is_empty());
    one(deps, call, &review, row, &command, note).await
}

/// Takes in how the removal of a row's access goes, whatever the state of review and row is, and also when
/// the review was deleted after its end. The decision stays.
///
/// # Errors
/// [`Error::NotFound`] when the row does not exist; [`Error::Stale`]; [`Error::Invalid`].
pub async fn answer(deps: &Deps, call: &Call, id: ReviewId, row: RowId, input: AnswerInput) -> Result<RowView, Error> {
    let mut faults = Faults::new();
    let info = input.info.as_deref().filter(|info| !info.is_empty());
    let fits = info.is_none_or(|info| info.len() <= MAX_INFO_BYTES);
    faults.require(fits, "webhook_info", "must have at most 255 bytes");
    faults.done()?;
    let review = enter_owed(deps, call, id).await?;
    if !review.sees(row) {
        return Err(Error::not_found());
    }
    let command = RowCommand::Answer { status: input.status, info: info.map(NoteDigest::of) };
    one(deps, call, &review, row, &command, info).await
}

async fn one(
    deps: &Deps,
    call: &Call,
    review: &Workable,
    row: RowId,
    command: &RowCommand,
    text: Option<&str>,
) -> Result<RowView, Error> {
    let targets = find::rows(deps, review, &[row]).await?;
    let act = Act { targets: &targets, command, texts: text.into_iter().collect(), on_refusal: OnRefusal::Stop };
    let done = carry_out(deps, call, review, act).await?;
    let rows = assemble::rows(deps, call, review, &[row], decide::known(done, text)).await?;
    rows.into_iter().next().ok_or_else(Error::not_found)
}
