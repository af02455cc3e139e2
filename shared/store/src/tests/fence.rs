//! Decisions against the due date and the end of their review: on counts that do not exist, and in bad weather.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::counts::Counts;
use domain::ids::{CommandId, ReviewId};
use domain::page::PageState;
use domain::review::{CertState, Certification};
use domain::row::Decision;
use fastrand::Rng;
use jiff::Timestamp;

use super::{TABLE, World, assert_sound, command, command_id, decide, later, now, published, run, world};
use crate::Store;
use crate::certification::{Closed, Fence};
use crate::error::Error;
use crate::page::{Command, CommitError};

const REVIEWERS: u64 = 4;
const COMMANDS: u64 = 12;
const PAGES: u32 = 2;

fn accept(slot: u64) -> impl FnMut(u32, &PageState) -> Result<crate::page::PageWork, ()> {
    move |_, state| Ok(decide(state, 1 << slot, Decision::Accepted, None))
}

fn past_due<T>(outcome: &Result<T, CommitError<()>>) -> bool {
    matches!(outcome, Err(CommitError::Closed(Closed::PastDue)))
}

#[test]
fn a_due_date_holds_for_every_count_though_publishing_writes_one() {
    run(async {
        let world = world();
        let review = published(&world.store, 100, Some(later(60))).await.id;
        let counts = || world.engine.dump(TABLE).unwrap().matches("COUNT#").count();
        assert_eq!(counts(), 1);
        let fence = Fence::InTime { due: Some(later(60)) };
        for n in 0..40 {
            let late = Command { now: later(61), fence, ..command(review, 100 + n, "lena") };
            assert!(past_due(&world.store.pages().commit(&late, &[0], accept(1)).await), "command {n}");
        }
        assert_eq!(counts(), 1, "what is refused leaves nothing behind");
        for n in 0..40u64 {
            let in_time = Command { now: later(60), fence, ..command(review, u128::from(n), "lena") };
            let _ = world.store.pages().commit(&in_time, &[0], accept(n)).await.unwrap();
        }
        assert_eq!(assert_sound(&world.store, &review).await.counts.accepted, 40);
    });
}

#[test]
fn a_due_date_that_was_moved_since_it_was_read_counts_before_what_was_read() {
    run(async {
        for (moved, passes) in [(Some(later(30)), false), (Some(later(60)), true), (None, false)] {
            let world = world();
            let mut certification = published(&world.store, 100, Some(later(40))).await;
            certification.due_date = moved;
            let mut tx = world.store.write(command_id(20), now());
            tx.move_certification(&certification, 1, 2, moved).unwrap();
            let _ = tx.commit().await.unwrap();
            for n in 0..40u64 {
                let read_before = Fence::InTime { due: Some(later(40)) };
                let id = u128::from(100 + n);
                let stale = Command { now: later(50), fence: read_before, ..command(certification.id, id, "lena") };
                let outcome = world.store.pages().commit(&stale, &[0], accept(n)).await;
                assert_eq!((outcome.is_ok(), past_due(&outcome)), (passes, !passes), "moved to {moved:?}");
                let read_now = Fence::InTime { due: moved };
                let again = Command { fence: read_now, ..stale };
                let outcome = world.store.pages().commit(&again, &[1], accept(n)).await;
                assert_eq!(outcome.is_ok(), moved != Some(later(30)), "moved to {moved:?}");
            }
        }
    });
}

/// What a reviewer was told about a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Done,
    PastDue,
    NotOpen,
    Unavailable,
}

/// Decides now and then, each time on the certification as it stands: within four minutes of which the second and the third
/// decide over what is late.
async fn reviewer(store: Store, review: ReviewId, seed: u64, reviewer: u64) -> Vec<(Command, Told)> {
    let mut random = Rng::with_seed(seed << 8 | reviewer);
    let mut told = Vec::new();
    for n in 0..COMMANDS {
        let read = store.certifications().get(&review).await;
        let Ok(Some(read)) = read else { continue };
        if read.certification.state != CertState::InProgress {
            break;
        }
        let command = Command {
            now: later(random.i64(0..240)),
            fence: Fence::InTime { due: read.certification.due_date },
            ..command(review, u128::from(1_000 + reviewer * 100 + n), &format!("reviewer{reviewer}"))
        };
        let outcome = store.pages().commit(&command, &[random.u32(..PAGES)], accept(reviewer * COMMANDS + n)).await;
        let answer = match outcome {
            Ok(_) => Told::Done,
            Err(CommitError::Closed(Closed::PastDue)) => Told::PastDue,
            Err(CommitError::Closed(Closed::NotOpen)) => Told::NotOpen,
            Err(CommitError::Store(Error::Unavailable { .. })) => Told::Unavailable,
            Err(other) => panic!("{other:?}"),
        };
        told.push((command, answer));
        tokio::time::sleep(Duration::from_millis(random.u64(..200))).await;
    }
    told
}

