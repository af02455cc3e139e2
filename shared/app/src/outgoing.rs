//! Handing over what commands left in the outbox: jobs to the queue, events to the bus.
//!
//! Whoever commits a command sends its messages at once, and never fails because of them: what cannot be sent in
//! [`AT_ONCE`] is left to the sweep of the next minutes.

use std::time::Duration;

use futures::future::join_all;
use store::outbox::Sent;

use crate::deps::{Deps, Message};
use crate::error::Error;
use crate::event::{self, Envelope};

/// How long a caller waits for the messages of a command that has succeeded.
const AT_ONCE: Duration = Duration::from_secs(3);
/// How long the caller waits for the table to learn that they went out.
const MARKING: Duration = Duration::from_secs(2);
/// How many marks are written at the same time.
const ABREAST: usize = 16;

/// How the table learns that a message went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// By a mark on each message, which costs a write: the sweep will not send it again.
    Marked,
    /// By a receipt that a later decision carries for nothing: the sweep may send it once more.
    Carried,
}

/// Hands over the messages of a command that has been committed.
pub(crate) async fn dispatch(deps: &Deps, messages: Vec<Sent>, told: Told) {
    if messages.is_empty() {
        return;
    }
    let all: Vec<&Sent> = messages.iter().collect();
    let Ok(outcomes) = tokio::time::timeout(AT_ONCE, hand_over(deps, &all)).await else {
        tracing::warn!(messages = messages.len(), "messages are left to the sweep: no answer in time");
        return;
    };
    let mut gone = Vec::new();
    for (message, outcome) in messages.iter().zip(outcomes) {
        match outcome {
            Ok(()) => gone.push(message),
            Err(error) => tracing::warn!(message = message.id, %error, "a message is left to the sweep"),
        }
    }
    match told {
        Told::Carried => gone.into_iter().for_each(|message| deps.store.outbox().sent(message)),
        Told::Marked => {
            if tokio::time::timeout(MARKING, mark(deps, &gone)).await.is_err() {
                tracing::warn!(messages = gone.len(), "messages may be sent twice: no answer in time");
            }
        }
    }
}

/// Marks messages as sent. One that cannot be marked goes out twice.
pub(crate) async fn mark(deps: &Deps, messages: &[&Sent]) {
    let now = deps.clock.now();
    for some in messages.chunks(ABREAST) {
        let outbox = deps.store.outbox();
        let marked = join_all(some.iter().map(|message| outbox.mark_sent(message, now))).await;
        for (message, marked) in some.iter().zip(marked) {
            if let Err(error) = marked {
                tracing::warn!(message = message.id, %error, "a message may be sent twice");
            }
        }
    }
}

/// Sends messages of the outbox, and answers for each whether it went out, in their order.
pub(crate) async fn hand_over(deps: &Deps, messages: &[&Sent]) -> Vec<Result<(), Error>> {
    let mut outcomes = Vec::with_capacity(messages.len());
    let mut envelopes: Vec<Envelope> = Vec::new();
    // Whose envelope each is, by place.
    let mut owners: Vec<usize> = Vec::new();
    for (place, sent) in messages.iter().enumerate() {
        match work(sent) {
            Some(message) => outcomes.push(deps.queue.send(&message).await.map_err(Error::from)),
            None => match event::envelopes(sent) {
                Ok(several) => {
                    owners.extend(several.iter().map(|_| place));
                    envelopes.extend(several);
                    outcomes.push(Ok(()));
                }
                Err(error) => outcomes.push(Err(error)),
            },
        }
    }
    if !envelopes.is_empty() {
        let answers = deps.events.publish(&envelopes).await;
        for (owner, answer) in owners.into_iter().zip(answers) {
            if let (Err(error), Some(outcome)) = (answer, outcomes.get_mut(owner)) {
                *outcome = Err(error.into());
            }
        }
    }
    outcomes
}

/// The message to a worker that waits in the outbox; `None` for an event.
fn work(sent: &Sent) -> Option<Message> {
    let job = sent.message.body.parse().ok()?;
    Message::of(&sent.message.kind, job)
}
