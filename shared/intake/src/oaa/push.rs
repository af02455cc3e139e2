//! The envelope of the push call: the payload as a string, mostly compressed.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use serde_json::Value as Json;

use crate::limits::MAX_INPUT;
use crate::report::{Faults, Report};
use crate::walk::{self, Path, Shape, Sink};

/// A push call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The field `id`, the provider, when given.
    pub provider_id: Option<String>,
    /// The field `data_source_id`, when given.
    pub data_source_id: Option<String>,
    /// The payload: JSON, decompressed, not looked into yet.
    pub payload: Vec<u8>,
}

/// Takes the payload out of the body of a push call: `json_data` as a string, or as an object; with
/// `compression_type` `GZIP` as base64 of the compressed payload.
///
/// # Errors
///
/// A body that is not such an envelope, bad base64 or gzip, or more than [`MAX_INPUT`] bytes.
pub fn decode_push(body: &[u8]) -> Result<Push, Faults> {
    decode(body, JSON)
}

/// Takes the file out of the body of a call that pushes CSV: `csv_data` as base64; with `compression_type` `GZIP`, of the
/// compressed file.
///
/// # Errors
///
/// As [`decode_push`]; also a file that is not encoded.
pub fn decode_csv_push(body: &[u8]) -> Result<Push, Faults> {
    decode(body, CSV)
}

fn decode(body: &[u8], field: &'static str) -> Result<Push, Faults> {
    let mut envelope = Envelope::of(field);
    walk::walk(body, &mut envelope);
    let Envelope { field, provider_id, data_source_id, data, compression, mut report } = envelope;
    let compressed = match compression.as_deref() {
        None | Some("") => false,
        Some(kind) if kind.eq_ignore_ascii_case("gzip") => true,
        Some(kind) if kind.eq_ignore_ascii_case("none") => false,
        Some(_) => {
            report.fault(&"compression_type", "must be `GZIP`, or absent");
            false
        }
    };
    if data.is_none() && !report.failed() {
        report.fault(&field, "is required");
    }
    report.finish()?;
    let payload = match data {
        Some(Json::String(text)) if compressed || field == CSV => {
            let bytes = unarmoured(&text).map_err(|message| Faults::one(field, message))?;
            if compressed { gunzip(&bytes).map_err(|message| Faults::one(field, message))? } else { bytes }
        }
        Some(Json::String(text)) => text.into_bytes(),
        Some(object) => serde_json::to_vec(&object).map_err(|error| Faults::one(field, error))?,
        None => Vec::new(),
    };
    Ok(Push { provider_id, data_source_id, payload })
}

/// Decodes base64, in which line ends and blanks say nothing.
///
/// # Errors
///
/// A message when the text is something else.
pub fn unarmoured(text: &str) -> Result<Vec<u8>, String> {
    let is_blank = |byte: &u8| byte.is_ascii_whitespace();
    let decoded = if text.bytes().any(|byte| is_blank(&byte)) {
        STANDARD.decode(text.bytes().filter(|byte| !is_blank(byte)).collect::<Vec<u8>>())
    } else {
        STANDARD.decode(text)
    };
    decoded.map_err(|error| format!("is not base64: {error}"))
}

/// Decompresses gzip, for `json_data` and for request bodies with `Content-Encoding: gzip`.
///
/// # Errors
///
/// A message when the bytes are not gzip or hold more than [`MAX_INPUT`].
pub fn gunzip(bytes: &[u8]) -> Result<Vec<u8>, String> {
    // One byte more than allowed tells "just fits" from "too long", and no bomb unfolds any further.
    let limit = u64::try_from(MAX_INPUT).unwrap_or(u64::MAX).saturating_add(1);
    let mut found = Vec::new();
    MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut found).map_err(|error| format!("is not gzip: {error}"))?;
    if found.len() > MAX_INPUT {
        return Err(format!("unpacks to more than {MAX_INPUT} bytes"));
    }
    Ok(found)
}

/// Where a payload stands.
const JSON: &str = "json_data";
/// Where a file stands.
const CSV: &str = "csv_data";

struct Envelope {
    /// The field that holds what is pushed.
    field: &'static str,
    provider_id: Option<String>,
    data_source_id: Option<String>,
    data: Option<Json>,
    compression: Option<String>,
    report: Report,
}

impl Envelope {
    fn of(field: &'static str) -> Self {
        Self {
            field,
            provider_id: None,
            data_source_id: None,
            data: None,
            compression: None,
            report: Report::default(),
        }
    }
}

impl Sink for Envelope {
    fn shape(&self, path: &Path) -> Shape {
        match path.keys().next() {
            None => Shape::Object,
            Some("id" | "data_source_id" | "compression_type") => Shape::Whole,
            Some(name) if name == self.field => Shape::Whole,
            Some(_) => Shape::Skip,
        }
    }

    fn take(&mut self, path: &Path, value: Json) {
        let field = match path.keys().next() {
            Some(name) if name == self.field => {
                match value {
                    Json::Null => {}
                    Json::Object(_) if name == CSV => self.report.fault(path, "must be a string: the file as base64"),
                    Json::String(_) | Json::Object(_) => self.data = Some(value),
                    Json::Bool(_) | Json::Number(_) | Json::Array(_) => {
                        self.report.fault(path, "must be a string or an object");
                    }
                }
                return;
            }
            Some("id") => &mut self.provider_id,
            Some("data_source_id") => &mut self.data_source_id,
            _ => &mut self.compression,
        };
        match value {
            Json::Null => {}
            Json::String(text) => *field = Some(text),
            Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => {
                self.report.fault(path, "must be a string");
            }
        }
    }

    fn skipped(&mut self, _: &Path) {}

    fn report(&mut self) -> &mut Report {
        &mut self.report
    }
}
