//! The parameters of the queries of operations that take some.

use domain::policy::{PolicyKind, PolicyStatus};
use serde_json::{Value, json};

use super::description::{Description, Parameter, lists, may, paged, shows, token_paged};
use crate::openapi::schema;

/// For which workflow a setting is.
pub(super) fn of_workflow() -> Vec<Parameter> {
    vec![may("workflow_id", schema::text, "For this workflow; absent or empty for all workflows")]
}

/// What a workflow offers to reviewers.
pub(super) fn offered() -> Vec<Parameter> {
    [vec![may("workflow_id", schema::text, "Only what is for this workflow, or for all")], token_paged()].concat()
}

pub(super) fn access_graph() -> Description {
    let needs = |name, schema, text| Parameter { name, required: true, schema, text };
    lists(
        "AccessGraph",
        vec![
            needs("certification_id", schema::uuid, "Which certification"),
            needs("result_id", schema::count, "Which row"),
            may("snapshot_id", schema::text, "The graph of this snapshot; by default that of the current inventory"),
        ],
    )
}

fn approval_status() -> Value {
    schema::words(&["pending", "approved", "rejected", "flagged", "revoked"])
}

fn campaign_status() -> Value {
    schema::words(&["draft", "scheduled", "active", "completed", "terminated", "in_progress", "cancelled"])
}

fn risk_level() -> Value {
    schema::words(&["low", "medium", "high"])
}

fn help_page_usage() -> Value {
    schema::words(&["HELP_PAGE", "REVIEW_START", "SIGN_OFF"])
}

fn sort() -> Value {
    json!({ "type": "string", "default": "account_name" })
}

pub(super) fn campaigns() -> Description {
    let own = vec![
        may("status", campaign_status, "in_progress means active, cancelled means terminated"),
        may("type", schema::text, "Exact match"),
    ];
    lists("CampaignPage", [own, paged("1 to 500, 50 by default")].concat())
}

pub(super) fn approvals() -> Description {
    let own = vec![may("status", approval_status, "")];
    lists("ApprovalPage", [own, paged("1 to 5000, 5000 by default")].concat())
}

pub(super) fn items() -> Description {
    let own = vec![
        may("status", approval_status, ""),
        may("risk", risk_level, ""),
        may("search", schema::text, "Part of the account's name, in any case"),
        may(
            "sort",
            sort,
            "account_name, status, risk_score, reviewer, decided_at or application_name; `-` before it descends",
        ),
    ];
    lists("ReviewItemPage", [own, paged("1 to 500, 50 by default")].concat())
}

pub(super) fn runs() -> Description {
    let own = vec![
        may("user", schema::text, "Part of the person's name, in any case"),
        may("application", schema::text, "Id or exact name"),
        may("approver", schema::text, "E-mail address, in any case"),
        may("response_status", schema::text, "Words or labels, several separated by commas"),
        may("result", || schema::words(&["success", "failure", "none"]), "`none` is no result yet"),
        may("action_from", schema::time, "Answered then or later"),
        may("action_to", schema::time, "Answered then or earlier"),
        may(
            "sort",
            || json!({ "type": "string", "default": "user" }),
            "user, application, approver, response_status, action_time or result; `-` before it descends",
        ),
    ];
    lists("RunPage", [own, paged("1 to 500, 50 by default")].concat())
}

pub(super) fn policies() -> Description {
    let kinds = || schema::words(&PolicyKind::ALL.map(PolicyKind::word));
    let statuses = || schema::words(&PolicyStatus::ALL.map(PolicyStatus::word));
    let own = vec![
        may("search", schema::text, "Part of the name, in any case"),
        may("type", kinds, ""),
        may("status", statuses, ""),
        may("limit", schema::count, "1 to 500, 50 by default"),
        may("offset", schema::count, "How many are passed over, 0 by default"),
    ];
    lists("PolicyPage", own)
}

