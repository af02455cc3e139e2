//! What each operation takes and answers, by the names of schemas.

use domain::policy::{PolicyKind, PolicyStatus};
use serde_json::{Value, json};

use super::schema;
use crate::routes::Operation;

/// A parameter of the query.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// Its schema.
    pub schema: fn() -> Value,
    /// What it does.
    pub text: &'static str,
}

/// The body of a successful answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// JSON after a schema of the document.
    Json(&'static str),
    /// A page.
    Html,
    /// The address of something.
    Elsewhere,
}

fn access_graph() -> Description {
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

/// What an operation takes and answers.
#[derive(Debug, Clone)]
pub struct Description {
    /// Parameters of the query.
    pub query: Vec<Parameter>,
    /// Schema of the body, when one is read.
    pub request: Option<&'static str>,
    /// Status of success.
    pub status: u16,
    /// Body of success.
    pub answer: Option<Answer>,
}

/// Answers 200 with a body and takes nothing.
fn shows(answer: &'static str) -> Description {
    Description { query: Vec::new(), request: None, status: 200, answer: Some(Answer::Json(answer)) }
}

/// Takes a body and answers 200 with one.
fn takes(request: &'static str, answer: &'static str) -> Description {
    Description { request: Some(request), ..shows(answer) }
}

/// Takes a body and answers 201 with what was made.
fn makes(request: &'static str, answer: &'static str) -> Description {
    Description { status: 201, ..takes(request, answer) }
}

/// Answers 204.
fn removes() -> Description {
    Description { status: 204, answer: None, ..shows("Empty") }
}

/// A list with its parameters.
fn lists(answer: &'static str, query: Vec<Parameter>) -> Description {
    Description { query, ..shows(answer) }
}

fn may(name: &'static str, schema: fn() -> Value, text: &'static str) -> Parameter {
    Parameter { name, required: false, schema, text }
}

/// Answers a definition, or what it said in a version that decided something.
fn versioned(answer: &'static str) -> Description {
    let text = "As it was in this version, also when it has been deleted since; the newest by default";
    lists(answer, vec![may("version", schema::count, text)])
}

/// `limit` and `after`.
fn paged(limit: &'static str) -> Vec<Parameter> {
    vec![may("limit", schema::count, limit), may("after", schema::text, "A previous endCursor")]
}

/// `page_size` and `page_token`.
fn token_paged() -> Vec<Parameter> {
    vec![
        may("page_size", schema::count, "At most this many"),
        may("page_token", schema::text, "A previous next_page_token"),
    ]
}

/// For which workflow a setting is.
fn of_workflow() -> Vec<Parameter> {
    vec![may("workflow_id", schema::text, "For this workflow; absent or empty for all workflows")]
}

/// What a workflow offers to reviewers.
fn offered() -> Vec<Parameter> {
    [vec![may("workflow_id", schema::text, "Only what is for this workflow, or for all")], token_paged()].concat()
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

/// What an operation takes and answers.
#[must_use]
pub fn describe(operation: Operation) -> Description {
    use Operation as Op;
    match operation {
        Op::ListCampaigns => campaigns(),
        Op::GetCampaign | Op::CompleteCampaign | Op::TerminateCampaign | Op::CancelCampaignStart => shows("Campaign"),
        Op::CreateCampaign => makes("CampaignInput", "Campaign"),
        Op::UpdateCampaign => takes("CampaignChange", "Campaign"),
        Op::DeleteCampaign
        | Op::EndRecurrence
        | Op::DeleteRule
        | Op::RemoveAssignedRule
        | Op::DeletePolicy
        | Op::RemovePolicy
        | Op::DeleteDataSource
        | Op::RevokeApiKey => removes(),
        Op::CreateCampaignFromTemplate => makes("CampaignFromTemplate", "Campaign"),
        Op::ListReviewers => shows("ReviewerInfoList"),
        Op::ListAutomationRuns => shows("AutomationRunList"),
        Op::ReadHelpPage => lists(
            "HelpPageContent",
            vec![
                Parameter {
                    name: "certification_id",
                    required: true,
                    schema: schema::uuid,
                    text: "Which certification",
                },
                may("usage", help_page_usage, "`HELP_PAGE` by default"),
            ],
        ),
        Op::ListHelpPages => lists("HelpPageTemplateList", token_paged()),
        Op::CreateHelpPage | Op::PutHelpPage => takes("HelpPageTemplateInput", "Empty"),
        Op::GetHelpPage => shows("HelpPageTemplateValue"),
        Op::DeleteHelpPage => shows("Empty"),
        Op::UpdateWorkflow => takes("WorkflowChangeValue", "Empty"),
        Op::UpdateCertification => takes("CertificationChangeValue", "Empty"),
        Op::DeleteWorkflow | Op::DeleteCertification => shows("Empty"),
        Op::ListUsers => lists("WorkflowUserList", users()),
        Op::ListAssignedCertifications => lists("AssignedCertificationList", token_paged()),
        Op::ListDelegations => shows("DelegationList"),
        Op::AddDelegations | Op::RemoveDelegations => takes("DelegationListInput", "Empty"),
        Op::ListDeniedUsers => shows("DenyList"),
        Op::AddDeniedUsers | Op::RemoveDeniedUsers => takes("DenyListInput", "Empty"),
        Op::GetSetting => lists("SettingValue", of_workflow()),
        Op::PutSetting => Description { query: of_workflow(), ..takes("SettingInput", "SettingStored") },
        Op::RemoveSetting => lists("Empty", of_workflow()),
        Op::ListColumnSettings => {
            let after = may("page_token", schema::text, "Of an answer that has more, to go on behind it");
            lists("AllColumnSettings", vec![after])
        }
        Op::GetEffectiveSettings => shows("EffectiveSettingsValue"),
        Op::StartCampaign => shows("CampaignStart"),
        Op::ListQueryFields => shows("QueryFields"),
        Op::TestQuery => takes("CampaignQuery", "QueryTest"),
        Op::ListAppliedPolicies => shows("AppliedPolicyList"),
        Op::ApplyPolicy => Description {
            query: vec![may("threshold", schema::number, "Stands in for the policy's own limit, where it has one")],
            ..shows("AppliedPolicy")
        },
        Op::GetRiskAssessment => shows("RiskAssessment"),
        Op::ListPolicyChecks => shows("PolicyCheckList"),
        Op::ListApprovals => approvals(),
        Op::CountApprovals => shows("ApprovalCounts"),
        Op::DecideApproval => takes("DecisionInput", "Approval"),
        Op::DecideApprovals => takes("BatchDecisionInput", "ApprovalList"),
        Op::UndoApproval => shows("Approval"),
        Op::ChangeReviewer => takes("ReviewerInput", "Approval"),
        Op::GetRecurrence => shows("Recurrence"),
        Op::SetRecurrence => takes("RecurrenceInput", "Recurrence"),
        Op::ListRunHistory => runs(),
        Op::GetRecommendation => shows("Recommendation"),
        Op::ListBatchGroups => lists("BatchGroupPage", paged("1 to 500; all of them by default")),
        Op::DecideBatchGroup => takes("DecisionInput", "ApprovalList"),
        Op::ListReviewItems => items(),
        Op::GetReviewItem => shows("ReviewItem"),
        Op::GetEntitlements => shows("Entitlements"),
        Op::AssignRules => takes("AssignRulesInput", "AssignedRules"),
        Op::ListAssignedRules => shows("AssignedRules"),
        Op::UpdateAssignedRule => takes("RuleSwitch", "AssignedRule"),
        Op::EvaluateRules => shows("EvaluationStarted"),
        Op::TestRule => takes("RuleTestInput", "RuleTestStarted"),
        Op::GetRuleJob => shows("RuleJob"),
        Op::GetItemHistory => shows("ItemHistory"),
        Op::ListRules => lists("RulePage", paged("1 to 1000, 1000 by default")),
        Op::CreateRule => makes("RuleInput", "Rule"),
        Op::GetRule => versioned("Rule"),
        Op::UpdateRule => takes("RuleChange", "Rule"),
        Op::ListPolicies => policies(),
        Op::CreatePolicy => makes("PolicyInput", "Policy"),
        Op::GetPolicy => versioned("Policy"),
        Op::UpdatePolicy => takes("PolicyChange", "Policy"),
        Op::ListWorkflows => lists("WorkflowList", token_paged()),
        Op::CreateWorkflow => takes("WorkflowInput", "WorkflowId"),
        Op::GetWorkflow => shows("WorkflowValue"),
        Op::GetDataSourceStatus => shows("DataSourceStatus"),
        Op::GetAccessGraph => access_graph(),
        Op::ListCertifications => certifications(),
        Op::CreateCertification => takes("CertificationInput", "CertificationId"),
        Op::GetCertification => shows("CertificationValue"),
        Op::CompleteCertification | Op::DeleteProvider | Op::DeleteProviderSource => shows("Empty"),
        Op::ListResults => results(),
        Op::GetResult => shows("ResultValue"),
        Op::UpdateResult => takes("ResultUpdateValue", "Empty"),
        Op::SignOffResults => takes("SignOffInput", "SignOff"),
        Op::BulkUpdateResults => takes("BulkUpdate", "BulkOutcome"),
        Op::ApplySmartAction => takes("ApplySmartAction", "BulkOutcome"),
        Op::ListQuickFilters => lists("QuickFilterList", offered()),
        Op::CreateQuickFilter => takes("QuickFilterInput", "PreparedId"),
        Op::ListSmartActions => lists("SmartActionList", offered()),
        Op::CreateSmartAction => takes("SmartActionInput", "PreparedId"),
        Op::UpdateSmartAction => takes("SmartActionChangeValue", "Empty"),
        Op::DeleteQuickFilter | Op::DeleteSmartAction => shows("Empty"),
        Op::ListAutomations => lists("AutomationList", token_paged()),
        Op::CreateAutomation => takes("AutomationInput", "PreparedId"),
        Op::ReplaceAutomation => takes("AutomationChangeValue", "Empty"),
        Op::GetAutomation => shows("AutomationValue"),
        Op::DeleteAutomation => shows("Empty"),
        Op::AttachAutomations => takes("AutomationAttachment", "Empty"),
        Op::DetachAutomations => takes("AutomationDetachment", "Empty"),
        Op::TestAutomation => takes("AutomationTrialInput", "AutomationTrial"),
        Op::ListAttachedAutomations => lists("AttachedAutomationList", token_paged()),
        Op::ForceUpdateResult => takes("ForcedUpdateValue", "Empty"),
        Op::UpdateWebhookInfo | Op::PutWebhookInfo => takes("WebhookInfo", "Empty"),
        Op::CreateExport => takes("ExportInput", "ExportId"),
        Op::GetExport => shows("ExportValue"),
        Op::DownloadExport => Description { status: 302, answer: Some(Answer::Elsewhere), ..shows("Empty") },
        Op::PutDataSource => Description { query: [formats(), terms()].concat(), ..takes("Picture", "LoadReport") },
        Op::CreateUpload => takes("UploadInput", "OpenedUpload"),
        Op::GetUpload => shows("Upload"),
        Op::CreateSnapshot => shows("SnapshotId"),
        Op::ListDataSources => lists("DataSourcePage", paged("1 to 500, 50 by default")),
        Op::ListSnapshots => lists("SnapshotPage", paged("1 to 500, 50 by default")),
        Op::ListProviderTemplates => shows("ProviderTemplateList"),
        Op::ListProviders => lists("ProviderList", [named(), token_paged()].concat()),
        Op::ChangeProvider => takes("ProviderChange", "ProviderValue"),
        Op::SetProviderIcon => takes("ProviderIcon", "Empty"),
        Op::PushProviderSourceInParts => takes("PushPart", "PartPushed"),
        Op::PushProviderSourceCsv => Description { query: terms(), ..takes("PushedFile", "Pushed") },
        Op::CreateProvider => takes("ProviderInput", "ProviderValue"),
        Op::GetProvider => shows("ProviderValue"),
        Op::ListProviderSources => lists("ProviderSourceList", [named(), token_paged()].concat()),
        Op::CreateProviderSource => takes("ProviderSourceInput", "ProviderSourceValue"),
        Op::GetProviderSource => shows("ProviderSourceValue"),
        Op::PushProviderSource => takes("Push", "Pushed"),
        Op::GetScimConfig | Op::GetScimResourceType | Op::GetScimSchema => shows("ScimDescription"),
        Op::ListScimResourceTypes | Op::ListScimSchemas => shows("ScimList"),
        Op::ListScimUsers | Op::ListScimGroups => lists("ScimList", provisioning()),
        Op::CreateScimUser => makes("ScimUser", "ScimUserShown"),
        Op::GetScimUser => lists("ScimUserShown", selecting()),
        Op::ReplaceScimUser => takes("ScimUser", "ScimUserShown"),
        Op::ChangeScimUser => takes("ScimPatch", "ScimUserShown"),
        Op::CreateScimGroup => makes("ScimGroup", "ScimGroupShown"),
        Op::GetScimGroup => lists("ScimGroupShown", selecting()),
        Op::ReplaceScimGroup => takes("ScimGroup", "ScimGroupShown"),
        Op::ChangeScimGroup => takes("ScimPatch", "ScimGroupShown"),
        Op::DeleteScimUser | Op::DeleteScimGroup => removes(),
        Op::GetMe => shows("Me"),
        Op::ListApiKeys => shows("ApiKeyList"),
        Op::CreateApiKey => makes("ApiKeyInput", "IssuedApiKey"),
        Op::GetHealth => shows("Health"),
        Op::GetOpenApi => shows("Anything"),
        Op::GetDocs => Description { answer: Some(Answer::Html), ..shows("Empty") },
    }
}

fn campaigns() -> Description {
    let own = vec![
        may("status", campaign_status, "in_progress means active, cancelled means terminated"),
        may("type", schema::text, "Exact match"),
    ];
    lists("CampaignPage", [own, paged("1 to 500, 50 by default")].concat())
}

fn approvals() -> Description {
    let own = vec![may("status", approval_status, "")];
    lists("ApprovalPage", [own, paged("1 to 5000, 5000 by default")].concat())
}

fn items() -> Description {
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

fn runs() -> Description {
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

fn policies() -> Description {
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

fn users() -> Vec<Parameter> {
    let own = vec![
        may("search", schema::text, "Part of a name, an e-mail address or an id, in any case"),
        may("user_type", schema::text, "Exact match"),
    ];
    [own, token_paged()].concat()
}

fn certifications() -> Description {
    let own = vec![Parameter { name: "workflow_id", required: true, schema: schema::uuid, text: "" }];
    lists("CertificationList", [own, token_paged()].concat())
}

fn results() -> Description {
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
fn formats() -> Vec<Parameter> {
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
fn terms() -> Vec<Parameter> {
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
fn provisioning() -> Vec<Parameter> {
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
fn selecting() -> Vec<Parameter> {
    vec![
        may("attributes", schema::text, "These alone, separated by commas"),
        may("excludedAttributes", schema::text, "These not, separated by commas"),
    ]
}

/// A filter by name, and an order.
fn named() -> Vec<Parameter> {
    vec![
        may("filter", schema::text, "For example `name eq \"HR\"`"),
        may("order_by", schema::text, "id, name or created_at; `desc` behind it descends"),
    ]
}
