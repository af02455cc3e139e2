//! Who is told what, and what comes of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use delivery::{Failure, Reach, Secret, Taken};
use domain::ids::RowId;
use domain::review::RevokeMode;
use domain::row::{Decision, NotificationStatus};
use domain::settings::{OverdueReviews, Setting, Value};
use domain::webhook::{Occasion, Signing, Webhook};
use jiff::SignedDuration;

use super::{Heard, Notice, Told, tell};
use crate::review::tests::bed::{Bed, accounts};
use crate::review::{self, AnswerInput, DecideInput, LogAction, SignOffInput, UpdateInput, Verdict};
use crate::testing::stand::{MemoryBus, Stand};
use crate::{Error, campaign, certification, settings};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn webhook(occasions: &[Occasion]) -> Webhook {
    let occasions: BTreeSet<Occasion> = occasions.iter().copied().collect();
    Webhook {
        url: "https://hooks.example.com/".to_owned(),
        signing: Signing::With(SECRET.to_owned()),
        occasions,
        enabled: true,
    }
}

/// A certification of 130 rows, whose receiver hears of these.
async fn bed(occasions: &[Occasion]) -> Bed {
    let bed = Bed::certification(accounts(130, &["ann"])).await;
    settings::put(&bed.deps, &bed.root(), Value::Webhook(Some(webhook(occasions))), None).await.unwrap();
    bed
}

/// Decides and signs off rows.
async fn signed_off(bed: &Bed, rows: std::ops::Range<u32>, decision: Decision) {
    let rows: Vec<RowId> = rows.map(RowId).collect();
    for row in &rows {
        let decide = UpdateInput { decision: Some(decision), ..UpdateInput::default() };
        review::update(&bed.deps, &bed.operator(), bed.review, *row, decide).await.unwrap();
    }
    review::sign_off(&bed.deps, &bed.operator(), bed.review, SignOffInput::Rows(rows)).await.unwrap();
}

/// The event of an occasion on rows, as it is read off the bus.
fn heard(bed: &Bed, occasion: Occasion, rows: std::ops::Range<u32>) -> Heard {
    let rows = rows.map(RowId).collect();
    Heard { id: "c#1".to_owned(), occasion, at: bed.operator().now, actor: None, review: bed.review, rows }
}

/// Has the bus remember what it is told from now on.
fn listening(bed: &mut Bed) -> Arc<MemoryBus> {
    let bus = Arc::new(MemoryBus::default());
    bed.deps.events = Arc::clone(&bus) as Arc<dyn crate::deps::Events>;
    bus
}

/// What receivers of rejected rows may want to hear of, in the order in which the bus was told.
fn orders(bus: &MemoryBus) -> Vec<Heard> {
    let heard = bus.taken().into_iter().filter_map(|event| Heard::of(&event.detail).unwrap());
    heard.filter(|heard| heard.occasion == Occasion::RowRejected).collect()
}

/// A body that says how many rows it is about.
fn body(notice: &Notice) -> String {
    format!("{} {}", notice.occasion.name(), notice.rows.len())
}

/// What was sent since the last question, without ids.
fn sent(bed: &Bed) -> Vec<String> {
    let mut sent: Vec<String> =
        std::mem::take(&mut *bed.receivers.heard.lock().unwrap()).into_iter().map(|(_, body)| body).collect();
    sent.sort();
    sent
}

/// How the removal of a row's access goes, and what was said about it last.
async fn standing(bed: &Bed, row: u32) -> (NotificationStatus, Option<String>) {
    let row = review::get(&bed.deps, &bed.operator(), bed.review, RowId(row), true).await.unwrap();
    let said = row.log.unwrap().into_iter().rev().find_map(|line| match line.what {
        LogAction::Answered { status: _, info } => info,
        _ => None,
    });
    (row.state.notification, said)
}

