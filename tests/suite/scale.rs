//! One whole review of a pair list, in both dialects, with the process killed in the middle.
//!
//! The list is generated, unless `REVIEW_PAIRS` names a file of `user permission` lines:
//!
//! ```text
//! REVIEW_PAIRS=grants.txt cargo test -p blackbox scale -- --nocapture
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use blackbox::Persona;
use serde_json::{Value, json};

use crate::restart::Process;
use crate::world;

/// The pairs to review: a file, or some thousands of generated ones.
fn pairs() -> String {
    if let Ok(path) = std::env::var("REVIEW_PAIRS") {
        return std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    let mut text = String::new();
    for user in 1..=1_150_u32 {
        for permission in (1..=24_u32).filter(|permission| (user * 31 + permission * 17) % 7 == 0) {
            let _ = writeln!(text, "{user:9} {permission:10}");
        }
    }
    text
}

#[test]
fn a_pair_list_is_reviewed_whole_in_both_dialects_across_a_kill() {
    let directory = std::env::temp_dir().join(blackbox::unique("scale"));
    let text = pairs();
    let grants: BTreeSet<(&str, &str)> = text
        .lines()
        .filter_map(|line| line.split_whitespace().collect::<Vec<_>>().try_into().ok())
        .map(|[user, permission]: [&str; 2]| (user, permission))
        .collect();
    let users: BTreeSet<&str> = grants.iter().map(|(user, _)| *user).collect();

    let mut process = Process::start(&directory);
    let administrator = process.persona("administrator");
    let _ = administrator
        .send("PUT", "/api/v1/inventory/datasources/grants?format=pairs", Some(text.clone().into_bytes()))
        .expect(200);
    let campaign = campaign(&administrator);
    let certification = certification(&administrator);
    println!("{} grants of {} users: both reviews have started", grants.len(), users.len());

    let accounts =
        world::all_pages(&administrator, &format!("/api/v1/campaigns/{campaign}/approvals?limit=1000"), "approvals");
    let ids: BTreeSet<&str> = accounts.iter().map(|row| row["account_id"].as_str().expect("an id")).collect();
    assert_eq!((accounts.len(), ids.len()), (users.len(), users.len()), "every account exactly once");
    let results = format!("/api/preview/awf/certifications/{certification}/results");
    let rows = world::all_rows(&administrator, &format!("{results}?page_size=2000"));
    let seen: BTreeSet<(&str, &str)> = rows.iter().map(|row| (name(row, "source"), name(row, "destination"))).collect();
    assert_eq!(rows.len(), grants.len(), "every grant exactly once");
    assert_eq!(seen, grants, "the rows are the grants");
    println!("every row was listed exactly once");

    let mut expected: BTreeMap<String, &str> = BTreeMap::new();
    let order: Vec<String> = accounts.iter().map(|row| row["account_id"].as_str().expect("an id").to_owned()).collect();
    for (n, account) in order.iter().take(100).enumerate() {
        if n % 25 == 24 {
            drop(process);
            process = Process::start(&directory);
        }
        let decision = ["approved", "rejected", "flagged"][n % 3];
        let path = format!("/api/v1/campaigns/{campaign}/approvals/{account}");
        let _ = process.persona("operator").post(&path, json!({ "decision": decision })).expect(200);
        expected.insert(account.clone(), decision);
    }
    for (n, chunk) in order.chunks(100).skip(1).take(9).enumerate() {
        let decision = ["approved", "rejected"][n % 2];
        let body = json!({ "account_ids": chunk, "decision": decision });
        let _ = process
            .persona("operator")
            .post(&format!("/api/v1/campaigns/{campaign}/approvals/batch"), body)
            .expect(200);
        expected.extend(chunk.iter().map(|account| (account.clone(), decision)));
    }
    for row in 0..rows.len().min(200) {
        let body = json!({ "value": { "result_id": row, "decision": if row % 4 == 0 { 3 } else { 2 } } });
        let _ = process.persona("operator").put(&results, body).expect(200);
    }
    drop(process);
    let process = Process::start(&directory);
    println!("{} decisions on accounts, then killed and started again", expected.len());

    let administrator = process.persona("administrator");
    let after =
        world::all_pages(&administrator, &format!("/api/v1/campaigns/{campaign}/approvals?limit=1000"), "approvals");
    for row in &after {
        let account = row["account_id"].as_str().expect("an id");
        assert_eq!(row["status"], json!(expected.get(account).copied().unwrap_or("pending")), "{account}");
    }
    let recount = |status: &str| after.iter().filter(|row| row["status"] == status).count();
    let counts = administrator.get(&format!("/api/v1/campaigns/{campaign}/approvals/counts")).expect(200);
    let statuses = ["pending", "approved", "rejected", "flagged"];
    assert_eq!(
        counts.body,
        Value::Object(statuses.map(|status| (status.to_owned(), json!(recount(status)))).into_iter().collect())
    );

    finish(&administrator, &campaign, &certification, rows.len());
    drop(process);
    std::fs::remove_dir_all(&directory).expect("the data directory can be removed");
}

/// The local part of a node's name: pair lists name users and permissions as they stand in the file.
fn name<'a>(row: &'a Value, end: &str) -> &'a str {
    row[end]["name"].as_str().expect("a name")
}

