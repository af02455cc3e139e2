//! Sending one message, once.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use http::{HeaderValue, StatusCode};
use http_body_util::BodyExt;

use crate::resolve::{Checked, Lookup, NotAllowed};
use crate::signature::Secret;
use crate::target::{Reach, Target};

/// What a receiver has until it says how it took a message.
const PATIENCE: Duration = Duration::from_secs(5);
/// What it has for whatever it says besides. Who takes longer loses the connection and nothing else.
const REST: Duration = Duration::from_millis(500);
/// What is read of an answer: enough to let the connection be used again, too little to fill a function.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// One message to one receiver.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// Whom to.
    pub target: &'a Target,
    /// The message's id: the same whenever it is sent again, so that a receiver knows it.
    pub id: &'a str,
    /// When it is sent, in Unix seconds.
    pub sent_at: i64,
    /// JSON.
    pub body: &'a str,
    /// Signs it.
    pub secret: &'a Secret,
}

/// Why a message was not taken. None of them quotes what the receiver answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The name leads to a machine that may not be asked.
    #[error("the host is not one of the public internet")]
    NotAllowed,
    /// No connection, or it ended early.
    #[error("the receiver cannot be reached")]
    Unreachable,
    /// No answer in time.
    #[error("the receiver did not answer within 5 seconds")]
    TimedOut,
    /// Another answer than a success.
    #[error("the receiver answered {0}")]
    Answered(u16),
}

/// How a message was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// What it asks for is done.
    Done,
    /// What it asks for will be done later (`202`): the receiver tells when.
    Later,
}

impl Failure {
    /// Whether sending the same message later may succeed. A receiver that does not want it (`4xx`) will not want it later,
    /// but for being busy.
    #[must_use]
    pub fn may_pass(self) -> bool {
        match self {
            Self::NotAllowed => false,
            Self::Unreachable | Self::TimedOut => true,
            Self::Answered(status) => matches!(status, 408 | 409 | 425 | 429) || status >= 500,
        }
    }
}

/// Sends messages. Connections are kept.
pub struct Sender {
    /// Made for the first message: it reads all certificates that the machine trusts, which costs several times what the
    /// rest of a start does, and most invocations have nothing to send.
    connector: LazyLock<Connector, Box<dyn FnOnce() -> Connector + Send>>,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl Sender {
    /// A sender whose messages go no further than `reach`, to what `lookup` resolves names to. Certificates are checked
    /// against those that the machine trusts.
    #[must_use]
    pub fn new(reach: Reach, lookup: Arc<dyn Lookup>) -> Self {
        let connector = move || {
            Connector::builder()
                .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                .build_with_resolver(Checked { lookup, reach })
        };
        Self { connector: LazyLock::new(Box::new(connector)) }
    }

    /// Sends a message once. A success is any `2xx`.
    ///
    /// # Errors
    /// Why it was not taken.
    pub async fn send(&self, delivery: Delivery<'_>) -> Result<Taken, Failure> {
        let (status, rest) = match tokio::time::timeout(PATIENCE, self.exchange(delivery)).await {
            Ok(answer) => answer?,
            Err(_) => return Err(Failure::TimedOut),
        };
        // What it says besides does not matter, nor whether that ends.
        let _whole = tokio::time::timeout(REST, read(rest)).await;
        match status {
            StatusCode::ACCEPTED => Ok(Taken::Later),
            status if status.is_success() => Ok(Taken::Done),
            status => Err(Failure::Answered(status.as_u16())),
        }
    }

    async fn exchange(&self, delivery: Delivery<'_>) -> Result<(StatusCode, SdkBody), Failure> {
        let request = request(delivery).ok_or(Failure::Unreachable)?;
        let response = self.connector.call(request).await.map_err(|error| failure(&error))?;
        let status = StatusCode::from_u16(response.status().as_u16()).map_err(|_| Failure::Unreachable)?;
        Ok((status, response.into_body()))
    }
}

/// Reads an answer to its end, as far as that is near: its connection can be used again then.
async fn read(mut answer: SdkBody) {
    let mut read = 0;
    while let Some(Ok(frame)) = answer.frame().await {
        read += frame.data_ref().map_or(0, |data| data.len());
        if read > MAX_ANSWER_BYTES {
            break;
        }
    }
}

fn request(delivery: Delivery<'_>) -> Option<HttpRequest> {
    let mut request = HttpRequest::new(SdkBody::from(delivery.body));
    request.set_method("POST").ok()?;
    request.set_uri(delivery.target.as_str()).ok()?;
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("user-agent", "access-review".to_owned()),
        ("webhook-id", delivery.id.to_owned()),
        ("webhook-timestamp", delivery.sent_at.to_string()),
        ("webhook-signature", delivery.secret.sign(delivery.id, delivery.sent_at, delivery.body.as_bytes())),
    ];
    for (name, value) in headers {
        HeaderValue::from_str(&value).ok()?;
        request.headers_mut().insert(name, value);
    }
    Some(request)
}

fn failure(error: &(dyn Error + 'static)) -> Failure {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<NotAllowed>() {
            return Failure::NotAllowed;
        }
        cause = error.source();
    }
    Failure::Unreachable
}

#[cfg(test)]
mod tests;
