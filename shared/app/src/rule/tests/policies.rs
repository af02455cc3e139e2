//! What policies decide, beside rules, and what they only tell.

use std::collections::BTreeMap;

use domain::automatic::Cause;
use domain::ids::PolicyId;
use domain::policy::check::CheckStatus;
use domain::policy::{OnFailure, PolicyKind};
use engine::simulate;

use super::*;
use crate::policy::{self, PolicyInput};

impl Scene {
    /// A policy that is applied to the campaign.
    async fn policy(&self, input: PolicyInput, threshold: Option<f64>) -> PolicyId {
        let (deps, call) = (&self.stand.deps, self.stand.call());
        let made =
            policy::create(deps, &call, PolicyInput { name: Some("A policy".to_owned()), ..input }).await.unwrap();
        policy::apply(deps, &self.stand.call(), self.campaign, made.id, threshold).await.unwrap();
        made.id
    }

    /// What decided about a row.
    async fn cause(&self, row: &RowView) -> Option<Cause> {
        let shown = review::get(&self.stand.deps, &self.stand.call(), self.campaign, row.row, true).await.unwrap();
        shown.log.unwrap().first().and_then(|line| line.cause)
    }
}

fn ceiling(on_failure: OnFailure) -> PolicyInput {
    let kind = Some(PolicyKind::MaxInactivity);
    PolicyInput { kind, limit: Some(90.0), on_failure: Some(on_failure), ..PolicyInput::default() }
}

fn second_factor(on_failure: OnFailure) -> PolicyInput {
    PolicyInput { kind: Some(PolicyKind::MfaForPrivileged), on_failure: Some(on_failure), ..PolicyInput::default() }
}

#[test]
fn the_strongest_wish_of_rules_and_policies_counts_and_the_log_names_what_decided() {
    simulate(1, async {
        let scene = Scene::active(140).await;
        let approve = scene.rule("account.department = 'finance'", Wish::Approve).await;
        let reject = scene.rule("account.account_name = 'user0001'", Wish::Reject).await;
        let unused = scene.policy(ceiling(OnFailure::Reject), None).await;
        // Nobody knows whether they have a second factor: that is looked at, and nothing is taken away for it.
        let unknown = scene.policy(second_factor(OnFailure::Reject), None).await;
        let job = scene.evaluate().await;
        let (mut decided, version) = (0, 1);
        let mut by_cause: BTreeMap<Cause, u64> = BTreeMap::new();
        for (n, row) in scene.rows().await.iter().enumerate() {
            let wanted = match (n, n.is_multiple_of(7), n.is_multiple_of(5), n.is_multiple_of(2)) {
                (1, ..) => (Approval::Rejected, Some(Cause::Rule { id: reject, version })),
                (_, true, ..) => (Approval::Rejected, Some(Cause::Policy { id: unused, version })),
                (_, _, true, _) => (Approval::Flagged, Some(Cause::Policy { id: unknown, version })),
                (_, _, _, true) => (Approval::Approved, Some(Cause::Rule { id: approve, version })),
                _ => (Approval::Pending, None),
            };
            assert_eq!((status(row), scene.cause(row).await), wanted, "{}", account(row));
            decided += u64::from(wanted.1.is_some());
            if let Some(cause) = wanted.1 {
                *by_cause.entry(cause).or_default() += 1;
            }
        }
        assert_eq!((job.total, job.matches, job.applied), (140, decided, decided));
        assert_eq!(job.by_cause.len(), 4);
        for (cause, tally) in &job.by_cause {
            let rows = by_cause[cause];
            assert_eq!((tally.matches, tally.applied), (rows, rows), "{cause:?}");
        }
        let again = scene.evaluate().await;
        assert_eq!((again.matches, again.applied), (decided, 0));
    });
}

#[test]
fn of_a_rule_and_a_policy_that_wish_the_same_the_rule_is_named() {
    simulate(1, async {
        let scene = Scene::active(14).await;
        scene.policy(ceiling(OnFailure::Reject), None).await;
        let rule = scene.rule("account.login_age_days > 90", Wish::Reject).await;
        scene.evaluate().await;
        let rows = scene.rows().await;
        assert_eq!(scene.cause(&rows[7]).await, Some(Cause::Rule { id: rule, version: 1 }));
    });
}

#[test]
fn a_policy_that_only_tells_decides_nothing() {
    simulate(1, async {
        let scene = Scene::active(20).await;
        scene.policy(ceiling(OnFailure::Nothing), None).await;
        let job = scene.evaluate().await;
        assert_eq!((job.total, job.matches, scene.counts().await), (20, 0, [20, 0, 0, 0]));
        let rows = scene.rows().await;
        let checks = policy::checks(&scene.stand.deps, &rows[7]).await.unwrap();
        assert_eq!(checks[0].check.status, CheckStatus::Fail);
    });
}

