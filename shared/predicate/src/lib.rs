//! Predicates over rows: three languages, one meaning, one evaluator.
//!
//! ```text
//! SCIM filter ─┐
//! rule         ├─ parse ─▶ Syntax ─ lower ─▶ Expr ─ check(Schema) ─▶ Checked ─ select(Batch) ─▶ rows
//! JSON query  ─┘           (places)          (one tree)                      └ may_match(ZoneMap)
//! ```
//!
//! A front end reports all faults at once, with the characters (or JSON fields) concerned. [`Checked`] is made by
//! checking alone and is all that can be evaluated. It reads a [`columns::Batch`]; columns that change, such as
//! `decision`, are laid over the frozen ones by the caller and are nothing special here. A column that the batch does not
//! have is an attribute that is missing everywhere.
//!
//! # What conditions mean
//!
//! | | SCIM filters | rules | JSON queries |
//! |---|---|---|---|
//! | case in `eq`, `ne`, `gt` to `le` | matters | ignored | ignored |
//! | case in `co`, `sw`, `ew` | ignored | ignored | ignored |
//! | case in names of enums, booleans, e-mail addresses of reviewers | ignored | ignored | ignored |
//! | missing value: tests that hold | `ne`, `eq null` | `!=`, `IS NULL` | `not_equals`, `not_contains`, `is_null` |
//! | present but empty (`""`, `[]`) | `pr` is false | is a value | is a value |
//! | several values | one that passes is enough; `ne`: none equals | as SCIM | as SCIM |
//! | related entities (`group`, `role`, `classification`) | are lists like others | any one passes | one and the same passes all |
//! | type of the value sought | any | must fit the field | must fit the field |
//!
//! For all of them, with the value of the row on the left and the value sought on the top:
//!
//! | | text | number | boolean |
//! |---|---|---|---|
//! | text | as instants if both are RFC 3339, else as text | as numbers if the text is one; else `eq` is false and order is that of text | `eq`: the text is `true` or `false` in any case; order: false |
//! | number | as numbers if the text sought is one; else `eq` is false and order is that of text | as numbers | false |
//! | boolean | `eq`: the text sought is `true` or `false` in any case; order: false | false | `eq`; order: false |
//! | instant | as instants if the text sought is RFC 3339 or a date; else `eq` is false and order is that of text | as if the number were text | false |
//!
//! `co`, `sw` and `ew` compare the value as text: numbers in decimal, instants as RFC 3339 in UTC. Nothing but `eq` and
//! `ne` holds of `null`. A date means its first instant in UTC. Whole numbers compare exactly, others as fractions.
//! A test of a related entity fails where a row has none of its kind, whatever it asks.
//!
//! Every bound of the inputs is in [`limits`]; parsing takes time linear in the length of the input.

mod boolean;
pub mod catalogue;
mod check;
pub mod derive;
mod eval;
mod expr;
mod instant;
pub mod limits;
mod lower;
mod matcher;
mod node;
mod order;
pub mod places;
mod print;
mod prune;
pub mod query;
mod related;
pub mod rule;
mod scan;
mod schema;
pub mod scim;
pub mod sort;
mod syntax;
mod table;
mod words;

pub use check::{Checked, check, missing};
pub use eval::Evaluator;
pub use expr::{Case, Expr, Origin, Relation, Test};
pub use lower::{Dialect, RELATED, lower};
pub use schema::{ColumnRef, EnumType, Field, Schema, Type};
pub use syntax::{At, Condition, Fault, Faults, Literal, Number, Operator, Span, Syntax};

/// Reads and checks a SCIM filter. An empty filter is a fault: whether it means everything is for the caller to say.
///
/// # Errors
/// All faults found: those of the text, or, when it reads well, those of its meaning.
pub fn filter(text: &str, schema: &Schema) -> Result<Checked, Faults> {
    let syntax = scim::parse(text)?;
    let checked = check(&lower(&syntax, Dialect::Scim), schema)?;
    let is_bare = matches!(syntax, Syntax::Condition(_)) && !text.trim_start().starts_with('(');
    if schema.is_single() && !is_bare {
        let bracket = text.find('(').unwrap_or_default();
        return Err(vec![Fault::new(At::span(bracket, bracket + 1), "the one condition stands without brackets")]);
    }
    Ok(checked)
}

/// Reads and checks the condition of a rule.
///
/// # Errors
/// As [`filter`].
pub fn condition(text: &str) -> Result<Checked, Faults> {
    check(&lower(&rule::parse(text)?, Dialect::Rule), &places::rule())
}

/// Reads and checks a query of the query builder.
///
/// # Errors
/// As [`filter`], by JSON field.
pub fn json_query(query: &serde_json::Value) -> Result<Checked, Faults> {
    check(&lower(&query::parse(query)?, Dialect::Query), &places::query())
}
