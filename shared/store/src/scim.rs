//! Directories that clients keep up to date resource by resource, by SCIM: the one inventory that changes in place.
//!
//! | item | holds |
//! |---|---|
//! | `META` | the directory: how many users and groups there are, which number comes next, what has been cut into a version |
//! | `USER#<number>`, `GROUP#<number>` | a resource; a group with its members |
//! | `FIND#<hash of attribute and value>#<id>` | who has a value that clients look for |
//! | `MADE#<command>` | what a command made, for as long as the command may be repeated |
//!
//! Every change of a resource is one transaction with a change of the directory, so that counts and numbers are exact.
//! Numbers are never handed out twice. The living are counted by stretches of [`STRETCH`] numbers: that is how a list finds
//! the place of a page without reading what lies before it.

mod census;
mod id;

use domain::ids::{CommandId, DataSourceId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Store;
use crate::doc::{self, Listing, Record, Stored};
use crate::error::Error;
use crate::expr::Expr;
use crate::idempotency::KEPT;
use crate::item;
use crate::keys::{self, Key, Kind, List};
use crate::table::{Query, Read, Write};
use crate::tx::{self, Tx};

pub use census::{Census, STRETCH};
pub use id::{NoResourceId, ResourceId, ResourceKind};

/// The partition of the index of due times in which directories are found.
const DUE: &str = "SCIM";
const LIST: List<'static> = List::All(Kind::Scim);

/// A directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// The data source that it feeds.
    pub source: DataSourceId,
    /// What people call it.
    pub name: String,
    /// Its users.
    pub users: Census,
    /// Its groups.
    pub groups: Census,
    /// How many memberships its groups hold together.
    pub memberships: u32,
    /// How often it was changed.
    pub revision: u64,
    /// Which revision the inventory has at least.
    pub cut: u64,
    /// When the inventory is to follow, while it does not.
    pub due: Option<Timestamp>,
    /// When its first resource was made.
    pub created_at: Timestamp,
}

impl Directory {
    /// A directory without anything in it.
    #[must_use]
    pub fn new(source: DataSourceId, name: String, now: Timestamp) -> Self {
        Self {
            source,
            name,
            users: Census::default(),
            groups: Census::default(),
            memberships: 0,
            revision: 0,
            cut: 0,
            due: None,
            created_at: now,
        }
    }

    /// The resources of a kind.
    #[must_use]
    pub fn census(&self, kind: ResourceKind) -> &Census {
        match kind {
            ResourceKind::User => &self.users,
            ResourceKind::Group => &self.groups,
        }
    }

    /// The same, to be changed.
    pub fn census_mut(&mut self, kind: ResourceKind) -> &mut Census {
        match kind {
            ResourceKind::User => &mut self.users,
            ResourceKind::Group => &mut self.groups,
        }
    }
}

impl Record for Directory {
    const KIND: &'static str = "directory";
    const FORMAT: u32 = 1;
}

/// A user or a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Its id.
    pub id: ResourceId,
    /// What its client says of it, in canonical spelling.
    pub attributes: Map<String, Value>,
    /// Who is in it, in order; empty for users.
    pub members: Vec<ResourceId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its last change.
    pub modified_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ResourceRecord {
    #[serde(rename = "a")]
    attributes: Map<String, Value>,
    /// Users by their number, groups by its negative: a group may have thousands.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    members: Vec<i64>,
    #[serde(rename = "born")]
    created_at: Timestamp,
    #[serde(rename = "at")]
    modified_at: Timestamp,
}

impl Record for ResourceRecord {
    const KIND: &'static str = "SCIM resource";
    const FORMAT: u32 = 1;
}

impl From<&Resource> for ResourceRecord {
    fn from(resource: &Resource) -> Self {
        let Resource { id: _, attributes, members, created_at, modified_at } = resource.clone();
        let member = |id: ResourceId| match id.kind {
            ResourceKind::User => i64::from(id.number),
            ResourceKind::Group => -i64::from(id.number),
        };
        Self { attributes, members: members.into_iter().map(member).collect(), created_at, modified_at }
    }
}

impl ResourceRecord {
    fn into_resource(self, id: ResourceId) -> Resource {
        let Self { attributes, members, created_at, modified_at } = self;
        let member = |number: i64| {
            let kind = if number < 0 { ResourceKind::Group } else { ResourceKind::User };
            Some(ResourceId { kind, number: u32::try_from(number.unsigned_abs()).ok()? })
        };
        Resource { id, attributes, members: members.into_iter().filter_map(member).collect(), created_at, modified_at }
    }
}

/// A value by which clients look for resources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    /// The attribute.
    pub attribute: &'static str,
    /// The value, in whatever letter case.
    pub value: String,
    /// Whether no two resources may have it.
    pub unique: bool,
}

