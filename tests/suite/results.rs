//! Result rows: listed, read, decided, signed off; every form of input that clients of the interface send.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::{World, administrator, all_rows, awf_error, names_field, operator};

fn path(certification: &str) -> String {
    format!("/api/preview/awf/certifications/{certification}/results")
}

#[test]
fn a_row_shows_both_ends_and_who_reviews_it() {
    let world = World::new(6);
    let (id, _) = world.certification();
    let rows = all_rows(&operator(), &path(&id));
    let row =
        rows.iter().find(|row| row["source"]["id"] == json!(world.accounts[0])).expect("a row of the first account");
    assert_eq!(row["source"]["type"], "Account");
    assert_eq!(row["source"]["datasource_id"], json!(world.source));
    assert_eq!(row["destination"]["type"], "Role");
    assert_eq!(row["reviewers"][0]["email"], json!(world.email("lena")));
    assert_eq!(row["decision"], "NONE");
    assert_eq!(row["signed_off_state"], "NOT_SIGNED_OFF");
    assert_eq!(row["notes"], "");
    assert_eq!(row["action_log_entries"], json!([]));
    for absent in ["waypoint", "signed_off_at", "signed_off_by", "updated_at", "updated_by"] {
        assert_eq!(row[absent], Value::Null, "{absent}");
    }
    let number = row["result_id"].as_u64().expect("an id");
    let single = operator().get(&format!("{}/{number}", path(&id))).expect(200);
    assert_eq!(&single.body["value"], row);
}

#[test]
fn unknown_rows_are_not_found_and_bad_ids_refused() {
    let world = World::new(3);
    let (id, total) = world.certification();
    awf_error(&operator().get(&format!("{}/{total}", path(&id))), 404, "NotFound");
    awf_error(&operator().get(&format!("{}/-1", path(&id))), 400, "InvalidArgument");
    names_field(&operator().get(&format!("{}/first", path(&id))), "result_id");
    awf_error(&operator().put(&path(&id), json!({ "value": { "result_id": total, "decision": 2 } })), 404, "NotFound");
}

#[test]
fn paging_forms_all_reach_every_row_once() {
    let world = World::new(25);
    let (id, total) = world.certification();
    let number = |row: &Value| row["result_id"].as_u64().unwrap();
    let forward: Vec<u64> = all_rows(&operator(), &format!("{}?page_size=7", path(&id))).iter().map(number).collect();
    assert_eq!(forward.len() as u64, total);
    let mut backward: Vec<u64> =
        all_rows(&operator(), &format!("{}?page_size=4&paginate_direction_backwards=true", path(&id)))
            .iter()
            .map(number)
            .collect();
    backward.reverse();
    assert_eq!(backward, forward);
    let ids = |query: &str| -> Vec<u64> {
        operator().get(&format!("{}?{query}", path(&id))).expect(200).list("/values").iter().map(number).collect()
    };
    assert_eq!(ids("offset=5&size=6"), forward[5..11]);
    assert_eq!(ids("page_token=20&page_size=100"), forward[20..]);
    assert_eq!(ids("page_token=0&page_size=0"), forward);
    let second = operator().get(&format!("{}?offset=5&size=6", path(&id))).expect(200);
    assert_eq!((&second.body["has_more"], &second.body["has_previous"]), (&json!(true), &json!(true)));
    for bad in ["page_size=-1", "page_size=x", "page_token=%7Bforeign%7D"] {
        let answer = operator().get(&format!("{}?{bad}", path(&id)));
        names_field(&answer, bad.split('=').next().unwrap());
    }
}

