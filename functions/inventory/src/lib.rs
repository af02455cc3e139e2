//! What reviews are about: data sources, uploads, snapshots, and the providers that push payloads.
//!
//! A handler decodes with `wire`, calls a use case of `app` and encodes with `wire`; nothing is decided here.

use std::sync::Arc;

use app::loading::{ingest, provider, snapshot, source, upload};
use app::{Call, Deps, Error};
use lambda_http::{Body, Request, Response};
use wire::exchange::{Answer, Incoming};
use wire::inventory as bodies;
use wire::routes::{Function, Operation};

/// Answers one request.
pub async fn handle(deps: Arc<Deps>, request: Request) -> Response<Body> {
    runtime::edge::serve(deps, Function::Inventory, request, dispatch).await
}

async fn dispatch(deps: Arc<Deps>, call: Call, incoming: Incoming) -> Result<Answer, Error> {
    let path = |name: &str| incoming.path.get(name).unwrap_or_default().to_owned();
    match incoming.operation {
        Operation::ListDataSources
        | Operation::PutDataSource
        | Operation::DeleteDataSource
        | Operation::CreateUpload
        | Operation::GetUpload
        | Operation::CreateSnapshot
        | Operation::ListSnapshots => own(&deps, &call, &incoming, path).await,
        _ => providers(&deps, &call, &incoming, path).await,
    }
}

/// Our own inventory endpoints.
async fn own(deps: &Deps, call: &Call, incoming: &Incoming, path: impl Fn(&str) -> String) -> Result<Answer, Error> {
    match incoming.operation {
        Operation::ListDataSources => {
            let start = bodies::start(&incoming.query)?;
            let page = source::list(deps, start.limit, start.after.as_deref()).await?;
            Ok(Answer::ok(bodies::source::list(&page)))
        }
        Operation::PutDataSource => {
            let input = bodies::source::put(incoming)?;
            let report = ingest::put(deps, call, &path("datasource_id"), input).await?;
            Ok(Answer::ok(bodies::source::report(&report)))
        }
        Operation::DeleteDataSource => {
            source::delete(deps, call, &path("datasource_id")).await?;
            Ok(Answer::no_content())
        }
        Operation::CreateUpload => {
            let input = bodies::upload::open(incoming)?;
            let opened = upload::open(deps, call, &path("datasource_id"), input).await?;
            Ok(Answer::ok(bodies::upload::opened(&opened)))
        }
        Operation::GetUpload => {
            let upload = upload::get(deps, call, &path("upload_id")).await?;
            Ok(Answer::ok(bodies::upload::upload(&upload)))
        }
        Operation::CreateSnapshot => {
            let taken = snapshot::take(deps, call.command, call.now).await?;
            Ok(Answer::ok(bodies::snapshot::taken(&taken)))
        }
        Operation::ListSnapshots => {
            let start = bodies::start(&incoming.query)?;
            let page = snapshot::list(deps, start.limit, start.after.as_deref()).await?;
            Ok(Answer::ok(bodies::snapshot::list(&page)))
        }
        _ => Err(unrouted(incoming.operation)),
    }
}

/// The endpoints that pushing clients speak.
async fn providers(
    deps: &Deps,
    call: &Call,
    incoming: &Incoming,
    path: impl Fn(&str) -> String,
) -> Result<Answer, Error> {
    let (of_provider, of_source) = (path("provider_id"), path("data_source_id"));
    match incoming.operation {
        Operation::ListProviderTemplates => Ok(Answer::ok(bodies::provider::templates())),
        Operation::ListProviders => {
            let name = bodies::provider::filter(&incoming.query)?;
            Ok(Answer::ok(bodies::provider::values(&provider::list(deps, name.as_deref()).await?)))
        }
        Operation::CreateProvider => {
            let input = bodies::provider::create(&incoming.body)?;
            Ok(Answer::ok(bodies::provider::value(&provider::create(deps, call, input).await?)))
        }
        Operation::GetProvider => Ok(Answer::ok(bodies::provider::value(&provider::get(deps, &of_provider).await?))),
        Operation::DeleteProvider => {
            provider::delete(deps, call, &of_provider).await?;
            Ok(Answer::done())
        }
        Operation::ListProviderSources => {
            let name = bodies::provider::filter(&incoming.query)?;
            let sources = provider::list_sources(deps, &of_provider, name.as_deref()).await?;
            Ok(Answer::ok(bodies::provider::source_values(&sources)))
        }
        Operation::CreateProviderSource => {
            let name = bodies::provider::create_source(&incoming.body)?;
            let source = provider::create_source(deps, call, &of_provider, name).await?;
            Ok(Answer::ok(bodies::provider::source_value(&source)))
        }
        Operation::GetProviderSource => {
            let source = provider::get_source(deps, &of_provider, &of_source).await?;
            Ok(Answer::ok(bodies::provider::source_value(&source)))
        }
        Operation::DeleteProviderSource => {
            provider::delete_source(deps, call, &of_provider, &of_source).await?;
            Ok(Answer::done())
        }
        Operation::PushProviderSource => {
            let report = provider::push(deps, call, &of_provider, &of_source, &incoming.body).await?;
            Ok(Answer::ok(bodies::provider::pushed(&report)))
        }
        _ => Err(unrouted(incoming.operation)),
    }
}

/// The route table sends this function an operation that it does not serve.
fn unrouted(operation: Operation) -> Error {
    Error::Bug(format!("{} is not served by the inventory function", operation.name()))
}

#[cfg(test)]
mod tests;
