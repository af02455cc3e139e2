//! Who may not be made a reviewer, and who stands in for whom.

use serde_json::{Value, json};

use crate::world::{World, administrator, all_rows, awf_error, names_field, operator, start};

const DENIED: &str = "/api/preview/workflows/deny_list/users";
const DELEGATIONS: &str = "/api/preview/awf/delegation/users";
const CERTIFICATIONS: &str = "/api/preview/awf/certifications";

/// A person of an organisation, as answers show them.
fn person(world: &World, name: &str) -> Value {
    json!({
        "user_type": "Identity", "id": format!("own-{}-{name}", world.word), "email": world.email(name), "name": name,
    })
}

/// The same, as short as requests may name them.
fn named(world: &World, name: &str) -> Value {
    json!({ "user_type": "Identity", "id": format!("own-{}-{name}", world.word) })
}

fn pair(world: &World, original: &str, delegate: &str) -> Value {
    json!({ "original_user": named(world, original), "delegate_user": named(world, delegate) })
}

fn deny(users: &Value) {
    assert_eq!(administrator().post(&format!("{DENIED}:add"), json!({ "users": users })).expect(200).body, json!({}));
}

fn allow(users: &Value) {
    let _ = administrator().post(&format!("{DENIED}:remove"), json!({ "users": users })).expect(200);
}

fn delegate(values: &Value) {
    let answer = administrator().post(&format!("{DELEGATIONS}:add"), json!({ "values": values }));
    assert_eq!(answer.expect(200).body, json!({}));
}

/// The entries of a list that belong to an organisation.
fn listed(path: &str, list: &str, world: &World) -> Vec<Value> {
    let found = administrator().get(path).expect(200);
    found.list(list).iter().filter(|entry| entry.to_string().contains(&world.word)).cloned().collect()
}

/// Who reviews each row of a certification, by the source's id; rows of one source have the same reviewers here.
fn reviewers(certification: &str) -> Vec<(String, Vec<String>)> {
    let rows = all_rows(&operator(), &format!("{CERTIFICATIONS}/{certification}/results"));
    let ids = |row: &Value| {
        let users = row["reviewers"].as_array().cloned().unwrap_or_default();
        users.iter().map(|user| user["id"].as_str().unwrap_or_default().to_owned()).collect()
    };
    rows.iter().map(|row| (row["source"]["id"].as_str().unwrap_or_default().to_owned(), ids(row))).collect()
}

fn own(world: &World, name: &str) -> String {
    format!("own-{}-{name}", world.word)
}

/// A certification with these instructions; answers its id when it is in progress.
fn certification(world: &World, assignment: &Value) -> String {
    let body = json!({ "workflow_id": world.workflow(), "name": "People", "reviewer_assignment": assignment });
    let created = operator().post(CERTIFICATIONS, body).expect(200);
    let id = created.str("/certification_id").to_owned();
    let _ = operator().until(&format!("{CERTIFICATIONS}/{id}"), |body| body["value"]["state"] == "IN_PROGRESS");
    id
}

#[test]
fn the_deny_list_holds_whom_it_was_given_once_until_they_are_taken_off() {
    let world = World::new(3);
    deny(&json!([named(&world, "lena"), named(&world, "omar")]));
    deny(&json!([person(&world, "lena")]));
    assert_eq!(listed(DENIED, "/users", &world), [person(&world, "lena"), person(&world, "omar")]);
    allow(&json!([named(&world, "lena"), named(&world, "0000")]));
    assert_eq!(listed(DENIED, "/users", &world), [person(&world, "omar")]);
    allow(&json!([named(&world, "omar")]));
    assert_eq!(listed(DENIED, "/users", &world), [Value::Null; 0]);
}

