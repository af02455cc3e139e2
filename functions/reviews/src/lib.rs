//! Workflows, certifications and their results.
//!
//! A handler decodes with `wire`, calls a use case of `app` and encodes with `wire`; nothing is decided here.

mod prepared;

use std::sync::Arc;

use app::loading::sources::status;
use app::review::{self, Dialect};
use app::{Call, Deps, Error, automate, certification, help_page, workflow};
use lambda_http::{Body, Request, Response};
use wire::awf::paging::tokens;
use wire::awf::{self, path_id, result, row};
use wire::exchange::{Answer, Incoming};
use wire::fit;
use wire::routes::{Function, Operation};

/// Answers one request.
pub async fn handle(deps: Arc<Deps>, request: Request) -> Response<Body> {
    runtime::edge::serve(deps, Function::Reviews, request, dispatch).await
}

async fn dispatch(deps: Arc<Deps>, call: Call, incoming: Incoming) -> Result<Answer, Error> {
    let (deps, call) = (&*deps, &call);
    match incoming.operation {
        Operation::ListWorkflows
        | Operation::CreateWorkflow
        | Operation::GetWorkflow
        | Operation::UpdateWorkflow
        | Operation::DeleteWorkflow
        | Operation::GetDataSourceStatus => workflows(deps, call, &incoming).await,
        Operation::ListCertifications
        | Operation::CreateCertification
        | Operation::GetCertification
        | Operation::ListAssignedCertifications
        | Operation::UpdateCertification
        | Operation::DeleteCertification
        | Operation::CompleteCertification => certifications(deps, call, &incoming).await,
        Operation::ListReviewers => {
            let id = path_id(&incoming.path, "certification_id")?;
            let (infos, more) = review::reviewer_infos(deps, call, id).await?;
            Ok(Answer::ok(awf::reviewer::encode_infos(&infos, more)))
        }
        Operation::ListAutomationRuns => {
            let runs = automate::runs(deps, call, path_id(&incoming.path, "certification_id")?).await?;
            Ok(Answer::ok(awf::automation_run::encode_all(&runs)))
        }
        Operation::GetAccessGraph => {
            let graph = review::access_graph(deps, call, awf::access::read(&incoming.query)?).await?;
            Ok(fit::first(|most| awf::access::encode(&graph, most), graph.nodes.len()))
        }
        Operation::ReadHelpPage => {
            let (id, usage) = awf::help_page::read(&incoming.query)?;
            Ok(Answer::ok(awf::help_page::encode_content(&help_page::read(deps, call, id, usage).await?)))
        }
        Operation::ListResults | Operation::GetResult | Operation::UpdateResult | Operation::SignOffResults => {
            results(deps, call, &incoming).await
        }
        Operation::BulkUpdateResults
        | Operation::ForceUpdateResult
        | Operation::UpdateWebhookInfo
        | Operation::PutWebhookInfo => mend(deps, call, &incoming).await,
        _ => prepared::dispatch(deps, call, &incoming).await,
    }
}

async fn workflows(deps: &Deps, call: &Call, incoming: &Incoming) -> Result<Answer, Error> {
    use awf::workflow as bodies;
    match incoming.operation {
        Operation::ListWorkflows => {
            let mut input = bodies::list(&incoming.query)?;
            loop {
                let page = workflow::list(deps, call, input.clone()).await.map_err(tokens)?;
                if let Some(answer) = fit::page(&page, bodies::encode_page, &mut input.limit) {
                    return Ok(answer);
                }
            }
        }
        Operation::CreateWorkflow => {
            let made = workflow::create(deps, call, bodies::create(&incoming.body)?).await?;
            Ok(Answer::ok(bodies::encode_id(made.id)))
        }
        Operation::GetWorkflow => {
            let (found, version) = workflow::get(deps, call, path_id(&incoming.path, "workflow_id")?).await?;
            Ok(Answer::ok(bodies::encode_value(&found)).at_version(version))
        }
        Operation::UpdateWorkflow => {
            let (id, input, located) = bodies::update(&incoming.body)?.into_parts();
            workflow::update(deps, call, id, input).await.map_err(located)?;
            Ok(Answer::done())
        }
        Operation::DeleteWorkflow => {
            workflow::delete(deps, call, path_id(&incoming.path, "workflow_id")?).await?;
            Ok(Answer::done())
        }
        Operation::GetDataSourceStatus => {
            let sources = status::of_workflow(deps, call, path_id(&incoming.path, "workflow_id")?).await?;
            Ok(fit::first(|most| awf::access::encode_status(&sources, most), sources.len()))
        }
        other => Err(unserved(other)),
    }
}