#[test]
fn rejected_rows_are_told_in_messages_of_a_hundred_and_their_removal_has_succeeded_when_taken() {
    engine::simulate(1, async {
        let bed = bed(&[Occasion::RowRejected]).await;
        signed_off(&bed, 0..120, Decision::Rejected).await;
        assert_eq!(standing(&bed, 7).await, (NotificationStatus::Pending, None));
        let heard = heard(&bed, Occasion::RowRejected, 0..120);
        assert_eq!(tell(&bed.deps, &heard, false, body).await.unwrap(), Told::All);
        assert_eq!(sent(&bed), ["row.rejected 100", "row.rejected 20"]);
        for row in [0, 99, 100, 119] {
            assert_eq!(standing(&bed, row).await, (NotificationStatus::Succeed, None));
        }
        assert_eq!(tell(&bed.deps, &heard, false, body).await.unwrap(), Told::All);
        assert_eq!(sent(&bed), [] as [&str; 0], "what was told is not told again");
    });
}

#[test]
fn a_receiver_that_takes_its_time_tells_later_and_what_it_told_stands() {
    engine::simulate(1, async {
        let bed = bed(&[Occasion::RowRejected]).await;
        signed_off(&bed, 0..2, Decision::Rejected).await;
        bed.receivers.answers.lock().unwrap().push(Ok(Taken::Later));
        tell(&bed.deps, &heard(&bed, Occasion::RowRejected, 0..1), false, body).await.unwrap();
        assert_eq!(standing(&bed, 0).await.0, NotificationStatus::Pending);
        let told = AnswerInput { status: NotificationStatus::Failed, info: Some("No such account".to_owned()) };
        review::answer(&bed.deps, &bed.operator(), bed.review, RowId(1), told).await.unwrap();
        tell(&bed.deps, &heard(&bed, Occasion::RowRejected, 1..2), false, body).await.unwrap();
        assert_eq!(standing(&bed, 1).await, (NotificationStatus::Failed, Some("No such account".to_owned())));
    });
}

#[test]
fn who_cannot_be_reached_is_asked_again_and_has_failed_in_the_end() {
    engine::simulate(1, async {
        let bed = bed(&[Occasion::RowRejected]).await;
        signed_off(&bed, 0..1, Decision::Rejected).await;
        let heard = heard(&bed, Occasion::RowRejected, 0..1);
        bed.receivers.answers.lock().unwrap().extend([Err(Failure::Answered(503)), Err(Failure::TimedOut)]);
        assert_eq!(tell(&bed.deps, &heard, false, body).await.unwrap(), Told::Again);
        assert_eq!(standing(&bed, 0).await, (NotificationStatus::Pending, None));
        assert_eq!(tell(&bed.deps, &heard, true, body).await.unwrap(), Told::All);
        let why = "the receiver answered 503".to_owned();
        assert_eq!(standing(&bed, 0).await, (NotificationStatus::Failed, Some(why)));
        let ids: BTreeSet<String> = bed.receivers.heard.lock().unwrap().iter().map(|(id, _)| id.clone()).collect();
        assert_eq!(ids.len(), 1, "a message keeps its id");
    });
}

#[test]
fn what_is_refused_is_not_sent_again() {
    engine::simulate(1, async {
        let bed = bed(&[Occasion::RowRejected]).await;
        signed_off(&bed, 0..1, Decision::Rejected).await;
        bed.receivers.answers.lock().unwrap().push(Err(Failure::Answered(410)));
        let heard = heard(&bed, Occasion::RowRejected, 0..1);
        assert_eq!(tell(&bed.deps, &heard, false, body).await.unwrap(), Told::All);
        assert_eq!(standing(&bed, 0).await.1.as_deref(), Some("the receiver answered 410"));
    });
}

#[test]
fn receivers_hear_of_what_they_asked_for_alone() {
    engine::simulate(1, async {
        let bed = bed(&[Occasion::RowAccepted, Occasion::ReviewCompleted]).await;
        signed_off(&bed, 0..3, Decision::Accepted).await;
        signed_off(&bed, 3..5, Decision::Rejected).await;
        assert_eq!(standing(&bed, 3).await.0, NotificationStatus::Unknown, "nobody is there to remove it");
        for occasion in [Occasion::RowAccepted, Occasion::RowRejected, Occasion::RowReassigned] {
            tell(&bed.deps, &heard(&bed, occasion, 0..5), false, body).await.unwrap();
        }
        tell(&bed.deps, &heard(&bed, Occasion::ReviewCompleted, 0..0), false, body).await.unwrap();
        assert_eq!(sent(&bed), ["review.completed 0", "row.accepted 3"]);
        let off = Webhook { enabled: false, ..webhook(&Occasion::ALL) };
        settings::put(&bed.deps, &bed.root(), Value::Webhook(Some(off)), None).await.unwrap();
        tell(&bed.deps, &heard(&bed, Occasion::RowAccepted, 0..3), false, body).await.unwrap();
        assert_eq!(sent(&bed), [] as [&str; 0]);
    });
}

