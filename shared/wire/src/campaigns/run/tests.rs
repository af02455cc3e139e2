use app::review::{RowView, Start};
use domain::row::{Decision, NotificationStatus, RowState};

use super::*;
use crate::fixture;
use crate::openapi::check::fits;

fn listed(pairs: &[(&str, &str)]) -> Result<ListInput, String> {
    let pairs = Pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
    list(&pairs).map_err(|error| match error {
        Error::Invalid(faults) => {
            faults.iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    })
}

#[test]
fn a_line_tells_who_answered_what_and_what_came_of_it() {
    let state =
        RowState { decision: Decision::Rejected, notification: NotificationStatus::Failed, ..RowState::default() };
    let row = RowView { answer: Some("Directory refused the removal".to_owned()), ..fixture::decided(state) };
    let answered_at = row.state.decided.as_ref().map(|mark| mark.at);
    let approver = Some("lena.brandt@corp.example".to_owned());
    let (response, outcome) = (Response::Revoked, Some(Outcome::Failure));
    let line = LineView { row, approver, response, answered_at, outcome };
    let page = encode_page(&Page { items: vec![line], next: None, end: Some("c".to_owned()), has_previous: false });
    fits("RunPage", &page);
    assert_eq!(
        page["runs"],
        json!([{
            "account_id": "acct-7731", "user": "Maya Okafor", "user_id": "own-118",
            "application": "Payroll", "application_id": "app-payroll", "approver": "lena.brandt@corp.example",
            "response_status": "revoked", "action_time": "2026-09-03T08:15:30.25Z", "result": "failure", "result_detail": "Directory refused the removal",
        }])
    );
}

#[test]
fn a_line_without_owner_or_answer_is_that_of_the_account() {
    let row = fixture::row();
    let line =
        LineView { row, approver: None, response: Response::MessageDeliveryFailed, answered_at: None, outcome: None };
    let page = encode_page(&Page { items: vec![line], next: None, end: None, has_previous: false });
    fits("RunPage", &page);
    for field in ["approver", "action_time", "result"] {
        assert_eq!(page["runs"][0][field], Value::Null, "{field}");
    }
}

#[test]
fn responses_are_read_by_word_and_label_in_any_case() {
    let input = listed(&[("response_status", "Approved, message delivery failed,PENDING_RESPONSE,approved")]).unwrap();
    let expected = [Response::Approved, Response::MessageDeliveryFailed, Response::PendingResponse];
    assert_eq!(input.filter.lines.responses, expected);
    assert_eq!(listed(&[("result", "NONE")]).unwrap().filter.lines.outcome, Some(None));
    assert_eq!(listed(&[("result", "failure")]).unwrap().filter.lines.outcome, Some(Some(Outcome::Failure)));
}

#[test]
fn lines_are_sorted_by_person_unless_asked_otherwise() {
    let by = |input: &ListInput| input.order.iter().map(|key| (key.by.clone(), key.descending)).collect::<Vec<_>>();
    let frozen = |name: &str| SortColumn::Frozen(name.to_owned());
    let plain = listed(&[]).unwrap();
    assert_eq!((plain.limit, &plain.start), (50, &Start::First));
    let then = [(frozen("destination.name"), false), (frozen("source.id"), false)];
    let all = [[(SortColumn::Person, false)].as_slice(), &then].concat();
    assert_eq!(by(&plain), all);
    let by_time = by(&listed(&[("sort", "-action_time")]).unwrap());
    assert_eq!(by_time[..2], [(SortColumn::Line(LineColumn::AnsweredAt), true), (SortColumn::Person, false)]);
}

#[test]
fn every_fault_is_told() {
    for (name, value) in [
        ("response_status", "approved,maybe"),
        ("response_status", ","),
        ("result", "maybe"),
        ("action_from", "yesterday"),
        ("action_to", "2026-09-01"),
        ("sort", "risk"),
        ("limit", "0"),
        ("user", &*"x".repeat(201)),
    ] {
        let fault = listed(&[(name, value)]).unwrap_err();
        assert!(fault.starts_with(&format!("{name}: ")), "{name}={value}: {fault}");
    }
    let all = listed(&[("result", "maybe"), ("sort", "risk")]).unwrap_err();
    assert!(all.contains("result: ") && all.contains("sort: "), "{all}");
}
