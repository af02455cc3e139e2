use domain::row::NotificationStatus;
use serde_json::json;

use super::*;

fn faults<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    let Error::Invalid(faults) = result.unwrap_err() else { panic!("another error") };
    faults.iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect()
}

fn updated(body: &serde_json::Value) -> Result<Update, Error> {
    update(body.to_string().as_bytes())
}

#[test]
fn the_documented_sample_updates() {
    let sample = br#"{ "value": { "result_id": 4, "decision": "REJECTED", "notes": "No longer in the vault team",
        "signed_off_state": "SIGNED_OFF", "flagged": true, "source": {} } }"#;
    let Update { row, input, place } = update(sample).unwrap();
    assert_eq!((row, place.as_str()), (RowId(4), "value"));
    let expected = UpdateInput {
        decision: Some(Decision::Rejected),
        notes: Some("No longer in the vault team".to_owned()),
        reviewers: None,
        signed_off: Some(true),
    };
    assert_eq!(input, expected);
}

#[test]
fn every_form_of_a_decision_is_understood() {
    for (form, decision) in [
        (json!("NONE"), Decision::None),
        (json!("RESULT_DECISION_ACCEPTED"), Decision::Accepted),
        (json!("accepted"), Decision::Accepted),
        (json!(3), Decision::Rejected),
        (json!("3"), Decision::Rejected),
        (json!("result_decision_fixed"), Decision::Fixed),
    ] {
        for name in ["decision", "decisions"] {
            let update = updated(&json!({ "result_id": "1", name: form })).unwrap();
            assert_eq!((update.row, update.input.decision), (RowId(1), Some(decision)), "{name} {form}");
        }
    }
    let both = updated(&json!({ "result_id": 1, "decision": "ACCEPTED", "decisions": 2 })).unwrap();
    assert_eq!(both.input.decision, Some(Decision::Accepted));
}

#[test]
fn two_names_of_a_decision_must_agree() {
    let differing = json!({ "value": { "result_id": 6, "decision": "ACCEPTED", "decisions": "REJECTED" } });
    assert_eq!(faults(updated(&differing)), ["value.decisions: must not differ from decision"]);
}

#[test]
fn every_fault_of_an_update_is_found_at_once() {
    let body = json!({ "value": { "result_id": -1, "decision": "MAYBE", "signed_off_state": 9, "notes": 7, "reviewers": [{ "id": "x" }, 5] } });
    assert_eq!(
        faults(updated(&body)),
        [
            "value.result_id: must lie between 0 and 4294967295",
            "value.decision: must be one of NONE, ACCEPTED, REJECTED, FIXED",
            "value.notes: must be a string",
            "value.reviewers[1]: must be an object",
            "value.reviewers[0].user_type: is required",
            "value.signed_off_state: must be one of NOT_SIGNED_OFF, SIGNED_OFF",
        ]
    );
}

#[test]
fn an_update_must_change_something() {
    let issue = "must change at least one of decision, notes, reviewers, signed_off_state";
    for nothing in [
        json!({}),
        json!({ "decision": "UNKNOWN" }),
        json!({ "decision": 0, "signed_off_state": "UNKNOWN_SIGNED_OFF", "reviewers": [], "notes": null }),
    ] {
        let mut body = nothing;
        body["result_id"] = json!(6);
        assert_eq!(faults(updated(&json!({ "value": body }))), [format!("value: {issue}")]);
        assert_eq!(faults(updated(&body)), [format!("body: {issue}")]);
    }
    assert!(updated(&json!({ "result_id": 6, "notes": "" })).is_ok());
}

#[test]
fn an_error_of_the_use_case_names_the_field_where_it_stood() {
    use domain::refusal::Refusal;
    let wrapped = updated(&json!({ "value": { "result_id": 1, "decision": 3 } })).unwrap();
    let bare = updated(&json!({ "result_id": 1, "decision": 3 })).unwrap();
    let located = |update: &Update, error: Error| faults(Err::<(), _>(update.located(error)));
    assert_eq!(located(&wrapped, Error::invalid("reviewers[0]", "no such user")), ["value.reviewers[0]: no such user"]);
    assert_eq!(located(&bare, Error::invalid("reviewers[0]", "no such user")), ["reviewers[0]: no such user"]);
    assert_eq!(located(&wrapped, Error::Refused(Refusal::NoteRequired)), ["value.notes: this decision needs a note"]);
    assert!(matches!(wrapped.located(Error::Refused(Refusal::SignedOff)), Error::Refused(Refusal::SignedOff)));
    assert!(matches!(wrapped.located(Error::not_found()), Error::NotFound(_)));
}

#[test]
fn rows_to_sign_off_are_named_or_all_ones_own() {
    let read = |body: serde_json::Value| sign_off(body.to_string().as_bytes());
    assert_eq!(read(json!({ "result_ids": [3, "1", 3] })).unwrap(), SignOffInput::Rows(vec![RowId(1), RowId(3)]));
    assert_eq!(read(json!({ "value": { "all_assigned_to_me": "true" } })).unwrap(), SignOffInput::AssignedToMe);
    assert_eq!(faults(read(json!({}))), ["result_ids: is required unless all_assigned_to_me is true"]);
    assert_eq!(
        faults(read(json!({ "result_ids": [] }))),
        ["result_ids: is required unless all_assigned_to_me is true"]
    );
    assert_eq!(
        faults(read(json!({ "result_ids": [1], "all_assigned_to_me": true }))),
        ["result_ids: must be absent with all_assigned_to_me"]
    );
    assert_eq!(
        faults(read(json!({ "result_ids": [1, -1, "x", 4_294_967_296_u64] }))),
        ["result_ids[1]", "result_ids[2]", "result_ids[3]"]
            .map(|field| format!("{field}: must be an integer of at least 0"))
    );
    assert_eq!(faults(read(json!({ "result_ids": vec![1; 1001] }))), ["result_ids: must have at most 1000 elements"]);
}

