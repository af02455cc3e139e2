//! What lists cost, by the meter of the table.

use domain::decide::Verdict;
use domain::row::Approval;
use engine::Usage;

use super::bed::{Bed, accounts, everything};
use crate::deps::Deps;
use crate::review::list::scan::NOTES_READ;
use crate::review::{self, BatchInput, Dialect, ListInput, RowFilter, SortColumn, SortKey, Start};
use crate::{Call, Page};

fn descending(by: SortColumn) -> Vec<SortKey> {
    vec![SortKey { by, descending: true }]
}

fn frozen(column: &str) -> SortColumn {
    SortColumn::Frozen(column.to_owned())
}

async fn list(deps: &Deps, bed: &Bed, call: &Call, input: &ListInput) -> Page<review::RowView> {
    review::list(deps, call, bed.review, Dialect::Campaign, input.clone()).await.unwrap()
}

/// Decides on every `step`th row from the first on.
async fn decide(bed: &Bed, step: usize, verdict: Verdict, comment: Option<&str>) {
    let rows: Vec<String> = bed.rows.iter().step_by(step).map(|row| row.id.clone()).collect();
    for accounts in rows.chunks(1_000) {
        let input = BatchInput { accounts: accounts.to_vec(), verdict, comment: comment.map(str::to_owned) };
        let _ = review::decide_batch(&bed.deps, &bed.root(), bed.review, input).await.unwrap();
    }
}

#[test]
fn a_filtered_and_sorted_page_over_a_hundred_thousand_rows_stays_within_its_budget() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(100_000, &["ann", "bob", "cid", "dan"])).await;
        decide(&bed, 64, Verdict::Rejected, None).await;
        let filter = RowFilter {
            risk: Some("high".to_owned()),
            mutable_filter: Some(r#"decision eq "NONE""#.to_owned()),
            ..RowFilter::default()
        };
        let input = ListInput { filter, order: descending(frozen("risk.score")), ..everything(100) };
        let cold = bed.another();
        bed.engine.reset_usage();
        let page = list(&cold, &bed, &bed.operator(), &input).await;
        let usage = bed.engine.reset_usage();
        assert_eq!(page.items.len(), 100);
        assert!(usage.read_units() <= 1_600.0 && usage.requests() <= 40, "{usage:?}");
        assert_eq!(usage.of("GetItem").requests, 0, "everything is read many at a time: {usage:?}");
    });
}

#[test]
fn pages_sorted_by_risk_read_the_blocks_that_may_hold_one_of_their_rows() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(100_000, &["ann", "bob", "cid", "dan"])).await;
        let mut input = ListInput { order: descending(frozen("risk.score")), ..everything(100) };
        let mut expected: Vec<(i64, u32)> =
            (0..).zip(&bed.rows).map(|(row, account)| (999 - account.risk, row)).collect();
        expected.sort_unstable();
        for page in expected.chunks(100).take(3) {
            let cold = bed.another();
            bed.engine.reset_usage();
            let found = list(&cold, &bed, &bed.operator(), &input).await;
            let usage = bed.engine.reset_usage();
            let rows: Vec<u32> = found.items.iter().map(|item| item.row.0).collect();
            assert_eq!(rows, page.iter().map(|(_, row)| *row).collect::<Vec<_>>());
            assert!(usage.read_units() <= 200.0 && usage.requests() <= 8, "{usage:?}");
            input.start = Start::After(found.next.expect("there are more"));
        }
    });
}

#[test]
fn a_status_is_found_without_reading_blocks() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(30_000, &["ann"])).await;
        decide(&bed, 9_973, Verdict::Flagged, None).await;
        let filter = RowFilter { status: Some(Approval::Flagged), ..RowFilter::default() };
        let input = ListInput { filter, ..everything(100) };
        let cold = bed.another();
        bed.engine.reset_usage();
        let page = list(&cold, &bed, &bed.reviewer("ann"), &input).await;
        let usage = bed.engine.reset_usage();
        assert_eq!(page.items.len(), 4);
        assert_eq!(page.next, None);
        assert!(usage.read_units() <= 40.0 && usage.requests() <= 12, "{usage:?}");
    });
}

