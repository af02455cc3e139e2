//! Every route there is, with who may call it. The router of the HTTP edge, the authorisation table, the OpenAPI
//! document and the deployment template are all built from or held against [`ROUTES`]; nothing else lists routes.
//!
//! Paths are templates: `{name}` is one segment or the part of a segment before a literal verb (`{id}:complete`). A
//! literal wins over a parameter, so `/campaigns/query/fields` is never the campaign `query`.

use domain::user::Role;
use http::Method;

/// Which vocabulary a route speaks: names, envelopes and error bodies follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Bare objects, lists under their resource name, nested error object.
    Campaigns,
    /// `value` and `values` envelopes, flat error object with `field_violations`.
    Awf,
}

/// The Lambda function that serves a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    /// Campaign life cycle and query builder.
    Campaigns,
    /// Approvals and review items of a campaign.
    Approvals,
    /// Workflows, certifications and their results.
    Reviews,
    /// The caller, API keys, health and documentation.
    Settings,
    /// Data sources, uploads, snapshots and push providers.
    Inventory,
}

/// One route.
#[derive(Debug, Clone)]
pub struct Route {
    /// What the handler matches on.
    pub operation: Operation,
    /// HTTP method.
    pub method: Method,
    /// Path template.
    pub path: &'static str,
    /// Function that serves it.
    pub function: Function,
    /// Least role that may call it; `None` needs no token.
    pub minimum_role: Option<Role>,
    /// Vocabulary of bodies and errors.
    pub dialect: Dialect,
    /// True when nothing is written, whatever the method: auditors may call it, idempotency keys do not apply.
    pub reads: bool,
    /// Group in the documentation.
    pub tag: &'static str,
    /// One line for a reader who sees the API for the first time.
    pub summary: &'static str,
}

/// The route of an operation.
#[must_use]
pub fn route(operation: Operation) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.operation == operation)
}

impl Route {
    /// Names of the parameters in the path, in order.
    #[must_use]
    pub fn parameters(&self) -> Vec<&'static str> {
        let open = self.path.split('{').skip(1);
        open.filter_map(|rest| rest.split('}').next()).collect()
    }
}

