//! Schemas of the awf dialect.

use serde_json::{Value, json};

mod access;
mod automation_runs;
mod automations;
mod changes;
mod exports;
mod help_pages;
mod prepared;
pub(crate) mod settings;
mod standing;

use super::schema::{
    Field, answer, bounded, count, flag, list, null, number, of, open_object, or_null, request, text, time, uuid, words,
};
use crate::decode::{MAX_NAME, MAX_TEXT};

/// Name and schema of everything the awf dialect sends and takes.
pub fn schemas() -> Vec<(&'static str, Value)> {
    [
        users(),
        query(),
        workflows(),
        certifications(),
        results(),
        changes::schemas(),
        exports::schemas(),
        help_pages::schemas(),
        prepared::schemas(),
        access::schemas(),
        automation_runs::schemas(),
        automations::schemas(),
        settings::schemas(),
        standing::schemas(),
        errors(),
    ]
    .concat()
}

const DECISIONS: [&str; 4] = ["NONE", "ACCEPTED", "REJECTED", "FIXED"];
const NOTIFICATIONS: [&str; 4] = ["UNKNOWN", "PENDING", "SUCCEED", "FAILED"];

fn value_of(name: &str) -> Value {
    answer("", vec![("value", of(name), "")])
}

fn users() -> Vec<(&'static str, Value)> {
    let fields = || -> Vec<Field> {
        vec![
            ("user_type", text(), "`localCookieUser`, or the identity's node type"),
            ("id", text(), ""),
            ("email", text(), ""),
            ("name", text(), ""),
        ]
    };
    let assignment = || -> Vec<Field> {
        vec![
            ("users_manager", flag(), "The manager of the source identity"),
            ("resource_managers", flag(), "The owners of the destination"),
            ("reviewers", list(of("WorkflowUser")), "Review every row"),
            ("fallback_reviewers", list(of("WorkflowUser")), "Review rows that nobody else may"),
        ]
    };
    let mut input = assignment();
    for (name, schema, _) in &mut input {
        if name.ends_with("reviewers") {
            *schema = list(of("WorkflowUserInput"));
        }
    }
    vec![
        ("WorkflowUser", answer("A person or service.", fields())),
        (
            "WorkflowUserList",
            answer(
                "People who can be made reviewers, by name.",
                vec![
                    ("values", list(of("WorkflowUser")), ""),
                    ("next_page_token", text(), "Empty on the last page"),
                    ("has_more", flag(), ""),
                ],
            ),
        ),
        (
            "WorkflowUserInput",
            request(
                "A person or service; e-mail and name must fit the record when they are given.",
                &["user_type", "id"],
                fields(),
            ),
        ),
        ("ReviewerAssignment", answer("How reviewers are chosen.", assignment())),
        ("ReviewerAssignmentInput", request("How reviewers are chosen.", &[], input)),
    ]
}

fn query_fields() -> Vec<Field> {
    vec![
        ("raw_permissions", or_null(list(text())), "Only rows that grant any of these"),
        ("effective_permissions", or_null(list(text())), "Only rows that grant any of these"),
        ("source_node_types", of("NodeSet"), "Who has access"),
        ("destination_node_types", of("NodeSet"), "To what"),
        (
            "required_intermediate_node_types",
            of("NodeSet"),
            "What the way must pass: with `AND` something of each, with `OR` of any; at most 8 with `AND`",
        ),
        ("avoided_intermediate_node_types", of("NodeSet"), "What the way must not pass, whatever the operator"),
        (
            "waypoint_node_types",
            or_null(of("NodeSet")),
            "One row for each of these on the way, with the permissions that lead over it",
        ),
        ("path_summary_node_types", or_null(of("NodeSet")), "What is on any of the ways is listed with the row"),
        ("no_relation", flag(), "Pairs without such a relation instead of those with one"),
        ("snapshot_id", text(), "A Unix second; `0` is the current inventory"),
        ("node_relationship_type", text(), "`CONFIGURED`, or `EFFECTIVE`: only what gives some canonical permission"),
        ("include_all_source_tags_in_results", flag(), ""),
        ("include_all_destination_tags_in_results", flag(), ""),
        ("page_size", text(), "Stored and shown only"),
        ("page_token", text(), "Stored and shown only"),
        ("joined_nodes", list(of("JoinedNode")), "At most 10"),
    ]
}

