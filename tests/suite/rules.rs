//! Campaign rules: their definitions.

mod at_work;

use serde_json::{Value, json};

use crate::world::{World, administrator, auditor, campaigns_error, names_field, operator, target};

const RULES: &str = "/api/v1/campaign-rules";

fn body(condition: &str, decision: &str) -> Value {
    json!({ "name": "Made by a test", "type": "account", "condition": condition, "decision": decision })
}

/// A rule; answers its id.
fn rule(condition: &str, decision: &str) -> String {
    administrator().post(RULES, body(condition, decision)).expect(201).str("/id").to_owned()
}

#[test]
fn a_rule_reads_back_as_it_was_made() {
    let mut input = body("account.login_age_days > 180 AND account.account_type = 'user'", "auto_reject");
    input["description"] = json!("Nobody signed in for half a year");
    let made = administrator().post(RULES, input.clone()).expect(201);
    for (field, value) in input.as_object().unwrap() {
        assert_eq!(made.body[field], *value, "{field}");
    }
    assert_eq!(made.body["status"], "active", "new rules start active");
    assert_eq!(made.body["version"], 1);
    assert_eq!(made.body["reviewer"], Value::Null);
    assert_eq!(made.body["created_at"], made.body["updated_at"]);
    let read = operator().get(&format!("{RULES}/{}", made.str("/id"))).expect(200);
    assert_eq!((read.body, read.headers["etag"].as_str()), (made.body, "\"1\""));
}

#[test]
fn every_rule_is_listed_newest_first() {
    let ids = [rule("account.privileged = true", "flag_for_review"), rule("owner.status = 'left'", "auto_reject")];
    for who in [operator(), auditor()] {
        let listed = who.get(RULES).expect(200);
        let places: Vec<usize> = ids
            .iter()
            .map(|id| listed.list("/rules").iter().position(|rule| rule["id"] == json!(id)).expect("listed"))
            .collect();
        assert!(places[0] > places[1], "{places:?}");
        let time = |rule: &Value| rule["created_at"].as_str().and_then(|at| at.parse().ok()).expect("a time");
        let times: Vec<jiff::Timestamp> = listed.list("/rules").iter().map(time).collect();
        assert!(times.windows(2).all(|pair| pair[0] >= pair[1]), "{times:?}");
    }
}

#[test]
fn a_condition_is_checked_when_it_is_saved_and_every_fault_names_its_place() {
    let answer =
        administrator().post(RULES, body("account.privileged = tru AND account.shoe_size > 40", "auto_reject"));
    names_field(&answer, "condition");
    assert!(answer.text.contains("at character 21"), "{}", answer.text);
    let answer =
        administrator().post(RULES, body("account.privileged = true AND account.shoe_size > 40", "auto_reject"));
    assert!(answer.text.contains("account.shoe_size") && answer.text.contains("at character 30"), "{}", answer.text);
    for condition in ["", "account.privileged", "account.privileged = 'yes'", "(account.privileged = true"] {
        names_field(&administrator().post(RULES, body(condition, "auto_reject")), "condition");
    }
    let id = rule("account.privileged = true", "auto_reject");
    let answer = administrator().put(&format!("{RULES}/{id}"), json!({ "condition": "nonsense" }));
    names_field(&answer, "condition");
    let read = operator().get(&format!("{RULES}/{id}")).expect(200);
    assert_eq!((&read.body["condition"], &read.body["version"]), (&json!("account.privileged = true"), &json!(1)));
}

#[test]
fn what_a_rule_lacks_is_told_field_by_field() {
    let answer = administrator().post(RULES, json!({}));
    campaigns_error(&answer, 400, "VALIDATION_ERROR");
    for field in ["name", "type", "condition", "decision"] {
        names_field(&answer, field);
    }
    let mut wrong = body("account.privileged = true", "delete_it");
    wrong["type"] = json!("group");
    wrong["status"] = json!("asleep");
    let answer = administrator().post(RULES, wrong);
    for field in ["type", "decision", "status"] {
        names_field(&answer, field);
    }
}

