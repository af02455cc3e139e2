//! The campaigns dialect: bare objects, lists under their resource name with `pageInfo`, counts and words of its own.

pub mod approval;
pub mod campaign;
pub mod item;
pub mod query;

use app::page::Page;
use serde_json::{Value, json};

/// Whether there is more, and the cursor of the last entry of this page, which is there on the last page as well.
pub(crate) fn page_info<T>(page: &Page<T>) -> Value {
    json!({ "hasNextPage": page.has_more(), "endCursor": page.end })
}
