//! Instants in text.

use jiff::{Timestamp, civil, tz::TimeZone};

/// The instant of a full RFC 3339 timestamp, in milliseconds since 1970; `None` for anything else.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let is_date = bytes.len() >= 20 && bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
    let has_time = matches!(bytes.get(10), Some(b'T' | b't')) && bytes.get(13) == Some(&b':');
    // Other notations that the calendar library reads (a space, a zone in brackets) are plain text here.
    let plain = bytes.len() <= 40 && !text.contains(['[', ' ']);
    if !(is_date && has_time && plain) {
        return None;
    }
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

/// The instant of a timestamp, or the first one, in UTC, of a date `2026-09-01`.
pub(crate) fn parse_or_date(text: &str) -> Option<i64> {
    if text.len() != 10 {
        return parse(text);
    }
    let date: civil::Date = text.parse().ok()?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rfc_3339_is_an_instant() {
        let instant = parse("2026-09-01T06:00:00Z");
        assert_eq!(instant, Some(1_788_242_400_000));
        assert_eq!(parse("2026-09-01T08:00:00+02:00"), instant);
        assert_eq!(parse("2026-09-01T06:00:00.0004Z"), instant);
        for text in ["2026-09-01", "2026-09-01 06:00:00Z", "2026-09-01T06:00:00", "", "2026-13-01T06:00:00Z"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse_or_date("2026-09-01"), Some(1_788_220_800_000));
        assert_eq!(parse_or_date("2026-09-1x"), None);
    }
}
