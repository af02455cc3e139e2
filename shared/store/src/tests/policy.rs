use domain::ids::{CampaignId, PolicyId};
use domain::policy::{Duty, Effect, Expectation, OnFailure, Policy, PolicyRule, PolicyStatus, Targets};

use super::aggregates::campaign;
use super::{command_id, now, run, user, uuid, world};
use crate::Error;
use crate::policy::{AppliedPolicy, FrozenPolicy};

pub(super) fn policy(n: u128, expectation: Expectation) -> Policy {
    Policy {
        id: PolicyId::new(uuid(n)),
        name: format!("Policy {n}"),
        description: "why".to_owned(),
        expectation,
        targets: Targets {
            applications: vec!["app-1".to_owned()],
            groups: vec!["grp-1".to_owned()],
            account_types: vec!["service".to_owned()],
        },
        on_failure: OnFailure::Flag,
        auto_approve: true,
        priority: 7,
        status: PolicyStatus::Draft,
        created_at: now(),
        created_by: user("ines"),
        updated_at: now(),
        version: 1,
    }
}

pub(super) fn each() -> [Expectation; 6] {
    let duty = |name: &str| Duty { name: name.to_owned(), entitlements: vec!["role-1".to_owned()] };
    let rule = |effect, resources: &[&str]| PolicyRule {
        condition: "account.login_age_days <= 90".to_owned(),
        effect,
        resources: resources.iter().map(|&id| id.to_owned()).collect(),
    };
    let rules = vec![rule(Effect::Allow, &[]), rule(Effect::Deny, &["app-1"]), rule(Effect::Flag, &[])];
    [
        Expectation::MfaForPrivileged,
        Expectation::MaxInactivity { days: 90.5 },
        Expectation::MaxPasswordAge { days: 365.0 },
        Expectation::OwnerRequired,
        Expectation::SeparationOfDuties { duties: vec![duty("enter"), duty("approve")], most: 1.0 },
        Expectation::Guardrail { rules, limit: Some(90.0) },
    ]
}

pub(super) fn applied(n: u128, threshold: Option<f64>) -> AppliedPolicy {
    AppliedPolicy { policy: PolicyId::new(uuid(n)), threshold, applied_at: now(), version: None }
}

#[test]
fn a_policy_is_read_as_it_was_written_whatever_it_expects_and_frozen_but_for_its_description() {
    run(async {
        let world = world();
        for (n, expectation) in (1..).zip(each()) {
            let policy = policy(n, expectation);
            let mut tx = world.store.write(command_id(n), now());
            tx.insert_policy(&policy).unwrap();
            let _ = tx.commit().await.unwrap();
            assert_eq!(world.store.policies().get(&policy.id).await.unwrap().unwrap().value, policy);
            let frozen = serde_json::to_string(&FrozenPolicy::new(&policy, Some(0.5))).unwrap();
            let (thawed, threshold) = serde_json::from_str::<FrozenPolicy>(&frozen).unwrap().thaw();
            assert_eq!((thawed, threshold), (Policy { description: String::new(), ..policy }, Some(0.5)));
        }
        let ids = [5, 99, 2].map(|n| PolicyId::new(uuid(n)));
        let found = world.store.policies().get_many(&ids).await.unwrap();
        assert_eq!(found.iter().map(|policy| policy.id).collect::<Vec<_>>(), [ids[0], ids[2]]);
        let listed = world.store.policies().list(None, 4).await.unwrap();
        assert_eq!((listed.values.len(), listed.more), (4, true));
    });
}

#[test]
fn a_policy_cannot_be_deleted_on_a_picture_of_its_uses_that_is_no_longer_true() {
    run(async {
        let world = world();
        let policy = policy(1, Expectation::OwnerRequired);
        let other = CampaignId::new(uuid(50));
        let mut tx = world.store.write(command_id(1), now());
        tx.insert_policy(&policy).unwrap();
        tx.insert_campaign(&campaign(51, now())).unwrap();
        let _ = tx.commit().await.unwrap();

        let uses = world.store.policies().uses(&policy.id).await.unwrap();
        let mut tx = world.store.write(command_id(2), now());
        tx.apply_policies(&other, &[applied(1, None)], 0, &[(policy.id, true)]).unwrap();
        let _ = tx.commit().await.unwrap();
        let mut tx = world.store.write(command_id(3), now());
        tx.delete_policy(&policy, 1, &uses, &[]).unwrap();
        assert!(matches!(tx.commit().await, Err(Error::Conflict { .. })), "it was applied in between");

        let uses = world.store.policies().uses(&policy.id).await.unwrap();
        assert_eq!(uses.campaigns, [other]);
        let mut tx = world.store.write(command_id(5), now());
        tx.delete_policy(&policy, 1, &uses, &[(CampaignId::new(uuid(51)), 1)]).unwrap();
        let _ = tx.commit().await.unwrap();
        assert_eq!(world.store.policies().get(&policy.id).await.unwrap(), None);

        let mut tx = world.store.write(command_id(6), now());
        tx.apply_policies(&CampaignId::new(uuid(52)), &[applied(1, None)], 0, &[(policy.id, true)]).unwrap();
        assert!(matches!(tx.commit().await, Err(Error::Conflict { .. })), "it was deleted");
    });
}

#[test]
fn of_two_changes_of_a_campaigns_policies_on_the_same_picture_one_is_made() {
    run(async {
        let world = world();
        let campaign = CampaignId::new(uuid(50));
        let apply = async |n: u128, version: u64, threshold: f64| {
            let mut tx = world.store.write(command_id(n), now());
            tx.apply_policies(&campaign, &[applied(1, Some(threshold))], version, &[]).unwrap();
            tx.commit().await.map(|_| ())
        };
        assert_eq!(world.store.policies().applied(&campaign).await.unwrap().version, 0);
        apply(1, 0, 1.0).await.unwrap();
        assert!(matches!(apply(2, 0, 2.0).await, Err(Error::Conflict { .. })));
        apply(3, 1, 3.5).await.unwrap();
        let held = world.store.policies().applied(&campaign).await.unwrap();
        assert_eq!((held.version, held.value), (2, vec![applied(1, Some(3.5))]));
    });
}
