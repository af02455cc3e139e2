//! What a node reaches, with which permissions, and one path that explains it.
//!
//! Breadth first over edges in their packed order: every node is entered once, so nesting may be deep and may run in
//! circles, and the path that is shown is the shortest one, the smallest node numbers deciding between equals.

use super::csr::{Csr, Target};
use super::sets::Sets;

/// "No node": what the first node of a path was entered from.
const NOWHERE: u32 = u32::MAX;

/// One destination of a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reached {
    /// The node reached.
    pub(crate) node: u32,
    /// Number of the accumulated permission set: the union over every edge that leads here from anything reached.
    pub(crate) set: u32,
}

/// Walks one graph from one node after another, with buffers that are kept between walks.
#[derive(Debug)]
pub(crate) struct Walker {
    /// The walk in which each node was last entered.
    entered: Vec<u32>,
    /// What each node was entered from in that walk.
    parent: Vec<u32>,
    queue: Vec<u32>,
    arrivals: Vec<Target>,
    walk: u32,
}

impl Walker {
    /// For a graph of `nodes` nodes.
    pub(crate) fn new(nodes: usize) -> Self {
        Self { entered: vec![0; nodes], parent: vec![NOWHERE; nodes], queue: Vec::new(), arrivals: Vec::new(), walk: 0 }
    }

    /// Everything that `from` reaches and `wanted` accepts, sorted by node. `from` itself is a destination only when an
    /// edge leads back to it and it is wanted.
    pub(crate) fn reach(
        &mut self,
        graph: &Csr,
        sets: &mut Sets,
        from: u32,
        wanted: impl Fn(u32) -> bool,
    ) -> Vec<Reached> {
        self.start(from);
        let mut next = 0;
        while let Some(node) = self.queue.get(next).copied() {
            next += 1;
            for target in graph.of(node) {
                if wanted(target.to) {
                    self.arrivals.push(*target);
                }
                self.enter(target.to, node);
            }
        }
        self.arrivals.sort_unstable();
        self.arrivals.dedup();
        let mut reached = Vec::new();
        let mut numbers = Vec::new();
        for same in self.arrivals.chunk_by(|one, other| one.to == other.to) {
            numbers.clear();
            numbers.extend(same.iter().map(|target| target.set));
            if let Some(first) = same.first() {
                reached.push(Reached { node: first.to, set: sets.union(&numbers) });
            }
        }
        reached
    }

    /// Every node that `from` reaches over nodes that `through` accepts, sorted, without `from`. A node that is not
    /// accepted is neither listed nor walked through.
    pub(crate) fn closure(&mut self, graph: &Csr, from: u32, through: impl Fn(u32) -> bool) -> Vec<u32> {
        self.start(from);
        let mut next = 0;
        while let Some(node) = self.queue.get(next).copied() {
            next += 1;
            for target in graph.of(node) {
                if through(target.to) {
                    self.enter(target.to, node);
                }
            }
        }
        let mut nodes: Vec<u32> = self.queue.iter().copied().filter(|node| *node != from).collect();
        nodes.sort_unstable();
        nodes
    }

    /// The path of the last walk to `to`, from the origin on; empty when the walk did not come there.
    pub(crate) fn path(&self, to: u32) -> Vec<u32> {
        let mut path = Vec::new();
        let mut node = to;
        while self.entered.get(node as usize) == Some(&self.walk) && path.len() <= self.queue.len() {
            path.push(node);
            match self.parent.get(node as usize) {
                Some(parent) if *parent != NOWHERE => node = *parent,
                Some(_) | None => break,
            }
        }
        path.reverse();
        path
    }

    fn start(&mut self, from: u32) {
        self.queue.clear();
        self.arrivals.clear();
        // INVARIANT: zero is never a walk, so that a fresh buffer holds no visits.
        self.walk = match self.walk.checked_add(1) {
            Some(walk) => walk,
            None => {
                self.entered.fill(0);
                1
            }
        };
        self.enter(from, NOWHERE);
    }

    fn enter(&mut self, node: u32, parent: u32) {
        let at = node as usize;
        let (Some(entered), Some(from)) = (self.entered.get_mut(at), self.parent.get_mut(at)) else { return };
        if *entered != self.walk {
            *entered = self.walk;
            *from = parent;
            self.queue.push(node);
        }
    }
}

#[cfg(test)]
mod tests;
