//! From a snapshot to the frozen rows of a certification, by a worker that may die at any moment.
//!
//! 1. **Freeze** the inputs: which snapshot, as of when, who reviews. The first writer wins; every later step, and every
//!    repetition, reads what was frozen.
//! 2. **Build** all rows in memory (`build`): done again by whoever goes on after an interruption, with the same result.
//! 3. **Write** blocks, zone maps, lookup, the reach of reviewers, layout. Everything lands under keys of the attempt,
//!    where nobody looks yet. Many rows are written range by range: a finished range is marked and not written again.
//! 4. **Publish** with one transaction: certification, first count, campaign and the end of the job at once. Where automations
//!    are to be applied first, the rows are handed to them instead ([`crate::automate`]), and then to the rules and policies
//!    of a campaign, where any decide ([`crate::rule`]): whoever is last publishes.
//!
//! A message may come twice, late, or after somebody called the job off. A worker whose time runs out hands the rest to
//! a message of its own. A question that cannot be answered is recorded, and the start may be repeated: that is another
//! attempt, under keys of its own.

pub(crate) mod build;
pub(crate) mod inputs;
mod publish;
mod render;
mod replay;
mod unopened;
mod write;

use std::sync::Arc;

use domain::ids::JobId;
use domain::review::{CertState, Certification};
use serde::Deserialize;
use store::certification::Review;
use store::enter::Site;
use store::job::{Ending, Job};
use store::snapshot::Snapshot;
use store::sweep::Swept;

pub(crate) use self::publish::{Opening, Published, go_on, open};
pub use self::replay::{Replayed, replay};
pub(crate) use self::unopened::{Unopened, unopened};

use self::build::Built;
use self::inputs::Inputs;
use super::jobs::{self, Left, Worked};
use super::offload;
use crate::deps::{Deps, Message};
use crate::error::Error;
use crate::loading::evidence::past::{self, Decided};
use crate::loading::jobs::building::OrderRecord;
use crate::loading::jobs::discard::{self, Discard};
use crate::loading::sources::current;

/// Items of a dead attempt that are deleted in one go.
const SWEPT_AT_ONCE: usize = 1_000;

/// What a job of this kind is about.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Task {
    /// A certification was deleted.
    Discard(Discard),
    /// The rows of a review are to be built.
    Build(Box<OrderRecord>),
}

/// Works on the job of a message, as far as the time allows.
///
/// # Errors
/// Passing difficulties alone: the message is to be delivered again. Everything else is recorded with the review.
pub async fn work(deps: &Deps, job: JobId, left: Left<'_>) -> Result<Worked, Error> {
    let Some(job) = jobs::take_up(deps, &job).await? else { return Ok(Worked::Repeated) };
    let worked = Box::pin(settle(deps, &job, left)).await;
    jobs::ended(deps, &job, worked).await
}

async fn settle(deps: &Deps, job: &Job, left: Left<'_>) -> Result<Worked, Error> {
    let order = match jobs::input(job)? {
        Task::Discard(order) => return discard::work(deps, job, &order, left).await,
        Task::Build(order) => *order,
    };
    let site = deps.store.certifications().site_to_build(&order.review, order.attempt).await?;
    let waits =
        |review: &&Review| review.attempt == order.attempt && review.certification.state == CertState::Searching;
    let Some(review) = site.review.as_ref().filter(waits) else {
        // Deleted, or started anew: nobody waits for these rows.
        if site.review.is_none() && !discard::attempts(deps, &order.review, order.attempt, 0, left).await? {
            deps.queue.send(&Message::Materialise { job: job.id }).await?;
            return Ok(Worked::Continued);
        }
        publish::end(deps, job, &Ending::Cancelled).await?;
        return Ok(Worked::Cancelled);
    };
    let certification = review.certification.clone();
    if job.cancel {
        return call_off(deps, job, &order).await;
    }
    match carry_out(deps, job, &order, site, &certification, left).await {
        Ok(Progress::Done(rows)) => Ok(Worked::Completed { rows: rows.into() }),
        Ok(Progress::Interrupted) => {
            deps.queue.send(&Message::Materialise { job: job.id }).await?;
            Ok(Worked::Continued)
        }
        Ok(Progress::CalledOff) => call_off(deps, job, &order).await,
        Err(error) if error.retryable() => Err(error),
        Err(error) => {
            let reason = reason(&error);
            tracing::warn!(job = %job.id, %error, "the rows of a review cannot be built");
            publish::fail(deps, job, &order, &reason, Ending::Failed { error: reason.clone() }).await?;
            Ok(Worked::Failed)
        }
    }
}

