//! What is due every minute: messages that were not sent, jobs that fell silent, rows that nobody will ever see.
//!
//! Nothing is told what to do: what is due is looked up, a bounded part of it is done, and the rest is found again the
//! next time. Doing it twice does no harm.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use store::Stored;
use store::job::Job;
use store::upload::Upload;
use tokio::time::{Instant, timeout_at};

use crate::closing::finish::look_first;
use crate::deps::{Deps, Message};
use crate::error::Error;
use crate::loading::ingestion::upload;
use crate::loading::jobs;
use crate::outgoing;
use crate::scim::cut;

/// Messages that one sweep sends.
const MESSAGES: usize = 2_000;
/// Messages that are sent before they are marked: a crash sends no more than these again.
const AT_A_TIME: usize = 100;
/// How long the messages of one sweep may take: what cannot be sent must not keep everything else from being done.
const SENDING: Duration = Duration::from_secs(20);
/// Jobs that one sweep hands over again.
const JOBS: usize = 100;
/// Uploads that one sweep looks for, and how many it asks for at once.
const UPLOADS: usize = 1_000;
const UPLOADS_AT_ONCE: usize = 50;
/// How long after its address expired an upload is still looked for: a slow transfer may end late.
const LATE: SignedDuration = SignedDuration::from_hours(24);

/// What one sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Messages sent.
    pub sent: usize,
    /// Jobs handed over again.
    pub requeued: usize,
    /// Uploads whose bytes had come without anybody telling.
    pub uploads: usize,
    /// Directories that the inventory is to follow.
    pub directories: usize,
    /// Messages and jobs that could not be sent.
    pub left: usize,
}

/// Does what is due.
///
/// # Errors
/// [`Error::Unavailable`]: the next sweep tries again.
pub async fn run(deps: &Deps) -> Result<Swept, Error> {
    let mut swept = Swept::default();
    let sent = send_unsent(deps, &mut swept).await;
    let requeued = requeue_silent(deps, &mut swept).await;
    let begun = begin_uploads(deps, &mut swept).await;
    let cut = cut::begin_due(deps).await.map(|directories| swept.directories = directories);
    // What one could not do keeps none of the others from being done.
    sent.and(requeued).and(begun).and(cut)?;
    Ok(swept)
}

async fn send_unsent(deps: &Deps, swept: &mut Swept) -> Result<(), Error> {
    let messages = deps.store.outbox().unsent(deps.clock.now(), MESSAGES).await?;
    let end = Instant::now() + SENDING;
    let mut waiting = messages.len();
    for some in messages.chunks(AT_A_TIME) {
        let mut gone = Vec::new();
        let looked_at = look_first(deps, some).await?;
        let Ok(outcomes) = timeout_at(end, outgoing::hand_over(deps, &looked_at)).await else {
            tracing::warn!(waiting, "messages are left to the next sweep: no answer in time");
            swept.left += waiting;
            return Ok(());
        };
        waiting -= some.len();
        for (message, outcome) in looked_at.iter().zip(outcomes) {
            match outcome {
                Ok(()) => gone.push(*message),
                Err(error) => {
                    tracing::warn!(message = message.id, %error, "a message cannot be sent");
                    swept.left += 1;
                }
            }
        }
        outgoing::mark(deps, &gone).await;
        swept.sent += gone.len();
    }
    Ok(())
}

async fn requeue_silent(deps: &Deps, swept: &mut Swept) -> Result<(), Error> {
    let now = deps.clock.now();
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
    Ok(())
}

/// Begins uploads whose bytes have come; the object store may have told nobody.
async fn begin_uploads(deps: &Deps, swept: &mut Swept) -> Result<(), Error> {
    let mut after = None;
    for _ in 0..UPLOADS / UPLOADS_AT_ONCE {
        let page = deps.store.uploads().waiting(after, UPLOADS_AT_ONCE).await?;
        after = page.values.last().map(|last| (last.value.created_at, last.value.id));
        for waiting in page.values {
            begin_upload(deps, waiting, swept).await?;
        }
        if !page.more || after.is_none() {
            break;
        }
    }
    Ok(())
}

async fn begin_upload(deps: &Deps, waiting: Stored<Upload>, swept: &mut Swept) -> Result<(), Error> {
    let (id, now) = (waiting.value.id, deps.clock.now());
    match upload::start(deps, id, now).await {
        Ok(Some(_)) => swept.uploads += 1,
        Ok(None) if waiting.value.expires_at + LATE < now => upload::give_up(deps, waiting, now).await?,
        Ok(None) => {}
        Err(error) => {
            tracing::warn!(upload = %id, %error, "an upload cannot be begun");
            swept.left += 1;
        }
    }
    Ok(())
}

/// Hands over every job that has not ended, silent or not: for a process that starts with an empty queue of its own.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn resume(deps: &Deps) -> Result<usize, Error> {
    let mut resumed = 0;
    for id in deps.store.jobs().stalled(Timestamp::MAX, JOBS).await? {
        if let Some(job) = deps.store.jobs().get(&id).await?.filter(|job| !job.state.is_final()) {
            requeue(deps, &job).await?;
            resumed += 1;
        }
    }
    Ok(resumed)
}

/// The index may lag: what it says is looked at again.
fn is_silent(job: &Job, now: Timestamp) -> bool {
    !job.state.is_final() && jobs::stalled_at(job.updated_at) <= now
}

async fn requeue(deps: &Deps, job: &Job) -> Result<(), Error> {
    let message = Message::of(&job.kind, job.id);
    let message = message.ok_or_else(|| Error::Bug(format!("the job {} is of no known kind", job.id)))?;
    deps.queue.send(&message).await?;
    // A sign of life, so that it is not handed over again with every sweep.
    let now = deps.clock.now();
    deps.store.jobs().run(&job.id, None, now, jobs::stalled_at(now)).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
