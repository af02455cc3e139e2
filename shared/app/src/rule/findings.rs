//! What comes of a job on rules: the form in which it is kept with the job, and with each range of it.

use std::collections::BTreeMap;

use domain::ids::RuleId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use store::job::Part;
use store::label::of_fault;

use crate::error::Error;

/// How many matches a client is shown.
pub(super) const SAMPLES: usize = 10;

/// How far a worker came.
pub(crate) enum Progress {
    /// To the end, with this, after so many accounts.
    Done(Findings, u64),
    /// Time ran out.
    Interrupted,
    /// Somebody called the job off, or it has ended otherwise.
    CalledOff,
}

/// What came of a job.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Findings {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) faults: Vec<ConditionFault>,
    #[serde(default)]
    pub(super) found: Found,
}

/// What was found in a range, or in all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Found {
    /// A few of the accounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) samples: Vec<SampleMatch>,
    /// How many of them by what decided about them: its number in the order, from 0.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) tallies: BTreeMap<usize, Tally>,
}

/// How many accounts a rule or a policy decided about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
pub struct Tally {
    /// Those that it decides about, because nothing stronger does.
    pub matches: u64,
    /// Those of them that were changed by it: the others had been decided about before.
    pub applied: u64,
}

impl From<(u64, u64)> for Tally {
    fn from((matches, applied): (u64, u64)) -> Self {
        Self { matches, applied }
    }
}

impl From<Tally> for (u64, u64) {
    fn from(Tally { matches, applied }: Tally) -> Self {
        (matches, applied)
    }
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

impl Found {
    /// As the note of a range, at most 4 KB; `None` when there is nothing to note.
    pub(super) fn note(&self) -> Result<Option<String>, Error> {
        if *self == Self::default() { Ok(None) } else { Ok(Some(written(self)?)) }
    }

    /// What all ranges found together, the first samples in the order of the ranges or by name.
    pub(super) fn in_all(parts: Vec<(u32, Part)>, by_name: bool) -> Result<Self, Error> {
        let mut all = Self::default();
        for note in parts.into_iter().filter_map(|(_, part)| part.note) {
            let found: Self = read(&note)?;
            all.samples.extend(found.samples);
            for (number, tally) in found.tallies {
                let sum = all.tallies.entry(number).or_default();
                sum.matches += tally.matches;
                sum.applied += tally.applied;
            }
        }
        if by_name {
            all.samples.sort();
        }
        all.samples.truncate(SAMPLES);
        Ok(all)
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

fn written(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| bug(&error))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| bug(&error))
}

fn bug(error: &serde_json::Error) -> Error {
    Error::Bug(format!("what came of a job on rules: {}", of_fault(error)))
}
