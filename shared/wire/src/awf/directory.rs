//! Who can be named as a reviewer.

use app::directory::ListInput;
use app::error::Error;
use app::page::Page;
use domain::user::User;
use serde_json::{Value, json};

use super::{paging, user};
use crate::decode::{Faults, Query};
use crate::exchange::Pairs;

/// The longest text that is searched for, in characters.
const MAX_SEARCH: usize = 200;

/// Decodes the query of the list of users.
///
/// # Errors
/// All faults of the query.
pub fn list(query: &Pairs) -> Result<ListInput, Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    let search = query.text("search").map(str::to_owned);
    let short = search.as_ref().is_none_or(|search| search.chars().count() <= MAX_SEARCH);
    faults.require(short, "search", "must have at most 200 characters");
    let user_type = query.text("user_type").map(str::to_owned);
    let (limit, after) = paging::all_or_page(&query);
    faults.check()?;
    Ok(ListInput { search, user_type, limit, after })
}

/// A page of users.
#[must_use]
pub fn encode_page(page: &Page<User>) -> Value {
    json!({
        "values": user::encode_all(&page.items),
        "next_page_token": paging::next(page),
        "has_more": page.has_more(),
    })
}
