//! Policies applied to campaigns: thresholds, checks account by account, and what they do to the risk.

use blackbox::{Answer, Persona};
use serde_json::{Value, json};

use super::{POLICIES, ceiling, policy};
use crate::world::{World, administrator, auditor, campaigns_error, names_field, operator, start, target};

fn apply(campaign: &str, policy: &str) -> Answer {
    operator().post_empty(&format!("/api/v1/campaigns/{campaign}/policies/{policy}"))
}

fn applied(who: &Persona, campaign: &str) -> Answer {
    who.get(&format!("/api/v1/campaigns/{campaign}/policies"))
}

/// Name, status and message of each check of an account.
fn checks(who: &Persona, campaign: &str, account: &str) -> Vec<(String, String, String)> {
    let path = format!("/api/v1/campaigns/{campaign}/approvals/{account}/policy-checks");
    let answer = who.get(&path).expect(200);
    let text = |check: &Value, field: &str| check[field].as_str().expect("a text").to_owned();
    let checks = answer.list("/policy_checks").iter();
    checks.map(|check| (text(check, "policy_name"), text(check, "status"), text(check, "message"))).collect()
}

/// The one check of an account, as `STATUS message`.
fn check(campaign: &str, account: &str) -> String {
    let found = checks(&operator(), campaign, account);
    match found.as_slice() {
        [] => "not covered".to_owned(),
        [(_, status, message)] => format!("{status} {message}"),
        more => panic!("{more:?}"),
    }
}

fn named(name: &str, mut body: Value) -> Value {
    body["name"] = json!(name);
    body
}

#[test]
fn a_policy_is_applied_with_a_threshold_that_can_be_changed_and_taken_off() {
    let world = World::new(3);
    let (campaign, ceiling) = (world.active(), policy(ceiling()));
    assert_eq!(applied(&operator(), &campaign).expect(200).body, json!({ "policies": [] }));
    let first = apply(&campaign, &ceiling).expect(200).body;
    assert_eq!((&first["policy_id"], &first["policy_name"]), (&json!(ceiling), &json!("Inactivity ceiling")));
    assert_eq!((&first["type"], &first["status"]), (&json!("max_inactivity"), &json!("active")));
    assert_eq!((&first["threshold"], &first["limit"]), (&Value::Null, &json!(90)));
    let path = format!("/api/v1/campaigns/{campaign}/policies/{ceiling}");
    let changed = operator().post_empty(&format!("{path}?threshold=30.5")).expect(200).body;
    assert_eq!((&changed["threshold"], &changed["applied_at"]), (&json!(30.5), &first["applied_at"]));
    for who in [operator(), auditor(), world.reviewer("lena")] {
        assert_eq!(applied(&who, &campaign).expect(200).body, json!({ "policies": [changed] }));
    }
    let again = apply(&campaign, &ceiling).expect(200).body;
    assert_eq!(again["threshold"], Value::Null, "without a threshold the policy's own limit counts");
    assert_eq!(operator().delete(&path).status, 204);
    assert_eq!(applied(&operator(), &campaign).expect(200).body, json!({ "policies": [] }));
    campaigns_error(&operator().delete(&path), 404, "NOT_FOUND");
}

#[test]
fn what_cannot_be_applied_is_refused() {
    let world = World::new(3);
    let (campaign, ceiling) = (world.active(), policy(ceiling()));
    let path = format!("/api/v1/campaigns/{campaign}/policies/{ceiling}");
    for threshold in ["many", "NaN", "-1", "1e30"] {
        names_field(&operator().post_empty(&format!("{path}?threshold={threshold}")), "threshold");
    }
    let nothing = "00000000-0000-4000-8000-000000000000";
    campaigns_error(&apply(&campaign, &format!("pol-{nothing}")), 404, "NOT_FOUND");
    campaigns_error(&apply(&campaign, "no-such-policy"), 404, "NOT_FOUND");
    campaigns_error(&apply(nothing, &ceiling), 404, "NOT_FOUND");
    campaigns_error(&applied(&operator(), nothing), 404, "NOT_FOUND");
    campaigns_error(&operator().delete(&path), 404, "NOT_FOUND");
    for who in [auditor(), world.reviewer("lena")] {
        campaigns_error(&who.post_empty(&path), 403, "FORBIDDEN");
        campaigns_error(&who.delete(&path), 403, "FORBIDDEN");
    }
    let stranger = World::new(3).reviewer("lena");
    campaigns_error(&applied(&stranger, &campaign), 404, "NOT_FOUND");
    campaigns_error(&applied(&target().persona("reviewer"), &campaign), 404, "NOT_FOUND");

    let _ = apply(&campaign, &ceiling).expect(200);
    let _ = administrator().post_empty(&format!("/api/v1/campaigns/{campaign}/complete")).expect(200);
    campaigns_error(&operator().post_empty(&path), 409, "CONFLICT");
    campaigns_error(&operator().delete(&path), 409, "CONFLICT");
    assert_eq!(applied(&operator(), &campaign).expect(200).list("/policies").len(), 1, "it is kept as evidence");
}

