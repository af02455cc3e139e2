//! The worker of jobs on the rows of a review that nobody sees yet.
//!
//! A message may come twice, or late; what is done is marked in ranges, each counted once. However a run ends, the review
//! goes on, to its rules or to its reviewers: a run that fails leaves what it has written, says why, and is in nobody's way.

use domain::automation::run::RunStatus;
use domain::ids::{JobId, ReviewId};
use store::job::{Ending, Job};

use super::apply::{self, Undone};
use super::order::Order;
use crate::closing::finish::{finish_if_done, look_later};
use crate::deps::{Deps, Message};
use crate::error::Error;
use crate::loading::jobs::{self, Left, Worked};
use crate::loading::materialise::{self, Opening, Unopened, unopened};
use crate::unattended::Reached;

/// Works on the job of a message, as far as the time allows.
///
/// # Errors
/// Passing difficulties alone: the message is to be delivered again. Everything else is recorded with the run.
pub async fn work(deps: &Deps, job: JobId, left: Left<'_>) -> Result<Worked, Error> {
    let Some(job) = jobs::take_up(deps, &job).await? else { return Ok(Worked::Repeated) };
    let worked = Box::pin(settle(deps, &job, left)).await;
    jobs::ended(deps, &job, worked).await
}

async fn settle(deps: &Deps, job: &Job, left: Left<'_>) -> Result<Worked, Error> {
    match jobs::input(job)? {
        Order::Run { review, attempt } => run(deps, job, review, attempt, left).await,
    }
}

async fn run(deps: &Deps, job: &Job, review: ReviewId, attempt: u32, left: Left<'_>) -> Result<Worked, Error> {
    let Some(Unopened { site, inputs, plan }) = unopened(deps, &review, attempt).await? else {
        return cancelled(deps, job).await;
    };
    let reached = if job.cancel {
        Ok(Reached::CalledOff)
    } else {
        apply::carry_out(deps, job, &site, &plan, &inputs, left).await
    };
    let (status, ending) = match reached {
        Ok(Reached::End(parts)) => {
            let result = serde_json::to_string(&Undone::in_all(&parts)?).ok();
            (RunStatus::Succeeded, Ending::Completed { result, processed: None })
        }
        Ok(Reached::Interrupted) => {
            deps.queue.send(&Message::Automate { job: job.id }).await?;
            return Ok(Worked::Continued);
        }
        Ok(Reached::CalledOff) => (RunStatus::Failed, Ending::Failed { error: "the run was called off".to_owned() }),
        Err(error) if error.retryable() => return Err(error),
        Err(error) => {
            if deps.store.certifications().get(&review).await?.is_none() {
                // Deleted meanwhile, and swept, or about to be.
                return cancelled(deps, job).await;
            }
            tracing::warn!(job = %job.id, %error, "automations cannot be applied");
            (RunStatus::Failed, Ending::Failed { error: materialise::reason(&error) })
        }
    };
    let opening = Opening { total: plan.rows, automated: Some(status), ending, if_wanted: false };
    let completes = look_later(deps, review).await?;
    materialise::go_on(deps, job, &inputs, None, opening).await?;
    if completes {
        // Automations may have decided everything. When this does not answer, the note says to look again.
        finish_if_done(deps, review).await?;
    }
    Ok(match status {
        RunStatus::Failed => Worked::Failed,
        RunStatus::Running | RunStatus::Succeeded => Worked::Completed { rows: plan.rows.into() },
    })
}

async fn cancelled(deps: &Deps, job: &Job) -> Result<Worked, Error> {
    deps.store.jobs().end(&job.id, &Ending::Cancelled, deps.clock.now()).await?;
    Ok(Worked::Cancelled)
}
