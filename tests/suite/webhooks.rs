//! Receivers of messages: who may be named, and what they are told. They stand on this machine, which only the local stack
//! reaches.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use blackbox::Persona;
use serde_json::{Value, json};

use crate::events::stack;
use crate::world::{administrator, names_field};

const SETTING: &str = "/api/private/workflows/access/global_settings/webhook_settings";
const CERTIFICATIONS: &str = "/api/preview/awf/certifications";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Messages wait until no decision can be taken back any more.
const PATIENCE: Duration = Duration::from_secs(120);

/// A receiver that takes every message; its address, and what it was sent: headers in lower case, and the body.
fn receiver() -> (String, Receiver<(Vec<String>, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/reviews", listener.local_addr().expect("an address"));
    let (send, receive) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.expect("a connection"));
            let mut headers = Vec::new();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a line");
                if line.trim().is_empty() {
                    break;
                }
                headers.push(line.trim().to_lowercase());
            }
            let length = headers.iter().find_map(|header| header.strip_prefix("content-length: ")?.parse().ok());
            let mut body = vec![0; length.expect("a length")];
            reader.read_exact(&mut body).expect("a body");
            let answer = b"HTTP/1.1 204 Taken\r\nconnection: close\r\n\r\n";
            reader.get_mut().write_all(answer).expect("an answer");
            if send.send((headers, serde_json::from_slice(&body).expect("JSON"))).is_err() {
                return;
            }
        }
    });
    (url, receive)
}

/// A workflow over three accounts with a role each.
fn workflow(who: &Persona) -> String {
    let accounts: Vec<Value> = (0..3)
        .map(|n| json!({ "id": format!("acct-{n}"), "account_name": format!("user{n}"), "application_id": "app" }))
        .collect();
    let grants: Vec<Value> =
        (0..3).map(|n| json!({ "account_id": format!("acct-{n}"), "role_id": "closer" })).collect();
    let picture = json!({ "name": "Payroll", "applications": [{ "id": "app", "name": "Payroll" }], "accounts": accounts,
        "roles": [{ "id": "closer", "name": "Closer", "application_id": "app" }], "role_assignments": grants });
    let _ = who.put("/api/v1/inventory/datasources/payroll", picture).expect(200);
    let nodes = |kind: &str| json!({ "nodes": [{ "node_type": kind }], "nodes_operator": "AND" });
    let query = json!({ "source_node_types": nodes("Account"), "destination_node_types": nodes("Role") });
    let workflow = who.post("/api/preview/awf/workflows", json!({ "name": "Closers", "query": query })).expect(200);
    workflow.str("/workflow_id").to_owned()
}

fn certification(who: &Persona, workflow: &str) -> String {
    let body = json!({ "workflow_id": workflow, "name": "June" });
    let id = who.post(CERTIFICATIONS, body).expect(200).str("/certification_id").to_owned();
    let _ = who.until(&format!("{CERTIFICATIONS}/{id}"), |it| it["value"]["state"] == "IN_PROGRESS");
    id
}

/// A stack of its own whose receiver hears of rejected rows.
fn listened_to() -> (Persona, Receiver<(Vec<String>, Value)>) {
    let (target, _) = stack();
    let who = target.persona("administrator");
    let (url, told) = receiver();
    let value = json!({ "url": url, "secret": SECRET, "events": ["row.rejected"] });
    let _ = who.put(SETTING, json!({ "value": value })).expect(200);
    (who, told)
}

/// That the receiver is told of the rejection of these rows, once each, and that that is their removal.
fn told_of(who: &Persona, told: &Receiver<(Vec<String>, Value)>, certification: &str, rows: &[u64]) {
    let results = format!("{CERTIFICATIONS}/{certification}/results");
    for row in rows {
        let shown = who.get(&format!("{results}/{row}")).expect(200);
        let now = (&shown.body["value"]["decision"], &shown.body["value"]["signed_off_state"]);
        assert_eq!(now, (&json!("REJECTED"), &json!("SIGNED_OFF")), "{}", shown.text);
    }
    let mut heard = Vec::new();
    while heard.len() < rows.len() {
        let (_, body) = told.recv_timeout(PATIENCE).expect("a message");
        assert_eq!((&body["event"], &body["actor"]["user_type"]), (&json!("row.rejected"), &json!("system")));
        assert_eq!(body["certification"]["id"], certification);
        heard.extend(body["results"].as_array().expect("rows").iter().map(|row| row["result_id"].as_u64()));
    }
    heard.sort_unstable();
    assert_eq!(heard, rows.iter().copied().map(Some).collect::<Vec<_>>());
    for row in rows {
        let _ = who.until(&format!("{results}/{row}"), |it| it["value"]["notification_status"] == "SUCCEED");
    }
    assert!(told.try_recv().is_err(), "nothing else is told");
}

