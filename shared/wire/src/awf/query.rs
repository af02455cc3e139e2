//! `WorkflowQuery`: which pairs of source and destination a workflow reviews.
//!
//! Answers carry every field, also those that stand for parts which are not supported and therefore always empty (tags,
//! conditions, count conditions, the grouping constraint). A
//! request that fills one of those is refused by its name, because ignoring a restriction would review the wrong rows.

use app::loading::population;
use domain::ids::SnapshotId;
use domain::query::{
    JoinedNode, MAX_JOINS, MAX_NODES, MAX_TEXT, NodeSet, NodeSpec, NodesOperator, Query, RelationshipType,
};
use serde_json::{Value, json};

use crate::decode::Object;
use crate::forms::{Family, Form};

/// How several nodes combine.
const OPERATOR: Family<NodesOperator> = Family {
    prefix: "",
    unknown: &[],
    forms: &[
        Form { code: 1, name: "AND", value: NodesOperator::And },
        Form { code: 2, name: "OR", value: NodesOperator::Or },
    ],
};

/// Which relations count.
const RELATIONSHIP: Family<RelationshipType> = Family {
    prefix: "",
    unknown: &[],
    forms: &[
        Form { code: 1, name: "CONFIGURED", value: RelationshipType::Configured },
        Form { code: 2, name: "EFFECTIVE", value: RelationshipType::Effective },
    ],
};

/// Decodes the query under `name`, rules of the domain and what is supported included, so that all faults come at once.
pub fn decode(body: &Object<'_>, name: &str) -> Option<Query> {
    let object = body.object(name)?;
    let query = read(&object);
    let rules = query.faults().into_iter().map(|fault| (fault.field, fault.issue.to_owned()));
    let support = population::check_query(&query).into_iter().map(|fault| (fault.field, fault.issue));
    for (field, issue) in rules.chain(support) {
        // What is missing for having the wrong type is reported already.
        if !object.is_faulty(&field) {
            object.fault(&field, issue);
        }
    }
    Some(query)
}

/// The query as it is written, whatever it asks for.
fn read(object: &Object<'_>) -> Query {
    Query {
        raw_permissions: permissions(object, "raw_permissions"),
        effective_permissions: permissions(object, "effective_permissions"),
        source_node_types: node_set(object, "source_node_types").unwrap_or_default(),
        destination_node_types: node_set(object, "destination_node_types").unwrap_or_default(),
        required_intermediate_node_types: node_set(object, "required_intermediate_node_types").unwrap_or_default(),
        avoided_intermediate_node_types: node_set(object, "avoided_intermediate_node_types").unwrap_or_default(),
        waypoint_node_types: node_set(object, "waypoint_node_types").filter(|set| !set.nodes.is_empty()),
        path_summary_node_types: node_set(object, "path_summary_node_types").filter(|set| !set.nodes.is_empty()),
        no_relation: object.flag("no_relation").unwrap_or(false),
        snapshot_id: snapshot(object, "snapshot_id"),
        node_relationship_type: RELATIONSHIP.field(object, "node_relationship_type").unwrap_or_default(),
        include_all_source_tags_in_results: object.flag("include_all_source_tags_in_results").unwrap_or(false),
        include_all_destination_tags_in_results: object
            .flag("include_all_destination_tags_in_results")
            .unwrap_or(false),
        page_size: echoed(object, "page_size").unwrap_or_else(|| "0".to_owned()),
        page_token: echoed(object, "page_token").unwrap_or_default(),
        joined_nodes: joined_nodes(object),
    }
}

/// A list of permissions; an empty one names none and so restricts nothing.
fn permissions(object: &Object<'_>, name: &str) -> Option<Vec<String>> {
    object.texts(name, usize::MAX).filter(|list| !list.is_empty())
}

/// A snapshot id as text or number; 0 and the empty text stand for the current inventory.
pub fn snapshot(object: &Object<'_>, name: &str) -> Option<SnapshotId> {
    let text = match object.raw(name)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            object.fault(name, "must be a Unix second as text");
            return None;
        }
    };
    if text.is_empty() || text == "0" {
        return None;
    }
    let id = text.parse().ok();
    if id.is_none() {
        object.fault(name, "must be a Unix second as text");
    }
    id
}

/// Whether a snapshot id stands for the current inventory and says so: empty text names nothing.
pub fn names_current(object: &Object<'_>, name: &str) -> bool {
    object.raw(name).is_some_and(|id| *id == json!("0") || *id == json!(0))
}

/// A text or number that is stored and shown only.
fn echoed(object: &Object<'_>, name: &str) -> Option<String> {
    match object.raw(name)? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            object.text(name, MAX_TEXT)
        }
    }
}

