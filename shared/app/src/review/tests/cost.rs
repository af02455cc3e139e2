//! What calls cost, by the meter of the table: units are money, requests are time.

use domain::decide::Verdict;
use domain::ids::RowId;
use domain::row::Decision;
use engine::Usage;

use super::bed::{Bed, accounts, everything};
use crate::Error;
use crate::review::{
    self, BatchInput, DecideInput, Dialect, ListInput, SignOffInput, SortColumn, SortKey, UpdateInput,
};

const WRITES: [&str; 4] = ["TransactWriteItems", "PutItem", "UpdateItem", "BatchWriteItem"];

fn writes(usage: &Usage) -> (u64, f64) {
    let operations = WRITES.iter().map(|name| usage.of(name));
    operations
        .fold((0, 0.0), |(requests, units), operation| (requests + operation.requests, units + operation.write_units))
}

#[track_caller]
fn at_most(usage: &Usage, requests: u64, units: f64) {
    let (made, read) = (usage.requests(), usage.read_units());
    assert!(made <= requests && read <= units, "{made} of {requests} requests, {read} of {units} units: {usage:?}");
}

#[track_caller]
fn writes_at_most(usage: &Usage, requests: u64, units: f64) {
    let (made, written) = writes(usage);
    assert!(
        made <= requests && written <= units,
        "{made} of {requests} requests, {written} of {units} units: {usage:?}"
    );
}

fn usual() -> ListInput {
    let by = |column: &str| SortKey { by: SortColumn::Frozen(column.to_owned()), descending: false };
    ListInput { order: vec![by("source.name"), by("source.id")], ..everything(100) }
}

#[test]
fn a_page_of_ones_own_rows_stays_within_its_budget() {
    engine::simulate(1, async {
        let bed = Bed::campaign(
            accounts(12_000, &["ann", "bob", "cid", "dan"])
                .into_iter()
                .map(|mut row| {
                    row.reviewers.truncate(1);
                    row
                })
                .collect(),
        )
        .await;
        let list = async |deps| review::list(deps, &bed.reviewer("bob"), bed.review, Dialect::Campaign, usual()).await;
        let cold = bed.another();
        bed.engine.reset_usage();
        let page = list(&cold).await.unwrap();
        assert_eq!(page.items.len(), 100);
        // One unit is for what is hidden from reviewers.
        at_most(&bed.engine.reset_usage(), 4, 17.0);
        list(&cold).await.unwrap();
        at_most(&bed.engine.reset_usage(), 3, 5.0);

        let accounts: Vec<String> =
            page.items.iter().map(|row| row.frozen.text("source.id").unwrap().to_owned()).collect();
        let input = BatchInput { accounts, verdict: Verdict::Approved, comment: None };
        review::decide_batch(&cold, &bed.reviewer("bob"), bed.review, input).await.unwrap();
        let usage = bed.engine.reset_usage();
        assert!(usage.read_units() <= 9.0, "the block that was listed knows all of them: {usage:?}");
        list(&cold).await.unwrap();
        at_most(&bed.engine.reset_usage(), 3, 5.0);
    });
}

#[test]
fn a_decision_is_one_transaction_of_at_most_eight_units() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(2_000, &["ann", "bob"])).await;
        let decide = |account: &'static str, comment: Option<&str>| {
            let input = DecideInput { verdict: Verdict::Approved, comment: comment.map(str::to_owned) };
            let call = bed.root();
            let deps = &bed.deps;
            let id = bed.review;
            async move { review::decide(deps, &call, id, account, input).await.unwrap() }
        };
        let blocks = bed.deps.store.blocks();
        blocks.read_many(&bed.review, 1, &[0, 1, 2, 3]).await.unwrap();
        decide("acct-1", None).await;
        bed.engine.reset_usage();
        decide("acct-3", None).await;
        let usage = bed.engine.reset_usage();
        writes_at_most(&usage, 1, 8.0);
        // Campaign, certification and the place of the account together; then what was decided on its page.
        assert!(usage.requests() <= 1 + 2, "{usage:?}");
        decide("acct-5", Some("because")).await;
        writes_at_most(&bed.engine.reset_usage(), 1, 10.0);
    });
}

