//! The same row in the review before.

use std::time::Duration;

use domain::automation::run::RunStatus;
use domain::decide::Verdict;
use domain::settings::{Expiration, OverdueReviews, UndecidedRows, Value as Chosen};
use engine::{Crash, simulate};
use jiff::SignedDuration;

use super::*;
use crate::automate::{Over, TrialInput, Tried, test};
use crate::automation::{self, ContentInput};
use crate::call::Call;
use crate::error::Error;
use crate::review::DecideInput;
use crate::testing::deaths::deliver_to_the_end;
use crate::{campaign, certification, closing, settings};

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
fn recommendations_learn_from_a_review_that_has_expired_and_not_from_one_that_was_broken_off() {
    simulate(1, async {
        let scene = Scene::new(3).await;
        let expired = decided(&scene).await;
        scene.end(expired, CertificationCommand::Expire).await;
        let terminated = decided(&scene).await;
        scene.end(terminated, CertificationCommand::Terminate { by: administrator() }).await;
        let own = scene.opened(&[]).await;
        let past = crate::loading::evidence::past::previous(&scene.stand.deps, &scene.workflow, &own).await.unwrap();
        assert_eq!(past.map(|previous| previous.review), Some(expired));
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

#[test]
fn the_last_review_that_has_ended_counts_also_where_it_has_no_rows() {
    simulate(1, async {
        let scene = Scene::new(4).await;
        let before = decided(&scene).await;
        scene.end(before, complete()).await;
        assert_eq!(carried(&scene, CARRIED).await, [0]);
        let (empty, message) = scene.ordered_of("Group", &[]).await;
        scene.stand.deliver(&message).await.unwrap();
        scene.stand.drain().await;
        scene.end(empty, complete()).await;
        assert_eq!(carried(&scene, CARRIED).await, [0; 0]);
    });
}

/// Two accounts with what they may do in their application.
fn accounts(first: &[&str], second: &[&str]) -> Picture {
    Sketch::default()
        .node(Family::Application, "app", &[])
        .account("a0000", &[])
        .account("a0001", &[])
        .grant("a0000", "app", first)
        .grant("a0001", "app", second)
        .picture()
}

#[test]
fn in_campaigns_too_what_was_decided_about_less_does_not_carry_over_to_more() {
    simulate(1, async {
        let scene = Scene::new(1).await;
        let (deps, call) = (&scene.stand.deps, || scene.stand.call());
        scene.stand.load("ds", &accounts(&["read"], &["read"])).await.unwrap();
        let attachment = AttachmentBehavior { attach_to_new_workflows: true, opt_in: false };
        let criteria =
            Criteria { filter: String::new(), mutable_filter: "previous.decision eq \"ACCEPTED\"".to_owned() };
        let action = domain::automation::ActionParts {
            decision: Some(Decision::Accepted),
            ..domain::automation::ActionParts::default()
        };
        let content =
            ContentInput { name: "Carry over".to_owned(), attachment, criteria, action, ..ContentInput::default() };
        automation::create(deps, &call(), content).await.unwrap();

        let first = scene.stand.start_campaign().await;
        scene.stand.drain().await;
        for account in ["a0000", "a0001"] {
            let approved = DecideInput { verdict: Verdict::Approved, comment: None };
            review::decide(deps, &call(), first, account, approved).await.unwrap();
        }
        campaign::complete(deps, &call(), first).await.unwrap();

        scene.stand.load("ds", &accounts(&["read", "write"], &["read"])).await.unwrap();
        let template = campaign::TemplateInput {
            name: Some("Again".to_owned()),
            start_date: Some(now()),
            end_date: Some(now() + SignedDuration::from_hours(24)),
        };
        let next = campaign::from_template(deps, &call(), first, template).await.unwrap().campaign.id;
        campaign::start(deps, &call(), next).await.unwrap();
        scene.stand.drain().await;
        let carried: Vec<(String, Decision)> =
            scene.rows(next).await.iter().map(|row| (account(row).to_owned(), row.state.decision)).collect();
        assert_eq!(carried, [("a0000".to_owned(), Decision::None), ("a0001".to_owned(), Decision::Accepted)]);
    });
}

#[test]
fn a_run_that_is_ahead_of_the_rejections_of_the_review_before_does_them_first() {
    for minutes in [0, 15] {
        simulate(minutes, async move {
            let scene = Scene::new(70).await;
            let (deps, call) = (&scene.stand.deps, || scene.stand.call());
            let rejecting = Expiration { undecided: UndecidedRows::AreRejected, note: "too late".to_owned() };
            for value in [Chosen::Overdue(OverdueReviews::Expire), Chosen::Expiration(rejecting)] {
                settings::put(deps, &call(), value, None).await.unwrap();
            }
            let before = decided(&scene).await;
            let due_date = Some(Some(now() + SignedDuration::from_mins(5)));
            let edit = certification::EditInput { due_date, ..certification::EditInput::default() };
            certification::update(deps, &call(), before, edit).await.unwrap();
            assert!(
                closing::expire::expire(&scene.stand.ahead(6), before, now() + SignedDuration::from_mins(6))
                    .await
                    .unwrap()
            );
            let rejections = scene.stand.queue.take().unwrap();
            assert!(matches!(rejections, Message::Evaluate { .. }), "{rejections:?}");

            let tried =
                automation(7, "", "previous.notes eq \"too late\"", modify(Some(Decision::Rejected), None, None));
            scene.keep(std::slice::from_ref(&tried)).await;
            let trial = TrialInput { what: Tried::Kept(tried.id), over: Over::Certification(before), shown: 1 };
            let early = test(deps, &call(), trial.clone()).await;
            assert!(matches!(early, Err(Error::Unavailable(_))), "{early:?}");
            let (review, message) = scene.ordered(&[tried]).await;
            let mut waiting = vec![message];
            while let Some(message) = waiting.pop() {
                let left = Duration::from_secs(minutes * 60);
                scene.stand.deliver_within(&message, &move || left).await.unwrap();
                waiting.extend(scene.stand.queue.take());
            }
            assert_eq!(scene.run(review).await.status, RunStatus::Succeeded);
            let carried: Vec<usize> = scene
                .rows(review)
                .await
                .iter()
                .filter(|row| row.state.decision == Decision::Rejected)
                .map(person)
                .collect();
            assert_eq!(carried, (3..70).collect::<Vec<_>>(), "all but what was decided");

            scene.stand.deliver(&rejections).await.unwrap();
            let rows = scene.rows(before).await;
            assert!(rows.iter().filter(|row| person(row) > 2).all(|row| row.state.version == 1), "rejected once");
            assert_eq!(test(deps, &call(), trial).await.unwrap().matched, 67);
        });
    }
}
