//! How grants that have something in common were decided on.

use domain::advice::Tally;

/// For every grant, the visible decisions on the others with the same key. Counted by sorting: twelve bytes a grant
/// beside the keys, whatever they are.
pub(crate) fn others(keys: &[u64], decisions: &Decisions<'_>) -> Vec<Tally> {
    let mut order: Vec<u32> = (0..u32::try_from(keys.len()).unwrap_or(u32::MAX)).collect();
    let key = |row: &u32| keys.get(*row as usize).copied().unwrap_or_default();
    order.sort_unstable_by_key(key);
    let mut tallies = vec![Tally::default(); keys.len()];
    for circle in order.chunk_by(|one, other| key(one) == key(other)) {
        let mut tally = Tally::default();
        circle.iter().filter_map(|row| decisions.visible(*row as usize)).for_each(|rejected| tally.add(rejected));
        for row in circle {
            if let Some(others) = tallies.get_mut(*row as usize) {
                *others = decisions.visible(*row as usize).map_or(tally, |rejected| tally.without(rejected));
            }
        }
    }
    tallies
}

/// Decisions of which one part is hidden.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decisions<'a> {
    pub(crate) rejected: &'a [bool],
    /// The fold that is hidden.
    pub(crate) hidden: u64,
}

/// Parts of the grants that are hidden in turn.
pub(crate) const FOLDS: u64 = 5;

impl Decisions<'_> {
    /// Whether a grant was rejected; `None` where that is hidden.
    pub(crate) fn visible(&self, row: usize) -> Option<bool> {
        self.rejected.get(row).copied().filter(|_| fold(row) != self.hidden)
    }

    /// All visible decisions but that on one grant.
    pub(crate) fn without(&self, all: Tally, row: usize) -> Tally {
        self.visible(row).map_or(all, |rejected| all.without(rejected))
    }

    /// All visible decisions.
    pub(crate) fn all(&self) -> Tally {
        let mut all = Tally::default();
        (0..self.rejected.len()).filter_map(|row| self.visible(row)).for_each(|rejected| all.add(rejected));
        all
    }
}

/// The fold of a grant, scattered so that no pattern in the file falls into one.
fn fold(row: usize) -> u64 {
    let mixed = (row as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 40) % FOLDS
}

/// The key of a pair of codes.
pub(crate) fn pair(one: u32, other: u32) -> u64 {
    (u64::from(one) << 32) | u64::from(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_sees_the_decisions_on_others_of_its_key_and_never_its_own() {
        let rejected = [true, true, false, true];
        let tallies = others(&[7, 3, 7, 7], &Decisions { rejected: &rejected, hidden: FOLDS });
        let of = |rejected, of| Tally { rejected, of };
        assert_eq!(tallies, [of(1, 2), of(0, 0), of(2, 2), of(1, 2)]);
    }

    #[test]
    fn hidden_decisions_are_counted_for_nobody() {
        let rejected = [true; 100];
        let decisions = Decisions { rejected: &rejected, hidden: 2 };
        let visible = u32::try_from((0..100).filter(|row| fold(*row) != 2).count()).unwrap();
        assert!((70..90).contains(&visible), "{visible}");
        for (row, tally) in others(&[0; 100], &decisions).into_iter().enumerate() {
            assert_eq!(tally.of, visible - u32::from(fold(row) != 2));
        }
    }
}
