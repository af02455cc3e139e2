//! Reviews that end by themselves, and what whoever starts one has to know.

use blackbox::Answer;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::alone::{Alone, path};
use crate::world::{World, administrator, all_rows, awf_error, campaigns_error, names_field, operator};

const EXPIRE: &str = "expire_overdue_certifications";
const AUTO_COMPLETE: &str = "cert_auto_complete_settings";
const AT_EXPIRY: &str = "review_expiration_behavior";
const ACKNOWLEDGEMENT: &str = "datasource_acknowledgement";

fn certification(id: &str) -> String {
    format!("/api/preview/awf/certifications/{id}")
}

fn decide(id: &str, value: Value) -> Answer {
    operator().put(&format!("{}/results", certification(id)), json!({ "value": value }))
}

#[expect(clippy::disallowed_methods, reason = "the running stack goes by the clock of the wall")]
fn now() -> Timestamp {
    Timestamp::now()
}

fn soon() -> String {
    (now() + SignedDuration::from_secs(2)).to_string()
}

/// Why a state is in the way.
fn reason(answer: &Answer) -> &Value {
    answer.list("/details").iter().find_map(|detail| detail.get("reason")).unwrap_or(&Value::Null)
}

#[test]
fn a_certification_whose_due_date_has_passed_is_closed_and_can_be_mended() {
    let alone = Alone::new();
    let world = World::new(3);
    let (id, _) = world.certification();
    alone.put(EXPIRE, json!("True"));
    let _ = decide(&id, json!({ "result_id": 0, "decision": "REJECTED", "notes": "x" })).expect(200);
    let body = json!({ "value": { "certification_id": id, "due_date": soon() } });
    let _ = operator().put("/api/preview/awf/certifications", body).expect(200);
    let shown = operator().until(&certification(&id), |body| !body["value"]["expired_at"].is_null());
    assert_eq!((&shown["value"]["state"], &shown["value"]["completed_at"]), (&json!("IN_PROGRESS"), &Value::Null));
    assert_eq!(shown["value"]["updated_by"]["user_type"], "system");

    let refused = decide(&id, json!({ "result_id": 1, "decision": "ACCEPTED" }));
    awf_error(&refused, 409, "FailedPrecondition");
    assert_eq!(reason(&refused), "expired");
    awf_error(&operator().post_empty(&format!("{}:complete", certification(&id))), 409, "FailedPrecondition");
    awf_error(&world.reviewer("lena").get(&certification(&id)), 404, "NotFound");
    let _ = decide(&id, json!({ "result_id": 0, "decision": "FIXED" })).expect(200);
    let force = json!({ "value": { "result_id": 1, "decision": "ACCEPTED", "signed_off_state": "SIGNED_OFF" } });
    let _ = administrator().post(&format!("{}/results:force_update", certification(&id)), force).expect(200);
    let _ = administrator().delete(&path(EXPIRE)).expect(200);
    awf_error(&decide(&id, json!({ "result_id": 2, "decision": "ACCEPTED" })), 409, "FailedPrecondition");
}

#[test]
fn rows_that_nobody_had_decided_are_rejected_when_a_certification_expires_and_decisions_stand() {
    let alone = Alone::new();
    let (id, rows) = World::new(4).certification();
    let results = format!("{}/results", certification(&id));
    let workflow = operator().get(&certification(&id)).expect(200).str("/value/workflow_id").to_owned();
    let body = json!({ "workflow_id": workflow, "setting": { "behavior": "1", "note_to_add": "Nobody answered" } });
    let stored = administrator().put(&path(AT_EXPIRY), body).expect(200);
    let shown = json!({ "value": "AUTO_REJECT_INCOMPLETE_RESULTS",
        "setting": { "behavior": 1, "note_to_add": "Nobody answered" } });
    assert_eq!(stored.body, shown);
    let _ = decide(&id, json!({ "result_id": 0, "decision": "ACCEPTED", "notes": "Needs it" })).expect(200);
    alone.put(EXPIRE, json!(true));
    let body = json!({ "value": { "certification_id": id, "due_date": soon() } });
    let _ = operator().put("/api/preview/awf/certifications", body).expect(200);
    let done =
        |body: &Value| !body["value"]["expired_at"].is_null() && body["value"]["total_rejected_count"] == rows - 1;
    let ended = operator().until(&certification(&id), done);
    assert_eq!(ended["value"]["total_accepted_count"], 1);

    for row in all_rows(&operator(), &results) {
        let now = (&row["decision"], &row["signed_off_state"], &row["notes"]);
        if row["result_id"] == 0 {
            assert_eq!(now, (&json!("ACCEPTED"), &json!("NOT_SIGNED_OFF"), &json!("Needs it")));
            continue;
        }
        assert_eq!(now, (&json!("REJECTED"), &json!("SIGNED_OFF"), &json!("Nobody answered")));
        let log = row["action_log_entries"].as_array().expect("a log");
        assert!(!log.is_empty() && log.iter().all(|entry| entry["user"]["user_type"] == "system"), "{log:?}");
    }
    let _ = decide(&id, json!({ "result_id": 1, "decision": "FIXED" })).expect(200);
}

