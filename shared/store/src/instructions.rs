//! Instructions about reviewers as a text beside rows, where they have found new reviewers of some.
//!
//! The text is kept as notes are: once on each page and command, under its digest.

use domain::review::ReviewerAssignment;

use crate::error::Error;
use crate::label;
use crate::records::AssignmentRecord;

const WHAT: &str = "the instructions that found reviewers";

/// The text of instructions; the same instructions have the same text.
///
/// # Errors
/// None that a value could cause; [`Error::Corrupt`] if it cannot be written down all the same.
pub fn write(instructions: &ReviewerAssignment) -> Result<String, Error> {
    serde_json::to_string(&AssignmentRecord::from(instructions.clone())).map_err(|error| Error::corrupt(WHAT, error))
}

/// The instructions of a text that [`write()`] wrote.
///
/// # Errors
/// [`Error::Corrupt`].
pub fn read(text: &str) -> Result<ReviewerAssignment, Error> {
    let record: AssignmentRecord =
        serde_json::from_str(text).map_err(|error| Error::corrupt(WHAT, label::of_fault(&error)))?;
    Ok(record.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_what_was_written_and_keeps_its_spelling() {
        let instructions = ReviewerAssignment {
            users_manager: true,
            fallback_reviewers: vec![domain::user::User::system()],
            ..ReviewerAssignment::default()
        };
        let text = write(&instructions).unwrap();
        assert_eq!(read(&text).unwrap(), instructions);
        let plain = ReviewerAssignment { resource_managers: true, ..ReviewerAssignment::default() };
        assert_eq!(write(&plain).unwrap(), r#"{"resource_managers":true}"#);
        assert!(matches!(read("{"), Err(Error::Corrupt { .. })));
    }
}
