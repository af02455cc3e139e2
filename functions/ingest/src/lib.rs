//! Reads uploaded inventory, as messages of its queue ask for it.
//!
//! Each message is decoded and worked on by itself, so that a bad one fails alone: what failed is answered by its id,
//! and the queue delivers it again, or to the queue of dead letters in the end.

use std::sync::Arc;

use app::deps::Message;
use app::loading::ingestion::upload;
use app::loading::jobs::work as worker;
use app::{Deps, Error};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::LambdaEvent;
use runtime::sqs::{Delivery, Pace};

/// What queue and jobs are called in logs and metrics.
const QUEUE: &str = "ingest";

/// Works on the messages of a batch.
pub async fn handle(deps: Arc<Deps>, event: LambdaEvent<SqsEvent>) -> SqsBatchResponse {
    runtime::sqs::serve_batch(deps, QUEUE, Pace::Work, event, work).await
}

async fn work(deps: Arc<Deps>, delivery: Delivery) -> Result<(), Error> {
    let budget = delivery.budget;
    match runtime::ports::decode(&delivery.body) {
        Some(Message::Ingest { job }) => {
            let left = move || budget.left();
            runtime::jobs::watched(&deps, QUEUE, job, worker::work(&deps, job, &left)).await
        }
        Some(other) => Err(Error::Bug(format!("a message for {} came to another queue", other.kind()))),
        None => notified(&deps, &delivery.body).await,
    }
}

/// The object store tells of objects that have come.
async fn notified(deps: &Deps, body: &str) -> Result<(), Error> {
    let keys = runtime::ports::uploaded(body);
    let keys = keys.ok_or_else(|| Error::Bug("the body is no message of this version".to_owned()))?;
    for key in keys {
        upload::arrived(deps, &key).await?;
    }
    Ok(())
}
