//! Which policies are applied to a campaign.

use domain::ids::{CampaignId, PolicyId};
use domain::policy::{Policy, PolicyStatus};
use jiff::Timestamp;
use store::policy::{AppliedPolicy, FrozenPolicy, MAX_APPLIED};
use store::tx::Tx;

use super::input::MAX_LIMIT;
use super::load;
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::in_use;
use crate::retry::Again;
use crate::review::{Dialect, open};

/// A policy of a campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct AppliedView {
    /// The policy as it is now, or as it was when the campaign ended.
    pub policy: Policy,
    /// What stands in for its own limit in this campaign.
    pub threshold: Option<f64>,
    /// When it was applied first.
    pub applied_at: Timestamp,
}

/// The policies of a campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct AppliedPolicies {
    /// In the order of their application. A policy that was deleted before the campaign ended is not one of them any more.
    pub policies: Vec<AppliedView>,
    /// 1 more with each change of the list; 0 before the first.
    pub version: u64,
}

/// The policies of a campaign, for everybody who sees it.
///
/// # Errors
/// [`Error::NotFound`] when there is no such campaign, or none for this caller.
pub async fn list(deps: &Deps, call: &Call, campaign: CampaignId) -> Result<AppliedPolicies, Error> {
    open::read(deps, call, campaign, Dialect::Campaign).await?;
    of(deps, campaign).await
}

/// The policies of a campaign.
async fn of(deps: &Deps, campaign: CampaignId) -> Result<AppliedPolicies, Error> {
    let held = deps.store.policies().applied(&campaign).await?;
    Ok(AppliedPolicies { policies: shown(deps, &held.value).await?, version: held.version })
}

/// The policies that a campaign ended with; before that, those that still exist, with what the campaign says about them.
async fn shown(deps: &Deps, held: &[AppliedPolicy]) -> Result<Vec<AppliedView>, Error> {
    let ended: Option<Vec<(PolicyId, u64)>> =
        held.iter().map(|applied| Some((applied.policy, applied.version?))).collect();
    let found = match ended {
        Some(ended) => deps.store.policies().versions(&ended).await?,
        None => current(deps, held).await?,
    };
    let view = |policy: Policy| {
        let applied = held.iter().find(|applied| applied.policy == policy.id)?;
        Some(AppliedView { policy, threshold: applied.threshold, applied_at: applied.applied_at })
    };
    Ok(found.into_iter().filter_map(view).collect())
}

/// The policies of a list that still exist, as they are now.
async fn current(deps: &Deps, held: &[AppliedPolicy]) -> Result<Vec<Policy>, Error> {
    let ids: Vec<PolicyId> = held.iter().map(|applied| applied.policy).collect();
    Ok(deps.store.policies().get_many(&ids).await?)
}

/// Those of a campaign's policies that are checked, with their thresholds, as they are now, or were when it ended.
pub(crate) async fn active(deps: &Deps, campaign: CampaignId) -> Result<Vec<(Policy, Option<f64>)>, Error> {
    active_of(deps, &deps.store.policies().applied(&campaign).await?.value).await
}

/// The same of a list that has been read.
pub(crate) async fn active_of(deps: &Deps, held: &[AppliedPolicy]) -> Result<Vec<(Policy, Option<f64>)>, Error> {
    let active = shown(deps, held).await?.into_iter().filter(|view| view.policy.status == PolicyStatus::Active);
    Ok(active.map(|view| (view.policy, view.threshold)).collect())
}

/// Those of some policies that decide, in the form in which an evaluation keeps them.
pub(crate) fn deciding(policies: Vec<(Policy, Option<f64>)>) -> Vec<FrozenPolicy> {
    let deciding = policies.iter().filter(|(policy, _)| policy.decides());
    deciding.map(|(policy, threshold)| FrozenPolicy::new(policy, *threshold)).collect()
}

/// Applies a policy to a campaign, or gives it another threshold there.
///
/// # Errors
/// [`Error::NotFound`] for the campaign or the policy; [`Error::Refused`] when the campaign is over; [`Error::Invalid`]
/// for a threshold out of bounds, and for more policies than a campaign may have; [`Error::Stale`].
pub async fn apply(
    deps: &Deps,
    call: &Call,
    campaign: CampaignId,
    policy: PolicyId,
    threshold: Option<f64>,
) -> Result<(AppliedView, u64), Error> {
    if threshold.is_some_and(|threshold| !(0.0..=MAX_LIMIT).contains(&threshold)) {
        return Err(Error::invalid("threshold", "must lie between 0 and 1000000000"));
    }
    // A campaign that is not there, or is over, is told before a policy that is not.
    in_use::unfinished(deps, campaign).await?;
    let _known = load(deps, policy).await?;
    let after = change(deps, call, campaign, |policies| {
        let mut next = policies.to_vec();
        match next.iter_mut().find(|applied| applied.policy == policy) {
            Some(applied) => applied.threshold = threshold,
            None => next.push(AppliedPolicy { policy, threshold, applied_at: call.now, version: None }),
        }
        if next.len() > MAX_APPLIED {
            let issue = format!("would be more policies than the {MAX_APPLIED} that a campaign may have");
            return Err(Error::invalid("policyId", issue));
        }
        Ok(next)
    })
    .await?;
    let view = after.policies.into_iter().find(|view| view.policy.id == policy);
    Ok((view.ok_or_else(Error::not_found)?, after.version))
}

