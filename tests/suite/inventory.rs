//! Loading who can reach what: pictures, pair lists, uploads, snapshots.

use std::fmt::Write as _;

use blackbox::unique;
use serde_json::{Value, json};

use crate::world::{self, World, administrator, awf_error, campaigns_error, operator};

fn pairs(users: usize, permissions: usize) -> String {
    let mut text = String::new();
    for user in 1..=users {
        for permission in 1..=permissions {
            if (user * 7 + permission * 3) % 5 != 0 {
                let _ = writeln!(text, "{user:9} {permission:10}");
            }
        }
    }
    text
}

fn put(source: &str, format: &str, body: &str) -> blackbox::Answer {
    administrator().send(
        "PUT",
        &format!("/api/v1/inventory/datasources/{source}?format={format}"),
        Some(body.as_bytes().to_vec()),
    )
}

#[test]
fn a_pair_list_becomes_accounts_roles_and_one_row_per_grant() {
    let source = unique("pairs");
    let text = pairs(30, 20);
    let report = put(&source, "pairs", &text).expect(200);
    assert!(report.body["created"].as_u64().is_some_and(|created| created >= 50), "{}", report.text);
    assert_eq!(report.body["updated"], 0);
    assert_eq!(report.body["removed"], 0);

    let again = put(&source, "pairs", &text).expect(200);
    assert_eq!(
        (&again.body["created"], &again.body["updated"], &again.body["removed"]),
        (&json!(0), &json!(0), &json!(0))
    );

    let roles = json!({ "node_type": "Permission" });
    let accounts = json!({ "node_type": "Account", "condition_expression": format!("datasource_id eq \"{source}\"") });
    let workflow = json!({ "name": source, "query": {
        "source_node_types": { "nodes": [accounts], "nodes_operator": "AND" },
        "destination_node_types": { "nodes": [roles], "nodes_operator": "AND" } } });
    let workflow = operator().post("/api/preview/awf/workflows", workflow).expect(200).str("/workflow_id").to_owned();
    let created = operator().post("/api/preview/awf/certifications", json!({ "workflow_id": workflow })).expect(200);
    let path = format!("/api/preview/awf/certifications/{}", created.str("/certification_id"));
    let body = operator().until(&path, |body| body["value"]["state"] == "IN_PROGRESS");
    assert_eq!(body["value"]["total_result_count"], json!(text.lines().count()));
}

#[test]
fn a_bad_line_is_named_and_changes_nothing() {
    let source = unique("pairs");
    let _ = put(&source, "pairs", "1 1\n1 2\n").expect(200);
    let answer = put(&source, "pairs", "1 1\n2\n3 4 5\n");
    campaigns_error(&answer, 400, "VALIDATION_ERROR");
    assert!(answer.text.contains('2') && answer.text.contains("line"), "{}", answer.text);
    let again = put(&source, "pairs", "1 1\n1 2\n").expect(200);
    assert_eq!((&again.body["created"], &again.body["removed"]), (&json!(0), &json!(0)));
}

#[test]
fn a_bad_picture_is_refused_by_path_and_changes_nothing() {
    let world = World::new(3);
    let path = format!("/api/v1/inventory/datasources/{}", world.source);
    let mut bad = world.picture();
    bad["accounts"][1]["privileged"] = json!("perhaps");
    bad["memberships"][0]["group_id"] = json!("grp-nowhere");
    let answer = administrator().put(&path, bad);
    campaigns_error(&answer, 400, "VALIDATION_ERROR");
    assert!(answer.text.contains("accounts[1].privileged"), "{}", answer.text);
    assert!(answer.text.contains("memberships[0]"), "{}", answer.text);
    let same = administrator().put(&path, world.picture()).expect(200);
    assert_eq!(
        (&same.body["created"], &same.body["updated"], &same.body["removed"]),
        (&json!(0), &json!(0), &json!(0))
    );
}

