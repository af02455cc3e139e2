//! Providers of pushed inventory: a kind of system each, bound to a template, with data sources that payloads are pushed
//! to.
//!
//! The data source of a provider is a data source of the inventory, under the id that its clients know it by.

use std::sync::Arc;

use domain::ids::DataSourceId;
use domain::refusal::Refusal;
use intake::oaa::{Push, decode_push};
use jiff::Timestamp;
use store::inventory::{Size, Source};
use store::provider::Provider;
use store::{Listing, Stored};
use uuid::Uuid;

use super::ingest::{Delivery, Format, Places, Report, faults_of};
use super::source;
use crate::call::Call;
use crate::deps::Deps;
use crate::error::{Error, Faults};

pub use intake::Template;

/// How many entries one listing asks for.
const PAGE: usize = 200;

/// A provider to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderInput {
    /// Unique among providers.
    pub name: String,
    /// The shape of its payloads.
    pub template: Template,
}

/// A provider as its clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The name of its template.
    pub template: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A data source of a provider as its clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSourceView {
    /// Its id.
    pub id: DataSourceId,
    /// Its provider.
    pub provider: Uuid,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something was pushed to it last.
    pub loaded_at: Option<Timestamp>,
}

impl From<Provider> for ProviderView {
    fn from(provider: Provider) -> Self {
        let Provider { id, name, template, created_at, .. } = provider;
        Self { id, name, template, created_at }
    }
}

/// All providers, or the one of a name.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(deps: &Deps, name: Option<&str>) -> Result<Vec<ProviderView>, Error> {
    let mut all: Vec<ProviderView> = Vec::new();
    loop {
        let page = deps.store.providers().list(all.last().map(|last| last.id), PAGE).await?;
        let more = page.more && !page.values.is_empty();
        all.extend(page.values.into_iter().map(|stored| stored.value.into()));
        if !more {
            break;
        }
    }
    all.retain(|provider| name.is_none_or(|name| provider.name == name));
    Ok(all)
}

/// Makes a provider.
///
/// # Errors
/// [`Error::Refused`] when its name is taken; [`Error::Unavailable`].
pub async fn create(deps: &Deps, call: &Call, input: ProviderInput) -> Result<ProviderView, Error> {
    let provider = Provider {
        id: call.created("provider"),
        name: input.name,
        template: input.template.name().to_owned(),
        options: String::new(),
        created_at: call.now,
        updated_at: call.now,
    };
    let mut tx = deps.store.write(call.command, call.now);
    tx.insert_provider(&provider)?;
    commit_named(tx, "provider").await?;
    Ok(provider.into())
}

/// Commits something whose name must be free.
async fn commit_named(tx: store::tx::Tx<'_>, what: &'static str) -> Result<(), Error> {
    match tx.commit().await {
        Ok(_) => Ok(()),
        Err(error) if error.is_conflict() => Err(Refusal::AlreadyExists { what }.into()),
        Err(error) => Err(error.into()),
    }
}

/// One provider.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unavailable`].
pub async fn get(deps: &Deps, id: &str) -> Result<ProviderView, Error> {
    Ok(load(deps, id).await?.value.into())
}

async fn load(deps: &Deps, id: &str) -> Result<Stored<Provider>, Error> {
    let id: Uuid = id.parse().map_err(|_| Error::not_found())?;
    deps.store.providers().get(id).await?.ok_or_else(Error::not_found)
}

/// Deletes a provider with its data sources. Repeating goes on where it was interrupted.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unavailable`].
pub async fn delete(deps: &Deps, call: &Call, id: &str) -> Result<(), Error> {
    let stored = load(deps, id).await?;
    for held in all_sources(deps, stored.value.id).await? {
        source::retire(deps, call, &held.value.id, None).await?;
    }
    let mut tx = deps.store.write(call.command, call.now);
    tx.delete_provider(&stored.value, stored.version)?;
    let _ = tx.commit().await?;
    Ok(())
}

/// The data sources of a provider, or the one of a name.
///
/// # Errors
/// [`Error::NotFound`] for an unknown provider; [`Error::Unavailable`].
pub async fn list_sources(deps: &Deps, provider: &str, name: Option<&str>) -> Result<Vec<ProviderSourceView>, Error> {
    let provider = load(deps, provider).await?.value.id;
    let sources = all_sources(deps, provider).await?.into_iter().map(|stored| view(provider, stored.value));
    Ok(sources.filter(|source| name.is_none_or(|name| source.name == name)).collect())
}

