//! Policies: their definitions; in `at_work`, what they say of the accounts of a campaign.

mod at_work;

use blackbox::unique;
use serde_json::{Value, json};

use crate::world::{administrator, auditor, campaigns_error, names_field, operator, target};

pub(crate) const POLICIES: &str = "/api/v1/policies";

pub(crate) fn ceiling() -> Value {
    json!({ "name": "Inactivity ceiling", "type": "max_inactivity", "limit": 90 })
}

/// A policy; answers its id.
pub(crate) fn policy(body: Value) -> String {
    administrator().post(POLICIES, body).expect(201).str("/id").to_owned()
}

/// A body of each type.
fn each() -> [Value; 6] {
    let duty = |name: &str| json!({ "name": name, "entitlements": [format!("grp-{name}"), "Clerk"] });
    let guard = |condition: &str, effect: &str| json!({ "condition": condition, "effect": effect, "resources": [] });
    [
        json!({ "type": "mfa_for_privileged" }),
        json!({ "type": "max_inactivity", "limit": 90 }),
        json!({ "type": "max_password_age", "limit": 365 }),
        json!({ "type": "owner_required" }),
        json!({ "type": "separation_of_duties", "limit": 1, "duties": [duty("enter"), duty("approve")] }),
        json!({ "type": "guardrail", "rules": [
            guard("account.login_age_days <= 90", "allow"), guard("owner.status = 'left'", "deny"),
        ] }),
    ]
}

#[test]
fn a_policy_of_each_type_reads_back_as_it_was_made() {
    for mut input in each() {
        for (field, value) in [
            ("name", json!("Made by a test")),
            ("description", json!("Why")),
            ("target_applications", json!(["app-1"])),
            ("target_groups", json!(["grp-1"])),
            ("target_account_types", json!(["service"])),
            ("on_failure", json!("flag")),
            ("auto_approve", json!(true)),
            ("priority", json!(90)),
            ("status", json!("draft")),
        ] {
            input[field] = value;
        }
        let made = administrator().post(POLICIES, input.clone()).expect(201);
        for (field, value) in input.as_object().unwrap() {
            assert_eq!(made.body[field], *value, "{field}");
        }
        assert_eq!(made.body["version"], 1);
        let read = administrator().get(&format!("{POLICIES}/{}", made.str("/id"))).expect(200);
        assert_eq!((read.body, read.headers["etag"].as_str()), (made.body, "\"1\""));
    }
}

#[test]
fn what_is_not_said_of_a_policy_is_harmless() {
    let made = administrator().post(POLICIES, ceiling()).expect(201).body;
    assert_eq!(
        (&made["status"], &made["on_failure"], &made["auto_approve"]),
        (&json!("active"), &json!("none"), &json!(false))
    );
    assert_eq!((&made["priority"], &made["target_applications"]), (&json!(100), &json!([])));
    let rules = json!([{ "condition": "account.login_age_days <= 60 AND account.mfa_enabled = true" }]);
    let guard = json!({ "name": "x", "type": "guardrail", "rules": rules });
    let made = administrator().post(POLICIES, guard).expect(201).body;
    assert_eq!((&made["limit"], &made["rules"][0]["effect"]), (&json!(60), &json!("allow")), "{made}");
}

#[test]
fn what_a_policy_lacks_is_told_field_by_field() {
    let answer = administrator().post(POLICIES, json!({}));
    campaigns_error(&answer, 400, "VALIDATION_ERROR");
    for field in ["name", "type"] {
        names_field(&answer, field);
    }
    let of = |fields: Value| {
        let mut body = json!({ "name": "x" });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        administrator().post(POLICIES, body)
    };
    names_field(&of(json!({ "type": "role_mining" })), "type");
    names_field(&of(json!({ "type": "max_inactivity" })), "limit");
    names_field(&of(json!({ "type": "max_password_age", "limit": -1 })), "limit");
    names_field(&of(json!({ "type": "max_inactivity", "limit": "soon" })), "limit");
    names_field(&of(json!({ "type": "guardrail" })), "rules");
    names_field(&of(json!({ "type": "separation_of_duties" })), "duties");
    let duties = json!([{ "name": "enter", "entitlements": [] }, { "name": " ", "entitlements": ["x"] }]);
    let answer = of(json!({ "type": "separation_of_duties", "duties": duties }));
    names_field(&answer, "duties[1].name");
    let duties = json!([{ "name": "enter", "entitlements": [] }, { "name": "approve", "entitlements": ["x"] }]);
    names_field(&of(json!({ "type": "separation_of_duties", "duties": duties })), "duties[0].entitlements");
    for (field, value) in [("priority", json!(1001)), ("status", json!("asleep")), ("on_failure", json!("shout"))] {
        names_field(&of(json!({ "type": "owner_required", field: value })), field);
    }
    let long: Vec<Value> =
        (0..20).map(|n| json!({ "condition": format!("account.email = '{}{n}'", "x".repeat(400)) })).collect();
    names_field(&of(json!({ "type": "guardrail", "rules": long })), "body");
}

#[test]
fn a_condition_is_checked_when_it_is_saved_and_every_fault_names_its_place() {
    let of = |condition: &str| {
        let rules = json!([{ "condition": "account.privileged = false" }, { "condition": condition }]);
        administrator().post(POLICIES, json!({ "name": "x", "type": "guardrail", "rules": rules }))
    };
    let answer = of("account.privileged = true AND account.shoe_size > 40");
    names_field(&answer, "rules[1].condition");
    assert!(answer.text.contains("account.shoe_size") && answer.text.contains("at character 30"), "{}", answer.text);
    let answer = of("account.risk_score < 40");
    names_field(&answer, "rules[1].condition");
    assert!(answer.text.contains("risk score"), "the risk counts failed policies: {}", answer.text);
}

