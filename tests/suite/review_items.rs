//! Review items: what a reviewer reads before deciding, and every way to search and order them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::{self, World, names_field, operator};

#[test]
fn items_carry_account_owner_and_risk() {
    let world = World::new(6);
    let id = world.active();
    let page = operator().get(&format!("/api/v1/campaigns/{id}/review-items?limit=1")).expect(200);
    let item = &page.list("/review_items")[0];
    assert_eq!(item["account_id"], json!(world.accounts[0]));
    assert_eq!(item["email"], json!(format!("person0.{}@corp.example", world.word)));
    assert_eq!(item["account_type"], "user");
    assert_eq!(item["account_status"], "active");
    assert_eq!(item["department"], "Finance");
    assert_eq!(item["data_source_name"], json!(format!("Payroll {}", world.word)));
    assert_eq!(
        item["owner"],
        json!({ "id": format!("own-{}-0000", world.word), "name": "Person 0000", "email": format!("person0.{}@corp.example", world.word) })
    );
    // privileged 30, stale 25, no second factor 20, in a high-privilege group 10, twice the usual entitlements 0 or 10
    let score = item["risk_score"].as_u64().expect("a score");
    assert!((85..=100).contains(&score), "{score}");
    assert_eq!(item["risk_level"], "high");
    assert_eq!(item["ai_recommendation"]["decision"], "reject");
    assert_eq!(item["batch_group_id"], Value::Null, "nobody else is in its group");
}

#[test]
fn the_single_item_explains_the_risk_and_shows_the_account() {
    let world = World::new(6);
    let id = world.active();
    let item = operator().get(&format!("/api/v1/campaigns/{id}/review-items/{}", world.accounts[1])).expect(200);
    assert_eq!(item.body["owner"]["title"], "Clerk");
    assert_eq!(item.body["owner"]["manager_email"], json!(world.email("lena")));
    assert_eq!(item.body["account"]["id"], json!(world.accounts[1]));
    assert_eq!(item.body["account"]["privileged"], false);
    let names = |pointer: &str| -> BTreeSet<String> {
        item.list(pointer).iter().map(|factor| factor["name"].as_str().unwrap().to_owned()).collect()
    };
    let triggered = names("/risk/triggered_factors");
    let passing = names("/risk/passing_factors");
    assert!(triggered.is_disjoint(&passing));
    let total: u64 = item.list("/risk/triggered_factors").iter().map(|factor| factor["weight"].as_u64().unwrap()).sum();
    assert_eq!(item.body["risk"]["score"].as_u64(), Some(total.min(100)));
    assert!(item.list("/risk/passing_factors").iter().all(|factor| factor["weight"] == 0));
}

#[test]
fn entitlements_come_from_the_frozen_inventory() {
    let world = World::new(4);
    let id = world.active();
    let path = format!("/api/v1/campaigns/{id}/review-items/{}/entitlements", world.accounts[0]);
    let before = operator().get(&path).expect(200);
    let word = &world.word;
    assert_eq!(
        before.body["groups"],
        json!([{ "id": format!("grp-{word}"), "name": format!("Approvers {word}"), "is_high_privilege": true }])
    );
    let roles: Vec<&str> = before.list("/roles").iter().map(|role| role["name"].as_str().unwrap()).collect();
    assert_eq!(roles, ["PeriodClose", "Reader"]);
    assert_eq!(before.body["roles"][0]["platform"], "PayrollSuite");
    assert_eq!(before.body["roles"][0]["data_source_name"], json!(format!("Payroll {word}")));

    let mut changed = world.picture();
    changed["memberships"] = json!([]);
    let _ = world::administrator().put(&format!("/api/v1/inventory/datasources/{}", world.source), changed).expect(200);
    assert_eq!(operator().get(&path).expect(200).body, before.body);
    let none =
        operator().get(&format!("/api/v1/campaigns/{id}/review-items/{}/entitlements", world.accounts[1])).expect(200);
    assert_eq!(none.body["groups"], json!([]));
}

