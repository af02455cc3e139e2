//! Exports: files with the rows of a certification.

use app::error::Error;
use app::export::{CreateInput, ExportView, Format, MAX_TITLE};
use domain::ids::ExportId;
use serde_json::{Value, json};

use super::order;
use crate::decode::{Faults, MAX_TEXT, Object, integer, parse};
use crate::encode;
use crate::exchange::Pairs;

/// Decodes what is to be exported.
///
/// # Errors
/// All faults of the body, or [`Error::NotFound`] for a `certification_id` that is no id.
pub fn create(body: &[u8]) -> Result<CreateInput, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let review = body.required("certification_id", body.text("certification_id", usize::MAX));
    let format = body.required("format", format(&body));
    let previous = body.text("previous_certification_id", usize::MAX).filter(|id| !id.is_empty());
    let text = |name: &str, max: usize| body.text(name, max).filter(|text| !text.trim().is_empty());
    let title = text("title", MAX_TITLE).map(|title| title.trim().to_owned());
    let (filter, mutable_filter) = (text("filter", usize::MAX), text("mutable_filter", usize::MAX));
    let order = match text("order_by", MAX_TEXT).map(|text| order::keys(&text)) {
        None => Vec::new(),
        Some(Ok(keys)) => keys,
        Some(Err(issue)) => {
            body.fault("order_by", issue);
            Vec::new()
        }
    };
    faults.check()?;
    let (Some(review), Some(format)) = (review, format) else { return Err(faults.error()) };
    let review = review.parse().map_err(|_| Error::not_found())?;
    let previous = previous.map(|id| id.parse().map_err(|_| Error::not_found())).transpose()?;
    Ok(CreateInput { review, previous, format, title, filter, mutable_filter, order })
}

/// A format by its code or name. Its code 0 is a value and no sign of absence.
fn format(body: &Object<'_>) -> Option<Format> {
    let value = body.raw("format")?;
    let by_code = |code: i64| Format::ALL.into_iter().find(|format| i64::from(format.code()) == code);
    let by_name = |name: &str| Format::ALL.into_iter().find(|format| name.trim().eq_ignore_ascii_case(format.name()));
    let found = integer(value).and_then(by_code).or_else(|| value.as_str().and_then(by_name));
    if found.is_none() {
        let known: Vec<_> = Format::ALL.iter().map(|format| format!("{} ({})", format.code(), format.name())).collect();
        body.fault("format", format!("must be one of {}", known.join(", ")));
    }
    found
}

/// Decodes the id of an export.
///
/// # Errors
/// [`Error::NotFound`] for what is no id.
pub fn path_id(path: &Pairs) -> Result<ExportId, Error> {
    super::path_id(path, "export_id")
}

/// The answer to a creation.
#[must_use]
pub fn encode_id(id: ExportId) -> Value {
    json!({ "export_id": id.to_string() })
}

/// A single export.
#[must_use]
pub fn encode_value(view: &ExportView) -> Value {
    let ExportView { id, review, format, status, created_at, finished_at, expires_at, error, .. } = view;
    json!({ "value": {
        "export_id": id.to_string(),
        "certification_id": review.to_string(),
        "format": format.code(),
        "status": status.name(),
        "created_at": encode::time(*created_at),
        "finished_at": encode::optional_time(*finished_at),
        "expires_at": encode::optional_time(*expires_at),
        "error_message": error,
        "row_count": view.rows,
        "rows_written": view.written,
        "file_size": view.bytes,
        "sha256": view.sha256,
    } })
}

#[cfg(test)]
mod tests;