#[test]
fn a_policy_cannot_be_deleted_while_a_running_campaign_uses_it() {
    let world = World::new(3);
    let ceiling = policy(ceiling());
    let (running, draft) = (world.active(), world.draft());
    let _ = apply(&running, &ceiling).expect(200);
    let _ = apply(&draft, &ceiling).expect(200);
    let path = format!("{POLICIES}/{ceiling}");
    campaigns_error(&administrator().delete(&path), 409, "CONFLICT");
    assert_eq!(operator().delete(&format!("/api/v1/campaigns/{running}/policies/{ceiling}")).status, 204);
    assert_eq!(administrator().delete(&path).status, 204);
    assert_eq!(applied(&operator(), &draft).expect(200).body, json!({ "policies": [] }), "a draft loses it");
    campaigns_error(&apply(&draft, &ceiling), 404, "NOT_FOUND");
}

#[test]
fn inactivity_is_checked_against_the_limit_of_the_policy_or_the_threshold_of_the_campaign() {
    let world = World::new(3);
    let (campaign, ceiling) = (world.active(), policy(ceiling()));
    let _ = apply(&campaign, &ceiling).expect(200);
    let stale = check(&campaign, &world.accounts[0]);
    let days: u64 = stale.strip_prefix("FAIL ").and_then(|rest| rest.split(' ').next()).expect(&stale).parse().unwrap();
    assert!(days > 2_000, "{stale}");
    assert_eq!(stale, format!("FAIL {days} days without sign-in; the limit is 90"));
    assert_eq!(check(&campaign, &world.accounts[1]), "PASS 0 days without sign-in; the limit is 90");
    let path = format!("/api/v1/campaigns/{campaign}/policies/{ceiling}");
    let _ = operator().post_empty(&format!("{path}?threshold={days}")).expect(200);
    assert_eq!(
        check(&campaign, &world.accounts[0]),
        format!("PASS {days} days without sign-in; the limit is {days}"),
        "exactly the limit is within it"
    );
    let _ = administrator().put(&format!("{POLICIES}/{ceiling}"), json!({ "status": "inactive" })).expect(200);
    assert_eq!(check(&campaign, &world.accounts[0]), "not covered", "only active policies are checked");
}

