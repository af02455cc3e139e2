//! Reviews that end by themselves, to the millisecond, once, and whoever dies on the way.

mod rejecting;

use domain::decide::Verdict;
use domain::ids::{ReviewId, RowId};
use domain::refusal::Refusal;
use domain::review::{CampaignStatus, CertState, Certification, Phase};
use domain::row::Decision;
use domain::settings::{AutoComplete, CompletionRule, OverdueReviews, Value};
use domain::user::User;
use engine::{Crash, simulate};
use jiff::SignedDuration;

use super::*;
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::loading::jobs::sweep;
use crate::review::tests::bed::{Bed, accounts};
use crate::review::{self, DecideInput, ForceInput, SignOffInput, UpdateInput};
use crate::{campaign, certification};

const MS: SignedDuration = SignedDuration::from_millis(1);

async fn store(bed: &Bed, value: Value) {
    crate::settings::put(&bed.deps, &bed.root(), value, None).await.unwrap();
}

/// Has a certification be due in an hour.
async fn due_in_an_hour(bed: &Bed) {
    let due = bed.deps.clock.now() + SignedDuration::from_hours(1);
    let edit = certification::EditInput { due_date: Some(Some(due)), ..certification::EditInput::default() };
    certification::update(&bed.deps, &bed.operator(), bed.review, edit).await.unwrap();
}

async fn tick(bed: &Bed) -> Result<(), Error> {
    sweep::run(&bed.deps).await?;
    finish_due(&bed.deps).await?;
    expire_due(&bed.deps).await?;
    Ok(())
}

async fn certification(bed: &Bed) -> Certification {
    bed.deps.store.certifications().get(&bed.review).await.unwrap().unwrap().certification
}

fn signed(decision: Decision) -> UpdateInput {
    let notes = Some("as it was".to_owned());
    UpdateInput { decision: Some(decision), signed_off: Some(true), notes, ..UpdateInput::default() }
}

async fn sign(bed: &Bed, row: u32, decision: Decision) -> Result<(), Error> {
    review::update(&bed.deps, &bed.operator(), bed.review, RowId(row), signed(decision)).await.map(drop)
}

async fn approve(bed: &Bed, account: &str) -> Result<(), Error> {
    let input = DecideInput { verdict: Verdict::Approved, comment: None };
    review::decide(&bed.deps, &bed.operator(), bed.review, account, input).await.map(drop)
}

#[track_caller]
fn expired(outcome: Result<(), Error>) {
    assert!(matches!(outcome, Err(Error::Refused(Refusal::Expired))), "{outcome:?}");
}

#[test]
fn a_decision_at_the_due_date_counts_and_one_a_millisecond_later_finds_the_review_expired() {
    simulate(1, async {
        let bed = Bed::certification(accounts(4, &["ann"])).await;
        store(&bed, Value::Overdue(OverdueReviews::Expire)).await;
        due_in_an_hour(&bed).await;
        bed.clock.turn(SignedDuration::from_hours(1));
        tick(&bed).await.unwrap();
        sign(&bed, 0, Decision::Accepted).await.unwrap();
        assert_eq!(certification(&bed).await.phase(), Phase::Open);

        bed.clock.turn(MS);
        // Nobody has looked since.
        expired(sign(&bed, 1, Decision::Accepted).await);
        let now = bed.deps.clock.now();
        let after = certification(&bed).await;
        assert_eq!((after.state, after.expired_at, after.completed_at), (CertState::InProgress, Some(now), None));
        assert!(after.updated_by.unwrap().key().is_system());
        let seen = certification::get(&bed.deps, &bed.reviewer("ann"), bed.review).await;
        assert!(matches!(seen, Err(Error::NotFound(_))), "reviewers do not see it any more");
        bed.clock.turn(SignedDuration::from_mins(1));
        tick(&bed).await.unwrap();
        assert_eq!(certification(&bed).await.expired_at, Some(now), "once");
    });
}

