//! The same row in the review before.

use engine::{Crash, simulate};

use super::*;
use crate::call::Call;
use crate::loading::deaths::deliver_to_the_end;

const CARRIED: &str =
    "previous.decision eq \"RESULT_DECISION_ACCEPTED\" and previous.signed_off_state eq \"SIGNED_OFF\"";

fn carrying(mutable_filter: &str) -> Automation {
    automation(1, "", mutable_filter, modify(Some(Decision::Accepted), Some("as before"), Some(true)))
}

/// The people whose rows a run accepts by what was decided before.
async fn carried(scene: &Scene, mutable_filter: &str) -> Vec<usize> {
    let mut automation = carrying(mutable_filter);
    automation.id = AutomationId::new(Uuid::from_u128(u128::from(scene.stand.engine.calls()) + 1_000));
    scene.keep(std::slice::from_ref(&automation)).await;
    let review = scene.opened(&[automation]).await;
    let rows = scene.rows(review).await;
    rows.iter().filter(|row| row.state.decision == Decision::Accepted).map(person).collect()
}

/// A review in which some rows were decided: the first accepted and signed off, the second accepted, the third rejected
/// with a note.
async fn decided(scene: &Scene) -> ReviewId {
    let review = scene.opened(&[]).await;
    let rows = scene.rows(review).await;
    let set = |decision, notes: Option<&str>, signed_off| UpdateInput {
        decision: Some(decision),
        notes: notes.map(str::to_owned),
        signed_off,
        ..UpdateInput::default()
    };
    scene.decide(review, rows[0].row, set(Decision::Accepted, None, Some(true))).await;
    scene.decide(review, rows[1].row, set(Decision::Accepted, None, None)).await;
    scene.decide(review, rows[2].row, set(Decision::Rejected, Some("Left in May"), None)).await;
    review
}

#[test]
fn what_was_decided_before_counts_once_that_review_has_ended() {
    simulate(1, async {
        let scene = Scene::new(6).await;
        let before = decided(&scene).await;
        assert_eq!(carried(&scene, CARRIED).await, [0; 0], "it is still under way");
        scene.end(before, complete()).await;
        assert_eq!(carried(&scene, CARRIED).await, [0]);
        assert_eq!(carried(&scene, "previous.decision eq \"ACCEPTED\"").await, [0, 1]);
        assert_eq!(carried(&scene, "previous.notes co \"MAY\"").await, [2]);
        assert_eq!(carried(&scene, "previous.decision eq \"NONE\"").await, [3, 4, 5], "undecided is not absent");
        assert_eq!(carried(&scene, "previous.signed_off_state eq \"NOT_SIGNED_OFF\"").await, [1, 2, 3, 4, 5]);
        assert_eq!(carried(&scene, "previous.decision ne \"REJECTED\"").await, [0, 1, 3, 4, 5]);
    });
}

#[test]
fn a_review_that_has_expired_counts_and_the_last_one_that_has_ended_does() {
    simulate(1, async {
        let scene = Scene::new(6).await;
        let expired = decided(&scene).await;
        scene.end(expired, CertificationCommand::Expire).await;
        assert_eq!(carried(&scene, CARRIED).await, [0]);
        let later = scene.opened(&[]).await;
        scene.end(later, complete()).await;
        assert_eq!(carried(&scene, CARRIED).await, [0; 0]);
        let terminated = decided(&scene).await;
        scene.end(terminated, CertificationCommand::Terminate { by: administrator() }).await;
        assert_eq!(carried(&scene, CARRIED).await, [0; 0], "one that was broken off has no outcome");
    });
}

