use domain::ids::{ReviewId, SnapshotId};
use domain::query::Query as WorkflowQuery;
use domain::review::CertState;
use insta::assert_json_snapshot;
use uuid::Uuid;

use super::*;
use crate::fixture::{at, lena, omar, review};
use crate::openapi::check::fits;

fn faults<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    let Error::Invalid(faults) = result.unwrap_err() else { panic!("another error") };
    faults.iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect()
}

fn view() -> CertificationView {
    let certification = Certification {
        id: review(),
        workflow_id: WorkflowId::new(Uuid::from_u128(7)),
        query_used: WorkflowQuery::default(),
        name: "June".to_owned(),
        notes: String::new(),
        due_date: Some(at("2026-06-30T16:00:00Z")),
        reviewers: vec![lena()],
        state: CertState::InProgress,
        snapshot: Some(SnapshotId::new(1_780_000_000).unwrap()),
        started_at: at("2026-06-01T05:00:00Z"),
        created_by: omar(),
        query_completed_at: Some(at("2026-06-01T05:00:04Z")),
        completed_at: None,
        completed_by: None,
        terminated_at: None,
        expired_at: None,
        sources_acknowledged: None,
        error_reason: String::new(),
        updated_at: at("2026-06-01T05:00:04Z"),
        updated_by: None,
        version: 2,
        total: 120,
        automation_run: None,
    };
    CertificationView {
        certification,
        total: 120,
        counts: Counts { accepted: 27, rejected: 4, fixed: 1, flagged: 2, signed_off: 30 },
        results_updated_at: Some(at("2026-06-02T07:11:09Z")),
        results_updated_by: Some(lena()),
        query_progress: None,
    }
}

#[test]
fn a_certification_is_shown_with_every_field() {
    let mut shown = encode_value(&view());
    fits("CertificationValue", &shown);
    let query = shown["value"]["query_used"].take();
    assert_eq!(query["node_relationship_type"], "CONFIGURED");
    assert_json_snapshot!(shown);
}

#[test]
fn a_certification_that_searches_says_how_far_it_is() {
    let progress = app::loading::jobs::building::BuildProgress { processed: 512, total: Some(120_000) };
    let shown = encode_value(&CertificationView { query_progress: Some(progress), ..view() });
    fits("CertificationValue", &shown);
    assert_eq!(shown["value"]["query_progress"], json!({ "processed": 512, "total": 120_000 }));
}

#[test]
fn a_list_counts_all_certifications() {
    let page = app::page::Page {
        items: vec![view()],
        next: Some("n".to_owned()),
        end: Some("n".to_owned()),
        has_previous: false,
    };
    let shown = encode_page(&page, 9);
    fits("CertificationList", &shown);
    assert_eq!((&shown["total_result_count"], &shown["next_page_token"]), (&json!(9), &json!("n")));
}

#[test]
fn ids_fit_their_schemas() {
    fits("CertificationId", &encode_id(review()));
    assert_eq!(
        encode_id(ReviewId::new(Uuid::from_u128(1)))["certification_id"],
        "00000000-0000-0000-0000-000000000001"
    );
}

const WORKFLOW: &str = "b2f1e7f4-40b7-4a1b-8a55-b6f3a0a0a111";

#[test]
fn a_creation_takes_its_documented_fields_wrapped_or_not() {
    let body = json!({
        "workflow_id": WORKFLOW, "name": " Autumn ", "notes": "n", "due_date": "2099-06-30T16:00:00Z",
        "reviewer_assignment": { "users_manager": "true", "reviewers": [{ "user_type": "Identity", "id": "x", "email": "", "name": "X" }] },
        "automation_ids": [], "dynamic_information": {}, "final_approval_level": 1,
        "reviewer_assignment_second_level": { "users_manager": false, "reviewers": [] },
    });
    for body in [json!({ "value": body }), body] {
        let input = create(body.to_string().as_bytes()).unwrap();
        assert_eq!(
            (input.workflow.to_string().as_str(), input.name.as_deref(), input.source),
            (WORKFLOW, Some("Autumn"), None)
        );
        let assignment = input.reviewer_assignment.unwrap();
        assert!(assignment.users_manager && !assignment.resource_managers);
        assert_eq!(
            (assignment.reviewers[0].email.as_deref(), assignment.reviewers[0].name.as_deref()),
            (None, Some("X"))
        );
        assert_eq!(input.identities, []);
    }
}