#[test]
fn bad_users_of_the_deny_list_are_named() {
    let world = World::new(3);
    let add = |users: Value| administrator().post(&format!("{DENIED}:add"), json!({ "users": users }));
    names_field(&add(json!([])), "users");
    names_field(&administrator().post(&format!("{DENIED}:add"), json!({})), "users");
    names_field(&add(json!([{ "user_type": "Identity" }])), "users[0].id");
    let ghost = json!({ "user_type": "Identity", "id": format!("own-{}-ghost", world.word) });
    names_field(&add(json!([named(&world, "lena"), ghost])), "users[1]");
    let mut other = person(&world, "lena");
    other["email"] = json!("someone.else@corp.example");
    names_field(&add(json!([other])), "users[0].email");
    assert_eq!(listed(DENIED, "/users", &world), [Value::Null; 0], "nothing is written");
    for path in [DENIED, DELEGATIONS] {
        awf_error(&operator().get(path), 403, "PermissionDenied");
        awf_error(&operator().post(&format!("{path}:add"), json!({})), 403, "PermissionDenied");
    }
}

#[test]
fn delegations_hold_each_pair_once_until_it_is_removed() {
    let world = World::new(3);
    delegate(&json!([pair(&world, "lena", "omar"), pair(&world, "lena", "0000")]));
    delegate(&json!([pair(&world, "lena", "omar")]));
    let shown = |original: &str, delegate: Value| json!({ "original_user": person(&world, original), "delegate_user": delegate });
    let first = json!({
        "user_type": "Identity", "id": own(&world, "0000"), "email": format!("person0.{}@corp.example", world.word), "name": "Person 0000",
    });
    let expected = [shown("lena", person(&world, "omar")), shown("lena", first)];
    assert_eq!(listed(DELEGATIONS, "/values", &world), expected);
    let remove = format!("{DELEGATIONS}:remove");
    let gone = json!({ "values": [pair(&world, "lena", "0000"), pair(&world, "omar", "lena")] });
    assert_eq!(administrator().post(&remove, gone).expect(200).body, json!({}));
    assert_eq!(listed(DELEGATIONS, "/values", &world), [shown("lena", person(&world, "omar"))]);
    let _ = administrator().post(&remove, json!({ "values": [pair(&world, "lena", "omar")] })).expect(200);
}

#[test]
fn bad_delegations_are_named() {
    let world = World::new(3);
    let add = |values: Value| administrator().post(&format!("{DELEGATIONS}:add"), json!({ "values": values }));
    names_field(&add(json!([])), "values");
    names_field(&add(json!([pair(&world, "lena", "omar"), pair(&world, "lena", "lena")])), "values[1].delegate_user");
    let answer =
        add(json!([{ "original_user": named(&world, "ghost"), "delegate_user": { "user_type": "Identity" } }]));
    names_field(&answer, "values[0].delegate_user.id");
    let answer = add(json!([pair(&world, "ghost", "omar"), pair(&world, "lena", "phantom")]));
    names_field(&answer, "values[0].original_user");
    names_field(&answer, "values[1].delegate_user");
    assert_eq!(listed(DELEGATIONS, "/values", &world), [Value::Null; 0], "nothing is written");
}

#[test]
fn whoever_is_denied_is_replaced_by_their_manager_then_by_fallback_reviewers_and_brings_no_delegate() {
    let world = World::new(6);
    deny(&json!([named(&world, "lena")]));
    delegate(&json!([pair(&world, "omar", "0005"), pair(&world, "lena", "0004")]));
    // Nobody manages lena, so that her rows go to the fallback reviewers; omar's rows have his delegate as well.
    let fallback = json!({ "users_manager": true, "fallback_reviewers": [named(&world, "0003")] });
    let id = certification(&world, &fallback);
    for (source, reviewers) in reviewers(&id) {
        let lenas = world.accounts.iter().position(|account| *account == source).is_some_and(|n| n < world.lenas);
        let expected = if lenas { vec![own(&world, "0003")] } else { vec![own(&world, "omar"), own(&world, "0005")] };
        assert_eq!(reviewers, expected, "{source}");
    }
    allow(&json!([named(&world, "lena")]));
}