#[test]
fn an_installation_that_narrows_its_reach_takes_private_receivers_out_of_it() {
    engine::simulate(1, async {
        let mut bed = bed(&[Occasion::RowRejected]).await;
        bed.deps.settings.webhook_reach = Reach::Anywhere;
        let inside = Webhook { url: "http://10.0.0.7/".to_owned(), ..webhook(&[Occasion::RowRejected]) };
        settings::put(&bed.deps, &bed.root(), Value::Webhook(Some(inside)), None).await.unwrap();
        signed_off(&bed, 0..1, Decision::Rejected).await;
        bed.deps.settings.webhook_reach = Reach::Public;
        tell(&bed.deps, &heard(&bed, Occasion::RowRejected, 0..1), false, body).await.unwrap();
        assert_eq!(sent(&bed), [] as [&str; 0]);
        let why = "the host is not one of the public internet".to_owned();
        assert_eq!(standing(&bed, 0).await, (NotificationStatus::Failed, Some(why)));
    });
}

#[test]
fn a_receiver_keeps_its_secret_until_another_is_named_and_loses_it_with_its_settings() {
    engine::simulate(1, async {
        let bed = bed(&[Occasion::RowAccepted]).await;
        let store = &bed.deps.store;
        let workflow = Some(bed.workflow());
        let put = async |signing: Signing, scope| {
            let value = Webhook { signing, ..webhook(&[Occasion::RowAccepted]) };
            settings::put(&bed.deps, &bed.root(), Value::Webhook(Some(value)), scope).await
        };
        put(Signing::Stored, None).await.unwrap();
        assert_eq!(store.webhook_secret(None).await.unwrap().as_deref(), Some(SECRET), "the rest has changed alone");
        let Err(Error::Invalid(faults)) = put(Signing::Stored, workflow).await else {
            panic!("no secret is there to stay")
        };
        assert_eq!(faults.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>(), ["value.secret"]);
        let other = SECRET.to_lowercase();
        put(Signing::With(other.clone()), workflow).await.unwrap();
        assert_eq!(store.webhook_secret(workflow).await.unwrap(), Some(other));
        assert_eq!(store.webhook_secret(None).await.unwrap().as_deref(), Some(SECRET));

        settings::remove(&bed.deps, &bed.root(), Setting::Webhook, workflow).await.unwrap();
        settings::put(&bed.deps, &bed.root(), Value::Webhook(None), None).await.unwrap();
        assert_eq!(store.webhook_secret(workflow).await.unwrap(), None);
        assert_eq!(store.webhook_secret(None).await.unwrap(), None);
    });
}

#[test]
fn messages_are_signed_with_the_secret_of_whoever_names_the_receiver() {
    engine::simulate(1, async {
        let bed = bed(&[Occasion::RowAccepted]).await;
        let workflow = bed.workflow();
        signed_off(&bed, 0..1, Decision::Accepted).await;
        let own = Signing::With(SECRET.to_lowercase());
        let own = Webhook { signing: own, ..webhook(&[Occasion::RowAccepted]) };
        settings::put(&bed.deps, &bed.root(), Value::Webhook(Some(own)), Some(workflow)).await.unwrap();
        let tell = async |n: &str| {
            let heard = Heard { id: n.to_owned(), ..heard(&bed, Occasion::RowAccepted, 0..1) };
            tell(&bed.deps, &heard, true, body).await.unwrap();
            let signed: Vec<String> = std::mem::take(&mut *bed.receivers.signed.lock().unwrap());
            let id = bed.receivers.heard.lock().unwrap().last().unwrap().0.clone();
            let by = |secret: &str| {
                Secret::parse(secret).unwrap().sign(&id, bed.deps.clock.now().as_second(), b"row.accepted 1")
            };
            [by(SECRET), by(&SECRET.to_lowercase())].map(|signature| signed == [signature])
        };
        assert_eq!(tell("one").await, [false, true]);
        settings::forget_secret(&bed.deps, workflow, bed.operator().now).await.unwrap();
        assert_eq!(tell("two").await, [false, false], "nothing is sent without a secret");
        settings::remove(&bed.deps, &bed.root(), Setting::Webhook, Some(workflow)).await.unwrap();
        assert_eq!(tell("three").await, [true, false]);
    });
}

