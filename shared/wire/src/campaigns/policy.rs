//! Policies: what creates and changes them, and how they are shown.

use app::error::Error;
use app::policy::{AppliedPolicies, AppliedView, ListInput, PolicyCheck, PolicyInput, PolicyPage};
use domain::ids::PolicyId;
use domain::policy::check::CheckStatus;
use domain::policy::{Duty, Effect, Expectation, OnFailure, Policy, PolicyKind, PolicyRule, PolicyStatus, Targets};
use serde_json::{Value, json};

use crate::decode::{Faults, MAX_ITEMS, MAX_NAME, MAX_TEXT, Object, Query, parse};
use crate::encode;
use crate::exchange::Pairs;

/// Policies on a page when the client does not say.
pub const PAGE: u32 = 50;
/// Policies on a page at most.
pub const MAX_PAGE: u32 = 500;

/// Decodes the id of a policy in a path.
///
/// # Errors
/// [`Error::NotFound`] for what is no id: there is no such policy.
pub fn path_id(path: &Pairs, name: &str) -> Result<PolicyId, Error> {
    path.get(name).unwrap_or_default().parse().map_err(|_| Error::not_found())
}

/// Decodes a new policy.
///
/// # Errors
/// All faults of the body.
pub fn create(body: &[u8]) -> Result<PolicyInput, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?;
    let input = fields(&body);
    body.required("name", input.name.as_ref());
    body.required("type", input.kind);
    faults.check()?;
    Ok(input)
}

/// Decodes changes of a policy: what is absent stays.
///
/// # Errors
/// All faults of the body.
pub fn edit(body: &[u8]) -> Result<PolicyInput, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let input = fields(&Object::root(&value, &faults)?);
    faults.check()?;
    Ok(input)
}

fn fields(body: &Object<'_>) -> PolicyInput {
    let priority = body.integer("priority", 0..=1_000).and_then(|priority| u32::try_from(priority).ok());
    PolicyInput {
        name: body.name("name"),
        description: body.text("description", MAX_TEXT),
        kind: body.word("type", &kinds()),
        limit: body.number("limit"),
        duties: duties(body),
        rules: rules(body),
        target_applications: body.texts("target_applications", MAX_NAME),
        target_groups: body.texts("target_groups", MAX_NAME),
        target_account_types: body.texts("target_account_types", MAX_NAME),
        on_failure: body.word("on_failure", &OnFailure::ALL.map(|fate| (fate, fate.word()))),
        auto_approve: body.flag("auto_approve"),
        priority,
        status: body.word("status", &statuses()),
    }
}

fn kinds() -> [(PolicyKind, &'static str); 6] {
    PolicyKind::ALL.map(|kind| (kind, kind.word()))
}

fn statuses() -> [(PolicyStatus, &'static str); 3] {
    PolicyStatus::ALL.map(|status| (status, status.word()))
}

fn duties(body: &Object<'_>) -> Option<Vec<Duty>> {
    let duty = |duty: Object<'_>| {
        let (name, entitlements) = (duty.name("name"), duty.texts("entitlements", MAX_NAME));
        duty.required("name", name.as_ref());
        duty.required("entitlements", entitlements.as_ref());
        Some(Duty { name: name?, entitlements: entitlements? })
    };
    Some(body.objects("duties", MAX_ITEMS)?.into_iter().filter_map(duty).collect())
}

fn rules(body: &Object<'_>) -> Option<Vec<PolicyRule>> {
    let effects = Effect::ALL.map(|effect| (effect, effect.word()));
    let rule = |rule: Object<'_>| {
        let condition = rule.text("condition", usize::MAX);
        rule.required("condition", condition.as_ref());
        let effect = rule.word("effect", &effects);
        let resources = rule.texts("resources", MAX_NAME).unwrap_or_default();
        Some(PolicyRule { condition: condition?, effect: effect.unwrap_or(Effect::Allow), resources })
    };
    Some(body.objects("rules", MAX_ITEMS)?.into_iter().filter_map(rule).collect())
}

