//! What is left of a certification that was deleted: rows, decisions, and who reached them.
//!
//! Nobody finds any of it any more, so that it may go bit by bit, and a worker that dies leaves the rest to the next one.
//! What leads to other things goes after them.

use std::collections::BTreeSet;

use domain::ids::ReviewId;
use domain::page::{PageState, ROWS};
use domain::user::UserKey;
use serde::{Deserialize, Serialize};
use store::job::{Ending, Job};
use store::sweep::Swept;

use crate::deps::{Deps, Message};
use crate::error::Error;
use crate::loading::jobs::{Left, Worked, is_short, require_hope};

/// Items that are deleted in one go.
const AT_ONCE: usize = 1_000;

/// What is to be swept. Stands in stored jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Discard {
    /// The certification.
    pub(crate) discard: ReviewId,
    /// Its last attempt.
    pub(crate) attempt: u32,
    /// How many rows it had; 0 when they were still being built.
    pub(crate) rows: u32,
}

/// Sweeps, as far as the time allows.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn work(deps: &Deps, job: &Job, order: &Discard, left: Left<'_>) -> Result<Worked, Error> {
    require_hope(job)?;
    let Discard { discard: id, attempt, rows } = *order;
    if deps.store.certifications().get(&id).await?.is_some() {
        return Err(Error::Bug(format!("the certification {id} is not deleted")));
    }
    let sweeper = deps.store.sweeper();
    // Those whom somebody made reviewers later stand in states alone.
    let states = deps.store.pages().touched(&id, 0..rows.div_ceil(ROWS)).await?;
    let later: BTreeSet<UserKey> =
        states.values().flat_map(PageState::rows).filter_map(|(_, row)| row.reviewers.clone()).flatten().collect();
    sweeper.reaches(&id, attempt, rows, later).await?;
    if !attempts(deps, &id, attempt, rows, left).await? {
        return again(deps, job).await;
    }
    while sweeper.decisions(&id, AT_ONCE).await? == Swept::Some {
        if is_short(left) {
            return again(deps, job).await;
        }
    }
    let ending = Ending::Completed { result: None, processed: Some(u64::from(rows)) };
    deps.store.jobs().end(&job.id, &ending, deps.clock.now()).await?;
    Ok(Worked::Completed { rows: u64::from(rows) })
}

async fn again(deps: &Deps, job: &Job) -> Result<Worked, Error> {
    deps.queue.send(&Message::Materialise { job: job.id }).await?;
    Ok(Worked::Continued)
}

/// Deletes everything that the attempts of a review built, up to `last`; `false` when time ran out before. `rows` is how
/// many rows an attempt has that does not say so itself.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn attempts(deps: &Deps, id: &ReviewId, last: u32, rows: u32, left: Left<'_>) -> Result<bool, Error> {
    for attempt in 1..=last {
        let plan = deps.store.certifications().plan(id, attempt).await?;
        let rows = plan.map_or(rows, |plan| plan.rows);
        while deps.store.sweeper().attempt(id, attempt, rows, AT_ONCE).await? == Swept::Some {
            if is_short(left) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
