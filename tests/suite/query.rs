//! The query builder: its catalogue and its test run.

use serde_json::{Value, json};

use crate::world::{World, administrator, all_rows, campaigns_error, operator};

fn test(inclusion: Value, exclusion: Value) -> blackbox::Answer {
    operator()
        .post("/api/v1/campaigns/query/test", json!({ "inclusion_filters": inclusion, "exclusion_filters": exclusion }))
}

#[test]
fn the_catalogue_lists_fields_with_type_and_operators() {
    let fields = operator().get("/api/v1/campaigns/query/fields").expect(200);
    let mut entities: Vec<&str> = fields.body.as_object().unwrap().keys().map(String::as_str).collect();
    entities.sort_unstable();
    assert_eq!(entities, ["account", "classification", "group", "owner", "role"]);
    let find = |entity: &str, field: &str| {
        fields.list(&format!("/{entity}")).iter().find(|entry| entry["field"] == field).cloned()
    };
    assert_eq!(
        find("account", "department"),
        Some(json!({ "field": "department", "label": "Department", "type": "string",
            "operators": ["equals", "not_equals", "contains", "is_null", "is_not_null"] }))
    );
    assert_eq!(find("account", "mfa_status").expect("mfa_status")["operators"], json!(["equals"]));
    assert_eq!(find("group", "name").expect("group name")["operators"], json!(["equals", "contains", "starts_with"]));
    assert_eq!(find("owner", "title").expect("title")["operators"], json!(["equals", "contains"]));
    assert_eq!(find("account", "last_login_at").expect("last login")["type"], "date");
}

#[test]
fn no_inclusion_filter_selects_nobody() {
    for body in [
        json!({}),
        json!({ "inclusion_filters": [] }),
        json!({ "inclusion_filters": [], "exclusion_filters": [{ "entity": "account", "field": "department", "operator": "equals", "value": "x" }] }),
    ] {
        let answer = operator().post("/api/v1/campaigns/query/test", body).expect(200);
        assert_eq!(answer.body, json!({ "count": 0, "sample_accounts": [] }));
    }
}

#[test]
fn conditions_select_accounts_of_the_current_inventory() {
    let world = World::new(30);
    let named = |value: &str| json!({ "entity": "account", "field": "email", "operator": "contains", "value": value });
    let mine = || named(&world.word.to_uppercase());
    let count = |inclusion: Value, exclusion: Value| test(inclusion, exclusion).expect(200).body["count"].clone();
    assert_eq!(count(json!([mine()]), json!([])), 30);
    let found = test(json!([mine()]), json!([])).expect(200);
    assert_eq!(found.list("/sample_accounts").len(), 5);
    assert_eq!(
        found.body["sample_accounts"][1],
        json!({ "id": world.accounts[1], "account_name": "user0001", "email": format!("person1.{}@corp.example", world.word), "status": "active", "department": "Logistics" })
    );
    let privileged = json!({ "entity": "account", "field": "privileged", "operator": "equals", "value": true });
    assert_eq!(count(json!([mine(), privileged]), json!([])), 6);
    assert_eq!(count(json!([mine()]), json!([privileged])), 24);
    let owner =
        json!({ "entity": "owner", "field": "manager_email", "operator": "equals", "value": world.email("omar") });
    assert_eq!(count(json!([mine(), owner]), json!([])), 10);
    let group = json!({ "entity": "group", "field": "is_high_privilege", "operator": "equals", "value": true });
    assert_eq!(count(json!([mine(), group]), json!([])), 1);
    let role = |name: &str| json!({ "entity": "role", "field": "name", "operator": "equals", "value": name });
    assert_eq!(count(json!([mine(), role("reader")]), json!([])), 30);
    // one and the same role would have to bear both names
    assert_eq!(count(json!([mine(), role("reader"), role("periodclose")]), json!([])), 0);
    assert_eq!(count(json!([mine()]), json!([role("periodclose")])), 29);
}

#[test]
fn bad_conditions_are_refused_by_place() {
    let good = json!({ "entity": "account", "field": "department", "operator": "equals", "value": "x" });
    for (name, value) in
        [("entity", "planet"), ("field", "height"), ("operator", "resembles"), ("operator", "starts_with")]
    {
        let mut bad = good.clone();
        bad[name] = json!(value);
        let answer = test(json!([good, bad]), json!([]));
        campaigns_error(&answer, 400, "VALIDATION_ERROR");
        assert!(answer.text.contains("inclusion_filters[1]"), "{name}={value}: {}", answer.text);
    }
    let wrong = json!({ "entity": "account", "field": "privileged", "operator": "equals", "value": "perhaps" });
    assert!(test(json!([good]), json!([wrong])).text.contains("exclusion_filters[0].value"));
    let missing = json!({ "entity": "account", "field": "risk_score", "operator": "greater_than" });
    assert!(test(json!([missing]), json!([])).text.contains("inclusion_filters[0].value"));
    assert_eq!(test(json!("all"), json!([])).status, 400);
    let many: Vec<Value> = std::iter::repeat_n(good, 100_000).collect();
    assert!([400, 413].contains(&test(json!(many), json!([])).status));
}

#[test]
fn what_the_query_of_a_workflow_does_not_name_is_missing_in_filters_orders_and_automations() {
    let world = World::new(6);
    let (id, total) = world.certification();
    let results = format!("/api/preview/awf/certifications/{id}/results");
    let found = |filter: &str| {
        let filter = filter.replace(' ', "%20").replace('"', "%22");
        all_rows(&operator(), &format!("{results}?filter={filter}")).len() as u64
    };
    assert!(found("source.department eq \"Finance\"") > 0);
    for alias in ["owner.department", "risk.level", "risk.score", "nobody.name"] {
        for (holds, expected) in
            [("pr", 0), ("eq \"Finance\"", 0), ("ne \"Finance\"", total), ("co \"\"", 0), ("eq null", total)]
        {
            assert_eq!(found(&format!("{alias} {holds}")), expected, "{alias} {holds}");
        }
    }
    let ids = |order: &str| -> Vec<Value> {
        all_rows(&operator(), &format!("{results}?order_by={order}"))
            .iter()
            .map(|row| row["result_id"].clone())
            .collect()
    };
    assert_eq!(ids("owner.name%20desc"), ids("nobody.name"), "rows without the attribute keep their order");
    let automation = json!({
        "name": "Hidden names", "criteria": { "filter": "owner.department pr or risk.score pr" }, "action": { "decision": "ACCEPTED" },
    });
    let body = json!({ "automation": automation, "certification_id": id });
    let tried = administrator().post("/api/preview/awf/automations:test", body).expect(200);
    assert_eq!((&tried.body["matched"], &tried.body["examined"]), (&json!(0), &json!(total)));
}