#[test]
fn a_picture_is_the_current_one_the_latest_or_a_given_one() {
    let snapshot = Source::Given(SnapshotId::new(1_780_000_000).unwrap());
    for (fields, expected) in [
        (json!({}), None),
        (json!({ "snapshot_id": "" }), None),
        (json!({ "data_source": 0, "snapshot_id": "1780000000" }), Some(Source::Current)),
        (json!({ "data_source": "1" }), Some(Source::Latest)),
        (json!({ "data_source": 2, "snapshot_id": "1780000000" }), Some(snapshot)),
        (json!({ "snapshot_id": 1_780_000_000 }), Some(snapshot)),
        (json!({ "snapshot_id": "0" }), Some(Source::Current)),
        (json!({ "snapshot_id": 0 }), Some(Source::Current)),
    ] {
        let mut body = fields;
        body["workflow_id"] = json!(WORKFLOW);
        assert_eq!(create(body.to_string().as_bytes()).unwrap().source, expected, "{body}");
    }
}

/// The fields that are named as wrong.
fn fields(outcome: Result<CreateInput, Error>) -> Vec<String> {
    let texts = faults(outcome).into_iter();
    texts.map(|text| text.split(": ").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_creation_names_the_people_whom_it_is_about() {
    let body = |information: Value| json!({ "workflow_id": WORKFLOW, "dynamic_information": information }).to_string();
    let named = |id: &str| json!({ "id": id, "type": "OktaUser", "previous_manager_id": "" });
    let input = create(body(json!({ "identities": [named("u-1"), named("u-2")] })).as_bytes()).unwrap();
    let identity = |id: &str| NamedIdentity { node_type: "OktaUser".to_owned(), id: id.to_owned() };
    assert_eq!(input.identities, [identity("u-1"), identity("u-2")]);
    let field = "dynamic_information.identities";
    let manager = json!({ "id": "u-1", "type": "OktaUser", "previous_manager_id": "u-9" });
    for (information, expected) in [
        (json!({ "identities": [] }), field.to_owned()),
        (json!({ "people": [] }), field.to_owned()),
        (json!({ "identities": [{ "id": "u-1" }] }), format!("{field}[0].type")),
        (json!({ "identities": [manager] }), format!("{field}[0].previous_manager_id")),
        (json!("u-1"), "dynamic_information".to_owned()),
    ] {
        assert_eq!(fields(create(body(information).as_bytes())), [expected]);
    }
}

#[test]
fn a_second_approval_level_is_refused() {
    for (field, value) in
        [("final_approval_level", json!(2)), ("reviewer_assignment_second_level", json!({ "users_manager": true }))]
    {
        let body = json!({ "workflow_id": WORKFLOW, field: value });
        assert_eq!(fields(create(body.to_string().as_bytes())), [field]);
    }
}

#[test]
fn every_fault_of_a_creation_is_found_at_once() {
    let bad = json!({
        "data_source": 9, "due_date": "soon", "name": "n".repeat(201), "automation_ids": ["a"],
        "reviewer_assignment": { "reviewers_managers_for_approval_levels": [0] },
    });
    assert_eq!(
        faults(create(bad.to_string().as_bytes())),
        [
            "workflow_id: is required",
            "name: must have at most 200 characters",
            "due_date: must be an RFC 3339 timestamp",
            "data_source: must lie between 0 and 2",
            "reviewer_assignment.reviewers_managers_for_approval_levels: is not supported and must be empty",
            "automation_ids[0]: must be the id of an automation",
        ]
    );
    let without = json!({ "workflow_id": WORKFLOW, "data_source": 2 });
    assert_eq!(faults(create(without.to_string().as_bytes())), ["snapshot_id: is required with data_source 2"]);
    let odd = json!({ "workflow_id": WORKFLOW, "data_source": 2, "snapshot_id": "x" });
    assert_eq!(faults(create(odd.to_string().as_bytes())), ["snapshot_id: must be a Unix second as text"]);
}

#[test]
fn a_workflow_id_that_is_none_is_not_found() {
    assert!(matches!(create(br#"{"workflow_id":"nope"}"#), Err(Error::NotFound(_))));
    assert!(matches!(list(&Pairs::from([("workflow_id", "nope")])), Err(Error::NotFound(_))));
}

#[test]
fn a_list_needs_its_workflow_under_either_spelling() {
    for name in ["workflow_id", "workfow_id"] {
        let input = list(&Pairs::from([(name, WORKFLOW), ("page_size", "7"), ("page_token", "t")])).unwrap();
        assert_eq!(
            (input.workflow.to_string().as_str(), input.limit, input.after.as_deref()),
            (WORKFLOW, 7, Some("t"))
        );
    }
    assert_eq!(faults(list(&Pairs::default())), ["workflow_id: is required"]);
    let input = list(&Pairs::from([("workflow_id", WORKFLOW), ("page_size", "0"), ("page_token", "0")])).unwrap();
    assert_eq!((input.limit, input.after), (paging::ALL, None));
    assert_eq!(
        faults(list(&Pairs::from([("workflow_id", WORKFLOW), ("page_size", "-1")]))),
        ["page_size: must be at least 0"]
    );
}