#[test]
fn every_form_of_a_decision_is_understood() {
    let world = World::new(12);
    let (id, _) = world.certification();
    let forms = [
        (json!({ "result_id": 0, "decision": "ACCEPTED" }), "ACCEPTED"),
        (json!({ "result_id": "1", "decision": "RESULT_DECISION_REJECTED", "notes": "no" }), "REJECTED"),
        (json!({ "result_id": 2, "decision": 2 }), "ACCEPTED"),
        (json!({ "result_id": 3, "decision": "3", "notes": "no" }), "REJECTED"),
        (json!({ "result_id": 4, "decisions": "accepted" }), "ACCEPTED"),
        (json!({ "result_id": 5, "decision": "ACCEPTED", "decisions": 2 }), "ACCEPTED"),
    ];
    for (n, (value, expected)) in forms.iter().enumerate() {
        let body = if n % 2 == 0 { json!({ "value": value }) } else { value.clone() };
        assert_eq!(operator().put(&path(&id), body).expect(200).body, json!({}));
        assert_eq!(
            operator().get(&format!("{}/{n}", path(&id))).expect(200).body["value"]["decision"],
            json!(expected)
        );
    }
    let differing = json!({ "value": { "result_id": 6, "decision": "ACCEPTED", "decisions": "REJECTED" } });
    assert_eq!(operator().put(&path(&id), differing).status, 400);
    let answer =
        operator().put(&path(&id), json!({ "value": { "result_id": -1, "decision": "MAYBE", "signed_off_state": 9 } }));
    awf_error(&answer, 400, "InvalidArgument");
    for field in ["value.result_id", "value.decision", "value.signed_off_state"] {
        names_field(&answer, field);
    }
    assert_eq!(operator().put(&path(&id), json!({ "value": { "result_id": 6 } })).status, 400);
    assert_eq!(operator().put(&path(&id), json!({ "value": { "result_id": 6, "decision": "UNKNOWN" } })).status, 400);
}

#[test]
fn the_action_log_tells_everything_in_order() {
    let world = World::new(6);
    let (id, _) = world.certification();
    let lena = world.reviewer("lena");
    let own = all_rows(&lena, &path(&id));
    let row = own[0]["result_id"].clone();
    let put = |body: Value| {
        let _ = lena.put(&path(&id), json!({ "value": body })).expect(200);
    };
    put(json!({ "result_id": row, "decision": "ACCEPTED", "notes": "asked the owner" }));
    put(json!({ "result_id": row, "decision": "NONE" }));
    put(
        json!({ "result_id": row, "decision": "REJECTED", "notes": "owner says no", "signed_off_state": "SIGNED_OFF" }),
    );
    let read = lena.get(&format!("{}/{row}", path(&id))).expect(200);
    let value = &read.body["value"];
    let actions: Vec<&str> =
        read.list("/value/action_log_entries").iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["DECISION", "NOTE_ADDED", "DECISION_CLEARED", "DECISION", "NOTE_ADDED", "SIGNED_OFF"]);
    let log = &value["action_log_entries"];
    assert_eq!(log[0]["decision_detail"]["decision"], "RESULT_DECISION_ACCEPTED");
    assert_eq!(log[1]["note"], "asked the owner");
    assert_eq!(log[2]["decision_cleared_detail"]["previous_decision"], "RESULT_DECISION_ACCEPTED");
    assert!(
        read.list("/value/action_log_entries")
            .iter()
            .all(|entry| entry["user"]["email"] == json!(world.email("lena")) && entry["approval_level"] == 0)
    );
    assert_eq!(value["notes"], "owner says no");
    assert_eq!(value["signed_off_by"]["email"], json!(world.email("lena")));
    assert_eq!(value["updated_by"]["email"], json!(world.email("lena")));
    assert!(value["decision_at"].is_string());
}

