//! Data sources.

use app::error::Error;
use app::loading::ingestion::ingest::PutInput;
use app::loading::ingestion::report::{Note, Report};
use app::loading::ingestion::terms::{Mode, Terms};
use app::loading::sources::source::SourceView;
use app::page::Page;
use serde_json::{Value, json};

use crate::decode::{Faults, MAX_NAME, Query};
use crate::encode;
use crate::exchange::Incoming;

/// The words of `mode`.
pub(super) const MODES: [(Mode, &str); 2] = [(Mode::Full, "full"), (Mode::Delta, "delta")];

/// Decodes the parameters that say how a body is to be read, and what it means: `format`, `name`, and its terms. The body itself
/// is the picture.
///
/// # Errors
/// All faults of the query.
pub fn put(incoming: &Incoming) -> Result<PutInput<'_>, Error> {
    let faults = Faults::new();
    let query = Query::new(&incoming.query, &faults);
    let format = format(&query);
    let (name, terms) = (name(&query), terms(&query));
    faults.check()?;
    Ok(PutInput { format: format.unwrap_or_default(), name, terms, bytes: &incoming.body })
}

/// Decodes what a delivery means for what it does not name: `mode`, and how much it may take away, `max_removed_percent` or
/// all of it by `force`.
pub(super) fn terms(query: &Query<'_>) -> Terms {
    let mode = query.word("mode", &MODES).unwrap_or_default();
    let share = query.integer("max_removed_percent").and_then(|share| match u8::try_from(share) {
        Ok(share) if share <= 100 => Some(share),
        Ok(_) | Err(_) => {
            query.fault("max_removed_percent", "must lie between 0 and 100");
            None
        }
    });
    Terms { mode, share: forced(query.flag("force"), share) }
}

/// Whoever forces a delivery lets it take away everything.
pub(super) fn forced(force: Option<bool>, share: Option<u8>) -> Option<u8> {
    if force == Some(true) { Some(100) } else { share }
}

/// Decodes the parameters of a pushed file.
///
/// # Errors
/// All faults of the query.
pub fn push_terms(incoming: &Incoming) -> Result<Terms, Error> {
    let faults = Faults::new();
    let terms = terms(&Query::new(&incoming.query, &faults));
    faults.check()?;
    Ok(terms)
}

/// Decodes `format`: how the bytes are written.
pub(super) fn format(query: &Query<'_>) -> Option<app::loading::ingestion::ingest::Format> {
    let text = query.text("format")?;
    match text.parse() {
        Ok(format) => Some(format),
        Err(error) => {
            query.fault("format", error.to_string());
            None
        }
    }
}

/// Decodes `name`: what people call the data source.
pub(super) fn name(query: &Query<'_>) -> Option<String> {
    let name = query.text("name")?.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME {
        query.fault("name", format!("must have 1 to {MAX_NAME} characters"));
        return None;
    }
    Some(name.to_owned())
}

/// What a load did.
#[must_use]
pub fn report(report: &Report) -> Value {
    let Report { created, updated, removed, warnings } = report;
    json!({ "created": created, "updated": updated, "removed": removed, "warnings": notes(warnings) })
}

/// Remarks about an input, each with its place.
pub(super) fn notes(notes: &[Note]) -> Value {
    notes.iter().map(|Note { place, message }| json!({ "place": place, "message": message })).collect()
}

/// A page of data sources.
#[must_use]
pub fn list(page: &Page<SourceView>) -> Value {
    super::page("datasources", page, source)
}

/// One data source.
#[must_use]
pub fn source(source: &SourceView) -> Value {
    let SourceView { id, name, platform, format, provider, created_at, loaded_at, accounts, nodes, edges } = source;
    json!({
        "datasource_id": id.as_str(),
        "name": name,
        "platform": platform,
        "format": format,
        "provider_id": provider.map(|provider| provider.to_string()),
        "created_at": encode::time(*created_at),
        "last_sync_time": encode::optional_time(*loaded_at),
        "account_count": accounts,
        "node_count": nodes,
        "edge_count": edges,
    })
}
