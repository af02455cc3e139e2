//! A hundred thousand rows, with messages that come twice, late, in any order, or to a worker that dies.

use std::time::Duration;

use domain::automation::run::RunStatus;
use domain::counts::Counts;
use engine::{Crash, simulate};

use super::*;
use crate::loading::ingestion::ingest::{self, Format, PutInput};
use crate::loading::ingestion::terms::Terms;

/// How many rows: all of them where somebody asks for that, else enough for several ranges.
fn size() -> u32 {
    std::env::var("AUTOMATE_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(40_000)
}

fn count(rows: u32, is_it: impl Fn(u32) -> bool) -> u64 {
    (0..rows).filter(|n| is_it(*n)).count() as u64
}

#[test]
fn every_row_is_touched_once_whatever_happens_to_the_messages() {
    simulate(1, async {
        let rows = size();
        let scene = Scene::new(1).await;
        let list: String = (0..rows).map(|user| format!("u{user:06} read\n")).collect();
        let list = PutInput { format: Format::Pairs, name: None, terms: Terms::default(), bytes: list.as_bytes() };
        ingest::put(&scene.stand.deps, &scene.stand.call(), "grants", list).await.unwrap();
        let automations = vec![
            automation(1, "source.name ew \"7\"", "", modify(Some(Decision::Rejected), Some("seven"), Some(true))),
            automation(2, "source.name ew \"77\"", "", modify(Some(Decision::Accepted), None, None)),
            automation(3, "source.name ew \"3\"", "", display(DisplayStyle::SuggestAccept)),
        ];
        scene.keep(&automations).await;
        let (review, message) = scene.handed_over_of("Permission", &automations).await;
        let mut draw = fastrand::Rng::with_seed(7);
        scene.stand.engine.reset_usage();
        let mut waiting = vec![message.clone(), message];
        let mut deliveries = 0;
        while !waiting.is_empty() {
            // Any of them, now and then twice; sometimes the worker dies and its message comes again.
            let next = waiting.swap_remove(draw.usize(..waiting.len()));
            deliveries += 1;
            if draw.u8(..3) == 0 && deliveries < 40 {
                scene.stand.engine.crash(Crash::During(draw.u64(1..30)));
            }
            let done = scene.stand.deliver_within(&next, &|| Duration::ZERO).await.is_ok();
            scene.stand.engine.revive();
            if !done || draw.u8(..4) == 0 && deliveries < 40 {
                waiting.push(next);
            }
            while let Some(message) = scene.stand.queue.take() {
                waiting.push(message);
            }
        }
        let usage = scene.stand.engine.reset_usage();
        let run = scene.run(review).await;
        let (sevens, both, threes) =
            (count(rows, |n| n % 10 == 7), count(rows, |n| n % 100 == 77), count(rows, |n| n % 10 == 3));
        assert_eq!((run.status, run.error.as_str()), (RunStatus::Succeeded, ""));
        assert_eq!((run.rows_matched, run.rows_changed), (sevens + threes, sevens + threes));
        // Two decide differently, so that the sign-off has no decision either.
        assert_eq!((run.conflicts, run.skipped), (both, both));
        let store = &scene.stand.deps.store;
        let tally = store.certifications().tally(&review).await.unwrap();
        let states = store.pages().touched(&review, 0..rows.div_ceil(64)).await.unwrap();
        assert_eq!(tally.counts, states.values().map(|state| state.masks().counts()).sum::<Counts>());
        assert_eq!((tally.counts.rejected, tally.total), (i64::try_from(sevens - both).unwrap(), i64::from(rows)));
        assert!(states.values().flat_map(|state| state.rows()).all(|(_, row)| row.version == 1));
        assert_eq!(store.pages().broken(&review, 0..64).await.unwrap(), []);
        println!(
            "{rows} rows: {deliveries} deliveries, {} changed, {} conflicts; {:.0} read units, {:.0} write units, {} requests",
            run.rows_changed,
            run.conflicts,
            usage.read_units(),
            usage.write_units(),
            usage.requests()
        );
    });
}
