//! Many people at once, in bad weather: throttled, failing, lost answers, conflicts, and everybody on the same rows.
//!
//! What clients were told is recorded and compared with the logs in the end: an acknowledged decision stands in the log
//! once, a refused one nowhere, counts are the recount, states are the folds of their logs, and nothing was decided
//! after the end of the review.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::counts::Counts;
use domain::decide::Verdict;
use domain::ids::{CommandId, ReviewId};
use domain::page::Change;
use domain::refusal::Refusal;
use domain::user::Role;
use engine::Faults;
use futures::future::{FutureExt, LocalBoxFuture, OptionFuture, join_all};
use jiff::SignedDuration;

use super::bed::{Bed, accounts};
use crate::deps::Deps;
use crate::review::{self, BatchInput, DecideInput};
use crate::simulated::{Told, answered, each_seed, insist, seeds};
use crate::{Call, Error, campaign};

const COMMANDS: usize = 8;

/// One command, which may be sent again.
enum Asked {
    One(String, DecideInput),
    Undo(String),
    Many(BatchInput),
}

impl Asked {
    /// How many rows it is for.
    fn rows(&self) -> usize {
        match self {
            Self::One(..) | Self::Undo(_) => 1,
            Self::Many(input) => input.accounts.len(),
        }
    }

    async fn send(&self, deps: &Deps, call: &Call, id: ReviewId) -> Result<(), Error> {
        match self {
            Self::One(account, input) => review::decide(deps, call, id, account, input.clone()).await.map(drop),
            Self::Undo(account) => review::undo(deps, call, id, account).await.map(drop),
            Self::Many(input) => review::decide_batch(deps, call, id, input.clone()).await.map(drop),
        }
    }
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
    for _ in 0..COMMANDS {
        // Every other command has an idempotency key: what nobody answered is sent again under it.
        let call = Call { repeatable: draw.bool(), ..bed.call(name, role) };
        let account = |draw: &mut fastrand::Rng| format!("acct-{}", draw.u32(0..90));
        let verdict = Verdict::ALL[draw.usize(0..4)];
        let comment = draw.bool().then(|| format!("because {}", draw.u8(..)));
        bed.clock.turn(SignedDuration::from_millis(draw.i64(0..9_000)));
        let asked = match draw.u8(0..10) {
            0..5 => Asked::One(account(&mut draw), DecideInput { verdict, comment }),
            5..7 => Asked::Undo(account(&mut draw)),
            _ => {
                let mut accounts: Vec<String> = (0..draw.usize(1..30)).map(|_| account(&mut draw)).collect();
                accounts.sort();
                accounts.dedup();
                Asked::Many(BatchInput { accounts, verdict, comment })
            }
        };
        let outcome = match call.repeatable {
            true => insist(async || asked.send(&deps, &call, bed.review).await).await,
            false => asked.send(&deps, &call, bed.review).await,
        };
        record.push((call.command, Told::of(outcome, asked.rows())));
    }
    record
}

/// What a run came to.
#[derive(Debug, Default)]
struct Score {
    done: usize,
    sent: usize,
    unknown: usize,
    /// Whether the review was completed, and something was decided before and something refused afterwards.
    cut: bool,
}

/// Completes the review at some moment, whoever is deciding; answers which commands were in the logs as soon as it was known.
async fn closer(bed: &Bed, deps: Deps, wait: u32) -> BTreeSet<CommandId> {
    for _ in 0..wait {
        tokio::task::yield_now().await;
    }
    let call = Call { repeatable: true, ..bed.root() };
    answered(async || campaign::complete(&deps, &call, bed.review).await).await;
    logged(&deps, bed.review).await
}

/// The commands in the logs.
async fn logged(deps: &Deps, id: ReviewId) -> BTreeSet<CommandId> {
    let logs = engine::sim::insist(async || deps.store.pages().logs(&id, &[0, 1]).await.ok()).await;
    logs.into_values().flatten().map(|entry| entry.command).collect()
}

async fn one_seed(seed: u64) -> Score {
    let bed = Bed::campaign(accounts(90, &["ann", "bob", "cid"])).await;
    // In every third the table is calm, so that all the time goes into meeting one another.
    bed.engine.set_faults(if seed.is_multiple_of(3) { Faults::races(seed) } else { Faults::storm(seed) }).unwrap();
    let mut draw = fastrand::Rng::with_seed(seed);
    let people = [
        ("ann", Role::Reviewer),
        ("bob", Role::Reviewer),
        ("opal", Role::Operator),
        ("root", Role::Administrator),
        ("ann", Role::Reviewer),
    ];
    let mut clients: Vec<LocalBoxFuture<'_, Vec<(CommandId, Told)>>> = Vec::new();
    for (name, role) in people {
        clients.push(client(&bed, bed.another(), name, role, draw.fork()).boxed_local());
    }
    let closing = OptionFuture::from(draw.bool().then(|| closer(&bed, bed.another(), draw.u32(0..400))));
    let (told, at_the_end) = futures::join!(join_all(clients), closing);
    let record: HashMap<CommandId, Told> = told.into_iter().flatten().collect();
    bed.engine.clear_faults();
    check(&bed, &record).await;
    let now = logged(&bed.another(), bed.review).await;
    assert!(at_the_end.as_ref().is_none_or(|then| *then == now), "something was decided after the end");
    let count = |what: fn(&Told) -> bool| record.values().filter(|told| what(told)).count();
    let over = Refusal::Completed.to_string();
    let refused = record.values().any(|told| matches!(told, Told::Refused(why) if why.contains(&over)));
    Score {
        done: count(|told| matches!(told, Told::Done(_))),
        sent: record.len(),
        unknown: count(|told| *told == Told::Perhaps),
        cut: at_the_end.is_some_and(|then| !then.is_empty()) && refused,
    }
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
    let scores = each_seed(seeds(), one_seed);
    let of = |what: fn(&Score) -> usize| scores.iter().map(what).sum::<usize>();
    let (done, sent, unknown, cut) =
        (of(|score| score.done), of(|score| score.sent), of(|score| score.unknown), of(|score| usize::from(score.cut)));
    println!("{done} of {sent} commands done, {unknown} never answered, {cut} reviews completed in the middle");
    assert!(done * 5 > sent, "only {done} of {sent} commands got through: this proves little");
    assert!(cut * 10 > scores.len(), "only {cut} reviews were completed in the middle");
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
