//! The sort expression of a list of results: `path [asc|desc]`, several separated by commas.

use app::review::{SortColumn, SortKey};

use crate::decode::Query;

/// Keys of one expression at most.
const MAX_KEYS: usize = 8;
/// What looks like the alias of a joined node and is none.
const NO_ALIAS: [&str; 5] = ["path_summary", "previous", "joined_nodes", "reviewers", "line"];

/// Decodes `order_by`; absent means the order of the rows themselves.
pub fn parse(query: &Query<'_>) -> Vec<SortKey> {
    let Some(text) = query.text("order_by") else { return Vec::new() };
    keys(text).unwrap_or_else(|issue| {
        query.fault("order_by", issue);
        Vec::new()
    })
}

/// Reads an expression.
///
/// # Errors
/// What is wrong with it.
pub fn keys(text: &str) -> Result<Vec<SortKey>, String> {
    let keys: Option<Vec<_>> = text.split(',').map(|part| key(part.trim())).collect();
    match keys {
        Some(keys) if keys.len() <= MAX_KEYS => Ok(keys),
        Some(_) => Err(format!("must have at most {MAX_KEYS} keys")),
        None => Err("must be `path [asc|desc]`, several separated by commas".to_owned()),
    }
}

fn key(part: &str) -> Option<SortKey> {
    let mut words = part.split_whitespace();
    let by = column(words.next()?)?;
    let descending = match words.next() {
        None => false,
        Some(word) if word.eq_ignore_ascii_case("asc") => false,
        Some(word) if word.eq_ignore_ascii_case("desc") => true,
        Some(_) => return None,
    };
    words.next().is_none().then_some(SortKey { by, descending })
}

fn column(path: &str) -> Option<SortColumn> {
    match path {
        "decision" => Some(SortColumn::Status),
        "reviewers" => Some(SortColumn::Reviewer),
        "decision_at" => Some(SortColumn::DecidedAt),
        "risk_level" => Some(SortColumn::Frozen("risk.score".to_owned())),
        _ => {
            let (scope, attribute) = path.split_once('.')?;
            let named = is_scope(scope) && !attribute.is_empty() && !attribute.contains('.');
            named.then(|| SortColumn::Frozen(path.to_owned()))
        }
    }
}

/// Source, destination, waypoint, or the alias of a joined node; rows without the attribute come last.
fn is_scope(word: &str) -> bool {
    let letters = word.starts_with(|c: char| c.is_ascii_alphabetic());
    letters && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !NO_ALIAS.contains(&word)
}
