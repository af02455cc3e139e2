use domain::ids::ReviewId;
use domain::note::NoteTag;
use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn review() -> ReviewId {
    ReviewId::new(Uuid::from_u128(7))
}

/// The most that the table takes.
const MAX_PARTITION: usize = 2_048;
const MAX_SORT: usize = 1_024;

proptest! {
    #[test]
    fn sort_keys_order_as_their_values_do(a in 0u32..1_000_000, b in 0u32..1_000_000, s in any::<u32>(), t in any::<u32>()) {
        let review = review();
        let (seq_a, seq_b) = (u64::from(s), u64::from(t));
        prop_assert_eq!(state_sort(a).cmp(&state_sort(b)), a.cmp(&b));
        prop_assert_eq!(block(&review, 1, a).sk.cmp(&block(&review, 1, b).sk), a.cmp(&b));
        prop_assert_eq!(zones(&review, 1, a).sk.cmp(&zones(&review, 1, b).sk), a.cmp(&b));
        let logs = (log(&review, a, seq_a).sk, log(&review, b, seq_b).sk);
        prop_assert_eq!(logs.0.cmp(&logs.1), (a, seq_a).cmp(&(b, seq_b)));
        let tag = NoteTag([0; 8]);
        let notes = (note(&review, a, seq_a, &tag).sk, note(&review, b, seq_b, &tag).sk);
        prop_assert_eq!(notes.0.cmp(&notes.1), (a, seq_a).cmp(&(b, seq_b)));
    }

    #[test]
    fn times_order_as_text_both_ways(a in 0i64..253_402_300_799_999, b in 0i64..253_402_300_799_999) {
        let (x, y) = (Timestamp::from_millisecond(a).unwrap(), Timestamp::from_millisecond(b).unwrap());
        prop_assert_eq!(ascending(x).cmp(&ascending(y)), a.cmp(&b));
        prop_assert_eq!(descending(x).cmp(&descending(y)), b.cmp(&a));
    }

    #[test]
    fn a_reach_key_is_read_back(attempt in 0u32..10_000, chunk in 0u32..10_000) {
        let user = UserKey::new("OktaUser", "00u/li#nd").unwrap();
        let key = reach(&user, &review(), attempt, chunk);
        let written = review().to_string();
        prop_assert_eq!(parse_reach(&key.sk), Some((written.as_str(), attempt, chunk)));
        prop_assert!(key.sk.starts_with(&reach_prefix(&review(), attempt)));
    }

    #[test]
    fn no_text_of_a_client_makes_a_key_too_long_or_another_record(one in ".{0,300}", two in ".{0,300}") {
        let longest = "x".repeat(UserKey::MAX_BYTES - "localCookieUser/".len());
        let caller = UserKey::new("localCookieUser", &longest).unwrap();
        let (a, b) = (idempotency(&caller, "decide", &one), idempotency(&caller, "decide", &two));
        prop_assert_eq!(a == b, one == two);
        prop_assert!(a.pk.len() <= MAX_PARTITION && a.sk.len() <= MAX_SORT);
        prop_assert!(user_partition(&caller).len() <= MAX_PARTITION);
        prop_assert!(email("ann@corp.example", &caller).sk.len() <= MAX_SORT);
        prop_assert!(name(&one, &two).pk.len() <= MAX_PARTITION);
    }

    #[test]
    fn pages_lie_in_the_shard_of_their_block(row in 0u32..16_000_000) {
        prop_assert_eq!(page_shard(row / 64), block_shard(row / 512));
        prop_assert!(page_shard(row / 64) < SHARDS);
    }
}

#[test]
fn parts_of_a_client_text_cannot_pass_for_other_parts() {
    let a = UserKey::new("t", "a").unwrap();
    assert_ne!(idempotency(&a, "b", "cd"), idempotency(&a, "bc", "d"));
    assert_ne!(name("a", "bc"), name("ab", "c"));
    assert_eq!(name("a", " Okta "), name("a", "okta"));
}

#[test]
fn continued_blocks_come_after_all_first_parts() {
    let last = block(&review(), 1, 999_999).sk;
    assert!(last < block_part(&review(), 1, 0, 1).sk);
}

#[test]
fn a_part_of_a_version_is_read_back() {
    let source = DataSourceId::new("erp#1").unwrap();
    let version = CommandId::new(Uuid::from_u128(9));
    let key = version_part(&source, &version, "NODES#3", 12, 2);
    assert_eq!(parse_version_part(&key.sk), Some(("NODES#3#000012", 2)));
    assert_eq!(parse_version_part(&version_head(&source, &version).sk), None);
}

#[test]
fn commands_spread_over_the_count_and_out_shards() {
    let shards = |shard: fn(&CommandId) -> u8| -> std::collections::BTreeSet<u8> {
        (0..400).map(|n| shard(&CommandId::new(Uuid::from_u128(n)))).collect()
    };
    assert_eq!(shards(count_shard).len(), usize::from(COUNT_SHARDS));
    assert_eq!(shards(out_shard).len(), usize::from(OUT_SHARDS));
}

#[test]
fn a_token_has_the_length_that_the_table_takes() {
    assert_eq!(token(&["a", "b"]).len(), 36);
    assert_ne!(token(&["a", "b"]), token(&["ab"]));
}
