//! Schemas of campaign rules.

use serde_json::Value;

use super::campaigns::page;
use super::schema::{Field, answer, bounded, count, flag, list, of, or_null, request, text, time, uuid, words};
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
        (
            "AssignRulesInput",
            request(
                "Rules that a campaign shall use.",
                &["rule_ids"],
                vec![("rule_ids", list(text()), "At least one")],
            ),
        ),
        ("AssignedRule", answer("A rule of a campaign.", assigned_fields())),
        (
            "AssignedRules",
            answer(
                "The rules of a campaign.",
                vec![
                    ("rules", list(of("AssignedRule")), ""),
                    (
                        "last_job_id",
                        or_null(text()),
                        "The evaluation that is under way or was the last; the start of a campaign with enabled rules begins one",
                    ),
                ],
            ),
        ),
        ("RuleSwitch", request("Whether a rule is evaluated.", &["enabled"], vec![("enabled", flag(), "")])),
        (
            "RuleTestInput",
            request(
                "A condition to be tried out.",
                &["condition"],
                vec![("rule_type", words(&TYPES), "Is needed, here or as `type`"), ("condition", text(), CONDITION)],
            ),
        ),
        ("RuleTestStarted", answer("A condition will be tried out.", started(&["test"], vec![]))),
        (
            "EvaluationStarted",
            answer("Rules will be evaluated.", started(&["campaign"], vec![("campaign_id", uuid(), "")])),
        ),
        ("RuleJob", answer("Work on rules, under way or done. Kept for 7 days.", job_fields())),
        ("RuleTally", answer("What one rule came to.", tally_fields("rule_id"))),
        ("PolicyTally", answer("What one policy came to.", tally_fields("policy_id"))),
        ("RuleMatch", answer("An account that satisfies a condition.", match_fields())),
        ("ConditionFault", answer("What is wrong with a condition, and where.", fault_fields())),
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

fn assigned_fields() -> Vec<Field> {
    vec![
        ("rule_id", text(), ""),
        ("name", text(), ""),
        ("rule_type", words(&TYPES), ""),
        ("condition", text(), ""),
        ("decision", words(&DECISIONS), ""),
        ("enabled", flag(), "Whether the campaign evaluates it"),
        ("assigned_at", time(), ""),
    ]
}

fn started(kinds: &[&str], more: Vec<Field>) -> Vec<Field> {
    let own = vec![
        ("job_id", text(), "To be asked for with `GET /api/v1/campaigns/rules/jobs/{jobId}`"),
        ("status", words(&["pending"]), ""),
        ("job_type", words(kinds), ""),
    ];
    [own, more].concat()
}

fn job_fields() -> Vec<Field> {
    vec![
        ("id", text(), ""),
        ("job_type", words(&["test", "campaign"]), ""),
        ("campaign_id", or_null(uuid()), "The campaign whose rules are evaluated"),
        ("status", words(&["pending", "running", "completed", "failed"]), ""),
        ("total_entities", count(), "Accounts there are; 0 until that is known"),
        ("processed_entities", count(), ""),
        ("percent_complete", count(), "100 only when it is completed"),
        ("total_matches", count(), "Accounts that satisfy a condition"),
        ("decisions_applied", count(), "Accounts that were changed"),
        ("rules", list(of("RuleTally")), "The same by rule, in the order of assignment; empty for a test"),
        ("policies", list(of("PolicyTally")), "The same by policy, of those that decide"),
        ("sample_matches", list(of("RuleMatch")), "At most 10"),
        ("is_valid", flag(), "Whether the condition can be read"),
        ("validation_errors", list(of("ConditionFault")), "What is wrong with it"),
        ("completed_at", or_null(time()), ""),
        ("error", or_null(text()), "Why it failed"),
    ]
}

fn tally_fields(id: &'static str) -> Vec<Field> {
    vec![
        (id, text(), ""),
        ("version", count(), "That was evaluated"),
        ("matches", count(), "Accounts that it decides about, because nothing stronger does"),
        ("decisions_applied", count(), "Those of them that it changed; the others had been decided about before"),
    ]
}

fn match_fields() -> Vec<Field> {
    vec![("account_id", text(), ""), ("account_name", text(), ""), ("matched", flag(), "Always true")]
}

fn fault_fields() -> Vec<Field> {
    vec![
        ("rule_id", or_null(text()), "The rule, where a campaign evaluates several"),
        ("position", count(), "The character of the condition, from 0"),
        ("message", text(), ""),
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
