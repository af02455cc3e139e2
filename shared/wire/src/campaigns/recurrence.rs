//! When campaigns are made again: what sets it up, and how it is shown.

use app::error::Error;
use app::recurrence::{RecurrenceInput, RecurrenceView};
use domain::recurrence::{Frequency, MAX_COUNT, MAX_INTERVAL, MAX_RULE_BYTES, MAX_SKIPPED, Pattern, Recurrence, Setup};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::decode::{Faults, MAX_NAME, Object, parse};
use crate::encode;

/// Longest name of a time zone.
const MAX_TIME_ZONE: usize = 64;

/// Decodes when campaigns are made again.
///
/// # Errors
/// All faults of the body.
pub fn input(body: &[u8]) -> Result<RecurrenceInput, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?;
    let input = RecurrenceInput {
        frequency: frequency(&body),
        interval: number(&body, "interval", MAX_INTERVAL),
        rule: body.text("rrule", MAX_RULE_BYTES),
        time_zone: body.text("time_zone", MAX_TIME_ZONE),
        until: body.time("until"),
        count: number(&body, "count", MAX_COUNT),
        skipped: skipped(&body),
        name: body.name("name"),
    };
    faults.check()?;
    Ok(input)
}

fn frequency(body: &Object<'_>) -> Option<Frequency> {
    let word = body.text("frequency", usize::MAX)?;
    let found = Frequency::ALL.into_iter().find(|frequency| frequency.word().eq_ignore_ascii_case(word.trim()));
    if found.is_none() {
        body.fault("frequency", "must be one of weekly, monthly, quarterly, yearly");
    }
    found
}

fn number(body: &Object<'_>, name: &str, max: u32) -> Option<u32> {
    body.integer(name, 1..=i64::from(max)).and_then(|number| u32::try_from(number).ok())
}

fn skipped(body: &Object<'_>) -> Vec<Date> {
    if body.list("skip_dates", MAX_SKIPPED).is_none() {
        return Vec::new();
    }
    let texts = body.texts("skip_dates", MAX_NAME).unwrap_or_default();
    let dates: Result<Vec<Date>, _> = texts.iter().map(|text| text.parse()).collect();
    dates.unwrap_or_else(|_| {
        body.fault("skip_dates", "must hold dates such as 2026-12-25");
        Vec::new()
    })
}

/// When campaigns are made again, and how far that has come.
#[must_use]
pub fn encode(view: &RecurrenceView) -> Value {
    let RecurrenceView { series, setup, upcoming, version: _ } = view;
    let Setup { recurrence, name, set_by, set_at, .. } = setup;
    let Recurrence { pattern, time_zone, until, count, skipped } = recurrence;
    let (frequency, interval, rule) = match pattern {
        Pattern::Every { frequency, interval } => (Some(frequency.word()), Some(interval), None),
        Pattern::ByRule(rule) => (None, None, Some(rule.as_str())),
    };
    json!({
        "campaign_id": series.template.to_string(),
        "frequency": frequency,
        "interval": interval,
        "rrule": rule,
        "time_zone": time_zone,
        "until": encode::optional_time(*until),
        "count": count,
        "skip_dates": skipped.iter().map(Date::to_string).collect::<Vec<_>>(),
        "name": name.as_str(),
        "next_at": encode::optional_time(series.next.map(|next| next.at)),
        "upcoming": upcoming.iter().map(|at: &Timestamp| encode::time(*at)).collect::<Vec<_>>(),
        "created_count": series.made,
        "last_created": series.last.map(|last| json!({
            "campaign_id": last.campaign.to_string(), "start_date": encode::time(last.at),
        })),
        "updated_at": encode::time(*set_at),
        "updated_by": set_by.email,
    })
}

#[cfg(test)]
mod tests;
