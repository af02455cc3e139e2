//! When a review may be completed.

use blackbox::Answer;
use serde_json::{Value, json};

use crate::alone::{Alone, path};
use crate::world::{World, administrator, awf_error, campaigns_error, names_field, operator};

const SETTING: &str = "cert_completion_settings";

fn complete(certification: &str) -> Answer {
    operator().post_empty(&format!("/api/preview/awf/certifications/{certification}:complete"))
}

fn decide(certification: &str, value: Value) {
    let path = format!("/api/preview/awf/certifications/{certification}/results");
    let _ = operator().put(&path, json!({ "value": value })).expect(200);
}

/// Completion is refused, and tells how many rows are in the way.
#[track_caller]
fn blocked(answer: &Answer, rows: &str) {
    awf_error(answer, 409, "FailedPrecondition");
    assert!(answer.body["message"].as_str().is_some_and(|text| text.to_lowercase().contains(rows)), "{}", answer.text);
}

#[test]
fn a_certification_needs_every_row_decided_and_signed_off_unless_told_otherwise() {
    let alone = Alone::new();
    let (id, rows) = World::new(3).certification();
    blocked(&complete(&id), &format!("{rows} rows are not signed off"));
    decide(&id, json!({ "result_id": 0, "decision": "ACCEPTED", "signed_off_state": "SIGNED_OFF" }));
    decide(&id, json!({ "result_id": 1, "decision": "ACCEPTED" }));
    blocked(&complete(&id), &format!("{} rows are not signed off", rows - 1));
    alone.put(SETTING, json!("COMPLETION_ALLOWED_ANYTIME"));
    assert_eq!(complete(&id).expect(200).body, json!({}));
}

#[test]
fn rejected_rows_block_until_they_are_fixed_where_none_may_be_rejected() {
    let alone = Alone::new();
    alone.put(SETTING, json!(3));
    let (id, rows) = World::new(3).certification();
    for row in 0..rows {
        let decision = if row == 0 { "REJECTED" } else { "ACCEPTED" };
        decide(&id, json!({ "result_id": row, "decision": decision, "notes": "x", "signed_off_state": "SIGNED_OFF" }));
    }
    blocked(&complete(&id), "1 are still rejected");
    decide(&id, json!({ "result_id": 0, "decision": "FIXED" }));
    let _ = complete(&id).expect(200);
}

#[test]
fn a_stored_rule_rules_campaigns_too_which_complete_at_any_time_without_one() {
    let alone = Alone::new();
    let (free, bound) = (World::new(3).active(), World::new(3).active());
    let complete = |id: &str| administrator().post_empty(&format!("/api/v1/campaigns/{id}/complete"));
    let _ = complete(&free).expect(200);
    alone.put(SETTING, json!("COMPLETION_ALLOWED_ALL_ROWS_HAVE_DECISION"));
    campaigns_error(&complete(&bound), 409, "CONFLICT");
    let _ = administrator().delete(&path(SETTING)).expect(200);
    let _ = complete(&bound).expect(200);
}

#[test]
fn only_words_of_this_setting_are_stored() {
    let _alone = Alone::new();
    for value in [json!("AUTO_COMPLETE_DISABLED"), json!(0), json!("COMPLETION_ALLOWED_UNKNOWN"), json!(null)] {
        names_field(&administrator().put(&path(SETTING), json!({ "value": value })), "value");
    }
    assert_eq!(
        administrator().get(&path(SETTING)).expect(200).body,
        json!({ "value": "COMPLETION_ALLOWED_ALL_ROWS_HAVE_DECISION" })
    );
    let put = administrator().put(&path(SETTING), json!({ "value": "2" })).expect(200);
    assert_eq!(put.body, json!({ "value": "COMPLETION_ALLOWED_ANYTIME" }));
    let id = World::new(3).workflow();
    let answer = administrator().put(&path(SETTING), json!({ "value": 1, "workflow_id": id }));
    names_field(&answer, "workflow_id");
    awf_error(&operator().get(&path(SETTING)), 403, "PermissionDenied");
    awf_error(&administrator().get(&path("no_such_settings")), 404, "NotFound");
}
