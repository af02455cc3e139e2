//! What is done to many rows without a person.
//!
//! The rows are taken a range of blocks at a time, and a range that is done is marked with its job. What a range changes is
//! one command, or a few, whose ids follow from the job and the range: a range that is done again after a crash finds its
//! own work in the logs of the pages, counts it, and does the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::ops::Range;

use domain::ids::{CommandId, JobId, ReviewId};
use domain::page::{Act, PageState};
use domain::refusal::Refusal;
use domain::settings::Settings;
use domain::user::UserKey;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use store::certification::Fence;
use store::certification::Plan;
use store::job::{Job, Part};
use store::page::{Command, CommitError, PageOutcome, PageWork};

use crate::call::uuid_of;
use crate::closing::finish::hand_over;
use crate::deps::Deps;
use crate::error::Error;
use crate::event::{self, ReviewKind};
use crate::loading::jobs::{self, Left};
use crate::review::command::act::refusal_of;

/// Blocks that make up a range: a request for their columns, two for the states of their pages.
pub(crate) const BLOCKS_PER_RANGE: u32 = 32;

/// Somebody who works through the blocks of a review.
pub(crate) trait Worker {
    /// Hears what earlier deliveries of the job have done, before the first range.
    fn resume(&mut self, before: &[(u32, Part)]) -> impl Future<Output = Result<(), Error>> + Send;

    /// Does the work of some blocks; the same again when it has been done before.
    fn range(&mut self, blocks: Range<u32>) -> impl Future<Output = Result<Part, Error>> + Send;
}

/// How far a worker came.
pub(crate) enum Reached {
    /// To the end, with what came of each range.
    End(Vec<(u32, Part)>),
    /// Time ran out.
    Interrupted,
    /// Somebody called the job off, or it has ended otherwise.
    CalledOff,
}

/// Has a worker do the ranges of a review that are not marked as done, as far as the time allows: one at least, because
/// else no delivery would ever get further.
///
/// # Errors
/// Those of the worker; [`Error::Unavailable`].
pub(crate) async fn in_ranges(
    deps: &Deps,
    job: &Job,
    plan: &Plan,
    left: Left<'_>,
    worker: &mut impl Worker,
) -> Result<Reached, Error> {
    let Some(before) = jobs::resume(deps, job, u64::from(plan.rows)).await? else { return Ok(Reached::CalledOff) };
    let finished: BTreeSet<u32> = before.iter().map(|(first, _)| *first).collect();
    worker.resume(&before).await?;
    let ranges = (0..plan.blocks()).step_by(BLOCKS_PER_RANGE as usize);
    for (nth, first) in ranges.filter(|first| !finished.contains(first)).enumerate() {
        if nth > 0 && jobs::is_short(left) {
            return Ok(Reached::Interrupted);
        }
        let part = worker.range(first..first.saturating_add(BLOCKS_PER_RANGE).min(plan.blocks())).await?;
        if !jobs::finish_range(deps, job, first, &part).await? {
            return Ok(Reached::CalledOff);
        }
    }
    Ok(Reached::End(deps.store.jobs().finished(&job.id).await?))
}

/// How many rows some blocks hold.
pub(crate) fn rows_in(plan: &Plan, blocks: &Range<u32>) -> u64 {
    match blocks.end.checked_sub(1) {
        Some(last) if blocks.start <= last => {
            u64::from(plan.rows_of(last).end.saturating_sub(plan.rows_of(blocks.start).start))
        }
        Some(_) | None => 0,
    }
}

/// Who writes what the system decides.
pub(crate) struct Writer<'a> {
    pub(crate) deps: &'a Deps,
    pub(crate) review: ReviewId,
    pub(crate) attempt: u32,
    /// What the events of its rows call the review.
    pub(crate) kind: ReviewKind,
    /// What administrators have chosen, as it holds for the review.
    pub(crate) settings: &'a Settings,
    /// What is made of the end of the review.
    pub(crate) fence: Fence,
}

/// What came of a command.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// The pages that it changed now.
    pub(crate) changed: BTreeSet<u32>,
    /// What it had done in an earlier life, by page.
    pub(crate) before: BTreeMap<u32, Vec<Act>>,
}

impl Writer<'_> {
    /// Carries out a command on pages in the name of the system, and tells what it changed. `decide` is asked for a page
    /// again when it has changed meanwhile.
    ///
    /// # Errors
    /// [`Error::Refused`] when a row refuses, or the review is closed; [`Error::NotFound`] when the review is gone;
    /// [`Error::Unavailable`]. Some pages may have been written then.
    pub(crate) async fn write(
        &self,
        id: CommandId,
        now: Timestamp,
        pages: &[u32],
        decide: impl FnMut(u32, &PageState) -> Result<PageWork, Refusal>,
    ) -> Result<Written, Error> {
        let Self { deps, review, attempt, kind, settings, fence } = *self;
        // The range may have been written before, and any number of people may have decided since.
        let command = Command { review, attempt, id, repeated: true, actor: UserKey::system(), now, fence };
        let tell = |pages: &[(u32, &[Act])]| event::rows::message(review, kind, &command.actor, pages);
        let mut committed = match deps.store.pages().commit_and_tell(&command, pages, decide, tell).await {
            Ok(committed) => committed,
            Err(CommitError::Refused(refusal)) => return Err(Error::Refused(refusal)),
            Err(CommitError::Closed(closed)) => return Err(refusal_of(deps, &review, closed).await?),
            Err(CommitError::Store(error)) => return Err(error.into()),
        };
        hand_over(deps, settings, review, std::mem::take(&mut committed.messages)).await;
        let (mut written, mut already) = (Written::default(), Vec::new());
        for (page, outcome) in committed.pages {
            match outcome {
                PageOutcome::Applied => _ = written.changed.insert(page),
                PageOutcome::Unchanged => {}
                PageOutcome::Already => already.push(page),
                PageOutcome::Refused(refusal) => return Err(Error::Refused(refusal)),
                PageOutcome::Closed(closed) => return Err(refusal_of(deps, &review, closed).await?),
            }
        }
        if !already.is_empty() {
            let logs = deps.store.pages().logs(&review, &already).await?;
            for (page, log) in logs {
                let own = log.into_iter().filter(|entry| entry.command == id).flat_map(|entry| entry.acts);
                written.before.insert(page, own.collect());
            }
        }
        Ok(written)
    }
}

/// The id of a command of a job: the same for every repetition. `what` names the work.
pub(crate) fn command(what: &str, job: &JobId, range: u32, turn: u32) -> CommandId {
    let range = format!("{what}\0{job}\0{range}\0{turn}");
    CommandId::new(uuid_of(Sha256::new().chain_update(range)))
}