fn query() -> Vec<(&'static str, Value)> {
    let spec: Vec<Field> = vec![
        ("node_type", text(), ""),
        ("node_id", text(), "Empty for any"),
        ("tags", list(json!({})), "Must be empty"),
        ("excluded_tags", list(json!({})), "Must be empty"),
        ("conditions", list(json!({})), "Must be empty"),
        ("condition_expression", or_null(text()), "A filter over the node"),
        ("count_conditions", list(json!({})), "Must be empty"),
        ("direct_relationship_only", flag(), "Only one step away: at an end from the other one, else from the source"),
        ("node_type_grouping_constraint", null(), ""),
    ];
    let set: Vec<Field> = vec![("nodes", list(of("NodeSpec")), ""), ("nodes_operator", words(&["AND", "OR"]), "")];
    let join_on: Vec<Field> = vec![("source_property", text(), ""), ("joined_property", text(), "")];
    let joined: Vec<Field> = vec![
        ("alias", text(), "`[a-z][a-z0-9_]*`"),
        ("node_type", text(), ""),
        ("join_on", request("", &["source_property", "joined_property"], join_on), ""),
    ];
    vec![
        (
            "JoinedNode",
            request(
                "A node that stands beside a row under an alias, because it says the same as the source, letter case aside.",
                &["alias", "node_type", "join_on"],
                joined,
            ),
        ),
        ("NodeSpec", request("Which nodes.", &["node_type"], spec)),
        ("NodeSet", request("Several kinds of nodes.", &[], set)),
        (
            "WorkflowQuery",
            request(
                "Which pairs of source and destination are reviewed.",
                &["source_node_types", "destination_node_types"],
                query_fields(),
            ),
        ),
    ]
}

fn workflows() -> Vec<(&'static str, Value)> {
    let workflow: Vec<Field> = vec![
        ("workflow_id", uuid(), ""),
        ("name", text(), ""),
        ("description", text(), ""),
        ("owner", of("WorkflowUser"), ""),
        ("notes", text(), ""),
        ("query", of("WorkflowQuery"), ""),
        ("creator", of("WorkflowUser"), ""),
        ("created_at", time(), ""),
    ];
    let input: Vec<Field> = vec![
        ("name", bounded(MAX_NAME), ""),
        ("description", bounded(MAX_TEXT), ""),
        ("notes", bounded(MAX_TEXT), ""),
        ("owner", of("WorkflowUserInput"), "The caller by default"),
        ("query", of("WorkflowQuery"), ""),
    ];
    vec![
        ("Workflow", answer("A review configuration.", workflow)),
        ("WorkflowValue", value_of("Workflow")),
        ("WorkflowInput", request("A new workflow.", &["name", "query"], input)),
        ("WorkflowId", answer("", vec![("workflow_id", uuid(), "")])),
        (
            "WorkflowList",
            answer(
                "Workflows, newest first.",
                vec![
                    ("values", list(of("Workflow")), ""),
                    ("next_page_token", text(), "Empty on the last page"),
                    ("has_more", flag(), ""),
                ],
            ),
        ),
    ]
}

