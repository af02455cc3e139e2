//! A worker that dies, is short of time, or hears of its work twice.

use std::time::Duration;

use engine::simulate;

use super::super::TestInput;
use super::*;
use crate::loading::ingestion::ingest::{self, Format, PutInput};
use crate::loading::ingestion::terms::Terms;
use crate::testing::deaths::survives_death_at_any_call;

/// An evaluation that was asked for: every kind of decision, and rows handed over to as many people as there are rows.
async fn asked() -> (Scene, Message) {
    let scene = Scene::active(200).await;
    scene.rule("account.login_age_days > 180", Wish::Reject).await;
    scene.rule("account.privileged = true", Wish::Flag).await;
    scene.rule("group.is_high_privilege = false OR account.department = 'Sales'", Wish::Approve).await;
    scene.rule_of(assigning("account.department = 'Finance'", ReviewerStrategy::Owner)).await;
    let (_, message) = scene.asked().await;
    (scene, message)
}

/// A condition that is to be tried out.
async fn asked_to_try() -> (Scene, Message) {
    let scene = Scene::draft(100).await;
    let input = TestInput {
        kind: RuleKind::Account,
        condition: "group.is_high_privilege = true AND account.department = 'Sales'".to_owned(),
    };
    super::super::test(&scene.stand.deps, &scene.stand.call(), input).await.unwrap();
    let message = scene.stand.queue.take().unwrap();
    (scene, message)
}

pub(super) fn of_stand((scene, message): (Scene, Message)) -> (Stand, Message) {
    (scene.stand, message)
}

#[test]
fn a_worker_killed_at_any_call_leaves_the_same_table_when_its_message_comes_again() {
    let [pending, approved, rejected, flagged] = simulate(1, async {
        let (scene, message) = asked().await;
        scene.stand.deliver(&message).await.unwrap();
        scene.counts().await
    });
    assert!(pending > 0 && approved > 0 && rejected > 0 && flagged > 0, "every kind of decision is taken");
    survives_death_at_any_call(async || of_stand(asked().await));
}

#[test]
fn a_worker_killed_at_any_call_of_a_trial_counts_the_same() {
    survives_death_at_any_call(async || of_stand(asked_to_try().await));
}

/// A campaign over so many accounts that they are more than one range, and an evaluation that was asked for.
async fn asked_of_ranges() -> (Scene, Message) {
    let stand = Stand::new();
    let list: String = (0..17_000).map(|user| format!("u{user:05} read\n")).collect();
    let list = PutInput { format: Format::Pairs, name: None, terms: Terms::default(), bytes: list.as_bytes() };
    ingest::put(&stand.deps, &stand.call(), "grants", list).await.unwrap();
    let campaign = stand.draft_campaign().await;
    let scene = Scene { stand, campaign };
    scene.start().await;
    scene.rule("account.account_name ENDS WITH '777'", Wish::Reject).await;
    scene.rule("account.account_name ENDS WITH '7777' OR account.account_name ENDS WITH '333'", Wish::Flag).await;
    let (_, message) = scene.asked().await;
    (scene, message)
}

#[test]
fn a_worker_killed_at_any_call_of_several_ranges_leaves_the_same_table_whoever_goes_on() {
    survives_death_at_any_call(async || of_stand(asked_of_ranges().await));
}

#[test]
fn messages_that_come_twice_late_or_in_any_order_change_nothing() {
    simulate(1, async {
        let (scene, message) = asked().await;
        scene.stand.deliver(&message).await.unwrap();
        let expected = scene.stand.dump();
        for _ in 0..3 {
            scene.stand.deliver(&message).await.unwrap();
        }
        assert!(scene.stand.dump() == expected);
        let stranger = Message::Evaluate { job: JobId::new(uuid::Uuid::nil()) };
        scene.stand.deliver(&stranger).await.unwrap();
        assert!(scene.stand.dump() == expected);
    });
}

#[test]
fn two_workers_at_once_decide_every_row_once() {
    for seed in 0..6 {
        simulate(seed, async {
            let (scene, message) = asked().await;
            scene.stand.engine.set_faults(engine::Faults::races(seed)).unwrap();
            let (one, other) = futures::join!(scene.stand.deliver(&message), scene.stand.deliver(&message));
            scene.stand.engine.clear_faults();
            // Whoever met the other may have to be told again.
            if one.is_err() || other.is_err() {
                scene.stand.deliver(&message).await.unwrap();
            }
            let job = super::super::job(&scene.stand.deps, &scene.stand.call(), *message.job()).await.unwrap();
            assert_eq!((job.state, job.processed), (super::super::JobState::Completed, 200), "seed {seed}");
            let rows = scene.rows().await;
            assert!(rows.iter().all(|row| row.state.version <= 1), "seed {seed}");
            let touched = rows.iter().filter(|row| row.state.version == 1).count();
            assert_eq!(job.applied, touched as u64, "seed {seed}");
        });
    }
}

#[test]
fn a_worker_short_of_time_hands_over_after_every_range_and_loses_nothing() {
    let counts = simulate(1, async {
        let (scene, message) = asked_of_ranges().await;
        let job = *message.job();
        let mut deliveries = 0;
        let mut next = Some(message);
        while let Some(message) = next {
            scene.stand.deliver_within(&message, &|| Duration::ZERO).await.unwrap();
            deliveries += 1;
            let job = super::super::job(&scene.stand.deps, &scene.stand.call(), job).await.unwrap();
            assert!(deliveries > 1 || (job.processed == 16_384 && job.samples.len() == 10), "{job:?}");
            next = scene.stand.queue.take();
        }
        assert_eq!(deliveries, 2);
        scene.counts().await
    });
    assert_eq!(counts, [16_966, 0, 17, 17]);
}
