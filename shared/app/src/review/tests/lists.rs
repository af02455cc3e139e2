//! Lists against a plain sort, and what bounds, offsets and cursors do to them.

use domain::ids::RowId;
use domain::row::Approval;

use super::bed::{Account, Bed, accounts, all_pages, everything};
use crate::deps::{Config, Deps};
use crate::review::{self, Dialect, ListInput, RowFilter, SortColumn, SortKey, Start};
use crate::{Call, Error};

fn by(column: &str) -> SortKey {
    SortKey { by: SortColumn::Frozen(column.to_owned()), descending: false }
}

fn down(key: SortKey) -> SortKey {
    SortKey { descending: true, ..key }
}

async fn rows(deps: &Deps, bed: &Bed, call: &Call, dialect: Dialect, input: &ListInput) -> Vec<u32> {
    let page = |start| review::list(deps, call, bed.review, dialect, ListInput { start, ..input.clone() });
    let (items, _) = all_pages(page).await;
    items.into_iter().map(|row| row.row.0).collect()
}

/// What a plain sort over the rows says.
fn expected(
    bed: &Bed,
    own: Option<&str>,
    fits: impl Fn(&Account) -> bool,
    key: impl Fn(&Account) -> Vec<String>,
) -> Vec<u32> {
    let mut rows: Vec<(Vec<String>, u32)> = (0..)
        .zip(&bed.rows)
        .filter(|(_, row)| own.is_none_or(|own| row.reviewers.iter().any(|name| name == own)) && fits(row))
        .map(|(number, row)| (key(row), number))
        .collect();
    rows.sort();
    rows.into_iter().map(|(_, number)| number).collect()
}

fn by_account(row: &Account) -> Vec<String> {
    vec![row.name.clone(), row.id.clone()]
}

#[test]
fn every_list_shows_what_a_plain_sort_would() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(2_600, &["ann", "bob", "cid"])).await;
        let account = vec![by("source.name"), by("source.id")];
        for (own, call) in
            [(None, bed.operator()), (Some("ann"), bed.reviewer("ann")), (Some("cid"), bed.reviewer("cid"))]
        {
            for limit in [97, 700] {
                let input = ListInput { order: account.clone(), ..everything(limit) };
                let found = rows(&bed.deps, &bed, &call, Dialect::Campaign, &input).await;
                assert_eq!(found, expected(&bed, own, |_| true, by_account), "{own:?} {limit}");
                let back = ListInput { backwards: true, ..input.clone() };
                let mut reversed = rows(&bed.deps, &bed, &call, Dialect::Campaign, &back).await;
                reversed.reverse();
                assert_eq!(reversed, found, "backwards is the same list from its end");
                let plain = rows(&bed.deps, &bed, &call, Dialect::Certification, &everything(limit)).await;
                assert_eq!(plain, expected(&bed, own, |_| true, |_| Vec::new()), "all sources are of one type");
            }
            let input = ListInput { order: vec![down(by("risk.score"))], ..everything(500) };
            let found = rows(&bed.deps, &bed, &call, Dialect::Campaign, &input).await;
            assert_eq!(found, expected(&bed, own, |_| true, |row| vec![format!("{:03}", 999 - row.risk)]));
        }
    });
}

#[test]
fn a_walk_that_takes_several_calls_shows_the_same_rows() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(20_000, &["ann"])).await;
        let small = Deps { settings: Config { examined_rows: 3_000, ..Config::default() }, ..bed.deps.clone() };
        let rare = RowFilter { filter: Some(r#"source.id ew "999""#.to_owned()), ..RowFilter::default() };
        for backwards in [false, true] {
            let input = ListInput { filter: rare.clone(), backwards, ..everything(20) };
            let whole = rows(&bed.deps, &bed, &bed.operator(), Dialect::Campaign, &input).await;
            assert_eq!(whole.len(), 20);
            let found = rows(&small, &bed, &bed.operator(), Dialect::Campaign, &input).await;
            assert_eq!(found, whole);
            let first = review::list(&small, &bed.operator(), bed.review, Dialect::Campaign, input).await.unwrap();
            assert!(first.has_more() && first.items.len() < 20, "a bounded call answers a shorter page");
            assert_eq!(first.end, first.next);
        }
    });
}

#[test]
fn a_sorted_page_is_right_however_many_rows_there_are() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(20_000, &["ann", "bob"])).await;
        let small = Deps { settings: Config { examined_rows: 3_000, ..Config::default() }, ..bed.deps.clone() };
        let rare = RowFilter { filter: Some(r#"source.id ew "999""#.to_owned()), ..RowFilter::default() };
        let input = ListInput { filter: rare, order: vec![down(by("risk.score")), by("source.id")], ..everything(7) };
        let by_risk = |row: &Account| vec![format!("{:03}", 999 - row.risk), row.id.clone()];
        let wanted = expected(&bed, None, |row| row.id.ends_with("999"), by_risk);
        let first = review::list(&small, &bed.operator(), bed.review, Dialect::Campaign, input.clone()).await.unwrap();
        assert_eq!(first.items.iter().map(|row| row.row.0).collect::<Vec<_>>(), wanted[..7]);
        assert_eq!(rows(&small, &bed, &bed.operator(), Dialect::Campaign, &input).await, wanted);
    });
}

