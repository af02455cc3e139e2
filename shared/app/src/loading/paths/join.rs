//! Entities that stand beside a row under an alias, because they say the same as its source.

use std::hash::{DefaultHasher, Hash, Hasher};

use columns::Cell;
use domain::inventory::Family;
use domain::query::JoinedNode;

use crate::loading::graph::{Graph, NONE};

/// What a query joins, ready to be looked up in one graph: sixteen bytes for each value of an entity.
#[derive(Debug, Default)]
pub(crate) struct Joins(Vec<Join>);

/// One alias.
#[derive(Debug)]
struct Join {
    alias: String,
    source_property: String,
    joined_property: String,
    /// Hashes of values with the nodes that have them, sorted.
    index: Vec<(u64, u32)>,
}

impl Joins {
    /// Everything that `joined` may find in a graph.
    pub(crate) fn of(graph: &Graph, joined: &[JoinedNode]) -> Self {
        Self(joined.iter().map(|joined| Join::of(graph, joined)).collect())
    }

    /// Whether a column is hidden by an alias of the same name.
    pub(crate) fn hides(&self, column: &str) -> bool {
        column.split_once('.').is_some_and(|(scope, _)| self.0.iter().any(|join| join.alias == scope))
    }

    /// Whatever is joined to a source, under whichever alias.
    pub(crate) fn of_source<'a>(&'a self, graph: &'a Graph, source: u32) -> impl Iterator<Item = u32> + 'a {
        self.0.iter().filter_map(move |join| join.find(graph, source))
    }

    /// For each alias the joined nodes of sources; [`NONE`] for those that have none.
    pub(crate) fn nodes<'a>(
        &'a self,
        graph: &'a Graph,
        sources: &'a [u32],
    ) -> impl Iterator<Item = (&'a str, Vec<u32>)> {
        let found = |join: &Join| sources.iter().map(|source| join.find(graph, *source).unwrap_or(NONE)).collect();
        self.0.iter().map(move |join| (join.alias.as_str(), found(join)))
    }
}

impl Join {
    fn of(graph: &Graph, joined: &JoinedNode) -> Self {
        let JoinedNode { alias, node_type, source_property, joined_property } = joined.clone();
        let mut index = Vec::new();
        for family in Family::ALL {
            let all = family.default_node_type().eq_ignore_ascii_case(&node_type);
            for node in graph.family(family) {
                if all || graph.node_type(node).eq_ignore_ascii_case(&node_type) {
                    index.extend(values(graph, node, &joined_property).into_iter().map(|value| (hash(&value), node)));
                }
            }
        }
        index.sort_unstable();
        index.dedup();
        Self { alias, source_property, joined_property, index }
    }

    /// The node that says what a source says: an active one first, then the smallest number.
    fn find(&self, graph: &Graph, source: u32) -> Option<u32> {
        values(graph, source, &self.source_property).into_iter().find_map(|value| {
            let wanted = hash(&value);
            let from = self.index.partition_point(|(held, _)| *held < wanted);
            let same = self.index.get(from..)?.iter().take_while(|(held, _)| *held == wanted);
            let fits =
                same.map(|(_, node)| *node).filter(|node| values(graph, *node, &self.joined_property).contains(&value));
            fits.min_by_key(|node| (graph.activity(*node) == Some(false), *node))
        })
    }
}

/// What a node says under the name of a property, in the form in which it is compared.
fn values(graph: &Graph, node: u32, property: &str) -> Vec<String> {
    let of_origin = match property {
        "datasource_id" => graph.origin(node).map(|origin| origin.id.as_str()),
        "datasource_name" => graph.origin(node).map(|origin| origin.name.as_str()),
        _ => None,
    };
    let texts = match (of_origin, graph.cell(node, property)) {
        (Some(text), _) | (None, Some(Cell::Text(text))) => vec![text.to_owned()],
        (None, Some(Cell::List(list))) => list.iter().map(str::to_owned).collect(),
        (None, Some(Cell::Int(number))) => vec![number.to_string()],
        (None, Some(Cell::Bool(flag))) => vec![flag.to_string()],
        (None, Some(Cell::Float(_) | Cell::Time(_)) | None) => Vec::new(),
    };
    let folded = texts.into_iter().map(|text| text.trim().to_lowercase());
    folded.filter(|text| !text.is_empty()).collect()
}

/// A hash within one process only: nothing stored depends on it.
fn hash(value: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use domain::inventory::Value;

    use super::*;
    use crate::testing::sketch::{Sketch, list, text};

    #[track_caller]
    fn joined(source_property: &str, joined_property: &str, expected: &[Option<&str>]) {
        let graph = Sketch::default()
            .node(Family::Identity, "p1", &[("email", text("Ann@corp.example")), ("is_active", Value::Bool(false))])
            .node(Family::Identity, "p2", &[("email", text("ann@corp.example ")), ("number", Value::Int(7))])
            .node(Family::Identity, "p3", &[("email", text("ann@corp.example"))])
            .node(Family::Group, "g", &[("email", text("bo@corp.example"))])
            .account("a1", &[("email", text(" ANN@corp.example")), ("badge", text("7"))])
            .account("a2", &[("email", text("bo@corp.example")), ("also", list(&["x", "ann@corp.example"]))])
            .graph();
        let join = JoinedNode {
            alias: "idp".to_owned(),
            node_type: "identity".to_owned(),
            source_property: source_property.to_owned(),
            joined_property: joined_property.to_owned(),
        };
        let joins = Joins::of(&graph, &[join]);
        let sources: Vec<u32> = graph.family(Family::Account).collect();
        let (alias, found) = joins.nodes(&graph, &sources).next().unwrap();
        let ids: Vec<_> = found.iter().map(|node| (*node != NONE).then(|| graph.id(*node))).collect();
        assert_eq!((alias, ids.as_slice()), ("idp", expected));
        assert!(joins.hides("idp.email") && !joins.hides("idp2.email") && !joins.hides("idp"));
    }

    #[test]
    fn an_active_entity_that_says_the_same_is_joined_whatever_case_type_or_place_in_a_list() {
        joined("email", "email", &[Some("p2"), None]);
        joined("badge", "number", &[Some("p2"), None]);
        joined("also", "email", &[None, Some("p2")]);
        joined("nothing", "email", &[None, None]);
    }
}
