//! How the automations of a review went.

use domain::automation::run::RunStatus;
use domain::ids::{AutomationId, AutomationRunId, ReviewId};
use jiff::Timestamp;
use store::job::{Job, JobState};

use super::apply::Undone;
use super::order;
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::loading::materialise::inputs::Inputs;

/// A run of automations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunView {
    /// Its id.
    pub id: AutomationRunId,
    /// The review.
    pub certification: ReviewId,
    /// What was to be applied, in no order that means anything.
    pub automations: Vec<AutomationId>,
    /// Where it stands.
    pub status: RunStatus,
    /// Why it failed; empty otherwise.
    pub error: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// Rows that automations are for.
    pub rows_matched: u64,
    /// Rows that were changed or marked.
    pub rows_changed: u64,
    /// Parts of rows that automations wished to be different things: they stayed as they were.
    pub conflicts: u64,
    /// Parts of rows that could not be had, such as a sign-off without a decision.
    pub skipped: u64,
}

/// The runs of a review: one, once its rows are there and some automation is for it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Unavailable`].
pub async fn of(deps: &Deps, _call: &Call, id: ReviewId) -> Result<Vec<RunView>, Error> {
    let review = deps.store.certifications().get(&id).await?.ok_or_else(Error::not_found)?;
    let site = deps.store.certifications().site(&id, review.attempt).await?;
    let Some(inputs) = site.inputs else { return Ok(Vec::new()) };
    let inputs = Inputs::read(&id, &inputs)?;
    if inputs.order().automations.is_empty() {
        return Ok(Vec::new());
    }
    let Some(job) = deps.store.jobs().get(&order::job_of(inputs.order())).await? else { return Ok(Vec::new()) };
    let automations = inputs.order().automations.iter().map(|(automation, _)| *automation).collect();
    Ok(vec![view(deps, id, &job, automations).await?])
}

async fn view(
    deps: &Deps,
    certification: ReviewId,
    job: &Job,
    automations: Vec<AutomationId>,
) -> Result<RunView, Error> {
    let undone = match job.processed {
        0 => Undone::default(),
        _ => Undone::in_all(&deps.store.jobs().finished(&job.id).await?)?,
    };
    Ok(RunView {
        id: order::run_of(&job.id),
        certification,
        automations,
        status: match job.state {
            JobState::Pending | JobState::Running => RunStatus::Running,
            JobState::Completed => RunStatus::Succeeded,
            JobState::Failed | JobState::Cancelled => RunStatus::Failed,
        },
        error: job.error.clone().unwrap_or_default(),
        started_at: job.created_at,
        completed_at: job.state.is_final().then_some(job.updated_at),
        rows_matched: job.matches,
        rows_changed: job.applied,
        conflicts: undone.conflicts,
        skipped: undone.skipped,
    })
}
