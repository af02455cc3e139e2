//! Automations, every version of them, and to which workflows they are attached.
//!
//! An automation is an item like other small aggregates; each of its versions stands beside it for good, so that what is
//! settled to be applied can be named by id and version, and is found whatever became of the automation since. One item,
//! the roster, lists all automations (at most [`domain::automation::MAX_AUTOMATIONS`]) and what is said of all workflows at
//! once; an item beside a workflow holds what is said of that workflow.

use domain::automation::Automation;
use domain::automation::attachment::{Attachment, Attachments, Roster};
use domain::ids::{AutomationId, CommandId, WorkflowId};

use crate::Store;
use crate::doc::{self, Stored};
use crate::error::Error;
use crate::expr::Expr;
use crate::item;
use crate::keys::{self, Key, Kind};
use crate::records::{AttachmentsRecord, AutomationRecord, RosterRecord};
use crate::table::{Read, Write};
use crate::tx::Tx;

/// Automations.
#[derive(Debug, Clone, Copy)]
pub struct Automations<'a>(&'a Store);

impl Store {
    /// Automations and their attachments.
    pub fn automations(&self) -> Automations<'_> {
        Automations(self)
    }
}

fn of(stored: Stored<AutomationRecord>) -> Stored<Automation> {
    let version = stored.version;
    stored.map(|record| record.into_domain(version))
}

impl Automations<'_> {
    /// One automation, read consistently; `None` also when it is deleted.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get(&self, id: &AutomationId) -> Result<Option<Stored<Automation>>, Error> {
        Ok(self.0.load(&automation_key(id)).await?.map(of))
    }

    /// Several automations, read consistently, in the order of [`Automation::order`]; those that do not exist are left
    /// out.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get_many(&self, ids: &[AutomationId]) -> Result<Vec<Automation>, Error> {
        self.read(ids.iter().map(automation_key).collect(), Read::Consistent).await
    }

    /// Automations as they were in given versions, in the order of [`Automation::order`], whether or not they still exist.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; [`Error::Corrupt`] also for a version that there never was.
    pub async fn versions(&self, pinned: &[(AutomationId, u64)]) -> Result<Vec<Automation>, Error> {
        let keys: Vec<Key> = pinned.iter().map(|(id, version)| keys::version(Kind::Automation, id, *version)).collect();
        let found = self.read(keys, Read::Consistent).await?;
        for (id, version) in pinned {
            if !found.iter().any(|automation| automation.id == *id && automation.version == *version) {
                let key = keys::version(Kind::Automation, id, *version);
                return Err(Error::corrupt(key.to_string(), "this version of an automation is missing"));
            }
        }
        Ok(found)
    }

    async fn read(&self, keys: Vec<Key>, read: Read) -> Result<Vec<Automation>, Error> {
        let items = self.0.table().batch_get(keys, read).await?;
        let mut found: Vec<Automation> = Vec::with_capacity(items.len());
        for item in items {
            found.extend(doc::read(&item)?.map(|stored| of(stored).value));
        }
        found.sort_by(|one, two| one.order().cmp(&two.order()));
        Ok(found)
    }

    /// Every automation that there is, by id, and what is said of all workflows, read consistently; version 0 before the
    /// first.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn roster(&self) -> Result<Stored<Roster>, Error> {
        let stored = self.0.load::<RosterRecord>(&keys::roster()).await?;
        Ok(stored.map_or_else(nothing, |stored| stored.map(Roster::from)))
    }

    /// The roster, and what is said of one workflow, read consistently in one request; version 0 for what was never
    /// written.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn of_workflow(&self, workflow: &WorkflowId) -> Result<(Stored<Roster>, Stored<Attachments>), Error> {
        let (roster, attachments) = (keys::roster(), keys::attachments(workflow));
        let items = self.0.table().batch_get(vec![roster.clone(), attachments.clone()], Read::Consistent).await?;
        let (mut held_roster, mut held_attachments) = (None, None);
        for item in &items {
            let key = item::key_of(item)?;
            if key == roster {
                held_roster = doc::read::<RosterRecord>(item)?;
            } else if key == attachments {
                held_attachments = doc::read::<AttachmentsRecord>(item)?;
            }
        }
        Ok((
            held_roster.map_or_else(nothing, |stored| stored.map(Roster::from)),
            held_attachments.map_or_else(nothing, |stored| stored.map(Attachments::from)),
        ))
    }

    /// Whether a command has said something of attachments, however much others have said since.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn has_said(&self, command: CommandId) -> Result<bool, Error> {
        Ok(self.0.table().get(&keys::attachments_said(command), Read::Consistent).await?.is_some())
    }

    /// Which automations are attached to a workflow, in no order: at most [`domain::automation::MAX_AUTOMATIONS`].
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn attached(&self, workflow: &WorkflowId) -> Result<Vec<Attachment>, Error> {
        let (roster, attachments) = self.of_workflow(workflow).await?;
        Ok(attachments.value.resolved(&roster.value))
    }
}

