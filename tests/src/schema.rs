//! Checks values against schemas of the interface description, as far as it uses JSON Schema: a keyword that is not known
//! here is a violation, so that none is passed over.

use serde_json::{Map, Value};

/// Words of a schema that say nothing about what is valid.
const REMARKS: [&str; 3] = ["description", "default", "examples"];

/// Checks values against the schemas of one document.
#[derive(Clone, Copy)]
pub(crate) struct Checker<'a> {
    /// The `components` of the document.
    pub components: &'a Value,
    /// Whether an object has no fields but those that are named, wherever some are named and no others are allowed.
    pub strict: bool,
}

impl Checker<'_> {
    /// Every violation, with its place; empty when the value fits.
    pub(crate) fn violations(self, schema: &Value, value: &Value) -> Vec<String> {
        let mut found = Vec::new();
        self.check(schema, value, "", &mut found);
        found
    }

    fn check(self, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
        for (keyword, rule) in schema.as_object().into_iter().flatten() {
            let fault = match keyword.as_str() {
                "$ref" => match rule.as_str().and_then(|name| name.strip_prefix("#/components")) {
                    Some(pointer) => {
                        self.check(self.components.pointer(pointer).unwrap_or(&Value::Null), value, place, found);
                        None
                    }
                    None => Some(format!("refers to {rule}")),
                },
                "oneOf" | "anyOf" => self.choice(keyword, rule, value),
                "type" => (!of_type(rule, value)).then(|| format!("{value} is no {rule}")),
                "enum" => {
                    let known = rule.as_array().is_some_and(|words| words.contains(value));
                    (!known).then(|| format!("{value} is none of {rule}"))
                }
                "format" => value.as_str().and_then(|text| malformed(rule.as_str().unwrap_or_default(), text)),
                "minimum" => below(value, rule).then(|| format!("{value} is below {rule}")),
                "maxLength" => longer(value, rule).then(|| format!("{value} is longer than {rule}")),
                "maxProperties" => larger(value, rule).then(|| format!("has more than {rule} fields")),
                "items" => {
                    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{place}[{n}]"), found);
                    }
                    None
                }
                "required" | "properties" | "additionalProperties" => None,
                remark if REMARKS.contains(&remark) => None,
                other => Some(format!("the schema uses {other}, which is not known")),
            };
            found.extend(fault.map(|fault| format!("{place}: {fault}")));
        }
        if let Some(fields) = value.as_object() {
            self.fields(schema, fields, place, found);
        }
    }

    fn fields(self, schema: &Value, fields: &Map<String, Value>, place: &str, found: &mut Vec<String>) {
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let missing = required.filter(|name| !fields.contains_key(*name));
        found.extend(missing.map(|name| format!("{place}.{name} is missing")));
        let Some(known) = schema.get("properties").and_then(Value::as_object) else { return };
        let open = !self.strict || schema.get("additionalProperties") == Some(&Value::Bool(true));
        for (name, value) in fields {
            match known.get(name) {
                Some(schema) => self.check(schema, value, &format!("{place}.{name}"), found),
                None if open => {}
                None => found.push(format!("{place}.{name} is not documented")),
            }
        }
    }

    fn choice(self, keyword: &str, choices: &Value, value: &Value) -> Option<String> {
        let choices = choices.as_array().map_or(&[][..], Vec::as_slice);
        let fitting = choices.iter().filter(|choice| self.violations(choice, value).is_empty()).count();
        let fits = if keyword == "oneOf" { fitting == 1 } else { fitting > 0 };
        (!fits).then(|| format!("{value} fits {fitting} of {} choices", choices.len()))
    }
}

fn of_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => false,
    };
    match rule {
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is),
        _ => rule.as_str().is_some_and(is),
    }
}

/// What is wrong with a text of a format; a format that is not known is wrong in itself.
fn malformed(format: &str, text: &str) -> Option<String> {
    let fits = match format {
        "uuid" => uuid::Uuid::try_parse(text).is_ok(),
        "date-time" => text.parse::<jiff::Timestamp>().is_ok(),
        "date" => text.parse::<jiff::civil::Date>().is_ok(),
        _ => false,
    };
    (!fits).then(|| format!("{text:?} is no {format}"))
}

fn below(value: &Value, least: &Value) -> bool {
    value.as_f64().zip(least.as_f64()).is_some_and(|(value, least)| value < least)
}

fn larger(value: &Value, most: &Value) -> bool {
    value.as_object().zip(most.as_u64()).is_some_and(|(fields, most)| fields.len() as u64 > most)
}

fn longer(value: &Value, most: &Value) -> bool {
    value.as_str().zip(most.as_u64()).is_some_and(|(text, most)| text.chars().count() as u64 > most)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn violations(strict: bool, schema: &Value, value: &Value) -> usize {
        let components = json!({ "schemas": { "Name": { "type": "string", "maxLength": 3, "description": "Short" } } });
        Checker { components: &components, strict }.violations(schema, value).len()
    }

    #[test]
    fn what_a_schema_asks_for_is_checked() {
        let name = json!({ "$ref": "#/components/schemas/Name" });
        let cases = [
            (name.clone(), json!("abc"), json!("abcd")),
            (json!({ "type": ["integer", "null"], "minimum": 0 }), json!(0), json!(-1)),
            (json!({ "type": ["integer", "null"] }), Value::Null, json!(1.5)),
            (json!({ "enum": ["a"] }), json!("a"), json!("b")),
            (json!({ "format": "uuid" }), json!("6a8f5c1e-8a0b-4c4d-9f0e-0b7a5e1d2c33"), json!("x")),
            (json!({ "format": "date-time" }), json!("2026-01-01T00:00:00Z"), json!("2026-01-01")),
            (json!({ "format": "date" }), json!("2026-01-01"), json!("2026-13-01")),
            (json!({ "maxProperties": 0 }), json!({}), json!({ "a": 1 })),
            (json!({ "items": name }), json!(["a"]), json!(["a", 1])),
            (json!({ "oneOf": [name, { "type": "null" }] }), Value::Null, json!(1)),
            (json!({ "anyOf": [name, { "type": "string" }] }), json!("a"), json!(1)),
            (json!({ "required": ["a"] }), json!({ "a": 1 }), json!({ "b": 1 })),
            (json!({ "properties": { "a": name } }), json!({ "a": "x" }), json!({ "a": 1 })),
        ];
        for (schema, good, bad) in cases {
            assert_eq!(violations(true, &schema, &good), 0, "{schema} {good}");
            assert!(violations(true, &schema, &bad) > 0, "{schema} {bad}");
        }
    }

    #[test]
    fn fields_that_are_not_named_are_violations_where_none_are_allowed() {
        let mut schema = json!({ "properties": { "a": {} } });
        let value = json!({ "a": 1, "b": 1 });
        assert_eq!((violations(true, &schema, &value), violations(false, &schema, &value)), (1, 0));
        schema["additionalProperties"] = json!(true);
        assert_eq!(violations(true, &schema, &value), 0);
    }

    #[test]
    fn a_keyword_that_is_not_known_is_a_violation() {
        assert_eq!(violations(false, &json!({ "pattern": "x" }), &json!("x")), 1);
        assert_eq!(violations(false, &json!({ "format": "hostname" }), &json!("x")), 1);
    }
}
