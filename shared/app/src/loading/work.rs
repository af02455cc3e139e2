//! The worker of jobs that put inventory in place, or take it away.

use domain::ids::{DataSourceId, JobId, UploadId};
use serde::{Deserialize, Serialize};
use store::job::Job;
use uuid::Uuid;

use super::jobs::{self, Left, Worked};
use super::{provider, upload};
use crate::deps::Deps;
use crate::error::Error;
use crate::scim::cut;

/// What a job of this kind is about. The words stand in stored jobs: append only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Input {
    /// The bytes of an upload are to be read.
    Upload(UploadId),
    /// The data sources of a provider that was deleted are to go.
    Provider(Uuid),
    /// The inventory is to follow a directory.
    Directory(DataSourceId),
}

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
        Input::Upload(upload) => upload::work(deps, job, upload).await,
        Input::Provider(provider) => {
            jobs::require_hope(job)?;
            provider::clear(deps, job, provider, left).await
        }
        Input::Directory(source) => {
            jobs::require_hope(job)?;
            cut::work(deps, job, &source).await
        }
    }
}
