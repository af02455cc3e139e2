//! Queue batches: every message is decoded and answered on its own.
//!
//! A message that fails, whose handler panics or that takes too long, is reported by its id and comes again; the others
//! of its batch are done. The function must be mapped with `ReportBatchItemFailures`, as the template does. When it comes
//! again follows from how often it has failed ([`Pace`]); what was not begun comes at once. Only a function that dies
//! leaves its messages hidden until their queue takes it for dead.

use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use app::Error;
use app::deps::Deps;
use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use lambda_runtime::LambdaEvent;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;
use tracing::Instrument;

use crate::metrics::{Line, Unit};

mod pace;

pub use pace::Pace;

/// A message is not begun when less than this is left of the function's time: it comes again to a fresh invocation.
const LEAST_TIME: Duration = Duration::from_secs(5);
/// How often queues deliver a message before they give it up, as the template says.
const TRIES: u32 = 5;
/// What is kept back for answering the batch.
const ANSWER_TIME: Duration = Duration::from_secs(2);
/// How long the queue has to hear when messages come again, out of that.
const HEARING_TIME: Duration = Duration::from_secs(1);

/// One message of a queue.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The queue's id of the message.
    pub id: String,
    /// What was sent.
    pub body: String,
    /// How often the message has been delivered, this time included; a message is given up after the queue's limit.
    pub received: u32,
    /// How long the handler may work.
    pub budget: Budget,
}

/// An event as a rule of the bus hands it to its target.
#[derive(Deserialize)]
struct OnTheBus {
    detail: Box<RawValue>,
}

impl Delivery {
    /// What a rule of the bus tells by this message.
    ///
    /// # Errors
    /// [`Error::Bug`] for what is no event.
    pub fn event(&self) -> Result<Box<RawValue>, Error> {
        let event: OnTheBus =
            serde_json::from_str(&self.body).map_err(|error| Error::Bug(format!("the body is no event: {error}")))?;
        Ok(event.detail)
    }

    /// Whether the queue gives the message up when this delivery fails, too.
    pub const fn is_last(&self) -> bool {
        self.received >= TRIES
    }
}

/// The time that is left of an invocation.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    ends: Instant,
}

impl Budget {
    /// A budget that ends after `duration`.
    pub fn lasting(duration: Duration) -> Self {
        Self { ends: Instant::now() + duration }
    }

    /// What is left; zero when it is time to stop.
    pub fn left(&self) -> Duration {
        self.ends.saturating_duration_since(Instant::now())
    }

    /// Whether less than `needed` is left.
    pub fn is_short_of(&self, needed: Duration) -> bool {
        self.left() < needed
    }

    /// Carries out `work`, unless the time runs out before it ends: it is broken off then.
    ///
    /// # Errors
    /// [`Error::Unavailable`] for what was broken off. What was begun is found by whoever repeats it, as after any other end.
    pub async fn keep<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        let late = |_| Error::Unavailable("no time is left".to_owned());
        tokio::time::timeout(self.left(), work).await.map_err(late)
    }

    /// The budget of an invocation, from the deadline that Lambda gives in milliseconds since 1970: a little less, so that
    /// there is time for an answer. Where no deadline is given, nobody ends the invocation, and the budget is an hour.
    pub fn until(deadline_ms: u64, now: jiff::Timestamp) -> Self {
        if deadline_ms == 0 {
            return Self::lasting(Duration::from_secs(3_600));
        }
        let now = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let left = Duration::from_millis(deadline_ms.saturating_sub(now));
        Self::lasting(left.saturating_sub(ANSWER_TIME))
    }
}

/// Hands each message of a batch to `handler`, reports those that failed, and lets them come again at `pace`. `queue` is the
/// word by which the queue is known in logs and metrics, and to [`app::deps::Queue`].
pub async fn serve_batch<H, Fut, E>(
    deps: Arc<Deps>,
    queue: &'static str,
    pace: Pace,
    event: LambdaEvent<SqsEvent>,
    handler: H,
) -> SqsBatchResponse
where
    H: Fn(Arc<Deps>, Delivery) -> Fut,
    Fut: Future<Output = Result<(), E>> + Send + 'static,
    E: Display + Send + 'static,
{
    let budget = Budget::until(event.context.deadline, deps.clock.now());
    let mut response = SqsBatchResponse::default();
    let mut waits = Vec::new();
    let messages = event.payload.records.len();
    for mut message in event.payload.records {
        let receipt = message.receipt_handle.take();
        let delivery = delivery(message, budget);
        let id = delivery.id.clone();
        let received = delivery.received;
        let request_id = &event.context.request_id;
        let span = tracing::info_span!("message", queue, message_id = id, received, request_id);
        let started = Instant::now();
        let outcome = if budget.is_short_of(LEAST_TIME) {
            Outcome::Postponed
        } else {
            carried_out(budget, handler(Arc::clone(&deps), delivery).instrument(span.clone()), &span).await
        };
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(parent: &span, outcome = outcome.word(), milliseconds, "handled");
        if outcome != Outcome::Done {
            let wait = match outcome {
                Outcome::Postponed => Duration::ZERO,
                _ => pace.wait(&id, received, deps.settings.first_retries),
            };
            waits.extend(receipt.map(|receipt| (receipt, wait)));
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            response.batch_item_failures.push(failure);
        }
    }
    come_again(&deps, queue, &waits).await;
    measure(&deps, queue, messages, response.batch_item_failures.len());
    response
}

/// What came of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The one after which it does not come again.
    Done,
    Failed,
    Panicked,
    /// It was broken off so that there was time left to say so.
    Late,
    /// It was not begun.
    Postponed,
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::Late => "late",
            Self::Postponed => "postponed",
        }
    }
}

/// Works on one message, until there is no time left. In a task of its own: its panic ends it alone. In a set, so that it
/// ends with the invocation.
async fn carried_out<E: Display + Send + 'static>(
    budget: Budget,
    work: impl Future<Output = Result<(), E>> + Send + 'static,
    span: &tracing::Span,
) -> Outcome {
    let mut task = tokio::task::JoinSet::new();
    task.spawn(work);
    match tokio::time::timeout(budget.left(), task.join_next()).await {
        Ok(Some(Ok(Ok(())))) => Outcome::Done,
        Ok(Some(Ok(Err(error)))) => {
            tracing::warn!(parent: span, %error, "failed and comes again");
            Outcome::Failed
        }
        Ok(Some(Err(_)) | None) => Outcome::Panicked,
        Err(_) => Outcome::Late,
    }
}

/// Tells the queue when the messages behind these receipts come again. A queue that does not hear it shows them when its own
/// time has passed: later, and no less surely.
async fn come_again(deps: &Deps, queue: &str, waits: &[(String, Duration)]) {
    if waits.is_empty() {
        return;
    }
    match tokio::time::timeout(HEARING_TIME, deps.queue.come_again(queue, waits)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(queue, %error, "failed messages come late"),
        Err(_) => tracing::warn!(queue, error = "no answer", "failed messages come late"),
    }
}

fn measure(deps: &Deps, queue: &str, messages: usize, failures: usize) {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let numbers = [("Messages", Unit::Count, count(messages)), ("MessageFailures", Unit::Count, count(failures))];
    Line::at(deps.clock.now()).dimension("Queue", queue).numbers(&[&["Queue"]], &numbers).write();
}

fn delivery(message: SqsMessage, budget: Budget) -> Delivery {
    let received = message.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
    Delivery {
        id: message.message_id.unwrap_or_default(),
        body: message.body.unwrap_or_default(),
        received: received.unwrap_or(1),
        budget,
    }
}

#[cfg(test)]
mod tests;
