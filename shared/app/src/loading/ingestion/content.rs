//! What a picture says, node by node, as hashes: what changed between two deliveries, and whether anything did.
//!
//! A node's hash covers everything that it says and everything that it leads to, with permissions: who gains a grant
//! has changed.

use std::collections::{BTreeMap, BTreeSet};

use domain::inventory::{Edge, Node, Picture, Value};
use sha2::{Digest, Sha256};

/// What a picture says: hashes of its nodes, and which of them lead where.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    /// By family code and id.
    nodes: BTreeMap<(u8, String), u64>,
    /// From what to what with which permission, each as one hash, ascending.
    links: Vec<u64>,
}

impl Contents {
    /// The content of a picture.
    pub(crate) fn of(picture: &Picture) -> Self {
        let keys = picture.nodes.iter().map(|node| (node.family.code(), node.id.clone()));
        let mut links: Vec<u64> = picture.edges.iter().flat_map(|edge| links_of(picture, edge)).collect();
        links.sort_unstable();
        Self { nodes: keys.zip(hashes(picture)).collect(), links }
    }

    /// Whether it has a node with this family and id.
    pub(crate) fn has(&self, node: &Node) -> bool {
        self.nodes.contains_key(&(node.family.code(), node.id.clone()))
    }

    /// How many nodes there are.
    pub(crate) fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// How many links there are.
    pub(crate) fn links(&self) -> usize {
        self.links.len()
    }
}

/// What came, changed and went between two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Difference {
    /// Nodes that were not there before.
    pub(crate) created: u64,
    /// Nodes that say something else than before, or lead elsewhere.
    pub(crate) updated: u64,
    /// Nodes that are gone.
    pub(crate) removed: u64,
    /// Links that are gone: memberships, grants, and whatever else leads from one node to another.
    pub(crate) links_removed: u64,
}

impl Difference {
    /// Compares two contents: nodes by id and hash, links as they are.
    pub(crate) fn between(before: &Contents, after: &Contents) -> Self {
        let keys: BTreeSet<_> = before.nodes.keys().chain(after.nodes.keys()).collect();
        let mut difference = Self { links_removed: missing(&before.links, &after.links), ..Self::default() };
        for key in keys {
            match (before.nodes.get(key), after.nodes.get(key)) {
                (None, Some(_)) => difference.created += 1,
                (Some(_), None) => difference.removed += 1,
                (Some(old), Some(new)) if old != new => difference.updated += 1,
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
        difference
    }
}

/// How many of the first are not among the second; both ascend.
fn missing(first: &[u64], second: &[u64]) -> u64 {
    let mut others = second.iter().peekable();
    let mut missing = 0;
    for one in first {
        while others.next_if(|other| *other < one).is_some() {}
        if others.next_if_eq(&one).is_none() {
            missing += 1;
        }
    }
    missing
}

/// The hashes of what leads from one node to another: one for each permission, and one where there are none.
fn links_of(picture: &Picture, edge: &Edge) -> Vec<u64> {
    let mut ends = Sha256::new();
    for end in [edge.from, edge.to] {
        if let Some(node) = picture.nodes.get(end as usize) {
            ends.update([node.family.code()]);
            feed(&mut ends, &node.id);
        }
    }
    let set = picture.permission_sets.get(edge.permissions as usize);
    let raw = set.map(|set| if set.raw.is_empty() { set.effective.as_slice() } else { set.raw.as_slice() });
    let link = |permission: &String| {
        let mut hasher = ends.clone();
        feed(&mut hasher, permission);
        first_bits(hasher)
    };
    match raw.unwrap_or_default() {
        [] => vec![first_bits(ends)],
        permissions => permissions.iter().map(link).collect(),
    }
}

/// The first 64 bits of a hash over everything that each node says, its outgoing edges included.
fn hashes(picture: &Picture) -> Vec<u64> {
    let mut hashers: Vec<Sha256> = picture.nodes.iter().map(node_hasher).collect();
    for edge in &picture.edges {
        let (from, to) = (hashers.get_mut(edge.from as usize), picture.nodes.get(edge.to as usize));
        if let (Some(hasher), Some(node)) = (from, to) {
            hasher.update([node.family.code()]);
            feed(hasher, &node.id);
            if let Some(set) = picture.permission_sets.get(edge.permissions as usize) {
                feed_list(hasher, &set.raw);
                feed_list(hasher, &set.effective);
            }
        }
    }
    hashers.into_iter().map(first_bits).collect()
}

fn first_bits(hasher: Sha256) -> u64 {
    let hash: [u8; 32] = hasher.finalize().into();
    hash.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

fn node_hasher(node: &Node) -> Sha256 {
    let mut hasher = Sha256::new();
    hasher.update([node.family.code()]);
    feed(&mut hasher, &node.id);
    feed(&mut hasher, &node.name);
    feed(&mut hasher, &node.node_type);
    hasher.update((node.attributes.len() as u64).to_be_bytes());
    for (name, value) in &node.attributes {
        feed(&mut hasher, name);
        match value {
            Value::Bool(value) => hasher.update([1, u8::from(*value)]),
            Value::Int(value) => hasher.update([[2].as_slice(), &value.to_be_bytes()].concat()),
            // The bits of a fraction, not its value: equal bits are equal content, and nothing is rounded.
            Value::Float(value) => hasher.update([[3].as_slice(), &value.to_bits().to_be_bytes()].concat()),
            Value::Time(value) => hasher.update([[4].as_slice(), &value.as_millisecond().to_be_bytes()].concat()),
            Value::Text(value) => {
                hasher.update([5]);
                feed(&mut hasher, value);
            }
            Value::List(values) => {
                hasher.update([6]);
                feed_list(&mut hasher, values);
            }
        }
    }
    hasher
}

fn feed(hasher: &mut Sha256, text: &str) {
    hasher.update((text.len() as u64).to_be_bytes());
    hasher.update(text.as_bytes());
}

fn feed_list(hasher: &mut Sha256, texts: &[String]) {
    hasher.update((texts.len() as u64).to_be_bytes());
    for text in texts {
        feed(hasher, text);
    }
}

#[cfg(test)]
mod tests;
