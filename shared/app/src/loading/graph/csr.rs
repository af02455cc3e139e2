//! Adjacency in compressed rows: the edges of a merged inventory, eight bytes each.
//!
//! Edges are sorted by origin, target and permission set, so that whatever walks them meets them in the same order on
//! every run; that order is what makes paths and row numbers repeatable.

/// One edge before it is packed: from a node, to a node, carrying the permissions of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Link {
    /// The node that has access.
    pub(crate) from: u32,
    /// The node that it leads to.
    pub(crate) to: u32,
    /// Number of the permission set.
    pub(crate) set: u32,
}

/// Where an edge leads, and with which permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    /// The node at the far end.
    pub(crate) to: u32,
    /// Number of the permission set.
    pub(crate) set: u32,
}

/// Edges grouped by origin.
#[derive(Debug, Default)]
pub(crate) struct Csr {
    /// Where the edges of each node start in `targets`; one entry more than there are nodes.
    starts: Vec<u32>,
    targets: Vec<Target>,
}

impl Csr {
    /// Packs `links` of `nodes` nodes; repeated ones are kept once. A link whose origin is not a node is left out.
    pub(crate) fn pack(nodes: usize, mut links: Vec<Link>) -> Self {
        links.sort_unstable();
        links.dedup();
        links.retain(|link| (link.from as usize) < nodes);
        let mut starts = vec![0_u32; nodes + 1];
        for link in &links {
            if let Some(count) = starts.get_mut(link.from as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let targets = links.into_iter().map(|link| Target { to: link.to, set: link.set }).collect();
        Self { starts, targets }
    }

    /// What `node` leads to, sorted by target; empty for a node without edges.
    pub(crate) fn of(&self, node: u32) -> &[Target] {
        let at = node as usize;
        let (Some(from), Some(to)) = (self.starts.get(at), self.starts.get(at + 1)) else { return &[] };
        self.targets.get(*from as usize..*to as usize).unwrap_or_default()
    }

    /// The edges from one node to another, by permission set.
    pub(crate) fn between(&self, from: u32, to: u32) -> &[Target] {
        let all = self.of(from);
        let first = all.partition_point(|target| target.to < to);
        let last = all.partition_point(|target| target.to <= to);
        all.get(first..last).unwrap_or_default()
    }

    /// How many nodes there are.
    pub(crate) fn nodes(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// How many edges there are.
    pub(crate) fn edges(&self) -> usize {
        self.targets.len()
    }

    /// Bytes held in memory: eight an edge and four a node.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.starts.as_slice()) + size_of_val(self.targets.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_come_sorted_and_once() {
        let link = |from, to, set| Link { from, to, set };
        let csr = Csr::pack(3, vec![link(2, 0, 1), link(0, 2, 0), link(0, 1, 7), link(0, 2, 0), link(0, 1, 3)]);
        let of = |node| csr.of(node).iter().map(|target| (target.to, target.set)).collect::<Vec<_>>();
        assert_eq!(of(0), [(1, 3), (1, 7), (2, 0)]);
        assert_eq!(of(1), []);
        assert_eq!(of(2), [(0, 1)]);
        assert_eq!(of(9), []);
    }

    #[test]
    fn an_edge_takes_eight_bytes_and_a_node_four() {
        let nodes = 1_000;
        let links: Vec<Link> = (0..50_000).map(|n| Link { from: n % 1_000, to: n / 1_000, set: 0 }).collect();
        let csr = Csr::pack(nodes, links);
        assert_eq!(csr.edges(), 50_000);
        assert_eq!(csr.bytes(), 50_000 * 8 + (nodes + 1) * 4);
    }
}
