//! Tells receivers of webhooks what happened in reviews, as a rule of the bus fills its queue with events, and forgets the
//! secrets of workflows that are deleted.
//!
//! A message whose receiver cannot be reached fails and comes again, ever later. What nobody
//! takes in the end is known: the removal of rejected access has failed, everything else lies with the dead letters. A message
//! that comes too early (the review is not open yet, the decision may be taken back) is put into the queue anew: waiting
//! spends none of its tries.

use std::sync::Arc;

use app::webhook::{self, Forgotten, Heard, Told};
use app::{Deps, Error};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::LambdaEvent;
use runtime::sqs::{Delivery, Pace};

/// What the queue is called, in logs and metrics too.
const QUEUE: &str = "deliver";

/// Works on the messages of a batch.
pub async fn handle(deps: Arc<Deps>, event: LambdaEvent<SqsEvent>) -> SqsBatchResponse {
    runtime::sqs::serve_batch(deps, QUEUE, Pace::Outside, event, work).await
}

async fn work(deps: Arc<Deps>, delivery: Delivery) -> Result<(), Error> {
    let event = delivery.event()?;
    if let Some(Forgotten { workflow, at }) = Forgotten::of(event.get())? {
        return app::settings::forget_secret(&deps, workflow, at).await;
    }
    let Some(heard) = Heard::of(event.get())? else { return Ok(()) };
    match webhook::tell(&deps, &heard, delivery.is_last(), wire::awf::webhook::body).await? {
        Told::All => Ok(()),
        Told::NotYet(wait) => Ok(deps.queue.put_off(QUEUE, &delivery.body, wait.unsigned_abs()).await?),
        Told::Again => Err(Error::Unavailable("a receiver does not take its messages yet".to_owned())),
    }
}
