//! What was decided about rows in the review before.
//!
//! That is the last one of the workflow that was completed or has expired, with rows or without. What expires may leave
//! undecided rows to be rejected by a job: a run that looks back does what is left of that first, so that all of its
//! deliveries read the same, whatever queue is ahead of the other.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::ids::{ReviewId, RowId, WorkflowId};
use domain::page::{PageState, ROWS, verify};
use domain::review::{Certification, Phase};
use domain::row::{Decision, NoteRef, RowState};
use domain::settings::Origin;
use domain::user::UserKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::block::Block;
use store::certification::Plan;
use store::job::Job;
use store::lookup::IdentityHash;

use crate::closing::reject::{Rejected, reject_rest};
use crate::deps::Deps;
use crate::error::Error;
use crate::loading::evidence::past::Previous;
use crate::loading::jobs::Left;
use crate::loading::offload;
use crate::review::Frozen;
use crate::review::open::Review;
use crate::same::Ends;
use crate::unattended::BLOCKS_PER_RANGE;

/// What makes a row the same as another.
pub(super) const IDENTITY: [&str; 8] = [
    "source.id",
    "source.datasource_id",
    "destination.id",
    "destination.datasource_id",
    "waypoint.id",
    "waypoint.datasource_id",
    "concrete_permissions",
    "abstract_permissions",
];
/// How many reviews of a workflow are looked at together.
const LISTED: usize = 20;
/// How many are looked at in all.
const MAX_LISTED: usize = 5_000;

/// Which review it is and as of when, settled by the worker who begins: a run that is taken up again sees what it saw,
/// although another review may have ended since, and administrators mend rows of reviews that have ended.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Settled {
    previous: Option<Previous>,
    /// Absent in jobs of earlier versions.
    #[serde(default)]
    at: Option<Timestamp>,
}

/// A row of the review before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Prior {
    pub(super) decision: Decision,
    pub(super) signed_off: bool,
    pub(super) note: Option<(u32, NoteRef)>,
}

/// The rows of the review before, by identity.
#[derive(Debug, Default)]
pub(super) struct Priors {
    review: Option<ReviewId>,
    rows: HashMap<IdentityHash, Prior>,
}

/// What makes the access of a row of a block what it is.
pub(super) fn identity(row: &Frozen) -> IdentityHash {
    Ends::of(row).hash()
}

impl Settled {
    /// What the delivery that began with a run has settled, or what this one settles: the last review of the same workflow
    /// that has ended, once everything is decided that its end decides. What the job of that has not done yet is done here;
    /// `None` when time runs out meanwhile.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(super) async fn of(deps: &Deps, job: &Job, review: &Review, left: Left<'_>) -> Result<Option<Self>, Error> {
        let settled = match deps.store.jobs().settled(&job.id).await? {
            Some(settled) => settled,
            None => {
                let (workflow, own) = (review.certification.workflow_id, review.id());
                let ended = ended(deps, &workflow, review.origin, Some(own)).await?;
                if let Some(ended) = &ended
                    && reject_rest(deps, &ended.certification, left).await? == Rejected::Some
                {
                    return Ok(None);
                }
                let at = Some(deps.clock.now());
                let settled = Self { previous: ended.as_ref().map(Ended::previous), at };
                deps.store.jobs().settle(&job.id, &written(&settled)?).await?
            }
        };
        serde_json::from_str(&settled).map(Some).map_err(|error| unreadable(&error))
    }
}

impl Priors {
    /// Those that a run has settled on.
    pub(super) async fn settled(deps: &Deps, settled: Settled) -> Result<Self, Error> {
        Self::of(deps, settled.previous, settled.at).await
    }

    /// Those of a review, as they were at a time or are now; none where there is none.
    pub(super) async fn of(deps: &Deps, previous: Option<Previous>, at: Option<Timestamp>) -> Result<Self, Error> {
        let Some(previous) = previous else { return Ok(Self::default()) };
        let Some(plan) = deps.store.certifications().plan(&previous.review, previous.attempt).await? else {
            return Ok(Self::default());
        };
        let mut priors = Self { review: Some(previous.review), rows: HashMap::with_capacity(plan.rows as usize) };
        for first in (0..plan.blocks()).step_by(BLOCKS_PER_RANGE as usize) {
            let numbers: Vec<u32> = (first..(first + BLOCKS_PER_RANGE).min(plan.blocks())).collect();
            priors.add(deps, (&previous, at), &plan, &numbers).await?;
        }
        Ok(priors)
    }

