//! Who reviews a certification, and how far they have come.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::world::{World, all_rows, awf_error, operator};

fn infos(certification: &str) -> Vec<Value> {
    let path = format!("/api/preview/awf/certifications/{certification}/reviewer_infos");
    operator().get(&path).expect(200).list("/values").clone()
}

/// The same, counted row by row.
fn recount(certification: &str) -> BTreeMap<String, [u64; 6]> {
    let mut counts: BTreeMap<String, [u64; 6]> = BTreeMap::new();
    for row in all_rows(&operator(), &format!("/api/preview/awf/certifications/{certification}/results")) {
        for reviewer in row["reviewers"].as_array().into_iter().flatten() {
            let counts = counts.entry(reviewer["id"].as_str().unwrap_or_default().to_owned()).or_default();
            let place = match row["decision"].as_str() {
                Some("ACCEPTED") => 2,
                Some("REJECTED") => 3,
                Some("FIXED") => 4,
                _ => 1,
            };
            counts[0] += 1;
            counts[place] += 1;
            counts[5] += u64::from(row["signed_off_state"] == "SIGNED_OFF");
        }
    }
    counts
}

#[track_caller]
fn agree(certification: &str) -> Vec<Value> {
    let infos = infos(certification);
    let told = infos.iter().map(|info| {
        let names = ["total", "no_decision", "accepted", "rejected", "fixed", "signed_off"];
        let number = |name| info["row_stats"][name].as_str().and_then(|text| text.parse().ok()).expect("a number");
        (info["reviewer"]["id"].as_str().expect("an id").to_owned(), names.map(number))
    });
    assert_eq!(told.collect::<BTreeMap<String, [u64; 6]>>(), recount(certification));
    infos
}

#[test]
fn every_reviewer_is_told_with_the_numbers_of_their_rows() {
    let world = World::new(12);
    let (certification, rows) = world.certification();
    let path = format!("/api/preview/awf/certifications/{certification}/results");
    let fresh = agree(&certification);
    let names: Vec<&str> = fresh.iter().filter_map(|info| info["reviewer"]["name"].as_str()).collect();
    assert_eq!(names.len(), 2);
    assert!(names.is_sorted() && names.iter().all(|name| !name.is_empty()), "{names:?}");

    for (row, decision) in (0..rows).zip(["ACCEPTED", "REJECTED", "ACCEPTED", "REJECTED", "FIXED"]) {
        let first = if decision == "FIXED" { "REJECTED" } else { decision };
        let body = |decision| json!({ "value": { "result_id": row, "decision": decision, "notes": "seen" } });
        let _ = operator().put(&path, body(first)).expect(200);
        let _ = operator().put(&path, body(decision)).expect(200);
    }
    let _ = operator().put(&path, json!({ "value": { "result_id": 0, "signed_off_state": "SIGNED_OFF" } })).expect(200);
    agree(&certification);
}

#[test]
fn a_row_that_is_handed_over_counts_for_its_new_reviewer() {
    let world = World::new(6);
    let (certification, _) = world.certification();
    let path = format!("/api/preview/awf/certifications/{certification}/results");
    let before = agree(&certification);
    let row = all_rows(&operator(), &path).remove(0);
    let old = row["reviewers"][0]["id"].clone();
    let new = before.iter().map(|info| &info["reviewer"]).find(|user| user["id"] != old).expect("somebody else");
    let value = json!({ "result_id": row["result_id"], "reviewers": [new] });
    let _ = operator().put(&path, json!({ "value": value })).expect(200);
    let after = agree(&certification);
    assert_ne!(before, after);
}

#[test]
fn reviewers_of_nothing_are_not_found() {
    let path = "/api/preview/awf/certifications/0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b/reviewer_infos";
    awf_error(&operator().get(path), 404, "NotFound");
}
