//! Deciding again when another command came first.

use std::future::Future;

use store::Backoff;
use store::keys::Key;

use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;

/// How often a command is decided again before it is answered as unavailable.
const TRIES: u32 = 12;

/// The tries that a command has left.
#[derive(Debug)]
pub(crate) struct Again(Backoff);

impl Again {
    /// All of them.
    pub(crate) fn new() -> Self {
        Self(Backoff::of(TRIES))
    }

    /// Whether to decide again after this error: only after a conflict, a little later each time.
    pub(crate) async fn after(&mut self, error: &store::Error) -> bool {
        error.is_conflict() && self.0.again().await
    }
}

/// Decides and writes, on what stands each time, until no other command comes in between.
///
/// # Errors
/// Those of the attempt; [`Error::Unavailable`] when others always came first.
pub(crate) async fn settled<T, F>(attempt: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<Result<T, store::Error>, Error>>,
{
    let mut again = Again::new();
    loop {
        match attempt().await? {
            Ok(done) => return Ok(done),
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// The end of a deletion that finds nothing to delete: it is done where an earlier life of the call has deleted it.
///
/// # Errors
/// [`Error::NotFound`] where somebody else has, or there was nothing.
pub(crate) async fn deleted_before(deps: &Deps, call: &Call, key: &Key) -> Result<(), Error> {
    match call.repeatable && deps.store.is_deleted_by(key, call.command).await? {
        true => Ok(()),
        false => Err(Error::not_found()),
    }
}

#[cfg(test)]
mod tests;
