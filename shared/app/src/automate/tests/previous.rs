//! The same row in the review before.

use engine::simulate;

use super::*;

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
