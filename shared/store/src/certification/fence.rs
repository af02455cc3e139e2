//! The fence that keeps decisions out of a review that has ended, or whose due date has passed.
//!
//! It stands in the COUNT items, one of which every decision changes. Ending a review, and moving its due date, write all
//! sixteen of them in the transaction that changes META; publishing it writes the first alone. So an item need not exist,
//! and need not tell a due date, for the fence to be exact:
//!
//! - **Ended.** An item that does not exist, or does not say whether it is open, is open: whoever ends the review would have
//!   written it.
//! - **Past due.** A decision brings the due date along that it has read in META, consistently and when the review was open.
//!   What its COUNT item tells counts before that. If the item tells a date, that is the last one that the due date was
//!   moved to. If it tells none, nobody has moved the due date to another since the review was published, up to the very
//!   transaction of the decision, so that what the decision has read still holds; or somebody has taken it away since, and
//!   then the decision is judged by what held when it was read, at worst as one that came just before.
//!
//! Nothing comes in between the two, because the condition on the item is part of the decision's transaction.

use jiff::Timestamp;

use crate::expr::Expr;
use crate::item::{self, Fields, Item};

/// What a command on rows makes of the end of their review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fence {
    /// The review has to be open, and not past due.
    InTime {
        /// The due date of the review, as the caller has read it, consistently, when the review was open; at that very
        /// instant decisions are still in time. `None` where there is none.
        due: Option<Timestamp>,
    },
    /// The review has to be open; past its due date, too, because reviews do not expire.
    Open,
    /// It does not matter: answers of integrations, forced updates, and the expiry's own rejections.
    Ignored,
}

impl Fence {
    /// The change of a COUNT item by a command of the time `:at`, on condition that the fence lets it through.
    pub(crate) fn guard(self, change: Expr, at: Timestamp) -> Expr {
        let in_time = match self {
            Self::Ignored => return change,
            Self::Open => "",
            Self::InTime { due } if due.is_some_and(|due| due < at) => " AND #due >= :at",
            Self::InTime { .. } => " AND (attribute_not_exists(#due) OR #due >= :at)",
        };
        let open = "(attribute_not_exists(#open) OR #open = :open)";
        change.when(format!("{open}{in_time}")).value(":open", item::flag(true))
    }
}

/// Why the fence refuses a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// Completed, terminated or expired.
    NotOpen,
    /// Past its due time, though nobody has closed it yet.
    PastDue,
}

impl Closed {
    /// What the COUNT item that stood in the way says, or that there was none.
    pub(crate) fn of(item: Option<&Item>) -> Self {
        if item.is_none_or(is_open) { Self::PastDue } else { Self::NotOpen }
    }
}

/// Whether a COUNT item accepts decisions; one that a decision brought into being does not say so itself.
fn is_open(item: &Item) -> bool {
    !item.contains_key("open") || item.get_flag("open")
}
