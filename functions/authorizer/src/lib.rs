//! From a bearer token to a caller: an API key of this installation, or a JWT of the issuer that it trusts, if any.
//!
//! The answer says who calls and never what they may do on a route, so that the gateway may keep it for every route; the
//! edge of each function checks the role.
//!
//! A token that opens nothing is answered with "authorised" and no caller. The gateway turns "not authorised" into 403
//! with a body of its own, while clients are promised 401 in the words of the dialect; a function that is called without
//! a caller answers just that, and answers nothing else. When it cannot be told whether a token is good, because the table
//! or the issuer does not answer in time, the answer names no caller and says so ([`UNDETERMINED`]): the function then answers
//! 503, where a failure of ours would be a 500 in the gateway's words.
//!
//! A revoked key opens nothing from then on. A JWT opens until it expires: see [`authn`] for what limits that.

mod trust;
pub mod web;

use std::collections::HashMap;
use std::sync::Arc;

use app::Deps;
use aws_lambda_events::event::apigw::{
    ApiGatewayV2CustomAuthorizerSimpleResponse, ApiGatewayV2CustomAuthorizerV2Request,
};
use domain::user::{Caller, User};
use lambda_runtime::{Error, LambdaEvent};
use runtime::UNDETERMINED;
use runtime::metrics::{Line, Unit};
use runtime::sqs::Budget;
pub use trust::Trust;

/// What the gateway is told about a caller; the functions read it as `requestContext.authorizer.lambda`.
pub type Context = HashMap<String, String>;

/// Answers one request of the gateway, within its time. `trust` is that in the issuer of JWTs; without one only API keys open
/// anything.
///
/// # Errors
/// None: what does not answer shows in the answer.
pub async fn handle(
    deps: Arc<Deps>,
    trust: Option<Arc<Trust>>,
    event: LambdaEvent<ApiGatewayV2CustomAuthorizerV2Request>,
) -> Result<ApiGatewayV2CustomAuthorizerSimpleResponse<Context>, Error> {
    let header = event.payload.headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let budget = Budget::until(event.context.deadline, deps.clock.now());
    let asked = budget.keep(caller(&deps, trust.as_deref(), header.and_then(bearer))).await;
    let caller = asked.unwrap_or_else(|late| Err(late.into()));
    let outcome = match &caller {
        Ok(Some(_)) => "known",
        Ok(None) => "unknown",
        Err(_) => "failed",
    };
    let counted = Line::at(deps.clock.now()).dimension("Outcome", outcome);
    counted.numbers(&[&["Outcome"]], &[("Authorisations", Unit::Count, 1)]).write();
    let mut response = ApiGatewayV2CustomAuthorizerSimpleResponse::default();
    response.is_authorized = true;
    response.context = match caller {
        Ok(caller) => caller.map(context).unwrap_or_default(),
        Err(error) => {
            tracing::warn!(%error, "it cannot be told who calls");
            Context::from([(UNDETERMINED.to_owned(), "true".to_owned())])
        }
    };
    Ok(response)
}

async fn caller(deps: &Deps, trust: Option<&Trust>, token: Option<&str>) -> Result<Option<Caller>, Error> {
    match (token, trust) {
        (Some(token), Some(trust)) if authn::looks_like_a_token(token) => trust.caller(deps, token).await,
        // What does not look like an API key is told apart there before anything is read.
        (Some(token), _) => Ok(app::api_key::authenticate(deps, token, deps.clock.now()).await?),
        (None, _) => Ok(None),
    }
}

/// The token in an `Authorization` header. The scheme may be in any letter case, as the standard says; one space
/// follows, and the rest is the token as it is.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

fn context(caller: Caller) -> Context {
    let Caller { user, role, key_id } = caller;
    let User { user_type, id, email, name } = user;
    let fields = [
        ("user_type", user_type),
        ("user_id", id),
        ("email", email),
        ("name", name),
        ("role", role.word().to_owned()),
        ("key_id", key_id.unwrap_or_default()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests;
