//! Messages leave at least once, and the sweep finds what was forgotten.

use domain::ids::ReviewId;
use domain::page::PageState;
use domain::row::Decision;

use super::{command, decide, later, now, published, run, told, world};
use crate::outbox::Outgoing;
use crate::page::Command;

fn message(n: u128) -> Outgoing {
    Outgoing { kind: "materialise".to_owned(), body: format!("{{\"job\":{n}}}") }
}

async fn written(world: &super::World, n: u128, seconds: i64) -> Vec<crate::outbox::Sent> {
    let mut tx = world.store.write(super::command_id(n), later(seconds));
    tx.send(message(n)).unwrap();
    tx.commit().await.unwrap().outgoing
}

#[test]
fn what_is_marked_is_not_found_by_the_sweep() {
    run(async {
        let world = world();
        let own = written(&world, 1, 0).await;
        world.store.outbox().mark_sent(&own[0], now()).await.unwrap();
        assert_eq!(world.another().outbox().unsent(later(3_600), 10).await.unwrap(), []);
    });
}

#[test]
fn what_could_not_be_sent_is_found_after_a_minute_until_it_is_marked() {
    run(async {
        let world = world();
        let own = written(&world, 1, 0).await;
        assert_eq!(world.store.outbox().unsent(later(59), 10).await.unwrap(), []);
        let found = world.store.outbox().unsent(later(60), 10).await.unwrap();
        assert_eq!(found, own);
        assert_eq!(world.store.outbox().unsent(later(7_200), 10).await.unwrap(), own);
        world.store.outbox().mark_sent(&own[0], later(7_200)).await.unwrap();
        assert_eq!(world.store.outbox().unsent(later(7_300), 10).await.unwrap(), []);
    });
}

/// A decision with its message, `seconds` after the beginning.
async fn decided(store: &crate::Store, review: ReviewId, n: u32, seconds: i64) -> crate::outbox::Sent {
    let command = Command { now: later(seconds), ..command(review, 100 + u128::from(n), "lena") };
    let work = |_, state: &PageState| Ok::<_, ()>(decide(state, 1 << n, Decision::Accepted, None));
    let done = store.pages().commit_and_tell(&command, &[0], work, told).await.unwrap();
    done.messages.into_iter().next().unwrap()
}

#[test]
fn a_later_decision_carries_the_receipt_of_an_earlier_one_for_nothing() {
    run(async {
        let world = world();
        let review = published(&world.store, 100, None).await.id;
        let first = decided(&world.store, review, 0, 0).await;
        world.store.outbox().sent(&first);
        let sweep = world.another();
        assert_eq!(sweep.outbox().unsent(later(60), 10).await.unwrap(), std::slice::from_ref(&first), "nobody knows");
        assert_eq!(world.store.outbox().unsent(later(60), 10).await.unwrap(), [], "but its own process");
        world.engine.reset_usage();
        let second = decided(&world.store, review, 1, 50).await;
        assert!(world.engine.reset_usage().write_units() <= 8.0);
        assert_eq!(sweep.outbox().unsent(later(60), 10).await.unwrap(), []);
        assert_eq!(sweep.outbox().unsent(later(110), 10).await.unwrap(), [second]);
    });
}

#[test]
fn a_receipt_survives_a_decision_that_is_not_written() {
    run(async {
        let world = world();
        let review = published(&world.store, 100, None).await.id;
        let first = decided(&world.store, review, 0, 0).await;
        world.store.outbox().sent(&first);
        let refused =
            world.store.pages().commit_and_tell(&command(review, 7, "lena"), &[0], |_, _| Err(()), told).await;
        assert!(refused.is_err());
        decided(&world.store, review, 1, 50).await;
        assert_eq!(world.another().outbox().unsent(later(60), 10).await.unwrap(), []);
    });
}

#[test]
fn decisions_at_full_speed_keep_the_sweep_idle_and_eight_units_each() {
    run(async {
        let world = world();
        let review = published(&world.store, 100, None).await.id;
        for n in 0..60 {
            world.engine.reset_usage();
            let sent = decided(&world.store, review, n, i64::from(n)).await;
            let usage = world.engine.reset_usage();
            assert!(usage.write_units() <= 8.0, "{n}: {usage:?}");
            world.store.outbox().sent(&sent);
        }
        let left = world.another().outbox().unsent(later(119), 100).await.unwrap();
        assert_eq!(left.len(), 1, "the last one, whose receipt nobody carries");
    });
}

#[test]
fn the_watermark_never_passes_an_unsent_message() {
    run(async {
        let world = world();
        let mut waiting = Vec::new();
        for n in 0..60u128 {
            let own = written(&world, 100 + n, i64::try_from(n).unwrap() * 120).await;
            if n % 7 == 0 {
                waiting.extend(own);
            } else {
                world.store.outbox().mark_sent(&own[0], now()).await.unwrap();
            }
            let _ = world.store.outbox().unsent(later(i64::try_from(n).unwrap() * 120), 2).await.unwrap();
        }
        let mut found = world.store.outbox().unsent(later(100_000), 100).await.unwrap();
        found.sort_by(|a, b| a.id.cmp(&b.id));
        waiting.sort_by(|a, b| a.id.cmp(&b.id));
        assert_eq!(found, waiting);
    });
}

#[test]
fn a_sweep_reads_what_came_since_and_not_all_there_ever_was() {
    run(async {
        let world = world();
        for n in 0..300u128 {
            let own = written(&world, 100 + n, i64::try_from(n).unwrap() * 60).await;
            world.store.outbox().mark_sent(&own[0], now()).await.unwrap();
        }
        let _ = world.store.outbox().unsent(later(300 * 60), 10).await.unwrap();
        world.engine.reset_usage();
        let _ = world.store.outbox().unsent(later(300 * 60), 10).await.unwrap();
        assert!(world.engine.usage().read_units() <= 24.0, "{:?}", world.engine.usage());
    });
}