#[test]
fn an_offset_beyond_what_a_call_examines_is_reached_by_empty_pages() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(2_000, &["ann", "bob"])).await;
        let small = Deps { settings: Config { examined_rows: 300, ..Config::default() }, ..bed.deps.clone() };
        let pending = RowFilter { status: Some(Approval::Pending), ..RowFilter::default() };
        let account = vec![by("source.name"), by("source.id")];
        for (filter, order) in [(pending, Vec::new()), (RowFilter::default(), account)] {
            let key = |row: &Account| if order.is_empty() { Vec::new() } else { by_account(row) };
            let wanted = expected(&bed, None, |_| true, key);
            for offset in [299, 300, 301, 1_000, 1_999, 2_000, 2_001] {
                let mut input = ListInput {
                    start: Start::Offset(offset as u64),
                    filter: filter.clone(),
                    order: order.clone(),
                    ..everything(40)
                };
                let (mut found, mut calls) = (Vec::new(), 0);
                loop {
                    let page = review::list(&small, &bed.operator(), bed.review, Dialect::Campaign, input.clone())
                        .await
                        .unwrap();
                    found.extend(page.items.iter().map(|row| row.row.0));
                    calls += 1;
                    match page.next {
                        Some(next) => input.start = Start::After(next),
                        None => break,
                    }
                }
                assert_eq!(found, wanted[offset.min(2_000)..], "{offset}");
                assert!(calls >= offset / 300, "{calls} calls pass over {offset} rows");
            }
        }
    });
}

#[test]
fn an_offset_starts_after_that_many_rows() {
    engine::simulate(1, async {
        let bed = Bed::certification(accounts(700, &["ann", "bob"])).await;
        for (own, call) in [(None, bed.operator()), (Some("bob"), bed.reviewer("bob"))] {
            let all = expected(&bed, own, |_| true, |_| Vec::new());
            for offset in [0, 1, 64, 200, 5_000] {
                let input = ListInput { start: Start::Offset(offset), ..everything(30) };
                let page = review::list(&bed.deps, &call, bed.review, Dialect::Certification, input).await.unwrap();
                let rows: Vec<u32> = page.items.iter().map(|row| row.row.0).collect();
                let wanted: Vec<u32> = all.iter().copied().skip(offset as usize).take(30).collect();
                assert_eq!(rows, wanted, "{own:?} {offset}");
                assert_eq!(page.has_previous, offset > 0);
            }
        }
    });
}

#[test]
fn a_cursor_serves_only_the_list_it_came_from() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(30, &["ann"])).await;
        let input = everything(10);
        let first =
            review::list(&bed.deps, &bed.operator(), bed.review, Dialect::Campaign, input.clone()).await.unwrap();
        let start = Start::After(first.next.unwrap());
        let foreign = [
            ListInput { order: vec![by("source.name")], ..input.clone() },
            ListInput { backwards: true, ..input.clone() },
            ListInput { filter: RowFilter { risk: Some("low".to_owned()), ..RowFilter::default() }, ..input.clone() },
        ];
        for other in foreign {
            let other = ListInput { start: start.clone(), ..other };
            let refused = review::list(&bed.deps, &bed.operator(), bed.review, Dialect::Campaign, other).await;
            assert!(matches!(&refused, Err(Error::Invalid(faults)) if faults[0].field == "after"), "{refused:?}");
        }
        let other = ListInput { start, limit: 3, ..input };
        let rows = review::list(&bed.deps, &bed.operator(), bed.review, Dialect::Campaign, other).await.unwrap();
        assert_eq!(rows.items.iter().map(|row| row.row).collect::<Vec<_>>(), [RowId(10), RowId(11), RowId(12)]);
    });
}

#[test]
fn a_filter_that_cannot_be_read_is_named() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(3, &["ann"])).await;
        let filter = RowFilter {
            filter: Some("source.name xx 1".to_owned()),
            mutable_filter: Some("source.name eq 1".to_owned()),
            ..RowFilter::default()
        };
        let input = ListInput { filter, ..everything(10) };
        let refused = review::list(&bed.deps, &bed.operator(), bed.review, Dialect::Campaign, input).await;
        let Err(Error::Invalid(faults)) = refused else { panic!("{refused:?}") };
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["filter", "mutable_filter"]);
    });
}