#[test]
fn policies_are_listed_newest_first_by_name_type_and_status() {
    let word = unique("policy");
    let named = |n: usize, mut body: Value| {
        body["name"] = json!(format!("Number {n} of {}", word.to_uppercase()));
        policy(body)
    };
    let ids: Vec<String> = each().into_iter().enumerate().map(|(n, body)| named(n, body)).collect();
    let page = |query: &str| {
        let answer = administrator().get(&format!("{POLICIES}?search={word}{query}")).expect(200);
        let ids: Vec<String> =
            answer.list("/policies").iter().map(|policy| policy["id"].as_str().unwrap().to_owned()).collect();
        (ids, answer.body["total"].as_u64().unwrap(), answer.body["limit"].as_u64(), answer.body["offset"].as_u64())
    };
    let (listed, total, limit, offset) = page("");
    assert_eq!((listed.len(), total, limit, offset), (6, 6, Some(50), Some(0)));
    assert_eq!(listed.iter().collect::<std::collections::BTreeSet<_>>(), ids.iter().collect());
    let (first, second) = (page("&limit=4").0, page("&limit=4&offset=4"));
    assert_eq!((first.len(), second.0.len(), second.1), (4, 2, 6));
    assert_eq!([first, second.0].concat(), listed);
    assert_eq!(page("&type=owner_required"), (vec![ids[3].clone()], 1, Some(50), Some(0)));
    assert_eq!(page("&offset=99"), (Vec::new(), 6, Some(50), Some(99)));
    let _ = administrator().put(&format!("{POLICIES}/{}", ids[1]), json!({ "status": "inactive" })).expect(200);
    assert_eq!(page("&status=inactive").0, [ids[1].clone()]);
    assert_eq!(page("&status=active").1, 5);
    for (query, field) in [("type=x", "type"), ("status=x", "status"), ("limit=0", "limit"), ("offset=-1", "offset")] {
        names_field(&administrator().get(&format!("{POLICIES}?{query}")), field);
    }
}

#[test]
fn a_change_makes_a_new_version_and_the_same_again_does_not() {
    let path = format!("{POLICIES}/{}", policy(ceiling()));
    let changed = administrator().put(&path, json!({ "limit": 60, "priority": 7 })).expect(200);
    assert_eq!((&changed.body["version"], &changed.body["limit"]), (&json!(2), &json!(60)));
    assert_eq!(changed.body["type"], "max_inactivity", "what is not named stays");
    let same = administrator().put(&path, changed.body.clone()).expect(200);
    assert_eq!(same.body, changed.body, "a policy can be sent back as it is");
    let stale = administrator().header("if-match", "\"1\"").put(&path, json!({ "limit": 1 }));
    campaigns_error(&stale, 409, "CONFLICT");
    names_field(&administrator().put(&path, json!({ "type": "guardrail" })), "rules");
    let rules = json!([{ "condition": "account.privileged = false", "effect": "deny" }]);
    let other = administrator().put(&path, json!({ "type": "guardrail", "rules": rules })).expect(200);
    assert_eq!((&other.body["type"], &other.body["limit"]), (&json!("guardrail"), &Value::Null));
}

#[test]
fn a_deleted_policy_is_gone() {
    let path = format!("{POLICIES}/{}", policy(ceiling()));
    assert_eq!(administrator().delete(&path).status, 204);
    campaigns_error(&administrator().get(&path), 404, "NOT_FOUND");
    campaigns_error(&administrator().delete(&path), 404, "NOT_FOUND");
    campaigns_error(&administrator().put(&path, json!({ "name": "x" })), 404, "NOT_FOUND");
    campaigns_error(&administrator().get(&format!("{POLICIES}/no-such-policy")), 404, "NOT_FOUND");
}

#[test]
fn only_administrators_read_and_write_policies() {
    let path = format!("{POLICIES}/{}", policy(ceiling()));
    for who in [operator(), auditor(), target().persona("reviewer")] {
        campaigns_error(&who.get(POLICIES), 403, "FORBIDDEN");
        campaigns_error(&who.get(&path), 403, "FORBIDDEN");
        campaigns_error(&who.post(POLICIES, ceiling()), 403, "FORBIDDEN");
        campaigns_error(&who.put(&path, json!({ "name": "x" })), 403, "FORBIDDEN");
        campaigns_error(&who.delete(&path), 403, "FORBIDDEN");
    }
}

#[test]
fn what_a_version_of_a_policy_said_is_told_after_it_was_changed_and_deleted() {
    let id = policy(ceiling());
    let path = format!("{POLICIES}/{id}");
    let _ = administrator().put(&path, json!({ "limit": 60 })).expect(200);
    let said = |version: u64| administrator().get(&format!("{path}?version={version}")).expect(200).body;
    let before = [said(1), said(2)];
    for (version, told, value) in [(1, &before[0], json!(90)), (2, &before[1], json!(60))] {
        assert_eq!((&told["id"], &told["version"], &told["limit"]), (&json!(id), &json!(version), &value));
    }
    campaigns_error(&administrator().get(&format!("{path}?version=3")), 404, "NOT_FOUND");
    for odd in ["0", "-1", "one", "1.5"] {
        names_field(&administrator().get(&format!("{path}?version={odd}")), "version");
    }
    let _ = administrator().delete(&path).expect(204);
    campaigns_error(&administrator().get(&path), 404, "NOT_FOUND");
    assert_eq!([said(1), said(2)], before, "what decided something can still be shown");
}
