//! A plain evaluator, row by row, and what tests and fuzz targets build rows and predicates from.
//!
//! The evaluator shares no code with the one it checks beyond the types: it reads the tables of the crate's
//! documentation line by line, on values, without dictionaries, bitmaps or compilation.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use columns::{AnyBuilder, Batch, Value};
use predicate::{Case, Expr, Literal, Number, Relation, Test};

/// The values of one row, by column.
pub type Row = BTreeMap<String, Value>;

/// Rows as a batch.
pub fn batch(rows: &[Row]) -> Batch {
    let names: BTreeSet<&String> = rows.iter().flat_map(Row::keys).collect();
    let column = |name: &String| {
        let mut builder = AnyBuilder::new();
        rows.iter().for_each(|row| builder.push(row.get(name).cloned()));
        builder.finish(name.as_str())
    };
    Batch::of(rows.len(), names.into_iter().map(column)).expect("columns of equal length")
}

/// The rows as they are in a batch, where a column has one type.
pub fn settled(batch: &Batch) -> Vec<Row> {
    let cell = |cell: columns::Cell<'_>| match cell {
        columns::Cell::Bool(value) => Value::Bool(value),
        columns::Cell::Int(value) => Value::Int(value),
        columns::Cell::Float(value) => Value::Float(value),
        columns::Cell::Time(value) => Value::Time(value),
        columns::Cell::Text(value) => Value::Text(value.to_owned()),
        columns::Cell::List(list) => Value::List(list.iter().map(str::to_owned).collect()),
    };
    let row = |row: usize| {
        let values = batch.columns().iter().filter_map(|c| Some((c.name.clone(), cell(c.cell(row)?))));
        values.collect()
    };
    (0..batch.rows()).map(row).collect()
}

/// Whether a resolved predicate holds of a row.
pub fn holds(expr: &Expr, row: &Row) -> bool {
    match expr {
        Expr::All(parts) => parts.iter().all(|part| holds(part, row)),
        Expr::Any(parts) => parts.iter().any(|part| holds(part, row)),
        Expr::Not(part) => !holds(part, row),
        Expr::Test(test) => passes(test, row.get(&test.path)),
        Expr::Related { entity, that } => entities(entity, that, row).iter().any(|entity| holds(that, entity)),
    }
}

fn entities(entity: &str, that: &Expr, row: &Row) -> Vec<Row> {
    let mut names = BTreeSet::from([format!("{entity}.id")]);
    paths(that, &mut names);
    let mut entities: Vec<Row> = Vec::new();
    for name in names {
        let values = match row.get(&name) {
            None => Vec::new(),
            Some(Value::List(values)) => values.clone(),
            Some(single) => vec![single.to_text()],
        };
        for (index, value) in values.into_iter().enumerate() {
            if entities.len() <= index {
                entities.resize(index + 1, Row::new());
            }
            if !value.is_empty() {
                entities[index].insert(name.clone(), Value::Text(value));
            }
        }
    }
    entities
}

fn paths(expr: &Expr, names: &mut BTreeSet<String>) {
    match expr {
        Expr::Test(test) => drop(names.replace(test.path.clone())),
        Expr::Not(part) | Expr::Related { that: part, .. } => paths(part, names),
        Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| paths(part, names)),
    }
}

fn passes(test: &Test, value: Option<&Value>) -> bool {
    match (test.relation, value) {
        (Relation::Null, value) => value.is_none(),
        (_, None) => false,
        (Relation::Present, Some(Value::Text(text))) => !text.is_empty(),
        (Relation::Present, Some(Value::List(list))) => !list.is_empty(),
        (Relation::Present, Some(_)) => true,
        (_, Some(Value::List(list))) => list.iter().any(|one| compare(test, &Value::Text(one.clone()))),
        (_, Some(single)) => compare(test, single),
    }
}

