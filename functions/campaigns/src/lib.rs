//! Campaigns: their life cycle and the query builder.
//!
//! A handler decodes with `wire`, calls a use case of `app` and encodes with `wire`; nothing is decided here.

use std::sync::Arc;

use app::campaign::CampaignView;
use app::loading::population;
use app::{Call, Deps, Error, campaign, review};
use lambda_http::{Body, Request, Response};
use wire::campaigns::campaign as bodies;
use wire::campaigns::{path_id, query, run};
use wire::exchange::{Answer, Incoming};
use wire::fit;
use wire::routes::{Function, Operation};

/// Answers one request.
pub async fn handle(deps: Arc<Deps>, request: Request) -> Response<Body> {
    runtime::edge::serve(deps, Function::Campaigns, request, dispatch).await
}

async fn dispatch(deps: Arc<Deps>, call: Call, incoming: Incoming) -> Result<Answer, Error> {
    let (deps, call) = (&*deps, &call);
    let id = || path_id(&incoming.path, "id");
    match incoming.operation {
        Operation::ListCampaigns => {
            let page = campaign::list(deps, call, bodies::list(&incoming.query)?).await?;
            Ok(Answer::ok(bodies::encode_page(&page)))
        }
        Operation::GetCampaign => Ok(shown(&campaign::get(deps, call, id()?).await?)),
        Operation::CreateCampaign => {
            let view = campaign::create(deps, call, bodies::create(&incoming.body)?).await?;
            Ok(created(&view))
        }
        Operation::CreateCampaignFromTemplate => {
            let template = path_id(&incoming.path, "templateId")?;
            let view = campaign::from_template(deps, call, template, bodies::from_template(&incoming.body)?).await?;
            Ok(created(&view))
        }
        Operation::UpdateCampaign => {
            let view = campaign::update(deps, call, id()?, bodies::edit(&incoming.body)?).await?;
            Ok(shown(&view))
        }
        Operation::DeleteCampaign => {
            campaign::delete(deps, call, id()?).await?;
            Ok(Answer::no_content())
        }
        Operation::StartCampaign => {
            campaign::start(deps, call, id()?).await?;
            Ok(Answer::ok(bodies::encode_start()))
        }
        Operation::CompleteCampaign => Ok(shown(&campaign::complete(deps, call, id()?).await?)),
        Operation::TerminateCampaign => Ok(shown(&campaign::terminate(deps, call, id()?).await?)),
        Operation::ListRunHistory => {
            let (id, mut input) = (id()?, run::list(&incoming.query)?);
            loop {
                let page = review::run_history(deps, call, id, input.clone()).await?;
                if let Some(answer) = fit::answer(run::encode_page(&page), &mut input.limit) {
                    return Ok(answer);
                }
            }
        }
        Operation::ListQueryFields => Ok(Answer::ok(query::encode_fields(&population::query_fields()))),
        Operation::TestQuery => {
            let found = population::test_query(deps, &query::test(&incoming.body)?, call.now).await?;
            Ok(Answer::ok(query::encode_test(&found)))
        }
        other => Err(Error::Bug(format!("{} is not served by this function", other.name()))),
    }
}

fn shown(view: &CampaignView) -> Answer {
    Answer::ok(bodies::encode(view)).at_version(view.campaign.version)
}

fn created(view: &CampaignView) -> Answer {
    Answer::created(bodies::encode(view)).at_version(view.campaign.version)
}

#[cfg(test)]
mod tests;
