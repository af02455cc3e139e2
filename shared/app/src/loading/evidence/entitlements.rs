//! What an account holds beside the access under review: groups through any nesting, and the roles that account and
//! groups hold.

use domain::inventory::Family;

use crate::loading::graph::{Graph, Walker};

/// Groups and roles of one account, each sorted by name and then id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Entitlements {
    /// Groups, also those that a group is nested in.
    pub(crate) groups: Vec<u32>,
    /// Roles, also those contained in a role and those held by a group.
    pub(crate) roles: Vec<u32>,
}

impl Entitlements {
    /// Everything that `account` holds.
    pub(crate) fn of(graph: &Graph, walker: &mut Walker, account: u32) -> Self {
        let (groups, roles) = (graph.family(Family::Group), graph.family(Family::Role));
        let held = walker.closure(graph.edges(), account, |node| groups.contains(&node) || roles.contains(&node));
        let (mut groups, mut roles): (Vec<u32>, Vec<u32>) = held.into_iter().partition(|node| groups.contains(node));
        for list in [&mut groups, &mut roles] {
            list.sort_by_key(|node| (graph.name(*node), graph.id(*node), *node));
        }
        Self { groups, roles }
    }

    /// The same from a list of groups by name, then roles by name.
    pub(crate) fn listed(graph: &Graph, held: &[u32]) -> Self {
        let groups = graph.family(Family::Group);
        let (groups, roles) = held.split_at(held.partition_point(|node| groups.contains(node)));
        Self { groups: groups.to_vec(), roles: roles.to_vec() }
    }
}
