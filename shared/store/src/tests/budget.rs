//! What operations may cost, counted on the engine's meter.

use domain::page::{Act, PageState};
use domain::row::Decision;
use engine::Usage;

use super::{World, command, decide, published, run, world};
use crate::outbox::Outgoing;
use crate::page::{Command, PageWork};

fn decision(n: u128, world: &World, review: domain::ids::ReviewId) -> Command {
    world.engine.reset_usage();
    command(review, n, "lena")
}

/// A message as large as those of decisions.
#[expect(clippy::unnecessary_wraps, reason = "the signature that a commit asks for")]
fn message(_: &[(u32, &[Act])]) -> Option<Outgoing> {
    Some(Outgoing { kind: "rows".to_owned(), body: "x".repeat(400) })
}

fn writes(usage: &Usage) -> (u64, f64) {
    let names = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"];
    (names.iter().map(|name| usage.of(name).requests).sum(), usage.write_units())
}

#[test]
fn one_decision_takes_one_request_and_eight_units_and_two_more_with_a_note() {
    run(async {
        let world = world();
        let review = published(&world.store, 1_000, None).await.id;
        // The page is half full of earlier decisions, by several people.
        for n in 0..32u128 {
            let by = ["lena.brandt", "omar", "ines.ferro"][(n % 3) as usize];
            let work = move |_, state: &PageState| Ok::<_, ()>(decide(state, 1 << (n * 2), Decision::Accepted, None));
            let _ = world.store.pages().commit(&command(review, 100 + n, by), &[0], work).await.unwrap();
        }
        let plain = |_, state: &PageState| Ok::<_, ()>(decide(state, 0b10, Decision::Rejected, None));
        let _ = world.store.pages().commit_and_tell(&decision(10, &world, review), &[0], plain, message).await.unwrap();
        let (requests, units) = writes(&world.engine.usage());
        assert!(requests == 1 && units <= 8.0, "{requests} requests, {units} units");
        assert!(world.engine.usage().read_units() <= 1.0);

        let noted =
            |_, state: &PageState| Ok::<_, ()>(decide(state, 0b1000, Decision::Rejected, Some("left the team")));
        let _ = world.store.pages().commit_and_tell(&decision(11, &world, review), &[0], noted, message).await.unwrap();
        let (requests, units) = writes(&world.engine.usage());
        assert!(requests == 1 && units <= 10.0, "{requests} requests, {units} units");
    });
}

#[test]
fn a_hundred_adjacent_decisions_take_one_request_and_24_units() {
    run(async {
        let world = world();
        let review = published(&world.store, 1_000, None).await.id;
        // Rows 60 to 159 lie on three pages, all of them partly decided before.
        for page in 0..3u32 {
            let work = |_, state: &PageState| Ok::<_, ()>(decide(state, u64::MAX, Decision::Rejected, None));
            let earlier = command(review, 100 + u128::from(page), "omar");
            let _ = world.store.pages().commit(&earlier, &[page], work).await.unwrap();
        }
        let work = |page: u32, state: &PageState| {
            let rows = match page {
                0 => 0xf << 60,
                1 => u64::MAX,
                _ => (1 << 32) - 1,
            };
            Ok::<PageWork, ()>(decide(state, rows, Decision::Accepted, None))
        };
        let done = world
            .store
            .pages()
            .commit_and_tell(&decision(10, &world, review), &[0, 1, 2], work, message)
            .await
            .unwrap();
        let accepted: u32 = done.states.values().map(|state| state.masks().accepted.count_ones()).sum();
        assert_eq!(accepted, 100);
        let usage = world.engine.usage();
        let (requests, units) = writes(&usage);
        assert!(requests == 1 && units <= 24.0, "{requests} requests, {units} units");
        assert!(usage.requests() <= 2 && usage.read_units() <= 4.0, "{usage:?}");
    });
}

#[test]
fn exact_counts_take_one_request_and_four_units() {
    run(async {
        let world = world();
        let review = published(&world.store, 1_000, None).await.id;
        for n in 0..40u128 {
            let work = move |_, state: &PageState| Ok::<_, ()>(decide(state, 1 << n, Decision::Accepted, None));
            let _ = world.store.pages().commit(&command(review, 100 + n, "lena"), &[3], work).await.unwrap();
        }
        world.engine.reset_usage();
        assert_eq!(world.store.certifications().tally(&review).await.unwrap().counts.accepted, 40);
        let usage = world.engine.usage();
        assert!(usage.requests() == 1 && usage.read_units() <= 4.0, "{usage:?}");
    });
}

#[test]
fn scattered_decisions_take_five_units_a_page_more() {
    run(async {
        let world = world();
        let review = published(&world.store, 100_000, None).await.id;
        let pages: Vec<u32> = (0..40).map(|n| n * 17).collect();
        let work = |_, state: &PageState| Ok::<_, ()>(decide(state, 0b10, Decision::Accepted, None));
        let _ =
            world.store.pages().commit_and_tell(&decision(10, &world, review), &pages, work, message).await.unwrap();
        let (requests, units) = writes(&world.engine.usage());
        assert!(requests == 1 && units <= 8.0 + 5.0 * 40.0, "{requests} requests, {units} units");
    });
}

#[test]
fn reading_the_states_of_a_hundred_adjacent_rows_takes_one_request_and_four_units() {
    run(async {
        let world = world();
        let review = published(&world.store, 1_000, None).await.id;
        let work = |_, state: &PageState| Ok::<_, ()>(decide(state, u64::MAX, Decision::Accepted, None));
        let _ = world.store.pages().commit(&command(review, 10, "lena"), &[4, 5, 6], work).await.unwrap();
        world.engine.reset_usage();
        assert_eq!(world.store.pages().states(&review, &[4, 5, 6]).await.unwrap().len(), 3);
        let usage = world.engine.usage();
        assert!(usage.requests() == 1 && usage.read_units() <= 4.0, "{usage:?}");
    });
}

#[test]
fn scanning_every_touched_page_stays_within_9000_units_and_40_requests_per_million_rows() {
    run(async {
        let world = world();
        let rows: u32 = 128_000;
        let review = published(&world.store, rows, None).await.id;
        let pages: Vec<u32> = (0..rows / 64).collect();
        let work = |_, state: &PageState| Ok::<_, ()>(decide(state, u64::MAX, Decision::Accepted, None));
        let _ = world.store.pages().commit(&command(review, 10, "lena.brandt"), &pages, work).await.unwrap();
        world.engine.reset_usage();
        assert_eq!(world.store.pages().touched(&review, 0..rows / 64).await.unwrap().len(), pages.len());
        let usage = world.engine.usage();
        let million = f64::from(rows) / 1e6;
        assert!(usage.read_units() <= 9_000.0 * million, "{usage:?}");
        // One query per stripe of 8,192 rows below a round over all shards, and one per shard and megabyte beyond.
        assert!(usage.requests() <= 16, "{usage:?}");
    });
}

#[test]
fn a_block_of_512_rows_costs_what_it_weighs_and_a_25th_of_a_request() {
    run(async {
        let world = world();
        world.engine.reset_usage();
        let blocks = (0..100u32).map(|n| (n, vec![n as u8; 512 * 100]));
        world.store.blocks().write(&super::review_id(1), 1, blocks).await.unwrap();
        let (requests, units) = writes(&world.engine.usage());
        // 100 bytes a row: 0.1 units, of the 0.15 that everything derived of a row may cost.
        assert!(requests == 4 && units <= 0.1 * 51_200.0, "{requests} requests, {units} units");
    });
}
