//! Schemas of the campaigns dialect.

use serde_json::Value;

use super::schema::{
    Field, answer, answer_with, bounded, count, flag, list, of, open_object, or_null, request, text, time, uuid, words,
};
use crate::decode::{MAX_NAME, MAX_TEXT};

/// Name and schema of everything the campaigns dialect sends and takes.
pub fn schemas() -> Vec<(&'static str, Value)> {
    [campaign(), approvals(), items(), query(), shared()].concat()
}

const STATUSES: [&str; 5] = ["draft", "scheduled", "active", "completed", "terminated"];
const APPROVALS: [&str; 5] = ["pending", "approved", "rejected", "flagged", "revoked"];
const LEVELS: [&str; 3] = ["low", "medium", "high"];

fn campaign() -> Vec<(&'static str, Value)> {
    let mut full = summary_fields();
    full.extend([
        ("description", text(), ""),
        ("scope", of("CampaignScope"), ""),
        ("query", of("CampaignQuery"), "Narrows the scope; empty filters do not"),
        ("reviewer_assignment", of("ReviewerAssignment"), "Who reviews; the manager of the account's owner by default"),
        ("revoke_mode", words(&["record_only", "enforce"]), "Whether a revoke only stands in the record"),
        ("auto_start", flag(), "Starts by itself at start_date"),
        ("template_id", or_null(uuid()), "The campaign this one was made like"),
        ("workflow_id", uuid(), "The workflow behind the campaign"),
        ("updated_at", time(), ""),
        ("created_by", text(), "E-mail address"),
        ("started_at", or_null(time()), ""),
        ("completed_at", or_null(time()), ""),
        ("terminated_at", or_null(time()), ""),
        ("expired", flag(), "Ended by its end date"),
        ("start_state", words(&["none", "queued", "running", "done", "failed"]), "How far the start is"),
        ("start_error", or_null(text()), "Why the start failed"),
        ("start_progress", or_null(of("BuildProgress")), "While items are being built"),
        ("progress", of("CampaignProgress"), ""),
    ]);
    vec![
        ("CampaignSummary", answer("A campaign in a list.", summary_fields())),
        ("Campaign", answer("A campaign.", full)),
        ("CampaignScope", scope()),
        (
            "CampaignProgress",
            answer(
                "Exact counts of the campaign's items.",
                [("total", count(), "")].into_iter().chain(counts()).collect(),
            ),
        ),
        (
            "BuildProgress",
            answer(
                "How far the building of rows is; nobody sees any before all are there.",
                vec![("processed", count(), "Written so far"), ("total", or_null(count()), "Once that is known")],
            ),
        ),
        ("CampaignPage", page("campaigns", "CampaignSummary")),
        ("CampaignInput", request("A new campaign.", &["name", "start_date", "end_date"], input_fields())),
        ("CampaignChange", request("Changes of a campaign: only what is there changes.", &[], input_fields())),
        (
            "CampaignFromTemplate",
            request(
                "A new campaign like another one.",
                &["name", "start_date", "end_date"],
                vec![("name", bounded(MAX_NAME), ""), ("start_date", time(), ""), ("end_date", time(), "")],
            ),
        ),
        (
            "CampaignStart",
            answer(
                "The start was accepted; it goes on in the background.",
                vec![("status", words(&["queued"]), ""), ("message", text(), "")],
            ),
        ),
    ]
}

fn summary_fields() -> Vec<Field> {
    vec![
        ("id", uuid(), ""),
        ("name", text(), ""),
        ("status", words(&STATUSES), ""),
        ("type", text(), "An open vocabulary, `periodic` by default"),
        ("start_date", time(), "Planned start"),
        ("end_date", time(), "When the reviewers should be done"),
        ("created_at", time(), ""),
    ]
}

fn scope() -> Value {
    request(
        "Which accounts are reviewed; what is empty does not narrow.",
        &[],
        vec![
            ("applications", list(text()), "Application ids"),
            ("account_types", list(text()), "For example `user` and `service`"),
        ],
    )
}

fn input_fields() -> Vec<Field> {
    vec![
        ("name", bounded(MAX_NAME), ""),
        ("description", bounded(MAX_TEXT), ""),
        ("type", bounded(64), "`[a-z0-9_]`, `periodic` by default"),
        ("start_date", time(), "Planned start"),
        ("end_date", time(), "After start_date"),
        ("scope", of("CampaignScope"), ""),
        ("query", of("CampaignQuery"), ""),
        ("reviewer_assignment", of("ReviewerAssignmentInput"), ""),
        ("revoke_mode", words(&["record_only", "enforce"]), ""),
        ("auto_start", flag(), ""),
    ]
}

fn counts() -> Vec<Field> {
    ["pending", "approved", "rejected", "flagged"].map(|name| (name, count(), "")).to_vec()
}

