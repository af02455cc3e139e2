//! Deciding again when another command came first.

use store::Backoff;

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
