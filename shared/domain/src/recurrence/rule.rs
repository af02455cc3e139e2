//! Rules of RFC 5545 (`RRULE`), as far as they speak of days.
//!
//! `FREQ` (`DAILY` to `YEARLY`), `INTERVAL`, `WKST`, `BYMONTH`, `BYMONTHDAY`, `BYDAY` (with numbers in months and years)
//! and `BYSETPOS`. The time of day is that of the first time, and what ends the rule (`COUNT`, `UNTIL`) is said beside it:
//! there is one way to say a thing. A period's days are those that every part allows; what the rule leaves open, the first
//! time fills in.

use jiff::Span;
use jiff::civil::{Date, Weekday};

/// The longest text that is read, in bytes.
pub const MAX_BYTES: usize = 500;
/// The most values of one part.
const MAX_VALUES: usize = 400;
/// The largest interval.
const MAX_INTERVAL: u32 = 1_000;

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A day of the week; the `n`th of the month or year, or the `n`th from its end, where there is a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ByDay {
    nth: Option<i32>,
    day: Weekday,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    text: String,
    frequency: Frequency,
    interval: u32,
    week_start: Weekday,
    months: Vec<i8>,
    month_days: Vec<i32>,
    days: Vec<ByDay>,
    positions: Vec<i32>,
}

/// A text that is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRule {
    /// Too long.
    #[error("must have at most {MAX_BYTES} bytes")]
    TooLong,
    /// A part that is not `NAME=VALUE`.
    #[error("has the part `{0}`, which is not NAME=VALUE")]
    NotAPart(String),
    /// A part that is not read here.
    #[error(
        "has the part {0}, which is not supported: there are FREQ, INTERVAL, WKST, BYMONTH, BYMONTHDAY, BYDAY and BYSETPOS"
    )]
    Unsupported(String),
    /// How it ends is said elsewhere.
    #[error("has the part {0}: how a recurrence ends is said by `until` and `count`")]
    Ends(String),
    /// The same part twice.
    #[error("has the part {0} twice")]
    Twice(String),
    /// No frequency.
    #[error("needs FREQ")]
    NoFrequency,
    /// A value that its part does not have.
    #[error("has the part {0} with a value that it cannot have")]
    Value(String),
    /// Parts that do not fit together.
    #[error("has {0}")]
    Misfit(&'static str),
}

