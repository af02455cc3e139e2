//! What was decided before about accounts, those who hold the same and those who are alike.

use std::collections::HashMap;

use domain::advice::{Earlier, Lean, Tally};
use domain::inventory::Family;
use store::lookup::IdentityHash;

use super::{ALIKE, NO_GROUP, Peers, narrow};
use crate::loading::evidence::past::Decided;
use crate::loading::graph::Graph;

/// Past decisions by everything that accounts have in common.
#[derive(Debug, Default)]
pub(crate) struct Past {
    first: u32,
    own: Vec<Option<bool>>,
    all: Tally,
    holders: HashMap<u32, Tally>,
    circles: Vec<Circles>,
}

/// The circles of accounts that agree in so many columns.
#[derive(Debug)]
struct Circles {
    of_accounts: Vec<u32>,
    tallies: HashMap<u32, Tally>,
}

impl Past {
    /// Counts decisions on the accounts of a graph; those on accounts that are gone count no more.
    pub(crate) fn of(graph: &Graph, peers: &Peers, decided: &Decided) -> Self {
        if decided.is_empty() {
            return Self::default();
        }
        let accounts = graph.family(Family::Account);
        let own: Vec<Option<bool>> =
            accounts.clone().map(|account| decided.get(&IdentityHash::of(&[graph.id(account)])).copied()).collect();
        let mut past = Self { first: accounts.start, own, ..Self::default() };
        for (account, rejected) in accounts.clone().zip(&past.own) {
            let Some(rejected) = rejected else { continue };
            past.all.add(*rejected);
            for held in peers.held(account) {
                past.holders.entry(*held).or_default().add(*rejected);
            }
        }
        let mut circle = vec![0; accounts.len()];
        for (column, _) in ALIKE {
            narrow(graph, column, &mut circle);
            let mut tallies: HashMap<u32, Tally> = HashMap::new();
            for (circle, rejected) in circle.iter().zip(&past.own) {
                if let Some(rejected) = rejected {
                    tallies.entry(*circle).or_default().add(*rejected);
                }
            }
            tallies.remove(&NO_GROUP);
            past.circles.push(Circles { of_accounts: circle.clone(), tallies });
        }
        past
    }

    fn place(&self, account: u32) -> Option<usize> {
        account.checked_sub(self.first).map(|place| place as usize).filter(|place| *place < self.own.len())
    }

    /// What was decided about the account itself.
    pub(crate) fn own(&self, account: u32) -> Option<Earlier> {
        let rejected = self.own.get(self.place(account)?).copied().flatten()?;
        Some(if rejected { Earlier::Rejected } else { Earlier::Approved })
    }

    /// What was decided about the others who hold a group or role.
    pub(crate) fn on_holders(&self, account: u32, held: u32) -> Option<Lean> {
        let own = self.own.get(self.place(account)?).copied().flatten();
        let tally = others(self.holders.get(&held).copied().unwrap_or_default(), own);
        Lean::narrowing(others(self.all, own).base(), [tally])
    }

    /// What was decided about the others who are alike.
    pub(crate) fn on_peers(&self, account: u32) -> Option<Lean> {
        let place = self.place(account)?;
        let own = self.own.get(place).copied().flatten();
        let tallies = self.circles.iter().map(|circles| {
            let circle = circles.of_accounts.get(place).and_then(|circle| circles.tallies.get(circle));
            circle.map_or(Tally::default(), |tally| others(*tally, own))
        });
        Lean::narrowing(others(self.all, own).base(), tallies)
    }
}

fn others(tally: Tally, own: Option<bool>) -> Tally {
    own.map_or(tally, |rejected| tally.without(rejected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loading::graph::Walker;
    use crate::testing::sketch::{Sketch, text};

    #[test]
    fn decisions_on_others_count_for_holders_and_peers_and_never_ones_own() {
        let mut sketch = Sketch::default().node(Family::Role, "payer", &[]).node(Family::Role, "reader", &[]);
        for n in 0..6 {
            let id = format!("a{n}");
            sketch = sketch.account(&id, &[("department", text("Finance")), ("title", text("Clerk"))]);
            sketch = sketch.edge(&id, if n < 3 { "payer" } else { "reader" });
        }
        let graph = sketch.graph();
        let decided: Decided = [("a0", true), ("a1", true), ("a4", false), ("gone", true)]
            .into_iter()
            .map(|(id, rejected)| (IdentityHash::of(&[id]), rejected))
            .collect();
        let peers = Peers::of(&graph, &mut Walker::new(graph.len())).with_past(&graph, &decided);
        let account = |id: &str| graph.find(Family::Account, id, None).unwrap();
        let role = |id: &str| graph.find(Family::Role, id, None).unwrap();
        let past = peers.past();
        assert_eq!(past.own(account("a0")), Some(Earlier::Rejected));
        assert_eq!(past.own(account("a4")), Some(Earlier::Approved));
        assert_eq!(past.own(account("a2")), None);
        let tally = |lean: Option<Lean>| lean.map(|lean| (lean.tally.rejected, lean.tally.of));
        assert_eq!(tally(past.on_holders(account("a2"), role("payer"))), Some((2, 2)));
        assert_eq!(tally(past.on_holders(account("a0"), role("payer"))), Some((1, 1)), "but its own");
        assert_eq!(tally(past.on_holders(account("a4"), role("reader"))), None);
        assert_eq!(tally(past.on_peers(account("a5"))), Some((2, 3)));
        assert_eq!(tally(past.on_peers(account("a4"))), Some((2, 2)));
        assert!(past.on_holders(account("a2"), role("payer")).unwrap().by > 0);
    }
}
