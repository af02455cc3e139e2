//! What rows of a query tell beside their two ends: the waypoint, the way from the one to the other, and what is joined.

use columns::{Column, ListBuilder};

use super::join::Joins;
use super::route::{Finder, Terms};
use super::scope;
use crate::loading::graph::{Graph, Walker};
use crate::loading::layout::Row;
use crate::loading::population::Pair;

/// What a query asks for in one graph.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Which rows there are.
    pub(crate) terms: Terms,
    /// What is joined to them.
    pub(crate) joins: Joins,
}

/// Finds the ways of rows, with buffers that are kept between them.
pub(crate) struct Ways<'a> {
    graph: &'a Graph,
    asked: &'a Asked,
    finder: Finder<'a>,
    walker: Walker,
}

/// The way of one row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Way {
    /// The intermediates of the shortest path.
    path: Vec<u32>,
    /// Those that the path summary lists.
    summary: Vec<u32>,
}

impl<'a> Ways<'a> {
    /// For the rows of one review.
    pub(crate) fn new(graph: &'a Graph, asked: &'a Asked) -> Self {
        Self { graph, asked, finder: Finder::new(&asked.terms, graph.len()), walker: Walker::new(graph.len()) }
    }

    /// Columns of waypoints, path summaries and joined nodes; and the intermediates of each row's shortest path.
    pub(crate) fn columns(&mut self, rows: &[Row], sources: &[u32]) -> (Vec<Column>, Vec<Vec<u32>>) {
        let mut columns = Vec::new();
        if self.asked.terms.has_waypoints() {
            let waypoints: Vec<u32> = rows.iter().map(|row| row.waypoint).collect();
            columns.extend(scope::gather(self.graph, "waypoint", &waypoints));
        }
        for (alias, nodes) in self.asked.joins.nodes(self.graph, sources) {
            columns.extend(scope::gather(self.graph, alias, &nodes));
        }
        let ways = self.ways(rows);
        if self.asked.terms.summary().is_some() {
            columns.extend(self.summaries(&ways));
        }
        (columns, ways.into_iter().map(|way| way.path).collect())
    }

    fn ways(&mut self, rows: &[Row]) -> Vec<Way> {
        let terms = &self.asked.terms;
        if terms.no_relation {
            return vec![Way::default(); rows.len()];
        }
        if !terms.is_plain() || terms.summary().is_some() {
            return rows.iter().map(|row| self.explained(row)).collect();
        }
        let mut walked = None;
        let mut ways = Vec::with_capacity(rows.len());
        for row in rows {
            if walked != Some(row.source) {
                self.walker.closure(self.graph.edges(), row.source, |_| true);
                walked = Some(row.source);
            }
            ways.push(Way { path: inner(&self.walker.path(row.destination)), summary: Vec::new() });
        }
        ways
    }

    fn explained(&mut self, row: &Row) -> Way {
        let Row { source, destination, waypoint, set, .. } = *row;
        let edges = self.graph.edges();
        let explained = self.finder.explain(edges, Pair { source, destination, waypoint, set });
        let listed = |node: &u32| {
            let is_near = || !edges.between(source, *node).is_empty();
            self.asked
                .terms
                .summary()
                .is_some_and(|summary| summary.has(*node, false) || (summary.has(*node, true) && is_near()))
        };
        let mut summary: Vec<u32> = explained.between.iter().copied().filter(listed).collect();
        summary.sort_unstable();
        Way { path: inner(&explained.path), summary }
    }

    /// What is summarised of each row, as lists that run side by side.
    fn summaries(&self, ways: &[Way]) -> Vec<Column> {
        let graph = self.graph;
        let list = |name: &str, text: &dyn Fn(u32) -> &'a str| {
            let mut column = ListBuilder::new();
            for way in ways {
                match way.summary.is_empty() {
                    true => column.push_absent(),
                    false => column.push(Some(way.summary.iter().map(|node| text(*node)))),
                }
            }
            column.finish(name)
        };
        let source = |node| graph.origin(node).map(|origin| origin.id.as_str()).unwrap_or_default();
        vec![
            list("path_summary.id", &|node| graph.id(node)),
            list("path_summary.name", &|node| graph.name(node)),
            list("path_summary.type", &|node| graph.node_type(node)),
            list("path_summary.datasource_id", &source),
        ]
    }
}

/// A path without its ends.
fn inner(path: &[u32]) -> Vec<u32> {
    path.get(1..path.len().saturating_sub(1)).unwrap_or_default().to_vec()
}
