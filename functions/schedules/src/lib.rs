//! Once a minute: makes campaigns whose time has come again, starts those whose start date has come, has reviewers reminded,
//! hands over letters that waited for more to tell, ends reviews that are ready or overdue, sends messages that were not
//! sent, wakes jobs that stalled, and clears what broken-off attempts left.
//!
//! The event says nothing that matters: what is due is looked up. Each step is bounded, and doing it twice does no harm.

use std::sync::Arc;

use app::loading::sweep;
use app::{Deps, campaign, closing, notify, recurrence};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use lambda_runtime::{Error, LambdaEvent};
use runtime::metrics::{Line, Unit};
use serde_json::Value;

/// Does what is due.
///
/// # Errors
/// When the table does not answer; the next minute tries again.
pub async fn handle(deps: Arc<Deps>, _event: LambdaEvent<EventBridgeEvent<Value>>) -> Result<(), Error> {
    let swept = sweep::run(&deps).await?;
    let due = recurrence::make_due(&deps).await?;
    let started = campaign::start_due(&deps).await?;
    // What is ready is completed first: it was ready before its due date passed.
    let finished = closing::finish_due(&deps).await?;
    let expired = closing::expire_due(&deps).await?;
    let reminded = notify::remind_due(&deps).await?;
    let gathered = notify::send_gathered(&deps).await?;
    let (sent, requeued, uploads, left) = (swept.sent, swept.requeued, swept.uploads, swept.left);
    let (made, left_behind) = (due.made, due.left + started.left);
    let (reminded, unreminded) = (reminded.reviews, reminded.left);
    let (letters, unsent) = (gathered.letters, gathered.left);
    let (completed, overdue, unended) = (finished.completed, expired.expired, finished.left + expired.left);
    tracing::info!(
        sent,
        requeued,
        uploads,
        left,
        made,
        started = started.started,
        reminded,
        letters,
        left_behind,
        "swept"
    );
    tracing::info!(completed, expired = overdue, unended, "looked for reviews that end");
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let numbers = [
        ("OutboxSent", Unit::Count, count(sent)),
        ("OutboxLeft", Unit::Count, count(left)),
        ("JobsRequeued", Unit::Count, count(requeued)),
        ("CampaignsMade", Unit::Count, count(due.made)),
        ("CampaignsStarted", Unit::Count, count(started.started)),
        ("CampaignsLeft", Unit::Count, count(left_behind)),
        ("ReviewsReminded", Unit::Count, count(reminded)),
        ("ReviewsUnreminded", Unit::Count, count(unreminded)),
        ("LettersGathered", Unit::Count, count(letters)),
        ("LettersLeft", Unit::Count, count(unsent)),
        ("ReviewsCompleted", Unit::Count, count(completed)),
        ("ReviewsExpired", Unit::Count, count(overdue)),
        ("ReviewsLeft", Unit::Count, count(unended)),
    ];
    Line::at(deps.clock.now()).numbers(&[&[]], &numbers).write();
    Ok(())
}

#[cfg(test)]
mod tests;
