//! Providers of pushed inventory and the data sources under them.

use domain::ids::DataSourceId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Store;
use crate::doc::{Listing, Record, Stored};
use crate::error::Error;
use crate::keys::{self, Kind, List};
use crate::tx::Tx;

const LIST: List<'static> = List::All(Kind::Provider);

/// A provider: a kind of system, bound to one template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its id.
    pub id: Uuid,
    /// Unique among providers.
    pub name: String,
    /// `application`, `identity_provider`, `hris`.
    pub template: String,
    /// Whatever else clients set, as JSON.
    pub options: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its last change.
    pub updated_at: Timestamp,
}

/// A data source of a provider: what payloads are pushed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSource {
    /// Its id as clients of providers know it.
    pub id: Uuid,
    /// Its provider.
    pub provider: Uuid,
    /// Unique within its provider.
    pub name: String,
    /// The data source of the inventory behind it.
    pub source: DataSourceId,
    /// When it was made.
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProviderRecord {
    id: Uuid,
    name: String,
    template: String,
    #[serde(default)]
    options: String,
    created_at: Timestamp,
    updated_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProviderSourceRecord {
    id: Uuid,
    provider: Uuid,
    name: String,
    source: DataSourceId,
    created_at: Timestamp,
}

impl Record for ProviderRecord {
    const KIND: &'static str = "provider";
    const FORMAT: u32 = 1;
}

impl Record for ProviderSourceRecord {
    const KIND: &'static str = "provider's data source";
    const FORMAT: u32 = 1;
}

impl From<&Provider> for ProviderRecord {
    fn from(provider: &Provider) -> Self {
        let Provider { id, name, template, options, created_at, updated_at } = provider.clone();
        Self { id, name, template, options, created_at, updated_at }
    }
}

impl From<ProviderRecord> for Provider {
    fn from(record: ProviderRecord) -> Self {
        let ProviderRecord { id, name, template, options, created_at, updated_at } = record;
        Self { id, name, template, options, created_at, updated_at }
    }
}

impl From<&ProviderSource> for ProviderSourceRecord {
    fn from(source: &ProviderSource) -> Self {
        let ProviderSource { id, provider, name, source, created_at } = source.clone();
        Self { id, provider, name, source, created_at }
    }
}

impl From<ProviderSourceRecord> for ProviderSource {
    fn from(record: ProviderSourceRecord) -> Self {
        let ProviderSourceRecord { id, provider, name, source, created_at } = record;
        Self { id, provider, name, source, created_at }
    }
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
        let stored = self.0.load::<ProviderRecord>(&keys::aggregate(Kind::Provider, id)).await?;
        Ok(stored.map(|stored| stored.map(Provider::from)))
    }

    /// Providers in the order of their ids, at most `limit` behind `after`.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn list(&self, after: Option<Uuid>, limit: usize) -> Result<Listing<Stored<Provider>>, Error> {
        let after = after.map(|id| id.to_string());
        let found = self.0.load_list::<ProviderRecord>(&LIST, after.as_deref(), limit).await?;
        let values = found.values.into_iter().map(|stored| stored.map(Provider::from));
        Ok(Listing { values: values.collect(), more: found.more })
    }

    /// One data source of a provider, read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn source(&self, provider: Uuid, id: Uuid) -> Result<Option<Stored<ProviderSource>>, Error> {
        let stored = self.0.load::<ProviderSourceRecord>(&keys::provider_source(&provider.to_string(), id)).await?;
        Ok(stored.map(|stored| stored.map(ProviderSource::from)))
    }

    /// The data sources of a provider in the order of their ids, at most `limit` behind `after`.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn sources(
        &self,
        provider: Uuid,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Listing<Stored<ProviderSource>>, Error> {
        let (provider, after) = (provider.to_string(), after.map(|id| id.to_string()));
        let list = List::ProviderSources(&provider);
        let found = self.0.load_list::<ProviderSourceRecord>(&list, after.as_deref(), limit).await?;
        let values = found.values.into_iter().map(|stored| stored.map(ProviderSource::from));
        Ok(Listing { values: values.collect(), more: found.more })
    }
}

impl Tx<'_> {
    /// Adds a new provider.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_provider(&mut self, provider: &Provider) -> Result<(), Error> {
        let key = keys::aggregate(Kind::Provider, provider.id);
        self.insert(key.clone(), &ProviderRecord::from(provider))?;
        self.list(keys::by_id(&LIST, provider.id), &key);
        Ok(())
    }

    /// Adds a change of a provider from `version`, the one that was read.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn update_provider(&mut self, provider: &Provider, version: u64) -> Result<(), Error> {
        self.replace(keys::aggregate(Kind::Provider, provider.id), &ProviderRecord::from(provider), version)
    }

    /// Adds the deletion of a provider that stands at `version`. Its data sources are deleted one by one.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn delete_provider(&mut self, provider: &Provider, version: u64) -> Result<(), Error> {
        let key = keys::aggregate(Kind::Provider, provider.id);
        self.delete(key, &ProviderRecord::from(provider), version, false)?;
        self.unlist(keys::by_id(&LIST, provider.id));
        Ok(())
    }

    /// Adds a new data source of a provider.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_provider_source(&mut self, source: &ProviderSource) -> Result<(), Error> {
        let provider = source.provider.to_string();
        let key = keys::provider_source(&provider, source.id);
        self.insert(key.clone(), &ProviderSourceRecord::from(source))?;
        self.list(keys::by_id(&List::ProviderSources(&provider), source.id), &key);
        Ok(())
    }

    /// Adds the deletion of a provider's data source that stands at `version`.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn delete_provider_source(&mut self, source: &ProviderSource, version: u64) -> Result<(), Error> {
        let provider = source.provider.to_string();
        let key = keys::provider_source(&provider, source.id);
        self.delete(key, &ProviderSourceRecord::from(source), version, false)?;
        self.unlist(keys::by_id(&List::ProviderSources(&provider), source.id));
        Ok(())
    }
}