#[test]
fn every_change_of_an_overdue_review_finds_it_expired_but_for_what_expired_reviews_allow() {
    for change in 0..7 {
        simulate(1, async {
            let bed = Bed::certification(accounts(4, &["ann"])).await;
            store(&bed, Value::Overdue(OverdueReviews::Expire)).await;
            sign(&bed, 0, Decision::Rejected).await.unwrap();
            due_in_an_hour(&bed).await;
            bed.clock.turn(SignedDuration::from_hours(2));
            let (deps, id, call) = (&bed.deps, bed.review, bed.root());
            let due_date = Some(Some(call.now + SignedDuration::from_hours(1)));
            match change {
                0 => expired(sign(&bed, 1, Decision::Accepted).await),
                1 => {
                    let all = SignOffInput::Rows((0..4).map(RowId).collect());
                    expired(review::sign_off(deps, &call, id, all).await.map(drop));
                }
                2 => expired(certification::complete(deps, &call, id).await.map(drop)),
                3 => {
                    let edit = certification::EditInput { due_date, ..certification::EditInput::default() };
                    expired(certification::update(deps, &call, id, edit).await);
                }
                4 => expired(certification::delete(deps, &call, id).await),
                5 => {
                    let fixed = UpdateInput { decision: Some(Decision::Fixed), ..UpdateInput::default() };
                    review::update(deps, &call, id, RowId(0), fixed).await.unwrap();
                }
                _ => {
                    let force = ForceInput { update: signed(Decision::Accepted), removal: None };
                    review::force(deps, &call, id, RowId(1), force).await.unwrap();
                }
            }
            assert!(certification(&bed).await.expired_at.is_some(), "change {change}");
        });
    }
}

#[test]
fn overdue_reviews_stay_open_until_somebody_wants_them_to_expire_and_none_comes_back() {
    simulate(1, async {
        let bed = Bed::campaign(accounts(4, &["ann"])).await;
        let start = bed.deps.clock.now();
        let end_date = Some(start + SignedDuration::from_hours(1));
        let edit = campaign::EditInput { end_date, ..campaign::EditInput::default() };
        let _ = campaign::update(&bed.deps, &bed.root(), bed.review, edit).await.unwrap();
        bed.clock.turn(SignedDuration::from_hours(9));
        tick(&bed).await.unwrap();
        approve(&bed, "acct-0").await.unwrap();
        assert_eq!(certification(&bed).await.phase(), Phase::Open);

        store(&bed, Value::Overdue(OverdueReviews::Expire)).await;
        tick(&bed).await.unwrap();
        let campaign = campaign::get(&bed.deps, &bed.operator(), bed.review).await.unwrap().campaign;
        assert_eq!((campaign.status, campaign.expired_at), (CampaignStatus::Completed, Some(bed.deps.clock.now())));
        expired(approve(&bed, "acct-1").await);
        expired(campaign::complete(&bed.deps, &bed.root(), bed.review).await.map(drop));

        store(&bed, Value::Overdue(OverdueReviews::StayOpen)).await;
        tick(&bed).await.unwrap();
        expired(approve(&bed, "acct-1").await);
        let tally = bed.deps.store.certifications().tally(&bed.review).await.unwrap();
        assert_eq!((tally.counts.accepted, tally.open), (1, false));
    });
}

#[test]
fn a_certification_completes_with_the_last_row_that_is_signed_off_and_not_before() {
    simulate(1, async {
        let bed = Bed::certification(accounts(70, &["ann", "bob"])).await;
        // At any time is when people may complete it; by itself it waits for its rows.
        store(&bed, Value::Completion(CompletionRule::Anytime)).await;
        store(&bed, Value::AutoComplete(AutoComplete::Enabled)).await;
        let (deps, id) = (&bed.deps, bed.review);
        for row in 0..70 {
            assert_eq!(certification(&bed).await.phase(), Phase::Open, "before row {row}");
            let update = UpdateInput { signed_off: None, ..signed(Decision::Accepted) };
            review::update(deps, &bed.operator(), id, RowId(row), update).await.unwrap();
        }
        let rows = |rows: std::ops::Range<u32>| SignOffInput::Rows(rows.map(RowId).collect());
        review::sign_off(deps, &bed.operator(), id, rows(0..69)).await.unwrap();
        assert_eq!(certification(&bed).await.phase(), Phase::Open);
        review::sign_off(deps, &bed.operator(), id, rows(69..70)).await.unwrap();
        let after = certification(&bed).await;
        assert_eq!((after.state, after.completed_at), (CertState::Completed, Some(deps.clock.now())));
        assert_eq!(after.completed_by, Some(User::system()));
    });
}

