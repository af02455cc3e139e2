//! Keys of what administrators have settled about reviewers.

use super::Key;

const PARTITION: &str = "REVIEWERS";

/// Who must not be made a reviewer.
pub fn denied() -> Key {
    Key::new(PARTITION, "DENIED")
}

/// Who stands in for whom as a reviewer.
pub fn delegates() -> Key {
    Key::new(PARTITION, "DELEGATES")
}
