use domain::ids::{CampaignId, JobId, RuleId};
use domain::rule::{NewReviewer, Rule, RuleAction, RuleKind, RuleStatus};

use super::aggregates::campaign;
use super::{command_id, later, now, run, user, uuid, world};
use crate::Error;
use crate::rule::AssignedRule;

pub(super) fn rule(n: u128) -> Rule {
    Rule {
        id: RuleId::new(uuid(n)),
        name: format!("Rule {n}"),
        description: "why".to_owned(),
        kind: RuleKind::Owner,
        condition: "owner.status = 'left'".to_owned(),
        action: RuleAction::Assign(NewReviewer::Given(user("omar"))),
        status: RuleStatus::Active,
        created_at: now(),
        created_by: user("ines"),
        updated_at: now(),
        version: 1,
    }
}

pub(super) fn assigned(n: u128, enabled: bool) -> AssignedRule {
    AssignedRule { rule: RuleId::new(uuid(n)), enabled, assigned_at: now(), version: None }
}

#[test]
fn a_rule_is_read_as_it_was_written_whatever_it_does() {
    run(async {
        let world = world();
        let actions = [
            RuleAction::Approve,
            RuleAction::Reject,
            RuleAction::Flag,
            RuleAction::Assign(NewReviewer::Owner),
            RuleAction::Assign(NewReviewer::Manager),
            RuleAction::Assign(NewReviewer::Given(user("omar"))),
        ];
        for (n, action) in (1..).zip(actions) {
            let rule = Rule { action, ..rule(n) };
            let mut tx = world.store.write(command_id(n), now());
            tx.insert_rule(&rule).unwrap();
            let _ = tx.commit().await.unwrap();
            assert_eq!(world.store.rules().get(&rule.id).await.unwrap().unwrap().value, rule);
        }
        let ids = [5, 99, 2].map(|n| RuleId::new(uuid(n)));
        let found = world.store.rules().get_many(&ids).await.unwrap();
        assert_eq!(found.iter().map(|rule| rule.id).collect::<Vec<_>>(), [ids[0], ids[2]]);
    });
}

#[test]
fn every_version_of_a_rule_stays_readable_also_after_its_deletion() {
    run(async {
        let world = world();
        let first = rule(1);
        let mut tx = world.store.write(command_id(1), now());
        tx.insert_rule(&first).unwrap();
        let _ = tx.commit().await.unwrap();
        let second = Rule { condition: "account.privileged = true".to_owned(), version: 2, ..first.clone() };
        let mut tx = world.store.write(command_id(2), later(1));
        tx.update_rule(&second, &first).unwrap();
        let _ = tx.commit().await.unwrap();
        let all = [(first.id, 2), (first.id, 1)];
        let both = vec![second.clone(), first.clone()];
        assert_eq!(world.store.rules().versions(&all).await.unwrap(), both);

        let uses = world.store.rules().uses(&first.id).await.unwrap();
        let mut tx = world.store.write(command_id(3), later(2));
        tx.delete_rule(&second, 2, &uses, &[]).unwrap();
        let _ = tx.commit().await.unwrap();
        assert_eq!(world.store.rules().versions(&all).await.unwrap(), both);
        for never in [0, 3, 4] {
            assert_eq!(world.store.rules().version(&first.id, never).await.unwrap(), None, "{never}");
            assert!(world.store.rules().versions(&[(first.id, never)]).await.is_err(), "{never}");
        }
    });
}

