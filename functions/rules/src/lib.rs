//! Definitions of what campaigns decide by themselves: rules, and jobs that try their conditions out.
//!
//! A handler decodes with `wire`, calls a use case of `app` and encodes with `wire`; nothing is decided here.

use std::sync::Arc;

use app::{Call, Deps, Error, rule};
use domain::rule::Rule;
use lambda_http::{Body, Request, Response};
use wire::campaigns::{rule as bodies, rule_job};
use wire::exchange::{Answer, Incoming};
use wire::fit;
use wire::routes::{Function, Operation};

/// Answers one request.
pub async fn handle(deps: Arc<Deps>, request: Request) -> Response<Body> {
    runtime::edge::serve(deps, Function::Rules, request, dispatch).await
}

async fn dispatch(deps: Arc<Deps>, call: Call, incoming: Incoming) -> Result<Answer, Error> {
    let (deps, call) = (&*deps, &call);
    let id = || bodies::path_id(&incoming.path, "id");
    match incoming.operation {
        Operation::ListRules => {
            let mut input = bodies::list(&incoming.query)?;
            loop {
                let page = rule::list(deps, call, input.clone()).await?;
                if let Some(answer) = fit::answer(bodies::encode_page(&page), &mut input.limit) {
                    return Ok(answer);
                }
            }
        }
        Operation::CreateRule => {
            let made = rule::create(deps, call, bodies::create(&incoming.body)?).await?;
            Ok(Answer::created(bodies::encode(&made)).at_version(made.version))
        }
        Operation::GetRule => Ok(shown(&rule::get(deps, call, id()?).await?)),
        Operation::UpdateRule => Ok(shown(&rule::update(deps, call, id()?, bodies::edit(&incoming.body)?).await?)),
        Operation::DeleteRule => {
            rule::delete(deps, call, id()?).await?;
            Ok(Answer::no_content())
        }
        Operation::TestRule => {
            let job = rule::test(deps, call, rule_job::test(&incoming.body)?).await?;
            Ok(Answer::ok(rule_job::encode_test(job)))
        }
        Operation::GetRuleJob => {
            let job = rule_job::path_id(&incoming.path, "jobId")?;
            Ok(Answer::ok(rule_job::encode_job(&rule::job(deps, call, job).await?)))
        }
        other => Err(Error::Bug(format!("{} is not served by this function", other.name()))),
    }
}

fn shown(rule: &Rule) -> Answer {
    Answer::ok(bodies::encode(rule)).at_version(rule.version)
}

#[cfg(test)]
mod tests;
