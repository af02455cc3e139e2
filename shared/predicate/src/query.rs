//! The JSON conditions of the query builder.
//!
//! ```json
//! { "inclusion_filters": [ { "entity": "group", "field": "name", "operator": "equals", "value": "Treasury" } ],
//!   "exclusion_filters": [ { "entity": "account", "field": "account_type", "operator": "equals", "value": "service" } ] }
//! ```
//!
//! Inclusion: conditions are grouped by entity, one and the same related entity must satisfy all of its group, and every
//! group must be satisfied. Without any, nothing is included. Exclusion: each condition alone excludes.

use serde_json::{Map, Value};

use crate::limits;
use crate::lower::RELATED;
use crate::syntax::{At, Condition, Fault, Faults, Literal, Number, Operator, Syntax, note};

/// The entities that conditions may be about, in the order of the catalogue.
pub const ENTITIES: [&str; 5] = ["account", "owner", "group", "role", "classification"];

/// The operators and their names.
pub const OPERATORS: [(&str, Operator); 12] = [
    ("equals", Operator::Equals),
    ("not_equals", Operator::NotEquals),
    ("contains", Operator::Contains),
    ("not_contains", Operator::NotContains),
    ("starts_with", Operator::StartsWith),
    ("ends_with", Operator::EndsWith),
    ("greater_than", Operator::Greater),
    ("less_than", Operator::Less),
    ("greater_equal", Operator::GreaterEqual),
    ("less_equal", Operator::LessEqual),
    ("is_null", Operator::IsNull),
    ("is_not_null", Operator::IsNotNull),
];

/// The name of an operator; `None` for [`Operator::Present`], which only filters know.
#[must_use]
pub fn word(operator: Operator) -> Option<&'static str> {
    OPERATORS.iter().find(|(_, known)| *known == operator).map(|(word, _)| *word)
}

/// Reads a query. Absent lists and `null` are empty ones; unknown fields are ignored.
///
/// # Errors
/// All faults found, each with the path of its field, for instance `inclusion_filters[2].operator`.
pub fn parse(query: &Value) -> Result<Syntax, Faults> {
    let mut faults = Vec::new();
    let Value::Object(query) = query else {
        return Err(vec![Fault::new(At::field("query"), "must be an object")]);
    };
    let included = conditions(query, "inclusion_filters", &mut faults);
    let excluded = conditions(query, "exclusion_filters", &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    if included.is_empty() {
        return Ok(Syntax::Any(Vec::new()));
    }
    let mut parts = Vec::new();
    for entity in ENTITIES {
        let of_entity: Vec<Condition> =
            included.iter().filter(|(of, _)| *of == entity).map(|(_, c)| c.clone()).collect();
        if RELATED.contains(&entity) && !of_entity.is_empty() {
            parts.push(together(entity, of_entity));
        } else {
            parts.extend(of_entity.into_iter().map(Syntax::Condition));
        }
    }
    for (entity, condition) in excluded {
        let excluded =
            if RELATED.contains(&entity) { together(entity, vec![condition]) } else { Syntax::Condition(condition) };
        parts.push(Syntax::Not(Box::new(excluded)));
    }
    Ok(Syntax::All(parts))
}

fn together(entity: &str, conditions: Vec<Condition>) -> Syntax {
    Syntax::Together { entity: entity.to_owned(), conditions }
}

fn conditions(query: &Map<String, Value>, list: &str, faults: &mut Faults) -> Vec<(&'static str, Condition)> {
    let filters = match query.get(list) {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(filters)) => filters,
        Some(_) => {
            note(faults, Fault::new(At::field(list), "must be a list"));
            return Vec::new();
        }
    };
    if filters.len() > limits::CONDITIONS {
        note(faults, Fault::new(At::field(list), format!("more than {} conditions", limits::CONDITIONS)));
        return Vec::new();
    }
    let read = |(index, filter): (usize, &Value)| condition(filter, &At::field(&format!("{list}[{index}]")), faults);
    filters.iter().enumerate().filter_map(read).collect()
}

fn condition(filter: &Value, at: &At, faults: &mut Faults) -> Option<(&'static str, Condition)> {
    let Value::Object(filter) = filter else {
        note(faults, Fault::new(at.clone(), "must be an object"));
        return None;
    };
    let entity = text(filter, "entity", at, faults).and_then(|entity| {
        let known = ENTITIES.into_iter().find(|known| *known == entity);
        if known.is_none() {
            let issue = format!("`{}` is not an entity; use {}", shown(entity), ENTITIES.join(", "));
            note(faults, Fault::new(at.below("entity"), issue));
        }
        known
    });
    let field = text(filter, "field", at, faults);
    let operator = text(filter, "operator", at, faults).and_then(|operator| {
        let known = OPERATORS.into_iter().find(|(word, _)| *word == operator).map(|(_, operator)| operator);
        if known.is_none() {
            let words: Vec<&str> = OPERATORS.iter().map(|(word, _)| *word).collect();
            let issue = format!("`{}` is not an operator; use {}", shown(operator), words.join(", "));
            note(faults, Fault::new(at.below("operator"), issue));
        }
        known
    });
    let value_at = at.below("value");
    let values = match operator {
        Some(operator) if !operator.is_unary() => vec![value(filter.get("value"), &value_at, faults)?],
        _ => Vec::new(),
    };
    let (entity, field, operator) = (entity?, field?, operator?);
    let condition = Condition {
        path: format!("{entity}.{field}"),
        path_at: at.below("field"),
        operator,
        operator_at: at.below("operator"),
        values,
        values_at: value_at,
        is_list: false,
    };
    Some((entity, condition))
}

fn text<'a>(filter: &'a Map<String, Value>, name: &str, at: &At, faults: &mut Faults) -> Option<&'a str> {
    let issue = match filter.get(name) {
        Some(Value::String(text)) if text.chars().count() <= limits::PATH => return Some(text),
        Some(Value::String(_)) => "is too long",
        None | Some(Value::Null) => "is required",
        Some(_) => "must be a string",
    };
    note(faults, Fault::new(at.below(name), issue));
    None
}

fn value(value: Option<&Value>, at: &At, faults: &mut Faults) -> Option<Literal> {
    let issue = match value {
        Some(Value::Bool(value)) => return Some(Literal::Bool(*value)),
        Some(Value::String(text)) if text.chars().count() <= limits::VALUE => return Some(Literal::Text(text.clone())),
        Some(Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => return Some(Literal::Number(Number::Int(number))),
            (None, Some(number)) if number.is_finite() => return Some(Literal::Number(Number::Float(number))),
            _ => "is not a number that can be compared",
        },
        Some(Value::String(_)) => "is too long",
        None | Some(Value::Null) => "is required",
        Some(Value::Array(_) | Value::Object(_)) => "must be a string, a number or a boolean",
    };
    note(faults, Fault::new(at.clone(), issue));
    None
}

/// The beginning of what the user gave, for a message.
fn shown(text: &str) -> &str {
    text.get(..text.floor_char_boundary(64)).unwrap_or_default()
}
