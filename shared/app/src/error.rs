//! What a use case may answer instead of its result. A variant stands for something that a caller does differently;
//! each dialect maps all of them to its own replies in one place.

use domain::inventory::SourceStatus;
use domain::refusal::Refusal;

/// One thing that is wrong with the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field in the dialect-free spelling of the input type, dotted (`query.source_node_types`).
    pub field: String,
    /// What is wrong: lowercase, no full stop.
    pub issue: String,
}

impl Fault {
    /// A fault of `field`.
    pub fn new(field: impl Into<String>, issue: impl Into<String>) -> Self {
        Self { field: field.into(), issue: issue.into() }
    }
}

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input breaks a rule; every fault that was found is listed.
    #[error("the input is not valid")]
    Invalid(Vec<Fault>),
    /// The caller sees the thing, but may not do this. The list names what was forbidden in a call about many things,
    /// and is empty in a call about one.
    #[error("not allowed")]
    Forbidden(Vec<Fault>),
    /// There is no such thing, or none that the caller may see: the two are not told apart. The list names what is
    /// unknown in a call about many things, and is empty in a call about one.
    #[error("not found")]
    NotFound(Vec<Fault>),
    /// The state of the thing forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// `If-Match` named a version that is no longer the current one.
    #[error("the version is stale")]
    Stale,
    /// The caller has to know how these data sources are, and has not said so.
    #[error("the status of the data sources has not been acknowledged")]
    Unacknowledged(Vec<SourceStatus>),
    /// A part of what a call is about was done before something came in the way of the rest, which was not.
    #[error("done in part: {error}")]
    Partly {
        /// What came in the way.
        error: Box<Error>,
        /// What was done, as the client named it.
        done: Vec<String>,
        /// What was not.
        undone: Vec<String>,
    },
    /// The input is larger than is processed in a call.
    #[error("too large: {0}")]
    TooLarge(String),
    /// A store or queue did not answer, or a transaction met too many others; the same call may be made again.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// A broken promise inside; the text is for the log only.
    #[error("bug: {0}")]
    Bug(String),
}

impl Error {
    /// One fault of one field.
    pub fn invalid(field: impl Into<String>, issue: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(field, issue)])
    }

    /// There is no such thing, or none for this caller.
    pub fn not_found() -> Self {
        Self::NotFound(Vec::new())
    }

    /// The caller sees it but may not do this.
    pub fn forbidden() -> Self {
        Self::Forbidden(Vec::new())
    }

    /// Whether the same call may succeed when it is made again, unchanged.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::Invalid(_)
            | Self::Forbidden(_)
            | Self::NotFound(_)
            | Self::Refused(_)
            | Self::Stale
            | Self::Unacknowledged(_)
            | Self::Partly { .. }
            | Self::TooLarge(_)
            | Self::Bug(_) => false,
        }
    }
}

/// A port did not answer, or answered something unusable.
#[derive(Debug, thiserror::Error)]
#[error("{action} failed: {reason}")]
pub struct PortError {
    /// What was being done, to which thing.
    pub action: String,
    /// The cause, for the log.
    pub reason: String,
    /// Whether trying again later may help.
    pub retryable: bool,
}

impl PortError {
    /// What is behind the port does no such thing.
    pub fn unsupported(action: String) -> Self {
        Self { action, reason: "it is not made for that".to_owned(), retryable: false }
    }
}

impl From<PortError> for Error {
    fn from(error: PortError) -> Self {
        if error.retryable { Self::Unavailable(error.to_string()) } else { Self::Bug(error.to_string()) }
    }
}

impl From<store::Error> for Error {
    /// A conflict that reaches this conversion is one that the use case did not expect: it is answered as a passing
    /// difficulty, because the same call on fresh state may well succeed.
    fn from(error: store::Error) -> Self {
        if error.retryable() { Self::Unavailable(error.to_string()) } else { Self::Bug(error.to_string()) }
    }
}

/// The faults found so far in an input; validation reports all of them at once.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// No fault yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault.
    pub fn add(&mut self, field: impl Into<String>, issue: impl Into<String>) {
        self.0.push(Fault::new(field, issue));
    }

    /// Adds a fault unless `holds`.
    pub fn require(&mut self, holds: bool, field: &str, issue: &str) {
        if !holds {
            self.add(field, issue);
        }
    }

    /// `Ok` when there is none, else all of them.
    pub fn done(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}
