//! Exports that say what has changed since the review before.

use super::*;

/// Another certification of the workflow of one, over the inventory as it is now; answers its id.
fn again(certification: &str) -> String {
    let shown = operator().get(&format!("/api/preview/awf/certifications/{certification}")).expect(200);
    let body = json!({
        "workflow_id": shown.str("/value/workflow_id"), "name": "Winter", "reviewer_assignment": { "users_manager": true },
    });
    let created = operator().post("/api/preview/awf/certifications", body).expect(200);
    let id = created.str("/certification_id").to_owned();
    let path = format!("/api/preview/awf/certifications/{id}");
    let _ = operator().until(&path, |body| body["value"]["state"] == "IN_PROGRESS");
    id
}

#[test]
fn an_export_compares_with_the_review_before() {
    let world = World::new(9);
    let first = decided(&world);
    finish(&first);
    let mut before: BTreeMap<(String, String), Value> = BTreeMap::new();
    let ends = |row: &Value| {
        let end = |name: &str| row[name]["name"].as_str().unwrap().to_owned();
        (end("source"), end("destination"))
    };
    before.extend(all_rows(&operator(), &results(&first)).into_iter().map(|row| (ends(&row), row)));
    // The last account goes, and the second gets the role that only the first had.
    let mut picture = world.picture();
    let gone = picture["accounts"].as_array_mut().unwrap().pop().unwrap();
    let close = picture["roles"][0]["id"].clone();
    let assignments = picture["role_assignments"].as_array_mut().unwrap();
    assignments.retain(|assignment| assignment["account_id"] != gone["id"]);
    assignments.push(json!({ "account_id": world.accounts[1], "role_id": close }));
    let path = format!("/api/v1/inventory/datasources/{}", world.source);
    let _ = administrator().put(&path, picture).expect(200);
    let second = again(&first);
    let body = json!({ "certification_id": second, "format": 0, "previous_certification_id": first });
    let lines = csv_of(&operator(), body.clone());
    let now = all_rows(&operator(), &results(&second));
    let mut differences: BTreeMap<&str, usize> = BTreeMap::new();
    for line in &lines {
        *differences.entry(line["difference"].as_str()).or_default() += 1;
        let key = (line["source.name"].clone(), line["destination.name"].clone());
        let is_now = now.iter().any(|row| ends(row) == key);
        let expected = match (is_now, before.contains_key(&key)) {
            (true, true) => "UNCHANGED",
            (true, false) => "ADDED",
            (false, _) => "REMOVED",
        };
        assert_eq!((line["difference"].as_str(), line["decision"] == "NONE"), (expected, is_now), "{line:?}");
        let told = before.get(&key).map(told_of).unwrap_or_default();
        for name in ["decision", "decision_by", "decision_at", "signed_off_state", "notes"] {
            let told = told.get(name).cloned().unwrap_or_default();
            let shown = line[&format!("previous.{name}")].trim_start_matches('\'');
            assert_eq!(shown, told.as_str(), "{name} of {line:?}");
        }
    }
    assert_eq!(differences, BTreeMap::from([("ADDED", 1), ("REMOVED", 1), ("UNCHANGED", 9)]));
    // A reviewer compares their own rows, unless that is not offered to them.
    choose(&second, "allow_reviewer_exports", json!({ "allow_csv_exports": true }));
    let own = csv_of(&world.reviewer("lena"), body.clone());
    assert!(!own.is_empty() && own.iter().all(|line| line["difference"] != "REMOVED"), "{own:?}");
    // Only a review of the same workflow is one before.
    let (foreign, _) = World::new(3).certification();
    for other in [foreign.as_str(), second.as_str(), NOBODY, "x"] {
        let body = json!({ "certification_id": second, "format": 0, "previous_certification_id": other });
        awf_error(&operator().post(CREATE, body), 404, "NotFound");
    }
}
