//! Keys of what administrators have settled about reviewers.

use super::Key;

const PARTITION: &str = "REVIEWERS";

/// Who must not be made a reviewer.
pub fn denied() -> Key {
    Key::new(PARTITION, "DENIED")
}

/// The versions of what administrators have settled for everything: of the book of settings, and of who stands in for whom.
pub fn settled() -> Key {
    Key::new("SETTLED", "VERSIONS")
}

/// Who stands in for whom as a reviewer.
pub fn delegates() -> Key {
    Key::new(PARTITION, "DELEGATES")
}
