//! What is done without a person: what caused it, and which of several wishes counts.
//!
//! Every rule (and whatever else judges rows) that matches a row wants something to become of it. The strongest wish
//! counts, and of equal ones the first: reject beats flag, so that a risk is never kept because somebody should look at
//! it; flag beats approve, because its purpose is that a person looks; and handing the row to another reviewer comes last,
//! because it leaves the row undecided. A row that nothing matches stays as it is.

use serde::{Deserialize, Serialize};

use crate::ids::{AutomationId, AutomationRunId, PolicyId, RuleId};
use crate::user::UserKey;
use crate::verdict::Verdict;

/// What did something where no person did. Stands in the log for good: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Cause {
    /// A campaign rule.
    Rule {
        /// Which.
        id: RuleId,
        /// Its version: what its condition was.
        version: u64,
    },
    /// A policy.
    Policy {
        /// Which.
        id: PolicyId,
        /// Its version: what it expected.
        version: u64,
    },
    /// An automation.
    Automation {
        /// Which.
        id: AutomationId,
        /// Its version: what it asked for.
        version: u64,
        /// In the course of which run.
        run: AutomationRunId,
    },
}

/// What is to become of a row, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wish {
    /// Take the access away.
    Reject,
    /// Let a person look at it again.
    Flag,
    /// Keep the access.
    Approve,
    /// Let somebody else review it.
    Assign,
}

/// The wish that counts, with whatever belongs to it: the strongest, and the first of equally strong ones.
pub fn strongest<T>(wishes: impl IntoIterator<Item = (Wish, T)>) -> Option<(Wish, T)> {
    wishes.into_iter().min_by_key(|(wish, _)| *wish)
}

/// Puts things into the order in which their wishes count, so that the first that matches a row is the one that
/// [`strongest`] finds among all that match it.
pub fn sort_by_strength<T>(things: &mut [T], wish: impl Fn(&T) -> Wish) {
    things.sort_by_key(wish);
}

/// What is done to one row without a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Automatic {
    /// Why.
    pub cause: Cause,
    /// What.
    pub step: AutomaticStep,
}

/// What can be done without a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AutomaticStep {
    /// Decide.
    Decide(Verdict),
    /// Make these the only reviewers.
    Assign {
        /// Somebody, and behind them who stands in for them. Not empty.
        reviewers: Vec<UserKey>,
        /// Whom a machine made the reviewers before, where nobody has changed them since: they may be replaced. Any others
        /// that differ from those of the row's creation are somebody's choice.
        over: Option<Vec<UserKey>>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reject_beats_flag_beats_approve_beats_assign() {
        use Wish::{Approve, Assign, Flag, Reject};
        let cases = [
            (vec![], None),
            (vec![Assign], Some(Assign)),
            (vec![Assign, Approve], Some(Approve)),
            (vec![Approve, Flag, Assign], Some(Flag)),
            (vec![Approve, Flag, Reject, Assign], Some(Reject)),
        ];
        for (wishes, expected) in cases {
            let found = strongest(wishes.iter().map(|wish| (*wish, ())));
            assert_eq!(found.map(|(wish, ())| wish), expected, "{wishes:?}");
        }
    }

    #[test]
    fn of_equally_strong_wishes_the_first_counts_and_sorting_agrees() {
        let mut wishes = [(Wish::Approve, 1), (Wish::Reject, 2), (Wish::Approve, 3), (Wish::Reject, 4)];
        assert_eq!(strongest(wishes), Some((Wish::Reject, 2)));
        sort_by_strength(&mut wishes, |(wish, _)| *wish);
        assert_eq!(wishes.map(|(_, number)| number), [2, 4, 1, 3]);
    }
}
