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
            result.remove("reviewer_assignment");
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
        "decision_by" => {
            result.remove("decision_by");
            PARTS.iter().for_each(|part| in_log(result, |entry| unnamed(entry, "decision_by", part)));
        }
        "decision_at" | "marked_fixed_at" | "signed_off_at" => {
            result.remove(column);
            let person = column.replace("_at", "_by");
            in_log(result, |entry| {
                if tells_of(entry, &person) {
                    entry.remove("time");
                }
                true
            });
        }
        "automation_run_ids" => {
            result.remove(column);
            in_log(result, |entry| {
                entry.remove(column);
                true
            });
        }
        "updated_at" | "notification_status" => _ = result.remove(column),
        _ => of_person(result, column),
    }
}

/// What a person is known by.
const PARTS: [&str; 3] = ["id", "name", "email"];

/// Id, name or e-mail address of somebody, who stays a person: what is hidden is empty, in the log too.
fn of_person(result: &mut Map<String, Value>, column: &str) {
    if let Some((person, part)) = column.rsplit_once('_')
        && matches!(person, "decision_by" | "marked_fixed_by" | "signed_off_by")
        && PARTS.contains(&part)
    {
        blank(result.get_mut(person), part);
        in_log(result, |entry| unnamed(entry, person, part));
    }
}

/// Whether an entry of the log tells of this person of the row, or who that was, and when. A note that comes with a decision is
/// written by whoever decides.
fn tells_of(entry: &Map<String, Value>, person: &str) -> bool {
    let is_fixed = entry
        .get("decision_detail")
        .and_then(|detail| detail.get("decision"))
        .is_some_and(|decision| decision.as_str().is_some_and(|decision| decision.ends_with("FIXED")));
    match person {
        "signed_off_by" => is(entry, "SIGNED_OFF") || is(entry, "SIGN_OFF_UNDONE"),
        "marked_fixed_by" => is(entry, "DECISION") && is_fixed,
        _ => is(entry, "DECISION") || is(entry, "DECISION_CLEARED") || is(entry, "NOTE_ADDED"),
    }
}

/// Empties a part of whoever an entry of the log names, where that tells who this person of the row is, or was.
fn unnamed(entry: &mut Map<String, Value>, person: &str, part: &str) -> bool {
    if tells_of(entry, person) {
        blank(entry.get_mut("user"), part);
        let cleared = entry.get_mut("decision_cleared_detail");
        blank(cleared.and_then(|detail| detail.get_mut("original_decider")), part);
    }
    true
}

fn blank(person: Option<&mut Value>, part: &str) {
    if let Some(part) = person.and_then(|person| person.get_mut(part)) {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A result that Lena decided, signed off and cleared, and Omar marked as fixed.
    fn without_columns(columns: &[&str]) -> Value {
        let lena = json!({ "user_type": "OktaUser", "id": "lena", "name": "Lena", "email": "l@corp.example" });
        let omar = json!({ "user_type": "OktaUser", "id": "omar", "name": "Omar", "email": "o@corp.example" });
        let time = "2026-05-01T08:00:00Z";
        let entry = |action: &str, user: &Value| json!({ "action": action, "user": user, "time": time });
        let mut fixed = entry("DECISION", &omar);
        fixed["decision_detail"] = json!({ "decision": "RESULT_DECISION_FIXED" });
        let mut cleared = entry("DECISION_CLEARED", &omar);
        cleared["decision_cleared_detail"] = json!({ "original_decider": lena });
        let mut decided = entry("DECISION", &lena);
        decided["automation_run_ids"] = json!(["run"]);
        let log = [decided, entry("NOTE_ADDED", &lena), entry("SIGNED_OFF", &lena), fixed, cleared];
        let result = json!({ "decision_by": lena, "decision_at": time, "signed_off_by": lena, "marked_fixed_by": omar, "action_log_entries": log });
        let Value::Object(mut result) = result else { panic!("a result") };
        columns.iter().for_each(|column| leave_out(&mut result, column));
        result.into()
    }

    /// The names in the log, in order; those of who decided before something was cleared last.
    fn names(result: &Value) -> Vec<&str> {
        let entries = result["action_log_entries"].as_array().unwrap();
        let users = entries.iter().map(|entry| entry["user"]["name"].as_str().unwrap());
        let cleared = entries
            .iter()
            .filter_map(|entry| entry.pointer("/decision_cleared_detail/original_decider/name")?.as_str());
        users.chain(cleared).collect()
    }

    #[test]
    fn somebody_whose_name_is_hidden_is_not_named_in_the_log_either() {
        assert_eq!(names(&without_columns(&[])), ["Lena", "Lena", "Lena", "Omar", "Omar", "Lena"]);
        let by = without_columns(&["decision_by_name"]);
        assert_eq!((names(&by), &by["decision_by"]["name"]), (vec!["", "", "Lena", "", "", ""], &json!("")));
        assert_eq!(by["action_log_entries"][0]["user"]["email"], "l@corp.example", "what is not hidden stays");
        let signed = without_columns(&["signed_off_by_name"]);
        assert_eq!(names(&signed), ["Lena", "Lena", "", "Omar", "Omar", "Lena"]);
        let fixed = without_columns(&["marked_fixed_by_name"]);
        assert_eq!(names(&fixed), ["Lena", "Lena", "Lena", "", "Omar", "Lena"]);
    }

    /// Whether the entries of the log tell when they were made.
    fn timed(result: &Value) -> Vec<bool> {
        result["action_log_entries"].as_array().unwrap().iter().map(|entry| entry.get("time").is_some()).collect()
    }

    #[test]
    fn a_time_that_is_hidden_stands_in_the_log_neither() {
        assert_eq!(timed(&without_columns(&[])), [true; 5]);
        let decided = without_columns(&["decision_at"]);
        assert_eq!((timed(&decided), decided.get("decision_at")), (vec![false, false, true, false, false], None));
        assert_eq!(timed(&without_columns(&["signed_off_at"])), [true, true, false, true, true]);
        assert_eq!(timed(&without_columns(&["marked_fixed_at"])), [true, true, true, false, true]);
        let updated = without_columns(&["updated_at", "decision_by_name"]);
        assert_eq!(timed(&updated), [true; 5], "that something was changed is not what is hidden");
    }

    #[test]
    fn runs_that_are_hidden_stand_in_the_log_neither() {
        let entry = |result: &Value| result["action_log_entries"][0].get("automation_run_ids").cloned();
        assert_eq!(entry(&without_columns(&[])), Some(json!(["run"])));
        assert_eq!(entry(&without_columns(&["automation_run_ids"])), None);
    }

    #[test]
    fn who_decided_is_hidden_altogether() {
        let hidden = without_columns(&["decision_by"]);
        assert_eq!(hidden.get("decision_by"), None);
        assert_eq!(names(&hidden), ["", "", "Lena", "", "", ""]);
        assert_eq!(
            hidden["action_log_entries"][0]["user"],
            json!({ "user_type": "OktaUser", "id": "", "name": "", "email": "" })
        );
        let parts = without_columns(&["decision_by_id", "decision_by_email", "decision_by_at"]);
        assert_eq!(parts["action_log_entries"][0]["user"]["id"], "");
        assert_eq!(parts["action_log_entries"][0]["user"]["name"], "Lena");
    }
}
