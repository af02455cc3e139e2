//! Completing reviews whose rows are ready, without anybody asking.

use std::collections::HashMap;

use domain::ids::ReviewId;
use domain::review::may_complete;
use domain::row::RowState;
use domain::settings::{Book, CompletionRule, Origin, Settings};
use jiff::{SignedDuration, Timestamp};
use store::certification::Tally;
use store::outbox::Sent;

use super::standing::{Closing, Standing};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::event;
use crate::outgoing::{self, Told};
use crate::retry::Again;

/// How long after it was about to be opened a review is looked at.
const SOON: SignedDuration = SignedDuration::from_mins(2);
/// How many reviews one sweep looks at.
const REVIEWS: usize = 100;

/// What looking at a review came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// It is completed.
    Completed,
    /// It is looked at again, because somebody may undo a decision until then.
    Waits,
    /// It goes on.
    No,
}

/// What one sweep came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Finished {
    /// Reviews that were completed.
    pub completed: usize,
    /// Reviews that could not be looked at, and are tried again.
    pub left: usize,
}

/// Whether the rows are what a rule asks for. No rows are never ready.
fn is_done(rule: CompletionRule, tally: &Tally) -> bool {
    tally.open && tally.total > 0 && may_complete(rule, tally.total, &tally.counts).is_ok()
}

impl Standing {
    /// Whether it completes by itself as its rows are.
    pub(super) fn is_done(&self) -> bool {
        self.settings.completes_by_itself().is_some_and(|rule| is_done(rule, &self.tally))
    }

    /// Until when somebody may undo what was decided last; only in campaigns can anything be undone.
    fn settled_at(&self) -> Option<Timestamp> {
        let (last, _) = self.tally.updated.as_ref().filter(|_| self.campaign.is_some())?;
        last.checked_add(SignedDuration::from_millis(RowState::UNDO_WINDOW_MS)).ok()
    }
}

/// Completes a review if its rows are ready and it completes by itself. A campaign whose last decision can still be undone
/// is looked at again after that.
///
/// # Errors
/// [`Error::Unavailable`]: it has to be looked at again.
pub async fn finish_if_done(deps: &Deps, id: ReviewId) -> Result<Finish, Error> {
    let mut again = Again::new();
    loop {
        let now = deps.clock.now();
        let Some(standing) = Standing::load(deps, id).await?.filter(Standing::is_done) else { return Ok(Finish::No) };
        if let Some(until) = standing.settled_at().filter(|until| now <= *until) {
            let then = until.checked_add(SignedDuration::from_millis(1)).unwrap_or(until);
            deps.store.endings().look_at(&id, then).await?;
            return Ok(Finish::Waits);
        }
        let last = standing.tally.updated.as_ref().map_or(Timestamp::UNIX_EPOCH, |(at, _)| *at);
        let call = Call::by_itself("completes by itself", id.uuid(), last, now);
        match standing.close(deps, &call, Closing::Complete).await {
            Ok(Ok(_)) => return Ok(Finish::Completed),
            // It has ended in another way since.
            Err(Error::Refused(_)) => return Ok(Finish::No),
            Ok(Err(error)) if again.after(&error).await => {}
            Ok(Err(error)) => return Err(error.into()),
            Err(error) => return Err(error),
        }
    }
}

/// Looks at the campaigns whose last decision could still be undone when they were looked at before.
///
/// # Errors
/// [`Error::Unavailable`] when nothing can be looked up: the next sweep tries again.
pub async fn finish_due(deps: &Deps) -> Result<Finished, Error> {
    let mut outcome = Finished::default();
    for id in deps.store.endings().due(deps.clock.now(), REVIEWS).await? {
        match look_again(deps, id).await {
            Ok(Finish::Completed) => outcome.completed += 1,
            Ok(Finish::Waits | Finish::No) => {}
            Err(error) => {
                tracing::warn!(review = %id, %error, "a review that may be ready cannot be looked at");
                outcome.left += 1;
            }
        }
    }
    Ok(outcome)
}

/// Notes that a review that is about to be opened is to be looked at soon after, where reviews complete by themselves; whether
/// they do. Whoever opens it looks at once, and may die in between.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn look_later(deps: &Deps, id: ReviewId) -> Result<bool, Error> {
    let all = deps.store.settings().ruling(None).await?;
    // Where something completes by itself, both kinds of reviews do.
    let completes = Settings::new(Book::default(), all, Origin::Certification).completes_by_itself().is_some();
    if completes {
        let then = deps.clock.now().checked_add(SOON).unwrap_or(Timestamp::MAX);
        deps.store.endings().look_at(&id, then).await?;
    }
    Ok(completes)
}

async fn look_again(deps: &Deps, id: ReviewId) -> Result<Finish, Error> {
    let note = deps.store.endings().note(&id).await?;
    let found = finish_if_done(deps, id).await?;
    if let (Finish::Completed | Finish::No, Some(note)) = (found, note) {
        deps.store.endings().done(&id, note, deps.clock.now()).await?;
    }
    Ok(found)
}

/// Hands over the messages of a command on the rows of a review, after looking whether the review has been waiting for just
/// that. When that cannot be looked at, the messages are left to the sweep, which looks again.
pub(crate) async fn hand_over(deps: &Deps, settings: &Settings, review: ReviewId, messages: Vec<Sent>) {
    if let Some(rule) = settings.completes_by_itself()
        && let Err(error) = look(deps, review, rule).await
    {
        tracing::warn!(%review, %error, "whether a review is ready is left to the sweep");
        return;
    }
    outgoing::dispatch(deps, messages, Told::Carried).await;
}

/// The counts first: they nearly always say that there is more to do.
async fn look(deps: &Deps, review: ReviewId, rule: CompletionRule) -> Result<(), Error> {
    if is_done(rule, &deps.store.certifications().tally(&review).await?) {
        finish_if_done(deps, review).await?;
    }
    Ok(())
}

/// Of messages that nobody seems to have handed over, those that may be sent now: whether the reviews that they tell of are
/// ready has been looked at. The others are to be found again.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn look_first<'a>(deps: &Deps, messages: &'a [Sent]) -> Result<Vec<&'a Sent>, Error> {
    let reviews: Vec<Option<ReviewId>> = messages.iter().map(event::rows::review_of).collect();
    if reviews.iter().all(Option::is_none) {
        return Ok(messages.iter().collect());
    }
    let all = deps.store.settings().ruling(None).await?;
    // Where something completes by itself, both kinds of reviews do.
    if Settings::new(Book::default(), all, Origin::Certification).completes_by_itself().is_none() {
        return Ok(messages.iter().collect());
    }
    let mut looked: HashMap<ReviewId, bool> = HashMap::new();
    for review in reviews.iter().flatten() {
        if looked.contains_key(review) {
            continue;
        }
        let found = finish_if_done(deps, *review).await;
        if let Err(error) = &found {
            tracing::warn!(%review, %error, "whether a review is ready cannot be looked at");
        }
        // What trying again does not mend keeps no message back.
        looked.insert(*review, found.map_or_else(|error| !error.retryable(), |_| true));
    }
    let may_go = |review: &Option<ReviewId>| review.is_none_or(|review| looked.get(&review).copied().unwrap_or(true));
    Ok(messages.iter().zip(&reviews).filter(|(_, review)| may_go(review)).map(|(message, _)| message).collect())
}