#[test]
fn what_is_missing_from_a_new_picture_is_gone() {
    let world = World::new(6);
    let mut smaller = world.picture();
    let accounts = smaller["accounts"].as_array_mut().expect("accounts");
    let gone = accounts.pop().expect("an account")["id"].clone();
    accounts[0]["title"] = json!("Head clerk");
    let assignments = smaller["role_assignments"].as_array_mut().expect("assignments");
    assignments.retain(|assignment| assignment["account_id"] != gone);
    let report = administrator().put(&format!("/api/v1/inventory/datasources/{}", world.source), smaller).expect(200);
    assert_eq!(
        (&report.body["created"], &report.body["updated"], &report.body["removed"]),
        (&json!(0), &json!(1), &json!(1))
    );
    let id = world.active();
    assert_eq!(world::all_pages(&operator(), &format!("/api/v1/campaigns/{id}/approvals"), "approvals").len(), 5);
}

#[test]
fn an_account_id_belongs_to_one_data_source() {
    let world = World::new(3);
    let other = unique("other");
    let answer = administrator().put(&format!("/api/v1/inventory/datasources/{other}"), world.picture());
    campaigns_error(&answer, 400, "VALIDATION_ERROR");
    assert!(answer.text.contains("accounts[0].id") && answer.text.contains(&world.source), "{}", answer.text);
}

#[test]
fn data_sources_are_listed_and_retired() {
    let world = World::new(3);
    let listed = world::all_pages(&operator(), "/api/v1/inventory/datasources", "datasources");
    let mine =
        listed.iter().find(|source| source["datasource_id"] == json!(world.source)).expect("the data source is listed");
    assert_eq!(mine["name"], json!(format!("Payroll {}", world.word)));
    let id = world.active();
    let _ = administrator().delete(&format!("/api/v1/inventory/datasources/{}", world.source)).expect(204);
    campaigns_error(
        &administrator().delete(&format!("/api/v1/inventory/datasources/{}", world.source)),
        404,
        "NOT_FOUND",
    );
    let listed = world::all_pages(&operator(), "/api/v1/inventory/datasources", "datasources");
    assert!(listed.iter().all(|source| source["datasource_id"] != json!(world.source)));
    // what a running review was built from stays
    assert_eq!(world::all_pages(&operator(), &format!("/api/v1/campaigns/{id}/review-items"), "review_items").len(), 3);
}

#[test]
fn snapshots_are_made_listed_and_used() {
    let _ = World::new(3);
    let made = administrator().post_empty("/api/v1/inventory/snapshots").expect(200);
    let id = made.body["snapshot_id"].clone();
    let seconds: i64 = id.as_str().and_then(|text| text.parse().ok()).expect("a string of seconds");
    assert!(seconds > 1_700_000_000);
    let listed = world::all_pages(&operator(), "/api/v1/inventory/snapshots", "snapshots");
    assert!(listed.iter().any(|snapshot| snapshot["snapshot_id"] == id), "{listed:?}");
}

#[test]
fn a_large_inventory_comes_by_upload() {
    let source = unique("upload");
    let text = pairs(400, 100);
    let created = administrator()
        .post(&format!("/api/v1/inventory/datasources/{source}/uploads"), json!({ "format": "pairs" }))
        .expect(200);
    let upload = created.str("/upload_id").to_owned();
    let stored = world::target().anonymous().send("PUT", created.str("/url"), Some(text.clone().into_bytes()));
    assert!(stored.status == 200 || stored.status == 204, "{} {}", stored.status, stored.text);
    let path = format!("/api/v1/inventory/uploads/{upload}");
    let done = administrator().until(&path, |body| body["status"] == "completed" || body["status"] == "failed");
    assert_eq!(done["status"], "completed", "{done}");
    assert_eq!(done["report"]["created"], 501, "{done}");
    campaigns_error(
        &administrator().get("/api/v1/inventory/uploads/upl-0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b"),
        404,
        "NOT_FOUND",
    );
}

