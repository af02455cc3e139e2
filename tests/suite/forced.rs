//! Mending rows by force, and what those who remove access tell.

use serde_json::{Value, json};

use crate::world::{self, World, administrator, all_rows, auditor, awf_error, names_field, operator};

fn path(certification: &str) -> String {
    format!("/api/preview/awf/certifications/{certification}/results")
}

fn row(certification: &str, row: u64) -> Value {
    operator().get(&format!("{}/{row}", path(certification))).expect(200).body["value"].clone()
}

fn totals(certification: &str) -> [i64; 4] {
    let read = operator().get(&format!("/api/preview/awf/certifications/{certification}")).expect(200);
    ["complete", "accepted", "rejected", "fixed"]
        .map(|word| read.body["value"][format!("total_{word}_count")].as_i64().expect("a count"))
}

fn actions(row: &Value) -> Vec<&str> {
    let log = row["action_log_entries"].as_array().expect("a log");
    log.iter().map(|entry| entry["action"].as_str().expect("an action")).collect()
}

fn force(certification: &str, value: Value) -> blackbox::Answer {
    administrator().post(&format!("{}:force_update", path(certification)), json!({ "value": value }))
}

/// A completed certification whose rows are accepted, but for the first, which is rejected.
fn completed(world: &World) -> (String, u64) {
    let (id, total) = world.certification();
    for n in 0..total {
        let decision = if n == 0 { "REJECTED" } else { "ACCEPTED" };
        let value = json!({ "result_id": n, "decision": decision, "signed_off_state": "SIGNED_OFF" });
        let _ = operator().put(&path(&id), json!({ "value": value })).expect(200);
    }
    let _ = operator().post_empty(&format!("/api/preview/awf/certifications/{id}:complete")).expect(200);
    (id, total)
}

#[test]
fn force_takes_a_sign_off_back_and_mends_a_completed_certification() {
    let world = World::new(3);
    let (id, total) = completed(&world);
    let before = operator().get(&format!("/api/preview/awf/certifications/{id}")).expect(200).body["value"].clone();
    let all = i64::try_from(total).unwrap();
    assert_eq!(totals(&id), [all, all - 1, 1, 0]);
    awf_error(&force(&id, json!({ "result_id": 0, "decision": "ACCEPTED" })), 409, "FailedPrecondition");
    awf_error(&force(&id, json!({ "result_id": 0, "notes": "late" })), 409, "FailedPrecondition");
    let mended =
        json!({ "result_id": "0", "signed_off_state": "NOT_SIGNED_OFF", "decision": 2, "notes": "asked again" });
    assert_eq!(force(&id, mended).expect(200).body, json!({}));
    assert_eq!(totals(&id), [all, all, 0, 0]);
    let shown = row(&id, 0);
    assert_eq!(actions(&shown)[2..], ["SIGN_OFF_UNDONE", "DECISION", "NOTE_ADDED"]);
    assert_eq!((&shown["decision"], &shown["signed_off_state"]), (&json!("ACCEPTED"), &json!("NOT_SIGNED_OFF")));
    assert_eq!(shown["signed_off_at"], Value::Null);
    let _ = force(&id, json!({ "result_id": 0, "decision": "NONE" })).expect(200);
    assert_eq!(totals(&id), [all - 1, all - 1, 0, 0]);
    let cleared = &row(&id, 0)["action_log_entries"][5];
    assert_eq!(cleared["decision_cleared_detail"]["reason"], "FORCE_UPDATED");
    awf_error(&force(&id, json!({ "result_id": 0, "signed_off_state": "SIGNED_OFF" })), 409, "FailedPrecondition");
    let _ = force(&id, json!({ "result_id": 0, "decision": "REJECTED", "signed_off_state": 2 })).expect(200);
    assert_eq!(actions(&row(&id, 0))[6..], ["DECISION", "SIGNED_OFF"]);
    assert_eq!(totals(&id), [all, all - 1, 1, 0]);

    let after = operator().get(&format!("/api/preview/awf/certifications/{id}")).expect(200).body["value"].clone();
    for stays in ["state", "completed_at", "completed_by", "version", "updated_at"] {
        assert_eq!(after[stays], before[stays], "{stays}");
    }
    assert_ne!(after["results_updated_at"], before["results_updated_at"]);
    assert_ne!(after["results_updated_by"], before["results_updated_by"]);
    awf_error(
        &operator().put(&path(&id), json!({ "value": { "result_id": 0, "decision": "FIXED" } })),
        409,
        "FailedPrecondition",
    );
}

