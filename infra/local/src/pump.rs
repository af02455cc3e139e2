//! What Lambda does between a queue and a function: long polling, batches, partial failures, retries.

use std::sync::Arc;
use std::time::Duration;

use app::deps::Deps;
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::functions::QueueHandler;
use crate::queues::Queues;

/// Seconds that a receive waits for messages: the most that SQS allows.
const WAIT_SECONDS: i32 = 20;

/// One poller of a queue.
#[derive(Clone)]
pub(crate) struct Pump {
    pub(crate) queues: Queues,
    pub(crate) queue: String,
    pub(crate) batch_size: u32,
    pub(crate) timeout: Duration,
    pub(crate) deps: Arc<Deps>,
    pub(crate) handler: QueueHandler,
}

impl Pump {
    /// Polls until `stop` turns true. A batch under way is finished first.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let batch = tokio::select! {
                _ = stop.changed() => return,
                batch = self.receive() => batch,
            };
            match batch {
                Ok(messages) if messages.is_empty() => {}
                Ok(messages) => self.deliver(messages).await,
                Err(error) => {
                    tracing::error!(queue = self.queue, error, "the queue does not answer");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    async fn receive(&self) -> Result<Vec<Message>, String> {
        let address = self.queues.address(&self.queue).map_err(|error| error.to_string())?;
        let receive = self
            .queues
            .client
            .receive_message()
            .queue_url(address)
            .max_number_of_messages(i32::try_from(self.batch_size.min(10)).unwrap_or(1))
            .wait_time_seconds(WAIT_SECONDS)
            .message_system_attribute_names(MessageSystemAttributeName::All);
        let received = receive.send().await.map_err(|error| crate::Error::of(error).to_string())?;
        Ok(received.messages.unwrap_or_default())
    }

    async fn deliver(&self, messages: Vec<Message>) {
        let failed = match self.invoke(&messages).await {
            Some(response) => response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect(),
            // The whole invocation failed, and so did every message of it.
            None => messages.iter().filter_map(|message| message.message_id.clone()).collect::<Vec<_>>(),
        };
        for message in &messages {
            let failed = message.message_id.as_ref().is_none_or(|id| failed.contains(id));
            if let Err(error) = self.settle(message, failed).await {
                tracing::error!(queue = self.queue, error, "a message could not be settled");
            }
        }
    }

    async fn invoke(&self, messages: &[Message]) -> Option<SqsBatchResponse> {
        let records: Vec<Value> = messages.iter().map(|message| record(&self.queue, message)).collect();
        let event: SqsEvent = serde_json::from_value(json!({ "Records": records })).ok()?;
        let mut context = Context::default();
        context.request_id = self.deps.ids.uuid().to_string();
        context.deadline = deadline(&self.deps, self.timeout);
        let handled = (self.handler)(Arc::clone(&self.deps), LambdaEvent::new(event, context));
        let response = tokio::time::timeout(self.timeout, handled).await;
        if response.is_err() {
            tracing::error!(queue = self.queue, "the function took longer than its timeout");
        }
        response.ok()
    }

    /// Takes what is done off the queue. What failed stays there, and comes again when its worker has said, or else when
    /// the queue takes its worker for dead.
    async fn settle(&self, message: &Message, failed: bool) -> Result<(), String> {
        let Some(receipt) = message.receipt_handle.as_ref().filter(|_| !failed) else { return Ok(()) };
        let address = self.queues.address(&self.queue).map_err(|error| error.to_string())?;
        let deleted = self.queues.client.delete_message().queue_url(address).receipt_handle(receipt).send().await;
        deleted.map(|_| ()).map_err(|error| crate::Error::of(error).to_string())
    }
}

/// The instant at which an invocation ends, in milliseconds since 1970, as Lambda tells it.
pub(crate) fn deadline(deps: &Deps, timeout: Duration) -> u64 {
    let now = u64::try_from(deps.clock.now().as_millisecond()).unwrap_or(0);
    now.saturating_add(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX))
}

/// A message as it stands in the event of a function.
fn record(queue: &str, message: &Message) -> Value {
    let attributes = message.attributes.iter().flatten();
    let attributes: serde_json::Map<_, _> =
        attributes.map(|(name, value)| (name.as_str().to_owned(), Value::from(value.as_str()))).collect();
    json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:us-east-1:000000000000:{queue}"),
        "awsRegion": "us-east-1",
    })
}

#[cfg(test)]
mod tests;
