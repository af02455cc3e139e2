//! Rows of certifications against what an obvious search over the loaded inventory says, row by row.

mod access;
mod nest;
mod pairs;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::{all_rows, operator};

/// A row: source, destination, waypoint (empty without one), permissions as the source system spells them.
pub type Row = (String, String, String, Vec<String>);

/// A certification of a query, as soon as its rows are there; answers its id.
pub fn certify(query: &Value) -> String {
    let body = json!({ "name": blackbox::unique("graph"), "query": query });
    let workflow = operator().post("/api/preview/awf/workflows", body).expect(200).str("/workflow_id").to_owned();
    let body = json!({ "workflow_id": workflow });
    let id = operator().post("/api/preview/awf/certifications", body).expect(200).str("/certification_id").to_owned();
    let _ = operator().until(&format!("/api/preview/awf/certifications/{id}"), |body| {
        assert_eq!(body["value"]["error_reason"], "", "{body}");
        body["value"]["state"] == "IN_PROGRESS"
    });
    id
}

/// All rows of a certification as they are answered.
pub fn results(id: &str) -> Vec<Value> {
    all_rows(&operator(), &format!("/api/preview/awf/certifications/{id}/results?page_size=2000"))
}

/// What says which row a result is.
pub fn row(result: &Value) -> Row {
    let id = |pointer: &str| result.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    (id("/source/id"), id("/destination/id"), id("/waypoint/id"), texts(&result["accumulated_raw_permissions"]))
}

/// The texts of a list.
pub fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Each row is there once, and no other.
#[track_caller]
pub fn same_rows(results: &[Value], expected: &BTreeSet<Row>, what: &str) {
    let found: BTreeSet<Row> = results.iter().map(row).collect();
    let (missing, more) = (expected.difference(&found).next(), found.difference(expected).next());
    assert_eq!((missing, more), (None, None), "{what}");
    assert_eq!(results.len(), expected.len(), "{what}: a row is there twice");
}

/// Node types of a data source as one end, or any other part, of a query.
pub fn nodes_of(source: &str, node_types: &[&str]) -> Value {
    let only = format!("datasource_id eq \"{source}\"");
    let nodes: Vec<Value> =
        node_types.iter().map(|kind| json!({ "node_type": kind, "condition_expression": only })).collect();
    json!({ "nodes": nodes, "nodes_operator": "OR" })
}
