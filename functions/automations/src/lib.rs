//! Automations, and to which workflows they are attached.
//!
//! A handler decodes with `wire`, calls a use case of `app` and encodes with `wire`; nothing is decided here.

use std::sync::Arc;

use app::{Call, Deps, Error, automate, automation};
use lambda_http::{Body, Request, Response};
use wire::awf::paging::tokens;
use wire::awf::{automation as bodies, path_id, prepared};
use wire::exchange::{Answer, Incoming};
use wire::fit;
use wire::routes::{Function, Operation};

/// Answers one request.
pub async fn handle(deps: Arc<Deps>, request: Request) -> Response<Body> {
    runtime::edge::serve(deps, Function::Automations, request, dispatch).await
}

async fn dispatch(deps: Arc<Deps>, call: Call, incoming: Incoming) -> Result<Answer, Error> {
    let (deps, call) = (&*deps, &call);
    match incoming.operation {
        Operation::ListAutomations => {
            let mut input = bodies::list(&incoming.query)?;
            loop {
                let page = automation::list(deps, call, &input).await.map_err(tokens)?;
                if let Some(answer) = fit::page(&page, bodies::encode_page, &mut input.limit) {
                    return Ok(answer);
                }
            }
        }
        Operation::CreateAutomation => {
            let ((), input, located) = bodies::create(&incoming.body)?.into_parts();
            let made = automation::create(deps, call, input).await.map_err(located)?;
            Ok(Answer::ok(prepared::encode_id(made)))
        }
        Operation::GetAutomation => {
            let found = automation::get(deps, call, path_id(&incoming.path, "id")?).await?;
            Ok(Answer::ok(bodies::encode_value(&found)).at_version(found.version))
        }
        Operation::ReplaceAutomation => {
            let (id, input, located) = bodies::replace(&incoming.body)?.into_parts();
            automation::replace(deps, call, id, input).await.map_err(located)?;
            Ok(Answer::done())
        }
        Operation::DeleteAutomation => {
            automation::delete(deps, call, path_id(&incoming.path, "id")?).await?;
            Ok(Answer::done())
        }
        Operation::AttachAutomations => {
            let (input, opt_in) = bodies::attach(&incoming.body)?;
            automation::attach(deps, call, input, opt_in).await?;
            Ok(Answer::done())
        }
        Operation::DetachAutomations => {
            automation::detach(deps, call, bodies::detach(&incoming.body)?).await?;
            Ok(Answer::done())
        }
        Operation::TestAutomation => {
            let ((), input, located) = bodies::trial(&incoming.body)?.into_parts();
            let found = automate::test(deps, call, input).await.map_err(located)?;
            Ok(Answer::ok(bodies::encode_trial(&found)))
        }
        Operation::ListAttachedAutomations => {
            let workflow = path_id(&incoming.path, "workflow_id")?;
            let mut input = bodies::list(&incoming.query)?;
            loop {
                let page = automation::attached(deps, call, workflow, &input).await.map_err(tokens)?;
                if let Some(answer) = fit::page(&page, bodies::encode_attached, &mut input.limit) {
                    return Ok(answer);
                }
            }
        }
        other => Err(Error::Bug(format!("{} is not served by this function", other.name()))),
    }
}

#[cfg(test)]
mod tests;
