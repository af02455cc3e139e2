//! Once a minute: makes campaigns whose time has come again, starts those whose start date has come, has reviewers reminded,
//! hands over letters that waited for more to tell, ends reviews that are ready or overdue, sends messages that were not
//! sent, wakes jobs that stalled, and clears what broken-off attempts left.
//!
//! The event says nothing that matters: what is due is looked up. Each step is bounded, and doing it twice does no harm.

use std::sync::Arc;

use app::loading::jobs::sweep;
use app::{Deps, campaign, closing, notify, recurrence};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use lambda_runtime::{Error, LambdaEvent};
use runtime::metrics::{Line, Unit};
use serde_json::Value;

/// Does what is due.
///
/// # Errors
/// When a step could not be done, after all others were; the next minute tries again.
pub async fn handle(deps: Arc<Deps>, _event: LambdaEvent<EventBridgeEvent<Value>>) -> Result<(), Error> {
    let mut tick = Tick { deps: &deps, failed: None };
    tick.step("sweep", sweep::run(&deps).await, |swept| {
        let (sent, requeued, uploads, left) = (swept.sent, swept.requeued, swept.uploads, swept.left);
        tracing::info!(sent, requeued, uploads, left, "swept");
        [("OutboxSent", sent), ("OutboxLeft", left), ("JobsRequeued", requeued)]
    });
    tick.step("recurrence", recurrence::make_due(&deps).await, |due| {
        [("CampaignsMade", due.made), ("CampaignsLeft", due.left)]
    });
    tick.step("starts", campaign::start_due(&deps).await, |starts| {
        [("CampaignsStarted", starts.started), ("CampaignsLeft", starts.left)]
    });
    // What is ready is completed first: it was ready before its due date passed.
    tick.step("completion", closing::finish_due(&deps).await, |finished| {
        [("ReviewsCompleted", finished.completed), ("ReviewsLeft", finished.left)]
    });
    tick.step("expiry", closing::expire_due(&deps).await, |expired| {
        [("ReviewsExpired", expired.expired), ("ReviewsLeft", expired.left)]
    });
    tick.step("reminders", notify::remind_due(&deps).await, |reminded| {
        [("ReviewsReminded", reminded.reviews), ("ReviewsUnreminded", reminded.left)]
    });
    tick.step("letters", notify::send_gathered(&deps).await, |gathered| {
        [("LettersGathered", gathered.letters), ("LettersLeft", gathered.left)]
    });
    tick.failed.map_or(Ok(()), |error| Err(error.into()))
}

/// One minute's work. What one step cannot do keeps no other from being done, and each is measured when it ends: a function
/// that is stopped has told what it did.
struct Tick<'a> {
    deps: &'a Deps,
    failed: Option<app::Error>,
}

impl Tick<'_> {
    fn step<T, const N: usize>(
        &mut self,
        step: &'static str,
        outcome: Result<T, app::Error>,
        numbers: impl FnOnce(&T) -> [(&'static str, usize); N],
    ) {
        match outcome {
            Ok(done) => {
                let number = |(name, number)| (name, Unit::Count, u64::try_from(number).unwrap_or(u64::MAX));
                Line::at(self.deps.clock.now()).numbers(&[&[]], &numbers(&done).map(number)).write();
            }
            Err(error) => {
                tracing::warn!(step, %error, "a step of the minute could not be done");
                self.failed.get_or_insert(error);
            }
        }
    }
}

#[cfg(test)]
mod tests;
