use domain::ids::WorkflowId;
use domain::review::{CampaignQuery, Condition, ConditionValue, ReviewerAssignment};
use insta::assert_json_snapshot;
use uuid::Uuid;

use super::*;
use crate::fixture::{at, lena, review};
use crate::openapi::check::fits;

fn faults<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    let Error::Invalid(faults) = result.unwrap_err() else { panic!("another error") };
    faults.iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect()
}

fn campaign() -> Campaign {
    let plan = CampaignPlan {
        name: "Payroll system review, autumn".to_owned(),
        description: "Certify every payroll account before the external audit".to_owned(),
        kind: "periodic".to_owned(),
        start_date: at("2026-09-01T06:00:00Z"),
        end_date: at("2026-09-21T18:00:00Z"),
        scope: Scope { applications: vec!["app-payroll".to_owned()], account_types: vec!["user".to_owned()] },
        query: CampaignQuery {
            inclusion_filters: vec![Condition {
                entity: "account".to_owned(),
                field: "risk_score".to_owned(),
                operator: "greater_than".to_owned(),
                value: Some(ConditionValue::Int(40)),
            }],
            exclusion_filters: Vec::new(),
        },
        reviewer_assignment: ReviewerAssignment::campaign_default(),
        revoke_mode: RevokeMode::RecordOnly,
        auto_start: false,
    };
    let workflow = WorkflowId::new(Uuid::from_u128(7));
    Campaign::new(review(), workflow, plan, lena(), at("2026-08-18T12:04:11Z"))
}

#[test]
fn a_campaign_is_shown_with_every_field() {
    let counts = Counts { accepted: 20, rejected: 2, fixed: 1, flagged: 1, signed_off: 23 };
    let shown = encode(&CampaignView { campaign: campaign(), total: 64, counts, start_progress: None });
    fits("Campaign", &shown);
    assert_json_snapshot!(shown);
}

#[test]
fn a_list_item_has_exactly_seven_fields() {
    let page =
        encode_page(&Page { items: vec![campaign()], next: None, end: Some("c".to_owned()), has_previous: false });
    fits("CampaignPage", &page);
    assert_json_snapshot!(page);
}

#[test]
fn counts_add_up_and_what_is_fixed_was_rejected() {
    let counts = Counts { accepted: 20, rejected: 2, fixed: 1, flagged: 1, signed_off: 23 };
    let shown = encode_counts(64, &counts);
    fits("ApprovalCounts", &shown);
    assert_eq!(shown, json!({ "pending": 40, "approved": 20, "rejected": 3, "flagged": 1 }));
}

#[test]
fn the_answer_to_a_start_is_as_documented() {
    fits("CampaignStart", &encode_start());
}

#[test]
fn the_documented_sample_creates() {
    let sample = br#"{
      "name": "Warehouse badge accounts", "description": "Half-yearly check", "type": "periodic",
      "start_date": "2027-01-11T07:00:00Z", "end_date": "2027-01-29T17:00:00Z",
      "scope": { "applications": ["app-wms"], "account_types": ["user", "service"] }
    }"#;
    let input = create(sample).unwrap();
    assert_eq!(input.name.as_deref(), Some("Warehouse badge accounts"));
    assert_eq!(input.start_date, Some(at("2027-01-11T07:00:00Z")));
    let scope = input.scope.unwrap();
    assert_eq!(
        (scope.applications, scope.account_types),
        (vec!["app-wms".to_owned()], vec!["user".to_owned(), "service".to_owned()])
    );
    assert_eq!((input.query, input.reviewer_assignment, input.revoke_mode, input.auto_start), (None, None, None, None));
}

#[test]
fn what_was_shown_can_be_sent_back() {
    let shown =
        encode(&CampaignView { campaign: campaign(), total: 0, counts: Counts::default(), start_progress: None });
    let input = edit(shown.to_string().as_bytes()).unwrap();
    let plan = campaign().plan;
    assert_eq!(input.name, Some(plan.name));
    assert_eq!(input.query, Some(plan.query));
    assert_eq!(input.scope, Some(plan.scope));
    assert_eq!(input.revoke_mode, Some(plan.revoke_mode));
    assert_eq!(input.reviewer_assignment.map(|assignment| assignment.users_manager), Some(true));
}

