//! Mails people about reviews: as a rule of the bus fills its queue with events, as the schedule asks for reminders, and as
//! itself asks for single letters, which come through the same queue.
//!
//! A mail that the mail host does not take now fails alone and comes again, ever later.
//! What nobody takes in the end shows at the review, and lies with the dead letters.

mod compose;
mod host;

use std::sync::Arc;

use app::deps::Message;
use app::notify::{self, Heard};
use app::{Deps, Error};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::LambdaEvent;
use runtime::ports;
use runtime::sqs::{Delivery, Pace};

pub use compose::compose;
pub use host::mailer;

/// What the queue is called in logs and metrics.
const QUEUE: &str = "notify";

/// Works on the messages of a batch.
pub async fn handle(deps: Arc<Deps>, event: LambdaEvent<SqsEvent>) -> SqsBatchResponse {
    runtime::sqs::serve_batch(deps, QUEUE, Pace::Outside, event, work).await
}

async fn work(deps: Arc<Deps>, delivery: Delivery) -> Result<(), Error> {
    match ports::decode(&delivery.body) {
        Some(Message::Mail { job }) => notify::deliver(&deps, job, delivery.is_last(), compose).await,
        Some(Message::Remind { job }) => notify::remind(&deps, job).await,
        Some(other) => Err(Error::Bug(format!("a message of the kind {} is not for this queue", other.kind()))),
        None => {
            let Some(heard) = Heard::of(delivery.event()?.get())? else { return Ok(()) };
            notify::hear(&deps, &heard).await
        }
    }
}
