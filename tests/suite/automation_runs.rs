//! Automations at work: what is there when a certification opens, and how that came to be.

use serde_json::{Value, json};

use crate::world::{World, administrator, all_rows, attached, auditor, awf_error, operator};

const AUTOMATIONS: &str = "/api/preview/awf/automations";
const CERTIFICATIONS: &str = "/api/preview/awf/certifications";
const NOBODY: &str = "0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b";

/// A certification that is open.
fn opened(workflow: &str) -> Value {
    let body = json!({ "workflow_id": workflow, "reviewer_assignment": { "users_manager": true } });
    let id = operator().post(CERTIFICATIONS, body).expect(200).str("/certification_id").to_owned();
    let shown = operator().until(&format!("{CERTIFICATIONS}/{id}"), |body| body["value"]["state"] == "IN_PROGRESS");
    shown["value"].clone()
}

fn id_of(certification: &Value) -> &str {
    certification["certification_id"].as_str().expect("an id")
}

fn rows(certification: &Value) -> Vec<Value> {
    all_rows(&operator(), &format!("{CERTIFICATIONS}/{}/results", id_of(certification)))
}

fn runs(certification: &Value) -> Vec<Value> {
    let answer = operator().get(&format!("{CERTIFICATIONS}/{}/automation_runs", id_of(certification))).expect(200);
    answer.list("/values").clone()
}

#[test]
fn what_was_decided_before_is_carried_over_and_what_matters_is_marked_before_a_reviewer_looks() {
    let world = World::new(4);
    let workflow = world.workflow();
    let before = opened(&workflow);
    assert_eq!((&before["automation_run_status"], runs(&before)), (&Value::Null, vec![]));
    let all: Vec<Value> = rows(&before).iter().map(|row| row["result_id"].clone()).collect();
    let results = format!("{CERTIFICATIONS}/{}/results", id_of(&before));
    let accepted = json!({ "result_id": all[0], "decision": "ACCEPTED", "signed_off_state": "SIGNED_OFF" });
    let _ = operator().put(&results, json!({ "value": accepted })).expect(200);
    let rest = json!({ "result_ids": all[1..], "decision": "REJECTED", "signed_off_state": "SIGNED_OFF" });
    let _ = operator().post(&format!("{results}:bulk_update"), rest).expect(200);
    let _ = operator().post_empty(&format!("{CERTIFICATIONS}/{}:complete", id_of(&before))).expect(200);

    let carries = attached(
        &workflow,
        &json!({ "name": "Carry over", "criteria": { "mutable_filter": "previous.decision eq \"ACCEPTED\"" },
            "action": { "decision": "ACCEPTED", "signed_off_state": "SIGNED_OFF", "notes": "As before" } }),
    );
    let marks = attached(
        &workflow,
        &json!({ "name": "Mark", "criteria": { "filter": "source.id pr", "mutable_filter": "previous.decision eq \"REJECTED\"" },
            "action": { "display_style": "HIGHLIGHT", "display_text": "Rejected before", "highlight_color": "#FFB020" } }),
    );
    let review = opened(&workflow);
    assert_eq!((&review["automation_run_status"], &review["total_accepted_count"]), (&json!("SUCCEEDED"), &json!(1)));
    let found = runs(&review);
    let [run] = found.as_slice() else { panic!("one run: {found:?}") };
    let others = (all.len() - 1) as u64;
    for (field, expected) in [
        ("certification_id", json!(id_of(&review))),
        ("status", json!("SUCCEEDED")),
        ("error_message", json!("")),
        ("rows_changed", json!(others + 1)),
        ("rows_matched", json!(others + 1)),
        ("conflicts", json!(0)),
        ("skipped", json!(0)),
    ] {
        assert_eq!(run[field], expected, "{field}");
    }
    assert!(run["completed_at"].is_string() && run["started_at"].is_string());
    let mut applied: Vec<&str> =
        run["automation_ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    applied.sort_unstable();
    let mut expected = [carries.as_str(), marks.as_str()];
    expected.sort_unstable();
    assert_eq!(applied, expected);

    let rows = rows(&review);
    let (carried, marked): (Vec<&Value>, Vec<&Value>) = rows.iter().partition(|row| row["decision"] == "ACCEPTED");
    assert_eq!((carried.len(), marked.len()), (1, all.len() - 1));
    let row = carried[0];
    assert_eq!((&row["notes"], &row["signed_off_state"]), (&json!("As before"), &json!("SIGNED_OFF")));
    assert_eq!(row["automation_run_ids"], json!([run["id"]]));
    assert_eq!(row["decision_by"], json!({ "user_type": "system", "id": "system", "email": "", "name": "System" }));
    let entry = &row["action_log_entries"][0];
    assert_eq!((&entry["action"], &entry["decision_detail"]["note"]), (&json!("DECISION"), &json!("As before")));
    assert_eq!((&entry["automation"]["id"], &entry["automation_run_ids"]), (&json!(carries), &json!([run["id"]])));
    let shown = json!([{ "automation_id": marks, "display_style": "HIGHLIGHT", "display_text": "Rejected before",
        "highlight_color": "#FFB020" }]);
    for row in marked {
        assert_eq!(
            (&row["display"], &row["decision"], &row["action_log_entries"]),
            (&shown, &json!("NONE"), &json!([]))
        );
    }

    let path = format!("{CERTIFICATIONS}/{}/automation_runs", id_of(&review));
    assert_eq!(auditor().get(&path).expect(200).list("/values").len(), 1);
    awf_error(&world.reviewer("lena").get(&path), 403, "PermissionDenied");
    awf_error(&operator().get(&format!("{CERTIFICATIONS}/{NOBODY}/automation_runs")), 404, "NotFound");
}

#[test]
fn an_automation_that_is_optional_runs_where_it_is_selected_and_wishes_that_differ_leave_rows_alone() {
    let workflow = World::new(3).workflow();
    let body = |name: &str, decision: &str| json!({ "name": name, "criteria": { "filter": "source.id pr" }, "action": { "decision": decision } });
    let usual = attached(&workflow, &body("Accept", "ACCEPTED"));
    let optional = administrator().post(AUTOMATIONS, body("Reject", "REJECTED")).expect(200).str("/id").to_owned();
    let attachment = json!({ "id": optional, "workflow_id": workflow, "opt_in": true });
    let _ = administrator().post(&format!("{AUTOMATIONS}:attach"), attachment).expect(200);
    let alone = opened(&workflow);
    assert_eq!(alone["total_accepted_count"], alone["total_result_count"]);
    assert_eq!(runs(&alone)[0]["automation_ids"], json!([usual]));

    let body = json!({ "workflow_id": workflow, "automation_ids": [optional] });
    let id = operator().post(CERTIFICATIONS, body).expect(200).str("/certification_id").to_owned();
    let shown = operator().until(&format!("{CERTIFICATIONS}/{id}"), |body| body["value"]["state"] == "IN_PROGRESS");
    let both = &shown["value"];
    assert_eq!(both["total_complete_count"], 0);
    let run = &runs(both)[0];
    assert_eq!((&run["status"], &run["rows_changed"]), (&json!("SUCCEEDED"), &json!(0)));
    assert_eq!((&run["conflicts"], &run["rows_matched"]), (&both["total_result_count"], &both["total_result_count"]));
    assert!(rows(both).iter().all(|row| row["automation_run_ids"] == json!([]) && row["updated_at"].is_null()));
}
