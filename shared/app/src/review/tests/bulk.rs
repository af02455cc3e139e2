//! The same change on many rows: bounded calls that reach every row once, repeated or not, in whatever weather.

use std::collections::BTreeMap;

use domain::ids::RowId;
use domain::page::Change;
use domain::refusal::Refusal;
use domain::row::Decision;
use engine::Faults;

use super::bed::{Bed, accounts};
use crate::deps::Deps;
use crate::review::{self, BulkInput, BulkOutcome, RowFilter, RowOutcome, Selection, SignOffInput, UpdateInput};
use crate::simulated::{answered, seeds};
use crate::{Call, Error, certification};

fn change(decision: Decision, notes: Option<&str>) -> UpdateInput {
    UpdateInput { decision: Some(decision), notes: notes.map(str::to_owned), ..UpdateInput::default() }
}

fn matching(filter: &str, mutable_filter: &str) -> Selection {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Selection::Matching(Box::new(RowFilter {
        filter: text(filter),
        mutable_filter: text(mutable_filter),
        ..RowFilter::default()
    }))
}

fn bulk(selection: Selection, change: UpdateInput) -> BulkInput {
    BulkInput { selection, change, after: None }
}

const UNDECIDED: &str = "decision eq \"NONE\"";

#[test]
fn a_filter_is_followed_to_its_end_in_several_calls() {
    engine::simulate(1, async {
        let mut bed = Bed::certification(accounts(700, &["ann", "bob"])).await;
        bed.deps.settings.examined_rows = 100;
        let (mut input, mut seen, mut calls) =
            (bulk(matching("", UNDECIDED), change(Decision::Accepted, None)), Vec::new(), 0);
        loop {
            let outcome = review::bulk_update(&bed.deps, &bed.operator(), bed.review, input.clone()).await.unwrap();
            seen.extend(outcome.rows);
            calls += 1;
            match outcome.next {
                Some(next) => input.after = Some(next),
                None => break,
            }
        }
        let expected: Vec<_> = (0..700).map(|row| (RowId(row), RowOutcome::Updated)).collect();
        assert_eq!((seen, calls), (expected, 7));
        let other = BulkInput { selection: matching("source.name pr", ""), ..input };
        let foreign = review::bulk_update(&bed.deps, &bed.operator(), bed.review, other).await;
        assert!(matches!(&foreign, Err(Error::Invalid(faults)) if faults[0].field == "after"), "{foreign:?}");
    });
}

#[test]
fn rows_that_refuse_are_left_alone_and_say_why() {
    engine::simulate(1, async {
        let bed = Bed::certification(accounts(40, &["ann", "bob"])).await;
        let (deps, id) = (&bed.deps, bed.review);
        let own: Vec<RowId> = (0..40).map(RowId).filter(|row| bed.rows[row.0 as usize].reviewers[0] == "ann").collect();
        let first = bulk(Selection::Rows(own[..3].to_vec()), change(Decision::Accepted, None));
        review::bulk_update(deps, &bed.reviewer("ann"), id, first).await.unwrap();
        review::sign_off(deps, &bed.reviewer("ann"), id, SignOffInput::Rows(own[..2].to_vec())).await.unwrap();

        let all = bulk(Selection::Rows(own[..5].to_vec()), change(Decision::Rejected, Some("left")));
        let outcome = review::bulk_update(deps, &bed.reviewer("ann"), id, all).await.unwrap();
        let words: Vec<RowOutcome> = outcome.rows.iter().map(|(_, outcome)| *outcome).collect();
        let locked = RowOutcome::Skipped("signed_off");
        assert_eq!(words, [locked, locked, RowOutcome::Updated, RowOutcome::Updated, RowOutcome::Updated]);
        let again = bulk(Selection::Rows(own[2..4].to_vec()), change(Decision::Rejected, Some("left")));
        let outcome = review::bulk_update(deps, &bed.reviewer("ann"), id, again).await.unwrap();
        assert_eq!((outcome.updated(), outcome.rows[0].1), (0, RowOutcome::Unchanged));
        let silent = bulk(Selection::Rows(own[5..6].to_vec()), change(Decision::Rejected, None));
        let outcome = review::bulk_update(deps, &bed.reviewer("ann"), id, silent).await.unwrap();
        assert_eq!(outcome.rows, [(own[5], RowOutcome::Skipped("note_required"))]);

        // What a filter finds are a reviewer's own rows; what is named and not theirs does not exist.
        let found = bulk(matching("source.id pr", ""), change(Decision::Accepted, None));
        let outcome = review::bulk_update(deps, &bed.reviewer("ann"), id, found.clone()).await.unwrap();
        let theirs = bed.rows.iter().filter(|row| row.reviewers.contains(&"ann".to_owned())).count();
        assert_eq!(outcome.rows.len(), theirs);
        let bobs = (0..40).map(RowId).find(|row| bed.rows[row.0 as usize].reviewers == ["bob"]).unwrap();
        let foreign = bulk(Selection::Rows(vec![own[0], bobs]), change(Decision::Accepted, None));
        let refused = review::bulk_update(deps, &bed.reviewer("ann"), id, foreign).await;
        assert!(matches!(&refused, Err(Error::NotFound(faults)) if faults.len() == 1), "{refused:?}");
        let nobody = review::bulk_update(deps, &bed.reviewer("zed"), id, found).await;
        assert!(matches!(nobody, Err(Error::NotFound(_))), "{nobody:?}");
    });
}

