//! A process that dies at any call of a command, and the retry that finishes it.

use domain::page::PageState;
use domain::row::Decision;
use engine::Crash;

use super::{TABLE, World, assert_sound, command, decide, published, run, told, world};
use crate::page::{Command, PageWork};

const PAGES: u32 = 100;

fn bulk(review: domain::ids::ReviewId) -> Command {
    command(review, 10, "lena")
}

fn work(page: u32, state: &PageState) -> Result<PageWork, ()> {
    Ok(decide(state, 0b101 << (page % 60), Decision::Rejected, page.is_multiple_of(3).then_some("not needed any more")))
}

async fn prepared() -> (World, domain::ids::ReviewId) {
    let world = world();
    let review = published(&world.store, PAGES * 64, None).await.id;
    (world, review)
}

#[test]
fn a_crash_at_any_call_of_a_long_command_and_a_retry_leave_the_same_table() {
    run(async {
        let pages: Vec<u32> = (0..PAGES).collect();
        let (world, review) = prepared().await;
        let before = world.engine.calls();
        let _ = world.store.pages().commit_and_tell(&bulk(review), &pages, work, told).await.unwrap();
        let calls = world.engine.calls() - before;
        let expected = world.engine.dump(TABLE).unwrap();
        assert!(calls > 3, "{calls} calls");

        for crash in (1..=calls).flat_map(|n| [Crash::After(n - 1), Crash::During(n)]) {
            let (world, review) = prepared().await;
            world.engine.crash(crash);
            let died = world.store.pages().commit_and_tell(&bulk(review), &pages, work, told).await;
            assert!(died.is_err(), "{crash:?}: dead processes answer nothing");
            assert!(world.engine.revive());
            let mut again = bulk(review);
            again.repeated = true;
            let _ = world.another().pages().commit_and_tell(&again, &pages, work, told).await.unwrap();
            assert_sound(&world.store, &review).await;
            assert_eq!(world.engine.dump(TABLE).unwrap(), expected, "{crash:?}");
        }
    });
}

#[test]
fn what_was_written_before_a_crash_is_told_and_what_was_refused_after_it_is_not() {
    run(async {
        let (world, review) = prepared().await;
        let pages: Vec<u32> = (0..46).collect();
        let plain = |_, state: &PageState| Ok::<_, &str>(decide(state, 0b1, Decision::Rejected, None));
        // One request reads the states, the next writes the first 45 pages; the second transaction never happens.
        world.engine.crash(Crash::After(2));
        let died = world.store.pages().commit_and_tell(&bulk(review), &pages, plain, told).await;
        assert!(died.is_err() && world.engine.revive());
        assert_eq!(world.store.pages().state(&review, 44).await.unwrap().seq(), 1);
        assert_eq!(world.store.pages().state(&review, 45).await.unwrap().seq(), 0);

        let accept = |_, state: &PageState| Ok::<_, ()>(decide(state, u64::MAX, Decision::Accepted, None));
        let _ = world.store.pages().commit(&command(review, 11, "omar"), &[45], accept).await.unwrap();
        let mut again = bulk(review);
        again.repeated = true;
        let refuse = |page: u32, state: &PageState| {
            if state.masks().accepted == 0 { plain(page, state) } else { Err("accepted") }
        };
        let done = world.another().pages().commit_and_tell(&again, &pages, refuse, told).await.unwrap();
        assert_eq!(done.pages[&45], crate::page::PageOutcome::Refused("accepted"));
        assert_eq!(done.messages, []);
        let waiting = world.store.outbox().unsent(super::later(60), 9).await.unwrap();
        let bodies: Vec<&str> = waiting.iter().map(|sent| sent.message.body.as_str()).collect();
        assert_eq!(bodies, ["45 pages from 0"]);
        assert_sound(&world.store, &review).await;
    });
}
