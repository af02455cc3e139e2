//! Publishing, counting, closing, and what every call begins with.

use domain::ids::RowId;
use domain::page::PageState;
use domain::review::CertState;
use domain::row::Decision;
use domain::user::UserKey;
use engine::Fault;

use super::{
    World, assert_sound, certification, command, command_id, decide, key, later, now, published, review_id, run, visit,
    world,
};
use crate::certification::{Closed, Plan, Tally};
use crate::enter::{Entered, Site, Visit};
use crate::lookup::IdentityHash;
use crate::page::CommitError;
use crate::reach::Reach;

async fn decided(world: &World, review: domain::ids::ReviewId, n: u128, page: u32) {
    let work = |_, state: &PageState| Ok::<_, ()>(decide(state, 1 << (n % 64), Decision::Accepted, None));
    let _ = world.store.pages().commit(&command(review, n, "lena"), &[page], work).await.unwrap();
}

#[test]
fn a_certification_is_read_as_it_was_written_with_version_and_attempt() {
    run(async {
        let world = world();
        let certification = published(&world.store, 100, None).await;
        let read = world.store.certifications().get(&certification.id).await.unwrap().unwrap();
        assert_eq!((read.is_by(command_id(2)), read.certification, read.attempt), (true, certification, 1));
        assert_eq!(world.store.certifications().get(&review_id(99)).await.unwrap(), None);
    });
}

#[test]
fn a_decision_between_reading_and_closing_prevents_the_closing() {
    run(async {
        let world = world();
        let mut certification = published(&world.store, 100, None).await;
        let tally = world.store.certifications().tally(&certification.id).await.unwrap();
        decided(&world, certification.id, 10, 0).await;
        certification.state = CertState::Completed;
        let mut tx = world.store.write(command_id(20), now());
        tx.close_certification(&certification, 1, 2, &tally).unwrap();
        assert!(tx.commit().await.unwrap_err().is_conflict());

        let tally = world.store.certifications().tally(&certification.id).await.unwrap();
        let mut tx = world.store.write(command_id(21), now());
        tx.close_certification(&certification, 1, 2, &tally).unwrap();
        let _ = tx.commit().await.unwrap();
        let read = world.store.certifications().get(&certification.id).await.unwrap().unwrap();
        assert_eq!(read.certification.state, CertState::Completed);
        let tally = assert_sound(&world.store, &certification.id).await;
        assert!(!tally.open);
    });
}

#[test]
fn the_first_decision_on_a_count_that_does_not_exist_prevents_the_closing_too() {
    run(async {
        let world = world();
        let certification = published(&world.store, 100, None).await;
        let counts = || world.engine.dump(super::TABLE).unwrap().matches("COUNT#").count();
        assert_eq!(counts(), 1, "publishing writes one, which knows the total");
        let before = world.store.certifications().tally(&certification.id).await.unwrap();
        assert_eq!((before.total, before.open, before.pending()), (100, true, 100));
        let elsewhere = (50..).find(|n| crate::keys::count_shard(&command_id(*n)) != 0).unwrap();
        decided(&world, certification.id, elsewhere, 0).await;
        assert_eq!(counts(), 2);
        let mut tx = world.store.write(command_id(20), now());
        tx.close_certification(&certification, 1, 2, &before).unwrap();
        assert!(tx.commit().await.unwrap_err().is_conflict());

        let tally = world.store.certifications().tally(&certification.id).await.unwrap();
        assert_eq!((tally.total, tally.open, tally.counts.accepted), (100, true, 1));
        let mut tx = world.store.write(command_id(21), now());
        tx.close_certification(&certification, 1, 2, &tally).unwrap();
        let _ = tx.commit().await.unwrap();
        assert_eq!(counts(), usize::from(crate::keys::COUNT_SHARDS));
        for n in 100..140 {
            let work = |_, state: &PageState| Ok::<_, ()>(decide(state, 1, Decision::Rejected, None));
            let refused = world.store.pages().commit(&command(certification.id, n, "lena"), &[0], work).await;
            assert!(matches!(refused, Err(CommitError::Closed(Closed::NotOpen))), "every count is closed");
        }
        assert_sound(&world.store, &certification.id).await;
    });
}

