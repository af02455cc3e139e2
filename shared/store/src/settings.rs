//! What administrators have chosen: a book of values for everything, and one for each workflow that has values of its own.
//!
//! A book is one item, because whoever enters a review needs several of its values. What may be long and is seldom asked
//! for, predefined notes and what happens when reviews expire, has a book to itself each. A workflow's first book puts it on a list, where it
//! stays.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::WorkflowId;
use domain::settings::{Book, Held, Scope, Setting, Value};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::doc::{self, Record, Stored};
use crate::error::Error;
use crate::item::Item;
use crate::keys::{self, Key, Kind, List};
use crate::records::settings;
use crate::table::Read;
use crate::tx::Tx;

const LIST: List<'static> = List::All(Kind::Settings);
/// The scope of everything, as it stands in keys.
const EVERYTHING: &str = "all";

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct BookRecord {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    workflow: Option<WorkflowId>,
    values: BTreeMap<String, HeldRecord>,
    /// Names of settings that some workflow has a value of its own for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    overridden: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct HeldRecord {
    rev: u64,
    value: serde_json::Value,
}

impl Record for BookRecord {
    const KIND: &'static str = "book of settings";
    const FORMAT: u32 = 1;
}

impl BookRecord {
    fn new(scope: Scope, book: &Book) -> Result<Self, Error> {
        let mut values = BTreeMap::new();
        for Held { value, version } in book.values() {
            let name = value.setting().name();
            let json = settings::encode(value).map_err(|error| Error::corrupt(name, error))?;
            values.insert(name.to_owned(), HeldRecord { rev: *version, value: json });
        }
        let overridden = book.overridden().iter().map(|setting| setting.name().to_owned()).collect();
        Ok(Self { workflow: scope, values, overridden })
    }

    /// Values of settings that this version does not know are passed over, as if nothing was stored.
    fn book(&self) -> Result<Book, Error> {
        let mut values = Vec::with_capacity(self.values.len());
        for (name, HeldRecord { rev, value }) in &self.values {
            let Some(setting) = Setting::from_name(name) else { continue };
            let value = settings::decode(setting, value)
                .ok_or_else(|| Error::corrupt(format!("the setting {name}"), "its form is unknown"))?;
            values.push(Held { value, version: *rev });
        }
        let overridden = self.overridden.iter().filter_map(|name| Setting::from_name(name)).collect();
        Ok(Book::new(values, overridden))
    }
}

fn of(stored: Stored<BookRecord>) -> Result<Stored<Book>, Error> {
    stored.try_map(|record| record.book())
}

/// A value as it was when something began that goes by it, in a form that can be kept with that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrozenValue {
    name: String,
    value: serde_json::Value,
}

impl FrozenValue {
    /// The form of a value.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn new(value: &Value) -> Result<Self, Error> {
        let name = value.setting().name();
        let json = settings::encode(value).map_err(|error| Error::corrupt(name, error))?;
        Ok(Self { name: name.to_owned(), value: json })
    }

    /// The value by itself, as it is written: codes, and the texts of what has texts.
    pub fn into_json(self) -> serde_json::Value {
        self.value
    }

    /// The value; `None` for one that this version does not know.
    pub fn thaw(&self) -> Option<Value> {
        settings::decode(Setting::from_name(&self.name)?, &self.value)
    }
}

/// Which of the books of a scope holds a setting.
fn place(scope: Scope, setting: Setting) -> Key {
    let scope = written(scope);
    match setting {
        alone if alone.stands_alone() => keys::aggregate(Kind::Settings, format!("{scope}/{}", alone.name())),
        _ => keys::aggregate(Kind::Settings, scope),
    }
}

pub(crate) fn written(scope: Scope) -> String {
    scope.map_or_else(|| EVERYTHING.to_owned(), |workflow| workflow.to_string())
}

/// The book of everything but predefined notes.
pub(crate) fn shared_book() -> Key {
    keys::aggregate(Kind::Settings, EVERYTHING)
}

