//! What came of an export, as its job keeps it.

use serde::{Deserialize, Serialize};
use store::job::Job;

use crate::error::Error;

/// What came of an export, as its job keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Written {
    pub(super) object: String,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    /// What of the review was in sight of whoever asked; `None` where all of it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sight: Option<String>,
}

impl Written {
    /// What a job that is done tells; `None` for any other.
    pub(super) fn of(job: &Job) -> Result<Option<Self>, Error> {
        let read = |text: &String| serde_json::from_str(text);
        let written = job.result.as_ref().map(read).transpose();
        written.map_err(|error| Error::Bug(format!("the result of {}: {}", job.id, store::label::of_fault(&error))))
    }
}
