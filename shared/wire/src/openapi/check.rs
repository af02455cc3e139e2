//! Checks an answer against its schema, as far as the document uses JSON Schema. An object with a list of properties
//! must have no others, so that a field which an encoder adds is missed in the schema at once.

use serde_json::{Map, Value};

/// Every difference between `value` and the schema of that name; empty when it fits.
pub(crate) fn differences(schema: &str, value: &Value) -> Vec<String> {
    let schemas = super::schemas();
    let mut found = Vec::new();
    check(&schemas, &super::schema::of(schema), value, "$", &mut found);
    found
}

/// Fails when `value` does not fit the schema of that name.
#[track_caller]
pub(crate) fn fits(schema: &str, value: &Value) {
    let found = differences(schema, value);
    assert!(found.is_empty(), "{schema}: {found:#?}\n{value:#}");
}

fn check(schemas: &Map<String, Value>, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap();
        match schemas.get(name) {
            Some(schema) => check(schemas, schema, value, path, found),
            None => found.push(format!("{path}: no schema {name}")),
        }
        return;
    }
    if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
        let fitting = choices.iter().filter(|choice| {
            let mut inner = Vec::new();
            check(schemas, choice, value, path, &mut inner);
            inner.is_empty()
        });
        if fitting.count() != 1 {
            found.push(format!("{path}: fits not exactly one choice: {value}"));
        }
        return;
    }
    if !type_fits(schema, value) {
        found.push(format!("{path}: {value} is no {}", schema["type"]));
        return;
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array)
        && !words.contains(value)
    {
        found.push(format!("{path}: {value} is none of {words:?}"));
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        for (n, value) in values.iter().enumerate() {
            check(schemas, items, value, &format!("{path}[{n}]"), found);
        }
    }
    if let Some(fields) = value.as_object() {
        object(schemas, schema, fields, path, found);
    }
}

fn object(
    schemas: &Map<String, Value>,
    schema: &Value,
    fields: &Map<String, Value>,
    path: &str,
    found: &mut Vec<String>,
) {
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        if !fields.contains_key(name.as_str().unwrap()) {
            found.push(format!("{path}: {name} is missing"));
        }
    }
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    let open = schema.get("additionalProperties") == Some(&Value::Bool(true));
    for (name, value) in fields {
        match properties.get(name) {
            Some(schema) => check(schemas, schema, value, &format!("{path}.{name}"), found),
            None if open => {}
            None => found.push(format!("{path}: {name} is not in the schema")),
        }
    }
}

fn type_fits(schema: &Value, value: &Value) -> bool {
    let fits = |name: &str| match name {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        other => panic!("a type that is not known: {other}"),
    };
    match schema.get("type") {
        None => true,
        Some(Value::String(name)) => fits(name),
        Some(names) => names.as_array().unwrap().iter().any(|name| fits(name.as_str().unwrap())),
    }
}
