//! The decision state of one row: what people have said about it.
//!
//! What is under review lives elsewhere and never changes. A row that nobody touched is [`RowState::default`].
//!
//! The two dialects use different words for the same state; [`RowState::approval`] is the one place where the campaign
//! word is derived.

use jiff::Timestamp;

use crate::ids::{AutomationId, AutomationRunId};
use crate::note::NoteTag;
use crate::user::UserKey;

/// What was decided. The codes stand on the wire and in records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum Decision {
    /// No decision.
    #[default]
    None = 1,
    /// The access is right.
    Accepted = 2,
    /// The access is wrong.
    Rejected = 3,
    /// The access was rejected and has been removed since.
    Fixed = 4,
}

impl Decision {
    /// All decisions in the order of their codes.
    pub const ALL: [Self; 4] = [Self::None, Self::Accepted, Self::Rejected, Self::Fixed];

    /// The stored code.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The decision of a stored code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.code() == code)
    }
}

/// How the removal of a rejected access goes. The codes stand on the wire and in records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum NotificationStatus {
    /// Nobody was asked to remove anything.
    #[default]
    Unknown = 0,
    /// The removal was asked for and nothing came back.
    Pending = 1,
    /// Removed.
    Succeed = 2,
    /// Could not be removed.
    Failed = 3,
}

impl NotificationStatus {
    /// All in the order of their codes.
    pub const ALL: [Self; 4] = [Self::Unknown, Self::Pending, Self::Succeed, Self::Failed];

    /// The stored code.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The status of a stored code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}

/// Where a text about a row is, its current note or an answer, and how it can be compared without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NoteRef {
    /// The sequence number of the log entry that set the text: part of its key.
    pub seq: u64,
    /// Short digest of the text; the log holds the full one.
    pub tag: NoteTag,
}

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mark {
    /// Who.
    pub by: UserKey,
    /// When, to the millisecond.
    pub at: Timestamp,
}

/// That an automation shows something beside a row: what, its version says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DisplayMark {
    /// Which automation.
    pub automation: AutomationId,
    /// Its version.
    pub version: u64,
}

/// Everything that was decided about one row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowState {
    /// The standing decision.
    pub decision: Decision,
    /// Set aside for a closer look; only together with [`Decision::None`].
    pub flagged: bool,
    /// The final confirmation; locks the row for ordinary updates.
    pub signed_off: Option<Mark>,
    /// Who took the standing decision or set the flag. Marking a rejected row as fixed keeps it: see `marked_fixed`.
    pub decided: Option<Mark>,
    /// Who marked the row as fixed; only together with [`Decision::Fixed`].
    pub marked_fixed: Option<Mark>,
    /// The current note.
    pub note: Option<NoteRef>,
    /// Reviewers, where they differ from those the row was created with.
    pub reviewers: Option<Vec<UserKey>>,
    /// The instructions that found these reviewers; none where somebody named them.
    pub instructions: Option<NoteRef>,
    /// How the removal goes.
    pub notification: NotificationStatus,
    /// What whoever was asked to remove the access said last, where they said something; only as long as `notification`
    /// is their answer.
    pub answer: Option<NoteRef>,
    /// The runs of automations that have touched the row, in their order.
    pub automation_runs: Vec<AutomationRunId>,
    /// What automations show beside the row, in their order.
    pub display: Vec<DisplayMark>,
    /// The last change of any kind.
    pub updated: Option<Mark>,
    /// Number of log entries that changed the row; 0 means untouched. The row's ETag.
    pub version: u32,
}

/// The state of a row in the words of the campaign dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Approval {
    /// Undecided.
    Pending,
    /// Confirmed.
    Approved,
    /// Denied; the removal is owed or failed.
    Rejected,
    /// Set aside; blocks completion like pending.
    Flagged,
    /// Denied and removed.
    Revoked,
}

impl RowState {
    /// How long after a decision it can be undone, inclusive.
    pub const UNDO_WINDOW_MS: i64 = 30_000;

    /// The state in the words of the campaign dialect.
    #[must_use]
    pub const fn approval(&self) -> Approval {
        match (self.decision, self.notification) {
            (Decision::None, _) if self.flagged => Approval::Flagged,
            (Decision::None, _) => Approval::Pending,
            (Decision::Accepted, _) => Approval::Approved,
            (Decision::Fixed, _) | (Decision::Rejected, NotificationStatus::Succeed) => Approval::Revoked,
            (
                Decision::Rejected,
                NotificationStatus::Unknown | NotificationStatus::Pending | NotificationStatus::Failed,
            ) => Approval::Rejected,
        }
    }

    /// Whether the row is signed off.
    #[must_use]
    pub const fn is_signed_off(&self) -> bool {
        self.signed_off.is_some()
    }

    /// Whether the standing decision was taken by a rule, an automation or an expiry.
    #[must_use]
    pub fn decided_by_system(&self) -> bool {
        self.decided.as_ref().is_some_and(|mark| mark.by.is_system())
    }

    /// The last instant at which the standing decision can be undone; `None` while there is none, and for one that no
    /// person took.
    #[must_use]
    pub fn undo_expires_at(&self) -> Option<Timestamp> {
        let decided = self.decided.as_ref().filter(|mark| !mark.by.is_system())?;
        decided.at.checked_add(jiff::SignedDuration::from_millis(Self::UNDO_WINDOW_MS)).ok()
    }
}