#[test]
fn a_denied_reviewer_is_refused_by_hand_and_a_delegate_is_added() {
    let world = World::new(6);
    let (id, _) = world.certification();
    deny(&json!([named(&world, "0001")]));
    delegate(&json!([pair(&world, "0002", "0003"), pair(&world, "0002", "0001")]));
    let path = format!("{CERTIFICATIONS}/{id}/results");
    let assign = |users: Value| operator().put(&path, json!({ "value": { "result_id": 0, "reviewers": users } }));
    names_field(&assign(json!([named(&world, "0002"), named(&world, "0001")])), "value.reviewers[1]");
    let _ = assign(json!([named(&world, "0002")])).expect(200);
    let row = operator().get(&format!("{path}/0")).expect(200).body["value"].clone();
    let ids: Vec<&Value> = row["reviewers"].as_array().into_iter().flatten().map(|user| &user["id"]).collect();
    assert_eq!(ids, [&json!(own(&world, "0002")), &json!(own(&world, "0003"))], "the denied delegate is left out");
    let logged = row["action_log_entries"][0]["reviewer_detail"]["new_reviewers"].clone();
    assert_eq!(logged.as_array().map(Vec::len), Some(2), "{row}");
    allow(&json!([named(&world, "0001")]));
}

#[test]
fn campaigns_heed_the_deny_list_and_delegations_as_well() {
    let world = World::new(6);
    delegate(&json!([pair(&world, "omar", "0001")]));
    deny(&json!([named(&world, "0002")]));
    let campaign = world.draft();
    start(&campaign);
    for (source, reviewers) in reviewers(&campaign) {
        let lenas = world.accounts.iter().position(|account| *account == source).is_some_and(|n| n < world.lenas);
        let expected = if lenas { vec![own(&world, "lena")] } else { vec![own(&world, "omar"), own(&world, "0001")] };
        assert_eq!(reviewers, expected, "{source}");
    }
    let path = format!("/api/v1/campaigns/{campaign}/approvals/{}/reviewer", world.accounts[0]);
    let change = |email: String| operator().put(&path, json!({ "reviewer": email }));
    names_field(&change(format!("person2.{}@corp.example", world.word)), "reviewer");
    let changed = change(world.email("omar")).expect(200);
    assert_eq!(changed.body["reviewer"], json!(world.email("omar")));
    let (_, now) = reviewers(&campaign).into_iter().find(|(source, _)| *source == world.accounts[0]).expect("the row");
    assert_eq!(now, [own(&world, "omar"), own(&world, "0001")]);
    allow(&json!([named(&world, "0002")]));
}

