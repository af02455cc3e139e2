//! Page tokens of lists that are whole unless the client asks for pages.

use app::error::{Error, Fault};
use app::page::Page;

use crate::decode::Query;

/// Entries on a page at most, where the client asks for pages.
pub const MAX_PAGE: usize = 500;
/// Entries that are read where it does not: of nearly every list more than an answer holds, so that it is whole if it can be.
pub const ALL: usize = 5_000;

/// Limit and cursor of such a list. A size of 0 stands for all.
pub fn all_or_page(query: &Query<'_>) -> (usize, Option<String>) {
    let limit = match query.integer("page_size") {
        None | Some(0) => ALL,
        Some(size) => usize::try_from(size).map_or_else(
            |_| {
                query.fault("page_size", "must be at least 0");
                MAX_PAGE
            },
            |size| size.min(MAX_PAGE),
        ),
    };
    let after = query.text("page_token").filter(|token| *token != "0").map(str::to_owned);
    (limit, after)
}

/// The token of the next page; empty on the last.
#[must_use]
pub fn next<T>(page: &Page<T>) -> &str {
    page.next.as_deref().unwrap_or_default()
}

/// Names a fault of a cursor as this dialect does.
#[must_use]
pub fn tokens(error: Error) -> Error {
    let rename = |fault: Fault| if fault.field == "after" { Fault::new("page_token", fault.issue) } else { fault };
    match error {
        Error::Invalid(faults) => Error::Invalid(faults.into_iter().map(rename).collect()),
        other => other,
    }
}
