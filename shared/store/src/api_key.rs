//! API keys: found by the SHA-256 of their token, which is never stored itself.

use domain::ids::ApiKeyId;
use domain::user::{Role, User};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::doc::{Listing, Record, Stored};
use crate::error::Error;
use crate::keys::{self, List};
use crate::records::UserRecord;
use crate::tx::Tx;

/// An API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The SHA-256 of its token.
    pub hash: [u8; 32],
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// For whom it acts.
    pub user: User,
    /// From when on it is void; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// When it was issued.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: User,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it opens anything at `now`.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ApiKeyRecord {
    id: ApiKeyId,
    hash: String,
    name: String,
    role: RoleRecord,
    user: UserRecord,
    expires_at: Option<Timestamp>,
    created_at: Timestamp,
    created_by: UserRecord,
    revoked_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RoleRecord {
    Administrator,
    Operator,
    Reviewer,
    Auditor,
}

impl Record for ApiKeyRecord {
    const KIND: &'static str = "API key";
    const FORMAT: u32 = 1;
}

impl From<&ApiKey> for ApiKeyRecord {
    fn from(key: &ApiKey) -> Self {
        let ApiKey { id, hash, name, role, user, expires_at, created_at, created_by, revoked_at } = key;
        Self {
            id: *id,
            hash: domain::page::hex::encode(hash),
            name: name.clone(),
            role: match role {
                Role::Administrator => RoleRecord::Administrator,
                Role::Operator => RoleRecord::Operator,
                Role::Reviewer => RoleRecord::Reviewer,
                Role::Auditor => RoleRecord::Auditor,
            },
            user: user.into(),
            expires_at: *expires_at,
            created_at: *created_at,
            created_by: created_by.into(),
            revoked_at: *revoked_at,
        }
    }
}

impl ApiKeyRecord {
    fn into_key(self) -> Result<ApiKey, Error> {
        let hash = domain::page::hex::decode(&self.hash);
        Ok(ApiKey {
            hash: hash.ok_or_else(|| Error::corrupt(format!("the API key {}", self.id), "its hash is malformed"))?,
            id: self.id,
            name: self.name,
            role: match self.role {
                RoleRecord::Administrator => Role::Administrator,
                RoleRecord::Operator => Role::Operator,
                RoleRecord::Reviewer => Role::Reviewer,
                RoleRecord::Auditor => Role::Auditor,
            },
            user: self.user.into(),
            expires_at: self.expires_at,
            created_at: self.created_at,
            created_by: self.created_by.into(),
            revoked_at: self.revoked_at,
        })
    }
}

fn of(stored: Stored<ApiKeyRecord>) -> Result<Stored<ApiKey>, Error> {
    let Stored { value, version, command, earlier } = stored;
    Ok(Stored { value: value.into_key()?, version, command, earlier })
}

/// API keys.
#[derive(Debug, Clone, Copy)]
pub struct ApiKeys<'a>(&'a Store);

impl Store {
    /// API keys.
    pub fn api_keys(&self) -> ApiKeys<'_> {
        ApiKeys(self)
    }
}

impl ApiKeys<'_> {
    /// The key of a token, by its hash, read consistently: a revoked key is refused at once. Revoked and expired ones
    /// are returned too: see [`ApiKey::is_valid`].
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn by_hash(&self, hash: &[u8; 32]) -> Result<Option<Stored<ApiKey>>, Error> {
        self.0.load::<ApiKeyRecord>(&keys::api_key(hash)).await?.map(of).transpose()
    }

    /// The key with an id, read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get(&self, id: &ApiKeyId) -> Result<Option<Stored<ApiKey>>, Error> {
        let entry = self.0.table().get(&keys::api_key_id(id), crate::table::Read::Consistent).await?;
        match entry.as_ref().and_then(crate::tx::listed) {
            Some(key) => self.0.load::<ApiKeyRecord>(&key).await?.map(of).transpose(),
            None => Ok(None),
        }
    }

    /// How many keys there are that are not revoked.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn number(&self) -> Result<usize, Error> {
        self.0.count_list(&List::ApiKeys).await
    }

    /// Keys, the last issued first, then by id; at most `limit` behind the one that `after` names. Revoked ones are
    /// left out.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn list(
        &self,
        after: Option<(Timestamp, ApiKeyId)>,
        limit: usize,
    ) -> Result<Listing<Stored<ApiKey>>, Error> {
        let after = after.map(|(at, id)| keys::newest_first(&List::ApiKeys, at, id).sk);
        let found = self.0.load_list::<ApiKeyRecord>(&List::ApiKeys, after.as_deref(), limit).await?;
        let values: Result<_, _> = found.values.into_iter().map(of).collect();
        Ok(Listing { values: values?, more: found.more })
    }
}

impl Tx<'_> {
    /// Adds a new key.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_api_key(&mut self, key: &ApiKey) -> Result<(), Error> {
        let place = keys::api_key(&key.hash);
        self.insert(place.clone(), &ApiKeyRecord::from(key))?;
        self.list(keys::api_key_id(key.id), &place);
        self.list(keys::newest_first(&List::ApiKeys, key.created_at, key.id), &place);
        Ok(())
    }

    /// Adds the revocation of a key that stands at `version`: `revoked_at` is set by the caller. It leaves the list; its
    /// record stays, so that the token is known as revoked.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn revoke_api_key(&mut self, key: &ApiKey, version: u64) -> Result<(), Error> {
        self.replace_for_good(keys::api_key(&key.hash), &ApiKeyRecord::from(key), version)?;
        self.unlist(keys::newest_first(&List::ApiKeys, key.created_at, key.id));
        Ok(())
    }
}
