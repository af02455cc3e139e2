//! What loads did, and what was wrong with those that were refused.

use domain::ids::{CommandId, DataSourceId};
use intake::Faults;
use serde::{Deserialize, Serialize};

use crate::deps::Deps;
use crate::error::{Error, Fault};

/// A remark about an input that was taken, or the reason why one was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Where in the input.
    pub place: String,
    /// What about it.
    pub message: String,
}

/// What a load did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Report {
    /// Things that were not there before.
    pub created: u64,
    /// Things that say something else than before, or lead elsewhere.
    pub updated: u64,
    /// Things that are gone.
    pub removed: u64,
    /// What was left out or guessed.
    pub warnings: Vec<Note>,
}

impl Report {
    /// How many things are no longer as they were.
    #[must_use]
    pub fn changed(&self) -> u64 {
        self.created.saturating_add(self.updated).saturating_add(self.removed)
    }
}

/// What a delivery did, as far as that is still known; `None` for one that is not in place.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn delivered(deps: &Deps, id: &DataSourceId, delivery: CommandId) -> Result<Option<Report>, Error> {
    let Some(text) = deps.store.inventory().delivered(id, &delivery).await? else { return Ok(None) };
    let report = serde_json::from_str(&text);
    report.map(Some).map_err(|error| Error::Bug(format!("a report of {id}: {}", store::label::of_fault(&error))))
}

/// The faults of a parser, by their places.
pub(crate) fn faults_of(faults: Faults) -> Vec<Fault> {
    let Faults { faults, more } = faults;
    let mut list: Vec<Fault> = faults.into_iter().map(|fault| Fault::new(fault.place, fault.message)).collect();
    if more > 0 {
        list.push(Fault::new("$", format!("{more} more faults")));
    }
    list
}