#[test]
fn a_rejected_row_keeps_a_review_open_that_waits_for_it_to_be_fixed() {
    simulate(1, async {
        let bed = Bed::certification(accounts(2, &["ann"])).await;
        store(&bed, Value::Completion(CompletionRule::AllRowsHaveNonRejectedDecision)).await;
        store(&bed, Value::AutoComplete(AutoComplete::Enabled)).await;
        sign(&bed, 0, Decision::Accepted).await.unwrap();
        sign(&bed, 1, Decision::Rejected).await.unwrap();
        tick(&bed).await.unwrap();
        assert_eq!(certification(&bed).await.phase(), Phase::Open);
        let fixed = UpdateInput { decision: Some(Decision::Fixed), ..UpdateInput::default() };
        review::update(&bed.deps, &bed.operator(), bed.review, RowId(1), fixed).await.unwrap();
        assert_eq!(certification(&bed).await.state, CertState::Completed);
    });
}

#[test]
fn a_review_without_rows_and_one_that_nobody_wants_to_complete_by_itself_stay_open() {
    simulate(1, async {
        let empty = Bed::certification(Vec::new()).await;
        store(&empty, Value::AutoComplete(AutoComplete::Enabled)).await;
        assert_eq!(finish_if_done(&empty.deps, empty.review).await.unwrap(), Finish::No);
        let bed = Bed::certification(accounts(1, &["ann"])).await;
        sign(&bed, 0, Decision::Accepted).await.unwrap();
        assert_eq!(finish_if_done(&bed.deps, bed.review).await.unwrap(), Finish::No);
    });
}

#[test]
fn a_campaign_completes_when_its_last_decision_cannot_be_undone_any_more() {
    simulate(1, async {
        let bed = Bed::campaign(accounts(2, &["ann"])).await;
        store(&bed, Value::AutoComplete(AutoComplete::Enabled)).await;
        approve(&bed, "acct-0").await.unwrap();
        let call = bed.operator();
        let input = DecideInput { verdict: Verdict::Rejected, comment: None };
        review::decide(&bed.deps, &call, bed.review, "acct-1", input).await.unwrap();
        bed.clock.turn(SignedDuration::from_secs(20));
        let call = Call { now: bed.deps.clock.now(), ..bed.operator() };
        review::undo(&bed.deps, &call, bed.review, "acct-1").await.unwrap();
        bed.clock.turn(SignedDuration::from_mins(1));
        tick(&bed).await.unwrap();
        assert_eq!(certification(&bed).await.phase(), Phase::Open, "the decision was taken back");

        approve(&bed, "acct-1").await.unwrap();
        bed.clock.turn(SignedDuration::from_secs(30));
        tick(&bed).await.unwrap();
        assert_eq!(certification(&bed).await.phase(), Phase::Open, "the very last millisecond");
        bed.clock.turn(MS);
        tick(&bed).await.unwrap();
        let after = certification(&bed).await;
        assert_eq!((after.state, after.completed_by), (CertState::Completed, Some(User::system())));
        bed.clock.turn(SignedDuration::from_hours(1));
        assert_eq!(bed.deps.store.endings().due(bed.deps.clock.now(), 9).await.unwrap(), []);
    });
}

