//! Uploads: pictures that are too large for one request.

use app::error::Error;
use app::loading::ingestion::terms::Terms;
use app::loading::ingestion::upload::{OpenInput, Opened, Phase, UploadView};
use serde_json::{Value, json};

use super::source::{MODES, forced, format, name, notes, report, terms};
use crate::decode::{Faults, Object, Query, parse};
use crate::encode;
use crate::exchange::Incoming;

/// Decodes the request for an upload: how it is written and what it means, in the body or in the query.
///
/// # Errors
/// All faults.
pub fn open(incoming: &Incoming) -> Result<OpenInput, Error> {
    let faults = Faults::new();
    let query = Query::new(&incoming.query, &faults);
    let body = parse(&incoming.body)?;
    let body = Object::root(&body, &faults)?;
    let of_body = body.text("format", 64).and_then(|text| match text.parse() {
        Ok(format) => Some(format),
        Err(error) => {
            let error: app::loading::ingestion::ingest::UnknownFormat = error;
            body.fault("format", error.to_string());
            None
        }
    });
    let of_query = terms(&query);
    let share = body.integer("max_removed_percent", 0..=100).and_then(|share| u8::try_from(share).ok());
    let input = OpenInput {
        format: of_body.or_else(|| format(&query)).unwrap_or_default(),
        name: body.name("name").or_else(|| name(&query)),
        terms: Terms {
            mode: body.word("mode", &MODES).unwrap_or(of_query.mode),
            share: forced(body.flag("force"), share).or(of_query.share),
        },
    };
    faults.check()?;
    Ok(input)
}

/// Where to send the bytes.
#[must_use]
pub fn opened(opened: &Opened) -> Value {
    let Opened { id, url, expires_at, max_bytes } = opened;
    json!({
        "upload_id": id.to_string(),
        "url": url,
        "method": "PUT",
        "expires_at": encode::time(*expires_at),
        "max_bytes": max_bytes,
    })
}

/// The state of an upload, and its report when it is done.
#[must_use]
pub fn upload(upload: &UploadView) -> Value {
    let UploadView { id, source, phase, created_at, expires_at, result, faults, percent } = upload;
    json!({
        "upload_id": id.to_string(),
        "datasource_id": source.as_str(),
        "status": word(*phase),
        "percent_complete": percent,
        "created_at": encode::time(*created_at),
        "expires_at": encode::time(*expires_at),
        "report": result.as_ref().map_or(Value::Null, report),
        "errors": notes(faults),
    })
}

const fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Waiting => "waiting",
        Phase::Processing => "processing",
        Phase::Done => "completed",
        Phase::Failed => "failed",
        Phase::Expired => "expired",
    }
}
