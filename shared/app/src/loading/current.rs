//! The inventory as it is now, or as a snapshot froze it, read from the table.

use domain::ids::{CommandId, DataSourceId};
use domain::inventory::Family;
use futures::{StreamExt, TryStreamExt, stream};

use super::graph::{Graph, Origin, Part};
use super::part;
use crate::deps::Deps;
use crate::error::Error;

/// How many data sources are read at the same time.
const PARALLEL: usize = 4;
/// How many data sources one listing asks for.
const PAGE: usize = 500;

/// A data source with the version that counts.
pub(crate) type Version = (DataSourceId, CommandId);

/// The version of every data source that has one, in the order of their ids.
pub(crate) async fn versions(deps: &Deps) -> Result<Vec<Version>, Error> {
    let mut versions = Vec::new();
    let mut after: Option<DataSourceId> = None;
    loop {
        let page = deps.store.inventory().sources(after.as_ref(), PAGE).await?;
        after = page.values.last().map(|stored| stored.value.id.clone());
        versions.extend(page.values.into_iter().filter_map(|stored| Some((stored.value.id, stored.value.current?))));
        if !page.more || after.is_none() {
            return Ok(versions);
        }
    }
}

/// The graph of the inventory as it is now.
pub(crate) async fn graph(deps: &Deps) -> Result<Graph, Error> {
    load(deps, &versions(deps).await?).await
}

/// The graph of these versions.
pub(crate) async fn load(deps: &Deps, versions: &[Version]) -> Result<Graph, Error> {
    let parts = versions.iter().map(|(source, version)| async move {
        let found = deps.store.inventory().columns(source, version).await?;
        let found = found.ok_or_else(|| Error::Bug(format!("version {version} of {source} is not there")))?;
        part::of(source, found)
    });
    // Collected first: a closure over borrowed versions would keep the future from being `Send`.
    let parts: Vec<_> = parts.collect();
    let parts: Vec<Part> = stream::iter(parts).buffered(PARALLEL).try_collect().await?;
    Ok(Graph::merge(parts))
}

/// The nodes of some families of the inventory as it is now, without anything that leads anywhere.
pub(crate) async fn nodes(deps: &Deps, families: &[Family]) -> Result<Graph, Error> {
    nodes_of(deps, &versions(deps).await?, families).await
}

/// The nodes of some families of these versions, without anything that leads anywhere.
pub(crate) async fn nodes_of(deps: &Deps, versions: &[Version], families: &[Family]) -> Result<Graph, Error> {
    let parts = versions.iter().map(|(source, version)| async move {
        let blocks = deps.store.inventory().families(source, version, families).await?;
        let mut nodes = Vec::with_capacity(blocks.len());
        for (family, block) in blocks {
            let block = part::by_name(&block).map_err(|error| Error::Bug(format!("a version of {source}: {error}")))?;
            nodes.push((family, block));
        }
        let origin = Origin { id: source.clone(), name: String::new(), platform: String::new() };
        Ok::<_, Error>(Part { origin, nodes, edges: Vec::new(), sets: Vec::new() })
    });
    // Collected first: a closure over borrowed versions would keep the future from being `Send`.
    let parts: Vec<_> = parts.collect();
    let parts: Vec<Part> = stream::iter(parts).buffered(PARALLEL).try_collect().await?;
    Ok(Graph::merge(parts))
}
