use domain::automatic::Cause;
use domain::ids::{PolicyId, RuleId};
use domain::rule::{Rule, RuleAction, RuleKind, RuleStatus};
use uuid::Uuid;

use super::*;
use crate::fixture::{at, lena, review};
use crate::openapi::check::fits;

fn faults<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    let Error::Invalid(faults) = result.unwrap_err() else { panic!("another error") };
    faults.iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect()
}

fn id() -> JobId {
    JobId::new(Uuid::from_u128(0x5120))
}

fn job(state: JobState) -> RuleJob {
    RuleJob {
        id: id(),
        campaign: None,
        state,
        total: 812,
        processed: 811,
        matches: 6,
        applied: 0,
        by_cause: Vec::new(),
        samples: vec![SampleMatch { account_name: "root.legacy".to_owned(), account_id: "acct-2".to_owned() }],
        faults: Vec::new(),
        completed_at: None,
        error: None,
    }
}

#[test]
fn a_job_is_shown_with_every_field() {
    let done = RuleJob { processed: 812, completed_at: Some(at("2026-08-20T14:00:07Z")), ..job(JobState::Completed) };
    let shown = encode_job(&done);
    fits("RuleJob", &shown);
    insta::assert_json_snapshot!(shown, @r#"
    {
      "id": "job-00000000-0000-0000-0000-000000005120",
      "job_type": "test",
      "campaign_id": null,
      "status": "completed",
      "total_entities": 812,
      "processed_entities": 812,
      "percent_complete": 100,
      "total_matches": 6,
      "decisions_applied": 0,
      "rules": [],
      "policies": [],
      "sample_matches": [
        {
          "account_id": "acct-2",
          "account_name": "root.legacy",
          "matched": true
        }
      ],
      "is_valid": true,
      "validation_errors": [],
      "completed_at": "2026-08-20T14:00:07Z",
      "error": null
    }
    "#);
}

#[test]
fn an_evaluation_tells_what_every_rule_came_to() {
    let rule = Cause::Rule { id: RuleId::new(Uuid::from_u128(7)), version: 3 };
    let policy = Cause::Policy { id: PolicyId::new(Uuid::from_u128(8)), version: 1 };
    let by_cause = vec![(rule, Tally { matches: 6, applied: 4 }), (policy, Tally::default())];
    let shown = encode_job(&RuleJob { campaign: Some(review()), by_cause, ..job(JobState::Completed) });
    fits("RuleJob", &shown);
    let rule = "rule-00000000-0000-0000-0000-000000000007";
    assert_eq!(shown["rules"], json!([{ "rule_id": rule, "version": 3, "matches": 6, "decisions_applied": 4 }]));
    let policy = "pol-00000000-0000-0000-0000-000000000008";
    assert_eq!(shown["policies"], json!([{ "policy_id": policy, "version": 1, "matches": 0, "decisions_applied": 0 }]));
}

#[test]
fn a_condition_that_cannot_be_read_is_shown_with_its_place() {
    let fault = ConditionFault { rule: None, position: 21, issue: "expected a value".to_owned() };
    let invalid = RuleJob { faults: vec![fault], samples: Vec::new(), ..job(JobState::Completed) };
    let shown = encode_job(&invalid);
    fits("RuleJob", &shown);
    assert_eq!(shown["is_valid"], false);
    assert_eq!(shown["validation_errors"], json!([{ "rule_id": null, "position": 21, "message": "expected a value" }]));
}

#[test]
fn a_job_is_at_a_hundred_per_cent_when_it_is_completed_and_not_before() {
    let shown = |job: &RuleJob| (encode_job(job)["status"].clone(), encode_job(job)["percent_complete"].clone());
    let nothing = RuleJob { total: 0, processed: 0, ..job(JobState::Running) };
    assert_eq!(shown(&job(JobState::Running)), (json!("running"), json!(99)));
    assert_eq!(shown(&RuleJob { processed: 812, ..job(JobState::Running) }), (json!("running"), json!(99)));
    assert_eq!(shown(&nothing), (json!("running"), json!(0)));
    assert_eq!(shown(&RuleJob { state: JobState::Completed, ..nothing }), (json!("completed"), json!(100)));
    let off = encode_job(&job(JobState::Cancelled));
    assert_eq!((&off["status"], &off["error"]), (&json!("failed"), &json!("it was called off")));
}

#[test]
fn what_was_queued_says_which_job_to_watch() {
    fits("RuleTestStarted", &encode_test(id()));
    fits("EvaluationStarted", &encode_evaluation(id(), review()));
}

#[test]
fn a_rule_of_a_campaign_is_shown_as_it_is_now() {
    let rule = Rule {
        id: RuleId::new(Uuid::from_u128(7)),
        name: "Dormant".to_owned(),
        description: String::new(),
        kind: RuleKind::Account,
        condition: "account.login_age_days > 180".to_owned(),
        action: RuleAction::Reject,
        status: RuleStatus::Active,
        created_at: at("2026-03-02T08:00:00Z"),
        created_by: lena(),
        updated_at: at("2026-03-02T08:00:00Z"),
        version: 4,
    };
    let view = AssignedView { rule, enabled: true, assigned_at: at("2026-08-19T08:00:00Z") };
    let shown = encode_assigned(&AssignedRules { rules: vec![view.clone()], version: 1, evaluation: Some(id()) });
    fits("AssignedRules", &shown);
    fits("AssignedRule", &encode_entry(&view));
    insta::assert_json_snapshot!(shown, @r#"
    {
      "rules": [
        {
          "rule_id": "rule-00000000-0000-0000-0000-000000000007",
          "name": "Dormant",
          "rule_type": "account",
          "condition": "account.login_age_days > 180",
          "decision": "auto_reject",
          "enabled": true,
          "assigned_at": "2026-08-19T08:00:00Z"
        }
      ],
      "last_job_id": "job-00000000-0000-0000-0000-000000005120"
    }
    "#);
}

#[test]
fn what_is_missing_is_named() {
    assert_eq!(faults(assign(b"{}")), ["rule_ids: is required"]);
    assert_eq!(faults(assign(br#"{"rule_ids": []}"#)), ["rule_ids: must have at least 1 element"]);
    assert_eq!(faults(assign(br#"{"rule_ids": [1]}"#)), ["rule_ids[0]: must be a string"]);
    assert_eq!(assign(br#"{"rule_ids": ["a", "b", "a"]}"#).unwrap(), ["a", "b"]);
    assert_eq!(faults(enable(b"{}")), ["enabled: is required"]);
    assert_eq!(faults(enable(br#"{"enabled": 1}"#)), ["enabled: must be a boolean"]);
    assert_eq!(faults(test(b"{}")), ["rule_type: is required", "condition: is required"]);
    assert_eq!(
        faults(test(br#"{"rule_type": "x", "condition": ""}"#)),
        ["rule_type: must be one of account, owner, role"]
    );
}

#[test]
fn any_condition_may_be_tried_out_even_one_that_cannot_be_read() {
    let input = test(br#"{"type": "owner", "condition": ")("}"#).unwrap();
    assert_eq!(input, TestInput { kind: RuleKind::Owner, condition: ")(".to_owned() });
}
