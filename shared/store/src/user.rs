//! Users as they are known to the product: by key, and by e-mail address.
//!
//! Profiles come from local administration and from loaded identities; a later one replaces an earlier one. The list by
//! e-mail address is written beside the profile and may hold a user under an address that is no longer theirs: readers
//! compare with the profile.

use domain::inventory::folded_address;
use domain::user::{User, UserKey};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::doc::{self, Listing, Record, Stored};
use crate::error::Error;
use crate::item;
use crate::keys::{self, List};
use crate::records::UserRecord;
use crate::table::{Query, Read};
use crate::tx::{self, Tx};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ProfileRecord {
    #[serde(flatten)]
    user: UserRecord,
}

impl Record for ProfileRecord {
    const KIND: &'static str = "user";
    const FORMAT: u32 = 1;
}

/// Users.
#[derive(Debug, Clone, Copy)]
pub struct Users<'a>(&'a Store);

impl Store {
    /// Users.
    pub fn users(&self) -> Users<'_> {
        Users(self)
    }
}

impl Users<'_> {
    /// One user, read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get(&self, key: &UserKey) -> Result<Option<Stored<User>>, Error> {
        let stored = self.0.load::<ProfileRecord>(&keys::profile(key)).await?;
        Ok(stored.map(|stored| stored.map(|record| record.user.into())))
    }

    /// Several users, each once and in no order; unknown ones are left out.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get_many(&self, users: &[UserKey]) -> Result<Vec<User>, Error> {
        let names = users.iter().map(keys::profile).collect();
        let mut found = Vec::new();
        for item in self.0.table().batch_get(names, Read::Eventual).await? {
            found.extend(doc::read::<ProfileRecord>(&item)?.map(|stored| User::from(stored.value.user)));
        }
        Ok(found)
    }

    /// The users with an e-mail address, whatever its letter case, in the order of their keys.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn by_email(&self, email: &str) -> Result<Vec<User>, Error> {
        if email.trim().is_empty() {
            return Ok(Vec::new());
        }
        let query = Query::all(keys::email_partition(email), Read::Consistent).limit(100);
        let entries = self.0.table().query(&query).await?.items;
        let names = entries.iter().filter_map(tx::listed).collect();
        let mut found = Vec::new();
        for item in self.0.table().batch_get(names, Read::Consistent).await? {
            found.extend(doc::read::<ProfileRecord>(&item)?.map(|stored| User::from(stored.value.user)));
        }
        found.retain(|user| folded_address(&user.email) == folded_address(email));
        found.sort_by_key(User::key);
        Ok(found)
    }

    /// Users in the order of their keys, at most `limit` behind `after`.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn list(&self, after: Option<&UserKey>, limit: usize) -> Result<Listing<User>, Error> {
        let after = after.map(UserKey::as_str);
        let found = self.0.load_list::<ProfileRecord>(&List::Users, after, limit).await?;
        let values = found.values.into_iter().map(|stored| stored.value.user.into());
        Ok(Listing { values: values.collect(), more: found.more })
    }

    /// Users of one type in the order of their ids, at most `limit` behind `after`.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn of_type(
        &self,
        user_type: &str,
        after: Option<&UserKey>,
        limit: usize,
    ) -> Result<Listing<User>, Error> {
        let before_all = format!("{user_type}/");
        let after = after.map_or(before_all.as_str(), UserKey::as_str);
        let found = self.0.load_list::<ProfileRecord>(&List::Users, Some(after), limit).await?;
        let mut values: Vec<User> = found.values.into_iter().map(|stored| stored.value.user.into()).collect();
        let read = values.len();
        values.retain(|user| user.user_type == user_type);
        Ok(Listing { more: found.more && values.len() == read, values })
    }

    /// Writes profiles of many users, whatever stood there: for loaded identities. Safe to repeat.
    ///
    /// # Errors
    /// [`Error::Unavailable`], with a part written.
    pub async fn write_all(&self, command: domain::ids::CommandId, users: &[User]) -> Result<(), Error> {
        let mut profiles = Vec::with_capacity(users.len());
        let mut listed = Vec::with_capacity(users.len() * 2);
        for user in users {
            let key = keys::profile(&user.key());
            profiles.push(doc::item(&key, &ProfileRecord { user: user.into() }, 1, command)?);
            for entry in entries(user) {
                let mut item = item::keyed(&entry);
                item.insert("at".to_owned(), item::text(&key.pk));
                item.insert("as".to_owned(), item::text(&key.sk));
                listed.push(item);
            }
        }
        // INVARIANT: entries come first, so that a profile which is there is found by its address as well, whenever the
        // writer dies.
        self.0.table().put_each(listed).await?;
        self.0.table().put_each(profiles).await
    }
}

fn entries(user: &User) -> Vec<keys::Key> {
    let mut entries = vec![keys::by_id(&List::Users, user.key())];
    if !user.email.trim().is_empty() {
        entries.push(keys::email(&user.email, &user.key()));
    }
    entries
}

impl Tx<'_> {
    /// Adds a new user, who must not be known yet.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_user(&mut self, user: &User) -> Result<(), Error> {
        let key = keys::profile(&user.key());
        self.insert(key.clone(), &ProfileRecord { user: user.into() })?;
        entries(user).into_iter().for_each(|entry| self.list(entry, &key));
        Ok(())
    }

    /// Adds a change of a user from `version`, the one that was read.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn update_user(&mut self, user: &User, version: u64) -> Result<(), Error> {
        let key = keys::profile(&user.key());
        self.replace(key.clone(), &ProfileRecord { user: user.into() }, version)?;
        entries(user).into_iter().for_each(|entry| self.list(entry, &key));
        Ok(())
    }
}
