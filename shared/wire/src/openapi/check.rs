//! Checks an answer against its schema. An object with a list of properties must have no others, so that a field which an
//! encoder adds is missed in the schema at once.

use serde_json::{Value, json};

use schema::Checker;

// The black-box suite checks by the same rules, and depends on nothing of the product.
#[path = "../../../../tests/src/schema.rs"]
mod schema;

/// Every difference between `value` and the schema of that name; empty when it fits.
pub(crate) fn differences(name: &str, value: &Value) -> Vec<String> {
    let components = json!({ "schemas": super::schemas() });
    Checker { components: &components, strict: true }.violations(&super::schema::of(name), value)
}

/// Fails when `value` does not fit the schema of that name.
#[track_caller]
pub(crate) fn fits(schema: &str, value: &Value) {
    let found = differences(schema, value);
    assert!(found.is_empty(), "{schema}: {found:#?}\n{value:#}");
}