async fn all_sources(deps: &Deps, provider: Uuid) -> Result<Vec<Stored<Source>>, Error> {
    let mut all: Vec<Stored<Source>> = Vec::new();
    loop {
        let after = all.last().map(|last| last.value.id.clone());
        let Listing { values, more } = deps.store.inventory().sources_of(provider, after.as_ref(), PAGE).await?;
        let more = more && !values.is_empty();
        all.extend(values);
        if !more {
            return Ok(all);
        }
    }
}

fn view(provider: Uuid, source: Source) -> ProviderSourceView {
    let Source { id, name, loaded_at, created_at, .. } = source;
    ProviderSourceView { id, provider, name, created_at, loaded_at }
}

/// Makes a data source of a provider. It is part of the inventory, and empty until its first payload.
///
/// # Errors
/// [`Error::NotFound`] for an unknown provider, [`Error::Refused`] when the name is taken; [`Error::Unavailable`].
pub async fn create_source(
    deps: &Deps,
    call: &Call,
    provider: &str,
    name: String,
) -> Result<ProviderSourceView, Error> {
    let provider = load(deps, provider).await?.value;
    let id = DataSourceId::new(&call.created("data source").to_string());
    let source = Source {
        id: id.map_err(|error| Error::Bug(error.to_string()))?,
        name,
        platform: String::new(),
        kind: String::new(),
        provider: Some(provider.id),
        current: None,
        loaded_at: None,
        last_error: String::new(),
        warnings: 0,
        size: Size::default(),
        created_at: call.now,
        updated_at: call.now,
    };
    let mut tx = deps.store.write(call.command, call.now);
    tx.insert_source(&source)?;
    commit_named(tx, "data source").await?;
    Ok(view(provider.id, source))
}

/// One data source of a provider.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unavailable`].
pub async fn get_source(deps: &Deps, provider: &str, id: &str) -> Result<ProviderSourceView, Error> {
    let (provider, stored) = load_source(deps, provider, id).await?;
    Ok(view(provider.id, stored.value))
}

async fn load_source(deps: &Deps, provider: &str, id: &str) -> Result<(Provider, Stored<Source>), Error> {
    let provider = load(deps, provider).await?.value;
    let id = DataSourceId::new(id).map_err(|_| Error::not_found())?;
    let stored = deps.store.inventory().source(&id).await?;
    let stored = stored.filter(|stored| stored.value.provider == Some(provider.id)).ok_or_else(Error::not_found)?;
    Ok((provider, stored))
}

/// Deletes a data source of a provider. Snapshots keep what it delivered.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Unavailable`].
pub async fn delete_source(deps: &Deps, call: &Call, provider: &str, id: &str) -> Result<(), Error> {
    let (_, stored) = load_source(deps, provider, id).await?;
    source::retire(deps, call, &stored.value.id, call.if_match).await
}

/// Takes a payload: the full picture of a data source. `body` is the body of the push call.
///
/// # Errors
/// [`Error::NotFound`] for an unknown provider or data source, [`Error::Invalid`] with every fault by its place;
/// [`Error::Unavailable`]. A refused payload leaves the data source as it was.
pub async fn push(deps: &Deps, call: &Call, provider: &str, id: &str, body: &[u8]) -> Result<Report, Error> {
    let (provider, source) = load_source(deps, provider, id).await?;
    let source = source.value;
    let template = Template::from_name(&provider.template);
    let template = template.ok_or_else(|| Error::Bug(format!("the template `{}`", provider.template)))?;
    let Push { provider_id, data_source_id, payload } =
        decode_push(body).map_err(|faults| Error::Invalid(faults_of(faults)))?;
    let mut faults = Faults::new();
    let same = |given: Option<String>, held: &str| given.is_none_or(|given| given.is_empty() || given == held);
    let provider_id = same(provider_id, &provider.id.to_string());
    faults.require(provider_id, "id", "is another provider than the path names");
    let data_source_id = same(data_source_id, source.id.as_str());
    faults.require(data_source_id, "data_source_id", "is another data source than the path names");
    faults.done()?;
    let format = Format::Oaa(template);
    let delivery = Delivery {
        id: source.id,
        version: call.command,
        by: Some(call.caller.user.key()),
        now: call.now,
        format,
        name: Some(source.name),
    };
    let parsed = delivery.parse(Arc::new(payload)).await?;
    delivery.load(deps, parsed, &Places { format, bytes: &[] }, None).await
}

#[cfg(test)]
#[path = "provider_tests.rs"]
mod tests;
