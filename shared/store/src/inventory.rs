//! Data sources and what they delivered.
//!
//! A delivery is a version: immutable, named by the command that wrote it, and visible once the data source names it as
//! its current one. Nodes are packed by family, edges by origin, permission sets once. Snapshots name versions, so what
//! a certification was built from stays readable after the data source has moved on or is deleted.

use domain::ids::{CommandId, DataSourceId};
use domain::inventory::{Edge, Family, Node, PermissionSet, Picture};
use uuid::Uuid;

use crate::Store;
use crate::block;
use crate::doc::{self, Listing, Stored};
use crate::error::Error;
use crate::item::{self, Fields, Item};
use crate::keys::{self, Key, Kind, List};
use crate::table::{Query, Read};
use crate::tx::Tx;

mod claims;
mod columns;
mod found;
mod pack;
mod people;
mod source;
mod together;

pub use self::columns::{Columns, ID};
pub use self::found::{Found, Standing};
pub use self::people::PersonName;
pub(crate) use self::source::SourceRecord;
pub use self::source::{Size, Source};

const LIST: List<'static> = List::All(Kind::Source);
/// Where the entry of a data source tells its current version; nothing where it has none.
const CURRENT: &str = "cur";
/// Where it tells how many buckets of people that version has.
const PEOPLE: &str = "ppl";

/// Data sources and their versions.
#[derive(Debug, Clone, Copy)]
pub struct Inventory<'a>(&'a Store);

impl Store {
    /// Data sources and what they delivered.
    pub fn inventory(&self) -> Inventory<'_> {
        Inventory(self)
    }
}

impl<'a> Inventory<'a> {
    /// The table that it lies in.
    pub(crate) const fn store(&self) -> &'a Store {
        self.0
    }
}

