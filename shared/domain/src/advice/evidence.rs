//! What is known about an access before anybody decides on it.

use serde::{Deserialize, Serialize};

use super::logit;
use crate::risk::Factor;

/// Everything that advice is drawn from. `None` says that nothing is known, which is told as a gap and never guessed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// What the peers hold.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
    /// How the same access was decided on for others.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub same_access: Option<Lean>,
    /// How other access of people alike was decided on.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub same_people: Option<Lean>,
    /// How the same was decided on for the same account the last time.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Earlier>,
    /// Whole days since it was last used.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub idle_days: Option<u32>,
    /// Checks of policies.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub checks: Option<Checks>,
    /// Risk factors that were triggered.
    #[serde(rename = "t", default, skip_serializing_if = "Vec::is_empty", with = "codes")]
    pub triggered: Vec<Factor>,
    /// Risk factors that were looked at and found in order.
    #[serde(rename = "k", default, skip_serializing_if = "Vec::is_empty", with = "codes")]
    pub passing: Vec<Factor>,
    /// Risk factors that could not be judged.
    #[serde(rename = "g", default, skip_serializing_if = "Vec::is_empty", with = "codes")]
    pub gaps: Vec<Factor>,
}

/// How usual an access is among those who are alike: of everything that is held, what is held most seldom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Peers that hold it.
    #[serde(rename = "w")]
    pub with: u32,
    /// Peers, the subject aside.
    #[serde(rename = "n")]
    pub of: u32,
    /// Its name.
    #[serde(rename = "e")]
    pub what: String,
    /// In what the peers are alike, such as `application, department`.
    #[serde(rename = "l")]
    pub alike: String,
}

/// Past decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Of them, against the access.
    #[serde(rename = "r")]
    pub rejected: u32,
    /// All of them.
    #[serde(rename = "n")]
    pub of: u32,
}

/// Where past decisions lean to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lean {
    /// The decisions that are most alike.
    #[serde(flatten)]
    pub tally: Tally,
    /// How far they lean to rejection, in thousandths of a nat beside the average decision.
    #[serde(rename = "l")]
    pub by: i32,
}

/// What was decided the last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Earlier {
    /// The access was confirmed.
    #[serde(rename = "a")]
    Approved,
    /// The access was to go, and is still there.
    #[serde(rename = "r")]
    Rejected,
}

/// How many policies are kept and broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checks {
    /// Kept.
    #[serde(rename = "p")]
    pub pass: u32,
    /// Broken.
    #[serde(rename = "f")]
    pub fail: u32,
}

/// As many decisions as a wider circle counts for beside a narrower one.
const WIDER: u64 = 8;

impl Tally {
    /// Counts one more decision.
    pub const fn add(&mut self, rejected: bool) {
        self.of += 1;
        self.rejected += rejected as u32;
    }

    /// The same without one of its decisions.
    #[must_use]
    pub const fn without(self, rejected: bool) -> Self {
        Self { rejected: self.rejected.saturating_sub(rejected as u32), of: self.of.saturating_sub(1) }
    }

    /// How often access is rejected altogether, in millionths: two in twenty-five until decisions say otherwise.
    #[must_use]
    pub fn base(self) -> u32 {
        Self::rate(u64::from(self.rejected) + 2, u64::from(self.of) + 25)
    }

    /// How often access is rejected in this circle, in millionths, when a wider circle rejects `wider` millionths: the
    /// fewer decisions there are, the more the wider circle counts.
    #[must_use]
    pub fn within(self, wider: u32) -> u32 {
        let whole = u64::from(logit::WHOLE);
        let rejected = u64::from(self.rejected) * whole + WIDER * u64::from(wider);
        Self::rate(rejected, (u64::from(self.of) + WIDER) * whole)
    }

    fn rate(rejected: u64, of: u64) -> u32 {
        u32::try_from(u128::from(rejected) * u128::from(logit::WHOLE) / u128::from(of.max(1))).unwrap_or(logit::WHOLE)
    }
}

impl Lean {
    /// Where circles lean to, given from the widest to the narrowest; `base` is the average in millionths. `None` when
    /// nobody decided anything.
    #[must_use]
    pub fn narrowing(base: u32, circles: impl IntoIterator<Item = Tally>) -> Option<Self> {
        let mut nearest = None;
        let mut rate = base;
        for tally in circles.into_iter().filter(|tally| tally.of > 0) {
            rate = tally.within(rate);
            nearest = Some(tally);
        }
        nearest.map(|tally| Self { tally, by: logit::logit(rate) - logit::logit(base) })
    }
}

/// Risk factors by their codes.
mod codes {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::risk::Factor;

    pub(super) fn serialize<S: Serializer>(factors: &[Factor], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(factors.iter().map(|factor| factor.info().code))
    }

    /// A factor that is not known any more is left out.
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Factor>, D::Error> {
        let codes = Vec::<String>::deserialize(deserializer)?;
        Ok(codes.iter().filter_map(|code| Factor::from_code(code)).collect())
    }
}
