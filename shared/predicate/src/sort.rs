//! Sort expressions: `destination.name desc, source.type`.
//!
//! ```text
//! order = key { "," key }        key = path [ "asc" | "desc" ]
//! ```
//!
//! Rows without a value come last in either direction. Text compares regardless of case first, then as it is. Values of
//! different types in one column order by type: false, true, numbers, instants, text. What is left equal is settled by
//! the caller, by row number.

use std::cmp::Ordering;

use columns::{Batch, Cell, fold};
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::scan::Scanner;
use crate::schema::Schema;
use crate::syntax::{At, Fault, Faults, note};

/// How to sort rows. Made by [`parse`] from what a client wrote, or by [`Order::of`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    keys: Vec<Key>,
}

/// One key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The column.
    pub column: String,
    /// Greatest first.
    pub descending: bool,
}

/// What a row sorts by. Survives in a cursor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowKey(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Part {
    #[serde(rename = "b")]
    Bool(bool),
    #[serde(rename = "i")]
    Int(i64),
    #[serde(rename = "f")]
    Float(f64),
    #[serde(rename = "t")]
    Time(i64),
    #[serde(rename = "s")]
    Text(String),
    #[serde(rename = "n")]
    Missing,
}

/// Reads a sort expression.
///
/// # Errors
/// All faults found: syntax, attributes that may not be used here, the same attribute twice.
pub fn parse(text: &str, schema: &Schema) -> Result<Order, Faults> {
    if text.len() > limits::LENGTH && text.chars().count() > limits::LENGTH {
        let issue = format!("longer than {} characters", limits::LENGTH);
        return Err(vec![Fault::new(At::span(limits::LENGTH, limits::LENGTH), issue)]);
    }
    let mut faults = Vec::new();
    let mut keys: Vec<Key> = Vec::new();
    let mut scan = Scanner::new(text);
    loop {
        match key(&mut scan, schema) {
            Ok(key) if keys.iter().any(|known| known.column == key.column) => {
                note(&mut faults, Fault::new(scan.since(scan.offset()), format!("`{}` is there twice", key.column)));
            }
            Ok(key) => keys.push(key),
            Err(fault) => {
                note(&mut faults, fault);
                scan.take_while(|c| c != ',');
            }
        }
        if keys.len() > limits::SORT_KEYS {
            let issue = format!("more than {} attributes", limits::SORT_KEYS);
            note(&mut faults, Fault::new(scan.since(scan.offset()), issue));
            break;
        }
        if !scan.eat(',') {
            break;
        }
    }
    if faults.is_empty() { Ok(Order { keys }) } else { Err(faults) }
}

fn key(scan: &mut Scanner<'_>, schema: &Schema) -> Result<Key, Fault> {
    scan.space();
    let start = scan.offset();
    let path = scan.path();
    if path.is_empty() {
        scan.bump();
        return Err(Fault::new(scan.since(start), "expected an attribute path"));
    }
    let at = scan.since(start);
    let usable = if path.len() > limits::PATH { Err("the path is too long".to_owned()) } else { schema.resolve(path) };
    let field = usable.map_err(|issue| Fault::new(at.clone(), issue))?;
    let spaced = scan.space();
    let start = scan.offset();
    let descending = match scan.name() {
        "" => false,
        word if spaced && word.eq_ignore_ascii_case("asc") => false,
        word if spaced && word.eq_ignore_ascii_case("desc") => true,
        word => return Err(Fault::new(scan.since(start), format!("`{word}` is not a direction; use asc or desc"))),
    };
    scan.space();
    if !scan.at_end() && scan.peek() != Some(',') {
        return Err(Fault::new(scan.since(scan.offset()), "expected `,` or the end"));
    }
    match field.columns.as_slice() {
        [column] => Ok(Key { column: column.name.clone(), descending }),
        _ => Err(Fault::new(at, format!("rows cannot be sorted by `{path}`"))),
    }
}

impl Order {
    /// By these columns.
    #[must_use]
    pub fn of(keys: impl IntoIterator<Item = Key>) -> Self {
        Self { keys: keys.into_iter().collect() }
    }

    /// The keys, the first one first.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The names of the columns it reads.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.column.as_str())
    }

    /// What a row sorts by.
    #[must_use]
    pub fn key(&self, batch: &Batch, row: usize) -> RowKey {
        let part = |key: &Key| match batch.column(&key.column).and_then(|column| column.cell(row)) {
            None => Part::Missing,
            Some(Cell::Bool(value)) => Part::Bool(value),
            Some(Cell::Int(value)) => Part::Int(value),
            Some(Cell::Float(value)) if !value.is_finite() => Part::Missing,
            Some(Cell::Float(value)) => Part::Float(value),
            Some(Cell::Time(value)) => Part::Time(value),
            Some(Cell::Text(value)) => Part::Text(value.to_owned()),
            Some(Cell::List(list)) if list.is_empty() => Part::Missing,
            Some(Cell::List(list)) => Part::Text(list.iter().collect::<Vec<_>>().join(", ")),
        };
        RowKey(self.keys.iter().map(part).collect())
    }

    /// How two rows stand to each other. A key of another order (a foreign cursor) compares by what it has.
    #[must_use]
    pub fn compare(&self, left: &RowKey, right: &RowKey) -> Ordering {
        let parts = self.keys.iter().zip(left.0.iter().zip(&right.0));
        for (key, (left, right)) in parts {
            let ordering = match (left, right) {
                (Part::Missing, Part::Missing) => Ordering::Equal,
                // Last in either direction.
                (Part::Missing, _) => Ordering::Greater,
                (_, Part::Missing) => Ordering::Less,
                _ if key.descending => compare(right, left),
                _ => compare(left, right),
            };
            if ordering.is_ne() {
                return ordering;
            }
        }
        Ordering::Equal
    }
}

impl std::fmt::Display for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, key) in self.keys.iter().enumerate() {
            let (comma, direction) = (if index > 0 { ", " } else { "" }, if key.descending { " desc" } else { "" });
            write!(f, "{comma}{}{direction}", key.column)?;
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a fraction on either side makes the comparison one of fractions")]
fn compare(left: &Part, right: &Part) -> Ordering {
    match (left, right) {
        (Part::Bool(left), Part::Bool(right)) => left.cmp(right),
        (Part::Int(left), Part::Int(right)) | (Part::Time(left), Part::Time(right)) => left.cmp(right),
        (Part::Float(left), Part::Float(right)) => left.total_cmp(right),
        (Part::Int(left), Part::Float(right)) => (*left as f64).total_cmp(right),
        (Part::Float(left), Part::Int(right)) => left.total_cmp(&(*right as f64)),
        (Part::Text(left), Part::Text(right)) => fold(left).cmp(&fold(right)).then_with(|| left.cmp(right)),
        _ => rank(left).cmp(&rank(right)),
    }
}

fn rank(part: &Part) -> u8 {
    match part {
        Part::Bool(_) => 0,
        Part::Int(_) | Part::Float(_) => 1,
        Part::Time(_) => 2,
        Part::Text(_) => 3,
        Part::Missing => 4,
    }
}