fn compare(test: &Test, value: &Value) -> bool {
    let (left, right) = (text_of(test, &value.to_text()), text_of(test, &literal_text(&test.value)));
    match test.relation {
        Relation::Contains => left.contains(&right),
        Relation::StartsWith => left.starts_with(&right),
        Relation::EndsWith => left.ends_with(&right),
        Relation::Equal => equal(test, value),
        Relation::Greater => order(test, value).is_some_and(Ordering::is_gt),
        Relation::GreaterEqual => order(test, value).is_some_and(Ordering::is_ge),
        Relation::Less => order(test, value).is_some_and(Ordering::is_lt),
        Relation::LessEqual => order(test, value).is_some_and(Ordering::is_le),
        Relation::Null | Relation::Present => unreachable!(),
    }
}

fn text_of(test: &Test, text: &str) -> String {
    match test.case {
        Case::Sensitive => text.to_owned(),
        Case::Ignored => text.chars().flat_map(char::to_lowercase).collect(),
    }
}

fn literal_text(literal: &Literal) -> String {
    match literal {
        Literal::Null => String::new(),
        Literal::Bool(value) => value.to_string(),
        Literal::Number(Number::Int(value)) => value.to_string(),
        Literal::Number(Number::Float(value)) => value.to_string(),
        Literal::Text(text) => text.clone(),
    }
}

fn equal(test: &Test, value: &Value) -> bool {
    match (value, &test.value) {
        (Value::Bool(value), Literal::Bool(sought)) => value == sought,
        (Value::Bool(value), Literal::Text(sought)) => sought.eq_ignore_ascii_case(&value.to_string()),
        (Value::Text(value), Literal::Bool(sought)) => value.eq_ignore_ascii_case(&sought.to_string()),
        (Value::Text(value), Literal::Text(sought)) => match (instant(value), instant(sought)) {
            (Some(value), Some(sought)) => value == sought,
            _ => text_of(test, value) == text_of(test, sought),
        },
        (Value::Time(value), Literal::Text(sought)) => instant(sought).or_else(|| date(sought)) == Some(*value),
        _ => match (number(value), literal_number(&test.value)) {
            (Some(value), Some(sought)) => value.compare(sought) == Some(Ordering::Equal),
            _ => false,
        },
    }
}

fn order(test: &Test, value: &Value) -> Option<Ordering> {
    if matches!(value, Value::Bool(_)) || matches!(test.value, Literal::Bool(_)) {
        return None;
    }
    let as_text = || text_of(test, &value.to_text()).cmp(&text_of(test, &literal_text(&test.value)));
    match (value, &test.value) {
        (Value::Text(value), Literal::Text(sought)) => match (instant(value), instant(sought)) {
            (Some(value), Some(sought)) => Some(value.cmp(&sought)),
            _ => Some(as_text()),
        },
        (Value::Time(value), Literal::Text(sought)) => match instant(sought).or_else(|| date(sought)) {
            Some(sought) => Some(value.cmp(&sought)),
            None => Some(as_text()),
        },
        _ => match (number(value), literal_number(&test.value)) {
            (Some(value), Some(sought)) => value.compare(sought),
            _ => Some(as_text()),
        },
    }
}

fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Int(value) => Some(Number::Int(*value)),
        Value::Float(value) => Some(Number::Float(*value)),
        Value::Text(text) => Number::parse(text),
        Value::Bool(_) | Value::Time(_) | Value::List(_) => None,
    }
}

fn literal_number(literal: &Literal) -> Option<Number> {
    match literal {
        Literal::Number(number) => Some(*number),
        Literal::Text(text) => Number::parse(text),
        Literal::Bool(_) | Literal::Null => None,
    }
}

fn instant(text: &str) -> Option<i64> {
    let shape: String = text.chars().take(14).map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let plain = text.len() <= 40 && !text.contains([' ', '[']);
    if !plain || text.len() < 20 || !shape.eq_ignore_ascii_case("0000-00-00T00:") {
        return None;
    }
    Some(text.parse::<jiff::Timestamp>().ok()?.as_millisecond())
}

fn date(text: &str) -> Option<i64> {
    if text.len() != 10 {
        return None;
    }
    let date: jiff::civil::Date = text.parse().ok()?;
    Some(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
}