#[test]
fn who_stands_in_for_a_reviewer_sees_and_decides_their_open_rows_as_long_as_that_is_settled() {
    let world = World::new(9);
    let (id, _) = world.certification();
    let path = format!("{CERTIFICATIONS}/{id}/results");
    let (omar, stranger) = (world.reviewer("omar"), world.person(3));
    let workflow = operator().get(&format!("{CERTIFICATIONS}/{id}")).expect(200).str("/value/workflow_id").to_owned();
    let inbox = format!("{CERTIFICATIONS}?workflow_id={workflow}");
    let whole = all_rows(&operator(), &path);
    let of = |name: &str| -> Vec<u64> {
        let own = |row: &&Value| row["reviewers"][0]["id"] == own(&world, name);
        whole.iter().filter(own).filter_map(|row| row["result_id"].as_u64()).collect()
    };
    let (lenas, omars) = (of("lena"), of("omar"));
    assert!(!lenas.is_empty() && !omars.is_empty());
    awf_error(&stranger.get(&path), 404, "NotFound");

    delegate(&json!([pair(&world, "lena", "0003"), pair(&world, "lena", "omar")]));
    let ids = |rows: Vec<Value>| -> Vec<u64> {
        let mut ids: Vec<u64> = rows.iter().filter_map(|row| row["result_id"].as_u64()).collect();
        ids.sort_unstable();
        ids
    };
    let mut all = [lenas.clone(), omars.clone()].concat();
    all.sort_unstable();
    let mut lenas_sorted = lenas.clone();
    lenas_sorted.sort_unstable();
    assert_eq!(ids(all_rows(&stranger, &format!("{path}?page_size=3"))), lenas_sorted);
    assert_eq!(ids(all_rows(&omar, &format!("{path}?page_size=2"))), all);
    let row = stranger.get(&format!("{path}/{}", lenas[0])).expect(200);
    assert_eq!(row.body["value"]["is_assigned_to_current_user"], true);
    assert_eq!(row.body["value"]["reviewers"].as_array().map(Vec::len), Some(1), "nobody was assigned");
    awf_error(&stranger.get(&format!("{path}/{}", omars[0])), 404, "NotFound");
    let listed = stranger.get(&inbox).expect(200);
    assert_eq!(listed.list("/values").len(), 1);
    assert_eq!(listed.body["values"][0]["total_result_count"], json!(lenas.len()));

    let decide = |row: u64| json!({ "value": { "result_id": row, "decision": "ACCEPTED" } });
    let _ = stranger.put(&path, decide(lenas[0])).expect(200);
    awf_error(&stranger.put(&path, decide(omars[0])), 404, "NotFound");
    let signed = stranger.post(&format!("{path}:sign_off"), json!({ "all_assigned_to_me": true })).expect(200);
    assert_eq!(signed.body["signed_off"], 1);
    let read = operator().get(&format!("{path}/{}", lenas[0])).expect(200);
    assert_eq!(read.str("/value/signed_off_by/id"), own(&world, "0003"));

    // Whoever is given a row by hand brings a delegate with them, who keeps it.
    let given = json!({ "value": { "result_id": omars[0], "reviewers": [named(&world, "lena")] } });
    let _ = operator().put(&path, given).expect(200);
    let gone = json!({ "values": [pair(&world, "lena", "0003"), pair(&world, "lena", "omar")] });
    let _ = administrator().post(&format!("{DELEGATIONS}:remove"), gone).expect(200);
    assert_eq!(ids(all_rows(&stranger, &path)), [omars[0]]);
    awf_error(&stranger.put(&path, decide(lenas[1])), 404, "NotFound");
    let _ = stranger.put(&path, decide(omars[0])).expect(200);
}

#[test]
fn who_stands_in_for_a_reviewer_of_a_campaign_decides_for_them() {
    let world = World::new(6);
    let campaign = world.active();
    let path = format!("/api/v1/campaigns/{campaign}/approvals");
    let stranger = world.person(5);
    crate::world::campaigns_error(&stranger.get(&path), 404, "NOT_FOUND");
    delegate(&json!([pair(&world, "lena", "0005")]));
    assert_eq!(stranger.get(&path).expect(200).list("/approvals").len(), world.lenas);
    let counts = stranger.get(&format!("{path}/counts")).expect(200).body;
    assert_eq!(counts, json!({ "pending": world.lenas, "approved": 0, "rejected": 0, "flagged": 0 }));
    let approve = |account: &str| stranger.post(&format!("{path}/{account}"), json!({ "decision": "approved" }));
    assert_eq!(approve(&world.accounts[0]).expect(200).body["status"], "approved");
    assert_eq!(approve(&world.accounts[world.lenas]).status, 404);
    let _ = administrator()
        .post(&format!("{DELEGATIONS}:remove"), json!({ "values": [pair(&world, "lena", "0005")] }))
        .expect(200);
    assert_eq!(approve(&world.accounts[1]).status, 404);
}

