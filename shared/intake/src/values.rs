//! Reads booleans and times the way inputs write them.

use domain::time;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

/// A boolean in words. Letter case and surrounding blanks do not matter.
pub(crate) fn flag(text: &str) -> Option<bool> {
    const YES: [&str; 8] = ["true", "yes", "1", "active", "t", "y", "on", "enabled"];
    const NO: [&str; 8] = ["false", "no", "0", "inactive", "f", "n", "off", "disabled"];
    let text = text.trim();
    let is_one_of = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is_one_of(&YES) {
        Some(true)
    } else if is_one_of(&NO) {
        Some(false)
    } else {
        None
    }
}

/// A time: RFC 3339, `YYYY-MM-DD`, or `YYYY-MM-DD HH:MM:SS` (with a blank or a `T`, with or without a fraction), the
/// last two in UTC; what lies behind the end of the calendar is its end. Cut to milliseconds, which is what is stored.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let time = match text.len() {
        // A date parses as a time of day at midnight, but only the plain form is meant here.
        10 => text.parse::<Date>().ok().and_then(|date| time::in_utc(date.at(0, 0, 0, 0)))?,
        19.. => time::instant(text).or_else(|| text.parse::<DateTime>().ok().and_then(time::in_utc))?,
        _ => return None,
    };
    Timestamp::from_millisecond(time.as_millisecond()).ok()
}

/// Whether a text may be an id or a name: no control characters.
pub(crate) fn printable(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

/// The attribute name of a custom property: `customprop_` and the lower-cased name, or nothing when the name does not
/// consist of a letter and then letters, digits and underscores.
pub(crate) fn custom_name(name: &str) -> Option<String> {
    let mut characters = name.chars();
    let starts_well = characters.next().is_some_and(|first| first.is_ascii_alphabetic());
    let goes_on_well = characters.all(|character| character.is_ascii_alphanumeric() || character == '_');
    let fits = name.len() <= crate::limits::MAX_CUSTOM_NAME;
    (starts_well && goes_on_well && fits).then(|| format!("customprop_{}", name.to_ascii_lowercase()))
}