#[test]
fn an_open_row_is_reopened_by_force_alone() {
    let world = World::new(3);
    let (id, _) = world.certification();
    let lena = world.reviewer("lena");
    let own = all_rows(&lena, &path(&id))[0]["result_id"].as_u64().unwrap();
    let put = |body: Value| lena.put(&path(&id), json!({ "value": body }));
    let _ = put(json!({ "result_id": own, "decision": "ACCEPTED", "signed_off_state": "SIGNED_OFF" })).expect(200);
    awf_error(&put(json!({ "result_id": own, "signed_off_state": "NOT_SIGNED_OFF" })), 409, "FailedPrecondition");
    // without the envelope, as with every other request
    let bare = json!({ "result_id": own, "signed_off_state": "NOT_SIGNED_OFF" });
    let _ = administrator().post(&format!("{}:force_update", path(&id)), bare).expect(200);
    let _ = put(json!({ "result_id": own, "decision": "REJECTED", "notes": "left" })).expect(200);
    assert_eq!(row(&id, own)["decision"], "REJECTED");
    let _ = force(&id, json!({ "result_id": own, "notification_status": "SUCCEED" })).expect(200);
    let shown = row(&id, own);
    assert_eq!(shown["notification_status"], "SUCCEED");
    let _ = force(&id, json!({ "result_id": own, "notification_status": "PENDING" })).expect(200);
    let shown = row(&id, own);
    assert_eq!(shown["notification_status"], "PENDING");
    let infos = shown["notification_response_infos"].as_array().expect("a list");
    let told: Vec<_> = infos.iter().map(|info| (&info["status"], info["user"]["email"].as_str())).collect();
    let by = shown["updated_by"]["email"].as_str();
    assert!(by.is_some());
    assert_eq!(told, [(&json!("SUCCEED"), by), (&json!("PENDING"), by)], "what was put right by force, and by whom");
}

#[test]
fn only_administrators_use_force_and_every_fault_is_named() {
    let world = World::new(3);
    let (id, total) = world.certification();
    let verb = format!("{}:force_update", path(&id));
    let good = json!({ "value": { "result_id": 0, "decision": "ACCEPTED" } });
    for who in [operator(), auditor(), world.reviewer("lena")] {
        awf_error(&who.post(&verb, good.clone()), 403, "PermissionDenied");
    }
    awf_error(&world::target().anonymous().post(&verb, good), 401, "Unauthenticated");
    let answer = force(&id, json!({ "result_id": -1, "decision": 9, "notification_status": "LOST" }));
    for field in ["value.result_id", "value.decision", "value.notification_status"] {
        names_field(&answer, field);
    }
    names_field(&force(&id, json!({ "result_id": 0, "notification_status": "UNKNOWN" })), "value");
    awf_error(&force(&id, json!({ "result_id": total, "decision": "ACCEPTED" })), 404, "NotFound");
    awf_error(&force(&id, json!({ "result_id": 0, "decision": "FIXED" })), 409, "FailedPrecondition");
    let stale = administrator().header("If-Match", "\"9\"").post(&verb, json!({ "result_id": 0, "decision": 2 }));
    awf_error(&stale, 409, "Aborted");
}

