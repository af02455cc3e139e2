//! From a snapshot to the frozen rows of a certification, by a worker that may die at any moment.
//!
//! 1. **Freeze** the inputs: which snapshot, as of when, who reviews. The first writer wins; every later step, and every
//!    repetition, reads what was frozen.
//! 2. **Build** all rows in memory (`build`): done again by whoever goes on after an interruption, with the same result.
//! 3. **Write** ranges of blocks, the lookup, the reach of reviewers, the layout. Everything lands under keys of the
//!    attempt, where nobody looks yet; a finished range is marked and not written again.
//! 4. **Publish** with one transaction: certification, counts and campaign at once.
//!
//! A message may come twice, late, or after somebody called the job off. A worker whose time runs out hands the rest to
//! a message of its own. A question that cannot be answered is recorded, and the start may be repeated: that is another
//! attempt, under keys of its own.

pub(crate) mod build;
mod inputs;
mod publish;

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::ids::JobId;
use domain::review::{Campaign, CertState};
use store::Stored;
use store::certification::Review;
use store::job::{Ending, Job};
use store::snapshot::Snapshot;
use store::sweep::Swept;

use self::build::{BLOCKS_PER_RANGE, Built};
use self::inputs::Inputs;
use super::jobs::{self, Left, OrderRecord, Worked};
use super::{current, offload};
use crate::deps::{Deps, Message};
use crate::error::Error;

/// The pieces of work that do not cover rows, numbered behind every possible row.
const LOOKUP: u32 = u32::MAX - 2;
const REACH: u32 = u32::MAX - 1;
/// Items of a dead attempt that are deleted in one go.
const SWEPT_AT_ONCE: usize = 1_000;

/// Works on the job of a message, as far as the time allows.
///
/// # Errors
/// Passing difficulties alone: the message is to be delivered again. Everything else is recorded with the review.
pub async fn work(deps: &Deps, job: JobId, left: Left<'_>) -> Result<Worked, Error> {
    let now = deps.clock.now();
    let Some(job) = deps.store.jobs().run(&job, None, now, jobs::stalled_at(now)).await? else {
        return Ok(Worked::Repeated);
    };
    let order: OrderRecord = jobs::input(&job)?;
    let (review, campaign) = publish::both(deps, &order).await?;
    let Some(review) = review.filter(|review| review.attempt == order.attempt) else {
        // Deleted, or started anew: nobody waits for these rows.
        end(deps, &job, &Ending::Cancelled).await?;
        return Ok(Worked::Cancelled);
    };
    if review.certification.state != CertState::Searching {
        // Published by an earlier life of this worker.
        return conclude(deps, &job, &order, review.certification.total).await;
    }
    if job.cancel {
        return called_off(deps, &job, &order).await;
    }
    match carry_out(deps, &job, &order, (review, campaign), left).await {
        Ok(Progress::Done(rows)) => conclude(deps, &job, &order, rows).await,
        Ok(Progress::Interrupted) => {
            deps.queue.send(&Message::Materialise { job: job.id }).await?;
            Ok(Worked::Continued)
        }
        Ok(Progress::CalledOff) => called_off(deps, &job, &order).await,
        Err(error) if error.retryable() => Err(error),
        Err(error) => {
            let reason = reason(&error);
            tracing::warn!(job = %job.id, %error, "the rows of a review cannot be built");
            publish::fail(deps, &order, &reason).await?;
            end(deps, &job, &Ending::Failed { error: reason }).await?;
            Ok(Worked::Failed)
        }
    }
}

async fn called_off(deps: &Deps, job: &Job, order: &OrderRecord) -> Result<Worked, Error> {
    publish::fail(deps, order, "the start was called off").await?;
    end(deps, job, &Ending::Cancelled).await?;
    Ok(Worked::Cancelled)
}

/// Clears what earlier attempts left, and ends the job.
async fn conclude(deps: &Deps, job: &Job, order: &OrderRecord, total: u32) -> Result<Worked, Error> {
    for attempt in 1..order.attempt {
        let plan = deps.store.certifications().plan(&order.review, attempt).await?;
        // An attempt that did not come to its layout had about as many rows as this one.
        let rows = plan.map_or(total, |plan| plan.rows);
        while deps.store.sweeper().attempt(&order.review, attempt, rows, SWEPT_AT_ONCE).await? == Swept::Some {}
    }
    end(deps, job, &Ending::Completed { result: None }).await?;
    Ok(Worked::Completed { rows: total.into() })
}

async fn end(deps: &Deps, job: &Job, ending: &Ending) -> Result<(), Error> {
    deps.store.jobs().end(&job.id, ending, deps.clock.now()).await?;
    Ok(())
}

