//! The awf dialect: `value` and `values` envelopes, enums in many forms, page tokens.

pub mod access;
pub mod assignment;
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
pub mod workflow;

use std::str::FromStr;

use app::error::Error;

use crate::exchange::Pairs;

/// Decodes an id in a path.
///
/// # Errors
/// [`Error::NotFound`] for what is no id: there is no such thing.
pub fn path_id<T: FromStr>(path: &Pairs, name: &str) -> Result<T, Error> {
    path.get(name).unwrap_or_default().parse().map_err(|_| Error::not_found())
}
