//! Queues over SQS: one address per kind of message.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use futures::future::join_all;

use crate::error::Error;
use crate::retry::{Backoff, Failure, classify};

/// How many messages one request may hold, and how many requests about one each are made at a time.
const BATCH: usize = 10;
/// How many bytes one request may hold; the limit of SQS is 256 KB for all its messages together.
const BATCH_BYTES: usize = 240 * 1024;

/// The longest time for which SQS keeps a message back.
pub const LONGEST_WAIT: Duration = Duration::from_secs(900);

/// Queues by kind.
#[derive(Debug, Clone)]
pub struct Queues {
    client: Client,
    urls: BTreeMap<String, String>,
}

impl Queues {
    /// The queues at these addresses.
    pub fn new(client: Client, urls: BTreeMap<String, String>) -> Self {
        Self { client, urls }
    }

    /// The address of a kind of message.
    pub fn url(&self, kind: &str) -> Option<&str> {
        self.urls.get(kind).map(String::as_str)
    }

    /// Sends bodies to the queue of `kind`, ten in a request; what is refused for a passing reason is sent again. After
    /// a lost answer a message goes out twice: consumers take each message as maybe its second delivery.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a kind without a queue; [`Error::Unavailable`], with some sent; [`Error::Rejected`].
    pub async fn send(&self, kind: &str, bodies: &[String]) -> Result<(), Error> {
        let url = self.url(kind).ok_or_else(|| Error::not_found(format!("a queue for `{kind}`")))?;
        let mut batch: Vec<&str> = Vec::new();
        let mut bytes = 0;
        for body in bodies {
            if batch.len() == BATCH || (bytes + body.len() > BATCH_BYTES && !batch.is_empty()) {
                self.send_batch(url, &std::mem::take(&mut batch)).await?;
                bytes = 0;
            }
            bytes += body.len();
            batch.push(body);
        }
        self.send_batch(url, &batch).await
    }

    /// Sends a body to the queue of `kind` that nobody is handed before `wait` has passed, at most [`LONGEST_WAIT`]; a longer
    /// wait is shortened to that.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn put_off(&self, kind: &str, body: &str, wait: Duration) -> Result<(), Error> {
        let url = self.url(kind).ok_or_else(|| Error::not_found(format!("a queue for `{kind}`")))?;
        let seconds = whole_seconds(wait.min(LONGEST_WAIT));
        let mut backoff = Backoff::new();
        loop {
            let request = self.client.send_message().queue_url(url).message_body(body).delay_seconds(seconds);
            match request.send().await.map_err(|error| classify(&error)) {
                Ok(_) => return Ok(()),
                Err(Failure::Passing(_)) if backoff.again().await => {}
                Err(failure) => return Err(failure.into_error("putting a message off")),
            }
        }
    }

    /// Lets messages that were taken from the queue of `kind` come again after these waits, by the receipts of their deliveries,
    /// each by itself: whoever may say it of one may not always say it of several. It is said once: what is not heard comes
    /// again when the queue's own time has passed.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a kind without a queue; [`Error::Unavailable`] or [`Error::Rejected`], with some said.
    pub async fn come_again(&self, kind: &str, waits: &[(String, Duration)]) -> Result<(), Error> {
        let url = self.url(kind).ok_or_else(|| Error::not_found(format!("a queue for `{kind}`")))?;
        for waits in waits.chunks(BATCH) {
            let said = waits.iter().map(|(receipt, wait)| {
                let request = self.client.change_message_visibility().queue_url(url).receipt_handle(receipt);
                request.visibility_timeout(whole_seconds(*wait)).send()
            });
            for answer in join_all(said).await {
                answer.map_err(|error| classify(&error).into_error("letting a message come again"))?;
            }
        }
        Ok(())
    }

    async fn send_batch(&self, url: &str, bodies: &[&str]) -> Result<(), Error> {
        const DOING: &str = "sending messages";
        let mut left: BTreeMap<String, &str> =
            bodies.iter().enumerate().map(|(at, body)| (at.to_string(), *body)).collect();
        let mut backoff = Backoff::new();
        while !left.is_empty() {
            let mut request = self.client.send_message_batch().queue_url(url);
            for (id, body) in &left {
                let entry = SendMessageBatchRequestEntry::builder().id(id).message_body(*body).build();
                request = request.entries(entry.map_err(|error| rejected(DOING, error.to_string()))?);
            }
            let failure = match request.send().await {
                Ok(answer) => {
                    for sent in &answer.successful {
                        left.remove(&sent.id);
                    }
                    if let Some(fault) = answer.failed.iter().find(|failed| failed.sender_fault) {
                        return Err(rejected(
                            DOING,
                            format!("{}: {}", fault.code, fault.message().unwrap_or_default()),
                        ));
                    }
                    Failure::Passing(format!("{} messages left", left.len()))
                }
                Err(error) => classify(&error),
            };
            if left.is_empty() {
                break;
            }
            match failure {
                Failure::Passing(_) if backoff.again().await => {}
                failure => return Err(failure.into_error(DOING)),
            }
        }
        Ok(())
    }
}

/// A wait in the seconds that SQS counts in, none of it cut off.
fn whole_seconds(wait: Duration) -> i32 {
    i32::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(i32::MAX)
}

fn rejected(doing: &str, reason: String) -> Error {
    Error::Rejected { doing: doing.to_owned(), reason }
}
