//! Letting somebody else review an account of a campaign.

use domain::decide::{RowCommand, RowUpdate};
use domain::ids::ReviewId;

use super::act::{Act, OnRefusal, carry_out};
use super::assign;
use super::decide::known;
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::review::row::RowView;
use crate::review::row::assemble;
use crate::review::row::find;
use crate::user;

/// Makes one person, and who stands in for them, the only reviewers of an account, such as where a request could not be
/// delivered. Who reviewed it before does not see it any more.
///
/// # Errors
/// [`Error::NotFound`] when the account is not in the campaign; [`Error::Invalid`] on `reviewer` when the address is not
/// that of one person, or of one who must not be assigned; [`Error::Refused`] unless the campaign is active, and for an account that is decided: an answer
/// stays with who gave it; [`Error::Stale`].
pub async fn change_reviewer(
    deps: &Deps,
    call: &Call,
    id: ReviewId,
    account: &str,
    email: &str,
) -> Result<RowView, Error> {
    let (review, target) = find::enter_account(deps, call, id, account).await?;
    let reviewer = user::one_by_email(deps, call, email, "reviewer").await?;
    let reviewers = assign::by_hand(deps, &review, target.row, vec![("reviewer".to_owned(), reviewer)]).await?;
    let update = RowUpdate { reviewers: Some(reviewers), ..RowUpdate::default() };
    let (row, command) = (target.row, RowCommand::Update(update));
    let act = Act { targets: &[target], command: &command, texts: Vec::new(), on_refusal: OnRefusal::Stop };
    let done = carry_out(deps, call, &review, act).await?;
    let rows = assemble::rows(deps, call, &review, &[row], known(done, None)).await?;
    rows.into_iter().next().ok_or_else(Error::not_found)
}
