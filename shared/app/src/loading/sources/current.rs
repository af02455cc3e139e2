//! The inventory as it is now, or as a snapshot froze it, read from the table.

use std::collections::BTreeMap;
use std::sync::Arc;

use columns::Batch;
use domain::ids::{CommandId, DataSourceId};
use domain::inventory::Family;
use futures::{StreamExt, TryStreamExt, stream};
use store::inventory::PersonName;

use crate::deps::{Deps, Soon};
use crate::error::Error;
use crate::loading::graph::part;
use crate::loading::graph::{Graph, Origin, Part};

/// How many data sources are read at the same time.
const PARALLEL: usize = 4;
/// Up to how many data sources it takes no more requests to read each by itself.
const FEW: usize = 2;

/// The largest graph that a warm function keeps for the next call, in nodes and in edges: 100 to 200 MB, as nodes have few
/// or many attributes.
const KEPT: (usize, usize) = (500_000, 4_000_000);

/// A data source with the version that counts.
pub(crate) type Version = (DataSourceId, CommandId);

/// The version of every data source that has one, in the order of their ids.
pub(crate) async fn versions(deps: &Deps) -> Result<Vec<Version>, Error> {
    Ok(deps.store.inventory().versions().await?)
}

/// The graph of the inventory as it is now.
pub(crate) async fn graph(deps: &Deps) -> Result<Graph, Error> {
    load(deps, &versions(deps).await?).await
}

/// The graph of these versions.
pub(crate) async fn load(deps: &Deps, versions: &[Version]) -> Result<Graph, Error> {
    let mut parts = Vec::with_capacity(versions.len());
    let mut alone = Vec::new();
    let mut small =
        if versions.len() > FEW { deps.store.inventory().together(versions).await? } else { BTreeMap::new() };
    for (at, version) in versions.iter().enumerate() {
        match small.remove(&at) {
            Some(found) => parts.push(part::of(&version.0, found)?),
            // Boxed one by one: a stream over futures that borrow would keep whoever awaits it from moving between threads.
            None => alone.push(Box::pin(whole(deps, version)) as Soon<'_, Result<Part, Error>>),
        }
    }
    let large: Vec<Part> = stream::iter(alone).buffered(PARALLEL).try_collect().await?;
    parts.extend(large);
    Ok(Graph::merge(parts))
}

/// The graph of these versions, which the calls of a warm function share when it is not too large to be kept.
pub(crate) async fn shared(deps: &Deps, versions: &[Version]) -> Result<Arc<Graph>, Error> {
    if let Some(kept) = deps.store.kept(versions) {
        return Ok(kept);
    }
    let graph = Arc::new(load(deps, versions).await?);
    if graph.len() <= KEPT.0 && graph.edges().edges() <= KEPT.1 {
        deps.store.keep(versions, &graph);
    }
    Ok(graph)
}

async fn whole(deps: &Deps, (source, version): &Version) -> Result<Part, Error> {
    let found = deps.store.inventory().columns(source, version).await?;
    let found = found.ok_or_else(|| Error::Bug(format!("version {version} of {source} is not there")))?;
    part::of(source, found)
}

/// The identities of the inventory as it is now that have one of some names, among others, without anything that leads
/// anywhere.
pub(crate) async fn people(deps: &Deps, names: &[PersonName<'_>]) -> Result<Graph, Error> {
    let found = deps.store.inventory().people(names).await?;
    let parts = found
        .into_iter()
        .map(|(source, blocks)| unlinked(&source, blocks.into_iter().map(|block| (Family::Identity, block)).collect()));
    Ok(Graph::merge(parts.collect::<Result<_, _>>()?))
}

/// The nodes of some families of the inventory as it is now, without anything that leads anywhere.
pub(crate) async fn nodes(deps: &Deps, families: &[Family]) -> Result<Graph, Error> {
    nodes_of(deps, &versions(deps).await?, families).await
}

/// The nodes of some families of these versions, without anything that leads anywhere.
pub(crate) async fn nodes_of(deps: &Deps, versions: &[Version], families: &[Family]) -> Result<Graph, Error> {
    let parts: Vec<Soon<'_, Result<Part, Error>>> =
        versions.iter().map(|version| Box::pin(some(deps, version, families)) as Soon<'_, _>).collect();
    let parts: Vec<Part> = stream::iter(parts).buffered(PARALLEL).try_collect().await?;
    Ok(Graph::merge(parts))
}

async fn some(deps: &Deps, (source, version): &Version, families: &[Family]) -> Result<Part, Error> {
    unlinked(source, deps.store.inventory().families(source, version, families).await?)
}

/// Nodes of a data source by themselves.
fn unlinked(source: &DataSourceId, blocks: Vec<(Family, Batch)>) -> Result<Part, Error> {
    let mut nodes = Vec::with_capacity(blocks.len());
    for (family, block) in blocks {
        let block = part::by_name(&block).map_err(|error| Error::Bug(format!("a version of {source}: {error}")))?;
        nodes.push((family, block));
    }
    let origin = Origin { id: source.clone(), name: String::new(), platform: String::new() };
    Ok(Part { origin, nodes, edges: Vec::new(), sets: Vec::new() })
}
