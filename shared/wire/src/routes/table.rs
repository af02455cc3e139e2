//! The routes, one after another, in the order of the documentation.

use domain::user::Role;
use http::Method;

use super::description::{Answer, Description, lists, makes, paged, removes, shows, takes, token_paged, versioned};
use super::query::{
    access_graph, apply_policy, approvals, campaigns, certifications, column_settings, formats, help_page, items,
    named, of_workflow, offered, policies, provisioning, results, runs, selecting, terms, users,
};
use super::{Dialect, Function, Route};

/// Declares [`Operation`], [`describe`] and [`ROUTES`] from one list, so that none can have what another lacks.
macro_rules! routes {
    ($($name:ident: $method:ident $path:literal $effect:ident $role:ident $group:ident $summary:literal => $body:expr;)*) => {
        /// What a request asks for. Its name is stable: command ids are derived from it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Operation { $(#[doc = concat!($summary, ".")] $name),* }

        impl Operation {
            /// Every operation, in the order of the routes.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name, as the `operationId` of the OpenAPI document.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }

        /// What an operation takes and answers.
        #[must_use]
        pub fn describe(operation: Operation) -> Description {
            match operation { $(Operation::$name => $body),* }
        }

        /// Every route.
        pub static ROUTES: &[Route] = &[$(Route {
            operation: Operation::$name,
            method: Method::$method,
            path: $path,
            function: $group.0,
            minimum_role: $role,
            dialect: $group.1,
            reads: $effect.0,
            versioned: $effect.1,
            tag: $group.2,
            summary: $summary,
        }),*];
    };
}

/// Whether a route only reads, and whether what it writes is one thing with a version.
type Effect = (bool, bool);
/// Nothing is written.
const READS: Effect = (true, false);
/// Something is made, or many things are changed, each with a version of its own.
const WRITES: Effect = (false, false);
/// One thing that has a version is changed, or ends.
const CHANGES: Effect = (false, true);

/// Needs no token.
const ANYBODY: Option<Role> = None;
/// Needs a reviewer or more.
const REVIEWER: Option<Role> = Some(Role::Reviewer);
/// Needs an operator or more.
const OPERATOR: Option<Role> = Some(Role::Operator);
/// Needs an administrator.
const ADMINISTRATOR: Option<Role> = Some(Role::Administrator);

/// Routes that share function, dialect and place in the documentation.
type Group = (Function, Dialect, &'static str);
/// Campaign life cycle.
const CAMPAIGNS: Group = (Function::Campaigns, Dialect::Campaigns, "campaigns");
/// Decisions on the accounts of a campaign.
const APPROVALS: Group = (Function::Approvals, Dialect::Campaigns, "approvals");
/// Items of a campaign with their context.
const ITEMS: Group = (Function::Approvals, Dialect::Campaigns, "review items");
/// What a campaign decides by itself.
const CAMPAIGN_RULES: Group = (Function::Campaigns, Dialect::Campaigns, "rules");
/// What campaigns decide by themselves.
const RULES: Group = (Function::Rules, Dialect::Campaigns, "rules");
/// What campaigns check by themselves.
const POLICIES: Group = (Function::Rules, Dialect::Campaigns, "policies");
/// Review configurations.
const WORKFLOWS: Group = (Function::Reviews, Dialect::Awf, "workflows");
/// Reviews.
const CERTIFICATIONS: Group = (Function::Reviews, Dialect::Awf, "certifications");
/// Rows of a review.
const RESULTS: Group = (Function::Reviews, Dialect::Awf, "results");
/// Files with the rows of a review.
const EXPORTS: Group = (Function::Exports, Dialect::Awf, "exports");
/// Prepared changes.
const SMART_ACTIONS: Group = (Function::Reviews, Dialect::Awf, "smart actions");
/// What is done with rows as soon as a certification has been built.
const AUTOMATIONS: Group = (Function::Automations, Dialect::Awf, "automations");
/// Prepared filters.
const QUICK_FILTERS: Group = (Function::Reviews, Dialect::Awf, "quick filters");
/// What reviewers are told.
const HELP_PAGES: Group = (Function::Settings, Dialect::Awf, "help pages");
/// Who can be named as a reviewer.
const PEOPLE: Group = (Function::Settings, Dialect::Awf, "users");
/// Who stands in for whom.
const DELEGATION: Group = (Function::Settings, Dialect::Awf, "delegation");
/// Who must not review.
const DENY_LIST: Group = (Function::Settings, Dialect::Awf, "deny list");
/// What administrators choose.
const SETTINGS: Group = (Function::Settings, Dialect::Awf, "settings");
/// What the reviews are about.
const INVENTORY: Group = (Function::Inventory, Dialect::Campaigns, "inventory");
/// Inventory by pushed payloads.
const PROVIDERS: Group = (Function::Inventory, Dialect::Awf, "providers");
/// Inventory by users and groups.
const SCIM: Group = (Function::Scim, Dialect::Scim, "provisioning");
/// Callers and their keys.
const USERS: Group = (Function::Settings, Dialect::Campaigns, "users");
/// The service itself.
const ABOUT: Group = (Function::Settings, Dialect::Campaigns, "about");

// operation: method, path, what it does to what is kept, least role, group, summary => what it takes and answers
routes! {
    ListCampaigns: GET "/api/v1/campaigns" READS REVIEWER CAMPAIGNS
        "List campaigns, newest first" => campaigns();
    CreateCampaign: POST "/api/v1/campaigns" WRITES ADMINISTRATOR CAMPAIGNS
        "Create a campaign as a draft" => makes("CampaignInput", "Campaign");
    GetCampaign: GET "/api/v1/campaigns/{id}" READS REVIEWER CAMPAIGNS
        "Get one campaign with its progress" => shows("Campaign");
    UpdateCampaign: PUT "/api/v1/campaigns/{id}" CHANGES ADMINISTRATOR CAMPAIGNS
        "Change the fields that are present" => takes("CampaignChange", "Campaign");
    DeleteCampaign: DELETE "/api/v1/campaigns/{id}" CHANGES ADMINISTRATOR CAMPAIGNS
        "Delete a draft, or hide a finished campaign" => removes();
    CreateCampaignFromTemplate: POST "/api/v1/campaigns/from-template/{templateId}" WRITES ADMINISTRATOR CAMPAIGNS
        "Create a campaign like an existing one" => makes("CampaignFromTemplate", "Campaign");
    StartCampaign: POST "/api/v1/campaigns/{id}/start" CHANGES ADMINISTRATOR CAMPAIGNS
        "Start a campaign: its items are built in the background" => shows("CampaignStart");
    CancelCampaignStart: DELETE "/api/v1/campaigns/{id}/start" CHANGES ADMINISTRATOR CAMPAIGNS
        "Ask for a start to be called off" => shows("Campaign");
    CompleteCampaign: POST "/api/v1/campaigns/{id}/complete" CHANGES ADMINISTRATOR CAMPAIGNS
        "Complete an active campaign" => shows("Campaign");
    TerminateCampaign: POST "/api/v1/campaigns/{id}/terminate" CHANGES ADMINISTRATOR CAMPAIGNS
        "Stop an active campaign for good" => shows("Campaign");
    GetRecurrence: GET "/api/v1/campaigns/{id}/recurrence" READS OPERATOR CAMPAIGNS
        "Tell when campaigns like this one are made" => shows("Recurrence");
    SetRecurrence: PUT "/api/v1/campaigns/{id}/recurrence" CHANGES ADMINISTRATOR CAMPAIGNS
        "Have campaigns like this one made again and again" => takes("RecurrenceInput", "Recurrence");
    EndRecurrence: DELETE "/api/v1/campaigns/{id}/recurrence" CHANGES ADMINISTRATOR CAMPAIGNS
        "Stop making campaigns like this one" => removes();
    ListRunHistory: GET "/api/v1/campaigns/{id}/run-history" READS OPERATOR CAMPAIGNS
        "List who had to answer for each account, and what came of it" => runs();
    ListQueryFields: GET "/api/v1/campaigns/query/fields" READS OPERATOR CAMPAIGNS
        "List what a campaign query may ask about" => shows("QueryFields");
    TestQuery: POST "/api/v1/campaigns/query/test" READS OPERATOR CAMPAIGNS
        "Count the accounts a query selects today" => takes("CampaignQuery", "QueryTest");
    ListAppliedPolicies: GET "/api/v1/campaigns/{id}/policies" READS REVIEWER CAMPAIGNS
        "List the policies of a campaign" => shows("AppliedPolicyList");
    ApplyPolicy: POST "/api/v1/campaigns/{id}/policies/{policyId}" CHANGES OPERATOR CAMPAIGNS
        "Apply a policy to a campaign, or change its threshold there" => apply_policy();
    RemovePolicy: DELETE "/api/v1/campaigns/{id}/policies/{policyId}" CHANGES OPERATOR CAMPAIGNS
        "Take a policy off a campaign" => removes();
    ListApprovals: GET "/api/v1/campaigns/{id}/approvals" READS REVIEWER APPROVALS
        "List the decision state of each account" => approvals();
    CountApprovals: GET "/api/v1/campaigns/{id}/approvals/counts" READS REVIEWER APPROVALS
        "Count approvals by status" => shows("ApprovalCounts");
    DecideApprovals: POST "/api/v1/campaigns/{id}/approvals/batch" WRITES REVIEWER APPROVALS
        "Decide on several accounts at once, all or none" => takes("BatchDecisionInput", "ApprovalList");
    DecideApproval: POST "/api/v1/campaigns/{id}/approvals/{accountId}" CHANGES REVIEWER APPROVALS
        "Approve, reject, flag or revoke one account" => takes("DecisionInput", "Approval");
    UndoApproval: POST "/api/v1/campaigns/{id}/approvals/{accountId}/undo" CHANGES REVIEWER APPROVALS
        "Take a decision back within 30 seconds" => shows("Approval");
    ChangeReviewer: PUT "/api/v1/campaigns/{id}/approvals/{accountId}/reviewer" CHANGES OPERATOR APPROVALS
        "Let somebody else review one account" => takes("ReviewerInput", "Approval");
    GetRecommendation: GET "/api/v1/campaigns/{id}/approvals/{accountId}/ai-recommendation" READS REVIEWER APPROVALS
        "Get what is recommended for one account, and why" => shows("Recommendation");
    GetRiskAssessment: GET "/api/v1/campaigns/{id}/approvals/{accountId}/risk-assessment" READS REVIEWER APPROVALS
        "Get the risk of one account and what it comes from" => shows("RiskAssessment");
    ListPolicyChecks: GET "/api/v1/campaigns/{id}/approvals/{accountId}/policy-checks" READS REVIEWER APPROVALS
        "Check one account against the policies of the campaign" => shows("PolicyCheckList");
    ListBatchGroups: GET "/api/v1/campaigns/{id}/batch-groups" READS REVIEWER ITEMS
        "List groups of accounts so alike that they can be decided together"
            => lists("BatchGroupPage", paged("1 to 500; all of them by default"));
    DecideBatchGroup: POST "/api/v1/campaigns/{id}/batch-groups/{batchId}/review" WRITES REVIEWER ITEMS
        "Decide on what is undecided in a group, all or none" => takes("DecisionInput", "ApprovalList");
    ListReviewItems: GET "/api/v1/campaigns/{id}/review-items" READS REVIEWER ITEMS
        "List items with risk, owner and account" => items();
    GetReviewItem: GET "/api/v1/campaigns/{id}/review-items/{accountId}" READS REVIEWER ITEMS
        "Get one item with everything known about it" => shows("ReviewItem");
    GetEntitlements: GET "/api/v1/campaigns/{id}/review-items/{accountId}/entitlements" READS REVIEWER ITEMS
        "List the groups and roles of an account under review" => shows("Entitlements");
    AssignRules: POST "/api/v1/campaigns/{id}/rules" CHANGES ADMINISTRATOR CAMPAIGN_RULES
        "Have a campaign use rules, besides those that it has" => takes("AssignRulesInput", "AssignedRules");
    ListAssignedRules: GET "/api/v1/campaigns/{id}/rules" READS REVIEWER CAMPAIGN_RULES
        "List the rules of a campaign" => shows("AssignedRules");
    UpdateAssignedRule: PUT "/api/v1/campaigns/{id}/rules/{ruleId}" CHANGES OPERATOR CAMPAIGN_RULES
        "Enable or disable a rule of a campaign" => takes("RuleSwitch", "AssignedRule");
    RemoveAssignedRule: DELETE "/api/v1/campaigns/{id}/rules/{ruleId}" CHANGES ADMINISTRATOR CAMPAIGN_RULES
        "Take a rule off a campaign" => removes();
    EvaluateRules: POST "/api/v1/campaigns/{id}/rules/evaluate" WRITES OPERATOR CAMPAIGN_RULES
        "Have the enabled rules decide about pending items, in the background" => shows("EvaluationStarted");
    TestRule: POST "/api/v1/campaigns/rules/test" WRITES OPERATOR RULES
        "Count the accounts that satisfy a condition, in the background"
            => takes("RuleTestInput", "RuleTestStarted");
    GetRuleJob: GET "/api/v1/campaigns/rules/jobs/{jobId}" READS OPERATOR RULES
        "Look at the progress and result of a test or evaluation" => shows("RuleJob");
    GetItemHistory: GET "/api/v1/campaigns/{id}/review-items/{accountId}/history" READS REVIEWER ITEMS
        "List what other campaigns decided about the same account, newest first" => shows("ItemHistory");
    ListRules: GET "/api/v1/campaign-rules" READS OPERATOR RULES
        "List campaign rules, newest first" => lists("RulePage", paged("1 to 1000, 1000 by default"));
    CreateRule: POST "/api/v1/campaign-rules" WRITES ADMINISTRATOR RULES
        "Create a campaign rule" => makes("RuleInput", "Rule");
    GetRule: GET "/api/v1/campaign-rules/{id}" READS OPERATOR RULES
        "Get one campaign rule" => versioned("Rule");
    UpdateRule: PUT "/api/v1/campaign-rules/{id}" CHANGES ADMINISTRATOR RULES
        "Change a campaign rule: the fields that are present" => takes("RuleChange", "Rule");
    DeleteRule: DELETE "/api/v1/campaign-rules/{id}" CHANGES ADMINISTRATOR RULES
        "Delete a campaign rule that no running campaign uses" => removes();
    ListPolicies: GET "/api/v1/policies" READS ADMINISTRATOR POLICIES
        "List policies, newest first" => policies();
    CreatePolicy: POST "/api/v1/policies" WRITES ADMINISTRATOR POLICIES
        "Create a policy" => makes("PolicyInput", "Policy");
    GetPolicy: GET "/api/v1/policies/{id}" READS ADMINISTRATOR POLICIES
        "Get one policy" => versioned("Policy");
    UpdatePolicy: PUT "/api/v1/policies/{id}" CHANGES ADMINISTRATOR POLICIES
        "Change a policy: the fields that are present" => takes("PolicyChange", "Policy");
    DeletePolicy: DELETE "/api/v1/policies/{id}" CHANGES ADMINISTRATOR POLICIES
        "Delete a policy that is applied to no running campaign" => removes();
    ListWorkflows: GET "/api/preview/awf/workflows" READS OPERATOR WORKFLOWS
        "List workflows, newest first" => lists("WorkflowList", token_paged());
    CreateWorkflow: POST "/api/preview/awf/workflows" WRITES OPERATOR WORKFLOWS
        "Create a workflow" => takes("WorkflowInput", "WorkflowId");
    GetWorkflow: GET "/api/preview/awf/workflows/{workflow_id}" READS OPERATOR WORKFLOWS
        "Get one workflow" => shows("WorkflowValue");
    GetDataSourceStatus: GET "/api/preview/awf/workflows/{workflow_id}/datasource_status" READS OPERATOR WORKFLOWS
        "Tell how the data sources are that a workflow reviews" => shows("DataSourceStatus");
    UpdateWorkflow: PUT "/api/preview/awf/workflows" CHANGES OPERATOR WORKFLOWS
        "Change a workflow: the fields that are present" => takes("WorkflowChangeValue", "Empty");
    DeleteWorkflow: DELETE "/api/preview/awf/workflows/{workflow_id}" CHANGES ADMINISTRATOR WORKFLOWS
        "Delete a workflow that has no certifications" => shows("Empty");
    ListCertifications: GET "/api/preview/awf/certifications" READS REVIEWER CERTIFICATIONS
        "List the certifications of a workflow" => certifications();
    CreateCertification: POST "/api/preview/awf/certifications" WRITES OPERATOR CERTIFICATIONS
        "Start a certification of a workflow" => takes("CertificationInput", "CertificationId");
    GetCertification: GET "/api/preview/awf/certifications/{certification_id}" READS REVIEWER CERTIFICATIONS
        "Get one certification with its totals" => shows("CertificationValue");
    UpdateCertification: PUT "/api/preview/awf/certifications" CHANGES OPERATOR CERTIFICATIONS
        "Change name, notes, reviewers or due date of a certification that is not over"
            => takes("CertificationChangeValue", "Empty");
    DeleteCertification: DELETE "/api/preview/awf/certifications/{certification_id}" CHANGES ADMINISTRATOR CERTIFICATIONS
        "Delete a certification that is not completed, with all that was decided" => shows("Empty");
    ListAssignedCertifications: GET "/api/preview/awf/certifications:assigned_to_me" READS REVIEWER CERTIFICATIONS
        "List the open certifications in which the caller has rows, the first due first"
            => lists("AssignedCertificationList", token_paged());
    CompleteCertification: POST "/api/preview/awf/certifications/{certification_id}:complete" CHANGES OPERATOR CERTIFICATIONS
        "Complete a certification" => shows("Empty");
    ListResults: GET "/api/preview/awf/certifications/{certification_id}/results" READS REVIEWER RESULTS
        "List the rows of a certification" => results();
    GetResult: GET "/api/preview/awf/certifications/{certification_id}/results/{result_id}" READS REVIEWER RESULTS
        "Get one row" => shows("ResultValue");
    UpdateResult: PUT "/api/preview/awf/certifications/{certification_id}/results" CHANGES REVIEWER RESULTS
        "Decide, note, reassign or sign off one row" => takes("ResultUpdateValue", "Empty");
    SignOffResults: POST "/api/preview/awf/certifications/{certification_id}/results:sign_off" WRITES REVIEWER RESULTS
        "Sign off several decided rows" => takes("SignOffInput", "SignOff");
    BulkUpdateResults: POST "/api/preview/awf/certifications/{certification_id}/results:bulk_update" WRITES REVIEWER RESULTS
        "Change several rows the same way, each as far as it allows" => takes("BulkUpdate", "BulkOutcome");
    ApplySmartAction: POST "/api/preview/awf/certifications/{certification_id}/results:apply_smart_action" WRITES REVIEWER SMART_ACTIONS
        "Apply a smart action, or tell what it would do" => takes("ApplySmartAction", "BulkOutcome");
    ListSmartActions: GET "/api/preview/awf/smart_action_definitions" READS REVIEWER SMART_ACTIONS
        "List smart actions by name" => lists("SmartActionList", offered());
    CreateSmartAction: POST "/api/preview/awf/smart_action_definitions" WRITES OPERATOR SMART_ACTIONS
        "Prepare a change that reviewers can apply" => takes("SmartActionInput", "PreparedId");
    UpdateSmartAction: PUT "/api/preview/awf/smart_action_definitions" CHANGES OPERATOR SMART_ACTIONS
        "Change a smart action: the fields that are present" => takes("SmartActionChangeValue", "Empty");
    DeleteSmartAction: DELETE "/api/preview/awf/smart_action_definitions/{id}" CHANGES OPERATOR SMART_ACTIONS
        "Delete a smart action" => shows("Empty");
    ListQuickFilters: GET "/api/preview/awf/quick_filters" READS REVIEWER QUICK_FILTERS
        "List quick filters by name" => lists("QuickFilterList", offered());
    CreateQuickFilter: POST "/api/preview/awf/quick_filters" WRITES OPERATOR QUICK_FILTERS
        "Prepare a filter that reviewers can pick" => takes("QuickFilterInput", "PreparedId");
    DeleteQuickFilter: DELETE "/api/preview/awf/quick_filters/{id}" CHANGES OPERATOR QUICK_FILTERS
        "Delete a quick filter" => shows("Empty");
    ListAutomations: GET "/api/preview/awf/automations" READS ADMINISTRATOR AUTOMATIONS
        "List automations by name" => lists("AutomationList", token_paged());
    CreateAutomation: POST "/api/preview/awf/automations" WRITES ADMINISTRATOR AUTOMATIONS
        "Create an automation" => takes("AutomationInput", "PreparedId");
    ReplaceAutomation: PUT "/api/preview/awf/automations" CHANGES ADMINISTRATOR AUTOMATIONS
        "Replace an automation: fields that are absent are gone" => takes("AutomationChangeValue", "Empty");
    GetAutomation: GET "/api/preview/awf/automations/{id}" READS ADMINISTRATOR AUTOMATIONS
        "Get one automation" => shows("AutomationValue");
    DeleteAutomation: DELETE "/api/preview/awf/automations/{id}" CHANGES ADMINISTRATOR AUTOMATIONS
        "Delete an automation and its attachments" => shows("Empty");
    AttachAutomations: POST "/api/preview/awf/automations:attach" WRITES ADMINISTRATOR AUTOMATIONS
        "Attach automations to workflows, one or all" => takes("AutomationAttachment", "Empty");
    DetachAutomations: POST "/api/preview/awf/automations:detach" WRITES ADMINISTRATOR AUTOMATIONS
        "Detach automations from workflows, one or all" => takes("AutomationDetachment", "Empty");
    TestAutomation: POST "/api/preview/awf/automations:test" READS ADMINISTRATOR AUTOMATIONS
        "Tell what an automation would do to the rows of a certification"
            => takes("AutomationTrialInput", "AutomationTrial");
    ListAttachedAutomations: GET "/api/preview/awf/automations:attached/{workflow_id}" READS OPERATOR AUTOMATIONS
        "List the automations that are attached to a workflow"
            => lists("AttachedAutomationList", token_paged());
    ForceUpdateResult: POST "/api/preview/awf/certifications/{certification_id}/results:force_update" CHANGES ADMINISTRATOR RESULTS
        "Mend one row by force, up to 7 days after the end of the certification"
            => takes("ForcedUpdateValue", "Empty");
    UpdateWebhookInfo: POST "/api/preview/awf/certifications/{certification_id}/results:update_webhook_info" CHANGES OPERATOR RESULTS
        "Tell how the removal of a rejected access goes" => takes("WebhookInfo", "Empty");
    PutWebhookInfo: PUT "/api/preview/awf/certifications/{certification_id}/results:update_webhook_info" CHANGES OPERATOR RESULTS
        "The same as POST, for clients that send PUT" => takes("WebhookInfo", "Empty");
    CreateExport: POST "/api/preview/awf/exports/access_review:create" READS REVIEWER EXPORTS
        "Have the rows of a certification written to a file, in the background"
            => takes("ExportInput", "ExportId");
    GetExport: GET "/api/preview/awf/exports/access_review/{export_id}" READS REVIEWER EXPORTS
        "Look at how far an export has come" => shows("ExportValue");
    DownloadExport: GET "/api/preview/awf/exports/access_review/{export_id}:download" READS REVIEWER EXPORTS
        "Be sent to the file of an export"
            => Description { status: 302, answer: Some(Answer::Elsewhere), ..shows("Empty") };
    ListReviewers: GET "/api/preview/awf/certifications/{certification_id}/reviewer_infos" READS OPERATOR CERTIFICATIONS
        "List who reviews a certification, and how far they have come" => shows("ReviewerInfoList");
    ListAutomationRuns: GET "/api/preview/awf/certifications/{certification_id}/automation_runs" READS OPERATOR CERTIFICATIONS
        "List how the automations of a certification went" => shows("AutomationRunList");
    GetAccessGraph: GET "/api/preview/awf/access_graph" READS REVIEWER RESULTS
        "Explain one row: everything by which its source reaches its destination" => access_graph();
    ReadHelpPage: GET "/api/preview/awf/certification_help_page" READS REVIEWER CERTIFICATIONS
        "Read what reviewers are told about a certification" => help_page();
    ListHelpPages: GET "/api/preview/awf/help_page_templates" READS OPERATOR HELP_PAGES
        "List templates of help pages, without their text" => lists("HelpPageTemplateList", token_paged());
    CreateHelpPage: POST "/api/preview/awf/help_page_templates" WRITES OPERATOR HELP_PAGES
        "Create the template of a help page" => takes("HelpPageTemplateInput", "Empty");
    PutHelpPage: PUT "/api/preview/awf/help_page_templates" CHANGES OPERATOR HELP_PAGES
        "Replace the template of a help page, or create it" => takes("HelpPageTemplateInput", "Empty");
    GetHelpPage: GET "/api/preview/awf/help_page_templates/{workflow_id}/{usage}" READS OPERATOR HELP_PAGES
        "Get the template of a help page as it was written" => shows("HelpPageTemplateValue");
    DeleteHelpPage: DELETE "/api/preview/awf/help_page_templates/{workflow_id}/{usage}" CHANGES OPERATOR HELP_PAGES
        "Delete the template of a help page" => shows("Empty");
    ListUsers: GET "/api/preview/awf/users" READS OPERATOR PEOPLE
        "List people who can be made reviewers, by name" => lists("WorkflowUserList", users());
    ListDelegations: GET "/api/preview/awf/delegation/users" READS ADMINISTRATOR DELEGATION
        "List who stands in for whom" => shows("DelegationList");
    AddDelegations: POST "/api/preview/awf/delegation/users:add" CHANGES ADMINISTRATOR DELEGATION
        "Let people stand in for others" => takes("DelegationListInput", "Empty");
    RemoveDelegations: POST "/api/preview/awf/delegation/users:remove" CHANGES ADMINISTRATOR DELEGATION
        "End that people stand in for others" => takes("DelegationListInput", "Empty");
    ListDeniedUsers: GET "/api/preview/workflows/deny_list/users" READS ADMINISTRATOR DENY_LIST
        "List who must not be made a reviewer" => shows("DenyList");
    AddDeniedUsers: POST "/api/preview/workflows/deny_list/users:add" CHANGES ADMINISTRATOR DENY_LIST
        "Put users on the deny list" => takes("DenyListInput", "Empty");
    RemoveDeniedUsers: POST "/api/preview/workflows/deny_list/users:remove" CHANGES ADMINISTRATOR DENY_LIST
        "Take users off the deny list" => takes("DenyListInput", "Empty");
    GetEffectiveSettings: GET "/api/preview/awf/certifications/{certification_id}/effective_settings" READS REVIEWER SETTINGS
        "Get the settings that rule a certification" => shows("EffectiveSettingsValue");
    ListColumnSettings: GET "/api/private/workflows/access/global_settings/ui_column_settings:list_all" READS ADMINISTRATOR SETTINGS
        "List the columns of all workflows and of those with their own" => column_settings();
    GetSetting: GET "/api/private/workflows/access/global_settings/{setting}" READS ADMINISTRATOR SETTINGS
        "Get what holds of a setting, for all workflows or for one" => lists("SettingValue", of_workflow());
    PutSetting: PUT "/api/private/workflows/access/global_settings/{setting}" CHANGES ADMINISTRATOR SETTINGS
        "Store a setting, for all workflows or for one"
            => Description { query: of_workflow(), ..takes("SettingInput", "SettingStored") };
    RemoveSetting: DELETE "/api/private/workflows/access/global_settings/{setting}" CHANGES ADMINISTRATOR SETTINGS
        "Forget what was stored of a setting: the next in line holds" => lists("Empty", of_workflow());
    ListDataSources: GET "/api/v1/inventory/datasources" READS OPERATOR INVENTORY
        "List data sources" => lists("DataSourcePage", paged("1 to 500, 50 by default"));
    PutDataSource: PUT "/api/v1/inventory/datasources/{datasource_id}" CHANGES ADMINISTRATOR INVENTORY
        "Load the full picture of one data source"
            => Description { query: [formats(), terms()].concat(), ..takes("Picture", "LoadReport") };
    DeleteDataSource: DELETE "/api/v1/inventory/datasources/{datasource_id}" CHANGES ADMINISTRATOR INVENTORY
        "Retire a data source" => removes();
    CreateUpload: POST "/api/v1/inventory/datasources/{datasource_id}/uploads" WRITES ADMINISTRATOR INVENTORY
        "Open an upload for a picture too large for one request" => takes("UploadInput", "OpenedUpload");
    GetUpload: GET "/api/v1/inventory/uploads/{upload_id}" READS ADMINISTRATOR INVENTORY
        "Look at the state and report of an upload" => shows("Upload");
    CreateSnapshot: POST "/api/v1/inventory/snapshots" WRITES ADMINISTRATOR INVENTORY
        "Freeze the inventory as it is now" => shows("SnapshotId");
    ListSnapshots: GET "/api/v1/inventory/snapshots" READS OPERATOR INVENTORY
        "List snapshots, newest first" => lists("SnapshotPage", paged("1 to 500, 50 by default"));
    ListProviderTemplates: GET "/api/v1/providers/custom/templates" READS OPERATOR PROVIDERS
        "List the payload templates that can be pushed" => shows("ProviderTemplateList");
    ListProviders: GET "/api/v1/providers/custom" READS OPERATOR PROVIDERS
        "List providers" => lists("ProviderList", [named(), token_paged()].concat());
    CreateProvider: POST "/api/v1/providers/custom" WRITES ADMINISTRATOR PROVIDERS
        "Create a provider" => takes("ProviderInput", "ProviderValue");
    GetProvider: GET "/api/v1/providers/custom/{provider_id}" READS OPERATOR PROVIDERS
        "Get one provider" => shows("ProviderValue");
    ChangeProvider: PATCH "/api/v1/providers/custom/{provider_id}" CHANGES ADMINISTRATOR PROVIDERS
        "Change a provider: the fields that are present" => takes("ProviderChange", "ProviderValue");
    SetProviderIcon: POST "/api/v1/providers/custom/{provider_id}:icon" CHANGES ADMINISTRATOR PROVIDERS
        "Set the icon of a provider" => takes("ProviderIcon", "Empty");
    DeleteProvider: DELETE "/api/v1/providers/custom/{provider_id}" CHANGES ADMINISTRATOR PROVIDERS
        "Delete a provider with its data sources" => shows("Empty");
    ListProviderSources: GET "/api/v1/providers/custom/{provider_id}/datasources" READS OPERATOR PROVIDERS
        "List the data sources of a provider" => lists("ProviderSourceList", [named(), token_paged()].concat());
    CreateProviderSource: POST "/api/v1/providers/custom/{provider_id}/datasources" WRITES ADMINISTRATOR PROVIDERS
        "Create a data source of a provider" => takes("ProviderSourceInput", "ProviderSourceValue");
    GetProviderSource: GET "/api/v1/providers/custom/{provider_id}/datasources/{data_source_id}" READS OPERATOR PROVIDERS
        "Get one data source of a provider" => shows("ProviderSourceValue");
    DeleteProviderSource: DELETE "/api/v1/providers/custom/{provider_id}/datasources/{data_source_id}" CHANGES ADMINISTRATOR PROVIDERS
        "Delete a data source of a provider" => shows("Empty");
    PushProviderSource: POST "/api/v1/providers/custom/{provider_id}/datasources/{data_source_id}:push" WRITES ADMINISTRATOR PROVIDERS
        "Push the full picture of one data source" => takes("Push", "Pushed");
    PushProviderSourceInParts: POST "/api/v1/providers/custom/{provider_id}/datasources/{data_source_id}:parts" WRITES ADMINISTRATOR PROVIDERS
        "Push the full picture of one data source in parts: start, upload each, complete"
            => takes("PushPart", "PartPushed");
    PushProviderSourceCsv: POST "/api/v1/providers/custom/{provider_id}/datasources/{data_source_id}:push_csv" WRITES ADMINISTRATOR PROVIDERS
        "Push the full picture of one data source as a CSV file"
            => Description { query: terms(), ..takes("PushedFile", "Pushed") };
    GetScimConfig: GET "/scim/v2/ServiceProviderConfig" READS ANYBODY SCIM
        "Tell what this service can do" => shows("ScimDescription");
    ListScimResourceTypes: GET "/scim/v2/ResourceTypes" READS ANYBODY SCIM
        "Tell that there are users and groups" => shows("ScimList");
    GetScimResourceType: GET "/scim/v2/ResourceTypes/{id}" READS ANYBODY SCIM
        "Tell of one kind of resource" => shows("ScimDescription");
    ListScimSchemas: GET "/scim/v2/Schemas" READS ANYBODY SCIM
        "Tell what users and groups are made of" => shows("ScimList");
    GetScimSchema: GET "/scim/v2/Schemas/{id}" READS ANYBODY SCIM
        "Tell of one schema" => shows("ScimDescription");
    ListScimUsers: GET "/scim/v2/Users" READS ADMINISTRATOR SCIM
        "List users, or those that satisfy a filter" => lists("ScimList", provisioning());
    CreateScimUser: POST "/scim/v2/Users" WRITES ADMINISTRATOR SCIM
        "Create a user" => makes("ScimUser", "ScimUserShown");
    GetScimUser: GET "/scim/v2/Users/{id}" READS ADMINISTRATOR SCIM
        "Get one user" => lists("ScimUserShown", selecting());
    ReplaceScimUser: PUT "/scim/v2/Users/{id}" CHANGES ADMINISTRATOR SCIM
        "Replace a user: what is not there is gone" => takes("ScimUser", "ScimUserShown");
    ChangeScimUser: PATCH "/scim/v2/Users/{id}" CHANGES ADMINISTRATOR SCIM
        "Change a user by operations, all or none" => takes("ScimPatch", "ScimUserShown");
    DeleteScimUser: DELETE "/scim/v2/Users/{id}" CHANGES ADMINISTRATOR SCIM
        "Delete a user" => removes();
    ListScimGroups: GET "/scim/v2/Groups" READS ADMINISTRATOR SCIM
        "List groups, or those that satisfy a filter" => lists("ScimList", provisioning());
    CreateScimGroup: POST "/scim/v2/Groups" WRITES ADMINISTRATOR SCIM
        "Create a group" => makes("ScimGroup", "ScimGroupShown");
    GetScimGroup: GET "/scim/v2/Groups/{id}" READS ADMINISTRATOR SCIM
        "Get one group" => lists("ScimGroupShown", selecting());
    ReplaceScimGroup: PUT "/scim/v2/Groups/{id}" CHANGES ADMINISTRATOR SCIM
        "Replace a group with its members" => takes("ScimGroup", "ScimGroupShown");
    ChangeScimGroup: PATCH "/scim/v2/Groups/{id}" CHANGES ADMINISTRATOR SCIM
        "Change a group by operations, all or none" => takes("ScimPatch", "ScimGroupShown");
    DeleteScimGroup: DELETE "/scim/v2/Groups/{id}" CHANGES ADMINISTRATOR SCIM
        "Delete a group" => removes();
    GetMe: GET "/api/v1/me" READS REVIEWER USERS
        "Tell who the caller is and what they may do" => shows("Me");
    ListApiKeys: GET "/api/v1/api-keys" READS ADMINISTRATOR USERS
        "List API keys, without their secrets" => shows("ApiKeyList");
    CreateApiKey: POST "/api/v1/api-keys" WRITES ADMINISTRATOR USERS
        "Issue an API key; its token is shown once" => makes("ApiKeyInput", "IssuedApiKey");
    RevokeApiKey: DELETE "/api/v1/api-keys/{id}" WRITES ADMINISTRATOR USERS
        "Revoke an API key at once" => removes();
    GetHealth: GET "/health" READS ANYBODY ABOUT
        "Tell that the service answers" => shows("Health");
    GetOpenApi: GET "/openapi.json" READS ANYBODY ABOUT
        "The OpenAPI 3.1 description of this API" => shows("Anything");
    GetDocs: GET "/docs" READS ANYBODY ABOUT
        "This API as a page to read" => Description { answer: Some(Answer::Html), ..shows("Empty") };
}
