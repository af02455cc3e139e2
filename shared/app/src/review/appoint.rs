//! Who reviews each of many rows from now on.

use std::collections::HashMap;

use domain::assignment::{OwnAccess, Rules};
use domain::ids::RowId;
use domain::settings::SelfReview;
use domain::user::{User, UserKey};

use super::input::UserReference;
use super::open::Review;
use super::{assign, find, update};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::standing::{self, Settled};

/// The word for rows whose reviewers would judge their own access.
const OWN_ACCESS: &str = "own_access";

/// The reviewers of each row, or the word for why it cannot have them.
pub(super) type Appointed = HashMap<RowId, Result<Vec<UserKey>, &'static str>>;

/// Those whom a client names, with their delegates.
///
/// # Errors
/// [`Error::Invalid`] names everybody who may review none of the rows.
pub(super) async fn by_name(
    deps: &Deps,
    call: &Call,
    review: &Review,
    rows: &[RowId],
    named: &[UserReference],
) -> Result<Appointed, Error> {
    let named = update::resolved(deps, call, named).await?;
    let self_review = review.settings(deps).await?.self_review();
    let rules = Settled::now(deps).await?.rules_by_name(self_review);
    let everywhere = within_bounds(standing::by_hand(&rules, named.clone(), &OwnAccess::default())?)?;
    match self_review {
        SelfReview::CheckingDisabled => Ok(rows.iter().map(|row| (*row, Ok(everywhere.clone()))).collect()),
        SelfReview::CheckingEnabled => {
            let owns = find::own_accesses(deps, review, rows).await?;
            Ok(rows.iter().map(|row| (*row, of_row(&rules, &named, owns.get(row)))).collect())
        }
    }
}

fn of_row(rules: &Rules, named: &[(String, User)], own: Option<&OwnAccess>) -> Result<Vec<UserKey>, &'static str> {
    let own = own.ok_or(OWN_ACCESS)?;
    let users = standing::by_hand(rules, named.to_vec(), own).map_err(|_| OWN_ACCESS)?;
    within_bounds(users).map_err(|_| OWN_ACCESS)
}

fn within_bounds(users: Vec<User>) -> Result<Vec<UserKey>, Error> {
    assign::bounded(&users)?;
    Ok(users.iter().map(User::key).collect())
}
