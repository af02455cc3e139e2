//! The same change on many rows.

use serde_json::{Value, json};

use crate::world::{self, World, all_rows, auditor, awf_error, names_field, operator};

fn path(certification: &str) -> String {
    format!("/api/preview/awf/certifications/{certification}/results")
}

fn bulk(certification: &str) -> String {
    format!("{}:bulk_update", path(certification))
}

#[test]
fn named_rows_are_changed_and_each_tells_what_became_of_it() {
    let world = World::new(6);
    let (id, total) = world.certification();
    let locked = json!({ "value": { "result_id": 1, "decision": "ACCEPTED", "signed_off_state": "SIGNED_OFF" } });
    let _ = operator().put(&path(&id), locked).expect(200);
    let body = json!({ "result_ids": [2, "0", 1, 2], "decision": "REJECTED", "notes": "left" });
    let answer = operator().post(&bulk(&id), body.clone()).expect(200);
    assert_eq!(
        answer.body,
        json!({
            "matched": 3, "updated": 2, "skipped": 1, "has_more": false, "next_page_token": "",
            "results": [
                { "result_id": 0, "outcome": "UPDATED" },
                { "result_id": 1, "outcome": "SKIPPED", "reason": "signed_off" },
                { "result_id": 2, "outcome": "UPDATED" },
            ],
        })
    );
    let again = operator().post(&bulk(&id), json!({ "value": body })).expect(200);
    assert_eq!((&again.body["updated"], &again.body["results"][0]["outcome"]), (&json!(0), &json!("UNCHANGED")));
    let read = operator().get(&format!("/api/preview/awf/certifications/{id}")).expect(200);
    assert_eq!(
        (&read.body["value"]["total_rejected_count"], &read.body["value"]["total_accepted_count"]),
        (&json!(2), &json!(1))
    );
    let unknown = operator().post(&bulk(&id), json!({ "result_ids": [3, total], "decision": "ACCEPTED" }));
    awf_error(&unknown, 404, "NotFound");
    assert!(unknown.text.contains(&total.to_string()), "{}", unknown.text);
    assert_eq!(operator().get(&format!("{}/3", path(&id))).expect(200).body["value"]["decision"], "NONE");
}

#[test]
fn filters_find_the_rows_and_reviewers_change_their_own_alone() {
    let world = World::new(12);
    let (id, _) = world.certification();
    let (lena, omar) = (world.reviewer("lena"), world.reviewer("omar"));
    let finance = json!({ "filter": "source.department eq \"Finance\"", "mutable_filter": "decision eq \"NONE\"", "decision": 2 });
    let mine = all_rows(&lena, &format!("{}?filter=source.department%20eq%20%22Finance%22", path(&id)));
    let answer = lena.post(&bulk(&id), finance.clone()).expect(200);
    assert_eq!((&answer.body["matched"], &answer.body["updated"]), (&json!(mine.len()), &json!(mine.len())));
    let accepted = all_rows(&operator(), &format!("{}?mutable_filter=decision%20eq%20%22ACCEPTED%22", path(&id)));
    let ids = |rows: &[Value]| -> Vec<u64> {
        let mut ids: Vec<u64> = rows.iter().map(|row| row["result_id"].as_u64().unwrap()).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(ids(&accepted), ids(&mine));
    let none = lena.post(&bulk(&id), finance).expect(200);
    assert_eq!(none.body["matched"], 0);
    let theirs = json!({ "result_ids": [ids(&mine)[0]], "decision": "ACCEPTED" });
    awf_error(&omar.post(&bulk(&id), theirs), 404, "NotFound");
    let silent = lena.post(&bulk(&id), json!({ "filter": "source.id pr", "decision": "REJECTED" })).expect(200);
    assert!(silent.list("/results").iter().all(|row| row["reason"] == "note_required"), "{}", silent.text);
}

#[test]
fn rows_are_handed_over_together() {
    let world = World::new(9);
    let (id, _) = world.certification();
    let (lena, omar) = (world.reviewer("lena"), world.reviewer("omar"));
    let count = |who| all_rows(who, &path(&id)).len();
    let (lenas, omars) = (count(&lena), count(&omar));
    let user = json!({ "user_type": "Identity", "id": format!("own-{}-omar", world.word) });
    let body = json!({ "filter": "source.department eq \"Logistics\"", "reviewers": [user] });
    let answer = lena.post(&bulk(&id), body).expect(200);
    let moved = usize::try_from(answer.body["updated"].as_u64().unwrap()).unwrap();
    assert!(moved > 0);
    assert_eq!((count(&lena), count(&omar)), (lenas - moved, omars + moved));
    let stranger = json!({ "result_ids": [0], "reviewers": [{ "user_type": "Identity", "id": "own-nobody" }] });
    names_field(&operator().post(&bulk(&id), stranger), "reviewers[0]");
}

#[test]
fn a_call_that_is_sent_again_is_answered_again_and_done_once() {
    let world = World::new(6);
    let (id, total) = world.certification();
    let body = json!({ "mutable_filter": "decision eq \"NONE\"", "decision": "ACCEPTED", "notes": "all known" });
    let who = operator().header("Idempotency-Key", "bulk-1");
    let first = who.post(&bulk(&id), body.clone()).expect(200);
    assert_eq!(first.body["updated"], total);
    assert_eq!(who.post(&bulk(&id), body).expect(200).text, first.text);
    let row = operator().get(&format!("{}/0", path(&id))).expect(200);
    assert_eq!((row.list("/value/action_log_entries").len(), &row.body["value"]["version"]), (2, &json!(1)));
}

#[test]
fn what_is_asked_of_many_rows_is_checked() {
    let world = World::new(3);
    let (id, _) = world.certification();
    let refused = |body: Value, field: &str| names_field(&operator().post(&bulk(&id), body), field);
    refused(json!({ "decision": "ACCEPTED" }), "result_ids");
    refused(json!({ "result_ids": [], "decision": "ACCEPTED" }), "result_ids");
    refused(json!({ "result_ids": [0], "filter": "source.id pr", "decision": "ACCEPTED" }), "result_ids");
    refused(json!({ "result_ids": [0] }), "body");
    refused(json!({ "value": { "result_ids": [-1], "decision": "ACCEPTED" } }), "value.result_ids[0]");
    refused(json!({ "result_ids": vec![0; 1001], "decision": "ACCEPTED" }), "result_ids");
    refused(json!({ "filter": "source.id zz \"1\"", "decision": "ACCEPTED" }), "filter");
    refused(json!({ "value": { "mutable_filter": "source.id pr", "decision": "ACCEPTED" } }), "value.mutable_filter");
    refused(json!({ "filter": "source.id pr", "decision": "ACCEPTED", "page_token": "nonsense" }), "page_token");
    refused(json!({ "result_ids": [0], "decision": 9 }), "decision");
    let good = json!({ "result_ids": [0], "decision": "ACCEPTED" });
    awf_error(&auditor().post(&bulk(&id), good.clone()), 403, "PermissionDenied");
    awf_error(&world::target().anonymous().post(&bulk(&id), good.clone()), 401, "Unauthenticated");
    awf_error(&operator().post(&bulk("0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b"), good), 404, "NotFound");
}
