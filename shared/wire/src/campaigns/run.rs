//! The run history: who had to answer for each account, what they answered, and what came of it.

use app::error::Error;
use app::page::Page;
use app::review::{LineColumn, LineFilter, LineView, ListInput, RowFilter, SortColumn, SortKey};
use domain::run::{Outcome, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::approval;
use crate::decode::{Faults, MAX_NAME, Query};
use crate::encode;
use crate::exchange::Pairs;

/// Lines on a page when the client does not say.
pub const PAGE: u32 = 50;
/// Lines on a page at most.
pub const MAX_PAGE: u32 = 500;
/// Longest id or name of an application.
const MAX_APPLICATION: usize = MAX_NAME * 4;

/// Names to sort by.
const SORTS: [&str; 6] = ["user", "application", "approver", "response_status", "action_time", "result"];

/// Decodes the query of the list of lines.
///
/// # Errors
/// All faults of the query.
pub fn list(query: &Pairs) -> Result<ListInput, Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    let lines = LineFilter {
        user: bounded(&query, "user", MAX_NAME),
        application: bounded(&query, "application", MAX_APPLICATION),
        approver: bounded(&query, "approver", MAX_NAME).map(|email| email.trim().to_owned()),
        responses: responses(&query),
        outcome: outcome(&query),
        from: time(&query, "action_from"),
        to: time(&query, "action_to"),
    };
    let order = order(&query);
    let limit = query.limit("limit", PAGE, MAX_PAGE);
    faults.check()?;
    let (limit, start) = (limit as usize, approval::start(&query));
    let filter = RowFilter { lines, ..RowFilter::default() };
    Ok(ListInput { filter, order, limit, start, backwards: false, with_log: false })
}

fn bounded(query: &Query<'_>, name: &str, max: usize) -> Option<String> {
    let text = query.text(name)?;
    if text.chars().count() > max {
        query.fault(name, format!("must have at most {max} characters"));
        return None;
    }
    Some(text.to_owned())
}

/// Responses by their words or labels, separated by commas.
fn responses(query: &Query<'_>) -> Vec<Response> {
    let mut found = Vec::new();
    for name in query.text("response_status").into_iter().flat_map(|names| names.split(',')).map(str::trim) {
        let named = |response: &Response| {
            name.eq_ignore_ascii_case(response.word()) || name.eq_ignore_ascii_case(response.label())
        };
        match Response::ALL.into_iter().find(named) {
            Some(response) if found.contains(&response) => {}
            Some(response) => found.push(response),
            None => {
                let words = Response::ALL.map(Response::word).join(", ");
                query.fault("response_status", format!("must be of {words}, separated by commas"));
                return Vec::new();
            }
        }
    }
    found
}

/// A result; `none` asks for lines without one.
fn outcome(query: &Query<'_>) -> Option<Option<Outcome>> {
    let word = query.text("result")?.trim();
    if word.eq_ignore_ascii_case("none") {
        return Some(None);
    }
    let found = Outcome::ALL.into_iter().find(|outcome| word.eq_ignore_ascii_case(outcome.word()));
    if found.is_none() {
        query.fault("result", "must be one of success, failure, none");
    }
    found.map(Some)
}

fn time(query: &Query<'_>, name: &str) -> Option<Timestamp> {
    let found = query.text(name)?.parse().ok();
    if found.is_none() {
        query.fault(name, "must be an RFC 3339 timestamp");
    }
    found
}

/// The sort order; equal lines follow by person, application and account, so that an order is always total.
fn order(query: &Query<'_>) -> Vec<SortKey> {
    let sort = query.text("sort").unwrap_or("user");
    let (name, descending) = sort.strip_prefix('-').map_or((sort, false), |name| (name, true));
    let application = || SortColumn::Frozen("destination.name".to_owned());
    let by = match name {
        "user" => SortColumn::Person,
        "application" => application(),
        "approver" => SortColumn::Line(LineColumn::Approver),
        "response_status" => SortColumn::Line(LineColumn::Response),
        "action_time" => SortColumn::Line(LineColumn::AnsweredAt),
        "result" => SortColumn::Line(LineColumn::Outcome),
        _ => {
            query.fault("sort", format!("must be one of {}, optionally with a leading `-`", SORTS.join(", ")));
            return Vec::new();
        }
    };
    let then = [SortColumn::Person, application(), SortColumn::Frozen("source.id".to_owned())];
    let then = then.into_iter().filter(|column| *column != by).map(|by| SortKey { by, descending: false });
    std::iter::once(SortKey { by: by.clone(), descending }).chain(then.collect::<Vec<_>>()).collect()
}

/// Lines of a page.
#[must_use]
pub fn encode_page(page: &Page<LineView>) -> Value {
    json!({ "runs": page.items.iter().map(encode).collect::<Vec<_>>(), "pageInfo": super::page_info(page) })
}

fn encode(line: &LineView) -> Value {
    let LineView { row, approver, response, answered_at, outcome } = line;
    let frozen = &row.frozen;
    json!({
        "account_id": frozen.text("source.id"),
        "user": frozen.text("owner.name").or(frozen.text("source.name")),
        "user_id": frozen.text("owner.id"),
        "application": frozen.text("destination.name"),
        "application_id": frozen.text("destination.id"),
        "approver": approver,
        "response_status": response.word(),
        "action_time": encode::optional_time(*answered_at),
        "result": outcome.map(Outcome::word),
        "result_detail": row.answer,
    })
}

#[cfg(test)]
mod tests;