/// The fields of a certification.
fn certification_fields() -> Vec<Field> {
    let user = || or_null(of("WorkflowUser"));
    let moment = || or_null(time());
    vec![
        ("certification_id", uuid(), ""),
        ("workflow_id", uuid(), ""),
        ("query_used", of("WorkflowQuery"), "Copied when the certification was created"),
        ("name", text(), ""),
        ("notes", text(), ""),
        ("due_date", moment(), ""),
        ("reviewers", list(of("WorkflowUser")), "Default reviewers"),
        ("state", words(&["SEARCHING", "IN_PROGRESS", "COMPLETED"]), "SEARCHING while rows are being built"),
        ("snapshot_time", moment(), "When the inventory was frozen"),
        ("started_at", time(), ""),
        ("created_at", time(), "As started_at"),
        ("query_progress", or_null(of("BuildProgress")), "While it is SEARCHING, where it is asked for alone"),
        ("query_completed_at", moment(), "When the rows were there"),
        ("completed_at", moment(), ""),
        ("terminated_at", moment(), ""),
        ("expired_at", moment(), ""),
        ("datasource_status_acknowledged_at", moment(), "When its creator said to know how its data sources are"),
        ("datasource_status_acknowledged_by", user(), ""),
        ("created_by", of("WorkflowUser"), ""),
        ("creator", of("WorkflowUser"), "As created_by"),
        ("completed_by", user(), ""),
        ("results_updated_at", moment(), "Last change of any row"),
        ("results_updated_by", user(), ""),
        ("updated_at", moment(), "Last change of the certification"),
        ("updated_by", user(), ""),
        ("error_reason", text(), "Why the query failed, else empty"),
        (
            "automation_run_status",
            or_null(words(&["RUNNING", "SUCCEEDED", "FAILED"])),
            "Null until the rows are there, and where there is no automation to apply",
        ),
        ("version", count(), ""),
        ("total_result_count", count(), ""),
        ("total_complete_count", count(), "Accepted, rejected or fixed"),
        ("total_rejected_count", count(), ""),
        ("total_accepted_count", count(), ""),
        ("total_fixed_count", count(), ""),
    ]
}

fn certification_input() -> Vec<Field> {
    vec![
        ("workflow_id", uuid(), ""),
        ("name", bounded(MAX_NAME), "The workflow's by default"),
        ("notes", bounded(MAX_TEXT), ""),
        ("due_date", time(), ""),
        (
            "data_source",
            json!({ "type": ["integer", "string"] }),
            "0 current inventory, 1 latest snapshot, 2 the given one",
        ),
        ("snapshot_id", text(), "With data_source 2"),
        ("reviewer_assignment", of("ReviewerAssignmentInput"), ""),
        ("automation_ids", list(uuid()), "Automations of the workflow that are to run besides those that always do"),
        ("dynamic_information", of("DynamicInformationInput"), "Whom it is about alone"),
        ("final_approval_level", json!({ "type": ["integer", "string"] }), "At most 1"),
        ("reviewer_assignment_second_level", of("ReviewerAssignmentInput"), "Must be empty"),
        ("datasource_status_acknowledged", flag(), "Required where `datasource_acknowledgement` says so"),
    ]
}

fn certifications() -> Vec<(&'static str, Value)> {
    let people: Vec<Field> = vec![(
        "identities",
        list(of("NamedIdentityInput")),
        "1 to 1000; rows of others, and of their accounts, are left out",
    )];
    let identity: Vec<Field> = vec![
        ("id", text(), "The id of their node"),
        ("type", text(), "The type of their node"),
        ("previous_manager_id", text(), "Must be empty"),
    ];
    vec![
        ("Certification", answer("One execution of a workflow.", certification_fields())),
        ("CertificationValue", value_of("Certification")),
        ("DynamicInformationInput", request("Whom a review is about.", &[], people)),
        ("NamedIdentityInput", request("Somebody of the inventory.", &["id", "type"], identity)),
        (
            "AssignedCertification",
            answer(
                "A certification with rows of the caller's.",
                [certification_fields(), vec![("row_stats", of("ReviewerRowStats"), "Of the caller's rows")]].concat(),
            ),
        ),
        (
            "AssignedCertificationList",
            answer(
                "Open certifications, the first due first.",
                vec![
                    ("values", list(of("AssignedCertification")), ""),
                    ("next_page_token", text(), "Empty on the last page"),
                    ("has_more", flag(), ""),
                ],
            ),
        ),
        ("CertificationInput", request("A new certification.", &["workflow_id"], certification_input())),
        ("CertificationId", answer("", vec![("certification_id", uuid(), "")])),
        (
            "CertificationList",
            answer(
                "Certifications of a workflow, newest first.",
                vec![
                    ("values", list(of("Certification")), ""),
                    ("has_more", flag(), ""),
                    ("total_result_count", count(), "How many certifications the workflow has"),
                    ("next_page_token", text(), "Empty on the last page"),
                ],
            ),
        ),
    ]
}

