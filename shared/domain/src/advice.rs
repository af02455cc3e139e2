//! What is suggested to a reviewer about an access, and why: explainable statistics over evidence that is kept.
//!
//! [`Evidence`] is what is known: what peers hold, how it is used, risk factors, policy checks, past decisions. It falls
//! into [`Signal`]s of a few levels each. Every level has a weight, in log-odds: before anybody has decided anything, the
//! one that experienced reviewers would expect; later corrected by an [`Experience`] of past decisions. The weights of an
//! access add up, a [`Calibration`] takes back what the signals say twice, and the sum becomes a chance that a careful
//! reviewer would reject the access.
//!
//! Everything is counted in whole numbers and follows from its arguments alone, so that stored advice can be worked out
//! again from what was frozen, on any machine, to the last digit. Whatever changes a figure counts [`VERSION`] up.

mod calibration;
mod evidence;
mod experience;
mod logit;
mod signal;
mod words;

pub use calibration::{Calibration, Sums};
pub use evidence::{Checks, Earlier, Evidence, Held, Lean, Tally};
pub use experience::Experience;
pub use logit::{WHOLE, at_most};
pub use signal::Signal;
pub use words::{Words, tell};

/// The version of everything that makes a figure of advice.
pub const VERSION: u32 = 1;

/// From this chance of rejection on, in thousandths, rejection is suggested.
const REJECT_FROM: u16 = 500;
/// From this chance of rejection on, in thousandths, a closer look is suggested.
const REVIEW_FROM: u16 = 150;
/// How much confidence each gap in the evidence costs, in hundredths.
const GAP_COSTS: u8 = 2;

/// What a reviewer is advised to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suggestion {
    /// Keep the access.
    Approve,
    /// Look closer: something speaks against it, not enough to take it away unseen.
    Review,
    /// Take the access away.
    Reject,
}

impl Suggestion {
    /// All, ascending by concern.
    pub const ALL: [Self; 3] = [Self::Approve, Self::Review, Self::Reject];

    /// The word in records and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Review => "review",
            Self::Reject => "reject",
        }
    }

    /// The suggestion of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suggestion| suggestion.word() == word)
    }
}

/// What past decisions teach; without any, what experienced reviewers expect.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guide {
    /// The weights of signals.
    pub experience: Experience,
    /// What their sum is worth.
    pub calibration: Calibration,
}

/// Advice on one access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// What to do.
    pub suggestion: Suggestion,
    /// How sure that is, 0 to 100; with even odds and gaps it may fall below 50.
    pub confidence: u8,
    /// The chance that a careful reviewer rejects the access, in thousandths.
    pub chance: u16,
    /// The same before it is rounded: log-odds in thousandths of a nat. For ordering.
    pub log_odds: i32,
    /// What each signal contributed, in thousandths of a nat; above nought speaks for rejection.
    pub parts: Vec<(Signal, i32)>,
}

/// Draws advice from evidence.
#[must_use]
pub fn advise(evidence: &Evidence, guide: &Guide) -> Advice {
    let Guide { experience, calibration } = guide;
    let parts = parts(evidence, guide);
    let log_odds = calibration.log_odds(experience.base(), sum(&parts));
    let chance = logit::chance(log_odds);
    let suggestion = match chance {
        REJECT_FROM.. => Suggestion::Reject,
        REVIEW_FROM.. => Suggestion::Review,
        _ => Suggestion::Approve,
    };
    let sure = u8::try_from(chance.max(1_000 - chance) / 10).unwrap_or(100);
    let gaps = u8::try_from(words::gaps(evidence).len()).unwrap_or(u8::MAX);
    Advice { suggestion, confidence: sure.saturating_sub(gaps.saturating_mul(GAP_COSTS)), chance, log_odds, parts }
}

/// What each signal contributes, in thousandths of a nat; above nought speaks for rejection.
#[must_use]
pub fn parts(evidence: &Evidence, guide: &Guide) -> Vec<(Signal, i32)> {
    Signal::all(evidence).into_iter().map(|signal| (signal, guide.experience.weight(signal))).collect()
}

/// What signals say together, before calibration.
#[must_use]
pub fn sum(parts: &[(Signal, i32)]) -> i32 {
    parts.iter().map(|(_, weight)| *weight).sum()
}

#[cfg(test)]
mod tests;