fn approvals() -> Vec<(&'static str, Value)> {
    vec![
        ("Approval", answer("The decision state of one account.", approval_fields())),
        ("ApprovalPage", page("approvals", "Approval")),
        (
            "ApprovalList",
            answer_with(
                "What a batch changed.",
                vec![("approvals", list(of("Approval")), "In the order of the request")],
                vec![("omitted", count(), "How many more were changed, where an answer does not hold all")],
            ),
        ),
        ("ApprovalCounts", answer("Exact counts of the items the caller sees; revoked counts as rejected.", counts())),
        (
            "DecisionInput",
            request(
                "A decision.",
                &["decision"],
                vec![
                    (
                        "decision",
                        text(),
                        "`approved`, `rejected`, `flagged` or `revoked`, also as verbs and in any case",
                    ),
                    ("comment", bounded(MAX_TEXT), ""),
                ],
            ),
        ),
        (
            "BatchDecisionInput",
            request(
                "One decision on several accounts, all or none.",
                &["account_ids", "decision"],
                vec![
                    ("account_ids", list(text()), "1 to 1,000"),
                    ("decision", text(), "As for one account"),
                    ("comment", bounded(MAX_TEXT), "Stored with every account"),
                ],
            ),
        ),
    ]
}

fn approval_fields() -> Vec<Field> {
    vec![
        ("campaign_id", uuid(), ""),
        ("account_id", text(), ""),
        ("account_name", or_null(text()), "Null where it is hidden from reviewers, as any other field may be"),
        ("application_id", or_null(text()), ""),
        ("application_name", or_null(text()), ""),
        ("status", or_null(words(&APPROVALS)), "Null where decisions are hidden from reviewers"),
        ("decision", or_null(words(&["approved", "rejected", "flagged", "revoked"])), "Null while pending"),
        ("reviewer", or_null(text()), "E-mail address of the first reviewer"),
        ("comment", or_null(text()), ""),
        ("decided_at", or_null(time()), ""),
        ("decided_by", or_null(text()), "E-mail address"),
        (
            "undo_expires_at",
            or_null(time()),
            "Until when the decision can be taken back; null for what no person decided",
        ),
    ]
}

fn cause() -> Value {
    or_null(answer("", vec![("id", text(), ""), ("version", count(), "That it had")]))
}

fn items() -> Vec<(&'static str, Value)> {
    let mut single = item_fields("OwnerSummary");
    single.retain(|(name, _, _)| !["owner", "ai_recommendation"].contains(name));
    single.extend([
        ("ai_recommendation", or_null(of("Recommendation")), "What is recommended; null when nothing is"),
        ("owner", or_null(of("Owner")), "The identity behind the account"),
        ("account", open_object(), "Every attribute of the account"),
        ("risk", of("RiskAssessment"), ""),
        ("decided_by_rule", cause(), "The rule that decided, when one did"),
        ("decided_by_policy", cause(), "The policy that decided, when one did"),
        ("policy_summary", answer("", vec![("pass", count(), ""), ("fail", count(), "")]), ""),
    ]);
    let owner = |more: &[&'static str]| -> Vec<Field> {
        let known = vec![("id", text(), ""), ("name", or_null(text()), ""), ("email", or_null(text()), "")];
        known.into_iter().chain(more.iter().map(|name| (*name, or_null(text()), ""))).collect()
    };
    vec![
        ("ReviewItemSummary", answer("An item in a list.", item_fields("OwnerSummary"))),
        ("ReviewItem", answer("An item with everything known about it.", single)),
        ("ReviewItemPage", page("review_items", "ReviewItemSummary")),
        ("OwnerSummary", answer("An identity.", owner(&[]))),
        ("Owner", answer("An identity.", owner(&["title", "department", "manager_email", "status"]))),
        (
            "RiskFactor",
            answer(
                "One reason for a score.",
                vec![
                    ("name", text(), ""),
                    ("description", text(), ""),
                    ("weight", count(), "What it adds to the score; 0 when it passes"),
                    ("severity", words(&LEVELS), ""),
                ],
            ),
        ),
        (
            "RiskAssessment",
            answer(
                "The risk as it was when the campaign started.",
                vec![
                    ("score", or_null(count()), "0 to 100"),
                    ("level", or_null(words(&LEVELS)), ""),
                    ("triggered_factors", list(of("RiskFactor")), ""),
                    ("passing_factors", list(of("RiskFactor")), ""),
                ],
            ),
        ),
        ("Entitlements", entitlements()),
        ("BatchGroup", batch_group()),
        ("BatchGroupPage", page("batch_groups", "BatchGroup")),
        ("RecommendationSummary", answer("What is recommended, in short.", brief_fields())),
        ("Recommendation", recommendation()),
    ]
}

fn batch_group() -> Value {
    let analysis = answer(
        "What should be known before all of them are decided on.",
        vec![
            ("title", text(), ""),
            ("traits", list(text()), "What all of them share"),
            ("summary", list(text()), ""),
            ("recommendation", words(&["approve", "reject", "review"]), "What holds for each, else `review`"),
            ("confidence", count(), "0 to 100, the lowest among them"),
        ],
    );
    answer(
        "Accounts of the same application, department, entitlements and level of risk.",
        vec![
            ("id", text(), ""),
            ("name", text(), ""),
            ("description", text(), ""),
            ("risk_level", words(&LEVELS), ""),
            ("account_count", count(), "Of those that the caller sees"),
            ("ai_analysis", analysis, ""),
            ("account_ids", list(text()), "At most 500"),
        ],
    )
}