/// A due date that has begun to hold, and which commands were in the logs as soon as that was known.
struct Held {
    due: Option<Timestamp>,
    seen: BTreeSet<CommandId>,
}

async fn in_logs(store: &Store, review: &ReviewId) -> BTreeSet<(CommandId, Timestamp)> {
    let pages: Vec<u32> = (0..PAGES).collect();
    loop {
        if let Ok(logs) = store.pages().logs(review, &pages).await {
            return logs.into_values().flatten().map(|entry| (entry.command, entry.at)).collect();
        }
    }
}

/// Makes a change of the certification until it is known to stand.
async fn insist(store: &Store, next: &mut Certification, n: u128, close: bool) -> Option<Counts> {
    loop {
        let Ok(tally) = store.certifications().tally(&next.id).await else { continue };
        let mut tx = store.write(command_id(n), now());
        match close {
            true => tx.close_certification(next, 1, next.version, &tally).unwrap(),
            false => tx.move_certification(next, 1, next.version, next.due_date).unwrap(),
        }
        let committed = tx.commit().await.is_ok();
        let read = store.certifications().get(&next.id).await;
        let stands = read.is_ok_and(|read| read.is_some_and(|read| read.certification.version > next.version));
        if committed || stands {
            next.version += 1;
            return close.then_some(tally.counts);
        }
    }
}

/// Moves the due date up to twice, and may close the certification then.
async fn keeper(store: Store, mut certification: Certification, seed: u64) -> (Vec<Held>, Option<Counts>) {
    let mut random = Rng::with_seed(seed);
    let mut held = vec![Held { due: certification.due_date, seen: BTreeSet::new() }];
    for n in 0..random.u128(..3) {
        tokio::time::sleep(Duration::from_millis(random.u64(..1_500))).await;
        certification.due_date = [Some(later(60)), Some(later(180)), None][random.usize(..3)];
        insist(&store, &mut certification, 5_000 + n, false).await;
        let seen = in_logs(&store, &certification.id).await.into_iter().map(|(id, _)| id).collect();
        held.push(Held { due: certification.due_date, seen });
    }
    if random.bool() {
        return (held, None);
    }
    tokio::time::sleep(Duration::from_millis(random.u64(..1_500))).await;
    certification.state = CertState::Completed;
    let counts = insist(&store, &mut certification, 6_000, true).await;
    (held, counts)
}

fn is_late(at: Timestamp, due: Option<Timestamp>) -> bool {
    due.is_some_and(|due| due < at)
}

/// That every decision was in time by a due date that held when it was written.
fn assert_in_time(held: &[Held], logs: &BTreeSet<(CommandId, Timestamp)>) {
    for (id, at) in logs {
        // Before the first date after which it was seen, and after the last at which it was not.
        let upper = held.iter().position(|held| held.seen.contains(id)).unwrap_or(held.len() - 1);
        let may_hold = &held[upper.saturating_sub(usize::from(held[upper].seen.contains(id)))..=upper];
        assert!(may_hold.iter().any(|held| !is_late(*at, held.due)), "{id} of {at} was late");
    }
}

async fn one(seed: u64, world: &World) -> Vec<Told> {
    let certification = published(&world.store, PAGES * 64, Some(later(120))).await;
    let review = certification.id;
    world.storm(seed);
    let deciding: Vec<_> = (0..REVIEWERS).map(|n| tokio::spawn(reviewer(world.another(), review, seed, n))).collect();
    let (held, closed) = keeper(world.another(), certification, seed).await;
    let mut told = Vec::new();
    for task in deciding {
        told.extend(task.await.unwrap());
    }
    world.engine.clear_faults();
    let tally = assert_sound(&world.store, &review).await;
    assert!(closed.is_none_or(|counts| counts == tally.counts), "{closed:?} at the closing, {:?} now", tally.counts);
    let logs = in_logs(&world.store, &review).await;
    assert_in_time(&held, &logs);
    for (command, told) in &told {
        let written = logs.iter().any(|(id, _)| *id == command.id);
        match told {
            Told::Done => assert!(written),
            Told::PastDue => assert!(!written && held.iter().any(|held| is_late(command.now, held.due)), "{command:?}"),
            Told::NotOpen => assert!(!written && closed.is_some(), "{command:?}"),
            Told::Unavailable => {}
        }
    }
    told.into_iter().map(|(_, told)| told).collect()
}

#[test]
fn no_decision_slips_past_a_due_date_that_moves_or_behind_a_closing() {
    let seeds = engine::sim::seeds();
    let all = engine::sim::each_seed(seeds, async |seed| one(seed, &world()).await).concat();
    // The runs went where it hurts.
    let times = |one: Told| all.iter().filter(|told| **told == one).count();
    let score = [Told::Done, Told::PastDue, Told::NotOpen].map(|one| (one, times(one)));
    assert!(score.iter().all(|(_, times)| *times > 5), "{score:?}");
}
