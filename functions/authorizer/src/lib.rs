//! From a bearer token to a caller.
//!
//! The answer says who calls and never what they may do on a route, so that the gateway may keep it for every route; the
//! edge of each function checks the role.
//!
//! A token that opens nothing is answered with "authorised" and no caller. The gateway turns "not authorised" into 403
//! with a body of its own, while clients are promised 401 in the words of the dialect; a function that is called without
//! a caller answers just that, and answers nothing else.

use std::collections::HashMap;
use std::sync::Arc;

use app::Deps;
use aws_lambda_events::event::apigw::{
    ApiGatewayV2CustomAuthorizerSimpleResponse, ApiGatewayV2CustomAuthorizerV2Request,
};
use domain::user::{Caller, User};
use lambda_runtime::{Error, LambdaEvent};

/// What the gateway is told about a caller; the functions read it as `requestContext.authorizer.lambda`.
pub type Context = HashMap<String, String>;

/// Answers one request of the gateway.
///
/// # Errors
/// When the table does not answer: the gateway then answers 500 and keeps nothing.
pub async fn handle(
    deps: Arc<Deps>,
    event: LambdaEvent<ApiGatewayV2CustomAuthorizerV2Request>,
) -> Result<ApiGatewayV2CustomAuthorizerSimpleResponse<Context>, Error> {
    let header = event.payload.headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let caller = match header.and_then(bearer) {
        None => None,
        // What does not look like a token is told apart there before anything is read.
        Some(token) => app::api_key::authenticate(&deps, token, deps.clock.now()).await?,
    };
    let mut response = ApiGatewayV2CustomAuthorizerSimpleResponse::default();
    response.is_authorized = true;
    response.context = caller.map(context).unwrap_or_default();
    Ok(response)
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
