//! Snapshots: which version of each data source belonged to the inventory at a moment.

use domain::ids::{CommandId, DataSourceId, SnapshotId};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::doc::{Listing, Record, Stored};
use crate::error::Error;
use crate::item::{self, Fields};
use crate::keys::{self, Kind, List};
use crate::table::{Query, Read};
use crate::tx::Tx;

const LIST: List<'static> = List::All(Kind::Snapshot);
/// Where the entry of a snapshot tells what it holds, as a hash.
const CONTENT: &str = "of";

fn content_of(sources: &[(DataSourceId, CommandId)]) -> [u8; 32] {
    let parts: Vec<String> =
        sources.iter().flat_map(|(source, version)| [source.to_string(), version.to_string()]).collect();
    keys::digest(&parts.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A snapshot. Never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its id, which says when it was taken.
    pub id: SnapshotId,
    /// The data sources with their versions, in the order of their ids.
    pub sources: Vec<(DataSourceId, CommandId)>,
}

impl Record for Snapshot {
    const KIND: &'static str = "snapshot";
    const FORMAT: u32 = 1;
}

/// Snapshots.
#[derive(Debug, Clone, Copy)]
pub struct Snapshots<'a>(&'a Store);

impl Store {
    /// Snapshots.
    pub fn snapshots(&self) -> Snapshots<'_> {
        Snapshots(self)
    }
}

impl Snapshots<'_> {
    /// One snapshot.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get(&self, id: &SnapshotId) -> Result<Option<Stored<Snapshot>>, Error> {
        self.0.load::<Snapshot>(&keys::snapshot(id)).await
    }

    /// Snapshots, the last taken first; at most `limit` taken before `before`.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn list(&self, before: Option<SnapshotId>, limit: usize) -> Result<Listing<Snapshot>, Error> {
        let after = before.map(|id| keys::newest_first(&LIST, id.time(), id).sk);
        let found = self.0.load_list::<Snapshot>(&LIST, after.as_deref(), limit).await?;
        let values = found.values.into_iter().map(|stored| stored.value);
        Ok(Listing { values: values.collect(), more: found.more })
    }

    /// The last snapshot that was taken, and whether it holds just these versions. Its entry in the list tells; that of one
    /// that was taken before entries did is followed.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn last(&self, sources: &[(DataSourceId, CommandId)]) -> Result<Option<(SnapshotId, bool)>, Error> {
        let query = Query::all(keys::list_partition(&LIST), Read::Consistent).limit(1);
        let Some(entry) = self.0.table().query(&query).await?.items.pop() else { return Ok(None) };
        let id = entry.get_text(keys::SORT)?.split_once('#').and_then(|(_, id)| id.parse().ok());
        let id: SnapshotId = id.ok_or_else(|| Error::corrupt(entry.label(), "names no snapshot"))?;
        let holds = match entry.get_binary(CONTENT) {
            Ok(content) => content == content_of(sources).as_slice(),
            Err(_) => self.get(&id).await?.is_some_and(|snapshot| snapshot.value.sources == sources),
        };
        Ok(Some((id, holds)))
    }

    /// The last snapshot that was taken.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn latest(&self) -> Result<Option<Snapshot>, Error> {
        Ok(self.list(None, 1).await?.values.pop())
    }
}

impl Tx<'_> {
    /// Adds a new snapshot. Two within one second conflict: whoever comes second takes the next second.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_snapshot(&mut self, snapshot: &Snapshot) -> Result<(), Error> {
        let key = keys::snapshot(&snapshot.id);
        self.insert(key.clone(), snapshot)?;
        let content = item::binary(content_of(&snapshot.sources));
        let entry = keys::newest_first(&LIST, snapshot.id.time(), snapshot.id);
        self.list_telling(entry, &key, [(CONTENT, content)]);
        Ok(())
    }
}
