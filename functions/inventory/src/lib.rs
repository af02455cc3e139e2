//! What reviews are about: data sources, uploads, snapshots, and the providers that push payloads.
//!
//! A handler decodes with `wire`, calls a use case of `app` and encodes with `wire`; nothing is decided here.

use std::sync::Arc;

use app::loading::ingestion::parts::Place;
use app::loading::ingestion::{ingest, parts, push, upload};
use app::loading::sources::{provider, snapshot, source};
use app::{Call, Deps, Error};
use lambda_http::{Body, Request, Response};
use wire::awf::paging;
use wire::exchange::{Answer, Incoming};
use wire::inventory as bodies;
use wire::inventory::provider::Parts;
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
            let page = provider::list(deps, &bodies::provider::list(&incoming.query)?).await;
            Ok(Answer::ok(bodies::provider::values(&page.map_err(paging::tokens)?)))
        }
        Operation::CreateProvider => {
            let input = bodies::provider::create(&incoming.body)?;
            Ok(shown(&provider::create(deps, call, input).await?, None))
        }
        Operation::GetProvider => {
            let (provider, icon) = provider::get(deps, &of_provider).await?;
            Ok(shown(&provider, icon.as_deref()))
        }
        Operation::ChangeProvider => {
            let provisioning = bodies::provider::change(&incoming.body)?;
            Ok(shown(&provider::change(deps, call, &of_provider, provisioning).await?, None))
        }
        Operation::SetProviderIcon => {
            let icon = bodies::provider::icon(&incoming.body)?;
            provider::set_icon(deps, call, &of_provider, &icon).await?;
            Ok(Answer::done())
        }
        Operation::DeleteProvider => {
            provider::delete(deps, call, &of_provider).await?;
            Ok(Answer::done())
        }
        Operation::ListProviderSources => {
            let input = bodies::provider::list(&incoming.query)?;
            let page = provider::list_sources(deps, &of_provider, &input).await;
            Ok(Answer::ok(bodies::provider::source_values(&page.map_err(paging::tokens)?)))
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
        _ => pushes(deps, call, incoming, &of_provider, &of_source).await,
    }
}

/// The endpoints that take payloads.
async fn pushes(deps: &Deps, call: &Call, incoming: &Incoming, provider: &str, source: &str) -> Result<Answer, Error> {
    match incoming.operation {
        Operation::PushProviderSource => {
            let report = push::payload(deps, call, provider, source, &incoming.body).await?;
            Ok(Answer::ok(bodies::provider::pushed(&report)))
        }
        Operation::PushProviderSourceCsv => {
            let report =
                push::csv(deps, call, (provider, source), bodies::source::push_terms(incoming)?, &incoming.body)
                    .await?;
            Ok(Answer::ok(bodies::provider::pushed(&report)))
        }
        Operation::PushProviderSourceInParts => match bodies::provider::parts(&incoming.body)? {
            Parts::Start => {
                let upload = parts::start(deps, call, provider, source).await?;
                Ok(Answer::ok(bodies::provider::begun(upload)))
            }
            Parts::Add { upload, number, bytes } => {
                let place = Place { provider, source, upload: &upload };
                parts::add(deps, call, &place, number, bytes).await?;
                Ok(Answer::done())
            }
            Parts::Complete { upload, count } => {
                let place = Place { provider, source, upload: &upload };
                let report = parts::complete(deps, call, &place, count).await?;
                Ok(Answer::ok(bodies::provider::pushed(&report)))
            }
        },
        _ => Err(unrouted(incoming.operation)),
    }
}

/// One provider, with its version.
fn shown(provider: &provider::ProviderView, icon: Option<&str>) -> Answer {
    Answer::ok(bodies::provider::value(provider, icon)).at_version(provider.version)
}

/// The route table sends this function an operation that it does not serve.
fn unrouted(operation: Operation) -> Error {
    Error::Bug(format!("{} is not served by the inventory function", operation.name()))
}

#[cfg(test)]
mod tests;
