//! An event on its way: what the bus takes, and what consumers find in it.

use domain::user::UserKey;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use store::outbox::Sent;

use crate::error::Error;

/// An event on its way, as the bus takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The same for every delivery.
    pub id: String,
    /// The type: `detail-type` on the bus.
    pub kind: String,
    /// When the fact came about.
    pub at: Timestamp,
    /// The event as JSON: `detail` on the bus.
    pub detail: String,
}

/// What stands on the bus.
#[derive(Serialize)]
struct Detail<'a> {
    id: &'a str,
    r#type: &'a str,
    version: u32,
    time: Timestamp,
    actor: Option<&'a UserKey>,
    data: &'a RawValue,
}

/// The envelope of an event.
///
/// # Errors
/// [`Error::Bug`] when it cannot be written down.
pub(super) fn envelope(
    id: String,
    kind: &str,
    version: u32,
    at: Timestamp,
    actor: Option<&UserKey>,
    data: &RawValue,
) -> Result<Envelope, Error> {
    let detail = Detail { id: &id, r#type: kind, version, time: at, actor, data };
    let detail = serde_json::to_string(&detail).map_err(unwritable)?;
    Ok(Envelope { id, kind: kind.to_owned(), at, detail })
}

/// What is answered when an event cannot be written down.
pub(super) fn unwritable(error: serde_json::Error) -> Error {
    Error::Bug(format!("an event: {error}"))
}

/// What is answered when a message of the outbox cannot be read.
pub(super) fn unreadable(sent: &Sent, error: &serde_json::Error) -> Error {
    Error::Bug(format!("the message {} of the kind {}: {error}", sent.id, sent.message.kind))
}
