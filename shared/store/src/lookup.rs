//! From the identity of a row to its number.
//!
//! A bucket item holds 8 bytes a row: the 4 bytes of the identity's hash that have not picked the bucket, and the number
//! (12 bytes in the first format, with the whole hash). Buckets hold about 256 rows, so one is read for half a unit.
//! Different identities may share a hash: whoever looks up compares with the row in its block.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{ReviewId, RowId};
use sha2::{Digest, Sha256};

use crate::Store;
use crate::error::Error;
use crate::item::{self, Fields, Item};
use crate::keys::{self, Key};
use crate::table::Read;

/// About how many rows share a bucket.
const ROWS_PER_BUCKET: u32 = 256;
/// What is written of a bucket; the first format is still read.
const FORMAT: u32 = 2;

/// The hash of a row's identity: what [`Lookup::find`] is asked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityHash(u64);

impl IdentityHash {
    /// The hash of an identity given in parts, such as source and destination.
    pub fn of(parts: &[&str]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        let digest: [u8; 32] = hasher.finalize().into();
        Self(digest.first_chunk().map_or(0, |head| u64::from_be_bytes(*head)))
    }

    fn bucket(self, rows: u32) -> u32 {
        self.among(buckets(rows))
    }

    /// Its bucket among so many: the high half of the hash picks it evenly.
    pub(crate) fn among(self, buckets: u32) -> u32 {
        u32::try_from(((self.0 >> 32) * u64::from(buckets)) >> 32).unwrap_or(0)
    }

    /// What is stored of it: the half that tells entries of a bucket apart.
    pub(crate) fn low(self) -> u32 {
        u32::try_from(self.0 & u64::from(u32::MAX)).unwrap_or(0)
    }
}

/// How many buckets the lookup of an attempt with `rows` rows has.
pub(crate) fn buckets(rows: u32) -> u32 {
    rows.div_ceil(ROWS_PER_BUCKET).max(1)
}

/// Rows by identity; an identity without one has no entry.
pub type Found = BTreeMap<IdentityHash, Vec<RowId>>;

/// The lookup of a certification.
#[derive(Debug, Clone, Copy)]
pub struct Lookup<'a>(&'a Store);

impl Store {
    /// From identities to rows.
    pub fn lookup(&self) -> Lookup<'_> {
        Lookup(self)
    }
}

impl Lookup<'_> {
    /// Writes the lookup of an attempt: one entry for each of its rows. Safe to repeat.
    ///
    /// # Errors
    /// [`Error::Unavailable`], with a part written.
    pub async fn write(&self, review: &ReviewId, attempt: u32, rows: &[(IdentityHash, RowId)]) -> Result<(), Error> {
        self.0.table().batch_put(items(review, attempt, rows)).await
    }

    /// The rows that may have this identity, usually none or one; `rows` is the number of rows of the attempt.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn find(
        &self,
        review: &ReviewId,
        attempt: u32,
        rows: u32,
        identity: IdentityHash,
    ) -> Result<Vec<RowId>, Error> {
        let found = self.find_many(review, attempt, rows, &[identity], Read::Eventual).await?;
        Ok(found.into_values().flatten().collect())
    }

    /// The same for many identities; those without a row have no entry. Whoever is told that a row is not there must have
    /// been told by a consistent read, as long as the lookup may be younger than a replica.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn find_many(
        &self,
        review: &ReviewId,
        attempt: u32,
        rows: u32,
        identities: &[IdentityHash],
        read: Read,
    ) -> Result<Found, Error> {
        let names = names(review, attempt, rows, identities);
        let items = match names.as_slice() {
            [one] => self.0.table().get(one, read).await?.into_iter().collect(),
            _ => self.0.table().batch_get(names, read).await?,
        };
        rows_in(&items, identities)
    }
}

impl Lookup<'_> {
    /// The rows that may have one identity in several certifications, each given with its attempt and the number of its
    /// rows; those without such a row have no entry.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn find_across(
        &self,
        attempts: &[(ReviewId, u32, u32)],
        identity: IdentityHash,
    ) -> Result<BTreeMap<ReviewId, Vec<RowId>>, Error> {
        let bucket = |(review, attempt, rows): &(ReviewId, u32, u32)| {
            (keys::lookup(review, *attempt, identity.bucket(*rows)), *review)
        };
        let buckets: BTreeMap<Key, ReviewId> = attempts.iter().map(bucket).collect();
        let mut found = BTreeMap::new();
        for item in self.0.table().batch_get(buckets.keys().cloned().collect(), Read::Eventual).await? {
            let rows = rows_in([&item], &[identity])?.remove(&identity);
            if let (Some(rows), Some(review)) = (rows, buckets.get(&item::key_of(&item)?)) {
                found.insert(*review, rows);
            }
        }
        Ok(found)
    }
}

