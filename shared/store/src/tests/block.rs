//! Blocks: split, joined, kept, and never trusted without their checksums.

use columns::{Batch, ListBuilder, Options, TextBuilder};
use fastrand::Rng;

use super::{review_id, run, world};
use crate::block::PART_BYTES;
use crate::sweep::Swept;
use crate::{Error, lookup::IdentityHash};
use domain::ids::RowId;

/// Rows whose text hardly compresses.
fn block(seed: u64, rows: usize, bytes: usize) -> Vec<u8> {
    let mut random = Rng::with_seed(seed);
    let mut text = TextBuilder::new();
    for _ in 0..rows {
        let value: String = (0..bytes).map(|_| random.alphanumeric()).collect();
        text.push(Some(&value));
    }
    let batch = Batch::of(rows, [text.finish("source.name")]).unwrap();
    columns::encode(&batch, &Options::default()).unwrap()
}

#[test]
fn a_block_of_any_size_is_read_as_it_was_written() {
    run(async {
        let world = world();
        let blocks: Vec<(u32, Vec<u8>)> =
            [(0, 1), (1, 40_000), (2, 2_500)].map(|(n, bytes)| (n, block(u64::from(n), 64, bytes))).into();
        assert!(blocks[1].1.len() > 4 * PART_BYTES);
        world.store.blocks().write(&review_id(1), 1, blocks.clone()).await.unwrap();
        for (number, bytes) in &blocks {
            let read = world.store.blocks().read(&review_id(1), 1, *number).await.unwrap();
            assert_eq!(read.batch().unwrap(), columns::decode(bytes).unwrap());
        }
        let missing = world.store.blocks().read(&review_id(1), 1, 9).await;
        assert!(matches!(missing, Err(Error::NotFound { .. })));
    });
}

#[test]
fn one_row_with_ten_thousand_entitlements_has_its_place() {
    run(async {
        let world = world();
        let mut random = Rng::with_seed(3);
        let mut list = ListBuilder::new();
        let entitlements: Vec<String> = (0..10_000)
            .map(|n| {
                format!("{{\"role\":\"{n}-{:016x}{:016x}{:016x}\"}}", random.u64(..), random.u64(..), random.u64(..))
            })
            .collect();
        list.push(Some(entitlements.iter().map(String::as_str)));
        let batch = Batch::of(1, [list.finish("entitlements.roles")]).unwrap();
        let bytes = columns::encode(&batch, &Options::default()).unwrap();
        world.store.blocks().write(&review_id(1), 1, [(0, bytes)]).await.unwrap();
        let read = world.store.blocks().read(&review_id(1), 1, 0).await.unwrap();
        assert_eq!(read.columns(&["entitlements.roles"]).unwrap(), batch);
    });
}

#[test]
fn many_blocks_come_in_the_order_asked_for_and_warm_ones_without_a_request() {
    run(async {
        let world = world();
        let blocks: Vec<(u32, Vec<u8>)> = (0..300).map(|n| (n, block(u64::from(n), 8, 20))).collect();
        world.store.blocks().write(&review_id(1), 1, blocks).await.unwrap();
        let numbers: Vec<u32> = (0..300).rev().collect();
        world.engine.reset_usage();
        let read = world.store.blocks().read_many(&review_id(1), 1, &numbers).await.unwrap();
        assert_eq!(read.iter().map(|block| block.number()).collect::<Vec<_>>(), numbers);
        assert_eq!(world.engine.reset_usage().requests(), 3);
        let _ = world.store.blocks().read_many(&review_id(1), 1, &numbers).await.unwrap();
        let _ = world.store.blocks().read(&review_id(1), 1, 7).await.unwrap();
        assert_eq!(world.engine.usage().requests(), 0);
        let missing = world.store.blocks().read_many(&review_id(1), 1, &[1, 999]).await;
        assert!(matches!(missing, Err(Error::NotFound { .. })));
    });
}

