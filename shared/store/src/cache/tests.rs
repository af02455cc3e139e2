use std::sync::Arc;

use domain::ids::ReviewId;
use uuid::Uuid;

use super::*;

fn review(n: u128) -> ReviewId {
    ReviewId::new(Uuid::from_u128(n))
}

fn plan(bytes: usize) -> Arc<Plan> {
    Arc::new(Plan { header: "x".repeat(bytes), ..Plan::default() })
}

#[test]
fn the_least_recently_used_goes_first() {
    let cache = Cache::new(100);
    cache.keep_plan(&review(1), 1, plan(40));
    cache.keep_plan(&review(2), 1, plan(40));
    assert!(cache.plan(&review(1), 1).is_some());
    cache.keep_plan(&review(3), 1, plan(40));
    assert!(cache.plan(&review(2), 1).is_none());
    assert!(cache.plan(&review(1), 1).is_some() && cache.plan(&review(3), 1).is_some());
}

#[test]
fn what_is_larger_than_the_whole_cache_drives_nothing_out() {
    let cache = Cache::new(100);
    cache.keep_plan(&review(1), 1, plan(40));
    cache.keep_plan(&review(2), 1, plan(101));
    assert!(cache.plan(&review(1), 1).is_some() && cache.plan(&review(2), 1).is_none());
}

#[test]
fn keeping_the_same_again_is_charged_once() {
    let cache = Cache::new(100);
    cache.keep_plan(&review(1), 1, plan(20));
    for _ in 0..10 {
        cache.keep_plan(&review(2), 1, plan(60));
    }
    assert!(cache.plan(&review(1), 1).is_some());
    assert!(cache.plan(&review(1), 2).is_none(), "another attempt is another layout");
}
