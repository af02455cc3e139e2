//! Evaluates campaign rules, on the rows of a campaign or to try a condition out, as messages of its queue ask for it.
//!
//! Each message is decoded and worked on by itself, so that a bad one fails alone: what failed is answered by its id,
//! and the queue delivers it again, or to the queue of dead letters in the end.

use std::sync::Arc;

use app::deps::Message;
use app::{Deps, Error, rule};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::LambdaEvent;
use runtime::sqs::{Delivery, Pace};

/// What queue and jobs are called in logs and metrics.
const QUEUE: &str = "evaluate";

/// Works on the messages of a batch.
pub async fn handle(deps: Arc<Deps>, event: LambdaEvent<SqsEvent>) -> SqsBatchResponse {
    runtime::sqs::serve_batch(deps, QUEUE, Pace::Work, event, work).await
}

async fn work(deps: Arc<Deps>, delivery: Delivery) -> Result<(), Error> {
    let budget = delivery.budget;
    match runtime::ports::decode(&delivery.body) {
        Some(Message::Evaluate { job }) => {
            let left = move || budget.left();
            runtime::jobs::watched(&deps, QUEUE, job, rule::work(&deps, job, &left)).await
        }
        Some(other) => Err(Error::Bug(format!("a message for {} came to another queue", other.kind()))),
        None => Err(Error::Bug("the body is no message of this version".to_owned())),
    }
}