impl Rule {
    /// Reads a rule, with or without `RRULE:` before it.
    ///
    /// # Errors
    /// The first thing that is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, InvalidRule> {
        if text.len() > MAX_BYTES {
            return Err(InvalidRule::TooLong);
        }
        let upper = text.trim().to_ascii_uppercase();
        let upper = upper.strip_prefix("RRULE:").unwrap_or(&upper);
        let mut rule = Self {
            text: upper.to_owned(),
            frequency: Frequency::Daily,
            interval: 1,
            week_start: Weekday::Monday,
            months: Vec::new(),
            month_days: Vec::new(),
            days: Vec::new(),
            positions: Vec::new(),
        };
        let mut seen: Vec<&str> = Vec::new();
        for part in upper.split(';') {
            let (name, value) = part.split_once('=').ok_or_else(|| InvalidRule::NotAPart(part.to_owned()))?;
            if seen.contains(&name) {
                return Err(InvalidRule::Twice(name.to_owned()));
            }
            seen.push(name);
            rule.read(name, value)?;
        }
        if !seen.contains(&"FREQ") {
            return Err(InvalidRule::NoFrequency);
        }
        rule.fits()?;
        Ok(rule)
    }

    fn read(&mut self, name: &str, value: &str) -> Result<(), InvalidRule> {
        let wrong = || InvalidRule::Value(name.to_owned());
        match name {
            "FREQ" => self.frequency = frequency(value).ok_or_else(wrong)?,
            "INTERVAL" => {
                let interval = value.parse().ok().filter(|interval| (1..=MAX_INTERVAL).contains(interval));
                self.interval = interval.ok_or_else(wrong)?;
            }
            "WKST" => self.week_start = weekday(value).ok_or_else(wrong)?,
            "BYMONTH" => self.months = numbers(value, 1..=12, false).ok_or_else(wrong)?,
            "BYMONTHDAY" => self.month_days = numbers(value, 1..=31, true).ok_or_else(wrong)?,
            "BYSETPOS" => self.positions = numbers(value, 1..=366, true).ok_or_else(wrong)?,
            "BYDAY" => self.days = values(value, by_day).ok_or_else(wrong)?,
            "COUNT" | "UNTIL" => return Err(InvalidRule::Ends(name.to_owned())),
            other => return Err(InvalidRule::Unsupported(other.to_owned())),
        }
        Ok(())
    }

    fn fits(&self) -> Result<(), InvalidRule> {
        let numbered = self.days.iter().any(|by| by.nth.is_some());
        let long = matches!(self.frequency, Frequency::Monthly | Frequency::Yearly);
        if numbered && !long {
            return Err(InvalidRule::Misfit("numbers in BYDAY, which only months and years have"));
        }
        if self.frequency == Frequency::Weekly && !self.month_days.is_empty() {
            return Err(InvalidRule::Misfit("BYMONTHDAY together with FREQ=WEEKLY"));
        }
        let by_others = !(self.months.is_empty() && self.month_days.is_empty() && self.days.is_empty());
        if !self.positions.is_empty() && !by_others {
            return Err(InvalidRule::Misfit("BYSETPOS without another BY part"));
        }
        Ok(())
    }

    /// The text of the rule, in capitals and without `RRULE:`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The days from the period of `start` on that the rule has, in order, up to the end of a year.
    pub(super) fn dates(&self, start: Date, last_year: i16) -> impl Iterator<Item = Date> {
        let filled = self.filled(start);
        let first = filled.period_of(start);
        let periods = (0_i64..).map_while({
            let filled = filled.clone();
            move |n| filled.nth_period(first, n).filter(|date| date.year() <= last_year)
        });
        periods.flat_map(move |period| filled.days_of(period))
    }

    /// The rule with what it leaves open taken from the first day.
    fn filled(&self, start: Date) -> Self {
        let mut filled = self.clone();
        if self.month_days.is_empty() && self.days.is_empty() {
            match self.frequency {
                Frequency::Daily => {}
                Frequency::Weekly => filled.days = vec![ByDay { nth: None, day: start.weekday() }],
                Frequency::Monthly => filled.month_days = vec![i32::from(start.day())],
                Frequency::Yearly => {
                    filled.month_days = vec![i32::from(start.day())];
                    if self.months.is_empty() {
                        filled.months = vec![start.month()];
                    }
                }
            }
        }
        filled
    }

    /// The first day of the period that a day is in.
    fn period_of(&self, date: Date) -> Date {
        match self.frequency {
            Frequency::Daily => date,
            Frequency::Weekly => {
                let since = i64::from(self.week_start.until(date.weekday()));
                date.checked_sub(Span::new().days(since)).unwrap_or(date)
            }
            Frequency::Monthly => date.first_of_month(),
            Frequency::Yearly => date.first_of_year(),
        }
    }

    fn nth_period(&self, first: Date, n: i64) -> Option<Date> {
        let n = n.checked_mul(i64::from(self.interval))?;
        let span = match self.frequency {
            Frequency::Daily => Span::new().try_days(n),
            Frequency::Weekly => Span::new().try_weeks(n),
            Frequency::Monthly => Span::new().try_months(n),
            Frequency::Yearly => Span::new().try_years(n),
        };
        first.checked_add(span.ok()?).ok()
    }

    /// The days of a period that the rule has, in order.
    fn days_of(&self, period: Date) -> Vec<Date> {
        let days = match self.frequency {
            Frequency::Daily => 1,
            Frequency::Weekly => 7,
            Frequency::Monthly => i64::from(period.days_in_month()),
            Frequency::Yearly => i64::from(period.days_in_year()),
        };
        let all = (0..days).filter_map(|n| period.checked_add(Span::new().days(n)).ok());
        let found: Vec<Date> = all.filter(|date| self.has(*date)).collect();
        if self.positions.is_empty() {
            return found;
        }
        let count = found.len();
        let mut places: Vec<usize> = self.positions.iter().filter_map(|position| place(*position, count)).collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().filter_map(|place| found.get(place).copied()).collect()
    }

    fn has(&self, date: Date) -> bool {
        let from_end = i32::from(date.day()) - i32::from(date.days_in_month()) - 1;
        (self.months.is_empty() || self.months.contains(&date.month()))
            && (self.month_days.is_empty()
                || self.month_days.iter().any(|day| *day == i32::from(date.day()) || *day == from_end))
            && (self.days.is_empty() || self.days.iter().any(|by| self.is_day(date, *by)))
    }

    fn is_day(&self, date: Date, by: ByDay) -> bool {
        if by.day != date.weekday() {
            return false;
        }
        let Some(nth) = by.nth else { return true };
        // A year whose months are named counts within each of them.
        let in_year = self.frequency == Frequency::Yearly && self.months.is_empty();
        let (day, days) = if in_year {
            (i32::from(date.day_of_year()), i32::from(date.days_in_year()))
        } else {
            (i32::from(date.day()), i32::from(date.days_in_month()))
        };
        if nth > 0 { (day - 1) / 7 + 1 == nth } else { (days - day) / 7 + 1 == -nth }
    }
}

/// The place among `count` things that a position means, from the start or from the end.
fn place(position: i32, count: usize) -> Option<usize> {
    let distance = usize::try_from(position.unsigned_abs()).ok()?;
    if position > 0 { Some(distance - 1) } else { count.checked_sub(distance) }
}

fn frequency(word: &str) -> Option<Frequency> {
    match word {
        "DAILY" => Some(Frequency::Daily),
        "WEEKLY" => Some(Frequency::Weekly),
        "MONTHLY" => Some(Frequency::Monthly),
        "YEARLY" => Some(Frequency::Yearly),
        _ => None,
    }
}

fn weekday(word: &str) -> Option<Weekday> {
    match word {
        "MO" => Some(Weekday::Monday),
        "TU" => Some(Weekday::Tuesday),
        "WE" => Some(Weekday::Wednesday),
        "TH" => Some(Weekday::Thursday),
        "FR" => Some(Weekday::Friday),
        "SA" => Some(Weekday::Saturday),
        "SU" => Some(Weekday::Sunday),
        _ => None,
    }
}

fn by_day(text: &str) -> Option<ByDay> {
    let (number, day) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let nth = if number.is_empty() { None } else { Some(signed(number, 1..=53)?) };
    Some(ByDay { nth, day: weekday(day)? })
}

/// A number whose distance from zero lies in `bounds`.
fn signed(text: &str, bounds: std::ops::RangeInclusive<u32>) -> Option<i32> {
    let number: i32 = text.parse().ok()?;
    bounds.contains(&number.unsigned_abs()).then_some(number)
}

fn numbers<N: TryFrom<i32>>(text: &str, bounds: std::ops::RangeInclusive<u32>, negative: bool) -> Option<Vec<N>> {
    let number = |text: &str| {
        let number = signed(text, bounds.clone()).filter(|number| negative || *number > 0)?;
        N::try_from(number).ok()
    };
    values(text, number)
}

fn values<T>(text: &str, value: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let all: Option<Vec<T>> = text.split(',').map(value).collect();
    all.filter(|all| all.len() <= MAX_VALUES)
}
