//! Calls in bad weather, as clients make them.

use crate::Error;

pub(crate) use engine::sim::{each_seed, seeds};

/// What a client was told about a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    /// It was done to this many rows.
    Done(usize),
    /// Nothing was done.
    Refused(String),
    /// Nobody knows.
    Perhaps,
}

impl Told {
    /// What an outcome tells of a command that is for this many rows.
    pub(crate) fn of<T>(outcome: Result<T, Error>, rows: usize) -> Self {
        match outcome {
            Ok(_) => Self::Done(rows),
            Err(Error::Unavailable(_)) => Self::Perhaps,
            Err(Error::Bug(bug)) => panic!("a bug: {bug}"),
            Err(error) => Self::Refused(error.to_string()),
        }
    }
}

/// The answer to a call that is made again under its command until there is one.
pub(crate) async fn insist<T>(mut ask: impl AsyncFnMut() -> Result<T, Error>) -> Result<T, Error> {
    engine::sim::insist(async || Some(ask().await).filter(|outcome| !matches!(outcome, Err(Error::Unavailable(_)))))
        .await
}

/// The answer of a call that is meant to succeed, and is made again under its command until it does.
pub(crate) async fn answered<T>(ask: impl AsyncFnMut() -> Result<T, Error>) -> T {
    insist(ask).await.unwrap_or_else(|error| panic!("{error}"))
}