#[test]
fn whoever_removes_access_tells_how_it_goes_in_every_state() {
    let world = World::new(3);
    let (id, _) = completed(&world);
    let verb = format!("{}:update_webhook_info", path(&id));
    let counted = totals(&id);
    let refused =
        json!({ "result_id": "0", "notification_status": "FAILED", "webhook_info": "Directory refused the removal" });
    assert_eq!(operator().post(&verb, refused).expect(200).body, json!({}));
    let done = json!({ "value": { "result_id": 0, "notification_status": 2, "webhook_info": "INC0042" } });
    let _ = operator().put(&verb, done).expect(200);
    let _ = operator().put(&verb, json!({ "result_id": 0, "notification_status": "pending" })).expect(200);
    let shown = row(&id, 0);
    assert_eq!((&shown["decision"], &shown["notification_status"]), (&json!("REJECTED"), &json!("PENDING")));
    let infos = shown["notification_response_infos"].as_array().expect("a list");
    let told = |n: usize| (&infos[n]["status"], &infos[n]["webhook_info"]["info"], &infos[n]["error_message"]);
    assert_eq!(infos.len(), 3);
    let text = "Directory refused the removal";
    assert_eq!(told(0), (&json!("FAILED"), &json!(text), &json!(text)));
    assert_eq!(told(1), (&json!("SUCCEED"), &json!("INC0042"), &json!("")));
    assert_eq!(told(2), (&json!("PENDING"), &json!(""), &json!("")));
    assert!(infos.iter().all(|info| info["updated_at"].is_string()));
    assert_eq!(totals(&id), counted);
    assert_eq!(actions(&shown), ["DECISION", "SIGNED_OFF"], "it is no action of a reviewer");
    let filtered = format!("{}?mutable_filter=notification_status%20eq%20%22PENDING%22", path(&id));
    assert_eq!(all_rows(&operator(), &filtered).len(), 1);
}

#[test]
fn what_is_told_is_checked() {
    let world = World::new(3);
    let (id, total) = world.certification();
    let verb = format!("{}:update_webhook_info", path(&id));
    let told = |info: String| json!({ "result_id": 0, "notification_status": "FAILED", "webhook_info": info });
    let _ = operator().post(&verb, told("é".repeat(127))).expect(200);
    names_field(&operator().post(&verb, told("é".repeat(128))), "webhook_info");
    let answer = operator().post(&verb, json!({ "notification_status": "UNKNOWN" }));
    names_field(&answer, "notification_status");
    names_field(&answer, "result_id");
    names_field(&operator().post(&verb, json!({ "result_id": 0 })), "notification_status");
    let unknown = json!({ "result_id": total, "notification_status": "FAILED" });
    awf_error(&operator().post(&verb, unknown.clone()), 404, "NotFound");
    for who in [auditor(), world.reviewer("lena")] {
        awf_error(&who.post(&verb, unknown.clone()), 403, "PermissionDenied");
        awf_error(&who.put(&verb, unknown.clone()), 403, "PermissionDenied");
    }
    assert_eq!(row(&id, 0)["decision"], "NONE");
}

#[test]
fn what_became_of_a_removal_stands_in_the_run_history() {
    let world = World::new(2);
    let id = world.draft();
    let _ = administrator().put(&format!("/api/v1/campaigns/{id}"), json!({ "revoke_mode": "enforce" })).expect(200);
    world::start(&id);
    let account = &world.accounts[0];
    let decided = format!("/api/v1/campaigns/{id}/approvals/{account}");
    let _ = operator().post(&decided, json!({ "decision": "rejected" })).expect(200);
    let rows = all_rows(&operator(), &path(&id));
    let row = rows.iter().find(|row| row["source"]["id"] == json!(account)).expect("the account's row");
    assert_eq!(row["notification_status"], "PENDING");
    let tell = |status: &str, info: &str| {
        let body = json!({ "result_id": row["result_id"], "notification_status": status, "webhook_info": info });
        let _ = operator().post(&format!("{}:update_webhook_info", path(&id)), body).expect(200);
        let runs = operator().get(&format!("/api/v1/campaigns/{id}/run-history")).expect(200);
        let line = runs.list("/runs").iter().find(|line| line["account_id"] == json!(account)).expect("a line").clone();
        (line["response_status"].clone(), line["result"].clone(), line["result_detail"].clone())
    };
    let text = "Directory refused the removal";
    assert_eq!(tell("FAILED", text), (json!("revoked"), json!("failure"), json!(text)));
    assert_eq!(tell("PENDING", "INC0042"), (json!("revoked"), Value::Null, json!("INC0042")));
    assert_eq!(tell("SUCCEED", ""), (json!("revoked"), json!("success"), Value::Null));
    let item = operator().get(&format!("/api/v1/campaigns/{id}/review-items/{account}")).expect(200);
    assert_eq!(item.body["status"], "revoked");
}
