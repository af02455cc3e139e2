//! Certifications: created asynchronously, listed, read, completed.

use serde_json::{Value, json};

use crate::world::{World, administrator, all_rows, awf_error, names_field, operator};

const CERTIFICATIONS: &str = "/api/preview/awf/certifications";
const NOBODY: &str = "0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b";

#[test]
fn a_certification_over_role_assignments_has_one_row_per_person_and_role() {
    let world = World::new(9);
    let (id, total) = world.certification();
    // nine readers, and the one who inherits the other role from a group
    assert_eq!(total, 10);
    let read = operator().get(&format!("/api/preview/awf/certifications/{id}")).expect(200);
    let value = &read.body["value"];
    assert_eq!(value["name"], "Autumn");
    assert_eq!(value["due_date"], "2099-06-30T16:00:00Z");
    assert_eq!(value["error_reason"], "");
    for absent in ["completed_at", "completed_by", "expired_at", "terminated_at"] {
        assert_eq!(value[absent], Value::Null, "{absent}");
    }
    for count in ["total_complete_count", "total_rejected_count", "total_accepted_count", "total_fixed_count"] {
        assert_eq!(value[count], 0, "{count}");
    }
    assert_eq!(value["creator"], value["created_by"]);
    assert_eq!(value["created_at"], value["started_at"]);
    assert!(value["query_completed_at"].is_string());
    assert_eq!(value["query_used"]["source_node_types"]["nodes"][0]["node_type"], "Account");
    let rows = all_rows(&operator(), &format!("/api/preview/awf/certifications/{id}/results?page_size=3"));
    let instructions =
        json!({ "users_manager": true, "resource_managers": false, "reviewers": [], "fallback_reviewers": [] });
    assert!(rows.iter().all(|row| row["reviewer_assignment"] == instructions), "{rows:#?}");
    let mut ids: Vec<u64> = rows.iter().map(|row| row["result_id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..10).collect::<Vec<_>>());
}

#[test]
fn certifications_are_listed_by_workflow() {
    let world = World::new(3);
    let workflow = world.workflow();
    let mut made = Vec::new();
    for name in ["first", "second"] {
        let created = operator()
            .post("/api/preview/awf/certifications", json!({ "workflow_id": workflow, "name": name }))
            .expect(200);
        made.push(created.str("/certification_id").to_owned());
    }
    for parameter in ["workflow_id", "workfow_id"] {
        let listed = operator().get(&format!("/api/preview/awf/certifications?{parameter}={workflow}")).expect(200);
        let ids: Vec<&str> =
            listed.list("/values").iter().map(|entry| entry["certification_id"].as_str().unwrap()).collect();
        assert_eq!(ids, [made[1].as_str(), made[0].as_str()]);
        assert_eq!(listed.body["total_result_count"], 2);
        assert_eq!(listed.body["has_more"], false);
        assert_eq!(listed.body["next_page_token"], "");
    }
    names_field(&operator().get("/api/preview/awf/certifications"), "workflow_id");
    awf_error(&operator().get(&format!("/api/preview/awf/certifications?workflow_id={NOBODY}")), 404, "NotFound");
}

#[test]
fn a_list_is_paged_to_its_end_and_counts_what_is_there() {
    let workflow = World::new(3).workflow();
    let made: Vec<String> = (0..4)
        .map(|_| {
            let created = operator().post("/api/preview/awf/certifications", json!({ "workflow_id": workflow }));
            let id = created.expect(200).str("/certification_id").to_owned();
            let path = format!("/api/preview/awf/certifications/{id}");
            let _ = operator().until(&path, |body| body["value"]["state"] == "IN_PROGRESS");
            id
        })
        .collect();
    // The oldest is gone: what is left of it in the list is nothing that a page begins with.
    let _ = administrator().delete(&format!("/api/preview/awf/certifications/{}", made[0])).expect(200);
    let (mut found, mut token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let path = format!("/api/preview/awf/certifications?workflow_id={workflow}&page_size=1&page_token={token}");
        let page = operator().get(&path).expect(200);
        assert_eq!((&page.body["total_result_count"], page.list("/values").len()), (&json!(3), 1), "{}", page.text);
        found.push(page.str("/values/0/certification_id").to_owned());
        pages += 1;
        if page.body["has_more"] != true {
            break;
        }
        token = page.str("/next_page_token").to_owned();
    }
    assert_eq!((found, pages), (made[1..].iter().rev().cloned().collect(), 3));
}

#[test]
fn bad_certifications_are_refused_by_field() {
    names_field(&operator().post("/api/preview/awf/certifications", json!({})), "workflow_id");
    awf_error(&operator().post("/api/preview/awf/certifications", json!({ "workflow_id": NOBODY })), 404, "NotFound");
    let workflow = World::new(3).workflow();
    let answer = operator().post(
        "/api/preview/awf/certifications",
        json!({ "workflow_id": workflow, "data_source": 9, "due_date": "soon", "name": "n".repeat(201) }),
    );
    for field in ["data_source", "due_date", "name"] {
        names_field(&answer, field);
    }
    names_field(
        &operator().post("/api/preview/awf/certifications", json!({ "workflow_id": workflow, "data_source": 2 })),
        "snapshot_id",
    );
    let levels =
        json!({ "workflow_id": workflow, "reviewer_assignment": { "reviewers_managers_for_approval_levels": [0] } });
    names_field(
        &operator().post("/api/preview/awf/certifications", levels),
        "reviewer_assignment.reviewers_managers_for_approval_levels",
    );
    let nobody = json!({ "workflow_id": workflow, "reviewer_assignment": { "reviewers": [{ "user_type": "Identity", "id": "own-nobody" }] } });
    names_field(&operator().post("/api/preview/awf/certifications", nobody), "reviewer_assignment.reviewers[0]");
}

#[test]
fn a_certification_completes_only_when_every_row_is_decided_and_signed_off() {
    let world = World::new(3);
    let (id, total) = world.certification();
    let path = format!("/api/preview/awf/certifications/{id}");
    let answer = operator().post_empty(&format!("{path}:complete"));
    awf_error(&answer, 409, "FailedPrecondition");
    assert!(answer.text.contains(&total.to_string()), "the number of open rows is missing: {}", answer.text);
    for row in 0..total {
        let body = json!({ "value": { "result_id": row, "decision": "ACCEPTED" } });
        let _ = operator().put(&format!("{path}/results"), body).expect(200);
    }
    awf_error(&operator().post_empty(&format!("{path}:complete")), 409, "FailedPrecondition");
    let ids: Vec<u64> = (0..total).collect();
    let signed = operator().post(&format!("{path}/results:sign_off"), json!({ "result_ids": ids })).expect(200);
    assert_eq!(signed.body, json!({ "signed_off": total, "skipped": 0 }));
    assert_eq!(operator().post_empty(&format!("{path}:complete")).expect(200).body, json!({}));
    let read = operator().get(&path).expect(200);
    assert_eq!(read.body["value"]["state"], "COMPLETED");
    assert_eq!(read.body["value"]["total_accepted_count"], total);
    assert!(read.body["value"]["completed_by"]["id"].is_string());
    awf_error(&operator().post_empty(&format!("{path}:complete")), 409, "FailedPrecondition");
    awf_error(
        &operator().put(&format!("{path}/results"), json!({ "value": { "result_id": 0, "notes": "late" } })),
        409,
        "FailedPrecondition",
    );
    assert_eq!(all_rows(&operator(), &format!("{path}/results")).len() as u64, total);
}

#[test]
fn verbs_work_with_an_encoded_colon() {
    let world = World::new(3);
    let (id, _) = world.certification();
    awf_error(
        &operator().post_empty(&format!("/api/preview/awf/certifications/{id}%3Acomplete")),
        409,
        "FailedPrecondition",
    );
    let path = format!("/api/preview/awf/certifications/{id}/results%3Asign_off");
    assert_eq!(
        operator().post(&path, json!({ "result_ids": [0] })).expect(200).body,
        json!({ "signed_off": 0, "skipped": 1 })
    );
}

#[test]
fn a_campaign_is_visible_as_a_certification_but_not_the_other_way_round() {
    let world = World::new(6);
    let campaign = world.active();
    let value =
        operator().get(&format!("/api/preview/awf/certifications/{campaign}")).expect(200).body["value"].clone();
    assert_eq!(value["state"], "IN_PROGRESS");
    assert_eq!(value["total_result_count"], 6);
    let decided = json!({ "value": { "result_id": 0, "decision": "REJECTED", "notes": "left" } });
    let _ = operator().put(&format!("/api/preview/awf/certifications/{campaign}/results"), decided).expect(200);
    let counts = operator().get(&format!("/api/v1/campaigns/{campaign}/approvals/counts")).expect(200);
    assert_eq!(counts.body, json!({ "pending": 5, "approved": 0, "rejected": 1, "flagged": 0 }));

    let (certification, _) = world.certification();
    crate::world::campaigns_error(&operator().get(&format!("/api/v1/campaigns/{certification}")), 404, "NOT_FOUND");
}

#[test]
fn name_notes_reviewers_and_due_date_are_editable_and_nothing_else() {
    let world = World::new(6);
    let (id, _) = world.certification();
    let path = format!("{CERTIFICATIONS}/{id}");
    let before = operator().get(&path).expect(200);
    let change = |value: Value| operator().put(CERTIFICATIONS, json!({ "value": value }));
    let omar = json!({ "user_type": "Identity", "id": format!("own-{}-omar", world.word) });
    let changed = json!({
        "certification_id": id, "name": "Winter", "notes": "Extended", "reviewers": [omar], "due_date": "2099-12-24T12:00:00Z",
        "state": "COMPLETED", "total_result_count": 7, "version": 99,
    });
    assert_eq!(change(changed).expect(200).body, json!({}));
    let after = operator().get(&path).expect(200);
    let mut expected = before.body["value"].clone();
    for (field, value) in
        [("name", json!("Winter")), ("notes", json!("Extended")), ("due_date", json!("2099-12-24T12:00:00Z"))]
    {
        expected[field] = value;
    }
    expected["version"] = json!(before.body["value"]["version"].as_u64().expect("a version") + 1);
    for field in ["reviewers", "updated_at", "updated_by"] {
        expected[field] = after.body["value"][field].clone();
    }
    assert_eq!(after.body["value"], expected);
    assert_eq!(after.str("/value/reviewers/0/name"), "omar");
    assert!(after.body["value"]["updated_by"]["id"].is_string());

    let _ = change(json!({ "certification_id": id, "due_date": null, "reviewers": [] })).expect(200);
    let cleared = operator().get(&path).expect(200);
    assert_eq!((&cleared.body["value"]["due_date"], cleared.str("/value/reviewers/0/name")), (&Value::Null, "omar"));
    let stale = operator().header("if-match", &before.headers["etag"]);
    awf_error(&stale.put(CERTIFICATIONS, json!({ "value": { "certification_id": id, "name": "x" } })), 409, "Aborted");
    let lena = world.reviewer("lena");
    awf_error(&lena.put(CERTIFICATIONS, json!({ "certification_id": id, "name": "x" })), 403, "PermissionDenied");
}

#[test]
fn bad_changes_of_a_certification_are_named_and_finished_ones_stay() {
    let world = World::new(3);
    let (id, total) = world.certification();
    let change = |value: Value| operator().put(CERTIFICATIONS, json!({ "value": value }));
    names_field(&change(json!({ "name": "x" })), "value.certification_id");
    names_field(&change(json!({ "certification_id": id })), "value");
    names_field(&change(json!({ "certification_id": id, "due_date": "2020-01-01T00:00:00Z" })), "value.due_date");
    names_field(&change(json!({ "certification_id": id, "due_date": "soon" })), "value.due_date");
    let ghost = json!([{ "user_type": "Identity", "id": "ghost" }]);
    names_field(&change(json!({ "certification_id": id, "reviewers": ghost })), "value.reviewers[0]");
    awf_error(&change(json!({ "certification_id": NOBODY, "name": "x" })), 404, "NotFound");

    let path = format!("{CERTIFICATIONS}/{id}");
    for row in 0..total {
        let body = json!({ "value": { "result_id": row, "decision": "ACCEPTED", "signed_off_state": "SIGNED_OFF" } });
        let _ = operator().put(&format!("{path}/results"), body).expect(200);
    }
    let _ = operator().post_empty(&format!("{path}:complete")).expect(200);
    awf_error(&change(json!({ "certification_id": id, "name": "x" })), 409, "FailedPrecondition");
    awf_error(&administrator().delete(&path), 409, "FailedPrecondition");
    let _ = operator().get(&path).expect(200);
}

#[test]
fn a_deleted_certification_is_gone_at_once_everywhere() {
    let world = World::new(6);
    let (id, _) = world.certification();
    let (path, lena) = (format!("{CERTIFICATIONS}/{id}"), world.reviewer("lena"));
    let workflow = operator().get(&path).expect(200).str("/value/workflow_id").to_owned();
    let row = all_rows(&lena, &format!("{path}/results"))[0]["result_id"].clone();
    let decided = json!({ "value": { "result_id": row, "decision": "ACCEPTED", "notes": "by mistake" } });
    let _ = lena.put(&format!("{path}/results"), decided.clone()).expect(200);
    awf_error(&operator().delete(&path), 403, "PermissionDenied");
    let stale = administrator().header("if-match", "\"1\"");
    awf_error(&stale.delete(&path), 409, "Aborted");
    assert_eq!(administrator().delete(&path).expect(200).body, json!({}));
    for persona in [&lena, &operator()] {
        for gone in [path.clone(), format!("{path}/results"), format!("{path}/results/0")] {
            awf_error(&persona.get(&gone), 404, "NotFound");
        }
        awf_error(&persona.put(&format!("{path}/results"), decided.clone()), 404, "NotFound");
    }
    awf_error(&administrator().delete(&path), 404, "NotFound");
    let listed = operator().get(&format!("{CERTIFICATIONS}?workflow_id={workflow}")).expect(200);
    assert_eq!(listed.body["values"], json!([]));
    let mine = lena.get(&format!("{CERTIFICATIONS}:assigned_to_me")).expect(200);
    assert_eq!(mine.body["values"], json!([]));
}

#[test]
fn a_campaign_follows_its_certification_and_is_not_deleted_through_it() {
    let world = World::new(3);
    let campaign = world.active();
    let change = |value: Value| administrator().put(CERTIFICATIONS, json!({ "value": value }));
    let changed = json!({ "certification_id": campaign, "name": "Later", "due_date": "2099-12-31T00:00:00Z" });
    let _ = change(changed).expect(200);
    let read = operator().get(&format!("/api/v1/campaigns/{campaign}")).expect(200);
    assert_eq!((read.str("/name"), read.str("/end_date")), ("Later", "2099-12-31T00:00:00Z"));
    names_field(&change(json!({ "certification_id": campaign, "due_date": null })), "value.due_date");
    awf_error(&administrator().delete(&format!("{CERTIFICATIONS}/{campaign}")), 409, "FailedPrecondition");
    let _ = operator().get(&format!("/api/v1/campaigns/{campaign}")).expect(200);
    let _ = administrator().post_empty(&format!("{CERTIFICATIONS}/{campaign}:complete")).expect(200);
    assert_eq!(operator().get(&format!("/api/v1/campaigns/{campaign}")).expect(200).str("/status"), "completed");
}

#[test]
fn what_administrators_alone_do_with_a_campaign_is_theirs_alone_through_its_certification_too() {
    let world = World::new(3);
    let campaign = world.active();
    let path = format!("/api/v1/campaigns/{campaign}");
    let before = operator().get(&path).expect(200).body;
    let change = |value: Value| operator().put(CERTIFICATIONS, json!({ "value": value }));
    for (field, value) in [("name", "Mine now"), ("due_date", "2099-12-31T00:00:00Z")] {
        let edit = json!({ "certification_id": campaign, field: value });
        awf_error(&change(edit), 403, "PermissionDenied");
    }
    awf_error(&operator().post_empty(&format!("{CERTIFICATIONS}/{campaign}:complete")), 403, "PermissionDenied");
    assert_eq!(operator().get(&path).expect(200).body, before);
    // What a campaign does not know of stays theirs, with all else sent back as it was read.
    let mut read = operator().get(&format!("{CERTIFICATIONS}/{campaign}")).expect(200).body["value"].clone();
    read["notes"] = json!("Ask the owners first");
    let _ = change(read).expect(200);
    let noted = operator().get(&format!("{CERTIFICATIONS}/{campaign}")).expect(200);
    assert_eq!(noted.str("/value/notes"), "Ask the owners first");
}

#[test]
fn a_certification_shows_the_snapshot_that_its_workflow_asks_for() {
    let world = World::new(3);
    let made = administrator().post_empty("/api/v1/inventory/snapshots").expect(200);
    let snapshot = made.str("/snapshot_id").to_owned();
    let path = format!("/api/v1/inventory/datasources/{}", world.source);
    let mut picture = world.picture();
    picture["role_assignments"].as_array_mut().expect("assignments").truncate(1);
    let _ = administrator().put(&path, picture).expect(200);
    let workflow = world.workflow();
    let read = operator().get(&format!("/api/preview/awf/workflows/{workflow}")).expect(200);
    let mut query = read.body["value"]["query"].clone();
    query["snapshot_id"] = json!(snapshot);
    let change = |query: &Value| json!({ "value": { "workflow_id": workflow, "query": query } });
    let _ = operator().put("/api/preview/awf/workflows", change(&query)).expect(200);
    let rows = |body: Value| {
        let id = operator().post(CERTIFICATIONS, body).expect(200).str("/certification_id").to_owned();
        let path = format!("{CERTIFICATIONS}/{id}");
        let body = operator().until(&path, |body| body["value"]["state"] == "IN_PROGRESS");
        (body["value"]["snapshot_time"].clone(), body["value"]["total_result_count"].as_u64().expect("a number"))
    };
    let (then, frozen) = rows(json!({ "workflow_id": workflow }));
    let (now, current) = rows(json!({ "workflow_id": workflow, "data_source": 0 }));
    assert!(frozen > current && then != now, "{frozen} rows then, {current} now");
    query["snapshot_id"] = json!("86400");
    let _ = operator().put("/api/preview/awf/workflows", change(&query)).expect(200);
    names_field(&operator().post(CERTIFICATIONS, json!({ "workflow_id": workflow })), "snapshot_id");
}
