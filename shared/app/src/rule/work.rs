//! The worker of jobs on rules, and of what else is decided in the name of the system.
//!
//! A message may come twice, late, or after somebody called the job off. What is done is marked in ranges, each counted
//! once; a worker whose time runs out hands the rest to a message of its own.

use domain::ids::JobId;
use store::job::{Ending, Job};

use super::failure::reason;
use super::findings::Progress;
use super::order::Order;
use super::{apply, first, trial};
use crate::closing::reject::reject;
use crate::deps::{Deps, Message};
use crate::error::Error;
use crate::loading::jobs::{self, Left, Worked};

/// Works on the job of a message, as far as the time allows.
///
/// # Errors
/// Passing difficulties alone: the message is to be delivered again. Everything else is recorded with the job.
pub async fn work(deps: &Deps, job: JobId, left: Left<'_>) -> Result<Worked, Error> {
    let Some(job) = jobs::take_up(deps, &job).await? else { return Ok(Worked::Repeated) };
    let worked = match jobs::input(&job) {
        Ok(Order::Campaign(order)) if order.opens => Box::pin(first::work(deps, &job, &order, left)).await,
        _ => Box::pin(settle(deps, &job, left)).await,
    };
    jobs::ended(deps, &job, worked).await
}

async fn settle(deps: &Deps, job: &Job, left: Left<'_>) -> Result<Worked, Error> {
    match carry_out(deps, job, left).await {
        Ok(Progress::Done(findings, rows)) => {
            end(deps, job, &Ending::Completed { result: Some(findings.write()?), processed: None }).await?;
            Ok(Worked::Completed { rows })
        }
        Ok(Progress::Interrupted) => {
            deps.queue.send(&Message::Evaluate { job: job.id }).await?;
            Ok(Worked::Continued)
        }
        Ok(Progress::CalledOff) => {
            end(deps, job, &Ending::Cancelled).await?;
            Ok(Worked::Cancelled)
        }
        Err(error) if error.retryable() => Err(error),
        Err(error) => {
            tracing::warn!(job = %job.id, %error, "rules cannot be evaluated");
            end(deps, job, &Ending::Failed { error: reason(&error) }).await?;
            Ok(Worked::Failed)
        }
    }
}

async fn carry_out(deps: &Deps, job: &Job, left: Left<'_>) -> Result<Progress, Error> {
    if job.cancel {
        return Ok(Progress::CalledOff);
    }
    jobs::require_hope(job)?;
    match jobs::input(job)? {
        Order::Test(order) => trial::carry_out(deps, job, &order).await,
        Order::Campaign(order) => apply::carry_out(deps, job, &order, left).await,
        Order::Expired(order) => reject(deps, job, &order, left).await,
    }
}

async fn end(deps: &Deps, job: &Job, ending: &Ending) -> Result<(), Error> {
    deps.store.jobs().end(&job.id, ending, deps.clock.now()).await?;
    Ok(())
}
