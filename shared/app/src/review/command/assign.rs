//! Whom a person makes the reviewers of a row.

use domain::assignment::{MAX_REVIEWERS, OwnAccess};
use domain::ids::RowId;
use domain::settings::SelfReview;
use domain::user::{User, UserKey};

use crate::deps::Deps;
use crate::error::Error;
use crate::review::open::Review;
use crate::review::row::find;
use crate::standing::{self, Settled};

/// The reviewers of a row from now on: those named, each with the name of its field, and their delegates behind them.
///
/// # Errors
/// [`Error::Invalid`] names everybody who must not be assigned, and `reviewers` when they are too many.
pub(super) async fn by_hand(
    deps: &Deps,
    review: &Review,
    row: RowId,
    named: Vec<(String, User)>,
) -> Result<Vec<UserKey>, Error> {
    let self_review = review.settings(deps).await?.self_review();
    let own = match self_review {
        SelfReview::CheckingEnabled => find::own_access(deps, review, row).await?,
        SelfReview::CheckingDisabled => OwnAccess::default(),
    };
    let rules = Settled::now(deps).await?.rules_by_name(self_review);
    let reviewers = standing::by_hand(&rules, named, &own)?;
    bounded(&reviewers)?;
    Ok(reviewers.iter().map(User::key).collect())
}

/// That a row can have so many reviewers.
///
/// # Errors
/// [`Error::Invalid`] on `reviewers`.
pub(super) fn bounded(reviewers: &[User]) -> Result<(), Error> {
    if reviewers.len() > MAX_REVIEWERS {
        return Err(Error::invalid("reviewers", "must have at most 40 users, delegates included"));
    }
    Ok(())
}