#[test]
fn policies_that_pass_approve_where_they_are_told_to_and_by_the_threshold_of_the_campaign() {
    simulate(1, async {
        let scene = Scene::active(28).await;
        let approving = PolicyInput { auto_approve: Some(true), ..ceiling(OnFailure::Flag) };
        scene.policy(approving, Some(1_000_000.0)).await;
        scene.evaluate().await;
        assert_eq!(scene.counts().await, [0, 28, 0, 0], "everybody signed in within a million days");
    });
}

#[test]
fn policies_that_are_applied_before_the_start_are_frozen_with_the_rows_and_decide_at_once() {
    simulate(1, async {
        let scene = Scene::draft(28).await;
        let id = scene.policy(ceiling(OnFailure::Flag), None).await;
        scene.policy(second_factor(OnFailure::Nothing), None).await;
        scene.start().await;
        assert_eq!(scene.counts().await, [24, 0, 0, 4]);
        for (n, row) in scene.rows().await.iter().enumerate() {
            let unused = n.is_multiple_of(7);
            let cause = unused.then_some(Cause::Policy { id, version: 1 });
            assert_eq!(scene.cause(row).await, cause, "{}", account(row));
            // What was stored when the rows were built is what anybody reads later.
            let checks = policy::checks(&scene.stand.deps, row).await.unwrap();
            let count = |status| checks.iter().filter(|check| check.check.status == status).count() as i64;
            let stored = ["policies.pass", "policies.fail"].map(|column| row.frozen.int(column));
            assert_eq!(stored, [CheckStatus::Pass, CheckStatus::Fail].map(|status| Some(count(status))), "{n}");
            let triggered = row.frozen.list("risk.triggered").contains(&"policy_failure");
            assert_eq!(triggered, unused || n.is_multiple_of(5), "{n}");
        }
    });
}

#[test]
fn a_policy_decides_the_same_however_often_its_worker_begins_anew() {
    simulate(1, async {
        let scene = Scene::active(140).await;
        scene.policy(ceiling(OnFailure::Reject), None).await;
        let (_, message) = scene.asked().await;
        scene.stand.deliver(&message).await.unwrap();
        let (log, counts) = (scene.log().await, scene.counts().await);
        scene.stand.deliver(&message).await.unwrap();
        assert_eq!((scene.log().await, scene.counts().await), (log, counts));
        assert_eq!(scene.counts().await, [120, 0, 20, 0]);
    });
}

#[test]
fn deleting_and_starting_at_the_same_moment_never_leaves_a_running_campaign_with_a_policy_that_is_gone() {
    for seed in 0..20 {
        simulate(seed, async {
            let scene = Scene::draft(7).await;
            let id = scene.policy(ceiling(OnFailure::Flag), None).await;
            scene.stand.engine.set_faults(engine::Faults::races(seed)).unwrap();
            let (one, other) = (scene.stand.call(), scene.stand.call());
            let (deleted, started) = futures::join!(
                policy::delete(&scene.stand.deps, &one, id),
                crate::campaign::start(&scene.stand.deps, &other, scene.campaign)
            );
            scene.stand.engine.clear_faults();
            started.unwrap();
            let there = policy::get(&scene.stand.deps, &scene.stand.call(), id).await.is_ok();
            assert_eq!(deleted.is_err(), there, "seed {seed}");
            // Whoever was first: a start that came second froze its policies after the deletion.
            scene.stand.drain().await;
            assert_eq!(scene.counts().await[3], i64::from(there), "seed {seed}");
        });
    }
}

#[test]
fn two_who_apply_policies_at_the_same_moment_both_succeed() {
    for seed in 0..20 {
        simulate(seed, async {
            let scene = Scene::draft(3).await;
            let deps = &scene.stand.deps;
            let mut ids = Vec::new();
            for _ in 0..2 {
                let input = PolicyInput { name: Some("A policy".to_owned()), ..ceiling(OnFailure::Nothing) };
                ids.push(policy::create(deps, &scene.stand.call(), input).await.unwrap().id);
            }
            scene.stand.engine.set_faults(engine::Faults::races(seed)).unwrap();
            let (one, other) = (scene.stand.call(), scene.stand.call());
            let (first, second) = futures::join!(
                policy::apply(deps, &one, scene.campaign, ids[0], Some(1.0)),
                policy::apply(deps, &other, scene.campaign, ids[1], None)
            );
            scene.stand.engine.clear_faults();
            assert!(first.is_ok() && second.is_ok(), "seed {seed}");
            let applied = policy::list_applied(deps, &scene.stand.call(), scene.campaign).await.unwrap();
            let mut held: Vec<_> = applied.policies.iter().map(|view| view.policy.id).collect();
            held.sort_unstable();
            ids.sort_unstable();
            assert_eq!((held, applied.version), (ids, 2), "seed {seed}");
        });
    }
}