#[test]
fn a_due_time_that_is_set_later_holds_for_every_count() {
    run(async {
        let world = world();
        let certification = published(&world.store, 100, None).await;
        decided(&world, certification.id, 50, 0).await;
        let mut tx = world.store.write(command_id(20), now());
        tx.move_certification(&certification, 1, 2, Some(later(60))).unwrap();
        let _ = tx.commit().await.unwrap();
        for n in 100..140 {
            let mut late = command(certification.id, n, "lena");
            late.now = later(61);
            let work = |_, state: &PageState| Ok::<_, ()>(decide(state, 2, Decision::Accepted, None));
            let refused = world.store.pages().commit(&late, &[0], work).await;
            assert!(matches!(refused, Err(CommitError::Closed(Closed::PastDue))));
        }
        let tally = assert_sound(&world.store, &certification.id).await;
        assert_eq!((tally.total, tally.open, tally.due), (100, true, Some(later(60))));
    });
}

#[test]
fn a_stale_version_is_refused_and_a_lost_answer_is_not() {
    run(async {
        let world = world();
        let mut certification = published(&world.store, 100, None).await;
        certification.name = "July".to_owned();
        for _ in 0..4 {
            world.engine.inject("TransactWriteItems", Fault::Lost);
        }
        let mut tx = world.store.write(command_id(30), now());
        tx.update_certification(&certification, 1, 2, None).unwrap();
        let _ = tx.commit().await.unwrap();
        let mut tx = world.store.write(command_id(31), now());
        tx.update_certification(&certification, 1, 2, None).unwrap();
        assert!(tx.commit().await.unwrap_err().is_conflict());
        // The same command in a later life finds its own work.
        let mut tx = world.store.write(command_id(30), later(900));
        tx.update_certification(&certification, 1, 2, None).unwrap();
        let _ = tx.commit().await.unwrap();
    });
}

#[test]
fn a_moved_due_time_moves_the_fence_and_the_index() {
    run(async {
        let world = world();
        let mut certification = published(&world.store, 100, Some(later(60))).await;
        let due = |at| {
            let store = world.store.clone();
            async move { store.certifications().due(at, 10).await.unwrap() }
        };
        assert_eq!(due(later(59)).await, []);
        assert_eq!(due(later(60)).await, [certification.id]);
        certification.due_date = Some(later(600));
        let mut tx = world.store.write(command_id(40), now());
        tx.move_certification(&certification, 1, 2, certification.due_date).unwrap();
        let _ = tx.commit().await.unwrap();
        assert_eq!(due(later(599)).await, []);
        assert_eq!(due(later(600)).await, [certification.id]);
        let tally = world.store.certifications().tally(&certification.id).await.unwrap();
        assert_eq!(tally.due, Some(later(600)));
        let mut tx = world.store.write(command_id(41), now());
        tx.close_certification(&certification, 1, 3, &tally).unwrap();
        let _ = tx.commit().await.unwrap();
        assert_eq!(due(later(9_999)).await, []);
    });
}

#[test]
fn an_unpublished_certification_has_no_counts_and_is_not_open() {
    run(async {
        let world = world();
        let tally = world.store.certifications().tally(&review_id(1)).await.unwrap();
        assert_eq!((tally.open, tally.total, tally.counts), (false, 0, Tally::default().counts));
    });
}

#[test]
fn inputs_are_frozen_by_whoever_comes_first() {
    run(async {
        let world = world();
        let freeze = async |n: u128, attempt: u32, text: &str| {
            let mut tx = world.store.write(command_id(n), now());
            tx.freeze_inputs(&review_id(1), attempt, text);
            tx.commit().await.map(|_| ())
        };
        freeze(1, 1, "{\"as_of\":1}").await.unwrap();
        assert!(freeze(2, 1, "{\"as_of\":2}").await.unwrap_err().is_conflict());
        freeze(3, 2, "{\"as_of\":3}").await.unwrap();
        let site = world.store.certifications().site(&review_id(1), 1).await.unwrap();
        assert_eq!(site, Site { inputs: Some("{\"as_of\":1}".to_owned()), ..Site::default() });
    });
}

#[test]
fn a_plan_locates_rows_and_is_read_once() {
    run(async {
        let world = world();
        let plan = Plan { rows: 1_000, starts: vec![0, 512, 576], header: "{}".to_owned() };
        assert_eq!([plan.locate(0), plan.locate(511), plan.locate(512)], [Some((0, 0)), Some((0, 511)), Some((1, 0))]);
        assert_eq!([plan.locate(576), plan.locate(999), plan.locate(1_000)], [Some((2, 0)), Some((2, 423)), None]);
        assert_eq!([plan.rows_of(0), plan.rows_of(2), plan.rows_of(3)], [0..512, 576..1_000, 1_000..1_000]);
        world.store.certifications().write_plan(&review_id(1), 1, &plan).await.unwrap();
        assert_eq!(*world.store.certifications().plan(&review_id(1), 1).await.unwrap().unwrap(), plan);
        world.engine.reset_usage();
        assert_eq!(*world.store.certifications().plan(&review_id(1), 1).await.unwrap().unwrap(), plan);
        assert_eq!(world.engine.usage().requests(), 0);
        assert_eq!(world.store.certifications().plan(&review_id(1), 2).await.unwrap(), None);
    });
}

