//! Schemas of exports.

use app::automation::MAX_FILTER;
use app::export::MAX_TITLE;
use serde_json::{Value, json};

use crate::decode::MAX_TEXT;
use crate::openapi::schema::{Field, answer, bounded, count, of, or_null, request, text, time, uuid, words};

/// Name and schema of each.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let status = || words(&["CREATED", "PROCESSING", "FINISHED", "FAILED", "CANCELLED", "EXPIRED"]);
    let input: Vec<Field> = vec![
        ("certification_id", uuid(), ""),
        (
            "format",
            json!({ "type": ["integer", "string"] }),
            "0 for CSV, 1 for PDF, 6 for XLSX; the name is accepted as well",
        ),
        (
            "previous_certification_id",
            uuid(),
            "Compare with this one, of the same workflow: what is new, what is gone, what was decided then",
        ),
        (
            "order_by",
            bounded(MAX_TEXT),
            "`path [asc|desc]`, several separated by commas; as results are listed when absent",
        ),
        ("filter", bounded(MAX_FILTER), "A filter over source, destination and permissions"),
        ("mutable_filter", bounded(MAX_FILTER), "A filter over decision, signed_off_state and notes"),
        ("title", bounded(MAX_TITLE), "What the file is called in itself"),
    ];
    let export: Vec<Field> = vec![
        ("export_id", uuid(), ""),
        ("certification_id", uuid(), ""),
        ("format", count(), "0 for CSV, 1 for PDF, 6 for XLSX"),
        ("status", status(), "The file can be downloaded once FINISHED, until it is EXPIRED"),
        ("created_at", time(), ""),
        ("finished_at", or_null(time()), "When it came to its end, whichever that was"),
        ("expires_at", or_null(time()), "Until when the file can be downloaded"),
        ("error_message", text(), "Why there is no file; empty otherwise"),
        ("row_count", or_null(count()), "Rows of the file, once that is known"),
        ("rows_written", count(), "How many of them are written"),
        ("file_size", or_null(count()), "In bytes"),
        (
            "sha256",
            or_null(text()),
            "Of the file, in hexadecimal digits: whoever keeps it can prove that it is unchanged",
        ),
    ];
    vec![
        ("ExportInput", request("Which rows are written to a file, and how.", &["certification_id", "format"], input)),
        ("ExportId", answer("", vec![("export_id", uuid(), "")])),
        ("Export", answer("A file with the rows of a certification.", export)),
        ("ExportValue", answer("", vec![("value", of("Export"), "")])),
    ]
}