#[test]
fn each_type_of_policy_says_what_it_found() {
    let world = World::new(6);
    let word = &world.word;
    let campaign = world.active();
    let duty = |name: &str, role: &str| json!({ "name": name, "entitlements": [format!("role-{word}-{role}")] });
    let rules = json!([{ "condition": "account.department = 'finance'" }]);
    let limited = json!([{ "condition": "account.login_age_days <= 90" }]);
    let bodies = [
        json!({ "name": "mfa", "type": "mfa_for_privileged", "priority": 600 }),
        json!({ "name": "owner", "type": "owner_required", "priority": 500 }),
        json!({ "name": "password", "type": "max_password_age", "limit": 365, "priority": 400 }),
        json!({ "name": "duties", "type": "separation_of_duties", "duties": [duty("read", "reader"), duty("close", "close")],
            "priority": 300 }),
        json!({ "name": "finance", "type": "guardrail", "rules": rules, "priority": 200 }),
        json!({ "name": "use", "type": "guardrail", "rules": limited, "priority": 100 }),
        json!({ "name": "elsewhere", "type": "owner_required", "target_applications": ["app-elsewhere"] }),
        json!({ "name": "group", "type": "owner_required", "target_groups": [format!("grp-{word}")], "priority": 50 }),
    ];
    // Applied from the last to the first: priority orders the checks.
    for body in bodies.into_iter().rev() {
        let _ = apply(&campaign, &policy(body)).expect(200);
    }
    let found = checks(&operator(), &campaign, &world.accounts[0]);
    let days = found[5].2.split("login_age_days is ").nth(1).expect("figures").trim_end_matches(')').to_owned();
    let expected = [
        ("mfa", "FAIL", "no second factor is enrolled for this privileged account".to_owned()),
        ("owner", "PASS", "the account belongs to Person 0000".to_owned()),
        ("password", "FAIL", "no change of the password on record; the limit is 365 days".to_owned()),
        (
            "duties",
            "FAIL",
            "holds 2 of 2 separated duties: read (Reader), close (PeriodClose); the limit is 1".to_owned(),
        ),
        ("finance", "PASS", "holds: account.department = 'finance' (account.department is 'Finance')".to_owned()),
        ("use", "FAIL", format!("does not hold: account.login_age_days <= 90 (account.login_age_days is {days})")),
        ("group", "PASS", "the account belongs to Person 0000".to_owned()),
    ];
    let expected = expected.map(|(name, status, message)| (name.to_owned(), status.to_owned(), message));
    assert_eq!(found, expected);
    let other: Vec<String> = checks(&operator(), &campaign, &world.accounts[1])
        .into_iter()
        .map(|(name, status, _)| format!("{name} {status}"))
        .collect();
    // Neither privileged nor in the group; Logistics; in use.
    assert_eq!(other, ["owner PASS", "password FAIL", "duties PASS", "finance FAIL", "use PASS"]);

    let item = operator().get(&format!("/api/v1/campaigns/{campaign}/review-items/{}", world.accounts[0])).expect(200);
    assert_eq!(item.body["policy_summary"], json!({ "pass": 3, "fail": 4 }));
}

#[test]
fn a_threshold_stands_in_for_the_one_limit_of_a_condition() {
    let world = World::new(3);
    let campaign = world.active();
    let rules = json!([{ "condition": "account.login_age_days <= 90" }]);
    let guard = policy(json!({ "name": "use", "type": "guardrail", "rules": rules }));
    let _ =
        operator().post_empty(&format!("/api/v1/campaigns/{campaign}/policies/{guard}?threshold=99999")).expect(200);
    let found = check(&campaign, &world.accounts[0]);
    assert!(found.starts_with("PASS holds: account.login_age_days <= 99999 (account.login_age_days is "), "{found}");
}

#[test]
fn who_may_not_see_an_account_does_not_see_its_checks_and_risk() {
    let world = World::new(6);
    let campaign = world.active();
    let _ = apply(&campaign, &policy(ceiling())).expect(200);
    let (lena, omars) = (world.reviewer("lena"), &world.accounts[5]);
    assert_eq!(checks(&lena, &campaign, &world.accounts[0]).len(), 1);
    for what in ["policy-checks", "risk-assessment"] {
        let path = |account: &str| format!("/api/v1/campaigns/{campaign}/approvals/{account}/{what}");
        let _ = lena.get(&path(&world.accounts[0])).expect(200);
        let _ = auditor().get(&path(omars)).expect(200);
        campaigns_error(&lena.get(&path(omars)), 404, "NOT_FOUND");
        campaigns_error(&operator().get(&path("no-such-account")), 404, "NOT_FOUND");
        let _ = administrator().get(&path(omars)).expect(200);
    }
    let draft = world.draft();
    let path = format!("/api/v1/campaigns/{draft}/approvals/{}/risk-assessment", world.accounts[0]);
    campaigns_error(&operator().get(&path), 404, "NOT_FOUND");
}

