//! What a review tells the world, read where the local bus keeps it. A deployed bus keeps nothing: there, rules listen.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use blackbox::{PATIENCE, Target};
use serde_json::{Value, json};

/// A stack of its own, for as long as this process lives, and the file of its bus.
fn stack() -> (Target, PathBuf) {
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().expect("a tokio runtime");
        runtime.block_on(async {
            let stack = local::Stack::start(local::Options::for_tests()).await.expect("the local stack starts");
            let target =
                Target { base_url: stack.base_url().to_owned(), tokens: stack.tokens().clone(), jwts: Vec::new() };
            send.send((target, stack.events())).expect("the test waits for the stack");
            std::future::pending::<()>().await;
        });
    });
    receive.recv().expect("the local stack came up")
}

/// The events of one review and of what it was made from, each once, in the order in which they were told first.
fn told(file: &Path, about: &[&str]) -> Vec<Value> {
    let text = std::fs::read_to_string(file).expect("the file of the bus");
    let mut seen = BTreeSet::new();
    let events = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a JSON object a line"));
    let ours = events.filter(|event| about.iter().any(|id| event["detail"]["data"].to_string().contains(id)));
    ours.filter(|event| seen.insert(event["detail"]["id"].as_str().expect("an id").to_owned())).collect()
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["detail-type"].as_str().expect("a type")).collect()
}

/// What is told after a worker's transaction comes a moment after its state can be read.
fn until(file: &Path, about: &[&str], kind: &str) {
    let started = Instant::now();
    while !types(&told(file, about)).contains(&kind) {
        assert!(started.elapsed() < PATIENCE, "{kind} is not told");
        std::thread::yield_now();
    }
}

fn picture() -> Value {
    let accounts: Vec<Value> = (0..3)
        .map(|n| json!({ "id": format!("acct-{n}"), "account_name": format!("user{n}"), "application_id": "app" }))
        .collect();
    json!({ "name": "Payroll", "applications": [{ "id": "app", "name": "Payroll" }], "accounts": accounts,
        "roles": [{ "id": "closer", "name": "Closer", "application_id": "app" }],
        "role_assignments": [{ "account_id": "acct-0", "role_id": "closer" }] })
}

#[test]
fn a_campaign_tells_its_story_from_the_inventory_to_the_end() {
    let (target, file) = stack();
    let who = target.persona("administrator");
    let _ = who.put("/api/v1/inventory/datasources/payroll", picture()).expect(200);
    let body = json!({ "name": "Payroll", "start_date": "2026-01-01T00:00:00Z", "end_date": "2099-01-01T00:00:00Z" });
    let campaign = who.post("/api/v1/campaigns", body).expect(201).str("/id").to_owned();
    let about = [campaign.as_str(), "payroll"];
    let path = format!("/api/v1/campaigns/{campaign}");
    let _ = who.post_empty(&format!("{path}/start")).expect(200);
    let _ = who.until(&path, |body| body["status"] == "active");
    until(&file, &about, "campaign.activated");
    let decision = json!({ "decision": "approved", "comment": "still on the team" });
    let _ = who.post(&format!("{path}/approvals/acct-0"), decision).expect(200);
    let _ = who.post_empty(&format!("{path}/approvals/acct-0/undo")).expect(200);
    let batch = json!({ "account_ids": ["acct-0", "acct-1", "acct-2"], "decision": "rejected" });
    let _ = who.post(&format!("{path}/approvals/batch"), batch).expect(200);
    let _ = who.post_empty(&format!("{path}/complete")).expect(200);

    let told = told(&file, &about);
    assert_eq!(
        types(&told),
        [
            "datasource.loaded",
            "campaign.created",
            "campaign.started",
            "campaign.activated",
            "row.decided",
            "row.noted",
            "row.signed_off",
            "row.cleared",
            "row.noted",
            "row.sign_off_undone",
            "row.decided",
            "row.signed_off",
            "campaign.completed",
        ]
    );
    assert_eq!(told[0]["detail"]["data"]["created"], 5);
    assert_eq!(told[3]["detail"]["data"]["rows"], 3);
    assert_eq!(told[7]["detail"]["data"]["changes"][0]["undone"], true);
    let rejected = json!([{ "decision": "rejected", "rows": [0, 1, 2] }]);
    assert_eq!(told[10]["detail"]["data"]["changes"], rejected);
    let me = who.get("/api/v1/me").expect(200);
    let actor = told[12]["detail"]["actor"].as_str().expect("an actor");
    assert!(actor.ends_with(me.str("/user/id")), "{actor} is not {}", me.text);
    let all = std::fs::read_to_string(&file).expect("the file of the bus");
    for secret in ["still on the team", me.str("/user/email"), target.tokens["administrator"].as_str()] {
        assert!(!all.contains(secret), "{secret}");
    }
}

#[test]
fn a_certification_tells_its_story() {
    let (target, file) = stack();
    let who = target.persona("administrator");
    let _ = who.put("/api/v1/inventory/datasources/payroll", picture()).expect(200);
    let set = |kind: &str| json!({ "nodes": [{ "node_type": kind }], "nodes_operator": "AND" });
    let query = json!({ "source_node_types": set("Account"), "destination_node_types": set("Role") });
    let workflow = json!({ "name": "Roles", "description": "", "notes": "", "query": query });
    let workflow = who.post("/api/preview/awf/workflows", workflow).expect(200).str("/workflow_id").to_owned();
    let body = json!({ "workflow_id": workflow, "name": "Autumn" });
    let review = who.post("/api/preview/awf/certifications", body).expect(200).str("/certification_id").to_owned();
    let about = [workflow.as_str(), review.as_str()];
    let path = format!("/api/preview/awf/certifications/{review}");
    let open = who.until(&path, |body| body["value"]["state"] == "IN_PROGRESS");
    assert_eq!(open["value"]["total_result_count"], 1);
    until(&file, &about, "certification.opened");
    let row = json!({ "value": { "result_id": 0, "decision": "REJECTED", "notes": "nobody needs it" } });
    let _ = who.put(&format!("{path}/results"), row).expect(200);
    let _ = who.post(&format!("{path}/results:sign_off"), json!({ "result_ids": [0] })).expect(200);
    let _ = who.post_empty(&format!("{path}:complete")).expect(200);

    let told = told(&file, &about);
    assert_eq!(
        types(&told),
        [
            "workflow.created",
            "certification.started",
            "certification.opened",
            "row.decided",
            "row.noted",
            "row.signed_off",
            "certification.completed",
        ]
    );
    assert_eq!(told[2]["detail"]["data"]["rows"], 1);
    assert_eq!(told[3]["detail"]["data"]["kind"], "certification");
}

#[test]
fn an_api_key_tells_its_life_and_never_its_secret() {
    let (target, file) = stack();
    let who = target.persona("administrator");
    let key = json!({ "name": "robot", "role": "auditor", "user": "robot@corp.example" });
    let key = who.post("/api/v1/api-keys", key).expect(201);
    let (id, token) = (key.str("/id").to_owned(), key.str("/token").to_owned());
    let _ = who.delete(&format!("/api/v1/api-keys/{id}")).expect(204);
    assert_eq!(types(&told(&file, &[&id])), ["api_key.issued", "api_key.revoked"]);
    let all = std::fs::read_to_string(&file).expect("the file of the bus");
    assert!(!all.contains(&token) && !all.contains("robot"), "{all}");
}
