//! How much of a review is read at a time, for how long.

use crate::error::Error;
use crate::loading::jobs::{self, Left};

/// How many rows are read together.
pub(super) const READ: usize = 512;

/// That there is time for more: a file is written in one go.
pub(super) fn require_time(left: Left<'_>) -> Result<(), Error> {
    if jobs::is_short(left) {
        return Err(Error::TooLarge("more rows than are written in one go: export parts by a filter".into()));
    }
    Ok(())
}
