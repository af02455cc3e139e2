use columns::{BoolBuilder, ListBuilder, TextBuilder, TimeBuilder};
use domain::ids::PolicyId;
use domain::policy::{Duty, Effect, Expectation, OnFailure, PolicyStatus, Targets};
use domain::user::User;
use uuid::Uuid;

use super::*;

const DAY: i64 = 86_400_000;

fn as_of() -> Timestamp {
    Timestamp::from_millisecond(200 * DAY).unwrap()
}

/// Two accounts: one of Maya's, with everything known; one of nobody's, of which nothing else is known.
fn block() -> Batch {
    let text = |name: &str, value: Option<&str>| {
        let mut column = TextBuilder::new();
        column.push(value);
        column.push(None);
        column.finish(name)
    };
    let flag = |name: &str, value: bool| {
        let mut column = BoolBuilder::new();
        column.push(Some(value));
        column.push(None);
        column.finish(name)
    };
    let time = |name: &str, day: i64| {
        let mut column = TimeBuilder::new();
        column.push(Some(day * DAY));
        column.push(None);
        column.finish(name)
    };
    let list = |name: &str, values: Vec<&str>| {
        let mut column = ListBuilder::new();
        column.push(Some(values));
        column.push(Some(Vec::<&str>::new()));
        column.finish(name)
    };
    let columns = [
        text("destination.id", Some("app-1")),
        text("source.department", Some("Finance")),
        text("source.mfa_enabled", Some("FALSE")),
        flag("source.privileged", true),
        time("source.last_login_at", 48),
        text("owner.id", Some("own-1")),
        text("owner.name", Some("Maya")),
        text("owner.status", Some("Left")),
        list("entitlements.groups", vec![r#"{"id":"g1","name":"Approvers","is_high_privilege":true}"#]),
        list("entitlements.roles", vec![r#"{"id":"r1","name":"Entry"}"#, r#"{"id":"r2","name":"Reader"}"#]),
    ];
    Batch::of(2, columns).unwrap()
}

fn policy(n: u128, expectation: Expectation) -> Policy {
    Policy {
        id: PolicyId::new(Uuid::from_u128(n)),
        name: format!("Policy {n}"),
        description: String::new(),
        expectation,
        targets: Targets::default(),
        on_failure: OnFailure::Nothing,
        auto_approve: false,
        priority: 100,
        status: PolicyStatus::Active,
        created_at: Timestamp::UNIX_EPOCH,
        created_by: User::system(),
        updated_at: Timestamp::UNIX_EPOCH,
        version: 1,
    }
}

fn guardrail(conditions: &[&str], limit: Option<f64>) -> Expectation {
    let rule = |condition: &&str| PolicyRule {
        condition: (*condition).to_owned(),
        effect: Effect::Allow,
        resources: Vec::new(),
    };
    Expectation::Guardrail { rules: conditions.iter().map(rule).collect(), limit }
}

/// What each account is told of one policy.
fn told(expectation: Expectation, threshold: Option<f64>) -> [String; 2] {
    let checker = Checker::new(vec![(policy(1, expectation), threshold)], as_of());
    let outcomes = checker.check(&block(), 0..2).unwrap();
    let line = |outcomes: &Vec<Outcome>| match outcomes.as_slice() {
        [Outcome { policy: 0, check }] => format!("{} {}", check.status.word(), check.message),
        [] => "not covered".to_owned(),
        more => panic!("{more:?}"),
    };
    [line(&outcomes[0]), line(&outcomes[1])]
}

#[test]
fn facts_are_read_from_the_columns_of_a_block_as_they_were_loaded() {
    assert_eq!(
        told(Expectation::MfaForPrivileged, None),
        ["FAIL no second factor is enrolled for this privileged account", "not covered"]
    );
    assert_eq!(
        told(Expectation::MaxInactivity { days: 90.0 }, None),
        ["FAIL 152 days without sign-in; the limit is 90", "FAIL no sign-in on record; the limit is 90 days"]
    );
    assert_eq!(
        told(Expectation::OwnerRequired, None),
        ["FAIL the owner, Maya, is not active", "FAIL the account has no owner"]
    );
    let duty = |name: &str, held: &str| Duty { name: name.to_owned(), entitlements: vec![held.to_owned()] };
    let duties = vec![duty("enter", "ENTRY"), duty("approve", "g1")];
    assert_eq!(
        told(Expectation::SeparationOfDuties { duties, most: 1.0 }, None),
        [
            "FAIL holds 2 of 2 separated duties: enter (Entry), approve (Approvers); the limit is 1",
            "PASS holds 0 of 2 separated duties; the limit is 1",
        ]
    );
}

#[test]
fn a_condition_says_what_it_found_and_a_threshold_takes_the_place_of_its_limit() {
    let condition = "account.login_age_days <= 90 AND account.department = 'Finance'";
    assert_eq!(
        told(guardrail(&[condition], Some(90.0)), None),
        [
            "FAIL does not hold: account.login_age_days <= 90 AND account.department = 'Finance' \
             (account.department is 'Finance', account.login_age_days is 152)",
            "FAIL does not hold: account.login_age_days <= 90 AND account.department = 'Finance' \
             (account.department is not known, account.login_age_days is not known)",
        ]
    );
    let [passes, _] = told(guardrail(&[condition], Some(90.0)), Some(152.0));
    assert!(passes.starts_with("PASS holds: account.login_age_days <= 152 AND "), "{passes}");
    let [same, _] = told(guardrail(&["group.name = 'approvers'"], None), Some(7.0));
    assert_eq!(same, "PASS holds: group.name = 'approvers' (group.name is 'Approvers')");
}

#[test]
fn a_condition_that_cannot_be_read_any_more_holds_of_nobody() {
    let [found, _] = told(guardrail(&["account.shoe_size > 40"], None), None);
    assert_eq!(found, "FAIL does not hold: account.shoe_size > 40");
}

#[test]
fn policies_are_checked_by_descending_priority_and_as_they_were_applied() {
    let of = |n: u128, priority| (Policy { priority, ..policy(n, Expectation::OwnerRequired) }, None);
    let checker = Checker::new(vec![of(1, 50), of(2, 90), of(3, 50)], as_of());
    let outcomes = checker.check(&block(), [1]).unwrap();
    let names: Vec<&str> =
        outcomes[0].iter().filter_map(|outcome| Some(checker.policy(outcome.policy)?.name.as_str())).collect();
    assert_eq!(names, ["Policy 2", "Policy 1", "Policy 3"]);
}

#[test]
fn a_block_decoded_for_what_policies_read_says_the_same_as_the_whole() {
    let policies = vec![
        (policy(1, Expectation::MaxInactivity { days: 90.0 }), None),
        (policy(2, guardrail(&["role.name = 'Reader' AND account.privileged = true"], None)), None),
    ];
    let checker = Checker::new(policies, as_of());
    let whole = block();
    let read = checker.columns();
    let part = whole.columns().iter().filter(|column| read.contains(column.name.as_str())).cloned();
    let part = Batch::of(2, part.map(|column| (*column).clone())).unwrap();
    assert!(part.columns().len() < whole.columns().len());
    assert_eq!(checker.check(&part, 0..2).unwrap(), checker.check(&whole, 0..2).unwrap());
}
