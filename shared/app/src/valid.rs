//! Checks that several inputs share. Lengths are in characters, as clients count them.

use crate::error::Faults;

/// The longest name.
pub(crate) const MAX_NAME: usize = 200;
/// The longest description, comment or note.
pub(crate) const MAX_TEXT: usize = 4_000;

/// The name without surrounding blanks; a fault when nothing, or too much, is left.
pub(crate) fn name(faults: &mut Faults, field: &str, name: &str) -> String {
    let name = name.trim();
    faults.require(!name.is_empty(), field, "must not be empty");
    faults.require(name.chars().count() <= MAX_NAME, field, "must have at most 200 characters");
    faults.require(!name.chars().any(char::is_control), field, "must not contain control characters");
    name.to_owned()
}

/// A fault when a free text is too long, or holds what no page, table or terminal shows.
pub(crate) fn text(faults: &mut Faults, field: &str, text: &str) {
    faults.require(text.chars().count() <= MAX_TEXT, field, "must have at most 4000 characters");
    let is_shown = |c: char| !c.is_control() || matches!(c, '\t' | '\r' | '\n');
    faults.require(text.chars().all(is_shown), field, "must not contain control characters but tabs and line ends");
}
