//! Campaigns: their life cycle, the query builder, and the rules and policies that they use.
//!
//! A handler decodes with `wire`, calls a use case of `app` and encodes with `wire`; nothing is decided here.

use std::sync::Arc;

use app::campaign::CampaignView;
use app::loading::population;
use app::recurrence::RecurrenceView;
use app::rule::AssignedRules;
use app::{Call, Deps, Error, campaign, policy, recurrence, review, rule};
use lambda_http::{Body, Request, Response};
use wire::campaigns::campaign as bodies;
use wire::campaigns::{path_id, policy as policies, query, recurrence as when, rule_job as rules, run};
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
            let mut input = bodies::list(&incoming.query)?;
            loop {
                let page = campaign::list(deps, call, input.clone()).await?;
                if let Some(answer) = fit::page(&page, bodies::encode_page, &mut input.limit) {
                    return Ok(answer);
                }
            }
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
        Operation::CancelCampaignStart => Ok(shown(&campaign::cancel_start(deps, call, id()?).await?)),
        Operation::CompleteCampaign => Ok(shown(&campaign::complete(deps, call, id()?).await?)),
        Operation::TerminateCampaign => Ok(shown(&campaign::terminate(deps, call, id()?).await?)),
        Operation::GetRecurrence | Operation::SetRecurrence | Operation::EndRecurrence => {
            recur(deps, call, &incoming).await
        }
        Operation::ListRunHistory => {
            let (id, mut input) = (id()?, run::list(&incoming.query)?);
            loop {
                let page = review::run_history(deps, call, id, input.clone()).await?;
                if let Some(answer) = fit::page(&page, run::encode_page, &mut input.limit) {
                    return Ok(answer);
                }
            }
        }
        Operation::ListQueryFields => Ok(Answer::ok(query::encode_fields(&population::query_fields()))),
        Operation::TestQuery => {
            let found = population::test_query(deps, &query::test(&incoming.body)?, call.now).await?;
            Ok(Answer::ok(query::encode_test(&found)))
        }
        _ => decided_by(deps, call, &incoming).await,
    }
}

/// When campaigns are made again.
async fn recur(deps: &Deps, call: &Call, incoming: &Incoming) -> Result<Answer, Error> {
    let id = path_id(&incoming.path, "id")?;
    match incoming.operation {
        Operation::GetRecurrence => Ok(recurring(&recurrence::get(deps, id).await?)),
        Operation::SetRecurrence => {
            let view = recurrence::set(deps, call, id, when::input(&incoming.body)?).await?;
            Ok(recurring(&view))
        }
        Operation::EndRecurrence => {
            recurrence::end(deps, call, id).await?;
            Ok(Answer::no_content())
        }
        other => Err(Error::Bug(format!("{} is not served by this function", other.name()))),
    }
}

/// The rules and policies that a campaign is decided by.
async fn decided_by(deps: &Deps, call: &Call, incoming: &Incoming) -> Result<Answer, Error> {
    let id = || path_id(&incoming.path, "id");
    let policy_id = || policies::path_id(&incoming.path, "policyId");
    let rule_id = || wire::campaigns::rule::path_id(&incoming.path, "ruleId");
    match incoming.operation {
        Operation::ListAppliedPolicies => {
            let applied = policy::list_applied(deps, call, id()?).await?;
            Ok(Answer::ok(policies::encode_applied_list(&applied)).at_version(applied.version))
        }
        Operation::ApplyPolicy => {
            let threshold = policies::threshold(&incoming.query)?;
            let (applied, version) = policy::apply(deps, call, id()?, policy_id()?, threshold).await?;
            Ok(Answer::ok(policies::encode_applied(&applied)).at_version(version))
        }
        Operation::RemovePolicy => {
            policy::remove(deps, call, id()?, policy_id()?).await?;
            Ok(Answer::no_content())
        }
        Operation::AssignRules => {
            let assigned = rule::assign(deps, call, id()?, rules::assign(&incoming.body)?).await?;
            Ok(assigned_rules(&assigned))
        }
        Operation::ListAssignedRules => Ok(assigned_rules(&rule::list_assigned(deps, call, id()?).await?)),
        Operation::UpdateAssignedRule => {
            let (campaign, rule_id) = (id()?, rule_id()?);
            let (entry, version) = rule::enable(deps, call, campaign, rule_id, rules::enable(&incoming.body)?).await?;
            Ok(Answer::ok(rules::encode_entry(&entry)).at_version(version))
        }
        Operation::RemoveAssignedRule => {
            let (campaign, rule_id) = (id()?, rule_id()?);
            rule::remove(deps, call, campaign, rule_id).await?;
            Ok(Answer::no_content())
        }
        Operation::EvaluateRules => {
            let campaign = id()?;
            let job = rule::evaluate(deps, call, campaign).await?;
            Ok(Answer::ok(rules::encode_evaluation(job, campaign)))
        }
        other => Err(Error::Bug(format!("{} is not served by this function", other.name()))),
    }
}

fn assigned_rules(assigned: &AssignedRules) -> Answer {
    Answer::ok(rules::encode_assigned(assigned)).at_version(assigned.version)
}

fn shown(view: &CampaignView) -> Answer {
    Answer::ok(bodies::encode(view)).at_version(view.campaign.version)
}

fn created(view: &CampaignView) -> Answer {
    Answer::created(bodies::encode(view)).at_version(view.campaign.version)
}

/// When campaigns are made again, with its version.
fn recurring(view: &RecurrenceView) -> Answer {
    Answer::ok(when::encode(view)).at_version(view.version)
}

#[cfg(test)]
mod tests;
