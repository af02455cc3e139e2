//! When a call is repeated, and how long to wait before.
//!
//! The SDK repeats single requests by itself; this layer repeats what only we know to be safe: transactions under
//! their token, conditional writes that recognise their own result, and whatever a batch left unprocessed. Waiting
//! times are random between zero and a bound that doubles, so that commands which met once do not meet again.

use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::error::Error;

/// How often a call is tried before it is reported as unavailable.
const ATTEMPTS: u32 = 10;
const FIRST_BOUND: Duration = Duration::from_millis(20);
const LAST_BOUND: Duration = Duration::from_millis(1_500);

/// Counts the attempts of one call.
#[derive(Debug)]
pub struct Backoff {
    attempt: u32,
    attempts: u32,
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new()
    }
}

impl Backoff {
    /// For a call that is tried the usual number of times.
    pub fn new() -> Self {
        Self { attempt: 0, attempts: ATTEMPTS }
    }

    /// For a call that is tried `attempts` times.
    pub fn of(attempts: u32) -> Self {
        Self { attempt: 0, attempts }
    }

    /// Waits before the next attempt; `false` when there is none left.
    pub async fn again(&mut self) -> bool {
        self.attempt += 1;
        if self.attempt >= self.attempts {
            return false;
        }
        let bound = FIRST_BOUND.saturating_mul(1 << self.attempt.min(10)).min(LAST_BOUND);
        let wait = Duration::from_micros(fastrand::u64(0..=u64::try_from(bound.as_micros()).unwrap_or(u64::MAX)));
        tokio::time::sleep(wait).await;
        true
    }
}

/// What a failed request means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Nobody knows whether it was carried out, or it was not, for a passing reason.
    Passing(String),
    /// The table refuses the request as such.
    Refused(String),
}

impl Failure {
    /// As the error of a call that is not repeated any more.
    pub fn into_error(self, doing: &str) -> Error {
        match self {
            Self::Passing(reason) => Error::unavailable(doing, reason),
            Self::Refused(reason) => Error::Rejected { doing: doing.to_owned(), reason },
        }
    }
}

/// The machine word of a service error.
pub fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    match error {
        SdkError::ServiceError(service) => service.err().code(),
        _ => None,
    }
}

/// Sorts a failed request.
pub fn classify<E, R>(error: &SdkError<E, R>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match error {
        SdkError::ServiceError(service) => {
            let code = service.err().code().unwrap_or("unknown");
            let reason = format!("{code}: {}", service.err().message().unwrap_or("no message"));
            if is_passing(code) { Failure::Passing(reason) } else { Failure::Refused(reason) }
        }
        SdkError::ConstructionFailure(_) => Failure::Refused(format!("no request: {}", causes(error))),
        SdkError::TimeoutError(_) => Failure::Passing("no answer in time".to_owned()),
        SdkError::DispatchFailure(_) => Failure::Passing(format!("no connection: {}", causes(error))),
        SdkError::ResponseError(_) => Failure::Passing(format!("no readable answer: {}", causes(error))),
        other => Failure::Passing(causes(other)),
    }
}

/// What led to an error, in its own words. Not its debug form: that shows requests and answers with all they hold.
pub fn causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn is_passing(code: &str) -> bool {
    matches!(
        code,
        "ThrottlingException"
            | "Throttling"
            | "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "InternalServerError"
            | "InternalFailure"
            | "ServiceUnavailable"
            | "ServiceUnavailableException"
            | "TransactionConflictException"
            | "TransactionInProgressException"
            | "LimitExceededException"
            | "RequestTimeout"
            | "unknown"
    )
}
