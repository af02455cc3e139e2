use std::sync::Arc;

use app::review::Frozen;
use columns::{Batch, TextBuilder};
use insta::assert_json_snapshot;

use super::*;
use crate::fixture::at;
use crate::openapi::check::fits;

/// A node of the inventory.
fn frozen() -> Frozen {
    let columns = [("node.id", "x"), ("node.name", "lena"), ("node.type", "Account"), ("node.department", "Finance")];
    let columns = columns.map(|(name, value)| {
        let mut column = TextBuilder::new();
        column.push(Some(value));
        column.finish(name)
    });
    Frozen::new(Arc::new(Batch::of(1, columns).unwrap()), 0)
}

fn graph() -> AccessGraph {
    let permission = What::Permission { name: "Read".to_owned(), kind: "SecretStoreEffectivePermission".to_owned() };
    let node = |id: &str, what: What, leads_to: &[&str]| Shown {
        id: id.to_owned(),
        what,
        part: if id == "a" { "source" } else { "path_summary" },
        leads_to: leads_to.iter().map(|id| (*id).to_owned()).collect(),
    };
    AccessGraph {
        nodes: vec![
            node("a", What::Node(frozen()), &["g", "r::eperm::s"]),
            node("g", What::Node(frozen()), &["s"]),
            node("r::eperm::s", permission, &["s"]),
            node("s", What::Node(frozen()), &[]),
        ],
        effective: vec!["Read".to_owned()],
        raw: vec!["kv.read".to_owned()],
        sources: vec![source(false), source(true)],
        hidden: Vec::new(),
        more: false,
    }
}

fn source(deleted: bool) -> SourceStatus {
    SourceStatus {
        id: domain::ids::DataSourceId::new("ds-hr").unwrap(),
        name: "HR directory".to_owned(),
        loaded_at: (!deleted).then(|| at("2026-06-01T00:00:00Z")),
        last_error: if deleted { String::new() } else { "accounts[3].id: is required".to_owned() },
        warnings: 2,
        deleted,
    }
}

#[test]
fn an_access_graph_has_nodes_with_edges_permissions_and_data_sources() {
    let shown = encode(&graph(), 10);
    fits("AccessGraph", &shown);
    assert_json_snapshot!(shown);
    fits("DataSourceStatus", &encode_status(&[source(true)], 1));
}

#[test]
fn an_access_graph_that_is_too_large_keeps_its_ends_and_says_so() {
    let shown = encode(&graph(), 2);
    let ids: Vec<&str> =
        shown["nodes"].as_array().unwrap().iter().map(|node| node["properties"]["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["a", "s"]);
    assert_eq!(shown["nodes"][0]["out_edges"], json!([]));
    assert_eq!(shown["has_more"], true);
    assert_eq!(encode_status(&[source(true), source(false)], 1)["has_more"], true);
}

fn pairs(text: &str) -> Pairs {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    Pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

#[test]
fn what_is_hidden_of_results_is_hidden_of_their_nodes() {
    let shown = encode(&AccessGraph { hidden: vec!["source.department".to_owned()], ..graph() }, 10);
    let departments: Vec<&Value> =
        shown["nodes"].as_array().unwrap().iter().map(|node| &node["properties"]["department"]).collect();
    assert_eq!(departments, [&Value::Null, &json!("Finance"), &Value::Null, &json!("Finance")]);
}

#[test]
fn a_row_and_a_graph_are_named_in_the_query() {
    let id = "0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b";
    let input = read(&pairs(&format!("certification_id={id}&result_id=4&snapshot_id=1780000000"))).unwrap();
    assert_eq!((input.row, input.snapshot.map(SnapshotId::second)), (RowId(4), Some(1_780_000_000)));
    for current in ["", "&snapshot_id=", "&snapshot_id=0"] {
        let input = read(&pairs(&format!("certification_id={id}&result_id=4{current}"))).unwrap();
        assert_eq!(input.snapshot, None, "{current}");
    }
    let fields = |text: &str| match read(&pairs(text)) {
        Err(Error::Invalid(faults)) => faults.into_iter().map(|fault| fault.field).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(fields(""), ["certification_id", "result_id"]);
    assert_eq!(fields("certification_id=x&result_id=x&snapshot_id=now"), ["result_id", "snapshot_id"]);
    assert_eq!(fields("certification_id=x&result_id=-1"), ["result_id"]);
    for unknown in ["certification_id=x&result_id=1", &format!("certification_id={id}&result_id=4294967296")] {
        assert!(matches!(read(&pairs(unknown)), Err(Error::NotFound(_))), "{unknown}");
    }
}
