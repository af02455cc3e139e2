//! From what signals say together to a chance that can be taken at its word.
//!
//! Signals are added up as if they were independent, which they are not: an account that nobody uses is also one whose
//! password is old. The sum therefore says too much, and is stretched and shifted to what was really decided.

use super::logit;

/// How a sum of signals becomes log-odds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calibration {
    /// What counts of the sum, in hundredths.
    pub slope: i32,
    /// What is added, in thousandths of a nat.
    pub shift: i32,
}

impl Default for Calibration {
    /// Until decisions say otherwise, the sum counts as it is.
    fn default() -> Self {
        Self { slope: 100, shift: 0 }
    }
}

impl Calibration {
    /// The log-odds for a sum of signals, where an average access has `base`.
    #[must_use]
    pub fn log_odds(self, base: i32, sum: i32) -> i32 {
        let sum = i64::from(sum) * i64::from(self.slope) / 100 + i64::from(self.shift) + i64::from(base);
        let bound = i64::from(logit::CERTAIN);
        i32::try_from(sum.clamp(-bound, bound)).unwrap_or(0)
    }
}

/// Sums of signals with what was decided, as a histogram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sums {
    /// By bin: rejected, approved.
    bins: Vec<[u32; 2]>,
}

/// Bins on either side of nought.
const SIDE: i32 = 64;
/// Thousandths of a nat in a bin.
const WIDTH: i32 = 200;
/// Fewer rejections than these teach nothing about chances.
const TAUGHT_FROM: u32 = 10;

impl Default for Sums {
    fn default() -> Self {
        Self { bins: vec![[0; 2]; (2 * SIDE + 1) as usize] }
    }
}

impl Sums {
    /// Counts a decision.
    pub fn add(&mut self, sum: i32, rejected: bool) {
        let bin = (sum / WIDTH).clamp(-SIDE, SIDE) + SIDE;
        let bin = usize::try_from(bin).ok().and_then(|bin| self.bins.get_mut(bin));
        if let Some(count) = bin.and_then(|bin| bin.get_mut(usize::from(!rejected))) {
            *count = count.saturating_add(1);
        }
    }

    /// What remains without the decisions of another histogram, which this one contains.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let pairs = self.bins.iter().zip(&other.bins);
        Self { bins: pairs.map(|(all, some)| [0, 1].map(|side| side_of(all, side) - side_of(some, side))).collect() }
    }

    /// The calibration under which these decisions are least surprising, of a fixed grid; the default while there are
    /// too few of them.
    #[must_use]
    pub fn calibration(&self, base: i32) -> Calibration {
        let taught = |side| self.bins.iter().map(|bin| side_of(bin, side)).sum::<u32>() >= TAUGHT_FROM;
        if !(taught(0) && taught(1)) {
            return Calibration::default();
        }
        let shifts = (-10..=10).map(|step| step * 250);
        let grid = shifts.flat_map(|shift| (2..=14).map(move |step| Calibration { slope: step * 10, shift }));
        grid.min_by_key(|calibration| self.surprise(base, *calibration)).unwrap_or_default()
    }

    /// The surprise at all decisions, in thousandths of a nat.
    fn surprise(&self, base: i32, calibration: Calibration) -> u64 {
        let surprise = |(place, bin): (i32, &[u32; 2])| {
            let chance = logit::chance(calibration.log_odds(base, (place - SIDE) * WIDTH));
            let of = |chance: u16| u64::try_from(logit::ln_ratio(1_000, u64::from(chance))).unwrap_or(0);
            u64::from(side_of(bin, 0)) * of(chance) + u64::from(side_of(bin, 1)) * of(1_000 - chance)
        };
        (0..).zip(&self.bins).filter(|(_, bin)| **bin != [0, 0]).map(surprise).sum()
    }
}

fn side_of(bin: &[u32; 2], side: usize) -> u32 {
    bin.get(side).copied().unwrap_or(0)
}