#[test]
fn every_order_pages_through_each_item_exactly_once() {
    let world = World::new(137);
    let id = world.active();
    for (n, account) in world.accounts.iter().enumerate().step_by(3) {
        let decision = ["approved", "rejected", "flagged"][n % 9 / 3];
        let _ = operator()
            .post(&format!("/api/v1/campaigns/{id}/approvals/{account}"), json!({ "decision": decision }))
            .expect(200);
    }
    for key in ["account_name", "status", "risk_score", "reviewer", "decided_at", "application_name"] {
        for direction in ["", "-"] {
            let path = format!("/api/v1/campaigns/{id}/review-items?limit=25&sort={direction}{key}");
            let items = world::all_pages(&operator(), &path, "review_items");
            let ids: BTreeSet<&str> = items.iter().map(|item| item["account_id"].as_str().unwrap()).collect();
            assert_eq!((items.len(), ids.len()), (137, 137), "{direction}{key}");
            let values: Vec<&Value> = items.iter().map(|item| &item[key]).filter(|value| !value.is_null()).collect();
            let ordered = values.windows(2).all(|pair| {
                let order = compare(pair[0], pair[1]);
                if direction == "-" { order.is_ge() } else { order.is_le() }
            });
            assert!(ordered || key == "status", "{direction}{key}: {values:?}");
        }
    }
}

fn compare(left: &Value, right: &Value) -> std::cmp::Ordering {
    if let (Some(left), Some(right)) = (left.as_f64(), right.as_f64()) {
        return left.total_cmp(&right);
    }
    let instant = |value: &Value| value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    match (instant(left), instant(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => left.as_str().cmp(&right.as_str()),
    }
}

#[test]
fn filters_agree_with_the_unfiltered_list() {
    let world = World::new(60);
    let id = world.active();
    let path = format!("/api/v1/campaigns/{id}/review-items");
    for account in world.accounts.iter().take(7) {
        let _ = operator()
            .post(&format!("/api/v1/campaigns/{id}/approvals/{account}"), json!({ "decision": "rejected" }))
            .expect(200);
    }
    let all = world::all_pages(&operator(), &format!("{path}?limit=500"), "review_items");
    for (query, holds) in [
        ("status=rejected", Box::new(|item: &Value| item["status"] == "rejected") as Box<dyn Fn(&Value) -> bool>),
        ("status=pending", Box::new(|item: &Value| item["status"] == "pending")),
        ("risk=high", Box::new(|item: &Value| item["risk_level"] == "high")),
        ("risk=low", Box::new(|item: &Value| item["risk_level"] == "low")),
        ("search=USER001", Box::new(|item: &Value| item["account_name"].as_str().unwrap().contains("user001"))),
        (
            "risk=medium&status=pending&search=5",
            Box::new(|item: &Value| {
                item["risk_level"] == "medium"
                    && item["status"] == "pending"
                    && item["account_name"].as_str().unwrap().contains('5')
            }),
        ),
    ] {
        let found = world::all_pages(&operator(), &format!("{path}?limit=7&{query}"), "review_items");
        let expected: Vec<&Value> = all.iter().filter(|item| holds(item)).collect();
        assert!(!expected.is_empty(), "{query} selects nothing: the test would prove nothing");
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
    }
}

#[test]
fn bad_list_parameters_are_refused_by_name() {
    let id = World::new(3).active();
    let path = format!("/api/v1/campaigns/{id}/review-items");
    for (query, field) in [
        ("status=odd", "status"),
        ("risk=extreme", "risk"),
        ("sort=height", "sort"),
        ("limit=0", "limit"),
        ("after=xyz", "after"),
    ] {
        names_field(&operator().get(&format!("{path}?{query}")), field);
    }
    let page = operator().get(&format!("{path}?limit=1&sort=risk_score")).expect(200);
    let cursor = page.str("/pageInfo/endCursor");
    names_field(&operator().get(&format!("{path}?limit=1&sort=-risk_score&after={cursor}")), "after");
}
