//! Which paths lead from a source to a destination under the terms of a query, and what the rows of the query are.
//!
//! What a path, an intermediate and a relation are stands in [`domain::query`]. Three things keep this cheap: a query that
//! asks nothing of the way there is answered by reaching alone; what lies behind a waypoint is found once for all sources;
//! and whether a path has come past its own destination is asked only where something leads round in a circle.

mod circles;
mod explain;
mod finder;
mod search;

use columns::Bits;
use domain::query::{NodeSet, NodeSpec, NodesOperator, Query, RelationshipType};

pub(crate) use self::explain::Explained;
pub(crate) use self::finder::Finder;
use crate::error::Error;
use crate::loading::graph::{Graph, Sets};
use crate::loading::population::select::{self, Chosen, Selector};

/// What a query asks for, as nodes of one graph.
#[derive(Debug)]
pub(crate) struct Terms {
    /// Who has access.
    pub(crate) sources: Chosen,
    /// What they have access to.
    pub(crate) destinations: Chosen,
    required: Required,
    avoided: Option<Chosen>,
    waypoints: Option<Chosen>,
    summary: Option<Chosen>,
    /// Whether pairs without a relation are asked for.
    pub(crate) no_relation: bool,
    granted: Granted,
    /// Nodes that a path may come past twice; empty for a plain query.
    circling: Bits,
}

impl Terms {
    /// Reads a query that has no faults.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a filter that cannot be read.
    pub(crate) fn of(graph: &Graph, query: &Query) -> Result<Self, Error> {
        let strict = |set: &NodeSet, scope| Ok::<_, Error>(Selector::of(set, scope)?.nodes(graph));
        let loose = |set: &NodeSet, scope| Ok::<_, Error>(Selector::of(set, scope)?.any().nodes(graph));
        let some = |set: Option<&NodeSet>| set.filter(|set| !set.nodes.is_empty()).cloned();
        let avoided = some(Some(&query.avoided_intermediate_node_types));
        let (waypoints, summary) =
            (some(query.waypoint_node_types.as_ref()), some(query.path_summary_node_types.as_ref()));
        let mut terms = Self {
            sources: strict(&query.source_node_types, select::SOURCE)?,
            destinations: strict(&query.destination_node_types, select::DESTINATION)?,
            required: Required::of(graph, &query.required_intermediate_node_types)?,
            avoided: avoided.map(|set| loose(&set, select::INTERMEDIATE)).transpose()?,
            waypoints: waypoints.map(|set| strict(&set, select::WAYPOINT)).transpose()?,
            summary: summary.map(|set| loose(&set, select::PATH_SUMMARY)).transpose()?,
            no_relation: query.no_relation,
            granted: Granted::new(query),
            circling: Bits::zeros(0),
        };
        if !terms.is_plain() || terms.summary.is_some() {
            terms.circling = circles::around(graph.edges());
        }
        Ok(terms)
    }

    /// No terms at all: whatever leads anywhere.
    pub(crate) fn none(graph: &Graph) -> Self {
        let all = || Chosen::new(Bits::ones(graph.len()), Bits::ones(graph.len()));
        Self {
            sources: all(),
            destinations: all(),
            required: Required::default(),
            avoided: None,
            waypoints: None,
            summary: None,
            no_relation: false,
            granted: Granted::default(),
            circling: circles::around(graph.edges()),
        }
    }

    /// Takes two nodes for ends of the query, whatever their attributes say by now.
    pub(crate) fn assume(&mut self, query: &Query, source: u32, destination: u32) {
        let ends = [
            (&mut self.sources, &query.source_node_types, source),
            (&mut self.destinations, &query.destination_node_types, destination),
        ];
        for (chosen, set, node) in ends {
            if chosen.has(node, true) || (node as usize) >= chosen.any.len() {
                continue;
            }
            let is_far = |node: &NodeSpec| !node.direct_relationship_only;
            let far = match set.nodes_operator {
                NodesOperator::And => set.nodes.iter().all(is_far),
                NodesOperator::Or => set.nodes.iter().any(is_far),
            };
            let (mut any, mut of_far) = (chosen.any.clone(), chosen.far.clone());
            any.set(node as usize, true);
            of_far.set(node as usize, far);
            *chosen = Chosen::new(any, of_far);
        }
    }