#[test]
fn zone_maps_come_in_the_order_of_their_blocks_and_are_read_once() {
    run(async {
        let world = world();
        for n in (0..12).rev() {
            world.store.certifications().write_zones(&review_id(1), 1, n, &[n as u8; 9]).await.unwrap();
        }
        let expected: Vec<Vec<u8>> = (0..12u8).map(|n| vec![n; 9]).collect();
        // Twelve items are those of up to 1,536 blocks: of one block more, an item is still missing.
        for (blocks, requests) in [(1_537, 1), (1_536, 1), (1_536, 0)] {
            world.engine.reset_usage();
            let zones = world.store.certifications().zones(&review_id(1), 1, blocks).await.unwrap();
            assert_eq!(*zones, expected);
            assert_eq!(world.engine.usage().requests(), requests, "they are kept once all have been seen");
        }
    });
}

#[test]
fn a_workflows_certifications_are_listed_the_last_started_first_and_deleted_ones_are_not() {
    run(async {
        let world = world();
        for n in 1..=7u128 {
            let mut one = certification(n);
            one.started_at = later(i64::try_from(n).unwrap() / 2);
            let mut tx = world.store.write(command_id(n), now());
            tx.insert_certification(&one, 1).unwrap();
            let _ = tx.commit().await.unwrap();
        }
        let workflow = certification(1).workflow_id;
        let all = world.store.certifications().list(&workflow, None, 100).await.unwrap();
        let ids = |listing: &crate::Listing<crate::certification::Review>| -> Vec<_> {
            listing.values.iter().map(|review| review.certification.id).collect()
        };
        assert_eq!(ids(&all), [6, 7, 4, 5, 2, 3, 1].map(review_id));

        let doomed = &all.values[1].certification;
        let mut tx = world.store.write(command_id(50), now());
        tx.delete_certification(doomed, 1, 1, false).unwrap();
        let _ = tx.commit().await.unwrap();
        assert_eq!(world.store.certifications().get(&doomed.id).await.unwrap(), None);
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = world.store.certifications().list(&workflow, after, 2).await.unwrap();
            seen.extend(ids(&page));
            after = page.values.last().map(|review| (review.certification.started_at, review.certification.id));
            if !page.more {
                break;
            }
        }
        assert_eq!(seen, [6, 4, 5, 2, 3, 1].map(review_id));
    });
}

#[test]
fn entering_takes_one_request() {
    run(async {
        let world = world();
        let certification = published(&world.store, 100, None).await;
        let reach = Reach::from_iter([(0, 0b11), (1, 0b1)]);
        world.store.reaches().write_all(&certification.id, 1, [(key("lena"), reach.clone())]).await.unwrap();
        world.engine.reset_usage();
        let entered = world.store.certifications().enter(&certification.id, &visit(&key("lena"))).await.unwrap();
        assert_eq!(world.engine.usage().requests(), 1);
        assert_eq!(entered.review.unwrap().certification, certification);
        assert_eq!((entered.campaign, entered.reach), (None, Some(reach)));
        let stranger = world.store.certifications().enter(&certification.id, &visit(&key("omar"))).await.unwrap();
        assert_eq!(stranger.reach, Some(Reach::new()));
        let nobody = world.store.certifications().enter(&review_id(99), &Visit::default()).await.unwrap();
        assert_eq!(
            nobody,
            Entered {
                review: None,
                campaign: None,
                is_campaign: false,
                originals: vec![],
                reach: None,
                reach_for_others: Reach::new(),
                settings: None,
                found: None
            }
        );
    });
}

