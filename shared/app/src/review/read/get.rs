//! One row.

use domain::ids::{ReviewId, RowId};

use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::review::open::{Dialect, Review, read};
use crate::review::row::RowView;
use crate::review::row::assemble::{self, Known};
use crate::review::row::find;

/// The row with a number.
///
/// # Errors
/// [`Error::NotFound`] when it does not exist, or not for the caller.
pub async fn get(deps: &Deps, call: &Call, id: ReviewId, row: RowId, with_log: bool) -> Result<RowView, Error> {
    let review = read(deps, call, id, Dialect::Certification).await?.rows()?;
    if !review.sees(row) {
        return Err(Error::not_found());
    }
    view(deps, call, &review, row, with_log).await
}

/// The row of an account of a campaign, with its log where no person decided: what did stands there alone.
///
/// # Errors
/// [`Error::NotFound`] when the account is not in the campaign, or not the caller's.
pub async fn get_account(deps: &Deps, call: &Call, id: ReviewId, account: &str) -> Result<RowView, Error> {
    let (review, target) = find::see_account(deps, call, id, account).await?;
    let row = view(deps, call, &review, target.row, false).await?;
    if row.state.decided_by_system() { view(deps, call, &review, target.row, true).await } else { Ok(row) }
}

async fn view(deps: &Deps, call: &Call, review: &Review, row: RowId, with_log: bool) -> Result<RowView, Error> {
    let known = Known { with_log, ..Known::default() };
    let rows = assemble::rows(deps, call, review, &[row], known).await?;
    rows.into_iter().next().ok_or_else(Error::not_found)
}
