//! A worker that dies, is short of time, or hears of its work twice.

use std::time::Duration;

use engine::{Crash, simulate};

use super::*;
use crate::loading::ingestion::ingest::{self, Format, PutInput};
use crate::loading::ingestion::terms::Terms;
use crate::testing::deaths::{deliver_to_the_end, survives_death_at_any_call};

fn automations() -> Vec<Automation> {
    vec![
        automation(
            1,
            "source.department eq \"Finance\"",
            "previous.decision eq \"ACCEPTED\"",
            modify(Some(Decision::Accepted), Some("as before"), Some(true)),
        ),
        automation(2, "source.title pr", "", modify(Some(Decision::Rejected), Some("untitled"), Some(true))),
        automation(3, "source.privileged eq true", "", display(DisplayStyle::Highlight)),
    ]
}

/// A run that was asked for, after a review in which somebody has decided.
async fn asked() -> (Scene, ReviewId, Message) {
    let scene = Scene::new(700).await;
    let automations = automations();
    scene.keep(&automations).await;
    let before = scene.opened(&[]).await;
    for row in [RowId(0), RowId(3), RowId(301)] {
        let input =
            UpdateInput { decision: Some(Decision::Accepted), signed_off: Some(true), ..UpdateInput::default() };
        scene.decide(before, row, input).await;
    }
    scene.end(before, complete()).await;
    let (review, message) = scene.handed_over(&automations).await;
    (scene, review, message)
}

/// More rows than a range holds.
async fn asked_of_ranges() -> (Scene, ReviewId, Message) {
    let scene = Scene::new(1).await;
    let list: String = (0..17_000).map(|user| format!("u{user:05} read\n")).collect();
    let list = PutInput { format: Format::Pairs, name: None, terms: Terms::default(), bytes: list.as_bytes() };
    ingest::put(&scene.stand.deps, &scene.stand.call(), "grants", list).await.unwrap();
    let workflow = workflow::CreateInput {
        name: "Grants".to_owned(),
        description: String::new(),
        notes: String::new(),
        owner: None,
        query: query("Account", "Permission"),
    };
    let workflow = workflow::create(&scene.stand.deps, &scene.stand.call(), workflow).await.unwrap().id;
    let scene = Scene { workflow, ..scene };
    let automations = vec![
        automation(1, "source.name ew \"777\"", "", modify(Some(Decision::Rejected), Some("seven"), Some(true))),
        automation(2, "source.name ew \"7777\"", "", modify(Some(Decision::Accepted), None, None)),
        automation(3, "source.name ew \"333\"", "", display(DisplayStyle::SuggestAccept)),
    ];
    scene.keep(&automations).await;
    let (review, message) = scene.handed_over_of("Permission", &automations).await;
    (scene, review, message)
}

fn of_stand((scene, _, message): (Scene, ReviewId, Message)) -> (Stand, Message) {
    (scene.stand, message)
}

#[test]
fn a_worker_killed_at_any_call_leaves_the_same_table_when_its_message_comes_again() {
    survives_death_at_any_call(async || of_stand(asked().await));
}

#[test]
fn a_worker_killed_at_any_call_of_several_ranges_leaves_the_same_table_whoever_goes_on() {
    survives_death_at_any_call(async || of_stand(asked_of_ranges().await));
}

#[test]
fn a_builder_killed_at_any_call_hands_its_rows_over_once() {
    let original = simulate(1, Scene::new(120));
    let (expected, calls) = simulate(1, async {
        let scene = original.copied();
        scene.keep(&automations()).await;
        let (_, message) = scene.ordered(&automations()).await;
        let before = scene.stand.engine.calls();
        deliver_to_the_end(&scene.stand, message).await;
        (scene.stand.dump(), scene.stand.engine.calls() - before)
    });
    for call in 1..=calls {
        for crash in [Crash::After(call - 1), Crash::During(call)] {
            let dump = simulate(call, async {
                let scene = original.copied();
                scene.keep(&automations()).await;
                let (_, message) = scene.ordered(&automations()).await;
                scene.stand.engine.crash(crash);
                deliver_to_the_end(&scene.stand, message).await;
                // Whatever a dead process had not sent, the sweep sends.
                crate::loading::jobs::sweep::resume(&scene.stand.ahead(60)).await.unwrap();
                while let Some(message) = scene.stand.queue.take() {
                    deliver_to_the_end(&scene.stand, message).await;
                }
                scene.stand.dump()
            });
            let rows =
                |dump: &str| dump.lines().filter(|line| line.contains("#P#")).map(str::to_owned).collect::<Vec<_>>();
            assert!(rows(&dump) == rows(&expected), "{crash:?} of {calls}");
            let open = dump.lines().filter(|line| line.contains("\"in_progress")).count();
            assert!(open <= 1, "{open}");
        }
    }
}

#[test]
fn messages_that_come_twice_late_or_in_any_order_change_nothing() {
    simulate(1, async {
        let (scene, review, message) = asked().await;
        scene.stand.deliver(&message).await.unwrap();
        let expected = scene.stand.dump();
        for _ in 0..3 {
            scene.stand.deliver(&message).await.unwrap();
        }
        let stranger = Message::Automate { job: JobId::new(uuid::Uuid::nil()) };
        scene.stand.deliver(&stranger).await.unwrap();
        assert!(scene.stand.dump() == expected);
        assert_eq!(scene.rows(review).await.len(), 700);
    });
}

#[test]
fn two_workers_at_once_touch_every_row_once() {
    for seed in 0..6 {
        simulate(seed, async {
            let (scene, review, message) = asked().await;
            scene.stand.engine.set_faults(engine::Faults::races(seed)).unwrap();
            let (one, other) = futures::join!(scene.stand.deliver(&message), scene.stand.deliver(&message));
            scene.stand.engine.clear_faults();
            // Whoever met the other may have to be told again.
            if one.is_err() || other.is_err() {
                scene.stand.deliver(&message).await.unwrap();
            }
            let (run, rows) = (scene.run(review).await, scene.rows(review).await);
            assert_eq!(run.status, RunStatus::Succeeded, "seed {seed}");
            assert!(rows.iter().all(|row| row.state.version <= 1), "seed {seed}");
            let touched = rows.iter().filter(|row| row.state.version == 1).count();
            assert_eq!(run.rows_changed, touched as u64, "seed {seed}");
        });
    }
}

#[test]
fn a_worker_short_of_time_hands_over_after_every_range_and_loses_nothing() {
    simulate(1, async {
        let (scene, review, message) = asked_of_ranges().await;
        let mut deliveries = 0;
        let mut next = Some(message);
        while let Some(message) = next {
            scene.stand.deliver_within(&message, &|| Duration::ZERO).await.unwrap();
            deliveries += 1;
            next = scene.stand.queue.take();
        }
        assert_eq!(deliveries, 2);
        let run = scene.run(review).await;
        // 17 end in 777, of these one in 7777, of which two automations want different things, and 17 in 333.
        assert_eq!((run.status, run.rows_matched, run.rows_changed, run.conflicts), (RunStatus::Succeeded, 34, 34, 1));
        let tally = scene.stand.deps.store.certifications().tally(&review).await.unwrap();
        assert_eq!((tally.counts.rejected, tally.counts.accepted, tally.total), (16, 0, 17_000));
    });
}
