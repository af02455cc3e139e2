//! Reminding reviewers of what waits for them.
//!
//! A review that is open and has a due date stands in the index of due times with the next time at which its reviewers are
//! reminded. The schedule finds it, has the worker look who still has rows to decide, and lets an hour pass before it asks
//! again; the worker moves the review on to its next time. What an outage missed is one letter afterwards: times that have
//! passed are not made up for one by one.

use domain::ids::{JobId, ReviewId};
use domain::letter::Motive;
use domain::review::Phase;
use jiff::{SignedDuration, Timestamp};

use super::contents::Rows;
use super::write::{Matter, entered, post};
use super::{recipients, write_and_send};
use crate::call::Call;
use crate::deps::{Deps, Message};
use crate::error::Error;
use crate::retry::settled;
use crate::review::read::reviewers;

/// How many reviews one tick looks at; what is left is found a minute later.
const REVIEWS: usize = 50;
/// After which time the worker is asked again, when it has not moved a review on by then.
const ASKED_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// What one tick came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Due {
    /// Reviews whose reviewers are reminded.
    pub reviews: usize,
    /// Reviews that could not be handed over.
    pub left: usize,
}

/// Has the reviewers reminded of each review whose time has come.
///
/// # Errors
/// [`Error::Unavailable`] when nothing can be looked up: the next tick tries again.
pub async fn remind_due(deps: &Deps) -> Result<Due, Error> {
    let now = deps.clock.now();
    let mut due = Due::default();
    for id in deps.store.letters().due(now, REVIEWS).await? {
        match hand_over(deps, id, now).await {
            Ok(asked) => due.reviews += usize::from(asked),
            Err(error) => {
                tracing::warn!(review = %id, %error, "nobody can be reminded of this review");
                due.left += 1;
            }
        }
    }
    Ok(due)
}

/// Asks the worker for one review, unless another tick has. The index may lag: what the reminder says decides.
async fn hand_over(deps: &Deps, id: ReviewId, now: Timestamp) -> Result<bool, Error> {
    let decide = || async move {
        let Some(stored) = deps.store.letters().reminder(&id).await? else { return Ok(None) };
        let Some(at) = stored.value.filter(|at| *at <= now) else { return Ok(None) };
        let call = Call::by_itself("reminder", id.uuid(), at, now);
        let mut tx = deps.store.write(call.command, now);
        tx.put_reminder(&id, now.checked_add(ASKED_AGAIN).ok(), Some(stored.version))?;
        Ok(Some((tx, Message::Remind { job: JobId::new(id.uuid()) })))
    };
    write_and_send(deps, decide).await
}

/// Writes a letter to everybody who has rows to decide in a review, for whatever waits for them anywhere; once a day.
///
/// # Errors
/// When the table or the queue does not answer; the same may be asked again.
pub async fn remind(deps: &Deps, job: JobId) -> Result<(), Error> {
    let id = ReviewId::new(job.uuid());
    let now = deps.clock.now();
    if let (Some(settings), Some(review)) = (&deps.settings.mail, entered(deps, id).await?)
        && review.certification.phase() == Phase::Open
    {
        let progress = reviewers::progress(deps, &review).await?;
        let waiting =
            progress.into_iter().filter(|(_, counts)| Rows::from(counts.clone()).wait()).map(|(user, _)| user);
        let today = settings.today(now).to_string();
        let matter = Matter { id: &today, motive: Motive::Reminder, review: None, actor: None, at: now };
        post(deps, &matter, recipients(deps, waiting).await?).await?;
    }
    follow(deps, id).await
}

/// Settles when the reviewers of a review are reminded next: never, once it is over, and where it is not due at any time.
pub(super) async fn follow(deps: &Deps, id: ReviewId) -> Result<(), Error> {
    let command = domain::ids::CommandId::new(deps.ids.uuid());
    settled(|| async {
        let now = deps.clock.now();
        let certification = deps.store.certifications().get(&id).await?.map(|review| review.certification);
        let open = certification.filter(|certification| certification.phase() == Phase::Open);
        let due = open.and_then(|certification| certification.due_date);
        let next = deps.settings.mail.as_ref().zip(due).and_then(|(settings, due)| settings.next(due, now));
        let stored = deps.store.letters().reminder(&id).await?;
        let known = stored.as_ref().map(|stored| stored.value);
        if known.unwrap_or_default() == next {
            return Ok(Ok(()));
        }
        let mut tx = deps.store.write(command, now);
        tx.put_reminder(&id, next, stored.map(|stored| stored.version))?;
        Ok(tx.commit().await.map(|_nothing_to_send| ()))
    })
    .await
}
