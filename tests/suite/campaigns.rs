//! The campaign life cycle: create, edit, start, complete, terminate, delete, copy.

use blackbox::unique;
use serde_json::{Value, json};

use crate::world::{self, World, administrator, campaigns_error, names_field, operator};

#[test]
fn a_new_campaign_is_a_draft_and_reads_back_whole() {
    let world = World::new(3);
    let created = administrator().post("/api/v1/campaigns", world.campaign_body()).expect(201);
    let id = created.str("/id");
    assert_eq!(created.body["status"], "draft");
    assert_eq!(created.body["start_date"], "2026-09-01T06:00:00Z");
    assert_eq!(created.body["scope"], json!({ "applications": [world.application], "account_types": [] }));
    assert_eq!(created.body["query"], json!({ "inclusion_filters": [], "exclusion_filters": [] }));
    assert_eq!(created.body["reviewer_assignment"]["users_manager"], true);
    assert_eq!(created.body["revoke_mode"], "record_only");
    assert_eq!(created.body["start_state"], "none");
    assert_eq!(
        created.body["progress"],
        json!({ "total": 0, "pending": 0, "approved": 0, "rejected": 0, "flagged": 0 })
    );
    for absent in ["started_at", "completed_at", "terminated_at", "template_id", "start_error"] {
        assert_eq!(created.body[absent], Value::Null, "{absent}");
    }
    let read = operator().get(&format!("/api/v1/campaigns/{id}")).expect(200);
    assert_eq!(read.body, created.body);
}

#[test]
fn a_bad_campaign_is_refused_with_every_fault_at_once() {
    let answer = administrator().post(
        "/api/v1/campaigns",
        json!({ "name": "  ", "start_date": "yesterday", "type": "Not Allowed", "scope": { "applications": "app" }, "revoke_mode": "maybe" }),
    );
    campaigns_error(&answer, 400, "VALIDATION_ERROR");
    for field in ["name", "start_date", "end_date", "type", "scope.applications", "revoke_mode"] {
        names_field(&answer, field);
    }
    let swapped = json!({ "name": "x", "start_date": "2026-09-02T00:00:00Z", "end_date": "2026-09-01T00:00:00Z" });
    names_field(&administrator().post("/api/v1/campaigns", swapped), "end_date");
    let long = json!({ "name": "n".repeat(201), "description": "d".repeat(4001), "start_date": "2026-09-01T00:00:00Z", "end_date": "2026-09-02T00:00:00Z" });
    let answer = administrator().post("/api/v1/campaigns", long);
    names_field(&answer, "name");
    names_field(&answer, "description");
}

#[test]
fn an_unknown_application_in_the_scope_is_refused() {
    let mut body = World::new(3).campaign_body();
    body["scope"]["applications"] = json!(["app-nowhere"]);
    let answer = administrator().post("/api/v1/campaigns", body);
    campaigns_error(&answer, 400, "VALIDATION_ERROR");
    assert!(answer.text.contains("scope.applications"), "{}", answer.text);
}

#[test]
fn the_list_pages_newest_first_and_each_campaign_once() {
    let world = World::new(3);
    let kind = unique("kind").replace('-', "_");
    let mut ids = Vec::new();
    for n in 0..7 {
        let mut body = world.campaign_body();
        body["name"] = json!(format!("Review {n}"));
        body["type"] = json!(kind);
        ids.push(administrator().post("/api/v1/campaigns", body).expect(201).str("/id").to_owned());
    }
    let listed = world::all_pages(&operator(), &format!("/api/v1/campaigns?type={kind}&limit=3"), "campaigns");
    let mut listed_ids: Vec<String> =
        listed.iter().map(|campaign| campaign["id"].as_str().unwrap().to_owned()).collect();
    let times: Vec<jiff::Timestamp> =
        listed.iter().map(|campaign| campaign["created_at"].as_str().unwrap().parse().unwrap()).collect();
    assert!(times.windows(2).all(|pair| pair[0] >= pair[1]), "{times:?}");
    listed_ids.sort();
    ids.sort();
    assert_eq!(listed_ids, ids);
    let mut keys: Vec<&str> = listed[0].as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["created_at", "end_date", "id", "name", "start_date", "status", "type"]);
}