/// Takes a policy off a campaign. What was decided by it stands.
///
/// # Errors
/// [`Error::NotFound`] also when the policy is not applied; [`Error::Refused`] when the campaign is over;
/// [`Error::Stale`].
pub async fn remove(deps: &Deps, call: &Call, campaign: CampaignId, policy: PolicyId) -> Result<(), Error> {
    change(deps, call, campaign, |policies| {
        let mut next = policies.to_vec();
        next.retain(|applied| applied.policy != policy);
        if next.len() == policies.len() { Err(Error::not_found()) } else { Ok(next) }
    })
    .await?;
    Ok(())
}

/// Changes the policies of a campaign, those that still exist, on what stands when the change is written.
async fn change(
    deps: &Deps,
    call: &Call,
    campaign: CampaignId,
    decide: impl Fn(&[AppliedPolicy]) -> Result<Vec<AppliedPolicy>, Error>,
) -> Result<AppliedPolicies, Error> {
    let mut again = Again::new();
    loop {
        in_use::unfinished(deps, campaign).await?;
        let held = deps.store.policies().applied(&campaign).await?;
        if held.is_by(call.command) {
            return of(deps, campaign).await;
        }
        call.expects(held.version)?;
        let views = shown(deps, &held.value).await?;
        let exists = |applied: &&AppliedPolicy| views.iter().any(|view| view.policy.id == applied.policy);
        let current: Vec<AppliedPolicy> = held.value.iter().filter(exists).copied().collect();
        let next = decide(&current)?;
        if next == held.value {
            return Ok(AppliedPolicies { policies: views, version: held.version });
        }
        let mut tx = deps.store.write(call.command, call.now);
        tx.apply_policies(&campaign, &next, held.version, &switched(&current, &next))?;
        match tx.commit().await {
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
            Ok(_nothing_to_send) => {
                return Ok(AppliedPolicies { policies: shown(deps, &next).await?, version: held.version + 1 });
            }
        }
    }
}

/// The policies that are in one list and not in the other, with whether they are in the second.
fn switched(before: &[AppliedPolicy], after: &[AppliedPolicy]) -> Vec<(PolicyId, bool)> {
    let of = |list: &[AppliedPolicy]| list.iter().map(|applied| applied.policy).collect::<Vec<_>>();
    let (before, after) = (of(before), of(after));
    let gone = before.iter().filter(|policy| !after.contains(policy)).map(|policy| (*policy, false));
    let added = after.iter().filter(|policy| !before.contains(policy)).map(|policy| (*policy, true));
    gone.chain(added).collect()
}

/// Adds that a campaign, which ends, goes on being checked by its policies as they are now. The commit fails when somebody
/// has applied other ones meanwhile.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn settle(deps: &Deps, tx: &mut Tx<'_>, campaign: CampaignId) -> Result<(), Error> {
    let held = deps.store.policies().applied(&campaign).await?;
    let policies = current(deps, &held.value).await?;
    let settled = |applied: &AppliedPolicy| {
        let policy = policies.iter().find(|policy| policy.id == applied.policy)?;
        Some(AppliedPolicy { version: Some(policy.version), ..*applied })
    };
    let settled: Vec<AppliedPolicy> = held.value.iter().filter_map(settled).collect();
    if !settled.is_empty() {
        tx.apply_policies(&campaign, &settled, held.version, &switched(&settled, &[]))?;
    }
    Ok(())
}

/// The policies that a campaign takes over from its template, with their thresholds, and that all of them are new to it.
pub(crate) async fn inherited(
    deps: &Deps,
    call: &Call,
    template: CampaignId,
) -> Result<(Vec<AppliedPolicy>, Vec<(PolicyId, bool)>), Error> {
    let held = deps.store.policies().applied(&template).await?.value;
    let existing = current(deps, &held).await?;
    let still = held.into_iter().filter(|applied| existing.iter().any(|policy| policy.id == applied.policy));
    let policies: Vec<AppliedPolicy> =
        still.map(|applied| AppliedPolicy { applied_at: call.now, version: None, ..applied }).collect();
    let switched = switched(&[], &policies);
    Ok((policies, switched))
}
