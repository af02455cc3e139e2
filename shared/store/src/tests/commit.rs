//! One command at a time: what it writes, and how it recognises itself.

use domain::counts::Counts;
use domain::page::PageState;
use domain::row::Decision;
use engine::Fault;

use super::{assert_sound, command, decide, key, later, now, published, run, told, world};
use crate::certification::{Closed, Fence};
use crate::page::{Command, CommitError, PageOutcome, PageWork};
use crate::reach::{Reach, ReachChange};

const ACCEPT: fn(u32, &PageState) -> Result<PageWork, ()> =
    |_, state| Ok(decide(state, 0b1011, Decision::Accepted, None));

#[test]
fn a_decision_changes_state_log_and_counts_together() {
    run(async {
        let world = world();
        let review = published(&world.store, 100, None).await.id;
        let done = world.store.pages().commit(&command(review, 10, "lena"), &[0], ACCEPT).await.unwrap();
        assert_eq!(done.pages[&0], PageOutcome::Applied);
        let state = world.store.pages().state(&review, 0).await.unwrap();
        assert_eq!(state.masks().accepted, 0b1011);
        assert_eq!(done.states[&0], state);
        let tally = assert_sound(&world.store, &review).await;
        assert_eq!(tally.counts, Counts { accepted: 3, ..Counts::default() });
        assert_eq!((tally.total, tally.pending(), tally.open), (100, 97, true));
        assert_eq!(tally.updated, Some((now(), key("lena"))));
    });
}

#[test]
fn a_repeated_command_finds_itself_done() {
    run(async {
        let world = world();
        let review = published(&world.store, 100, None).await.id;
        let mut first = command(review, 10, "lena");
        let _ = world.store.pages().commit(&first, &[0], ACCEPT).await.unwrap();
        first.repeated = true;
        let again = world.store.pages().commit(&first, &[0], |_, _| Err("asked again")).await.unwrap();
        assert_eq!(again.pages[&0], PageOutcome::Already);
        assert_eq!(world.store.pages().log(&review, 0).await.unwrap().len(), 1);
    });
}

#[test]
fn a_command_is_found_in_the_log_when_the_state_has_forgotten_it() {
    run(async {
        let world = world();
        let review = published(&world.store, 100, None).await.id;
        let mut first = command(review, 10, "lena");
        let _ = world.store.pages().commit(&first, &[0], ACCEPT).await.unwrap();
        for n in 0..40 {
            let decision = if n % 2 == 0 { Decision::Rejected } else { Decision::Accepted };
            let other = command(review, 100 + n, "omar");
            let work = move |_, state: &PageState| Ok::<_, ()>(decide(state, 1, decision, None));
            let _ = world.store.pages().commit(&other, &[0], work).await.unwrap();
        }
        first.repeated = true;
        let again = world.store.pages().commit(&first, &[0], |_, _| Err("asked again")).await.unwrap();
        assert_eq!(again.pages[&0], PageOutcome::Already);
    });
}

#[test]
fn a_lost_answer_is_a_success() {
    run(async {
        let world = world();
        let review = published(&world.store, 100, None).await.id;
        for _ in 0..5 {
            world.engine.inject("TransactWriteItems", Fault::Lost);
        }
        let done = world.store.pages().commit(&command(review, 10, "lena"), &[0], ACCEPT).await.unwrap();
        assert_eq!(done.pages[&0], PageOutcome::Applied);
        assert_eq!(assert_sound(&world.store, &review).await.counts.accepted, 3);
    });
}

#[test]
fn a_refusal_writes_nothing_on_any_page() {
    run(async {
        let world = world();
        let review = published(&world.store, 10_000, None).await.id;
        let before = world.engine.dump(super::TABLE).unwrap();
        let pages: Vec<u32> = (0..100).collect();
        let last = |page, state: &PageState| {
            if page == 99 { Err("no") } else { Ok(decide(state, 1, Decision::Accepted, None)) }
        };
        let refused = world.store.pages().commit(&command(review, 10, "lena"), &pages, last).await;
        assert!(matches!(refused, Err(CommitError::Refused("no"))));
        assert_eq!(world.engine.dump(super::TABLE).unwrap(), before);
    });
}

#[test]
fn a_change_of_nothing_writes_nothing() {
    run(async {
        let world = world();
        let review = published(&world.store, 100, None).await.id;
        let _ = world.store.pages().commit(&command(review, 10, "lena"), &[0], ACCEPT).await.unwrap();
        let before = world.engine.dump(super::TABLE).unwrap();
        let again = world.store.pages().commit(&command(review, 11, "lena"), &[0], ACCEPT).await.unwrap();
        assert_eq!(again.pages[&0], PageOutcome::Unchanged);
        assert_eq!(world.engine.dump(super::TABLE).unwrap(), before);
    });
}

