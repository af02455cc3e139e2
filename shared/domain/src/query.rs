//! Which rows a certification consists of.
//!
//! A query names two ends (source and destination node types) and what the path between them must, must not or should
//! tell about. A workflow holds one, and each certification keeps the copy it was made from, for good.
//!
//! # What a row is
//!
//! A *path* leads over edges from a source to a destination and meets neither of them in between; what it meets in
//! between are its *intermediates*. It may meet one of those twice, because groups that contain one another are the same
//! to whoever is in them. A source and another node, the destination, are *related* when a path leads from the one to the
//! other that
//!
//! - meets a node of each (`AND`) or any (`OR`) of the required intermediate node types,
//! - meets no node of the avoided ones, whatever their operator,
//! - is one edge long where the node type of either end asks for a direct relationship.
//!
//! The permissions of all such paths add up. Where the query asks for permissions, the sum must hold one of those that are
//! asked for; where it asks for relations in effect, it must hold any canonical permission: merely to be a member, or to
//! live in an application, has no effect.
//!
//! | query | rows |
//! |---|---|
//! | plain | one for each related pair |
//! | with waypoint | one for each related pair and intermediate of a waypoint's type, with the permissions of the paths that meet it |
//! | `no_relation` | one for each pair that is not related |
//!
//! A node type that asks for a direct relationship where it stands for an intermediate means nodes one edge behind the
//! source. Under `AND`, a node at an end, or a waypoint, meets all node types of its set at once; under `OR` any of them. A
//! path summary lists the intermediates of any of its types on any path of the row.
//!
//! Clients send more parts than these (tags, conditions, count conditions, a grouping constraint). Those are not
//! supported and are refused when not empty, so nothing is kept of them: they are shown as empty.

use crate::ids::SnapshotId;

/// A query.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Query {
    /// Only rows that grant any of these, as the source system spells them; `None` for all.
    pub raw_permissions: Option<Vec<String>>,
    /// Only rows that grant any of these canonical permissions; `None` for all.
    pub effective_permissions: Option<Vec<String>>,
    /// Who has access.
    pub source_node_types: NodeSet,
    /// What they have access to.
    pub destination_node_types: NodeSet,
    /// What the path must pass.
    pub required_intermediate_node_types: NodeSet,
    /// What the path must not pass.
    pub avoided_intermediate_node_types: NodeSet,
    /// What is reported as the row's waypoint; makes one row per source, destination and waypoint.
    pub waypoint_node_types: Option<NodeSet>,
    /// What is listed as the row's path summary.
    pub path_summary_node_types: Option<NodeSet>,
    /// Pairs without a relation instead of those with one.
    pub no_relation: bool,
    /// The picture asked for; `None` for the current one.
    pub snapshot_id: Option<SnapshotId>,
    /// Which relations count.
    pub node_relationship_type: RelationshipType,
    /// Show all tags of the source.
    pub include_all_source_tags_in_results: bool,
    /// Show all tags of the destination.
    pub include_all_destination_tags_in_results: bool,
    /// Stored and shown, without effect.
    pub page_size: String,
    /// Stored and shown, without effect.
    pub page_token: String,
    /// Entities joined to each row.
    pub joined_nodes: Vec<JoinedNode>,
}

/// Which relations count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RelationshipType {
    /// As configured: whatever leads from source to destination.
    #[default]
    Configured,
    /// As in effect: what gives the source some canonical permission.
    Effective,
}

/// Several node types.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct NodeSet {
    /// The types; empty means no restriction, except at the two ends, which need one.
    pub nodes: Vec<NodeSpec>,
    /// How they combine; see the module documentation.
    pub nodes_operator: NodesOperator,
}

/// How several node types combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NodesOperator {
    /// All of them.
    #[default]
    And,
    /// Any of them.
    Or,
}

/// One node type, perhaps narrowed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct NodeSpec {
    /// The type.
    pub node_type: String,
    /// This node alone; empty for any.
    pub node_id: String,
    /// Only nodes that satisfy this filter.
    pub condition_expression: Option<String>,
    /// Only one step away: at an end, from the other end; elsewhere from the source.
    pub direct_relationship_only: bool,
}

/// An entity joined to each row under an alias, because two properties are equal: blanks around them and letter case
/// aside, and of a list any entry. Of several such entities an active one is taken, then the first by data source and id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JoinedNode {
    /// The name it gets: `[a-z][a-z0-9_]*`, not one that rows have anyway.
    pub alias: String,
    /// Its type.
    pub node_type: String,
    /// Property of the row's source.
    pub source_property: String,
    /// Property of the joined entity.
    pub joined_property: String,
}

/// What columns of every row are called below, whatever is joined.
const SCOPES: [&str; 4] = ["source", "destination", "waypoint", "path_summary"];

impl Query {
    /// Whether filters over what the query finds mean something by the first word of an attribute: a part of the row, or
    /// the alias of a joined node.
    #[must_use]
    pub fn defines(&self, scope: &str) -> bool {
        SCOPES.contains(&scope) || self.joined_nodes.iter().any(|joined| joined.alias == scope)
    }
}

/// What is wrong with a query, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryFault {
    /// Path to the field, as clients write it.
    pub field: String,
    /// What is wrong, in words.
    pub issue: &'static str,
}

