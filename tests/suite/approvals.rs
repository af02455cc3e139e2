//! Deciding accounts: singly, in batch, again, undone; and counts that are right at every moment.

use serde_json::{Value, json};

use crate::world::{self, World, administrator, campaigns_error, names_field, operator};

#[test]
fn the_list_is_ordered_by_account_name_and_filters_by_status() {
    let world = World::new(9);
    let id = world.active();
    let path = format!("/api/v1/campaigns/{id}/approvals");
    let rows = world::all_pages(&operator(), &format!("{path}?limit=4"), "approvals");
    let names: Vec<&str> = rows.iter().map(|row| row["account_name"].as_str().unwrap()).collect();
    assert_eq!(names, (0..9).map(|n| format!("user{n:04}")).collect::<Vec<_>>());
    assert_eq!(rows[0]["reviewer"], json!(world.email("lena")));
    assert_eq!(rows[8]["reviewer"], json!(world.email("omar")));
    assert_eq!(rows[0]["application_id"], json!(world.application));
    for absent in ["decision", "comment", "decided_at", "decided_by", "undo_expires_at"] {
        assert_eq!(rows[0][absent], Value::Null, "{absent}");
    }
    let _ = operator().post(&format!("{path}/{}", world.accounts[2]), json!({ "decision": "rejected" })).expect(200);
    let rejected = world::all_pages(&operator(), &format!("{path}?status=rejected"), "approvals");
    assert_eq!(rejected.len(), 1);
    assert_eq!(rejected[0]["account_id"], json!(world.accounts[2]));
    assert_eq!(world::all_pages(&operator(), &format!("{path}?status=pending"), "approvals").len(), 8);
    names_field(&operator().get(&format!("{path}?status=unsure")), "status");
}

#[test]
fn a_draft_has_no_approvals() {
    let id = World::new(3).draft();
    let answer = operator().get(&format!("/api/v1/campaigns/{id}/approvals")).expect(200);
    assert_eq!(answer.body, json!({ "approvals": [], "pageInfo": { "hasNextPage": false, "endCursor": null } }));
    let counts = operator().get(&format!("/api/v1/campaigns/{id}/approvals/counts")).expect(200);
    assert_eq!(counts.body, json!({ "pending": 0, "approved": 0, "rejected": 0, "flagged": 0 }));
}

#[test]
fn a_decision_is_recorded_with_its_decider_and_time() {
    let world = World::new(6);
    let id = world.active();
    let lena = world.reviewer("lena");
    let path = format!("/api/v1/campaigns/{id}/approvals/{}", world.accounts[0]);
    let before = jiff::Timestamp::now();
    let decided = lena.post(&path, json!({ "decision": "approved", "comment": "Runs the close" })).expect(200);
    assert_eq!(decided.body["status"], "approved");
    assert_eq!(decided.body["decision"], "approved");
    assert_eq!(decided.body["comment"], "Runs the close");
    assert_eq!(decided.body["decided_by"], json!(world.email("lena")));
    let at: jiff::Timestamp = decided.str("/decided_at").parse().expect("a time");
    let undo: jiff::Timestamp = decided.str("/undo_expires_at").parse().expect("a time");
    assert!(at >= before - jiff::SignedDuration::from_millis(1));
    assert_eq!(undo.duration_since(at), jiff::SignedDuration::from_secs(30));
}

#[test]
fn an_account_id_may_be_any_text_that_other_systems_call_an_account() {
    let world = World::new(3);
    let accounts = [
        ("arn:aws:iam::1:user/finance/ann", "arn%3Aaws%3Aiam%3A%3A1%3Auser%2Ffinance%2Fann"),
        ("cn=ann,ou=a b#1+1/7", "cn%3Dann%2Cou%3Da%20b%231%2B1%2F7"),
        ("é/undo/x", "%C3%A9%2Fundo%2Fx"),
    ]
    .map(|(id, path)| (format!("{id}-{}", world.word), format!("{path}-{}", world.word)));
    accounts_are_found_by(&world, &accounts);
}

