//! How the rows of a review are asked for: the order that their job keeps, and how far it is.

use domain::ids::{AutomationId, CommandId, JobId, ReviewId, SnapshotId};
use domain::review::ReviewerAssignment;
use domain::settings::Origin;
use domain::user::User;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::job::Job;
use store::tx::Tx;

use crate::call::uuid_of;
use crate::deps::{Deps, Message};
use crate::error::Error;
use crate::loading::jobs::insert;
use crate::loading::people::Person;
use crate::loading::population::NamedIdentity;
use crate::loading::sources::snapshot::Source;

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
pub(crate) fn job(review: &ReviewId, attempt: u32) -> JobId {
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
pub(crate) async fn progress(deps: &Deps, review: &ReviewId, attempt: u32) -> Result<Option<BuildProgress>, Error> {
    let job = deps.store.jobs().get(&job(review, attempt)).await?;
    Ok(job.map(|Job { processed, total, .. }| BuildProgress { processed, total }))
}

/// Adds the job that builds the rows of a review, and the message that starts it, to the transaction that makes the
/// review wait for them.
///
/// # Errors
/// [`Error::Bug`] when the order cannot be written down.
pub fn begin(tx: &mut Tx<'_>, order: &Order) -> Result<(), Error> {
    let message = Message::Materialise { job: job(&order.review, order.attempt) };
    insert(tx, &message, &OrderRecord::from(order), &order.creator)
}
