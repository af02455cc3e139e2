//! Every list of random states, in every order and direction and for every caller, page by page, against the plainest
//! model there is: all rows, filtered by a closure and sorted by a comparison.

use std::cmp::Ordering;

use domain::decide::Verdict;
use domain::ids::RowId;
use domain::review::RevokeMode;
use domain::row::{Approval, Decision};
use domain::run::{Course, Outcome, Response, answered_at};
use proptest::prelude::*;

use super::bed::{Bed, accounts, all_pages, everything, user};
use crate::Call;
use crate::deps::{Config, Deps};
use crate::review::{
    self, BatchInput, Dialect, LineColumn, LineFilter, ListInput, RowFilter, RowView, SortColumn, SortKey, Start,
    UpdateInput, UserReference,
};

const ROWS: usize = 700;
const REVIEWERS: [&str; 3] = ["ann", "bob", "cid"];

/// Something that happens to rows before they are listed.
#[derive(Debug, Clone)]
enum Deed {
    Decide { from: usize, step: usize, count: usize, verdict: Verdict, comment: Option<&'static str> },
    Reassign { row: usize, to: &'static str },
}

fn any_deed() -> impl Strategy<Value = Deed> {
    let verdict = prop::sample::select(Verdict::ALL.to_vec());
    let comment = prop::sample::select(vec![None, Some("Left the team"), Some("still needed")]);
    prop_oneof![
        4 => (0..ROWS, 1_usize..40, 1_usize..60, verdict, comment).prop_map(|(from, step, count, verdict, comment)| {
            Deed::Decide { from, step, count, verdict, comment }
        }),
        1 => (0..ROWS, prop::sample::select(REVIEWERS.to_vec())).prop_map(|(row, to)| Deed::Reassign { row, to }),
    ]
}

async fn happen(bed: &Bed, deed: &Deed) {
    match deed {
        Deed::Decide { from, step, count, verdict, comment } => {
            let rows = (*from..ROWS).step_by(*step).take(*count);
            let accounts = rows.map(|row| bed.rows[row].id.clone()).collect();
            let input = BatchInput { accounts, verdict: *verdict, comment: comment.map(str::to_owned) };
            let _ = review::decide_batch(&bed.deps, &bed.root(), bed.review, input).await.unwrap();
        }
        Deed::Reassign { row, to } => {
            let to = UserReference { user_type: user(to).user_type, id: user(to).id, email: None, name: None };
            let input = UpdateInput { reviewers: Some(vec![to]), ..UpdateInput::default() };
            let row = RowId(u32::try_from(*row).unwrap());
            // A row that is signed off keeps its reviewers.
            let _ = review::update(&bed.deps, &bed.root(), bed.review, row, input).await;
        }
    }
}

type Holds = fn(&RowView) -> bool;

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// The course of the campaign.
const COURSE: Course = Course { terminated: false, revoke_mode: RevokeMode::RecordOnly };

fn person(row: &RowView) -> String {
    row.frozen.text("owner.name").or(row.frozen.text("source.name")).unwrap().to_owned()
}

fn approver(row: &RowView) -> Option<String> {
    let asked = if row.state.decision == Decision::None { row.reviewers.first() } else { row.decided_by.as_ref() };
    asked.map(|user| user.email.clone())
}

fn lines(lines: LineFilter) -> RowFilter {
    RowFilter { lines, ..RowFilter::default() }
}

/// Filters over lines of the run history, with what they mean.
fn line_filters() -> Vec<(RowFilter, Holds)> {
    let none = LineFilter::default;
    vec![
        (lines(LineFilter { user: text("AL.1"), ..none() }), |row| person(row).to_lowercase().contains("al.1")),
        (lines(LineFilter { approver: text("BOB@corp.example"), ..none() }), |row| {
            approver(row).as_deref() == Some("bob@corp.example")
        }),
        (lines(LineFilter { responses: vec![Response::Approved, Response::PendingResponse], ..none() }), |row| {
            matches!(COURSE.response(&row.state, &row.reviewers), Response::Approved | Response::PendingResponse)
        }),
        (lines(LineFilter { outcome: Some(None), ..none() }), |row| COURSE.outcome(&row.state).is_none()),
        (
            lines(LineFilter {
                outcome: Some(Some(Outcome::Success)),
                from: "2000-01-01T00:00:00Z".parse().ok(),
                user: text("o"),
                ..none()
            }),
            |row| COURSE.outcome(&row.state) == Some(Outcome::Success) && person(row).to_lowercase().contains('o'),
        ),
        (lines(LineFilter { to: "2000-01-01T00:00:00Z".parse().ok(), ..none() }), |_| false),
    ]
}

/// Filters with what they mean.
fn filters() -> Vec<(RowFilter, Holds)> {
    let none = RowFilter::default;
    let mut all: Vec<(RowFilter, Holds)> = vec![
        (none(), |_| true),
        (RowFilter { status: Some(Approval::Pending), ..none() }, |row| row.state.approval() == Approval::Pending),
        (RowFilter { status: Some(Approval::Rejected), ..none() }, |row| row.state.approval() == Approval::Rejected),
        (RowFilter { status: Some(Approval::Flagged), ..none() }, |row| row.state.approval() == Approval::Flagged),
        (RowFilter { status: Some(Approval::Revoked), ..none() }, |row| row.state.approval() == Approval::Revoked),
        (RowFilter { risk: text("high"), ..none() }, |row| row.frozen.text("risk.level") == Some("high")),
        (RowFilter { search: text("AL.\"1"), ..none() }, |_| false),
        (RowFilter { search: text("AL.1"), ..none() }, |row| {
            row.frozen.text("source.name").unwrap().to_lowercase().contains("al.1")
        }),
        (RowFilter { filter: text("risk.score gt 90 or source.account_type eq \"service\""), ..none() }, |row| {
            row.frozen.int("risk.score").unwrap() > 90 || row.frozen.text("source.account_type") == Some("service")
        }),
        (RowFilter { filter: text("source.nothing eq \"x\""), ..none() }, |_| false),
        (RowFilter { mutable_filter: text("notes co \"TEAM\""), ..none() }, |row| {
            row.note.as_deref() == Some("Left the team")
        }),
        (
            RowFilter {
                mutable_filter: text("not (notes pr) and signed_off_state eq \"signed_off\""),
                search: text("o"),
                ..none()
            },
            |row| {
                let name = row.frozen.text("source.name").unwrap();
                row.note.is_none() && row.state.is_signed_off() && name.contains('o')
            },
        ),
        (RowFilter { mutable_filter: text("reviewers eq \"BOB@corp.example\""), ..none() }, |row| {
            row.reviewers.iter().any(|user| user.email == "bob@corp.example")
        }),
        (
            RowFilter {
                mutable_filter: text("reviewers eq \"cid@corp.example\" and notes sw \"still\""),
                risk: text("low"),
                ..none()
            },
            |row| {
                row.reviewers.iter().any(|user| user.id == "cid")
                    && row.note.as_deref() == Some("still needed")
                    && row.frozen.text("risk.level") == Some("low")
            },
        ),
    ];
    all.extend(line_filters());
    all
}

fn any_order() -> impl Strategy<Value = Vec<SortKey>> {
    let by = prop_oneof![
        Just(SortColumn::Status),
        Just(SortColumn::Reviewer),
        Just(SortColumn::DecidedAt),
        Just(SortColumn::Person),
        prop::sample::select(vec![
            LineColumn::Approver,
            LineColumn::Response,
            LineColumn::AnsweredAt,
            LineColumn::Outcome,
        ])
        .prop_map(SortColumn::Line),
        prop::sample::select(vec!["source.name", "source.id", "source.type", "risk.score", "source.nothing"])
            .prop_map(|column| SortColumn::Frozen(column.to_owned())),
    ];
    let key = (by, any::<bool>()).prop_map(|(by, descending)| SortKey { by, descending });
    let account = ["source.name", "source.id"]
        .map(|column| SortKey { by: SortColumn::Frozen(column.to_owned()), descending: false });
    prop_oneof![3 => prop::collection::vec(key, 0..3), 1 => Just(account.to_vec())]
}

#[derive(Debug, PartialEq, PartialOrd)]
enum Key {
    Number(i64),
    Text(String),
}

fn key(row: &RowView, by: &SortColumn) -> Option<Key> {
    match by {
        SortColumn::Frozen(column) if column == "risk.score" => row.frozen.int(column).map(Key::Number),
        SortColumn::Frozen(column) => row.frozen.text(column).map(|text| Key::Text(text.to_owned())),
        SortColumn::Status => Some(Key::Number(row.state.approval() as i64)),
        SortColumn::Reviewer => row.reviewers.first().map(|user| Key::Text(user.email.clone())),
        SortColumn::DecidedAt => row.state.decided.as_ref().map(|mark| Key::Number(mark.at.as_millisecond())),
        SortColumn::Person => Some(Key::Text(person(row))),
        SortColumn::Line(LineColumn::Approver) => approver(row).map(Key::Text),
        SortColumn::Line(LineColumn::Response) => {
            Some(Key::Text(COURSE.response(&row.state, &row.reviewers).word().to_owned()))
        }
        SortColumn::Line(LineColumn::AnsweredAt) => answered_at(&row.state).map(|at| Key::Number(at.as_millisecond())),
        SortColumn::Line(LineColumn::Outcome) => {
            COURSE.outcome(&row.state).map(|outcome| Key::Text(outcome.word().to_owned()))
        }
    }
}

fn compare(order: &[SortKey], one: &RowView, two: &RowView) -> Ordering {
    let by_key = order.iter().map(|SortKey { by, descending }| match (key(one, by), key(two, by)) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) if *descending => b.partial_cmp(&a).unwrap(),
        (Some(a), Some(b)) => a.partial_cmp(&b).unwrap(),
    });
    by_key.fold(Ordering::Equal, Ordering::then).then(one.row.cmp(&two.row))
}