#[test]
fn a_command_on_more_pages_than_a_transaction_holds_is_written_whole() {
    run(async {
        let world = world();
        let review = published(&world.store, 10_000, None).await.id;
        let pages: Vec<u32> = (0..120).collect();
        let bulk = command(review, 10, "lena");
        let work = |_, state: &PageState| Ok::<_, ()>(decide(state, 0b1, Decision::Rejected, Some("left the company")));
        let done = world.store.pages().commit_and_tell(&bulk, &pages, work, told).await.unwrap();
        assert!(done.pages.values().all(|outcome| *outcome == PageOutcome::Applied));
        let bodies: Vec<&str> = done.messages.iter().map(|sent| sent.message.body.as_str()).collect();
        assert_eq!(bodies, ["31 pages from 0", "31 pages from 31", "31 pages from 62", "27 pages from 93"]);
        let mut waiting = done.messages;
        waiting.sort_by(|one, two| one.id.cmp(&two.id));
        let mut found = world.store.outbox().unsent(later(120), 10).await.unwrap();
        found.sort_by(|one, two| one.id.cmp(&two.id));
        assert_eq!(found, waiting);
        assert_eq!(assert_sound(&world.store, &review).await.counts.rejected, 120);
        let state = &done.states[&77];
        let note = state.row(0).unwrap().note.unwrap();
        let notes = world.store.pages().notes(&review, &[(77, note)]).await.unwrap();
        assert_eq!(notes[&(77, note)], "left the company");
    });
}

#[test]
fn nothing_is_decided_after_closing_or_past_the_due_time() {
    run(async {
        let world = world();
        let due = later(60);
        let certification = published(&world.store, 100, Some(due)).await;
        let review = certification.id;
        let in_time = Fence::InTime { due: Some(due) };
        let on_time = Command { now: due, fence: in_time, ..command(review, 11, "lena") };
        let _ = world.store.pages().commit(&on_time, &[0], ACCEPT).await.unwrap();
        let now_late = due + jiff::SignedDuration::from_millis(1);
        let mut late = Command { now: now_late, fence: in_time, ..command(review, 12, "lena") };
        let refused = world.store.pages().commit(&late, &[1], ACCEPT).await;
        assert!(matches!(refused, Err(CommitError::Closed(Closed::PastDue))));
        late.fence = Fence::Open;
        let _ = world.store.pages().commit(&late, &[1], ACCEPT).await.unwrap();

        let tally = world.store.certifications().tally(&review).await.unwrap();
        let mut tx = world.store.write(super::command_id(13), now());
        tx.close_certification(&certification, 1, 2, &tally).unwrap();
        let _ = tx.commit().await.unwrap();
        for fence in [in_time, Fence::Open] {
            let closed = Command { fence, ..command(review, 14, "lena") };
            let refused = world.store.pages().commit(&closed, &[2], ACCEPT).await;
            assert!(matches!(refused, Err(CommitError::Closed(Closed::NotOpen))));
        }
        let forced = Command { fence: Fence::Ignored, ..command(review, 15, "root") };
        let _ = world.store.pages().commit(&forced, &[2], ACCEPT).await.unwrap();
        assert_eq!(assert_sound(&world.store, &review).await.counts.accepted, 9);
    });
}

#[test]
fn a_reassignment_moves_reach_in_its_transaction() {
    run(async {
        let world = world();
        let review = published(&world.store, 200, None).await.id;
        let reach = Reach::from_iter([(0, u64::MAX), (1, u64::MAX), (2, 0xff)]).with_stretch(0..136);
        world.store.reaches().write_all(&review, 1, [(key("lena"), reach)]).await.unwrap();
        let reassign = |_, state: &PageState| {
            let mut work = decide(state, 0b11, Decision::Accepted, None);
            work.reach.push(ReachChange { user: key("lena"), add: 0, remove: 0b11 });
            work.reach.push(ReachChange { user: key("omar"), add: 0b11, remove: 0 });
            Ok::<_, ()>(work)
        };
        let _ = world.store.pages().commit(&command(review, 10, "root"), &[1, 2], reassign).await.unwrap();
        let lena = world.store.reaches().of(&key("lena"), &review, 1).await.unwrap();
        assert_eq!([lena.mask(0), lena.mask(1), lena.mask(2)], [u64::MAX, !0b11, 0xfc]);
        let omar = world.store.reaches().of(&key("omar"), &review, 1).await.unwrap();
        assert_eq!([omar.mask(0), omar.mask(1), omar.mask(2)], [0, 0b11, 0b11]);
        assert!(lena.is_one_stretch(), "what is left lies where it lay");
        assert!(omar.is_one_stretch(), "rows keep their order when somebody else gets them");
        let inbox = world.store.reaches().inbox(&key("omar"), None, 10).await.unwrap();
        assert_eq!(inbox.values.iter().map(|reached| reached.review).collect::<Vec<_>>(), [review]);
    });
}
