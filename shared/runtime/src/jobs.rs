//! What an operator may know about background work: one log line and one line of metrics for each delivery.

use std::future::Future;

use app::deps::Deps;
use app::error::Error;
use app::loading::jobs::Worked;
use domain::ids::JobId;
use tokio::time::Instant;

use crate::metrics::{Line, Unit};

/// Does the work on a job of this kind and tells what came of it.
///
/// # Errors
/// Those of the work: the message comes again.
pub async fn watched(
    deps: &Deps,
    kind: &'static str,
    job: JobId,
    work: impl Future<Output = Result<Worked, Error>>,
) -> Result<(), Error> {
    let started = Instant::now();
    let worked = work.await;
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (outcome, rows) = match &worked {
        Ok(worked) => (worked.word(), worked.rows()),
        Err(_) => ("interrupted", 0),
    };
    tracing::info!(kind, %job, outcome, rows, milliseconds, "worked");
    Line::at(deps.clock.now())
        .dimension("Job", kind)
        .dimension("Outcome", outcome)
        .numbers(&[&["Job", "Outcome"]], &[("Jobs", Unit::Count, 1)])
        .numbers(&[&["Job"]], &[("JobRows", Unit::Count, rows), ("JobDuration", Unit::Milliseconds, milliseconds)])
        .write();
    worked.map(|_| ())
}
