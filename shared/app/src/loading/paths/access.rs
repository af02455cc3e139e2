//! What explains a row to a person: the nodes and steps of its paths, with what each grant amounts to as a node of its own
//! between who grants and what is granted.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use columns::{Batch, BatchError};
use domain::ids::DataSourceId;
use domain::inventory::Family;
use domain::query::Query;

use super::route::{Explained, Finder, Terms};
use super::scope;
use crate::error::Error;
use crate::loading::graph::{Graph, NONE};
use crate::loading::population::campaign::Homes;
use crate::loading::population::{self, Pair};
use crate::review::Frozen;

/// How many intermediates are shown: those of the shortest path, then those that are come to first.
pub(crate) const SHOWN: usize = 1_000;
/// How many nodes stand for permissions.
const PERMISSIONS: usize = 1_000;

/// The ends of a row, as far as they are in a graph; [`NONE`] for one that is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) source: u32,
    pub(crate) destination: u32,
    /// [`NONE`] also for a row without.
    pub(crate) waypoint: u32,
}

impl Ends {
    /// Looks for what a row was frozen about. `None` when a waypoint that the row has is gone.
    pub(crate) fn of(graph: &Graph, row: &Frozen) -> Option<Self> {
        let source = locate(graph, row, "source");
        // An application that was not loaded has no data source.
        let home = || graph.application_of(source?);
        let is_known = row.text("destination.datasource_id").is_some();
        let destination = if is_known { locate(graph, row, "destination") } else { home() };
        let waypoint = match row.text("waypoint.id") {
            Some(_) => locate(graph, row, "waypoint")?,
            None => NONE,
        };
        Some(Self { source: source.unwrap_or(NONE), destination: destination.unwrap_or(NONE), waypoint })
    }

    /// What a node is to the row.
    fn part(self, node: u32) -> &'static str {
        match node {
            node if node == self.source => "source",
            node if node == self.destination => "destination",
            node if node == self.waypoint => "waypoint",
            _ => "path_summary",
        }
    }

    fn both(self) -> bool {
        self.source != NONE && self.destination != NONE
    }
}

/// The node that a row was frozen about: of the same id and data source, and of the same type where several are.
fn locate(graph: &Graph, row: &Frozen, part: &str) -> Option<u32> {
    let text = |name: &str| row.text(&format!("{part}.{name}"));
    let (id, kind, source) = (text("id")?, text("type"), text("datasource_id")?);
    let is_there = |node: &u32| graph.origin(*node).is_some_and(|origin| origin.id.as_str() == source);
    let found: Vec<u32> =
        Family::ALL.into_iter().flat_map(|family| graph.find_all(family, id)).filter(is_there).collect();
    let same = found.iter().find(|node| Some(graph.node_type(**node)) == kind);
    same.or(found.first()).copied()
}

/// A row's paths as they are shown.
#[derive(Debug, Default)]
pub(crate) struct Picture {
    /// The source first, the destination last.
    pub(crate) nodes: Vec<Shown>,
    /// Canonical permissions of all paths together.
    pub(crate) effective: Vec<String>,
    /// The same as their systems spell them.
    pub(crate) raw: Vec<String>,
    /// Where the nodes come from.
    pub(crate) sources: BTreeSet<DataSourceId>,
    /// Whether there are more paths than are shown.
    pub(crate) more: bool,
}

