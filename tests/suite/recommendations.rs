//! What reviewers are advised: stored when a campaign starts, the same for everybody who may see the account.

use serde_json::{Value, json};

use crate::world::{World, administrator, auditor, campaigns_error, operator, start};

fn path(campaign: &str, account: &str) -> String {
    format!("/api/v1/campaigns/{campaign}/approvals/{account}/ai-recommendation")
}

#[test]
fn a_recommendation_says_what_to_do_how_sure_that_is_and_why() {
    let world = World::new(24);
    let id = world.active();
    for account in &world.accounts {
        let answer = operator().get(&path(&id, account)).expect(200);
        assert!(["approve", "review", "reject"].contains(&answer.str("/decision")), "{answer:?}");
        assert!(answer.body["confidence"].as_u64().is_some_and(|confidence| confidence <= 100));
        assert!(!answer.str("/reason").is_empty());
        for list in ["/primary_factors", "/risk_indicators", "/data_gaps"] {
            assert!(answer.list(list).iter().all(Value::is_string), "{answer:?}");
        }
        assert!(answer.str("/generated_at").ends_with('Z'));
    }
}

#[test]
fn a_rarely_held_privileged_account_that_nobody_uses_is_not_waved_through() {
    let world = World::new(90);
    let id = world.active();
    // Alone in a group of high privilege, privileged, unused since 2020, without second factor; the other one is in use.
    let odd = operator().get(&path(&id, &world.accounts[0])).expect(200);
    let usual = operator().get(&path(&id, &world.accounts[1])).expect(200);
    assert_eq!(odd.str("/decision"), "reject");
    assert_eq!(usual.str("/decision"), "approve");
    assert_eq!(odd.list("/primary_factors")[0], "Stale account");
    let indicators: Vec<&str> = odd.list("/risk_indicators").iter().filter_map(Value::as_str).collect();
    assert!(indicators.iter().any(|text| text.starts_with("No sign-in for ")), "{indicators:?}");
    assert!(indicators.iter().any(|text| text.starts_with("0 of ")), "{indicators:?}");
    assert!(usual.list("/data_gaps").contains(&json!("No password change on record")), "{usual:?}");
}

#[test]
fn items_show_the_recommendation_in_short_and_the_single_item_in_full() {
    let world = World::new(12);
    let id = world.active();
    let full = operator().get(&path(&id, &world.accounts[0])).expect(200).body;
    let page = operator().get(&format!("/api/v1/campaigns/{id}/review-items?limit=1")).expect(200);
    let brief = json!({ "decision": full["decision"], "confidence": full["confidence"] });
    assert_eq!(page.list("/review_items")[0]["ai_recommendation"], brief);
    let item = operator().get(&format!("/api/v1/campaigns/{id}/review-items/{}", world.accounts[0])).expect(200);
    assert_eq!(item.body["ai_recommendation"], full);
}

#[test]
fn a_recommendation_stays_as_it_was_when_the_campaign_started() {
    let world = World::new(12);
    let id = world.active();
    let account = &world.accounts[1];
    let before = operator().get(&path(&id, account)).expect(200).body;
    let decided = json!({ "decision": "approved" });
    let _ = operator().post(&format!("/api/v1/campaigns/{id}/approvals/{account}"), decided).expect(200);
    let mut picture = world.picture();
    picture["accounts"][1]["last_login_at"] = json!("2019-01-01T00:00:00Z");
    let _ = administrator().put(&format!("/api/v1/inventory/datasources/{}", world.source), picture).expect(200);
    assert_eq!(operator().get(&path(&id, account)).expect(200).body, before);
    // A campaign that starts now sees it otherwise.
    let later = world.active();
    assert_ne!(operator().get(&path(&later, account)).expect(200).body, before);
}

#[test]
fn a_reviewer_reads_recommendations_on_their_own_accounts_only() {
    let world = World::new(9);
    let id = world.active();
    let omar = world.reviewer("omar");
    let own = omar.get(&path(&id, &world.accounts[8])).expect(200).body;
    assert_eq!(auditor().get(&path(&id, &world.accounts[8])).expect(200).body, own);
    campaigns_error(&omar.get(&path(&id, &world.accounts[0])), 404, "NOT_FOUND");
}

#[test]
fn where_nothing_is_stored_nothing_is_found() {
    let world = World::new(3);
    let draft = world.draft();
    campaigns_error(&operator().get(&path(&draft, &world.accounts[0])), 404, "NOT_FOUND");
    start(&draft);
    campaigns_error(&operator().get(&path(&draft, "acct-nobody")), 404, "NOT_FOUND");
    let unknown = "0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b";
    campaigns_error(&operator().get(&path(unknown, &world.accounts[0])), 404, "NOT_FOUND");
}

#[test]
fn what_the_last_review_decided_is_part_of_the_evidence() {
    let world = World::new(30);
    let first = world.active();
    for (account, decision) in [(1, "rejected"), (3, "approved"), (5, "approved")] {
        let path = format!("/api/v1/campaigns/{first}/approvals/{}", world.accounts[account]);
        let _ = operator().post(&path, json!({ "decision": decision })).expect(200);
    }
    let _ = administrator().post(&format!("/api/v1/campaigns/{first}/complete"), json!({})).expect(200);
    let again = json!({
        "name": format!("Next review {}", world.word),
        "start_date": "2026-12-01T06:00:00Z", "end_date": "2099-12-21T18:00:00Z",
    });
    let next = administrator().post(&format!("/api/v1/campaigns/from-template/{first}"), again).expect(201);
    let next = next.str("/id").to_owned();
    start(&next);
    let told = |account: usize| operator().get(&path(&next, &world.accounts[account])).expect(200);
    let (rejected, approved, unseen) = (told(1), told(3), told(7));
    let indicator = json!("The last review rejected it");
    assert!(rejected.list("/risk_indicators").contains(&indicator), "{rejected:?}");
    assert!(!approved.list("/risk_indicators").contains(&indicator), "{approved:?}");
    let gap = json!("No earlier decisions to learn from");
    assert!(operator().get(&path(&first, &world.accounts[7])).expect(200).list("/data_gaps").contains(&gap));
    assert!(!unseen.list("/data_gaps").contains(&gap), "peers were decided on: {unseen:?}");
}
