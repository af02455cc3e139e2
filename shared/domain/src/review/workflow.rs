//! The reusable part of a review.

use jiff::Timestamp;

use crate::ids::WorkflowId;
use crate::query::Query;
use crate::user::User;

/// A review configuration. Has many certifications over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// Its id.
    pub id: WorkflowId,
    /// 1 to 200 characters.
    pub name: String,
    /// At most 4000 characters.
    pub description: String,
    /// Who is responsible.
    pub owner: User,
    /// At most 4000 characters.
    pub notes: String,
    /// Which rows its certifications consist of.
    pub query: Query,
    /// Who made it; the reviewer of last resort.
    pub creator: User,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Who is asked to review the rows of a certification.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ReviewerAssignment {
    /// The manager of each row's source identity.
    pub users_manager: bool,
    /// The owners of each row's destination.
    pub resource_managers: bool,
    /// These, on every row.
    pub reviewers: Vec<User>,
    /// These, where automatic assignment finds nobody.
    pub fallback_reviewers: Vec<User>,
}

impl ReviewerAssignment {
    /// What campaigns do unless told otherwise: ask the manager.
    #[must_use]
    pub fn campaign_default() -> Self {
        Self { users_manager: true, ..Self::default() }
    }
}
