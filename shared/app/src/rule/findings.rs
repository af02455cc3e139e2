//! What comes of a job on rules: the form in which it is kept with the job, and with each range of it.

use domain::ids::RuleId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use store::job::Part;
use store::label::of_fault;

use crate::error::Error;

/// How many matches a client is shown.
pub(super) const SAMPLES: usize = 10;

/// How far a worker came.
pub(super) enum Progress {
    /// To the end, with this, after so many accounts.
    Done(Findings, u64),
    /// Time ran out.
    Interrupted,
    /// Somebody called the job off, or it has ended otherwise.
    CalledOff,
}

/// What came of a job.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Findings {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) faults: Vec<ConditionFault>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) samples: Vec<SampleMatch>,
}

impl Findings {
    /// As the result of a job.
    pub(super) fn write(&self) -> Result<String, Error> {
        written(self)
    }

    /// The result of a job.
    pub(super) fn read(result: &str) -> Result<Self, Error> {
        read(result)
    }
}

/// What is wrong with a condition, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConditionFault {
    /// The rule whose condition it is; `None` for one that is tried out.
    pub rule: Option<RuleId>,
    /// The character of the condition, from 0.
    pub position: usize,
    /// What is wrong: lowercase, no full stop.
    pub issue: String,
}

/// An account that satisfies a condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SampleMatch {
    /// Its name.
    pub account_name: String,
    /// Its id.
    pub account_id: String,
}

/// The samples of a range, as they stand with it.
pub(super) fn note(samples: &[SampleMatch]) -> Result<Option<String>, Error> {
    if samples.is_empty() {
        return Ok(None);
    }
    Ok(Some(written(&samples)?))
}

/// The first samples of all ranges together: in the order of the ranges, or by name.
pub(super) fn merged(parts: Vec<(u32, Part)>, by_name: bool) -> Result<Vec<SampleMatch>, Error> {
    let mut all: Vec<SampleMatch> = Vec::new();
    for note in parts.into_iter().filter_map(|(_, part)| part.note) {
        all.extend(read::<Vec<SampleMatch>>(&note)?);
    }
    if by_name {
        all.sort();
    }
    all.truncate(SAMPLES);
    Ok(all)
}

fn written(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| bug(&error))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| bug(&error))
}

fn bug(error: &serde_json::Error) -> Error {
    Error::Bug(format!("what came of a job on rules: {}", of_fault(error)))
}
