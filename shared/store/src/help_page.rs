//! Templates of help pages, one for each workflow (or all of them) and usage.

use std::fmt;

use domain::help_page::{HelpPage, HelpPageKey, Usage};
use domain::ids::WorkflowId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Store;
use crate::doc::{Listing, Record, Stored};
use crate::error::Error;
use crate::keys::{self, Key, Kind, List};
use crate::tx::Tx;

const LIST: List<'static> = List::All(Kind::HelpPage);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct HelpPageRecord {
    workflow: Option<WorkflowId>,
    usage: String,
    name: String,
    template: String,
}

impl Record for HelpPageRecord {
    const KIND: &'static str = "help page template";
    const FORMAT: u32 = 1;
}

impl From<&HelpPage> for HelpPageRecord {
    fn from(page: &HelpPage) -> Self {
        let HelpPage { key: HelpPageKey { workflow, usage }, name, template } = page.clone();
        Self { workflow, usage: usage.word().to_owned(), name, template }
    }
}

fn of(stored: Stored<HelpPageRecord>) -> Result<Stored<HelpPage>, Error> {
    let Stored { value: HelpPageRecord { workflow, usage, name, template }, version, command, earlier } = stored;
    let usage = Usage::from_word(&usage)
        .ok_or_else(|| Error::corrupt(format!("the help page {name}"), "its usage is unknown"))?;
    Ok(Stored { value: HelpPage { key: HelpPageKey { workflow, usage }, name, template }, version, command, earlier })
}

/// A key as it is written in the table: that of all workflows has the nil uuid, and so comes first.
struct Written<'a>(&'a HelpPageKey);

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let workflow = self.0.workflow.map_or_else(Uuid::nil, WorkflowId::uuid);
        write!(f, "{workflow}/{}", self.0.usage.word())
    }
}

fn place(key: &HelpPageKey) -> Key {
    keys::aggregate(Kind::HelpPage, Written(key))
}

/// Templates of help pages.
#[derive(Debug, Clone, Copy)]
pub struct HelpPages<'a>(&'a Store);

impl Store {
    /// Templates of help pages.
    pub fn help_pages(&self) -> HelpPages<'_> {
        HelpPages(self)
    }
}

impl HelpPages<'_> {
    /// One template, read consistently; `None` also when it is deleted.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get(&self, key: &HelpPageKey) -> Result<Option<Stored<HelpPage>>, Error> {
        self.0.load(&place(key)).await?.map(of).transpose()
    }

    /// Templates, those for all workflows first, then by the ids of workflows; at most `limit` behind `after`.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn list(&self, after: Option<&HelpPageKey>, limit: usize) -> Result<Listing<HelpPage>, Error> {
        let after = after.map(|key| keys::by_id(&LIST, Written(key)).sk);
        let found = self.0.load_list(&LIST, after.as_deref(), limit).await?;
        let values: Result<_, _> = found.values.into_iter().map(|stored| Ok::<_, Error>(of(stored)?.value)).collect();
        Ok(Listing { values: values?, more: found.more })
    }
}

impl Tx<'_> {
    /// Adds a template that must not exist yet.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_help_page(&mut self, page: &HelpPage) -> Result<(), Error> {
        let place = place(&page.key);
        self.insert(place.clone(), &HelpPageRecord::from(page))?;
        // As a workflow's settings: deleted with it, or not there.
        page.key.workflow.iter().for_each(|workflow| self.count_use(Kind::Workflow, workflow));
        self.list(keys::by_id(&LIST, Written(&page.key)), &place);
        Ok(())
    }

    /// Adds a change of a template from `version`, the one that was read.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn update_help_page(&mut self, page: &HelpPage, version: u64) -> Result<(), Error> {
        self.replace(place(&page.key), &HelpPageRecord::from(page), version)
    }

    /// Adds the deletion of a template that stands at `version`.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn delete_help_page(&mut self, page: &HelpPage, version: u64) -> Result<(), Error> {
        self.delete(place(&page.key), &HelpPageRecord::from(page), version, false)?;
        self.unlist(keys::by_id(&LIST, Written(&page.key)));
        Ok(())
    }
}
