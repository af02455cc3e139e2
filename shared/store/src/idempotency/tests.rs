use engine::{Crash, Fault};

use super::*;
use crate::tests::{key, later, now, run, uuid, world};

fn call(name: &str) -> CallKey {
    CallKey::new(&key("lena"), "decide/acct-1", name)
}

const REQUEST: [u8; 32] = [1; 32];

fn answer(body: &str) -> Answer {
    Answer { status: 201, body: body.to_owned(), version: Some(3) }
}

#[track_caller]
fn mine(claim: Claim) -> CommandId {
    match claim {
        Claim::Mine { command, repeated: false } => command,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_repeated_call_gets_the_same_answer() {
    run(async {
        let world = world();
        let records = world.store.idempotency();
        mine(records.claim(&call("k"), &REQUEST, uuid(1), now()).await.unwrap());
        records.finish(&call("k"), uuid(1), &answer("{\"id\":7}")).await.unwrap();
        let again = records.claim(&call("k"), &REQUEST, uuid(2), later(3_600)).await.unwrap();
        assert_eq!(again, Claim::Done(answer("{\"id\":7}")));
    });
}

#[test]
fn a_call_under_way_is_told_to_wait_and_another_body_is_refused() {
    run(async {
        let world = world();
        let records = world.store.idempotency();
        mine(records.claim(&call("k"), &REQUEST, uuid(1), now()).await.unwrap());
        let second = records.claim(&call("k"), &REQUEST, uuid(2), later(1)).await.unwrap();
        assert_eq!(second, Claim::InFlight { retry_after: SignedDuration::from_secs(1) });
        let other = records.claim(&call("k"), &[2; 32], uuid(3), later(1)).await.unwrap();
        assert_eq!(other, Claim::OtherRequest);
        records.finish(&call("k"), uuid(1), &answer("")).await.unwrap();
        assert_eq!(records.claim(&call("k"), &[2; 32], uuid(3), later(2)).await.unwrap(), Claim::OtherRequest);
        mine(records.claim(&call("another"), &[2; 32], uuid(3), later(2)).await.unwrap());
    });
}

#[test]
fn a_dead_claim_is_taken_over_under_the_same_command_id() {
    run(async {
        let world = world();
        let records = world.store.idempotency();
        let command = mine(records.claim(&call("k"), &REQUEST, uuid(1), now()).await.unwrap());
        let taken = records.claim(&call("k"), &REQUEST, uuid(2), later(61)).await.unwrap();
        assert_eq!(taken, Claim::Mine { command, repeated: true });
        // The first owner comes back late: its answer does not count any more.
        records.finish(&call("k"), uuid(1), &answer("late")).await.unwrap();
        records.finish(&call("k"), uuid(2), &answer("taken over")).await.unwrap();
        let again = records.claim(&call("k"), &REQUEST, uuid(3), later(70)).await.unwrap();
        assert_eq!(again, Claim::Done(answer("taken over")));
    });
}

#[test]
fn a_released_claim_is_free_at_once() {
    run(async {
        let world = world();
        let records = world.store.idempotency();
        let command = mine(records.claim(&call("k"), &REQUEST, uuid(1), now()).await.unwrap());
        records.release(&call("k"), uuid(1)).await.unwrap();
        let again = records.claim(&call("k"), &REQUEST, uuid(2), later(1)).await.unwrap();
        assert_eq!(again, Claim::Mine { command, repeated: true });
    });
}

#[test]
fn after_a_day_the_name_is_free_and_means_another_command() {
    run(async {
        let world = world();
        let records = world.store.idempotency();
        let command = mine(records.claim(&call("k"), &REQUEST, uuid(1), now()).await.unwrap());
        records.finish(&call("k"), uuid(1), &answer("old")).await.unwrap();
        let day = 24 * 3_600;
        let kept = records.claim(&call("k"), &REQUEST, uuid(2), later(day)).await.unwrap();
        assert_eq!(kept, Claim::Done(answer("old")));
        let fresh = mine(records.claim(&call("k"), &[9; 32], uuid(3), later(day + 1)).await.unwrap());
        assert_ne!(fresh, command);
    });
}

#[test]
fn a_claim_whose_answer_was_lost_recognises_itself() {
    run(async {
        let world = world();
        world.engine.inject("PutItem", Fault::Lost);
        mine(world.store.idempotency().claim(&call("k"), &REQUEST, uuid(1), now()).await.unwrap());
    });
}

#[test]
fn a_claim_survives_the_death_of_its_process() {
    run(async {
        let world = world();
        world.engine.crash(Crash::During(1));
        assert!(world.store.idempotency().claim(&call("k"), &REQUEST, uuid(1), now()).await.is_err());
        world.engine.revive();
        let records = world.another();
        let waiting = records.idempotency().claim(&call("k"), &REQUEST, uuid(2), later(1)).await.unwrap();
        assert!(matches!(waiting, Claim::InFlight { .. }));
        let taken = records.idempotency().claim(&call("k"), &REQUEST, uuid(2), later(61)).await.unwrap();
        assert!(matches!(taken, Claim::Mine { repeated: true, .. }));
    });
}

#[test]
fn a_long_answer_of_many_rows_is_kept() {
    run(async {
        let world = world();
        let records = world.store.idempotency();
        mine(records.claim(&call("k"), &REQUEST, uuid(1), now()).await.unwrap());
        let row = |n: u32| format!("{{\"id\":\"{n:032}\",\"status\":200,\"updated\":true}}");
        let long = (0..10_000).map(row).collect::<Vec<_>>().join(",");
        assert!(long.len() > 10 * MAX_PLAIN);
        records.finish(&call("k"), uuid(1), &answer(&long)).await.unwrap();
        let again = records.claim(&call("k"), &REQUEST, uuid(2), later(5)).await.unwrap();
        assert!(again == Claim::Done(answer(&long)), "the answer is not the same");
    });
}

#[test]
fn an_answer_that_is_too_large_is_built_again() {
    run(async {
        let world = world();
        let records = world.store.idempotency();
        let command = mine(records.claim(&call("k"), &REQUEST, uuid(1), now()).await.unwrap());
        // What does not compress.
        let mut random = fastrand::Rng::with_seed(1);
        let body: String = (0..2 * MAX_PACKED).map(|_| random.alphanumeric()).collect();
        records.finish(&call("k"), uuid(1), &answer(&body)).await.unwrap();
        let again = records.claim(&call("k"), &REQUEST, uuid(2), later(5)).await.unwrap();
        assert_eq!(again, Claim::Rebuild { command });
    });
}

#[test]
fn of_many_claims_at_once_in_a_storm_one_is_carried_out() {
    for seed in 0..40 {
        engine::simulate(seed, async move {
            let world = world();
            world.storm(seed);
            let claims = (0..6u128).map(|n| {
                let store = world.another();
                tokio::spawn(async move { store.idempotency().claim(&call("k"), &REQUEST, uuid(n), now()).await })
            });
            let mut carried_out = 0;
            for claim in claims.collect::<Vec<_>>() {
                match claim.await.unwrap() {
                    Ok(Claim::Mine { .. }) => carried_out += 1,
                    Ok(Claim::InFlight { .. }) | Err(Error::Unavailable { .. }) => {}
                    other => panic!("seed {seed}: {other:?}"),
                }
            }
            assert!(carried_out <= 1, "seed {seed}: {carried_out} were carried out");
        });
    }
}

#[test]
fn a_recorded_call_takes_two_write_units() {
    run(async {
        let world = world();
        world.engine.reset_usage();
        mine(world.store.idempotency().claim(&call("k"), &REQUEST, uuid(1), now()).await.unwrap());
        world.store.idempotency().finish(&call("k"), uuid(1), &answer("{\"status\":\"approved\"}")).await.unwrap();
        let usage = world.engine.usage();
        assert!(usage.requests() == 2 && usage.write_units() <= 2.0, "{usage:?}");
    });
}