fn result_fields() -> Vec<Field> {
    let user = || or_null(of("WorkflowUser"));
    let moment = || or_null(time());
    let always_empty = || list(json!({}));
    vec![
        ("result_id", count(), "Number of the row, from 0"),
        ("source", of("ResultNode"), "Who has access"),
        ("destination", of("ResultNode"), "To what"),
        ("waypoint", or_null(of("ResultNode")), "By what, when the query asks"),
        ("path_summary", list(of("ResultNode")), "What the query asks to be summarised"),
        ("joined_nodes", open_object(), "By alias; without those that found none"),
        ("accumulated_effective_permissions", list(text()), "Canonical names"),
        ("accumulated_raw_permissions", list(text()), "As the target system spells them"),
        ("decision", words(&DECISIONS), ""),
        ("decision_at", moment(), ""),
        ("decision_by", user(), ""),
        ("marked_fixed_at", moment(), ""),
        ("marked_fixed_by", user(), ""),
        ("flagged", flag(), "Set aside by a campaign reviewer"),
        ("notes", text(), "The most recent note"),
        ("reviewers", list(of("WorkflowUser")), ""),
        ("old_reviewers", list(of("WorkflowUser")), "Who was assigned before, when that changed"),
        (
            "reviewer_assignment",
            or_null(of("ReviewerAssignment")),
            "How its reviewers were found; null where somebody has changed them",
        ),
        ("is_assigned_to_current_user", flag(), ""),
        ("signed_off_state", words(&["NOT_SIGNED_OFF", "SIGNED_OFF"]), ""),
        ("signed_off_at", moment(), ""),
        ("signed_off_by", user(), ""),
        ("updated_at", moment(), "Null until the first change"),
        ("updated_by", user(), ""),
        ("notification_status", words(&NOTIFICATIONS), "How the removal of rejected access goes"),
        ("notification_response_infos", list(of("NotificationInfo")), "Oldest first"),
        ("action_log_entries", list(of("ActionLogEntry")), "Oldest first"),
        ("automation_run_ids", list(uuid()), "Runs that have touched the row"),
        ("revoke_request_infos", always_empty(), ""),
        ("predefined_question_response", always_empty(), ""),
        ("display", list(of("ResultDisplay")), "What automations show beside the row"),
        ("outlier_info", or_null(of("OutlierInfo")), "How rare the access is; null where it was not judged"),
        ("risk_level", or_null(words(&["low", "medium", "high"])), ""),
        ("version", count(), "Number of changes; the row's ETag"),
    ]
}

fn results() -> Vec<(&'static str, Value)> {
    vec![
        ("ResultNode", result_node()),
        ("OutlierInfo", outlier_info()),
        ("Result", row_of(result_fields())),
        ("ResultValue", value_of("Result")),
        (
            "ResultPage",
            answer(
                "A page of rows; go on while has_more.",
                vec![
                    ("values", list(of("Result")), ""),
                    ("next_page_token", text(), "Empty on the last page"),
                    ("has_more", flag(), ""),
                    ("has_previous", flag(), ""),
                ],
            ),
        ),
        ("ActionLogEntry", log_entry()),
    ]
}

