//! The worker of jobs that put inventory in place, or take it away.

use domain::ids::{DataSourceId, JobId, UploadId};
use serde::{Deserialize, Serialize};
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
    let now = deps.clock.now();
    let Some(job) = deps.store.jobs().run(&id, None, now, jobs::stalled_at(now)).await? else {
        return Ok(Worked::Repeated);
    };
    match jobs::input(&job)? {
        Input::Upload(upload) => upload::work(deps, &job, upload).await,
        Input::Provider(provider) => provider::clear(deps, &job, provider, left).await,
        Input::Directory(source) => cut::work(deps, &job, &source).await,
    }
}
