//! Rules and people decide at the same time, in bad weather: what a person was told to be done stands, whatever rules say.

use std::collections::HashMap;

use domain::counts::Counts;
use domain::decide::Verdict;
use engine::Faults;
use futures::future::{BoxFuture, FutureExt, join_all};
use store::Store;

use super::*;
use crate::Error;
use crate::deps::Deps;
use crate::review::DecideInput;
use crate::review::decide;
use crate::simulated::{each_seed, seeds};
use crate::testing::stand::TABLE;

/// What people were told, by account: the last thing that was acknowledged, or that nobody knows.
type Told = HashMap<String, Option<Verdict>>;

/// A person who decides about accounts of their own choice, each once.
async fn person(scene: &Scene, deps: Deps, own: u32, mut draw: fastrand::Rng) -> Told {
    let mut told = Told::new();
    for n in (0..200_u32).filter(|n| n % 4 == own) {
        if draw.u8(0..3) > 0 {
            continue;
        }
        let verdict = Verdict::ALL[draw.usize(0..4)];
        let account = format!("a{n:04}");
        let call = scene.call_of(if n % 2 == 0 { "lena" } else { "omar" }, Role::Reviewer);
        match decide(&deps, &call, scene.campaign, &account, DecideInput { verdict, comment: None }).await {
            Ok(_) => told.insert(account, Some(verdict)),
            Err(Error::Unavailable(_)) => told.insert(account, None),
            // A rule may have handed the row to somebody else.
            Err(Error::NotFound(_)) => continue,
            Err(error) => panic!("{error:?}"),
        };
    }
    told
}

async fn one_seed(seed: u64) -> usize {
    let scene = Scene::active(200).await;
    scene.rule("account.login_age_days > 180", Wish::Reject).await;
    scene.rule("account.privileged = true", Wish::Flag).await;
    scene.rule("account.department = 'Sales'", Wish::Approve).await;
    scene.rule_of(assigning("account.department = 'Finance'", ReviewerStrategy::Owner)).await;
    let (job, message) = scene.asked().await;
    let engine = &scene.stand.engine;
    engine.set_faults(if seed.is_multiple_of(3) { Faults::races(seed) } else { Faults::storm(seed) }).unwrap();
    let mut draw = fastrand::Rng::with_seed(seed);
    let another = || Deps { store: Store::new(engine.client(), TABLE), ..scene.stand.deps.clone() };
    let mut people: Vec<BoxFuture<'_, Told>> = Vec::new();
    for own in 0..4 {
        people.push(person(&scene, another(), own, draw.fork()).boxed());
    }
    let worker = async { while scene.stand.deliver(&message).await.is_err() {} };
    let (told, ()) = futures::join!(join_all(people), worker);
    engine.clear_faults();
    check(&scene, job, told.into_iter().flatten().collect()).await
}

async fn check(scene: &Scene, job: JobId, told: Told) -> usize {
    let (store, id) = (&scene.stand.deps.store, scene.campaign);
    assert_eq!(store.pages().broken(&id, 0..4).await.unwrap(), [], "every state is the fold of its log");
    let tally = store.certifications().tally(&id).await.unwrap();
    let states = store.pages().touched(&id, 0..4).await.unwrap();
    assert_eq!(tally.counts, states.values().map(|state| state.masks().counts()).sum::<Counts>());
    let mut by_rules = 0;
    for row in scene.rows().await {
        let by_system = row.state.decided_by_system();
        by_rules += usize::from(by_system);
        if let Some(Some(verdict)) = told.get(account(&row)) {
            assert!(!by_system, "{} was decided by a person", account(&row));
            let expected = match verdict {
                Verdict::Approved => Approval::Approved,
                Verdict::Rejected | Verdict::Revoked => Approval::Rejected,
                Verdict::Flagged => Approval::Flagged,
            };
            assert_eq!(status(&row), expected, "{}", account(&row));
        }
    }
    let job = super::super::job(&scene.stand.deps, &scene.stand.call(), job).await.unwrap();
    assert_eq!((job.state, job.processed), (super::super::JobState::Completed, 200));
    let changed: u32 = scene
        .log()
        .await
        .iter()
        .filter(|entry| !causes(entry).is_empty())
        .map(|entry| entry.acts.iter().fold(0_u64, |rows, act| rows | act.rows).count_ones())
        .sum();
    assert_eq!(job.applied, u64::from(changed), "what rules changed is counted once");
    assert_eq!(job.applied, job.by_cause.iter().map(|(_, tally)| tally.applied).sum::<u64>());
    assert_eq!(job.matches, job.by_cause.iter().map(|(_, tally)| tally.matches).sum::<u64>());
    by_rules
}

#[test]
fn what_a_person_was_told_to_be_done_is_never_overwritten_by_a_rule() {
    let seeds = seeds().div_ceil(6);
    let by_rules: usize = each_seed(seeds, one_seed).into_iter().sum();
    assert!(by_rules as u64 > seeds * 20, "rules decided {by_rules} rows only: this proves little");
}