/// Decodes the query of the list of policies.
///
/// # Errors
/// All faults of the query.
pub fn list(query: &Pairs) -> Result<ListInput, Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    let offset = query.integer("offset").unwrap_or(0);
    faults.require(offset >= 0, "offset", "must be at least 0");
    let input = ListInput {
        search: query.text("search").map(str::to_owned),
        kind: query.word("type", &kinds()),
        status: query.word("status", &statuses()),
        limit: query.limit("limit", PAGE, MAX_PAGE) as usize,
        offset: usize::try_from(offset).unwrap_or(usize::MAX),
    };
    faults.check()?;
    Ok(input)
}

/// A policy.
#[must_use]
pub fn encode(policy: &Policy) -> Value {
    let Policy {
        id,
        name,
        description,
        expectation,
        targets: Targets { applications, groups, account_types },
        on_failure,
        auto_approve,
        priority,
        status,
        created_at,
        created_by,
        updated_at,
        version,
    } = policy;
    json!({
        "id": id.to_string(),
        "name": name,
        "description": description,
        "type": expectation.kind().word(),
        "status": status.word(),
        "priority": priority,
        "limit": expectation.limit().map(encode::number),
        "rules": expectation.rules().iter().map(encode_rule).collect::<Vec<_>>(),
        "duties": encode_duties(expectation),
        "target_applications": applications,
        "target_groups": groups,
        "target_account_types": account_types,
        "on_failure": on_failure.word(),
        "auto_approve": auto_approve,
        "version": version,
        "created_at": encode::time(*created_at),
        "created_by": created_by.email,
        "updated_at": encode::time(*updated_at),
    })
}

fn encode_rule(rule: &PolicyRule) -> Value {
    let PolicyRule { condition, effect, resources } = rule;
    json!({ "condition": condition, "effect": effect.word(), "resources": resources })
}

fn encode_duties(expectation: &Expectation) -> Vec<Value> {
    let Expectation::SeparationOfDuties { duties, .. } = expectation else { return Vec::new() };
    let duty = |Duty { name, entitlements }: &Duty| json!({ "name": name, "entitlements": entitlements });
    duties.iter().map(duty).collect()
}

/// A page of policies.
#[must_use]
pub fn encode_page(page: &PolicyPage) -> Value {
    json!({
        "policies": page.items.iter().map(encode).collect::<Vec<_>>(),
        "total": page.total,
        "limit": page.limit,
        "offset": page.offset,
    })
}

/// Decodes the threshold of a policy in a campaign.
///
/// # Errors
/// What is no number.
pub fn threshold(query: &Pairs) -> Result<Option<f64>, Error> {
    let faults = Faults::new();
    let threshold = Query::new(query, &faults).number("threshold");
    faults.check()?;
    Ok(threshold)
}

/// A policy of a campaign.
#[must_use]
pub fn encode_applied(applied: &AppliedView) -> Value {
    let AppliedView { policy, threshold, applied_at } = applied;
    json!({
        "policy_id": policy.id.to_string(),
        "policy_name": policy.name,
        "type": policy.expectation.kind().word(),
        "status": policy.status.word(),
        "threshold": threshold.map(encode::number),
        "limit": policy.expectation.limit().map(encode::number),
        "applied_at": encode::time(*applied_at),
    })
}

/// The policies of a campaign.
#[must_use]
pub fn encode_applied_list(applied: &AppliedPolicies) -> Value {
    json!({ "policies": applied.policies.iter().map(encode_applied).collect::<Vec<_>>() })
}

/// Whether an account meets the policies that cover it.
#[must_use]
pub fn encode_checks(checks: &[PolicyCheck]) -> Value {
    let check = |PolicyCheck { id, name, check }: &PolicyCheck| {
        json!({
            "policy_id": id.to_string(),
            "policy_name": name,
            "status": check.status.word(),
            "message": check.message,
        })
    };
    json!({ "policy_checks": checks.iter().map(check).collect::<Vec<_>>() })
}

/// How many policies an account meets, and how many not.
pub(crate) fn encode_summary(checks: &[PolicyCheck]) -> Value {
    let count = |status| checks.iter().filter(|held| held.check.status == status).count();
    json!({ "pass": count(CheckStatus::Pass), "fail": count(CheckStatus::Fail) })
}

#[cfg(test)]
mod tests;