fn brief_fields() -> Vec<Field> {
    vec![
        ("decision", words(&["approve", "reject", "review"]), "`review` asks for a closer look"),
        ("confidence", count(), "0 to 100"),
    ]
}

fn recommendation() -> Value {
    let mut fields = brief_fields();
    fields.extend([
        ("reason", text(), "In a sentence"),
        ("primary_factors", list(text()), "What weighed most, the weightiest first"),
        ("risk_indicators", list(text()), "What speaks against the access"),
        ("data_gaps", list(text()), "What is not known and would have counted"),
        ("generated_at", time(), "The instant that ages were judged by"),
    ]);
    answer("What was recommended when the campaign started, and why.", fields)
}

fn item_fields(owner: &str) -> Vec<Field> {
    let mut fields = approval_fields();
    fields.extend(
        ["email", "account_type", "account_status", "department", "platform", "data_source_name"]
            .map(|name| (name, or_null(text()), "")),
    );
    fields.extend([
        ("risk_score", or_null(count()), "0 to 100"),
        ("risk_level", or_null(words(&LEVELS)), ""),
        ("ai_recommendation", or_null(of("RecommendationSummary")), "What is recommended; null when nothing is"),
        ("owner", or_null(of(owner)), "The identity behind the account"),
        ("batch_group_id", or_null(text()), "The group that the account is in"),
    ]);
    fields
}

fn entitlements() -> Value {
    let group = answer(
        "A group the account is in.",
        vec![("id", text(), ""), ("name", text(), ""), ("is_high_privilege", flag(), "")],
    );
    let role = answer(
        "A role the account has.",
        vec![
            ("id", text(), ""),
            ("name", text(), ""),
            ("platform", or_null(text()), ""),
            ("data_source_name", or_null(text()), ""),
        ],
    );
    answer(
        "What the account had when the campaign started, by name.",
        vec![("groups", list(group), ""), ("roles", list(role), "")],
    )
}

fn query() -> Vec<(&'static str, Value)> {
    let condition = request(
        "One condition.",
        &["entity", "field", "operator"],
        vec![
            ("entity", words(&["account", "owner", "group", "role", "classification"]), ""),
            ("field", text(), "A field of the entity"),
            ("operator", text(), "An operator of the field"),
            ("value", serde_json::json!({}), "Of the field's type; none for `is_null` and `is_not_null`"),
        ],
    );
    let field = answer(
        "A field to ask about.",
        vec![
            ("field", text(), ""),
            ("label", text(), ""),
            ("type", words(&["string", "boolean", "number", "date"]), ""),
            ("operators", list(text()), ""),
        ],
    );
    let entities = ["account", "owner", "group", "role", "classification"];
    let sample = answer(
        "An account that the query selects.",
        vec![
            ("id", text(), ""),
            ("account_name", text(), ""),
            ("email", or_null(text()), ""),
            ("status", or_null(text()), ""),
            ("department", or_null(text()), ""),
        ],
    );
    vec![
        ("Condition", condition),
        (
            "CampaignQuery",
            request(
                "Accounts that all inclusion filters select and no exclusion filter does. Without inclusion filters, a test selects nothing, and a campaign covers its scope but for what is excluded.",
                &[],
                vec![
                    ("inclusion_filters", list(of("Condition")), ""),
                    ("exclusion_filters", list(of("Condition")), ""),
                ],
            ),
        ),
        ("QueryField", field),
        ("QueryFields", answer("By entity.", entities.map(|name| (name, list(of("QueryField")), "")).to_vec())),
        (
            "QueryTest",
            answer(
                "What a query selects today.",
                vec![("count", count(), ""), ("sample_accounts", list(sample), "At most 5, by name")],
            ),
        ),
    ]
}

fn shared() -> Vec<(&'static str, Value)> {
    let fault = answer("What is wrong where.", vec![("field", text(), ""), ("issue", text(), "")]);
    let error = request(
        "",
        &["code", "message", "request_id"],
        vec![
            (
                "code",
                text(),
                "`VALIDATION_ERROR`, `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`, `CONFLICT`, `RATE_LIMITED`, `UNAVAILABLE`, `INTERNAL`",
            ),
            ("message", text(), ""),
            ("details", list(fault), "Every fault, not only the first"),
            ("request_id", text(), "Names the request in the logs"),
        ],
    );
    vec![
        (
            "PageInfo",
            answer(
                "How to go on.",
                vec![("hasNextPage", flag(), ""), ("endCursor", or_null(text()), "Pass it as `after`")],
            ),
        ),
        ("Error", answer("Why a request was not carried out.", vec![("error", error, "")])),
    ]
}

/// A page of a list under its resource name.
pub fn page(name: &'static str, item: &str) -> Value {
    answer("A page of a list.", vec![(name, list(of(item)), ""), ("pageInfo", of("PageInfo"), "")])
}
