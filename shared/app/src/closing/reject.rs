//! Rejecting what nobody had decided when a review expired.
//!
//! The transaction that ends the review leaves a job with everything that the work goes by: the note, and whether removals
//! are asked for. A range of rows is one command, so that doing it again changes nothing, whatever has been mended since.

use std::collections::BTreeMap;
use std::ops::Range;

use domain::decide::{Context, NotesRequired, RowCommand, apply_command};
use domain::ids::RowId;
use domain::note::NoteEdit;
use domain::page::{Change, PageState, ROWS, acts};
use domain::refusal::Refusal;
use domain::review::{Certification, RevokeMode};
use domain::row::Decision;
use domain::settings::{Origin, Settings};
use domain::user::{Role, UserKey};
use jiff::Timestamp;
use store::certification::{Fence, Plan};
use store::job::{Job, Part};
use store::page::PageWork;

use super::expiry::{expiry, job_of};
use crate::deps::Deps;
use crate::error::Error;
use crate::event::ReviewKind;
use crate::loading::jobs::{self, Left};
use crate::rule::findings::{Findings, Progress};
use crate::rule::order::{Order, Rejection};
use crate::unattended::{self, Reached, Worker, Writer};

/// The job on the undecided rows of a review, while it is not done; `None` also where there is none.
async fn pending(deps: &Deps, certification: &Certification) -> Result<Option<Job>, Error> {
    // The due date of a review that has expired does not change any more.
    let (Some(expired_at), Some(due)) = (certification.expired_at, certification.due_date) else { return Ok(None) };
    let job = job_of(&expiry(certification.id, due, expired_at));
    Ok(deps.store.jobs().get(&job).await?.filter(|job| !job.state.is_final()))
}

/// Whether nothing of what nobody had decided when a review expired is still to be rejected.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn has_rejected(deps: &Deps, certification: &Certification) -> Result<bool, Error> {
    Ok(pending(deps, certification).await?.is_none())
}

/// How far somebody came who did what was left to be rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejected {
    /// Nothing is left.
    All,
    /// Time ran out.
    Some,
}

/// Rejects what is left of the undecided rows of a review that has expired, beside the worker whose job that is: whoever
/// comes second finds what the other has done. The job itself is left for its worker to end.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn reject_rest(deps: &Deps, certification: &Certification, left: Left<'_>) -> Result<Rejected, Error> {
    let Some(job) = pending(deps, certification).await?.filter(|job| !job.cancel) else { return Ok(Rejected::All) };
    let Order::Expired(order) = jobs::input(&job)? else {
        return Err(Error::Bug(format!("the job {} rejects nothing", job.id)));
    };
    match reject(deps, &job, &order, left).await {
        Ok(Progress::Done(..) | Progress::CalledOff) => Ok(Rejected::All),
        Ok(Progress::Interrupted) => Ok(Rejected::Some),
        Err(error) if error.retryable() => Err(error),
        // What cannot be rejected stays undecided, as its own worker records.
        Err(error) => {
            tracing::warn!(job = %job.id, %error, "undecided rows cannot be rejected");
            Ok(Rejected::All)
        }
    }
}

/// Rejects the undecided rows of an order.
///
/// # Errors
/// [`Error::NotFound`] when the review is gone; [`Error::Unavailable`].
pub(crate) async fn reject(deps: &Deps, job: &Job, order: &Rejection, left: Left<'_>) -> Result<Progress, Error> {
    let reviews = deps.store.certifications();
    // What it owes is done also when it was deleted after its end.
    let review = reviews.get_kept(&order.review).await?.filter(|review| review.attempt == order.attempt);
    let review = review.ok_or_else(Error::not_found)?;
    let plan = reviews.plan(&order.review, order.attempt).await?;
    let plan = plan.ok_or_else(|| Error::Bug(format!("review {} has no plan", order.review)))?;
    let context = Context {
        actor: UserKey::system(),
        role: Role::Administrator,
        phase: review.certification.phase(),
        notes: NotesRequired::default(),
        revoke_mode: if order.enforce { RevokeMode::Enforce } else { RevokeMode::RecordOnly },
        assigned: Vec::new(),
        if_match: None,
    };
    // A review that has ended does not go by what administrators choose any more.
    let settings = Settings::defaults(Origin::Certification);
    let mut run = Run { deps, job, order, plan: &plan, settings, context };
    match unattended::in_ranges(deps, job, &plan, left, &mut run).await? {
        Reached::End(_) => Ok(Progress::Done(Findings::default(), u64::from(plan.rows))),
        Reached::Interrupted => Ok(Progress::Interrupted),
        Reached::CalledOff => Ok(Progress::CalledOff),
    }
}

struct Run<'a> {
    deps: &'a Deps,
    job: &'a Job,
    order: &'a Rejection,
    plan: &'a Plan,
    settings: Settings,
    context: Context,
}

impl Worker for Run<'_> {
    async fn resume(&mut self, _before: &[(u32, Part)]) -> Result<(), Error> {
        Ok(())
    }

    async fn range(&mut self, blocks: Range<u32>) -> Result<Part, Error> {
        let Self { deps, job, order, settings, .. } = &*self;
        let now = deps.clock.now();
        let kind = if order.campaign { ReviewKind::Campaign } else { ReviewKind::Certification };
        let (review, attempt) = (order.review, order.attempt);
        let writer = Writer { deps, review, attempt, kind, settings, fence: Fence::Ignored };
        let last = blocks.end.saturating_sub(1);
        let rows = self.plan.rows_of(blocks.start).start..self.plan.rows_of(last).end;
        let pages: Vec<u32> = (rows.start / ROWS..rows.end.div_ceil(ROWS)).collect();
        let mut rejected: BTreeMap<u32, u64> = BTreeMap::new();
        let decide = |page: u32, state: &PageState| {
            let (work, changed) = self.decide_page(page, &rows, state, now)?;
            rejected.insert(page, changed);
            Ok(work)
        };
        let id = unattended::command("expired", &job.id, blocks.start, 0);
        let written = writer.write(id, now, &pages, decide).await?;
        let before = written.before.values().flatten().filter(|act| is_rejection(&act.change));
        let before: u64 = before.map(|act| u64::from(act.rows.count_ones())).sum();
        let applied = before + written.changed.iter().filter_map(|page| rejected.get(page)).sum::<u64>();
        Ok(Part { processed: u64::from(rows.end - rows.start), matches: applied, applied, ..Part::default() })
    }
}

impl Run<'_> {
    /// What is rejected on a page, and how many of its rows.
    fn decide_page(
        &self,
        page: u32,
        rows: &Range<u32>,
        state: &PageState,
        now: Timestamp,
    ) -> Result<(PageWork, u64), Refusal> {
        let command = RowCommand::RejectUndecided { note: NoteEdit::from_text(self.order.note()) };
        let first = page.saturating_mul(ROWS);
        let mut slots = Vec::new();
        for row in first.max(rows.start)..first.saturating_add(ROWS).min(rows.end) {
            let row = RowId(row);
            let made = apply_command(&state.row_or_default(row), &command, &self.context, now)?;
            if !made.is_empty() {
                slots.push((row.slot(), made));
            }
        }
        let changed = u64::try_from(slots.len()).unwrap_or(u64::MAX);
        let notes = self.order.note().iter().map(|note| (*note).to_owned()).collect();
        Ok((PageWork { acts: acts(slots), notes, reach: Vec::new() }, changed))
    }
}

fn is_rejection(change: &Change) -> bool {
    matches!(change, Change::Decided { decision: Decision::Rejected })
}
