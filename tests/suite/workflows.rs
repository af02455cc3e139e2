//! Workflows: the reusable definition of a review in the access-reviews dialect.

use blackbox::unique;
use serde_json::{Value, json};

use crate::world::{World, awf_error, names_field, operator};

#[test]
fn a_workflow_reads_back_with_every_field_of_its_query() {
    let world = World::new(3);
    let id = world.workflow();
    let read = operator().get(&format!("/api/preview/awf/workflows/{id}")).expect(200);
    let value = &read.body["value"];
    assert_eq!(value["workflow_id"], json!(id));
    assert_eq!(value["description"], "Who holds which role");
    assert!(value["created_at"].as_str().is_some_and(|at| at.ends_with('Z')));
    for user in ["owner", "creator"] {
        for field in ["user_type", "id", "email", "name"] {
            assert!(value[user][field].is_string(), "{user}.{field}");
        }
    }
    let query = value["query"].as_object().expect("a query");
    for field in [
        "raw_permissions",
        "effective_permissions",
        "source_node_types",
        "destination_node_types",
        "required_intermediate_node_types",
        "avoided_intermediate_node_types",
        "waypoint_node_types",
        "path_summary_node_types",
        "no_relation",
        "snapshot_id",
        "node_relationship_type",
        "include_all_source_tags_in_results",
        "include_all_destination_tags_in_results",
        "page_size",
        "page_token",
    ] {
        assert!(query.contains_key(field), "{field} is missing in {query:?}");
    }
    let node = &query["source_node_types"]["nodes"][0];
    assert_eq!(node["node_type"], "Account");
    assert_eq!(node["node_id"], "");
    assert_eq!(node["direct_relationship_only"], false);
    assert_eq!(query["page_size"], "0");
}

#[test]
fn the_list_holds_every_workflow_newest_first() {
    let world = World::new(3);
    let first = world.workflow();
    let second = world.workflow();
    let listed = operator().get("/api/preview/awf/workflows").expect(200);
    let ids: Vec<&str> =
        listed.list("/values").iter().map(|workflow| workflow["workflow_id"].as_str().unwrap()).collect();
    let place = |id: &str| ids.iter().position(|listed| *listed == id).unwrap_or_else(|| panic!("{id} is not listed"));
    assert!(place(&second) < place(&first));
}

#[test]
fn a_bad_workflow_is_refused_with_every_fault_at_once() {
    let answer = operator().post("/api/preview/awf/workflows", json!({ "description": 7 }));
    awf_error(&answer, 400, "InvalidArgument");
    for field in ["name", "query", "description"] {
        names_field(&answer, field);
    }
    let unsupported = json!({ "name": unique("wf"), "query": {
        "source_node_types": { "nodes": [{ "node_type": "Account", "count_conditions": [{}] }], "nodes_operator": "AND" },
        "destination_node_types": { "nodes": [{ "node_type": "Role", "condition_expression": "name eq" }], "nodes_operator": "XOR" },
    } });
    let answer = operator().post("/api/preview/awf/workflows", unsupported);
    names_field(&answer, "query.source_node_types.nodes[0].count_conditions");
    names_field(&answer, "query.destination_node_types.nodes[0].condition_expression");
    names_field(&answer, "query.destination_node_types.nodes_operator");
}

#[test]
fn an_unknown_workflow_is_not_found() {
    awf_error(&operator().get("/api/preview/awf/workflows/0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b"), 404, "NotFound");
    awf_error(&operator().get("/api/preview/awf/workflows/not-an-id"), 404, "NotFound");
    let id = World::new(3).workflow();
    assert_eq!(
        operator().get(&format!("/api/preview/awf/workflows/{id}")).expect(200).body.as_object().map(|body| body.len()),
        Some(1)
    );
    assert_eq!(
        operator().get(&format!("/api/preview/awf/workflows/{id}")).body["value"]["query"]["no_relation"],
        Value::Bool(false)
    );
}
