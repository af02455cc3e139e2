//! What a picture says, node by node, as hashes: what changed between two deliveries, and whether anything did.
//!
//! A node's hash covers everything that it says and everything that it leads to, with permissions: who gains a grant
//! has changed.

use std::collections::{BTreeMap, BTreeSet};

use domain::inventory::{Node, Picture, Value};
use sha2::{Digest, Sha256};

/// Hashes of the nodes of a picture, by family code and id.
pub(crate) type Contents = BTreeMap<(u8, String), u64>;

/// The content of every node of a picture.
pub(crate) fn contents(picture: &Picture) -> Contents {
    let keys = picture.nodes.iter().map(|node| (node.family.code(), node.id.clone()));
    keys.zip(hashes(picture)).collect()
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
}

impl Difference {
    /// Compares two sets of nodes by id and content hash.
    pub(crate) fn between(before: &Contents, after: &Contents) -> Self {
        let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        let mut difference = Self::default();
        for key in keys {
            match (before.get(key), after.get(key)) {
                (None, Some(_)) => difference.created += 1,
                (Some(_), None) => difference.removed += 1,
                (Some(old), Some(new)) if old != new => difference.updated += 1,
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
        difference
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
    hashers
        .into_iter()
        .map(|hasher| {
            let hash: [u8; 32] = hasher.finalize().into();
            hash.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
        })
        .collect()
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
#[path = "content_tests.rs"]
mod tests;