fn campaign(who: &Persona) -> String {
    let body = json!({ "name": "Pairs", "start_date": "2026-01-01T00:00:00Z", "end_date": "2099-01-01T00:00:00Z" });
    let id = who.post("/api/v1/campaigns", body).expect(201).str("/id").to_owned();
    let _ = who.post_empty(&format!("/api/v1/campaigns/{id}/start")).expect(200);
    let _ = who.until(&format!("/api/v1/campaigns/{id}"), |body| body["status"] == "active");
    id
}

fn certification(who: &Persona) -> String {
    let query = json!({
        "source_node_types": { "nodes": [{ "node_type": "Account" }], "nodes_operator": "AND" },
        "destination_node_types": { "nodes": [{ "node_type": "Permission" }], "nodes_operator": "AND" },
    });
    let workflow = who.post("/api/preview/awf/workflows", json!({ "name": "Pairs", "query": query })).expect(200);
    let created =
        who.post("/api/preview/awf/certifications", json!({ "workflow_id": workflow.str("/workflow_id") })).expect(200);
    let id = created.str("/certification_id").to_owned();
    let _ = who.until(&format!("/api/preview/awf/certifications/{id}"), |body| body["value"]["state"] == "IN_PROGRESS");
    id
}

/// Completes both reviews; the certification's remaining rows are decided and signed off first, the most of very many at once.
fn finish(who: &Persona, campaign: &str, certification: &str, rows: usize) {
    let done = who.post_empty(&format!("/api/v1/campaigns/{campaign}/complete")).expect(200);
    assert_eq!(done.body["status"], "completed");
    let path = format!("/api/preview/awf/certifications/{certification}");
    let value = who.get(&path).expect(200).body["value"].clone();
    let decided = rows.min(200);
    assert_eq!(value["total_complete_count"], json!(decided));
    assert_eq!(value["total_rejected_count"], json!(decided.div_ceil(4)));
    let blocked = who.post_empty(&format!("{path}:complete"));
    world::awf_error(&blocked, 409, "FailedPrecondition");
    let singly = rows.min(4_000);
    std::thread::scope(|scope| {
        for lane in 0..4 {
            let path = &path;
            scope.spawn(move || {
                for row in (decided + lane..singly).step_by(4) {
                    let body = json!({ "value": { "result_id": row, "decision": "ACCEPTED" } });
                    let _ = who.put(&format!("{path}/results"), body).expect(200);
                }
            });
        }
    });
    for first in (singly..rows).step_by(1000) {
        let ids: Vec<usize> = (first..rows.min(first + 1000)).collect();
        let body = json!({ "result_ids": ids, "decision": "ACCEPTED" });
        let bulk = who.post(&format!("{path}/results:bulk_update"), body).expect(200);
        assert_eq!(bulk.body["updated"], json!(ids.len()));
    }
    for first in (0..rows).step_by(1000) {
        let ids: Vec<usize> = (first..rows.min(first + 1000)).collect();
        let signed = who.post(&format!("{path}/results:sign_off"), json!({ "result_ids": ids })).expect(200);
        assert_eq!(signed.body["signed_off"], json!(ids.len()));
    }
    let _ = who.post_empty(&format!("{path}:complete")).expect(200);
    assert_eq!(who.get(&path).expect(200).body["value"]["state"], "COMPLETED");
}
