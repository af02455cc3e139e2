//! Which accounts, or which pairs of nodes, a review covers.
//!
//! A campaign covers accounts: its scope narrowed by its query builder. A workflow covers pairs: everything of the one
//! kind that reaches something of the other. Both start from the merged graph and end in rows of node numbers.

pub(crate) mod campaign;
pub(crate) mod conditions;
pub(crate) mod named;
pub(crate) mod select;
mod workflow;

pub use campaign::{
    QueryField, QueryTest, SampleAccount, check_campaign_query, query_fields, test_query, unknown_applications,
};
pub use named::{MAX_NAMED, NamedIdentity};
pub use workflow::check_query;
pub(crate) use workflow::{node_types, origins, pairs, terms};

/// The most rows that a review may have. More is a mistake in a query rather than a review anybody could finish.
pub const MAX_ROWS: usize = 4_000_000;

/// What a row is about, before anybody is asked to review it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The node under review.
    pub(crate) source: u32,
    /// What it has access to; [`NONE`](super::graph::NONE) for an account whose application was not loaded.
    pub(crate) destination: u32,
    /// The intermediate that the row is about; [`NONE`](super::graph::NONE) without one.
    pub(crate) waypoint: u32,
    /// Number of the accumulated permission set.
    pub(crate) set: u32,
}

#[cfg(test)]
mod tests;