#[test]
fn an_edit_leaves_what_it_does_not_name() {
    let sample =
        br#"{ "end_date": "2026-09-28T18:00:00Z", "description": "Extended by one week", "id": 7, "progress": "x" }"#;
    let expected = EditInput {
        end_date: Some(at("2026-09-28T18:00:00Z")),
        description: Some("Extended by one week".to_owned()),
        ..EditInput::default()
    };
    assert_eq!(edit(sample).unwrap(), expected);
    assert_eq!(edit(b"").unwrap(), EditInput::default());
}

#[test]
fn every_fault_of_a_campaign_is_found_at_once() {
    let body = json!({
        "name": "  ", "description": 7, "start_date": "yesterday", "type": "Not Allowed", "auto_start": "perhaps",
        "scope": { "applications": "app", "account_types": [1] }, "revoke_mode": "maybe",
        "query": { "inclusion_filters": [{ "entity": "account", "field": 1, "value": [] }, 3], "exclusion_filters": {} },
        "reviewer_assignment": { "users_manager": 3, "reviewers": [{ "id": "x" }], "reviewers_managers_for_approval_levels": [0] },
    });
    assert_json_snapshot!(faults(create(body.to_string().as_bytes())));
}

#[test]
fn bounds_of_texts_and_dates_hold() {
    let with = |field: &str, value: Value| {
        let mut body = json!({ "name": "x", "start_date": "2026-09-01T00:00:00Z", "end_date": "2026-09-02T00:00:00Z" });
        body[field] = value;
        create(body.to_string().as_bytes())
    };
    assert!(with("name", json!("n".repeat(200))).is_ok());
    assert_eq!(faults(with("name", json!("n".repeat(201)))), ["name: must have at most 200 characters"]);
    assert_eq!(faults(with("name", json!("a\u{0}b"))), ["name: must not contain control characters"]);
    assert!(with("description", json!("d".repeat(4000))).is_ok());
    assert_eq!(
        faults(with("description", json!("d".repeat(4001)))),
        ["description: must have at most 4000 characters"]
    );
    assert!(with("type", json!("t".repeat(64))).is_ok());
    assert_eq!(faults(with("type", json!(""))), ["type: must be 1 to 64 characters of a-z, 0-9 and _"]);
    assert_eq!(faults(with("end_date", json!("2026-09-01T00:00:00Z"))), ["end_date: must be after start_date"]);
    assert!(with("end_date", json!("2026-09-01T01:00:00.000000001+00:30")).is_ok());
}

#[test]
fn a_template_needs_a_name_and_dates() {
    let sample = br#"{ "name": "Payroll system review, winter", "start_date": "2026-12-01T07:00:00Z", "end_date": "2026-12-18T17:00:00Z" }"#;
    assert_eq!(from_template(sample).unwrap().end_date, Some(at("2026-12-18T17:00:00Z")));
    assert_eq!(faults(from_template(b"{}")), ["name: is required", "start_date: is required", "end_date: is required"]);
}

#[test]
fn a_status_has_aliases() {
    for (word, status) in [
        ("draft", CampaignStatus::Draft),
        ("Scheduled", CampaignStatus::Scheduled),
        ("active", CampaignStatus::Active),
        ("in_progress", CampaignStatus::Active),
        ("completed", CampaignStatus::Completed),
        ("terminated", CampaignStatus::Terminated),
        ("cancelled", CampaignStatus::Terminated),
    ] {
        assert_eq!(list(&Pairs::from([("status", word)])).unwrap().status, Some(status), "{word}");
    }
    assert_eq!(
        faults(list(&Pairs::from([("status", "odd"), ("limit", "many")]))),
        ["status: must be one of draft, scheduled, active, completed, terminated", "limit: must be an integer"]
    );
}

#[test]
fn a_list_takes_its_parameters_and_ignores_others() {
    let input =
        list(&Pairs::from([("type", "periodic"), ("limit", "100000"), ("after", "c"), ("unknown", "1")])).unwrap();
    let expected =
        ListInput { status: None, kind: Some("periodic".to_owned()), limit: 500, after: Some("c".to_owned()) };
    assert_eq!(input, expected);
}
