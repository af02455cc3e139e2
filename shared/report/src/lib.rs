//! Rows of text as a file: the documents of [`domain::export`].
//!
//! Every writer holds one row at a time and hands over what it has written, so that a file may be larger than memory. This
//! crate knows nothing of reviews. It is a crate of its own because one function alone writes files, and the libraries that
//! do so would make every other function larger.

mod csv;
mod formula;
mod pdf;
mod xlsx;

use domain::export::{Document, Format, Head, Unwritten};

/// Begins a document; what can be sent already is appended to `out`.
///
/// # Errors
/// [`Unwritten`].
pub fn begin(format: Format, head: Head, out: &mut Vec<u8>) -> Result<Box<dyn Document>, Unwritten> {
    match format {
        Format::Csv => Ok(Box::new(csv::Csv::begin(&head, out)?)),
        Format::Xlsx => Ok(Box::new(xlsx::Xlsx::begin(head)?)),
        Format::Pdf => Ok(Box::new(pdf::Pdf::begin(head, out)?)),
    }
}

fn unwritten(error: impl std::fmt::Display) -> Unwritten {
    Unwritten(error.to_string())
}
