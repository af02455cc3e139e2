//! Rules at work: which of them a campaign uses, and the jobs that try conditions out and evaluate rules.

use app::error::Error;
use app::rule::{AssignedRules, AssignedView, ConditionFault, JobState, RuleJob, SampleMatch, Tally, TestInput};
use domain::ids::{CampaignId, JobId};
use serde_json::{Value, json};

use super::rule::{decision, kind};
use crate::decode::{Faults, Object, parse};
use crate::encode;
use crate::exchange::Pairs;

/// Rules that one request assigns at most; more than a campaign may have.
const MAX_RULES: usize = 1_000;

/// Decodes the id of a job in a path.
///
/// # Errors
/// [`Error::NotFound`] for what is no id: there is no such job.
pub fn path_id(path: &Pairs, name: &str) -> Result<JobId, Error> {
    path.get(name).unwrap_or_default().parse().map_err(|_| Error::not_found())
}

/// Decodes which rules are to be assigned, each once.
///
/// # Errors
/// All faults of the body.
pub fn assign(body: &[u8]) -> Result<Vec<String>, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?;
    let ids = body.required("rule_ids", body.texts("rule_ids", usize::MAX));
    match ids.as_deref() {
        Some([]) => body.fault("rule_ids", "must have at least 1 element"),
        Some(ids) if ids.len() > MAX_RULES => {
            body.fault("rule_ids", format!("must have at most {MAX_RULES} elements"));
        }
        Some(_) | None => {}
    }
    faults.check()?;
    let mut seen = std::collections::HashSet::new();
    Ok(ids.unwrap_or_default().into_iter().filter(|id| seen.insert(id.clone())).collect())
}

/// Decodes whether a rule is to be evaluated.
///
/// # Errors
/// All faults of the body.
pub fn enable(body: &[u8]) -> Result<bool, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?;
    let enabled = body.required("enabled", body.flag("enabled"));
    match (enabled, faults.check()) {
        (Some(enabled), Ok(())) => Ok(enabled),
        (None | Some(_), _) => Err(faults.error()),
    }
}

/// Decodes a condition to be tried out. Whether it can be read is for the job to tell.
///
/// # Errors
/// All faults of the body.
pub fn test(body: &[u8]) -> Result<TestInput, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?;
    let kind = kind(&body);
    if body.raw("type").is_none() {
        body.required("rule_type", kind);
    }
    let condition = body.required("condition", body.text("condition", usize::MAX));
    match (kind, condition, faults.check()) {
        (Some(kind), Some(condition), Ok(())) => Ok(TestInput { kind, condition }),
        (None | Some(_), None | Some(_), _) => Err(faults.error()),
    }
}

/// The rules of a campaign.
#[must_use]
pub fn encode_assigned(assigned: &AssignedRules) -> Value {
    json!({
        "rules": assigned.rules.iter().map(encode_entry).collect::<Vec<_>>(),
        "last_job_id": assigned.evaluation.map(|job| job.to_string()),
    })
}

/// A rule of a campaign.
#[must_use]
pub fn encode_entry(view: &AssignedView) -> Value {
    let AssignedView { rule, enabled, assigned_at } = view;
    json!({
        "rule_id": rule.id.to_string(),
        "name": rule.name,
        "rule_type": rule.kind.word(),
        "condition": rule.condition,
        "decision": decision(&rule.action),
        "enabled": enabled,
        "assigned_at": encode::time(*assigned_at),
    })
}

/// That a condition will be tried out.
#[must_use]
pub fn encode_test(job: JobId) -> Value {
    json!({ "job_id": job.to_string(), "status": "pending", "job_type": "test" })
}

/// That the rules of a campaign will be evaluated.
#[must_use]
pub fn encode_evaluation(job: JobId, campaign: CampaignId) -> Value {
    json!({
        "job_id": job.to_string(), "campaign_id": campaign.to_string(), "status": "pending", "job_type": "campaign",
    })
}

/// A job on rules.
#[must_use]
pub fn encode_job(job: &RuleJob) -> Value {
    let (status, given_up) = status(job.state);
    json!({
        "id": job.id.to_string(),
        "job_type": if job.campaign.is_some() { "campaign" } else { "test" },
        "campaign_id": job.campaign.map(|campaign| campaign.to_string()),
        "status": status,
        "total_entities": job.total,
        "processed_entities": job.processed,
        "percent_complete": percent(job),
        "total_matches": job.matches,
        "decisions_applied": job.applied,
        "rules": tallies(job, "rule"),
        "policies": tallies(job, "policy"),
        "sample_matches": job.samples.iter().map(encode_sample).collect::<Vec<_>>(),
        "is_valid": job.faults.is_empty(),
        "validation_errors": job.faults.iter().map(encode_fault).collect::<Vec<_>>(),
        "completed_at": encode::optional_time(job.completed_at),
        "error": job.error.as_deref().or(given_up),
    })
}

/// The word for where a job stands, and why it failed where the job does not say.
const fn status(state: JobState) -> (&'static str, Option<&'static str>) {
    match state {
        JobState::Pending => ("pending", None),
        JobState::Running => ("running", None),
        JobState::Completed => ("completed", None),
        JobState::Failed => ("failed", None),
        JobState::Cancelled => ("failed", Some("it was called off")),
    }
}

/// Whole per cent, 100 only when it is done.
fn percent(job: &RuleJob) -> u64 {
    match (job.state, job.total) {
        (JobState::Completed, _) => 100,
        (_, 0) => 0,
        (_, total) => (job.processed.saturating_mul(100) / total).min(99),
    }
}

fn encode_sample(sample: &SampleMatch) -> Value {
    json!({ "account_id": sample.account_id, "account_name": sample.account_name, "matched": true })
}

/// What everything of a kind came to.
fn tallies(job: &RuleJob, kind: &str) -> Vec<Value> {
    let of_kind = job.by_cause.iter().filter_map(|(cause, tally)| match encode::cause(*cause) {
        (name, cause) if name == kind => Some((cause, tally)),
        _ => None,
    });
    let encode = |(cause, Tally { matches, applied }): (Value, &Tally)| {
        json!({
            (format!("{kind}_id")): cause.get("id"),
            "version": cause.get("version"),
            "matches": matches,
            "decisions_applied": applied,
        })
    };
    of_kind.map(encode).collect()
}

fn encode_fault(fault: &ConditionFault) -> Value {
    let ConditionFault { rule, position, issue } = fault;
    json!({ "rule_id": rule.map(|rule| rule.to_string()), "position": position, "message": issue })
}

#[cfg(test)]
mod tests;
