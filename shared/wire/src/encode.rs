//! Small forms that both dialects share.

use app::loading::jobs::building::BuildProgress;
use app::review::Cell;
use domain::automatic::Cause;
use jiff::Timestamp;
use serde_json::{Value, json};

/// RFC 3339 in UTC with `Z`, to the millisecond, without trailing zeros.
#[must_use]
pub fn time(at: Timestamp) -> String {
    at.to_string()
}

/// [`time`], or `null`.
#[must_use]
pub fn optional_time(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| Value::String(time(at)))
}

/// How far the building of rows is.
#[must_use]
pub fn build_progress(progress: BuildProgress) -> Value {
    json!({ "processed": progress.processed, "total": progress.total })
}

/// Milliseconds since 1970 as [`time`]; `null` for what is no date.
#[must_use]
pub fn millis(at: i64) -> Value {
    optional_time(Timestamp::from_millisecond(at).ok())
}

/// A number as JSON, without a fraction where it has none.
#[must_use]
pub fn number(number: f64) -> Value {
    // Beyond this, neighbouring fractions are more than 1 apart.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within 53 bits")]
    if number.fract() == 0.0 && number.abs() <= EXACT { Value::from(number as i64) } else { Value::from(number) }
}

/// A frozen value as JSON.
#[must_use]
pub fn cell(cell: Cell<'_>) -> Value {
    match cell {
        Cell::Bool(flag) => flag.into(),
        Cell::Int(number) => number.into(),
        Cell::Float(number) => number.into(),
        Cell::Time(at) => millis(at),
        Cell::Text(text) => text.into(),
        Cell::List(items) => items.iter().collect(),
    }
}

/// What decided where no person did, with the version that it had, under the name of its kind.
#[must_use]
pub fn cause(cause: Cause) -> (&'static str, Value) {
    let of = |id: String, version: u64| json!({ "id": id, "version": version });
    match cause {
        Cause::Rule { id, version } => ("rule", of(id.to_string(), version)),
        Cause::Policy { id, version } => ("policy", of(id.to_string(), version)),
        Cause::Automation { id, version, run: _ } => ("automation", of(id.to_string(), version)),
    }
}