#[test]
fn a_row_is_the_same_only_while_both_ends_and_all_permissions_are() {
    simulate(1, async {
        let scene = Scene::new(4).await;
        let before = decided(&scene).await;
        scene.end(before, complete()).await;
        // The first account holds one permission more, the fifth is new.
        let mut changed = organisation(5);
        let write = changed.permission_sets.iter().position(|set| set.raw.len() == 2).unwrap();
        let first = changed.edges.first_mut().unwrap();
        first.permissions = u32::try_from(write).unwrap();
        scene.stand.load("ds", &changed).await.unwrap();
        assert_eq!(carried(&scene, "previous.decision eq \"ACCEPTED\"").await, [1]);
        assert_eq!(carried(&scene, "previous.decision eq \"NONE\" or previous.decision ne \"NONE\"").await, [1, 2, 3]);
    });
}

#[test]
fn without_a_review_before_nothing_holds_of_it() {
    simulate(1, async {
        let scene = Scene::new(3).await;
        assert_eq!(carried(&scene, "previous.decision ne \"REJECTED\"").await, [0; 0]);
        assert_eq!(carried(&scene, "not (previous.decision eq \"REJECTED\")").await, [0; 0]);
    });
}

/// What became of every row, and what the run tells.
async fn outcome(scene: &Scene, review: ReviewId) -> (Vec<Decision>, [u64; 4]) {
    let run = scene.run(review).await;
    let rows = scene.rows(review).await.iter().map(|row| row.state.decision).collect();
    (rows, [run.rows_matched, run.rows_changed, run.conflicts, run.skipped])
}

/// What others do to the review before and beside it between two lives of a worker.
async fn mended(scene: &Scene, before: ReviewId) {
    let rows = scene.rows(before).await;
    let call = Call { now: now() + jiff::SignedDuration::from_secs(1), ..scene.stand.call() };
    for (row, decision) in [(0, Decision::Rejected), (5, Decision::Accepted), (650, Decision::Accepted)] {
        let update = UpdateInput { decision: Some(decision), ..UpdateInput::default() };
        let force = review::ForceInput { update, removal: None };
        review::force(&scene.stand.deps, &call, before, rows[row].row, force).await.unwrap();
    }
    let later = scene.opened(&[]).await;
    scene.end(later, complete()).await;
}

#[test]
fn a_run_that_is_taken_up_again_sees_the_review_before_as_it_saw_it_first() {
    let (scene, before, review, message) = simulate(1, async {
        let scene = Scene::new(700).await;
        let before = scene.opened(&[]).await;
        for row in [0, 3, 301, 640] {
            let input = UpdateInput { decision: Some(Decision::Accepted), ..UpdateInput::default() };
            scene.decide(before, RowId(row), input).await;
        }
        scene.end(before, complete()).await;
        let automations = [carrying("previous.decision eq \"ACCEPTED\"")];
        scene.keep(&automations).await;
        let (review, message) = scene.handed_over(&automations).await;
        (scene, before, review, message)
    });
    let (expected, calls) = simulate(1, async {
        let scene = scene.copied();
        let before = scene.stand.engine.calls();
        deliver_to_the_end(&scene.stand, message.clone()).await;
        let calls = scene.stand.engine.calls() - before;
        (outcome(&scene, review).await, calls)
    });
    assert_eq!(expected.1, [4, 4, 0, 0]);
    let mut seen = 0;
    for call in 1..=calls {
        simulate(call, async {
            let scene = scene.copied();
            scene.stand.engine.crash(Crash::During(call));
            let _died = scene.stand.deliver(&message).await;
            scene.stand.engine.revive();
            let settled = scene.stand.deps.store.jobs().settled(message.job()).await.unwrap().is_some();
            mended(&scene, before).await;
            deliver_to_the_end(&scene.stand, message.clone()).await;
            // Whoever had not looked yet sees what is there by then: a review in which nothing was decided.
            let expected = if settled { expected.clone() } else { (vec![Decision::None; 700], [0; 4]) };
            assert_eq!(outcome(&scene, review).await, expected, "killed at call {call} of {calls}");
            seen += usize::from(settled);
        });
    }
    assert!(seen > 3 && seen < usize::try_from(calls).unwrap(), "{seen} of {calls}");
}
