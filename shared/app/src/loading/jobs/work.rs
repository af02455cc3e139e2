//! The worker of jobs that put inventory in place, or take it away.

use domain::ids::JobId;
use store::job::Job;

use super::task::Task;
use crate::deps::Deps;
use crate::error::Error;
use crate::loading::ingestion::upload;
use crate::loading::jobs::{self, Left, Worked};
use crate::loading::sources::provider;
use crate::scim::cut;

/// Works on the job of a message, as far as the time allows.
///
/// # Errors
/// [`Error::Unavailable`]: to be tried again. Everything else is recorded with the job.
pub async fn work(deps: &Deps, id: JobId, left: Left<'_>) -> Result<Worked, Error> {
    let Some(job) = jobs::take_up(deps, &id).await? else { return Ok(Worked::Repeated) };
    let worked = Box::pin(carry_out(deps, &job, left)).await;
    jobs::ended(deps, &job, worked).await
}

async fn carry_out(deps: &Deps, job: &Job, left: Left<'_>) -> Result<Worked, Error> {
    match jobs::input(job)? {
        Task::Upload(upload) => upload::work(deps, job, upload).await,
        Task::Provider(provider) => {
            jobs::require_hope(job)?;
            provider::clear(deps, job, provider, left).await
        }
        Task::Directory(source) => {
            jobs::require_hope(job)?;
            cut::work(deps, job, &source).await
        }
    }
}
