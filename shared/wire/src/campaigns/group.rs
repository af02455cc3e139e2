//! Batch groups: accounts that can be decided together.

use app::error::Error;
use app::group;
use app::page::Page;
use app::review::{GroupView, GroupsInput, MAX_GROUPS};
use serde_json::{Value, json};

use crate::decode::{Faults, Query};
use crate::exchange::Pairs;

/// Groups on a page when the client does not say.
pub const PAGE: u32 = 200;

/// Decodes the query of the list of groups.
///
/// # Errors
/// All faults of the query.
pub fn list(query: &Pairs) -> Result<GroupsInput, Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    let limit = query.limit("limit", PAGE, u32::try_from(MAX_GROUPS).unwrap_or(PAGE));
    faults.check()?;
    Ok(GroupsInput { limit: limit as usize, after: query.text("after").map(str::to_owned) })
}

/// Groups of a page.
#[must_use]
pub fn encode_page(page: &Page<GroupView>) -> Value {
    json!({ "batch_groups": page.items.iter().map(encode).collect::<Vec<_>>(), "pageInfo": super::page_info(page) })
}

fn encode(view: &GroupView) -> Value {
    let GroupView { group, accounts } = view;
    json!({
        "id": group::id(group.number),
        "name": group.name,
        "description": group.description,
        "risk_level": group.risk_level,
        "account_count": accounts.len(),
        "ai_analysis": {
            "title": group.title,
            "traits": group.traits,
            "summary": group.summary,
            "recommendation": group.suggestion.word(),
            "confidence": group.confidence,
        },
        "account_ids": accounts,
    })
}
