//! Which rules a campaign uses.

use domain::ids::{CampaignId, JobId, RuleId};
use domain::rule::Rule;
use jiff::Timestamp;
use store::Stored;
use store::rule::{AssignedRule, MAX_ASSIGNED};
use store::tx::Tx;

use crate::call::Call;
use crate::deps::Deps;
use crate::error::{Error, Fault};
use crate::in_use;
use crate::retry::Again;
use crate::review::{Dialect, open};

/// A rule of a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignedView {
    /// The rule as it is now, or as it was when the campaign ended.
    pub rule: Rule,
    /// Whether the campaign evaluates it.
    pub enabled: bool,
    /// When it was assigned.
    pub assigned_at: Timestamp,
}

/// The rules of a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignedRules {
    /// In the order of their assignment. A rule that was deleted before the campaign ended is not one of them any more.
    pub rules: Vec<AssignedView>,
    /// 1 more with each change of the list; 0 before the first.
    pub version: u64,
    /// The job that evaluates them, or did so last: the one that the start of the campaign asked for, or a later one. Jobs
    /// are not kept for ever.
    pub evaluation: Option<JobId>,
}

/// The rules of a campaign, for everybody who sees it.
///
/// # Errors
/// [`Error::NotFound`] when there is no such campaign, or none for this caller.
pub async fn list(deps: &Deps, call: &Call, campaign: CampaignId) -> Result<AssignedRules, Error> {
    open::read(deps, call, campaign, Dialect::Campaign).await?;
    of(deps, campaign).await
}

/// The rules of a campaign.
pub(crate) async fn of(deps: &Deps, campaign: CampaignId) -> Result<AssignedRules, Error> {
    let held = deps.store.rules().assigned(&campaign).await?;
    shown(deps, campaign, held.value, held.version).await
}

async fn shown(
    deps: &Deps,
    campaign: CampaignId,
    held: Vec<AssignedRule>,
    version: u64,
) -> Result<AssignedRules, Error> {
    let (found, evaluation) = futures::try_join!(defined(deps, &held), async {
        Ok(deps.store.rules().evaluation(&campaign).await?.map(|stored| stored.value))
    })?;
    let view = |rule: Rule| {
        let assigned = held.iter().find(|assigned| assigned.rule == rule.id)?;
        Some(AssignedView { rule, enabled: assigned.enabled, assigned_at: assigned.assigned_at })
    };
    Ok(AssignedRules { rules: found.into_iter().filter_map(view).collect(), version, evaluation })
}

/// The definitions of assigned rules: those that a campaign ended with; before that, of the rules that still exist.
async fn defined(deps: &Deps, held: &[AssignedRule]) -> Result<Vec<Rule>, Error> {
    let ended: Option<Vec<(RuleId, u64)>> =
        held.iter().map(|assigned| Some((assigned.rule, assigned.version?))).collect();
    match ended {
        Some(ended) => Ok(deps.store.rules().versions(&ended).await?),
        None => current(deps, held).await,
    }
}

/// The definitions of assigned rules, of those that still exist, as they are now.
async fn current(deps: &Deps, held: &[AssignedRule]) -> Result<Vec<Rule>, Error> {
    let ids: Vec<RuleId> = held.iter().map(|assigned| assigned.rule).collect();
    Ok(if ids.is_empty() { Vec::new() } else { deps.store.rules().get_many(&ids).await? })
}

/// Assigns rules to a campaign, enabled, behind those that it has; those that it has already stay as they are.
///
/// # Errors
/// [`Error::NotFound`] for the campaign, or naming every unknown rule, and nothing is assigned then; [`Error::Refused`]
/// when the campaign is over; [`Error::Invalid`] for more rules than a campaign may have; [`Error::Stale`].
pub async fn assign(
    deps: &Deps,
    call: &Call,
    campaign: CampaignId,
    named: Vec<String>,
) -> Result<AssignedRules, Error> {
    // A campaign that is not there, or is over, is told before a rule that is not.
    in_use::unfinished(deps, campaign).await?;
    let wanted = known(deps, &named).await?;
    change(deps, call, campaign, |rules| {
        let mut next = rules.to_vec();
        for rule in &wanted {
            if !next.iter().any(|assigned| assigned.rule == *rule) {
                next.push(AssignedRule { rule: *rule, enabled: true, assigned_at: call.now, version: None });
            }
        }
        if next.len() > MAX_ASSIGNED {
            let issue = format!("would be more rules than the {MAX_ASSIGNED} that a campaign may have");
            return Err(Error::invalid("rule_ids", issue));
        }
        Ok(next)
    })
    .await
}

/// The rules of these names.
async fn known(deps: &Deps, named: &[String]) -> Result<Vec<RuleId>, Error> {
    if named.is_empty() {
        return Err(Error::invalid("rule_ids", "must have at least 1 element"));
    }
    let ids: Vec<RuleId> = named.iter().filter_map(|name| name.parse().ok()).collect();
    let found: Vec<RuleId> = deps.store.rules().get_many(&ids).await?.into_iter().map(|rule| rule.id).collect();
    let is_known = |name: &String| name.parse().is_ok_and(|id: RuleId| found.contains(&id));
    let unknown: Vec<Fault> =
        named.iter().filter(|name| !is_known(name)).map(|name| Fault::new(name, "not found")).collect();
    if unknown.is_empty() { Ok(ids) } else { Err(Error::NotFound(unknown)) }
}

