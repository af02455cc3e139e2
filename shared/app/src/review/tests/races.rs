//! Many people at once, in bad weather: throttled, failing, lost answers, conflicts, and everybody on the same rows.
//!
//! What clients were told is recorded and compared with the logs in the end: an acknowledged decision stands in the log
//! once, a refused one nowhere, counts are the recount, states are the folds of their logs, and nothing was decided
//! after the end of the review. `SIM_SEEDS=300` runs more seeds than the default.

use std::collections::{BTreeMap, HashMap};

use domain::counts::Counts;
use domain::decide::Verdict;
use domain::ids::CommandId;
use domain::page::Change;
use domain::user::Role;
use engine::Faults;
use futures::future::{BoxFuture, FutureExt, join_all};
use jiff::SignedDuration;

use super::bed::{Bed, accounts};
use crate::deps::Deps;
use crate::review::{self, BatchInput, DecideInput};
use crate::{Call, Error, campaign};

/// What a client was told about a command.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Told {
    /// It was done to this many rows.
    Done(usize),
    /// Nothing was done.
    Refused(String),
    /// Nobody knows.
    Perhaps,
}

fn told<T>(outcome: Result<T, Error>, rows: usize) -> Told {
    match outcome {
        Ok(_) => Told::Done(rows),
        Err(Error::Unavailable(_)) => Told::Perhaps,
        Err(Error::Bug(bug)) => panic!("a bug: {bug}"),
        Err(error) => Told::Refused(error.to_string()),
    }
}

