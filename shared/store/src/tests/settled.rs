//! What administrators have settled for everything, as warm functions go by it.

use std::time::Duration;

use domain::settings::{Book, SelfReview, Setting, Value};
use domain::user::UserKey;

use super::{TABLE, World, command_id, key, now, published, run, world};
use crate::Store;
use crate::enter::{Entered, Visit};

type Pairs = Vec<(UserKey, UserKey)>;

/// Has somebody stand in for the first `many` people.
async fn delegate(store: &Store, command: u128, many: usize) -> Result<(), crate::error::Error> {
    let pairs: Pairs = (0..many).map(|n| (key(&format!("original-of-some-length-{n}")), key("lena"))).collect();
    let version = store.standing().delegates().await?.version;
    let mut tx = store.write(command_id(command), now());
    tx.put_delegates(&pairs, version)?;
    tx.commit().await.map(drop)
}

fn book(self_review: SelfReview) -> Book {
    let mut book = Book::default();
    book.put(Value::SelfReview(self_review), 1);
    book
}

async fn enter(store: &Store) -> Entered {
    let (lena, id) = (key("lena"), super::review_id(1));
    let visit = Visit { user: Some(&lena), reach: false, settings: true, ..Visit::default() };
    store.certifications().enter(&id, &visit).await.unwrap()
}

async fn usage(world: &World, store: &Store) -> (u64, f64) {
    world.engine.reset_usage();
    enter(store).await;
    let usage = world.engine.usage();
    (usage.requests(), usage.read_units())
}

#[test]
fn a_warm_function_reads_one_small_item_instead_of_long_lists() {
    run(async {
        let world = world();
        published(&world.store, 100, None).await;
        delegate(&world.store, 20, 900).await.unwrap();
        let warm = world.another();
        let (requests, units) = usage(&world, &warm).await;
        // Who stands in for somebody is looked for on the deny list, too.
        assert!(requests == 2 && units > 10.0, "{requests} requests, {units} units, the first time");
        let (requests, units) = usage(&world, &warm).await;
        // The certification, the versions, and that there is neither campaign nor layout.
        assert!(requests == 1 && units <= 4.0, "{requests} requests, {units} units");
        assert_eq!(enter(&warm).await.originals.len(), 900);
    });
}

#[test]
fn what_another_function_settles_holds_from_the_next_call_on() {
    run(async {
        let world = world();
        published(&world.store, 100, None).await;
        let (warm, other) = (world.another(), world.another());
        let (may, may_not) = (SelfReview::CheckingDisabled, SelfReview::CheckingEnabled);
        for (n, many, self_review) in [(0_u64, 3, may), (1, 0, may_not), (2, 1, may)] {
            let before = enter(&warm).await;
            delegate(&other, 20 + u128::from(n), many).await.unwrap();
            let mut tx = other.write(command_id(40 + u128::from(n)), now());
            tx.put_settings(None, Setting::SelfReview, &book(self_review), n).unwrap();
            let _ = tx.commit().await.unwrap();
            let after = enter(&warm).await;
            assert_eq!(after.originals.len(), many);
            assert_eq!(after.settings, Some(book(self_review)));
            assert_ne!((before.originals, before.settings), (after.originals, after.settings));
            enter(&warm).await;
            assert_eq!(usage(&world, &warm).await.0, 1, "and is kept again");
        }
    });
}

#[test]
fn nobody_stands_in_for_anybody_from_the_moment_that_they_are_denied() {
    run(async {
        let world = world();
        published(&world.store, 100, None).await;
        let (warm, other) = (world.another(), world.another());
        delegate(&other, 20, 2).await.unwrap();
        for (version, denied) in [(0, vec![key("lena")]), (1, vec![]), (2, vec![key("lena")])] {
            let mut tx = other.write(command_id(40 + u128::from(version)), now());
            tx.put_denied(&denied, version).unwrap();
            let _ = tx.commit().await.unwrap();
            let expected = if denied.is_empty() { 2 } else { 0 };
            assert_eq!(enter(&warm).await.originals.len(), expected, "by the list of version {}", version + 1);
        }
    });
}

#[test]
fn a_table_that_does_not_tell_versions_is_read_as_it_is() {
    run(async {
        let world = world();
        published(&world.store, 100, None).await;
        let forget = || {
            let item = serde_json::json!({ "pk": { "S": "SETTLED" }, "sk": { "S": "VERSIONS" } });
            world.engine.put(TABLE, item).unwrap();
        };
        let warm = world.another();
        for many in [2, 5, 1] {
            delegate(&world.store, 20 + many as u128, many).await.unwrap();
            forget();
            assert_eq!(enter(&warm).await.originals.len(), many);
        }
    });
}

/// Settles more and more, and tells how much is known to be settled.
async fn settle(store: Store, known: std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    for many in 1..=8 {
        while delegate(&store, 100 + many as u128, many).await.is_err() {}
        known.store(many, std::sync::atomic::Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[test]
fn nobody_goes_by_what_was_settled_before_in_any_weather() {
    let _ = engine::sim::each_seed(engine::sim::seeds(), async |seed| {
        let world = world();
        let id = published(&world.store, 100, None).await.id;
        world.storm(seed);
        let known = std::sync::Arc::default();
        let settling = tokio::spawn(settle(world.another(), std::sync::Arc::clone(&known)));
        let (warm, lena) = (world.another(), key("lena"));
        let mut last = 0;
        while last < 8 {
            let expected = known.load(std::sync::atomic::Ordering::SeqCst);
            let visit = Visit { user: Some(&lena), ..Visit::default() };
            let Ok(entered) = warm.certifications().enter(&id, &visit).await else { continue };
            let seen = entered.originals.len();
            assert!(seen >= expected, "{seen} are seen, {expected} were settled before");
            last = seen;
        }
        settling.await.unwrap();
    });
}
