//! Rows and their explanations against an obvious, slow answer: transitive closure without source and destination, and
//! every order in which what is asked for can be met.

use std::collections::BTreeSet;

use domain::inventory::PermissionSet;
use proptest::prelude::*;

use super::*;
use crate::loading::graph::{Csr, Link, NONE};
use crate::loading::population::Pair;

/// Nodes of the graphs; nothing leads on from the last two, and only steps to them give permissions.
const NODES: u32 = 9;
const ENDS: u32 = 2;

/// A query over a small graph, all at random.
#[derive(Debug, Clone)]
struct Case {
    links: Vec<(u32, u32, u32)>,
    sources: (u16, u16),
    destinations: (u16, u16),
    required: Vec<(u16, bool)>,
    all: bool,
    avoided: Option<(u16, u16)>,
    waypoints: Option<(u16, u16)>,
    no_relation: bool,
    effective: bool,
    asked: Option<u32>,
}

fn cases() -> impl Strategy<Value = Case> {
    let chosen = || (any::<u16>(), any::<u16>());
    let links = proptest::collection::vec((0..NODES - ENDS, 0..NODES, 0_u32..4), 0..26);
    let ends = (chosen(), prop_oneof![chosen(), Just((u16::MAX, u16::MAX))]);
    let required = proptest::collection::vec((any::<u16>(), proptest::bool::weighted(0.2)), 0..4);
    let between = (required, any::<bool>(), proptest::option::of(chosen()), proptest::option::of(chosen()));
    let rest =
        (proptest::bool::weighted(0.1), proptest::bool::weighted(0.1), proptest::option::weighted(0.2, 1_u32..4));
    (links, ends, between, rest).prop_map(|(links, (sources, destinations), between, rest)| {
        let (required, all, avoided, waypoints) = between;
        let (no_relation, effective, asked) = rest;
        let links = links.into_iter().filter(|(from, to, _)| from != to);
        let links = links.map(|(from, to, set)| (from, to, if to < NODES - ENDS { 0 } else { set })).collect();
        let waypoints = waypoints.filter(|_| !no_relation);
        // What is avoided is kept rare, so that something is left.
        let avoided = avoided.map(|(any, near)| (any & near & 0x55, near));
        Case { links, sources, destinations, required, all, avoided, waypoints, no_relation, effective, asked }
    })
}

fn bits(mask: u16) -> Bits {
    (0..NODES).map(|node| mask >> node & 1 == 1).collect()
}

/// The nodes of the first mask; those that are not in the second count only one step away.
fn chosen((any, far): (u16, u16)) -> Chosen {
    Chosen::new(bits(any), bits(any & far))
}

fn letters() -> Sets {
    let mut sets = Sets::new();
    for letter in ["a", "b", "c"] {
        // The second has no canonical permission.
        let effective = if letter == "b" { Vec::new() } else { vec![letter.to_uppercase()] };
        sets.number(PermissionSet { raw: vec![letter.to_owned()], effective });
    }
    sets
}

impl Case {
    fn edges(&self) -> Csr {
        let link = |(from, to, set): &(u32, u32, u32)| Link { from: *from, to: *to, set: *set };
        Csr::pack(NODES as usize, self.links.iter().map(link).collect())
    }

    fn terms(&self, edges: &Csr) -> Terms {
        let required: Vec<(Bits, bool)> = self.required.iter().map(|(mask, near)| (bits(*mask), *near)).collect();
        let raw = self.asked.map(|letter| letters().get(letter).raw.clone()).unwrap_or_default();
        Terms {
            sources: chosen(self.sources),
            destinations: chosen(self.destinations),
            required: if required.is_empty() {
                Required::default()
            } else {
                Required::nodes(NODES as usize, &required, self.all)
            },
            avoided: self.avoided.map(chosen),
            waypoints: self.waypoints.map(chosen),
            summary: None,
            no_relation: self.no_relation,
            granted: Granted { raw, effective: Vec::new(), in_effect: self.effective },
            circling: circles::around(edges),
        }
    }

    fn leads(&self, from: u32, to: u32) -> bool {
        self.links.iter().any(|(one, other, _)| (*one, *other) == (from, to))
    }

    /// Whether a node is in the first mask, and in the second or one step behind the source.
    fn is(&self, (any, far): (u16, u16), node: u32, source: u32) -> bool {
        any >> node & 1 == 1 && (far >> node & 1 == 1 || self.leads(source, node))
    }

