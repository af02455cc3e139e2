//! Getting inventory in and reviews out of it: ingestion, snapshots, the merged graph, populations, and the job that
//! turns a snapshot into the frozen rows of a certification.
//!
//! | module | question it answers |
//! |---|---|
//! | [`ingest`] | what does a data source know now, and what changed |
//! | `delivery`, `making`, `claims`, `onto` | what is on its way, what it makes of a data source, whose the account ids are, whether it comes too late |
//! | [`report`], `outcome`, `payload` | what a load did, how an upload ended, where its bytes lie |
//! | [`building`], `task` | what jobs are asked for: the rows of a review, or work on the inventory |
//! | [`provider`] | who pushes payloads, and into which data sources |
//! | [`push`], [`parts`], [`upload`] | how payloads come: in one call, in parts, through the object store |
//! | [`snapshot`] | which versions of all data sources belong together |
//! | `graph` | what leads where, who owns what |
//! | [`population`] | which accounts, or which pairs, does a review cover |
//! | `route`, `ways`, `join` | which paths lead from one node to another, and what rows tell of them |
//! | `access` | what explains a row to a person |
//! | [`status`] | how the data sources of a workflow are |
//! | `directory` | which identities are users, and who manages whom |
//! | `groups` | which rows can be decided together |
//! | `outliers` | whose access is rare among comparable people |
//! | `past` | what did the previous review decide |
//! | `enrich`, `layout` | what is known about each row, who reviews it, in which order |
//! | [`materialise`] | how do rows get into the table, whatever is interrupted |
//! | [`measure`] | what the graph of an inventory takes, for who wants figures |
//! | [`jobs`], [`work`], [`sweep`] | what is under way, and what was left behind |

pub(crate) mod access;
pub mod building;
mod claims;
mod content;
pub(crate) mod current;
pub(crate) mod delivery;
pub(crate) mod directory;
pub(crate) mod discard;
mod enrich;
mod entitlements;
pub(crate) mod graph;
mod groups;
pub mod identity;
pub mod ingest;
pub mod jobs;
pub(crate) mod join;
mod layout;
pub(crate) mod making;
pub mod materialise;
pub mod measure;
pub(crate) mod onto;
mod outcome;
mod outliers;
mod part;
pub mod parts;
pub(crate) mod past;
mod payload;
mod peers;
pub(crate) mod people;
pub mod population;
pub mod provider;
pub mod push;
mod render;
pub mod report;
mod route;
mod scope;
pub mod snapshot;
pub mod source;
pub mod status;
pub mod sweep;
pub(crate) mod task;
pub mod terms;
pub mod upload;
mod ways;
pub mod work;

#[cfg(test)]
pub(crate) mod deaths;
#[cfg(test)]
pub(crate) mod stand;
#[cfg(test)]
pub(crate) mod testing;

use crate::error::Error;

/// Carries out long work beside the runtime's own, so that it holds up nobody else.
///
/// # Errors
/// [`Error::Bug`] when it panics.
pub(crate) async fn offload<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Bug(format!("work broke off: {error}")))
}
