//! Campaign rules: what they are, which campaign uses them, and what they do.
//!
//! | module | question it answers |
//! |---|---|
//! | `change`, `list` | which rules there are |
//! | `assigned` | which of them a campaign uses |
//! | `ask` | how work on them is asked for and watched |
//! | `order`, `work`, `findings` | what work is told, how it is carried out, and what comes of it |
//! | `earlier` | whom rules have made reviewers before |
//! | `first` | how a campaign is opened as its rules have left it |
//! | `trial` | how a condition is tried out on the inventory |
//! | `frozen`, `judge`, `reviewers`, `apply` | how the rules of a campaign decide about its rows |
//!
//! A rule is checked when it is saved, so that what is evaluated later can be read. Whoever it names as reviewer is found
//! then, too: an evaluation asks nobody.

mod apply;
pub(crate) mod ask;
mod assigned;
mod change;
mod earlier;
mod failure;
pub(crate) mod findings;
mod first;
pub(crate) mod frozen;
pub(crate) mod input;
mod judge;
mod list;
pub(crate) mod order;
mod planned;
mod reviewers;
mod trial;
mod work;

pub use ask::{RuleJob, TestInput, evaluate, job, test};
pub use assigned::{AssignedRules, AssignedView, assign, enable, list as list_assigned, remove};
pub(crate) use assigned::{inherited, settle};
pub use change::{create, delete, update};
pub use findings::{ConditionFault, SampleMatch, Tally};
pub use input::{ListInput, ReviewerStrategy, RuleInput};
pub use list::list;
pub use store::job::JobState;
pub use work::work;

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

/// One rule as it was in a version, also when it is deleted: what decided something is named by id and version.
///
/// # Errors
/// [`Error::NotFound`] also when there never was such a version.
pub async fn version(deps: &Deps, _call: &Call, id: RuleId, version: u64) -> Result<Rule, Error> {
    deps.store.rules().version(&id, version).await?.ok_or_else(Error::not_found)
}

/// The rule as it stands.
async fn load(deps: &Deps, id: RuleId) -> Result<Stored<Rule>, Error> {
    deps.store.rules().get(&id).await?.ok_or_else(Error::not_found)
}

#[cfg(test)]
mod tests;