    /// The sets of nodes of each of which a path has to meet one.
    fn demands(&self, source: u32) -> Vec<Vec<u32>> {
        let fits =
            |(mask, near): &(u16, bool), node: u32| self.is((*mask, if *near { 0 } else { *mask }), node, source);
        let of = |spec: &(u16, bool)| (0..NODES).filter(|node| fits(spec, *node)).collect::<Vec<_>>();
        match (self.all, self.required.is_empty()) {
            (_, true) => Vec::new(),
            (true, false) => self.required.iter().map(of).collect(),
            (false, false) => vec![self.required.iter().flat_map(of).collect()],
        }
    }

    /// The last steps of all paths that meet one node of each demand in some order: where they come from and what they
    /// give.
    fn last(&self, source: u32, destination: u32, demands: &[Vec<u32>]) -> BTreeSet<(u32, u32)> {
        let is_open = |node: u32| {
            let avoided = self.avoided.is_some_and(|avoided| self.is(avoided, node, source));
            node != source && node != destination && !avoided
        };
        let mut reaches = [[false; NODES as usize]; NODES as usize];
        for one in 0..NODES {
            for other in 0..NODES {
                reaches[one as usize][other as usize] =
                    is_open(one) && is_open(other) && (one == other || self.leads(one, other));
            }
        }
        for over in 0..NODES as usize {
            for one in 0..NODES as usize {
                for other in 0..NODES as usize {
                    reaches[one][other] |= reaches[one][over] && reaches[over][other];
                }
            }
        }
        let first: BTreeSet<u32> = (0..NODES)
            .filter(|node| (0..NODES).any(|next| self.leads(source, next) && reaches[next as usize][*node as usize]))
            .collect();
        let onwards = |nodes: &BTreeSet<u32>, demand: &[u32]| -> BTreeSet<u32> {
            let met = nodes
                .iter()
                .flat_map(|node| demand.iter().copied().filter(|next| reaches[*node as usize][*next as usize]));
            met.collect()
        };
        let everything: Vec<u32> = (0..NODES).collect();
        let mut ends: BTreeSet<u32> = orders(demands.len())
            .into_iter()
            .flat_map(|order| {
                let met = order.into_iter().fold(first.clone(), |nodes, at| onwards(&nodes, &demands[at]));
                onwards(&met, &everything)
            })
            .collect();
        if demands.is_empty() {
            ends.insert(source);
        }
        let steps = self.links.iter().filter(|(from, to, _)| ends.contains(from) && *to == destination);
        steps.map(|(from, _, set)| (*from, *set)).collect()
    }

    /// The rows as (source, destination, waypoint, raw permissions).
    fn rows(&self, sets: &Sets) -> BTreeSet<(u32, u32, u32, Vec<String>)> {
        let mut rows = BTreeSet::new();
        let ends = (0..NODES).flat_map(|source| (0..NODES).map(move |destination| (source, destination)));
        for (source, destination) in ends.filter(|(source, destination)| source != destination) {
            if self.sources.0 >> source & 1 == 0 || self.destinations.0 >> destination & 1 == 0 {
                continue;
            }
            let found = self.of_pair(source, destination);
            let granted: Vec<_> = found
                .into_iter()
                .filter(|(_, last)| !last.is_empty())
                .map(|(waypoint, last)| {
                    let union = |list: &dyn Fn(u32) -> Vec<String>| -> Vec<String> {
                        let all: BTreeSet<String> = last.iter().flat_map(|(_, set)| list(*set)).collect();
                        all.into_iter().collect()
                    };
                    (waypoint, union(&|set| sets.get(set).raw.clone()), union(&|set| sets.get(set).effective.clone()))
                })
                .filter(|(_, raw, effective)| {
                    let asked = self.asked.is_none_or(|letter| raw.contains(&sets.get(letter).raw[0]));
                    asked && !(self.effective && effective.is_empty())
                })
                .collect();
            match (self.no_relation, granted.is_empty()) {
                (true, true) => _ = rows.insert((source, destination, NONE, Vec::new())),
                (true, false) => {}
                (false, _) => {
                    rows.extend(granted.into_iter().map(|(waypoint, raw, _)| (source, destination, waypoint, raw)));
                }
            }
        }
        rows
    }

