//! Users and groups that identity providers keep up to date, after SCIM 2.0.
//!
//! A handler decodes with `wire`, calls a use case of `app` and encodes with `wire`; nothing is decided here.

use std::sync::Arc;

use app::scim::{ResourceKind, ResourceView, change, find};
use app::{Call, Deps, Error};
use lambda_http::{Body, Request, Response};
use wire::exchange::{Answer, Incoming};
use wire::fit;
use wire::routes::{Function, Operation};
use wire::scim as bodies;
use wire::scim::Shown;

/// Answers one request.
pub async fn handle(deps: Arc<Deps>, request: Request) -> Response<Body> {
    runtime::edge::serve(deps, Function::Scim, request, dispatch).await
}

async fn dispatch(deps: Arc<Deps>, call: Call, incoming: Incoming) -> Result<Answer, Error> {
    use Operation as Op;
    match incoming.operation {
        Op::GetScimConfig => Ok(Answer::ok(bodies::config())),
        Op::ListScimResourceTypes => Ok(Answer::ok(bodies::resource_types())),
        Op::GetScimResourceType => Ok(Answer::ok(bodies::resource_type_named(id(&incoming))?)),
        Op::ListScimSchemas => Ok(Answer::ok(bodies::schemas())),
        Op::GetScimSchema => Ok(Answer::ok(bodies::schema_named(id(&incoming))?)),
        Op::ListScimUsers
        | Op::CreateScimUser
        | Op::GetScimUser
        | Op::ReplaceScimUser
        | Op::ChangeScimUser
        | Op::DeleteScimUser => resources(&deps, &call, &incoming, ResourceKind::User).await,
        _ => resources(&deps, &call, &incoming, ResourceKind::Group).await,
    }
}

/// The largest page, in bytes: places in it become whole addresses afterwards, which makes members half as long again.
const MAX_PAGE_BYTES: usize = 3 << 20;

/// The resource that the path names.
fn id(incoming: &Incoming) -> &str {
    incoming.path.get("id").unwrap_or_default()
}

/// The endpoints of users, and the same of groups.
async fn resources(deps: &Deps, call: &Call, incoming: &Incoming, kind: ResourceKind) -> Result<Answer, Error> {
    use Operation as Op;
    let shown = bodies::shown(&incoming.query);
    let body = || bodies::body(&incoming.body);
    match incoming.operation {
        Op::ListScimUsers | Op::ListScimGroups => {
            let mut input = bodies::list_input(&incoming.query, &shown)?;
            let mut limit = usize::try_from(input.count).unwrap_or(usize::MAX);
            loop {
                input.count = u32::try_from(limit).unwrap_or(u32::MAX);
                let page = bodies::page(&find::list(deps, call, kind, &input).await?, &shown);
                if let Some(answer) = fit::answer_within(page, MAX_PAGE_BYTES, &mut limit) {
                    return Ok(answer);
                }
            }
        }
        Op::CreateScimUser | Op::CreateScimGroup => {
            let made = change::create(deps, call, kind, &body()?).await?;
            Ok(Answer::created(bodies::resource(&made, &shown)).at_version(made.version))
        }
        Op::GetScimUser | Op::GetScimGroup => Ok(one(&find::get(deps, call, kind, id(incoming)).await?, &shown)),
        Op::ReplaceScimUser | Op::ReplaceScimGroup => {
            Ok(one(&change::replace(deps, call, kind, id(incoming), &body()?).await?, &shown))
        }
        Op::ChangeScimUser | Op::ChangeScimGroup => {
            Ok(one(&change::patch(deps, call, kind, id(incoming), &body()?).await?, &shown))
        }
        Op::DeleteScimUser | Op::DeleteScimGroup => {
            change::delete(deps, call, kind, id(incoming)).await?;
            Ok(Answer::no_content())
        }
        other => Err(Error::Bug(format!("{} is not served by the scim function", other.name()))),
    }
}

/// A resource, with its version.
fn one(view: &ResourceView, shown: &Shown) -> Answer {
    Answer::ok(bodies::resource(view, shown)).at_version(view.version)
}

#[cfg(test)]
mod tests;
