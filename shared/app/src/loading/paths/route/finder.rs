//! The rows of a query, source by source.

use std::collections::HashMap;

use super::Terms;
use super::search::{Arrival, Place, Search, Walk};
use crate::loading::graph::{Csr, NONE, Sets, Walker};
use crate::loading::population::Pair;
use crate::loading::population::select;

/// How many destinations behind waypoints are remembered: eight bytes each.
const REMEMBERED: usize = 4_000_000;

/// A node with the permissions of the last step to it.
type Reached = (u32, u32);

/// Finds rows, and explains them.
pub(crate) struct Finder<'a> {
    pub(super) terms: &'a Terms,
    pub(super) search: Search,
    pub(super) second: Search,
    walker: Walker,
    /// What lies behind a waypoint, for all sources alike.
    behind: HashMap<Place, Vec<Reached>>,
    remembered: usize,
    /// Which permission sets hold what the query asks for; each is looked at once.
    held: Vec<Option<bool>>,
}

impl<'a> Finder<'a> {
    /// For the rows of a query over a graph of so many nodes.
    pub(crate) fn new(terms: &'a Terms, nodes: usize) -> Self {
        Self {
            terms,
            search: Search::default(),
            second: Search::default(),
            walker: Walker::new(nodes),
            behind: HashMap::new(),
            remembered: 0,
            held: Vec::new(),
        }
    }

    /// The rows of a source, by destination and then by waypoint.
    pub(crate) fn rows(&mut self, edges: &Csr, sets: &mut Sets, source: u32) -> Vec<Pair> {
        let related = self.related(edges, sets, source);
        if !self.terms.no_relation {
            return related;
        }
        let is_related = |node: u32| related.binary_search_by_key(&node, |pair| pair.destination).is_ok();
        let all = self.terms.destinations.any.ones_iter().map(|node| u32::try_from(node).unwrap_or(NONE));
        let unrelated = all.filter(|node| *node != source && !is_related(*node));
        unrelated.map(|destination| Pair { source, destination, waypoint: NONE, set: 0 }).collect()
    }

    fn related(&mut self, edges: &Csr, sets: &mut Sets, source: u32) -> Vec<Pair> {
        let terms = self.terms;
        let is_far = terms.sources.has(source, false);
        let mut pairs = match is_far {
            false => Vec::new(),
            true if terms.is_plain() => {
                let wanted = |node: u32| node != source && terms.destinations.has(node, false);
                let reached = self.walker.reach(edges, sets, source, wanted);
                let pair = |(destination, set)| Pair { source, destination, waypoint: NONE, set };
                reached.into_iter().map(|reached| pair((reached.node, reached.set))).collect()
            }
            true if terms.has_waypoints() => self.over_waypoints(edges, sets, source),
            true => self.over_intermediates(edges, sets, source),
        };
        if !terms.has_waypoints() && terms.required.is_met(0) {
            for same in edges.of(source).chunk_by(|one, other| one.to == other.to) {
                let Some(destination) = same.first().map(|target| target.to) else { continue };
                let is_direct = terms.destinations.has(destination, true)
                    && !(is_far && terms.destinations.has(destination, false))
                    && destination != source;
                if is_direct {
                    let set = sets.union(&same.iter().map(|target| target.set).collect::<Vec<_>>());
                    pairs.push(Pair { source, destination, waypoint: NONE, set });
                }
            }
        }
        pairs.sort_unstable_by_key(|pair| (pair.destination, pair.waypoint));
        pairs.retain(|pair| self.holds(sets, pair.set));
        pairs
    }

    fn holds(&mut self, sets: &Sets, number: u32) -> bool {
        let at = number as usize;
        if self.held.len() <= at {
            self.held.resize(at + 1, None);
        }
        let granted = &self.terms.granted;
        self.held.get_mut(at).is_some_and(|held| *held.get_or_insert_with(|| granted.holds(sets, number)))
    }

    /// Rows where something is asked of the way, waypoints aside.
    fn over_intermediates(&mut self, edges: &Csr, sets: &mut Sets, source: u32) -> Vec<Pair> {
        let terms = self.terms;
        let start = Place { node: source, met: 0 };
        let walk = Walk { edges, terms, source, start, closed: NONE, traced: false };
        self.search.run(walk, |node| terms.destinations.has(node, false));
        let mut pairs = Vec::new();
        for same in self.search.arrivals.chunk_by(|one, other| one.to == other.to) {
            let Some(destination) = same.first().map(|arrival| arrival.to) else { continue };
            let same = if self.terms.circles(destination) {
                self.second.run(Walk { closed: destination, ..walk }, |node| node == destination);
                self.second.arrivals.as_slice()
            } else {
                same
            };
            if let Some(set) = union(sets, same) {
                pairs.push(Pair { source, destination, waypoint: NONE, set });
            }
        }
        pairs
    }