    /// The waypoints of a pair with the last steps of the paths through each; [`NONE`] where none is asked for.
    fn of_pair(&self, source: u32, destination: u32) -> Vec<(u32, BTreeSet<(u32, u32)>)> {
        let demands = self.demands(source);
        let is_far = self.sources.1 >> source & 1 == 1 && self.destinations.1 >> destination & 1 == 1;
        match self.waypoints {
            None if is_far => vec![(NONE, self.last(source, destination, &demands))],
            None if demands.is_empty() => {
                let steps = self.links.iter().filter(|(from, to, _)| (*from, *to) == (source, destination));
                vec![(NONE, steps.map(|(from, _, set)| (*from, *set)).collect())]
            }
            Some(waypoints) if is_far => {
                let over = |node: u32| [demands.clone(), vec![vec![node]]].concat();
                let nodes = (0..NODES).filter(|node| self.is(waypoints, *node, source));
                nodes.map(|node| (node, self.last(source, destination, &over(node)))).collect()
            }
            None | Some(_) => Vec::new(),
        }
    }
}

fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(count - 1);
    let at = |order: &Vec<usize>, place: usize| {
        let mut order = order.clone();
        order.insert(place, count - 1);
        order
    };
    shorter.iter().flat_map(|order| (0..count).map(move |place| at(order, place))).collect()
}

proptest! {
    #[test]
    fn the_rows_of_any_query_agree_with_an_obvious_search(case in cases()) {
        let (edges, mut sets) = (case.edges(), letters());
        let terms = case.terms(&edges);
        let mut finder = Finder::new(&terms, NODES as usize);
        let mut found = Vec::new();
        for source in terms.sources.any.ones_iter() {
            found.extend(finder.rows(&edges, &mut sets, u32::try_from(source).unwrap()));
        }
        let shown: BTreeSet<_> = found
            .iter()
            .map(|pair| (pair.source, pair.destination, pair.waypoint, sets.get(pair.set).raw.clone()))
            .collect();
        prop_assert_eq!(shown.len(), found.len(), "a row is there twice");
        prop_assert_eq!(shown, case.rows(&letters()));
    }

    #[test]
    fn a_row_is_explained_by_exactly_what_its_paths_meet(case in cases()) {
        let case = Case { no_relation: false, ..case };
        let (edges, mut sets) = (case.edges(), letters());
        let terms = case.terms(&edges);
        let mut finder = Finder::new(&terms, NODES as usize);
        let sources: Vec<u32> = terms.sources.any.ones_iter().map(|node| u32::try_from(node).unwrap()).collect();
        for source in sources {
            for row in finder.rows(&edges, &mut sets, source) {
                let explained = finder.explain(&edges, row);
                check(&case, row, &explained)?;
            }
        }
    }
}

fn check(case: &Case, row: Pair, explained: &Explained) -> Result<(), TestCaseError> {
    let Pair { source, destination, waypoint, .. } = row;
    let own: Vec<Vec<u32>> = (waypoint != NONE).then(|| vec![waypoint]).into_iter().collect();
    let demands = [case.demands(source), own].concat();
    let is_far = case.sources.1 >> source & 1 == 1 && case.destinations.1 >> destination & 1 == 1;
    let meets = |nodes: &[u32]| {
        let more = nodes.iter().map(|node| vec![*node]).collect();
        is_far && !case.last(source, destination, &[demands.clone(), more].concat()).is_empty()
    };
    let expected: BTreeSet<u32> = (0..NODES).filter(|node| meets(&[*node])).collect();
    prop_assert_eq!(explained.between.iter().copied().collect::<BTreeSet<_>>(), expected.clone());
    prop_assert_eq!(explained.between.len(), expected.len());
    let last: BTreeSet<(u32, u32)> = explained.last.iter().map(|(from, _, set)| (*from, *set)).collect();
    let of_pair = case.of_pair(source, destination).into_iter().find(|(over, _)| *over == waypoint);
    prop_assert_eq!(last, of_pair.unwrap().1);
    for (from, to) in &explained.steps {
        prop_assert!(case.leads(*from, *to) && (*from == source || expected.contains(from)) && expected.contains(to));
    }
    prop_assert_eq!((explained.path.first(), explained.path.last()), (Some(&source), Some(&destination)));
    for step in explained.path.windows(2) {
        prop_assert!(case.leads(step[0], step[1]), "{:?}", explained.path);
    }
    let inner = &explained.path[1..explained.path.len() - 1];
    prop_assert!(inner.iter().all(|node| expected.contains(node)));
    prop_assert!(demands.iter().all(|demand| demand.iter().any(|node| inner.contains(node))), "{:?}", explained.path);
    Ok(())
}
