//! What nobody had decided is rejected when a review expires: every row once, whoever dies, and whatever becomes of messages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use domain::ids::JobId;
use domain::page::{Change, Entry};
use domain::row::NotificationStatus;
use domain::settings::{Expiration, UndecidedRows};
use domain::webhook::{Occasion, Signing, Webhook};

use super::*;
use crate::deps::Message;
use crate::review::tests::bed::TABLE;
use crate::testing::deaths::{deliver_to_the_end, same_table_whatever_dies};
use crate::testing::stand::{MemoryReceivers, Stand};
use crate::webhook::{self, Heard, Notice};

/// Rows whose blocks are so small that they are three ranges, with borders in the middle of pages.
const ROWS: u32 = 200;
const ROWS_PER_BLOCK: usize = 3;
/// Rows that somebody had decided.
const DECIDED: [u32; 5] = [0, 1, 90, 97, 199];

/// A review that is overdue: some rows are decided, one of them not signed off, and somebody listens to rejections.
async fn overdue(campaign: bool) -> Stand {
    let people = accounts(ROWS as usize, &["ann", "bob"]);
    let bed = match campaign {
        true => Bed::in_blocks_of(ROWS_PER_BLOCK, people).await,
        false => Bed::certification_in_blocks_of(ROWS_PER_BLOCK, people).await,
    };
    let expiration = Expiration { undecided: UndecidedRows::AreRejected, note: "Nobody answered".to_owned() };
    let webhook = Webhook {
        url: "https://hooks.example.com/".to_owned(),
        signing: Signing::With("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()),
        occasions: BTreeSet::from([Occasion::RowRejected]),
        enabled: true,
    };
    for value in [
        Value::Overdue(OverdueReviews::Expire),
        Value::Expiration(expiration),
        Value::Webhook(Some(webhook)),
        Value::AutoComplete(AutoComplete::Enabled),
    ] {
        store(&bed, value).await;
    }
    for row in DECIDED {
        let decision = if row == 1 { Decision::Rejected } else { Decision::Accepted };
        let signed_off = (campaign || row != 90).then_some(true);
        let update = UpdateInput { signed_off, ..signed(decision) };
        review::update(&bed.deps, &bed.operator(), bed.review, RowId(row), update).await.unwrap();
    }
    if campaign {
        let end_date = Some(bed.deps.clock.now() + SignedDuration::from_hours(1));
        let edit = campaign::EditInput { end_date, ..campaign::EditInput::default() };
        let _ = campaign::update(&bed.deps, &bed.root(), bed.review, edit).await.unwrap();
    } else {
        due_in_an_hour(&bed).await;
    }
    bed.clock.turn(SignedDuration::from_hours(2));
    Stand::holding(&bed.engine.items(TABLE).unwrap(), bed.deps.clock.now())
}

fn id() -> ReviewId {
    ReviewId::new(uuid::Uuid::from_u128(0xbed))
}

/// Has the review expire; the message of the job that is left to do.
async fn expired_review(stand: &Stand) -> Message {
    let outcome = expire_due(&stand.deps).await.unwrap();
    assert_eq!(outcome, Expired { expired: 1, left: 0 });
    let message = stand.queue.take().unwrap();
    assert!(matches!(message, Message::Evaluate { .. }), "{message:?}");
    message
}

async fn log(stand: &Stand) -> Vec<(u32, Entry)> {
    let pages: Vec<u32> = (0..ROWS.div_ceil(64)).collect();
    let logs = stand.deps.store.pages().logs(&id(), &pages).await.unwrap();
    logs.into_iter().flat_map(|(page, log)| log.into_iter().map(move |entry| (page, entry))).collect()
}

/// The rows that the system has rejected, each as often as that stands in the log.
async fn rejected(stand: &Stand) -> Vec<u32> {
    let mut rows = Vec::new();
    for (page, entry) in log(stand).await.iter().filter(|(_, entry)| entry.actor.is_system()) {
        let acts = entry.acts.iter().filter(|act| act.change == Change::Decided { decision: Decision::Rejected });
        for act in acts {
            rows.extend((0..64).filter(|slot| act.rows & 1 << slot != 0).map(|slot| page * 64 + slot));
        }
    }
    rows.sort_unstable();
    rows
}

fn undecided() -> Vec<u32> {
    (0..ROWS).filter(|row| !DECIDED.contains(row)).collect()
}

/// That every undecided row was rejected and signed off once, with the note, and everything else left as it was.
async fn assert_done(stand: &Stand) {
    assert_eq!(rejected(stand).await, undecided());
    let store = &stand.deps.store;
    let states = store.pages().touched(&id(), 0..ROWS.div_ceil(64)).await.unwrap();
    for row in undecided().into_iter().map(RowId) {
        let state = states[&row.page()].row(row.slot()).unwrap();
        assert!(state.decision == Decision::Rejected && state.is_signed_off() && state.note.is_some(), "{row:?}");
        assert_eq!(state.version, 1, "{row:?}");
    }
    let counts = store.certifications().tally(&id()).await.unwrap().counts;
    assert_eq!(counts, states.values().map(|state| state.masks().counts()).sum());
    assert_eq!((counts.rejected, counts.accepted), (i64::from(ROWS) - 4, 4));
    assert_eq!(store.pages().broken(&id(), 0..8).await.unwrap(), []);
}

#[test]
fn a_sweep_or_worker_killed_at_any_call_leaves_the_same_table() {
    let original = simulate(1, overdue(false));
    same_table_whatever_dies(&original, async |stand| {
        for _ in 0..2 {
            // It looks every minute, and whatever a dead process has not sent is sent later.
            let _outcome = expire_due(&stand.deps).await;
            stand.engine.revive_if_dead();
            let _outcome = sweep::run(&stand.ahead(30)).await;
            stand.engine.revive_if_dead();
            while let Some(message) = stand.queue.take() {
                deliver_to_the_end(stand, message).await;
            }
        }
        stand.engine.revive();
        assert_done(stand).await;
    });
}

#[test]
fn messages_that_come_twice_late_or_in_any_order_reject_every_row_once() {
    for seed in 0..8 {
        simulate(seed, async {
            let stand = overdue(seed % 2 == 0).await;
            let first = expired_review(&stand).await;
            let mut draw = fastrand::Rng::with_seed(seed);
            let mut waiting =
                vec![first.clone(), first.clone(), Message::Evaluate { job: JobId::new(uuid::Uuid::nil()) }];
            let mut deliveries = 0;
            while !waiting.is_empty() {
                let next = waiting.swap_remove(draw.usize(..waiting.len()));
                deliveries += 1;
                // No time for more than a range: the job goes on with messages of its own.
                stand.deliver_within(&next, &|| Duration::ZERO).await.unwrap();
                if draw.bool() && deliveries < 20 {
                    waiting.push(next);
                }
                waiting.extend(std::iter::from_fn(|| stand.queue.take()));
            }
            assert!(deliveries >= 3, "{deliveries}");
            assert_done(&stand).await;
            let before = stand.dump();
            stand.deliver(&first).await.unwrap();
            assert!(stand.dump() == before, "a message that comes when all is done");
        });
    }
}

#[test]
fn two_workers_at_once_reject_every_row_once() {
    for seed in 0..6 {
        simulate(seed, async {
            let stand = overdue(false).await;
            let message = expired_review(&stand).await;
            stand.engine.set_faults(engine::Faults::races(seed)).unwrap();
            let (one, other) = futures::join!(stand.deliver(&message), stand.deliver(&message));
            stand.engine.clear_faults();
            if one.is_err() || other.is_err() {
                stand.deliver(&message).await.unwrap();
            }
            assert_done(&stand).await;
        });
    }
}

#[test]
fn what_administrators_mend_before_the_message_comes_stands() {
    simulate(1, async {
        let stand = overdue(false).await;
        let message = expired_review(&stand).await;
        let call = Call { now: stand.deps.clock.now(), ..stand.call() };
        for row in [7, 180] {
            let force = ForceInput { update: signed(Decision::Accepted), removal: None };
            review::force(&stand.deps, &call, id(), RowId(row), force).await.unwrap();
        }
        deliver_to_the_end(&stand, message).await;
        let expected: Vec<u32> = undecided().into_iter().filter(|row| ![7, 180].contains(row)).collect();
        assert_eq!(rejected(&stand).await, expected);
        let review = stand.deps.store.certifications().get(&id()).await.unwrap().unwrap().certification;
        assert!(review.expired_at.is_some() && review.completed_at.is_none(), "it has ended once");
    });
}

fn body(notice: &Notice) -> String {
    let rows: Vec<u32> = notice.rows.iter().map(|row| row.row.0).collect();
    serde_json::to_string(&rows).unwrap()
}

/// Tells receivers what the bus was told since; the rows that they heard of.
async fn heard(stand: &Stand) -> Vec<u32> {
    let receivers = Arc::new(MemoryReceivers::default());
    let receivers_of = Deps { receivers: receivers.clone(), ..stand.ahead(31) };
    let told: BTreeMap<String, String> =
        stand.bus.taken().into_iter().map(|event| (event.id.clone(), event.detail.clone())).collect();
    for detail in told.values() {
        if let Some(heard) = Heard::of(detail).unwrap() {
            assert_eq!(webhook::tell(&receivers_of, &heard, false, body).await.unwrap(), webhook::Told::All);
        }
    }
    let heard = std::mem::take(&mut *receivers.heard.lock().unwrap());
    let mut rows: Vec<u32> =
        heard.iter().flat_map(|(_, body)| serde_json::from_str::<Vec<u32>>(body).unwrap()).collect();
    rows.sort_unstable();
    rows
}

#[test]
fn receivers_hear_of_every_row_once_as_they_hear_of_what_reviewers_reject() {
    for crash in [None, Some(4), Some(6), Some(8), Some(11)] {
        simulate(1, async {
            let stand = overdue(false).await;
            let message = expired_review(&stand).await;
            if let Some(call) = crash {
                stand.engine.crash(Crash::During(call));
            }
            deliver_to_the_end(&stand, message).await;
            stand.engine.revive();
            sweep::run(&stand.ahead(30)).await.unwrap();
            assert_eq!(heard(&stand).await, undecided(), "{crash:?}");
            let states = stand.deps.store.pages().touched(&id(), 0..ROWS.div_ceil(64)).await.unwrap();
            for row in undecided().into_iter().map(RowId) {
                let state = states[&row.page()].row(row.slot()).unwrap();
                assert_eq!(state.notification, NotificationStatus::Succeed, "the receiver took it: {row:?}");
            }
        });
    }
}

#[test]
fn where_nobody_listens_and_no_removal_is_asked_for_none_is_owed() {
    simulate(1, async {
        let stand = overdue(true).await;
        let message = expired_review(&stand).await;
        deliver_to_the_end(&stand, message).await;
        assert_done(&stand).await;
        let states = stand.deps.store.pages().touched(&id(), 0..ROWS.div_ceil(64)).await.unwrap();
        let owed = states.values().flat_map(|state| state.rows()).filter(|(_, row)| row.notification.code() != 0);
        assert_eq!(owed.count(), 0, "a campaign that only records");
    });
}

#[test]
fn what_an_expired_campaign_owes_is_done_although_it_is_deleted_meanwhile() {
    for crash in [None, Some(6), Some(11)] {
        simulate(1, async {
            let stand = overdue(true).await;
            let message = expired_review(&stand).await;
            if let Some(call) = crash {
                stand.engine.crash(Crash::During(call));
                let _cut_off = stand.deliver(&message).await;
                stand.engine.revive();
            }
            let root = Call { now: stand.deps.clock.now(), ..stand.call() };
            campaign::delete(&stand.deps, &root, id()).await.unwrap();
            deliver_to_the_end(&stand, message).await;
            assert_done(&stand).await;
        });
    }
}
