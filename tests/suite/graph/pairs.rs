//! Lists of pairs: one generated, and every file of the directory that `REVIEW_PAIR_LISTS` names, when it names one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use blackbox::unique;
use serde_json::json;

use super::{Row, certify, nodes_of, results, same_rows};
use crate::world::administrator;

/// Names and texts of the lists to be tried.
fn lists() -> Vec<(String, String)> {
    let mut generated = String::new();
    for user in 1..=120_u32 {
        for permission in 1..=90_u32 {
            if (user * 31 + permission * 17) % 11 < 2 || permission == user {
                let _ = writeln!(generated, "{user:9} {permission:10}");
            }
        }
    }
    let mut lists = vec![("generated".to_owned(), generated)];
    if let Ok(folder) = std::env::var("REVIEW_PAIR_LISTS") {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder}: {error}")) {
            let path = entry.expect("an entry").path();
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            lists.push((path.display().to_string(), text));
        }
    }
    lists
}

#[test]
fn certifications_over_pair_lists_have_the_rows_that_the_lists_have() {
    for (name, text) in lists() {
        let source = unique("pairs");
        let path = format!("/api/v1/inventory/datasources/{source}?format=pairs");
        let _ = administrator().send("PUT", &path, Some(text.clone().into_bytes())).expect(200);
        let id = |local: &str| format!("{source}:{local}");
        let held: BTreeSet<(&str, &str)> =
            text.lines().filter_map(|line| line.trim().split_once(char::is_whitespace)).collect();
        let held: BTreeSet<(&str, &str)> = held.into_iter().map(|(user, held)| (user, held.trim())).collect();
        let (accounts, roles) = (nodes_of(&source, &["Account"]), nodes_of(&source, &["Permission"]));
        let applications = nodes_of(&source, &["Application"]);

        let plain = json!({ "source_node_types": accounts, "destination_node_types": roles });
        let rows: BTreeSet<Row> =
            held.iter().map(|(user, permission)| (id(user), id(permission), String::new(), Vec::new())).collect();
        let found = results(&certify(&plain));
        same_rows(&found, &rows, &format!("{name}: who holds what"));

        let application = results(&certify(&json!({
            "source_node_types": accounts, "destination_node_types": applications,
            "required_intermediate_node_types": roles,
        })));
        let home = application[0]["destination"]["id"].as_str().expect("the application").to_owned();
        let mut sums: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (user, permission) in &held {
            sums.entry(user).or_default().insert((*permission).to_owned());
        }
        let sum = |(user, sum): (&&str, &BTreeSet<String>)| {
            (id(user), home.clone(), String::new(), sum.iter().cloned().collect::<Vec<_>>())
        };
        same_rows(&application, &sums.iter().map(sum).collect(), &format!("{name}: what it adds up to"));

        let over = json!({
            "source_node_types": accounts, "destination_node_types": applications, "waypoint_node_types": roles,
        });
        let rows: BTreeSet<Row> = held
            .iter()
            .map(|(user, permission)| (id(user), home.clone(), id(permission), vec![(*permission).to_owned()]))
            .collect();
        same_rows(&results(&certify(&over)), &rows, &format!("{name}: over what"));
    }
}