#[test]
fn a_signed_off_row_is_locked_but_for_what_the_rules_allow() {
    let world = World::new(6);
    let (id, _) = world.certification();
    let lena = world.reviewer("lena");
    let row = all_rows(&lena, &path(&id))[0]["result_id"].clone();
    let lena_puts = |body: Value| lena.put(&path(&id), json!({ "value": body }));
    awf_error(&lena_puts(json!({ "result_id": row, "signed_off_state": "SIGNED_OFF" })), 409, "FailedPrecondition");
    awf_error(&lena_puts(json!({ "result_id": row, "decision": "FIXED" })), 409, "FailedPrecondition");
    let _ = lena_puts(json!({ "result_id": row, "decision": "REJECTED", "notes": "no", "signed_off_state": 2 }))
        .expect(200);
    for locked in [
        json!({ "decision": "ACCEPTED" }),
        json!({ "notes": "changed" }),
        json!({ "signed_off_state": "NOT_SIGNED_OFF" }),
    ] {
        let mut body = locked;
        body["result_id"] = row.clone();
        awf_error(&lena_puts(body), 409, "FailedPrecondition");
    }
    let _ = lena_puts(json!({ "result_id": row, "decision": "REJECTED" })).expect(200);
    let _ = operator().put(&path(&id), json!({ "value": { "result_id": row, "notes": "ticket 4711" } })).expect(200);
    let _ = lena_puts(json!({ "result_id": row, "decision": "FIXED" })).expect(200);
    let read = operator().get(&format!("{}/{row}", path(&id))).expect(200);
    assert_eq!(read.body["value"]["decision"], "FIXED");
    assert!(read.body["value"]["marked_fixed_at"].is_string());
    let totals = operator().get(&format!("/api/preview/awf/certifications/{id}")).expect(200);
    assert_eq!(totals.body["value"]["total_fixed_count"], 1);
    assert_eq!(totals.body["value"]["total_rejected_count"], 0);
    assert_eq!(totals.body["value"]["total_complete_count"], 1);
}

#[test]
fn a_reviewer_must_say_why_they_reject() {
    let world = World::new(6);
    let (id, _) = world.certification();
    let lena = world.reviewer("lena");
    let row = all_rows(&lena, &path(&id))[0]["result_id"].clone();
    names_field(&lena.put(&path(&id), json!({ "value": { "result_id": row, "decision": "REJECTED" } })), "value.notes");
    let _ = operator().put(&path(&id), json!({ "value": { "result_id": row, "decision": "REJECTED" } })).expect(200);
    let _ = lena.put(&path(&id), json!({ "value": { "result_id": row, "decision": "ACCEPTED" } })).expect(200);
}

#[test]
fn notes_are_replaced_and_cleared() {
    let world = World::new(3);
    let (id, _) = world.certification();
    let notes = || operator().get(&format!("{}/0", path(&id))).expect(200).body["value"]["notes"].clone();
    for (given, expected) in [("first", "first"), ("second", "second"), ("   ", "")] {
        let _ = operator().put(&path(&id), json!({ "value": { "result_id": 0, "notes": given } })).expect(200);
        assert_eq!(notes(), expected);
    }
    names_field(
        &operator().put(&path(&id), json!({ "value": { "result_id": 0, "notes": "n".repeat(4001) } })),
        "value.notes",
    );
}

#[test]
fn a_reassigned_row_moves_to_its_new_reviewer() {
    let world = World::new(6);
    let (id, _) = world.certification();
    let (lena, omar) = (world.reviewer("lena"), world.reviewer("omar"));
    let row = all_rows(&lena, &path(&id))[0]["result_id"].clone();
    let count = |who| all_rows(who, &path(&id)).len();
    let (lenas, omars) = (count(&lena), count(&omar));
    awf_error(&omar.get(&format!("{}/{row}", path(&id))), 404, "NotFound");
    let user = json!({ "user_type": "Identity", "id": format!("own-{}-omar", world.word) });
    let _ = operator().put(&path(&id), json!({ "value": { "result_id": row, "reviewers": [user] } })).expect(200);
    assert_eq!((count(&lena), count(&omar)), (lenas - 1, omars + 1));
    awf_error(&lena.get(&format!("{}/{row}", path(&id))), 404, "NotFound");
    let read = omar.get(&format!("{}/{row}", path(&id))).expect(200);
    assert_eq!(read.body["value"]["reviewers"][0]["email"], json!(world.email("omar")));
    assert_eq!(read.body["value"]["action_log_entries"][0]["action"], "REVIEWER_ASSIGNED");
    let stranger = json!({ "user_type": "Identity", "id": "own-nobody" });
    names_field(
        &operator().put(&path(&id), json!({ "value": { "result_id": row, "reviewers": [stranger] } })),
        "value.reviewers[0]",
    );
}