#[test]
fn a_bad_upload_fails_with_its_line_and_changes_nothing() {
    let source = unique("upload");
    let created = administrator()
        .post(&format!("/api/v1/inventory/datasources/{source}/uploads"), json!({ "format": "pairs" }))
        .expect(200);
    let url = created.str("/url").to_owned();
    let _ = world::target().anonymous().send("PUT", &url, Some(b"1 1\nbroken line here\n".to_vec()));
    let path = format!("/api/v1/inventory/uploads/{}", created.str("/upload_id"));
    let done = administrator().until(&path, |body| body["status"] == "completed" || body["status"] == "failed");
    assert_eq!(done["status"], "failed", "{done}");
    assert!(done.to_string().contains("line"), "{done}");
    let listed = world::all_pages(&operator(), "/api/v1/inventory/datasources", "datasources");
    assert!(listed.iter().all(|entry| entry["datasource_id"] != json!(source)));
    let tampered = world::target().anonymous().send("PUT", &format!("{url}0"), Some(b"1 1\n".to_vec()));
    assert!((400..500).contains(&tampered.status), "{} {}", tampered.status, tampered.text);
}

#[test]
fn an_upload_that_comes_too_late_fails_and_brings_nothing_back() {
    let source = unique("upload");
    let path = format!("/api/v1/inventory/datasources/{source}");
    let opened = || {
        let created = administrator().post(&format!("{path}/uploads"), json!({ "format": "pairs" })).expect(200);
        (created.str("/url").to_owned(), format!("/api/v1/inventory/uploads/{}", created.str("/upload_id")))
    };
    let sent = |(url, upload): (String, String)| {
        let stored = world::target().anonymous().send("PUT", &url, Some(b"old old\n".to_vec()));
        assert!(stored.status == 200 || stored.status == 204, "{} {}", stored.status, stored.text);
        administrator().until(&upload, |body| body["status"] == "completed" || body["status"] == "failed")
    };
    let (first, second) = (opened(), opened());
    let loaded = put(&source, "pairs", "new new\n").expect(200);
    assert_eq!(loaded.body["created"], 3, "{}", loaded.text);
    let late = sent(first);
    assert_eq!(late["status"], "failed", "{late}");
    assert!(late["errors"][0]["message"].as_str().is_some_and(|why| why.contains("loaded by somebody else")), "{late}");
    let _ = administrator().delete(&path).expect(204);
    let late = sent(second);
    assert!(late["errors"][0]["message"].as_str().is_some_and(|why| why.contains("was deleted")), "{late}");
    let listed = world::all_pages(&operator(), "/api/v1/inventory/datasources", "datasources");
    assert!(listed.iter().all(|entry| entry["datasource_id"] != json!(source)));
}

#[test]
fn accounts_and_entitlements_come_as_csv() {
    let source = unique("csv");
    let files = json!({ "files": {
        "accounts.csv": "Account ID,account name,E-Mail,status,privileged\n1,ann,ann@corp.example,active,yes\n2,bob,bob@corp.example,inactive,no\n",
        "entitlements.csv": "account_id,application_id,role\n1,billing,approver\n2,billing,clerk\n1,billing,clerk\n",
        "applications.csv": "application_id,name\nbilling,Billing\n",
    } });
    let report = administrator().put(&format!("/api/v1/inventory/datasources/{source}?format=csv"), files).expect(200);
    assert!(report.body["created"].as_u64().is_some_and(|created| created >= 5), "{}", report.text);
    let bad = put(&unique("csv"), "accounts.csv", "account_id,account_name,privileged\n1,ann,maybe\n,,no\n");
    campaigns_error(&bad, 400, "VALIDATION_ERROR");
    for place in ["2:3", "3:1"] {
        world::names_field(&bad, place);
    }
}

