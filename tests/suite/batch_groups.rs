//! Batch groups: formed when a campaign starts, decided on at once.

use std::collections::BTreeSet;

use blackbox::{Answer, Persona};
use serde_json::{Value, json};

use crate::world::{World, administrator, auditor, campaigns_error, operator, start};

fn path(campaign: &str) -> String {
    format!("/api/v1/campaigns/{campaign}/batch-groups")
}

fn groups(who: &Persona, campaign: &str) -> Vec<Value> {
    who.get(&path(campaign)).expect(200).list("/batch_groups").to_vec()
}

fn review(who: &Persona, campaign: &str, group: &Value, body: Value) -> Answer {
    who.post(&format!("{}/{}/review", path(campaign), group["id"].as_str().expect("an id")), body)
}

fn accounts(group: &Value) -> Vec<String> {
    let ids = group["account_ids"].as_array().expect("ids").iter();
    ids.map(|id| id.as_str().expect("an id").to_owned()).collect()
}

#[test]
fn groups_are_disjoint_and_say_what_their_accounts_have_in_common() {
    let world = World::new(60);
    let id = world.active();
    let groups = groups(&operator(), &id);
    assert!(!groups.is_empty());
    let mut seen = BTreeSet::new();
    let mut names = BTreeSet::new();
    for group in &groups {
        let own = accounts(group);
        assert!((2..=500).contains(&own.len()), "{group}");
        assert_eq!(group["account_count"], own.len());
        assert!(own.iter().all(|account| seen.insert(account.clone())), "an account in two groups");
        assert!(names.insert(group["name"].to_string()), "two groups called {}", group["name"]);
        assert!(["low", "medium", "high"].contains(&group["risk_level"].as_str().expect("a level")));
        assert!(!group["description"].as_str().expect("a description").is_empty());
        let analysis = &group["ai_analysis"];
        assert!(["approve", "review", "reject"].contains(&analysis["recommendation"].as_str().expect("advice")));
        assert!(analysis["confidence"].as_u64().is_some_and(|confidence| confidence <= 100));
        assert!(!analysis["title"].as_str().expect("a title").is_empty());
        assert!(!analysis["traits"].as_array().expect("traits").is_empty());
        assert!(!analysis["summary"].as_array().expect("a summary").is_empty());
        let mut shared = BTreeSet::new();
        for account in &own {
            let item = operator().get(&format!("/api/v1/campaigns/{id}/review-items/{account}")).expect(200).body;
            assert_eq!(item["batch_group_id"], group["id"]);
            shared.insert((item["department"].to_string(), item["risk_level"].to_string()));
        }
        assert_eq!(shared.len(), 1, "{shared:?}");
    }
    let without = world.accounts.iter().find(|account| !seen.contains(*account));
    if let Some(account) = without {
        let item = operator().get(&format!("/api/v1/campaigns/{id}/review-items/{account}")).expect(200).body;
        assert_eq!(item["batch_group_id"], Value::Null);
    }
}

#[test]
fn a_page_of_groups_leads_to_the_next() {
    let world = World::new(60);
    let id = world.active();
    let all = groups(&operator(), &id);
    assert!(all.len() > 1, "{all:?}");
    let (mut paged, mut after) = (Vec::new(), String::new());
    loop {
        let page = operator().get(&format!("{}?limit=1{after}", path(&id))).expect(200);
        paged.extend(page.list("/batch_groups").iter().cloned());
        if page.body["pageInfo"]["hasNextPage"] != true {
            break;
        }
        after = format!("&after={}", page.str("/pageInfo/endCursor"));
    }
    assert_eq!(paged, all);
    campaigns_error(&operator().get(&format!("{}?limit=0", path(&id))), 400, "VALIDATION_ERROR");
    campaigns_error(&operator().get(&format!("{}?after=x", path(&id))), 400, "VALIDATION_ERROR");
}

