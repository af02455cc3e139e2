use insta::assert_json_snapshot;
use uuid::Uuid;

use super::*;
use crate::fixture::{at, lena, omar};
use crate::openapi::check::fits;

fn workflow() -> Workflow {
    Workflow {
        id: WorkflowId::new(Uuid::from_u128(7)),
        name: "Vault access".to_owned(),
        description: "People with secrets access".to_owned(),
        owner: lena(),
        notes: String::new(),
        query: domain::query::Query::default(),
        creator: omar(),
        created_at: at("2026-02-14T09:00:00Z"),
    }
}

#[test]
fn a_workflow_is_shown_with_every_field() {
    let mut shown = encode_value(&workflow());
    fits("WorkflowValue", &shown);
    assert_eq!(shown["value"]["query"].take()["page_size"], "0");
    assert_json_snapshot!(shown);
    fits("WorkflowList", &encode_page(&Page { items: vec![workflow()], next: None, end: None, has_previous: false }));
    fits("WorkflowId", &encode_id(workflow().id));
}

#[test]
fn every_fault_of_a_creation_is_found_at_once() {
    let Err(Error::Invalid(faults)) = create(br#"{ "description": 7, "owner": { "id": "x" } }"#) else { panic!() };
    let faults: Vec<_> = faults.iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect();
    assert_eq!(
        faults,
        ["name: is required", "query: is required", "description: must be a string", "owner.user_type: is required"]
    );
}

#[test]
fn a_creation_is_taken_wrapped_or_not() {
    let body = json!({ "name": "x", "query": {
        "source_node_types": { "nodes": [{ "node_type": "Account" }] },
        "destination_node_types": { "nodes": [{ "node_type": "Role" }] },
    } });
    let bare = create(body.to_string().as_bytes()).unwrap();
    assert_eq!(create(json!({ "value": body }).to_string().as_bytes()).unwrap(), bare);
    assert_eq!((bare.name.as_str(), bare.owner), ("x", None));
}

#[test]
fn a_list_is_whole_unless_pages_are_asked_for() {
    let input = list(&Pairs::default()).unwrap();
    assert_eq!((input.limit, input.after), (paging::ALL, None));
}
