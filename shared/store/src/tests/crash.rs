//! A process that dies at any call of a command, and the retry that finishes it.

use domain::page::PageState;
use domain::row::Decision;
use engine::Crash;

use super::{TABLE, World, assert_sound, command, decide, published, run, world};
use crate::outbox::Outgoing;
use crate::page::{Command, PageWork};

const PAGES: u32 = 100;

fn bulk(review: domain::ids::ReviewId) -> Command {
    let mut command = command(review, 10, "lena");
    command.messages.push(Outgoing { kind: "decided".to_owned(), body: "{}".to_owned() });
    command
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
        let _ = world.store.pages().commit(&bulk(review), &pages, work).await.unwrap();
        let calls = world.engine.calls() - before;
        let expected = world.engine.dump(TABLE).unwrap();
        assert!(calls > 3, "{calls} calls");

        for crash in (1..=calls).flat_map(|n| [Crash::After(n - 1), Crash::During(n)]) {
            let (world, review) = prepared().await;
            world.engine.crash(crash);
            let died = world.store.pages().commit(&bulk(review), &pages, work).await;
            assert!(died.is_err(), "{crash:?}: dead processes answer nothing");
            assert!(world.engine.revive());
            let mut again = bulk(review);
            again.repeated = true;
            let _ = world.another().pages().commit(&again, &pages, work).await.unwrap();
            assert_sound(&world.store, &review).await;
            assert_eq!(world.engine.dump(TABLE).unwrap(), expected, "{crash:?}");
        }
    });
}

#[test]
fn messages_leave_even_when_the_last_pages_refuse_after_a_crash() {
    run(async {
        let (world, review) = prepared().await;
        let pages: Vec<u32> = (0..46).collect();
        let plain = |_, state: &PageState| Ok::<_, &str>(decide(state, 0b1, Decision::Rejected, None));
        // One request reads the states, the next writes the first 45 pages; the second transaction never happens.
        world.engine.crash(Crash::After(2));
        let died = world.store.pages().commit(&bulk(review), &pages, plain).await;
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
        let done = world.another().pages().commit(&again, &pages, refuse).await.unwrap();
        assert_eq!(done.pages[&45], crate::page::PageOutcome::Refused("accepted"));
        assert_eq!(done.messages.len(), 1);
        assert_eq!(world.store.outbox().unsent(super::later(60), 9).await.unwrap(), done.messages);
        assert_sound(&world.store, &review).await;
    });
}
