//! Rows that change hands while people work on them, in bad weather: whoever may act on a row is told so by their reach
//! and by the row, and the two never disagree.

use std::collections::BTreeSet;

use domain::counts::Counts;
use domain::ids::RowId;
use domain::page::PageState;
use domain::row::Decision;
use domain::user::{Role, UserKey};
use engine::Faults;
use futures::future::{BoxFuture, FutureExt, join_all};

use super::bed::{Bed, accounts, user};
use crate::deps::Deps;
use crate::review::{self, SignOffInput, UpdateInput, UserReference};
use crate::simulated::{each_seed, seeds};
use crate::{Call, Error, certification};

const PEOPLE: [&str; 4] = ["ann", "bob", "cid", "dan"];
const ROWS: u32 = 70;

fn truthful<T>(outcome: Result<T, Error>) -> Option<T> {
    match outcome {
        Ok(done) => Some(done),
        Err(Error::Bug(bug)) => panic!("a bug: {bug}"),
        Err(_) => None,
    }
}

async fn client(bed: &Bed, deps: Deps, name: &'static str, role: Role, mut draw: fastrand::Rng) -> u64 {
    let mut signed_off = 0;
    for _ in 0..8 {
        let call = Call { repeatable: draw.bool(), ..bed.call(name, role) };
        let row = RowId(draw.u32(0..ROWS));
        let reference = |name: &str| {
            let user = user(name);
            UserReference { user_type: user.user_type, id: user.id, email: None, name: None }
        };
        let update = match draw.u8(0..4) {
            0 => {
                let reviewers = (0..draw.usize(1..3)).map(|_| reference(PEOPLE[draw.usize(0..4)])).collect();
                UpdateInput { reviewers: Some(reviewers), ..UpdateInput::default() }
            }
            1 => {
                let outcome = review::sign_off(&deps, &call, bed.review, SignOffInput::AssignedToMe).await;
                signed_off += truthful(outcome).map_or(0, |outcome| outcome.signed_off);
                continue;
            }
            _ => UpdateInput {
                decision: Some(Decision::ALL[draw.usize(0..4)]),
                notes: draw.bool().then(|| format!("because {}", draw.u8(..))),
                ..UpdateInput::default()
            },
        };
        truthful(review::update(&deps, &call, bed.review, row, update).await);
    }
    signed_off
}

async fn one_seed(seed: u64) -> u64 {
    let bed = Bed::certification(accounts(ROWS as usize, &PEOPLE)).await;
    bed.engine.set_faults(if seed.is_multiple_of(3) { Faults::races(seed) } else { Faults::storm(seed) }).unwrap();
    let mut draw = fastrand::Rng::with_seed(seed);
    let people = PEOPLE.map(|name| (name, Role::Reviewer)).into_iter().chain([("opal", Role::Operator)]);
    let clients: Vec<BoxFuture<'_, u64>> =
        people.map(|(name, role)| client(&bed, bed.another(), name, role, draw.fork()).boxed()).collect();
    let signed_off = join_all(clients).await.into_iter().sum();
    bed.engine.clear_faults();
    check(&bed).await;
    signed_off
}

async fn check(bed: &Bed) {
    let (store, id) = (bed.another().store, bed.review);
    assert_eq!(store.pages().broken(&id, 0..2).await.unwrap(), [], "every state is the fold of its log");
    let states = store.pages().states(&id, &[0, 1]).await.unwrap();
    let tally = store.certifications().tally(&id).await.unwrap();
    assert_eq!(tally.counts, states.values().map(|state| state.masks().counts()).sum::<Counts>());
    for name in PEOPLE {
        let key = user(name).key();
        let reach = store.reaches().of(&key, &id, 1).await.unwrap();
        for row in (0..ROWS).map(RowId) {
            let reached = reach.mask(row.page()) & row.bit() != 0;
            assert_eq!(reached, effective(bed, &states[&row.page()], row).contains(&key), "{name} and row {row}");
        }
    }
    let outcome = certification::complete(&bed.deps, &bed.operator(), id).await;
    assert_eq!(outcome.is_ok(), tally.counts.signed_off == i64::from(ROWS), "only a finished review completes");
}

fn effective(bed: &Bed, state: &PageState, row: RowId) -> BTreeSet<UserKey> {
    match state.row(row.slot()).and_then(|row| row.reviewers.as_ref()) {
        Some(changed) => changed.iter().cloned().collect(),
        None => bed.rows[row.0 as usize].reviewers.iter().map(|name| user(name).key()).collect(),
    }
}

#[test]
fn reach_and_reviewers_never_disagree() {
    let signed_off: u64 = each_seed(seeds(), one_seed).into_iter().sum();
    assert!(signed_off > seeds(), "only {signed_off} rows were signed off: this proves little");
}