pub(super) fn seeds() -> u64 {
    std::env::var("SIM_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(60)
}

/// What one client does: each step with the command id under which it was sent.
async fn client(
    bed: &Bed,
    deps: Deps,
    name: &'static str,
    role: Role,
    mut draw: fastrand::Rng,
) -> Vec<(CommandId, Told)> {
    let mut record = Vec::new();
    for _ in 0..8 {
        let call = Call { repeatable: draw.bool(), ..bed.call(name, role) };
        let account = |draw: &mut fastrand::Rng| format!("acct-{}", draw.u32(0..90));
        let verdict = Verdict::ALL[draw.usize(0..4)];
        let comment = draw.bool().then(|| format!("because {}", draw.u8(..)));
        bed.clock.turn(SignedDuration::from_millis(draw.i64(0..9_000)));
        let outcome = match draw.u8(0..10) {
            0..5 => {
                let input = DecideInput { verdict, comment };
                told(review::decide(&deps, &call, bed.review, &account(&mut draw), input).await, 1)
            }
            5..7 => told(review::undo(&deps, &call, bed.review, &account(&mut draw)).await, 1),
            _ => {
                let mut accounts: Vec<String> = (0..draw.usize(1..30)).map(|_| account(&mut draw)).collect();
                accounts.sort();
                accounts.dedup();
                let rows = accounts.len();
                let input = BatchInput { accounts, verdict, comment };
                told(review::decide_batch(&deps, &call, bed.review, input).await, rows)
            }
        };
        // Some clients send again what they are unsure of, as one with an idempotency key does.
        record.push((call.command, outcome));
    }
    record
}

async fn one_seed(seed: u64) -> (usize, usize) {
    let bed = Bed::campaign(accounts(90, &["ann", "bob", "cid"])).await;
    bed.engine.set_faults(if seed.is_multiple_of(3) { Faults::races(seed) } else { Faults::storm(seed) }).unwrap();
    let mut draw = fastrand::Rng::with_seed(seed);
    let people = [
        ("ann", Role::Reviewer),
        ("bob", Role::Reviewer),
        ("opal", Role::Operator),
        ("root", Role::Administrator),
        ("ann", Role::Reviewer),
    ];
    let mut clients: Vec<BoxFuture<'_, Vec<(CommandId, Told)>>> = Vec::new();
    for (name, role) in people {
        clients.push(client(&bed, bed.another(), name, role, draw.fork()).boxed());
    }
    let closer = draw.bool();
    if closer {
        let (deps, wait) = (bed.another(), draw.u32(0..400));
        let bed = &bed;
        clients.push(
            async move {
                for _ in 0..wait {
                    tokio::task::yield_now().await;
                }
                let call = bed.root();
                let told = told(campaign::complete(&deps, &call, bed.review).await, 0);
                vec![(call.command, told)]
            }
            .boxed(),
        );
    }
    let record: HashMap<CommandId, Told> = join_all(clients).await.into_iter().flatten().collect();
    bed.engine.clear_faults();
    check(&bed, &record).await;
    let done = record.values().filter(|told| matches!(told, Told::Done(_))).count();
    (done, record.len())
}

async fn check(bed: &Bed, record: &HashMap<CommandId, Told>) {
    let (store, id) = (bed.another().store, bed.review);
    assert_eq!(store.pages().broken(&id, 0..2).await.unwrap(), [], "every state is the fold of its log");
    let tally = store.certifications().tally(&id).await.unwrap();
    let states = store.pages().touched(&id, 0..2).await.unwrap();
    assert_eq!(
        tally.counts,
        states.values().map(|state| state.masks().counts()).sum::<Counts>(),
        "counts are the recount"
    );
    let mut written: BTreeMap<CommandId, usize> = BTreeMap::new();
    let review = store.certifications().get(&id).await.unwrap().unwrap();
    for page in 0..2 {
        let log = store.pages().log(&id, page).await.unwrap();
        let mut seen: Vec<CommandId> = Vec::new();
        for entry in log {
            assert!(!seen.contains(&entry.command), "a command stands twice in the log of page {page}");
            seen.push(entry.command);
            let decides =
                |change: &Change| matches!(change, Change::Decided { .. } | Change::Flagged | Change::Cleared { .. });
            let rows = entry.acts.iter().filter(|act| decides(&act.change)).fold(0, |rows, act| rows | act.rows);
            *written.entry(entry.command).or_default() += rows.count_ones() as usize;
        }
    }
    for (command, told) in record {
        let rows = written.remove(command).unwrap_or(0);
        match told {
            Told::Done(expected) => assert_eq!(rows, *expected, "{command} was acknowledged"),
            Told::Refused(why) => assert_eq!(rows, 0, "{command} was refused ({why}) and yet carried out"),
            Told::Perhaps => {}
        }
    }
    assert_eq!(written, BTreeMap::new(), "what nobody asked for was written");
    assert_eq!(tally.open, review.certification.completed_at.is_none());
}

#[test]
fn no_decision_is_lost_doubled_or_told_wrongly() {
    let (mut done, mut sent) = (0, 0);
    for seed in 0..seeds() {
        let (acknowledged, all) = engine::simulate(seed, async {
            let run = std::panic::AssertUnwindSafe(one_seed(seed)).catch_unwind().await;
            run.unwrap_or_else(|panic| {
                eprintln!("failed at seed {seed}");
                std::panic::resume_unwind(panic)
            })
        });
        done += acknowledged;
        sent += all;
    }
    assert!(done * 5 > sent, "only {done} of {sent} commands got through: this proves little");
}

#[test]
fn of_a_crowd_on_one_row_each_is_told_the_truth() {
    for seed in 0..seeds().div_ceil(6) {
        engine::simulate(seed, async {
            let bed = Bed::campaign(accounts(4, &["ann"])).await;
            bed.engine.set_faults(Faults::storm(seed)).unwrap();
            let version = |seen| Call { if_match: Some(seen), ..bed.root() };
            let tries = (0..12).map(|n| {
                let (deps, call) = (bed.another(), version(0));
                let verdict = Verdict::ALL[n % 4];
                let id = bed.review;
                async move { review::decide(&deps, &call, id, "acct-0", DecideInput { verdict, comment: None }).await }
            });
            let outcomes = join_all(tries).await;
            bed.engine.clear_faults();
            let row = review::get_account(&bed.deps, &bed.root(), bed.review, "acct-0").await.unwrap();
            let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
            let unsure = outcomes.iter().filter(|outcome| matches!(outcome, Err(Error::Unavailable(_)))).count();
            assert!(won == 1 || (won == 0 && unsure > 0), "seed {seed}: {won} won");
            assert_eq!(row.state.version, 1, "seed {seed}");
        });
    }
}
