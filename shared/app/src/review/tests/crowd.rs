//! Fifty reviewers decide and sign off at the same time, in bad weather: counts are exact, logs complete, chains whole,
//! and the review can be completed when the last one is through.

use std::collections::BTreeMap;

use domain::counts::Counts;
use domain::ids::RowId;
use domain::page::Change;
use domain::row::Decision;
use domain::user::Role;
use engine::Faults;
use futures::future::{FutureExt, LocalBoxFuture, join_all};

use super::bed::{Bed, accounts};
use crate::deps::Deps;
use crate::review::{self, BulkInput, RowFilter, Selection, SignOffInput, UpdateInput};
use crate::simulated::{answered, each_seed, seeds};
use crate::{Call, certification};

const REVIEWERS: usize = 50;
const ROWS: usize = 1_000;

/// Rejects what is risky, accepts the rest, signs everything off; answers how many rows were signed off.
async fn reviewer(bed: &Bed, deps: Deps, name: &str) -> u64 {
    for (filter, decision) in
        [("destination.id pr", Decision::Accepted), ("source.account_type eq \"service\"", Decision::Rejected)]
    {
        let call = Call { repeatable: true, ..bed.call(name, Role::Reviewer) };
        let filter = RowFilter {
            filter: Some(filter.to_owned()),
            mutable_filter: Some("signed_off_state ne \"SIGNED_OFF\"".to_owned()),
            ..RowFilter::default()
        };
        let change = UpdateInput {
            decision: Some(decision),
            notes: Some(format!("{name} has looked")),
            ..UpdateInput::default()
        };
        let input = BulkInput { selection: Selection::Matching(Box::new(filter)), change, after: None };
        answered(async || review::bulk_update(&deps, &call, bed.review, input.clone()).await).await;
    }
    let call = Call { repeatable: true, ..bed.call(name, Role::Reviewer) };
    answered(async || review::sign_off(&deps, &call, bed.review, SignOffInput::AssignedToMe).await).await.signed_off
}

async fn one_seed(seed: u64) {
    let names: Vec<String> = (0..REVIEWERS).map(|n| format!("r{n:02}")).collect();
    let words: Vec<&str> = names.iter().map(String::as_str).collect();
    let bed = Bed::certification(accounts(ROWS, &words)).await;
    bed.engine.set_faults(if seed.is_multiple_of(2) { Faults::races(seed) } else { Faults::storm(seed) }).unwrap();
    let all: Vec<LocalBoxFuture<'_, u64>> =
        words.iter().map(|name| reviewer(&bed, bed.another(), name).boxed_local()).collect();
    let signed_off: u64 = join_all(all).await.into_iter().sum();
    bed.engine.clear_faults();
    assert_eq!(signed_off, ROWS as u64, "seed {seed}: every row is signed off by exactly one of its reviewers");
    check(&bed, seed).await;
}

async fn check(bed: &Bed, seed: u64) {
    let (store, id) = (bed.another().store, bed.review);
    let pages: Vec<u32> = (0..u32::try_from(ROWS.div_ceil(64)).unwrap()).collect();
    assert_eq!(store.pages().broken(&id, 0..64).await.unwrap(), [], "seed {seed}: a chain is broken");
    let states = store.pages().states(&id, &pages).await.unwrap();
    let tally = store.certifications().tally(&id).await.unwrap();
    assert_eq!(tally.counts, states.values().map(|state| state.masks().counts()).sum::<Counts>(), "seed {seed}");
    assert_eq!(tally.counts.signed_off, i64::try_from(ROWS).unwrap(), "seed {seed}");
    assert_eq!(tally.counts.accepted + tally.counts.rejected, i64::try_from(ROWS).unwrap(), "seed {seed}");

    let logs = store.pages().logs(&id, &pages).await.unwrap();
    let mut sign_offs: BTreeMap<RowId, usize> = BTreeMap::new();
    for (page, log) in &logs {
        for (entry, act) in log.iter().flat_map(|entry| entry.acts.iter().map(move |act| (entry, act))) {
            let rows = (0..64).filter(|slot| act.rows & 1 << slot != 0).filter_map(|slot| RowId::at(*page, slot));
            for row in rows {
                let reviewers = &bed.rows[row.0 as usize].reviewers;
                let actor = entry.actor.id().to_owned();
                assert!(reviewers.contains(&actor), "seed {seed}: {actor} acted on row {row}, which is not theirs");
                *sign_offs.entry(row).or_default() += usize::from(act.change == Change::SignedOff);
            }
        }
    }
    assert!(sign_offs.len() == ROWS && sign_offs.values().all(|times| *times == 1), "seed {seed}");
    certification::complete(&bed.deps, &bed.operator(), id).await.unwrap();
}

#[test]
fn fifty_reviewers_sign_off_at_once_and_nothing_is_lost() {
    // A thousand rows take their time.
    let _ = each_seed(seeds().div_ceil(60), one_seed);
}