/// Aliases that every row has anyway.
pub const RESERVED_ALIASES: [&str; 5] = ["source", "destination", "waypoint", "path_summary", "previous"];
/// The largest number of node types in one set.
pub const MAX_NODES: usize = 100;
/// The largest number of node types all of which a path must meet.
pub const MAX_REQUIRED: usize = 8;
/// The largest number of joined entities.
pub const MAX_JOINS: usize = 10;
/// The largest number of permissions in a list.
pub const MAX_PERMISSIONS: usize = 1_000;
/// The largest number of characters of a text in a query, filters aside.
pub const MAX_TEXT: usize = 512;
/// The largest number of characters of a filter.
pub const MAX_EXPRESSION: usize = 10_000;

impl Query {
    /// Everything that is wrong with the query, apart from the grammar of its filters; empty when it can be run.
    #[must_use]
    pub fn faults(&self) -> Vec<QueryFault> {
        let mut faults = Faults(Vec::new());
        for (name, list) in
            [("raw_permissions", &self.raw_permissions), ("effective_permissions", &self.effective_permissions)]
        {
            let list = list.as_deref().unwrap_or_default();
            faults.require(list.len() <= MAX_PERMISSIONS, || name.to_owned(), "more than 1000 permissions");
            let long = |text: &String| text.chars().count() > MAX_TEXT;
            faults.require(!list.iter().any(long), || name.to_owned(), "longer than 512 characters");
        }
        for (name, set) in
            [("source_node_types", &self.source_node_types), ("destination_node_types", &self.destination_node_types)]
        {
            faults.require(!set.nodes.is_empty(), || format!("{name}.nodes"), "at least one node type is needed");
        }
        let sets = [
            ("source_node_types", Some(&self.source_node_types)),
            ("destination_node_types", Some(&self.destination_node_types)),
            ("required_intermediate_node_types", Some(&self.required_intermediate_node_types)),
            ("avoided_intermediate_node_types", Some(&self.avoided_intermediate_node_types)),
            ("waypoint_node_types", self.waypoint_node_types.as_ref()),
            ("path_summary_node_types", self.path_summary_node_types.as_ref()),
        ];
        for (name, set) in sets {
            set.into_iter().for_each(|set| faults.node_set(name, set));
        }
        let required = &self.required_intermediate_node_types;
        let few = required.nodes_operator == NodesOperator::Or || required.nodes.len() <= MAX_REQUIRED;
        let place = || "required_intermediate_node_types.nodes".to_owned();
        faults.require(few, place, "more than 8 node types under AND");
        for (name, set) in [
            ("waypoint_node_types", &self.waypoint_node_types),
            ("path_summary_node_types", &self.path_summary_node_types),
        ] {
            let asked = set.as_ref().is_some_and(|set| !set.nodes.is_empty());
            faults.require(
                !(self.no_relation && asked),
                || name.to_owned(),
                "no_relation leaves no path to tell about",
            );
        }
        faults.joins(&self.joined_nodes);
        faults.0
    }
}

struct Faults(Vec<QueryFault>);

impl Faults {
    fn require(&mut self, met: bool, field: impl FnOnce() -> String, issue: &'static str) {
        if !met {
            self.0.push(QueryFault { field: field(), issue });
        }
    }

    fn text(&mut self, text: &str, field: impl FnOnce() -> String) {
        let issue = if text.is_empty() { "must not be empty" } else { "longer than 512 characters" };
        self.require((1..=MAX_TEXT).contains(&text.chars().count()), field, issue);
    }

    fn node_set(&mut self, name: &str, set: &NodeSet) {
        self.require(set.nodes.len() <= MAX_NODES, || format!("{name}.nodes"), "more than 100 node types");
        for (index, node) in set.nodes.iter().enumerate() {
            let field = |part: &str| format!("{name}.nodes[{index}].{part}");
            self.text(&node.node_type, || field("node_type"));
            let short = node.node_id.chars().count() <= MAX_TEXT;
            self.require(short, || field("node_id"), "longer than 512 characters");
            let length = node.condition_expression.as_ref().map_or(0, |text| text.chars().count());
            let fits = length <= MAX_EXPRESSION;
            self.require(fits, || field("condition_expression"), "longer than 10000 characters");
        }
    }

    fn joins(&mut self, joins: &[JoinedNode]) {
        self.require(joins.len() <= MAX_JOINS, || "joined_nodes".to_owned(), "more than 10 joined nodes");
        for (index, join) in joins.iter().enumerate() {
            let field = |part: &str| format!("joined_nodes[{index}].{part}");
            let alias = || field("alias");
            self.require(is_alias(&join.alias), alias, "must match [a-z][a-z0-9_]* and have at most 64 characters");
            let reserved = RESERVED_ALIASES.contains(&join.alias.as_str());
            self.require(!reserved, alias, "is reserved");
            let repeated = joins.iter().take(index).any(|other| other.alias == join.alias);
            self.require(!repeated, alias, "is used twice");
            self.text(&join.node_type, || field("node_type"));
            self.text(&join.source_property, || field("join_on.source_property"));
            self.text(&join.joined_property, || field("join_on.joined_property"));
        }
    }
}

fn is_alias(text: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    text.len() <= 64 && text.starts_with(|first: char| first.is_ascii_lowercase()) && text.bytes().all(part)
}

#[cfg(test)]
mod tests;