fn nothing<T: Default>() -> Stored<T> {
    Stored { value: T::default(), version: 0, command: None, earlier: Vec::new() }
}

fn automation_key(id: &AutomationId) -> Key {
    keys::aggregate(Kind::Automation, id)
}

impl Tx<'_> {
    /// Adds a new automation, whose version is 1. The roster has to name it in the same transaction.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_automation(&mut self, automation: &Automation) -> Result<(), Error> {
        let record = AutomationRecord::from(automation);
        self.insert(automation_key(&automation.id), &record)?;
        self.keep_version(Kind::Automation, automation.id, &record, automation.version)
    }

    /// Adds a change of an automation from `version`, the one that was read.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn update_automation(&mut self, automation: &Automation, version: u64) -> Result<(), Error> {
        let record = AutomationRecord::from(automation);
        self.replace(automation_key(&automation.id), &record, version)?;
        self.keep_version(Kind::Automation, automation.id, &record, automation.version)
    }

    /// Adds the deletion of an automation that stands at `version`. Its versions stay; the roster has to strike it in the
    /// same transaction.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn delete_automation(&mut self, automation: &Automation, version: u64) -> Result<(), Error> {
        self.delete(automation_key(&automation.id), &AutomationRecord::from(automation), version, false)
    }

    /// Adds the roster as it is from now on, from `version`, the one that was read; its number is one more.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn put_roster(&mut self, roster: &Roster, version: u64) -> Result<(), Error> {
        let record = RosterRecord::from(roster);
        match version {
            0 => self.insert(keys::roster(), &record),
            version => self.replace(keys::roster(), &record, version),
        }
    }

    /// Adds that the command has said something of attachments. It is forgotten when no repetition can come any more.
    pub fn remember_said(&mut self) {
        let key = keys::attachments_said(self.command());
        let mut item = item::keyed(&key);
        item.insert("cmd".to_owned(), item::text(self.command().to_string()));
        item.insert(keys::TTL.to_owned(), item::number(doc::seconds(self.now(), doc::TOMBSTONE)));
        self.plan("what a command said", key, None, Write::Put(item, Expr::default()));
    }

    /// Adds what is said of a workflow that is made in the same transaction.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_attachments(&mut self, workflow: &WorkflowId, attachments: &Attachments) -> Result<(), Error> {
        self.insert(keys::attachments(workflow), &AttachmentsRecord::from(attachments))
    }

    /// Adds what is said of a workflow from now on, from `version`, the one that was read. Fails at the commit when the
    /// workflow was deleted.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn put_attachments(
        &mut self,
        workflow: &WorkflowId,
        attachments: &Attachments,
        version: u64,
    ) -> Result<(), Error> {
        let (key, record) = (keys::attachments(workflow), AttachmentsRecord::from(attachments));
        self.count_use(Kind::Workflow, workflow);
        match version {
            0 => self.insert(key, &record),
            version => self.replace(key, &record, version),
        }
    }

    /// Adds that nothing is said of a workflow any more, from `version`, the one that was read.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn delete_attachments(
        &mut self,
        workflow: &WorkflowId,
        attachments: &Attachments,
        version: u64,
    ) -> Result<(), Error> {
        self.delete(keys::attachments(workflow), &AttachmentsRecord::from(attachments), version, false)
    }
}
