use domain::row::{Decision, NotificationStatus, RowState};
use insta::assert_json_snapshot;

use super::*;
use crate::fixture;
use crate::openapi::check::fits;

fn faults<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    let Error::Invalid(faults) = result.unwrap_err() else { panic!("another error") };
    faults.iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect()
}

#[test]
fn every_word_of_a_decision_is_understood() {
    for (words, verdict) in [
        (["approved", "approve", "APPROVED", " Approve "], Verdict::Approved),
        (["rejected", "reject", "Rejected", "REJECT"], Verdict::Rejected),
        (["flagged", "flag", "FLAGGED", "Flag"], Verdict::Flagged),
        (["revoked", "revoke", "Revoked", "REVOKE"], Verdict::Revoked),
    ] {
        for word in words {
            let input = decide(json!({ "decision": word }).to_string().as_bytes()).unwrap();
            assert_eq!(input, DecideInput { verdict, comment: None }, "{word}");
        }
    }
}

#[test]
fn the_documented_sample_decides() {
    let sample = br#"{ "decision": "rejected", "comment": "Transferred to another plant", "x": [1] }"#;
    let expected = DecideInput { verdict: Verdict::Rejected, comment: Some("Transferred to another plant".to_owned()) };
    assert_eq!(decide(sample).unwrap(), expected);
}

#[test]
fn bad_decisions_are_refused_by_field() {
    let long = json!({ "decision": "perhaps", "comment": "c".repeat(4001) }).to_string();
    for (body, expected) in [
        ("{}", vec!["decision: is required"]),
        (r#"{"decision":null}"#, vec!["decision: is required"]),
        (r#"{"decision":7,"comment":[]}"#, vec!["decision: must be a string", "comment: must be a string"]),
        (
            &long,
            vec![
                "decision: must be one of approved, rejected, flagged, revoked",
                "comment: must have at most 4000 characters",
            ],
        ),
        ("[]", vec!["body: must be a JSON object"]),
    ] {
        assert_eq!(faults(decide(body.as_bytes())), expected, "{body}");
    }
}

#[test]
fn a_batch_keeps_the_order_and_drops_duplicates() {
    let body = br#"{ "account_ids": ["b", "a", "b"], "decision": "approve", "comment": "Regular close team" }"#;
    let input = decide_batch(body).unwrap();
    assert_eq!(input.accounts, ["b", "a"]);
    assert_eq!(input.verdict, Verdict::Approved);
}

#[test]
fn bad_batches_are_refused_by_field() {
    let many = json!({ "account_ids": vec!["a"; 1001], "decision": "approved" }).to_string();
    for (body, expected) in [
        ("{}", vec!["account_ids: is required", "decision: is required"]),
        (r#"{"account_ids":[],"decision":"flag"}"#, vec!["account_ids: must have at least 1 element"]),
        (r#"{"account_ids":"acct","decision":"flag"}"#, vec!["account_ids: must be a list"]),
        (
            r#"{"account_ids":[1,"a",null],"decision":"flag"}"#,
            vec!["account_ids[0]: must be a string", "account_ids[2]: must be a string"],
        ),
        (&many, vec!["account_ids: must have at most 1000 elements"]),
    ] {
        assert_eq!(faults(decide_batch(body.as_bytes())), expected, "{body}");
    }
}

#[test]
fn a_pending_approval_has_no_decision() {
    let approval = encode(&fixture::row());
    fits("Approval", &approval);
    assert_json_snapshot!(approval);
}

#[test]
fn a_rejected_approval_tells_who_when_why_and_until_when_it_can_be_undone() {
    let approval = encode(&fixture::decided(RowState { decision: Decision::Rejected, ..RowState::default() }));
    fits("Approval", &approval);
    assert_json_snapshot!(approval);
}

#[test]
fn every_state_has_its_word() {
    let state = |decision, flagged, notification| RowState { decision, flagged, notification, ..RowState::default() };
    use NotificationStatus::{Failed, Pending, Succeed, Unknown};
    for (state, status, decision) in [
        (state(Decision::None, false, Unknown), "pending", Value::Null),
        (state(Decision::None, true, Unknown), "flagged", json!("flagged")),
        (state(Decision::Accepted, false, Unknown), "approved", json!("approved")),
        (state(Decision::Rejected, false, Pending), "rejected", json!("rejected")),
        (state(Decision::Rejected, false, Failed), "rejected", json!("rejected")),
        (state(Decision::Rejected, false, Succeed), "revoked", json!("revoked")),
        (state(Decision::Fixed, false, Unknown), "revoked", json!("revoked")),
    ] {
        let approval = encode(&fixture::decided(state));
        fits("Approval", &approval);
        assert_eq!((&approval["status"], &approval["decision"]), (&json!(status), &decision));
        assert_eq!(approval["decided_at"].is_null(), status == "pending");
    }
}

#[test]
fn pages_and_batches_fit_their_schemas() {
    let page = Page {
        items: vec![fixture::row()],
        next: Some("n".to_owned()),
        end: Some("n".to_owned()),
        has_previous: false,
    };
    let page = encode_page(&page);
    fits("ApprovalPage", &page);
    assert_eq!(page["pageInfo"], json!({ "hasNextPage": true, "endCursor": "n" }));
    let empty = encode_page(&Page::empty());
    assert_eq!(empty, json!({ "approvals": [], "pageInfo": { "hasNextPage": false, "endCursor": null } }));
    fits("ApprovalList", &encode_batch(&[fixture::row()], 1));
    let shortened = encode_batch(&[fixture::row(), fixture::row(), fixture::row()], 1);
    fits("ApprovalList", &shortened);
    assert_eq!((shortened["approvals"].as_array().map(Vec::len), &shortened["omitted"]), (Some(1), &json!(2)));
}

#[test]
fn a_list_of_approvals_is_long_by_default_and_ordered_by_name() {
    let input = list(&Pairs::default()).unwrap();
    assert_eq!((input.limit, input.order.len(), input.with_log), (5000, 2, false));
    let input = list(&Pairs::from([("limit", "9999"), ("status", "Rejected")])).unwrap();
    assert_eq!((input.limit, input.filter.status), (5000, Some(Approval::Rejected)));
    assert_eq!(
        faults(list(&Pairs::from([("status", "unsure")]))),
        ["status: must be one of pending, approved, rejected, flagged, revoked"]
    );
}
