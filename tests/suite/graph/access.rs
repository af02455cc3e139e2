//! What explains a row: now, as it was frozen, and when nothing leads there any more.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::nest::Nest;
use super::{certify, nodes_of, results, texts};
use crate::world::{World, administrator, awf_error, names_field, operator};

fn path(certification: &str, result: &Value) -> String {
    format!("/api/preview/awf/access_graph?certification_id={certification}&result_id={result}")
}

/// The nodes of an access graph with what they lead to. Whatever an edge names is there.
fn nodes(graph: &Value) -> BTreeMap<String, Vec<String>> {
    let nodes: BTreeMap<String, Vec<String>> = graph["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .map(|node| {
            let edges = node["out_edges"].as_array().expect("edges").iter();
            let to = edges.map(|edge| edge["destination_node_id"].as_str().expect("an id").to_owned());
            (node["properties"]["id"].as_str().expect("an id").to_owned(), to.collect())
        })
        .collect();
    for to in nodes.values().flatten() {
        assert!(nodes.contains_key(to), "{to} is not a node: {graph}");
    }
    nodes
}

#[test]
fn every_row_is_explained_by_what_lies_on_its_paths_and_nothing_else() {
    let nest = Nest::new();
    let id = certify(&json!({
        "source_node_types": nodes_of(&nest.source, &["Account"]),
        "destination_node_types": nodes_of(&nest.source, &["SecretStore"]),
    }));
    let none = BTreeSet::new();
    for row in results(&id) {
        let (source, destination) = (row["source"]["id"].as_str().unwrap(), row["destination"]["id"].as_str().unwrap());
        let graph = operator().get(&path(&id, &row["result_id"])).expect(200).body;
        let found = nodes(&graph);
        let met = nest.reach(source, &none).into_iter().filter(|node| nest.reach(node, &none).contains(destination));
        let expected: BTreeSet<String> = met.collect();
        let plain: BTreeSet<String> = found.keys().filter(|id| !id.contains("::eperm::")).cloned().collect();
        assert_eq!(plain, expected, "{source} {destination}");
        assert_eq!(found[destination], Vec::<String>::new());
        for (from, to) in &found {
            for to in to.iter().filter(|to| !to.contains("::eperm::") && !from.contains("::eperm::")) {
                assert!(nest.leads[from].iter().any(|(held, _)| held == to), "{from} does not lead to {to}");
            }
        }
        for node in graph["nodes"].as_array().unwrap() {
            let id = node["properties"]["id"].as_str().unwrap();
            if id.contains("::eperm::") {
                assert!(node["properties"]["type"].as_str().unwrap().ends_with("EffectivePermission"), "{node}");
                assert!(["Read", "Update", "Delete"].contains(&node["properties"]["name"].as_str().unwrap()), "{node}");
                assert_eq!(found[id], [destination]);
            } else {
                assert_eq!(node["properties"]["datasource_id"], json!(nest.source), "{node}");
            }
        }
        for list in ["accumulated_effective_permissions", "accumulated_raw_permissions"] {
            assert_eq!(texts(&graph[list]), texts(&row[list]), "{source} {destination}");
        }
        let infos = graph["datasource_infos"].as_array().unwrap();
        assert_eq!((infos.len(), &infos[0]["datasource_id"]), (1, &json!(nest.source)));
        for (field, value) in [("has_error", false), ("is_deleted", false), ("has_warning", true)] {
            assert_eq!(infos[0][field], json!(value), "{field}: {}", infos[0]);
        }
        assert!(infos[0]["last_sync_time"].is_string());
        for empty in ["agent_type", "reason", "last_error_message"] {
            assert_eq!(infos[0][empty], "", "{empty}");
        }
    }
}