#[test]
fn a_decision_that_may_be_taken_back_is_not_acted_on() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(3, &["ann"])).await;
        settings::put(&bed.deps, &bed.root(), Value::Webhook(Some(webhook(&Occasion::ALL))), None).await.unwrap();
        for row in ["acct-0", "acct-1"] {
            let revoke = DecideInput { verdict: Verdict::Revoked, comment: None };
            review::decide(&bed.deps, &bed.operator(), bed.review, row, revoke).await.unwrap();
        }
        let rows = [bed.row("acct-0"), bed.row("acct-1")];
        let both = Heard { rows: rows.to_vec(), ..heard(&bed, Occasion::RowRejected, 0..0) };
        bed.clock.turn(SignedDuration::from_millis(30_000));
        let instant = SignedDuration::from_millis(1);
        assert_eq!(tell(&bed.deps, &both, true, body).await.unwrap(), Told::NotYet(instant));
        assert_eq!(sent(&bed), [] as [&str; 0]);
        review::undo(&bed.deps, &bed.operator(), bed.review, "acct-0").await.unwrap();
        bed.clock.turn(SignedDuration::from_millis(1));
        assert_eq!(tell(&bed.deps, &both, false, body).await.unwrap(), Told::All);
        assert_eq!(sent(&bed), ["row.rejected 1"], "what was taken back is nobody's business");
    });
}

#[test]
fn an_approval_that_may_be_taken_back_is_not_told() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(3, &["ann"])).await;
        settings::put(&bed.deps, &bed.root(), Value::Webhook(Some(webhook(&Occasion::ALL))), None).await.unwrap();
        for row in ["acct-0", "acct-1"] {
            let approve = DecideInput { verdict: Verdict::Approved, comment: None };
            review::decide(&bed.deps, &bed.operator(), bed.review, row, approve).await.unwrap();
            bed.clock.turn(SignedDuration::from_secs(10));
        }
        let rows = [bed.row("acct-0"), bed.row("acct-1")];
        let both = Heard { rows: rows.to_vec(), ..heard(&bed, Occasion::RowAccepted, 0..0) };
        let left = SignedDuration::from_millis(20_001);
        assert_eq!(tell(&bed.deps, &both, false, body).await.unwrap(), Told::NotYet(left));
        assert_eq!(sent(&bed), [] as [&str; 0]);
        review::undo(&bed.deps, &bed.operator(), bed.review, "acct-1").await.unwrap();
        bed.clock.turn(left);
        assert_eq!(tell(&bed.deps, &both, false, body).await.unwrap(), Told::All);
        assert_eq!(sent(&bed), ["row.accepted 1"]);
    });
}

#[test]
fn what_automations_reject_is_told_when_the_review_is_open_however_long_that_takes() {
    engine::simulate(1, async {
        let stand = Stand::new();
        let all = Value::Webhook(Some(webhook(&Occasion::ALL)));
        settings::put(&stand.deps, &stand.call(), all, None).await.unwrap();
        let review = stand.start_certification("Account", "Application").await;
        let heard = |at| Heard {
            id: "c#1".to_owned(),
            occasion: Occasion::RowRejected,
            at,
            actor: None,
            review,
            rows: Vec::new(),
        };
        let now = stand.deps.clock.now();
        let told = async |hours: i64, is_last| {
            let since = now - SignedDuration::from_hours(hours);
            tell(&stand.deps, &heard(since), is_last, body).await.unwrap()
        };
        assert_eq!(told(0, true).await, Told::NotYet(SignedDuration::from_mins(5)), "no try is the last one");
        assert_eq!(told(23, true).await, Told::NotYet(SignedDuration::from_mins(5)));
        assert_eq!(told(24, false).await, Told::Again, "something is wrong with it");
        stand.drain().await;
        assert_eq!(told(0, false).await, Told::All);

        let failed = stand.start_certification("Account", "Application").await;
        let message = stand.queue.take().unwrap();
        assert!(stand.deps.store.jobs().cancel(message.job()).await.unwrap());
        stand.deliver(&message).await.unwrap();
        let never = Heard { review: failed, ..heard(now) };
        assert_eq!(tell(&stand.deps, &never, false, body).await.unwrap(), Told::All, "nobody will see its rows");
    });
}

