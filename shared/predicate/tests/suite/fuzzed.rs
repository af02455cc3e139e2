//! What must be true of any bytes: the bodies of the fuzz targets, which the corpus test runs too.

use columns::{Bits, Value, ZoneMap, ZoneOptions};
use predicate::{Checked, Dialect, Faults, Syntax, lower, places, query, rule, scim};

use crate::plain::{Row, batch, holds, settled};

/// A SCIM filter is read or refused within its bounds, and prints as it reads.
pub fn scim(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = scim::parse(text);
    faults_are_within(&read, text);
    let Ok(syntax) = read else { return };
    let printed = syntax.to_scim().expect("what was read can be printed");
    // A text of escapes may print longer than it was.
    if printed.chars().count() <= predicate::limits::LENGTH {
        assert_eq!(scim::parse(&printed), Ok(syntax));
    }
}

/// As [`scim`], of a rule.
pub fn rule(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = rule::parse(text);
    faults_are_within(&read, text);
    let Ok(syntax) = read else { return };
    let printed = syntax.to_rule().expect("what was read can be printed");
    if printed.chars().count() <= predicate::limits::LENGTH {
        assert_eq!(rule::parse(&printed), Ok(syntax));
    }
}

/// A JSON query is read and checked, or refused with the fields concerned.
pub fn query_json(data: &[u8]) {
    let Ok(json) = serde_json::from_slice(data) else { return };
    match predicate::json_query(&json) {
        Ok(checked) => assert!(!checked.select(&batch(&[])).any()),
        Err(faults) => assert!(!faults.is_empty() && faults.iter().all(|fault| fault.at.field.is_some())),
    }
}

/// The columnar evaluator agrees with the plain one. The bytes are a predicate in one of the languages, a zero, and rows.
pub fn eval(data: &[u8]) {
    let split = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let (text, rest) = data.split_at(split);
    let Ok(text) = std::str::from_utf8(text) else { return };
    let rows = rows(rest.get(1..).unwrap_or_default());
    for checked in predicates(text) {
        let batch = batch(&rows);
        let expected: Bits = settled(&batch).iter().map(|row| holds(checked.resolved(), row)).collect();
        assert_eq!(checked.select(&batch), expected);
        let map = ZoneMap::of(&batch, ZoneOptions { blooms: &["source.name"], skip: &[] });
        assert!(!expected.any() || checked.may_match(&map));
    }
}

fn predicates(text: &str) -> Vec<Checked> {
    let filter = predicate::filter(text, &places::frozen());
    let condition = predicate::condition(text);
    let json = serde_json::from_str(text).ok().and_then(|json| query::parse(&json).ok());
    let query = json.and_then(|syntax| predicate::check(&lower(&syntax, Dialect::Query), &places::query()).ok());
    filter.ok().into_iter().chain(condition.ok()).chain(query).collect()
}

/// Two bytes a value: which column, and which value. A column named again begins the next row.
fn rows(data: &[u8]) -> Vec<Row> {
    const ROWS: usize = 200;
    let mut rows: Vec<Row> = vec![Row::new()];
    for [name, value] in data.as_chunks::<2>().0 {
        let name = NAMES[usize::from(*name) % NAMES.len()];
        if rows.last().is_some_and(|row| row.contains_key(name)) {
            rows.push(Row::new());
        }
        if rows.len() > ROWS {
            break;
        }
        if let Some(row) = rows.last_mut() {
            row.insert(name.to_owned(), self::value(name, *value));
        }
    }
    rows
}

const NAMES: [&str; 10] = [
    "source.name",
    "source.privileged",
    "risk.score",
    "source.last_login_at",
    "source.tags",
    "owner.title",
    "group.id",
    "group.name",
    "group.is_high_privilege",
    "source.department",
];

const TEXTS: [&str; 16] = [
    "",
    "a",
    "A",
    "Ann",
    "ann",
    "true",
    "FALSE",
    "5",
    "5.0",
    "-3",
    "2026-01-01",
    "2026-01-01T00:00:00Z",
    "2026-01-01T01:00:00+01:00",
    "É",
    "é",
    "İ",
];

fn value(name: &str, choice: u8) -> Value {
    let text = |choice: u8| TEXTS[usize::from(choice) % TEXTS.len()].to_owned();
    let number = i64::from(choice % 12) - 4;
    let list = || (0..choice / 64).map(|place| text(choice.wrapping_add(place * 3))).collect();
    match name {
        "source.name" | "source.department" => Value::Text(text(choice)),
        "source.privileged" => Value::Bool(choice.is_multiple_of(2)),
        "risk.score" => Value::Int(number),
        "source.last_login_at" => Value::Time(1_767_225_600_000 + number * 86_400_000),
        "owner.title" => match choice % 5 {
            0 => Value::Bool(choice.is_multiple_of(2)),
            1 => Value::Int(number),
            2 => Value::Float(f64::from(choice) / 4.0 - 3.0),
            3 => Value::List(list()),
            _ => Value::Text(text(choice / 5)),
        },
        _ => Value::List(list()),
    }
}

fn faults_are_within(read: &Result<Syntax, Faults>, text: &str) {
    let Err(faults) = read else { return };
    let length = text.chars().count();
    assert!(!faults.is_empty());
    assert!(faults.iter().all(|fault| fault.at.span.start <= fault.at.span.end && fault.at.span.end <= length));
}
