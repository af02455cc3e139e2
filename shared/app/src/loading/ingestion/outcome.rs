//! What came of an upload: how it is kept, and how the transaction that puts its contents in place ends it.

use domain::ids::JobId;
use serde::{Deserialize, Serialize};
use store::job::Ending;
use store::tx::Tx;
use store::upload::{Upload, UploadState};

use super::onto::Late;
use super::report::{Note, Report};
use crate::error::Error;

/// What is kept of the outcome.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Outcome {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) report: Option<Report>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) faults: Vec<Note>,
    /// Why it came too late, if it was refused for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) late: Option<Late>,
}

impl Outcome {
    pub(super) fn of(upload: &Upload) -> Self {
        serde_json::from_str(&upload.report).unwrap_or_default()
    }

    pub(super) fn text(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(|error| Error::Bug(format!("an upload's outcome: {error}")))
    }
}

/// An upload that is being read.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(super) upload: Upload,
    /// The version that the upload stands at.
    pub(super) version: u64,
    /// The job that reads it.
    pub(super) job: JobId,
}

impl Reading {
    /// Adds the end of upload and job to the transaction that puts the contents in place.
    pub(crate) fn end(&self, tx: &mut Tx<'_>, report: &Report) -> Result<(), Error> {
        let outcome = Outcome { report: Some(report.clone()), ..Outcome::default() };
        let done = Upload { state: UploadState::Completed, report: outcome.text()?, ..self.upload.clone() };
        tx.update_upload(&done, self.version)?;
        tx.end_job(&self.job, &Ending::Completed { result: None, processed: None });
        Ok(())
    }
}
