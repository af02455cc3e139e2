//! Policies: what they are, which campaign they are applied to, and whether accounts meet them.
//!
//! | module | question it answers |
//! |---|---|
//! | `change`, `list` | which policies there are |
//! | `applied` | which of them a campaign uses |
//! | `checker` | whether accounts meet them |
//!
//! A policy is checked when it is saved, so that what is asked of accounts later can be read.

mod applied;
mod change;
pub(crate) mod checker;
mod input;
mod list;

pub use applied::{AppliedPolicies, AppliedView, apply, list as list_applied, remove};
pub(crate) use applied::{active, active_of, deciding, inherited, settle};
pub use change::{create, delete, update};
pub use input::{ListInput, PolicyInput};
pub use list::{PolicyPage, list};

use checker::{Checker, Outcome};
use domain::ids::PolicyId;
use domain::policy::Policy;
use domain::policy::check::Check;
use store::Stored;

use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::review::RowView;

/// Whether an account meets a policy that covers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyCheck {
    /// The policy.
    pub id: PolicyId,
    /// Its name.
    pub name: String,
    /// The outcome.
    pub check: Check,
}

/// One policy.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(deps: &Deps, _call: &Call, id: PolicyId) -> Result<Policy, Error> {
    Ok(load(deps, id).await?.value)
}

/// One policy as it was in a version, also when it is deleted: what decided something is named by id and version.
///
/// # Errors
/// [`Error::NotFound`] also when there never was such a version.
pub async fn version(deps: &Deps, _call: &Call, id: PolicyId, version: u64) -> Result<Policy, Error> {
    deps.store.policies().version(&id, version).await?.ok_or_else(Error::not_found)
}

/// The policy as it stands.
async fn load(deps: &Deps, id: PolicyId) -> Result<Stored<Policy>, Error> {
    deps.store.policies().get(&id).await?.ok_or_else(Error::not_found)
}

/// How the account of a row meets the policies that are applied to its campaign now, or were when it ended, by descending
/// priority. What is asked of the account is what was frozen when the campaign started, and ages are counted up to then.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn checks(deps: &Deps, row: &RowView) -> Result<Vec<PolicyCheck>, Error> {
    let checker = Checker::new(active(deps, row.review).await?, row.as_of);
    let (block, place) = row.frozen.place();
    let outcomes = checker
        .check(block, [place])
        .map_err(|error| Error::Bug(format!("the columns of row {} of {}: {error}", row.row, row.review)))?;
    let shown = |Outcome { policy, check }| {
        let policy = checker.policy(policy)?;
        Some(PolicyCheck { id: policy.id, name: policy.name.clone(), check })
    };
    Ok(outcomes.into_iter().flatten().filter_map(shown).collect())
}
