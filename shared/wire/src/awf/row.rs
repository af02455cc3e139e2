//! How a result is shown: the frozen pair, what was decided, and the log of how that came to be.

mod hiding;

use app::page::Page;
use app::review::{BulkOutcome, Cell, Frozen, LogAction, LogLine, Marking, RowOutcome, RowView, SignOffOutcome};
use domain::automatic::Cause;
use domain::ids::RowId;
use domain::outlier::Rarity;
use domain::page::ClearedReason;
use domain::row::{Decision, NotificationStatus, RowState};
use serde_json::{Map, Value, json};

use super::enums::{DECISION, SIGNED_OFF};
use super::{assignment, paging, user};
use crate::encode;

/// A single result.
#[must_use]
pub fn encode_value(row: &RowView) -> Value {
    json!({ "value": encode(row) })
}

/// A page of results.
#[must_use]
pub fn encode_page(page: &Page<RowView>) -> Value {
    let values: Vec<_> = page.items.iter().map(encode).collect();
    json!({
        "values": values,
        "next_page_token": paging::next(page),
        "has_more": page.has_more(),
        "has_previous": page.has_previous,
    })
}

/// What became of a sign-off.
#[must_use]
pub fn encode_sign_off(outcome: SignOffOutcome) -> Value {
    let SignOffOutcome { signed_off, skipped } = outcome;
    json!({ "signed_off": signed_off, "skipped": skipped })
}

/// What became of many rows.
#[must_use]
pub fn encode_bulk(outcome: &BulkOutcome) -> Value {
    let updated = outcome.updated();
    let results: Vec<_> = outcome.rows.iter().map(|(row, outcome)| bulk_row(*row, *outcome)).collect();
    json!({
        "matched": outcome.rows.len(),
        "updated": updated,
        "skipped": outcome.rows.len() - updated,
        "results": results,
        "next_page_token": outcome.next.as_deref().unwrap_or_default(),
        "has_more": outcome.next.is_some(),
    })
}

fn bulk_row(row: RowId, outcome: RowOutcome) -> Value {
    match outcome {
        RowOutcome::Updated => json!({ "result_id": row.0, "outcome": "UPDATED" }),
        RowOutcome::Unchanged => json!({ "result_id": row.0, "outcome": "UNCHANGED" }),
        RowOutcome::Skipped(reason) => json!({ "result_id": row.0, "outcome": "SKIPPED", "reason": reason }),
    }
}

/// A result with every field; what belongs to parts that have nothing to say is empty.
pub(super) fn encode(row: &RowView) -> Value {
    let frozen = frozen_fields(row);
    let decided = decided_fields(row);
    let silent = json!({
        "reviewer_assignment": row.assignment.as_deref().map(assignment::encode),
        "automation_run_ids": row.state.automation_runs,
        "revoke_request_infos": [],
        "predefined_question_response": [],
        "display": row.display.iter().map(marking).collect::<Vec<_>>(),
        "outlier_info": outlier_info(&row.frozen),
    });
    let parts = [frozen, decided, silent].into_iter();
    let fields = parts.filter_map(|part| if let Value::Object(fields) = part { Some(fields) } else { None });
    let mut result: Map<String, Value> = fields.flatten().collect();
    row.hidden.iter().for_each(|column| hiding::leave_out(&mut result, column));
    Value::Object(result)
}

/// What an automation shows beside the row. Without a colour, the usual one.
fn marking(marking: &Marking) -> Value {
    let Marking { automation, display } = marking;
    let mut fields = Map::new();
    fields.insert("automation_id".to_owned(), automation.to_string().into());
    fields.insert("display_style".to_owned(), display.style.word().into());
    fields.insert("display_text".to_owned(), display.text.as_str().into());
    fields.extend(display.color.as_ref().map(|color| ("highlight_color".to_owned(), color.as_str().into())));
    Value::Object(fields)
}

