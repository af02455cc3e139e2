//! When a schedule of the template calls its function: `rate(5 minutes)` or `cron(0 8 ? * MON-FRI *)`, read as EventBridge
//! reads them, by UTC.

mod cron;

use std::time::Duration;

pub use cron::Cron;

/// What the forms are called in errors.
pub const FORMS: &str =
    "rate(1 minute), rate(5 hours), rate(2 days) or cron(minutes hours day-of-month month day-of-week year)";

/// When a function is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rhythm {
    /// At the start, and whenever this time has passed.
    Every(Duration),
    /// At minutes of the calendar.
    At(Cron),
}

impl Rhythm {
    /// What an expression says; `None` for one that EventBridge would refuse.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let (form, inside) = text.strip_suffix(')')?.split_once('(')?;
        match form {
            "rate" => rate(inside).map(Self::Every),
            "cron" => Cron::of(inside).map(Self::At),
            _ => None,
        }
    }
}

/// `1 minute`, `2 hours`. One is singular and everything else plural, or the stack could not be deployed.
fn rate(text: &str) -> Option<Duration> {
    let (count, unit) = text.split_once(' ')?;
    let count: u64 = count.parse().ok().filter(|count| *count > 0)?;
    let unit = if count == 1 { unit } else { unit.strip_suffix('s')? };
    let seconds: u64 = match unit {
        "minute" => 60,
        "hour" => 3600,
        "day" => 86_400,
        _ => return None,
    };
    count.checked_mul(seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_as_they_are_deployed() {
        for (text, seconds) in [("rate(1 minute)", 60), ("rate(2 hours)", 7200), ("rate(1 day)", 86_400)] {
            assert_eq!(Rhythm::of(text), Some(Rhythm::Every(Duration::from_secs(seconds))), "{text}");
        }
        for text in
            ["rate(1 minutes)", "rate(2 minute)", "rate(0 minutes)", "rate(1 week)", "rate(1)", "at(2099)", "", "rate"]
        {
            assert_eq!(Rhythm::of(text), None, "{text}");
        }
    }

    #[test]
    fn a_calendar_is_one_of_the_forms() {
        assert!(matches!(Rhythm::of("cron(0 8 ? * MON-FRI *)"), Some(Rhythm::At(_))));
        assert_eq!(Rhythm::of("cron(0 8 * * *)"), None);
    }
}