#[test]
fn a_rule_that_assigns_needs_to_know_whom() {
    let world = World::new(3);
    let condition = "account.privileged = true";
    names_field(&administrator().post(RULES, body(condition, "assign_reviewer")), "reviewer");
    let with = |field: &str, value: &str| {
        let mut input = body(condition, "assign_reviewer");
        input[field] = json!(value);
        administrator().post(RULES, input)
    };
    names_field(&with("reviewer", "nobody@nowhere.example"), "reviewer");
    names_field(&with("reviewer_strategy", "boss"), "reviewer_strategy");
    let given = with("reviewer", &world.email("omar")).expect(201);
    assert_eq!(given.body["reviewer"], json!(world.email("omar")));
    assert_eq!(given.body["reviewer_strategy"], Value::Null);
    let strategy = with("reviewer_strategy", "manager").expect(201);
    assert_eq!((&strategy.body["reviewer"], &strategy.body["reviewer_strategy"]), (&Value::Null, &json!("manager")));

    let path = format!("{RULES}/{}", given.str("/id"));
    let kept = administrator().put(&path, json!({ "name": "Renamed" })).expect(200);
    assert_eq!(kept.body["reviewer"], json!(world.email("omar")), "what is not named stays");
    let changed = administrator().put(&path, json!({ "reviewer_strategy": "owner" })).expect(200);
    assert_eq!((&changed.body["reviewer"], &changed.body["reviewer_strategy"]), (&Value::Null, &json!("owner")));
    let other = administrator().put(&path, json!({ "decision": "auto_approve" })).expect(200);
    assert_eq!((&other.body["reviewer"], &other.body["reviewer_strategy"]), (&Value::Null, &Value::Null));
    names_field(&administrator().put(&path, json!({ "decision": "assign_reviewer" })), "reviewer");
}

#[test]
fn a_change_makes_a_new_version_and_the_same_again_does_not() {
    let id = rule("account.privileged = true", "auto_approve");
    let path = format!("{RULES}/{id}");
    let changed = administrator().put(&path, json!({ "decision": "auto_reject", "status": "inactive" })).expect(200);
    assert_eq!((&changed.body["version"], &changed.body["status"]), (&json!(2), &json!("inactive")));
    assert_eq!(changed.body["condition"], "account.privileged = true");
    let same = administrator().put(&path, changed.body.clone()).expect(200);
    assert_eq!(same.body, changed.body, "a rule can be sent back as it is");
    let stale = administrator().header("if-match", "\"1\"").put(&path, json!({ "status": "active" }));
    campaigns_error(&stale, 409, "CONFLICT");
}

#[test]
fn a_deleted_rule_is_gone() {
    let id = rule("account.privileged = true", "auto_approve");
    let path = format!("{RULES}/{id}");
    assert_eq!(administrator().delete(&path).status, 204);
    campaigns_error(&administrator().get(&path), 404, "NOT_FOUND");
    campaigns_error(&administrator().delete(&path), 404, "NOT_FOUND");
    campaigns_error(&administrator().put(&path, json!({ "name": "x" })), 404, "NOT_FOUND");
    campaigns_error(&administrator().get(&format!("{RULES}/no-such-rule")), 404, "NOT_FOUND");
    assert!(!operator().get(RULES).expect(200).text.contains(&id));
}

#[test]
fn only_administrators_write_rules_and_reviewers_do_not_read_them() {
    let id = rule("account.privileged = true", "auto_approve");
    let path = format!("{RULES}/{id}");
    for who in [operator(), auditor()] {
        campaigns_error(&who.post(RULES, body("account.privileged = true", "auto_approve")), 403, "FORBIDDEN");
        campaigns_error(&who.put(&path, json!({ "name": "x" })), 403, "FORBIDDEN");
        campaigns_error(&who.delete(&path), 403, "FORBIDDEN");
    }
    let reviewer = target().persona("reviewer");
    for path in [RULES, &path] {
        campaigns_error(&reviewer.get(path), 403, "FORBIDDEN");
    }
}

#[test]
fn what_a_version_of_a_rule_said_is_told_after_it_was_changed_and_deleted() {
    let id = rule("account.privileged = true", "flag_for_review");
    let path = format!("{RULES}/{id}");
    let _ = administrator().put(&path, json!({ "condition": "owner.status = 'left'" })).expect(200);
    let said = |version: u64| auditor().get(&format!("{path}?version={version}")).expect(200).body;
    let before = [said(1), said(2)];
    for (version, told, value) in
        [(1, &before[0], json!("account.privileged = true")), (2, &before[1], json!("owner.status = 'left'"))]
    {
        assert_eq!((&told["id"], &told["version"], &told["condition"]), (&json!(id), &json!(version), &value));
    }
    campaigns_error(&auditor().get(&format!("{path}?version=3")), 404, "NOT_FOUND");
    for odd in ["0", "-1", "one", "1.5"] {
        names_field(&auditor().get(&format!("{path}?version={odd}")), "version");
    }
    let _ = administrator().delete(&path).expect(204);
    campaigns_error(&auditor().get(&path), 404, "NOT_FOUND");
    assert_eq!([said(1), said(2)], before, "what decided something can still be shown");
}
