//! What the previous review of the same workflow decided: about an account itself, about others who hold the same, and
//! about its peers.
//!
//! Only a completed review teaches, whose decisions change no more, and only what people decided: a rule would learn from
//! itself. Which review that is, is frozen with the inputs.

use std::collections::HashMap;

use domain::advice::{Earlier, Lean, Tally};
use domain::ids::{ReviewId, WorkflowId};
use domain::inventory::Family;
use domain::page::{PageState, ROWS};
use domain::review::CertState;
use domain::row::Decision;
use serde::{Deserialize, Serialize};
use store::lookup::IdentityHash;

use super::graph::Graph;
use super::peers::{ALIKE, NO_GROUP, Peers, narrow};
use crate::deps::Deps;
use crate::error::Error;

/// How many reviews of a workflow are looked at for a completed one.
const LOOKED_AT: usize = 20;

/// The review whose decisions teach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Previous {
    pub(crate) review: ReviewId,
    pub(crate) attempt: u32,
    pub(crate) rows: u32,
}

/// By account id, whether the access was rejected. Accounts that nobody decided on are not in it.
pub(crate) type Decided = HashMap<IdentityHash, bool>;

/// The last review of a workflow before `own` that was completed or has expired; `None` when there is none among the
/// latest. One that was broken off teaches nothing: most of it was never looked at.
pub(crate) async fn previous(deps: &Deps, workflow: &WorkflowId, own: &ReviewId) -> Result<Option<Previous>, Error> {
    let reviews = deps.store.certifications().list(workflow, None, LOOKED_AT).await?.values;
    let mut others = reviews.into_iter().filter(|review| {
        let certification = &review.certification;
        let has_ended = certification.state == CertState::Completed || certification.expired_at.is_some();
        let was_broken_off = certification.terminated_at.is_some();
        certification.id != *own && has_ended && !was_broken_off && certification.total > 0
    });
    Ok(others.next().map(|review| Previous {
        review: review.certification.id,
        attempt: review.attempt,
        rows: review.certification.total,
    }))
}

/// What people decided in a review, by account: the states of its touched pages, and of their blocks the account ids.
pub(crate) async fn decided(deps: &Deps, previous: &Previous) -> Result<Decided, Error> {
    let Previous { review, attempt, rows } = previous;
    let states = deps.store.pages().touched(review, 0..rows.div_ceil(ROWS)).await?;
    let Some(plan) = deps.store.certifications().plan(review, *attempt).await? else { return Ok(Decided::new()) };
    let mut blocks: Vec<u32> = states.keys().filter_map(|page| Some(plan.locate(page * ROWS)?.0)).collect();
    blocks.dedup();
    let mut decided = Decided::new();
    for number in blocks {
        let batch = deps.store.blocks().read(review, *attempt, number).await?.columns(&["source.id"])?;
        for (index, row) in plan.rows_of(number).enumerate() {
            let state = states.get(&(row / ROWS));
            let rejected = state.and_then(|state| rejected(state, row));
            let account = batch.text("source.id", index);
            decided.extend(account.zip(rejected).map(|(account, rejected)| (IdentityHash::of(&[account]), rejected)));
        }
    }
    Ok(decided)
}

/// Whether a person rejected a row; `None` when no person decided.
fn rejected(state: &PageState, row: u32) -> Option<bool> {
    let row = state.row(u8::try_from(row % ROWS).ok()?)?;
    row.decided.as_ref().filter(|mark| !mark.by.is_system())?;
    match row.decision {
        Decision::None => None,
        Decision::Accepted => Some(false),
        Decision::Rejected | Decision::Fixed => Some(true),
    }
}

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
    use crate::loading::testing::{Sketch, text};

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