/// The gateway undoes the encoding of a path twice, and takes a question mark in between for the end of it.
#[test]
fn an_account_id_with_a_percent_or_question_mark_is_encoded_twice() {
    let world = World::new(3);
    let accounts = [("100%", "100%2525"), ("a%41?b/c?d=1", "a%252541%253Fb%252Fc%253Fd%253D1"), ("plain", "%2570lain")]
        .map(|(id, path)| (format!("{id}-{}", world.word), format!("{path}-{}", world.word)));
    accounts_are_found_by(&world, &accounts);
}

/// Gives the accounts of an organisation these ids, and plays a review with the text by which each stands in a path.
fn accounts_are_found_by(world: &World, accounts: &[(String, String); 3]) {
    let mut picture = world.picture();
    for (account, (id, _)) in accounts.iter().enumerate() {
        picture["accounts"][account]["id"] = json!(id);
    }
    for assignments in ["memberships", "role_assignments"] {
        picture[assignments] = json!([]);
    }
    let _ = administrator().put(&format!("/api/v1/inventory/datasources/{}", world.source), picture).expect(200);
    let campaign = format!("/api/v1/campaigns/{}", world.active());
    for (id, path) in accounts {
        let item = administrator().get(&format!("{campaign}/review-items/{path}")).expect(200);
        assert_eq!(item.body["account_id"], json!(id));
        let _ = administrator().get(&format!("{campaign}/review-items/{path}/entitlements")).expect(200);
        let decided = administrator()
            .post(&format!("{campaign}/approvals/{path}"), json!({ "decision": "approved" }))
            .expect(200);
        assert_eq!((&decided.body["account_id"], &decided.body["status"]), (&json!(id), &json!("approved")));
        let undone = administrator().post_empty(&format!("{campaign}/approvals/{path}/undo")).expect(200);
        assert_eq!((&undone.body["account_id"], &undone.body["status"]), (&json!(id), &json!("pending")));
    }
}

#[test]
fn every_documented_word_for_a_decision_is_understood() {
    let world = World::new(12);
    let id = world.active();
    let words = [
        ("approved", "approved"),
        ("APPROVE", "approved"),
        ("Rejected", "rejected"),
        ("reject", "rejected"),
        ("flagged", "flagged"),
        ("flag", "flagged"),
        ("revoked", "rejected"),
        ("revoke", "rejected"),
    ];
    for ((word, status), account) in words.iter().zip(&world.accounts) {
        let answer = operator()
            .post(&format!("/api/v1/campaigns/{id}/approvals/{account}"), json!({ "decision": word }))
            .expect(200);
        assert_eq!(answer.body["status"], json!(status), "{word}");
    }
    let counts = operator().get(&format!("/api/v1/campaigns/{id}/approvals/counts")).expect(200);
    assert_eq!(counts.body, json!({ "pending": 4, "approved": 2, "rejected": 4, "flagged": 2 }));
    let path = format!("/api/v1/campaigns/{id}/approvals/{}", world.accounts[9]);
    for bad in [json!({ "decision": "perhaps" }), json!({}), json!({ "decision": 7 }), json!({ "decision": null })] {
        names_field(&operator().post(&path, bad), "decision");
    }
    names_field(&operator().post(&path, json!({ "decision": "approved", "comment": "c".repeat(4001) })), "comment");
}

#[test]
fn a_decided_account_may_be_decided_again() {
    let world = World::new(3);
    let id = world.active();
    let path = format!("/api/v1/campaigns/{id}/approvals/{}", world.accounts[0]);
    let _ = operator().post(&path, json!({ "decision": "flagged" })).expect(200);
    let _ = operator().post(&path, json!({ "decision": "approved" })).expect(200);
    let last = administrator().post(&path, json!({ "decision": "rejected", "comment": "left" })).expect(200);
    assert_eq!(last.body["status"], "rejected");
    let counts = operator().get(&format!("/api/v1/campaigns/{id}/approvals/counts")).expect(200);
    assert_eq!(counts.body, json!({ "pending": 2, "approved": 0, "rejected": 1, "flagged": 0 }));
}

