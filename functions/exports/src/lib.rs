//! Exports: files with the rows of a review.
//!
//! A handler decodes with `wire`, calls a use case of `app` and encodes with `wire`; nothing is decided here. Files are
//! written by another function, because what writes them is large.

use std::sync::Arc;

use app::{Call, Deps, Error, export};
use lambda_http::{Body, Request, Response};
use wire::awf::export as bodies;
use wire::exchange::{Answer, Incoming};
use wire::routes::{Function, Operation};

/// Answers one request.
pub async fn handle(deps: Arc<Deps>, request: Request) -> Response<Body> {
    runtime::edge::serve(deps, Function::Exports, request, dispatch).await
}

async fn dispatch(deps: Arc<Deps>, call: Call, incoming: Incoming) -> Result<Answer, Error> {
    let (deps, call) = (&*deps, &call);
    match incoming.operation {
        Operation::CreateExport => {
            let id = export::create(deps, call, bodies::create(&incoming.body)?).await?;
            Ok(Answer::ok(bodies::encode_id(id)))
        }
        Operation::GetExport => {
            let found = export::get(deps, call, bodies::path_id(&incoming.path)?).await?;
            Ok(Answer::ok(bodies::encode_value(&found)))
        }
        Operation::DownloadExport => {
            let address = export::download(deps, call, bodies::path_id(&incoming.path)?).await?;
            Ok(Answer::found_at(address))
        }
        other => Err(Error::Bug(format!("{} is not served by this function", other.name()))),
    }
}

#[cfg(test)]
mod tests;
