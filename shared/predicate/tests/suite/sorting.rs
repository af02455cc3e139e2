//! Sort expressions: what they read and how rows then stand.

use crate::plain::{Row, batch};
use columns::Value;
use predicate::{places, sort};

#[track_caller]
fn fault(text: &str, expected: &str) {
    let faults = sort::parse(text, &places::sortable()).unwrap_err();
    let found: Vec<String> = faults.iter().map(|fault| format!("{}: {}", fault.offset(), fault.issue)).collect();
    assert_eq!(found.join("\n"), expected);
}

#[test]
fn an_expression_is_paths_with_directions() {
    let order = sort::parse(" destination.name DESC ,source.type,idp.dept.name asc ", &places::sortable()).unwrap();
    assert_eq!(order.to_string(), "destination.name desc, source.type, idp.dept.name");
    assert_eq!(order.columns().collect::<Vec<_>>(), ["destination.name", "source.type", "idp.dept.name"]);
    fault("", "0: expected an attribute path");
    fault("source.type,", "12: expected an attribute path");
    fault("source.type up", "12: `up` is not a direction; use asc or desc");
    fault("source.type asc desc", "16: expected `,` or the end");
    fault(
        "decision",
        "0: `decision` cannot be used here; use source.*, destination.*, waypoint.*, an alias of the query",
    );
    fault("source.a, source.a desc", "23: `source.a` is there twice");
    fault(
        "previous.x, source.b c",
        "0: `previous.x` cannot be used here; use source.*, destination.*, waypoint.*, an alias of the query\n21: `c` is not a direction; use asc or desc",
    );
}

fn sorted(expression: &str, values: &[Option<Value>]) -> Vec<usize> {
    let row = |value: &Option<Value>| -> Row { value.iter().map(|v| ("source.a".to_owned(), v.clone())).collect() };
    let batch = batch(&values.iter().map(row).collect::<Vec<_>>());
    let order = sort::parse(expression, &places::sortable()).unwrap();
    let mut rows: Vec<usize> = (0..values.len()).collect();
    rows.sort_by(|left, right| {
        order.compare(&order.key(&batch, *left), &order.key(&batch, *right)).then(left.cmp(right))
    });
    rows
}

#[test]
fn missing_values_come_last_in_either_direction() {
    let values: Vec<Option<Value>> = vec![None, Some(Value::Int(5)), Some(Value::Int(-3)), None];
    assert_eq!(sorted("source.a", &values), [2, 1, 0, 3]);
    assert_eq!(sorted("source.a desc", &values), [1, 2, 0, 3]);
}

#[test]
fn text_sorts_regardless_of_case_first() {
    let values = ["beta", "Alpha", "alpha", "Beta"].map(|text| Some(Value::Text(text.to_owned())));
    assert_eq!(sorted("source.a", &values), [1, 2, 3, 0]);
}

#[test]
fn a_key_survives_a_cursor() {
    let values = [Some(Value::Text("é".to_owned())), None, Some(Value::Text("z".to_owned()))];
    let rows: Vec<Row> =
        values.iter().map(|v| v.iter().map(|v| ("source.a".to_owned(), v.clone())).collect()).collect();
    let batch = batch(&rows);
    let order = sort::parse("source.a, source.b desc", &places::sortable()).unwrap();
    for row in 0..rows.len() {
        let key = order.key(&batch, row);
        let stored = serde_json::to_string(&key).unwrap();
        assert_eq!(serde_json::from_str::<sort::RowKey>(&stored).unwrap(), key);
    }
}
