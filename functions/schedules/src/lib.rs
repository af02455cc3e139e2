//! Once a minute: sends messages that were not sent, wakes jobs that stalled, and clears what broken-off attempts left.
//!
//! The event says nothing that matters: what is due is looked up. Each step is bounded, and doing it twice does no harm.

use std::sync::Arc;

use app::Deps;
use app::loading::sweep;
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
    let (sent, requeued, uploads, left) = (swept.sent, swept.requeued, swept.uploads, swept.left);
    tracing::info!(sent, requeued, uploads, left, "swept");
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let numbers = [
        ("OutboxSent", Unit::Count, count(sent)),
        ("OutboxLeft", Unit::Count, count(left)),
        ("JobsRequeued", Unit::Count, count(requeued)),
    ];
    Line::at(deps.clock.now()).numbers(&[&[]], &numbers).write();
    Ok(())
}

#[cfg(test)]
mod tests;