#[test]
fn oaa_payloads_are_pushed_to_a_provider() {
    let name = unique("billing").replace('-', "_");
    let provider = administrator()
        .post("/api/v1/providers/custom", json!({ "name": name, "custom_template": "application" }))
        .expect(200);
    let provider = provider.str("/value/id").to_owned();
    let found = administrator().get(&format!("/api/v1/providers/custom?filter=name+eq+%22{name}%22")).expect(200);
    assert_eq!(found.list("/values").len(), 1);
    let source = administrator()
        .post(
            &format!("/api/v1/providers/custom/{provider}/datasources"),
            json!({ "name": "Billing EU", "id": provider }),
        )
        .expect(200);
    let source = source.str("/value/id").to_owned();
    let payload = json!({
        "applications": [{ "name": "Billing EU", "application_type": "billing",
            "local_users": [{ "id": "b-17", "name": "mlopez", "email": "m.lopez@acme.example", "groups": ["clerks"], "is_active": true }],
            "local_groups": [{ "name": "clerks" }], "local_roles": [{ "name": "approver", "permissions": ["approve_invoice"] }],
            "resources": [{ "name": "ledger", "resource_type": "book", "sub_resources": [{ "name": "2026", "resource_type": "year" }] }] }],
        "permissions": [{ "name": "approve_invoice", "permission_type": ["DataWrite"], "apply_to_sub_resources": true, "resource_types": [] }],
        "identity_to_permissions": [{ "identity": "b-17", "identity_type": "local_user",
            "role_assignments": [{ "application": "Billing EU", "role": "approver", "apply_to_application": false, "resources": ["ledger.2026"] },
                { "application": "Billing EU", "role": "nowhere", "apply_to_application": true }] }],
    });
    let path = format!("/api/v1/providers/custom/{provider}/datasources/{source}:push");
    let body = json!({ "id": provider, "data_source_id": source, "json_data": payload.to_string() });
    let pushed = administrator().post(&path, body).expect(200);
    let warnings: Vec<&Value> = pushed.list("/warnings").iter().collect();
    assert!(
        warnings.iter().any(|warning| warning["message"].as_str().is_some_and(|text| text.contains("nowhere"))),
        "{}",
        pushed.text
    );
    let bad = administrator()
        .post(&path, json!({ "id": provider, "data_source_id": source, "json_data": "{\"applications\": 7}" }));
    world::awf_error(&bad, 400, "InvalidArgument");
    let duplicate =
        administrator().post("/api/v1/providers/custom", json!({ "name": name, "custom_template": "application" }));
    world::awf_error(&duplicate, 409, "AlreadyExists");
}

/// A provider with a data source: their ids.
fn provider(template: &str) -> (String, String) {
    let name = unique(template).replace('-', "_");
    let input = json!({ "name": name, "custom_template": template });
    let provider = administrator().post("/api/v1/providers/custom", input).expect(200).str("/value/id").to_owned();
    let path = format!("/api/v1/providers/custom/{provider}/datasources");
    let source = administrator().post(&path, json!({ "name": "EU", "id": provider })).expect(200);
    (provider, source.str("/value/id").to_owned())
}

