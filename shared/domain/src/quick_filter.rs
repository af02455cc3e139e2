//! Filters that reviewers pick by name.

use crate::ids::{QuickFilterId, WorkflowId};

/// A filter of one condition with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickFilter {
    /// Its id.
    pub id: QuickFilterId,
    /// At most 200 characters.
    pub name: String,
    /// The workflow whose reviews offer it; `None` for all of them.
    pub workflow: Option<WorkflowId>,
    /// The condition, in the filter language.
    pub filter: String,
}
