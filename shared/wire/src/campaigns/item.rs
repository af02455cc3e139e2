//! Review items: an approval with what the reviewer should know about the account.

use app::advice::{self, Brief, Recommendation};
use app::error::Error;
use app::page::Page;
use app::policy::PolicyCheck;
use app::review::{Frozen, ListInput, RowFilter, RowView, SortColumn, SortKey};
use domain::risk::{Factor, FactorInfo, Level};
use serde_json::{Map, Value, json};

use super::names::name_of;
use super::{approval, hiding, policy};
use crate::decode::{Faults, MAX_NAME, Query};
use crate::encode;
use crate::exchange::Pairs;

/// Items on a page when the client does not say.
pub const PAGE: u32 = 50;
/// Items on a page at most.
pub const MAX_PAGE: u32 = 500;

/// Names to sort by.
const SORTS: [&str; 6] = ["account_name", "status", "risk_score", "reviewer", "decided_at", "application_name"];

/// Decodes the query of the list of review items.
///
/// # Errors
/// All faults of the query.
pub fn list(query: &Pairs) -> Result<ListInput, Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    let filter = RowFilter {
        status: approval::status(&query),
        risk: risk_level(&query),
        search: search(&query),
        ..RowFilter::default()
    };
    let order = order(&query);
    let limit = query.limit("limit", PAGE, MAX_PAGE);
    faults.check()?;
    let (limit, start) = (limit as usize, approval::start(&query));
    Ok(ListInput { filter, order, limit, start, backwards: false, with_log: false })
}

fn risk_level(query: &Query<'_>) -> Option<String> {
    let level = query.text("risk")?.trim().to_ascii_lowercase();
    if !["low", "medium", "high"].contains(&level.as_str()) {
        query.fault("risk", "must be one of low, medium, high");
        return None;
    }
    Some(level)
}

fn search(query: &Query<'_>) -> Option<String> {
    let text = query.text("search")?;
    if text.chars().count() > MAX_NAME {
        query.fault("search", format!("must have at most {MAX_NAME} characters"));
        return None;
    }
    Some(text.to_owned())
}

/// The sort order; equal items follow by account name and id, so that an order is always total.
fn order(query: &Query<'_>) -> Vec<SortKey> {
    let sort = query.text("sort").unwrap_or("account_name");
    let (name, descending) = sort.strip_prefix('-').map_or((sort, false), |name| (name, true));
    let frozen = |column: &str| SortColumn::Frozen(column.to_owned());
    let by = match name {
        "account_name" => frozen("source.name"),
        "status" => SortColumn::Status,
        "risk_score" => frozen("risk.score"),
        "reviewer" => SortColumn::Reviewer,
        "decided_at" => SortColumn::DecidedAt,
        "application_name" => frozen("destination.name"),
        _ => {
            query.fault("sort", format!("must be one of {}, optionally with a leading `-`", SORTS.join(", ")));
            return Vec::new();
        }
    };
    let then = approval::by_account().into_iter().filter(|key| key.by != by).collect::<Vec<_>>();
    [vec![SortKey { by, descending }], then].concat()
}

/// Review items of a page.
#[must_use]
pub fn encode_page(page: &Page<RowView>) -> Value {
    let items: Vec<_> = page.items.iter().map(|row| Value::Object(hiding::of_caller(row, list_fields(row)))).collect();
    json!({ "review_items": items, "pageInfo": super::page_info(page) })
}

/// One review item with everything known about it, and how it meets the policies of its campaign.
#[must_use]
pub fn encode(row: &RowView, checks: &[PolicyCheck]) -> Value {
    let mut item = list_fields(row);
    let owner = owner(&row.frozen, &["id", "name", "email", "title", "department", "manager_email", "status"]);
    item.insert("owner".to_owned(), owner);
    item.insert("ai_recommendation".to_owned(), recommendation(&row.frozen).unwrap_or(Value::Null));
    item.insert("account".to_owned(), account(&row.frozen));
    item.insert("risk".to_owned(), encode_risk(row));
    item.insert("policy_summary".to_owned(), policy::encode_summary(checks));
    item.extend(decided_by(row));
    Value::Object(hiding::of_caller(row, item))
}

/// The rule or the policy that decided, with the version that it had.
fn decided_by(row: &RowView) -> [(String, Value); 2] {
    let because = row.decided_because().map(encode::cause);
    ["rule", "policy"].map(|kind| {
        let decided = because.as_ref().filter(|(name, _)| *name == kind);
        (format!("decided_by_{kind}"), decided.map_or(Value::Null, |(_, cause)| cause.clone()))
    })
}

