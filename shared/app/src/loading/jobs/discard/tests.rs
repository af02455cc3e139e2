use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::ids::{ReviewId, RowId};
use domain::inventory::{Family, Picture};
use domain::row::Decision;
use engine::simulate;

use crate::review::{self, UpdateInput, UserReference};
use crate::testing::sketch::{Sketch, text};
use crate::testing::stand::Stand;
use crate::{Error, certification};

/// Accounts of people with one manager, each with one role.
fn organisation(people: usize) -> Picture {
    let mut sketch = Sketch::default()
        .node(Family::Application, "app", &[])
        .node(Family::Identity, "lena", &[])
        .node(Family::Identity, "omar", &[])
        .node(Family::Role, "close", &[("application_id", text("app"))]);
    for n in 0..people {
        let (owner, account) = (format!("p{n:04}"), format!("a{n:04}"));
        sketch = sketch
            .node(Family::Identity, &owner, &[("manager_id", text("lena"))])
            .account(&account, &[("owner_id", text(&owner))])
            .edge(&account, "close");
    }
    sketch.picture()
}

/// A certification that somebody has worked on: a decision with a note, and a row that was given to somebody else.
async fn worked_on(stand: &Stand) -> ReviewId {
    stand.load("ds", &organisation(700)).await.unwrap();
    let id = stand.start_certification("Account", "Role").await;
    stand.drain().await;
    let omar = UserReference { user_type: "Identity".to_owned(), id: "omar".to_owned(), email: None, name: None };
    let updates = [
        UpdateInput { decision: Some(Decision::Rejected), notes: Some("left".to_owned()), ..UpdateInput::default() },
        UpdateInput { reviewers: Some(vec![omar]), ..UpdateInput::default() },
    ];
    for (row, update) in (0..).map(|n| RowId(n * 300)).zip(updates) {
        review::update(&stand.deps, &stand.call(), id, row, update).await.unwrap();
    }
    id
}

/// The items of a review and of those who reach it, but for what says that it is gone.
fn left(stand: &Stand, id: ReviewId) -> Vec<String> {
    let of_review = |line: &&str| line.contains(&format!("CERT#{id}")) || line.contains(&format!("REACH#{id}"));
    let gone = |line: &&str| line.contains("\"gone\"") || line.contains("COUNT#");
    let dump = stand.dump();
    dump.lines().filter(of_review).filter(|line| !gone(line)).map(str::to_owned).collect()
}

#[test]
fn nothing_is_left_of_a_deleted_certification() {
    simulate(1, async {
        let stand = Stand::new();
        let id = worked_on(&stand).await;
        assert!(left(&stand, id).len() > 10);
        certification::delete(&stand.deps, &stand.call(), id).await.unwrap();
        stand.drain().await;
        assert_eq!(left(&stand, id), Vec::<String>::new());
        let tally = stand.deps.store.certifications().tally(&id).await.unwrap();
        assert!(tally.deleted && !tally.open, "whatever decision is under way is refused");
    });
}

#[test]
fn a_sweep_that_runs_out_of_time_goes_on_with_the_next_message() {
    simulate(1, async {
        let stand = Stand::new();
        let id = worked_on(&stand).await;
        certification::delete(&stand.deps, &stand.call(), id).await.unwrap();
        let mut deliveries = 0;
        while let Some(message) = stand.queue.take() {
            deliveries += 1;
            // No time at all, but the last time.
            let seconds = AtomicU64::new(if deliveries < 3 { 0 } else { 900 });
            let time = || Duration::from_secs(seconds.load(Ordering::Relaxed));
            stand.deliver_within(&message, &time).await.unwrap();
            // A message may come once more.
            stand.deliver_within(&message, &time).await.unwrap();
        }
        assert_eq!(left(&stand, id), Vec::<String>::new());
    });
}

#[test]
fn rows_that_are_still_being_built_go_with_their_certification() {
    simulate(1, async {
        let stand = Stand::new();
        stand.load("ds", &organisation(100)).await.unwrap();
        let id = stand.start_certification("Account", "Role").await;
        let build = stand.queue.take().unwrap();
        certification::delete(&stand.deps, &stand.call(), id).await.unwrap();
        stand.drain().await;
        stand.deliver(&build).await.unwrap();
        assert_eq!(left(&stand, id), Vec::<String>::new());
        let found = certification::get(&stand.deps, &stand.call(), id).await;
        assert!(matches!(found, Err(Error::NotFound(_))), "{found:?}");
    });
}

#[test]
fn deleting_in_bad_weather_deletes_once_and_wholly() {
    for seed in 0..12 {
        simulate(seed, async {
            let stand = Stand::new();
            let id = worked_on(&stand).await;
            stand.engine.set_faults(engine::Faults::storm(seed)).unwrap();
            let call = stand.call();
            for _ in 0..50 {
                match certification::delete(&stand.deps, &call, id).await {
                    Ok(()) | Err(Error::NotFound(_)) => break,
                    Err(error) => assert!(error.retryable(), "{error}"),
                }
            }
            stand.engine.clear_faults();
            let _ = crate::loading::jobs::sweep::resume(&stand.deps).await.unwrap();
            stand.drain().await;
            assert_eq!(left(&stand, id), Vec::<String>::new(), "seed {seed}");
        });
    }
}
