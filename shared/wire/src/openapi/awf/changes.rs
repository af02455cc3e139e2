//! Schemas of what is done to rows.

use serde_json::{Value, json};

use super::super::schema::{
    Field, answer, bounded, count, flag, list, of, open_object, or_null, request, text, time, uuid, words,
};
use super::NOTIFICATIONS;
use crate::decode::{MAX_NAME, MAX_TEXT};

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    [updates(), bulk(), definitions(), forced(), answers(), sign_offs()].concat()
}

fn number() -> Value {
    json!({ "type": ["integer", "string"], "description": "0 or more" })
}

fn word_or_number() -> Value {
    json!({ "type": ["string", "integer"] })
}

fn update_fields() -> Vec<Field> {
    vec![
        ("result_id", number(), ""),
        ("decision", word_or_number(), "NONE, ACCEPTED, REJECTED or FIXED"),
        ("notes", bounded(MAX_TEXT), "Blank clears the note"),
        ("reviewers", list(of("WorkflowUserInput")), "Replace the row's reviewers"),
        ("signed_off_state", word_or_number(), "SIGNED_OFF"),
    ]
}

/// The same under `value`: requests are taken with and without the envelope.
fn enveloped(name: &str) -> Value {
    request("Changes, with or without the envelope.", &["value"], vec![("value", of(name), "")])
}

fn updates() -> Vec<(&'static str, Value)> {
    vec![
        ("ResultUpdate", request("Changes of one row.", &["result_id"], update_fields())),
        ("ResultUpdateValue", enveloped("ResultUpdate")),
        ("Empty", answer("Nothing to say.", vec![])),
    ]
}

fn bulk() -> Vec<(&'static str, Value)> {
    let mut input = update_fields();
    input.retain(|(name, ..)| *name != "result_id");
    input.extend([
        ("result_ids", list(number()), "At most 1,000; instead of filters"),
        ("filter", text(), "On what is reviewed, in the filter language"),
        ("mutable_filter", text(), "On what was decided, in the filter language"),
        ("page_token", text(), "Of an answer that has more, to go on behind it"),
    ]);
    let outcomes = ["UPDATED", "UNCHANGED", "SKIPPED"];
    let row: Vec<Field> = vec![
        ("result_id", count(), ""),
        ("outcome", words(&outcomes), "UNCHANGED: what was asked for stands already"),
        ("reason", text(), "With SKIPPED: a word for machines, such as `signed_off`"),
    ];
    vec![
        ("BulkUpdate", request("The same change on many rows.", &[], input)),
        ("BulkRow", request("What became of one row.", &["result_id", "outcome"], row)),
        (
            "BulkOutcome",
            answer(
                "What became of the rows; go on while has_more.",
                vec![
                    ("matched", count(), "Rows of this call"),
                    ("updated", count(), "Those that changed"),
                    ("skipped", count(), "The others"),
                    ("results", list(of("BulkRow")), ""),
                    ("next_page_token", text(), "Empty when nothing is left"),
                    ("has_more", flag(), ""),
                ],
            ),
        ),
    ]
}

/// Changes of workflows and certifications.
fn definitions() -> Vec<(&'static str, Value)> {
    let workflow: Vec<Field> = vec![
        ("workflow_id", uuid(), ""),
        ("name", bounded(MAX_NAME), ""),
        ("description", bounded(MAX_TEXT), ""),
        ("notes", bounded(MAX_TEXT), ""),
        ("owner", of("WorkflowUserInput"), ""),
        ("query", of("WorkflowQuery"), "Of certifications that are made from now on"),
    ];
    let certification: Vec<Field> = vec![
        ("certification_id", uuid(), ""),
        ("name", bounded(MAX_NAME), ""),
        ("notes", bounded(MAX_TEXT), ""),
        ("reviewers", list(of("WorkflowUserInput")), "An empty list leaves them; rows keep their reviewers"),
        ("due_date", or_null(time()), "In the future; null for none"),
    ];
    vec![
        ("WorkflowChange", request("The fields that are to change.", &["workflow_id"], workflow)),
        ("WorkflowChangeValue", enveloped("WorkflowChange")),
        ("CertificationChange", request("The fields that are to change.", &["certification_id"], certification)),
        ("CertificationChangeValue", enveloped("CertificationChange")),
    ]
}

fn forced() -> Vec<(&'static str, Value)> {
    let mut fields = update_fields();
    fields.retain(|(name, ..)| *name != "signed_off_state");
    fields.push((
        "signed_off_state",
        word_or_number(),
        "NOT_SIGNED_OFF comes before all other changes, SIGNED_OFF after",
    ));
    fields.push(("notification_status", word_or_number(), "PENDING, SUCCEED or FAILED: how the removal goes"));
    vec![
        ("ForcedUpdate", request("Changes of one row by force.", &["result_id"], fields)),
        ("ForcedUpdateValue", enveloped("ForcedUpdate")),
    ]
}

fn answers() -> Vec<(&'static str, Value)> {
    let input: Vec<Field> = vec![
        ("result_id", number(), ""),
        ("notification_status", word_or_number(), "PENDING, SUCCEED or FAILED"),
        ("webhook_info", text(), "What there is to say about it, at most 255 bytes"),
    ];
    let info: Vec<Field> = vec![
        ("notification_type", count(), "Always 0"),
        ("webhook_type", count(), "Always 0"),
        ("status", words(&NOTIFICATIONS), ""),
        ("error_message", text(), "With FAILED"),
        ("updated_at", time(), ""),
        ("user", of("WorkflowUser"), "Who told"),
        ("snow_info", open_object(), "Always empty"),
        ("webhook_info", open_object(), "info: what was said"),
        ("jira_info", open_object(), "Always empty"),
        ("slack_app_info", open_object(), "Always empty"),
    ];
    vec![
        ("WebhookInfo", request("How the removal of an access goes.", &["result_id", "notification_status"], input)),
        ("NotificationInfo", answer("What whoever removes access has told, or an administrator in their stead.", info)),
    ]
}

fn sign_offs() -> Vec<(&'static str, Value)> {
    let input: Vec<Field> = vec![
        ("result_ids", list(number()), "At most 1,000"),
        ("all_assigned_to_me", flag(), "Every decided row that is assigned to the caller"),
    ];
    vec![
        ("SignOffInput", request("Which rows to sign off: one of the two.", &[], input)),
        ("SignOff", answer("What became of it.", vec![("signed_off", count(), ""), ("skipped", count(), "")])),
    ]
}