#[test]
fn zone_maps_spare_the_blocks_that_cannot_match() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(60_000, &["ann", "bob"])).await;
        let whole = RowFilter { filter: Some(r#"source.id ew "777""#.to_owned()), ..RowFilter::default() };
        let name = &bed.rows[31_000].name;
        let narrow = RowFilter { filter: Some(format!(r#"source.name eq "{name}""#)), ..RowFilter::default() };
        let mut units = Vec::new();
        for filter in [whole, narrow] {
            let input = ListInput { filter, order: descending(frozen("risk.score")), ..everything(10) };
            let cold = bed.another();
            bed.engine.reset_usage();
            let page = list(&cold, &bed, &bed.operator(), &input).await;
            units.push(bed.engine.reset_usage().read_units());
            assert!(!page.items.is_empty());
        }
        assert!(units[1] * 5.0 < units[0], "{units:?}");
    });
}

/// All pages of a list, read by a function that has just started, with what they cost.
async fn read_through(bed: &Bed, mut input: ListInput) -> (usize, usize, Usage) {
    let cold = bed.another();
    bed.engine.reset_usage();
    let (mut rows, mut calls) = (0, 0);
    loop {
        let page = list(&cold, bed, &bed.operator(), &input).await;
        (rows, calls) = (rows + page.items.len(), calls + 1);
        match page.next {
            Some(next) => input.start = Start::After(next),
            None => return (rows, calls, bed.engine.reset_usage()),
        }
    }
}

#[test]
fn filters_over_a_hundred_thousand_rows_of_touched_pages_take_twenty_requests() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(100_000, &["ann", "bob", "cid", "dan"])).await;
        decide(&bed, 64, Verdict::Rejected, None).await;
        let frozen = Some("risk.score eq 7".to_owned());
        let sparse = Some(r#"risk.score eq 7 and source.account_type eq "service""#.to_owned());
        let changing = Some(r#"decision eq "REJECTED""#.to_owned());
        let decided_seven = bed.rows.iter().step_by(64).filter(|row| row.risk == 7).count();
        let filters = [
            (RowFilter { filter: frozen.clone(), ..RowFilter::default() }, 990),
            (RowFilter { filter: sparse, ..RowFilter::default() }, 198),
            (RowFilter { mutable_filter: changing.clone(), ..RowFilter::default() }, 1_563),
            (RowFilter { filter: frozen, mutable_filter: changing, ..RowFilter::default() }, decided_seven),
        ];
        for (filter, expected) in filters {
            let input = ListInput { filter, ..everything(2_000) };
            let (rows, calls, usage) = read_through(&bed, input).await;
            assert_eq!((rows, calls), (expected, 1));
            // A tenth of what a million rows may take: 15,000 units for what is frozen, 9,000 more with every page touched.
            assert!(usage.read_units() <= 2_400.0 && usage.requests() <= 20, "{usage:?}");
        }
    });
}

#[test]
fn pages_behind_the_first_of_a_filtered_walk_know_how_far_to_look() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(100_000, &["ann", "bob", "cid", "dan"])).await;
        let filter = RowFilter { filter: Some("risk.score eq 7".to_owned()), ..RowFilter::default() };
        let (rows, calls, usage) = read_through(&bed, ListInput { filter, ..everything(100) }).await;
        assert_eq!((rows, calls), (990, 10));
        // Entering, the blocks of 10,000 rows, and the two or three stripes of states over them; the zone maps once.
        assert!(usage.requests() <= 5 * 10 + 3 && usage.read_units() <= 1_500.0, "{usage:?}");
    });
}

#[test]
fn a_filter_on_notes_reads_a_bounded_number_of_them_and_finds_every_row() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(5_000, &["ann", "bob"])).await;
        decide(&bed, 1, Verdict::Approved, Some("usual")).await;
        let odd: Vec<String> = bed.rows.iter().skip(3).step_by(999).map(|row| row.id.clone()).collect();
        let input = BatchInput { accounts: odd, verdict: Verdict::Approved, comment: Some("unusual".to_owned()) };
        let _ = review::decide_batch(&bed.deps, &bed.root(), bed.review, input).await.unwrap();
        let filter = RowFilter { mutable_filter: Some(r#"notes sw "UN""#.to_owned()), ..RowFilter::default() };
        for order in [Vec::new(), descending(frozen("source.name"))] {
            let mut input = ListInput { filter: filter.clone(), order, ..everything(100) };
            let (mut found, mut calls) = (Vec::new(), 0);
            loop {
                bed.engine.reset_usage();
                let page = list(&bed.deps, &bed, &bed.operator(), &input).await;
                let usage = bed.engine.reset_usage();
                assert!(usage.requests() <= 2 * u64::try_from(NOTES_READ).unwrap() / 100 + 30, "{usage:?}");
                found.extend(page.items.iter().map(|row| row.row.0));
                calls += 1;
                match page.next {
                    Some(next) => input.start = Start::After(next),
                    None => break,
                }
            }
            assert!(calls > 1, "more notes than one call reads");
            found.sort_unstable();
            assert_eq!(found, [3, 1_002, 2_001, 3_000, 3_999, 4_998]);
        }
    });
}

#[test]
fn a_page_of_ones_own_rows_takes_three_requests_cold_and_two_warm() {
    engine::simulate(1, async {
        let mut rows = accounts(12_000, &["ann", "bob", "cid", "dan"]);
        rows.iter_mut().for_each(|row| row.reviewers.truncate(1));
        let bed = Bed::campaign(rows).await;
        let by = |column: &str| SortKey { by: frozen(column), descending: false };
        // The name alone is the beginning of the order of the layout.
        for order in [vec![by("source.name"), by("source.id")], vec![by("source.name")]] {
            let cold = bed.another();
            let mut input = ListInput { order, ..everything(100) };
            for (requests, units) in [(3, 16.0), (2, 4.0)] {
                bed.engine.reset_usage();
                let page = list(&cold, &bed, &bed.reviewer("dan"), &input).await;
                let usage = bed.engine.reset_usage();
                assert_eq!(page.items.len(), 100);
                assert!(usage.requests() <= requests && usage.read_units() <= units, "{usage:?}");
            }
            let second = list(&cold, &bed, &bed.reviewer("dan"), &input).await.next.unwrap();
            input.start = Start::After(second);
            bed.engine.reset_usage();
            let page = list(&bed.another(), &bed, &bed.reviewer("dan"), &input).await;
            let usage = bed.engine.reset_usage();
            assert_eq!(page.items.len(), 100);
            assert!(usage.requests() <= 3 && usage.read_units() <= 16.0, "{usage:?}");
        }
    });
}