#[test]
fn a_row_number_in_a_path_is_an_integer() {
    let row = |text: &str| path_row(&Pairs::from([("result_id", text)]));
    assert_eq!(row("0").unwrap(), RowId(0));
    assert_eq!(row("007").unwrap(), RowId(7));
    for bad in ["-1", "first", "1.0", "", "+1", " 1", "99999999999999999999"] {
        assert_eq!(faults(row(bad)), ["result_id: must be an integer of at least 0"], "{bad}");
    }
    assert!(matches!(row("4294967296"), Err(Error::NotFound(_))));
}

fn page(pairs: &[(&str, &str)]) -> Result<(Start, usize), Vec<String>> {
    let pairs = Pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
    let input = list(&pairs);
    if input.is_err() { Err(faults(input)) } else { Ok(input.map(|input| (input.start, input.limit)).unwrap()) }
}

#[test]
fn all_documented_forms_of_paging_work() {
    let after = |token: &str| Start::After(token.to_owned());
    for (pairs, expected) in [
        (vec![], (Start::First, 100)),
        (vec![("page_token", ""), ("page_size", "0")], (Start::First, 100)),
        (vec![("page_token", "0"), ("page_size", "2001")], (Start::First, 2000)),
        (vec![("page_token", "EAI=")], (after("EAI="), 100)),
        (vec![("page_token", "20"), ("page_size", "7")], (Start::Offset(20), 7)),
        (vec![("offset", "5"), ("size", "6")], (Start::Offset(5), 6)),
        (vec![("offset", "0"), ("size", "0")], (Start::First, 100)),
        (vec![("offset", "5"), ("size", "6"), ("page_size", "3")], (Start::First, 3)),
        (vec![("page_size", "99999999999999999999")], (Start::First, 2000)),
    ] {
        assert_eq!(page(&pairs), Ok(expected), "{pairs:?}");
    }
}

#[test]
fn bad_paging_is_refused_by_name() {
    for (pairs, expected) in [
        (vec![("page_size", "-1")], "page_size: must be at least 0"),
        (vec![("page_size", "x")], "page_size: must be an integer"),
        (vec![("offset", "-1")], "offset: must be at least 0"),
        (vec![("size", "-1")], "size: must be at least 0"),
        (vec![("paginate_direction_backwards", "yes")], "paginate_direction_backwards: must be a boolean"),
        (vec![("order_by", "name")], "order_by: must be `path [asc|desc]`, several separated by commas"),
        (vec![("order_by", "source.name down")], "order_by: must be `path [asc|desc]`, several separated by commas"),
        (vec![("order_by", "source.a.b")], "order_by: must be `path [asc|desc]`, several separated by commas"),
    ] {
        assert_eq!(page(&pairs), Err(vec![expected.to_owned()]));
    }
}

#[test]
fn a_list_takes_filters_order_and_direction() {
    let pairs = Pairs::from([
        ("filter", "source.name sw \"p\""),
        ("mutable_filter", "decision eq \"NONE\""),
        ("order_by", "source.name desc, decision,risk_level  ASC"),
        ("paginate_direction_backwards", "True"),
    ]);
    let input = list(&pairs).unwrap();
    assert_eq!(input.filter.filter.as_deref(), Some("source.name sw \"p\""));
    assert_eq!(input.filter.mutable_filter.as_deref(), Some("decision eq \"NONE\""));
    assert!(input.backwards && input.with_log);
    let order: Vec<_> = input.order.iter().map(|key| format!("{:?} {}", key.by, key.descending)).collect();
    assert_eq!(order, [r#"Frozen("source.name") true"#, "Status false", r#"Frozen("risk.score") false"#]);
}

#[test]
fn the_documented_sample_of_force_takes_a_sign_off_back() {
    let sample = br#"{ "value": { "result_id": 4, "signed_off_state": "NOT_SIGNED_OFF" } }"#;
    let Update { row, input, place } = force(sample).unwrap();
    assert_eq!((row, place.as_str()), (RowId(4), "value"));
    let update = UpdateInput { signed_off: Some(false), ..UpdateInput::default() };
    assert_eq!(input, ForceInput { update, removal: None });
    for (form, status) in [(json!("pending"), NotificationStatus::Pending), (json!("3"), NotificationStatus::Failed)] {
        let forced = force(json!({ "result_id": 1, "notification_status": form }).to_string().as_bytes()).unwrap();
        assert_eq!(forced.input.removal, Some(status));
    }
}

#[test]
fn the_documented_sample_tells_how_a_removal_goes() {
    let sample =
        br#"{ "result_id": "4", "notification_status": "FAILED", "webhook_info": "Directory refused the removal" }"#;
    let Update { row, input, place } = webhook_info(sample).unwrap();
    assert_eq!((row, place.as_str()), (RowId(4), ""));
    let info = Some("Directory refused the removal".to_owned());
    assert_eq!(input, AnswerInput { status: NotificationStatus::Failed, info });
    let missing = webhook_info(br#"{ "notification_status": 0, "webhook_info": 7 }"#);
    assert_eq!(
        faults(missing),
        [
            "result_id: is required",
            "notification_status: is required and must be one of PENDING, SUCCEED, FAILED",
            "webhook_info: must be a string",
        ]
    );
}
