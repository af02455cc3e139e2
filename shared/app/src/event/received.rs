//! An event as it comes back from the bus, to whoever acts on it.

use domain::user::UserKey;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// What all events have in common, with as much of the rest as the reader looks at.
#[derive(Deserialize)]
pub(crate) struct Received<D> {
    /// The same whenever it comes.
    pub(crate) id: String,
    /// What happened: `row.decided`.
    pub(crate) r#type: String,
    /// When it happened.
    pub(crate) time: Timestamp,
    /// Who did it.
    pub(crate) actor: Option<UserKey>,
    /// To what it happened.
    pub(crate) data: D,
}

/// Reads an event, or a part of one.
///
/// # Errors
/// [`Error::Bug`] for what is no event of this product.
pub(crate) fn read<T: DeserializeOwned>(detail: &str) -> Result<T, Error> {
    serde_json::from_str(detail).map_err(|error| Error::Bug(format!("an event: {error}")))
}