/// How rare the access is among comparable sources; `null` where the row was not judged.
fn outlier_info(frozen: &Frozen) -> Value {
    let count = |column: &str| frozen.int(column).and_then(|count| u32::try_from(count).ok());
    let threshold = match frozen.cell("outlier.threshold") {
        Some(Cell::Float(threshold)) => Some(threshold),
        _ => None,
    };
    let (Some(peers), Some(holders), Some(threshold)) = (count("outlier.peers"), count("outlier.holders"), threshold)
    else {
        return Value::Null;
    };
    let rarity = Rarity { peers, holders, threshold };
    let (bound, percent) = (rarity.lower_bound(), threshold * 100.0);
    let (verdict, against) = if rarity.is_outlier() { ("Rare", "at most") } else { ("Usual", "more than") };
    json!({
        "is_outlier": rarity.is_outlier(),
        "peer_count": peers,
        "holder_count": holders,
        "lower_bound": (bound * 1e6).round() / 1e6,
        "threshold": threshold,
        "explanation": format!(
            "{verdict}: {holders} of {peers} comparable sources have this access; with 95 % confidence that is a share of at least {:.1} %, {against} the threshold of {percent} %.",
            bound * 100.0
        ),
    })
}

fn frozen_fields(row: &RowView) -> Value {
    let frozen = &row.frozen;
    json!({
        "result_id": row.row.0,
        "source": node(frozen, "source"),
        "destination": node(frozen, "destination"),
        "waypoint": node(frozen, "waypoint"),
        "path_summary": path_summary(frozen),
        "joined_nodes": joined_nodes(row),
        "accumulated_effective_permissions": frozen.list("abstract_permissions"),
        "accumulated_raw_permissions": frozen.list("concrete_permissions"),
        "risk_level": frozen.text("risk.level"),
    })
}

/// A node with its attributes flattened beside id, name and type; `null` when the row has none.
pub(super) fn node(frozen: &Frozen, scope: &str) -> Value {
    let text = |attribute: &str| frozen.text(&format!("{scope}.{attribute}"));
    let Some(id) = text("id") else { return Value::Null };
    let mut node = Map::new();
    node.insert("id".to_owned(), id.into());
    node.insert("name".to_owned(), text("name").unwrap_or_default().into());
    node.insert("type".to_owned(), text("type").unwrap_or_default().into());
    for (attribute, cell) in frozen.scope(scope) {
        // A node's own attribute never takes the place of what names it.
        node.entry(attribute).or_insert_with(|| encode::cell(cell));
    }
    Value::Object(node)
}

/// The intermediates that the query asks to be summarised, which lie in lists side by side.
fn path_summary(frozen: &Frozen) -> Vec<Value> {
    let list = |name: &str| frozen.list(&format!("path_summary.{name}"));
    let [ids, names, types, sources] = ["id", "name", "type", "datasource_id"].map(list);
    let nodes = ids.into_iter().zip(names).zip(types.into_iter().zip(sources));
    nodes
        .map(|((id, name), (kind, source))| json!({ "id": id, "name": name, "type": kind, "datasource_id": source }))
        .collect()
}

/// The joined entities by alias; an alias that found none is not there.
fn joined_nodes(row: &RowView) -> Value {
    let found = |alias: &String| Some((alias.clone(), node(&row.frozen, alias))).filter(|(_, node)| !node.is_null());
    row.aliases.iter().filter_map(found).collect::<Map<_, _>>().into()
}

fn decided_fields(row: &RowView) -> Value {
    let RowState { decision, flagged, signed_off, decided, marked_fixed, notification, updated, version, .. } =
        &row.state;
    let at = |mark: &Option<domain::row::Mark>| encode::optional_time(mark.as_ref().map(|mark| mark.at));
    let reassigned = row.state.reviewers.is_some();
    let old = if reassigned { user::encode_all(&row.frozen.assigned()) } else { json!([]) };
    let log: Vec<_> = row.log.iter().flatten().filter_map(log_line).collect();
    json!({
        "decision": DECISION.name(*decision),
        "decision_at": at(decided),
        "decision_by": user::encode_optional(row.decided_by.as_ref()),
        "marked_fixed_at": at(marked_fixed),
        "marked_fixed_by": user::encode_optional(row.marked_fixed_by.as_ref()),
        "flagged": flagged,
        "notes": row.note.as_deref().unwrap_or_default(),
        "reviewers": user::encode_all(&row.reviewers),
        "old_reviewers": old,
        "is_assigned_to_current_user": row.assigned_to_caller,
        "signed_off_state": SIGNED_OFF.name(signed_off.is_some()),
        "signed_off_at": at(signed_off),
        "signed_off_by": user::encode_optional(row.signed_off_by.as_ref()),
        "updated_at": at(updated),
        "updated_by": user::encode_optional(row.updated_by.as_ref()),
        "notification_status": notification_name(*notification),
        "notification_response_infos": row.log.iter().flatten().filter_map(answer).collect::<Vec<_>>(),
        "action_log_entries": log,
        "version": version,
    })
}