    async fn add(
        &mut self,
        deps: &Deps,
        (previous, at): (&Previous, Option<Timestamp>),
        plan: &Arc<Plan>,
        numbers: &[u32],
    ) -> Result<(), Error> {
        let blocks = deps.store.blocks().read_many(&previous.review, previous.attempt, numbers).await?;
        let rows = numbers.first().zip(numbers.last());
        let rows = rows.map_or(0..0, |(first, last)| plan.rows_of(*first).start..plan.rows_of(*last).end);
        let pages = rows.start / ROWS..rows.end.div_ceil(ROWS);
        let mut states = deps.store.pages().touched(&previous.review, pages).await?;
        if let Some(at) = at {
            turn_back(deps, &previous.review, &mut states, at).await?;
        }
        let plan = Arc::clone(plan);
        self.rows.extend(offload(move || prior_rows(&plan, &blocks, &states)).await??);
        Ok(())
    }

    /// The row that is the same; `None` where there was none.
    pub(super) fn get(&self, identity: IdentityHash) -> Option<Prior> {
        self.rows.get(&identity).copied()
    }

    /// The texts of notes.
    pub(super) async fn notes(
        &self,
        deps: &Deps,
        notes: &[(u32, NoteRef)],
    ) -> Result<HashMap<(u32, NoteRef), String>, Error> {
        match &self.review {
            Some(review) if !notes.is_empty() => Ok(deps.store.pages().notes(review, notes).await?),
            Some(_) | None => Ok(HashMap::new()),
        }
    }
}

/// Takes back what people did to rows after a time, which is seldom anything: the log of a page up to then is folded again.
/// What the system did to them is what the end of the review made of them, whatever the clock of that worker said.
async fn turn_back(
    deps: &Deps,
    review: &ReviewId,
    states: &mut BTreeMap<u32, PageState>,
    at: Timestamp,
) -> Result<(), Error> {
    let counts = |by: &UserKey, then: Timestamp| then <= at || by.is_system();
    let is_later = |state: &PageState| {
        state.rows().any(|(_, row)| row.updated.as_ref().is_some_and(|mark| !counts(&mark.by, mark.at)))
    };
    let later: Vec<u32> = states.iter().filter(|(_, state)| is_later(state)).map(|(page, _)| *page).collect();
    if later.is_empty() {
        return Ok(());
    }
    for (page, log) in deps.store.pages().logs(review, &later).await? {
        let then = verify(*review, page, log.iter().take_while(|entry| counts(&entry.actor, entry.at)));
        let then = then.map_err(|broken| Error::Bug(format!("page {page} of {review}: {broken}")))?;
        states.insert(page, then);
    }
    Ok(())
}

fn prior_rows(
    plan: &Plan,
    blocks: &[Arc<Block>],
    states: &BTreeMap<u32, PageState>,
) -> Result<Vec<(IdentityHash, Prior)>, Error> {
    let untouched = RowState::default();
    let mut found = Vec::new();
    for block in blocks {
        let batch = Arc::new(block.columns(&IDENTITY)?);
        for (index, row) in plan.rows_of(block.number()).map(RowId).enumerate() {
            let state = states.get(&row.page()).and_then(|page| page.row(row.slot())).unwrap_or(&untouched);
            let prior = Prior {
                decision: state.decision,
                signed_off: state.is_signed_off(),
                note: state.note.map(|note| (row.page(), note)),
            };
            found.push((identity(&Frozen::new(Arc::clone(&batch), index)), prior));
        }
    }
    Ok(found)
}

/// A review that has ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// The review.
    pub(super) certification: Certification,
    attempt: u32,
}

impl Ended {
    /// Where its rows are found.
    pub(super) fn previous(&self) -> Previous {
        Previous { review: self.certification.id, attempt: self.attempt, rows: self.certification.total }
    }
}

/// The last started review of a workflow and kind, but for one, that has been completed or has expired. One that was
/// broken off has no outcome and is passed over.
pub(super) async fn ended(
    deps: &Deps,
    workflow: &WorkflowId,
    origin: Origin,
    except: Option<ReviewId>,
) -> Result<Option<Ended>, Error> {
    let (mut after, mut seen) = (None, 0);
    loop {
        let page = deps.store.certifications().list(workflow, after, LISTED).await?;
        let (count, more) = (page.values.len(), page.more);
        after = page.values.last().map(|review| (review.certification.started_at, review.certification.id));
        for review in page.values {
            let certification = review.certification;
            let has_ended = matches!(certification.phase(), Phase::Completed { .. } | Phase::Expired { .. });
            if !has_ended || Some(certification.id) == except {
                continue;
            }
            let is_campaign = deps.store.campaigns().get(&certification.id).await?.is_some();
            if is_campaign == (origin == Origin::Campaign) {
                return Ok(Some(Ended { certification, attempt: review.attempt }));
            }
        }
        seen += count;
        if !more || seen >= MAX_LISTED {
            return Ok(None);
        }
    }
}

fn written(settled: &Settled) -> Result<String, Error> {
    serde_json::to_string(settled).map_err(|error| unreadable(&error))
}

fn unreadable(error: &serde_json::Error) -> Error {
    Error::Bug(format!("what a run settled: {}", store::label::of_fault(error)))
}
