//! What the worker is told, in the form in which it is kept with the job.

use domain::ids::{AutomationRunId, JobId, ReviewId};
use serde::{Deserialize, Serialize};

use crate::loading::jobs::building::OrderRecord;

/// What is to be done. The words stand in stored jobs: append only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum Order {
    /// Automations are to be applied to the rows of a review, and the review is to be opened.
    Run {
        /// The review.
        review: ReviewId,
        /// The attempt of its rows.
        attempt: u32,
    },
}

/// The job that applies automations to what an order asked to be built. Its id follows from the order, so that it is found
/// by whoever knows the review.
pub(crate) fn job_of(order: &OrderRecord) -> JobId {
    JobId::new(order.command("automate").uuid())
}

/// The run that a job carries out.
pub(crate) fn run_of(job: &JobId) -> AutomationRunId {
    AutomationRunId::new(job.uuid())
}
