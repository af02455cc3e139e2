//! What administrators have settled about reviewers in general: the deny list, and who stands in for whom. One item each,
//! which holds keys of users only; their names are in their profiles.

use domain::assignment::Standing;
use domain::user::UserKey;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::doc::{self, Record, Stored};
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys;
use crate::table::Read;
use crate::tx::Tx;

/// Pairs of original and delegate.
pub(crate) type Pairs = Vec<(UserKey, UserKey)>;

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct DeniedRecord {
    users: Vec<UserKey>,
}

impl Record for DeniedRecord {
    const KIND: &'static str = "deny list";
    const FORMAT: u32 = 1;
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct DelegatesRecord {
    pairs: Vec<(UserKey, UserKey)>,
}

impl Record for DelegatesRecord {
    const KIND: &'static str = "list of delegates";
    const FORMAT: u32 = 1;
}

/// What administrators have settled about reviewers.
#[derive(Debug, Clone, Copy)]
pub struct Standings<'a>(&'a Store);

impl Store {
    /// What administrators have settled about reviewers.
    pub fn standing(&self) -> Standings<'_> {
        Standings(self)
    }
}

impl Standings<'_> {
    /// Everything that is settled, read consistently, in one request.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn all(&self) -> Result<Standing, Error> {
        let names = vec![keys::denied(), keys::delegates()];
        standing_in(&self.0.table().batch_get(names, Read::Consistent).await?)
    }

    /// The deny list, read consistently; version 0 where nobody was ever on it.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn denied(&self) -> Result<Stored<Vec<UserKey>>, Error> {
        let stored = self.0.load::<DeniedRecord>(&keys::denied()).await?;
        Ok(stored.map_or_else(nothing, |stored| stored.map(|record| record.users)))
    }

    /// Pairs of original and delegate, read consistently; version 0 where there was never one.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn delegates(&self) -> Result<Stored<Vec<(UserKey, UserKey)>>, Error> {
        let stored = self.0.load::<DelegatesRecord>(&keys::delegates()).await?;
        Ok(stored.map_or_else(nothing, |stored| stored.map(|record| record.pairs)))
    }
}

fn nothing<T>() -> Stored<Vec<T>> {
    Stored { value: Vec::new(), version: 0, command: None, earlier: Vec::new() }
}

/// What is settled, in the items that are among these.
pub(crate) fn standing_in(items: &[Item]) -> Result<Standing, Error> {
    let (denied, delegates) = (keys::denied(), keys::delegates());
    let mut standing = Standing::default();
    for item in items {
        let key = item::key_of(item)?;
        if key == denied {
            standing.denied = denied_in(item)?;
        } else if key == delegates {
            standing.delegates = delegates_in(item)?;
        }
    }
    Ok(standing)
}

/// The users in the item of the deny list.
pub(crate) fn denied_in(item: &Item) -> Result<Vec<UserKey>, Error> {
    Ok(doc::read::<DeniedRecord>(item)?.map(|stored| stored.value.users).unwrap_or_default())
}

/// The pairs in the item of delegates.
pub(crate) fn delegates_in(item: &Item) -> Result<Pairs, Error> {
    Ok(doc::read::<DelegatesRecord>(item)?.map(|stored| stored.value.pairs).unwrap_or_default())
}

impl Tx<'_> {
    /// Adds the deny list as it is from now on, from `version`, the one that was read.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn put_denied(&mut self, users: &[UserKey], version: u64) -> Result<(), Error> {
        let record = DeniedRecord { users: users.to_vec() };
        self.tell_denied(version + 1);
        match version {
            0 => self.insert(keys::denied(), &record),
            version => self.replace(keys::denied(), &record, version),
        }
    }

    /// Adds the pairs of original and delegate as they are from now on, from `version`, the one that was read.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn put_delegates(&mut self, pairs: &[(UserKey, UserKey)], version: u64) -> Result<(), Error> {
        let record = DelegatesRecord { pairs: pairs.to_vec() };
        self.tell_delegates(version + 1);
        match version {
            0 => self.insert(keys::delegates(), &record),
            version => self.replace(keys::delegates(), &record, version),
        }
    }
}
