//! How many of those who are alike hold the same.

use std::collections::HashMap;

use crate::read::Grants;

/// What a grant's peers hold. Peers are those who agree in the first so many of the attributes that make peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Share {
    /// Peers that hold the same resource.
    pub(crate) with: u32,
    /// Peers, the subject aside.
    pub(crate) of: u32,
    /// In how many attributes they agree.
    pub(crate) alike: u8,
}

impl Share {
    /// How rare the resource is among the peers, in millionths.
    pub(crate) fn rarity(self) -> u32 {
        let held = u64::from(self.with) * 1_000_000 / u64::from(self.of.max(1));
        1_000_000_u32.saturating_sub(u32::try_from(held).unwrap_or(1_000_000))
    }
}

/// Fewer peers than these tell nothing: the circle is drawn wider.
const FEW: u32 = 10;

/// What the peers of every grant hold: of the narrowest circle that has enough peers, else of the widest.
pub(crate) fn shares(grants: &Grants) -> Vec<Share> {
    let mut shares = vec![Share::default(); grants.len()];
    let mut groups: Vec<u32> = vec![0; grants.len()];
    for alike in 0..=grants.peers.len() {
        if let Some(attribute) = alike.checked_sub(1).and_then(|at| grants.peers.get(at)) {
            groups = narrowed(
                &groups,
                &grants.attributes.get(*attribute).map(|held| held.codes.clone()).unwrap_or_default(),
            );
        }
        let level = u8::try_from(alike).unwrap_or(u8::MAX);
        for (held, found) in shares.iter_mut().zip(of_groups(grants, &groups, level)) {
            if alike == 0 || found.of >= FEW {
                *held = found;
            }
        }
    }
    shares
}

/// Groups that also agree in one more attribute, numbered anew.
fn narrowed(groups: &[u32], codes: &[u32]) -> Vec<u32> {
    let mut numbers: HashMap<(u32, u32), u32> = HashMap::new();
    let pairs = groups.iter().zip(codes);
    pairs
        .map(|(group, code)| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *numbers.entry((*group, *code)).or_insert(next)
        })
        .collect()
}

fn of_groups(grants: &Grants, groups: &[u32], alike: u8) -> impl Iterator<Item = Share> {
    let members = counted(groups.iter().zip(&grants.subjects).map(|(group, subject)| (*group, 0, *subject)));
    let holding = groups.iter().zip(&grants.resources).zip(&grants.subjects);
    let holders = counted(holding.map(|((group, resource), subject)| (*group, *resource, *subject)));
    groups.iter().zip(&grants.resources).map(move |(group, resource)| {
        let others = |count: Option<&u32>| count.copied().unwrap_or(0).saturating_sub(1);
        Share { with: others(holders.get(&(*group, *resource))), of: others(members.get(&(*group, 0))), alike }
    })
}

/// How many different subjects there are by group and resource.
fn counted(triples: impl Iterator<Item = (u32, u32, u32)>) -> HashMap<(u32, u32), u32> {
    let mut triples: Vec<(u32, u32, u32)> = triples.collect();
    triples.sort_unstable();
    triples.dedup();
    let mut counts: HashMap<(u32, u32), u32> = HashMap::new();
    for (group, resource, _) in triples {
        *counts.entry((group, resource)).or_default() += 1;
    }
    counts
}