async fn certifications(deps: &Deps, call: &Call, incoming: &Incoming) -> Result<Answer, Error> {
    use awf::certification as bodies;
    let id = || path_id(&incoming.path, "certification_id");
    match incoming.operation {
        Operation::ListCertifications => {
            let mut input = bodies::list(&incoming.query)?;
            loop {
                let listing = certification::list(deps, call, input.clone()).await.map_err(tokens)?;
                if let Some(answer) =
                    fit::page(&listing.page, |page| bodies::encode_page(page, listing.total), &mut input.limit)
                {
                    return Ok(answer);
                }
            }
        }
        Operation::ListAssignedCertifications => {
            let mut input = bodies::assigned(&incoming.query)?;
            loop {
                let page = certification::assigned_to_me(deps, call, input.clone()).await.map_err(tokens)?;
                if let Some(answer) = fit::page(&page, bodies::encode_assigned, &mut input.limit) {
                    return Ok(answer);
                }
            }
        }
        Operation::CreateCertification => {
            let made = certification::create(deps, call, bodies::create(&incoming.body)?).await?;
            Ok(Answer::ok(bodies::encode_id(made.certification.id)))
        }
        Operation::GetCertification => {
            let view = certification::get(deps, call, id()?).await?;
            Ok(Answer::ok(bodies::encode_value(&view)).at_version(view.certification.version))
        }
        Operation::UpdateCertification => {
            let (id, input, located) = bodies::update(&incoming.body)?.into_parts();
            certification::update(deps, call, id, input).await.map_err(located)?;
            Ok(Answer::done())
        }
        Operation::DeleteCertification => {
            certification::delete(deps, call, id()?).await?;
            Ok(Answer::done())
        }
        Operation::CompleteCertification => {
            certification::complete(deps, call, id()?).await?;
            Ok(Answer::done())
        }
        other => Err(unserved(other)),
    }
}

async fn results(deps: &Deps, call: &Call, incoming: &Incoming) -> Result<Answer, Error> {
    let id = path_id(&incoming.path, "certification_id")?;
    match incoming.operation {
        Operation::ListResults => {
            let mut input = result::list(&incoming.query)?;
            loop {
                let page = review::list(deps, call, id, Dialect::Certification, input.clone()).await.map_err(tokens)?;
                if let Some(answer) = fit::page(&page, row::encode_page, &mut input.limit) {
                    return Ok(answer);
                }
            }
        }
        Operation::GetResult => {
            let found = review::get(deps, call, id, result::path_row(&incoming.path)?, true).await?;
            Ok(Answer::ok(row::encode_value(&found)).at_version(u64::from(found.state.version)))
        }
        Operation::UpdateResult => {
            let update = result::update(&incoming.body)?;
            let changed = review::update(deps, call, id, update.row, update.input.clone()).await;
            changed.map_err(|error| update.located(error))?;
            Ok(Answer::done())
        }
        Operation::SignOffResults => {
            let outcome = review::sign_off(deps, call, id, result::sign_off(&incoming.body)?).await?;
            Ok(Answer::ok(row::encode_sign_off(outcome)))
        }
        other => Err(unserved(other)),
    }
}

/// What is done to many rows at once, and to rows beside reviewing them.
async fn mend(deps: &Deps, call: &Call, incoming: &Incoming) -> Result<Answer, Error> {
    let id = path_id(&incoming.path, "certification_id")?;
    match incoming.operation {
        Operation::BulkUpdateResults => {
            let bulk = result::bulk(&incoming.body)?;
            let outcome = review::bulk_update(deps, call, id, bulk.input.clone()).await;
            Ok(Answer::ok(row::encode_bulk(&outcome.map_err(|error| bulk.located(error))?)))
        }
        Operation::ForceUpdateResult => {
            let update = result::force(&incoming.body)?;
            let changed = review::force(deps, call, id, update.row, update.input.clone()).await;
            changed.map_err(|error| update.located(error))?;
            Ok(Answer::done())
        }
        Operation::UpdateWebhookInfo | Operation::PutWebhookInfo => {
            let told = result::webhook_info(&incoming.body)?;
            let taken = review::answer(deps, call, id, told.row, told.input.clone()).await;
            taken.map_err(|error| told.located(error))?;
            Ok(Answer::done())
        }
        other => Err(unserved(other)),
    }
}

/// The route table sends this function an operation that it does not serve.
fn unserved(operation: Operation) -> Error {
    Error::Bug(format!("{} is not served by this function", operation.name()))
}

#[cfg(test)]
mod tests;
