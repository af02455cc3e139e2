//! Approvals: the decision state of one account, and decisions on it.

use app::error::Error;
use app::page::Page;
use app::review::{BatchInput, DecideInput, ListInput, RowFilter, RowView, SortColumn, SortKey, Start};
use domain::decide::Verdict;
use domain::row::Approval;
use domain::run::is_address;
use serde_json::{Map, Value, json};

use super::hiding;
use crate::decode::{Faults, MAX_TEXT, Object, Query, parse};
use crate::encode;
use crate::exchange::{Answer, Pairs};
use crate::fit;

/// Approvals on a page when the client does not say, and at most.
pub const PAGE: u32 = 5000;
/// Accounts of one batch at most.
pub const MAX_BATCH: usize = 1000;

/// Characters of an e-mail address at most.
pub const MAX_EMAIL: usize = 254;

/// The words of a decision: the canonical participle and the verb.
const VERDICTS: [(Verdict, &str, &str); 4] = [
    (Verdict::Approved, "approved", "approve"),
    (Verdict::Rejected, "rejected", "reject"),
    (Verdict::Flagged, "flagged", "flag"),
    (Verdict::Revoked, "revoked", "revoke"),
];

/// Every status, in the order of the documentation.
const STATUSES: [Approval; 5] =
    [Approval::Pending, Approval::Approved, Approval::Rejected, Approval::Flagged, Approval::Revoked];

/// Decodes a decision on one account.
///
/// # Errors
/// All faults of the body.
pub fn decide(body: &[u8]) -> Result<DecideInput, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?;
    let verdict = body.required("decision", verdict(&body));
    let comment = body.text("comment", MAX_TEXT);
    match (verdict, faults.check()) {
        (Some(verdict), Ok(())) => Ok(DecideInput { verdict, comment }),
        (None | Some(_), _) => Err(faults.error()),
    }
}

/// Decodes who is to review an account: an e-mail address.
///
/// # Errors
/// All faults of the body.
pub fn reviewer(body: &[u8]) -> Result<String, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?;
    let email = body.text("reviewer", MAX_EMAIL).map(|email| email.trim().to_owned());
    if email.as_ref().is_some_and(|email| !is_address(email)) {
        body.fault("reviewer", "is not an e-mail address");
    }
    let email = body.required("reviewer", email);
    match (email, faults.check()) {
        (Some(email), Ok(())) => Ok(email),
        (None | Some(_), _) => Err(faults.error()),
    }
}

/// Decodes a decision on several accounts.
///
/// # Errors
/// All faults of the body.
pub fn decide_batch(body: &[u8]) -> Result<BatchInput, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?;
    let accounts = body.required("account_ids", accounts(&body));
    let verdict = body.required("decision", verdict(&body));
    let comment = body.text("comment", MAX_TEXT);
    match (accounts, verdict, faults.check()) {
        (Some(accounts), Some(verdict), Ok(())) => Ok(BatchInput { accounts, verdict, comment }),
        (None | Some(_), None | Some(_), _) => Err(faults.error()),
    }
}

fn verdict(body: &Object<'_>) -> Option<Verdict> {
    let word = body.text("decision", usize::MAX)?.trim().to_ascii_lowercase();
    let found = VERDICTS.iter().find(|(_, participle, verb)| word == *participle || word == *verb);
    if found.is_none() {
        body.fault("decision", "must be one of approved, rejected, flagged, revoked");
    }
    found.map(|(verdict, _, _)| *verdict)
}

/// The account ids in the order they came, each once.
fn accounts(body: &Object<'_>) -> Option<Vec<String>> {
    body.list("account_ids", MAX_BATCH)?;
    let ids = body.texts("account_ids", usize::MAX)?;
    if ids.is_empty() {
        body.fault("account_ids", "must have at least 1 element");
        return None;
    }
    let mut seen = std::collections::HashSet::with_capacity(ids.len());
    Some(ids.into_iter().filter(|id| seen.insert(id.clone())).collect())
}