impl Inventory<'_> {
    /// One data source, read consistently; `None` also when it is deleted.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn source(&self, id: &DataSourceId) -> Result<Option<Stored<Source>>, Error> {
        let stored = self.0.load::<SourceRecord>(&keys::aggregate(Kind::Source, id)).await?;
        Ok(stored.map(|stored| stored.map(Source::from)))
    }

    /// Data sources in the order of their ids, at most `limit` behind `after`.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn sources(&self, after: Option<&DataSourceId>, limit: usize) -> Result<Listing<Stored<Source>>, Error> {
        let after = after.map(DataSourceId::as_str);
        let found = self.0.load_list::<SourceRecord>(&LIST, after, limit).await?;
        let values = found.values.into_iter().map(|stored| stored.map(Source::from));
        Ok(Listing { values: values.collect(), more: found.more })
    }

    /// The current version of every data source that has one, in the order of their ids, read consistently. Entries of the
    /// list tell them; those that were written before they did are followed.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn versions(&self) -> Result<Vec<(DataSourceId, CommandId)>, Error> {
        Ok(self.current().await?.into_iter().map(|(id, version, _)| (id, version)).collect())
    }

    /// The same with how many buckets of people each version has; `None` where nobody knows.
    async fn current(&self) -> Result<Vec<(DataSourceId, CommandId, Option<u32>)>, Error> {
        let query = Query::all(keys::list_partition(&LIST), Read::Consistent);
        let (mut versions, mut silent) = (Vec::new(), Vec::new());
        for entry in self.0.table().query(&query).await?.items {
            let Some(target) = crate::tx::listed(&entry) else { continue };
            let corrupt = |reason: String| Error::corrupt(entry.label(), reason);
            match entry.maybe_text(CURRENT) {
                None => silent.push(target),
                Some("") => {}
                Some(version) => {
                    let id =
                        DataSourceId::new(entry.get_text(keys::SORT)?).map_err(|error| corrupt(error.to_string()))?;
                    let version: CommandId = version.parse().map_err(|_| corrupt("not a version".to_owned()))?;
                    versions.push((id, version, entry.maybe_number(PEOPLE)));
                }
            }
        }
        for item in self.0.table().batch_get(silent, Read::Consistent).await? {
            let source = doc::read::<SourceRecord>(&item)?.map(|stored| Source::from(stored.value));
            versions.extend(source.and_then(|source| Some((source.id, source.current?, None))));
        }
        versions.sort_by(|(one, ..), (two, ..)| one.as_str().cmp(two.as_str()));
        Ok(versions)
    }

    /// The data sources of a provider in the order of their ids, at most `limit` behind `after`.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn sources_of(
        &self,
        provider: Uuid,
        after: Option<&DataSourceId>,
        limit: usize,
    ) -> Result<Listing<Stored<Source>>, Error> {
        let provider = provider.to_string();
        let list = List::ProviderSources(&provider);
        let found = self.0.load_list::<SourceRecord>(&list, after.map(DataSourceId::as_str), limit).await?;
        let values = found.values.into_iter().map(|stored| stored.map(Source::from));
        Ok(Listing { values: values.collect(), more: found.more })
    }

    /// Writes a version, which nobody sees before a data source names it. The picture must be normalised. Safe to
    /// repeat under the same version with the same picture.
    ///
    /// # Errors
    /// [`Error::Rejected`] when the nodes are not in order; [`Error::Unavailable`], with a part written.
    pub async fn write(&self, id: &DataSourceId, version: &CommandId, picture: &Picture) -> Result<(), Error> {
        if !picture.nodes.is_sorted_by_key(|node| node.family) {
            let reason = "the picture is not normalised".to_owned();
            return Err(Error::Rejected { doing: format!("writing a version of {id}"), reason });
        }
        let mut writer = Writer { store: self.0, id, version, items: Vec::new(), blocks: Vec::new() };
        for family in picture.nodes.chunk_by(|a, b| a.family == b.family) {
            let Some(kind) = family.first().map(|node| node.family) else { continue };
            for (n, nodes) in (0..).zip(family.chunks(pack::NODES)) {
                writer.add(&nodes_section(kind), n, pack::pack_nodes(nodes)).await?;
            }
            if kind == Family::Identity {
                writer.items.extend(people::items(id, version, family));
            }
        }
        for (n, edges) in (0..).zip(picture.edges.chunks(pack::EDGES)) {
            writer.add("EDGES", n, pack::pack_edges(edges)).await?;
        }
        for (n, sets) in (0..).zip(picture.permission_sets.chunks(pack::SETS)) {
            writer.add("PERMS", n, pack::pack_sets(sets)).await?;
        }
        writer.finish(picture).await
    }

    /// A version as a whole; `None` when it was never written completely.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn read(&self, id: &DataSourceId, version: &CommandId) -> Result<Option<Picture>, Error> {
        let Some((head, blocks)) = self.whole(id, version).await? else { return Ok(None) };
        unpack(&head, blocks).map(Some)
    }

    /// The head and the blocks of a version, which lie in one partition; `None` when there is no head.
    async fn whole(&self, id: &DataSourceId, version: &CommandId) -> Result<Option<(Item, Sections)>, Error> {
        let name = keys::version_head(id, version);
        let mut missing = None;
        // An eventual read may miss what was written a moment ago; then the whole is read again, consistently.
        for read in [Read::Eventual, Read::Consistent] {
            let query = Query::all(keys::version_partition(id, version), read);
            let mut items = self.0.table().query(&query).await?.items;
            let at = items.iter().position(|item| item.maybe_text(keys::SORT) == Some(&name.sk));
            let Some(head) = at.map(|at| items.remove(at)) else { continue };
            let expected: usize = head.get_number("blocks")?;
            if let Some(blocks) = assemble(items)?.filter(|blocks| blocks.len() == expected) {
                return Ok(Some((head, blocks)));
            }
            missing = Some(Error::corrupt(head.label(), format!("fewer than {expected} blocks")));
        }
        missing.map_or(Ok(None), Err)
    }
}

/// The section of the nodes of a family.
fn nodes_section(family: Family) -> String {
    format!("NODES#{}", family.code())
}

struct Writer<'a> {
    store: &'a Store,
    id: &'a DataSourceId,
    version: &'a CommandId,
    items: Vec<Item>,
    /// Section, number and parts of each block.
    blocks: Vec<(String, u32, u32)>,
}

impl Writer<'_> {
    async fn add(&mut self, section: &str, n: u32, bytes: Result<Vec<u8>, pack::PackError>) -> Result<(), Error> {
        let bytes = bytes.map_err(|error| Error::corrupt(format!("a new version of {}", self.id), error))?;
        let key = |part| keys::version_part(self.id, self.version, section, n, part);
        let parts = block::split(&bytes, key)?;
        self.blocks.push((section.to_owned(), n, u32::try_from(parts.len()).unwrap_or(u32::MAX)));
        self.items.extend(parts);
        if self.items.len() >= 100 {
            self.store.table().batch_put(std::mem::take(&mut self.items)).await?;
        }
        Ok(())
    }

    /// The head comes last, in the last request: a version without one is not there.
    async fn finish(mut self, picture: &Picture) -> Result<(), Error> {
        let mut head = item::keyed(&keys::version_head(self.id, self.version));
        head.insert("v".to_owned(), item::number(1));
        head.insert("name".to_owned(), item::text(&picture.name));
        head.insert("platform".to_owned(), item::text(&picture.platform));
        head.insert("blocks".to_owned(), item::number(self.blocks.len() as u64));
        if let Some(names) = together::names(&self.blocks) {
            head.insert("names".to_owned(), item::text(names));
        }
        self.items.push(head);
        self.store.table().batch_put(self.items).await
    }
}

