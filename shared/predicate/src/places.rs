//! Where predicates are written, and what each place allows.
//!
//! | place | attributes | operators |
//! |---|---|---|
//! | [`frozen`] | `source.*`, `destination.*`, `waypoint.*`, `path_summary.*`, any alias, `abstract_permissions`, `concrete_permissions` | all |
//! | [`previous`] | `previous.decision`, `previous.notes`, `previous.signed_off_state` | all |
//! | [`current`] | `decision`, `notes`, `signed_off_state`, `notification_status` | all |
//! | [`listed`] | as `current`, and `reviewers` | all |
//! | [`lines`] | `line.approver`, `line.response`, `line.result`, `line.answered_at` | all |
//! | [`quick`] | one condition on what `frozen` has, without `path_summary`, with a string and without brackets | `co`, `eq`, `ne`, `sw`, `ew` |
//! | [`node`] | the attributes of one inventory node, bare or below its scope | all |
//! | [`query`] | the fields of the query builder | those it offers for the field |
//! | [`rule`] | the fields of the query builder, and `account.mfa_enabled` | those that fit the type |
//! | [`sortable`] | what [`frozen`] has of single values, and the columns of decisions | |
//!
//! Columns of decisions hold the names without prefix (`ACCEPTED`), and exist only where the caller lays them over the
//! frozen ones: `decision`, `signed_off_state`, `notification_status`, `notes`, and for `reviewers` the lists
//! `reviewers.email`, `reviewers.name` and `reviewers.id`; for the previous review `previous.decision` and so on.

use crate::catalogue;
use crate::expr::Case;
use crate::schema::{ColumnRef, EnumType, Field, Schema, Type};
use crate::syntax::Operator;

/// Decisions on a row.
pub static DECISION: EnumType =
    EnumType { prefix: "RESULT_DECISION_", names: &["UNKNOWN", "NONE", "ACCEPTED", "REJECTED", "FIXED"], aliases: &[] };

/// Whether a row is signed off.
pub static SIGNED_OFF_STATE: EnumType = EnumType {
    prefix: "SIGNED_OFF_STATE_",
    names: &["UNKNOWN_SIGNED_OFF", "NOT_SIGNED_OFF", "SIGNED_OFF"],
    aliases: &[("UNKNOWN", "UNKNOWN_SIGNED_OFF")],
};

/// What became of the message about a row.
pub static NOTIFICATION_STATUS: EnumType =
    EnumType { prefix: "NOTIFICATION_STATUS_", names: &["UNKNOWN", "PENDING", "SUCCEED", "FAILED"], aliases: &[] };

const QUICK_OPERATORS: [Operator; 5] =
    [Operator::Contains, Operator::Equals, Operator::NotEquals, Operator::StartsWith, Operator::EndsWith];

/// What is under review: filters of automations and smart actions, of lists and exports.
#[must_use]
pub fn frozen() -> Schema {
    permissions(Schema::new().open(&["source", "destination", "waypoint", "path_summary"]).with_aliases())
}

/// The same row in the previous review. Of a row that had none, nothing holds.
#[must_use]
pub fn previous() -> Schema {
    Schema::new()
        .field("previous.decision", Field::new(Type::Enum(&DECISION), "previous.decision"))
        .field("previous.notes", Field::new(Type::Any, "previous.notes"))
        .field("previous.signed_off_state", Field::new(Type::Enum(&SIGNED_OFF_STATE), "previous.signed_off_state"))
        .guarded("previous.decision")
}

/// The decision on the row as it stands.
#[must_use]
pub fn current() -> Schema {
    Schema::new()
        .field("decision", Field::new(Type::Enum(&DECISION), "decision"))
        .field("notes", Field::new(Type::Any, "notes"))
        .field("signed_off_state", Field::new(Type::Enum(&SIGNED_OFF_STATE), "signed_off_state"))
        .field("notification_status", Field::new(Type::Enum(&NOTIFICATION_STATUS), "notification_status"))
}

/// The decision on the row as it stands, and who reviews it.
#[must_use]
pub fn listed() -> Schema {
    let column = |name: &str, case| ColumnRef { name: name.to_owned(), case };
    let columns = vec![
        column("reviewers.email", Some(Case::Ignored)),
        column("reviewers.name", None),
        column("reviewers.id", None),
    ];
    current().field("reviewers", Field { kind: Type::TextList, columns, operators: Vec::new() })
}

/// Lines of the run history of a campaign.
#[must_use]
pub fn lines() -> Schema {
    let approver = ColumnRef { name: "line.approver".to_owned(), case: Some(Case::Ignored) };
    Schema::new()
        .field("line.approver", Field { kind: Type::Text, columns: vec![approver], operators: Vec::new() })
        .field("line.response", Field::new(Type::Text, "line.response"))
        .field("line.result", Field::new(Type::Text, "line.result"))
        .field("line.answered_at", Field::new(Type::Time, "line.answered_at"))
}

/// A saved filter of one condition.
#[must_use]
pub fn quick() -> Schema {
    let schema = Schema::new().open(&["source", "destination", "waypoint"]).with_aliases();
    permissions(schema).single(&QUICK_OPERATORS)
}

/// The attributes of one inventory node in a query, bare or below the scope it stands for (`source`, ...).
#[must_use]
pub fn node(scope: &'static str) -> Schema {
    Schema::new().open(&[scope]).with_bare_names()
}

/// The JSON conditions of the query builder: its fields, each with the operators it offers.
#[must_use]
pub fn query() -> Schema {
    catalogue::query_schema()
}

/// The conditions of rules: the fields of the query builder, with every operator that fits their type.
#[must_use]
pub fn rule() -> Schema {
    catalogue::rule_schema()
}

/// What rows may be sorted by.
#[must_use]
pub fn sortable() -> Schema {
    Schema::new().open(&["source", "destination", "waypoint"]).with_aliases()
}

fn permissions(schema: Schema) -> Schema {
    ["abstract_permissions", "concrete_permissions"]
        .into_iter()
        .fold(schema, |schema, name| schema.field(name, Field::new(Type::Any, name)))
}
