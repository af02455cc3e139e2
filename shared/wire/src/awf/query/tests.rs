use serde_json::json;

use super::*;
use crate::decode::Faults;

fn decoded(body: &Value) -> Result<Query, Vec<String>> {
    let faults = Faults::new();
    let query = decode(&Object::root(body, &faults).unwrap(), "query");
    match faults.error() {
        app::error::Error::Invalid(found) if !found.is_empty() => {
            Err(found.iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect())
        }
        _ => Ok(query.unwrap()),
    }
}

#[test]
fn what_is_encoded_decodes_to_the_same() {
    let set = |kind: &str| NodeSet {
        nodes: vec![NodeSpec {
            node_type: kind.to_owned(),
            node_id: "n-1".to_owned(),
            condition_expression: Some("name eq \"x\"".to_owned()),
            direct_relationship_only: true,
        }],
        nodes_operator: NodesOperator::Or,
    };
    let query = Query {
        raw_permissions: Some(vec!["kv.read".to_owned()]),
        effective_permissions: Some(vec!["Read".to_owned()]),
        source_node_types: set("OktaUser"),
        destination_node_types: set("SecretStore"),
        required_intermediate_node_types: set("OktaGroup"),
        avoided_intermediate_node_types: NodeSet::default(),
        waypoint_node_types: Some(set("OktaGroup")),
        path_summary_node_types: Some(set("Role")),
        no_relation: true,
        snapshot_id: Some(SnapshotId::new(1_780_000_000).unwrap()),
        node_relationship_type: RelationshipType::Effective,
        include_all_source_tags_in_results: true,
        include_all_destination_tags_in_results: true,
        page_size: "0".to_owned(),
        page_token: "t".to_owned(),
        joined_nodes: vec![JoinedNode {
            alias: "idp".to_owned(),
            node_type: "OktaUser".to_owned(),
            source_property: "email".to_owned(),
            joined_property: "email".to_owned(),
        }],
    };
    let (shown, faults) = (encode(&query), Faults::new());
    assert_eq!(read(&Object::root(&shown, &faults).unwrap()), query);
    assert!(faults.check().is_ok());
}

#[test]
fn a_short_query_is_shown_with_every_field() {
    let query = decoded(&json!({ "query": {
        "source_node_types": { "nodes": [{ "node_type": "Account" }] },
        "destination_node_types": { "nodes": [{ "node_type": "Role" }], "nodes_operator": "or" },
    } }));
    insta::assert_json_snapshot!(encode(&query.unwrap()));
}

#[test]
fn every_fault_of_a_query_is_found_at_once() {
    let body = json!({ "query": {
        "source_node_types": { "nodes": [
            { "node_type": "Account", "count_conditions": [{}], "tags": ["x"], "node_type_grouping_constraint": {} },
            { "node_id": "a" },
        ], "nodes_operator": "XOR" },
        "destination_node_types": { "nodes": [7] },
        "snapshot_id": "yesterday", "no_relation": "perhaps",
        "joined_nodes": [{ "alias": "source", "node_type": "X" }],
    } });
    insta::assert_debug_snapshot!(decoded(&body).unwrap_err());
}

#[test]
fn the_current_inventory_has_several_spellings() {
    for (given, expected) in [
        (json!("0"), None),
        (json!(""), None),
        (json!(0), None),
        (json!(null), None),
        (json!("1780000000"), Some(1_780_000_000)),
    ] {
        let faults = Faults::new();
        let body = json!({ "snapshot_id": given });
        let id = snapshot(&Object::root(&body, &faults).unwrap(), "snapshot_id");
        assert_eq!(id.map(SnapshotId::second), expected, "{given}");
        assert!(faults.check().is_ok());
    }
}

#[test]
fn filters_of_nodes_are_checked_with_everything_else() {
    let body = json!({ "query": {
        "source_node_types": { "nodes": [{ "node_type": "Account", "count_conditions": [{}] }], "nodes_operator": "AND" },
        "destination_node_types": { "nodes": [{ "node_type": "Role", "condition_expression": "name eq" }], "nodes_operator": "XOR" },
    } });
    let fields: Vec<_> =
        decoded(&body).unwrap_err().into_iter().map(|fault| fault.split(':').next().unwrap().to_owned()).collect();
    assert_eq!(
        fields,
        [
            "query.source_node_types.nodes[0].count_conditions",
            "query.destination_node_types.nodes_operator",
            "query.destination_node_types.nodes[0].condition_expression",
        ]
    );
}
