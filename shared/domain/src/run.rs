//! The run history of a campaign: who had to answer for an account, what they answered, and what came of it.
//!
//! A line says nothing that the row's state does not: it is read off the state and the campaign every time. The first
//! condition that holds tells the response:
//!
//! | response | condition |
//! | --- | --- |
//! | approved | accepted |
//! | revoked | rejected, or fixed since |
//! | terminated | undecided, and the campaign was broken off |
//! | message delivery failed | undecided, and no reviewer has an address that a request can be sent to |
//! | pending response | otherwise; what is set aside for a closer look waits for its answer |
//!
//! Recording an answer always succeeds. A revocation that is enforced succeeds or fails with the removal of the access,
//! and has no result until that is known.

use jiff::Timestamp;

use crate::review::{Phase, RevokeMode};
use crate::row::{Decision, NotificationStatus, RowState};
use crate::user::User;

/// How whoever was asked has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Response {
    /// The access stays.
    Approved,
    /// The access goes.
    Revoked,
    /// Nobody answered before the campaign was broken off.
    Terminated,
    /// The request could not be delivered.
    MessageDeliveryFailed,
    /// Nobody has answered yet.
    PendingResponse,
}

impl Response {
    /// All, in the order of the table above.
    pub const ALL: [Self; 5] =
        [Self::Approved, Self::Revoked, Self::Terminated, Self::MessageDeliveryFailed, Self::PendingResponse];

    /// The word on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Revoked => "revoked",
            Self::Terminated => "terminated",
            Self::MessageDeliveryFailed => "message_delivery_failed",
            Self::PendingResponse => "pending_response",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Approved => "Approved",
            Self::Revoked => "Revoked",
            Self::Terminated => "Terminated",
            Self::MessageDeliveryFailed => "Message Delivery Failed",
            Self::PendingResponse => "Pending Response",
        }
    }
}

/// What came of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// What was answered is done.
    Success,
    /// The access could not be removed.
    Failure,
}

impl Outcome {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Success, Self::Failure];

    /// The word on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }
}

/// What the lines of a campaign depend on beside their rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Course {
    /// Whether the campaign was broken off.
    pub terminated: bool,
    /// Whether a rejection leads to the removal of the access.
    pub revoke_mode: RevokeMode,
}

impl Course {
    /// The course of a campaign that stands at `phase`.
    #[must_use]
    pub const fn of(phase: Phase, revoke_mode: RevokeMode) -> Self {
        Self { terminated: matches!(phase, Phase::Terminated { .. }), revoke_mode }
    }

    /// How the reviewers of a row have answered.
    pub fn response<'a>(self, row: &RowState, reviewers: impl IntoIterator<Item = &'a User>) -> Response {
        match row.decision {
            Decision::Accepted => Response::Approved,
            Decision::Rejected | Decision::Fixed => Response::Revoked,
            Decision::None if self.terminated => Response::Terminated,
            Decision::None if reviewers.into_iter().any(|user| is_address(&user.email)) => Response::PendingResponse,
            Decision::None => Response::MessageDeliveryFailed,
        }
    }

    /// What came of the answer; `None` while there is none, or while that is not known.
    #[must_use]
    pub const fn outcome(self, row: &RowState) -> Option<Outcome> {
        match (row.decision, row.notification, self.revoke_mode) {
            (Decision::None, _, _) => None,
            (Decision::Accepted | Decision::Fixed, _, _) => Some(Outcome::Success),
            // Also where the campaign only records: this one answer asked for the removal.
            (Decision::Rejected, NotificationStatus::Succeed, _) => Some(Outcome::Success),
            (Decision::Rejected, NotificationStatus::Failed, _) => Some(Outcome::Failure),
            (Decision::Rejected, NotificationStatus::Pending, _) => None,
            (Decision::Rejected, NotificationStatus::Unknown, RevokeMode::RecordOnly) => Some(Outcome::Success),
            (Decision::Rejected, NotificationStatus::Unknown, RevokeMode::Enforce) => None,
        }
    }
}

/// When a row was answered for; `None` without an answer.
#[must_use]
pub fn answered_at(row: &RowState) -> Option<Timestamp> {
    match row.decision {
        Decision::None => None,
        Decision::Accepted | Decision::Rejected | Decision::Fixed => row.decided.as_ref().map(|mark| mark.at),
    }
}

/// Whether a text is an e-mail address that something can be sent to, as far as its form tells.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let whole = text.chars().count() <= 254 && !text.chars().any(|c| c.is_control() || c.is_whitespace());
    let parts = text.split_once('@');
    whole && parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
}

#[cfg(test)]
mod tests;