/// Decodes the query of the list of approvals, which is ordered by account name and id.
///
/// # Errors
/// All faults of the query.
pub fn list(query: &Pairs) -> Result<ListInput, Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    let filter = RowFilter { status: status(&query), ..RowFilter::default() };
    let limit = query.limit("limit", PAGE, PAGE);
    faults.check()?;
    let (limit, start) = (limit as usize, start(&query));
    Ok(ListInput { filter, order: by_account(), limit, start, backwards: false, with_log: false })
}

/// By account name, then account id.
#[must_use]
pub fn by_account() -> Vec<SortKey> {
    ["source.name", "source.id"]
        .map(|column| SortKey { by: SortColumn::Frozen(column.to_owned()), descending: false })
        .to_vec()
}

/// Where a page starts: after a cursor, or at the first entry.
#[must_use]
pub fn start(query: &Query<'_>) -> Start {
    query.text("after").map_or(Start::First, |cursor| Start::After(cursor.to_owned()))
}

/// The status filter.
#[must_use]
pub fn status(query: &Query<'_>) -> Option<Approval> {
    let word = query.text("status")?.trim().to_ascii_lowercase();
    let found = STATUSES.into_iter().find(|status| self::word(*status) == word);
    if found.is_none() {
        query.fault("status", "must be one of pending, approved, rejected, flagged, revoked");
    }
    found
}

/// An approval as every answer shows one.
#[must_use]
pub fn encode(row: &RowView) -> Value {
    Value::Object(hiding::of_caller(row, fields(row)))
}

/// Approvals of a page.
#[must_use]
pub fn encode_page(page: &Page<RowView>) -> Value {
    json!({ "approvals": page.items.iter().map(encode).collect::<Vec<_>>(), "pageInfo": super::page_info(page) })
}

/// Approvals that one command changed, in the order of the request: all of them, or the first ones, as many as an answer
/// holds, and how many more there are.
#[must_use]
pub fn answer_batch(rows: &[RowView]) -> Answer {
    fit::first(|most| encode_batch(rows, most), rows.len())
}

fn encode_batch(rows: &[RowView], most: usize) -> Value {
    let mut body = json!({ "approvals": rows.iter().take(most).map(encode).collect::<Vec<_>>() });
    let omitted = rows.len().saturating_sub(most);
    if let Some(members) = body.as_object_mut().filter(|_| omitted > 0) {
        members.insert("omitted".to_owned(), omitted.into());
    }
    body
}

/// The fields of an approval, which a review item has as well.
#[must_use]
pub fn fields(row: &RowView) -> Map<String, Value> {
    let RowView { review, frozen, state, note, reviewers, decided_by, .. } = row;
    let status = state.approval();
    let pending = status == Approval::Pending;
    let decided_at = state.decided.as_ref().map(|mark| mark.at);
    let text = |column: &str| frozen.text(column).map_or(Value::Null, Value::from);
    let fields = [
        ("campaign_id", review.to_string().into()),
        ("account_id", text("source.id")),
        ("account_name", text("source.name")),
        ("application_id", text("destination.id")),
        ("application_name", text("destination.name")),
        ("status", word(status).into()),
        ("decision", if pending { Value::Null } else { word(status).into() }),
        ("reviewer", reviewers.first().map_or(Value::Null, |reviewer| reviewer.email.as_str().into())),
        ("comment", note.as_deref().map_or(Value::Null, Value::from)),
        ("decided_at", encode::optional_time(decided_at.filter(|_| !pending))),
        ("decided_by", decided_by.as_ref().filter(|_| !pending).map_or(Value::Null, |by| by.email.as_str().into())),
        ("undo_expires_at", encode::optional_time(state.undo_expires_at().filter(|_| !pending))),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The word of a status.
#[must_use]
pub const fn word(status: Approval) -> &'static str {
    match status {
        Approval::Pending => "pending",
        Approval::Approved => "approved",
        Approval::Rejected => "rejected",
        Approval::Flagged => "flagged",
        Approval::Revoked => "revoked",
    }
}

#[cfg(test)]
mod tests;
