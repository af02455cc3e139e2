//! Receivers of messages: who may be named, and what the one of a workflow is told.

use serde_json::{Value, json};

use crate::receiver::{CERTIFICATIONS, Closers, Receiver, SECRET, SETTING};
use crate::world::{administrator, attached, names_field};

#[test]
fn the_receiver_of_a_workflow_is_told_of_what_automations_reject_and_sign_off() {
    let (closers, receiver) = (Closers::new(), Receiver::listen());
    closers.report_to(&receiver, &["row.rejected"]);
    let criteria = json!({ "filter": format!("source.id ne \"{}\"", closers.account(1)) });
    let action = json!({ "decision": "REJECTED", "signed_off_state": "SIGNED_OFF", "notes": "No closers" });
    let automation = json!({ "name": "Nobody closes", "criteria": criteria, "action": action });
    let _ = attached(&closers.workflow, &automation);
    let id = closers.certification();
    receiver.hears_of_rejections(&id, &[0, 2]);
    let spared = administrator().get(&format!("{CERTIFICATIONS}/{id}/results/1")).expect(200);
    assert_eq!(spared.body["value"]["notification_status"], "UNKNOWN");
}

#[test]
fn the_receiver_of_a_workflow_is_told_of_rejected_rows_and_that_is_their_removal() {
    let (closers, receiver, who) = (Closers::new(), Receiver::listen(), administrator());
    closers.report_to(&receiver, &["row.rejected", "review.completed"]);
    let id = closers.certification();
    let results = format!("{CERTIFICATIONS}/{id}/results");
    for (row, decision) in [(0, "REJECTED"), (1, "ACCEPTED"), (2, "REJECTED")] {
        let body =
            json!({ "result_id": row, "decision": decision, "notes": "as asked", "signed_off_state": "SIGNED_OFF" });
        let _ = who.put(&results, json!({ "value": body })).expect(200);
    }
    let first = who.get(&format!("{results}/0")).expect(200);
    assert_eq!(first.body["value"]["notification_status"], "PENDING");
    let mut rejected = Vec::new();
    for _ in 0..2 {
        let (headers, body) = receiver.next(&id);
        let message = format!("webhook-id: {}", body["id"].as_str().expect("an id"));
        assert!(
            headers.contains(&message) && headers.iter().any(|it| it.starts_with("webhook-signature: v1,")),
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
