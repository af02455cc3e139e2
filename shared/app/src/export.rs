//! Exports: files with the rows of a review.
//!
//! A file is written by a job, because it may be large, and lies in the object store for [`AVAILABLE`]. Who may export
//! which rows is who may list them: a reviewer gets a file of their own rows, without the columns that are hidden from
//! reviewers, and only in a format that is allowed to them. The job remembers who asked, and its worker looks with their
//! eyes.
//!
//! A job writes the whole file in one go and begins again when it is interrupted. Every delivery of its message writes to
//! an object of its own, and the one that ends the job first names its object: a file belongs to the row count and the
//! hash that are told of it, whoever else was writing. What is left behind expires.

mod allowed;
mod ask;
mod columns;
mod compare;
mod facts;
mod order;
mod portion;
mod work;
mod written;

use std::time::Duration;

use jiff::SignedDuration;

pub use ask::{ExportView, Status, create, download, get};
pub use domain::export::{Column, Document, Fact, Format, Head, Part, Rest, Unwritten};
pub use order::CreateInput;
pub use work::{Formats, work};

/// How long a file can be downloaded.
pub const AVAILABLE: SignedDuration = SignedDuration::from_hours(24);
/// How long it is known that there was an export.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long an address leads to a file.
const ADDRESS_VALID_FOR: Duration = Duration::from_secs(300);
/// Where files lie in the object store.
const FOLDER: &str = "exports/";
/// The longest title, in characters: the name of a worksheet has no room for more.
pub const MAX_TITLE: usize = 30;

#[cfg(test)]
mod tests;