/// One node.
#[derive(Debug, Clone)]
pub struct Shown {
    /// What it is known by among the nodes that are shown.
    pub id: String,
    /// What it is.
    pub what: What,
    /// What it is to the row: `source`, `destination`, `waypoint`, else `path_summary`.
    pub part: &'static str,
    /// The ids of the nodes that it leads to.
    pub leads_to: Vec<String>,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum What {
    /// A node of the inventory: its attributes are the columns below [`NODE`].
    Node(Frozen),
    /// What a grant amounts to.
    Permission {
        /// The canonical permission.
        name: String,
        /// Ends in `EffectivePermission`.
        kind: String,
    },
}

impl Picture {
    /// The same without what grants amount to.
    pub(crate) fn without_permissions(mut self) -> Self {
        let is_permission = |node: &Shown| matches!(node.what, What::Permission { .. });
        let permissions: HashMap<String, Vec<String>> = self
            .nodes
            .iter()
            .filter(|node| is_permission(node))
            .map(|node| (node.id.clone(), node.leads_to.clone()))
            .collect();
        self.nodes.retain(|node| !is_permission(node));
        for node in &mut self.nodes {
            let straight = |id: String| permissions.get(&id).cloned().unwrap_or_else(|| vec![id]);
            node.leads_to = std::mem::take(&mut node.leads_to).into_iter().flat_map(straight).collect();
            node.leads_to.sort_unstable();
            node.leads_to.dedup();
        }
        Self { effective: Vec::new(), ..self }
    }
}

/// The scope of a node's attributes.
pub const NODE: &str = "node";

/// The paths of a row of a query.
///
/// # Errors
/// [`Error::Invalid`] for a query that cannot be run any more; [`Error::Bug`].
pub(crate) fn of_pair(graph: &Graph, query: &Query, ends: Ends) -> Result<Picture, Error> {
    if !ends.both() {
        return draw(graph, ends, &Explained::default());
    }
    let mut terms = population::terms(graph, query)?;
    terms.assume(query, ends.source, ends.destination);
    let row = Pair { source: ends.source, destination: ends.destination, waypoint: ends.waypoint, set: 0 };
    let explained = Finder::new(&terms, graph.len()).explain(graph.edges(), row);
    draw(graph, ends, &explained)
}

/// The ends of a row alone, where its waypoint is gone.
///
/// # Errors
/// [`Error::Bug`].
pub(crate) fn apart(graph: &Graph, row: &Frozen) -> Result<Picture, Error> {
    let end = |part| locate(graph, row, part).unwrap_or(NONE);
    let ends = Ends { source: end("source"), destination: end("destination"), waypoint: NONE };
    draw(graph, ends, &Explained::default())
}

/// The paths of an account to an application and everything that belongs to it.
///
/// # Errors
/// [`Error::Bug`].
pub(crate) fn of_account(graph: &Graph, ends: Ends) -> Result<Picture, Error> {
    if !ends.both() {
        return draw(graph, ends, &Explained::default());
    }
    let terms = Terms::none(graph);
    let homes = Homes::of(graph);
    let is_part = |node: u32| homes.is_part(node, ends.destination);
    let mut explained = Finder::new(&terms, graph.len()).explain_all(graph.edges(), ends.source, is_part);
    // What belongs to the application leads to it.
    let parts: BTreeSet<u32> =
        explained.last.iter().map(|(_, to, _)| *to).filter(|to| *to != ends.destination).collect();
    for part in parts {
        explained.between.push(part);
        explained.steps.insert((part, ends.destination));
    }
    draw(graph, ends, &explained)
}

/// Puts what explains a row into nodes with ids.
fn draw(graph: &Graph, ends: Ends, explained: &Explained) -> Result<Picture, Error> {
    let mut shown: Vec<u32> = Vec::new();
    shown.extend((ends.source != NONE).then_some(ends.source));
    shown.extend(explained.between.iter().take(SHOWN));
    shown.extend((ends.destination != NONE).then_some(ends.destination));
    let mut drawing = Drawing::new(graph, &shown, explained.between.len() > SHOWN);
    for (from, to) in &explained.steps {
        drawing.step(*from, *to);
    }
    let mut grants: BTreeMap<(u32, u32), (BTreeSet<&str>, bool)> = BTreeMap::new();
    let mut all = (BTreeSet::new(), BTreeSet::new());
    for (from, to, set) in &explained.last {
        let set = graph.sets().get(*set);
        let (effective, bare) = grants.entry((*from, *to)).or_default();
        effective.extend(set.effective.iter().map(String::as_str));
        *bare |= set.effective.is_empty();
        all.0.extend(set.effective.iter().cloned());
        all.1.extend(set.raw.iter().cloned());
    }
    for ((from, to), (effective, bare)) in grants {
        if bare {
            drawing.step(from, to);
        }
        drawing.grant(from, to, &effective);
    }
    let (effective, raw) = (all.0.into_iter().collect(), all.1.into_iter().collect());
    drawing.finish(ends, effective, raw).map_err(|error| Error::Bug(format!("nodes that are shown: {error}")))
}

/// A picture in the making.
struct Drawing<'a> {
    graph: &'a Graph,
    nodes: &'a [u32],
    ids: HashMap<u32, String>,
    taken: HashSet<String>,
    leads_to: HashMap<u32, Vec<String>>,
    permissions: Vec<Shown>,
    more: bool,
}

