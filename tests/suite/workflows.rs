//! Workflows: the reusable definition of a review in the access-reviews dialect.

use blackbox::unique;
use serde_json::{Value, json};

use crate::world::{World, administrator, awf_error, names_field, operator};

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

const WORKFLOWS: &str = "/api/preview/awf/workflows";

#[test]
fn a_workflow_is_changed_field_by_field_and_its_certifications_keep_their_query() {
    let world = World::new(3);
    let (certification, _) = world.certification();
    let certification = format!("/api/preview/awf/certifications/{certification}");
    let read = operator().get(&certification).expect(200);
    let (id, used) = (read.str("/value/workflow_id").to_owned(), read.body["value"]["query_used"].clone());
    let path = format!("{WORKFLOWS}/{id}");
    let before = operator().get(&path).expect(200);
    let change = |value: Value| operator().put(WORKFLOWS, json!({ "value": value }));
    let answer = change(json!({ "workflow_id": id, "name": "Renamed", "created_at": "1970-01-01T00:00:00Z" }));
    assert_eq!(answer.expect(200).body, json!({}));
    let mut expected = before.body["value"].clone();
    expected["name"] = json!("Renamed");
    assert_eq!(operator().get(&path).expect(200).body["value"], expected);

    let lena = json!({ "user_type": "Identity", "id": format!("own-{}-lena", world.word) });
    let query = json!({
        "source_node_types": { "nodes": [{ "node_type": "Account" }], "nodes_operator": "AND" },
        "destination_node_types": { "nodes": [{ "node_type": "Group" }], "nodes_operator": "AND" },
    });
    let _ = change(json!({ "workflow_id": id, "description": "", "notes": "n", "owner": lena, "query": query }))
        .expect(200);
    let after = operator().get(&path).expect(200);
    assert_eq!(after.str("/value/query/destination_node_types/nodes/0/node_type"), "Group");
    assert_eq!((after.str("/value/owner/name"), after.str("/value/description")), ("lena", ""));
    assert_eq!(after.str("/value/name"), "Renamed");
    assert_eq!(operator().get(&certification).expect(200).body["value"]["query_used"], used);
    let stale = operator().header("if-match", &before.headers["etag"]);
    awf_error(&stale.put(WORKFLOWS, json!({ "value": { "workflow_id": id, "notes": "late" } })), 409, "Aborted");
    let _ = operator().put(WORKFLOWS, json!({ "workflow_id": id, "notes": "without an envelope" })).expect(200);
}

#[test]
fn bad_changes_of_a_workflow_are_named() {
    let id = World::new(3).workflow();
    let change = |value: Value| operator().put(WORKFLOWS, json!({ "value": value }));
    names_field(&change(json!({ "name": "x" })), "value.workflow_id");
    names_field(&change(json!({ "workflow_id": id })), "value");
    let answer = change(json!({
        "workflow_id": id, "name": " ", "notes": 7,
        "query": { "destination_node_types": { "nodes": [], "nodes_operator": "XOR" } },
    }));
    for field in ["value.name", "value.notes", "value.query.destination_node_types.nodes_operator"] {
        names_field(&answer, field);
    }
    names_field(
        &change(json!({ "workflow_id": id, "owner": { "user_type": "Identity", "id": "ghost" } })),
        "value.owner",
    );
    let nobody = json!({ "workflow_id": "0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b", "name": "x" });
    awf_error(&change(nobody), 404, "NotFound");
    awf_error(&change(json!({ "workflow_id": "x", "name": "x" })), 404, "NotFound");
}

#[test]
fn a_workflow_is_deleted_unless_something_was_made_from_it() {
    let world = World::new(3);
    let id = world.workflow();
    let path = format!("{WORKFLOWS}/{id}");
    let guide = json!({ "value": { "workflow_id": id, "name": "Guide", "usage": "HELP_PAGE", "template_body": "x" } });
    let _ = operator().post("/api/preview/awf/help_page_templates", guide).expect(200);
    awf_error(&operator().delete(&path), 403, "PermissionDenied");
    let created = operator().post("/api/preview/awf/certifications", json!({ "workflow_id": id })).expect(200);
    awf_error(&administrator().delete(&path), 409, "FailedPrecondition");
    let certification = format!("/api/preview/awf/certifications/{}", created.str("/certification_id"));
    assert_eq!(administrator().delete(&certification).expect(200).body, json!({}));
    assert_eq!(administrator().delete(&path).expect(200).body, json!({}));
    awf_error(&operator().get(&path), 404, "NotFound");
    awf_error(&administrator().delete(&path), 404, "NotFound");
    awf_error(&operator().get(&format!("/api/preview/awf/help_page_templates/{id}/HELP_PAGE")), 404, "NotFound");
    awf_error(&operator().post("/api/preview/awf/certifications", json!({ "workflow_id": id })), 404, "NotFound");

    let draft = world.draft();
    let campaigns = operator().get(WORKFLOWS).expect(200);
    let own = campaigns.list("/values").iter().find(|workflow| {
        workflow["name"].as_str().is_some_and(|name| name == format!("Payroll review {}", world.word))
    });
    let path = format!("{WORKFLOWS}/{}", own.and_then(|own| own["workflow_id"].as_str()).expect("the campaign's"));
    awf_error(&administrator().delete(&path), 409, "FailedPrecondition");
    let _ = administrator().delete(&format!("/api/v1/campaigns/{draft}")).expect(204);
    let _ = administrator().delete(&path).expect(200);
}
