//! The fields of the query builder: what it offers, as data, and the schema that rules and queries are checked against.

use crate::schema::{Field, Schema, Type};
use crate::syntax::Operator::{
    self, Contains, EndsWith, Equals, Greater, GreaterEqual, IsNotNull, IsNull, Less, LessEqual, NotContains,
    NotEquals, StartsWith,
};

/// One field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogueField {
    /// `account`, `owner`, `group`, `role` or `classification`.
    pub entity: &'static str,
    /// Its name.
    pub field: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// Its type.
    pub kind: Kind,
    /// The operators it offers, in the order to show them.
    pub operators: &'static [Operator],
    /// The column that holds it.
    pub column: &'static str,
}

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// An instant, or a date, which means its first instant in UTC.
    Date,
}

impl Kind {
    /// The name that clients see.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::Date => "date",
        }
    }

    fn type_of(self) -> Type {
        match self {
            Self::String => Type::Text,
            Self::Boolean => Type::Bool,
            Self::Number => Type::Number,
            Self::Date => Type::Time,
        }
    }
}

const STRINGS: &[Operator] = &[Equals, NotEquals, Contains, NotContains, StartsWith, EndsWith, IsNull, IsNotNull];
const NUMBERS: &[Operator] = &[Equals, NotEquals, Greater, Less, GreaterEqual, LessEqual, IsNull, IsNotNull];

const fn field(
    entity: &'static str,
    field: &'static str,
    label: &'static str,
    kind: Kind,
    operators: &'static [Operator],
    column: &'static str,
) -> CatalogueField {
    CatalogueField { entity, field, label, kind, operators, column }
}

/// Every field, in the order to show them. Ages in days are derived from instants by whoever provides the rows.
#[rustfmt::skip] // A table.
pub const FIELDS: [CatalogueField; 28] = [
    field("account", "department", "Department", Kind::String, &[Equals, NotEquals, Contains, IsNull, IsNotNull], "source.department"),
    field("account", "mfa_status", "MFA enabled", Kind::Boolean, &[Equals], "source.mfa_enabled"),
    field("account", "account_type", "Account type", Kind::String, STRINGS, "source.account_type"),
    field("account", "account_name", "Account name", Kind::String, STRINGS, "source.name"),
    field("account", "email", "E-mail", Kind::String, STRINGS, "source.email"),
    field("account", "status", "Status", Kind::String, STRINGS, "source.status"),
    field("account", "platform", "Platform", Kind::String, STRINGS, "source.platform"),
    field("account", "data_source_name", "Data source", Kind::String, STRINGS, "source.datasource_name"),
    field("account", "privileged", "Privileged", Kind::Boolean, &[Equals], "source.privileged"),
    field("account", "risk_score", "Risk score", Kind::Number, NUMBERS, "risk.score"),
    field("account", "login_age_days", "Days since last login", Kind::Number, NUMBERS, "source.login_age_days"),
    field("account", "password_age_days", "Days since password change", Kind::Number, NUMBERS, "source.password_age_days"),
    field("account", "last_login_at", "Last login", Kind::Date, NUMBERS, "source.last_login_at"),
    field("account", "created_at", "Created", Kind::Date, NUMBERS, "source.created_at"),
    field("owner", "title", "Title", Kind::String, &[Equals, Contains], "owner.title"),
    field("owner", "name", "Name", Kind::String, STRINGS, "owner.name"),
    field("owner", "email", "E-mail", Kind::String, STRINGS, "owner.email"),
    field("owner", "department", "Department", Kind::String, STRINGS, "owner.department"),
    field("owner", "location", "Location", Kind::String, STRINGS, "owner.location"),
    field("owner", "manager_email", "Manager's e-mail", Kind::String, STRINGS, "owner.manager_email"),
    field("owner", "status", "Status", Kind::String, STRINGS, "owner.status"),
    field("group", "name", "Name", Kind::String, &[Equals, Contains, StartsWith], "group.name"),
    field("group", "is_high_privilege", "High privilege", Kind::Boolean, &[Equals], "group.is_high_privilege"),
    field("group", "data_source_name", "Data source", Kind::String, STRINGS, "group.datasource_name"),
    field("role", "name", "Name", Kind::String, &[Equals, Contains], "role.name"),
    field("role", "platform", "Platform", Kind::String, STRINGS, "role.platform"),
    field("role", "data_source_name", "Data source", Kind::String, STRINGS, "role.datasource_name"),
    field("classification", "name", "Name", Kind::String, &[Equals], "classification.name"),
];

/// Other names under which rules know a field.
const ALIASES: [(&str, &str); 1] = [("account.mfa_enabled", "account.mfa_status")];

/// The fields of an entity, in the order to show them.
pub fn of_entity(entity: &str) -> impl Iterator<Item = &'static CatalogueField> {
    FIELDS.iter().filter(move |field| field.entity == entity)
}

/// What the JSON conditions of the query builder may use: each field with the operators it offers.
#[must_use]
pub fn query_schema() -> Schema {
    FIELDS.iter().fold(Schema::new(), |schema, field| schema.field(&path(field), typed(field, field.operators)))
}

/// What rules may use: each field with every operator that fits its type, also under its other names.
#[must_use]
pub fn rule_schema() -> Schema {
    let schema = FIELDS.iter().fold(Schema::new(), |schema, field| schema.field(&path(field), typed(field, &[])));
    ALIASES.iter().fold(schema, |schema, (alias, target)| match FIELDS.iter().find(|field| path(field) == *target) {
        Some(field) => schema.field(alias, typed(field, &[])),
        None => schema,
    })
}

fn path(field: &CatalogueField) -> String {
    format!("{}.{}", field.entity, field.field)
}

fn typed(field: &CatalogueField, operators: &[Operator]) -> Field {
    Field { operators: operators.to_vec(), ..Field::new(field.kind.type_of(), field.column) }
}
