//! Work that goes on after a call: how it is asked for, handed over, watched and called off.
//!
//! A job is written in the transaction of the command that asks for it, together with the message that starts it. The
//! message is sent right after the commit; when that fails, or the process dies, the sweep sends it. A message may come
//! twice: everything a worker needs to know stands in the job.

use std::time::Duration;

use domain::ids::{AutomationId, CommandId, JobId, ReviewId, SnapshotId};
use domain::review::ReviewerAssignment;
use domain::settings::Origin;
use domain::user::User;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::job::{Ending, Job, Part};
use store::outbox::Outgoing;
use store::tx::Tx;

use super::people::Person;
use crate::call::uuid_of;
use crate::deps::{Deps, Message};
use crate::error::Error;
use crate::loading::population::NamedIdentity;
use crate::loading::snapshot::Source;

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

/// A review whose rows are to be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The review.
    pub review: ReviewId,
    /// Which attempt this is: part of the keys of everything that is built.
    pub attempt: u32,
    /// Campaign or certification: what is asked, and in which order rows are listed.
    pub origin: Origin,
    /// Which picture of the inventory is reviewed.
    pub source: Source,
    /// Who reviews.
    pub assignment: ReviewerAssignment,
    /// The reviewer of last resort.
    pub creator: User,
    /// The automations that are applied to the rows once they are there, each in the version that it had when the review
    /// was begun.
    pub automations: Vec<(AutomationId, u64)>,
    /// The people whom a certification is about alone; nobody where it is about everybody.
    pub identities: Vec<NamedIdentity>,
}

/// [`Order`] as it is kept in a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct OrderRecord {
    pub(crate) review: ReviewId,
    pub(crate) attempt: u32,
    pub(crate) campaign: bool,
    /// `current`, `latest`, or a snapshot's id.
    pub(crate) source: String,
    pub(crate) users_manager: bool,
    pub(crate) resource_managers: bool,
    pub(crate) reviewers: Vec<Person>,
    pub(crate) fallback_reviewers: Vec<Person>,
    pub(crate) creator: Person,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) automations: Vec<(AutomationId, u64)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) identities: Vec<NamedIdentity>,
}

impl From<&Order> for OrderRecord {
    fn from(order: &Order) -> Self {
        let Order { review, attempt, origin, source, assignment, creator, automations, identities } = order.clone();
        let people = |users: Vec<User>| users.into_iter().map(Person::from).collect();
        Self {
            review,
            attempt,
            campaign: origin == Origin::Campaign,
            source: match source {
                Source::Current => "current".to_owned(),
                Source::Latest => "latest".to_owned(),
                Source::Given(snapshot) => snapshot.to_string(),
            },
            users_manager: assignment.users_manager,
            resource_managers: assignment.resource_managers,
            reviewers: people(assignment.reviewers),
            fallback_reviewers: people(assignment.fallback_reviewers),
            creator: creator.into(),
            automations,
            identities,
        }
    }
}

impl OrderRecord {
    /// The id of a step of an attempt: the same for every repetition.
    pub(crate) fn command(&self, step: &str) -> CommandId {
        step_of(&self.review, self.attempt, step)
    }

    /// Which picture of the inventory is reviewed.
    pub(crate) fn wanted(&self) -> Result<Source, Error> {
        match self.source.as_str() {
            "current" => Ok(Source::Current),
            "latest" => Ok(Source::Latest),
            id => {
                let id: Result<SnapshotId, _> = id.parse();
                id.map(Source::Given).map_err(|error| Error::Bug(format!("the job's snapshot: {error}")))
            }
        }
    }

    /// Who reviews.
    pub(crate) fn assignment(&self) -> ReviewerAssignment {
        let users = |people: &[Person]| people.iter().cloned().map(User::from).collect();
        ReviewerAssignment {
            users_manager: self.users_manager,
            resource_managers: self.resource_managers,
            reviewers: users(&self.reviewers),
            fallback_reviewers: users(&self.fallback_reviewers),
        }
    }
}

/// Who reviews, as it stands with the layout of rows, where those who show them find it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Instructions {
    users_manager: bool,
    resource_managers: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reviewers: Vec<Person>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fallback_reviewers: Vec<Person>,
}

impl Instructions {
    /// The most people that they may name: every reader of the layout pays for them.
    const MOST_NAMED: usize = 100;

    /// Those of an order; `None` where they name too many.
    pub(crate) fn of(order: &OrderRecord) -> Option<Self> {
        let OrderRecord { users_manager, resource_managers, reviewers, fallback_reviewers, .. } = order.clone();
        let instructions = Self { users_manager, resource_managers, reviewers, fallback_reviewers };
        let named = instructions.reviewers.len() + instructions.fallback_reviewers.len();
        (named <= Self::MOST_NAMED).then_some(instructions)
    }
}

impl From<Instructions> for ReviewerAssignment {
    fn from(instructions: Instructions) -> Self {
        let Instructions { users_manager, resource_managers, reviewers, fallback_reviewers } = instructions;
        let users = |people: Vec<Person>| people.into_iter().map(User::from).collect();
        let (reviewers, fallback_reviewers) = (users(reviewers), users(fallback_reviewers));
        Self { users_manager, resource_managers, reviewers, fallback_reviewers }
    }
}

/// The job that builds an attempt of the rows of a review.
pub(crate) fn building(review: &ReviewId, attempt: u32) -> JobId {
    JobId::new(step_of(review, attempt, "build").uuid())
}

/// The id of a step of an attempt.
fn step_of(review: &ReviewId, attempt: u32, step: &str) -> CommandId {
    let step = format!("materialise\0{review}\0{attempt}\0{step}");
    CommandId::new(uuid_of(Sha256::new().chain_update(step)))
}

/// How far the building of rows is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuildProgress {
    /// Rows that are written, of which nobody sees any before all are.
    pub processed: u64,
    /// How many there will be, once that is known.
    pub total: Option<u64>,
}

/// How far the building of an attempt of a review's rows is; `None` where no job builds them.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn build_progress(
    deps: &Deps,
    review: &ReviewId,
    attempt: u32,
) -> Result<Option<BuildProgress>, Error> {
    let job = deps.store.jobs().get(&building(review, attempt)).await?;
    Ok(job.map(|Job { processed, total, .. }| BuildProgress { processed, total }))
}

/// Adds the job that builds the rows of a review, and the message that starts it, to the transaction that makes the
/// review wait for them.
///
/// # Errors
/// [`Error::Bug`] when the order cannot be written down.
pub fn begin(tx: &mut Tx<'_>, order: &Order) -> Result<(), Error> {
    let message = Message::Materialise { job: building(&order.review, order.attempt) };
    insert(tx, &message, &OrderRecord::from(order), &order.creator)
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
