//! What a client says about when campaigns are made again.

use domain::recurrence::{
    Frequency, MAX_COUNT, MAX_INTERVAL, MAX_SKIPPED, NameTemplate, Pattern, Recurrence, Rule, Setup, time_zone,
};
use domain::review::Campaign;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::call::Call;
use crate::error::{Error, Faults};

/// The time zone of a recurrence that names none.
const DEFAULT_TIME_ZONE: &str = "UTC";

/// When campaigns are made again; a frequency or a rule has to be there, and not both.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecurrenceInput {
    /// What passes between two campaigns.
    pub frequency: Option<Frequency>,
    /// How often it passes; once when absent.
    pub interval: Option<u32>,
    /// A rule of RFC 5545.
    pub rule: Option<String>,
    /// The IANA name of a time zone; UTC when absent.
    pub time_zone: Option<String>,
    /// No campaign after this time.
    pub until: Option<Timestamp>,
    /// No more campaigns than these, the first and skipped ones included.
    pub count: Option<u32>,
    /// Days without a campaign.
    pub skipped: Vec<Date>,
    /// What each is called, with placeholders; the first one's name and the day when absent.
    pub name: Option<String>,
}

/// What is set up by it.
///
/// # Errors
/// [`Error::Invalid`] names everything that is wrong.
pub(super) fn checked(input: &RecurrenceInput, template: &Campaign, call: &Call) -> Result<Setup, Error> {
    let mut faults = Faults::new();
    let pattern = pattern(&mut faults, input);
    let zone = input.time_zone.as_deref().unwrap_or(DEFAULT_TIME_ZONE);
    if let Err(error) = time_zone(zone) {
        faults.add("time_zone", error.to_string());
    }
    let count = input.count.is_none_or(|count| (1..=MAX_COUNT).contains(&count));
    faults.require(count, "count", &format!("must lie between 1 and {MAX_COUNT}"));
    let few = input.skipped.len() <= MAX_SKIPPED;
    faults.require(few, "skip_dates", &format!("must have at most {MAX_SKIPPED} elements"));
    let name = input.name.as_deref().map_or(Ok(NameTemplate::default()), NameTemplate::parse);
    if let Err(error) = &name {
        faults.add("name", error.to_string());
    }
    faults.done()?;
    let (Some(pattern), Ok(name)) = (pattern, name) else {
        return Err(Error::Bug("a recurrence without faults has no pattern".to_owned()));
    };
    let mut skipped = input.skipped.clone();
    skipped.sort_unstable();
    skipped.dedup();
    let recurrence =
        Recurrence { pattern, time_zone: zone.to_owned(), until: input.until, count: input.count, skipped };
    let (first, end) = (template.plan.start_date, template.plan.end_date);
    Ok(Setup { recurrence, name, first, end, set_by: call.caller.user.clone(), set_at: call.now })
}

fn pattern(faults: &mut Faults, input: &RecurrenceInput) -> Option<Pattern> {
    let interval = input.interval.unwrap_or(1);
    let fits = (1..=MAX_INTERVAL).contains(&interval);
    faults.require(fits, "interval", &format!("must lie between 1 and {MAX_INTERVAL}"));
    match (input.frequency, input.rule.as_deref()) {
        (Some(_), Some(_)) => faults.add("rrule", "cannot be given together with `frequency`"),
        (None, None) => faults.add("frequency", "is required, unless `rrule` is given"),
        (None, Some(_)) if input.interval.is_some() => {
            faults.add("interval", "is part of `rrule`, where that is given");
        }
        (Some(frequency), None) => return Some(Pattern::Every { frequency, interval }),
        (None, Some(text)) => match Rule::parse(text) {
            Ok(rule) => return Some(Pattern::ByRule(rule)),
            Err(error) => faults.add("rrule", error.to_string()),
        },
    }
    None
}

/// The field that is to blame when there is no next time.
pub(super) fn what_ends(input: &RecurrenceInput) -> &'static str {
    match input {
        RecurrenceInput { until: Some(_), .. } => "until",
        RecurrenceInput { count: Some(_), .. } => "count",
        RecurrenceInput { rule: Some(_), .. } => "rrule",
        _ => "frequency",
    }
}
