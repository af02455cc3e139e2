//! Small words for JSON Schema, so that the schemas beside them read like the tables of a manual.

use serde_json::{Map, Value, json};

/// A field: name, schema, description.
pub type Field = (&'static str, Value, &'static str);

/// An answer's object: every field is always there.
pub fn answer(description: &str, fields: Vec<Field>) -> Value {
    let required: Vec<_> = fields.iter().map(|(name, _, _)| *name).collect();
    let required = json!(required);
    let mut object = object(description, fields);
    if let Value::Object(object) = &mut object {
        object.insert("required".to_owned(), required);
    }
    object
}

/// An answer's object in which `others` may be missing.
pub fn answer_with(description: &str, mut fields: Vec<Field>, others: Vec<Field>) -> Value {
    let required: Vec<_> = fields.iter().map(|(name, _, _)| *name).collect();
    fields.extend(others);
    request(description, &required, fields)
}

/// A request's object: only `required` fields must be there; unknown ones are ignored.
pub fn request(description: &str, required: &[&str], fields: Vec<Field>) -> Value {
    let mut object = object(description, fields);
    if let (false, Value::Object(object)) = (required.is_empty(), &mut object) {
        object.insert("required".to_owned(), json!(required));
    }
    object
}

fn object(description: &str, fields: Vec<Field>) -> Value {
    let properties: Map<_, _> =
        fields.into_iter().map(|(name, schema, text)| (name.to_owned(), described(schema, text))).collect();
    json!({ "type": "object", "description": description, "properties": properties })
}

/// Adds a description, beside a reference as well.
fn described(mut schema: Value, text: &str) -> Value {
    if let (false, Value::Object(fields)) = (text.is_empty(), &mut schema) {
        fields.insert("description".to_owned(), text.into());
    }
    schema
}

/// Any text.
pub fn text() -> Value {
    json!({ "type": "string" })
}

/// A text of a bounded number of characters.
pub fn bounded(max: usize) -> Value {
    json!({ "type": "string", "maxLength": max })
}

/// A uuid in its hyphenated form.
pub fn uuid() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

/// An RFC 3339 timestamp.
pub fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

/// A boolean.
pub fn flag() -> Value {
    json!({ "type": "boolean" })
}

/// A whole number of at least 0.
pub fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

/// Any number.
pub fn number() -> Value {
    json!({ "type": "number" })
}

/// One of some words.
pub fn words(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

/// An object with any fields.
pub fn open_object() -> Value {
    json!({ "type": "object", "additionalProperties": true })
}

/// Always `null` today.
pub fn null() -> Value {
    json!({ "type": "null" })
}

/// A list.
pub fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// Another schema of the document.
pub fn of(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The schema, or `null`.
pub fn or_null(mut schema: Value) -> Value {
    if schema.get("$ref").is_some() {
        return json!({ "oneOf": [schema, { "type": "null" }] });
    }
    if let Some(kind) = schema.get("type").cloned()
        && let Value::Object(fields) = &mut schema
    {
        fields.insert("type".to_owned(), json!([kind, "null"]));
        if let Some(Value::Array(words)) = fields.get_mut("enum") {
            words.push(Value::Null);
        }
    }
    schema
}

/// Exactly one of several.
pub fn one_of(choices: Vec<Value>) -> Value {
    json!({ "oneOf": choices })
}
