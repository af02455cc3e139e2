//! From an application to the campaigns that covered it.

use domain::ids::ReviewId;

use super::aggregates::campaign;
use super::{TABLE, World, certification, command_id, later, review_id, run, world};
use crate::keys;
use crate::lookup::IdentityHash;

/// Campaign `n`, started `n` seconds after the first.
async fn covered(world: &World, n: u128, applications: &[&str]) {
    let started = later(i64::try_from(n).unwrap());
    let mut tx = world.store.write(command_id(n), started);
    tx.insert_certification(&certification(n), 1).unwrap();
    tx.insert_campaign(&campaign(n, started)).unwrap();
    let _ = tx.commit().await.unwrap();
    let mut derived = world.store.derived(&review_id(n), 1);
    derived.coverage(started, applications.iter().copied());
    derived.write().await.unwrap();
}

async fn found(world: &World, application: &str, limit: usize) -> Vec<ReviewId> {
    let found = world.store.coverage().campaigns(application, limit).await.unwrap();
    found.into_iter().map(|covered| covered.campaign.id).collect()
}

#[test]
fn campaigns_of_an_application_are_found_the_last_started_first() {
    run(async {
        let world = world();
        for n in [2, 1, 3] {
            covered(&world, n, if n == 2 { &["crm"] } else { &["crm", "payroll"] }).await;
        }
        assert_eq!(found(&world, "crm", 9).await, [3, 2, 1].map(review_id));
        assert_eq!(found(&world, "crm", 2).await, [3, 2].map(review_id));
        assert_eq!(found(&world, "payroll", 9).await, [3, 1].map(review_id));
        assert!(found(&world, "CRM", 9).await.is_empty());
    });
}

#[test]
fn a_deleted_campaign_is_found_as_evidence_and_a_repeated_attempt_once() {
    run(async {
        let world = world();
        covered(&world, 1, &["crm"]).await;
        let mut doomed = campaign(1, later(1));
        (doomed.started_at, doomed.deleted_at) = (Some(later(2)), Some(later(3)));
        let mut tx = world.store.write(command_id(8), later(3));
        tx.update_campaign(&doomed, 1).unwrap();
        tx.delete_certification(&certification(1), 1, 1, true).unwrap();
        let _ = tx.commit().await.unwrap();
        let mut again = world.store.derived(&review_id(1), 2);
        again.coverage(later(1), ["crm"]);
        again.write().await.unwrap();
        assert_eq!(found(&world, "crm", 9).await, [review_id(1)]);
        assert_eq!(world.store.campaigns().get(&review_id(1)).await.unwrap(), None);
    });
}

#[test]
fn an_entry_is_stored_in_its_first_form() {
    run(async {
        let world = world();
        let mut derived = world.store.derived(&review_id(1), 1);
        derived.coverage(later(0), ["crm"]);
        derived.write().await.unwrap();
        let key = keys::coverage("crm", later(0), &review_id(1));
        let line: serde_json::Value = serde_json::from_str(world.engine.dump(TABLE).unwrap().trim()).unwrap();
        assert_eq!((line["pk"]["S"].as_str(), line["sk"]["S"].as_str()), (Some(&*key.pk), Some(&*key.sk)));
        assert_eq!(line["v"]["N"], "1");
        assert_eq!(line.as_object().unwrap().len(), 3);
        assert!(key.pk.starts_with("APP#") && !key.pk.contains("crm"), "what a client wrote is no part of a key");
    });
}

#[test]
fn one_identity_is_looked_up_in_many_certifications_at_once() {
    run(async {
        let world = world();
        let identity = IdentityHash::of(&["acct-1"]);
        for (n, attempt) in [(1, 1), (2, 3)] {
            let rows: Vec<_> = (0..600)
                .map(|row: u32| {
                    let identity = if row == 70 { identity } else { IdentityHash::of(&[&row.to_string()]) };
                    (identity, domain::ids::RowId(row))
                })
                .collect();
            world.store.lookup().write(&review_id(n), attempt, &rows).await.unwrap();
        }
        world.engine.reset_usage();
        let attempts = [(review_id(1), 1, 600), (review_id(2), 3, 600), (review_id(3), 1, 600)];
        let found = world.store.lookup().find_across(&attempts, identity).await.unwrap();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [1, 2].map(|n| (review_id(n), vec![domain::ids::RowId(70)])));
        assert_eq!(world.engine.reset_usage().requests(), 1);
        let absent = world.store.lookup().find_across(&attempts, IdentityHash::of(&["acct-2"])).await.unwrap();
        assert!(absent.is_empty());
    });
}