#[test]
fn who_stands_in_for_somebody_reaches_their_rows_as_long_as_that_is_settled() {
    run(async {
        let world = world();
        let certification = published(&world.store, 200, None).await;
        let own = Reach::from_iter([(0, 0b11)]).with_stretch(0..2);
        let others = Reach::from_iter([(0, 0b110), (2, 0b1)]).with_stretch(1..129);
        let reaches = [(key("lena"), own.clone()), (key("omar"), others.clone())];
        world.store.reaches().write_all(&certification.id, 1, reaches).await.unwrap();
        let settle = async |command: u128, pairs: &[(UserKey, UserKey)]| {
            let mut tx = world.store.write(command_id(command), now());
            tx.put_delegates(pairs, world.store.standing().delegates().await.unwrap().version).unwrap();
            let _ = tx.commit().await.unwrap();
        };
        let enter =
            async |name: &str| world.store.certifications().enter(&certification.id, &visit(&key(name))).await.unwrap();
        settle(60, &[(key("omar"), key("lena")), (key("omar"), key("ines")), (key("ines"), key("omar"))]).await;
        let lena = enter("lena").await;
        assert_eq!(lena.originals, [key("omar")]);
        assert_eq!((lena.reach, lena.reach_for_others), (Some(own.clone()), others.clone()));
        let ines = enter("ines").await;
        assert_eq!((ines.reach, ines.reach_for_others), (Some(Reach::new()), others.clone()), "with their order");
        let omar = enter("omar").await;
        assert_eq!((omar.reach, omar.reach_for_others), (Some(others), Reach::new()), "one step far");
        let mut tx = world.store.write(command_id(61), now());
        tx.put_denied(&[key("lena")], 0).unwrap();
        let _ = tx.commit().await.unwrap();
        let denied = enter("lena").await;
        assert_eq!((denied.originals, denied.reach_for_others), (vec![], Reach::new()), "not while on the deny list");
        settle(62, &[]).await;
        let lena = enter("lena").await;
        assert_eq!((lena.originals, lena.reach, lena.reach_for_others), (vec![], Some(own), Reach::new()));
    });
}

#[test]
fn in_passing_it_is_enough_to_know_that_there_is_a_campaign() {
    run(async {
        let world = world();
        let certification = published(&world.store, 100, None).await;
        let mut tx = world.store.write(command_id(70), now());
        tx.insert_campaign(&super::aggregates::campaign(1, now())).unwrap();
        let _ = tx.commit().await.unwrap();
        let id = certification.id;
        for (in_passing, read) in [(true, true), (true, false), (false, true)] {
            let visit = Visit { in_passing, ..Visit::default() };
            let entered = world.store.certifications().enter(&id, &visit).await.unwrap();
            assert_eq!((entered.is_campaign, entered.campaign.is_some()), (true, read));
        }
    });
}

#[test]
fn rows_are_found_while_entering_once_the_layout_is_known() {
    run(async {
        let world = world();
        let id = published(&world.store, 1_000, None).await.id;
        let identity = |n: u32| IdentityHash::of(&[&format!("acct-{n}")]);
        let rows: Vec<_> = (0..1_000).map(|n| (identity(n), RowId(n))).collect();
        world.store.lookup().write(&id, 1, &rows).await.unwrap();
        let plan = Plan { rows: 1_000, starts: vec![0, 512], header: "{}".to_owned() };
        world.store.certifications().write_plan(&id, 1, &plan).await.unwrap();
        let enter = async |identities: Vec<IdentityHash>| {
            world.engine.reset_usage();
            let entered = world
                .store
                .certifications()
                .enter(&id, &Visit { identities: &identities, ..Visit::default() })
                .await
                .unwrap();
            assert_eq!(world.engine.usage().requests(), 1);
            entered.found
        };
        assert_eq!(enter(vec![identity(7)]).await, None, "in which item they stand depends on the number of rows");
        let found = enter(vec![identity(7), identity(900)]).await;
        assert_eq!(found, Some([(identity(7), vec![RowId(7)]), (identity(900), vec![RowId(900)])].into()));
        assert_eq!(enter(vec![identity(7), identity(5_000)]).await, None, "what is missing is asked for again");
    });
}

#[test]
fn entering_reads_the_whole_reach_of_a_large_certification() {
    run(async {
        for (rows, requests) in [(1_048_576, 1), (2_000_000, 2)] {
            let world = world();
            let certification = published(&world.store, rows, None).await;
            let reach: Reach = (0..rows / 64).step_by(7).map(|page| (page, 0b1)).collect();
            world.store.reaches().write_all(&certification.id, 1, [(key("lena"), reach.clone())]).await.unwrap();
            world.engine.reset_usage();
            let entered = world.store.certifications().enter(&certification.id, &visit(&key("lena"))).await.unwrap();
            assert_eq!(entered.reach, Some(reach));
            assert_eq!(world.engine.usage().requests(), requests, "{rows} rows");
        }
    });
}
