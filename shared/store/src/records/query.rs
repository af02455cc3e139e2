//! Which rows a certification consists of, as stored.

use domain::ids::SnapshotId;
use domain::query::{JoinedNode, NodeSet, NodeSpec, NodesOperator, Query, RelationshipType};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct QueryRecord {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    raw_permissions: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effective_permissions: Option<Vec<String>>,
    source: NodeSetRecord,
    destination: NodeSetRecord,
    #[serde(default)]
    required: NodeSetRecord,
    #[serde(default)]
    avoided: NodeSetRecord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waypoint: Option<NodeSetRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path_summary: Option<NodeSetRecord>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    no_relation: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    snapshot: Option<SnapshotId>,
    #[serde(default)]
    relationship: RelationshipRecord,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    all_source_tags: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    all_destination_tags: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    page_size: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    page_token: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    joins: Vec<JoinRecord>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct NodeSetRecord {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    nodes: Vec<NodeRecord>,
    #[serde(default)]
    operator: OperatorRecord,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct NodeRecord {
    #[serde(rename = "type")]
    node_type: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    direct: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OperatorRecord {
    #[default]
    And,
    Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RelationshipRecord {
    #[default]
    Configured,
    Effective,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct JoinRecord {
    alias: String,
    #[serde(rename = "type")]
    node_type: String,
    source_property: String,
    joined_property: String,
}

impl From<&Query> for QueryRecord {
    fn from(query: &Query) -> Self {
        let query = query.clone();
        Self {
            raw_permissions: query.raw_permissions,
            effective_permissions: query.effective_permissions,
            source: query.source_node_types.into(),
            destination: query.destination_node_types.into(),
            required: query.required_intermediate_node_types.into(),
            avoided: query.avoided_intermediate_node_types.into(),
            waypoint: query.waypoint_node_types.map(NodeSetRecord::from),
            path_summary: query.path_summary_node_types.map(NodeSetRecord::from),
            no_relation: query.no_relation,
            snapshot: query.snapshot_id,
            relationship: match query.node_relationship_type {
                RelationshipType::Configured => RelationshipRecord::Configured,
                RelationshipType::Effective => RelationshipRecord::Effective,
            },
            all_source_tags: query.include_all_source_tags_in_results,
            all_destination_tags: query.include_all_destination_tags_in_results,
            page_size: query.page_size,
            page_token: query.page_token,
            joins: query.joined_nodes.into_iter().map(JoinRecord::from).collect(),
        }
    }
}

impl From<QueryRecord> for Query {
    fn from(record: QueryRecord) -> Self {
        Self {
            raw_permissions: record.raw_permissions,
            effective_permissions: record.effective_permissions,
            source_node_types: record.source.into(),
            destination_node_types: record.destination.into(),
            required_intermediate_node_types: record.required.into(),
            avoided_intermediate_node_types: record.avoided.into(),
            waypoint_node_types: record.waypoint.map(NodeSet::from),
            path_summary_node_types: record.path_summary.map(NodeSet::from),
            no_relation: record.no_relation,
            snapshot_id: record.snapshot,
            node_relationship_type: match record.relationship {
                RelationshipRecord::Configured => RelationshipType::Configured,
                RelationshipRecord::Effective => RelationshipType::Effective,
            },
            include_all_source_tags_in_results: record.all_source_tags,
            include_all_destination_tags_in_results: record.all_destination_tags,
            page_size: record.page_size,
            page_token: record.page_token,
            joined_nodes: record.joins.into_iter().map(JoinedNode::from).collect(),
        }
    }
}

impl From<NodeSet> for NodeSetRecord {
    fn from(set: NodeSet) -> Self {
        let NodeSet { nodes, nodes_operator } = set;
        let operator = match nodes_operator {
            NodesOperator::And => OperatorRecord::And,
            NodesOperator::Or => OperatorRecord::Or,
        };
        Self { nodes: nodes.into_iter().map(NodeRecord::from).collect(), operator }
    }
}

impl From<NodeSetRecord> for NodeSet {
    fn from(record: NodeSetRecord) -> Self {
        let nodes_operator = match record.operator {
            OperatorRecord::And => NodesOperator::And,
            OperatorRecord::Or => NodesOperator::Or,
        };
        Self { nodes: record.nodes.into_iter().map(NodeSpec::from).collect(), nodes_operator }
    }
}

impl From<NodeSpec> for NodeRecord {
    fn from(node: NodeSpec) -> Self {
        let NodeSpec { node_type, node_id, condition_expression, direct_relationship_only } = node;
        Self { node_type, id: node_id, condition: condition_expression, direct: direct_relationship_only }
    }
}

impl From<NodeRecord> for NodeSpec {
    fn from(record: NodeRecord) -> Self {
        let NodeRecord { node_type, id, condition, direct } = record;
        Self { node_type, node_id: id, condition_expression: condition, direct_relationship_only: direct }
    }
}

impl From<JoinedNode> for JoinRecord {
    fn from(join: JoinedNode) -> Self {
        let JoinedNode { alias, node_type, source_property, joined_property } = join;
        Self { alias, node_type, source_property, joined_property }
    }
}

impl From<JoinRecord> for JoinedNode {
    fn from(record: JoinRecord) -> Self {
        let JoinRecord { alias, node_type, source_property, joined_property } = record;
        Self { alias, node_type, source_property, joined_property }
    }
}
