//! What a campaign that is over shows of its rules and policies, whatever becomes of them.

use domain::ids::PolicyId;
use domain::policy::check::CheckStatus;
use domain::policy::{OnFailure, Policy, PolicyKind};
use domain::rule::Rule;
use engine::simulate;

use super::super as rules;
use super::*;
use crate::policy::{self, PolicyCheck, PolicyInput};
use crate::{Error, campaign};

impl Scene {
    /// A policy of the campaign that rows unused for 90 days do not meet.
    async fn ceiling(&self) -> Policy {
        let (kind, limit, on_failure) = (Some(PolicyKind::MaxInactivity), Some(90.0), Some(OnFailure::Flag));
        let input = PolicyInput { name: Some("Unused".to_owned()), kind, limit, on_failure, ..PolicyInput::default() };
        let made = policy::create(&self.stand.deps, &self.stand.call(), input).await.unwrap();
        policy::apply(&self.stand.deps, &self.stand.call(), self.campaign, made.id, Some(60.0)).await.unwrap();
        made
    }

    /// Everything that anybody reads of rules and policies of the campaign.
    async fn story(&self) -> (Vec<Rule>, Vec<(Policy, Option<f64>)>, Vec<PolicyCheck>) {
        let (deps, call) = (&self.stand.deps, self.stand.call());
        let assigned = rules::list_assigned(deps, &call, self.campaign).await.unwrap().rules;
        let applied = policy::list_applied(deps, &call, self.campaign).await.unwrap().policies;
        let checks = policy::checks(deps, &self.rows().await[7]).await.unwrap();
        let policies = applied.into_iter().map(|view| (view.policy, view.threshold));
        (assigned.into_iter().map(|view| view.rule).collect(), policies.collect(), checks)
    }

    /// Says something else in the rule and the policy.
    async fn rewrite(&self, rule: RuleId, policy: PolicyId) {
        let (deps, call) = (&self.stand.deps, self.stand.call());
        let other = RuleInput { condition: Some("account.privileged = true".to_owned()), ..RuleInput::default() };
        rules::update(deps, &call, rule, other).await.unwrap();
        let other = PolicyInput { limit: Some(1_000_000.0), ..PolicyInput::default() };
        policy::update(deps, &self.stand.call(), policy, other).await.unwrap();
    }
}

#[test]
fn what_decided_in_a_campaign_that_is_over_is_shown_as_it_was_whatever_becomes_of_it() {
    for way in ["completed", "terminated"] {
        simulate(1, async {
            let scene = Scene::active(14).await;
            let (deps, id) = (&scene.stand.deps, scene.campaign);
            let rule = scene.rule("account.login_age_days > 90", Wish::Reject).await;
            let policy = scene.ceiling().await;
            // The last words before the end count, and not the first.
            scene.rewrite(rule, policy.id).await;
            let before = scene.story().await;
            assert_eq!((before.0[0].version, before.1[0].0.version), (2, 2));
            let _ = match way {
                "completed" => campaign::complete(deps, &scene.stand.call(), id).await.unwrap(),
                _ => campaign::terminate(deps, &scene.stand.call(), id).await.unwrap(),
            };
            assert_eq!(scene.story().await, before, "{way}");
            let back = PolicyInput { limit: Some(90.0), status: None, ..PolicyInput::default() };
            policy::update(deps, &scene.stand.call(), policy.id, back).await.unwrap();
            let renamed = RuleInput { name: Some("Another name".to_owned()), ..RuleInput::default() };
            rules::update(deps, &scene.stand.call(), rule, renamed).await.unwrap();
            assert_eq!(scene.story().await, before, "{way}");
            rules::delete(deps, &scene.stand.call(), rule).await.unwrap();
            policy::delete(deps, &scene.stand.call(), policy.id).await.unwrap();
            assert_eq!(scene.story().await, before, "{way}");
        });
    }
}

#[test]
fn a_campaign_that_runs_goes_by_its_rules_and_policies_as_they_are() {
    simulate(1, async {
        let scene = Scene::active(14).await;
        let rule = scene.rule("account.login_age_days > 90", Wish::Reject).await;
        let policy = scene.ceiling().await;
        let (.., checks) = scene.story().await;
        assert_eq!(checks[0].check.status, CheckStatus::Fail);
        policy::apply(&scene.stand.deps, &scene.stand.call(), scene.campaign, policy.id, None).await.unwrap();
        scene.rewrite(rule, policy.id).await;
        let (rules, policies, checks) = scene.story().await;
        assert_eq!((rules[0].version, policies[0].0.version), (2, 2));
        assert_eq!(checks[0].check.status, CheckStatus::Pass);
    });
}

#[test]
fn every_version_that_a_log_may_name_can_be_read() {
    simulate(1, async {
        let scene = Scene::active(3).await;
        let (deps, call) = (&scene.stand.deps, scene.stand.call());
        let first =
            rules::get(deps, &call, scene.rule("account.login_age_days > 90", Wish::Reject).await).await.unwrap();
        let ceiling = scene.ceiling().await;
        scene.rewrite(first.id, ceiling.id).await;
        let second = rules::get(deps, &call, first.id).await.unwrap();
        campaign::complete(deps, &scene.stand.call(), scene.campaign).await.unwrap();
        rules::delete(deps, &scene.stand.call(), first.id).await.unwrap();
        policy::delete(deps, &scene.stand.call(), ceiling.id).await.unwrap();
        assert_eq!(rules::version(deps, &call, first.id, 1).await.unwrap(), first);
        assert_eq!(rules::version(deps, &call, first.id, 2).await.unwrap(), second);
        assert_eq!(policy::version(deps, &call, ceiling.id, 1).await.unwrap(), ceiling);
        assert!(matches!(rules::version(deps, &call, first.id, 3).await, Err(Error::NotFound(_))));
        assert!(matches!(policy::version(deps, &call, ceiling.id, 3).await, Err(Error::NotFound(_))));
    });
}

#[test]
fn a_campaign_made_like_one_that_is_over_goes_by_what_there_is_now() {
    simulate(1, async {
        let scene = Scene::active(3).await;
        let deps = &scene.stand.deps;
        let rule = scene.rule("account.login_age_days > 90", Wish::Reject).await;
        let gone = scene.rule("account.privileged = true", Wish::Flag).await;
        let policy = scene.ceiling().await;
        campaign::complete(deps, &scene.stand.call(), scene.campaign).await.unwrap();
        scene.rewrite(rule, policy.id).await;
        rules::delete(deps, &scene.stand.call(), gone).await.unwrap();
        let now = scene.stand.deps.clock.now();
        let dates = campaign::TemplateInput {
            name: Some("Again".to_owned()),
            start_date: Some(now),
            end_date: now.checked_add(jiff::SignedDuration::from_hours(24)).ok(),
        };
        let made = campaign::from_template(deps, &scene.stand.call(), scene.campaign, dates).await.unwrap();
        let assigned = rules::list_assigned(deps, &scene.stand.call(), made.campaign.id).await.unwrap().rules;
        assert_eq!(assigned.iter().map(|view| (view.rule.id, view.rule.version)).collect::<Vec<_>>(), [(rule, 2)]);
        let applied = policy::list_applied(deps, &scene.stand.call(), made.campaign.id).await.unwrap().policies;
        assert_eq!(
            applied.iter().map(|view| (view.policy.version, view.threshold)).collect::<Vec<_>>(),
            [(2, Some(60.0))]
        );
    });
}
