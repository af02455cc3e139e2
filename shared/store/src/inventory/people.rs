//! Whom an id or an e-mail address means, without reading everybody: a version tells in which of its blocks the people of a
//! name are.
//!
//! Names are hashed into bucket items beside the blocks of the version, 8 bytes a name: half of the hash, and the number of
//! the block. Names may share a hash, and a block holds others, too: whoever asks compares. Like everything in a version
//! the buckets never change, so that an answer is as good as one from all blocks, after every new delivery and every
//! deletion. A version that was written before there were buckets, or whose buckets an eventual read does not see yet, is
//! read whole.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ::columns::Batch;
use domain::ids::{CommandId, DataSourceId};
use domain::inventory::{Family, Node, folded_address};

use super::{Inventory, nodes_section, pack};
use crate::block;
use crate::error::Error;
use crate::item::{self, Fields, Item};
use crate::keys::{self, Key};
use crate::lookup::{self, IdentityHash};
use crate::table::Read;

/// About how many people share a bucket: 16 KB and more, as they have addresses.
const PEOPLE_PER_BUCKET: u32 = 1_024;

/// What a person is looked for by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonName<'a> {
    /// The id that the data source knows an identity by.
    Id(&'a str),
    /// One of the e-mail addresses of an identity, whatever its letter case.
    Address(&'a str),
}

impl PersonName<'_> {
    fn hash(self) -> IdentityHash {
        match self {
            Self::Id(id) => IdentityHash::of(&["id", id]),
            Self::Address(address) => IdentityHash::of(&["address", &folded_address(address)]),
        }
    }
}

/// Into how many buckets the names of so many people are divided.
pub(super) fn buckets(people: u32) -> u32 {
    people.div_ceil(PEOPLE_PER_BUCKET)
}

/// The buckets of a version with these identities, in the order of its blocks. Every bucket is written, so that one that
/// is not there says that nobody knows.
pub(super) fn items(id: &DataSourceId, version: &CommandId, identities: &[Node]) -> Vec<Item> {
    let count = buckets(u32::try_from(identities.len()).unwrap_or(u32::MAX));
    let mut all: BTreeMap<u32, BTreeSet<(u32, u32)>> = (0..count).map(|bucket| (bucket, BTreeSet::new())).collect();
    for (block, people) in (0..).zip(identities.chunks(pack::NODES)) {
        for person in people {
            let addresses = person.addresses();
            let names = addresses.map(PersonName::Address).chain([PersonName::Id(&person.id)]);
            for hash in names.map(PersonName::hash) {
                all.entry(hash.among(count)).or_default().insert((hash.low(), block));
            }
        }
    }
    let item = |(bucket, entries): (u32, BTreeSet<(u32, u32)>)| {
        let mut item = item::keyed(&keys::version_people(id, version, bucket));
        item.insert("v".to_owned(), item::number(1));
        item.insert("d".to_owned(), item::binary(lookup::packed(entries)));
        item
    };
    all.into_iter().map(item).collect()
}

/// What is known of where people are in one version.
#[derive(Default)]
struct Whereabouts {
    /// The blocks that may hold them.
    blocks: BTreeSet<u32>,
    /// Whether that has not been told.
    is_unknown: bool,
}

impl Inventory<'_> {
    /// Blocks of identities of the inventory as it is now, by data source, which hold everybody who has one of some names;
    /// and others.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn people(&self, names: &[PersonName<'_>]) -> Result<Vec<(DataSourceId, Vec<Batch>)>, Error> {
        let hashes: Vec<IdentityHash> = names.iter().map(|name| name.hash()).collect();
        let mut versions = Vec::new();
        let mut asked: HashMap<Key, usize> = HashMap::new();
        for (id, version, buckets) in self.current().await? {
            let is_unknown = buckets.is_none();
            for hash in hashes.iter().filter(|_| buckets.is_some_and(|buckets| buckets > 0)) {
                let bucket = hash.among(buckets.unwrap_or_default());
                asked.insert(keys::version_people(&id, &version, bucket), versions.len());
            }
            versions.push((id, version, Whereabouts { is_unknown, ..Whereabouts::default() }));
        }
        for item in self.store().table().batch_get(asked.keys().cloned().collect(), Read::Eventual).await? {
            let held = asked.remove(&item::key_of(&item)?).and_then(|at| versions.get_mut(at));
            let Some((_, _, whereabouts)) = held else { continue };
            let entries = lookup::unpacked(item.get_binary("d")?);
            let entries = entries.ok_or_else(|| Error::corrupt(item.label(), "entries of a broken length"))?;
            let told = entries.into_iter().filter(|(low, _)| hashes.iter().any(|hash| hash.low() == *low));
            whereabouts.blocks.extend(told.map(|(_, block)| block));
        }
        for at in asked.into_values() {
            if let Some((_, _, whereabouts)) = versions.get_mut(at) {
                whereabouts.is_unknown = true;
            }
        }
        self.read_people(versions).await
    }

    async fn read_people(
        &self,
        versions: Vec<(DataSourceId, CommandId, Whereabouts)>,
    ) -> Result<Vec<(DataSourceId, Vec<Batch>)>, Error> {
        let mut people = Vec::with_capacity(versions.len());
        for (id, version, whereabouts) in versions {
            let found = match whereabouts {
                Whereabouts { is_unknown: false, blocks } if blocks.is_empty() => continue,
                Whereabouts { is_unknown: false, blocks } => self.some_identities(&id, &version, &blocks).await?,
                Whereabouts { is_unknown: true, .. } => {
                    let all = self.families(&id, &version, &[Family::Identity]).await?;
                    all.into_iter().map(|(_, batch)| batch).collect()
                }
            };
            people.push((id, found));
        }
        Ok(people)
    }

    /// Some blocks of the identities of a version.
    async fn some_identities(
        &self,
        id: &DataSourceId,
        version: &CommandId,
        blocks: &BTreeSet<u32>,
    ) -> Result<Vec<Batch>, Error> {
        let section = nodes_section(Family::Identity);
        let part = |block: u32, part: u32| keys::version_part(id, version, &section, block, part);
        let mut left: BTreeMap<Key, u32> = blocks.iter().map(|block| (part(*block, 0), *block)).collect();
        let mut found = BTreeMap::new();
        // An eventual read may miss what was written a moment ago.
        for read in [Read::Eventual, Read::Consistent] {
            for head in self.store().table().batch_get(left.keys().cloned().collect(), read).await? {
                let Some(number) = left.remove(&item::key_of(&head)?) else { continue };
                let label = head.label();
                let bytes = block::join(self.store(), head, |n| part(number, n)).await?;
                found.insert(number, ::columns::decode(&bytes).map_err(|error| Error::corrupt(label, error))?);
            }
            if left.is_empty() {
                break;
            }
        }
        match left.into_keys().next() {
            Some(missing) => Err(Error::corrupt(missing.to_string(), "the block is not there")),
            None => Ok(found.into_values().collect()),
        }
    }
}