#[test]
fn a_completed_review_allows_no_change_of_many() {
    engine::simulate(1, async {
        let bed = Bed::certification(accounts(4, &["ann"])).await;
        let (deps, id) = (&bed.deps, bed.review);
        let input = bulk(matching("", UNDECIDED), change(Decision::Accepted, None));
        review::bulk_update(deps, &bed.operator(), id, input.clone()).await.unwrap();
        review::sign_off(deps, &bed.operator(), id, SignOffInput::Rows((0..4).map(RowId).collect())).await.unwrap();
        certification::complete(deps, &bed.operator(), id).await.unwrap();
        let late = review::bulk_update(deps, &bed.operator(), id, input).await;
        assert!(matches!(late, Err(Error::Refused(Refusal::Completed))), "{late:?}");
    });
}

async fn updated_rows(bed: &Bed, deps: &Deps, call: &Call, input: &BulkInput) -> BulkOutcome {
    answered(async || review::bulk_update(deps, call, bed.review, input.clone()).await).await
}

#[test]
fn a_repeated_call_counts_what_its_earlier_life_has_changed() {
    engine::simulate(1, async {
        let bed = Bed::certification(accounts(200, &["ann", "bob"])).await;
        let call = Call { repeatable: true, ..bed.operator() };
        let input = bulk(matching("", UNDECIDED), change(Decision::Accepted, Some("known")));
        let first = updated_rows(&bed, &bed.deps, &call, &input).await;
        assert_eq!(first.updated(), 200);
        assert_eq!(
            updated_rows(&bed, &bed.another(), &call, &input).await,
            first,
            "the filter matches none of them any more"
        );
        let fresh = updated_rows(&bed, &bed.deps, &bed.operator(), &input).await;
        assert_eq!(fresh.rows, [], "another call finds nothing left");
    });
}

#[test]
fn a_call_that_has_changed_rows_is_told_so_again_after_the_review_has_ended() {
    engine::simulate(1, async {
        let bed = Bed::certification(accounts(70, &["ann"])).await;
        let call = Call { repeatable: true, ..bed.operator() };
        let signed = UpdateInput { signed_off: Some(true), ..change(Decision::Accepted, Some("known")) };
        let input = bulk(matching("", UNDECIDED), signed);
        let first = updated_rows(&bed, &bed.deps, &call, &input).await;
        assert_eq!(first.updated(), 70);
        let _ = crate::certification::complete(&bed.deps, &bed.root(), bed.review).await.unwrap();
        assert_eq!(updated_rows(&bed, &bed.another(), &call, &input).await, first);
        let other = Call { repeatable: true, ..bed.operator() };
        let refused = review::bulk_update(&bed.deps, &other, bed.review, input).await;
        assert!(matches!(refused, Err(crate::Error::Refused(_))), "{refused:?}");
    });
}