#[test]
fn a_campaign_that_was_ready_at_its_end_date_is_completed_and_not_expired() {
    simulate(1, async {
        let bed = Bed::campaign(accounts(1, &["ann"])).await;
        store(&bed, Value::AutoComplete(AutoComplete::Enabled)).await;
        store(&bed, Value::Overdue(OverdueReviews::Expire)).await;
        let end_date = Some(bed.deps.clock.now() + SignedDuration::from_hours(1));
        let edit = campaign::EditInput { end_date, ..campaign::EditInput::default() };
        let _ = campaign::update(&bed.deps, &bed.root(), bed.review, edit).await.unwrap();
        bed.clock.turn(SignedDuration::from_secs(3_599));
        approve(&bed, "acct-0").await.unwrap();
        bed.clock.turn(SignedDuration::from_secs(2));
        tick(&bed).await.unwrap();
        let after = certification(&bed).await;
        assert_eq!((after.state, after.expired_at), (CertState::Completed, None));
    });
}

/// How a story ends when something dies at a call: the review, and how many calls there were.
async fn story(bed: &Bed, crash: Option<Crash>, what: impl AsyncFn(&Bed) -> Result<(), Error>) -> (Certification, u64) {
    let before = bed.engine.calls();
    if let Some(crash) = crash {
        bed.engine.crash(crash);
    }
    let outcome = what(bed).await;
    let calls = bed.engine.calls() - before;
    bed.engine.revive();
    let ticks = async || {
        for _ in 0..3 {
            bed.clock.turn(SignedDuration::from_mins(1));
            tick(bed).await.unwrap();
        }
    };
    ticks().await;
    let tally = bed.deps.store.certifications().tally(&bed.review).await.unwrap();
    let is_ready = tally.counts.signed_off == tally.total;
    assert!(!is_ready || !tally.open, "what was written alone ends the review: {crash:?}");
    // Nothing was written: the client heard nothing, and asks again.
    if outcome.is_err() && tally.open {
        what(bed).await.unwrap();
        ticks().await;
    }
    (certification(bed).await, calls)
}

fn at_every_call(bed: impl AsyncFn() -> Bed, what: impl AsyncFn(&Bed) -> Result<(), Error>) {
    let (expected, calls) = simulate(1, async { story(&bed().await, None, &what).await });
    assert!(calls > 4, "{calls}");
    for call in 1..=calls {
        for crash in [Crash::After(call - 1), Crash::During(call)] {
            let (after, _) = simulate(1, async { story(&bed().await, Some(crash), &what).await });
            let ended = |review: &Certification| (review.state, review.expired_at.is_some(), review.version);
            assert_eq!(ended(&after), ended(&expected), "{crash:?} of {calls}");
        }
    }
}

#[test]
fn a_function_killed_at_any_call_of_the_last_decision_leaves_a_review_that_completes() {
    let bed = async || {
        let bed = Bed::certification(accounts(2, &["ann"])).await;
        store(&bed, Value::AutoComplete(AutoComplete::Enabled)).await;
        sign(&bed, 0, Decision::Accepted).await.unwrap();
        bed
    };
    at_every_call(bed, async |bed| sign(bed, 1, Decision::Accepted).await);
}

#[test]
fn a_sweep_killed_at_any_call_ends_an_overdue_review_once() {
    let bed = async || {
        let bed = Bed::certification(accounts(2, &["ann"])).await;
        store(&bed, Value::Overdue(OverdueReviews::Expire)).await;
        due_in_an_hour(&bed).await;
        bed.clock.turn(SignedDuration::from_hours(2));
        bed
    };
    at_every_call(bed, async |bed| tick(bed).await);
}

#[test]
fn a_sweep_killed_at_any_call_completes_a_campaign_that_waited() {
    let bed = async || {
        let bed = Bed::campaign(accounts(1, &["ann"])).await;
        store(&bed, Value::AutoComplete(AutoComplete::Enabled)).await;
        approve(&bed, "acct-0").await.unwrap();
        bed.clock.turn(SignedDuration::from_secs(31));
        bed
    };
    at_every_call(bed, async |bed| tick(bed).await);
}