impl<'a> Drawing<'a> {
    fn new(graph: &'a Graph, nodes: &'a [u32], more: bool) -> Self {
        let (mut ids, mut taken) = (HashMap::new(), HashSet::new());
        for node in nodes {
            let own = graph.id(*node).to_owned();
            // Ids are unique within a data source and family alone; who shares one is told apart.
            let source = graph.origin(*node).map(|origin| origin.id.as_str()).unwrap_or_default();
            let apart = || format!("{source}::{}::{own}", graph.node_type(*node));
            let id = if taken.contains(&own) { apart() } else { own };
            taken.insert(id.clone());
            ids.insert(*node, id);
        }
        Self { graph, nodes, ids, taken, leads_to: HashMap::new(), permissions: Vec::new(), more }
    }

    fn step(&mut self, from: u32, to: u32) {
        if let (true, Some(to)) = (self.ids.contains_key(&from), self.ids.get(&to)) {
            self.leads_to.entry(from).or_default().push(to.clone());
        }
    }

    /// A node for each canonical permission of a grant. Where there is only one, the grant is known by who grants.
    fn grant(&mut self, from: u32, to: u32, effective: &BTreeSet<&str>) {
        let (Some(granting), Some(granted)) = (self.ids.get(&from), self.ids.get(&to)) else { return };
        for permission in effective {
            if self.permissions.len() >= PERMISSIONS {
                self.more = true;
                return;
            }
            let id = match effective.len() {
                1 => format!("{granting}::eperm::{granted}"),
                _ => format!("{granting}#{permission}::eperm::{granted}"),
            };
            if !self.taken.insert(id.clone()) {
                continue;
            }
            let kind = format!("{}EffectivePermission", self.graph.node_type(to));
            self.leads_to.entry(from).or_default().push(id.clone());
            let what = What::Permission { name: (*permission).to_owned(), kind };
            self.permissions.push(Shown { id, what, part: "", leads_to: vec![granted.clone()] });
        }
    }

    fn finish(mut self, ends: Ends, effective: Vec<String>, raw: Vec<String>) -> Result<Picture, BatchError> {
        let batch = Arc::new(Batch::of(self.nodes.len(), scope::gather(self.graph, NODE, self.nodes))?);
        let mut nodes = Vec::with_capacity(self.nodes.len() + self.permissions.len());
        for (index, node) in self.nodes.iter().enumerate() {
            let id = self.ids.remove(node).unwrap_or_default();
            let mut leads_to = self.leads_to.remove(node).unwrap_or_default();
            leads_to.sort_unstable();
            leads_to.dedup();
            let what = What::Node(Frozen::new(Arc::clone(&batch), index));
            nodes.push(Shown { id, what, part: ends.part(*node), leads_to });
        }
        let last = nodes.len().saturating_sub(1);
        nodes.splice(last..last, self.permissions);
        let sources = self.nodes.iter().filter_map(|node| Some(self.graph.origin(*node)?.id.clone())).collect();
        Ok(Picture { nodes, effective, raw, sources, more: self.more })
    }
}

#[cfg(test)]
mod tests;
