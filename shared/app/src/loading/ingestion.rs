//! Inventory in: how a picture of a data source comes, and how it becomes the version that counts.
//!
//! | module | question it answers |
//! |---|---|
//! | [`ingest`] | what does a data source know now, and what changed |
//! | [`push`], [`parts`], [`upload`] | how payloads come: in one call, in parts, through the object store |
//! | `payload` | where the bytes of uploads lie |
//! | [`terms`], `onto` | what a delivery means for what it does not name, and whether it comes too late |
//! | `delivery`, `making`, `content` | what is on its way, what it makes of the data source, and what that changes |
//! | `claims` | whose the account ids are |
//! | [`report`], `outcome` | what a load did, how an upload ended |

mod claims;
mod content;
pub(crate) mod delivery;
pub mod ingest;
pub(crate) mod making;
pub(crate) mod onto;
mod outcome;
pub mod parts;
mod payload;
pub mod push;
pub mod report;
pub mod terms;
pub mod upload;
