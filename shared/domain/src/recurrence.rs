//! When something happens again: every so many weeks, months, quarters or years, or by a rule of RFC 5545.
//!
//! The first time is given, and is one of the times whether or not the pattern has it; all others follow from it. They
//! keep its time of day on the clocks of the time zone, whatever those do: a time that a clock skips is that much later,
//! and of one that it shows twice the first counts. Time zones come from the database that is built in, so that every
//! function knows the same ones.
//!
//! A plain interval keeps to the day of the first time and moves to the last day of a month that is too short: the 31st
//! becomes the 28th, and the 31st again a month later. A rule leaves such months out, as RFC 5545 says.

mod name;
mod rule;
mod series;

use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp, Unit};

pub use name::{InvalidName, NameTemplate};
pub use rule::{InvalidRule, MAX_BYTES as MAX_RULE_BYTES, Rule};
pub use series::{Made, Series, Setup};

/// The most days that can be left out.
pub const MAX_SKIPPED: usize = 366;
/// The largest number of weeks, months, quarters or years between two times.
pub const MAX_INTERVAL: u32 = 100;
/// The most times that a recurrence can be limited to.
pub const MAX_COUNT: u32 = 10_000;
/// Where every pattern ends: beyond the life of any installation.
const LAST_YEAR: i16 = 2200;

/// What passes between two times of a plain interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Frequency {
    /// Weeks.
    Weekly,
    /// Months.
    Monthly,
    /// Quarters of a year.
    Quarterly,
    /// Years.
    Yearly,
}

impl Frequency {
    /// All, the shortest first.
    pub const ALL: [Self; 4] = [Self::Weekly, Self::Monthly, Self::Quarterly, Self::Yearly];

    /// The word in records and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::Yearly => "yearly",
        }
    }

    fn span(self, times: i64) -> Result<Span, jiff::Error> {
        match self {
            Self::Weekly => Span::new().try_weeks(times),
            Self::Monthly => Span::new().try_months(times),
            Self::Quarterly => Span::new().try_months(times.saturating_mul(3)),
            Self::Yearly => Span::new().try_years(times),
        }
    }
}

/// On which days it happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// After so many weeks, months, quarters or years each time.
    Every {
        /// What passes.
        frequency: Frequency,
        /// How often it passes: 1 to [`MAX_INTERVAL`].
        interval: u32,
    },
    /// By a rule.
    ByRule(Rule),
}

/// When something happens again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    /// On which days.
    pub pattern: Pattern,
    /// The IANA name of the time zone.
    pub time_zone: String,
    /// No time after this one.
    pub until: Option<Timestamp>,
    /// No more times than these, the first and the skipped ones included.
    pub count: Option<u32>,
    /// Days in the time zone on which it does not happen.
    pub skipped: Vec<Date>,
}

/// One time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// When.
    pub at: Timestamp,
    /// Its number in the pattern; the first time is 1, and skipped days count.
    pub number: u32,
}

/// A time zone that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not the name of an IANA time zone, such as Europe/Berlin")]
pub struct UnknownTimeZone;

/// The time zone of a name.
///
/// # Errors
/// [`UnknownTimeZone`].
pub fn time_zone(name: &str) -> Result<TimeZone, UnknownTimeZone> {
    TimeZoneDatabase::bundled().get(name).map_err(|_| UnknownTimeZone)
}

impl Recurrence {
    /// The first time after both `first` and `after`; `None` when there is none, or the time zone is not known.
    #[must_use]
    pub fn next(&self, first: Timestamp, after: Timestamp) -> Option<Occurrence> {
        self.times(first).find(|occurrence| occurrence.at > after)
    }

    /// All times after the first that are not skipped, in order.
    pub fn times(&self, first: Timestamp) -> impl Iterator<Item = Occurrence> {
        let zone = time_zone(&self.time_zone).ok();
        let start = zone.as_ref().map(|zone| zone.to_datetime(first));
        let times =
            start.into_iter().flat_map(move |start| self.dates(start).map(move |date| date.to_datetime(start.time())));
        let last = self.count.unwrap_or(u32::MAX);
        let numbered = (2..=last).zip(times).filter_map(move |(number, time)| {
            let at = zone.as_ref()?.to_ambiguous_timestamp(time).compatible().ok()?;
            Some((time.date(), Occurrence { at, number }))
        });
        let until = self.until.unwrap_or(Timestamp::MAX);
        numbered
            .take_while(move |(_, occurrence)| occurrence.at <= until)
            .filter(move |(date, occurrence)| occurrence.at > first && !self.skipped.contains(date))
            .map(|(_, occurrence)| occurrence)
    }

    /// The days after the first one, in order.
    fn dates(&self, start: DateTime) -> Box<dyn Iterator<Item = Date> + '_> {
        let start = start.date();
        let within = move |date: &Date| date.year() <= LAST_YEAR;
        match &self.pattern {
            Pattern::Every { frequency, interval } => {
                let step = i64::from((*interval).max(1));
                let nth = move |n: i64| start.checked_add(frequency.span(n.checked_mul(step)?).ok()?).ok();
                Box::new((1..).map_while(nth).take_while(within))
            }
            Pattern::ByRule(rule) => Box::new(rule.dates(start, LAST_YEAR).filter(move |date| *date > start)),
        }
    }

    /// When something ends that begins at `at`, as long after it, on the clocks of the time zone, as `end` is after
    /// `first`.
    #[must_use]
    pub fn end_of(&self, at: Timestamp, first: Timestamp, end: Timestamp) -> Option<Timestamp> {
        let zone = time_zone(&self.time_zone).ok()?;
        let first = first.to_zoned(zone.clone());
        let length = first.until((Unit::Day, &end.to_zoned(zone.clone()))).ok()?;
        Some(at.to_zoned(zone).checked_add(length).ok()?.timestamp())
    }
}

#[cfg(test)]
mod tests;