/// What a client is told about a failure. What went wrong inside is for the log alone.
fn reason(error: &Error) -> String {
    match error {
        Error::Invalid(faults) => {
            faults.iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect::<Vec<_>>().join("; ")
        }
        Error::TooLarge(what) => what.clone(),
        Error::NotFound(_) => "the snapshot does not exist".to_owned(),
        Error::Forbidden(_) | Error::Refused(_) | Error::Stale | Error::Unavailable(_) | Error::Bug(_) => {
            "an internal error, which has been logged".to_owned()
        }
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
    (review, campaign): (Review, Option<Stored<Campaign>>),
    left: Left<'_>,
) -> Result<Progress, Error> {
    publish::running(deps, order, campaign.as_ref()).await?;
    let campaign = campaign.map(|stored| stored.value);
    let (inputs, snapshot) = Inputs::freeze(deps, job, order, campaign.as_ref()).await?;
    let built = Arc::new(rows(deps, &inputs, &snapshot, order, &review).await?);
    let now = deps.clock.now();
    let total = u64::try_from(built.rows()).unwrap_or(u64::MAX);
    let Some(running) = deps.store.jobs().run(&job.id, Some(total), now, jobs::stalled_at(now)).await? else {
        return Ok(Progress::CalledOff);
    };
    if running.cancel {
        return Ok(Progress::CalledOff);
    }
    if let Some(stopped) = write(deps, &running, order, &built, left).await? {
        return Ok(stopped);
    }
    let rows = u32::try_from(built.rows()).map_err(|_| Error::TooLarge("more rows than a review has".to_owned()))?;
    publish::publish(deps, order, snapshot.id, rows).await?;
    Ok(Progress::Done(rows))
}

/// All rows of the review, worked out from the frozen inputs.
async fn rows(
    deps: &Deps,
    inputs: &Inputs,
    snapshot: &Snapshot,
    order: &OrderRecord,
    review: &Review,
) -> Result<Built, Error> {
    let question = inputs.question(&review.certification)?;
    let rules = inputs.rules(order);
    let as_of = inputs.as_of;
    let graph = current::load(deps, &snapshot.sources).await?;
    offload(move || build::build(graph, &question, &rules, as_of)).await?
}

/// Writes whatever is not marked as written; answers why it stopped before the end, if it did.
async fn write(
    deps: &Deps,
    job: &Job,
    order: &OrderRecord,
    built: &Arc<Built>,
    left: Left<'_>,
) -> Result<Option<Progress>, Error> {
    // Blocks come first: where none has counted, nothing is marked that would be worth a request.
    let finished = if job.processed == 0 { Vec::new() } else { deps.store.jobs().finished(&job.id).await? };
    let done: BTreeSet<u32> = finished.into_iter().map(|(mark, _)| mark).collect();
    for piece in pieces(built).filter(|piece| !done.contains(&piece.mark())) {
        piece.write(deps, order, built).await?;
        let now = deps.clock.now();
        let (mark, rows, stalled_at) = (piece.mark(), piece.rows(built), jobs::stalled_at(now));
        let goes_on = deps.store.jobs().finish_range_and_go_on(&job.id, mark, rows, now, stalled_at).await?;
        if !goes_on {
            // Another worker has counted it, or the job is over.
            let alive = deps.store.jobs().run(&job.id, None, now, stalled_at).await?;
            if alive.is_none_or(|job| job.cancel) {
                return Ok(Some(Progress::CalledOff));
            }
        }
        if jobs::is_short(left) {
            return Ok(Some(Progress::Interrupted));
        }
    }
    // One small item, written again by whoever publishes: not worth a mark.
    deps.store.certifications().write_plan(&order.review, order.attempt, &built.plan()).await?;
    Ok(None)
}

/// A piece of work that is marked when it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// The blocks from this one on, as many as share an item of zone maps.
    Blocks(usize),
    /// From identities to rows.
    Lookup,
    /// Who may act on which rows.
    Reach,
}

fn pieces(built: &Built) -> impl Iterator<Item = Piece> + use<> {
    let ranges = (0..built.blocks()).step_by(BLOCKS_PER_RANGE).map(Piece::Blocks);
    ranges.chain([Piece::Lookup, Piece::Reach])
}

impl Piece {
    /// The number under which it is marked: its first row.
    fn mark(self) -> u32 {
        match self {
            Self::Blocks(first) => u32::try_from(first * super::layout::ROWS_PER_BLOCK).unwrap_or(u32::MAX),
            Self::Lookup => LOOKUP,
            Self::Reach => REACH,
        }
    }

    /// How many rows it covers.
    fn rows(self, built: &Built) -> u64 {
        match self {
            Self::Blocks(first) => {
                let from = first * super::layout::ROWS_PER_BLOCK;
                let to = ((first + BLOCKS_PER_RANGE) * super::layout::ROWS_PER_BLOCK).min(built.rows());
                u64::try_from(to.saturating_sub(from)).unwrap_or(0)
            }
            Self::Lookup | Self::Reach => 0,
        }
    }

    async fn write(self, deps: &Deps, order: &OrderRecord, built: &Arc<Built>) -> Result<(), Error> {
        let (review, attempt) = (&order.review, order.attempt);
        let own = Arc::clone(built);
        match self {
            Self::Blocks(first) => {
                let to = (first + BLOCKS_PER_RANGE).min(built.blocks());
                let encoded = offload(move || own.encode(first..to)).await??;
                let number = u32::try_from(first / BLOCKS_PER_RANGE).unwrap_or(u32::MAX);
                let zones = (number, encoded.zones.as_slice());
                deps.store.blocks().write_range(review, attempt, encoded.blocks, zones).await?;
            }
            Self::Lookup => {
                let lookup = offload(move || own.lookup()).await?;
                deps.store.lookup().write(review, attempt, &lookup).await?;
            }
            Self::Reach => {
                let reach = offload(move || own.reach()).await?;
                deps.store.reaches().write_all(review, attempt, reach).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
