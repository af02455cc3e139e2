//! Schemas of campaigns that are made again and again.

use domain::recurrence::{Frequency, MAX_RULE_BYTES};
use serde_json::{Value, json};

use super::schema::{Field, answer, bounded, count, list, or_null, request, text, time, uuid, words};
use crate::decode::MAX_NAME;

const RULE: &str =
    "RFC 5545 with FREQ, INTERVAL, WKST, BYMONTH, BYMONTHDAY, BYDAY and BYSETPOS: `FREQ=MONTHLY;BYDAY=1MO`";
const NAME: &str = "With {name}, {year}, {quarter}, {month}, {month_name}, {week}, {day}, {date} and {number}; `{name} {date}` by default";

/// Name and schema of everything about recurrence.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let mut shown = vec![("campaign_id", uuid(), "The campaign that the others are made like")];
    shown.extend(fields(true));
    shown.extend([
        ("next_at", or_null(time()), "When the next campaign is made"),
        ("upcoming", list(time()), "The next 5 times"),
        ("created_count", count(), "How many campaigns were made"),
        ("last_created", or_null(last()), "The last of them"),
        ("updated_at", time(), "When it was set up"),
        ("updated_by", text(), "E-mail address"),
    ]);
    vec![
        ("Recurrence", answer("When campaigns like this one are made.", shown)),
        (
            "RecurrenceInput",
            request("When campaigns like this one are made: a frequency or a rule.", &[], fields(false)),
        ),
    ]
}

fn last() -> Value {
    answer("", vec![("campaign_id", uuid(), ""), ("start_date", time(), "")])
}

fn fields(shown: bool) -> Vec<Field> {
    let or_null = |schema: Value| if shown { or_null(schema) } else { schema };
    let date = || json!({ "type": "string", "format": "date" });
    vec![
        ("frequency", or_null(words(&Frequency::ALL.map(Frequency::word))), "What passes between two campaigns"),
        ("interval", or_null(count()), "How often it passes, 1 by default"),
        ("rrule", or_null(bounded(MAX_RULE_BYTES)), RULE),
        ("time_zone", text(), "IANA name, UTC by default: campaigns start at the same time on its clocks"),
        ("until", or_null(time()), "No campaign after this time"),
        ("count", or_null(count()), "No more campaigns, the first and skipped ones included"),
        ("skip_dates", list(date()), "Days in the time zone without a campaign"),
        ("name", bounded(MAX_NAME), NAME),
    ]
}