#[test]
fn the_memory_for_blocks_is_bounded() {
    run(async {
        let world = world();
        let store = world.store.clone().with_cache(100_000);
        let blocks: Vec<(u32, Vec<u8>)> = (0..50).map(|n| (n, block(u64::from(n), 8, 1_000))).collect();
        store.blocks().write(&review_id(1), 1, blocks).await.unwrap();
        let numbers: Vec<u32> = (0..50).collect();
        let _ = store.blocks().read_many(&review_id(1), 1, &numbers).await.unwrap();
        world.engine.reset_usage();
        let _ = store.blocks().read(&review_id(1), 1, 0).await.unwrap();
        assert_eq!(world.engine.usage().requests(), 1, "the first was dropped for later ones");
    });
}

#[test]
fn blocks_survive_bad_weather_and_lagging_reads() {
    for seed in 0..20 {
        engine::simulate(seed, async move {
            let world = world();
            world.storm(seed);
            let blocks: Vec<(u32, Vec<u8>)> = (0..40).map(|n| (n, block(u64::from(n), 64, 300))).collect();
            world.store.blocks().write(&review_id(1), 1, blocks.clone()).await.unwrap();
            let numbers: Vec<u32> = (0..40).collect();
            let read = world.another().blocks().read_many(&review_id(1), 1, &numbers).await.unwrap();
            for (block, (_, bytes)) in read.iter().zip(&blocks) {
                assert_eq!(block.batch().unwrap(), columns::decode(bytes).unwrap(), "seed {seed}");
            }
        });
    }
}

#[test]
fn the_lookup_finds_every_row_and_costs_12_bytes_of_it() {
    run(async {
        let world = world();
        let rows: Vec<(IdentityHash, RowId)> =
            (0..20_000).map(|n| (IdentityHash::of(&["account", &n.to_string()]), RowId(n))).collect();
        world.engine.reset_usage();
        world.store.lookup().write(&review_id(1), 1, &rows).await.unwrap();
        let usage = world.engine.reset_usage();
        assert!(usage.write_units() <= 0.02 * 20_000.0, "{usage:?}");
        for (n, expected) in
            [(0, vec![RowId(0)]), (777, vec![RowId(777)]), (19_999, vec![RowId(19_999)]), (20_000, vec![])]
        {
            let identity = IdentityHash::of(&["account", &n.to_string()]);
            assert_eq!(world.store.lookup().find(&review_id(1), 1, 20_000, identity).await.unwrap(), expected);
        }
        let usage = world.engine.reset_usage();
        assert!(usage.requests() == 4 && usage.read_units() <= 4.0, "{usage:?}");
        let wanted: Vec<IdentityHash> = rows.iter().step_by(40).map(|(hash, _)| *hash).collect();
        let found =
            world.store.lookup().find_many(&review_id(1), 1, 20_000, &wanted, crate::Read::Eventual).await.unwrap();
        assert_eq!(found.len(), wanted.len());
    });
}

#[test]
fn a_dead_attempt_is_swept_to_the_last_item() {
    run(async {
        let world = world();
        let review = review_id(1);
        let before = world.engine.dump(super::TABLE).unwrap();
        let rows: Vec<(IdentityHash, RowId)> =
            (0..2_000).map(|n| (IdentityHash::of(&[&n.to_string()]), RowId(n))).collect();
        let blocks: Vec<(u32, Vec<u8>)> = (0..40).map(|n| (n, block(u64::from(n), 8, 20))).collect();
        world.store.blocks().write(&review, 3, blocks).await.unwrap();
        world.store.lookup().write(&review, 3, &rows).await.unwrap();
        let reach = crate::reach::Reach::from_iter([(0, 1)]);
        world.store.reaches().write_all(&review, 3, [(super::key("lena"), reach)]).await.unwrap();
        let mut tx = world.store.write(super::command_id(9), super::now());
        tx.freeze_inputs(&review, 3, "{}");
        let _ = tx.commit().await.unwrap();
        world.store.certifications().write_plan(&review, 3, &Default::default()).await.unwrap();
        world.store.certifications().write_zones(&review, 3, 0, &[1]).await.unwrap();
        let mut calls = 0;
        while world.store.sweeper().attempt(&review, 3, 2_000, 16).await.unwrap() == Swept::Some {
            calls += 1;
        }
        assert!((1..20).contains(&calls), "{calls} calls");
        assert_eq!(world.engine.dump(super::TABLE).unwrap(), before);
    });
}
