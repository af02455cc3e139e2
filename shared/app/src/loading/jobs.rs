//! Work that goes on after a call: how it is asked for, handed over, watched and called off.
//!
//! A job is written in the transaction of the command that asks for it, together with the message that starts it. The
//! message is sent right after the commit; when that fails, or the process dies, the sweep sends it. A message may come
//! twice: everything a worker needs to know stands in the job.

pub mod building;
pub(crate) mod discard;
pub mod sweep;
pub(crate) mod task;
pub mod work;

use std::time::Duration;

use domain::ids::JobId;
use domain::user::User;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::job::{Ending, Job, Part};
use store::outbox::Outgoing;
use store::tx::Tx;

use crate::deps::{Deps, Message};
use crate::error::Error;

/// How long a job may be silent before the sweep hands it over again. Longer than a worker may run without a word.
pub const SILENCE: SignedDuration = SignedDuration::from_mins(20);

/// What is left of a worker's time.
pub type Left<'a> = &'a (dyn Fn() -> Duration + Send + Sync);

/// What came of one delivery of a job's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worked {
    /// The work is done.
    Completed {
        /// How many rows, or things of an inventory, it was about.
        rows: u64,
    },
    /// Time ran out; a message of its own goes on.
    Continued,
    /// Somebody called it off, or nobody waits for it any more.
    Cancelled,
    /// It cannot be done; the reason stands with what was asked for.
    Failed,
    /// It had ended before: the message came once more.
    Repeated,
}

impl Worked {
    /// The word for logs and metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Completed { .. } => "completed",
            Self::Continued => "continued",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Repeated => "repeated",
        }
    }

    /// How many rows were done with.
    #[must_use]
    pub fn rows(self) -> u64 {
        match self {
            Self::Completed { rows } => rows,
            Self::Continued | Self::Cancelled | Self::Failed | Self::Repeated => 0,
        }
    }
}

/// Adds a job and its message to a transaction.
pub(crate) fn insert(tx: &mut Tx<'_>, message: &Message, input: &impl Serialize, by: &User) -> Result<(), Error> {
    insert_until(tx, message, input, by, None)
}

/// The same for a job that nobody asks for any more after a time.
pub(crate) fn insert_until(
    tx: &mut Tx<'_>,
    message: &Message,
    input: &impl Serialize,
    by: &User,
    expires_at: Option<Timestamp>,
) -> Result<(), Error> {
    let input = serde_json::to_string(input).map_err(|error| Error::Bug(format!("a job's input: {error}")))?;
    let job = Job { expires_at, ..Job::new(*message.job(), message.kind(), input, by.key(), tx.now()) };
    tx.insert_job(&job, stalled_at(tx.now()));
    tx.send(Outgoing { kind: message.kind().to_owned(), body: message.job().to_string() })?;
    Ok(())
}

/// What is in a job's input.
pub(crate) fn input<T: for<'de> Deserialize<'de>>(job: &Job) -> Result<T, Error> {
    serde_json::from_str(&job.input)
        .map_err(|error| Error::Bug(format!("the input of {}: {}", job.id, store::label::of_fault(&error))))
}

/// When a job that has just shown a sign of life counts as stalled.
pub(crate) fn stalled_at(now: Timestamp) -> Timestamp {
    now.checked_add(SILENCE).unwrap_or(Timestamp::MAX)
}

/// How many deliveries may begin and come to nothing before a job is given up.
const MOST_TRIES: u64 = 5;

/// Begins with a delivery of a job's message; `None` when there is no such job or it has ended.
pub(crate) async fn take_up(deps: &Deps, id: &JobId) -> Result<Option<Job>, Error> {
    let now = deps.clock.now();
    Ok(deps.store.jobs().begin(id, now, stalled_at(now)).await?)
}

/// That a job has not killed its workers so often that it will never be done: asked for before the work is.
///
/// # Errors
/// [`Error::TooLarge`].
pub(crate) fn require_hope(job: &Job) -> Result<(), Error> {
    if job.tries > MOST_TRIES {
        return Err(Error::TooLarge(format!(
            "given up after {MOST_TRIES} tries that were broken off: perhaps too large"
        )));
    }
    Ok(())
}

/// Keeps what came of a delivery that [`take_up`] began. What goes on later, or met a passing difficulty, is no try. A job
/// that nobody ended although there is no hope is ended here.
pub(crate) async fn ended(deps: &Deps, job: &Job, worked: Result<Worked, Error>) -> Result<Worked, Error> {
    match &worked {
        Err(error) if !error.retryable() && require_hope(job).is_err() => {
            tracing::error!(job = %job.id, %error, "a job is given up");
            let ending = Ending::Failed { error: "an internal error, which has been logged".to_owned() };
            deps.store.jobs().end(&job.id, &ending, deps.clock.now()).await?;
            return Ok(Worked::Failed);
        }
        Err(error) if !error.retryable() => {}
        Ok(Worked::Continued) | Err(_) => {
            if let Err(error) = deps.store.jobs().spare(&job.id).await {
                tracing::warn!(job = %job.id, %error, "a delivery counts as a try");
            }
        }
        Ok(Worked::Completed { .. } | Worked::Cancelled | Worked::Failed | Worked::Repeated) => {}
    }
    worked
}

/// Whether there is too little time left to begin another piece of work.
pub(crate) fn is_short(left: Left<'_>) -> bool {
    /// Longer than the largest piece takes.
    const PIECE: Duration = Duration::from_secs(45);
    left() < PIECE
}

/// Tells how much a job has to do, and which ranges of it an earlier delivery has done, by their first number; `None` when
/// the job has ended or is to be called off.
pub(crate) async fn resume(deps: &Deps, job: &Job, total: u64) -> Result<Option<Vec<(u32, Part)>>, Error> {
    let now = deps.clock.now();
    let running = deps.store.jobs().run(&job.id, Some(total), now, stalled_at(now)).await?;
    match running.filter(|job| !job.cancel) {
        None => Ok(None),
        // Where nothing has counted, nothing is marked that would be worth a request.
        Some(job) if job.processed == 0 => Ok(Some(Vec::new())),
        Some(job) => Ok(Some(deps.store.jobs().finished(&job.id).await?)),
    }
}

/// Marks a range as done; `false` when the job is to go no further.
pub(crate) async fn finish_range(deps: &Deps, job: &Job, first: u32, part: &Part) -> Result<bool, Error> {
    let now = deps.clock.now();
    let stalled_at = stalled_at(now);
    if deps.store.jobs().finish_range(&job.id, first, part, now, Some(stalled_at)).await? {
        return Ok(true);
    }
    // Another worker has counted it, or the job is over.
    let alive = deps.store.jobs().run(&job.id, None, now, stalled_at).await?;
    Ok(alive.is_some_and(|job| !job.cancel))
}
