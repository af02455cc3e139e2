//! Bodies of the inventory endpoints: data sources, uploads and snapshots in the campaign dialect, and the provider
//! endpoints that pushing clients speak.

pub mod provider;
pub mod snapshot;
pub mod source;
pub mod upload;

use app::error::Error;
use app::page::Page;
use serde_json::{Value, json};

use crate::decode::{Faults, Query};
use crate::exchange::Pairs;

/// Entries on a page when the client does not say.
pub const PAGE: u32 = 50;
/// Entries on a page at most.
pub const MAX_PAGE: u32 = 500;

/// Where a list starts and how long its page is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// Entries at most.
    pub limit: usize,
    /// Cursor of the previous page.
    pub after: Option<String>,
}

/// Decodes `limit` and `after`.
///
/// # Errors
/// All faults of the query.
pub fn start(query: &Pairs) -> Result<Start, Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    let limit = query.limit("limit", PAGE, MAX_PAGE) as usize;
    let after = query.text("after").map(str::to_owned);
    faults.check()?;
    Ok(Start { limit, after })
}

/// A page under its resource name, with `pageInfo`.
fn page<T>(name: &str, page: &Page<T>, each: impl Fn(&T) -> Value) -> Value {
    let items: Vec<Value> = page.items.iter().map(each).collect();
    let info = json!({ "hasNextPage": page.has_more(), "endCursor": page.end });
    let mut body = serde_json::Map::new();
    body.insert(name.to_owned(), items.into());
    body.insert("pageInfo".to_owned(), info);
    Value::Object(body)
}

#[cfg(test)]
mod tests;