/// The bucket items of an attempt with these rows.
pub(crate) fn items(review: &ReviewId, attempt: u32, rows: &[(IdentityHash, RowId)]) -> Vec<Item> {
    let total = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let mut buckets: BTreeMap<u32, Vec<(IdentityHash, RowId)>> = BTreeMap::new();
    for (hash, row) in rows {
        buckets.entry(hash.bucket(total)).or_default().push((*hash, *row));
    }
    let items = buckets.into_iter().map(|(bucket, mut entries)| {
        entries.sort_by_key(|(hash, row)| (hash.low(), *row));
        let bytes = packed(entries.iter().map(|(hash, row)| (hash.low(), row.0)));
        let mut item = item::keyed(&keys::lookup(review, attempt, bucket));
        item.insert("v".to_owned(), item::number(FORMAT));
        item.insert("d".to_owned(), item::binary(bytes));
        item
    });
    items.collect()
}

/// The items that know the rows of some identities, in an attempt of `rows` rows; each once.
pub(crate) fn names(review: &ReviewId, attempt: u32, rows: u32, identities: &[IdentityHash]) -> Vec<Key> {
    let buckets: BTreeSet<u32> = identities.iter().map(|hash| hash.bucket(rows)).collect();
    buckets.into_iter().map(|bucket| keys::lookup(review, attempt, bucket)).collect()
}

/// The rows that items of the lookup tell of some identities.
pub(crate) fn rows_in<'a>(
    items: impl IntoIterator<Item = &'a Item>,
    identities: &[IdentityHash],
) -> Result<Found, Error> {
    let mut wanted: BTreeMap<u32, BTreeSet<IdentityHash>> = BTreeMap::new();
    for hash in identities {
        wanted.entry(hash.low()).or_default().insert(*hash);
    }
    let mut found = Found::new();
    for item in items {
        for (low, row) in entries(item)? {
            for hash in wanted.get(&low).into_iter().flatten() {
                found.entry(*hash).or_default().push(row);
            }
        }
    }
    Ok(found)
}

/// Halves of hashes with the numbers of what they lead to, as a bucket holds them.
pub(crate) fn packed(entries: impl IntoIterator<Item = (u32, u32)>) -> Vec<u8> {
    entries.into_iter().flat_map(|(low, number)| low.to_be_bytes().into_iter().chain(number.to_be_bytes())).collect()
}

/// Reads what [`packed`] wrote; `None` for anything else.
pub(crate) fn unpacked(bytes: &[u8]) -> Option<Vec<(u32, u32)>> {
    let (entries, rest) = bytes.as_chunks::<8>();
    let number = |half: Option<&[u8; 4]>| half.map(|half| u32::from_be_bytes(*half));
    let entries = entries.iter().map(|entry| Some((number(entry.first_chunk())?, number(entry.last_chunk())?)));
    entries.collect::<Option<Vec<_>>>().filter(|_| rest.is_empty())
}

/// What a bucket holds: the low halves of hashes, with the numbers of the rows.
fn entries(item: &Item) -> Result<Vec<(u32, RowId)>, Error> {
    let bytes = item.get_binary("d")?;
    let entries = match item.get_number("v")? {
        // The first format begins every entry with the other half of the hash.
        1_u32 => {
            let (entries, rest) = bytes.as_chunks::<12>();
            let halves: Vec<u8> = entries.iter().flat_map(|[_, _, _, _, entry @ ..]| *entry).collect();
            unpacked(&halves).filter(|_| rest.is_empty())
        }
        FORMAT => unpacked(bytes),
        format => return Err(Error::corrupt(item.label(), format!("lookup format {format}"))),
    };
    let entries = entries.ok_or_else(|| Error::corrupt(item.label(), "entries of a broken length"))?;
    Ok(entries.into_iter().map(|(low, row)| (low, RowId(row))).collect())
}
