//! The bus of a real installation: EventBridge.

use app::deps::{Events, PortError, Soon};
use app::event::{Envelope, SOURCE};
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_eventbridge::operation::put_events::PutEventsError;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use store::Backoff;

/// How many events one request may hold.
const BATCH: usize = 10;
/// How many bytes one request may hold; the limit of EventBridge is 256 KB for all its entries together.
const BATCH_BYTES: usize = 240 * 1024;
/// What an entry weighs besides its detail: time, source, type.
const ENTRY_BYTES: usize = 256;
/// How often a request is made before what is left of it is left to the sweep.
const TRIES: u32 = 4;

/// Events go to one EventBridge bus.
#[derive(Debug, Clone)]
pub struct EventBridge {
    client: Client,
    bus: String,
}

impl EventBridge {
    /// The bus of this name.
    pub fn new(client: Client, bus: impl Into<String>) -> Self {
        Self { client, bus: bus.into() }
    }

    /// Puts as many events as a request holds. The bus takes or refuses each by itself: what it refuses is put again,
    /// without the others.
    async fn put(&self, events: &[Envelope]) -> Vec<Result<(), PortError>> {
        let mut outcomes: Vec<Result<(), PortError>> = events.iter().map(|_| Err(busy())).collect();
        let mut left: Vec<usize> = (0..events.len()).collect();
        let mut backoff = Backoff::of(TRIES);
        loop {
            let entries = left.iter().filter_map(|place| events.get(*place)).map(|event| self.entry(event)).collect();
            let answers = self.try_put(entries, left.len()).await;
            let mut again = Vec::new();
            for (place, answer) in left.into_iter().zip(answers) {
                if answer.as_ref().is_err_and(|error| error.retryable) {
                    again.push(place);
                }
                if let Some(outcome) = outcomes.get_mut(place) {
                    *outcome = answer;
                }
            }
            left = again;
            if left.is_empty() || !backoff.again().await {
                return outcomes;
            }
        }
    }

    /// One request, and what became of each of its entries.
    async fn try_put(&self, entries: Vec<PutEventsRequestEntry>, count: usize) -> Vec<Result<(), PortError>> {
        match self.client.put_events().set_entries(Some(entries)).send().await {
            Ok(answer) => {
                let mut answers = answer.entries.unwrap_or_default().into_iter();
                (0..count).map(|_| answers.next().map_or_else(|| Err(busy()), |entry| verdict(&entry))).collect()
            }
            Err(error) => {
                let retryable = is_passing(&error);
                let reason = reason(&error);
                (0..count).map(|_| Err(failure(reason.clone(), retryable))).collect()
            }
        }
    }

    fn entry(&self, event: &Envelope) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(SOURCE)
            .detail_type(&event.kind)
            .time(DateTime::from_millis(event.at.as_millisecond()))
            .detail(&event.detail)
            .build()
    }
}

impl Events for EventBridge {
    fn publish<'a>(&'a self, events: &'a [Envelope]) -> Soon<'a, Vec<Result<(), PortError>>> {
        Box::pin(async move {
            let mut outcomes = Vec::with_capacity(events.len());
            let mut rest = events;
            while !rest.is_empty() {
                let (batch, behind) = rest.split_at(fitting(rest));
                outcomes.extend(self.put(batch).await);
                rest = behind;
            }
            outcomes
        })
    }
}

/// How many of these events, from the first on, one request holds; at least one.
fn fitting(events: &[Envelope]) -> usize {
    let mut bytes = 0;
    let fits = |event: &&Envelope| {
        bytes += event.detail.len() + event.kind.len() + ENTRY_BYTES;
        bytes <= BATCH_BYTES
    };
    events.iter().take(BATCH).take_while(fits).count().max(1)
}

fn verdict(entry: &PutEventsResultEntry) -> Result<(), PortError> {
    match entry.error_code() {
        None => Ok(()),
        Some(code) => {
            let reason = format!("{code}: {}", entry.error_message().unwrap_or("no message"));
            Err(failure(reason, is_passing_code(code)))
        }
    }
}

fn is_passing<R>(error: &SdkError<PutEventsError, R>) -> bool {
    match error {
        SdkError::ServiceError(service) => service.err().code().is_none_or(is_passing_code),
        SdkError::ConstructionFailure(_) => false,
        _ => true,
    }
}

fn is_passing_code(code: &str) -> bool {
    matches!(
        code,
        "ThrottlingException"
            | "Throttling"
            | "InternalFailure"
            | "InternalException"
            | "InternalServerError"
            | "ServiceUnavailable"
            | "ServiceUnavailableException"
            | "RequestLimitExceeded"
    )
}

/// Not the debug form of an error, which shows requests and answers with all they hold.
fn reason<R: std::fmt::Debug>(error: &SdkError<PutEventsError, R>) -> String {
    match error {
        SdkError::ServiceError(service) => {
            let (code, message) = (service.err().code(), service.err().message());
            format!("{}: {}", code.unwrap_or("unknown"), message.unwrap_or("no message"))
        }
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        other => store::causes(other),
    }
}

fn busy() -> PortError {
    failure("no answer".to_owned(), true)
}

fn failure(reason: String, retryable: bool) -> PortError {
    PortError { action: "telling an event".to_owned(), reason, retryable }
}

#[cfg(test)]
mod tests;