/// The list as it should be.
fn model(all: &[RowView], own: Option<&str>, input: &ListInput, holds: Holds) -> Vec<u32> {
    let mine = |row: &&RowView| own.is_none_or(|own| row.reviewers.iter().any(|user| user.id == own));
    let mut rows: Vec<&RowView> = all.iter().filter(mine).filter(|row| holds(row)).collect();
    rows.sort_by(|one, two| compare(&input.order, one, two));
    if input.backwards {
        rows.reverse();
    }
    rows.into_iter().map(|row| row.row.0).collect()
}

async fn listed(deps: &Deps, bed: &Bed, call: &Call, input: &ListInput) -> Vec<u32> {
    let page = |start| review::list(deps, call, bed.review, Dialect::Campaign, ListInput { start, ..input.clone() });
    let (items, _) = all_pages(page).await;
    items.into_iter().map(|row| row.row.0).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_list_pages_through_the_rows_that_the_model_has_in_its_order(
        deeds in prop::collection::vec(any_deed(), 0..12),
        lists in prop::collection::vec((any_order(), 0..filters().len(), any::<bool>(), 1_usize..300), 1..6),
        examined in prop::sample::select(vec![50_usize, 333, 100_000]),
        rows_per_block in prop::sample::select(vec![64_usize, 128, 512]),
    ) {
        engine::simulate(7, async {
            let bed = Bed::in_blocks_of(rows_per_block, accounts(ROWS, &REVIEWERS)).await;
            for deed in &deeds {
                happen(&bed, deed).await;
                bed.clock.turn(jiff::SignedDuration::from_secs(1));
            }
            let page = |start| {
                let input = ListInput { start, ..everything(500) };
                let call = bed.operator();
                let bed = &bed;
                async move { review::list(&bed.deps, &call, bed.review, Dialect::Campaign, input).await }
            };
            let (all, _) = all_pages(page).await;
            prop_assert_eq!(all.iter().map(|row| row.row.0).collect::<Vec<_>>(), (0..700).collect::<Vec<u32>>());
            let deps = Deps { settings: Config { examined_rows: examined, ..Config::default() }, ..bed.deps.clone() };
            for (order, filter, backwards, limit) in lists {
                let (filter, holds) = filters().swap_remove(filter);
                let input = ListInput { filter, order, backwards, limit, start: Start::First, with_log: false };
                for (own, call) in [(None, bed.operator()), (Some("bob"), bed.reviewer("bob"))] {
                    let found = listed(&deps, &bed, &call, &input).await;
                    prop_assert_eq!(found, model(&all, own, &input, holds), "{:?} {:?}", own, &input);
                }
            }
            Ok(())
        })?;
    }
}
