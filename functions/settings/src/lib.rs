//! Callers, API keys, help pages, settings, who reviews for whom, health and the documentation of the API.
//!
//! A handler decodes with `wire`, calls a use case of `app` and encodes with `wire`; nothing is decided here.

use std::sync::Arc;

use app::{Call, Deps, Error, api_key, certification, directory, help_page, settings, standing, user};
use lambda_http::{Body, Request, Response};
use wire::awf::paging::tokens;
use wire::awf::{directory as users, help_page as pages, path_id, setting, standing as lists};
use wire::exchange::{Answer, Incoming};
use wire::routes::{Function, Operation};
use wire::{common, fit, openapi};

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
        Operation::GetEffectiveSettings
        | Operation::ListColumnSettings
        | Operation::GetSetting
        | Operation::PutSetting
        | Operation::RemoveSetting => of_settings(&deps, &call, &incoming).await,
        _ => help_pages(&deps, &call, &incoming).await,
    }
}

async fn of_settings(deps: &Deps, call: &Call, incoming: &Incoming) -> Result<Answer, Error> {
    match incoming.operation {
        Operation::GetEffectiveSettings => {
            let id = path_id(&incoming.path, "certification_id")?;
            Ok(Answer::ok(setting::encode_effective(&certification::effective_settings(deps, call, id).await?)))
        }
        Operation::ListColumnSettings => {
            let all = settings::all_columns(deps, call, setting::columns_after(&incoming.query)?).await?;
            Ok(fit::first(|limit| setting::encode_all_columns(&all, limit), all.workflows.len()))
        }
        Operation::GetSetting => {
            let (name, scope) = (setting::path_setting(&incoming.path)?, setting::scope(&incoming.query)?);
            let view = settings::get(deps, call, name, scope).await?;
            Ok(Answer::ok(setting::encode(&view)).at_version(view.version))
        }
        Operation::PutSetting => {
            let name = setting::path_setting(&incoming.path)?;
            let (value, scope) = setting::put(name, &incoming.body, &incoming.query)?;
            let view = settings::put(deps, call, value, scope).await?;
            Ok(Answer::ok(setting::encode_stored(&view)).at_version(view.version))
        }
        Operation::RemoveSetting => {
            let (name, scope) = (setting::path_setting(&incoming.path)?, setting::scope(&incoming.query)?);
            settings::remove(deps, call, name, scope).await?;
            Ok(Answer::done())
        }
        other => Err(Error::Bug(format!("{} is not served by this function", other.name()))),
    }
}

async fn help_pages(deps: &Deps, call: &Call, incoming: &Incoming) -> Result<Answer, Error> {
    match incoming.operation {
        Operation::ListHelpPages => {
            let mut input = pages::list(&incoming.query)?;
            loop {
                let page = help_page::list(deps, call, input.clone()).await.map_err(tokens)?;
                if let Some(answer) = fit::page(&page, pages::encode_page, &mut input.limit) {
                    return Ok(answer);
                }
            }
        }
        Operation::CreateHelpPage => {
            help_page::create(deps, call, pages::template(&incoming.body)?).await?;
            Ok(Answer::done())
        }
        Operation::PutHelpPage => {
            help_page::put(deps, call, pages::template(&incoming.body)?).await?;
            Ok(Answer::done())
        }
        Operation::GetHelpPage => {
            let (page, version) = help_page::get(deps, call, &pages::path_key(&incoming.path)?).await?;
            Ok(Answer::ok(pages::encode_value(&page)).at_version(version))
        }
        Operation::DeleteHelpPage => {
            help_page::delete(deps, call, &pages::path_key(&incoming.path)?).await?;
            Ok(Answer::done())
        }
        _ => reviewers(deps, call, incoming).await,
    }
}

async fn reviewers(deps: &Deps, call: &Call, incoming: &Incoming) -> Result<Answer, Error> {
    match incoming.operation {
        Operation::ListUsers => {
            let mut input = users::list(&incoming.query)?;
            loop {
                let page = directory::list(deps, call, input.clone()).await.map_err(tokens)?;
                if let Some(answer) = fit::page(&page, users::encode_page, &mut input.limit) {
                    return Ok(answer);
                }
            }
        }
        Operation::ListDelegations => {
            let (delegations, version) = standing::delegations(deps, call).await?;
            Ok(fit::first(|limit| lists::encode_delegations(&delegations, limit), delegations.len())
                .at_version(version))
        }
        Operation::AddDelegations => {
            standing::delegate(deps, call, &lists::delegations(&incoming.body)?).await?;
            Ok(Answer::done())
        }
        Operation::RemoveDelegations => {
            standing::undelegate(deps, call, &lists::delegations(&incoming.body)?).await?;
            Ok(Answer::done())
        }
        Operation::ListDeniedUsers => {
            let (users, version) = standing::denied(deps, call).await?;
            Ok(fit::first(|limit| lists::encode_denied(&users, limit), users.len()).at_version(version))
        }
        Operation::AddDeniedUsers => {
            standing::deny(deps, call, &lists::users(&incoming.body)?).await?;
            Ok(Answer::done())
        }
        Operation::RemoveDeniedUsers => {
            standing::allow(deps, call, &lists::users(&incoming.body)?).await?;
            Ok(Answer::done())
        }
        other => Err(Error::Bug(format!("{} is not served by this function", other.name()))),
    }
}

#[cfg(test)]
mod tests;