#[test]
fn reviewing_a_group_decides_on_what_nobody_has_decided_and_leaves_the_rest() {
    let world = World::new(60);
    let id = world.active();
    let group = groups(&operator(), &id).remove(0);
    let own = accounts(&group);
    let first = json!({ "decision": "rejected", "comment": "Left the team" });
    let _ = operator().post(&format!("/api/v1/campaigns/{id}/approvals/{}", own[0]), first).expect(200);

    let approve = json!({ "decision": "approve", "comment": "Regular close team" });
    let done = review(&operator(), &id, &group, approve).expect(200);
    let approvals = done.list("/approvals").iter();
    let decided: BTreeSet<&str> = approvals.map(|one| one["account_id"].as_str().expect("an id")).collect();
    assert_eq!(decided, own[1..].iter().map(String::as_str).collect());
    let answer = review(&operator(), &id, &group, json!({ "decision": "rejected" })).expect(200);
    assert_eq!(answer.list("/approvals").len(), 0, "everything is decided already");

    let approvals = operator().get(&format!("/api/v1/campaigns/{id}/approvals")).expect(200);
    for approval in approvals.list("/approvals") {
        let account = approval["account_id"].as_str().expect("an id").to_owned();
        let expected = match own.iter().position(|one| *one == account) {
            Some(0) => ("rejected", json!("Left the team")),
            Some(_) => ("approved", json!("Regular close team")),
            None => ("pending", Value::Null),
        };
        assert_eq!((approval["status"].as_str(), &approval["comment"]), (Some(expected.0), &expected.1));
    }
    let undone = operator().post(&format!("/api/v1/campaigns/{id}/approvals/{}/undo", own[1]), json!({}));
    assert_eq!(undone.expect(200).str("/status"), "pending", "each account has its own undo window");
}

#[test]
fn a_reviewer_sees_and_decides_their_own_part_of_a_group() {
    let world = World::new(60);
    let id = world.active();
    let omar = world.reviewer("omar");
    let others: BTreeSet<&String> = world.accounts[..world.lenas].iter().collect();
    let own = groups(&omar, &id);
    let whole = groups(&operator(), &id);
    let shared = own.iter().find(|group| {
        whole.iter().any(|other| other["id"] == group["id"] && other["account_count"] != group["account_count"])
    });
    let shared = shared.expect("a group of both reviewers");
    assert!(own.iter().flat_map(accounts).all(|account| !others.contains(&account)));
    let done = review(&omar, &id, shared, json!({ "decision": "approved" })).expect(200);
    assert_eq!(done.list("/approvals").len(), accounts(shared).len());
    let counts = operator().get(&format!("/api/v1/campaigns/{id}/approvals/counts")).expect(200);
    assert_eq!(counts.body["approved"], accounts(shared).len());

    let foreign = whole.iter().find(|group| own.iter().all(|mine| mine["id"] != group["id"]));
    if let Some(foreign) = foreign {
        campaigns_error(&review(&omar, &id, foreign, json!({ "decision": "approved" })), 404, "NOT_FOUND");
    }
}

#[test]
fn a_repeated_review_of_a_group_is_answered_the_same() {
    let world = World::new(30);
    let id = world.active();
    let group = groups(&operator(), &id).remove(0);
    let path = format!("{}/{}/review", path(&id), group["id"].as_str().expect("an id"));
    let ask = || {
        operator().header("Idempotency-Key", "group-once").post(&path, json!({ "decision": "approved" })).expect(200)
    };
    let first = ask();
    assert_eq!(first.list("/approvals").len(), accounts(&group).len());
    assert_eq!(ask().body, first.body);
}

#[test]
fn what_is_wrong_with_a_review_of_a_group_is_told() {
    let world = World::new(30);
    let draft = world.draft();
    assert_eq!(groups(&operator(), &draft), Vec::<Value>::new());
    let nobody = json!({ "id": "bg-01" });
    campaigns_error(&review(&operator(), &draft, &nobody, json!({ "decision": "approved" })), 409, "CONFLICT");
    start(&draft);
    let id = draft;
    let group = groups(&operator(), &id).remove(0);
    let approve = json!({ "decision": "approved" });
    for body in [json!({}), json!({ "decision": "perhaps" }), json!({ "decision": "approved", "comment": 7 })] {
        campaigns_error(&review(&operator(), &id, &group, body), 400, "VALIDATION_ERROR");
    }
    let long = json!({ "decision": "approved", "comment": "x".repeat(4_001) });
    campaigns_error(&review(&operator(), &id, &group, long), 400, "VALIDATION_ERROR");
    for unknown in ["bg-999", "bg-1", "nothing"] {
        campaigns_error(&review(&operator(), &id, &json!({ "id": unknown }), approve.clone()), 404, "NOT_FOUND");
    }
    campaigns_error(&operator().get(&path("0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b")), 404, "NOT_FOUND");
    assert_eq!(groups(&auditor(), &id), groups(&operator(), &id));
    campaigns_error(&review(&auditor(), &id, &group, approve.clone()), 403, "FORBIDDEN");
    let _ = administrator().post(&format!("/api/v1/campaigns/{id}/complete"), json!({})).expect(200);
    campaigns_error(&review(&operator(), &id, &group, approve), 409, "CONFLICT");
}
