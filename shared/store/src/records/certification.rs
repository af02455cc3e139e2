//! Certifications and workflows, as stored.

use domain::automation::run::RunStatus;
use domain::ids::{ReviewId, SnapshotId, WorkflowId};
use domain::review::{Acknowledged, CertState, Certification, Workflow};
use domain::user::User;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::query::QueryRecord;
use super::user::{UserRecord, users, users_of};
use crate::doc::Record;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CertificationRecord {
    id: ReviewId,
    workflow: WorkflowId,
    query: QueryRecord,
    name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    notes: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reviewers: Vec<UserRecord>,
    state: StateRecord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    snapshot: Option<SnapshotId>,
    started_at: Timestamp,
    created_by: UserRecord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    query_completed_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    completed_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    completed_by: Option<UserRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    terminated_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expired_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acknowledged: Option<AcknowledgedRecord>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    error: String,
    updated_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    updated_by: Option<UserRecord>,
    #[serde(default)]
    total: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    automation_run: Option<RunRecord>,
    /// The attempt whose derived items are the live ones.
    pub(crate) attempt: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct AcknowledgedRecord {
    by: UserRecord,
    at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RunRecord {
    Running,
    Succeeded,
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StateRecord {
    Searching,
    InProgress,
    Completed,
}

impl Record for CertificationRecord {
    const KIND: &'static str = "certification";
    const FORMAT: u32 = 1;
}

impl CertificationRecord {
    pub(crate) fn new(certification: &Certification, attempt: u32) -> Self {
        let c = certification.clone();
        Self {
            id: c.id,
            workflow: c.workflow_id,
            query: (&c.query_used).into(),
            name: c.name,
            notes: c.notes,
            due: c.due_date,
            reviewers: users(&c.reviewers),
            state: match c.state {
                CertState::Searching => StateRecord::Searching,
                CertState::InProgress => StateRecord::InProgress,
                CertState::Completed => StateRecord::Completed,
            },
            snapshot: c.snapshot,
            started_at: c.started_at,
            created_by: (&c.created_by).into(),
            query_completed_at: c.query_completed_at,
            completed_at: c.completed_at,
            completed_by: c.completed_by.as_ref().map(UserRecord::from),
            terminated_at: c.terminated_at,
            expired_at: c.expired_at,
            acknowledged: c.sources_acknowledged.map(|it| AcknowledgedRecord { by: (&it.by).into(), at: it.at }),
            error: c.error_reason,
            updated_at: c.updated_at,
            updated_by: c.updated_by.as_ref().map(UserRecord::from),
            total: c.total,
            automation_run: c.automation_run.map(|status| match status {
                RunStatus::Running => RunRecord::Running,
                RunStatus::Succeeded => RunRecord::Succeeded,
                RunStatus::Failed => RunRecord::Failed,
            }),
            attempt,
        }
    }

    /// The certification; its version is that of the item.
    pub(crate) fn into_domain(self, version: u64) -> Certification {
        Certification {
            id: self.id,
            workflow_id: self.workflow,
            query_used: self.query.into(),
            name: self.name,
            notes: self.notes,
            due_date: self.due,
            reviewers: users_of(self.reviewers),
            state: match self.state {
                StateRecord::Searching => CertState::Searching,
                StateRecord::InProgress => CertState::InProgress,
                StateRecord::Completed => CertState::Completed,
            },
            snapshot: self.snapshot,
            started_at: self.started_at,
            created_by: self.created_by.into(),
            query_completed_at: self.query_completed_at,
            completed_at: self.completed_at,
            completed_by: self.completed_by.map(User::from),
            terminated_at: self.terminated_at,
            expired_at: self.expired_at,
            sources_acknowledged: self.acknowledged.map(|it| Acknowledged { by: it.by.into(), at: it.at }),
            error_reason: self.error,
            updated_at: self.updated_at,
            updated_by: self.updated_by.map(User::from),
            version,
            total: self.total,
            automation_run: self.automation_run.map(|status| match status {
                RunRecord::Running => RunStatus::Running,
                RunRecord::Succeeded => RunStatus::Succeeded,
                RunRecord::Failed => RunStatus::Failed,
            }),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct WorkflowRecord {
    id: WorkflowId,
    name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
    owner: UserRecord,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    notes: String,
    query: QueryRecord,
    creator: UserRecord,
    created_at: Timestamp,
}

impl Record for WorkflowRecord {
    const KIND: &'static str = "workflow";
    const FORMAT: u32 = 1;
}

impl From<&Workflow> for WorkflowRecord {
    fn from(workflow: &Workflow) -> Self {
        let Workflow { id, name, description, owner, notes, query, creator, created_at } = workflow;
        Self {
            id: *id,
            name: name.clone(),
            description: description.clone(),
            owner: owner.into(),
            notes: notes.clone(),
            query: query.into(),
            creator: creator.into(),
            created_at: *created_at,
        }
    }
}

impl From<WorkflowRecord> for Workflow {
    fn from(record: WorkflowRecord) -> Self {
        let WorkflowRecord { id, name, description, owner, notes, query, creator, created_at } = record;
        Self {
            id,
            name,
            description,
            owner: owner.into(),
            notes,
            query: query.into(),
            creator: creator.into(),
            created_at,
        }
    }
}
