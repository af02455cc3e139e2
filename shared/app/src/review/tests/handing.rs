//! Rows that change hands between more people than one transaction holds.

use domain::ids::RowId;
use domain::page::Change;
use domain::row::Decision;
use engine::Faults;

use super::super::open;
use super::bed::{Account, Bed, accounts};
use crate::deps::Deps;
use crate::review::command::bulk::{self, Asked, Reviewers, Work};
use crate::review::command::update;
use crate::review::{
    self, BulkInput, BulkOutcome, Dialect, RowFilter, RowOutcome, Selection, UpdateInput, UserReference,
};
use crate::simulated::{answered, seeds};
use crate::{Call, Error};

/// `rows` accounts with `each` reviewers who review nothing else.
fn crowded(rows: usize, each: usize) -> Vec<Account> {
    let crowd = |n: usize| (0..each).map(|k| format!("r{n:02}-{k:03}")).collect();
    let all = accounts(rows, &["ann"]).into_iter().enumerate();
    all.map(|(n, account)| Account { reviewers: crowd(n), ..account }).collect()
}

fn to_zed() -> UpdateInput {
    let zed = UserReference { user_type: "Identity".to_owned(), id: "zed".to_owned(), email: None, name: None };
    UpdateInput { reviewers: Some(vec![zed]), ..UpdateInput::default() }
}

/// What becomes of undecided rows: a filter finds none of them a second time.
fn accepted_and_to_zed() -> BulkInput {
    let filter = RowFilter { mutable_filter: Some("decision eq \"NONE\"".to_owned()), ..RowFilter::default() };
    let change = UpdateInput { decision: Some(Decision::Accepted), ..to_zed() };
    BulkInput { selection: Selection::Matching(Box::new(filter)), change, after: None }
}

async fn updated_rows(bed: &Bed, deps: &Deps, call: &Call, input: &BulkInput) -> BulkOutcome {
    answered(async || review::bulk_update(deps, call, bed.review, input.clone()).await).await
}

/// That all rows are Zed's alone, and each was handed over once.
async fn are_zeds(bed: &Bed, rows: u32) {
    let (store, id) = (bed.another().store, bed.review);
    assert_eq!(store.pages().broken(&id, 0..1).await.unwrap(), []);
    let reached = async |name: &str| store.reaches().of(&super::bed::user(name).key(), &id, 1).await.unwrap().rows();
    assert_eq!(reached("zed").await, u64::from(rows));
    for account in &bed.rows {
        for name in &account.reviewers {
            assert_eq!(reached(name).await, 0, "{name}");
        }
    }
    let log = store.pages().log(&id, 0).await.unwrap();
    let handed: Vec<u64> = log
        .iter()
        .flat_map(|entry| &entry.acts)
        .filter(|act| matches!(act.change, Change::Reviewers { .. }))
        .map(|act| act.rows)
        .collect();
    assert_eq!(handed.iter().map(|rows| rows.count_ones()).sum::<u32>(), rows, "each once");
    assert!(log.len() > 1, "one transaction cannot hold them");
}

#[test]
fn a_page_of_rows_that_each_leave_other_people_is_handed_over_in_turns() {
    engine::simulate(1, async {
        for selection in [Selection::Rows((0..64).map(RowId).collect()), Selection::All] {
            let bed = Bed::certification(crowded(64, 3)).await;
            let call = Call { repeatable: true, ..bed.operator() };
            let input = BulkInput { selection, change: to_zed(), after: None };
            let first = updated_rows(&bed, &bed.deps, &call, &input).await;
            assert_eq!(first.updated(), 64);
            are_zeds(&bed, 64).await;
            assert_eq!(updated_rows(&bed, &bed.another(), &call, &input).await, first);
            are_zeds(&bed, 64).await;
        }
    });
}

#[test]
fn what_would_be_handed_over_in_turns_is_told_of_all_turns() {
    engine::simulate(1, async {
        let bed = Bed::certification(crowded(64, 3)).await;
        let (deps, call) = (&bed.deps, bed.operator());
        let review = open::enter_rows(deps, &call, bed.review, Dialect::Certification).await.unwrap();
        let asked = Asked::of(bed.review, &Selection::All, None).unwrap();
        let named = to_zed().reviewers.unwrap();
        let change = update::row_update(&to_zed());
        let work = Work { change, note: None, reviewers: Some(Reviewers::Named(&named)), rehearse: true };
        let outcome = bulk::apply(deps, &call, &review, &asked, work).await.unwrap();
        assert_eq!((outcome.rows.len(), outcome.updated()), (64, 64));
        assert!(deps.store.pages().log(&bed.review, 0).await.unwrap().is_empty(), "it is only told");
    });
}

#[test]
fn a_call_in_turns_that_is_repeated_counts_what_it_has_done_whatever_its_filter_finds_now() {
    for seed in 0..seeds().div_ceil(12) {
        engine::simulate(seed, async {
            let bed = Bed::certification(crowded(64, 3)).await;
            bed.engine.set_faults(Faults::storm(seed)).unwrap();
            let (deps, call) = (bed.another(), Call { repeatable: true, ..bed.operator() });
            let outcome = updated_rows(&bed, &deps, &call, &accepted_and_to_zed()).await;
            bed.engine.clear_faults();
            assert_eq!((outcome.rows.len(), outcome.updated()), (64, 64), "seed {seed}");
            assert_eq!(updated_rows(&bed, &deps, &call, &accepted_and_to_zed()).await, outcome, "seed {seed}");
            are_zeds(&bed, 64).await;
        });
    }
}

#[test]
fn a_row_of_more_people_than_can_lose_it_at_once_is_refused_with_nothing_written() {
    engine::simulate(1, async {
        let bed = Bed::certification(crowded(2, 120)).await;
        let before = bed.engine.dump(super::bed::TABLE).unwrap();
        let one = review::update(&bed.deps, &bed.operator(), bed.review, RowId(0), to_zed()).await;
        assert!(matches!(&one, Err(Error::Invalid(faults)) if faults[0].field == "reviewers"), "{one:?}");
        let input = BulkInput { selection: Selection::Rows(vec![RowId(1)]), change: to_zed(), after: None };
        let many = review::bulk_update(&bed.deps, &bed.operator(), bed.review, input).await.unwrap();
        assert_eq!(many.rows, [(RowId(1), RowOutcome::Skipped("too_many_reviewers"))]);
        assert!(bed.engine.dump(super::bed::TABLE).unwrap() == before);
    });
}
