//! Changes that are prepared once and applied to all rows that a filter finds.

use crate::ids::{SmartActionId, WorkflowId};
use crate::review::ReviewerAssignment;
use crate::row::Decision;
use crate::user::User;

/// A prepared change, and the rows that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmartAction {
    /// Its id.
    pub id: SmartActionId,
    /// At most 200 characters.
    pub name: String,
    /// At most 4,000 characters.
    pub description: String,
    /// The workflow whose reviews offer it; `None` for all of them.
    pub workflow: Option<WorkflowId>,
    /// What has to hold of what is reviewed, in the filter language; empty holds always.
    pub filter: String,
    /// What has to hold of what was decided, in the filter language; empty holds always.
    pub mutable_filter: String,
    /// Whether it is for all rows, where there is no filter.
    pub apply_to_all_rows: bool,
    /// What it changes.
    pub fields: MutableFields,
}

impl SmartAction {
    /// Whether there are rows that it is for: a filter, or the word that it is for all.
    #[must_use]
    pub fn is_for_something(&self) -> bool {
        self.has_filter() || self.apply_to_all_rows
    }

    /// Whether a filter says which rows it is for.
    #[must_use]
    pub fn has_filter(&self) -> bool {
        !self.filter.trim().is_empty() || !self.mutable_filter.trim().is_empty()
    }
}

/// What a prepared change does to a row; `None` and empty leave a part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MutableFields {
    /// New decision; [`Decision::None`] clears.
    pub decision: Option<Decision>,
    /// New note; blank clears.
    pub notes: Option<String>,
    /// Sign off, or not.
    pub signed_off: Option<bool>,
    /// New reviewers.
    pub reviewers: Vec<User>,
    /// How new reviewers are found, row by row; only without `reviewers`.
    pub assignment: Option<ReviewerAssignment>,
}

impl MutableFields {
    /// Whether it changes anything.
    #[must_use]
    pub fn is_something(&self) -> bool {
        *self != Self::default()
    }
}