#[test]
fn a_decision_without_a_comment_takes_none_over_from_the_one_that_it_replaces() {
    let world = World::new(3);
    let id = world.active();
    let path = |n: usize| format!("/api/v1/campaigns/{id}/approvals/{}", world.accounts[n]);
    let lena = world.reviewer("lena");
    for (n, replacing) in
        [json!({ "decision": "approved" }), json!({ "decision": "approved", "comment": " " })].into_iter().enumerate()
    {
        let rejected = lena.post(&path(n), json!({ "decision": "rejected", "comment": "Must go" })).expect(200);
        assert_eq!(rejected.body["comment"], "Must go");
        let replaced = operator().post(&path(n), replacing).expect(200);
        assert_eq!((&replaced.body["status"], &replaced.body["comment"]), (&json!("approved"), &Value::Null));
    }
    let batch = format!("/api/v1/campaigns/{id}/approvals/batch");
    let _ = lena.post(&path(1), json!({ "decision": "flagged", "comment": "Which team?" })).expect(200);
    let all = json!({ "account_ids": world.accounts, "decision": "approved" });
    let _ = operator().post(&batch, all).expect(200);
    let rows = world::all_pages(&operator(), &format!("/api/v1/campaigns/{id}/approvals"), "approvals");
    assert!(rows.iter().all(|row| row["status"] == "approved" && row["comment"] == Value::Null), "{rows:?}");
}

#[test]
fn nobody_decides_in_a_campaign_before_it_starts() {
    let world = World::new(3);
    let campaign = format!("/api/v1/campaigns/{}", world.draft());
    let (approvals, account) = (format!("{campaign}/approvals"), &world.accounts[0]);
    let decision = json!({ "decision": "approved" });
    let calls = [
        operator().post(&format!("{approvals}/{account}"), decision.clone()),
        operator().post(&format!("{approvals}/batch"), json!({ "account_ids": [account], "decision": "approved" })),
        operator().post(&format!("{campaign}/batch-groups/bg-01/review"), decision.clone()),
        administrator().post_empty(&format!("{approvals}/{account}/undo")),
    ];
    for answer in calls {
        campaigns_error(&answer, 409, "CONFLICT");
    }
    let unseen = world.reviewer("lena").post(&format!("{approvals}/{account}"), decision);
    campaigns_error(&unseen, 404, "NOT_FOUND");
}

#[test]
fn a_batch_decides_all_in_request_order_and_collapses_duplicates() {
    let world = World::new(150);
    let id = world.active();
    let path = format!("/api/v1/campaigns/{id}/approvals");
    let mut chosen: Vec<&String> = world.accounts.iter().take(120).rev().collect();
    chosen.push(&world.accounts[0]);
    let answer = operator()
        .post(
            &format!("{path}/batch"),
            json!({ "account_ids": chosen, "decision": "approved", "comment": "Regular team" }),
        )
        .expect(200);
    let rows = answer.list("/approvals");
    assert_eq!(rows.len(), 120);
    let order: Vec<&str> = rows.iter().map(|row| row["account_id"].as_str().unwrap()).collect();
    assert_eq!(order, chosen[..120].iter().map(|id| id.as_str()).collect::<Vec<_>>());
    assert!(rows.iter().all(|row| row["status"] == "approved" && row["comment"] == "Regular team"));
    assert!(rows.iter().all(|row| row["decided_at"] == rows[0]["decided_at"]));
    let counts = operator().get(&format!("{path}/counts")).expect(200);
    assert_eq!(counts.body, json!({ "pending": 30, "approved": 120, "rejected": 0, "flagged": 0 }));
}

#[test]
fn a_batch_whose_answer_is_too_large_shows_its_first_items_and_how_many_more_were_decided() {
    let world = World::new(1_000);
    let id = world.active();
    let path = format!("/api/v1/campaigns/{id}/approvals");
    let body = json!({ "account_ids": world.accounts, "decision": "approved", "comment": "é".repeat(4_000) });
    let answer = operator().post(&format!("{path}/batch"), body.clone()).expect(200);
    let shown = answer.list("/approvals");
    let omitted = usize::try_from(answer.body["omitted"].as_u64().expect("a number")).expect("a small one");
    assert!(shown.len() > 300 && shown.len() + omitted == 1_000, "{} shown, {omitted} omitted", shown.len());
    assert!(shown.iter().zip(&world.accounts).all(|(row, id)| row["account_id"] == json!(id)));
    let counts = operator().get(&format!("{path}/counts")).expect(200);
    assert_eq!(counts.body["approved"], 1_000);
}

