//! Once a minute: sends messages that were not sent, wakes jobs that stalled, and clears what broken-off attempts left.
//!
//! The event says nothing that matters: what is due is looked up. Each step is bounded, and doing it twice does no harm.

use std::sync::Arc;

use app::Deps;
use app::loading::sweep;
use aws_lambda_events::eventbridge::EventBridgeEvent;
use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value;

/// Does what is due.
///
/// # Errors
/// When the table does not answer; the next minute tries again.
pub async fn handle(deps: Arc<Deps>, _event: LambdaEvent<EventBridgeEvent<Value>>) -> Result<(), Error> {
    let swept = sweep::run(&deps).await?;
    let (sent, requeued, uploads, left) = (swept.sent, swept.requeued, swept.uploads, swept.left);
    tracing::info!(sent, requeued, uploads, left, "swept");
    Ok(())
}

#[cfg(test)]
mod tests;