#[test]
fn a_receiver_is_told_of_what_automations_reject_and_sign_off() {
    let (who, told) = listened_to();
    let workflow = workflow(&who);
    let automation = json!({ "name": "Nobody closes", "criteria": { "filter": "source.id ne \"acct-1\"" },
        "action": { "decision": "REJECTED", "signed_off_state": "SIGNED_OFF", "notes": "No closers" } });
    let automation = who.post("/api/preview/awf/automations", automation).expect(200).str("/id").to_owned();
    let attachment = json!({ "id": automation, "workflow_id": workflow, "opt_in": false });
    let _ = who.post("/api/preview/awf/automations:attach", attachment).expect(200);
    let id = certification(&who, &workflow);
    told_of(&who, &told, &id, &[0, 2]);
    let spared = who.get(&format!("{CERTIFICATIONS}/{id}/results/1")).expect(200);
    assert_eq!(spared.body["value"]["notification_status"], "UNKNOWN");
}

#[test]
fn a_receiver_is_told_of_what_is_rejected_because_nobody_decided_in_time() {
    let (who, told) = listened_to();
    let workflow = workflow(&who);
    let settings = SETTING.trim_end_matches("webhook_settings");
    let at_expiry = json!({ "workflow_id": workflow, "value": "AUTO_REJECT_INCOMPLETE_RESULTS" });
    let _ = who.put(&format!("{settings}review_expiration_behavior"), at_expiry).expect(200);
    let _ = who.put(&format!("{settings}expire_overdue_certifications"), json!({ "value": true })).expect(200);
    let id = certification(&who, &workflow);
    let path = format!("{CERTIFICATIONS}/{id}");
    let accepted = json!({ "result_id": 1, "decision": "ACCEPTED", "notes": "Needs it" });
    let _ = who.put(&format!("{path}/results"), json!({ "value": accepted })).expect(200);
    #[expect(clippy::disallowed_methods, reason = "the running stack goes by the clock of the wall")]
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(2);
    let body = json!({ "value": { "certification_id": id, "due_date": soon.to_string() } });
    let _ = who.put(CERTIFICATIONS, body).expect(200);
    let _ = who.until(&path, |body| body["value"]["total_rejected_count"] == 2);
    told_of(&who, &told, &id, &[0, 2]);
}

#[test]
fn a_receiver_is_told_of_rejected_rows_and_that_is_their_removal() {
    let (target, _) = stack();
    let who = target.persona("administrator");
    let (url, told) = receiver();
    let value = json!({ "url": url, "secret": SECRET, "events": ["row.rejected", "review.completed"] });
    assert_eq!(who.put(SETTING, json!({ "value": value })).expect(200).body, json!({}));
    let unsigned = json!({ "url": url, "events": ["row.rejected", "review.completed"] });
    let _ = who.put(SETTING, json!({ "value": unsigned })).expect(200);
    let shown = json!({ "value": { "url": url, "events": ["review.completed", "row.rejected"], "enabled": true } });
    assert_eq!(who.get(SETTING).expect(200).body, shown, "the secret is nobody's business");

    let id = certification(&who, &workflow(&who));
    let results = format!("/api/preview/awf/certifications/{id}/results");
    for (row, decision) in [(0, "REJECTED"), (1, "ACCEPTED"), (2, "REJECTED")] {
        let body =
            json!({ "result_id": row, "decision": decision, "notes": "as asked", "signed_off_state": "SIGNED_OFF" });
        let _ = who.put(&results, json!({ "value": body })).expect(200);
    }
    let first = who.get(&format!("{results}/0")).expect(200);
    assert_eq!(first.body["value"]["notification_status"], "PENDING");
    let mut rejected = Vec::new();
    for _ in 0..2 {
        let (headers, body) = told.recv_timeout(PATIENCE).expect("a message");
        let id = format!("webhook-id: {}", body["id"].as_str().expect("an id"));
        assert!(
            headers.contains(&id) && headers.iter().any(|it| it.starts_with("webhook-signature: v1,")),
            "{headers:?}"
        );
        assert_eq!((&body["event"], &body["certification"]["name"]), (&json!("row.rejected"), &json!("June")));
        rejected.push(body["results"][0]["result_id"].clone());
    }
    rejected.sort_by_key(Value::to_string);
    assert_eq!(rejected, [json!(0), json!(2)]);
    for row in [0, 2] {
        let _ = who.until(&format!("{results}/{row}"), |it| it["value"]["notification_status"] == "SUCCEED");
    }
    let accepted = who.get(&format!("{results}/1")).expect(200);
    assert_eq!(accepted.body["value"]["notification_status"], "UNKNOWN");
}

#[test]
fn a_receiver_is_named_by_address_secret_and_events() {
    let who = administrator();
    let put = |value: Value| who.put(SETTING, json!({ "value": value, "workflow_id": "" }));
    let sound = json!({ "url": "https://hooks.example.com/", "secret": SECRET, "events": ["row.rejected"] });
    for (field, value) in [
        ("url", json!("ftp://hooks.example.com/")),
        ("url", json!("https://user:password@hooks.example.com/")),
        ("url", json!("no address")),
        ("url", Value::Null),
        ("secret", json!("short")),
        ("secret", json!("")),
        ("events", json!(["row.decided"])),
        ("events", json!("row.rejected")),
        ("enabled", json!("perhaps")),
    ] {
        let mut broken = sound.clone();
        broken[field] = value;
        let answer = put(broken);
        assert_eq!(answer.status, 400, "{field}: {}", answer.body);
        let place = if answer.body.to_string().contains("events[0]") {
            "value.events[0]".to_owned()
        } else {
            format!("value.{field}")
        };
        names_field(&answer, &place);
    }
}
