//! One bit per row and status.

use crate::counts::Counts;
use crate::row::{Decision, RowState};

/// Which of 64 rows are in which status. Bit `n` stands for the row at place `n` of the page. The first four never
/// overlap; rows in none of them are pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Masks {
    /// Accepted.
    pub accepted: u64,
    /// Rejected, not yet fixed.
    pub rejected: u64,
    /// Rejected and fixed since.
    pub fixed: u64,
    /// Undecided and flagged.
    pub flagged: u64,
    /// Signed off.
    pub signed_off: u64,
}

impl Masks {
    /// The change of the counts since an earlier state of the page.
    #[must_use]
    pub fn change_since(&self, before: &Self) -> Counts {
        self.counts() - before.counts()
    }

    /// How many rows are in which status.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        Counts {
            accepted: self.accepted.count_ones() as i64,
            rejected: self.rejected.count_ones() as i64,
            fixed: self.fixed.count_ones() as i64,
            flagged: self.flagged.count_ones() as i64,
            signed_off: self.signed_off.count_ones() as i64,
        }
    }

    /// The same, of the rows in `rows` alone: what one reviewer sees.
    #[must_use]
    pub const fn within(&self, rows: u64) -> Self {
        Self {
            accepted: self.accepted & rows,
            rejected: self.rejected & rows,
            fixed: self.fixed & rows,
            flagged: self.flagged & rows,
            signed_off: self.signed_off & rows,
        }
    }

    /// Rows with one of the three decisions.
    #[must_use]
    pub const fn decided(&self) -> u64 {
        self.accepted | self.rejected | self.fixed
    }

    /// The decision of the row at a place.
    #[must_use]
    pub const fn decision(&self, slot: u8) -> Decision {
        let bit = 1u64 << (slot & 63);
        if self.accepted & bit != 0 {
            Decision::Accepted
        } else if self.rejected & bit != 0 {
            Decision::Rejected
        } else if self.fixed & bit != 0 {
            Decision::Fixed
        } else {
            Decision::None
        }
    }

    /// Makes the bits of one place say what the row's state says.
    pub(crate) fn set(&mut self, slot: u8, row: &RowState) {
        let bit = 1u64 << (slot & 63);
        for (mask, on) in [
            (&mut self.accepted, row.decision == Decision::Accepted),
            (&mut self.rejected, row.decision == Decision::Rejected),
            (&mut self.fixed, row.decision == Decision::Fixed),
            (&mut self.flagged, row.flagged),
            (&mut self.signed_off, row.is_signed_off()),
        ] {
            if on { *mask |= bit } else { *mask &= !bit }
        }
    }
}
