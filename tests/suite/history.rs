//! What other campaigns decided about the same account.

use serde_json::{Value, json};

use crate::world::{World, administrator, auditor, campaigns_error, operator};

fn history(campaign: &str, account: &str) -> Vec<Value> {
    let path = format!("/api/v1/campaigns/{campaign}/review-items/{account}/history");
    operator().get(&path).expect(200).list("/decisions").to_vec()
}

fn decide(campaign: &str, account: &str, body: Value) -> Value {
    operator().post(&format!("/api/v1/campaigns/{campaign}/approvals/{account}"), body).expect(200).body
}

fn named(decisions: &[Value]) -> Vec<&str> {
    decisions.iter().map(|decision| decision["decision"].as_str().expect("a word")).collect()
}

#[test]
fn decisions_of_other_campaigns_are_listed_the_latest_first() {
    let world = World::new(3);
    let account = &world.accounts[1];
    let campaigns: Vec<String> = (0..4).map(|_| world.active()).collect();
    let first = decide(&campaigns[0], account, json!({ "decision": "rejected", "comment": "Left the close team" }));
    let _ = decide(&campaigns[2], account, json!({ "decision": "approved" }));
    let _ = decide(&campaigns[1], account, json!({ "decision": "flagged" }));
    let _ = decide(&campaigns[1], &world.accounts[0], json!({ "decision": "approved" }));

    let decisions = history(&campaigns[3], account);
    assert_eq!(named(&decisions), ["FLAGGED", "APPROVED", "REJECTED"]);
    assert_eq!(
        decisions[2],
        json!({
            "campaign_id": campaigns[0], "campaign_name": format!("Payroll review {}", world.word), "decision": "REJECTED",
            "reviewed_at": first["decided_at"], "reviewed_by": first["decided_by"], "comments": "Left the close team",
        })
    );
    assert_eq!(decisions[1]["comments"], Value::Null);
    assert_eq!(named(&history(&campaigns[1], account)), ["APPROVED", "REJECTED"], "the campaign itself is left out");
    assert!(history(&campaigns[3], &world.accounts[2]).is_empty());
}

#[test]
fn what_was_taken_back_or_decided_anew_is_listed_as_it_stands() {
    let world = World::new(2);
    let (account, earlier, now) = (&world.accounts[0], world.active(), world.active());
    let _ = decide(&earlier, account, json!({ "decision": "approved" }));
    let _ = decide(&earlier, account, json!({ "decision": "rejected" }));
    assert_eq!(named(&history(&now, account)), ["REJECTED"]);
    let undo = format!("/api/v1/campaigns/{earlier}/approvals/{account}/undo");
    let _ = operator().post_empty(&undo).expect(200);
    assert!(history(&now, account).is_empty());
}

#[test]
fn decisions_outlive_the_end_and_the_deletion_of_their_campaign() {
    let world = World::new(2);
    let (account, earlier, now) = (&world.accounts[0], world.active(), world.active());
    let _ = decide(&earlier, account, json!({ "decision": "approved" }));
    let path = format!("/api/v1/campaigns/{earlier}");
    let _ = administrator().post_empty(&format!("{path}/complete")).expect(200);
    assert_eq!(named(&history(&now, account)), ["APPROVED"]);
    let _ = administrator().delete(&path).expect(204);
    let _ = administrator().get(&path).expect(200);
    campaigns_error(&world.reviewer("lena").get(&path), 404, "NOT_FOUND");
    assert_eq!(named(&history(&now, account)), ["APPROVED"]);
}

#[test]
fn a_reviewer_sees_the_history_of_their_own_items_alone() {
    let world = World::new(3);
    let (earlier, now) = (world.active(), world.active());
    let (lenas, omars) = (&world.accounts[0], &world.accounts[2]);
    for account in [lenas, omars] {
        let _ = decide(&earlier, account, json!({ "decision": "approved" }));
    }
    let path = |account: &str| format!("/api/v1/campaigns/{now}/review-items/{account}/history");
    let lena = world.reviewer("lena");
    assert_eq!(lena.get(&path(lenas)).expect(200).list("/decisions").len(), 1);
    campaigns_error(&lena.get(&path(omars)), 404, "NOT_FOUND");
    assert_eq!(auditor().get(&path(omars)).expect(200).list("/decisions").len(), 1);
}

#[test]
fn there_is_no_history_of_what_is_not_in_the_campaign() {
    let world = World::new(2);
    let (draft, active) = (world.draft(), world.active());
    for (campaign, account) in [
        (active.as_str(), "acct-nobody"),
        (draft.as_str(), world.accounts[0].as_str()),
        ("0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b", world.accounts[0].as_str()),
        ("no-id", world.accounts[0].as_str()),
    ] {
        let path = format!("/api/v1/campaigns/{campaign}/review-items/{account}/history");
        campaigns_error(&operator().get(&path), 404, "NOT_FOUND");
    }
    let path = format!("/api/v1/campaigns/{active}/review-items/{}/history", world.accounts[0]);
    campaigns_error(&crate::world::target().anonymous().get(&path), 401, "UNAUTHORIZED");
}