#[test]
fn a_batch_with_one_bad_id_writes_nothing() {
    let world = World::new(9);
    let id = world.active();
    let path = format!("/api/v1/campaigns/{id}/approvals");
    let body = json!({ "account_ids": [world.accounts[0], "acct-nobody", world.accounts[1]], "decision": "approved" });
    let answer = operator().post(&format!("{path}/batch"), body);
    campaigns_error(&answer, 404, "NOT_FOUND");
    assert!(answer.text.contains("acct-nobody"), "{}", answer.text);
    assert!(!answer.text.contains(&world.accounts[0]), "{}", answer.text);
    let foreign = json!({ "account_ids": [world.accounts[0], world.accounts[8]], "decision": "approved" });
    campaigns_error(&world.reviewer("lena").post(&format!("{path}/batch"), foreign), 404, "NOT_FOUND");
    let counts = operator().get(&format!("{path}/counts")).expect(200);
    assert_eq!(counts.body["pending"], 9);
    for bad in [json!([]), json!("acct"), json!([1]), Value::Null] {
        let answer = operator().post(&format!("{path}/batch"), json!({ "account_ids": bad, "decision": "approved" }));
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert!(answer.text.contains("account_ids"), "{}", answer.text);
    }
    let many: Vec<String> = (0..1001).map(|n| format!("acct-{n}")).collect();
    names_field(
        &operator().post(&format!("{path}/batch"), json!({ "account_ids": many, "decision": "approved" })),
        "account_ids",
    );
}

#[test]
fn an_undone_decision_is_pending_again() {
    let world = World::new(6);
    let id = world.active();
    let lena = world.reviewer("lena");
    let path = format!("/api/v1/campaigns/{id}/approvals/{}", world.accounts[0]);
    campaigns_error(&lena.post_empty(&format!("{path}/undo")), 409, "CONFLICT");
    let _ = lena.post(&path, json!({ "decision": "approved" })).expect(200);
    let _ = lena.post(&path, json!({ "decision": "rejected", "comment": "left" })).expect(200);
    let undone = lena.post_empty(&format!("{path}/undo")).expect(200);
    assert_eq!(undone.body["status"], "pending");
    for cleared in ["decision", "comment", "decided_at", "decided_by", "undo_expires_at"] {
        assert_eq!(undone.body[cleared], Value::Null, "{cleared}");
    }
    let counts = operator().get(&format!("/api/v1/campaigns/{id}/approvals/counts")).expect(200);
    assert_eq!(counts.body, json!({ "pending": 6, "approved": 0, "rejected": 0, "flagged": 0 }));
}

#[test]
fn only_the_decider_or_an_administrator_may_undo() {
    let world = World::new(6);
    let id = world.active();
    let path = format!("/api/v1/campaigns/{id}/approvals/{}", world.accounts[0]);
    let _ = operator().post(&path, json!({ "decision": "approved" })).expect(200);
    campaigns_error(&world.reviewer("lena").post_empty(&format!("{path}/undo")), 403, "FORBIDDEN");
    let _ = administrator().post_empty(&format!("{path}/undo")).expect(200);
}

#[test]
fn a_repeated_decision_with_the_same_key_is_one_decision() {
    let world = World::new(3);
    let id = world.active();
    let path = format!("/api/v1/campaigns/{id}/approvals/{}", world.accounts[0]);
    let who = operator().header("idempotency-key", &blackbox::unique("k"));
    let first = who.post(&path, json!({ "decision": "approved" })).expect(200);
    let again = who.post(&path, json!({ "decision": "approved" })).expect(200);
    assert_eq!(first.text, again.text);
    assert_eq!(who.post(&path, json!({ "decision": "rejected" })).status, 422);
}

#[test]
fn a_stale_row_version_is_refused() {
    let world = World::new(3);
    let id = world.active();
    let item = format!("/api/v1/campaigns/{id}/review-items/{}", world.accounts[0]);
    let path = format!("/api/v1/campaigns/{id}/approvals/{}", world.accounts[0]);
    let etag = operator().get(&item).expect(200).headers["etag"].clone();
    let _ = operator().header("if-match", &etag).post(&path, json!({ "decision": "approved" })).expect(200);
    campaigns_error(
        &operator().header("if-match", &etag).post(&path, json!({ "decision": "rejected" })),
        409,
        "CONFLICT",
    );
    assert_eq!(operator().get(&item).expect(200).body["status"], "approved");
}
