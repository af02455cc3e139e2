//! The pairs that a workflow's query finds.
//!
//! # What is supported
//!
//! Source and destination node types, each a list of node types that may be narrowed to one node and by a filter over
//! the node's own attributes; raw and effective permissions; a given snapshot. Everything else that a query may carry
//! is refused when it is not empty: a review that silently ignores half of its question certifies the wrong access.
//!
//! Several node types under `OR` are a union. Under `AND` a node has to meet all of them, which is only possible when
//! they name the same type, so that different types under `AND` are refused.
//!
//! Groups and roles are followed to any depth for either relationship type, and accumulated permissions are reported
//! both as the source system spells them and in canonical words.

use std::collections::BTreeSet;

use columns::Bits;
use domain::query::{NodeSet, NodesOperator, Query};

use super::select::{self, DESTINATION, SOURCE, Selector};
use super::{MAX_ROWS, Pair};
use crate::error::{Error, Fault};
use crate::loading::graph::{Graph, Sets, Walker};

/// Everything for which a query cannot be run here, each with the path of the field as clients write it.
pub fn check_query(query: &Query) -> Vec<Fault> {
    let mut faults: Vec<Fault> = query.faults().into_iter().map(|fault| Fault::new(fault.field, fault.issue)).collect();
    unsupported(query, &mut faults);
    for (name, scope, set) in ends(query) {
        check_set(name, scope, set, &mut faults);
    }
    faults
}

fn ends(query: &Query) -> [(&'static str, &'static str, &NodeSet); 2] {
    [
        ("source_node_types", SOURCE, &query.source_node_types),
        ("destination_node_types", DESTINATION, &query.destination_node_types),
    ]
}

fn unsupported(query: &Query, faults: &mut Vec<Fault>) {
    let sets = [
        ("required_intermediate_node_types", Some(&query.required_intermediate_node_types)),
        ("avoided_intermediate_node_types", Some(&query.avoided_intermediate_node_types)),
        ("waypoint_node_types", query.waypoint_node_types.as_ref()),
        ("path_summary_node_types", query.path_summary_node_types.as_ref()),
    ];
    for (name, set) in sets {
        if set.is_some_and(|set| !set.nodes.is_empty()) {
            faults.push(Fault::new(name, "is not supported"));
        }
    }
    if query.no_relation {
        faults.push(Fault::new("no_relation", "is not supported"));
    }
    if !query.joined_nodes.is_empty() {
        faults.push(Fault::new("joined_nodes", "is not supported"));
    }
    for (name, _, set) in ends(query) {
        for (n, node) in set.nodes.iter().enumerate() {
            if node.direct_relationship_only {
                faults.push(Fault::new(format!("{name}.nodes[{n}].direct_relationship_only"), "is not supported"));
            }
        }
    }
}

fn check_set(name: &str, scope: &'static str, set: &NodeSet, faults: &mut Vec<Fault>) {
    let types: BTreeSet<String> = set.nodes.iter().map(|node| node.node_type.to_ascii_lowercase()).collect();
    if set.nodes_operator == NodesOperator::And && types.len() > 1 {
        let issue = "AND over different node types matches nothing; use OR";
        faults.push(Fault::new(format!("{name}.nodes_operator"), issue));
    }
    for (n, node) in set.nodes.iter().enumerate() {
        let Some(text) = node.condition_expression.as_deref().filter(|text| !text.trim().is_empty()) else { continue };
        if let Err(issue) = select::parse(text, scope) {
            faults.push(Fault::new(format!("{name}.nodes[{n}].condition_expression"), issue));
        }
    }
}

/// The pairs that a query finds, by source and then by destination.
///
/// # Errors
/// [`Error::Invalid`] when the query cannot be run here, [`Error::TooLarge`] beyond [`MAX_ROWS`].
pub(crate) fn pairs(graph: &mut Graph, query: &Query) -> Result<Vec<Pair>, Error> {
    let faults = check_query(query);
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let sources = Selector::of(&query.source_node_types, SOURCE)?.nodes(graph);
    let destinations = Selector::of(&query.destination_node_types, DESTINATION)?.nodes(graph);
    let nodes = graph.len();
    let (edges, sets) = graph.walkable();
    let mut walker = Walker::new(nodes);
    let mut granted = Granted::new(query);
    let mut pairs = Vec::new();
    for source in sources.ones_iter() {
        let source = u32::try_from(source).unwrap_or(u32::MAX);
        let reached = walker.reach(edges, sets, source, |node| is_in(&destinations, node));
        for reached in reached.into_iter().filter(|reached| reached.node != source) {
            if granted.holds(sets, reached.set) {
                pairs.push(Pair { source, destination: reached.node, set: reached.set });
            }
        }
        if pairs.len() > MAX_ROWS {
            return Err(Error::TooLarge(format!("the query finds more than {MAX_ROWS} rows")));
        }
    }
    Ok(pairs)
}

fn is_in(nodes: &Bits, node: u32) -> bool {
    (node as usize) < nodes.len() && nodes.get(node as usize)
}

/// Which permission sets hold what the query asks for; each set is looked at once.
struct Granted<'a> {
    raw: Option<&'a [String]>,
    effective: Option<&'a [String]>,
    known: Vec<Option<bool>>,
}

impl<'a> Granted<'a> {
    fn new(query: &'a Query) -> Self {
        let asked = |list: &'a Option<Vec<String>>| list.as_deref().filter(|list| !list.is_empty());
        Self { raw: asked(&query.raw_permissions), effective: asked(&query.effective_permissions), known: Vec::new() }
    }

    fn holds(&mut self, sets: &Sets, number: u32) -> bool {
        let at = number as usize;
        if let Some(Some(known)) = self.known.get(at) {
            return *known;
        }
        let set = sets.get(number);
        let any = |asked: Option<&[String]>, held: &[String]| {
            asked.is_none_or(|asked| asked.iter().any(|one| held.iter().any(|two| one.eq_ignore_ascii_case(two))))
        };
        let holds = any(self.raw, &set.raw) && any(self.effective, &set.effective);
        if self.known.len() <= at {
            self.known.resize(at + 1, None);
        }
        if let Some(known) = self.known.get_mut(at) {
            *known = Some(holds);
        }
        holds
    }
}