/// Blocks by the section and number they stand under.
type Sections = Vec<(String, Vec<u8>)>;

/// The blocks in items; `None` when one is not complete.
fn assemble(items: Vec<Item>) -> Result<Option<Sections>, Error> {
    let mut blocks: Vec<(String, Vec<u8>, usize)> = Vec::new();
    for item in items {
        let Key { sk, .. } = item::key_of(&item)?;
        let Some((section, part)) = keys::parse_version_part(&sk) else { continue };
        let bytes = item.get_binary("d")?;
        match blocks.last_mut() {
            Some((held, whole, _)) if part > 0 && held == section => whole.extend_from_slice(bytes),
            _ if part > 0 => return Ok(None),
            _ => blocks.push((section.to_owned(), bytes.to_vec(), item.get_number("size")?)),
        }
    }
    let complete = blocks.iter().all(|(_, bytes, size)| bytes.len() == *size);
    if !complete {
        return Ok(None);
    }
    Ok(Some(blocks.into_iter().map(|(section, bytes, _)| (section, bytes)).collect()))
}

fn unpack(head: &Item, blocks: Sections) -> Result<Picture, Error> {
    let corrupt = |error: pack::PackError| Error::corrupt(head.label(), error);
    let (mut nodes, mut edges, mut permission_sets): (Vec<Node>, Vec<Edge>, Vec<PermissionSet>) = Default::default();
    for (section, bytes) in blocks {
        let mut words = section.split('#');
        match (words.next(), words.next().and_then(|code| code.parse().ok())) {
            (Some("NODES"), Some(code)) => {
                let family = Family::from_code(code)
                    .ok_or_else(|| Error::corrupt(head.label(), format!("unknown family {code}")))?;
                nodes.extend(pack::unpack_nodes(family, &bytes).map_err(corrupt)?);
            }
            (Some("EDGES"), _) => edges.extend(pack::unpack_edges(&bytes).map_err(corrupt)?),
            (Some("PERMS"), _) => permission_sets.extend(pack::unpack_sets(&bytes).map_err(corrupt)?),
            _ => return Err(Error::corrupt(head.label(), format!("unknown section `{section}`"))),
        }
    }
    Ok(Picture {
        name: head.get_text("name")?.to_owned(),
        platform: head.get_text("platform")?.to_owned(),
        nodes,
        edges,
        permission_sets,
    })
}

impl Tx<'_> {
    /// Adds a new data source; one that was deleted before may come back under its id. One with a provider needs a
    /// name that is free there: a taken one is an [`Error::Conflict`] at the commit.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_source(&mut self, source: &Source) -> Result<(), Error> {
        let key = keys::aggregate(Kind::Source, &source.id);
        self.insert(key.clone(), &SourceRecord::from(source))?;
        self.enter_source(source, &key);
        Ok(())
    }

    /// Where a data source that has come stands from then on: in its lists, under its name.
    fn enter_source(&mut self, source: &Source, key: &Key) {
        self.list_source(source, key);
        if let Some(provider) = source.provider {
            let provider = provider.to_string();
            self.list(keys::by_id(&List::ProviderSources(&provider), &source.id), key);
            self.take_name(keys::name(&provider, &source.name), key);
        }
    }

    /// Adds a change of a data source from `version`, the one that was read: a new current version, an error. The name of
    /// one with a provider stays.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn update_source(&mut self, source: &Source, version: u64) -> Result<(), Error> {
        let key = keys::aggregate(Kind::Source, &source.id);
        self.list_source(source, &key);
        self.replace(key, &SourceRecord::from(source), version)
    }

    fn list_source(&mut self, source: &Source, key: &Key) {
        let current = source.current.map_or_else(String::new, |version| version.to_string());
        let people = item::number(people::buckets(source.size.identities));
        self.list_telling(keys::by_id(&LIST, &source.id), key, [(CURRENT, item::text(current)), (PEOPLE, people)]);
    }

    /// Adds the deletion of a data source that stands at `version`. Its versions stay for the snapshots that name them.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn delete_source(&mut self, source: &Source, version: u64) -> Result<(), Error> {
        self.delete(keys::aggregate(Kind::Source, &source.id), &SourceRecord::from(source), version, false)?;
        self.unlist(keys::by_id(&LIST, &source.id));
        if let Some(provider) = source.provider {
            let provider = provider.to_string();
            self.unlist(keys::by_id(&List::ProviderSources(&provider), &source.id));
            self.unlist(keys::name(&provider, &source.name));
        }
        Ok(())
    }
}