fn list_fields(row: &RowView) -> Map<String, Value> {
    let frozen = &row.frozen;
    let text = |column: &str| frozen.text(column).map_or(Value::Null, Value::from);
    let mut item = approval::fields(row);
    let more = [
        ("email", text("source.email")),
        ("account_type", text("source.account_type")),
        ("account_status", text("source.status")),
        ("department", text("source.department")),
        ("platform", text("source.platform")),
        ("data_source_name", text("source.datasource_name")),
        ("risk_score", frozen.int("risk.score").map_or(Value::Null, Value::from)),
        ("risk_level", text("risk.level")),
        ("ai_recommendation", brief(frozen)),
        ("owner", owner(frozen, &["id", "name", "email"])),
        ("batch_group_id", group(frozen)),
    ];
    item.extend(more.map(|(name, value)| (name.to_owned(), value)));
    item
}

/// The identity behind the account; `null` when there is none.
fn owner(frozen: &Frozen, fields: &[&str]) -> Value {
    if frozen.text("owner.id").is_none() {
        return Value::Null;
    }
    let value = |field: &str| frozen.cell(&format!("owner.{field}")).map_or(Value::Null, encode::cell);
    fields.iter().map(|field| ((*field).to_owned(), value(field))).collect()
}

/// The batch group that the account is in; `null` when it is in none.
fn group(frozen: &Frozen) -> Value {
    let number = frozen.int("batch.group").and_then(|number| u32::try_from(number).ok());
    number.map_or(Value::Null, |number| app::group::id(number).into())
}

/// What is recommended, in short; `null` when nothing is.
fn brief(frozen: &Frozen) -> Value {
    advice::brief(frozen).map_or(Value::Null, |brief| Value::Object(brief_fields(brief)))
}

fn brief_fields(brief: Brief) -> Map<String, Value> {
    let fields = [("decision", Value::from(brief.suggestion.word())), ("confidence", Value::from(brief.confidence))];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What is recommended for an account and why, as it was stored when the campaign started; `None` when nothing is.
#[must_use]
pub fn recommendation(frozen: &Frozen) -> Option<Value> {
    let Recommendation { brief, words, at } = advice::recommendation(frozen)?;
    let mut fields = brief_fields(brief);
    let more = [
        ("reason", Value::from(words.reason)),
        ("primary_factors", Value::from(words.primary_factors)),
        ("risk_indicators", Value::from(words.risk_indicators)),
        ("data_gaps", Value::from(words.data_gaps)),
        ("generated_at", Value::from(encode::time(at))),
    ];
    fields.extend(more.map(|(name, value)| (name.to_owned(), value)));
    Some(Value::Object(fields))
}

/// Every attribute of the account, under the names of the query builder where it has one.
fn account(frozen: &Frozen) -> Value {
    frozen.scope("source").map(|(attribute, cell)| (name_of(attribute).to_owned(), encode::cell(cell))).collect()
}

/// The risk assessment as it was computed when the campaign started.
#[must_use]
pub fn encode_risk(row: &RowView) -> Value {
    let frozen = &row.frozen;
    let factors = |column: &str, encode: fn(&FactorInfo) -> Value| -> Vec<Value> {
        let codes = frozen.list(column).into_iter();
        codes.filter_map(Factor::from_code).map(|factor| encode(&factor.info())).collect()
    };
    json!({
        "score": frozen.int("risk.score"),
        "level": frozen.text("risk.level"),
        "triggered_factors": factors("risk.triggered", triggered),
        "passing_factors": factors("risk.passing", passing),
    })
}

fn triggered(info: &FactorInfo) -> Value {
    let FactorInfo { name, description, weight, severity, .. } = info;
    json!({ "name": name, "description": description, "weight": weight, "severity": severity.word() })
}

fn passing(info: &FactorInfo) -> Value {
    let FactorInfo { passing_name, passing_description, .. } = info;
    json!({ "name": passing_name, "description": passing_description, "weight": 0, "severity": Level::Low.word() })
}

/// Groups and roles of the account, by name.
#[must_use]
pub fn encode_entitlements(row: &RowView) -> Value {
    let list = |column: &str, fields: &[&str]| -> Vec<Value> {
        let stored = row.frozen.list(column).into_iter().filter_map(|text| serde_json::from_str::<Value>(text).ok());
        let mut entries: Vec<_> = stored.map(|entry| entitlement(&entry, fields)).collect();
        entries.sort_by(|left, right| by_name(left).cmp(&by_name(right)));
        entries
    };
    json!({
        "groups": list("entitlements.groups", &["id", "name", "is_high_privilege"]),
        "roles": list("entitlements.roles", &["id", "name", "platform", "data_source_name"]),
    })
}

/// The documented fields of an entitlement, each of them there; a group is of high privilege only when that is known.
fn entitlement(entry: &Value, fields: &[&str]) -> Value {
    let value = |field: &str| match entry.get(field) {
        Some(value) if !value.is_null() => value.clone(),
        Some(_) | None if field == "is_high_privilege" => Value::Bool(false),
        Some(_) | None => Value::Null,
    };
    fields.iter().map(|field| ((*field).to_owned(), value(field))).collect()
}

fn by_name(entry: &Value) -> (&str, &str) {
    let text = |field: &str| entry.get(field).and_then(Value::as_str).unwrap_or_default();
    (text("name"), text("id"))
}

#[cfg(test)]
mod tests;
