//! The run history of a campaign, and letting somebody else answer.

use std::collections::BTreeSet;

use blackbox::Persona;
use serde_json::{Value, json};

use crate::world::{self, World, administrator, auditor, campaigns_error, names_field, operator};

fn runs(campaign: &str, query: &str) -> Vec<Value> {
    world::all_pages(&operator(), &format!("/api/v1/campaigns/{campaign}/run-history{query}"), "runs")
}

fn accounts(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["account_id"].as_str().expect("an id")).collect()
}

fn decide(campaign: &str, account: &str, decision: &str) -> Value {
    let path = format!("/api/v1/campaigns/{campaign}/approvals/{account}");
    operator().post(&path, json!({ "decision": decision })).expect(200).body
}

fn line_of<'a>(lines: &'a [Value], account: &str) -> &'a Value {
    lines.iter().find(|line| line["account_id"] == account).expect("a line for the account")
}

/// A campaign with one account in each state that a person can bring about.
fn decided(world: &World) -> String {
    let id = world.active();
    for (account, decision) in world.accounts.iter().zip(["approved", "rejected", "flagged", "revoked"]) {
        let _ = decide(&id, account, decision);
    }
    id
}

#[test]
fn there_is_a_line_for_each_account_with_its_approver_and_answer() {
    let world = World::new(6);
    let id = decided(&world);
    let lines = runs(&id, "");
    assert_eq!(accounts(&lines), world.accounts, "by person");
    let word = &world.word;
    let answered = decide(&id, &world.accounts[0], "approved");
    assert_eq!(
        runs(&id, "")[0],
        json!({
            "account_id": world.accounts[0], "user": "Person 0000", "user_id": format!("own-{word}-0000"),
            "application": format!("Payroll {word}"), "application_id": world.application,
            "approver": answered["decided_by"], "response_status": "approved", "action_time": answered["decided_at"],
            "result": "success", "result_detail": null,
        })
    );
    let told = |n: usize| {
        let line = &lines[n];
        (line["response_status"].as_str().unwrap(), line["result"].as_str(), line["action_time"].is_string())
    };
    assert_eq!(told(1), ("revoked", Some("success"), true), "an answer that is only recorded always succeeds");
    assert_eq!(told(2), ("pending_response", None, false), "what is set aside is not answered");
    assert_eq!(told(3), ("revoked", None, true), "a removal that was asked for has no result yet");
    assert_eq!(told(4), ("pending_response", None, false));
    assert_eq!((&lines[3]["approver"], &lines[5]["approver"]), (&answered["decided_by"], &json!(world.email("omar"))));
}

#[test]
fn an_enforced_revocation_has_no_result_before_the_removal_has() {
    let world = World::new(2);
    let id = world.draft();
    let _ = administrator().put(&format!("/api/v1/campaigns/{id}"), json!({ "revoke_mode": "enforce" })).expect(200);
    world::start(&id);
    let _ = decide(&id, &world.accounts[0], "rejected");
    let _ = decide(&id, &world.accounts[1], "approved");
    let lines = runs(&id, "");
    assert_eq!((&lines[0]["response_status"], &lines[0]["result"]), (&json!("revoked"), &Value::Null));
    assert_eq!((&lines[1]["response_status"], &lines[1]["result"]), (&json!("approved"), &json!("success")));
}

#[test]
fn what_nobody_answered_is_terminated_with_the_campaign_and_answers_stay() {
    let world = World::new(6);
    let id = decided(&world);
    let before = runs(&id, "?response_status=approved,revoked");
    let _ = administrator().post_empty(&format!("/api/v1/campaigns/{id}/terminate")).expect(200);
    assert_eq!(runs(&id, "?response_status=approved,revoked"), before);
    assert_eq!(accounts(&runs(&id, "?response_status=Terminated")), [2, 4, 5].map(|n| world.accounts[n].as_str()));
    assert!(runs(&id, "?response_status=pending_response").is_empty());

    let completed = world.active();
    let _ = administrator().post_empty(&format!("/api/v1/campaigns/{completed}/complete")).expect(200);
    assert_eq!(runs(&completed, "?response_status=Pending%20Response").len(), 6, "completion is no answer");
}