/// What a resource is found by, in the words of its keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Entries {
    names: Vec<Key>,
    finds: Vec<Key>,
}

impl Entries {
    fn of(source: &DataSourceId, id: ResourceId, terms: &[Term]) -> Self {
        let mut entries = Self::default();
        for Term { attribute, value, unique } in terms {
            entries.finds.push(keys::scim_find(source, attribute, value, &id.to_string()));
            if *unique {
                entries.names.push(keys::name(&scope(source, attribute), value));
            }
        }
        for keys in [&mut entries.names, &mut entries.finds] {
            keys.sort();
            keys.dedup();
        }
        entries
    }
}

fn scope(source: &DataSourceId, attribute: &str) -> String {
    format!("SCIM#{source}#{attribute}")
}

/// Directories.
#[derive(Debug, Clone, Copy)]
pub struct Directories<'a>(&'a Store);

impl Store {
    /// Directories that clients keep up to date.
    pub fn directories(&self) -> Directories<'_> {
        Directories(self)
    }
}

impl Directories<'_> {
    /// One directory, read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get(&self, source: &DataSourceId) -> Result<Option<Stored<Directory>>, Error> {
        self.0.load::<Directory>(&keys::aggregate(Kind::Scim, source)).await
    }

    /// Directories in the order of their ids, at most `limit` behind `after`.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn list(&self, after: Option<&DataSourceId>, limit: usize) -> Result<Listing<Stored<Directory>>, Error> {
        self.0.load_list::<Directory>(&LIST, after.map(DataSourceId::as_str), limit).await
    }

    /// Directories that the inventory is to follow now, at most `limit`. The index may lag: read each before acting on it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<DataSourceId>, Error> {
        self.0.due(DUE, now, limit).await
    }

    /// One resource, read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn resource(&self, source: &DataSourceId, id: ResourceId) -> Result<Option<Stored<Resource>>, Error> {
        let stored = self.0.load::<ResourceRecord>(&keys::scim_resource(source, id)).await?;
        Ok(stored.map(|stored| stored.map(|record| record.into_resource(id))))
    }

    /// Those of some resources that are there, read consistently, in the order of their ids.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn some(&self, source: &DataSourceId, ids: &[ResourceId]) -> Result<Vec<Stored<Resource>>, Error> {
        let names = ids.iter().map(|id| keys::scim_resource(source, *id)).collect();
        let mut found = Vec::new();
        for item in self.0.table().batch_get(names, Read::Consistent).await? {
            found.extend(living(&item)?);
        }
        found.sort_by_key(|stored: &Stored<Resource>| stored.value.id);
        Ok(found)
    }

    /// Resources of a kind in the order of their numbers from `first` on, at most `limit`; read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn from(
        &self,
        source: &DataSourceId,
        kind: ResourceKind,
        first: u32,
        limit: usize,
    ) -> Result<Vec<Stored<Resource>>, Error> {
        let id = |number| keys::scim_resource(source, ResourceId { kind, number });
        let (mut from, last) = (id(first).sk, id(u32::MAX).sk);
        let mut found = Vec::new();
        loop {
            let wanted = limit.saturating_sub(found.len()).clamp(1, 1_000);
            let partition = keys::aggregate(Kind::Scim, source).pk;
            let query = Query::between(partition, from, last.clone(), Read::Consistent).limit(wanted);
            let page = self.0.table().query(&query).await?;
            for item in &page.items {
                found.extend(living(item)?);
            }
            let Some(end) = page.items.last().filter(|_| page.more && found.len() < limit) else { return Ok(found) };
            from = format!("{}\u{1}", item::key_of(end)?.sk);
        }
    }

    /// Who may have a value that clients look for: a superset, because letter case is not told apart.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn find(&self, source: &DataSourceId, attribute: &str, value: &str) -> Result<Vec<ResourceId>, Error> {
        let Key { pk, sk } = keys::scim_find(source, attribute, value, "");
        let page = self.0.table().query(&Query::prefix(pk, sk, Read::Consistent)).await?;
        let named = page.items.iter().filter_map(tx::listed).filter_map(|key| keys::parse_scim_resource(&key.sk));
        Ok(named.collect())
    }

    /// Whose a unique value is.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn holder(
        &self,
        source: &DataSourceId,
        attribute: &str,
        value: &str,
    ) -> Result<Option<ResourceId>, Error> {
        let name = keys::name(&scope(source, attribute), value);
        let item = self.0.table().get(&name, Read::Consistent).await?;
        Ok(item.as_ref().and_then(tx::listed).and_then(|key| keys::parse_scim_resource(&key.sk)))
    }

    /// What a command has made, read consistently, whatever became of it; `None` when it has made nothing, or when it is
    /// too old to be repeated.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn made_by(&self, source: &DataSourceId, command: CommandId) -> Result<Option<ResourceId>, Error> {
        let item = self.0.table().get(&keys::scim_made(source, command), Read::Consistent).await?;
        Ok(item.as_ref().and_then(tx::listed).and_then(|key| keys::parse_scim_resource(&key.sk)))
    }
}