    /// Whether nothing is asked of what lies between the ends.
    pub(crate) fn is_plain(&self) -> bool {
        self.required.is_empty() && self.avoided.is_none() && self.waypoints.is_none()
    }

    /// Whether rows have waypoints.
    pub(crate) fn has_waypoints(&self) -> bool {
        self.waypoints.is_some()
    }

    /// The intermediates that a path summary lists; `None` when the query asks for none.
    pub(crate) fn summary(&self) -> Option<&Chosen> {
        self.summary.as_ref()
    }

    /// Whether a path may lead round through a node and back to it.
    fn circles(&self, node: u32) -> bool {
        select::has(&self.circling, node)
    }

    /// Whether it matters, between the ends, which nodes are one step behind the source.
    fn tells_near(&self) -> bool {
        self.required.near != 0 || self.avoided.as_ref().is_some_and(Chosen::tells_near)
    }

    fn avoids(&self, node: u32, near: bool) -> bool {
        self.avoided.as_ref().is_some_and(|avoided| avoided.has(node, near))
    }
}

/// What a path must meet. Each thing is a bit, so that what a path has met so far is a byte.
#[derive(Debug, Default)]
struct Required {
    /// The bits of every node; empty when nothing is required.
    bits: Vec<u8>,
    /// The bits that count only one step behind the source.
    near: u8,
    /// All bits that must be met; `None` when one of any will do.
    all: Option<u8>,
}

impl Required {
    fn of(graph: &Graph, set: &NodeSet) -> Result<Self, Error> {
        if set.nodes.is_empty() {
            return Ok(Self::default());
        }
        let specs = Selector::of(set, select::INTERMEDIATE)?.each(graph);
        Ok(Self::nodes(graph.len(), &specs, set.nodes_operator == NodesOperator::And))
    }

    /// All of the node types, or any of them, each with the nodes that are of it and whether they must be one step behind
    /// the source.
    fn nodes(count: usize, specs: &[(Bits, bool)], all: bool) -> Self {
        let mut required = Self { bits: vec![0; count], near: 0, all: all.then_some(0) };
        for (number, (nodes, near)) in specs.iter().enumerate() {
            // Where one will do, those of all node types that ask alike are one and the same thing.
            let bit = 1_u8 << if all { number % 8 } else { usize::from(*near) };
            for node in nodes.ones_iter() {
                if let Some(bits) = required.bits.get_mut(node) {
                    *bits |= bit;
                }
            }
            required.near |= if *near { bit } else { 0 };
            required.all = required.all.map(|all| all | bit);
        }
        required
    }

    fn is_empty(&self) -> bool {
        self.bits.is_empty()
    }

    /// What a path has met that came to a node having met `met`.
    fn after(&self, met: u8, node: u32, near: bool) -> u8 {
        let bits = self.bits.get(node as usize).copied().unwrap_or(0) & if near { u8::MAX } else { !self.near };
        match self.all {
            Some(_) => met | bits,
            None => u8::from(met | bits != 0),
        }
    }

    fn is_met(&self, met: u8) -> bool {
        match self.all {
            Some(all) => met & all == all,
            None => self.is_empty() || met != 0,
        }
    }
}

/// Which permission sets hold what a query asks for.
#[derive(Debug, Default)]
struct Granted {
    raw: Vec<String>,
    effective: Vec<String>,
    /// Whether any canonical permission will do, and there has to be one.
    in_effect: bool,
}

impl Granted {
    fn new(query: &Query) -> Self {
        Self {
            raw: query.raw_permissions.clone().unwrap_or_default(),
            effective: query.effective_permissions.clone().unwrap_or_default(),
            in_effect: query.node_relationship_type == RelationshipType::Effective,
        }
    }

    fn holds(&self, sets: &Sets, number: u32) -> bool {
        let set = sets.get(number);
        let any = |asked: &[String], held: &[String]| {
            asked.is_empty() || asked.iter().any(|one| held.iter().any(|two| one.eq_ignore_ascii_case(two)))
        };
        any(&self.raw, &set.raw)
            && any(&self.effective, &set.effective)
            && !(self.in_effect && set.effective.is_empty())
    }
}

#[cfg(test)]
mod tests;
