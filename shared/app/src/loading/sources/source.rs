//! Data sources: list and retire.

use domain::ids::DataSourceId;
use jiff::Timestamp;
use store::inventory::Source;
use uuid::Uuid;

use crate::call::Call;
use crate::cursor::{self, Binding};
use crate::deps::Deps;
use crate::error::Error;
use crate::event::{self, Event, OfDataSource};
use crate::outgoing::{self, Told};
use crate::page::Page;

/// How often a change is tried again when others get in between.
pub(crate) const TRIES: usize = 5;

/// A data source as its clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceView {
    /// Its id.
    pub id: DataSourceId,
    /// What people call it.
    pub name: String,
    /// The product behind it; empty when not told.
    pub platform: String,
    /// In which format it was loaded last; empty before the first time.
    pub format: String,
    /// The provider that it belongs to.
    pub provider: Option<Uuid>,
    /// When it was loaded for the first time.
    pub created_at: Timestamp,
    /// When it was loaded last.
    pub loaded_at: Option<Timestamp>,
    /// How many accounts it holds.
    pub accounts: u64,
    /// How many things of any kind it holds.
    pub nodes: u64,
    /// How many steps of access it holds.
    pub edges: u64,
}

impl From<Source> for SourceView {
    fn from(source: Source) -> Self {
        let Source { id, name, platform, kind, provider, loaded_at, size, created_at, .. } = source;
        let families = [
            size.identities,
            size.applications,
            size.accounts,
            size.groups,
            size.roles,
            size.resources,
            size.classifications,
        ];
        Self {
            id,
            name,
            platform,
            format: kind,
            provider,
            created_at,
            loaded_at,
            accounts: size.accounts.into(),
            nodes: families.into_iter().map(u64::from).sum(),
            edges: size.edges.into(),
        }
    }
}

/// Data sources in the order of their ids.
///
/// # Errors
/// [`Error::Invalid`] for a cursor of another list; [`Error::Unavailable`].
pub async fn list(deps: &Deps, limit: usize, after: Option<&str>) -> Result<Page<SourceView>, Error> {
    let binding = Binding::of("data sources", &[]);
    let behind = after.map(|after| cursor::open::<DataSourceId>(&binding, after, "after")).transpose()?;
    let found = deps.store.inventory().sources(behind.as_ref(), limit).await?;
    let end = found.values.last().map(|stored| cursor::seal(&binding, &stored.value.id)).transpose()?;
    Ok(Page {
        items: found.values.into_iter().map(|stored| stored.value.into()).collect(),
        next: if found.more { end.clone() } else { None },
        end,
        has_previous: behind.is_some(),
    })
}

/// Retires a data source: it is gone from lists and from the current inventory. Snapshots keep what it delivered.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Unavailable`].
pub async fn delete(deps: &Deps, call: &Call, id: &str) -> Result<(), Error> {
    let id = DataSourceId::new(id).map_err(|_| Error::not_found())?;
    deps.store.inventory().source(&id).await?.ok_or_else(Error::not_found)?;
    retire(deps, call, &id, call.if_match).await
}

/// Retires a data source, when it is there; `seen` is the version that the caller insists on.
pub(crate) async fn retire(deps: &Deps, call: &Call, id: &DataSourceId, seen: Option<u64>) -> Result<(), Error> {
    for _ in 0..TRIES {
        let Some(stored) = deps.store.inventory().source(id).await? else { return Ok(()) };
        if seen.is_some_and(|seen| seen != stored.version) {
            return Err(Error::Stale);
        }
        let mut tx = deps.store.write(call.command, call.now);
        tx.delete_source(&stored.value, stored.version)?;
        event::tell_by(&mut tx, call, &Event::DataSourceDeleted(OfDataSource { data_source: id.clone() }))?;
        match tx.commit().await {
            Ok(committed) => {
                outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
                return Ok(());
            }
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::Unavailable(format!("the data source {id} changes too often")))
}
