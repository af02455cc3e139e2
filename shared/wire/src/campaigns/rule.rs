//! Campaign rules: what creates and changes them, and how they are shown.

use app::error::Error;
use app::page::Page;
use app::rule::{ListInput, ReviewerStrategy, RuleInput};
use domain::automatic::Wish;
use domain::ids::RuleId;
use domain::rule::{NewReviewer, Rule, RuleAction, RuleKind, RuleStatus};
use serde_json::{Value, json};

use super::page_info;
use crate::decode::{Faults, MAX_TEXT, Object, Query, parse};
use crate::encode;
use crate::exchange::Pairs;

/// Rules on a page when the client does not say, and at most: clients expect all of them.
pub const PAGE: u32 = 1000;

/// What a rule does.
pub(crate) const DECISIONS: [(Wish, &str); 4] = [
    (Wish::Approve, "auto_approve"),
    (Wish::Reject, "auto_reject"),
    (Wish::Flag, "flag_for_review"),
    (Wish::Assign, "assign_reviewer"),
];
/// Whom a rule assigns that names nobody.
pub(crate) const STRATEGIES: [(ReviewerStrategy, &str); 2] =
    [(ReviewerStrategy::Owner, "owner"), (ReviewerStrategy::Manager, "manager")];

/// Decodes the id of a rule in a path.
///
/// # Errors
/// [`Error::NotFound`] for what is no id: there is no such rule.
pub fn path_id(path: &Pairs, name: &str) -> Result<RuleId, Error> {
    path.get(name).unwrap_or_default().parse().map_err(|_| Error::not_found())
}

/// Decodes a new rule.
///
/// # Errors
/// All faults of the body.
pub fn create(body: &[u8]) -> Result<RuleInput, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?;
    let input = fields(&body);
    body.required("name", input.name.as_ref());
    if body.raw("rule_type").is_none() {
        body.required("type", input.kind);
    }
    body.required("condition", input.condition.as_ref());
    body.required("decision", input.decision);
    faults.check()?;
    Ok(input)
}

/// Decodes changes of a rule: what is absent stays.
///
/// # Errors
/// All faults of the body.
pub fn edit(body: &[u8]) -> Result<RuleInput, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let input = fields(&Object::root(&value, &faults)?);
    faults.check()?;
    Ok(input)
}

fn fields(body: &Object<'_>) -> RuleInput {
    RuleInput {
        name: body.name("name"),
        description: body.text("description", MAX_TEXT),
        kind: kind(body),
        condition: body.text("condition", usize::MAX),
        decision: body.word("decision", &DECISIONS),
        reviewer: body.text("reviewer", MAX_TEXT),
        strategy: body.word("reviewer_strategy", &STRATEGIES),
        status: body.word("status", &RuleStatus::ALL.map(|status| (status, status.word()))),
    }
}

/// The type of a rule, under either of its names.
pub(crate) fn kind(body: &Object<'_>) -> Option<RuleKind> {
    let kinds = RuleKind::ALL.map(|kind| (kind, kind.word()));
    let [by_name, by_alias] = ["type", "rule_type"].map(|name| body.word(name, &kinds));
    by_name.or(by_alias)
}

/// Decodes the query of the list of rules.
///
/// # Errors
/// All faults of the query.
pub fn list(query: &Pairs) -> Result<ListInput, Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    let (limit, after) = (query.limit("limit", PAGE, PAGE), query.text("after").map(str::to_owned));
    faults.check()?;
    Ok(ListInput { limit: usize::try_from(limit).unwrap_or(usize::MAX), after })
}

/// Decodes which version of a definition is asked for; the newest when none is.
///
/// # Errors
/// What is no number from 1 on.
pub fn version(query: &Pairs) -> Result<Option<u64>, Error> {
    let faults = Faults::new();
    let asked = Query::new(query, &faults).integer("version");
    faults.require(asked.is_none_or(|asked| asked > 0), "version", "must be at least 1");
    faults.check()?;
    Ok(asked.and_then(|asked| u64::try_from(asked).ok()))
}

/// A rule.
#[must_use]
pub fn encode(rule: &Rule) -> Value {
    let Rule { id, name, description, kind, condition, action, status, created_at, created_by, updated_at, version } =
        rule;
    let (reviewer, strategy) = reviewer(action);
    json!({
        "id": id.to_string(),
        "name": name,
        "description": description,
        "type": kind.word(),
        "decision": decision(action),
        "condition": condition,
        "reviewer": reviewer,
        "reviewer_strategy": strategy,
        "status": status.word(),
        "version": version,
        "created_at": encode::time(*created_at),
        "created_by": created_by.email,
        "updated_at": encode::time(*updated_at),
    })
}

/// The word for what a rule does.
pub(crate) fn decision(action: &RuleAction) -> &'static str {
    let wish = action.wish();
    DECISIONS.iter().find(|(held, _)| *held == wish).map_or("", |(_, word)| word)
}

/// The address and the strategy of a rule that assigns a reviewer; one of them is absent, and both where it does not.
fn reviewer(action: &RuleAction) -> (Option<&str>, Option<&'static str>) {
    let word = |strategy| STRATEGIES.iter().find(|(held, _)| *held == strategy).map(|(_, word)| *word);
    match action {
        RuleAction::Approve | RuleAction::Reject | RuleAction::Flag => (None, None),
        RuleAction::Assign(NewReviewer::Given(user)) => (Some(&user.email), None),
        RuleAction::Assign(NewReviewer::Owner) => (None, word(ReviewerStrategy::Owner)),
        RuleAction::Assign(NewReviewer::Manager) => (None, word(ReviewerStrategy::Manager)),
    }
}

/// A page of rules.
#[must_use]
pub fn encode_page(page: &Page<Rule>) -> Value {
    json!({ "rules": page.items.iter().map(encode).collect::<Vec<_>>(), "pageInfo": page_info(page) })
}

#[cfg(test)]
mod tests;
