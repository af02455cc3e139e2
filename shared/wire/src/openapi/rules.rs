//! Schemas of campaign rules.

use serde_json::Value;

use super::campaigns::page;
use super::schema::{Field, answer, bounded, count, or_null, request, text, time, words};
use crate::decode::{MAX_NAME, MAX_TEXT};

const TYPES: [&str; 3] = ["account", "owner", "role"];
const DECISIONS: [&str; 4] = ["auto_approve", "auto_reject", "flag_for_review", "assign_reviewer"];
const STRATEGIES: [&str; 2] = ["owner", "manager"];
const STATUSES: [&str; 2] = ["active", "inactive"];
const CONDITION: &str = "For example `account.login_age_days > 180 AND account.account_type = 'user'`";

/// Name and schema of everything about rules.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let required = ["name", "type", "condition", "decision"];
    vec![
        ("Rule", answer("A campaign rule.", rule_fields())),
        ("RulePage", page("rules", "Rule")),
        ("RuleInput", request("A new rule.", &required, input_fields())),
        ("RuleChange", request("Changes of a rule: only what is there changes.", &[], input_fields())),
    ]
}

fn rule_fields() -> Vec<Field> {
    vec![
        ("id", text(), ""),
        ("name", text(), ""),
        ("description", text(), ""),
        ("type", words(&TYPES), "What it is about; conditions may ask about anything"),
        ("decision", words(&DECISIONS), "What becomes of the accounts that satisfy the condition"),
        ("condition", text(), CONDITION),
        ("reviewer", or_null(text()), "E-mail address of whom `assign_reviewer` assigns"),
        (
            "reviewer_strategy",
            or_null(words(&STRATEGIES)),
            "Whom it assigns instead: the owner, or the owner's manager",
        ),
        ("status", words(&STATUSES), "An inactive rule is evaluated nowhere"),
        ("version", count(), "1 more with each change; named by whatever the rule decides"),
        ("created_at", time(), ""),
        ("created_by", text(), "E-mail address"),
        ("updated_at", time(), ""),
    ]
}

fn input_fields() -> Vec<Field> {
    vec![
        ("name", bounded(MAX_NAME), ""),
        ("description", bounded(MAX_TEXT), ""),
        ("type", words(&TYPES), "Also as `rule_type`"),
        ("condition", text(), CONDITION),
        ("decision", words(&DECISIONS), ""),
        ("reviewer", or_null(text()), "Needed by `assign_reviewer`, unless a strategy is given"),
        ("reviewer_strategy", or_null(words(&STRATEGIES)), ""),
        ("status", words(&STATUSES), "`active` by default"),
    ]
}
