//! The whole table as text that is the same for the same data.

use dynoxide::Database;
use serde_json::{Map, Value, json};

use crate::Error;

pub(crate) fn text(database: &Database, table: &str) -> Result<String, Error> {
    let mut text = String::new();
    for item in items(database, table)? {
        text.push_str(&item.to_string());
        text.push('\n');
    }
    Ok(text)
}

pub(crate) fn items(database: &Database, table: &str) -> Result<Vec<Value>, Error> {
    let mut items = raw_items(database, table)?.into_iter().map(canonical).collect::<Vec<_>>();
    items.sort_by(|a, b| key(a).cmp(&key(b)));
    Ok(items)
}

pub(crate) fn put(database: &Database, table: &str, item: Value) -> Result<(), Error> {
    let request = serde_json::from_value(json!({"TableName": table, "Item": item}));
    let request: dynoxide::actions::put_item::PutItemRequest = request.map_err(|error| Error(error.to_string()))?;
    database.put_item(request)?;
    Ok(())
}

/// Every item as the database gives it, in no order.
pub(crate) fn raw_items(database: &Database, table: &str) -> Result<Vec<Value>, Error> {
    let as_error = |error: serde_json::Error| Error(error.to_string());
    let mut items = Vec::new();
    let mut start = None;
    loop {
        let mut request: dynoxide::actions::scan::ScanRequest =
            serde_json::from_value(json!({"TableName": table, "ConsistentRead": true})).map_err(as_error)?;
        request.exclusive_start_key = start;
        let page = database.scan(request)?;
        for item in page.items.unwrap_or_default() {
            items.push(serde_json::to_value(&item).map_err(as_error)?);
        }
        start = page.last_evaluated_key;
        if start.is_none() {
            return Ok(items);
        }
    }
}

fn key(item: &Value) -> (Option<&str>, Option<&str>) {
    let part = |name: &str| item.get(name).and_then(|value| value.get("S")).and_then(Value::as_str);
    (part("pk"), part("sk"))
}

/// Sorts the keys of every map and the members of every set.
fn canonical(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(
                entries
                    .into_iter()
                    .map(|(name, value)| {
                        let value = match (name.as_str(), value) {
                            ("SS" | "NS" | "BS", Value::Array(members)) => sorted(members),
                            (_, other) => canonical(other),
                        };
                        (name, value)
                    })
                    .collect::<Map<_, _>>(),
            )
        }
        Value::Array(values) => Value::Array(values.into_iter().map(canonical).collect()),
        other => other,
    }
}

/// An attribute may itself be called `SS`, then its members are maps: those keep their order but are made canonical.
fn sorted(mut members: Vec<Value>) -> Value {
    if members.iter().all(Value::is_string) {
        members.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        return Value::Array(members);
    }
    Value::Array(members.into_iter().map(canonical).collect())
}
