//! The pairs that a workflow's query finds.
//!
//! What a query means stands in [`domain::query`]; what answers it, in `route`. Parts of a query that are not supported
//! are refused when they are not empty, before they come here: a review that silently ignores half of its question
//! certifies the wrong access.

use std::collections::BTreeSet;

use domain::ids::DataSourceId;
use domain::query::{NodeSet, NodesOperator, Query};

use super::named::{self, NamedIdentity};
use super::select::{self, DESTINATION, INTERMEDIATE, PATH_SUMMARY, SOURCE, Selector, WAYPOINT};
use super::{MAX_ROWS, Pair};
use crate::error::{Error, Fault};
use crate::loading::graph::Graph;
use crate::loading::paths::route::{Finder, Terms};

/// Everything for which a query cannot be run here, each with the path of the field as clients write it.
pub fn check_query(query: &Query) -> Vec<Fault> {
    let mut faults: Vec<Fault> = query.faults().into_iter().map(|fault| Fault::new(fault.field, fault.issue)).collect();
    for Part { name, scope, set, at_once } in parts(query) {
        check_set(name, scope, set, at_once, &mut faults);
    }
    faults
}

/// A set of node types within a query.
struct Part<'a> {
    name: &'static str,
    /// The name that its filters may know nodes by.
    scope: &'static str,
    set: &'a NodeSet,
    /// Whether, under `AND`, a node has to meet all of its node types.
    at_once: bool,
}

fn parts(query: &Query) -> impl Iterator<Item = Part<'_>> {
    let part = |name, scope, set, at_once| Some(Part { name, scope, set, at_once });
    let waypoint = query.waypoint_node_types.as_ref();
    let summary = query.path_summary_node_types.as_ref();
    [
        part("source_node_types", SOURCE, &query.source_node_types, true),
        part("destination_node_types", DESTINATION, &query.destination_node_types, true),
        part("required_intermediate_node_types", INTERMEDIATE, &query.required_intermediate_node_types, false),
        part("avoided_intermediate_node_types", INTERMEDIATE, &query.avoided_intermediate_node_types, false),
        waypoint.and_then(|set| part("waypoint_node_types", WAYPOINT, set, true)),
        summary.and_then(|set| part("path_summary_node_types", PATH_SUMMARY, set, false)),
    ]
    .into_iter()
    .flatten()
}

fn check_set(name: &str, scope: &'static str, set: &NodeSet, at_once: bool, faults: &mut Vec<Fault>) {
    let types: BTreeSet<String> = set.nodes.iter().map(|node| node.node_type.to_ascii_lowercase()).collect();
    if at_once && set.nodes_operator == NodesOperator::And && types.len() > 1 {
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

/// The terms of a query on a graph.
///
/// # Errors
/// [`Error::Invalid`] when the query cannot be run here.
pub(crate) fn terms(graph: &Graph, query: &Query) -> Result<Terms, Error> {
    let faults = check_query(query);
    if faults.is_empty() { Terms::of(graph, query) } else { Err(Error::Invalid(faults)) }
}

/// The pairs that a query finds, by source, then by destination, then by waypoint; only those about the people who are
/// named, where some are.
///
/// # Errors
/// [`Error::TooLarge`] beyond [`MAX_ROWS`].
pub(crate) fn pairs(graph: &mut Graph, terms: &Terms, named: &[NamedIdentity]) -> Result<Vec<Pair>, Error> {
    let sources = terms.sources.any.ones_iter().map(|source| u32::try_from(source).unwrap_or(u32::MAX));
    let sources = named::left_of(graph, sources.collect(), named);
    let nodes = graph.len();
    let (edges, sets) = graph.walkable();
    let mut finder = Finder::new(terms, nodes);
    let mut pairs = Vec::new();
    for source in sources {
        pairs.extend(finder.rows(edges, sets, source));
        if pairs.len() > MAX_ROWS {
            return Err(Error::TooLarge(format!("the query finds more than {MAX_ROWS} rows")));
        }
    }
    Ok(pairs)
}

/// The node types that a query names at either end and on the way.
pub(crate) fn node_types(query: &Query) -> impl Iterator<Item = &str> {
    parts(query).flat_map(|part| part.set.nodes.iter().map(|node| node.node_type.as_str()))
}

/// The data sources that hold a node which a query names at either end or on the way.
///
/// # Errors
/// [`Error::Invalid`] for a filter that cannot be read.
pub(crate) fn origins(graph: &Graph, query: &Query) -> Result<BTreeSet<DataSourceId>, Error> {
    let mut found = BTreeSet::new();
    for Part { scope, set, .. } in parts(query) {
        let chosen = Selector::of(set, scope)?.any().nodes(graph).any;
        for chunk in graph.chunks() {
            if chunk.nodes().any(|node| select::has(&chosen, node)) {
                found.extend(graph.origins().get(chunk.origin).map(|origin| origin.id.clone()));
            }
        }
    }
    Ok(found)
}
