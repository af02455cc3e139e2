//! Schemas of policies.

use domain::policy::{Effect, OnFailure, PolicyKind, PolicyStatus};
use serde_json::Value;

use super::schema::{Field, answer, bounded, count, flag, list, number, of, or_null, request, text, time, words};
use crate::decode::{MAX_NAME, MAX_TEXT};

const CONDITION: &str = "For example `account.login_age_days <= 90`";
const LIMIT: &str = "Days, or how many duties one account may combine; a campaign's threshold stands in for it";
const TARGETS: &str = "Only accounts in one of these; empty for all";

/// Name and schema of everything about policies.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let page = vec![
        ("policies", list(of("Policy")), ""),
        ("total", count(), "How many there are altogether"),
        ("limit", count(), ""),
        ("offset", count(), ""),
    ];
    vec![
        ("Policy", answer("What is expected of accounts.", policy_fields())),
        ("PolicyRule", request("A condition of a guardrail.", &["condition"], rule_fields())),
        ("PolicyDuty", request("A duty to be kept apart from others.", &["name", "entitlements"], duty_fields())),
        ("AppliedPolicy", answer("A policy of a campaign.", applied_fields())),
        ("AppliedPolicyList", answer("", vec![("policies", list(of("AppliedPolicy")), "In the order of application")])),
        ("PolicyCheck", answer("Whether an account meets a policy.", check_fields())),
        (
            "PolicyCheckList",
            answer("", vec![("policy_checks", list(of("PolicyCheck")), "Of the policies that cover the account")]),
        ),
        ("PolicyPage", answer("Policies, newest first.", page)),
        ("PolicyInput", request("A new policy.", &["name", "type"], input_fields())),
        ("PolicyChange", request("Changes of a policy: only what is there changes.", &[], input_fields())),
    ]
}

fn kinds() -> Value {
    words(&PolicyKind::ALL.map(PolicyKind::word))
}

fn statuses() -> Value {
    words(&PolicyStatus::ALL.map(PolicyStatus::word))
}

fn fates() -> Value {
    words(&OnFailure::ALL.map(OnFailure::word))
}

fn rule_fields() -> Vec<Field> {
    vec![
        ("condition", text(), CONDITION),
        ("effect", words(&Effect::ALL.map(Effect::word)), "`allow`: has to hold; `deny` and `flag`: must not"),
        ("resources", list(text()), "Only accounts in these applications; empty for all"),
    ]
}

fn duty_fields() -> Vec<Field> {
    vec![("name", bounded(MAX_NAME), ""), ("entitlements", list(text()), "Groups and roles by id or name, in any case")]
}

fn policy_fields() -> Vec<Field> {
    vec![
        ("id", text(), ""),
        ("name", text(), ""),
        ("description", text(), ""),
        ("type", kinds(), "What kind of thing it expects"),
        ("status", statuses(), "Only an active policy is checked"),
        ("priority", count(), "Checks are listed, and of equal decisions one is taken, by descending priority"),
        ("limit", or_null(number()), LIMIT),
        ("rules", list(of("PolicyRule")), "The conditions of a guardrail; empty for other types"),
        ("duties", list(of("PolicyDuty")), "Of a separation of duties; empty for other types"),
        ("target_applications", list(text()), TARGETS),
        ("target_groups", list(text()), TARGETS),
        ("target_account_types", list(text()), "Only accounts of these types; empty for all"),
        ("on_failure", fates(), "What becomes of undecided accounts that fail"),
        ("auto_approve", flag(), "Whether undecided accounts that pass are approved"),
        ("version", count(), "1 more with each change; named by whatever the policy decides"),
        ("created_at", time(), ""),
        ("created_by", text(), "E-mail address"),
        ("updated_at", time(), ""),
    ]
}

fn applied_fields() -> Vec<Field> {
    vec![
        ("policy_id", text(), ""),
        ("policy_name", text(), ""),
        ("type", kinds(), ""),
        ("status", statuses(), "Only an active policy is checked"),
        ("threshold", or_null(number()), "Stands in for the limit in this campaign"),
        ("limit", or_null(number()), "The policy's own limit; without one, a threshold has no effect"),
        ("applied_at", time(), "When it was applied first"),
    ]
}

fn check_fields() -> Vec<Field> {
    vec![
        ("policy_id", text(), ""),
        ("policy_name", text(), ""),
        ("status", words(&["PASS", "FAIL"]), "What cannot be shown to meet the policy fails"),
        ("message", text(), "The figures"),
    ]
}

fn input_fields() -> Vec<Field> {
    vec![
        ("name", bounded(MAX_NAME), ""),
        ("description", bounded(MAX_TEXT), ""),
        ("type", kinds(), ""),
        ("status", statuses(), "`active` by default"),
        ("priority", count(), "0 to 1000, 100 by default"),
        ("limit", or_null(number()), "Required by types about days; 1 by default for a separation of duties"),
        ("rules", list(of("PolicyRule")), "1 to 20, required by a guardrail"),
        ("duties", list(of("PolicyDuty")), "2 to 20, required by a separation of duties"),
        ("target_applications", list(text()), TARGETS),
        ("target_groups", list(text()), TARGETS),
        ("target_account_types", list(text()), ""),
        ("on_failure", fates(), "`none` by default"),
        ("auto_approve", flag(), "`false` by default"),
    ]
}