#[test]
fn the_list_refuses_bad_parameters_by_name() {
    for (query, field) in
        [("status=odd", "status"), ("limit=0", "limit"), ("limit=many", "limit"), ("after=%21%21", "after")]
    {
        names_field(&operator().get(&format!("/api/v1/campaigns?{query}")), field);
    }
    let _ = operator().get("/api/v1/campaigns?limit=100000&unknown=1&status=cancelled").expect(200);
}

#[test]
fn a_cursor_belongs_to_its_filter() {
    let world = World::new(3);
    let kind = unique("kind").replace('-', "_");
    for _ in 0..3 {
        let mut body = world.campaign_body();
        body["type"] = json!(kind);
        let _ = administrator().post("/api/v1/campaigns", body).expect(201);
    }
    let page = operator().get(&format!("/api/v1/campaigns?type={kind}&limit=1")).expect(200);
    let cursor = page.str("/pageInfo/endCursor");
    names_field(&operator().get(&format!("/api/v1/campaigns?status=draft&after={cursor}")), "after");
}

#[test]
fn a_draft_can_be_edited_in_all_and_an_active_campaign_in_part() {
    let world = World::new(3);
    let id = world.draft();
    let path = format!("/api/v1/campaigns/{id}");
    let edited = administrator()
        .put(
            &path,
            json!({ "name": "Renamed", "scope": { "applications": [] , "account_types": ["user"] }, "id": "ignored" }),
        )
        .expect(200);
    assert_eq!(edited.body["name"], "Renamed");
    assert_eq!(edited.body["id"], json!(id));
    assert_eq!(edited.body["scope"], json!({ "applications": [], "account_types": ["user"] }));
    let _ = administrator().put(&path, json!({ "scope": { "applications": [world.application] } })).expect(200);

    world::start(&id);
    let edited = administrator()
        .put(&path, json!({ "end_date": "2099-12-01T00:00:00Z", "description": "One week more" }))
        .expect(200);
    assert_eq!(edited.body["end_date"], "2099-12-01T00:00:00Z");
    campaigns_error(&administrator().put(&path, json!({ "scope": { "applications": [] } })), 409, "CONFLICT");

    let _ = administrator().post_empty(&format!("{path}/complete")).expect(200);
    campaigns_error(&administrator().put(&path, json!({ "name": "Too late" })), 409, "CONFLICT");
}

#[test]
fn a_stale_version_is_refused() {
    let world = World::new(3);
    let id = world.draft();
    let path = format!("/api/v1/campaigns/{id}");
    let etag = administrator().get(&path).expect(200).headers["etag"].clone();
    let first = administrator().header("if-match", &etag).put(&path, json!({ "description": "first" })).expect(200);
    assert_ne!(first.headers["etag"], etag);
    campaigns_error(
        &administrator().header("if-match", &etag).put(&path, json!({ "description": "second" })),
        409,
        "CONFLICT",
    );
    assert_eq!(administrator().get(&path).expect(200).body["description"], "first");
}

#[test]
fn a_repeated_creation_with_the_same_key_answers_the_same_and_creates_once() {
    let world = World::new(3);
    let key = unique("idem");
    let mut body = world.campaign_body();
    body["type"] = json!(unique("kind").replace('-', "_"));
    let who = administrator().header("idempotency-key", &key);
    let first = who.post("/api/v1/campaigns", body.clone()).expect(201);
    let again = who.post("/api/v1/campaigns", body.clone()).expect(201);
    assert_eq!(first.text, again.text);
    let listed = world::all_pages(
        &operator(),
        &format!("/api/v1/campaigns?type={}", body["type"].as_str().unwrap()),
        "campaigns",
    );
    assert_eq!(listed.len(), 1);
    let mut other = body;
    other["name"] = json!("Another body");
    assert_eq!(who.post("/api/v1/campaigns", other).status, 422);
}