#[test]
fn what_comes_of_a_message_counts_between_the_due_date_and_the_end_of_the_review() {
    engine::simulate(1, async {
        let bed = bed(&[Occasion::RowRejected]).await;
        let expire = Value::Overdue(OverdueReviews::Expire);
        settings::put(&bed.deps, &bed.root(), expire, None).await.unwrap();
        let due = bed.root().now + SignedDuration::from_mins(5);
        let edit = certification::EditInput { due_date: Some(Some(due)), ..certification::EditInput::default() };
        certification::update(&bed.deps, &bed.root(), bed.review, edit).await.unwrap();
        signed_off(&bed, 0..2, Decision::Rejected).await;
        bed.clock.turn(SignedDuration::from_mins(6));
        let heard = heard(&bed, Occasion::RowRejected, 0..2);
        assert_eq!(tell(&bed.deps, &heard, false, body).await.unwrap(), Told::All);
        assert_eq!(standing(&bed, 1).await.0, NotificationStatus::Succeed);
        tell(&bed.deps, &heard, false, body).await.unwrap();
        assert_eq!(sent(&bed), ["row.rejected 2"], "a removal is ordered once");
    });
}

#[test]
fn an_answer_orders_no_removal() {
    engine::simulate(1, async {
        let mut bed = bed(&[Occasion::RowRejected]).await;
        let bus = listening(&mut bed);
        let pending = |info: &str| AnswerInput { status: NotificationStatus::Pending, info: Some(info.to_owned()) };
        signed_off(&bed, 0..1, Decision::Accepted).await;
        review::answer(&bed.deps, &bed.operator(), bed.review, RowId(0), pending("looking")).await.unwrap();
        assert_eq!(orders(&bus), []);
        tell(&bed.deps, &heard(&bed, Occasion::RowRejected, 0..1), false, body).await.unwrap();
        assert_eq!(sent(&bed), [] as [&str; 0], "an accepted row is never told as rejected");

        signed_off(&bed, 1..2, Decision::Rejected).await;
        let [order] = orders(&bus).try_into().unwrap();
        bed.receivers.answers.lock().unwrap().push(Ok(Taken::Later));
        tell(&bed.deps, &order, false, body).await.unwrap();
        assert_eq!(sent(&bed), ["row.rejected 1"]);
        review::answer(&bed.deps, &bed.operator(), bed.review, RowId(1), pending("INC0042")).await.unwrap();
        let silent = AnswerInput { status: NotificationStatus::Pending, info: None };
        review::answer(&bed.deps, &bed.operator(), bed.review, RowId(1), silent).await.unwrap();
        for order in orders(&bus) {
            tell(&bed.deps, &order, false, body).await.unwrap();
        }
        assert_eq!(sent(&bed), [] as [&str; 0], "what was taken is not ordered again by telling how it goes");
        assert_eq!(standing(&bed, 1).await, (NotificationStatus::Pending, Some("INC0042".to_owned())));
    });
}

