//! Lists that are read while rows change, while the table has bad days, and with cursors that somebody has tampered with.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::decide::Verdict;
use domain::ids::RowId;
use domain::row::Approval;
use engine::Faults;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::bed::{Bed, accounts, everything, user};
use crate::review::{
    self, BatchInput, DecideInput, Dialect, ListInput, RowFilter, RowView, SortColumn, SortKey, Start, UpdateInput,
    UserReference,
};
use crate::{Call, Deps, Error, Page};

fn by(by: SortColumn) -> SortKey {
    SortKey { by, descending: false }
}

fn frozen(column: &str) -> SortKey {
    by(SortColumn::Frozen(column.to_owned()))
}

async fn list(deps: &Deps, bed: &Bed, call: &Call, input: &ListInput) -> Result<Page<RowView>, Error> {
    review::list(deps, call, bed.review, Dialect::Campaign, input.clone()).await
}

fn ids(page: &Page<RowView>) -> Vec<u32> {
    page.items.iter().map(|row| row.row.0).collect()
}

#[test]
fn rows_that_are_decided_between_two_pages_leave_a_list_of_pending_ones_without_a_gap() {
    engine::simulate(1, async {
        for order in [vec![frozen("source.name"), frozen("source.id")], vec![frozen("risk.score")]] {
            let bed = Bed::campaign(accounts(400, &["ann"])).await;
            let filter = RowFilter { status: Some(Approval::Pending), ..RowFilter::default() };
            let mut input = ListInput { filter, order, ..everything(30) };
            let mut shown = Vec::new();
            loop {
                let page = list(&bed.deps, &bed, &bed.reviewer("ann"), &input).await.unwrap();
                shown.extend(ids(&page));
                // What a reviewer does with a page: decide on it, and look at the next one.
                let accounts: Vec<String> =
                    page.items.iter().map(|row| row.frozen.text("source.id").unwrap().to_owned()).collect();
                let decided = BatchInput { accounts, verdict: Verdict::Approved, comment: None };
                let _ = review::decide_batch(&bed.deps, &bed.reviewer("ann"), bed.review, decided).await.unwrap();
                match page.next {
                    Some(next) => input.start = Start::After(next),
                    None => break,
                }
            }
            let each: BTreeSet<u32> = shown.iter().copied().collect();
            assert_eq!((shown.len(), each.len()), (400, 400));
        }
    });
}

#[test]
fn a_list_that_began_as_a_walk_stays_one_when_rows_of_others_come_in() {
    engine::simulate(1, async {
        let mut rows = accounts(400, &["ann", "bob"]);
        rows.iter_mut().for_each(|row| row.reviewers.truncate(1));
        let bed = Bed::campaign(rows).await;
        let own: Vec<u32> = (0..400).filter(|row| bed.rows[*row as usize].reviewers == ["ann"]).collect();
        let mut input = ListInput { order: vec![frozen("source.name"), frozen("source.id")], ..everything(60) };
        let first = list(&bed.deps, &bed, &bed.reviewer("ann"), &input).await.unwrap();
        let mut shown = ids(&first);
        // The last row is one of bob's, and sorts before much of what ann has not seen yet.
        let ann = UserReference { user_type: user("ann").user_type, id: "ann".to_owned(), email: None, name: None };
        let reassign = UpdateInput { reviewers: Some(vec![ann]), ..UpdateInput::default() };
        let _ = review::update(&bed.deps, &bed.root(), bed.review, RowId(399), reassign).await.unwrap();
        let mut next = first.next;
        while let Some(cursor) = next {
            input.start = Start::After(cursor);
            let page = list(&bed.deps, &bed, &bed.reviewer("ann"), &input).await.unwrap();
            shown.extend(ids(&page));
            next = page.next;
        }
        assert_eq!(shown, own.into_iter().chain([399]).collect::<Vec<_>>());
    });
}

