//! A rule is deleted only while no running campaign uses it.

use domain::Refusal;
use engine::simulate;

use super::super as rules;
use super::*;
use crate::Error;

async fn delete(scene: &Scene, rule: RuleId) -> Result<(), Error> {
    rules::delete(&scene.stand.deps, &scene.stand.call(), rule).await
}

fn in_use(outcome: &Result<(), Error>) -> bool {
    matches!(outcome, Err(Error::Refused(Refusal::InUse { what: "rule" })))
}

#[test]
fn a_rule_of_a_running_campaign_is_kept_until_it_is_disabled_or_the_campaign_is_over() {
    simulate(1, async {
        let scene = Scene::active(3).await;
        let (deps, id) = (&scene.stand.deps, scene.campaign);
        let rule = scene.rule("account.privileged = true", Wish::Flag).await;
        assert!(in_use(&delete(&scene, rule).await));
        rules::enable(deps, &scene.stand.call(), id, rule, false).await.unwrap();
        delete(&scene, rule).await.unwrap();
        assert!(rules::list_assigned(deps, &scene.stand.call(), id).await.unwrap().rules.is_empty());

        let rule = scene.rule("account.privileged = true", Wish::Flag).await;
        rules::remove(deps, &scene.stand.call(), id, rule).await.unwrap();
        delete(&scene, rule).await.unwrap();

        let rule = scene.rule("account.privileged = true", Wish::Flag).await;
        crate::campaign::complete(deps, &scene.stand.call(), id).await.unwrap();
        delete(&scene, rule).await.unwrap();
        assert!(matches!(rules::get(deps, &scene.stand.call(), rule).await, Err(Error::NotFound(_))));
    });
}

#[test]
fn a_draft_loses_a_deleted_rule_and_a_campaign_that_is_being_started_keeps_it() {
    simulate(1, async {
        let scene = Scene::draft(3).await;
        let [first, second] = [
            scene.rule("account.privileged = true", Wish::Flag).await,
            scene.rule("account.privileged = false", Wish::Approve).await,
        ];
        delete(&scene, first).await.unwrap();
        crate::campaign::start(&scene.stand.deps, &scene.stand.call(), scene.campaign).await.unwrap();
        assert!(in_use(&delete(&scene, second).await), "its rows are being collected");
        scene.stand.drain().await;
        assert!(in_use(&delete(&scene, second).await));
        let left = rules::list_assigned(&scene.stand.deps, &scene.stand.call(), scene.campaign).await.unwrap().rules;
        assert_eq!(left.iter().map(|view| view.rule.id).collect::<Vec<_>>(), [second]);
    });
}

#[test]
fn deleting_and_starting_at_the_same_moment_never_leaves_a_running_campaign_with_a_rule_that_is_gone() {
    for seed in 0..40 {
        simulate(seed, async {
            let scene = Scene::draft(3).await;
            let rule = scene.rule("account.privileged = true", Wish::Flag).await;
            scene.stand.engine.set_faults(engine::Faults::races(seed)).unwrap();
            let (one, other) = (scene.stand.call(), scene.stand.call());
            let (deleted, started) = futures::join!(
                rules::delete(&scene.stand.deps, &one, rule),
                crate::campaign::start(&scene.stand.deps, &other, scene.campaign)
            );
            scene.stand.engine.clear_faults();
            started.unwrap();
            let there = rules::get(&scene.stand.deps, &scene.stand.call(), rule).await.is_ok();
            assert_eq!(deleted.is_err(), there, "seed {seed}");
            // Whoever was first: a start that came second froze its rules after the deletion.
            scene.stand.drain().await;
            let flagged = scene.counts().await[3];
            assert_eq!(flagged > 0, there, "seed {seed}");
        });
    }
}