#[test]
fn a_campaign_whose_end_date_has_passed_stays_open_until_reviews_expire_and_is_completed_then() {
    let alone = Alone::new();
    let world = World::new(3);
    let id = world.active();
    let campaign = format!("/api/v1/campaigns/{id}");
    let end = now() + SignedDuration::from_secs(1);
    let _ = administrator().put(&campaign, json!({ "end_date": end.to_string() })).expect(200);
    let overdue = |_: &Value| now() > end + SignedDuration::from_secs(1);
    let shown = operator().until(&campaign, overdue);
    assert_eq!((&shown["status"], &shown["expired"]), (&json!("active"), &json!(false)));
    let approve =
        |account: &str| operator().post(&format!("{campaign}/approvals/{account}"), json!({ "decision": "approved" }));
    let _ = approve(&world.accounts[0]).expect(200);
    alone.put(EXPIRE, json!(true));
    campaigns_error(&approve(&world.accounts[1]), 409, "CONFLICT");
    let shown = operator().get(&campaign).expect(200);
    assert_eq!((&shown.body["status"], &shown.body["expired"]), (&json!("completed"), &json!(true)));
}

#[test]
fn a_certification_completes_with_its_last_row() {
    let alone = Alone::new();
    alone.put(AUTO_COMPLETE, json!("1"));
    let (id, rows) = World::new(3).certification();
    let shown = operator().get(&format!("{}/effective_settings", certification(&id))).expect(200);
    assert_eq!(shown.body["value"][AUTO_COMPLETE], "AUTO_COMPLETE_ENABLED");
    for row in 0..rows {
        let value = json!({ "result_id": row, "decision": "ACCEPTED", "signed_off_state": "SIGNED_OFF" });
        let _ = decide(&id, value).expect(200);
    }
    let shown = operator().until(&certification(&id), |body| body["value"]["state"] == "COMPLETED");
    let system = json!({ "user_type": "system", "id": "system", "email": "", "name": "System" });
    assert_eq!(shown["value"]["completed_by"], system);
}

#[test]
fn who_starts_a_certification_acknowledges_how_its_data_sources_are_where_that_is_required() {
    let alone = Alone::new();
    let world = World::new(3);
    let workflow = world.workflow();
    let create = |more: Value| {
        let mut body = json!({ "workflow_id": workflow });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        operator().post("/api/preview/awf/certifications", body)
    };
    let free = create(json!({})).expect(200);
    let shown = operator().get(&certification(free.str("/certification_id"))).expect(200);
    assert_eq!(shown.body["value"]["datasource_status_acknowledged_at"], Value::Null);

    alone.put(ACKNOWLEDGEMENT, json!("DATASOURCE_ACKNOWLEDGEMENT_REQUIRED"));
    for more in [json!({}), json!({ "datasource_status_acknowledged": false })] {
        let refused = create(more);
        awf_error(&refused, 409, "FailedPrecondition");
        assert_eq!(reason(&refused), "datasource_status_not_acknowledged");
        let infos = refused.list("/details").iter().find_map(|detail| detail.get("datasource_infos")).cloned();
        let status = operator().get(&format!("/api/preview/awf/workflows/{workflow}/datasource_status")).expect(200);
        assert_eq!(infos, Some(status.body["datasource_infos"].clone()));
        assert!(!status.list("/datasource_infos").is_empty());
    }
    let made = create(json!({ "datasource_status_acknowledged": true })).expect(200);
    let id = made.str("/certification_id");
    let shown = operator().get(&certification(id)).expect(200);
    let me = operator().get("/api/v1/me").expect(200);
    let (by, at) = (&shown.body["value"]["datasource_status_acknowledged_by"], "datasource_status_acknowledged_at");
    assert_eq!((&by["id"], &shown.body["value"][at]), (&me.body["user"]["id"], &shown.body["value"]["started_at"]));
    let rows = operator().until(&certification(id), |body| body["value"]["state"] == "IN_PROGRESS");
    assert_eq!(
        rows["value"]["total_result_count"],
        all_rows(&operator(), &format!("{}/results", certification(id))).len()
    );
}

#[test]
fn only_words_of_these_settings_are_stored_and_for_all_workflows_alone() {
    let _alone = Alone::new();
    let workflow = World::new(3).workflow();
    for (setting, good, bad, shown) in [
        (EXPIRE, json!("true"), json!("perhaps"), json!(true)),
        (AUTO_COMPLETE, json!(2), json!("AUTO_COMPLETE_UNKNOWN"), json!("AUTO_COMPLETE_DISABLED")),
        (ACKNOWLEDGEMENT, json!("not_shown"), json!(7), json!("DATASOURCE_ACKNOWLEDGEMENT_NOT_SHOWN")),
    ] {
        let put = administrator().put(&path(setting), json!({ "value": good })).expect(200);
        assert_eq!(put.body, json!({ "value": shown }));
        assert_eq!(administrator().get(&path(setting)).expect(200).body, put.body);
        names_field(&administrator().put(&path(setting), json!({ "value": bad })), "value");
        names_field(&administrator().put(&path(setting), json!({})), "value");
        let own = administrator().put(&path(setting), json!({ "value": good, "workflow_id": workflow }));
        names_field(&own, "workflow_id");
    }
}
