use std::collections::{BTreeMap, BTreeSet};

use domain::inventory::PermissionSet;
use proptest::prelude::*;

use super::super::csr::Link;
use super::*;

const NODES: u32 = 9;

fn sets_of_letters() -> Sets {
    let mut sets = Sets::new();
    for letter in ["a", "b", "c"] {
        sets.number(PermissionSet { raw: vec![letter.to_owned()], effective: vec![letter.to_uppercase()] });
    }
    sets
}

/// Reachability by repeating "whoever is reached reaches its neighbours" until nothing is new, without any order.
fn slowly(links: &[Link], from: u32) -> BTreeMap<u32, BTreeSet<u32>> {
    let mut visited = BTreeSet::from([from]);
    loop {
        let more: BTreeSet<u32> =
            links.iter().filter(|link| visited.contains(&link.from)).map(|link| link.to).collect();
        let before = visited.len();
        visited.extend(more);
        if visited.len() == before {
            break;
        }
    }
    let mut reached: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for link in links.iter().filter(|link| visited.contains(&link.from)) {
        reached.entry(link.to).or_default().insert(link.set);
    }
    reached
}

/// The number of edges of a shortest path, by relaxing every edge often enough.
fn distance(links: &[Link], from: u32, to: u32) -> Option<usize> {
    let mut distances = BTreeMap::from([(from, 0_usize)]);
    for _ in 0..NODES {
        for link in links {
            if let Some(near) = distances.get(&link.from).copied() {
                let far = distances.entry(link.to).or_insert(near + 1);
                *far = (*far).min(near + 1);
            }
        }
    }
    distances.get(&to).copied()
}

fn any_links() -> impl Strategy<Value = Vec<Link>> {
    proptest::collection::vec((0..NODES, 0..NODES, 0_u32..4), 0..30)
        .prop_map(|links| links.into_iter().map(|(from, to, set)| Link { from, to, set }).collect())
}

proptest! {
    #[test]
    fn what_is_reached_and_with_which_permissions_agrees_with_an_obvious_search(links in any_links(), from in 0..NODES) {
        let mut sets = sets_of_letters();
        let graph = Csr::pack(NODES as usize, links.clone());
        let reached = Walker::new(NODES as usize).reach(&graph, &mut sets, from, |_| true);
        let found: BTreeMap<u32, PermissionSet> =
            reached.iter().map(|one| (one.node, sets.get(one.set).clone())).collect();
        let expected: BTreeMap<u32, PermissionSet> = slowly(&links, from)
            .into_iter()
            .map(|(node, numbers)| {
                let raw: BTreeSet<String> = numbers.iter().flat_map(|n| sets.get(*n).raw.clone()).collect();
                let effective: BTreeSet<String> = numbers.iter().flat_map(|n| sets.get(*n).effective.clone()).collect();
                (node, PermissionSet { raw: raw.into_iter().collect(), effective: effective.into_iter().collect() })
            })
            .collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_path_follows_edges_and_no_shorter_one_exists(links in any_links(), from in 0..NODES) {
        let mut sets = sets_of_letters();
        let graph = Csr::pack(NODES as usize, links.clone());
        let mut walker = Walker::new(NODES as usize);
        for reached in walker.reach(&graph, &mut sets, from, |_| true) {
            let path = walker.path(reached.node);
            prop_assert_eq!(path.first(), Some(&from));
            prop_assert_eq!(path.last(), Some(&reached.node));
            for hop in path.windows(2) {
                prop_assert!(links.iter().any(|link| link.from == hop[0] && link.to == hop[1]));
            }
            prop_assert_eq!(Some(path.len() - 1), distance(&links, from, reached.node));
        }
    }

    #[test]
    fn a_second_walk_knows_nothing_of_the_first(links in any_links(), first in 0..NODES, second in 0..NODES) {
        let mut sets = sets_of_letters();
        let graph = Csr::pack(NODES as usize, links);
        let mut used = Walker::new(NODES as usize);
        used.reach(&graph, &mut sets, first, |_| true);
        let again = used.reach(&graph, &mut sets, second, |node| node % 2 == 0);
        let fresh = Walker::new(NODES as usize).reach(&graph, &mut sets, second, |node| node % 2 == 0);
        prop_assert_eq!(again, fresh);
    }
}

#[test]
fn groups_nested_in_a_circle_end_the_walk_and_count_once() {
    let link = |from, to| Link { from, to, set: 0 };
    let graph = Csr::pack(5, vec![link(0, 1), link(1, 2), link(2, 3), link(3, 1), link(3, 4)]);
    let mut walker = Walker::new(5);
    assert_eq!(walker.closure(&graph, 0, |node| node != 4), [1, 2, 3]);
    assert_eq!(walker.path(3), [0, 1, 2, 3]);
    assert!(walker.path(4).is_empty());
}