#[test]
fn a_hundred_adjacent_decisions_are_one_transaction() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(2_000, &["ann", "bob"])).await;
        let accounts: Vec<String> = bed.rows.iter().skip(64).take(100).map(|row| row.id.clone()).collect();
        let input = BatchInput { accounts, verdict: Verdict::Approved, comment: None };
        bed.engine.reset_usage();
        review::decide_batch(&bed.deps, &bed.reviewer("ann"), bed.review, input).await.unwrap();
        writes_at_most(&bed.engine.reset_usage(), 1, 24.0);
    });
}

#[test]
fn accounts_of_a_batch_are_looked_for_among_the_reviewers_own_blocks_where_those_are_few() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(2_000, &["ann", "bob"])).await;
        let own = |count: usize| {
            let mine = bed.rows.iter().filter(|row| row.reviewers[0] == "bob").take(count);
            let accounts: Vec<String> = mine.map(|row| row.id.clone()).collect();
            BatchInput { accounts, verdict: Verdict::Approved, comment: None }
        };
        for (batch, read) in [(100, 40.0), (6, 20.0)] {
            bed.engine.reset_usage();
            let cold = bed.another();
            let decided = review::decide_batch(&cold, &bed.reviewer("bob"), bed.review, own(batch)).await.unwrap();
            let usage = bed.engine.reset_usage();
            assert_eq!(decided.len(), batch);
            assert!(usage.read_units() <= read, "{batch}: {usage:?}");
        }
        let mut unknown = own(100);
        let others = bed.rows.iter().find(|row| row.reviewers == ["ann"]).unwrap();
        unknown.accounts.extend(["nobody".to_owned(), others.id.clone()]);
        let refused = review::decide_batch(&bed.another(), &bed.reviewer("bob"), bed.review, unknown).await;
        assert!(matches!(&refused, Err(Error::NotFound(faults)) if faults.len() == 2), "{refused:?}");
    });
}

#[test]
fn counts_cost_next_to_nothing() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(6_000, &["ann", "bob"])).await;
        for account in ["acct-1", "acct-3", "acct-5"] {
            let input = DecideInput { verdict: Verdict::Approved, comment: None };
            review::decide(&bed.deps, &bed.root(), bed.review, account, input).await.unwrap();
        }
        bed.engine.reset_usage();
        review::counts(&bed.deps, &bed.operator(), bed.review).await.unwrap();
        at_most(&bed.engine.reset_usage(), 1, 4.0);
        let own = review::counts(&bed.deps, &bed.reviewer("ann"), bed.review).await.unwrap();
        let units = 4.0 + f64::from(u32::try_from(own.total).unwrap()) / 256.0;
        at_most(&bed.engine.reset_usage(), 3, units);
    });
}

#[test]
fn signing_off_a_thousand_rows_takes_one_transaction() {
    engine::simulate(1, async {
        let bed = Bed::certification(accounts(2_000, &["ann", "bob"])).await;
        let rows: Vec<RowId> = (0..1_000).map(RowId).collect();
        let accept = UpdateInput { decision: Some(Decision::Accepted), ..UpdateInput::default() };
        review::update(&bed.deps, &bed.operator(), bed.review, RowId(7), accept).await.unwrap();
        bed.engine.reset_usage();
        let outcome = review::sign_off(&bed.deps, &bed.operator(), bed.review, SignOffInput::Rows(rows)).await.unwrap();
        assert_eq!((outcome.signed_off, outcome.skipped), (1, 999));
        writes_at_most(&bed.engine.reset_usage(), 1, 10.0);
    });
}