    /// Rows with a waypoint: what lies behind each waypoint that the source comes to.
    fn over_waypoints(&mut self, edges: &Csr, sets: &mut Sets, source: u32) -> Vec<Pair> {
        let start = Place { node: source, met: 0 };
        let walk = Walk { edges, terms: self.terms, source, start, closed: NONE, traced: false };
        let places = self.waypoints(walk, |_| true);
        let mut pairs = Vec::new();
        for same in places.chunk_by(|one, other| one.node == other.node) {
            let Some(waypoint) = same.first().map(|place| place.node) else { continue };
            let mut reached: Vec<Reached> = Vec::new();
            for place in same {
                self.behind(Walk { start: *place, ..walk }, &mut reached);
            }
            reached.sort_unstable();
            reached.dedup();
            for same in reached.chunk_by(|one, other| one.0 == other.0) {
                let Some(destination) = same.first().map(|(to, _)| *to) else { continue };
                if destination == waypoint || destination == source {
                    continue;
                }
                let mut numbers: Vec<u32> = same.iter().map(|(_, set)| *set).collect();
                if self.terms.circles(destination) {
                    numbers = self.without_coming_past(walk, waypoint, destination);
                    if numbers.is_empty() {
                        continue;
                    }
                }
                pairs.push(Pair { source, destination, waypoint, set: sets.union(&numbers) });
            }
        }
        pairs
    }

    /// The places of waypoints that a walk comes to, sorted; those that are `wanted`.
    pub(super) fn waypoints(&mut self, walk: Walk<'_>, wanted: impl Fn(u32) -> bool) -> Vec<Place> {
        let Some(waypoints) = &self.terms.waypoints else { return Vec::new() };
        self.search.run(walk, |_| false);
        let tells_near = waypoints.tells_near();
        let counts = |place: &&Place| {
            let near = tells_near && !walk.edges.between(walk.source, place.node).is_empty();
            place.node != walk.source && wanted(place.node) && waypoints.has(place.node, near)
        };
        let mut places: Vec<Place> = self.search.places.iter().filter(counts).copied().collect();
        places.sort_unstable();
        places
    }

    /// Adds what lies behind a waypoint. It is the same for all sources to which nothing leads back.
    fn behind(&mut self, walk: Walk<'_>, reached: &mut Vec<Reached>) {
        let terms = self.terms;
        let wanted = |node: u32| terms.destinations.has(node, false);
        if terms.tells_near() || terms.circles(walk.source) {
            self.second.run(walk, wanted);
            reached.extend(self.second.arrivals.iter().map(|arrival| (arrival.to, arrival.set)));
            return;
        }
        if let Some(known) = self.behind.get(&walk.start) {
            reached.extend(known);
            return;
        }
        self.second.run(walk, wanted);
        let mut found: Vec<Reached> = self.second.arrivals.iter().map(|arrival| (arrival.to, arrival.set)).collect();
        found.dedup();
        reached.extend(&found);
        if self.remembered + found.len() > REMEMBERED {
            self.behind.clear();
            self.remembered = 0;
        }
        self.remembered += found.len() + 1;
        self.behind.insert(walk.start, found);
    }

    /// The permissions of the paths through a waypoint that do not come past the destination on their way; none when all
    /// of them do.
    fn without_coming_past(&mut self, walk: Walk<'_>, waypoint: u32, destination: u32) -> Vec<u32> {
        let walk = Walk { closed: destination, ..walk };
        let mut numbers = Vec::new();
        for place in self.waypoints(walk, |node| node == waypoint) {
            self.second.run(Walk { start: place, ..walk }, |node| node == destination);
            numbers.extend(self.second.arrivals.iter().map(|arrival| arrival.set));
        }
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// Whether a row of these ends is one of a single step.
    pub(super) fn is_direct(&self, source: u32, destination: u32) -> bool {
        !(self.terms.sources.has(source, false) && select::has(&self.terms.destinations.far, destination))
    }
}

/// The union of the permissions of arrivals; `None` when there is none.
fn union(sets: &mut Sets, arrivals: &[Arrival]) -> Option<u32> {
    let mut numbers: Vec<u32> = arrivals.iter().map(|arrival| arrival.set).collect();
    numbers.dedup();
    (!numbers.is_empty()).then(|| sets.union(&numbers))
}