#[test]
fn a_row_that_is_rejected_twice_while_a_decision_may_be_undone_is_ordered_once() {
    engine::simulate(1, async {
        let mut bed = Bed::campaign(accounts(3, &["ann"])).await;
        let bus = listening(&mut bed);
        settings::put(&bed.deps, &bed.root(), Value::Webhook(Some(webhook(&Occasion::ALL))), None).await.unwrap();
        for verdict in [Verdict::Revoked, Verdict::Approved, Verdict::Revoked] {
            let input = DecideInput { verdict, comment: None };
            review::decide(&bed.deps, &bed.operator(), bed.review, "acct-0", input).await.unwrap();
            bed.clock.turn(SignedDuration::from_secs(10));
        }
        let [first, second] = orders(&bus).try_into().unwrap();
        bed.clock.turn(SignedDuration::from_secs(5));
        let left = SignedDuration::from_millis(15_001);
        assert_eq!(tell(&bed.deps, &first, false, body).await.unwrap(), Told::NotYet(left));
        bed.clock.turn(SignedDuration::from_secs(20));
        bed.receivers.answers.lock().unwrap().push(Ok(Taken::Later));
        assert_eq!(tell(&bed.deps, &second, false, body).await.unwrap(), Told::All);
        bed.clock.turn(SignedDuration::from_secs(340));
        assert_eq!(tell(&bed.deps, &first, false, body).await.unwrap(), Told::All);
        assert_eq!(sent(&bed), ["row.rejected 1"]);
    });
}

#[test]
fn of_an_event_in_several_messages_only_what_failed_is_sent_again() {
    engine::simulate(1, async {
        let bed = bed(&[Occasion::RowRejected]).await;
        signed_off(&bed, 0..120, Decision::Rejected).await;
        let heard = heard(&bed, Occasion::RowRejected, 0..120);
        bed.receivers.answers.lock().unwrap().extend([Err(Failure::TimedOut), Ok(Taken::Later)]);
        assert_eq!(tell(&bed.deps, &heard, false, body).await.unwrap(), Told::Again);
        assert_eq!(sent(&bed), ["row.rejected 100", "row.rejected 20"]);
        assert_eq!(standing(&bed, 0).await, (NotificationStatus::Pending, Some("taken by the receiver".to_owned())));
        assert_eq!(tell(&bed.deps, &heard, false, body).await.unwrap(), Told::All);
        assert_eq!(sent(&bed), ["row.rejected 20"]);
    });
}

#[test]
fn a_removal_is_ordered_and_answered_also_when_the_campaign_is_deleted_after_its_end() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(3, &["ann"])).await;
        settings::put(&bed.deps, &bed.root(), Value::Webhook(Some(webhook(&Occasion::ALL))), None).await.unwrap();
        let enforce = campaign::EditInput { revoke_mode: Some(RevokeMode::Enforce), ..campaign::EditInput::default() };
        let _ = campaign::update(&bed.deps, &bed.root(), bed.review, enforce).await.unwrap();
        for row in ["acct-0", "acct-1"] {
            let revoke = DecideInput { verdict: Verdict::Revoked, comment: None };
            review::decide(&bed.deps, &bed.operator(), bed.review, row, revoke).await.unwrap();
        }
        let _ = campaign::complete(&bed.deps, &bed.root(), bed.review).await.unwrap();
        campaign::delete(&bed.deps, &bed.root(), bed.review).await.unwrap();
        bed.clock.turn(SignedDuration::from_secs(31));

        let rows = [bed.row("acct-0"), bed.row("acct-1")];
        let both = Heard { rows: rows.to_vec(), ..heard(&bed, Occasion::RowRejected, 0..0) };
        bed.receivers.answers.lock().unwrap().push(Err(Failure::TimedOut));
        assert_eq!(tell(&bed.deps, &both, false, body).await.unwrap(), Told::Again, "it is still owed");
        bed.receivers.answers.lock().unwrap().push(Ok(Taken::Later));
        assert_eq!(tell(&bed.deps, &both, false, body).await.unwrap(), Told::All);
        assert_eq!(sent(&bed), ["row.rejected 2", "row.rejected 2"]);
        let taken = Some("taken by the receiver".to_owned());
        assert_eq!(standing(&bed, rows[0].0).await, (NotificationStatus::Pending, taken));

        let done = AnswerInput { status: NotificationStatus::Succeed, info: Some("INC0042".to_owned()) };
        review::answer(&bed.deps, &bed.operator(), bed.review, rows[0], done).await.unwrap();
        assert_eq!(standing(&bed, rows[0].0).await, (NotificationStatus::Succeed, Some("INC0042".to_owned())));
        let end = heard(&bed, Occasion::ReviewCompleted, 0..0);
        tell(&bed.deps, &end, false, body).await.unwrap();
        assert_eq!(sent(&bed), ["review.completed 0"]);
    });
}
