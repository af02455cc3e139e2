//! The awf dialect: `value` and `values` envelopes, enums in many forms, page tokens.

pub mod access;
pub mod assignment;
pub mod automation;
pub mod automation_run;
pub mod certification;
pub mod directory;
mod enums;
pub mod export;
pub mod help_page;
mod order;
pub mod paging;
pub mod prepared;
pub mod query;
pub mod result;
pub mod reviewer;
pub mod row;
pub mod setting;
pub mod standing;
pub mod user;
pub mod webhook;
pub mod workflow;

use std::str::FromStr;

use app::error::{Error, Fault};

use crate::exchange::Pairs;

/// A decoded change of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<I, T> {
    /// What is changed.
    pub id: I,
    /// How.
    pub input: T,
    /// Where the fields stood in the body: `value`, or empty.
    place: String,
}

impl<I, T> Change<I, T> {
    /// What is changed and how, with a function that names the fields of a use case's error as they stood in the body.
    pub fn into_parts(self) -> (I, T, impl FnOnce(Error) -> Error) {
        let Self { id, input, place } = self;
        let located = move |error| match error {
            Error::Invalid(faults) if !place.is_empty() => {
                let at = |fault: Fault| Fault::new(format!("{place}.{}", fault.field), fault.issue);
                Error::Invalid(faults.into_iter().map(at).collect())
            }
            other => other,
        };
        (id, input, located)
    }
}

/// Decodes an id in a path.
///
/// # Errors
/// [`Error::NotFound`] for what is no id: there is no such thing.
pub fn path_id<T: FromStr>(path: &Pairs, name: &str) -> Result<T, Error> {
    path.get(name).unwrap_or_default().parse().map_err(|_| Error::not_found())
}
