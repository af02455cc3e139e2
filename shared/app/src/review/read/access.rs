//! What explains a row: the nodes and steps by which its source reaches its destination, now or as a snapshot froze them.

use std::collections::BTreeSet;

use domain::ids::{DataSourceId, ReviewId, RowId, SnapshotId};
use domain::inventory::SourceStatus;
use domain::settings::Origin;

use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::loading::offload;
use crate::loading::paths::access::Shown;
use crate::loading::paths::access::{self, Ends, Picture};
use crate::loading::sources::current;
use crate::loading::sources::status;
use crate::review::open::{Dialect, read};
use crate::review::row::assemble;

/// Which row, and in which graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessInput {
    /// The review.
    pub review: ReviewId,
    /// The row.
    pub row: RowId,
    /// The snapshot whose graph is wanted; that of the inventory as it is now when absent.
    pub snapshot: Option<SnapshotId>,
}

/// The paths of a row, laid over one another.
#[derive(Debug)]
pub struct AccessGraph {
    /// The source first, the destination last; without what is no longer there.
    pub nodes: Vec<Shown>,
    /// Canonical permissions of all paths together.
    pub effective: Vec<String>,
    /// The same as their systems spell them.
    pub raw: Vec<String>,
    /// How the data sources are that the nodes come from.
    pub sources: Vec<SourceStatus>,
    /// The columns of results that the caller must not see, such as `source.title`.
    pub hidden: Vec<String>,
    /// Whether there are more paths than are shown.
    pub more: bool,
}

/// What explains a row in a graph. Without a path there are the two ends alone, as far as they are still there.
///
/// # Errors
/// [`Error::NotFound`] when the row does not exist, or not for the caller, and when the snapshot does not.
pub async fn access_graph(deps: &Deps, call: &Call, input: AccessInput) -> Result<AccessGraph, Error> {
    let AccessInput { review, row, snapshot } = input;
    let review = read(deps, call, review, Dialect::Certification).await?.rows()?;
    if !review.sees(row) {
        return Err(Error::not_found());
    }
    let hidden = review.hidden_columns(call);
    let layout = review.plan(deps).await?;
    let frozen = assemble::frozen(deps, &review, &layout, &[row]).await?.remove(&row).ok_or_else(Error::not_found)?;
    let versions = match snapshot {
        Some(id) => deps.store.snapshots().get(&id).await?.ok_or_else(Error::not_found)?.value.sources,
        None => current::versions(deps).await?,
    };
    let graph = current::shared(deps, &versions).await?;
    // What a row was frozen about may come from a data source that is gone.
    let own = ["source.datasource_id", "destination.datasource_id"].map(|column| frozen.text(column));
    let own: Vec<DataSourceId> = own.into_iter().flatten().filter_map(|id| DataSourceId::new(id).ok()).collect();
    let (origin, query) = (review.origin, review.certification.query_used);
    let picture = offload(move || match (Ends::of(&graph, &frozen), origin) {
        (Some(ends), Origin::Campaign) => access::of_account(&graph, ends),
        (Some(ends), Origin::Certification) => access::of_pair(&graph, &query, ends),
        (None, _) => access::apart(&graph, &frozen),
    });
    let mut picture = picture.await??;
    if hidden.iter().any(|column| column == "abstract_permissions") {
        picture = picture.without_permissions();
    }
    if hidden.iter().any(|column| column == "concrete_permissions") {
        picture.raw.clear();
    }
    let Picture { nodes, effective, raw, sources, more } = picture;
    let sources: BTreeSet<DataSourceId> = sources.into_iter().chain(own).collect();
    let sources = status::of(deps, &sources.into_iter().collect::<Vec<_>>()).await?;
    Ok(AccessGraph { nodes, effective, raw, sources, hidden, more })
}

#[cfg(test)]
mod tests {
    use domain::inventory::{Family, Picture};
    use engine::simulate;

    use super::*;
    use crate::testing::sketch::Sketch;
    use crate::testing::stand::Stand;

    fn organisation(groups: &[&str]) -> Picture {
        let sketch = Sketch::default()
            .node(Family::Application, "app", &[])
            .node(Family::Role, "r", &[])
            .account("a", &[])
            .edge("a", "r");
        let add = |sketch: Sketch, id: &&str| sketch.node(Family::Group, id, &[]).edge("a", id).edge(id, "r");
        groups.iter().fold(sketch, add).picture()
    }

    #[test]
    fn a_warm_function_reads_the_inventory_again_only_when_it_has_changed() {
        simulate(1, async {
            let stand = Stand::new();
            stand.load("ds", &organisation(&["g"])).await.unwrap();
            let review = stand.start_certification("Account", "Role").await;
            stand.drain().await;
            let input = AccessInput { review, row: RowId(0), snapshot: None };
            let asked = async || {
                stand.engine.reset_usage();
                let graph = access_graph(&stand.deps, &stand.call(), input).await.unwrap();
                (graph.nodes.len(), stand.engine.reset_usage().requests())
            };
            let (cold, warm) = (asked().await, asked().await);
            assert_eq!((cold.0, warm.0), (3, 3));
            assert!(warm.1 < cold.1, "{warm:?} {cold:?}");
            stand.load("ds", &organisation(&["g", "h"])).await.unwrap();
            assert_eq!(asked().await.0, 4);
        });
    }
}