pub(super) fn users() -> Vec<Parameter> {
    let own = vec![
        may("search", schema::text, "Part of a name, an e-mail address or an id, in any case"),
        may("user_type", schema::text, "Exact match"),
    ];
    [own, token_paged()].concat()
}

pub(super) fn certifications() -> Description {
    let own = vec![Parameter { name: "workflow_id", required: true, schema: schema::uuid, text: "" }];
    lists("CertificationList", [own, token_paged()].concat())
}

pub(super) fn results() -> Description {
    let more = vec![
        may("paginate_direction_backwards", schema::flag, "From the last row towards the first"),
        may("order_by", schema::text, "`path [asc|desc]`, several separated by commas"),
        may("filter", schema::text, "A filter over source, destination and permissions"),
        may("mutable_filter", schema::text, "A filter over decision, signed_off_state and notes"),
        may("offset", schema::count, "An older name: rows to skip"),
        may("size", schema::count, "An older name of page_size"),
    ];
    lists("ResultPage", [token_paged(), more].concat())
}

/// How a picture is written, and what its source is called.
pub(super) fn formats() -> Vec<Parameter> {
    let formats = || {
        let tables =
            ["owners.csv", "accounts.csv", "applications.csv", "groups.csv", "memberships.csv", "entitlements.csv"];
        let whole = ["full", "csv", "pairs", "oaa_application", "oaa_identity_provider", "oaa_hris"];
        schema::words(&[whole.as_slice(), tables.as_slice()].concat())
    };
    vec![
        may(
            "format",
            formats,
            "full (JSON) by default; csv is JSON with several files in it; pairs is lines of `user permission`",
        ),
        may("name", schema::text, "What people call the data source, when the input does not say"),
    ]
}

/// What a table means for what it does not name.
pub(super) fn terms() -> Vec<Parameter> {
    let modes = || schema::words(&["full", "delta"]);
    vec![
        may("mode", modes, "full by default: what a table does not name is gone; a delta adds and changes"),
        may(
            "max_removed_percent",
            schema::count,
            "How much of the data source may be gone, 25 by default for CSV; what takes away more is refused by 409",
        ),
        may("force", schema::flag, "Take away whatever is not named"),
    ]
}

/// Which users or groups, and what of them.
pub(super) fn provisioning() -> Vec<Parameter> {
    let own = vec![
        may("filter", schema::text, "For example `userName eq \"ann@corp.example\"`"),
        may("startIndex", || json!({ "type": "integer" }), "The place of the first, from 1"),
        may(
            "count",
            || json!({ "type": "integer" }),
            "At most this many, 500 by default and at most; 0 tells the total",
        ),
    ];
    [own, selecting()].concat()
}

/// Which attributes are shown.
pub(super) fn selecting() -> Vec<Parameter> {
    vec![
        may("attributes", schema::text, "These alone, separated by commas"),
        may("excludedAttributes", schema::text, "These not, separated by commas"),
    ]
}

/// A filter by name, and an order.
pub(super) fn named() -> Vec<Parameter> {
    vec![
        may("filter", schema::text, "For example `name eq \"HR\"`"),
        may("order_by", schema::text, "id, name or created_at; `desc` behind it descends"),
    ]
}

pub(super) fn help_page() -> Description {
    lists(
        "HelpPageContent",
        vec![
            Parameter { name: "certification_id", required: true, schema: schema::uuid, text: "Which certification" },
            may("usage", help_page_usage, "`HELP_PAGE` by default"),
        ],
    )
}

pub(super) fn column_settings() -> Description {
    let after = may("page_token", schema::text, "Of an answer that has more, to go on behind it");
    lists("AllColumnSettings", vec![after])
}

pub(super) fn apply_policy() -> Description {
    Description {
        query: vec![may("threshold", schema::number, "Stands in for the policy's own limit, where it has one")],
        ..shows("AppliedPolicy")
    }
}