#[test]
fn signing_off_all_own_rows_takes_only_decided_ones() {
    let world = World::new(9);
    let (id, _) = world.certification();
    let lena = world.reviewer("lena");
    let own = all_rows(&lena, &path(&id));
    for row in own.iter().take(2) {
        let _ = lena
            .put(&path(&id), json!({ "value": { "result_id": row["result_id"], "decision": "ACCEPTED" } }))
            .expect(200);
    }
    let answer = lena.post(&format!("{}:sign_off", path(&id)), json!({ "all_assigned_to_me": true })).expect(200);
    assert_eq!(answer.body, json!({ "signed_off": 2, "skipped": own.len() - 2 }));
    let again = lena.post(&format!("{}:sign_off", path(&id)), json!({ "all_assigned_to_me": true })).expect(200);
    assert_eq!(again.body, json!({ "signed_off": 0, "skipped": own.len() }));
    assert_eq!(lena.post(&format!("{}:sign_off", path(&id)), json!({})).status, 400);
}

#[test]
fn accounts_that_tell_their_activity_by_a_status_are_active_or_not() {
    let world = World::new(9);
    let mut picture = world.picture();
    for (n, account) in picture["accounts"].as_array_mut().expect("accounts").iter_mut().enumerate() {
        account["status"] = match n {
            0 | 1 => json!("locked"),
            2 => Value::Null,
            _ => json!("active"),
        };
    }
    let source = format!("/api/v1/inventory/datasources/{}", world.source);
    let _ = administrator().put(&source, picture).expect(200);
    let (id, _) = world.certification();
    let names = |filter: &str| {
        let rows = all_rows(&operator(), &format!("{}?page_size=5&filter={filter}", path(&id)));
        rows.iter().map(|row| row["source"]["name"].as_str().expect("a name").to_owned()).collect::<BTreeSet<_>>()
    };
    let set = |numbers: &[usize]| numbers.iter().map(|n| format!("user{n:04}")).collect::<BTreeSet<_>>();
    assert_eq!(names("source.is_active%20eq%20true"), set(&[3, 4, 5, 6, 7, 8]));
    assert_eq!(names("source.is_active%20eq%20false"), set(&[0, 1]));
    // What is not known is not true.
    assert_eq!(names("source.is_active%20ne%20%22true%22"), set(&[0, 1, 2]));
    let campaign = world.active();
    let shown = operator()
        .get(&format!("/api/preview/awf/certifications/{campaign}/results?filter=source.is_active%20eq%20false"))
        .expect(200);
    assert_eq!(shown.list("/values").len(), 2, "a campaign's accounts, too");
}

#[test]
fn filters_and_orders_of_results() {
    let world = World::new(12);
    let (id, total) = world.certification();
    let _ = operator().put(&path(&id), json!({ "value": { "result_id": 1, "decision": "ACCEPTED" } })).expect(200);
    let filtered = |query: &str| all_rows(&operator(), &format!("{}?page_size=5&{query}", path(&id)));
    assert_eq!(filtered("mutable_filter=decision%20eq%20%22ACCEPTED%22").len(), 1);
    assert_eq!(filtered("filter=source.department%20eq%20%22Finance%22").len(), 7);
    assert_eq!(filtered("filter=destination.name%20sw%20%22period%22").len(), 1);
    assert_eq!(
        filtered("filter=source.privileged%20eq%20true%20and%20not%20(source.mfa_enabled%20eq%20%22true%22)").len(),
        2
    );
    let ordered = filtered("order_by=source.name%20desc");
    assert_eq!(ordered.len() as u64, total);
    let names: Vec<&str> = ordered.iter().map(|row| row["source"]["name"].as_str().unwrap()).collect();
    assert!(names.windows(2).all(|pair| pair[0] >= pair[1]), "{names:?}");
    for (query, field) in [
        ("filter=source.name%20zz%20%22x%22", "filter"),
        ("mutable_filter=source.name%20eq%20%22x%22", "mutable_filter"),
        ("order_by=name", "order_by"),
    ] {
        names_field(&operator().get(&format!("{}?{query}", path(&id))), field);
    }
}
