//! Getting inventory in and reviews out of it: ingestion, snapshots, the merged graph, populations, and the job that
//! turns a snapshot into the frozen rows of a certification.
//!
//! | module | holds |
//! |---|---|
//! | [`sources`] | data sources, their providers, the versions that count, snapshots |
//! | [`ingestion`] | how a picture of a data source comes, and becomes the version that counts |
//! | `graph` | the merged graph: what leads where, who owns what |
//! | `paths` | which paths lead from one node to another, and what rows and people are told of them |
//! | [`people`] | which nodes are users, who manages whom, who reviews a row |
//! | [`population`] | which accounts, or which pairs, a review covers |
//! | `evidence` | what is known about them: risk, peers, outliers, past decisions |
//! | `layout` | in which order rows lie, and who may act on which |
//! | [`materialise`] | how rows get into the table, whatever is interrupted |
//! | [`jobs`] | work that goes on after a call: orders, workers, what was left behind |
//! | [`measure`] | what the graph of an inventory takes, for who wants figures |

pub(crate) mod evidence;
pub(crate) mod graph;
pub mod ingestion;
pub mod jobs;
pub(crate) mod layout;
pub mod materialise;
pub mod measure;
pub(crate) mod paths;
pub mod people;
pub mod population;
pub mod sources;

use crate::error::Error;

/// Carries out long work beside the runtime's own, so that it holds up nobody else.
///
/// # Errors
/// [`Error::Bug`] when it panics.
pub(crate) async fn offload<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Bug(format!("work broke off: {error}")))
}
