//! Who calls: what the authorizer found out, and nothing else.
//!
//! INVARIANT: identity is read from `requestContext.authorizer.lambda` alone, which the gateway fills from the
//! authorizer's answer. A header or a query parameter never names a caller.

use std::collections::HashMap;

use domain::user::{Caller, Role, User};
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The caller of a request, `None` when the authorizer did not vouch for one.
pub(crate) fn of(request: &Request) -> Option<Caller> {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => from_context(&context.authorizer.as_ref()?.fields),
        _ => None,
    }
}

/// The field by which the authorizer says that it could not find out who calls, with any text. A function then answers that
/// the call may be repeated, and does nothing.
pub const UNDETERMINED: &str = "undetermined";

/// Whether the authorizer could not tell who calls: neither that somebody does nor that nobody does.
pub(crate) fn is_undetermined(request: &Request) -> bool {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => {
            context.authorizer.as_ref().is_some_and(|known| known.fields.contains_key(UNDETERMINED))
        }
        _ => false,
    }
}

fn from_context(fields: &HashMap<String, Value>) -> Option<Caller> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    let role: Role = text("role")?.parse().ok()?;
    let user = User {
        user_type: text("user_type").filter(|part| !part.is_empty())?,
        id: text("user_id").filter(|part| !part.is_empty())?,
        email: text("email").unwrap_or_default(),
        name: text("name").unwrap_or_default(),
    };
    Some(Caller { user, role, key_id: text("key_id").filter(|id| !id.is_empty()) })
}

/// How a caller is named in logs: by the API key, or by the first half of a hash of the user, which tells two callers
/// apart and nothing about either. `-` for nobody.
pub(crate) fn tag(caller: Option<&Caller>) -> String {
    match caller {
        None => "-".to_owned(),
        Some(Caller { key_id: Some(key), .. }) => key.clone(),
        Some(Caller { user, .. }) => {
            let hash = Sha256::digest(user.key().as_str());
            let half = hash.iter().take(8).map(|byte| format!("{byte:02x}"));
            format!("user:{}", half.collect::<String>())
        }
    }
}

/// Who calls a route that needs no token.
pub(crate) fn anonymous() -> Caller {
    let user =
        User { user_type: "anonymous".into(), id: "anonymous".into(), email: String::new(), name: String::new() };
    Caller { user, role: Role::Reviewer, key_id: None }
}
