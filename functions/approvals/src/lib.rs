//! Approvals and review items of a campaign: read, decided, taken back, counted.
//!
//! A handler decodes with `wire`, calls a use case of `app` and encodes with `wire`; nothing is decided here.

use std::sync::Arc;

use app::review::{self, Dialect, RowView};
use app::{Call, Deps, Error, policy};
use lambda_http::{Body, Request, Response};
use serde_json::Value;
use wire::campaigns::{approval, campaign, group, history, item, path_id, policy as policies};
use wire::exchange::{Answer, Incoming};
use wire::fit;
use wire::routes::{Function, Operation};

/// Answers one request.
pub async fn handle(deps: Arc<Deps>, request: Request) -> Response<Body> {
    runtime::edge::serve(deps, Function::Approvals, request, dispatch).await
}

async fn dispatch(deps: Arc<Deps>, call: Call, incoming: Incoming) -> Result<Answer, Error> {
    let (deps, call) = (&*deps, &call);
    let id = path_id(&incoming.path, "id")?;
    let account = incoming.path.get("accountId").unwrap_or_default();
    match incoming.operation {
        Operation::ListApprovals => {
            let mut input = approval::list(&incoming.query)?;
            loop {
                let page = review::list(deps, call, id, Dialect::Campaign, input.clone()).await?;
                if let Some(answer) = fit::page(&page, approval::encode_page, &mut input.limit) {
                    return Ok(answer);
                }
            }
        }
        Operation::CountApprovals => {
            let counts = review::counts(deps, call, id).await?;
            Ok(Answer::ok(campaign::encode_counts(counts.total, &counts.counts)))
        }
        Operation::DecideApproval => {
            let input = approval::decide(&incoming.body)?;
            Ok(decided(&review::decide(deps, call, id, account, input).await?))
        }
        Operation::DecideApprovals => {
            let rows = review::decide_batch(deps, call, id, approval::decide_batch(&incoming.body)?).await?;
            Ok(approval::answer_batch(&rows))
        }
        Operation::UndoApproval => Ok(decided(&review::undo(deps, call, id, account).await?)),
        Operation::ChangeReviewer => {
            let email = approval::reviewer(&incoming.body)?;
            Ok(decided(&review::change_reviewer(deps, call, id, account, &email).await?))
        }
        Operation::ListBatchGroups => {
            let mut input = group::list(&incoming.query)?;
            loop {
                let page = review::groups(deps, call, id, input.clone()).await?;
                if let Some(answer) = fit::page(&page, group::encode_page, &mut input.limit) {
                    return Ok(answer);
                }
            }
        }
        Operation::DecideBatchGroup => {
            let group = incoming.path.get("batchId").unwrap_or_default();
            let rows = review::decide_group(deps, call, id, group, approval::decide(&incoming.body)?).await?;
            Ok(approval::answer_batch(&rows))
        }
        Operation::ListReviewItems => {
            let mut input = item::list(&incoming.query)?;
            loop {
                let page = review::list(deps, call, id, Dialect::Campaign, input.clone()).await?;
                if let Some(answer) = fit::page(&page, item::encode_page, &mut input.limit) {
                    return Ok(answer);
                }
            }
        }
        _ => known_of(deps, call, &incoming).await,
    }
}

/// What is known about one account.
async fn known_of(deps: &Deps, call: &Call, incoming: &Incoming) -> Result<Answer, Error> {
    let id = path_id(&incoming.path, "id")?;
    let account = incoming.path.get("accountId").unwrap_or_default();
    match incoming.operation {
        Operation::GetRecommendation => {
            let row = review::get_account(deps, call, id, account).await?;
            // What was not stored when the row was built does not exist: it is never worked out for a reader.
            Ok(Answer::ok(item::recommendation(&row.frozen).ok_or_else(Error::not_found)?))
        }
        Operation::GetRiskAssessment => {
            let row = review::get_account(deps, call, id, account).await?;
            Ok(Answer::ok(item::encode_risk(&row)))
        }
        Operation::ListPolicyChecks => {
            let row = review::get_account(deps, call, id, account).await?;
            Ok(Answer::ok(policies::encode_checks(&policy::checks(deps, &row).await?)))
        }
        Operation::GetReviewItem => {
            let row = review::get_account(deps, call, id, account).await?;
            let checks = policy::checks(deps, &row).await?;
            Ok(shown(&row, item::encode(&row, &checks)))
        }
        Operation::GetEntitlements => {
            let row = review::get_account(deps, call, id, account).await?;
            Ok(Answer::ok(item::encode_entitlements(&row)))
        }
        Operation::GetItemHistory => {
            let decisions = review::history(deps, call, id, account).await?;
            Ok(Answer::ok(history::encode(&decisions)))
        }
        other => Err(Error::Bug(format!("{} is not served by this function", other.name()))),
    }
}

/// The decision on one row, with its version.
fn decided(row: &RowView) -> Answer {
    shown(row, approval::encode(row))
}

/// One row with its version.
fn shown(row: &RowView, body: Value) -> Answer {
    Answer::ok(body).at_version(u64::from(row.state.version))
}

#[cfg(test)]
mod tests;
