//! How well scores and verdicts agree with what was decided.

/// Verdicts against decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Confusion {
    /// Rejected, and said so.
    pub(crate) hits: u64,
    /// Approved, and said to be rejected.
    pub(crate) false_alarms: u64,
    /// Rejected, and said to be approved.
    pub(crate) misses: u64,
    /// Approved, and said so.
    pub(crate) passes: u64,
}

impl Confusion {
    /// Counts verdicts: whether rejection was advised, and whether it came.
    pub(crate) fn of(verdicts: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut confusion = Self::default();
        for (advised, rejected) in verdicts {
            *match (advised, rejected) {
                (true, true) => &mut confusion.hits,
                (true, false) => &mut confusion.false_alarms,
                (false, true) => &mut confusion.misses,
                (false, false) => &mut confusion.passes,
            } += 1;
        }
        confusion
    }

    /// Of those said to be rejected, how many were; `None` when it was never said.
    pub(crate) fn precision(self) -> Option<f64> {
        ratio(self.hits, self.hits + self.false_alarms)
    }

    /// Of those rejected, how many were said to be.
    pub(crate) fn recall(self) -> Option<f64> {
        ratio(self.hits, self.hits + self.misses)
    }

    /// The mean of how many rejected and how many approved ones were told right: one half for a constant.
    pub(crate) fn balanced_accuracy(self) -> Option<f64> {
        Some(f64::midpoint(self.recall()?, ratio(self.passes, self.passes + self.false_alarms)?))
    }
}

/// A part of a whole; `None` of nothing.
#[expect(clippy::cast_precision_loss, reason = "a printed ratio of counts far below 2^52")]
pub(crate) fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The area under the curve of hits over false alarms: how often a rejected grant has a higher score than an approved
/// one, equal scores counting half.
pub(crate) fn area<S: Ord + Copy>(scores: &[(S, bool)]) -> Option<f64> {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable();
    let (mut approved_below, mut twice_above, mut rejected_all) = (0_u64, 0_u64, 0_u64);
    for equal in sorted.chunk_by(|one, other| one.0 == other.0) {
        let rejected = equal.iter().filter(|(_, rejected)| *rejected).count() as u64;
        let approved = equal.len() as u64 - rejected;
        twice_above += rejected * (2 * approved_below + approved);
        approved_below += approved;
        rejected_all += rejected;
    }
    ratio(twice_above, 2 * rejected_all * approved_below)
}

/// The verdicts of the threshold with the best balanced accuracy, chosen in hindsight: an upper bound of what a score
/// can do.
pub(crate) fn best<S: Ord + Copy>(scores: &[(S, bool)]) -> Confusion {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(|one, other| other.cmp(one));
    let all = Confusion::of(scores.iter().map(|(_, rejected)| (false, *rejected)));
    let (mut best, mut confusion) = (all, all);
    for equal in sorted.chunk_by(|one, other| one.0 == other.0) {
        for (_, rejected) in equal {
            match rejected {
                true => (confusion.hits, confusion.misses) = (confusion.hits + 1, confusion.misses - 1),
                false => {
                    (confusion.false_alarms, confusion.passes) = (confusion.false_alarms + 1, confusion.passes - 1)
                }
            }
        }
        if confusion.balanced_accuracy() > best.balanced_accuracy() {
            best = confusion;
        }
    }
    best
}

/// The mean square of what chances, in thousandths, are off by: nought is perfect.
pub(crate) fn brier(chances: impl IntoIterator<Item = (u16, bool)>) -> Option<f64> {
    let (mut squares, mut count) = (0_u64, 0_u64);
    for (chance, rejected) in chances {
        let off = u64::from(if rejected { 1_000 - chance.min(1_000) } else { chance });
        squares += off * off;
        count += 1;
    }
    ratio(squares, count * 1_000_000)
}

/// Grants of about the same chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Bin {
    /// How many.
    pub(crate) count: u64,
    /// The sum of their chances, in thousandths.
    pub(crate) chances: u64,
    /// How many were rejected.
    pub(crate) rejected: u64,
}

/// Upper ends of the bins of chances, in thousandths: finer where most grants are.
pub(crate) const BINS: [u16; 10] = [5, 10, 20, 50, 100, 200, 350, 500, 750, 1_000];

/// Chances against what came, bin by bin.
pub(crate) fn calibration(chances: impl IntoIterator<Item = (u16, bool)>) -> [Bin; BINS.len()] {
    let mut bins = [Bin::default(); BINS.len()];
    for (chance, rejected) in chances {
        let place = BINS.partition_point(|end| *end <= chance).min(BINS.len() - 1);
        if let Some(bin) = bins.get_mut(place) {
            bin.count += 1;
            bin.chances += u64::from(chance);
            bin.rejected += u64::from(rejected);
        }
    }
    bins
}

/// The mean distance between promised and observed rates, weighted by the size of the bins.
pub(crate) fn expected_error(bins: &[Bin]) -> Option<f64> {
    let count: u64 = bins.iter().map(|bin| bin.count).sum();
    let off: u64 = bins.iter().map(|bin| bin.chances.abs_diff(bin.rejected * 1_000)).sum();
    ratio(off, count * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_counts_pairs_in_order() {
        assert_eq!(area(&[(1, false), (2, true), (3, false), (4, true)]), Some(0.75));
        assert_eq!(area(&[(1, false), (1, true)]), Some(0.5));
        assert_eq!(area(&[(1, true), (2, true)]), None);
    }

    #[test]
    fn the_best_threshold_is_found_between_scores() {
        let scores = [(9, true), (8, true), (7, false), (6, true), (1, false), (0, false)];
        let best = best(&scores);
        assert_eq!((best.hits, best.false_alarms), (2, 0));
        assert!(best.balanced_accuracy().is_some_and(|balanced| (balanced - 5.0 / 6.0).abs() < 1e-9));
        assert_eq!(best.precision(), Some(1.0));
    }

    #[test]
    fn a_constant_verdict_has_a_balanced_accuracy_of_one_half() {
        let approve_all = Confusion::of([(false, true), (false, false), (false, false)]);
        assert_eq!(approve_all.balanced_accuracy(), Some(0.5));
        assert_eq!((approve_all.precision(), approve_all.recall()), (None, Some(0.0)));
    }

    #[test]
    fn chances_that_come_true_have_no_error() {
        let chances = (0..100).map(|n| (250, n % 4 == 0));
        assert_eq!(expected_error(&calibration(chances.clone())), Some(0.0));
        assert_eq!(brier(chances), Some(0.1875));
        assert_eq!(expected_error(&calibration([(250, true)])), Some(0.75));
    }
}
