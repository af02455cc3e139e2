//! The ports of a function that has no business there: its role would not let it either.

use std::time::Duration;

use app::deps::{Events, Fetched, Message, Objects, PortError, Queue, Receivers, Soon};
use app::event::Envelope;
use delivery::{Delivery, Failure, Taken};

/// Any port that is not there.
#[derive(Debug)]
pub(crate) struct Absent;

impl Absent {
    fn refuse<'a, T: Send + 'a>(what: &str) -> Soon<'a, Result<T, PortError>> {
        let action = what.to_owned();
        let reason = "this function is not configured for it".to_owned();
        Box::pin(async move { Err(PortError { action, reason, retryable: false }) })
    }
}

impl Queue for Absent {
    fn send<'a>(&'a self, _: &'a Message) -> Soon<'a, Result<(), PortError>> {
        Self::refuse("sending a message")
    }
}

impl Events for Absent {
    fn publish<'a>(&'a self, events: &'a [Envelope]) -> Soon<'a, Vec<Result<(), PortError>>> {
        Box::pin(async move {
            let mut refusals = Vec::with_capacity(events.len());
            for _ in events {
                refusals.push(Self::refuse("telling an event").await);
            }
            refusals
        })
    }
}

impl Receivers for Absent {
    fn send<'a>(&'a self, _: Delivery<'a>) -> Soon<'a, Result<Taken, Failure>> {
        Box::pin(async { Err(Failure::NotAllowed) })
    }
}

impl Objects for Absent {
    fn upload_url<'a>(&'a self, _: &'a str, _: u64, _: Duration) -> Soon<'a, Result<String, PortError>> {
        Self::refuse("making an upload address")
    }

    fn size<'a>(&'a self, _: &'a str) -> Soon<'a, Result<Option<u64>, PortError>> {
        Self::refuse("looking at an object")
    }

    fn get<'a>(&'a self, _: &'a str, _: u64) -> Soon<'a, Result<Fetched, PortError>> {
        Self::refuse("reading an object")
    }

    fn put<'a>(&'a self, _: &'a str, _: Vec<u8>) -> Soon<'a, Result<(), PortError>> {
        Self::refuse("writing an object")
    }
}
