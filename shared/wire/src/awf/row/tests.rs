use domain::automatic::Cause;
use domain::row::{Decision, NotificationStatus, RowState};
use domain::user::User;
use insta::assert_json_snapshot;

use super::*;
use crate::fixture::{at, decided, lena, mark, omar, row};
use crate::openapi::check::fits;

#[test]
fn an_untouched_row_is_shown_with_every_field() {
    let shown = encode(&row());
    fits("Result", &shown);
    assert_json_snapshot!(shown);
}

#[test]
fn a_decided_row_tells_who_did_what_when() {
    let state = RowState {
        decision: Decision::Fixed,
        signed_off: Some(mark(&lena(), "2026-09-03T08:15:31Z")),
        marked_fixed: Some(mark(&omar(), "2026-09-04T08:00:00Z")),
        reviewers: Some(vec![omar().key()]),
        notification: NotificationStatus::Succeed,
        ..RowState::default()
    };
    let shown = RowView {
        signed_off_by: Some(lena()),
        marked_fixed_by: Some(omar()),
        reviewers: vec![omar()],
        assigned_to_caller: false,
        ..decided(state)
    };
    let shown = encode_value(&shown);
    fits("ResultValue", &shown);
    let decided: Map<_, _> = shown["value"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| !["source", "destination", "joined_nodes"].contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    assert_json_snapshot!(decided);
}

fn line(by: User, what: LogAction) -> LogLine {
    LogLine { at: at("2026-09-03T08:15:30Z"), by, what, cause: None }
}

#[test]
fn the_action_log_has_an_entry_for_everything_people_do() {
    let log = vec![
        line(lena(), LogAction::Decided { decision: Decision::Accepted, note: Some("asked the owner".to_owned()) }),
        line(lena(), LogAction::Note { text: Some("asked the owner".to_owned()) }),
        line(
            lena(),
            LogAction::Cleared {
                reason: ClearedReason::ClearedByUser,
                previous: Decision::Accepted,
                decider: Some(lena()),
            },
        ),
        line(omar(), LogAction::Cleared { reason: ClearedReason::Undone, previous: Decision::None, decider: None }),
        line(omar(), LogAction::Flagged),
        line(omar(), LogAction::Reviewers { old: vec![lena()], new: vec![omar()] }),
        line(User::system(), LogAction::Notification { status: NotificationStatus::Pending }),
        line(omar(), LogAction::Answered { status: NotificationStatus::Failed, info: Some("refused".to_owned()) }),
        line(omar(), LogAction::Note { text: None }),
        line(omar(), LogAction::SignedOff),
        line(omar(), LogAction::SignOffUndone),
    ];
    let shown = encode(&RowView { log: Some(log), ..row() });
    fits("Result", &shown);
    assert_json_snapshot!(shown["action_log_entries"]);
}

#[test]
fn what_those_who_remove_access_told_is_listed_beside_the_log() {
    let log = vec![
        line(User::system(), LogAction::Notification { status: NotificationStatus::Pending }),
        line(omar(), LogAction::Answered { status: NotificationStatus::Failed, info: Some("refused".to_owned()) }),
        line(omar(), LogAction::Answered { status: NotificationStatus::Succeed, info: None }),
    ];
    let shown = encode(&RowView { log: Some(log), ..row() });
    fits("Result", &shown);
    assert_json_snapshot!(shown["notification_response_infos"]);
}

#[test]
fn what_a_rule_did_names_the_rule_and_its_version() {
    let id = "rule-6a8f5c1e-8a0b-4c4d-9f0e-0b7a5e1d2c33".parse().unwrap();
    let decided = LogAction::Decided { decision: Decision::Rejected, note: None };
    let by_rule = LogLine { cause: Some(Cause::Rule { id, version: 3 }), ..line(User::system(), decided) };
    let shown = encode(&RowView { log: Some(vec![by_rule]), ..row() });
    fits("Result", &shown);
    let entry = &shown["action_log_entries"][0];
    assert_eq!(entry["rule"], json!({ "id": "rule-6a8f5c1e-8a0b-4c4d-9f0e-0b7a5e1d2c33", "version": 3 }));
    assert_eq!(entry["user"]["user_type"], "system");
}

#[test]
fn a_page_tells_whether_there_is_more_on_either_side() {
    let page = Page { items: vec![row()], next: Some("n".to_owned()), end: Some("n".to_owned()), has_previous: true };
    let shown = encode_page(&page);
    fits("ResultPage", &shown);
    assert_eq!(
        (&shown["next_page_token"], &shown["has_more"], &shown["has_previous"]),
        (&json!("n"), &json!(true), &json!(true))
    );
    let empty = encode_page(&Page::empty());
    assert_eq!(empty, json!({ "values": [], "next_page_token": "", "has_more": false, "has_previous": false }));
}

#[test]
fn an_outcome_of_sign_off_fits_its_schema() {
    let shown = encode_sign_off(SignOffOutcome { signed_off: 2, skipped: 4 });
    fits("SignOff", &shown);
    assert_eq!(shown, json!({ "signed_off": 2, "skipped": 4 }));
}

#[test]
fn what_became_of_many_rows_fits_its_schema() {
    let rows = vec![
        (RowId(0), RowOutcome::Updated),
        (RowId(3), RowOutcome::Unchanged),
        (RowId(4), RowOutcome::Skipped("signed_off")),
    ];
    let shown = encode_bulk(&BulkOutcome { rows, next: Some("n".to_owned()) });
    fits("BulkOutcome", &shown);
    assert_eq!((&shown["matched"], &shown["updated"], &shown["skipped"]), (&json!(3), &json!(1), &json!(2)));
    assert_eq!(shown["results"][2], json!({ "result_id": 4, "outcome": "SKIPPED", "reason": "signed_off" }));
}

#[test]
fn hidden_columns_are_left_out_and_with_them_what_the_log_tells_of_them() {
    let log = vec![
        line(lena(), LogAction::Decided { decision: Decision::Accepted, note: Some("asked the owner".to_owned()) }),
        line(lena(), LogAction::Note { text: Some("asked the owner".to_owned()) }),
        line(omar(), LogAction::Reviewers { old: vec![lena()], new: vec![omar()] }),
    ];
    let hidden = ["source.name", "notes", "concrete_permissions", "decision_by_email", "status", "idp.name"];
    let state = RowState { decision: Decision::Accepted, ..RowState::default() };
    let shown = RowView {
        log: Some(log),
        hidden: hidden.map(str::to_owned).into(),
        decided_by: Some(lena()),
        ..decided(state)
    };
    let shown = encode(&shown);
    fits("Result", &shown);
    assert!(shown["source"].get("name").is_none() && shown["source"]["id"].is_string(), "{shown:#}");
    assert!(shown.get("notes").is_none() && shown.get("accumulated_raw_permissions").is_none(), "{shown:#}");
    assert_eq!(shown["decision"], "ACCEPTED");
    assert!(shown["decision_by"]["email"] == "" && shown["decision_by"]["id"] != "", "{shown:#}");
    let actions: Vec<&Value> = shown["action_log_entries"].as_array().unwrap().iter().map(|e| &e["action"]).collect();
    assert_eq!(actions, ["DECISION", "REVIEWER_ASSIGNED"]);
    assert!(!shown.to_string().contains("asked the owner"), "{shown:#}");
}