#[test]
fn the_risk_is_the_sum_of_its_factors_and_counts_the_policies_that_were_failed_at_the_start() {
    let world = World::new(3);
    let (with, without) = (world.draft(), world.active());
    let _ = apply(&with, &policy(ceiling())).expect(200);
    start(&with);
    let risk = |campaign: &str, account: &str| {
        let path = format!("/api/v1/campaigns/{campaign}/approvals/{account}/risk-assessment");
        let risk = operator().get(&path).expect(200);
        let sum: u64 = risk.list("/triggered_factors").iter().map(|factor| factor["weight"].as_u64().unwrap()).sum();
        assert_eq!(risk.body["score"].as_u64(), Some(sum.min(100)), "{}", risk.text);
        let level = match sum.min(100) {
            0..=40 => "low",
            41..=70 => "medium",
            _ => "high",
        };
        assert_eq!(risk.body["level"], level);
        assert!(risk.list("/passing_factors").iter().all(|factor| factor["weight"] == 0));
        let item = operator().get(&format!("/api/v1/campaigns/{campaign}/review-items/{account}")).expect(200);
        assert_eq!(item.body["risk"], risk.body);
        let names = |pointer: &str| -> Vec<String> {
            risk.list(pointer).iter().map(|factor| factor["name"].as_str().unwrap().to_owned()).collect()
        };
        (names("/triggered_factors"), names("/passing_factors"))
    };
    let [stale, used] = [&world.accounts[0], &world.accounts[1]];
    assert!(risk(&with, stale).0.contains(&"Failed Policy".to_owned()));
    assert!(risk(&with, used).1.contains(&"Policies Met".to_owned()));
    let _ = apply(&without, &policy(ceiling())).expect(200);
    let (triggered, passing) = risk(&without, stale);
    for names in [triggered, passing] {
        assert!(!names.iter().any(|name| name.contains("Polic")), "computed when the campaign started: {names:?}");
    }
}

#[test]
fn a_campaign_made_like_another_one_has_its_policies_and_thresholds() {
    let world = World::new(3);
    let template = world.draft();
    let ids = [policy(ceiling()), policy(named("Owned", json!({ "type": "owner_required" })))];
    let _ = operator().post_empty(&format!("/api/v1/campaigns/{template}/policies/{}?threshold=7", ids[0])).expect(200);
    let _ = apply(&template, &ids[1]).expect(200);
    let body = json!({ "name": "Like it", "start_date": "2026-12-01T07:00:00Z", "end_date": "2099-12-18T17:00:00Z" });
    let made = administrator().post(&format!("/api/v1/campaigns/from-template/{template}"), body).expect(201);
    let made = made.str("/id");
    let copied = applied(&operator(), made).expect(200);
    let copied: Vec<(&str, &Value)> = copied
        .list("/policies")
        .iter()
        .map(|policy| (policy["policy_id"].as_str().unwrap(), &policy["threshold"]))
        .collect();
    assert_eq!(copied, [(ids[0].as_str(), &json!(7)), (ids[1].as_str(), &Value::Null)]);
    start(made);
    campaigns_error(&administrator().delete(&format!("{POLICIES}/{}", ids[0])), 409, "CONFLICT");
}

#[test]
fn policies_that_are_told_to_decide_when_a_campaign_is_evaluated_and_people_keep_what_they_decided() {
    let world = World::new(9);
    let campaign = world.active();
    // Unused are the accounts 0, 4 and 8.
    let _ = apply(
        &campaign,
        &policy(named("Unused", json!({ "type": "max_inactivity", "limit": 90, "on_failure": "reject" }))),
    );
    let kept = format!("/api/v1/campaigns/{campaign}/approvals/{}", world.accounts[4]);
    let _ = operator().post(&kept, json!({ "decision": "approved" })).expect(200);
    let asked = operator().post_empty(&format!("/api/v1/campaigns/{campaign}/rules/evaluate")).expect(200);
    let path = format!("/api/v1/campaigns/rules/jobs/{}", asked.str("/job_id"));
    let job = operator().until(&path, |job| job["status"] == "completed");
    assert_eq!((&job["total_matches"], &job["decisions_applied"]), (&json!(3), &json!(2)));
    let statuses: Vec<String> = operator()
        .get(&format!("/api/v1/campaigns/{campaign}/approvals"))
        .expect(200)
        .list("/approvals")
        .iter()
        .map(|approval| approval["status"].as_str().unwrap().to_owned())
        .collect();
    let expected = (0..9).map(|n| match n {
        0 | 8 => "rejected",
        4 => "approved",
        _ => "pending",
    });
    assert_eq!(statuses, expected.collect::<Vec<_>>());
    let undo = format!("/api/v1/campaigns/{campaign}/approvals/{}/undo", world.accounts[0]);
    campaigns_error(&administrator().post_empty(&undo), 409, "CONFLICT");
    let results = format!("/api/preview/awf/certifications/{campaign}/results");
    let rows = operator().get(&results).expect(200);
    let row = rows.list("/values").iter().find(|row| row["source"]["id"] == json!(world.accounts[0])).expect("the row");
    let log = operator().get(&format!("{results}/{}", row["result_id"])).expect(200);
    let entries = log.list("/value/action_log_entries");
    assert_eq!(entries[0]["policy"]["version"], 1, "{}", log.text);
}
