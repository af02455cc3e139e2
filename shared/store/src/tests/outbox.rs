//! Messages leave at least once, and the sweep finds what was forgotten.

use super::{later, now, run, world};
use crate::outbox::Outgoing;

fn message(n: u128) -> Outgoing {
    Outgoing { kind: "materialise".to_owned(), body: format!("{{\"job\":{n}}}") }
}

async fn written(world: &super::World, n: u128, seconds: i64) -> Vec<crate::outbox::Sent> {
    let mut tx = world.store.write(super::command_id(n), later(seconds));
    tx.send(message(n)).unwrap();
    tx.commit().await.unwrap().outgoing
}

#[test]
fn what_is_sent_at_once_is_not_found_by_the_sweep() {
    run(async {
        let world = world();
        let own = written(&world, 1, 0).await;
        let mut seen = Vec::new();
        let outbox = world.store.outbox();
        let send = async |sent: &crate::outbox::Sent| {
            seen.push(sent.message.clone());
            Ok::<(), String>(())
        };
        assert!(outbox.send_own(&own, now(), send).await.unwrap().is_empty());
        assert_eq!(seen, [message(1)]);
        assert_eq!(world.store.outbox().unsent(later(3_600), 10).await.unwrap(), []);
    });
}

#[test]
fn what_could_not_be_sent_is_found_after_a_minute_until_it_is_marked() {
    run(async {
        let world = world();
        let own = written(&world, 1, 0).await;
        let refused = world.store.outbox().send_own(&own, now(), async |_| Err("queue is down")).await.unwrap();
        assert_eq!(refused, ["queue is down"]);
        assert_eq!(world.store.outbox().unsent(later(59), 10).await.unwrap(), []);
        let found = world.store.outbox().unsent(later(60), 10).await.unwrap();
        assert_eq!(found, own);
        assert_eq!(world.store.outbox().unsent(later(7_200), 10).await.unwrap(), own);
        world.store.outbox().mark_sent(&own[0], later(7_200)).await.unwrap();
        assert_eq!(world.store.outbox().unsent(later(7_300), 10).await.unwrap(), []);
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
