//! Accounts without the columns that are hidden from the caller. Every field stays, so that clients find what they know; what
//! is hidden is `null`. Ids of accounts stay, because they name what is decided on.

use app::review::RowView;
use serde_json::{Map, Value};

/// What is hidden from whoever sees the row, taken out of what is shown of it.
pub(super) fn of_caller(row: &RowView, mut fields: Map<String, Value>) -> Map<String, Value> {
    row.hidden.iter().for_each(|column| leave_out(&mut fields, column));
    fields
}

fn leave_out(item: &mut Map<String, Value>, column: &str) {
    match column.split_once('.') {
        Some(("source", attribute)) => {
            let name = match attribute {
                "name" => "account_name",
                "status" => "account_status",
                "datasource_name" => "data_source_name",
                // What is decided on has to have a name.
                "id" => return,
                other => other,
            };
            if SHOWN.contains(&name) {
                blank(item, name);
            }
            if let Some(Value::Object(account)) = item.get_mut("account") {
                account.remove(super::names::name_of(attribute));
            }
        }
        Some(("destination", attribute @ ("id" | "name"))) => blank(item, &format!("application_{attribute}")),
        Some(("owner", attribute)) => {
            if let Some(Value::Object(owner)) = item.get_mut("owner") {
                blank(owner, attribute);
            }
        }
        Some(_) => {}
        None => known(item, column),
    }
}

/// The fields of an item that tell an attribute of the account.
const SHOWN: [&str; 7] =
    ["account_name", "email", "account_type", "account_status", "department", "platform", "data_source_name"];

/// A column that every row has.
fn known(item: &mut Map<String, Value>, column: &str) {
    let names: &[&str] = match column {
        "notes" => &["comment"],
        "reviewers" => &["reviewer"],
        "decision" | "status" => &["status", "decision", "undo_expires_at", "decided_by_rule", "decided_by_policy"],
        "decision_at" => &["decided_at", "undo_expires_at"],
        "decision_by" | "decision_by_email" => &["decided_by"],
        _ => &[],
    };
    names.iter().for_each(|name| blank(item, name));
}

/// What is there becomes `null`.
fn blank(fields: &mut Map<String, Value>, name: &str) {
    if let Some(field) = fields.get_mut(name) {
        *field = Value::Null;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::campaigns::item;
    use crate::fixture;
    use crate::openapi::check::fits;

    fn without(columns: &[&str]) -> Value {
        let hidden = columns.iter().map(|column| (*column).to_owned()).collect();
        item::encode(&RowView { hidden, note: Some("fine".to_owned()), ..fixture::row() }, &[])
    }

    #[test]
    fn what_is_hidden_is_null_and_everything_else_stays() {
        let whole = without(&[]);
        let columns = [
            "source.name",
            "source.id",
            "source.department",
            "source.customprop_desk",
            "destination.name",
            "owner.title",
            "notes",
            "reviewers",
            "waypoint.id",
            "concrete_permissions",
        ];
        let shown = without(&columns);
        fits("ReviewItem", &shown);
        for name in ["account_name", "department", "application_name", "comment", "reviewer"] {
            assert!(!whole[name].is_null() && shown[name].is_null(), "{name}");
        }
        assert_eq!((&shown["account_id"], &shown["application_id"]), (&whole["account_id"], &whole["application_id"]));
        assert_eq!((&shown["owner"]["title"], &shown["owner"]["name"]), (&Value::Null, &whole["owner"]["name"]));
        for name in ["account_name", "department", "customprop_desk"] {
            assert!(whole["account"].get(name).is_some() && shown["account"].get(name).is_none(), "{name}");
        }
        assert_eq!(shown["account"]["id"], "acct-7731");
    }

    #[test]
    fn a_hidden_decision_is_told_by_no_other_field() {
        let shown = without(&["decision", "decision_at", "decision_by"]);
        fits("ReviewItem", &shown);
        for name in ["status", "decision", "decided_at", "decided_by", "undo_expires_at"] {
            assert_eq!(shown[name], json!(null), "{name}");
        }
    }
}
