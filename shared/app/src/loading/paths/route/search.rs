//! One search: where paths from one place come to under the terms of a query, breadth first in the packed order of the
//! edges, so that it comes out the same every time.

use std::collections::HashMap;

use super::Terms;
use crate::loading::graph::{Csr, NONE};

/// A node, with what a path that leaves it has met so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub(super) node: u32,
    pub(super) met: u8,
}

/// A path that has come to where somebody wants to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrival {
    /// The node.
    pub(super) to: u32,
    /// The permissions of the last step.
    pub(super) set: u32,
    /// The number of the place before.
    pub(super) from: u32,
}

/// Where a search starts and what it must not come past.
#[derive(Clone, Copy)]
pub(super) struct Walk<'a> {
    pub(super) edges: &'a Csr,
    pub(super) terms: &'a Terms,
    /// The source of the row, which no path meets again.
    pub(super) source: u32,
    /// Where to start from.
    pub(super) start: Place,
    /// The destination that no path goes on from; [`NONE`] for any.
    pub(super) closed: u32,
    /// Whether every step is kept, for tracing back.
    pub(super) traced: bool,
}

impl Walk<'_> {
    /// Whether a node is one step behind the source, as far as that matters.
    fn is_near(&self, node: u32) -> bool {
        self.terms.tells_near() && !self.edges.between(self.source, node).is_empty()
    }
}

/// What a search found; its buffers are kept for the next one.
#[derive(Debug, Default)]
pub(super) struct Search {
    pub(super) places: Vec<Place>,
    parents: Vec<u32>,
    numbers: HashMap<Place, u32>,
    /// Sorted by node, permission set and place.
    pub(super) arrivals: Vec<Arrival>,
    /// The numbers of the places that a step leads to and comes from.
    pub(super) steps: Vec<(u32, u32)>,
}

impl Search {
    /// Searches anew, and keeps the arrivals that meet what is required at the nodes that are wanted.
    pub(super) fn run(&mut self, walk: Walk<'_>, wanted: impl Fn(u32) -> bool) {
        self.places.clear();
        self.parents.clear();
        self.numbers.clear();
        self.arrivals.clear();
        self.steps.clear();
        let Walk { edges, terms, source, start, closed, traced } = walk;
        self.enter(start, NONE);
        let mut next = 0;
        while let Some(place) = self.places.get(next as usize).copied() {
            let arrives = terms.required.is_met(place.met);
            for target in edges.of(place.node) {
                if target.to == source {
                    continue;
                }
                if arrives && wanted(target.to) {
                    self.arrivals.push(Arrival { to: target.to, set: target.set, from: next });
                }
                // What leads nowhere is no intermediate of anything.
                if target.to == closed || edges.of(target.to).is_empty() {
                    continue;
                }
                let near = walk.is_near(target.to);
                if !terms.avoids(target.to, near) {
                    let met = terms.required.after(place.met, target.to, near);
                    let number = self.enter(Place { node: target.to, met }, next);
                    if traced {
                        self.steps.push((number, next));
                    }
                }
            }
            next += 1;
        }
        self.arrivals.sort_unstable();
    }

    fn enter(&mut self, place: Place, parent: u32) -> u32 {
        let fresh = u32::try_from(self.places.len()).unwrap_or(NONE);
        let number = *self.numbers.entry(place).or_insert(fresh);
        if number == fresh {
            self.places.push(place);
            self.parents.push(parent);
        }
        number
    }

    /// The nodes on the way from the start to a place, both included.
    pub(super) fn way(&self, place: u32) -> Vec<u32> {
        let mut way = Vec::new();
        let mut next = Some(place);
        while let Some(number) = next {
            way.extend(self.places.get(number as usize).map(|place| place.node));
            next = self.parents.get(number as usize).copied().filter(|parent| *parent != NONE);
        }
        way.reverse();
        way
    }

    /// For every place, whether some path through it leads to one of `ends`. The search must have been traced.
    pub(super) fn leading_to(&mut self, ends: impl Iterator<Item = u32>) -> Vec<bool> {
        self.steps.sort_unstable();
        self.steps.dedup();
        let mut leads = vec![false; self.places.len()];
        let mut open: Vec<u32> = ends.collect();
        while let Some(number) = open.pop() {
            match leads.get_mut(number as usize) {
                Some(seen) if !*seen => *seen = true,
                Some(_) | None => continue,
            }
            let from = self.steps.partition_point(|(to, _)| *to < number);
            let before = self.steps.get(from..).unwrap_or_default().iter().take_while(|(to, _)| *to == number);
            open.extend(before.map(|(_, from)| *from));
        }
        leads
    }
}