#[test]
fn a_call_that_may_change_no_more_rows_ends_with_a_page_and_its_repetition_with_the_same() {
    engine::simulate(1, async {
        let mut bed = Bed::certification(accounts(200, &["ann", "bob"])).await;
        bed.deps.settings.bulk_rows = 100;
        let mut input = bulk(matching("", UNDECIDED), change(Decision::Accepted, Some("known")));
        let mut ends = Vec::new();
        loop {
            let call = Call { repeatable: true, ..bed.operator() };
            let first = updated_rows(&bed, &bed.deps, &call, &input).await;
            assert_eq!(first.updated(), first.rows.len());
            assert_eq!(updated_rows(&bed, &bed.deps, &call, &input).await, first);
            ends.extend(first.rows.last().map(|(row, _)| row.0));
            match first.next {
                Some(next) => input.after = Some(next),
                None => break,
            }
        }
        assert_eq!(ends, [63, 127, 199]);
        let tally = bed.deps.store.certifications().tally(&bed.review).await.unwrap();
        assert_eq!(tally.counts.accepted, 200);
    });
}

#[test]
fn a_repeated_sign_off_counts_what_it_has_signed_off() {
    engine::simulate(1, async {
        let bed = Bed::certification(accounts(100, &["ann", "bob"])).await;
        let (deps, id) = (&bed.deps, bed.review);
        let own = bulk(matching("source.account_type eq \"user\"", ""), change(Decision::Accepted, None));
        let decided = review::bulk_update(deps, &bed.reviewer("ann"), id, own).await.unwrap().updated();
        let rows: Vec<RowId> = (0..100).map(RowId).collect();
        for (who, input) in [("ann", SignOffInput::AssignedToMe), ("opal", SignOffInput::Rows(rows))] {
            let role = if who == "ann" { domain::user::Role::Reviewer } else { domain::user::Role::Operator };
            let mut call = bed.call(who, role);
            let first = review::sign_off(deps, &call, id, input.clone()).await.unwrap();
            call.repeatable = true;
            assert_eq!(review::sign_off(deps, &call, id, input).await.unwrap(), first, "{who}");
            let expected = if who == "ann" { decided } else { 0 };
            assert_eq!(usize::try_from(first.signed_off).unwrap(), expected, "{who}");
        }
    });
}

#[test]
fn in_bad_weather_each_row_is_changed_once_and_counted_once() {
    for seed in 0..seeds().div_ceil(12) {
        engine::simulate(seed, async {
            let bed = Bed::certification(accounts(400, &["ann", "bob", "cid"])).await;
            bed.engine.set_faults(Faults::storm(seed)).unwrap();
            let (deps, call) = (bed.another(), Call { repeatable: true, ..bed.operator() });
            let input = bulk(matching("", UNDECIDED), change(Decision::Rejected, Some("left")));
            let outcome = updated_rows(&bed, &deps, &call, &input).await;
            bed.engine.clear_faults();
            assert_eq!((outcome.rows.len(), outcome.updated()), (400, 400), "seed {seed}");
            let (store, id) = (bed.another().store, bed.review);
            assert_eq!(store.pages().broken(&id, 0..9).await.unwrap(), [], "seed {seed}");
            let mut times: BTreeMap<RowId, usize> = BTreeMap::new();
            for (page, log) in store.pages().logs(&id, &[0, 1, 2, 3, 4, 5, 6]).await.unwrap() {
                for act in log.iter().flat_map(|entry| &entry.acts) {
                    let decides = matches!(act.change, Change::Decided { .. });
                    for slot in (0..64).filter(|slot| decides && act.rows & 1 << slot != 0) {
                        *times.entry(RowId::at(page, slot).unwrap()).or_default() += 1;
                    }
                }
            }
            assert!(times.len() == 400 && times.values().all(|count| *count == 1), "seed {seed}: {times:?}");
            let tally = store.certifications().tally(&id).await.unwrap();
            assert_eq!(tally.counts.rejected, 400, "seed {seed}");
        });
    }
}
