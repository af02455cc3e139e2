//! What operators prepare for reviewers: quick filters and smart actions.

use domain::ids::{QuickFilterId, SmartActionId, WorkflowId};
use domain::quick_filter::QuickFilter;
use domain::row::Decision;
use domain::smart_action::{MutableFields, SmartAction};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::doc::{Record, Stored};
use crate::error::Error;
use crate::keys::{self, Kind, List};
use crate::records::{AssignmentRecord, UserRecord, users, users_of};
use crate::tx::Tx;

const FILTERS: List<'static> = List::All(Kind::QuickFilter);
const ACTIONS: List<'static> = List::All(Kind::SmartAction);
/// How many are read together.
const PAGE: usize = 500;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct FilterRecord {
    id: QuickFilterId,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    workflow: Option<WorkflowId>,
    filter: String,
}

impl Record for FilterRecord {
    const KIND: &'static str = "quick filter";
    const FORMAT: u32 = 1;
}

impl From<&QuickFilter> for FilterRecord {
    fn from(filter: &QuickFilter) -> Self {
        let QuickFilter { id, name, workflow, filter } = filter.clone();
        Self { id, name, workflow, filter }
    }
}

impl From<FilterRecord> for QuickFilter {
    fn from(record: FilterRecord) -> Self {
        let FilterRecord { id, name, workflow, filter } = record;
        Self { id, name, workflow, filter }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ActionRecord {
    id: SmartActionId,
    name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    workflow: Option<WorkflowId>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    filter: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    mutable_filter: String,
    #[serde(default)]
    all_rows: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    decision: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notes: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signed_off: Option<bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reviewers: Vec<UserRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    assignment: Option<AssignmentRecord>,
}

impl Record for ActionRecord {
    const KIND: &'static str = "smart action";
    const FORMAT: u32 = 1;
}

impl From<&SmartAction> for ActionRecord {
    fn from(action: &SmartAction) -> Self {
        let SmartAction { id, name, description, workflow, filter, mutable_filter, apply_to_all_rows, fields } =
            action.clone();
        let MutableFields { decision, notes, signed_off, reviewers, assignment } = fields;
        Self {
            id,
            name,
            description,
            workflow,
            filter,
            mutable_filter,
            all_rows: apply_to_all_rows,
            decision: decision.map(Decision::code),
            notes,
            signed_off,
            reviewers: users(&reviewers),
            assignment: assignment.map(AssignmentRecord::from),
        }
    }
}

impl From<ActionRecord> for SmartAction {
    fn from(record: ActionRecord) -> Self {
        let fields = MutableFields {
            decision: record.decision.and_then(Decision::from_code),
            notes: record.notes,
            signed_off: record.signed_off,
            reviewers: users_of(record.reviewers),
            assignment: record.assignment.map(Into::into),
        };
        Self {
            id: record.id,
            name: record.name,
            description: record.description,
            workflow: record.workflow,
            filter: record.filter,
            mutable_filter: record.mutable_filter,
            apply_to_all_rows: record.all_rows,
            fields,
        }
    }
}

/// What operators prepare.
#[derive(Debug, Clone, Copy)]
pub struct Prepared<'a>(&'a Store);

impl Store {
    /// Quick filters and smart actions.
    pub fn prepared(&self) -> Prepared<'_> {
        Prepared(self)
    }
}

impl Prepared<'_> {
    /// One quick filter, read consistently; `None` also when it is deleted.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn quick_filter(&self, id: &QuickFilterId) -> Result<Option<Stored<QuickFilter>>, Error> {
        let stored = self.0.load::<FilterRecord>(&keys::aggregate(Kind::QuickFilter, id)).await?;
        Ok(stored.map(|stored| stored.map(QuickFilter::from)))
    }

    /// All quick filters in the order of their ids.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn quick_filters(&self) -> Result<Vec<QuickFilter>, Error> {
        self.all(&FILTERS, |record: &FilterRecord| record.id.to_string()).await
    }

    /// One smart action, read consistently; `None` also when it is deleted.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn smart_action(&self, id: &SmartActionId) -> Result<Option<Stored<SmartAction>>, Error> {
        let stored = self.0.load::<ActionRecord>(&keys::aggregate(Kind::SmartAction, id)).await?;
        Ok(stored.map(|stored| stored.map(SmartAction::from)))
    }

    /// All smart actions in the order of their ids.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn smart_actions(&self) -> Result<Vec<SmartAction>, Error> {
        self.all(&ACTIONS, |record: &ActionRecord| record.id.to_string()).await
    }
}

impl Prepared<'_> {
    /// A list to its end: there are few, but as many as there are.
    async fn all<R: Record, T: From<R>>(&self, list: &List<'_>, id: impl Fn(&R) -> String) -> Result<Vec<T>, Error> {
        let (mut all, mut after): (Vec<T>, Option<String>) = (Vec::new(), None);
        loop {
            let page = self.0.load_list::<R>(list, after.as_deref(), PAGE).await?;
            after = page.values.last().map(|last| id(&last.value));
            all.extend(page.values.into_iter().map(|stored| T::from(stored.value)));
            if !page.more || after.is_none() {
                return Ok(all);
            }
        }
    }
}

impl Tx<'_> {
    /// Adds a new quick filter.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_quick_filter(&mut self, filter: &QuickFilter) -> Result<(), Error> {
        let key = keys::aggregate(Kind::QuickFilter, filter.id);
        self.insert(key.clone(), &FilterRecord::from(filter))?;
        self.list(keys::by_id(&FILTERS, filter.id), &key);
        Ok(())
    }

    /// Adds the deletion of a quick filter that stands at `version`.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn delete_quick_filter(&mut self, filter: &QuickFilter, version: u64) -> Result<(), Error> {
        self.delete(keys::aggregate(Kind::QuickFilter, filter.id), &FilterRecord::from(filter), version, false)?;
        self.unlist(keys::by_id(&FILTERS, filter.id));
        Ok(())
    }

    /// Adds a new smart action.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_smart_action(&mut self, action: &SmartAction) -> Result<(), Error> {
        let key = keys::aggregate(Kind::SmartAction, action.id);
        self.insert(key.clone(), &ActionRecord::from(action))?;
        self.list(keys::by_id(&ACTIONS, action.id), &key);
        Ok(())
    }

    /// Adds a change of a smart action from `version`, the one that was read.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn update_smart_action(&mut self, action: &SmartAction, version: u64) -> Result<(), Error> {
        self.replace(keys::aggregate(Kind::SmartAction, action.id), &ActionRecord::from(action), version)
    }

    /// Adds the deletion of a smart action that stands at `version`.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn delete_smart_action(&mut self, action: &SmartAction, version: u64) -> Result<(), Error> {
        self.delete(keys::aggregate(Kind::SmartAction, action.id), &ActionRecord::from(action), version, false)?;
        self.unlist(keys::by_id(&ACTIONS, action.id));
        Ok(())
    }
}
