//! Batch groups: accounts that can be decided together.

use app::error::Error;
use app::group;
use app::page::Page;
use app::review::{ALL_GROUPS, GroupView, GroupsInput, MAX_GROUPS};
use serde_json::{Value, json};

use crate::decode::{Faults, Query};
use crate::exchange::Pairs;

/// Decodes the query of the list of groups: all of them, unless the client asks for pages.
///
/// # Errors
/// All faults of the query.
pub fn list(query: &Pairs) -> Result<GroupsInput, Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    let most = u32::try_from(MAX_GROUPS).unwrap_or(u32::MAX);
    let limit = query.text("limit").map_or(ALL_GROUPS, |_| query.limit("limit", most, most) as usize);
    faults.check()?;
    Ok(GroupsInput { limit, after: query.text("after").map(str::to_owned) })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_groups_are_meant_unless_the_client_asks_for_pages() {
        let limit = |text: &str| list(&Pairs::from([("limit", text)])).map(|input| input.limit);
        assert_eq!(list(&Pairs::default()).unwrap().limit, ALL_GROUPS);
        assert_eq!(limit("7").unwrap(), 7);
        assert_eq!(limit("9000").unwrap(), MAX_GROUPS);
        assert!(limit("0").is_err());
    }
}