#[test]
fn a_rule_cannot_be_deleted_on_a_picture_of_its_uses_that_is_no_longer_true() {
    run(async {
        let world = world();
        let rule = rule(1);
        let other = CampaignId::new(uuid(50));
        let mut tx = world.store.write(command_id(1), now());
        tx.insert_rule(&rule).unwrap();
        tx.insert_campaign(&campaign(51, now())).unwrap();
        let _ = tx.commit().await.unwrap();

        let uses = world.store.rules().uses(&rule.id).await.unwrap();
        let mut tx = world.store.write(command_id(2), now());
        tx.assign_rules(&other, &[assigned(1, true)], 0, &[(rule.id, true)]).unwrap();
        let _ = tx.commit().await.unwrap();
        let mut tx = world.store.write(command_id(3), now());
        tx.delete_rule(&rule, 1, &uses, &[]).unwrap();
        assert!(matches!(tx.commit().await, Err(Error::Conflict { .. })), "it was enabled in between");

        let uses = world.store.rules().uses(&rule.id).await.unwrap();
        assert_eq!(uses.campaigns, [other]);
        let waiting = [(CampaignId::new(uuid(51)), 9)];
        let mut tx = world.store.write(command_id(4), now());
        tx.delete_rule(&rule, 1, &uses, &waiting).unwrap();
        assert!(matches!(tx.commit().await, Err(Error::Conflict { .. })), "a campaign has changed in between");
        let mut tx = world.store.write(command_id(5), now());
        tx.delete_rule(&rule, 1, &uses, &[(CampaignId::new(uuid(51)), 1)]).unwrap();
        let _ = tx.commit().await.unwrap();
        assert_eq!(world.store.rules().get(&rule.id).await.unwrap(), None);

        let mut tx = world.store.write(command_id(6), now());
        tx.assign_rules(&CampaignId::new(uuid(52)), &[assigned(1, true)], 0, &[(rule.id, true)]).unwrap();
        assert!(matches!(tx.commit().await, Err(Error::Conflict { .. })), "it was deleted");
    });
}

#[test]
fn uses_follow_what_is_switched() {
    run(async {
        let world = world();
        let ids = [1, 2].map(|n| RuleId::new(uuid(n)));
        let campaigns = [50, 51].map(|n| CampaignId::new(uuid(n)));
        for (n, campaign) in (1..).zip(&campaigns) {
            let mut tx = world.store.write(command_id(n), now());
            let list = [assigned(1, true), assigned(2, true)];
            tx.assign_rules(campaign, &list, 0, &ids.map(|id| (id, true))).unwrap();
            let _ = tx.commit().await.unwrap();
        }
        let mut tx = world.store.write(command_id(3), now());
        tx.assign_rules(&campaigns[0], &[assigned(1, false), assigned(2, true)], 1, &[(ids[0], false)]).unwrap();
        let _ = tx.commit().await.unwrap();
        let rules = world.store.rules();
        let first = rules.uses(&ids[0]).await.unwrap().campaigns;
        let mut second = rules.uses(&ids[1]).await.unwrap().campaigns;
        second.sort_unstable();
        assert_eq!((first, second), (vec![campaigns[1]], campaigns.to_vec()));
        let held = world.store.rules().assigned(&campaigns[0]).await.unwrap();
        assert_eq!((held.version, held.value), (2, vec![assigned(1, false), assigned(2, true)]));
        assert_eq!(world.store.rules().assigned(&CampaignId::new(uuid(77))).await.unwrap().version, 0);
    });
}

#[test]
fn of_two_evaluations_that_begin_on_the_same_picture_one_does() {
    run(async {
        let world = world();
        let campaign = CampaignId::new(uuid(50));
        let begin = async |n: u128, version: u64| {
            let mut tx = world.store.write(command_id(n), later(1));
            tx.begin_evaluation(&campaign, JobId::new(uuid(n)), version).unwrap();
            tx.commit().await.map(|_| ())
        };
        assert_eq!(world.store.rules().evaluation(&campaign).await.unwrap(), None);
        begin(1, 0).await.unwrap();
        assert!(matches!(begin(2, 0).await, Err(Error::Conflict { .. })));
        begin(3, 1).await.unwrap();
        assert!(matches!(begin(4, 1).await, Err(Error::Conflict { .. })));
        let last = world.store.rules().evaluation(&campaign).await.unwrap().unwrap();
        assert_eq!((last.value, last.version), (JobId::new(uuid(3)), 2));
    });
}
