//! What is due every minute: messages that were not sent, jobs that fell silent, rows that nobody will ever see.
//!
//! Nothing is told what to do: what is due is looked up, a bounded part of it is done, and the rest is found again the
//! next time. Doing it twice does no harm.

use store::job::JobState;

use super::jobs;
use crate::deps::{Deps, Message};
use crate::error::Error;

/// Messages that one sweep sends.
const MESSAGES: usize = 200;
/// Jobs that one sweep hands over again.
const JOBS: usize = 100;

/// What one sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Messages sent.
    pub sent: usize,
    /// Jobs handed over again.
    pub requeued: usize,
    /// Messages and jobs that could not be sent.
    pub left: usize,
}

/// Does what is due.
///
/// # Errors
/// [`Error::Unavailable`]: the next sweep tries again.
pub async fn run(deps: &Deps) -> Result<Swept, Error> {
    let mut swept = Swept::default();
    let now = deps.clock.now();
    for message in deps.store.outbox().unsent(now, MESSAGES).await? {
        match jobs::send(deps, &message).await {
            Ok(()) => {
                deps.store.outbox().mark_sent(&message, now).await?;
                swept.sent += 1;
            }
            Err(error) => {
                tracing::warn!(message = message.id, %error, "a message cannot be sent");
                swept.left += 1;
            }
        }
    }
    for id in deps.store.jobs().stalled(now, JOBS).await? {
        let Some(job) = deps.store.jobs().get(&id).await?.filter(|job| is_silent(job, now)) else { continue };
        match requeue(deps, &job).await {
            Ok(()) => swept.requeued += 1,
            Err(error) => {
                tracing::warn!(job = %job.id, %error, "a job cannot be handed over");
                swept.left += 1;
            }
        }
    }
    Ok(swept)
}

/// The index may lag: what it says is looked at again.
fn is_silent(job: &store::job::Job, now: jiff::Timestamp) -> bool {
    !job.state.is_final() && jobs::stalled_at(job.updated_at) <= now
}

async fn requeue(deps: &Deps, job: &store::job::Job) -> Result<(), Error> {
    let message = Message::of(&job.kind, job.id);
    let message = message.ok_or_else(|| Error::Bug(format!("the job {} is of no known kind", job.id)))?;
    deps.queue.send(&message).await?;
    if job.state == JobState::Running || job.state == JobState::Pending {
        // A sign of life, so that it is not handed over again with every sweep.
        let now = deps.clock.now();
        deps.store.jobs().run(&job.id, None, now, jobs::stalled_at(now)).await?;
    }
    Ok(())
}