#[test]
fn a_request_that_reaches_nobody_is_mended_by_another_reviewer() {
    let world = World::new(3);
    let mut picture = world.picture();
    picture["owners"][1]["email"] = json!("no address");
    let _ = administrator().put(&format!("/api/v1/inventory/datasources/{}", world.source), picture).expect(200);
    let id = world.active();
    let account = &world.accounts[2];
    let failed = runs(&id, "?response_status=message_delivery_failed");
    assert_eq!(accounts(&failed), [account.as_str()]);
    assert_eq!((&failed[0]["result"], &failed[0]["action_time"]), (&Value::Null, &Value::Null));

    let path = format!("/api/v1/campaigns/{id}/approvals/{account}/reviewer");
    let approval = operator().put(&path, json!({ "reviewer": world.email("lena").to_uppercase() })).expect(200);
    assert_eq!(
        (&approval.body["reviewer"], &approval.body["status"]),
        (&json!(world.email("lena")), &json!("pending"))
    );
    let lines = runs(&id, "");
    let line = line_of(&lines, account);
    assert_eq!(
        (&line["response_status"], &line["approver"]),
        (&json!("pending_response"), &json!(world.email("lena")))
    );
    let lena = world.reviewer("lena");
    let _ = lena
        .post(&format!("/api/v1/campaigns/{id}/approvals/{account}"), json!({ "decision": "approved" }))
        .expect(200);
}

#[test]
fn a_new_reviewer_takes_the_place_of_the_old_one() {
    let world = World::new(3);
    let id = world.active();
    let (account, path) = (&world.accounts[0], format!("/api/v1/campaigns/{id}/approvals/{}", world.accounts[0]));
    let (lena, omar) = (world.reviewer("lena"), world.reviewer("omar"));
    let change = |who: &Persona, body: Value| who.put(&format!("{path}/reviewer"), body);
    campaigns_error(&omar.post(&path, json!({ "decision": "approved" })), 404, "NOT_FOUND");
    let _ = change(&operator(), json!({ "reviewer": world.email("omar") })).expect(200);
    campaigns_error(&lena.post(&path, json!({ "decision": "approved" })), 404, "NOT_FOUND");
    let decided = omar.post(&path, json!({ "decision": "approved" })).expect(200);
    assert_eq!(decided.body["decided_by"], json!(world.email("omar")));

    campaigns_error(&change(&operator(), json!({ "reviewer": world.email("lena") })), 409, "CONFLICT");
    let _ = operator().post_empty(&format!("{path}/undo"));
    let _ = administrator().post_empty(&format!("{path}/undo")).expect(200);
    for (body, field) in [
        (json!({}), "reviewer"),
        (json!({ "reviewer": "lena" }), "reviewer"),
        (json!({ "reviewer": 7 }), "reviewer"),
        (json!({ "reviewer": format!("nobody.{}@corp.example", world.word) }), "reviewer"),
    ] {
        names_field(&change(&operator(), body), field);
    }
    let good = json!({ "reviewer": world.email("lena") });
    for (who, status, code) in
        [(lena, 403, "FORBIDDEN"), (auditor(), 403, "FORBIDDEN"), (world::target().anonymous(), 401, "UNAUTHORIZED")]
    {
        campaigns_error(&change(&who, good.clone()), status, code);
    }
    let unknown = format!("/api/v1/campaigns/{id}/approvals/acct-nobody/reviewer");
    campaigns_error(&operator().put(&unknown, good.clone()), 404, "NOT_FOUND");
    let stale = operator().header("If-Match", "\"99\"").put(&format!("{path}/reviewer"), good.clone());
    assert_eq!(stale.status, 409, "{}", stale.text);
    let _ = administrator().post_empty(&format!("/api/v1/campaigns/{id}/complete")).expect(200);
    campaigns_error(&change(&operator(), good), 409, "CONFLICT");
    assert_eq!(line_of(&runs(&id, ""), account)["approver"], json!(world.email("omar")));
}

