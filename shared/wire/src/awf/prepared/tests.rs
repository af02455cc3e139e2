use domain::row::Decision;
use domain::user::User;

use super::*;
use crate::fixture::lena;
use crate::openapi::check::fits;

fn faults<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    let Error::Invalid(faults) = result.unwrap_err() else { panic!("another error") };
    faults.iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect()
}

#[test]
fn the_documented_sample_makes_a_smart_action() {
    let sample =
        br#"{ "name": "Reject leavers", "description": "Reject rows of deactivated identities", "workflow_id": "",
        "filter": "source.is_active ne \"true\"", "mutable_filter": "", "apply_to_all_rows": "false",
        "mutable_fields": { "decision": "RESULT_DECISION_REJECTED", "notes": "Identity is deactivated",
            "updated_by": { "id": 7 }, "action_log": { "entries": [] } } }"#;
    let Edit { id, input, place } = smart_action(sample).unwrap();
    assert_eq!((id, place.as_str(), input.workflow), (None, "", Some(None)));
    assert_eq!((input.name.as_deref(), input.apply_to_all_rows), (Some("Reject leavers"), Some(false)));
    let fields = FieldsInput {
        decision: Some(Decision::Rejected),
        notes: Some("Identity is deactivated".to_owned()),
        ..FieldsInput::default()
    };
    assert_eq!(input.fields, Some(fields));
    assert_eq!(faults(smart_action(b"{}")), ["name: is required", "mutable_fields: is required"]);
}

#[test]
fn the_documented_sample_changes_what_it_names() {
    let sample =
        br#"{ "value": { "id": "c5f2d5a0-3e55-47b2-8f10-64b2f0d7a001", "description": "For the end of a review" } }"#;
    let Edit { id, input, place } = smart_action_change(sample).unwrap();
    assert_eq!(id, Some("c5f2d5a0-3e55-47b2-8f10-64b2f0d7a001".parse().unwrap()));
    let description = Some("For the end of a review".to_owned());
    assert_eq!((input, place.as_str()), (SmartActionInput { description, ..SmartActionInput::default() }, "value"));
    assert!(matches!(smart_action_change(br#"{ "id": "none" }"#), Err(Error::NotFound(_))));
}

fn page<T>(items: Vec<T>) -> Page<T> {
    Page { items, next: None, end: None, has_previous: false }
}

#[test]
fn lists_show_what_is_set_and_fit_their_schemas() {
    let action = SmartAction {
        id: "c5f2d5a0-3e55-47b2-8f10-64b2f0d7a001".parse().unwrap(),
        name: "Sign off rejections".to_owned(),
        description: String::new(),
        workflow: None,
        filter: String::new(),
        mutable_filter: "decision eq \"RESULT_DECISION_REJECTED\"".to_owned(),
        apply_to_all_rows: false,
        fields: MutableFields { signed_off: Some(true), ..MutableFields::default() },
    };
    let others = MutableFields {
        decision: Some(Decision::Accepted),
        notes: Some(String::new()),
        reviewers: vec![lena()],
        assignment: Some(domain::review::ReviewerAssignment { users_manager: true, ..Default::default() }),
        ..MutableFields::default()
    };
    let shown = encode_smart_actions(&page(vec![action.clone(), SmartAction { fields: others, ..action }]));
    fits("SmartActionList", &shown);
    assert_eq!(
        shown["values"][0],
        json!({ "id": "c5f2d5a0-3e55-47b2-8f10-64b2f0d7a001", "name": "Sign off rejections", "description": "",
            "workflow_id": "", "filter": "", "mutable_filter": "decision eq \"RESULT_DECISION_REJECTED\"",
            "apply_to_all_rows": false, "mutable_fields": { "signed_off_state": "SIGNED_OFF" } })
    );
    assert_eq!(shown["values"][1]["mutable_fields"]["decision"], "RESULT_DECISION_ACCEPTED");
    let User { id, .. } = lena();
    assert_eq!(shown["values"][1]["mutable_fields"]["reviewers"][0]["id"], json!(id));
    let filter = QuickFilter {
        id: "1f0f7a3a-0a69-4d4e-bd1c-3a7f6a5b9c10".parse().unwrap(),
        name: "Contractors".to_owned(),
        workflow: None,
        filter: "source.employee_type eq \"contractor\"".to_owned(),
    };
    let shown = encode_quick_filters(&page(vec![filter]));
    fits("QuickFilterList", &shown);
    assert_eq!(
        shown["values"],
        json!([{ "id": "1f0f7a3a-0a69-4d4e-bd1c-3a7f6a5b9c10", "name": "Contractors", "workflow_id": "",
            "filter": "source.employee_type eq \"contractor\"" }])
    );
}
