//! When a campaign comes again, worked out by another implementation of RFC 5545 and another database of time zones.
//!
//! Moments are seconds since 1970. Nothing here knows how the product reckons: days come from the `rrule` crate, on a
//! calendar without time zones, and what a clock shows from `chrono-tz`.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use rrule::RRuleSet;

use crate::plan::Series;

/// Seconds since 1970.
pub type Moment = i64;

/// Seconds of a minute.
pub const MINUTE: i64 = 60;
/// Seconds of an hour.
pub const HOUR: i64 = 3_600;

/// A moment from its text in RFC 3339.
pub fn moment(text: &str) -> Moment {
    text.parse::<DateTime<Utc>>().expect("a moment").timestamp()
}

/// A moment as people read it.
pub fn shown(moment: Moment) -> String {
    utc(moment).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn utc(moment: Moment) -> DateTime<Utc> {
    DateTime::from_timestamp(moment, 0).expect("a moment of this age")
}

/// The time zone of a name.
pub fn zone(name: &str) -> Tz {
    name.parse().expect("a time zone")
}

/// The day that it is somewhere.
pub fn day(zone: Tz, moment: Moment) -> NaiveDate {
    utc(moment).with_timezone(&zone).date_naive()
}

/// When clocks show this. What they show twice is the first of both; what they skip is as much later as they skip, which
/// is what they would have shown had they not been put forward.
pub fn resolved(zone: Tz, local: NaiveDateTime) -> Moment {
    let found = zone.from_local_datetime(&local);
    if let Some(first) = found.earliest() {
        return first.timestamp();
    }
    let before = zone.from_local_datetime(&(local - TimeDelta::hours(6))).earliest().expect("no clock skips a day");
    (local.and_utc() - TimeDelta::seconds(before.offset().fix().local_minus_utc().into())).timestamp()
}

/// A time of a clock: `2027-09-01 09:00`.
fn local(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a time of a clock")
}

/// An hour of a day somewhere.
pub fn at_hour(zone: Tz, day: NaiveDate, hour: u32) -> Moment {
    resolved(zone, day.and_time(NaiveTime::from_hms_opt(hour, 0, 0).expect("an hour")))
}

impl Series {
    /// When the first campaign starts.
    pub fn starts(&self) -> Moment {
        resolved(zone(self.zone), local(self.first))
    }

    /// When one ends that begins at a moment: so many days later on the clocks of its time zone, and so many hours after
    /// that.
    pub fn end_of(&self, begins: Moment) -> Moment {
        let zone = zone(self.zone);
        let begins = utc(begins).with_timezone(&zone).naive_local();
        resolved(zone, begins + Days::new(self.days)) + self.hours * HOUR
    }

    /// When there is no campaign any more.
    pub fn last(&self) -> Option<Moment> {
        self.until.map(|until| resolved(zone(self.zone), local(until)))
    }

    /// All times up to a horizon, the first included.
    pub fn times(&self, horizon: Moment) -> Vec<Moment> {
        let (zone, first) = (zone(self.zone), local(self.first));
        let days = std::iter::once(first.date()).chain(self.days_after(first, horizon));
        let days = days.take(self.count.map_or(usize::MAX, |count| usize::try_from(count).expect("few")));
        let skipped: Vec<String> = self.skipped.iter().map(|day| (*day).to_owned()).collect();
        let kept = days.filter(|day| *day == first.date() || !skipped.contains(&day.to_string()));
        let last = self.last().map_or(horizon, |until| until.min(horizon));
        kept.map(|day| resolved(zone, day.and_time(first.time()))).take_while(|at| *at <= last).collect()
    }

    fn days_after(&self, first: NaiveDateTime, horizon: Moment) -> impl Iterator<Item = NaiveDate> {
        let horizon = utc(horizon).date_naive() + Days::new(2);
        let start = first.format("%Y%m%dT%H%M%SZ");
        assert_eq!(first.second(), 0, "a minute");
        let set: RRuleSet = format!("DTSTART:{start}\nRRULE:{}", self.rule).parse().expect("a rule");
        let days: Vec<NaiveDate> = set
            .into_iter()
            .map(|at| at.date_naive())
            .take_while(|day| *day <= horizon)
            .filter(|day| *day > first.date())
            .collect();
        days.into_iter()
    }
}