/// One entry of the action log. How a removal goes stands in fields of its own and is no action of anybody.
fn log_line(line: &LogLine) -> Option<Value> {
    let LogLine { at, by, what, cause } = line;
    let (action, detail) = match what {
        LogAction::Decided { decision, note } => ("DECISION", Some(decision_detail(*decision, note.as_deref()))),
        LogAction::Flagged => ("DECISION", Some(flagged_detail())),
        LogAction::Cleared { reason, previous, decider } => {
            let detail = json!({
                "previous_decision": DECISION.prefixed(*previous),
                "original_decider": user::encode_optional(decider.as_ref()),
                "reason": reason_name(*reason),
            });
            ("DECISION_CLEARED", Some(("decision_cleared_detail", detail)))
        }
        LogAction::Note { text } => ("NOTE_ADDED", Some(("note", text.as_deref().unwrap_or_default().into()))),
        LogAction::Reviewers { old, new } => {
            let detail = json!({ "old_reviewers": user::encode_all(old), "new_reviewers": user::encode_all(new) });
            ("REVIEWER_ASSIGNED", Some(("reviewer_detail", detail)))
        }
        LogAction::SignedOff => ("SIGNED_OFF", None),
        LogAction::SignOffUndone => ("SIGN_OFF_UNDONE", None),
        LogAction::Notification { .. } | LogAction::Answered { .. } => return None,
    };
    let mut entry = Map::new();
    entry.insert("action".to_owned(), action.into());
    entry.insert("user".to_owned(), user::encode(by));
    entry.insert("time".to_owned(), encode::time(*at).into());
    entry.extend(detail.map(|(name, detail)| (name.to_owned(), detail)));
    entry.insert("approval_level".to_owned(), 0.into());
    entry.extend(cause.map(encode::cause).map(|(name, cause)| (name.to_owned(), cause)));
    if let Some(Cause::Automation { run, .. }) = cause {
        entry.insert("automation_run_ids".to_owned(), json!([run]));
    }
    Some(Value::Object(entry))
}

/// What whoever removes access has told, or an administrator in their stead. What belongs to integrations that this product does not speak to is empty.
fn answer(line: &LogLine) -> Option<Value> {
    let LogAction::Answered { status, info } = &line.what else { return None };
    let info = info.as_deref().unwrap_or_default();
    let error = if *status == NotificationStatus::Failed { info } else { "" };
    Some(json!({
        "notification_type": 0,
        "webhook_type": 0,
        "status": notification_name(*status),
        "error_message": error,
        "updated_at": encode::time(line.at),
        "user": user::encode(&line.by),
        "snow_info": { "ticket_number": "", "sys_id": "" },
        "webhook_info": { "info": info },
        "jira_info": { "keys": [] },
        "slack_app_info": {},
    }))
}

fn decision_detail(decision: Decision, note: Option<&str>) -> (&'static str, Value) {
    let detail = json!({ "decision": DECISION.prefixed(decision), "note": note.unwrap_or_default() });
    ("decision_detail", detail)
}

/// A flag counts as no decision here, and says that it is one.
fn flagged_detail() -> (&'static str, Value) {
    let detail = json!({ "decision": DECISION.prefixed(Decision::None), "note": "", "flagged": true });
    ("decision_detail", detail)
}

const fn reason_name(reason: ClearedReason) -> &'static str {
    match reason {
        ClearedReason::ClearedByUser => "CLEARED_BY_USER",
        ClearedReason::Undone => "UNDONE",
        ClearedReason::ForceUpdated => "FORCE_UPDATED",
    }
}

const fn notification_name(status: NotificationStatus) -> &'static str {
    match status {
        NotificationStatus::Unknown => "UNKNOWN",
        NotificationStatus::Pending => "PENDING",
        NotificationStatus::Succeed => "SUCCEED",
        NotificationStatus::Failed => "FAILED",
    }
}

#[cfg(test)]
mod tests;
