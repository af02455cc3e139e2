//! What simulations share: how many seeds they run, in which of them something failed, and asking again.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::simulate;

/// How many seeds a run tries unless `SIM_SEEDS` says otherwise.
const SEEDS: u64 = 300;

/// How often something is asked for again before nobody expects an answer any more.
const MOST_TRIES: usize = 200;

/// How many seeds a run tries: `SIM_SEEDS`, or 300.
#[must_use]
pub fn seeds() -> u64 {
    std::env::var("SIM_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS)
}

/// Runs a simulation for every seed below `seeds`, and answers what each came to. One that fails tells its seed.
///
/// # Panics
/// When one of the simulations does.
pub fn each_seed<F: Future>(seeds: u64, mut one: impl FnMut(u64) -> F) -> Vec<F::Output> {
    let run = |seed| {
        let outcome = catch_unwind(AssertUnwindSafe(|| simulate(seed, one(seed))));
        outcome.unwrap_or_else(|panic: Box<dyn Any + Send>| {
            eprintln!("failed at seed {seed}");
            resume_unwind(panic)
        })
    };
    (0..seeds).map(run).collect()
}

/// Asks again and again, as a client with an idempotency key does, until somebody knows the answer.
///
/// # Panics
/// When nobody knows it after 200 tries: every weather lets some calls through.
#[expect(clippy::panic, reason = "a test fails by panicking")]
pub async fn insist<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..MOST_TRIES {
        if let Some(answer) = ask().await {
            return answer;
        }
    }
    panic!("never answered")
}
