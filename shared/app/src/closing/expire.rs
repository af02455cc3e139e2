//! Ending reviews whose due date has passed.

use domain::ids::ReviewId;
use domain::review::Certification;
use domain::settings::{Book, Origin, Settings};
use jiff::Timestamp;
use store::certification::Fence;

use super::expiry::expiry;
use super::standing::{Closing, Standing};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::retry::Again;

/// How many reviews one sweep ends; what is left is ended a minute later, or by whoever wants to change it.
const REVIEWS: usize = 100;

/// What one sweep came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Expired {
    /// Reviews that have ended.
    pub expired: usize,
    /// Reviews that could not be ended, and are tried again.
    pub left: usize,
}

/// What the end of a review is to a decision on its rows. The review has to have been read consistently.
pub(crate) fn fence(certification: &Certification, settings: &Settings) -> Fence {
    if settings.overdue_reviews_expire() { Fence::InTime { due: certification.due_date } } else { Fence::Open }
}

/// Whether reviews end when they are due, rather than stay open.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn reviews_expire(deps: &Deps) -> Result<bool, Error> {
    let all = deps.store.settings().ruling(None).await?;
    Ok(Settings::new(Book::default(), all, Origin::Certification).overdue_reviews_expire())
}

/// Ends the reviews whose due date has passed, each once, however often it is looked. Does nothing where reviews stay open.
///
/// # Errors
/// [`Error::Unavailable`] when nothing can be looked up: the next sweep tries again.
pub async fn expire_due(deps: &Deps) -> Result<Expired, Error> {
    let mut outcome = Expired::default();
    if !reviews_expire(deps).await? {
        return Ok(outcome);
    }
    let now = deps.clock.now();
    for id in deps.store.certifications().due(now, REVIEWS).await? {
        match expire(deps, id, now).await {
            Ok(true) => outcome.expired += 1,
            // Somebody was faster, or has moved the date; the index may lag.
            Ok(false) | Err(Error::Refused(_) | Error::NotFound(_)) => {}
            Err(error) => {
                tracing::warn!(review = %id, %error, "an overdue review cannot be ended");
                outcome.left += 1;
            }
        }
    }
    Ok(outcome)
}

/// Has a review that somebody is about to change end first, where its due date has passed.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn meet(deps: &Deps, certification: &Certification, now: Timestamp) -> Result<(), Error> {
    if certification.is_overdue(now) {
        expire(deps, certification.id, now).await?;
    }
    Ok(())
}

/// Ends a review if it is open past its due date and reviews expire; whether it did. One whose rows were ready in time, and
/// that completes by itself, is completed: from its due date on nobody can undo anything that it would have to wait for.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn expire(deps: &Deps, id: ReviewId, now: Timestamp) -> Result<bool, Error> {
    let mut again = Again::new();
    loop {
        let Some(standing) = Standing::load(deps, id).await? else { return Ok(false) };
        let Some(due) = standing.overdue_since(now) else { return Ok(false) };
        let (call, how) = match standing.is_done() {
            true => (Call::by_itself("completes at its due date", id.uuid(), due, now), Closing::Complete),
            false => (expiry(id, due, now), Closing::Expire),
        };
        match standing.close(deps, &call, how).await? {
            Ok(_) => return Ok(true),
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
        }
    }
}
