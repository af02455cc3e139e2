//! The list of policies, newest first, with how many there are.

use domain::policy::Policy;

use super::input::ListInput;
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;

/// How many policies a list looks at: older ones are not listed, but can be read by their ids.
const MAX_POLICIES: usize = 5_000;
/// How many are read at a time.
const STEP: usize = 500;

/// Some of the policies that a list is about.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyPage {
    /// Those asked for.
    pub items: Vec<Policy>,
    /// How many the list is about altogether.
    pub total: usize,
    /// How many were asked for at most.
    pub limit: usize,
    /// How many were passed over.
    pub offset: usize,
}

/// Policies, newest first, then by id.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(deps: &Deps, _call: &Call, input: ListInput) -> Result<PolicyPage, Error> {
    let ListInput { search, kind, status, limit, offset } = input;
    let search = search.unwrap_or_default().trim().to_lowercase();
    let fits = |policy: &Policy| {
        policy.name.to_lowercase().contains(&search)
            && kind.is_none_or(|kind| policy.expectation.kind() == kind)
            && status.is_none_or(|status| policy.status == status)
    };
    let mut page = PolicyPage { items: Vec::new(), total: 0, limit, offset };
    let mut after = None;
    for _ in 0..MAX_POLICIES / STEP {
        let found = deps.store.policies().list(after, STEP).await?;
        after = found.values.last().map(|policy| (policy.created_at, policy.id));
        for policy in found.values.into_iter().filter(fits) {
            if page.total >= offset && page.items.len() < limit {
                page.items.push(policy);
            }
            page.total += 1;
        }
        if !found.more {
            break;
        }
    }
    Ok(page)
}