#[test]
fn the_graph_is_the_latest_unless_a_snapshot_is_named() {
    let world = World::new(3);
    let taken = administrator().post_empty("/api/v1/inventory/snapshots").expect(200);
    let snapshot = taken.str("/snapshot_id").to_owned();
    let (id, _) = world.certification();
    let rows = results(&id);
    let row = rows
        .iter()
        .find(|row| row["source"]["id"] == json!(world.accounts[0]) && row["destination"]["name"] == "PeriodClose");
    let row = row.expect("the role that a group gives");
    let path = path(&id, &row["result_id"]);
    let role = row["destination"]["id"].as_str().unwrap();
    let group = format!("grp-{}", world.word);
    let whole = nodes(&operator().get(&path).expect(200).body);
    assert_eq!(whole[&world.accounts[0]], std::slice::from_ref(&group));
    assert_eq!(whole[&group], [role]);

    // The group loses its member.
    let mut picture = world.picture();
    picture["memberships"] = json!([]);
    let source = format!("/api/v1/inventory/datasources/{}", world.source);
    let _ = administrator().put(&source, picture.clone()).expect(200);
    let apart = operator().get(&path).expect(200).body;
    assert_eq!(nodes(&apart), BTreeMap::from([(world.accounts[0].clone(), vec![]), (role.to_owned(), vec![])]));
    assert_eq!(
        (&apart["accumulated_raw_permissions"], &apart["accumulated_effective_permissions"]),
        (&json!([]), &json!([]))
    );
    let frozen = operator().get(&format!("{path}&snapshot_id={snapshot}")).expect(200).body;
    assert_eq!(nodes(&frozen), whole);
    awf_error(&operator().get(&format!("{path}&snapshot_id=1")), 404, "NotFound");
    names_field(&operator().get(&format!("{path}&snapshot_id=soon")), "snapshot_id");

    // The account is gone, then all of it.
    picture["accounts"].as_array_mut().unwrap().remove(0);
    picture["role_assignments"].as_array_mut().unwrap().retain(|given| given["account_id"] != json!(world.accounts[0]));
    let _ = administrator().put(&source, picture).expect(200);
    assert_eq!(nodes(&operator().get(&path).expect(200).body).into_keys().collect::<Vec<_>>(), [role]);
    let _ = administrator().delete(&source).expect(204);
    let gone = operator().get(&path).expect(200).body;
    assert_eq!(gone["nodes"], json!([]));
    assert_eq!(
        (&gone["datasource_infos"][0]["datasource_id"], &gone["datasource_infos"][0]["is_deleted"]),
        (&json!(world.source), &json!(true))
    );
    assert_eq!(nodes(&operator().get(&format!("{path}&snapshot_id={snapshot}")).expect(200).body), whole);
}

#[test]
fn reviewers_see_why_for_their_own_rows_and_for_no_other() {
    let world = World::new(6);
    let (id, total) = world.certification();
    let lena = world.reviewer("lena");
    let mut seen = 0;
    for row in results(&id) {
        let own = row["reviewers"][0]["email"] == json!(world.email("lena"));
        let answer = lena.get(&path(&id, &row["result_id"]));
        seen += u64::from(own);
        if own { assert!(!nodes(&answer.expect(200).body).is_empty()) } else { awf_error(&answer, 404, "NotFound") }
    }
    assert!(seen > 0 && seen < total);
    awf_error(&operator().get(&path(&id, &json!(total))), 404, "NotFound");
    let bare = operator().get("/api/preview/awf/access_graph");
    names_field(&bare, "certification_id");
    names_field(&bare, "result_id");
}

#[test]
fn a_row_of_a_campaign_is_explained_up_to_its_application() {
    let world = World::new(3);
    let campaign = world.active();
    let rows = results(&campaign);
    let row = rows.iter().find(|row| row["source"]["id"] == json!(world.accounts[0])).expect("a row");
    let graph = operator().get(&path(&campaign, &row["result_id"])).expect(200).body;
    let found = nodes(&graph);
    assert_eq!(found[&world.accounts[0]], std::slice::from_ref(&world.application));
    assert_eq!(graph["nodes"][1]["properties"]["type"], "Application");
}

#[test]
fn a_workflow_tells_how_the_data_sources_are_that_it_reviews() {
    let world = World::new(3);
    let other = World::new(3);
    let workflow = world.workflow();
    let path = format!("/api/preview/awf/workflows/{workflow}/datasource_status");
    let sources = |answer: &Value| -> BTreeSet<String> {
        let infos = answer["datasource_infos"].as_array().expect("a list").iter();
        infos.map(|info| info["datasource_id"].as_str().expect("an id").to_owned()).collect()
    };
    let told = operator().get(&path).expect(200).body;
    let info =
        told["datasource_infos"].as_array().unwrap().iter().find(|info| info["datasource_id"] == json!(world.source));
    let info = info.expect("the data source of its accounts");
    assert_eq!(
        (&info["name"], &info["has_error"], &info["is_deleted"]),
        (&json!(format!("Payroll {}", world.word)), &json!(false), &json!(false))
    );
    assert!(info["last_sync_time"].is_string());
    // Its destinations are roles, wherever they are.
    assert!(sources(&told).contains(&other.source));
    let own = json!({
        "source_node_types": nodes_of(&world.source, &["Account"]), "destination_node_types": nodes_of(&world.source, &["Role"]),
    });
    let body = json!({ "name": "Own", "query": own });
    let narrow = operator().post("/api/preview/awf/workflows", body).expect(200).str("/workflow_id").to_owned();
    let narrow = operator().get(&format!("/api/preview/awf/workflows/{narrow}/datasource_status")).expect(200).body;
    assert_eq!(sources(&narrow), BTreeSet::from([world.source.clone()]));
    awf_error(
        &operator().get("/api/preview/awf/workflows/0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b/datasource_status"),
        404,
        "NotFound",
    );
    awf_error(&world.reviewer("lena").get(&path), 403, "PermissionDenied");
}
