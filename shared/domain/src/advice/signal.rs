//! Evidence as signals: a few levels each, and how much each level says before anybody has decided anything.

use super::evidence::{Earlier, Evidence};
use super::logit;
use crate::risk::Factor;

/// One thing that evidence says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// How usual the access is among peers, from the rarest (0) to what nearly everybody has (5).
    Held(u8),
    /// How long it has not been used: under 30, 90, 180 days, longer.
    Idle(u8),
    /// Where decisions on the same access lean to, from approval (0) to rejection (8).
    SameAccess(u8),
    /// Where decisions on people alike lean to, from approval (0) to rejection (8).
    SamePeople(u8),
    /// What was decided the last time: approved (0), rejected (1).
    Own(u8),
    /// Whether a policy is broken: no (0), yes (1).
    Broken(u8),
    /// A risk factor: passing (0), triggered (1).
    Risk(Factor, u8),
}

/// A level's share among rejected and among approved access, in thousandths, as experienced reviewers would put it.
type Shares = [u16; 2];

const HELD: [Shares; 6] = [[260, 15], [170, 40], [130, 80], [110, 125], [130, 240], [200, 500]];
const IDLE: [Shares; 4] = [[350, 680], [180, 220], [150, 80], [320, 20]];
const OWN: [Shares; 2] = [[500, 975], [500, 25]];
const BROKEN: [Shares; 2] = [[600, 900], [400, 100]];
const LEAN: [Shares; 9] =
    [[35, 111], [45, 111], [57, 111], [73, 111], [92, 112], [117, 111], [150, 111], [190, 111], [241, 111]];

/// Up to which share of the peers, in millionths, each level of [`Signal::Held`] goes.
const SHARES: [u32; 5] = [7_500, 30_000, 100_000, 300_000, 600_000];
/// Up to how many days each level of [`Signal::Idle`] goes.
const DAYS: [u32; 3] = [30, 90, 180];
/// Thousandths of a nat between two levels of a lean.
const STEP: i32 = 300;

/// Factors that say the same as a signal of their own.
const SAID_OTHERWISE: [&str; 3] = ["stale_account", "rare_access", "policy_failure"];

impl Signal {
    /// How many places a table of signals has.
    pub const SLOTS: usize = FIRST_RISK + 2 * Factor::ALL.len();

    /// The signal's place in a table, and that of its first sibling with their number.
    pub(super) fn slot(self) -> (usize, usize, usize) {
        let (first, level, of) = match self {
            Self::Held(level) => (0, level, HELD.len()),
            Self::Idle(level) => (HELD.len(), level, IDLE.len()),
            Self::SameAccess(level) => (FIRST_LEAN, level, LEAN.len()),
            Self::SamePeople(level) => (FIRST_LEAN + LEAN.len(), level, LEAN.len()),
            Self::Own(level) => (FIRST_LEAN + 2 * LEAN.len(), level, OWN.len()),
            Self::Broken(level) => (FIRST_LEAN + 2 * LEAN.len() + OWN.len(), level, BROKEN.len()),
            Self::Risk(factor, level) => {
                let place = Factor::ALL.iter().position(|other| *other == factor).unwrap_or(0);
                (FIRST_RISK + 2 * place, level, 2)
            }
        };
        (first + usize::from(level).min(of - 1), first, of)
    }

    /// The level's share among rejected and approved access before anybody has decided anything, in thousandths.
    pub(super) fn expected(self) -> Shares {
        let of = |table: &[Shares], level: u8| table.get(usize::from(level)).copied().unwrap_or([1, 1]);
        match self {
            Self::Held(level) => of(&HELD, level),
            Self::Idle(level) => of(&IDLE, level),
            Self::SameAccess(level) | Self::SamePeople(level) => of(&LEAN, level),
            Self::Own(level) => of(&OWN, level),
            Self::Broken(level) => of(&BROKEN, level),
            Self::Risk(factor, level) => {
                let triggered = match factor {
                    // Nobody answers for it: that is hardly ever left as it is.
                    Factor::Orphaned | Factor::InactiveOwner => [250, 15],
                    // The weight of a factor says how much more often it meets access that has to go.
                    other => [80 + 10 * u16::from(other.info().weight.min(80)), 80],
                };
                if level == 0 { triggered.map(|share| 1_000 - share) } else { triggered }
            }
        }
    }

    /// Everything that evidence says, in a fixed order.
    #[must_use]
    pub fn all(evidence: &Evidence) -> Vec<Self> {
        let mut signals = Vec::with_capacity(8 + evidence.passing.len());
        let level = |limits: &[u32], value: u32| u8::try_from(limits.partition_point(|limit| *limit <= value));
        if let Some(held) = evidence.held.as_ref().filter(|held| held.of > 0) {
            signals.push(Self::Held(level(&SHARES, logit::at_most(held.with, held.of)).unwrap_or(0)));
        }
        signals.extend(evidence.idle_days.map(|days| Self::Idle(level(&DAYS, days).unwrap_or(0))));
        signals.extend(evidence.same_access.map(|lean| Self::SameAccess(leaning(lean.by))));
        signals.extend(evidence.same_people.map(|lean| Self::SamePeople(leaning(lean.by))));
        signals.extend(evidence.own.map(|own| Self::Own(u8::from(own == Earlier::Rejected))));
        signals.extend(evidence.checks.map(|checks| Self::Broken(u8::from(checks.fail > 0))));
        let risks = [(&evidence.triggered, 1), (&evidence.passing, 0)];
        for (factors, level) in risks {
            let own = factors.iter().filter(|factor| !SAID_OTHERWISE.contains(&factor.info().code));
            signals.extend(own.map(|factor| Self::Risk(*factor, level)));
        }
        signals
    }
}

const FIRST_LEAN: usize = HELD.len() + IDLE.len();
const FIRST_RISK: usize = FIRST_LEAN + 2 * LEAN.len() + OWN.len() + BROKEN.len();

fn leaning(by: i32) -> u8 {
    let middle = 4;
    let level = (by + by.signum() * STEP / 2) / STEP;
    u8::try_from((level + middle).clamp(0, 2 * middle)).unwrap_or(0)
}
