//! The list of rules, newest first.

use domain::ids::RuleId;
use domain::rule::Rule;
use jiff::Timestamp;

use super::input::ListInput;
use crate::call::Call;
use crate::cursor::{self, Binding};
use crate::deps::Deps;
use crate::error::Error;
use crate::page::Page;

/// Where a page ends: creation time in milliseconds, and id.
type Place = (i64, RuleId);

/// Rules, newest first, then by id.
///
/// # Errors
/// [`Error::Invalid`] for a cursor of another list.
pub async fn list(deps: &Deps, _call: &Call, input: ListInput) -> Result<Page<Rule>, Error> {
    let binding = Binding::of("rules", &[]);
    let after: Option<Place> =
        input.after.as_deref().map(|cursor| cursor::open(&binding, cursor, "after")).transpose()?;
    let from = after.and_then(|(at, id)| Some((Timestamp::from_millisecond(at).ok()?, id)));
    let found = deps.store.rules().list(from, input.limit.max(1)).await?;
    let end = found.values.last().map(|rule| (rule.created_at.as_millisecond(), rule.id));
    let end = end.map(|place| cursor::seal(&binding, place)).transpose()?;
    let next = end.clone().filter(|_| found.more);
    Ok(Page { items: found.values, next, end, has_previous: after.is_some() })
}
