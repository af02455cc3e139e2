//! The campaigns dialect: bare objects, lists under their resource name with `pageInfo`, counts and words of its own.

pub mod approval;
pub mod campaign;
pub mod group;
mod hiding;
pub mod history;
pub mod item;
mod names;
pub mod policy;
pub mod query;
pub mod recurrence;
pub mod rule;
pub mod rule_job;
pub mod run;

use app::error::Error;
use app::page::Page;
use domain::ids::ReviewId;
use serde_json::{Value, json};

use crate::exchange::Pairs;

/// Decodes the id of a campaign in a path.
///
/// # Errors
/// [`Error::NotFound`] for what is no id: there is no such campaign.
pub fn path_id(path: &Pairs, name: &str) -> Result<ReviewId, Error> {
    path.get(name).unwrap_or_default().parse().map_err(|_| Error::not_found())
}

/// Whether there is more, and the cursor of the last entry of this page, which is there on the last page as well.
pub(crate) fn page_info<T>(page: &Page<T>) -> Value {
    json!({ "hasNextPage": page.has_more(), "endCursor": page.end })
}
