//! The ports of a real installation: the system's clock, random ids, SQS.

use std::time::Duration;

use app::deps::{Clock, Ids, Message, PortError, Queue, Soon};
use jiff::{Timestamp, TimestampRound, Unit};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::queue::Queues;
use uuid::Uuid;

use crate::router;

/// The system's clock, in whole milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        let whole = TimestampRound::new().smallest(Unit::Millisecond).mode(jiff::RoundMode::Trunc);
        now.round(whole).unwrap_or(now)
    }
}

/// Ids that sort by their time, and secrets from the system's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "this is the source of ids that everything else is given")]
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }

    /// Three random uuids hold 366 random bits, of which a hash takes 256.
    #[expect(clippy::disallowed_methods, reason = "this is the source of secrets that everything else is given")]
    fn secret(&self, secret: &mut [u8; 32]) {
        let mut hash = Sha256::new();
        for _ in 0..3 {
            hash.update(Uuid::new_v4().as_bytes());
        }
        *secret = hash.finalize().into();
    }
}

/// The queues there are: what they or their messages are called, and the variable that holds the address.
pub const QUEUES: [(&str, &str); 9] = [
    ("materialise", "MATERIALISE_QUEUE_URL"),
    ("ingest", "INGEST_QUEUE_URL"),
    ("evaluate", "EVALUATE_QUEUE_URL"),
    ("automate", "AUTOMATE_QUEUE_URL"),
    ("export", "EXPORT_QUEUE_URL"),
    ("notify", "NOTIFY_QUEUE_URL"),
    ("remind", "NOTIFY_QUEUE_URL"),
    ("mail", "NOTIFY_QUEUE_URL"),
    ("deliver", "DELIVER_QUEUE_URL"),
];

/// Work goes to one SQS queue for each kind of message.
#[derive(Debug, Clone)]
pub struct SqsQueues(Queues);

impl SqsQueues {
    /// Queues by their addresses, which are those of [`QUEUES`]; a function knows those alone that it sends to.
    pub fn new(client: aws_sdk_sqs::Client, addresses: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let addresses = addresses.into_iter().map(|(kind, address)| (kind.to_owned(), address));
        Self(Queues::new(client, addresses.collect()))
    }
}

impl Queue for SqsQueues {
    fn send<'a>(&'a self, message: &'a Message) -> Soon<'a, Result<(), PortError>> {
        Box::pin(async move {
            let sent = self.0.send(message.kind(), &[encode(message)]).await;
            sent.map_err(|error| failed(format!("sending a {} message for {}", message.kind(), message.job()), &error))
        })
    }

    fn put_off<'a>(&'a self, queue: &'a str, body: &'a str, wait: Duration) -> Soon<'a, Result<(), PortError>> {
        Box::pin(async move {
            let sent = self.0.put_off(queue, body, wait).await;
            sent.map_err(|error| failed(format!("putting off a message of {queue}"), &error))
        })
    }

    fn come_again<'a>(&'a self, queue: &'a str, waits: &'a [(String, Duration)]) -> Soon<'a, Result<(), PortError>> {
        Box::pin(async move {
            let said = self.0.come_again(queue, waits).await;
            said.map_err(|error| failed(format!("letting messages of {queue} come again"), &error))
        })
    }
}

fn failed(action: String, error: &store::Error) -> PortError {
    PortError { action, reason: error.to_string(), retryable: error.retryable() }
}

/// The body of a queue message.
pub fn encode(message: &Message) -> String {
    json!({ "kind": message.kind(), "job": message.job().to_string() }).to_string()
}

/// The message of a body; `None` when it is none of ours, or of a kind that this version does not know.
pub fn decode(body: &str) -> Option<Message> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    let job = body.get("job")?.as_str()?.parse().ok()?;
    Message::of(body.get("kind")?.as_str()?, job)
}

/// The keys of the objects that a bucket's notification tells about; `None` when the body is no such notification.
/// Empty for the test message that S3 sends when a notification is set up.
pub fn uploaded(body: &str) -> Option<Vec<String>> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    if body.get("Event").and_then(serde_json::Value::as_str) == Some("s3:TestEvent") {
        return Some(Vec::new());
    }
    let records = body.get("Records")?.as_array()?.iter();
    // S3 writes keys as in a form: a space is a plus, everything else is percent-encoded.
    records
        .map(|record| {
            record.pointer("/s3/object/key")?.as_str().map(|key| router::percent_decoded(&key.replace('+', " ")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let job = "job-0190f2a4-7b1c-7f3e-9d52-3d1a5c8e4b10".parse().unwrap();
        let message = Message::Ingest { job };
        let body = encode(&message);
        insta::assert_snapshot!(body, @r#"{"kind":"ingest","job":"job-0190f2a4-7b1c-7f3e-9d52-3d1a5c8e4b10"}"#);
        assert_eq!(decode(&body), Some(message));
    }

    #[test]
    fn what_is_no_message_is_not_one() {
        for body in [
            "",
            "{}",
            "null",
            r#"{"kind":"ingest","job":"7"}"#,
            r#"{"kind":"dance","job":"job-0190f2a4-7b1c-7f3e-9d52-3d1a5c8e4b10"}"#,
        ] {
            assert_eq!(decode(body), None, "{body}");
        }
    }

    #[test]
    fn a_bucket_tells_which_objects_came() {
        let body = r#"{"Records":[{"eventSource":"aws:s3","s3":{"object":{"key":"in/a+b%2Bc.json","size":7}}}]}"#;
        assert_eq!(uploaded(body), Some(vec!["in/a b+c.json".to_owned()]));
        assert_eq!(uploaded(r#"{"Event":"s3:TestEvent"}"#), Some(Vec::new()));
        assert_eq!(uploaded(r#"{"kind":"ingest","job":"job-1"}"#), None);
    }

    #[test]
    fn the_clock_ticks_in_milliseconds_and_secrets_differ() {
        assert_eq!(SystemClock.now().subsec_nanosecond() % 1_000_000, 0);
        let (mut one, mut other) = ([0; 32], [0; 32]);
        SystemIds.secret(&mut one);
        SystemIds.secret(&mut other);
        assert_ne!(one, other);
    }
}