#[test]
fn lists_are_the_same_in_bad_weather() {
    engine::simulate(3, async {
        let bed = Bed::in_blocks_of(64, accounts(900, &["ann", "bob"])).await;
        for number in (0..900).step_by(41) {
            let input = DecideInput { verdict: Verdict::ALL[number % 4], comment: Some(format!("note {number}")) };
            review::decide(&bed.deps, &bed.root(), bed.review, &format!("acct-{number}"), input).await.unwrap();
        }
        let text = |text: &str| Some(text.to_owned());
        let filters = [
            RowFilter { risk: text("high"), ..RowFilter::default() },
            RowFilter { mutable_filter: text(r#"notes co "note""#), ..RowFilter::default() },
            RowFilter { status: Some(Approval::Pending), search: text("zoe"), ..RowFilter::default() },
        ];
        for (seed, filter) in (0..).zip(filters.iter().cycle().take(12)) {
            let order = if seed % 2 == 0 { Vec::new() } else { vec![by(SortColumn::Reviewer), frozen("risk.score")] };
            let input = ListInput { filter: filter.clone(), order, ..everything(50) };
            let call = if seed % 3 == 0 { bed.reviewer("bob") } else { bed.operator() };
            let fair = list(&bed.deps, &bed, &call, &input).await.unwrap();
            bed.engine.set_faults(Faults::storm(seed)).unwrap();
            let mut tries = 0;
            let stormy = loop {
                tries += 1;
                match list(&bed.another(), &bed, &call, &input).await {
                    Ok(page) => break page,
                    Err(Error::Unavailable(_)) if tries < 20 => {}
                    Err(error) => panic!("{error}"),
                }
            };
            bed.engine.clear_faults();
            assert!(!fair.items.is_empty());
            assert_eq!((ids(&stormy), stormy.next), (ids(&fair), fair.next), "{seed}");
        }
    });
}

#[test]
fn cursors_name_rows_by_number_and_hold_nobodys_name() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(90, &["ann", "bob"])).await;
        let order = vec![frozen("source.name"), by(SortColumn::Status), by(SortColumn::DecidedAt)];
        let input = ListInput { order, ..everything(10) };
        let next = list(&bed.deps, &bed, &bed.operator(), &input).await.unwrap().next.unwrap();
        let cursor: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(next).unwrap()).unwrap();
        let row = cursor["p"]["r"].as_u64().unwrap();
        assert_eq!(cursor["p"], json!({ "r": row, "k": [0, null], "w": false }));
    });
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u32>().prop_map(Value::from),
        "[a-z]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(1, 4, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Value::from))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_cursor_that_was_tampered_with_is_refused_or_names_a_place_and_is_never_an_accident(
        places in prop::collection::vec((any_json(), any_json(), any_json(), any_json()), 1..12),
    ) {
        engine::simulate(1, async {
            let bed = Bed::campaign(accounts(150, &["ann", "bob"])).await;
            for order in [Vec::new(), vec![frozen("risk.score"), by(SortColumn::DecidedAt)], vec![by(SortColumn::Status)]] {
                let filter = RowFilter { search: Some("o".to_owned()), ..RowFilter::default() };
                let mut input = ListInput { order, filter, ..everything(10) };
                let next = list(&bed.deps, &bed, &bed.operator(), &input).await.unwrap().next.unwrap();
                let real: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(next).unwrap()).unwrap();
                for (r, k, s, w) in &places {
                    for changed in [json!({ "r": r, "k": k, "s": s, "w": w }), json!({ "r": 7, "k": k, "s": s, "w": true }), json!({ "r": r, "k": [1], "w": false })] {
                        let cursor = json!({ "b": real["b"], "p": changed });
                        input.start = Start::After(URL_SAFE_NO_PAD.encode(cursor.to_string()));
                        match list(&bed.deps, &bed, &bed.reviewer("ann"), &input).await {
                            Ok(page) => prop_assert!(page.items.iter().all(|row| row.reviewers.contains(&user("ann")))),
                            Err(Error::Invalid(faults)) => prop_assert_eq!(&faults[0].field, "after"),
                            Err(error) => prop_assert!(false, "{error} for {cursor}"),
                        }
                    }
                }
            }
            Ok(())
        })?;
    }
}