#[test]
fn filters_narrow_and_every_order_pages_through_each_line_once() {
    let world = World::new(60);
    let id = decided(&world);
    let first = &world.accounts[0];
    assert_eq!(accounts(&runs(&id, "?user=SON%200000")), [first.as_str()]);
    assert!(runs(&id, "?user=user0000").is_empty(), "the owner's name counts, where there is one");
    for application in [&world.application, &format!("Payroll%20{}", world.word)] {
        assert_eq!(runs(&id, &format!("?application={application}&limit=7")).len(), 60);
    }
    assert!(runs(&id, "?application=Payroll").is_empty());
    let omars = runs(&id, &format!("?approver={}", world.email("omar").to_uppercase()));
    assert_eq!(omars.len(), 60 - world.lenas);
    assert_eq!(runs(&id, "?result=success").len(), 2);
    assert_eq!(runs(&id, "?result=none").len(), 58);
    assert!(runs(&id, "?result=failure").is_empty());
    let answered = runs(&id, "?action_from=2000-01-01T00:00:00Z&sort=action_time");
    assert_eq!(accounts(&answered), [0, 1, 3].map(|n| world.accounts[n].as_str()));
    let at = answered[1]["action_time"].as_str().unwrap();
    assert_eq!(accounts(&runs(&id, &format!("?action_from={at}&action_to={at}"))), [world.accounts[1].as_str()]);
    assert!(runs(&id, "?action_to=2000-01-01T00:00:00Z").is_empty());

    for key in ["user", "application", "approver", "response_status", "action_time", "result"] {
        for sign in ["", "-"] {
            let lines = runs(&id, &format!("?sort={sign}{key}&limit=9"));
            let ids: BTreeSet<&str> = accounts(&lines).into_iter().collect();
            assert_eq!((lines.len(), ids.len()), (60, 60), "{sign}{key}");
            let values: Vec<String> = lines.iter().filter_map(|line| line[key].as_str()).map(comparable).collect();
            let ordered = if sign == "-" { values.is_sorted_by(|a, b| a >= b) } else { values.is_sorted() };
            assert!(ordered, "{sign}{key}: {values:?}");
        }
    }
}

/// A text by which values sort. The digits of a fraction of a second are as many as it takes, so that times do not sort
/// as they are written.
fn comparable(value: &str) -> String {
    let at: Result<jiff::Timestamp, _> = value.parse();
    at.map_or_else(|_| value.to_owned(), |at| format!("{:030}", at.as_nanosecond()))
}

#[test]
fn there_is_no_run_history_before_the_start_and_none_for_reviewers() {
    let world = World::new(3);
    let (draft, active) = (world.draft(), world.active());
    let path = |id: &str, query: &str| format!("/api/v1/campaigns/{id}/run-history{query}");
    campaigns_error(&operator().get(&path(&draft, "")), 409, "CONFLICT");
    let _ = auditor().get(&path(&active, "")).expect(200);
    campaigns_error(&world.reviewer("lena").get(&path(&active, "")), 403, "FORBIDDEN");
    campaigns_error(&world::target().anonymous().get(&path(&active, "")), 401, "UNAUTHORIZED");
    for unknown in ["0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b", "no-id"] {
        campaigns_error(&operator().get(&path(unknown, "")), 404, "NOT_FOUND");
    }
    let (certification, _) = world.certification();
    campaigns_error(&operator().get(&path(&certification, "")), 404, "NOT_FOUND");
    for (query, field) in [
        ("?response_status=maybe", "response_status"),
        ("?result=maybe", "result"),
        ("?action_from=yesterday", "action_from"),
        ("?action_to=2026-09-01", "action_to"),
        ("?sort=risk", "sort"),
        ("?limit=0", "limit"),
        ("?after=nonsense", "after"),
    ] {
        names_field(&operator().get(&path(&active, query)), field);
    }
    let page = operator().get(&path(&active, "?limit=1")).expect(200);
    let after = page.str("/pageInfo/endCursor");
    names_field(&operator().get(&path(&active, &format!("?limit=1&sort=result&after={after}"))), "after");
}
