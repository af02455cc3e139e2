//! Callers, API keys, health and the documentation of the API.
//!
//! A handler decodes with `wire`, calls a use case of `app` and encodes with `wire`; nothing is decided here.

use std::sync::Arc;

use app::{Call, Deps, Error, api_key, user};
use lambda_http::{Body, Request, Response};
use wire::exchange::{Answer, Incoming};
use wire::routes::{Function, Operation};
use wire::{common, openapi};

/// Answers one request.
pub async fn handle(deps: Arc<Deps>, request: Request) -> Response<Body> {
    runtime::edge::serve(deps, Function::Settings, request, dispatch).await
}

async fn dispatch(deps: Arc<Deps>, call: Call, incoming: Incoming) -> Result<Answer, Error> {
    match incoming.operation {
        Operation::GetMe => Ok(Answer::ok(common::encode_me(user::me(&call)))),
        Operation::ListApiKeys => Ok(Answer::ok(common::encode_keys(&api_key::list(&deps, &call).await?))),
        Operation::CreateApiKey => {
            let input = common::create_key(&incoming.body)?;
            let issued = api_key::create(&deps, &call, input).await?;
            Ok(Answer::created(common::encode_issued(&issued)).with_secret())
        }
        Operation::RevokeApiKey => {
            api_key::revoke(&deps, &call, common::path_key(&incoming.path)?).await?;
            Ok(Answer::no_content())
        }
        Operation::GetHealth => Ok(Answer::ok(common::encode_health())),
        Operation::GetOpenApi => Ok(Answer::ok(openapi::document())),
        Operation::GetDocs => Ok(Answer::html(openapi::page())),
        other => Err(Error::Bug(format!("{} is not served by this function", other.name()))),
    }
}

#[cfg(test)]
mod tests;
