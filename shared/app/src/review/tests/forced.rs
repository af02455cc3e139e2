//! Mending by force: until the seventh day is over, with counts that stay the recount.

use domain::counts::Counts;
use domain::ids::RowId;
use domain::refusal::Refusal;
use domain::row::{Decision, NotificationStatus};
use jiff::SignedDuration;

use super::bed::{Bed, accounts};
use crate::review::{self, AnswerInput, ForceInput, LogAction, SignOffInput, UpdateInput};
use crate::{Error, certification};

fn decide(decision: Decision) -> UpdateInput {
    UpdateInput { decision: Some(decision), ..UpdateInput::default() }
}

fn reopened(decision: Decision) -> ForceInput {
    let update = UpdateInput { decision: Some(decision), signed_off: Some(false), ..UpdateInput::default() };
    ForceInput { update, removal: None }
}

async fn recounted(bed: &Bed) -> Counts {
    let (store, id) = (&bed.deps.store, bed.review);
    assert_eq!(store.pages().broken(&id, 0..9).await.unwrap(), [], "every state is the fold of its log");
    let states = store.pages().touched(&id, 0..9).await.unwrap();
    let counts = states.values().map(|state| state.masks().counts()).sum::<Counts>();
    assert_eq!(store.certifications().tally(&id).await.unwrap().counts, counts);
    counts
}

#[test]
fn a_completed_review_is_mended_until_the_seventh_day_is_over() {
    engine::simulate(1, async {
        let bed = Bed::certification(accounts(70, &["ann", "bob"])).await;
        let (deps, id) = (&bed.deps, bed.review);
        for row in (0..70).map(RowId) {
            review::update(deps, &bed.operator(), id, row, decide(Decision::Accepted)).await.unwrap();
        }
        let all = SignOffInput::Rows((0..70).map(RowId).collect());
        review::sign_off(deps, &bed.operator(), id, all).await.unwrap();
        certification::complete(deps, &bed.operator(), id).await.unwrap();

        let row = review::force(deps, &bed.root(), id, RowId(65), reopened(Decision::Rejected)).await.unwrap();
        assert_eq!((row.state.decision, row.state.is_signed_off()), (Decision::Rejected, false));
        let counts = recounted(&bed).await;
        assert_eq!((counts.accepted, counts.rejected, counts.signed_off), (69, 1, 69));

        bed.clock.turn(SignedDuration::from_hours(7 * 24));
        review::force(deps, &bed.root(), id, RowId(65), reopened(Decision::Accepted)).await.unwrap();
        bed.clock.turn(SignedDuration::from_millis(1));
        let late = review::force(deps, &bed.root(), id, RowId(65), reopened(Decision::Rejected)).await;
        assert!(matches!(late, Err(Error::Refused(Refusal::GraceElapsed))), "{late:?}");
        let counts = recounted(&bed).await;
        assert_eq!((counts.accepted, counts.rejected, counts.signed_off), (70, 0, 69));

        let told = AnswerInput { status: NotificationStatus::Failed, info: Some("refused".to_owned()) };
        review::answer(deps, &bed.operator(), id, RowId(65), told).await.unwrap();
        assert_eq!(recounted(&bed).await, counts);
        let view = review::get(deps, &bed.operator(), id, RowId(65), true).await.unwrap();
        let last = view.log.unwrap().pop().unwrap().what;
        let expected = LogAction::Answered { status: NotificationStatus::Failed, info: Some("refused".to_owned()) };
        assert_eq!((last, view.state.decision), (expected, Decision::Accepted));
    });
}

#[test]
fn what_is_sent_again_is_done_once() {
    engine::simulate(1, async {
        let bed = Bed::certification(accounts(4, &["ann"])).await;
        let (deps, id) = (&bed.deps, bed.review);
        let told = AnswerInput { status: NotificationStatus::Pending, info: Some("INC0042".to_owned()) };
        let call = crate::Call { repeatable: true, ..bed.operator() };
        for _ in 0..3 {
            let row = review::answer(&bed.another(), &call, id, RowId(0), told.clone()).await.unwrap();
            assert_eq!(row.state.version, 1);
        }
        review::answer(deps, &bed.operator(), id, RowId(0), told).await.unwrap();
        let view = review::get(deps, &bed.operator(), id, RowId(0), true).await.unwrap();
        assert_eq!(view.log.unwrap().len(), 2, "another call is another answer, though it says the same");
    });
}
