//! How many blocks a walk looks at together.
//!
//! What a filter leaves of a block is not known before some have been looked at. Too few at a time take many requests,
//! too many read what the page does not need. So a walk begins with few, and then goes by what it has found. A cursor
//! carries what its page has taken, because the next page nearly always takes as many.

use store::keys::PAGES_PER_STRIPE;

use super::piece::Piece;

/// The most that are looked at together: few enough to be held in memory undecoded, enough for requests that run beside
/// each other.
pub(crate) const MAX_BLOCKS: usize = 200;
/// How many times as many as all before are looked at, at most, before enough has been found to go by: matches may lie
/// thick behind a long gap.
const GROWTH: usize = 8;
/// How many rows found are enough to go by.
const ENOUGH: usize = 4;

/// What has been looked at, and what it held.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    first: usize,
    looked: usize,
    found: usize,
}

impl Pace {
    /// Begins with this many blocks.
    pub(crate) fn new(first: usize) -> Self {
        Self { first: first.clamp(1, MAX_BLOCKS), looked: 0, found: 0 }
    }

    /// Notes what some blocks held.
    pub(crate) fn note(&mut self, blocks: usize, found: usize) {
        self.looked = self.looked.saturating_add(blocks);
        self.found = self.found.saturating_add(found);
    }

    /// How many blocks to look at next, where so many rows are still missing: a quarter more than would hold them if
    /// they lay as thick as those before.
    pub(crate) fn next(&self, missing: usize) -> usize {
        if self.looked == 0 {
            return self.first;
        }
        let held = match self.found {
            0 => usize::MAX,
            found => self.looked.saturating_mul(missing).saturating_mul(5).div_ceil(found.saturating_mul(4)),
        };
        let most = if self.found < ENOUGH { self.looked.saturating_mul(GROWTH) } else { MAX_BLOCKS };
        held.clamp(1, most.min(MAX_BLOCKS))
    }

    /// With how many blocks the next page begins, if this one has `rows` rows: those that held as many, or all where
    /// there were no more.
    pub(crate) fn of_page(&self, rows: usize) -> u32 {
        let taken = match self.found {
            found if found > rows => self.looked.saturating_mul(rows).div_ceil(found),
            _ => self.looked,
        };
        u32::try_from(taken.min(MAX_BLOCKS)).unwrap_or(0)
    }
}

/// Whether two pieces have the states of their pages in one stripe, which one query reads.
pub(crate) fn share_stripe(one: &Piece, other: &Piece) -> bool {
    let stripe = |piece: &Piece| piece.row(0).page() / PAGES_PER_STRIPE;
    stripe(one) == stripe(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_goes_by_what_it_has_found() {
        let mut pace = Pace::new(2);
        assert_eq!(pace.next(100), 2);
        pace.note(2, 10);
        assert_eq!(pace.next(90), 23, "a quarter more than 18");
        pace.note(23, 90);
        assert_eq!(pace.of_page(100), 25);
        pace.note(5, 50);
        assert_eq!(pace.of_page(100), 20, "the next page needs no more than the rows of this one took");
    }

    #[test]
    fn a_walk_that_finds_nearly_nothing_grows_to_the_limit() {
        let mut pace = Pace::new(1);
        let mut taken = Vec::new();
        for _ in 0..5 {
            taken.push(pace.next(100));
            pace.note(pace.next(100), 0);
        }
        assert_eq!(taken, [1, 8, 72, 200, 200]);
        assert_eq!(pace.of_page(100), 200);
        let mut pace = Pace::new(1);
        pace.note(1, 1);
        assert_eq!(pace.next(100), 8, "one row is no measure");
    }

    #[test]
    fn what_a_cursor_says_is_kept_within_the_limit() {
        assert_eq!(Pace::new(usize::MAX).next(1), MAX_BLOCKS);
        assert_eq!(Pace::new(0).next(1), 1);
    }
}
