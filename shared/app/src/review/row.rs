//! The read model of a row: what is frozen about it in a block, with what was decided laid over.

pub(crate) mod assemble;
pub(crate) mod find;
pub(super) mod log;
pub(crate) mod own;

use std::sync::Arc;

use columns::{Batch, Cell, Elements};
use domain::automatic::Cause;
use domain::automation::Display;
use domain::ids::{AutomationId, ReviewId, RowId};
use domain::page::ClearedReason;
use domain::review::ReviewerAssignment;
use domain::row::{Decision, NotificationStatus, RowState};
use domain::user::User;
use jiff::Timestamp;

/// The frozen part of one row: a place in a decoded block, which all rows of the block share.
#[derive(Debug, Clone)]
pub struct Frozen {
    batch: Arc<Batch>,
    index: usize,
}

impl Frozen {
    /// The row at `index` of a block.
    pub fn new(batch: Arc<Batch>, index: usize) -> Self {
        Self { batch, index }
    }

    /// The block, and the row's place in it.
    pub(crate) fn place(&self) -> (&Batch, usize) {
        (&self.batch, self.index)
    }

    /// The value of a column, `None` when the row has none.
    pub fn cell(&self, column: &str) -> Option<Cell<'_>> {
        self.batch.column(column)?.cell(self.index)
    }

    /// The string in a text column.
    pub fn text(&self, column: &str) -> Option<&str> {
        self.batch.column(column)?.text(self.index)
    }

    /// The whole number in a column.
    pub fn int(&self, column: &str) -> Option<i64> {
        self.batch.column(column)?.int(self.index)
    }

    /// The strings in a list column; empty when the row has none.
    pub fn list(&self, column: &str) -> Vec<&str> {
        let elements = self.batch.column(column).and_then(|column| column.list(self.index));
        elements.map(|elements| Elements::iter(elements).collect()).unwrap_or_default()
    }

    /// Every present value whose column is `<scope>.<attribute>`, as (attribute, value), in the block's column order.
    pub fn scope<'a>(&'a self, scope: &'a str) -> impl Iterator<Item = (&'a str, Cell<'a>)> {
        self.batch.columns().iter().filter_map(move |column| {
            let attribute = column.name.strip_prefix(scope)?.strip_prefix('.')?;
            Some((attribute, column.cell(self.index)?))
        })
    }

    /// The reviewers that were assigned when the row was built.
    pub fn assigned(&self) -> Vec<User> {
        self.list("reviewers").into_iter().filter_map(crate::user::decode).collect()
    }
}

/// One row of a review as its caller sees it.
#[derive(Debug, Clone)]
pub struct RowView {
    /// The review.
    pub review: ReviewId,
    /// The row's number in the review, from 0.
    pub row: RowId,
    /// What is reviewed. See the crate's list of block columns for the names.
    pub frozen: Frozen,
    /// The aliases under which the review joins entities to its rows: scopes of the frozen columns.
    pub aliases: Arc<[String]>,
    /// The instant up to which the row's ages are counted: when the review was asked for.
    pub as_of: Timestamp,
    /// By which instructions its reviewers were found, where nobody has changed them since and that is known.
    pub assignment: Option<Arc<ReviewerAssignment>>,
    /// What automations show beside the row, in their order.
    pub display: Vec<Marking>,
    /// What was decided; the untouched state for a row that nobody touched.
    pub state: RowState,
    /// The current note.
    pub note: Option<String>,
    /// The reviewers that count: as assigned, unless somebody changed them.
    pub reviewers: Vec<User>,
    /// Who decided.
    pub decided_by: Option<User>,
    /// Who signed off.
    pub signed_off_by: Option<User>,
    /// Who marked the row as fixed.
    pub marked_fixed_by: Option<User>,
    /// Who changed the row last.
    pub updated_by: Option<User>,
    /// Columns that the caller may not see: whoever shows the row leaves them out.
    pub hidden: Arc<[String]>,
    /// Whether the caller is one of the reviewers, or stands in for one.
    pub assigned_to_caller: bool,
    /// What whoever was asked to remove the access said last; `None` also when it was not asked for.
    pub answer: Option<String>,
    /// What happened to the row, oldest first; `None` when it was not asked for.
    pub log: Option<Vec<LogLine>>,
}

impl RowView {
    /// What took the standing decision, where no person did and the log was asked for.
    pub fn decided_because(&self) -> Option<Cause> {
        let log = self.log.as_ref().filter(|_| self.state.decided_by_system())?;
        let mut decisions =
            log.iter().filter(|line| matches!(line.what, LogAction::Decided { .. } | LogAction::Flagged));
        decisions.next_back()?.cause
    }
}

/// Something that an automation shows beside a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marking {
    /// Which automation.
    pub automation: AutomationId,
    /// What.
    pub display: Display,
}

/// One thing that happened to a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: User,
    /// What.
    pub what: LogAction,
    /// Why it was done, where no person did it.
    pub cause: Option<Cause>,
}

/// What happened to a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogAction {
    /// Decided, perhaps with a note in the same command.
    Decided {
        /// What.
        decision: Decision,
        /// The note that came with it.
        note: Option<String>,
    },
    /// Set aside for a closer look.
    Flagged,
    /// The decision, or the flag, was taken away.
    Cleared {
        /// Why.
        reason: ClearedReason,
        /// What stood before.
        previous: Decision,
        /// Who had decided.
        decider: Option<User>,
    },
    /// The note was replaced.
    Note {
        /// The new text; `None` when it was removed, or erased since.
        text: Option<String>,
    },
    /// The reviewers were replaced.
    Reviewers {
        /// All before.
        old: Vec<User>,
        /// All from then on.
        new: Vec<User>,
    },
    /// Signed off.
    SignedOff,
    /// The sign-off was lifted.
    SignOffUndone,
    /// The removal of the access was asked for or called off.
    Notification {
        /// How it went on.
        status: NotificationStatus,
    },
    /// Whoever was asked to remove the access told how it goes, or an administrator did.
    Answered {
        /// How it goes.
        status: NotificationStatus,
        /// What they said about it; `None` also when it was erased since.
        info: Option<String>,
    },
}