#[test]
fn a_campaign_is_started_once() {
    let world = World::new(3);
    let id = world.draft();
    world::start(&id);
    campaigns_error(&administrator().post_empty(&format!("/api/v1/campaigns/{id}/start")), 409, "CONFLICT");
    let campaign = administrator().get(&format!("/api/v1/campaigns/{id}")).expect(200);
    assert_eq!(
        campaign.body["progress"],
        json!({ "total": 3, "pending": 3, "approved": 0, "rejected": 0, "flagged": 0 })
    );
    assert!(campaign.body["started_at"].is_string());
}

#[test]
fn a_campaign_over_nobody_still_becomes_active() {
    let world = World::new(3);
    let mut body = world.campaign_body();
    body["scope"]["account_types"] = json!(["robot"]);
    let id = administrator().post("/api/v1/campaigns", body).expect(201).str("/id").to_owned();
    world::start(&id);
    assert_eq!(
        administrator().get(&format!("/api/v1/campaigns/{id}/approvals")).expect(200).body["approvals"],
        json!([])
    );
}

#[test]
fn scope_and_query_choose_the_accounts() {
    let world = World::new(20);
    let mut body = world.campaign_body();
    body["scope"]["account_types"] = json!(["user"]);
    body["query"] = json!({
        "inclusion_filters": [{ "entity": "account", "field": "department", "operator": "equals", "value": "finance" }],
        "exclusion_filters": [{ "entity": "account", "field": "privileged", "operator": "equals", "value": true }],
    });
    let id = administrator().post("/api/v1/campaigns", body).expect(201).str("/id").to_owned();
    world::start(&id);
    let rows = world::all_pages(&operator(), &format!("/api/v1/campaigns/{id}/approvals"), "approvals");
    let expected: Vec<&String> = world
        .accounts
        .iter()
        .enumerate()
        .filter(|(n, _)| n % 2 == 0 && n % 5 != 0 && n % 10 != 9)
        .map(|(_, id)| id)
        .collect();
    let found: Vec<&str> = rows.iter().map(|row| row["account_id"].as_str().unwrap()).collect();
    assert_eq!(found, expected.iter().map(|id| id.as_str()).collect::<Vec<_>>());
}

#[test]
fn completing_makes_a_campaign_read_only_and_hides_it_from_reviewers() {
    let world = World::new(6);
    let id = world.active();
    let lena = world.reviewer("lena");
    let path = format!("/api/v1/campaigns/{id}");
    let _ = lena
        .post(&format!("{path}/approvals/{}", world.accounts[0]), json!({ "decision": "approved", "comment": "fine" }))
        .expect(200);
    let done = administrator().post_empty(&format!("{path}/complete")).expect(200);
    assert_eq!(done.body["status"], "completed");
    assert!(done.body["completed_at"].is_string());
    campaigns_error(&administrator().post_empty(&format!("{path}/complete")), 409, "CONFLICT");
    campaigns_error(&administrator().post_empty(&format!("{path}/terminate")), 409, "CONFLICT");
    campaigns_error(
        &operator().post(&format!("{path}/approvals/{}", world.accounts[1]), json!({ "decision": "approved" })),
        409,
        "CONFLICT",
    );
    campaigns_error(
        &administrator().post_empty(&format!("{path}/approvals/{}/undo", world.accounts[0])),
        409,
        "CONFLICT",
    );
    campaigns_error(&lena.get(&path), 404, "NOT_FOUND");
    let rows = world::all_pages(&operator(), &format!("{path}/approvals"), "approvals");
    assert_eq!(rows.len(), 6);
    assert_eq!(rows[0]["status"], "approved");
    assert_eq!(rows[0]["comment"], "fine");
}

