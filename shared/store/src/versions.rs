//! What shared definitions said in former versions.
//!
//! The item of a rule or policy holds its newest version. A change leaves the one that it replaces in an item of its own,
//! for good, and a deletion leaves the last one where it is: whatever has named a version by id and number finds it.

use std::collections::HashMap;
use std::fmt::Display;

use crate::Store;
use crate::doc::{self, Record, Stored};
use crate::error::Error;
use crate::expr::Expr;
use crate::item;
use crate::keys::{self, Key, Kind};
use crate::table::{Read, Write};
use crate::tx::Tx;

impl Store {
    /// What was said in given versions, in their order, whether or not it still holds; `None` for a version that there
    /// never was. Read consistently: the newest first, because nothing leaves its place before it stands in another.
    pub(crate) async fn find_versions<R: Record + Clone>(
        &self,
        kind: Kind,
        wanted: &[(impl Display, u64)],
    ) -> Result<Vec<Option<Stored<R>>>, Error> {
        let newest: Vec<Key> = wanted.iter().map(|(id, _)| keys::aggregate(kind, id)).collect();
        let held = self.said_in(newest.clone(), true).await?;
        let is_newest = |key: &Key, version: u64| held.get(key).filter(|stored: &&Stored<R>| stored.version == version);
        let former = |(id, version): &(_, u64)| keys::version(kind, id, *version);
        let pairs = || wanted.iter().zip(&newest);
        let gone_by = pairs().filter(|(wanted, key)| is_newest(key, wanted.1).is_none());
        let kept = self.said_in(gone_by.map(|(wanted, _)| former(wanted)).collect(), false).await?;
        let said = pairs().map(|(wanted, key)| is_newest(key, wanted.1).or_else(|| kept.get(&former(wanted))).cloned());
        Ok(said.collect())
    }

    /// The same of versions that there were.
    pub(crate) async fn load_versions<R: Record + Clone>(
        &self,
        kind: Kind,
        wanted: &[(impl Display, u64)],
    ) -> Result<Vec<Stored<R>>, Error> {
        let found = self.find_versions(kind, wanted).await?;
        let each = found.into_iter().zip(wanted).map(|(found, (id, version))| {
            found
                .ok_or_else(|| Error::corrupt(keys::version(kind, id, *version).to_string(), "this version is missing"))
        });
        each.collect()
    }

    async fn said_in<R: Record>(&self, names: Vec<Key>, newest: bool) -> Result<HashMap<Key, Stored<R>>, Error> {
        let mut said = HashMap::new();
        for item in self.table().batch_get(names, Read::Consistent).await? {
            let mut stored = doc::read_evidence(&item)?;
            if newest && doc::is_gone(&item) {
                // A deletion counts as a change and says nothing new.
                stored.version = stored.version.saturating_sub(1);
            }
            said.insert(item::key_of(&item)?, stored);
        }
        Ok(said)
    }
}

impl Tx<'_> {
    /// Adds that what was said in a version stays readable, whatever is said later.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub(crate) fn keep_version<R: Record>(
        &mut self,
        kind: Kind,
        id: impl Display,
        record: &R,
        version: u64,
    ) -> Result<(), Error> {
        let key = keys::version(kind, id, version);
        let item = doc::item(&key, record, version, self.command())?;
        self.plan(format!("{} in a version", R::KIND), key, None, Write::Put(item, Expr::default()));
        Ok(())
    }
}
