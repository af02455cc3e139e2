//! Results without the columns that are hidden from the caller.

use serde_json::{Map, Value};

/// Takes a column out of a result, and out of its log what tells the same.
pub(super) fn leave_out(result: &mut Map<String, Value>, column: &str) {
    match column.split_once('.') {
        Some((scope @ ("source" | "destination" | "waypoint" | "path_summary"), attribute)) => {
            without(result.get_mut(scope), attribute);
        }
        Some((alias, attribute)) => {
            without(result.get_mut("joined_nodes").and_then(|joined| joined.get_mut(alias)), attribute);
        }
        None => known(result, column),
    }
}

/// A node without an attribute; of a list, every node.
fn without(node: Option<&mut Value>, attribute: &str) {
    match node {
        Some(Value::Object(fields)) => _ = fields.remove(attribute),
        Some(Value::Array(nodes)) => nodes.iter_mut().for_each(|node| without(Some(node), attribute)),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {}
    }
}

/// A column that every row has. Those that only screens make up out of others have nothing to be left out.
fn known(result: &mut Map<String, Value>, column: &str) {
    match column {
        "abstract_permissions" => _ = result.remove("accumulated_effective_permissions"),
        "concrete_permissions" => _ = result.remove("accumulated_raw_permissions"),
        "notes" => {
            result.remove("notes");
            in_log(result, |entry| {
                if let Some(Value::Object(decision)) = entry.get_mut("decision_detail") {
                    decision.remove("note");
                }
                !is(entry, "NOTE_ADDED")
            });
        }
        "reviewers" => {
            result.remove("reviewers");
            result.remove("old_reviewers");
            in_log(result, |entry| !is(entry, "REVIEWER_ASSIGNED"));
        }
        "decision" => {
            result.remove("decision");
            in_log(result, |entry| !is(entry, "DECISION") && !is(entry, "DECISION_CLEARED"));
        }
        "signed_off_state" => {
            result.remove("signed_off_state");
            in_log(result, |entry| !is(entry, "SIGNED_OFF") && !is(entry, "SIGN_OFF_UNDONE"));
        }
        "decision_by" => _ = result.remove("decision_by"),
        "updated_at"
        | "decision_at"
        | "marked_fixed_at"
        | "signed_off_at"
        | "notification_status"
        | "automation_run_ids" => _ = result.remove(column),
        _ => of_person(result, column),
    }
}

/// Id, name or e-mail address of somebody, who stays a person: what is hidden is empty.
fn of_person(result: &mut Map<String, Value>, column: &str) {
    if let Some((person, part)) = column.rsplit_once('_')
        && matches!(person, "decision_by" | "marked_fixed_by" | "signed_off_by")
        && let Some(part) = result.get_mut(person).and_then(|person| person.get_mut(part))
    {
        *part = Value::from("");
    }
}

/// Keeps those entries of the log that `keep` wants, which may change them.
fn in_log(result: &mut Map<String, Value>, keep: impl Fn(&mut Map<String, Value>) -> bool) {
    if let Some(Value::Array(entries)) = result.get_mut("action_log_entries") {
        entries.retain_mut(|entry| entry.as_object_mut().is_none_or(&keep));
    }
}

fn is(entry: &Map<String, Value>, action: &str) -> bool {
    entry.get("action").is_some_and(|held| held == action)
}
