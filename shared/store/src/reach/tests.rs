use proptest::prelude::*;

use super::*;
use crate::tests::{key, review_id, run, world};

fn any_reach() -> impl Strategy<Value = Reach> {
    let mask = prop_oneof![Just(u64::MAX), any::<u64>(), Just(1u64)];
    proptest::collection::vec((0u32..2_000, 1u32..40, mask), 0..20).prop_map(|runs| {
        let mut reach = Reach::new();
        for (first, length, mask) in runs {
            (first..first + length).for_each(|page| reach.add(page, mask));
        }
        reach
    })
}

proptest! {
    #[test]
    fn a_reach_is_read_back_as_it_was_written(reach in any_reach()) {
        for chunk in reach.chunks().into_values() {
            prop_assert_eq!(codec::decode(&codec::encode(&chunk)), Some(chunk));
        }
        let joined: Reach = reach.chunks().into_values().flat_map(|chunk| chunk.masks).collect();
        prop_assert_eq!(joined, reach);
    }

    #[test]
    fn broken_bytes_are_refused_or_read_but_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let _ = codec::decode(&bytes);
    }
}

#[test]
fn a_stretch_of_full_pages_takes_a_few_bytes() {
    let reach: Reach = (100..1_000).map(|page| (page, u64::MAX)).collect();
    assert!(codec::encode(&reach).len() <= 4);
    assert_eq!(reach.rows(), 900 * 64);
}

#[test]
fn rows_are_added_and_taken_away() {
    let mut reach = Reach::from_iter([(3, 0b111)]);
    reach.remove(3, 0b010);
    reach.add(3, 0b1000);
    reach.add(4, 0);
    reach.remove(9, 1);
    assert_eq!((reach.mask(3), reach.mask(4), reach.rows()), (0b1101, 0, 3));
    reach.remove(3, u64::MAX);
    assert!(reach.is_empty());
}

#[test]
fn rows_are_one_stretch_as_long_as_none_lies_outside() {
    let rows = [(1, 1 << 63), (2, u64::MAX), (3, 0b1)];
    let reach = |stretch| Reach::from_iter(rows).with_stretch(stretch);
    assert!(reach(127..193).is_one_stretch());
    assert!(!reach(128..193).is_one_stretch(), "row 127 lies before it");
    assert!(!reach(127..192).is_one_stretch(), "row 192 lies behind it");
    assert!(!Reach::from_iter(rows).is_one_stretch(), "nobody knows");
    assert!(Reach::new().is_one_stretch());
    let mut moved = reach(127..193);
    moved.add(9, 0b1);
    assert!(!moved.is_one_stretch());
    moved.remove(9, 0b1);
    assert!(moved.is_one_stretch());
}

#[test]
fn every_item_of_a_reach_knows_the_stretch() {
    run(async {
        let world = world();
        let rows: Reach = (0..20_000).map(|page| (page, 0b1)).collect();
        let rows = rows.with_stretch(0..1_280_000);
        world.store.reaches().write_all(&review_id(1), 1, [(key("lena"), rows.clone())]).await.unwrap();
        assert_eq!(world.store.reaches().of(&key("lena"), &review_id(1), 1).await.unwrap(), rows);
        let inbox = world.store.reaches().inbox(&key("lena"), None, 9).await.unwrap();
        assert_eq!(inbox.values.into_iter().map(|reached| reached.reach).collect::<Vec<_>>(), [rows]);
    });
}

#[test]
fn the_inbox_pages_through_certifications_and_leaves_out_those_without_rows() {
    run(async {
        let world = world();
        for n in 1..=5u128 {
            let reach: Reach = (0..3_000).map(|page| (page, 1)).collect();
            let rows = if n == 3 { Reach::from_iter([(0, 0)]) } else { reach };
            world.store.reaches().write_all(&review_id(n), 1, [(key("lena"), rows)]).await.unwrap();
        }
        let first = world.store.reaches().inbox(&key("lena"), None, 2).await.unwrap();
        assert!(first.more);
        assert_eq!(first.values.iter().map(|reached| reached.reach.rows()).collect::<Vec<_>>(), [3_000, 3_000]);
        let last = first.values.last().unwrap().review;
        let rest = world.store.reaches().inbox(&key("lena"), Some(&last), 10).await.unwrap();
        let ids: Vec<_> = rest.values.iter().map(|reached| reached.review).collect();
        assert_eq!((ids, rest.more), (vec![review_id(4), review_id(5)], false));
        assert!(world.store.reaches().inbox(&key("omar"), None, 10).await.unwrap().values.is_empty());
    });
}

#[test]
fn everybody_with_rows_is_on_the_list_of_reviewers() {
    run(async {
        let world = world();
        let all: Vec<_> = (0..700).map(|n| (key(&format!("reviewer{n:03}")), Reach::from_iter([(n, 1)]))).collect();
        world.store.reaches().write_all(&review_id(1), 2, all.clone()).await.unwrap();
        let users = world.store.reaches().users(&review_id(1), 2).await.unwrap();
        assert_eq!(users, all.into_iter().map(|(user, _)| user).collect::<Vec<_>>());
        assert!(world.store.reaches().users(&review_id(1), 1).await.unwrap().is_empty());
    });
}
