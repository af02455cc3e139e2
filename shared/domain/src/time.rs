//! Points in time, as the world writes them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The last second that is counted: 9999-12-30T22:00:00Z.
pub const LAST: Timestamp = Timestamp::constant(253_402_207_200, 0);
/// The days on which it may lie, as the world tells them.
const LAST_DAYS: [&str; 2] = ["9999-12-30", "9999-12-31"];
/// A day before those, on which every time of day is an instant.
const DAY_BEFORE: &str = "9999-12-28";

/// The instant that a text tells as RFC 3339. Many systems say "never" by the last moments of the year 9999, some of which lie
/// hours behind the last second that is counted here: those are that one.
pub fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let (day, rest) = text.split_at_checked(DAY_BEFORE.len())?;
    let is_time = format!("{DAY_BEFORE}{rest}").parse::<Timestamp>().is_ok();
    (LAST_DAYS.contains(&day) && is_time).then_some(LAST)
}

/// The instant of a date and time of day in UTC; [`LAST`] for what lies behind it.
pub fn in_utc(time: DateTime) -> Option<Timestamp> {
    let behind = || (time.year() == 9_999).then_some(LAST);
    time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp()).or_else(behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_calendar_is_the_last_instant() {
        for never in [
            "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59.999999999Z",
            "9999-12-31T00:00:00+00:00",
            "9999-12-31T23:59:59-12:00",
            "9999-12-30T23:00:00Z",
        ] {
            assert_eq!(instant(never), Some(LAST), "{never}");
        }
        for (text, same) in [
            ("9999-12-30T21:00:00Z", "9999-12-30T21:00:00Z"),
            ("9999-12-31T00:00:00+14:00", "9999-12-30T10:00:00Z"),
            ("2026-09-01T08:00:00+02:00", "2026-09-01T06:00:00Z"),
        ] {
            assert_eq!(instant(text), same.parse().ok(), "{text}");
        }
        for nothing in
            ["9999-12-31", "9999-12-31T25:00:00Z", "9999-12-32T00:00:00Z", "9999-12-31T00:00:00", "", "ÄÄÄÄÄÄ"]
        {
            assert_eq!(instant(nothing), None, "{nothing}");
        }
        assert_eq!(in_utc("9999-12-31T23:59:59".parse().unwrap()), Some(LAST));
        assert_eq!(in_utc("2026-09-01T06:00:00".parse().unwrap()), instant("2026-09-01T06:00:00Z"));
        assert_eq!(in_utc("-009999-01-01T00:00:00".parse().unwrap()), None);
    }
}
