//! Review configurations.

use domain::ids::WorkflowId;
use domain::review::Workflow;
use jiff::Timestamp;

use crate::Store;
use crate::doc::{Listing, Stored};
use crate::error::Error;
use crate::keys::{self, Kind, List};
use crate::records::WorkflowRecord;
use crate::tx::Tx;
use crate::uses::Uses;

const LIST: List<'static> = List::All(Kind::Workflow);

/// Review configurations.
#[derive(Debug, Clone, Copy)]
pub struct Workflows<'a>(&'a Store);

impl Store {
    /// Review configurations.
    pub fn workflows(&self) -> Workflows<'_> {
        Workflows(self)
    }
}

impl Workflows<'_> {
    /// One workflow, read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get(&self, id: &WorkflowId) -> Result<Option<Stored<Workflow>>, Error> {
        let stored = self.0.load::<WorkflowRecord>(&keys::aggregate(Kind::Workflow, id)).await?;
        Ok(stored.map(|stored| stored.map(Workflow::from)))
    }

    /// Whether campaigns and certifications use a workflow: what its deletion is conditional on.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn uses(&self, id: &WorkflowId) -> Result<Uses, Error> {
        self.0.load_uses(Kind::Workflow, id).await
    }

    /// Workflows, the last created first, then by id; at most `limit` behind the one that `after` names.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn list(
        &self,
        after: Option<(Timestamp, WorkflowId)>,
        limit: usize,
    ) -> Result<Listing<Stored<Workflow>>, Error> {
        let after = after.map(|(at, id)| keys::newest_first(&LIST, at, id).sk);
        let found = self.0.load_list::<WorkflowRecord>(&LIST, after.as_deref(), limit).await?;
        let values = found.values.into_iter().map(|stored| stored.map(Workflow::from));
        Ok(Listing { values: values.collect(), more: found.more })
    }
}

impl Tx<'_> {
    /// Adds a new workflow.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_workflow(&mut self, workflow: &Workflow) -> Result<(), Error> {
        let key = keys::aggregate(Kind::Workflow, workflow.id);
        self.insert(key.clone(), &WorkflowRecord::from(workflow))?;
        self.list(keys::newest_first(&LIST, workflow.created_at, workflow.id), &key);
        Ok(())
    }

    /// Adds a change of a workflow from `version`, the one that was read.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn update_workflow(&mut self, workflow: &Workflow, version: u64) -> Result<(), Error> {
        self.replace(keys::aggregate(Kind::Workflow, workflow.id), &WorkflowRecord::from(workflow), version)
    }

    /// Adds the deletion of a workflow that stands at `version`, if its uses are still those that were read.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn delete_workflow(&mut self, workflow: &Workflow, version: u64, uses: &Uses) -> Result<(), Error> {
        self.end_uses(Kind::Workflow, workflow.id, uses, []);
        let key = keys::aggregate(Kind::Workflow, workflow.id);
        self.delete(key, &WorkflowRecord::from(workflow), version, false)?;
        self.unlist(keys::newest_first(&LIST, workflow.created_at, workflow.id));
        Ok(())
    }
}