/// The resource in an item; `None` when it is deleted.
fn living(item: &item::Item) -> Result<Option<Stored<Resource>>, Error> {
    let key = item::key_of(item)?;
    let Some(id) = keys::parse_scim_resource(&key.sk) else { return Ok(None) };
    let stored = doc::read::<ResourceRecord>(item)?;
    Ok(stored.map(|stored| stored.map(|record| record.into_resource(id))))
}

impl Tx<'_> {
    /// Adds a directory as it stands from now on, from `version`, the one that was read; `None` where there was none.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn put_directory(&mut self, directory: &Directory, version: Option<u64>) -> Result<(), Error> {
        let key = keys::aggregate(Kind::Scim, &directory.source);
        let next = version.map_or(1, |version| version + 1);
        let mut item = doc::item(&key, directory, next, self.command())?;
        if let Some(due) = directory.due {
            doc::due(&mut item, DUE, due, directory.source.as_str());
        }
        match version {
            None => {
                self.list(keys::by_id(&LIST, &directory.source), &key);
                self.insert_item(Directory::KIND, key, item);
            }
            Some(version) => self.replace_item(Directory::KIND, key, item, version),
        }
        Ok(())
    }

    /// Adds a new resource, which is found by `terms`; a unique one that is taken is an [`Error::Conflict`] at the commit.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_resource(&mut self, of: &DataSourceId, resource: &Resource, terms: &[Term]) -> Result<(), Error> {
        let key = keys::scim_resource(of, resource.id);
        self.insert(key.clone(), &ResourceRecord::from(resource))?;
        self.enter(&Entries::of(of, resource.id, terms), &Entries::default(), &key);
        Ok(())
    }

    /// Adds that the command made a resource: a repetition finds it by [`Directories::made_by`].
    pub fn remember_made(&mut self, of: &DataSourceId, id: ResourceId) {
        let (name, made) = (keys::scim_made(of, self.command()), keys::scim_resource(of, id));
        let mut item = item::keyed(&name);
        item.insert("at".to_owned(), item::text(made.pk));
        item.insert("as".to_owned(), item::text(made.sk));
        item.insert(keys::TTL.to_owned(), item::number(doc::seconds(self.now(), KEPT + KEPT)));
        self.plan("what a command made", name, None, Write::Put(item, Expr::absent()));
    }

    /// Adds a change of a resource from `version`, the one that was read: it was found by `old`, and is by `terms`.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn update_resource(
        &mut self,
        of: &DataSourceId,
        resource: &Resource,
        version: u64,
        old: &[Term],
        terms: &[Term],
    ) -> Result<(), Error> {
        let key = keys::scim_resource(of, resource.id);
        self.replace(key.clone(), &ResourceRecord::from(resource), version)?;
        let (before, after) = (Entries::of(of, resource.id, old), Entries::of(of, resource.id, terms));
        self.enter(&after, &before, &key);
        self.leave(&before, &after);
        Ok(())
    }

    /// Adds the deletion of a resource that stands at `version` and is found by `terms`.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn delete_resource(
        &mut self,
        of: &DataSourceId,
        resource: &Resource,
        version: u64,
        terms: &[Term],
    ) -> Result<(), Error> {
        // Nothing of a person stays but that there was somebody.
        let bare = Resource { attributes: Map::new(), members: Vec::new(), ..resource.clone() };
        self.delete(keys::scim_resource(of, resource.id), &ResourceRecord::from(&bare), version, false)?;
        self.leave(&Entries::of(of, resource.id, terms), &Entries::default());
        Ok(())
    }

    fn enter(&mut self, entries: &Entries, held: &Entries, key: &Key) {
        for name in entries.names.iter().filter(|name| !held.names.contains(name)) {
            self.take_name(name.clone(), key);
        }
        for find in entries.finds.iter().filter(|find| !held.finds.contains(find)) {
            self.list(find.clone(), key);
        }
    }

    fn leave(&mut self, entries: &Entries, kept: &Entries) {
        let gone =
            |all: &[Key], kept: &[Key]| -> Vec<Key> { all.iter().filter(|key| !kept.contains(key)).cloned().collect() };
        for key in gone(&entries.names, &kept.names).into_iter().chain(gone(&entries.finds, &kept.finds)) {
            self.unlist(key);
        }
    }
}
