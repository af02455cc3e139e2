//! When reviewers are reminded: at an hour of the day, some days before a review is due and after.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// When an installation reminds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminders {
    /// Whose days and hours count.
    pub zone: TimeZone,
    /// The hour, 0 to 23.
    pub hour: i8,
    /// On which days: so many before the due date, negative ones after it. At most [`Self::MOST_DAYS`].
    pub days: Vec<i32>,
}

impl Default for Reminders {
    /// At eight in the morning, UTC: a week before, three days, one; and a day after, three, a week.
    fn default() -> Self {
        Self { zone: TimeZone::UTC, hour: 8, days: vec![7, 3, 1, -1, -3, -7] }
    }
}

impl Reminders {
    /// How many days may be named.
    pub const MOST_DAYS: usize = 32;

    /// The first time after `after` at which reviewers of a review that is due at `due` are reminded; `None` when there is
    /// none any more.
    #[must_use]
    pub fn next(&self, due: Timestamp, after: Timestamp) -> Option<Timestamp> {
        let due = due.to_zoned(self.zone.clone()).date();
        self.days.iter().filter_map(|days| self.on(due, *days)).filter(|at| *at > after).min()
    }

    /// The hour on a day before the due date. An hour that clocks skip comes when they have been put forward; of one that
    /// comes twice, it is the first.
    fn on(&self, due: Date, days: i32) -> Option<Timestamp> {
        let day = due.checked_sub(Span::new().try_days(days).ok()?).ok()?;
        Some(day.at(self.hour, 0, 0, 0).to_zoned(self.zone.clone()).ok()?.timestamp())
    }

    /// The day that it is for the installation.
    #[must_use]
    pub fn today(&self, now: Timestamp) -> Date {
        now.to_zoned(self.zone.clone()).date()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reminders(zone: &str, hour: i8, days: &[i32]) -> Reminders {
        Reminders { zone: TimeZone::get(zone).unwrap(), hour, days: days.to_vec() }
    }

    /// All times, from `after` on.
    fn times(reminders: &Reminders, due: &str, after: &str) -> Vec<String> {
        let (due, mut after): (Timestamp, Timestamp) = (due.parse().unwrap(), after.parse().unwrap());
        let mut times = Vec::new();
        while let Some(at) = reminders.next(due, after) {
            assert!(at > after);
            times.push(at.to_string());
            after = at;
        }
        times
    }

    #[test]
    fn reminders_come_before_the_due_date_and_after_it_on_the_clocks_of_the_installation() {
        let berlin = reminders("Europe/Berlin", 8, &[1, 7, -1]);
        // Clocks are put forward on the 29th of March.
        let expected = ["2026-03-23T07:00:00Z", "2026-03-29T06:00:00Z", "2026-03-31T06:00:00Z"];
        assert_eq!(times(&berlin, "2026-03-30T12:00:00Z", "2026-03-01T00:00:00Z"), expected);
        // The due date is a day of the installation: here it is the 31st already.
        let expected = ["2026-03-24T07:00:00Z", "2026-03-30T06:00:00Z", "2026-04-01T06:00:00Z"];
        assert_eq!(times(&berlin, "2026-03-30T22:30:00Z", "2026-03-01T00:00:00Z"), expected);
    }

    #[test]
    fn what_has_passed_is_not_made_up_for() {
        let utc = Reminders::default();
        let due = "2026-03-30T12:00:00Z";
        assert_eq!(times(&utc, due, "2026-03-29T08:00:00Z").len(), 3, "the moment itself has passed");
        assert_eq!(times(&utc, due, "2026-04-06T08:00:00Z"), Vec::<String>::new());
    }

    #[test]
    fn days_that_no_calendar_has_and_hours_that_clocks_skip_are_no_trouble() {
        let odd = reminders("Europe/Berlin", 2, &[i32::MAX, i32::MIN, 0]);
        assert_eq!(times(&odd, "2026-03-29T12:00:00Z", "2026-01-01T00:00:00Z"), ["2026-03-29T01:00:00Z"]);
        assert_eq!(Reminders::default().today("2026-03-29T23:59:59Z".parse().unwrap()).to_string(), "2026-03-29");
    }
}
