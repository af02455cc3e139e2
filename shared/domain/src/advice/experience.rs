//! What past decisions teach about signals: which of them went together with rejection, and how often.

use super::evidence::Tally;
use super::logit;
use super::signal::Signal;

/// Decisions by the signals that they went with. Adding is exact and reversible, so that any decision can be hidden from
/// the advice on itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Experience {
    /// All decisions.
    pub all: Tally,
    /// By signal: rejected, approved.
    slots: Vec<[u32; 2]>,
}

impl Default for Experience {
    fn default() -> Self {
        Self { all: Tally::default(), slots: vec![[0; 2]; Signal::SLOTS] }
    }
}

/// As many decisions of either kind as what is expected of a signal counts for.
const EXPECTED: u64 = 20;

impl Experience {
    /// Learns from a decision.
    pub fn add(&mut self, signals: &[Signal], rejected: bool) {
        self.all.add(rejected);
        self.change(signals, rejected, |count| *count = count.saturating_add(1));
    }

    /// Forgets a decision that was added before.
    pub fn remove(&mut self, signals: &[Signal], rejected: bool) {
        self.all = self.all.without(rejected);
        self.change(signals, rejected, |count| *count = count.saturating_sub(1));
    }

    fn change(&mut self, signals: &[Signal], rejected: bool, change: impl Fn(&mut u32)) {
        for signal in signals {
            let slot = self.slots.get_mut(signal.slot().0);
            if let Some(count) = slot.and_then(|slot| slot.get_mut(usize::from(!rejected))) {
                change(count);
            }
        }
    }

    /// How much a signal speaks for rejection, in thousandths of a nat: what is expected of it, corrected by what was
    /// decided.
    #[must_use]
    pub fn weight(&self, signal: Signal) -> i32 {
        let (own, first, of) = signal.slot();
        let counts = |place: usize, side: usize| {
            self.slots.get(place).and_then(|slot| slot.get(side)).copied().map_or(0, u64::from)
        };
        let [rejected, approved] = [0, 1].map(|side| {
            let expected = signal.expected().get(side).copied().map_or(1, u64::from);
            let all: u64 = (first..first + of).map(|place| counts(place, side)).sum();
            (counts(own, side) * 1_000 + EXPECTED * expected, (all + EXPECTED) * 1_000)
        });
        logit::ln_ratio(rejected.0, rejected.1) - logit::ln_ratio(approved.0, approved.1)
    }

    /// The log-odds of rejection when nothing is known about an access.
    #[must_use]
    pub fn base(&self) -> i32 {
        logit::logit(self.all.base())
    }
}
