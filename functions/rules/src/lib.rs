//! Definitions of what campaigns decide and check by themselves: rules and policies, and jobs that try conditions out.
//!
//! A handler decodes with `wire`, calls a use case of `app` and encodes with `wire`; nothing is decided here.

use std::sync::Arc;

use app::{Call, Deps, Error, policy, rule};
use domain::policy::Policy;
use domain::rule::Rule;
use lambda_http::{Body, Request, Response};
use wire::campaigns::{policy as policies, rule as bodies, rule_job};
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
                if let Some(answer) = fit::page(&page, bodies::encode_page, &mut input.limit) {
                    return Ok(answer);
                }
            }
        }
        Operation::CreateRule => {
            let made = rule::create(deps, call, bodies::create(&incoming.body)?).await?;
            Ok(Answer::created(bodies::encode(&made)).at_version(made.version))
        }
        Operation::GetRule => Ok(shown(&match bodies::version(&incoming.query)? {
            Some(version) => rule::version(deps, call, id()?, version).await?,
            None => rule::get(deps, call, id()?).await?,
        })),
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
        _ => dispatch_policy(deps, call, &incoming).await,
    }
}

/// What campaigns check by themselves.
async fn dispatch_policy(deps: &Deps, call: &Call, incoming: &Incoming) -> Result<Answer, Error> {
    let policy_id = || policies::path_id(&incoming.path, "id");
    match incoming.operation {
        Operation::ListPolicies => {
            let mut input = policies::list(&incoming.query)?;
            loop {
                let page = policy::list(deps, call, input.clone()).await?;
                if let Some(answer) = fit::answer(policies::encode_page(&page), &mut input.limit) {
                    return Ok(answer);
                }
            }
        }
        Operation::CreatePolicy => {
            let made = policy::create(deps, call, policies::create(&incoming.body)?).await?;
            Ok(Answer::created(policies::encode(&made)).at_version(made.version))
        }
        Operation::GetPolicy => Ok(shown_policy(&match bodies::version(&incoming.query)? {
            Some(version) => policy::version(deps, call, policy_id()?, version).await?,
            None => policy::get(deps, call, policy_id()?).await?,
        })),
        Operation::UpdatePolicy => {
            let input = policies::edit(&incoming.body)?;
            Ok(shown_policy(&policy::update(deps, call, policy_id()?, input).await?))
        }
        Operation::DeletePolicy => {
            policy::delete(deps, call, policy_id()?).await?;
            Ok(Answer::no_content())
        }
        other => Err(Error::Bug(format!("{} is not served by this function", other.name()))),
    }
}

fn shown(rule: &Rule) -> Answer {
    Answer::ok(bodies::encode(rule)).at_version(rule.version)
}

fn shown_policy(policy: &Policy) -> Answer {
    Answer::ok(policies::encode(policy)).at_version(policy.version)
}

#[cfg(test)]
mod tests;