#[test]
fn terminating_ends_an_active_campaign() {
    let world = World::new(3);
    let draft = world.draft();
    campaigns_error(&administrator().post_empty(&format!("/api/v1/campaigns/{draft}/terminate")), 409, "CONFLICT");
    let id = world.active();
    let ended = administrator().post_empty(&format!("/api/v1/campaigns/{id}/terminate")).expect(200);
    assert_eq!(ended.body["status"], "terminated");
    assert!(ended.body["terminated_at"].is_string());
    let listed = world::all_pages(&operator(), "/api/v1/campaigns?status=cancelled&limit=500", "campaigns");
    assert!(listed.iter().any(|campaign| campaign["id"] == json!(id)));
}

#[test]
fn a_start_can_be_called_off_until_the_items_are_there() {
    let world = World::new(3);
    let start_of = |id: &str| format!("/api/v1/campaigns/{id}/start");
    campaigns_error(&administrator().delete(&start_of(&world.draft())), 409, "CONFLICT");
    campaigns_error(&administrator().delete(&start_of(&world.active())), 409, "CONFLICT");

    // The items may be there before anybody can ask: most of the time they are not.
    let called_off = (0..20).find_map(|_| {
        let draft = world.draft();
        let _ = administrator().post_empty(&start_of(&draft)).expect(200);
        let asked = administrator().delete(&start_of(&draft));
        let path = format!("/api/v1/campaigns/{draft}");
        let ended = administrator().until(&path, |campaign| campaign["start_progress"].is_null());
        match asked.status {
            200 => Some((draft, ended)),
            _ => {
                campaigns_error(&asked, 409, "CONFLICT");
                assert_eq!(ended["start_state"], "done");
                None
            }
        }
    });
    let (id, ended) = called_off.expect("a start that is called off");
    assert_eq!((&ended["start_state"], &ended["status"]), (&json!("failed"), &json!("draft")));
    assert_eq!(ended["start_error"], "the start was called off");
    let _ = administrator().post_empty(&start_of(&id)).expect(200);
    let _ = administrator().until(&format!("/api/v1/campaigns/{id}"), |campaign| campaign["status"] == "active");
}

#[test]
fn deleting_removes_drafts_hides_finished_ones_and_refuses_active_ones() {
    let world = World::new(3);
    let draft = world.draft();
    let answer = administrator().delete(&format!("/api/v1/campaigns/{draft}")).expect(204);
    assert_eq!(answer.text, "");
    campaigns_error(&administrator().get(&format!("/api/v1/campaigns/{draft}")), 404, "NOT_FOUND");

    let active = world.active();
    campaigns_error(&administrator().delete(&format!("/api/v1/campaigns/{active}")), 409, "CONFLICT");
    let _ = administrator().post_empty(&format!("/api/v1/campaigns/{active}/complete")).expect(200);
    let _ = administrator().delete(&format!("/api/v1/campaigns/{active}")).expect(204);
    let listed = world::all_pages(&operator(), "/api/v1/campaigns?limit=500", "campaigns");
    assert!(listed.iter().all(|campaign| campaign["id"] != json!(active) && campaign["id"] != json!(draft)));
}

#[test]
fn a_campaign_from_a_template_copies_what_is_reviewed_but_not_what_was_decided() {
    let world = World::new(3);
    let template = world.active();
    let body = json!({ "name": "Winter", "start_date": "2026-12-01T07:00:00Z", "end_date": "2026-12-18T17:00:00Z" });
    let copy = administrator().post(&format!("/api/v1/campaigns/from-template/{template}"), body.clone()).expect(201);
    let original = administrator().get(&format!("/api/v1/campaigns/{template}")).expect(200);
    for same in ["description", "type", "scope", "query", "reviewer_assignment", "revoke_mode", "workflow_id"] {
        assert_eq!(copy.body[same], original.body[same], "{same}");
    }
    assert_eq!(copy.body["status"], "draft");
    assert_eq!(copy.body["template_id"], json!(template));
    campaigns_error(
        &administrator().post("/api/v1/campaigns/from-template/0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b", body),
        404,
        "NOT_FOUND",
    );
    names_field(&administrator().post(&format!("/api/v1/campaigns/from-template/{template}"), json!({})), "name");
}