#[test]
fn people_are_found_by_name_address_and_type_and_none_of_the_deny_list_is_offered() {
    let world = World::new(5);
    let users = |query: &str| all_rows(&operator(), &format!("/api/preview/awf/users?{query}"));
    let mut all: Vec<Value> = vec![person(&world, "lena"), person(&world, "omar")];
    all.extend((0..5).map(|n| {
        json!({
            "user_type": "Identity", "id": own(&world, &format!("{n:04}")), "name": format!("Person {n:04}"),
            "email": format!("person{n}.{}@corp.example", world.word),
        })
    }));
    for query in ["", "&page_size=1", "&page_size=3", "&user_type=Identity"] {
        assert_eq!(users(&format!("search={}{query}", world.word)), all, "{query}");
    }
    assert_eq!(users(&format!("search=PERSON2.{}", world.word.to_uppercase())), all[4..5]);
    assert_eq!(users(&format!("search={}&user_type=OktaUser", world.word)), [Value::Null; 0]);
    let local = format!("clerk.{}@corp.example", world.word);
    let key = json!({ "name": "a clerk", "role": "reviewer", "user": local });
    let _ = administrator().post("/api/v1/api-keys", key).expect(201);
    let found = users(&format!("search=clerk.{}", world.word));
    assert_eq!((found.len(), &found[0]["email"]), (1, &json!(local)));
    assert_eq!(users(&format!("search=clerk.{}&user_type=localCookieUser", world.word)), found);

    deny(&json!([named(&world, "omar")]));
    assert_eq!(users(&format!("search=omar.{}", world.word)), [Value::Null; 0]);
    allow(&json!([named(&world, "omar")]));
    assert_eq!(users(&format!("search=omar.{}", world.word)), all[1..2]);

    names_field(&operator().get("/api/preview/awf/users?page_token=x"), "page_token");
    awf_error(&world.reviewer("lena").get("/api/preview/awf/users"), 403, "PermissionDenied");
}

#[test]
fn everybody_finds_what_they_have_to_review_with_the_first_due_first() {
    let world = World::new(9);
    let (lena, mine) = (world.reviewer("lena"), format!("{CERTIFICATIONS}:assigned_to_me"));
    let (first, _) = world.certification();
    let second = certification(&world, &json!({ "users_manager": true }));
    let elsewhere = certification(&world, &json!({ "reviewers": [named(&world, "omar")] }));
    let campaign = world.active();
    let ids = |values: &[Value]| -> Vec<String> {
        values.iter().map(|value| value["certification_id"].as_str().expect("an id").to_owned()).collect()
    };
    // The first and the campaign are due in 2099, the first in June; the others are due at no time.
    let expected = [first.clone(), campaign, second.clone()];
    for query in ["", "?page_size=1"] {
        assert_eq!(ids(&all_rows(&lena, &format!("{mine}{query}"))), expected);
    }
    assert!(ids(&all_rows(&world.reviewer("omar"), &mine)).contains(&elsewhere));

    let results = format!("{CERTIFICATIONS}/{first}/results");
    let row = all_rows(&lena, &results)[0]["result_id"].clone();
    let decided = json!({ "value": { "result_id": row, "decision": "ACCEPTED", "signed_off_state": "SIGNED_OFF" } });
    let _ = lena.put(&results, decided).expect(200);
    let listed = lena.get(&mine).expect(200);
    let total = all_rows(&lena, &results).len();
    let stats = json!({
        "total": total.to_string(), "no_decision": (total - 1).to_string(), "accepted": "1", "rejected": "0",
        "fixed": "0", "signed_off": "1",
    });
    assert_eq!(listed.body["values"][0]["row_stats"], stats);
    assert_eq!(listed.body["values"][0]["total_result_count"], total);
    assert_eq!(listed.body["values"][0]["name"], "Autumn");
    assert!(!all_rows(&operator(), &mine).iter().any(|value| value["certification_id"] == json!(first)));

    delegate(&json!([pair(&world, "lena", "0008")]));
    assert_eq!(ids(&all_rows(&world.person(8), &mine)), expected);
    let _ = administrator()
        .post(&format!("{DELEGATIONS}:remove"), json!({ "values": [pair(&world, "lena", "0008")] }))
        .expect(200);
    assert_eq!(ids(&all_rows(&world.person(8), &mine)), Vec::<String>::new());
}
