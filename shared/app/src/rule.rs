//! Campaign rules: what they are, which campaign uses them, and what they do.
//!
//! A rule is checked when it is saved, so that what is evaluated later can be read. Whoever it names as reviewer is found
//! then, too: an evaluation asks nobody.

mod change;
mod input;
mod list;

pub use change::{create, delete, update};
pub use input::{ListInput, ReviewerStrategy, RuleInput};
pub use list::list;

use domain::ids::RuleId;
use domain::rule::Rule;
use store::Stored;

use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;

/// One rule.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(deps: &Deps, _call: &Call, id: RuleId) -> Result<Rule, Error> {
    Ok(load(deps, id).await?.value)
}

/// The rule as it stands.
async fn load(deps: &Deps, id: RuleId) -> Result<Stored<Rule>, Error> {
    deps.store.rules().get(&id).await?.ok_or_else(Error::not_found)
}
