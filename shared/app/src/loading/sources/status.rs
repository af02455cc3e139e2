//! How data sources are: whether what they delivered is there, whole and fresh.

use std::collections::BTreeSet;

use domain::ids::{DataSourceId, WorkflowId};
use domain::inventory::{Family, SourceStatus};
use domain::query::Query;
use futures::{StreamExt, TryStreamExt, stream};
use store::inventory::Source;

use super::current;
use crate::call::Call;
use crate::deps::{Deps, Soon};
use crate::error::Error;
use crate::loading::offload;
use crate::loading::population;

/// How many data sources are asked for at the same time.
const PARALLEL: usize = 8;
/// How many data sources one listing asks for.
const PAGE: usize = 500;

/// The status of a stored data source.
fn of_stored(source: Source) -> SourceStatus {
    let Source { id, name, loaded_at, last_error, warnings, .. } = source;
    SourceStatus { id, name, loaded_at, last_error, warnings, deleted: false }
}

/// How these data sources are, in their order.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn of(deps: &Deps, ids: &[DataSourceId]) -> Result<Vec<SourceStatus>, Error> {
    let asked: Vec<Soon<'_, Result<SourceStatus, Error>>> =
        ids.iter().map(|id| Box::pin(one(deps, id)) as Soon<'_, _>).collect();
    stream::iter(asked).buffered(PARALLEL).try_collect().await
}

async fn one(deps: &Deps, id: &DataSourceId) -> Result<SourceStatus, Error> {
    let stored = deps.store.inventory().source(id).await?;
    Ok(stored.map_or_else(|| SourceStatus::retired(id.clone()), |stored| of_stored(stored.value)))
}

/// How the data sources are that a workflow reviews: those that hold a node which its query names at either end or on the
/// way, and those that have failed to deliver anything so far, because nobody knows what they would hold.
///
/// # Errors
/// [`Error::NotFound`] when there is no such workflow; [`Error::Unavailable`].
pub async fn of_workflow(deps: &Deps, _call: &Call, id: WorkflowId) -> Result<Vec<SourceStatus>, Error> {
    let workflow = deps.store.workflows().get(&id).await?.ok_or_else(Error::not_found)?.value;
    of_query(deps, workflow.query).await
}

/// The same for the query of a workflow.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn of_query(deps: &Deps, query: Query) -> Result<Vec<SourceStatus>, Error> {
    let sources = sources(deps).await?;
    let versions: Vec<current::Version> =
        sources.iter().filter_map(|source| Some((source.id.clone(), source.current?))).collect();
    let mut graph = current::nodes_of(deps, &versions, &families(&query)).await?;
    for origin in graph.origins_mut() {
        let known = sources.binary_search_by(|source| source.id.cmp(&origin.id)).ok().and_then(|at| sources.get(at));
        origin.name = known.map(|source| source.name.clone()).unwrap_or_default();
    }
    let involved = offload(move || population::origins(&graph, &query)).await??;
    let is_involved =
        |source: &Source| involved.contains(&source.id) || (source.current.is_none() && !source.last_error.is_empty());
    Ok(sources.into_iter().filter(is_involved).map(of_stored).collect())
}

async fn sources(deps: &Deps) -> Result<Vec<Source>, Error> {
    let mut sources: Vec<Source> = Vec::new();
    loop {
        let page = deps.store.inventory().sources(sources.last().map(|source| &source.id), PAGE).await?;
        let more = page.more && !page.values.is_empty();
        sources.extend(page.values.into_iter().map(|stored| stored.value));
        if !more {
            return Ok(sources);
        }
    }
}

/// The families that the nodes of a query can be of: those that it names, or all where it names a finer type.
fn families(query: &Query) -> Vec<Family> {
    let of = |node_type: &str| {
        Family::ALL.into_iter().find(|family| family.default_node_type().eq_ignore_ascii_case(node_type))
    };
    let named: Option<BTreeSet<Family>> = population::node_types(query).map(of).collect();
    named.map_or_else(|| Family::ALL.to_vec(), |named| named.into_iter().collect())
}
