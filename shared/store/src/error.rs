//! What can go wrong at the table, told apart by what a caller does about it.

/// A failed call to the table.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another command changed the item since it was read, or it exists already. Read again and decide again.
    #[error("{what} was changed by another command")]
    Conflict {
        /// The item, by its key or kind.
        what: String,
    },
    /// There is no such item, or it is deleted.
    #[error("{what} does not exist")]
    NotFound {
        /// The item, by its key or kind.
        what: String,
    },
    /// The table did not answer, was throttled, or met too many conflicts within the bounded retries. The same call
    /// may be made again: it finds what it had already written.
    #[error("the table is unavailable while {doing}: {reason}")]
    Unavailable {
        /// The call that failed.
        doing: String,
        /// The last cause, for the log.
        reason: String,
    },
    /// A stored item cannot be read: a checksum, a version tag or an attribute is not what was written.
    #[error("{what} is corrupt: {reason}")]
    Corrupt {
        /// The item, by its key or kind.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// More than one item or one transaction can hold.
    #[error("{what} is too large: {size} of at most {limit}")]
    TooLarge {
        /// What was to be written.
        what: String,
        /// Its size, in the unit of `limit`.
        size: usize,
        /// The most that is accepted, in bytes or items as `what` says.
        limit: usize,
    },
    /// The table refuses the request as such (missing table, denied access, malformed expression): a bug or a
    /// misconfiguration, never cured by repeating.
    #[error("the table refused {doing}: {reason}")]
    Rejected {
        /// The call that failed.
        doing: String,
        /// What the table said.
        reason: String,
    },
}

impl Error {
    /// Whether the same call may succeed when it is simply repeated.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::Conflict { .. } => true,
            Self::NotFound { .. } | Self::Corrupt { .. } | Self::TooLarge { .. } | Self::Rejected { .. } => false,
        }
    }

    /// Whether another command got in between.
    pub fn is_conflict(&self) -> bool {
        match self {
            Self::Conflict { .. } => true,
            Self::Unavailable { .. }
            | Self::NotFound { .. }
            | Self::Corrupt { .. }
            | Self::TooLarge { .. }
            | Self::Rejected { .. } => false,
        }
    }

    pub(crate) fn conflict(what: impl Into<String>) -> Self {
        Self::Conflict { what: what.into() }
    }

    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }

    pub(crate) fn corrupt(what: impl Into<String>, reason: impl ToString) -> Self {
        Self::Corrupt { what: what.into(), reason: reason.to_string() }
    }

    pub(crate) fn unavailable(doing: impl Into<String>, reason: impl ToString) -> Self {
        Self::Unavailable { doing: doing.into(), reason: reason.to_string() }
    }
}
