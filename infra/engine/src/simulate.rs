//! One seed drives a whole run.

use std::future::Future;

/// The instant at which the SDK's clock stands still in every client of this crate: 2026-01-01T00:00:00Z. It is used for
/// signing alone; the product takes its time from its own clock.
pub const SIMULATED_START_SECONDS: u64 = 1_767_225_600;

/// Runs a future on a thread of its own time: waits (backoff of the SDK, timeouts) take no real time, tasks are scheduled
/// one at a time, and the SDK's jitter comes from `seed`. The same seed gives the same run.
///
/// # Panics
/// When the future panics, or when called within another runtime.
#[expect(clippy::expect_used, reason = "a runtime without IO drivers needs nothing from the system that could fail")]
pub fn simulate<F: Future>(seed: u64, future: F) -> F::Output {
    // The SDK draws its backoff jitter from this thread's generator.
    fastrand::seed(seed);
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a timer-only runtime starts")
        .block_on(future)
}