async fn call_off(deps: &Deps, job: &Job, order: &OrderRecord) -> Result<Worked, Error> {
    publish::fail(deps, job, order, "the start was called off", Ending::Cancelled).await?;
    Ok(Worked::Cancelled)
}

/// Clears what earlier attempts left.
async fn clear(deps: &Deps, order: &OrderRecord, rows: u32) -> Result<(), Error> {
    for attempt in 1..order.attempt {
        let plan = deps.store.certifications().plan(&order.review, attempt).await?;
        // An attempt that did not come to its layout had about as many rows as this one.
        let rows = plan.map_or(rows, |plan| plan.rows);
        while deps.store.sweeper().attempt(&order.review, attempt, rows, SWEPT_AT_ONCE).await? == Swept::Some {}
    }
    Ok(())
}

/// What a client is told about a failure. What went wrong inside is for the log alone.
pub(crate) fn reason(error: &Error) -> String {
    match error {
        Error::Invalid(faults) => {
            faults.iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect::<Vec<_>>().join("; ")
        }
        Error::TooLarge(what) => what.clone(),
        Error::NotFound(_) => "the snapshot does not exist".to_owned(),
        Error::Forbidden(_)
        | Error::Refused(_)
        | Error::Stale
        | Error::Unacknowledged(_)
        | Error::Partly { .. }
        | Error::Unavailable(_)
        | Error::Bug(_) => "an internal error, which has been logged".to_owned(),
    }
}

/// How far a worker came.
enum Progress {
    /// The review is published, with so many rows.
    Done(u32),
    /// Time ran out.
    Interrupted,
    /// Somebody called the job off.
    CalledOff,
}

async fn carry_out(
    deps: &Deps,
    job: &Job,
    order: &OrderRecord,
    mut site: Site,
    certification: &Certification,
    left: Left<'_>,
) -> Result<Progress, Error> {
    jobs::require_hope(job)?;
    let (inputs, snapshot) = Inputs::freeze(deps, job, order, &mut site).await?;
    let built = Arc::new(rows(deps, &inputs, &snapshot, order, certification).await?);
    if let Some(stopped) = write::all(deps, job, order, (&built, certification.started_at), left).await? {
        return Ok(stopped);
    }
    let rows = u32::try_from(built.rows()).map_err(|_| Error::TooLarge("more rows than a review has".to_owned()))?;
    clear(deps, order, rows).await?;
    match publish::publish(deps, job, site, &inputs, rows).await? {
        Published::CalledOff => return Ok(Progress::CalledOff),
        Published::Gone if deps.store.certifications().get(&order.review).await?.is_none() => {
            // Deleted while its rows were being written, and swept before they were there.
            discard::attempts(deps, &order.review, order.attempt, rows, left).await?;
        }
        Published::Gone | Published::Yes => {}
    }
    Ok(Progress::Done(rows))
}

/// All rows of the review, worked out from the frozen inputs.
async fn rows(
    deps: &Deps,
    inputs: &Inputs,
    snapshot: &Snapshot,
    order: &OrderRecord,
    certification: &Certification,
) -> Result<Built, Error> {
    let question = inputs.question(certification)?;
    let chosen = inputs.chosen(order);
    let policies = inputs.policies();
    let as_of = inputs.as_of;
    let decided = match &inputs.previous {
        Some(previous) => past::decided(deps, previous).await?,
        None => Decided::new(),
    };
    let graph = current::load(deps, &snapshot.sources).await?;
    offload(move || build::build(graph, &question, &chosen, policies, &decided, as_of)).await?
}

/// That somebody else changes the review all the time.
fn busy() -> Error {
    Error::Unavailable("the review changes too often".to_owned())
}

#[cfg(test)]
mod tests;
