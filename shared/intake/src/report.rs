//! What is wrong with an input, and what is merely odd.
//!
//! A [`Fault`] refuses the whole input. A [`Warning`] says what was left out or guessed while the rest was taken. Both
//! are collected while reading, so that a client repairs a file in one round instead of line by line.

use std::fmt::{self, Write as _};

use crate::limits::{MAX_FAULTS, MAX_REMARK, MAX_WARNINGS};

/// One reason why an input is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: `accounts[3].email` in JSON, `accounts.csv:17:4` (line and column, from 1) in a file, `17:4` when there
    /// is only one file, `$` for the whole input.
    pub place: String,
    /// What: lower case, without a full stop.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Something that was left out or guessed in an input that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where, as in [`Fault::place`].
    pub place: String,
    /// What was done about it.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// All faults of a refused input: the first [`MAX_FAULTS`] in full, in the order of reading.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the input has {} faults", .faults.len() + .more)]
pub struct Faults {
    /// The first faults; never empty.
    pub faults: Vec<Fault>,
    /// How many more there were.
    pub more: usize,
}

impl Faults {
    /// A refusal for one reason.
    pub fn one(place: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self { faults: vec![Fault { place: clipped(place), message: clipped(message) }], more: 0 }
    }
}

/// Collects faults and warnings during one reading.
#[derive(Debug, Default)]
pub(crate) struct Report {
    faults: Vec<Fault>,
    more_faults: usize,
    warnings: Vec<Warning>,
    more_warnings: usize,
}

impl Report {
    /// Notes a fault. Beyond the bound it is only counted, and nothing is formatted.
    pub(crate) fn fault(&mut self, place: &dyn fmt::Display, message: impl fmt::Display) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(Fault { place: clipped(place), message: clipped(message) });
        } else {
            self.more_faults += 1;
        }
    }

    /// Notes a warning. Beyond the bound it is only counted.
    pub(crate) fn warn(&mut self, place: &dyn fmt::Display, message: impl fmt::Display) {
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(Warning { place: clipped(place), message: clipped(message) });
        } else {
            self.more_warnings += 1;
        }
    }

    /// Whether the input is refused already.
    pub(crate) fn failed(&self) -> bool {
        !self.faults.is_empty()
    }

    /// The warnings when there was no fault, else the faults.
    pub(crate) fn finish(self) -> Result<Vec<Warning>, Faults> {
        if self.failed() {
            return Err(Faults { faults: self.faults, more: self.more_faults });
        }
        let mut warnings = self.warnings;
        if self.more_warnings > 0 {
            warnings.push(Warning { place: "$".to_owned(), message: format!("{} more warnings", self.more_warnings) });
        }
        Ok(warnings)
    }
}

/// A text that is cut off where it is too long to be told, and says so.
struct Clipped {
    text: String,
    is_cut: bool,
}

impl fmt::Write for Clipped {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = more.floor_char_boundary(MAX_REMARK.saturating_sub(self.text.len()));
        let (fits, rest) = more.split_at(room);
        self.text.push_str(fits);
        self.is_cut = !rest.is_empty();
        // Nobody needs to put the rest into words.
        if self.is_cut { Err(fmt::Error) } else { Ok(()) }
    }
}

/// What is said, as far as a report holds it.
fn clipped(said: impl fmt::Display) -> String {
    let mut clipped = Clipped { text: String::new(), is_cut: false };
    let _ = write!(clipped, "{said}");
    if clipped.is_cut {
        clipped.text.push('…');
    }
    clipped.text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_input_says_is_quoted_up_to_a_bound() {
        assert_eq!(clipped("short"), "short");
        assert_eq!(clipped(format_args!("{}{}", "x".repeat(MAX_REMARK - 1), "y")).len(), MAX_REMARK);
        let long = clipped(format_args!("unknown group `{}`, ignored", "ü".repeat(1_000_000)));
        assert!(long.starts_with("unknown group `üü") && long.ends_with("ü…"), "{long}");
        assert!(long.len() <= MAX_REMARK + '…'.len_utf8(), "{}", long.len());
    }
}
