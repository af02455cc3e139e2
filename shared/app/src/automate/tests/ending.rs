//! Reviews that automations leave nothing to do in.

use domain::review::CertState;
use domain::settings::{AutoComplete, CompletionRule, Value};
use domain::user::User;
use engine::simulate;

use super::*;
use crate::testing::deaths::{deliver_to_the_end, same_whatever_dies};
use crate::{closing, settings};

const EVERYTHING: &str = "source.id pr";

async fn completing_by_itself(people: usize, rule: Option<CompletionRule>) -> Scene {
    let scene = Scene::new(people).await;
    let put = async |value| settings::put(&scene.stand.deps, &scene.stand.call(), value, None).await.unwrap();
    put(Value::AutoComplete(AutoComplete::Enabled)).await;
    if let Some(rule) = rule {
        put(Value::Completion(rule)).await;
    }
    scene
}

async fn state_of(stand: &Stand, review: ReviewId) -> Certification {
    stand.deps.store.certifications().get(&review).await.unwrap().unwrap().certification
}

#[test]
fn a_certification_completes_at_birth_where_its_automations_leave_nothing_to_do() {
    use CompletionRule::{AllRowsHaveDecision, AllRowsHaveNonRejectedDecision, Anytime};
    let (accepted, rejected) = (Some(Decision::Accepted), Some(Decision::Rejected));
    let finance = "source.department eq \"Finance\"";
    for (case, rule, filter, decision, signed_off, completes) in [
        ("everything is decided and signed off", None, EVERYTHING, accepted, Some(true), true),
        ("rejections are decisions", Some(AllRowsHaveDecision), EVERYTHING, rejected, Some(true), true),
        ("rejections have to be fixed", Some(AllRowsHaveNonRejectedDecision), EVERYTHING, rejected, Some(true), false),
        ("none is rejected", Some(AllRowsHaveNonRejectedDecision), EVERYTHING, accepted, Some(true), true),
        ("at any time is for people", Some(Anytime), finance, accepted, Some(true), false),
        ("by itself it waits for all rows", Some(Anytime), EVERYTHING, accepted, Some(true), true),
        ("nothing is signed off", None, EVERYTHING, accepted, None, false),
        ("rows are left", None, finance, accepted, Some(true), false),
    ] {
        simulate(1, async {
            let scene = completing_by_itself(70, rule).await;
            let automations = vec![automation(1, filter, "", modify(decision, None, signed_off))];
            scene.keep(&automations).await;
            let review = scene.opened(&automations).await;
            let certification = state_of(&scene.stand, review).await;
            let expected = if completes { CertState::Completed } else { CertState::InProgress };
            assert_eq!(certification.state, expected, "{case}");
            assert_eq!(certification.completed_by, completes.then(User::system), "{case}");
            assert_eq!(scene.run(review).await.status, RunStatus::Succeeded, "{case}");
            let told = scene.stand.bus.told().into_iter().map(|(kind, _)| kind);
            let ends: Vec<String> = told.filter(|kind| kind.starts_with("certification.")).collect();
            let all = ["certification.created", "certification.opened", "certification.completed"];
            let from = usize::from(!ends.contains(&all[0].to_owned()));
            assert_eq!(ends, &all[from..all.len() - usize::from(!completes)], "{case}");
        });
    }
}

#[test]
fn one_without_rows_and_one_where_nobody_wants_that_stay_open() {
    simulate(1, async {
        let automations = vec![automation(1, EVERYTHING, "", modify(Some(Decision::Accepted), None, Some(true)))];
        let empty = completing_by_itself(0, None).await;
        empty.keep(&automations).await;
        let review = empty.opened(&automations).await;
        assert_eq!(state_of(&empty.stand, review).await.state, CertState::InProgress);
        let scene = Scene::new(3).await;
        scene.keep(&automations).await;
        let review = scene.opened(&automations).await;
        assert_eq!(state_of(&scene.stand, review).await.state, CertState::InProgress);
    });
}

#[test]
fn a_worker_killed_at_any_call_leaves_a_certification_that_completes_once() {
    let (scene, review, message) = simulate(1, async {
        let scene = completing_by_itself(70, None).await;
        let automations = vec![automation(1, EVERYTHING, "", modify(Some(Decision::Accepted), None, Some(true)))];
        scene.keep(&automations).await;
        let (review, message) = scene.handed_over(&automations).await;
        (scene, review, message)
    });
    let done = async |stand: &Stand| {
        deliver_to_the_end(stand, message.clone()).await;
        stand.engine.revive();
        // What a dead process has not done is done by the schedules.
        let later = stand.ahead(5);
        crate::loading::jobs::sweep::run(&later).await.unwrap();
        closing::finish_due(&later).await.unwrap();
        let certification = state_of(stand, review).await;
        assert_eq!((certification.state, certification.completed_by), (CertState::Completed, Some(User::system())));
    };
    // It is completed some minutes later where the worker died in between.
    let pages = |stand: &Stand| {
        let dump = stand.dump();
        dump.lines().filter(|line| line.contains("#P#")).fold(String::new(), |pages, line| pages + line + "\n")
    };
    same_whatever_dies(&scene.stand, done, pages);
}
