//! The first evaluation of a campaign: what its rules and policies decide before anybody sees its rows.
//!
//! The campaign waits for it, so that whoever finds it active finds it decided. However the evaluation ends, the campaign is
//! opened: one that fails, or is called off, leaves what it has written, says why, and is in nobody's way; the rules can be
//! evaluated again.

use domain::ids::ReviewId;
use store::job::{Ending, Job};

use super::apply;
use super::failure::reason;
use super::findings::Progress;
use super::order::Evaluation;
use crate::closing::finish::{finish_if_done, look_later};
use crate::deps::{Deps, Message};
use crate::error::Error;
use crate::loading::jobs::{self, Left, Worked};
use crate::loading::materialise::inputs::Inputs;
use crate::loading::materialise::{self, Opening, Unopened, unopened};

/// Works on the job as far as the time allows, and opens the campaign at its end.
///
/// # Errors
/// Passing difficulties alone: the message is to be delivered again.
pub(super) async fn work(deps: &Deps, job: &Job, order: &Evaluation, left: Left<'_>) -> Result<Worked, Error> {
    let (review, attempt) = (order.review, order.attempt);
    let Some(Unopened { inputs, plan, .. }) = unopened(deps, &review, attempt).await? else {
        return cancelled(deps, job).await;
    };
    let (worked, ending) = match evaluate(deps, job, order, left).await {
        Ok(Progress::Done(findings, rows)) => {
            (Worked::Completed { rows }, Ending::Completed { result: Some(findings.write()?), processed: None })
        }
        Ok(Progress::Interrupted) => {
            deps.queue.send(&Message::Evaluate { job: job.id }).await?;
            return Ok(Worked::Continued);
        }
        Ok(Progress::CalledOff) => (Worked::Cancelled, Ending::Cancelled),
        Err(error) if error.retryable() => return Err(error),
        Err(error) => {
            if deps.store.certifications().get(&review).await?.is_none() {
                // Deleted meanwhile, and swept, or about to be.
                return cancelled(deps, job).await;
            }
            tracing::warn!(job = %job.id, %error, "a campaign is opened without all that its rules decide");
            (Worked::Failed, Ending::Failed { error: reason(&error) })
        }
    };
    open(deps, job, &inputs, review, Opening { total: plan.rows, automated: None, ending, if_wanted: false }).await?;
    Ok(worked)
}

async fn evaluate(deps: &Deps, job: &Job, order: &Evaluation, left: Left<'_>) -> Result<Progress, Error> {
    if job.cancel {
        return Ok(Progress::CalledOff);
    }
    jobs::require_hope(job)?;
    apply::carry_out(deps, job, order, left).await
}

async fn open(deps: &Deps, job: &Job, inputs: &Inputs, review: ReviewId, opening: Opening) -> Result<(), Error> {
    let completes = look_later(deps, review).await?;
    materialise::open(deps, job, inputs, None, opening).await?;
    if completes {
        // Rules may have decided everything. When this does not answer, the note says to look again.
        finish_if_done(deps, review).await?;
    }
    Ok(())
}

async fn cancelled(deps: &Deps, job: &Job) -> Result<Worked, Error> {
    deps.store.jobs().end(&job.id, &Ending::Cancelled, deps.clock.now()).await?;
    Ok(Worked::Cancelled)
}