/// Enables or disables a rule of a campaign. What it has decided stands.
///
/// # Errors
/// [`Error::NotFound`] also when the rule is not assigned; [`Error::Refused`] when the campaign is over;
/// [`Error::Stale`].
pub async fn enable(
    deps: &Deps,
    call: &Call,
    campaign: CampaignId,
    rule: RuleId,
    enabled: bool,
) -> Result<(AssignedView, u64), Error> {
    let after = change(deps, call, campaign, |rules| {
        let mut next = rules.to_vec();
        let assigned = next.iter_mut().find(|assigned| assigned.rule == rule).ok_or_else(Error::not_found)?;
        assigned.enabled = enabled;
        Ok(next)
    })
    .await?;
    let view = after.rules.into_iter().find(|view| view.rule.id == rule);
    Ok((view.ok_or_else(Error::not_found)?, after.version))
}

/// Takes a rule off a campaign. What it has decided stands.
///
/// # Errors
/// As [`enable`].
pub async fn remove(deps: &Deps, call: &Call, campaign: CampaignId, rule: RuleId) -> Result<(), Error> {
    change(deps, call, campaign, |rules| {
        let mut next = rules.to_vec();
        next.retain(|assigned| assigned.rule != rule);
        if next.len() == rules.len() { Err(Error::not_found()) } else { Ok(next) }
    })
    .await?;
    Ok(())
}

/// Changes the rules of a campaign, those that still exist, on what stands when the change is written.
async fn change(
    deps: &Deps,
    call: &Call,
    campaign: CampaignId,
    decide: impl Fn(&[AssignedRule]) -> Result<Vec<AssignedRule>, Error>,
) -> Result<AssignedRules, Error> {
    let mut again = Again::new();
    loop {
        in_use::unfinished(deps, campaign).await?;
        let held = deps.store.rules().assigned(&campaign).await?;
        if held.is_by(call.command) {
            return shown(deps, campaign, held.value, held.version).await;
        }
        call.expects(held.version)?;
        let current = existing(deps, &held).await?;
        let next = decide(&current)?;
        if next == held.value {
            return shown(deps, campaign, next, held.version).await;
        }
        let mut tx = deps.store.write(call.command, call.now);
        tx.assign_rules(&campaign, &next, held.version, &switched(&current, &next))?;
        match tx.commit().await {
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
            Ok(_nothing_to_send) => return shown(deps, campaign, next, held.version + 1).await,
        }
    }
}

async fn existing(deps: &Deps, held: &Stored<Vec<AssignedRule>>) -> Result<Vec<AssignedRule>, Error> {
    let rules = current(deps, &held.value).await?;
    let still = |assigned: &&AssignedRule| rules.iter().any(|rule| rule.id == assigned.rule);
    Ok(held.value.iter().filter(still).copied().collect())
}

/// The rules that are enabled in one list and not in the other, with whether they are in the second.
fn switched(before: &[AssignedRule], after: &[AssignedRule]) -> Vec<(RuleId, bool)> {
    let enabled = |list: &[AssignedRule], rule: RuleId| list.iter().any(|held| held.rule == rule && held.enabled);
    let mut rules: Vec<RuleId> = before.iter().chain(after).map(|assigned| assigned.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    let now = |rule: RuleId| enabled(after, rule);
    rules.into_iter().filter(|rule| enabled(before, *rule) != now(*rule)).map(|rule| (rule, now(rule))).collect()
}

/// Adds that a campaign, which ends, goes on showing its rules as they are now. The commit fails when somebody has assigned
/// other ones meanwhile.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn settle(deps: &Deps, tx: &mut Tx<'_>, campaign: CampaignId) -> Result<(), Error> {
    let held = deps.store.rules().assigned(&campaign).await?;
    let rules = current(deps, &held.value).await?;
    let settled = |assigned: &AssignedRule| {
        let rule = rules.iter().find(|rule| rule.id == assigned.rule)?;
        Some(AssignedRule { version: Some(rule.version), ..*assigned })
    };
    let settled: Vec<AssignedRule> = held.value.iter().filter_map(settled).collect();
    if !settled.is_empty() {
        let ended: Vec<(RuleId, bool)> = switched(&settled, &[]);
        tx.assign_rules(&campaign, &settled, held.version, &ended)?;
    }
    Ok(())
}

/// The rules that a campaign takes over from its template, enabled as they are there, and those of them that are.
pub(crate) async fn inherited(
    deps: &Deps,
    call: &Call,
    template: CampaignId,
) -> Result<(Vec<AssignedRule>, Vec<(RuleId, bool)>), Error> {
    let held = existing(deps, &deps.store.rules().assigned(&template).await?).await?;
    let anew = |assigned| AssignedRule { assigned_at: call.now, version: None, ..assigned };
    let rules: Vec<AssignedRule> = held.into_iter().map(anew).collect();
    let switched = switched(&[], &rules);
    Ok((rules, switched))
}
