//! Every route there is, with who may call it. The router of the HTTP edge, the authorisation table, the OpenAPI
//! document and the deployment template are all built from or held against [`ROUTES`]; nothing else lists routes.
//!
//! Paths are templates: `{name}` is one segment or the part of a segment before a literal verb (`{id}:complete`). A
//! literal wins over a parameter, so `/campaigns/query/fields` is never the campaign `query`. The value of
//! [`SPANNING`] may come as several segments.

mod description;
mod query;
mod table;

use domain::user::Role;
use http::Method;

pub use description::{Answer, Description, Parameter};
pub use table::{Operation, ROUTES, describe};

/// The parameter whose values come from other systems and often hold slashes (`arn:aws:iam::1:user/ann`). The deployed
/// gateway undoes `%2F` before it routes, so that such a value arrives as several segments.
pub const SPANNING: &str = "{accountId}";

/// Which vocabulary a route speaks: names, envelopes and error bodies follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Bare objects, lists under their resource name, nested error object.
    Campaigns,
    /// `value` and `values` envelopes, flat error object with `field_violations`.
    Awf,
    /// Resources, lists and errors of RFC 7644.
    Scim,
}

impl Dialect {
    /// What bodies are.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Campaigns | Self::Awf => "application/json",
            Self::Scim => crate::scim::MEDIA_TYPE,
        }
    }
}

/// The Lambda function that serves a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    /// Campaign life cycle and query builder.
    Campaigns,
    /// Approvals and review items of a campaign.
    Approvals,
    /// Definitions of what campaigns decide and check by themselves.
    Rules,
    /// Workflows, certifications and their results.
    Reviews,
    /// Automations, and what they are attached to.
    Automations,
    /// The caller, API keys, help pages, settings, who reviews for whom, health and documentation.
    Settings,
    /// Data sources, uploads, snapshots and push providers.
    Inventory,
    /// Users and groups that identity providers keep up to date.
    Scim,
    /// Files with the rows of a review.
    Exports,
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
    /// True when nothing of what is reviewed is written, whatever the method: auditors may call it.
    pub reads: bool,
    /// True when one thing that has a version is written: only there `If-Match` can name what the client has seen.
    pub versioned: bool,
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
    /// Whether a repeated call with the same idempotency key is one call: wherever something is made. An export reads the
    /// review, so that auditors may make one, and yet is a thing of its own.
    #[must_use]
    pub fn takes_keys(&self) -> bool {
        !self.reads || self.operation == Operation::CreateExport
    }

    /// Names of the parameters in the path, in order.
    #[must_use]
    pub fn parameters(&self) -> Vec<&'static str> {
        let open = self.path.split('{').skip(1);
        open.filter_map(|rest| rest.split('}').next()).collect()
    }
}

#[cfg(test)]
mod tests;
