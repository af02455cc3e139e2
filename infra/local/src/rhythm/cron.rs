//! The six fields of an EventBridge cron expression.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
/// The first is number 1.
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const SUNDAY: i16 = 1;
const SATURDAY: i16 = 7;
/// The last year that an expression can name.
const LAST_YEAR: i16 = 2199;

/// Minutes of the calendar, by UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    minutes: BTreeSet<i16>,
    hours: BTreeSet<i16>,
    days: Days,
    months: BTreeSet<i16>,
    years: BTreeSet<i16>,
}

/// Days of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Days {
    /// By their numbers.
    Numbered(BTreeSet<i16>),
    /// The last one.
    Last,
    /// Of Monday to Friday the one in the same month that is nearest to this day.
    Working(i16),
    /// By their weekdays.
    Weekdays(BTreeSet<i16>),
    /// The last of a weekday.
    LastOf(i16),
    /// A weekday for the nth time.
    Nth(i16, i16),
}

/// What a field may hold.
struct Field {
    low: i16,
    high: i16,
    /// Words for the numbers from `low` on.
    names: &'static [&'static str],
}

impl Field {
    const fn of(low: i16, high: i16, names: &'static [&'static str]) -> Self {
        Self { low, high, names }
    }

    /// A number or its word.
    fn value(&self, text: &str) -> Option<i16> {
        let named = (self.low..).zip(self.names).find(|(_, name)| name.eq_ignore_ascii_case(text));
        let value = named.map_or_else(|| text.parse().ok(), |(value, _)| Some(value))?;
        (self.low..=self.high).contains(&value).then_some(value)
    }

    /// `*`, `5`, `1-5`, `0/15`, `8-18/2`, and several of them with commas between.
    fn values(&self, text: &str) -> Option<BTreeSet<i16>> {
        let mut all = BTreeSet::new();
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, step.parse().ok().filter(|step: &usize| *step > 0)?),
                None => (part, 1),
            };
            let (low, high) = match range.split_once('-') {
                _ if range == "*" => (self.low, self.high),
                Some((low, high)) => (self.value(low)?, self.value(high)?),
                // A step goes on to the end.
                None if part.contains('/') => (self.value(range)?, self.high),
                None => (self.value(range)?, self.value(range)?),
            };
            if low > high {
                return None;
            }
            all.extend((low..=high).step_by(step));
        }
        Some(all)
    }
}

const MINUTE: Field = Field::of(0, 59, &[]);
const HOUR: Field = Field::of(0, 23, &[]);
const DAY: Field = Field::of(1, 31, &[]);
const MONTH: Field = Field::of(1, 12, &MONTHS);
const WEEKDAY: Field = Field::of(SUNDAY, SATURDAY, &WEEKDAYS);
const YEAR: Field = Field::of(1970, LAST_YEAR, &[]);

impl Days {
    /// Of the two fields that tell days, one says nothing (`?`).
    fn of(day: &str, weekday: &str) -> Option<Self> {
        match (day, weekday) {
            ("?", weekday) => Self::by_weekday(weekday),
            (day, "?") => Self::by_number(day),
            _ => None,
        }
    }

    fn by_number(text: &str) -> Option<Self> {
        match text.strip_suffix('W') {
            _ if text == "L" => Some(Self::Last),
            Some(day) => DAY.value(day).map(Self::Working),
            None => DAY.values(text).map(Self::Numbered),
        }
    }

    fn by_weekday(text: &str) -> Option<Self> {
        if let Some((weekday, n)) = text.split_once('#') {
            let n = n.parse().ok().filter(|n| (1..=5).contains(n))?;
            return WEEKDAY.value(weekday).map(|weekday| Self::Nth(weekday, n));
        }
        match text.strip_suffix('L') {
            // The last day of the week.
            Some("") => Some(Self::Weekdays(BTreeSet::from([SATURDAY]))),
            Some(weekday) => WEEKDAY.value(weekday).map(Self::LastOf),
            None => WEEKDAY.values(text).map(Self::Weekdays),
        }
    }

    fn hold(&self, date: Date) -> bool {
        let (day, weekday) = (i16::from(date.day()), weekday(date));
        match self {
            Self::Numbered(days) => days.contains(&day),
            Self::Last => day == i16::from(date.days_in_month()),
            Self::Working(near) => working(date, *near) == Some(day),
            Self::Weekdays(weekdays) => weekdays.contains(&weekday),
            Self::LastOf(wanted) => weekday == *wanted && day + 7 > i16::from(date.days_in_month()),
            Self::Nth(wanted, n) => weekday == *wanted && (day + 6) / 7 == *n,
        }
    }
}

fn weekday(date: Date) -> i16 {
    i16::from(date.weekday().to_sunday_one_offset())
}

/// The working day nearest to a day of the month of `date`; `None` for a month without such a day.
fn working(date: Date, day: i16) -> Option<i16> {
    let last = i16::from(date.days_in_month());
    let named = Date::new(date.year(), date.month(), i8::try_from(day).ok()?).ok()?;
    Some(match weekday(named) {
        SATURDAY if day == 1 => 3,
        SATURDAY => day - 1,
        SUNDAY if day == last => day - 2,
        SUNDAY => day + 1,
        _ => day,
    })
}

impl Cron {
    /// What stands between the brackets; `None` for what EventBridge would refuse.
    pub(super) fn of(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split(' ').collect();
        let [minutes, hours, day, month, weekday, years] = *fields.as_slice() else { return None };
        Some(Self {
            minutes: MINUTE.values(minutes)?,
            hours: HOUR.values(hours)?,
            days: Days::of(day, weekday)?,
            months: MONTH.values(month)?,
            years: YEAR.values(years)?,
        })
    }

    /// The first of these minutes after an instant; `None` when there is none any more.
    #[must_use]
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let begun = after.to_zoned(TimeZone::UTC).datetime();
        let start = begun.date().at(begun.hour(), begun.minute(), 0, 0).checked_add(1.minute()).ok()?;
        let first = (i16::from(start.hour()), i16::from(start.minute()));
        let mut date = start.date();
        while date.year() <= LAST_YEAR {
            if !self.years.contains(&date.year()) {
                date = Date::new(date.year() + 1, 1, 1).ok()?;
                continue;
            }
            let from = if date == start.date() { first } else { (0, 0) };
            if let Some((hour, minute)) = self.first_on(date, from) {
                let at = date.at(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0);
                return at.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    /// The first hour and minute of a day from these on.
    fn first_on(&self, date: Date, from: (i16, i16)) -> Option<(i16, i16)> {
        if !self.months.contains(&i16::from(date.month())) || !self.days.hold(date) {
            return None;
        }
        let later = self.hours.range(from.0..);
        let mut minutes = later.flat_map(|hour| self.minutes.iter().map(|minute| (*hour, *minute)));
        minutes.find(|at| *at >= from)
    }
}

#[cfg(test)]
mod tests;