/// The book in an item.
pub(crate) fn read_book(item: &Item) -> Result<Option<Book>, Error> {
    Ok(doc::read(item)?.map(of).transpose()?.map(|stored| stored.value))
}

/// Books of settings.
#[derive(Debug, Clone, Copy)]
pub struct SettingsBooks<'a>(&'a Store);

impl Store {
    /// Books of settings.
    pub fn settings(&self) -> SettingsBooks<'_> {
        SettingsBooks(self)
    }
}

impl SettingsBooks<'_> {
    /// The book of a scope that holds a setting, read consistently; `None` when nothing was ever stored there.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get(&self, scope: Scope, setting: Setting) -> Result<Option<Stored<Book>>, Error> {
        self.0.load(&place(scope, setting)).await?.map(of).transpose()
    }

    /// Everything that is stored for a scope, read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn whole(&self, scope: Scope) -> Result<Book, Error> {
        let places: BTreeSet<Key> = Setting::ALL.iter().map(|setting| place(scope, *setting)).collect();
        let items = self.0.table().batch_get(places.into_iter().collect(), Read::Consistent).await?;
        let mut whole = Book::default();
        for item in items {
            let Some(book) = read_book(&item)? else { continue };
            book.values().for_each(|held| whole.put(held.value.clone(), held.version));
            book.overridden().iter().for_each(|setting| whole.note_override(*setting));
        }
        Ok(whole)
    }

    /// The book of what rules reviews, of a scope: all but predefined notes, read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn ruling(&self, scope: Scope) -> Result<Book, Error> {
        let key = keys::aggregate(Kind::Settings, written(scope));
        Ok(self.0.load(&key).await?.map(of).transpose()?.map(|stored| stored.value).unwrap_or_default())
    }

    /// The books of workflows, by their ids, at most `limit` behind `after`; without predefined notes.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn of_workflows(
        &self,
        after: Option<WorkflowId>,
        limit: usize,
    ) -> Result<doc::Listing<(WorkflowId, Book)>, Error> {
        let after = after.map(|workflow| keys::by_id(&LIST, workflow).sk);
        let found = self.0.load_list::<BookRecord>(&LIST, after.as_deref(), limit).await?;
        let mut values = Vec::with_capacity(found.values.len());
        for stored in found.values {
            if let Some(workflow) = stored.value.workflow {
                values.push((workflow, stored.value.book()?));
            }
        }
        Ok(doc::Listing { values, more: found.more })
    }
}

impl Tx<'_> {
    /// Adds the book of a scope that holds `setting`, which stands at `version`; 0 where nothing was ever stored. Fails at
    /// the commit when the workflow was deleted.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn put_settings(&mut self, scope: Scope, setting: Setting, book: &Book, version: u64) -> Result<(), Error> {
        let (key, record) = (place(scope, setting), BookRecord::new(scope, book)?);
        if key == shared_book() {
            self.tell_book(version + 1);
        }
        if version > 0 {
            return self.replace(key, &record, version);
        }
        self.insert(key.clone(), &record)?;
        // A workflow is not deleted without its first book; nor does that come behind the deletion.
        scope.iter().for_each(|workflow| self.count_use(Kind::Workflow, workflow));
        if let Some(workflow) = scope.filter(|_| !setting.stands_alone()) {
            self.list(keys::by_id(&LIST, workflow), &key);
        }
        Ok(())
    }

    /// Adds the deletion of everything that is stored for a workflow, as far as `books` says there is something.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn delete_settings(&mut self, workflow: WorkflowId, books: &[(Setting, Stored<Book>)]) -> Result<(), Error> {
        for (setting, stored) in books {
            let record = BookRecord::new(Some(workflow), &stored.value)?;
            self.delete(place(Some(workflow), *setting), &record, stored.version, false)?;
            if !setting.stands_alone() {
                self.unlist(keys::by_id(&LIST, workflow));
            }
        }
        Ok(())
    }
}
