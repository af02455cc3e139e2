//! A campaign is opened as its rules have left it, and in any case.

use domain::review::CertState;
use domain::user::UserKey;
use engine::{Crash, simulate};

use super::*;
use crate::rule::JobState;
use crate::testing::deaths::survives_death_at_any_call;

/// A campaign that is being started, whose rows are there, with the message for its rules: every kind of decision, and rows
/// that are handed over.
async fn handed_over() -> (Scene, Message) {
    let scene = Scene::draft(140).await;
    scene.rule("account.login_age_days > 180", Wish::Reject).await;
    scene.rule("account.privileged = true", Wish::Flag).await;
    scene.rule("account.department = 'Sales'", Wish::Approve).await;
    scene.rule_of(assigning("account.department = 'Finance'", ReviewerStrategy::Owner)).await;
    crate::campaign::start(&scene.stand.deps, &scene.stand.call(), scene.campaign).await.unwrap();
    let build = scene.stand.queue.take().unwrap();
    scene.stand.deliver(&build).await.unwrap();
    let message = scene.stand.queue.take().unwrap();
    assert!(matches!(message, Message::Evaluate { .. }), "{message:?}");
    (scene, message)
}

async fn state(scene: &Scene) -> CertState {
    scene.stand.deps.store.certifications().get(&scene.campaign).await.unwrap().unwrap().certification.state
}

#[test]
fn nobody_finds_a_campaign_active_before_its_rules_have_decided() {
    simulate(1, async {
        let (scene, message) = handed_over().await;
        assert_eq!(state(&scene).await, CertState::Searching);
        let refused = super::super::evaluate(&scene.stand.deps, &scene.stand.call(), scene.campaign).await;
        assert!(matches!(refused, Err(crate::Error::Refused(domain::Refusal::NotStarted))), "{refused:?}");
        scene.stand.deliver(&message).await.unwrap();
        assert_eq!(state(&scene).await, CertState::InProgress);
        let [pending, approved, rejected, flagged] = scene.counts().await;
        assert_eq!(pending + approved + rejected + flagged, 140);
        assert_eq!((rejected, flagged), (20, 24));
        let reviewer = UserKey::new("Identity", "p0002").unwrap();
        let reach = scene.stand.deps.store.reaches().of(&reviewer, &scene.campaign, 1).await.unwrap();
        assert_eq!(reach.rows(), 1, "who is given a row before anybody sees it reaches it");
        assert!(scene.stand.queue.take().is_none());
        assert_eq!(scene.evaluate().await.applied, 0, "the next evaluation may be asked for at once");
        let told: Vec<String> = scene.stand.bus.told().into_iter().map(|(kind, _)| kind).collect();
        let opened = told.iter().position(|kind| kind == "campaign.activated").unwrap();
        assert!(told[..opened].iter().any(|kind| kind == "row.decided"), "{told:?}");
        assert!(!told[opened..].iter().any(|kind| kind == "row.decided"), "{told:?}");
    });
}

#[test]
fn a_campaign_whose_first_evaluation_is_called_off_is_opened_all_the_same() {
    simulate(1, async {
        let (scene, message) = handed_over().await;
        assert!(scene.stand.deps.store.jobs().cancel(message.job()).await.unwrap());
        scene.stand.deliver(&message).await.unwrap();
        assert_eq!((state(&scene).await, scene.counts().await), (CertState::InProgress, [140, 0, 0, 0]));
        let job = super::super::job(&scene.stand.deps, &scene.stand.call(), *message.job()).await.unwrap();
        assert_eq!(job.state, JobState::Cancelled);
        assert!(scene.evaluate().await.applied > 0);
    });
}

#[test]
fn a_campaign_whose_first_evaluation_kills_its_workers_is_opened_all_the_same() {
    simulate(1, async {
        let (scene, message) = handed_over().await;
        for _ in 0..8 {
            scene.stand.engine.crash(Crash::After(3));
            let _ = scene.stand.deliver(&message).await;
            scene.stand.engine.revive();
        }
        scene.stand.deliver(&message).await.unwrap();
        assert_eq!(state(&scene).await, CertState::InProgress);
        let job = super::super::job(&scene.stand.deps, &scene.stand.call(), *message.job()).await.unwrap();
        assert_eq!(job.state, JobState::Failed);
    });
}

#[test]
fn a_worker_killed_at_any_call_opens_the_same_campaign_when_its_message_comes_again() {
    survives_death_at_any_call(async || super::crash::of_stand(handed_over().await));
}
