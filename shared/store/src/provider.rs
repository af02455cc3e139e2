//! Providers of pushed inventory. The data sources under them are those of the inventory that name a provider.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Store;
use crate::doc::{Listing, Record, Stored};
use crate::error::Error;
use crate::expr::Expr;
use crate::item::{self, Fields};
use crate::keys::{self, Kind, List};
use crate::table::{Read, Write};
use crate::tx::Tx;

const LIST: List<'static> = List::All(Kind::Provider);

/// A provider: a kind of system, bound to one template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Its id.
    pub id: Uuid,
    /// Unique among providers.
    pub name: String,
    /// `application`, `identity_provider`, `hris`.
    pub template: String,
    /// Whatever else clients set, as JSON.
    #[serde(default)]
    pub options: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its last change.
    pub updated_at: Timestamp,
}

impl Record for Provider {
    const KIND: &'static str = "provider";
    const FORMAT: u32 = 1;
}

/// Providers.
#[derive(Debug, Clone, Copy)]
pub struct Providers<'a>(&'a Store);

impl Store {
    /// Providers of pushed inventory.
    pub fn providers(&self) -> Providers<'_> {
        Providers(self)
    }
}

impl Providers<'_> {
    /// One provider, read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get(&self, id: Uuid) -> Result<Option<Stored<Provider>>, Error> {
        self.0.load::<Provider>(&keys::aggregate(Kind::Provider, id)).await
    }

    /// The icon of a provider, when it has one; read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn icon(&self, id: Uuid) -> Result<Option<Vec<u8>>, Error> {
        let item = self.0.table().get(&keys::provider_icon(id), Read::Consistent).await?;
        item.map(|item| Ok(item.get_binary("d")?.to_vec())).transpose()
    }

    /// Providers in the order of their ids, at most `limit` behind `after`.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn list(&self, after: Option<Uuid>, limit: usize) -> Result<Listing<Stored<Provider>>, Error> {
        let after = after.map(|id| id.to_string());
        self.0.load_list::<Provider>(&LIST, after.as_deref(), limit).await
    }
}

impl Tx<'_> {
    /// Adds a new provider, whose name must be free: a taken one is an [`Error::Conflict`] at the commit.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_provider(&mut self, provider: &Provider) -> Result<(), Error> {
        let key = keys::aggregate(Kind::Provider, provider.id);
        self.insert(key.clone(), provider)?;
        self.list(keys::by_id(&LIST, provider.id), &key);
        self.take_name(keys::name("PROVIDER", &provider.name), &key);
        Ok(())
    }

    /// Adds a change of a provider from `version`, the one that was read. Its name stays.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn update_provider(&mut self, provider: &Provider, version: u64) -> Result<(), Error> {
        self.replace(keys::aggregate(Kind::Provider, provider.id), provider, version)
    }

    /// Adds that a provider is still there: a deleted one is an [`Error::Conflict`] at the commit.
    pub fn require_provider(&mut self, id: Uuid) {
        // Writes what stands: a mere check would be one more thing that functions are permitted to do.
        let expr = Expr::update("SET #v = :v")
            .when("attribute_exists(#pk) AND attribute_not_exists(#gone)")
            .value(":v", item::number(Provider::FORMAT));
        let key = keys::aggregate(Kind::Provider, id);
        self.plan(Provider::KIND, key.clone(), None, Write::Update(key, expr));
    }

    /// Adds the icon of a provider in place of the one that it may have.
    pub fn put_icon(&mut self, id: Uuid, bytes: Vec<u8>) {
        let key = keys::provider_icon(id);
        let mut item = item::keyed(&key);
        item.insert("v".to_owned(), item::number(1));
        item.insert("d".to_owned(), item::binary(bytes));
        self.plan("an icon", key, None, Write::Put(item, Expr::default()));
    }

    /// Adds the deletion of a provider that stands at `version`. Its data sources are deleted one by one.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn delete_provider(&mut self, provider: &Provider, version: u64) -> Result<(), Error> {
        let key = keys::aggregate(Kind::Provider, provider.id);
        self.delete(key, provider, version, false)?;
        self.unlist(keys::by_id(&LIST, provider.id));
        self.unlist(keys::name("PROVIDER", &provider.name));
        Ok(())
    }
}