fn outlier_info() -> Value {
    let fields: Vec<Field> = vec![
        ("is_outlier", flag(), ""),
        ("peer_count", count(), "Comparable sources, this one included"),
        ("holder_count", count(), "Those of them who have this access"),
        ("lower_bound", number(), "The share of holders at least, with 95 % confidence (Wilson)"),
        ("threshold", number(), ""),
        ("explanation", text(), ""),
    ];
    answer("How rare an access is among comparable sources.", fields)
}

/// A row: every field is always there, but for the columns that may be hidden from reviewers.
fn row_of(fields: Vec<Field>) -> Value {
    const HIDDEN: [&str; 15] = [
        "accumulated_effective_permissions",
        "accumulated_raw_permissions",
        "updated_at",
        "notes",
        "reviewers",
        "old_reviewers",
        "reviewer_assignment",
        "decision",
        "decision_at",
        "decision_by",
        "marked_fixed_at",
        "signed_off_state",
        "signed_off_at",
        "notification_status",
        "automation_run_ids",
    ];
    let required: Vec<_> = fields.iter().map(|(name, ..)| *name).filter(|name| !HIDDEN.contains(name)).collect();
    request(
        "One row of a certification. Columns that are hidden from reviewers are absent for them.",
        &required,
        fields,
    )
}

fn result_node() -> Value {
    let fields: Vec<Field> = vec![("id", text(), ""), ("name", text(), ""), ("type", text(), "")];
    let mut node = request("A node with its attributes beside id, name and type.", &[], fields);
    if let Value::Object(node) = &mut node {
        node.insert("additionalProperties".to_owned(), true.into());
    }
    node
}

fn log_entry() -> Value {
    let actions = ["NOTE_ADDED", "REVIEWER_ASSIGNED", "DECISION", "DECISION_CLEARED", "SIGNED_OFF", "SIGN_OFF_UNDONE"];
    let fields: Vec<Field> = vec![
        ("action", words(&actions), ""),
        ("user", of("WorkflowUser"), ""),
        ("time", time(), "Absent where a column that tells the same is hidden from the caller"),
        ("approval_level", count(), "Always 0"),
        ("note", text(), "With NOTE_ADDED"),
        ("reviewer_detail", open_object(), "With REVIEWER_ASSIGNED: old_reviewers, new_reviewers"),
        ("decision_detail", open_object(), "With DECISION: decision, note"),
        (
            "decision_cleared_detail",
            open_object(),
            "With DECISION_CLEARED: previous_decision, original_decider, reason",
        ),
        ("rule", open_object(), "Where a campaign rule did it and no person: id, version"),
        ("policy", open_object(), "Where a policy did it and no person: id, version"),
        ("automation", open_object(), "Where an automation did it and no person: id, version"),
        ("automation_run_ids", list(uuid()), "With automation: in the course of which run"),
    ];
    request("One thing that happened to a row.", &["action", "user", "approval_level"], fields)
}

fn errors() -> Vec<(&'static str, Value)> {
    let violation = answer("", vec![("field", text(), ""), ("description", text(), "")]);
    let detail = request(
        "",
        &["@type"],
        vec![
            ("@type", text(), ""),
            ("field_violations", list(violation), "Of a BadRequest: every fault, not only the first"),
            ("reason", text(), "Of an ErrorInfo: a word for machines, when a state is in the way"),
            ("datasource_infos", list(of("DataSourceInfo")), "Of a DataSourceStatus: what has to be acknowledged"),
        ],
    );
    let codes = "`InvalidArgument`, `Unauthenticated`, `PermissionDenied`, `NotFound`, `AlreadyExists`, \
                 `FailedPrecondition`, `Aborted`, `ResourceExhausted`, `Unavailable`, `Internal`";
    let fields: Vec<Field> = vec![
        ("code", text(), codes),
        ("message", text(), ""),
        ("request_id", text(), "Names the request in the logs"),
        ("timestamp", time(), ""),
        ("details", list(detail), "May be empty"),
    ];
    vec![("AwfError", answer("Why a request was not carried out.", fields))]
}