fn node_set(object: &Object<'_>, name: &str) -> Option<NodeSet> {
    let set = object.object(name)?;
    let nodes = set.objects("nodes", MAX_NODES).unwrap_or_default();
    let nodes = nodes.iter().map(node_spec).collect();
    Some(NodeSet { nodes, nodes_operator: OPERATOR.field(&set, "nodes_operator").unwrap_or_default() })
}

fn node_spec(node: &Object<'_>) -> NodeSpec {
    for unsupported in ["tags", "excluded_tags", "conditions", "count_conditions"] {
        if node.list(unsupported, usize::MAX).is_some_and(|list| !list.is_empty()) {
            node.fault(unsupported, "is not supported and must be empty");
        }
    }
    if node.raw("node_type_grouping_constraint").is_some() {
        node.fault("node_type_grouping_constraint", "is not supported and must be null");
    }
    NodeSpec {
        node_type: node.text("node_type", usize::MAX).unwrap_or_default(),
        node_id: node.text("node_id", usize::MAX).unwrap_or_default(),
        condition_expression: condition(node),
        direct_relationship_only: node.flag("direct_relationship_only").unwrap_or(false),
    }
}

/// A filter over the node's attributes; blank is none.
fn condition(node: &Object<'_>) -> Option<String> {
    let text = node.text("condition_expression", usize::MAX)?;
    (!text.trim().is_empty()).then_some(text)
}

fn joined_nodes(object: &Object<'_>) -> Vec<JoinedNode> {
    let joins = object.objects("joined_nodes", MAX_JOINS).unwrap_or_default();
    let text = |object: &Object<'_>, name: &str| object.text(name, usize::MAX).unwrap_or_default();
    let decode = |join: &Object<'_>| {
        let on = join.required("join_on", join.object("join_on"));
        JoinedNode {
            alias: text(join, "alias"),
            node_type: text(join, "node_type"),
            source_property: on.as_ref().map(|on| text(on, "source_property")).unwrap_or_default(),
            joined_property: on.as_ref().map(|on| text(on, "joined_property")).unwrap_or_default(),
        }
    };
    joins.iter().map(decode).collect()
}

/// A query with every field.
#[must_use]
pub fn encode(query: &Query) -> Value {
    let set = |set: Option<&NodeSet>| set.map_or(Value::Null, encode_set);
    let joins: Vec<_> = query.joined_nodes.iter().map(encode_join).collect();
    json!({
        "raw_permissions": query.raw_permissions,
        "effective_permissions": query.effective_permissions,
        "source_node_types": encode_set(&query.source_node_types),
        "destination_node_types": encode_set(&query.destination_node_types),
        "required_intermediate_node_types": encode_set(&query.required_intermediate_node_types),
        "avoided_intermediate_node_types": encode_set(&query.avoided_intermediate_node_types),
        "waypoint_node_types": set(query.waypoint_node_types.as_ref()),
        "path_summary_node_types": set(query.path_summary_node_types.as_ref()),
        "no_relation": query.no_relation,
        "snapshot_id": query.snapshot_id.map_or_else(|| "0".to_owned(), |id| id.to_string()),
        "node_relationship_type": RELATIONSHIP.name(query.node_relationship_type),
        "include_all_source_tags_in_results": query.include_all_source_tags_in_results,
        "include_all_destination_tags_in_results": query.include_all_destination_tags_in_results,
        "page_size": if query.page_size.is_empty() { "0" } else { &query.page_size },
        "page_token": query.page_token,
        "joined_nodes": joins,
    })
}

fn encode_set(set: &NodeSet) -> Value {
    let nodes: Vec<_> = set.nodes.iter().map(encode_spec).collect();
    json!({ "nodes": nodes, "nodes_operator": OPERATOR.name(set.nodes_operator) })
}

fn encode_spec(spec: &NodeSpec) -> Value {
    let NodeSpec { node_type, node_id, condition_expression, direct_relationship_only } = spec;
    json!({
        "node_type": node_type,
        "node_id": node_id,
        "tags": [],
        "conditions": [],
        "condition_expression": condition_expression,
        "excluded_tags": [],
        "count_conditions": [],
        "direct_relationship_only": direct_relationship_only,
        "node_type_grouping_constraint": null,
    })
}

fn encode_join(join: &JoinedNode) -> Value {
    let JoinedNode { alias, node_type, source_property, joined_property } = join;
    let on = json!({ "source_property": source_property, "joined_property": joined_property });
    json!({ "alias": alias, "node_type": node_type, "join_on": on })
}

#[cfg(test)]
mod tests;
