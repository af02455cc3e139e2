//! What the jobs that put inventory in place, or take it away, are about.

use domain::ids::{DataSourceId, UploadId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a job of this kind is about. The words stand in stored jobs: append only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Task {
    /// The bytes of an upload are to be read.
    Upload(UploadId),
    /// The data sources of a provider that was deleted are to go.
    Provider(Uuid),
    /// The inventory is to follow a directory.
    Directory(DataSourceId),
}
