//! How many rows are in which status, exactly.
//!
//! A command changes the masks of a page; the counts change by the difference of their popcounts. So counts are never
//! recomputed and never wrong: the sum of all differences is the recount.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

/// Rows per status, or a change of them. Rows that are in none of the first four are pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Rows accepted.
    pub accepted: i64,
    /// Rows rejected, not yet fixed.
    pub rejected: i64,
    /// Rows rejected and fixed since.
    pub fixed: i64,
    /// Undecided rows that are flagged.
    pub flagged: i64,
    /// Rows signed off, whatever the decision.
    pub signed_off: i64,
}

impl Counts {
    /// Rows with one of the three decisions.
    #[must_use]
    pub const fn decided(&self) -> i64 {
        self.accepted + self.rejected + self.fixed
    }

    /// Rows neither decided nor flagged, of `total`.
    #[must_use]
    pub const fn pending(&self, total: i64) -> i64 {
        total - self.decided() - self.flagged
    }

    /// Rows without decision, flagged or not, of `total`.
    #[must_use]
    pub const fn undecided(&self, total: i64) -> i64 {
        total - self.decided()
    }

    /// Whether this is no change at all.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            accepted: self.accepted + other.accepted,
            rejected: self.rejected + other.rejected,
            fixed: self.fixed + other.fixed,
            flagged: self.flagged + other.flagged,
            signed_off: self.signed_off + other.signed_off,
        }
    }
}

impl Neg for Counts {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            accepted: -self.accepted,
            rejected: -self.rejected,
            fixed: -self.fixed,
            flagged: -self.flagged,
            signed_off: -self.signed_off,
        }
    }
}

impl Sub for Counts {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), Add::add)
    }
}
