//! What explains a row: every node and every step on any of its paths.

use std::collections::{BTreeSet, HashSet};

use super::finder::Finder;
use super::search::{Place, Search, Walk};
use crate::loading::graph::{Csr, NONE};
use crate::loading::population::Pair;

/// The paths of a row, laid over one another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Explained {
    /// The shortest path, ends included; empty when there is none at all.
    pub(crate) path: Vec<u32>,
    /// All intermediates, those of the shortest path first, the others as they are come to.
    pub(crate) between: Vec<u32>,
    /// The steps between source and intermediates.
    pub(crate) steps: BTreeSet<(u32, u32)>,
    /// The last steps: from where, to where, with which permissions.
    pub(crate) last: BTreeSet<(u32, u32, u32)>,
}

impl Explained {
    /// Adds one of the searches that a row takes, as far as it leads to `ends`.
    fn add(&mut self, search: &mut Search, ends: &[u32]) {
        let leads = search.leading_to(ends.iter().copied());
        let node = |number: u32| search.places.get(number as usize).map(|place| place.node);
        let is_leading = |number: u32| leads.get(number as usize) == Some(&true);
        self.between.extend(search.places.iter().zip(&leads).filter(|(_, leads)| **leads).map(|(place, _)| place.node));
        for (to, from) in &search.steps {
            if let (true, true, Some(from), Some(to)) = (is_leading(*to), is_leading(*from), node(*from), node(*to)) {
                self.steps.insert((from, to));
            }
        }
    }

    fn arrive(&mut self, search: &Search) {
        for arrival in &search.arrivals {
            if let Some(place) = search.places.get(arrival.from as usize) {
                self.last.insert((place.node, arrival.to, arrival.set));
            }
        }
    }

    /// Takes a path when it is shorter than the one so far.
    fn offer(&mut self, path: Vec<u32>) {
        if self.path.is_empty() || path.len() < self.path.len() {
            self.path = path;
        }
    }

    /// Puts the nodes in order, each once.
    fn finish(mut self, source: u32) -> Self {
        let inner = self.path.get(1..self.path.len().saturating_sub(1)).unwrap_or_default();
        let mut seen = HashSet::from([source]);
        let all = inner.iter().chain(&self.between).copied().collect::<Vec<_>>();
        self.between = all.into_iter().filter(|node| seen.insert(*node)).collect();
        self
    }
}

impl Finder<'_> {
    /// The paths of a row; empty when there is none in this graph.
    pub(crate) fn explain(&mut self, edges: &Csr, row: Pair) -> Explained {
        let Pair { source, destination, waypoint, .. } = row;
        let terms = self.terms;
        if waypoint == NONE && self.is_direct(source, destination) {
            let last: BTreeSet<_> =
                edges.between(source, destination).iter().map(|step| (source, destination, step.set)).collect();
            let path = if last.is_empty() { Vec::new() } else { vec![source, destination] };
            return Explained { path, last, ..Explained::default() };
        }
        let start = Place { node: source, met: 0 };
        let walk = Walk { edges, terms, source, start, closed: destination, traced: true };
        if waypoint == NONE { self.straight(walk, |node| node == destination) } else { self.over(walk, waypoint) }
    }

    /// The paths from a source to any of the nodes that are wanted, from which nothing leads on.
    pub(crate) fn explain_all(&mut self, edges: &Csr, source: u32, wanted: impl Fn(u32) -> bool) -> Explained {
        let start = Place { node: source, met: 0 };
        self.straight(Walk { edges, terms: self.terms, source, start, closed: NONE, traced: true }, wanted)
    }

    fn straight(&mut self, walk: Walk<'_>, wanted: impl Fn(u32) -> bool) -> Explained {
        let search = &mut self.search;
        search.run(walk, wanted);
        let mut explained = Explained::default();
        let Some(first) = search.arrivals.iter().min_by_key(|arrival| (arrival.from, arrival.to)) else {
            return explained;
        };
        let mut path = search.way(first.from);
        path.push(first.to);
        explained.offer(path);
        explained.arrive(search);
        let ends: Vec<u32> = search.arrivals.iter().map(|arrival| arrival.from).collect();
        explained.add(search, &ends);
        explained.finish(walk.source)
    }

    fn over(&mut self, walk: Walk<'_>, waypoint: u32) -> Explained {
        let mut explained = Explained::default();
        let mut passed = Vec::new();
        for place in self.waypoints(walk, |node| node == waypoint) {
            let search = &mut self.second;
            search.run(Walk { start: place, ..walk }, |node| node == walk.closed);
            let Some(first) = search.arrivals.iter().map(|arrival| arrival.from).min() else { continue };
            let Some(number) = self.search.places.iter().position(|held| *held == place) else { continue };
            let number = u32::try_from(number).unwrap_or(NONE);
            passed.push(number);
            let mut path = self.search.way(number);
            path.extend(search.way(first).into_iter().skip(1));
            path.push(walk.closed);
            explained.offer(path);
            explained.arrive(search);
            let ends: Vec<u32> = search.arrivals.iter().map(|arrival| arrival.from).collect();
            explained.add(search, &ends);
        }
        if !passed.is_empty() {
            let behind = std::mem::take(&mut explained.between);
            explained.add(&mut self.search, &passed);
            explained.between.extend(behind);
        }
        explained.finish(walk.source)
    }
}