/// Base64, as clients encode what they push.
fn armoured(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |n: usize| u32::from(chunk.get(n).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

fn source_listed(id: &str) -> Option<Value> {
    let listed = world::all_pages(&operator(), "/api/v1/inventory/datasources", "datasources");
    listed.into_iter().find(|source| source["datasource_id"] == json!(id))
}

#[test]
fn a_payload_of_the_human_resources_is_pushed_in_parts() {
    let (provider, source) = provider("hris");
    let path = format!("/api/v1/providers/custom/{provider}/datasources/{source}:parts");
    let employees: Vec<Value> = (0..400)
        .map(|n| {
            json!({ "id": format!("{source}-{n}"), "name": format!("Person {n}"), "employee_number": n.to_string(),
                "first_name": "P", "last_name": n.to_string(), "is_active": true, "employment_status": "ACTIVE" })
        })
        .collect();
    let payload = json!({ "name": "HR", "hris_type": "hr", "employees": employees }).to_string();
    let upload = administrator().post(&path, json!({ "operation": "start" })).expect(200).str("/upload_id").to_owned();
    let pieces: Vec<&[u8]> = payload.as_bytes().chunks(20_000).collect();
    assert!(pieces.len() > 2);
    let send = |number: usize, piece: &[u8]| {
        let part =
            json!({ "operation": "upload", "upload_id": upload, "sequence_number": number, "data": armoured(piece) });
        administrator().post(&path, part)
    };
    for (number, piece) in pieces.iter().enumerate().skip(1) {
        assert_eq!(send(number + 1, piece).expect(200).body, json!({}));
    }
    let complete = json!({ "operation": "complete", "upload_id": upload, "sequence_count": pieces.len() });
    let gap = administrator().post(&path, complete.clone());
    world::awf_error(&gap, 400, "InvalidArgument");
    assert!(gap.text.contains("part 1 has not come"), "{}", gap.text);
    let _ = send(1, pieces[0]).expect(200);
    let done = administrator().post(&path, complete.clone()).expect(200);
    assert_eq!(done.body, json!({}));
    assert_eq!(source_listed(&source).expect("the data source")["node_count"], 400);
    assert_eq!(administrator().post(&path, complete).expect(200).body, json!({}), "closing again tells the same");
    let late = send(9, b"more");
    world::awf_error(&late, 400, "InvalidArgument");
}

#[test]
fn a_refused_payload_in_parts_names_its_places_and_changes_nothing() {
    let (provider, source) = provider("application");
    let path = format!("/api/v1/providers/custom/{provider}/datasources/{source}:parts");
    let upload = administrator().post(&path, json!({ "operation": "start" })).expect(200).str("/upload_id").to_owned();
    let data = armoured(b"{\"applications\": [{\"name\": \"A\"}]}");
    let part = json!({ "operation": "upload", "upload_id": upload, "sequence_number": 1, "data": data });
    let _ = administrator().post(&path, part).expect(200);
    let complete = json!({ "operation": "complete", "upload_id": upload, "sequence_count": 1 });
    let refused = administrator().post(&path, complete);
    world::awf_error(&refused, 400, "InvalidArgument");
    assert!(refused.text.contains("applications[0].application_type"), "{}", refused.text);
    assert_eq!(source_listed(&source).expect("the data source")["last_sync_time"], Value::Null);
    let unknown = json!({ "operation": "complete", "upload_id": "upl-0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b", "sequence_count": 1 });
    world::awf_error(&administrator().post(&path, unknown), 404, "NotFound");
}

#[test]
fn a_file_is_pushed_as_base64_and_its_faults_name_the_line() {
    let (provider, source) = provider("application");
    let path = format!("/api/v1/providers/custom/{provider}/datasources/{source}:push_csv");
    let push = |file: &str| {
        let body = json!({ "id": provider, "data_source_id": source, "csv_data": armoured(file.as_bytes()) });
        administrator().post(&path, body)
    };
    let file = format!(
        "user_id,name,email,active,groups,roles\n{source}1,ann,ann@corp.example,yes,\"clerks,payables\",reader\n"
    );
    assert_eq!(push(&file).expect(200).body, json!({}));
    let listed = source_listed(&source).expect("the data source");
    assert_eq!((&listed["account_count"], &listed["format"]), (&json!(1), &json!("accounts.csv")));
    let bad = push("user_id,privileged\n1,perhaps\n");
    world::awf_error(&bad, 400, "InvalidArgument");
    assert!(bad.text.contains("2:2"), "{}", bad.text);
    let raw = administrator().post(&path, json!({ "csv_data": file }));
    world::awf_error(&raw, 400, "InvalidArgument");

    let delta = json!({ "csv_data": armoured(format!("user_id,groups\n{source}2,clerks\n").as_bytes()) });
    assert_eq!(administrator().post(&format!("{path}?mode=delta"), delta).expect(200).body, json!({}));
    assert_eq!(source_listed(&source).expect("the data source")["account_count"], 2);
    let cut_off = push(&format!("user_id\n{source}1\n"));
    world::awf_error(&cut_off, 409, "FailedPrecondition");
    assert!(cut_off.text.contains("removes_too_much"), "{}", cut_off.text);
    let bad = administrator().post(&format!("{path}?mode=parts"), json!({ "csv_data": armoured(b"user_id\n1\n") }));
    world::awf_error(&bad, 400, "InvalidArgument");
    let forced = json!({ "csv_data": armoured(format!("user_id\n{source}1\n").as_bytes()) });
    assert_eq!(administrator().post(&format!("{path}?force=true"), forced).expect(200).body, json!({}));
    assert_eq!(source_listed(&source).expect("the data source")["account_count"], 1);
}

#[test]
fn a_provider_changes_shows_its_icon_and_goes_with_its_data_sources() {
    let (provider, source) = provider("hris");
    let path = format!("/api/v1/providers/custom/{provider}");
    let changed = administrator().send("PATCH", &path, Some(br#"{"provisioning": true}"#.to_vec())).expect(200);
    assert_eq!(changed.body["value"]["provisioning"], true);
    let icon = armoured(b"an image");
    let set = administrator().post(&format!("{path}:icon"), json!({ "icon_base64": icon })).expect(200);
    assert_eq!(set.body, json!({}));
    let seen = operator().get(&path).expect(200);
    assert_eq!((&seen.body["value"]["icon_base64"], &seen.body["value"]["provisioning"]), (&json!(icon), &json!(true)));
    let large = administrator().post(&format!("{path}:icon"), json!({ "icon_base64": "AAAA".repeat(16_385) }));
    world::awf_error(&large, 400, "InvalidArgument");
    assert_eq!(administrator().delete(&path).expect(200).body, json!({}));
    world::awf_error(&operator().get(&path), 404, "NotFound");
    let _ = operator().until("/api/v1/inventory/datasources?limit=500", |_| source_listed(&source).is_none());
}

#[test]
fn providers_are_listed_by_name_in_pages() {
    let word = unique("paged").replace('-', "_");
    for name in ["c", "A", "b"] {
        let input = json!({ "name": format!("{word} {name}"), "custom_template": "application" });
        let _ = administrator().post("/api/v1/providers/custom", input).expect(200);
    }
    let mut names = Vec::new();
    let mut token = String::new();
    loop {
        let page = operator()
            .get(&format!("/api/v1/providers/custom?order_by=name+desc&page_size=2&page_token={token}"))
            .expect(200);
        let of_page = page.list("/values").iter().filter_map(|provider| provider["name"].as_str());
        names.extend(of_page.filter(|name| name.starts_with(&word)).map(str::to_owned));
        if page.body["has_more"] == json!(false) {
            break;
        }
        token = page.str("/next_page_token").to_owned();
    }
    assert_eq!(names, ["c", "b", "A"].map(|name| format!("{word} {name}")));
    let template =
        administrator().post("/api/v1/providers/custom", json!({ "name": "x", "custom_template": "secret_store" }));
    world::awf_error(&template, 400, "InvalidArgument");
}

#[test]
fn a_data_source_of_a_provider_is_shown_listed_and_deleted() {
    let name = unique("Billing");
    let input = json!({ "name": name, "custom_template": "application" });
    let provider = administrator().post("/api/v1/providers/custom", input).expect(200).str("/value/id").to_owned();
    let path = format!("/api/v1/providers/custom/{provider}/datasources");
    let made = administrator().post(&path, json!({ "name": "EU" })).expect(200);
    let source = format!("{path}/{}", made.str("/value/id"));
    assert_eq!(operator().get(&source).expect(200).body, made.body);
    assert_eq!(operator().get(&path).expect(200).body["values"], json!([made.body["value"]]));
    let _ = administrator().delete(&source).expect(200);
    awf_error(&operator().get(&source), 404, "NotFound");
    assert_eq!(operator().get(&path).expect(200).body["values"], json!([]));
}

#[test]
fn the_templates_that_can_be_pushed_are_listed() {
    let listed = operator().get("/api/v1/providers/custom/templates").expect(200);
    let names: Vec<&str> = listed.list("/values").iter().filter_map(|template| template["name"].as_str()).collect();
    assert_eq!(names, ["application", "identity_provider", "hris"]);
}
