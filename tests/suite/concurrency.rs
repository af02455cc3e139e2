//! Many people at once: nothing is lost, nothing counted twice.

use std::sync::Arc;
use std::thread;

use serde_json::json;

use crate::world::{self, World, administrator, operator};

#[test]
fn two_reviewers_deciding_the_same_row_with_the_same_version_leave_one_winner() {
    let world = World::new(3);
    let id = world.active();
    for account in &world.accounts {
        let item = format!("/api/v1/campaigns/{id}/review-items/{account}");
        let etag = operator().get(&item).expect(200).headers["etag"].clone();
        let path = Arc::new(format!("/api/v1/campaigns/{id}/approvals/{account}"));
        let racers: Vec<_> = (0..8)
            .map(|n| {
                let (path, who) = (Arc::clone(&path), operator().header("if-match", &etag));
                thread::spawn(move || {
                    who.post(&path, json!({ "decision": if n % 2 == 0 { "approved" } else { "rejected" } })).status
                })
            })
            .collect();
        let mut statuses: Vec<u16> = racers.into_iter().map(|racer| racer.join().expect("a racer")).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
    }
}

#[test]
fn counts_are_exact_after_many_reviewers_decided_at_once() {
    let world = World::new(120);
    let id = world.active();
    let reviewers = [world.reviewer("lena"), world.reviewer("omar"), operator(), administrator()];
    let accounts = Arc::new(world.accounts.clone());
    let threads: Vec<_> = reviewers
        .into_iter()
        .enumerate()
        .map(|(n, who)| {
            let (id, accounts, lenas) = (id.clone(), Arc::clone(&accounts), world.lenas);
            thread::spawn(move || {
                let mine = match n {
                    0 => &accounts[..lenas],
                    1 => &accounts[lenas..],
                    _ => &accounts[..],
                };
                for (k, account) in mine.iter().enumerate().filter(|(k, _)| (k + n) % 4 != 0) {
                    let decision = ["approved", "rejected", "flagged", "approved"][(k * 7 + n) % 4];
                    let path = format!("/api/v1/campaigns/{id}/approvals/{account}");
                    let _ = who.post(&path, json!({ "decision": decision })).expect(200);
                    if k % 9 == 0 {
                        let undone = who.post_empty(&format!("{path}/undo"));
                        assert!([200, 403, 409].contains(&undone.status), "{}", undone.text);
                    }
                }
                let batch = json!({ "account_ids": &mine[..mine.len() / 3], "decision": "approved" });
                let _ = who.post(&format!("/api/v1/campaigns/{id}/approvals/batch"), batch).expect(200);
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("a reviewer");
    }
    let rows = world::all_pages(&operator(), &format!("/api/v1/campaigns/{id}/approvals"), "approvals");
    assert_eq!(rows.len(), 120);
    let recount = |status: &str| rows.iter().filter(|row| row["status"] == status).count();
    let counts = operator().get(&format!("/api/v1/campaigns/{id}/approvals/counts")).expect(200);
    let expected = json!({ "pending": recount("pending"), "approved": recount("approved"), "rejected": recount("rejected"), "flagged": recount("flagged") });
    assert_eq!(counts.body, expected);
    for (name, range) in [("lena", 0..world.lenas), ("omar", world.lenas..120)] {
        let own = world.reviewer(name).get(&format!("/api/v1/campaigns/{id}/approvals/counts")).expect(200);
        let approved = rows[range].iter().filter(|row| row["status"] == "approved").count();
        assert_eq!(own.body["approved"], json!(approved), "{name}");
    }
}

#[test]
fn no_decision_slips_into_a_completed_campaign() {
    let world = World::new(60);
    let id = world.active();
    let accounts = Arc::new(world.accounts.clone());
    let deciders: Vec<_> = (0..3)
        .map(|n| {
            let (id, accounts) = (id.clone(), Arc::clone(&accounts));
            thread::spawn(move || {
                let mut accepted = Vec::new();
                for account in accounts.iter().skip(n).step_by(3) {
                    let answer = operator().post(
                        &format!("/api/v1/campaigns/{id}/approvals/{account}"),
                        json!({ "decision": "approved" }),
                    );
                    match answer.status {
                        200 => accepted.push(account.clone()),
                        409 => {}
                        other => panic!("{other} {}", answer.text),
                    }
                }
                accepted
            })
        })
        .collect();
    let done = administrator().post_empty(&format!("/api/v1/campaigns/{id}/complete")).expect(200);
    let mut accepted: Vec<String> =
        deciders.into_iter().flat_map(|decider| decider.join().expect("a decider")).collect();
    accepted.sort();
    let rows = world::all_pages(&operator(), &format!("/api/v1/campaigns/{id}/approvals?status=approved"), "approvals");
    let approved: Vec<&str> = rows.iter().map(|row| row["account_id"].as_str().unwrap()).collect();
    assert_eq!(approved, accepted);
    assert_eq!(done.body["progress"]["approved"], json!(accepted.len()));
}