/// A route that needs a token and writes.
const fn write(
    operation: Operation,
    method: Method,
    path: &'static str,
    at: (Function, Dialect, &'static str),
    minimum_role: Role,
    summary: &'static str,
) -> Route {
    let (function, dialect, tag) = at;
    Route {
        operation,
        method,
        path,
        function,
        minimum_role: Some(minimum_role),
        dialect,
        reads: false,
        tag,
        summary,
    }
}

/// A route that needs a token and only reads.
const fn read(
    operation: Operation,
    method: Method,
    path: &'static str,
    at: (Function, Dialect, &'static str),
    minimum_role: Role,
    summary: &'static str,
) -> Route {
    let (function, dialect, tag) = at;
    Route {
        operation,
        method,
        path,
        function,
        minimum_role: Some(minimum_role),
        dialect,
        reads: true,
        tag,
        summary,
    }
}

/// A route that anybody may read.
const fn open(operation: Operation, path: &'static str, summary: &'static str) -> Route {
    Route {
        operation,
        method: Method::GET,
        path,
        function: Function::Settings,
        minimum_role: None,
        dialect: Dialect::Campaigns,
        reads: true,
        tag: "about",
        summary,
    }
}

/// Declares [`Operation`] and [`Operation::ALL`] from one list.
macro_rules! operations {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => {
        /// What a request asks for. Its name is stable: command ids are derived from it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Operation { $($(#[$meta])* $name),* }

        impl Operation {
            /// Every operation, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name, as the `operationId` of the OpenAPI document.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }
    };
}

operations! {
    /// List campaigns.
    ListCampaigns,
    /// Get one campaign.
    GetCampaign,
    /// Create a campaign.
    CreateCampaign,
    /// Change a campaign.
    UpdateCampaign,
    /// Delete a campaign.
    DeleteCampaign,
    /// Create a campaign like another one.
    CreateCampaignFromTemplate,
    /// Start a campaign.
    StartCampaign,
    /// Complete a campaign.
    CompleteCampaign,
    /// Terminate a campaign.
    TerminateCampaign,
    /// List the fields of the query builder.
    ListQueryFields,
    /// Test a query against the current inventory.
    TestQuery,
    /// List approvals of a campaign.
    ListApprovals,
    /// Count approvals by status.
    CountApprovals,
    /// Decide on one account.
    DecideApproval,
    /// Decide on several accounts.
    DecideApprovals,
    /// Take a decision back.
    UndoApproval,
    /// List review items.
    ListReviewItems,
    /// Get one review item.
    GetReviewItem,
    /// Entitlements of an account under review.
    GetEntitlements,
    /// List workflows.
    ListWorkflows,
    /// Create a workflow.
    CreateWorkflow,
    /// Get one workflow.
    GetWorkflow,
    /// List certifications of a workflow.
    ListCertifications,
    /// Start a certification.
    CreateCertification,
    /// Get one certification.
    GetCertification,
    /// Complete a certification.
    CompleteCertification,
    /// List results of a certification.
    ListResults,
    /// Get one result.
    GetResult,
    /// Change one result.
    UpdateResult,
    /// Sign off several results.
    SignOffResults,
    /// List data sources.
    ListDataSources,
    /// Load a full picture of a data source.
    PutDataSource,
    /// Retire a data source.
    DeleteDataSource,
    /// Open an upload.
    CreateUpload,
    /// Look at an upload.
    GetUpload,
    /// Take a snapshot.
    CreateSnapshot,
    /// List snapshots.
    ListSnapshots,
    /// List payload templates.
    ListProviderTemplates,
    /// Create a provider.
    CreateProvider,
    /// List providers.
    ListProviders,
    /// Get one provider.
    GetProvider,
    /// Delete a provider.
    DeleteProvider,
    /// Create a data source of a provider.
    CreateProviderSource,
    /// List data sources of a provider.
    ListProviderSources,
    /// Get one data source of a provider.
    GetProviderSource,
    /// Delete a data source of a provider.
    DeleteProviderSource,
    /// Push a payload.
    PushProviderSource,
    /// Who is calling.
    GetMe,
    /// List API keys.
    ListApiKeys,
    /// Issue an API key.
    CreateApiKey,
    /// Revoke an API key.
    RevokeApiKey,
    /// Is the service up.
    GetHealth,
    /// The OpenAPI document.
    GetOpenApi,
    /// The documentation page.
    GetDocs,
}

use Operation as Op;
use Role::{Administrator, Operator, Reviewer};

/// Campaign life cycle.
const CAMPAIGNS: (Function, Dialect, &str) = (Function::Campaigns, Dialect::Campaigns, "campaigns");
/// Decisions on the accounts of a campaign.
const APPROVALS: (Function, Dialect, &str) = (Function::Approvals, Dialect::Campaigns, "approvals");
/// Items of a campaign with their context.
const ITEMS: (Function, Dialect, &str) = (Function::Approvals, Dialect::Campaigns, "review items");
/// Review configurations.
const WORKFLOWS: (Function, Dialect, &str) = (Function::Reviews, Dialect::Awf, "workflows");
/// Reviews.
const CERTIFICATIONS: (Function, Dialect, &str) = (Function::Reviews, Dialect::Awf, "certifications");
/// Rows of a review.
const RESULTS: (Function, Dialect, &str) = (Function::Reviews, Dialect::Awf, "results");
/// What the reviews are about.
const INVENTORY: (Function, Dialect, &str) = (Function::Inventory, Dialect::Campaigns, "inventory");
/// Inventory by pushed payloads.
const PROVIDERS: (Function, Dialect, &str) = (Function::Inventory, Dialect::Awf, "providers");
/// Callers and their keys.
const USERS: (Function, Dialect, &str) = (Function::Settings, Dialect::Campaigns, "users");

/// Every route.
pub static ROUTES: &[Route] = &[
    read(Op::ListCampaigns, Method::GET, "/api/v1/campaigns", CAMPAIGNS, Reviewer, "List campaigns, newest first"),
    write(Op::CreateCampaign, Method::POST, "/api/v1/campaigns", CAMPAIGNS, Administrator, "Create a campaign as a draft"),
    read(Op::GetCampaign, Method::GET, "/api/v1/campaigns/{id}", CAMPAIGNS, Reviewer, "Get one campaign with its progress"),
    write(Op::UpdateCampaign, Method::PUT, "/api/v1/campaigns/{id}", CAMPAIGNS, Administrator, "Change the fields that are present"),
    write(Op::DeleteCampaign, Method::DELETE, "/api/v1/campaigns/{id}", CAMPAIGNS, Administrator, "Delete a draft, or hide a finished campaign"),
    write(
        Op::CreateCampaignFromTemplate,
        Method::POST,
        "/api/v1/campaigns/from-template/{templateId}",
        CAMPAIGNS,
        Administrator,
        "Create a campaign like an existing one",
    ),
    write(
        Op::StartCampaign,
        Method::POST,
        "/api/v1/campaigns/{id}/start",
        CAMPAIGNS,
        Administrator,
        "Start a campaign: its items are built in the background",
    ),
    write(
        Op::CompleteCampaign,
        Method::POST,
        "/api/v1/campaigns/{id}/complete",
        CAMPAIGNS,
        Administrator,
        "Complete an active campaign",
    ),
    write(
        Op::TerminateCampaign,
        Method::POST,
        "/api/v1/campaigns/{id}/terminate",
        CAMPAIGNS,
        Administrator,
        "Stop an active campaign for good",
    ),
    read(
        Op::ListQueryFields,
        Method::GET,
        "/api/v1/campaigns/query/fields",
        CAMPAIGNS,
        Operator,
        "List what a campaign query may ask about",
    ),
    read(
        Op::TestQuery,
        Method::POST,
        "/api/v1/campaigns/query/test",
        CAMPAIGNS,
        Operator,
        "Count the accounts a query selects today",
    ),
    read(
        Op::ListApprovals,
        Method::GET,
        "/api/v1/campaigns/{id}/approvals",
        APPROVALS,
        Reviewer,
        "List the decision state of each account",
    ),
    read(
        Op::CountApprovals,
        Method::GET,
        "/api/v1/campaigns/{id}/approvals/counts",
        APPROVALS,
        Reviewer,
        "Count approvals by status",
    ),
    write(
        Op::DecideApprovals,
        Method::POST,
        "/api/v1/campaigns/{id}/approvals/batch",
        APPROVALS,
        Reviewer,
        "Decide on several accounts at once, all or none",
    ),
    write(
        Op::DecideApproval,
        Method::POST,
        "/api/v1/campaigns/{id}/approvals/{accountId}",
        APPROVALS,
        Reviewer,
        "Approve, reject, flag or revoke one account",
    ),
    write(
        Op::UndoApproval,
        Method::POST,
        "/api/v1/campaigns/{id}/approvals/{accountId}/undo",
        APPROVALS,
        Reviewer,
        "Take a decision back within 30 seconds",
    ),
    read(
        Op::ListReviewItems,
        Method::GET,
        "/api/v1/campaigns/{id}/review-items",
        ITEMS,
        Reviewer,
        "List items with risk, owner and account",
    ),
    read(
        Op::GetReviewItem,
        Method::GET,
        "/api/v1/campaigns/{id}/review-items/{accountId}",
        ITEMS,
        Reviewer,
        "Get one item with everything known about it",
    ),
    read(
        Op::GetEntitlements,
        Method::GET,
        "/api/v1/campaigns/{id}/review-items/{accountId}/entitlements",
        ITEMS,
        Reviewer,
        "List the groups and roles of an account under review",
    ),
    read(Op::ListWorkflows, Method::GET, "/api/preview/awf/workflows", WORKFLOWS, Operator, "List workflows, newest first"),
    write(Op::CreateWorkflow, Method::POST, "/api/preview/awf/workflows", WORKFLOWS, Operator, "Create a workflow"),
    read(
        Op::GetWorkflow,
        Method::GET,
        "/api/preview/awf/workflows/{workflow_id}",
        WORKFLOWS,
        Operator,
        "Get one workflow",
    ),
    read(
        Op::ListCertifications,
        Method::GET,
        "/api/preview/awf/certifications",
        CERTIFICATIONS,
        Reviewer,
        "List the certifications of a workflow",
    ),
    write(
        Op::CreateCertification,
        Method::POST,
        "/api/preview/awf/certifications",
        CERTIFICATIONS,
        Operator,
        "Start a certification of a workflow",
    ),
    read(
        Op::GetCertification,
        Method::GET,
        "/api/preview/awf/certifications/{certification_id}",
        CERTIFICATIONS,
        Reviewer,
        "Get one certification with its totals",
    ),
    write(
        Op::CompleteCertification,
        Method::POST,
        "/api/preview/awf/certifications/{certification_id}:complete",
        CERTIFICATIONS,
        Operator,
        "Complete a certification",
    ),
    read(
        Op::ListResults,
        Method::GET,
        "/api/preview/awf/certifications/{certification_id}/results",
        RESULTS,
        Reviewer,
        "List the rows of a certification",
    ),
    read(
        Op::GetResult,
        Method::GET,
        "/api/preview/awf/certifications/{certification_id}/results/{result_id}",
        RESULTS,
        Reviewer,
        "Get one row",
    ),
    write(
        Op::UpdateResult,
        Method::PUT,
        "/api/preview/awf/certifications/{certification_id}/results",
        RESULTS,
        Reviewer,
        "Decide, note, reassign or sign off one row",
    ),
    write(
        Op::SignOffResults,
        Method::POST,
        "/api/preview/awf/certifications/{certification_id}/results:sign_off",
        RESULTS,
        Reviewer,
        "Sign off several decided rows",
    ),
    read(Op::ListDataSources, Method::GET, "/api/v1/inventory/datasources", INVENTORY, Operator, "List data sources"),
    write(
        Op::PutDataSource,
        Method::PUT,
        "/api/v1/inventory/datasources/{datasource_id}",
        INVENTORY,
        Administrator,
        "Load the full picture of one data source",
    ),
    write(
        Op::DeleteDataSource,
        Method::DELETE,
        "/api/v1/inventory/datasources/{datasource_id}",
        INVENTORY,
        Administrator,
        "Retire a data source",
    ),
    write(
        Op::CreateUpload,
        Method::POST,
        "/api/v1/inventory/datasources/{datasource_id}/uploads",
        INVENTORY,
        Administrator,
        "Open an upload for a picture too large for one request",
    ),
    read(
        Op::GetUpload,
        Method::GET,
        "/api/v1/inventory/uploads/{upload_id}",
        INVENTORY,
        Administrator,
        "Look at the state and report of an upload",
    ),
    write(
        Op::CreateSnapshot,
        Method::POST,
        "/api/v1/inventory/snapshots",
        INVENTORY,
        Administrator,
        "Freeze the inventory as it is now",
    ),
    read(Op::ListSnapshots, Method::GET, "/api/v1/inventory/snapshots", INVENTORY, Operator, "List snapshots, newest first"),
    read(
        Op::ListProviderTemplates,
        Method::GET,
        "/api/v1/providers/custom/templates",
        PROVIDERS,
        Operator,
        "List the payload templates that can be pushed",
    ),
    read(Op::ListProviders, Method::GET, "/api/v1/providers/custom", PROVIDERS, Operator, "List providers"),
    write(Op::CreateProvider, Method::POST, "/api/v1/providers/custom", PROVIDERS, Administrator, "Create a provider"),
    read(Op::GetProvider, Method::GET, "/api/v1/providers/custom/{provider_id}", PROVIDERS, Operator, "Get one provider"),
    write(
        Op::DeleteProvider,
        Method::DELETE,
        "/api/v1/providers/custom/{provider_id}",
        PROVIDERS,
        Administrator,
        "Delete a provider with its data sources",
    ),
    read(
        Op::ListProviderSources,
        Method::GET,
        "/api/v1/providers/custom/{provider_id}/datasources",
        PROVIDERS,
        Operator,
        "List the data sources of a provider",
    ),
    write(
        Op::CreateProviderSource,
        Method::POST,
        "/api/v1/providers/custom/{provider_id}/datasources",
        PROVIDERS,
        Administrator,
        "Create a data source of a provider",
    ),
    read(
        Op::GetProviderSource,
        Method::GET,
        "/api/v1/providers/custom/{provider_id}/datasources/{data_source_id}",
        PROVIDERS,
        Operator,
        "Get one data source of a provider",
    ),
    write(
        Op::DeleteProviderSource,
        Method::DELETE,
        "/api/v1/providers/custom/{provider_id}/datasources/{data_source_id}",
        PROVIDERS,
        Administrator,
        "Delete a data source of a provider",
    ),
    write(
        Op::PushProviderSource,
        Method::POST,
        "/api/v1/providers/custom/{provider_id}/datasources/{data_source_id}:push",
        PROVIDERS,
        Administrator,
        "Push the full picture of one data source",
    ),
    read(Op::GetMe, Method::GET, "/api/v1/me", USERS, Reviewer, "Tell who the caller is and what they may do"),
    read(Op::ListApiKeys, Method::GET, "/api/v1/api-keys", USERS, Administrator, "List API keys, without their secrets"),
    write(Op::CreateApiKey, Method::POST, "/api/v1/api-keys", USERS, Administrator, "Issue an API key; its token is shown once"),
    write(Op::RevokeApiKey, Method::DELETE, "/api/v1/api-keys/{id}", USERS, Administrator, "Revoke an API key at once"),
    open(Op::GetHealth, "/health", "Tell that the service answers"),
    open(Op::GetOpenApi, "/openapi.json", "The OpenAPI 3.1 description of this API"),
    open(Op::GetDocs, "/docs", "This API as a page to read"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_has_exactly_one_route() {
        for operation in Operation::ALL {
            let routes = ROUTES.iter().filter(|route| route.operation == *operation).count();
            assert_eq!(routes, 1, "{}", operation.name());
        }
        assert_eq!(ROUTES.len(), Operation::ALL.len());
    }

    #[test]
    fn no_two_routes_share_method_and_path() {
        let pairs: BTreeSet<_> = ROUTES.iter().map(|route| (route.method.as_str(), route.path)).collect();
        assert_eq!(pairs.len(), ROUTES.len());
    }

    #[test]
    fn every_get_reads_and_every_other_method_but_the_query_test_writes() {
        for route in ROUTES {
            let reads = route.method == Method::GET || route.operation == Operation::TestQuery;
            assert_eq!(route.reads, reads, "{}", route.path);
        }
    }

    #[test]
    fn only_health_and_documentation_are_open() {
        let open: Vec<_> = ROUTES.iter().filter(|route| route.minimum_role.is_none()).map(|route| route.path).collect();
        assert_eq!(open, ["/health", "/openapi.json", "/docs"]);
    }

    #[test]
    fn parameters_are_read_off_the_path() {
        let push = route(Operation::PushProviderSource).map(Route::parameters);
        assert_eq!(push, Some(vec!["provider_id", "data_source_id"]));
        assert_eq!(route(Operation::GetMe).map(Route::parameters), Some(vec![]));
    }
}
