//! One picture, one form: the same facts give the same bytes, whatever order they came in.

use std::collections::BTreeSet;

use super::{Edge, PermissionSet, Picture};

impl Picture {
    /// Sorts nodes by family and id, edges by origin and target, unites edges between the same two nodes (their
    /// permissions together), and keeps each permission set that is in use once, sorted, the empty one first.
    ///
    /// Call it after [`Picture::validate`]; edges and sets that point nowhere are dropped. Nodes are sorted by
    /// comparison, edges in linear time.
    pub fn normalise(&mut self) {
        let moved = self.sort_nodes();
        let nodes = self.nodes.len();
        let edges = std::mem::take(&mut self.edges);
        let place = |index: u32| moved.get(index as usize).copied();
        let edges = edges.into_iter().filter_map(|edge| {
            Some(Edge { from: place(edge.from)?, to: place(edge.to)?, permissions: edge.permissions })
        });
        let edges = counting_sort(edges.collect(), nodes, |edge| edge.to);
        let edges = counting_sort(edges, nodes, |edge| edge.from);
        self.edges = self.unite(edges);
        self.tidy_permissions();
    }

    /// Sorts the nodes and tells where each went.
    fn sort_nodes(&mut self) -> Vec<u32> {
        let nodes = std::mem::take(&mut self.nodes);
        let mut numbered: Vec<_> = nodes.into_iter().enumerate().collect();
        numbered.sort_by(|(_, a), (_, b)| (a.family, &a.id).cmp(&(b.family, &b.id)));
        let mut moved = vec![0; numbered.len()];
        for (to, (from, _)) in numbered.iter().enumerate() {
            if let Some(place) = moved.get_mut(*from) {
                *place = to as u32;
            }
        }
        self.nodes = numbered.into_iter().map(|(_, node)| node).collect();
        moved
    }

    /// Makes one edge of those between the same two nodes, which stand side by side.
    fn unite(&mut self, edges: Vec<Edge>) -> Vec<Edge> {
        let mut united: Vec<Edge> = Vec::with_capacity(edges.len());
        for group in edges.chunk_by(|a, b| (a.from, a.to) == (b.from, b.to)) {
            let distinct: BTreeSet<u32> = group.iter().map(|edge| edge.permissions).filter(|set| *set != 0).collect();
            let permissions = match (distinct.len(), distinct.first()) {
                (_, None) => 0,
                (1, Some(only)) => *only,
                _ => {
                    let mut sum = PermissionSet::default();
                    for set in distinct.iter().filter_map(|set| self.permission_sets.get(*set as usize)) {
                        sum.raw.extend_from_slice(&set.raw);
                        sum.effective.extend_from_slice(&set.effective);
                    }
                    self.permission_sets.push(sum);
                    self.permission_sets.len() as u32 - 1
                }
            };
            united.extend(group.first().map(|edge| Edge { permissions, ..*edge }));
        }
        united
    }

    /// Sorts and merges equal permission sets and drops those that no edge uses.
    fn tidy_permissions(&mut self) {
        let mut used = vec![false; self.permission_sets.len()];
        for edge in &self.edges {
            if let Some(used) = used.get_mut(edge.permissions as usize) {
                *used = true;
            }
        }
        let sets = std::mem::take(&mut self.permission_sets).into_iter().enumerate();
        let mut sets: Vec<(usize, PermissionSet)> = sets.filter(|(at, _)| used.get(*at) == Some(&true)).collect();
        sets.iter_mut().for_each(|(_, set)| set.tidy());
        sets.sort_by(|(_, a), (_, b)| a.cmp(b));
        self.permission_sets.push(PermissionSet::default());
        let mut moved = vec![0; used.len()];
        for (from, set) in sets {
            if self.permission_sets.last() != Some(&set) {
                self.permission_sets.push(set);
            }
            if let Some(place) = moved.get_mut(from) {
                *place = self.permission_sets.len() as u32 - 1;
            }
        }
        for edge in &mut self.edges {
            edge.permissions = moved.get(edge.permissions as usize).copied().unwrap_or_default();
        }
    }
}

/// A stable sort by a node index, in time linear in edges and nodes.
fn counting_sort(edges: Vec<Edge>, nodes: usize, key: impl Fn(&Edge) -> u32) -> Vec<Edge> {
    let mut starts = vec![0usize; nodes + 1];
    for edge in &edges {
        if let Some(count) = starts.get_mut(key(edge) as usize + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut sorted = vec![Edge { from: 0, to: 0, permissions: 0 }; edges.len()];
    for edge in edges {
        if let Some(next) = starts.get_mut(key(&edge) as usize) {
            if let Some(place) = sorted.get_mut(*next) {
                *place = edge;
            }
            *next += 1;
        }
    }
    sorted
}
