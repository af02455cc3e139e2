//! Campaigns, as stored.

use domain::ids::{CampaignId, WorkflowId};
use domain::review::{
    Campaign, CampaignPlan, CampaignQuery, CampaignStatus, Condition, ConditionValue, ReviewerAssignment, RevokeMode,
    Scope, StartState,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::user::{UserRecord, users, users_of};
use crate::doc::Record;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CampaignRecord {
    id: CampaignId,
    workflow: WorkflowId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    template: Option<CampaignId>,
    plan: PlanRecord,
    status: StatusRecord,
    start: StartRecord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start_error: Option<String>,
    created_at: Timestamp,
    created_by: UserRecord,
    updated_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    completed_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    terminated_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expired_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleted_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct PlanRecord {
    name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
    kind: String,
    start: Timestamp,
    end: Timestamp,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    applications: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    account_types: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    include: Vec<ConditionRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    exclude: Vec<ConditionRecord>,
    assignment: AssignmentRecord,
    revoke: RevokeRecord,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    auto_start: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ConditionRecord {
    entity: String,
    field: String,
    operator: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<ValueRecord>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ValueRecord {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct AssignmentRecord {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    users_manager: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    resource_managers: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reviewers: Vec<UserRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fallback: Vec<UserRecord>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StatusRecord {
    Draft,
    Scheduled,
    Active,
    Completed,
    Terminated,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StartRecord {
    None,
    Queued,
    Running,
    Done,
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RevokeRecord {
    RecordOnly,
    Enforce,
}

impl Record for CampaignRecord {
    const KIND: &'static str = "campaign";
    const FORMAT: u32 = 1;
}

impl From<&Campaign> for CampaignRecord {
    fn from(campaign: &Campaign) -> Self {
        let c = campaign.clone();
        Self {
            id: c.id,
            workflow: c.workflow_id,
            template: c.template_id,
            plan: c.plan.into(),
            status: match c.status {
                CampaignStatus::Draft => StatusRecord::Draft,
                CampaignStatus::Scheduled => StatusRecord::Scheduled,
                CampaignStatus::Active => StatusRecord::Active,
                CampaignStatus::Completed => StatusRecord::Completed,
                CampaignStatus::Terminated => StatusRecord::Terminated,
            },
            start: match c.start_state {
                StartState::None => StartRecord::None,
                StartState::Queued => StartRecord::Queued,
                StartState::Running => StartRecord::Running,
                StartState::Done => StartRecord::Done,
                StartState::Failed => StartRecord::Failed,
            },
            start_error: c.start_error,
            created_at: c.created_at,
            created_by: (&c.created_by).into(),
            updated_at: c.updated_at,
            started_at: c.started_at,
            completed_at: c.completed_at,
            terminated_at: c.terminated_at,
            expired_at: c.expired_at,
            deleted_at: c.deleted_at,
        }
    }
}

impl CampaignRecord {
    /// The campaign; its version is that of the item.
    pub(crate) fn into_domain(self, version: u64) -> Campaign {
        Campaign {
            id: self.id,
            workflow_id: self.workflow,
            template_id: self.template,
            plan: self.plan.into(),
            status: match self.status {
                StatusRecord::Draft => CampaignStatus::Draft,
                StatusRecord::Scheduled => CampaignStatus::Scheduled,
                StatusRecord::Active => CampaignStatus::Active,
                StatusRecord::Completed => CampaignStatus::Completed,
                StatusRecord::Terminated => CampaignStatus::Terminated,
            },
            start_state: match self.start {
                StartRecord::None => StartState::None,
                StartRecord::Queued => StartState::Queued,
                StartRecord::Running => StartState::Running,
                StartRecord::Done => StartState::Done,
                StartRecord::Failed => StartState::Failed,
            },
            start_error: self.start_error,
            created_at: self.created_at,
            created_by: self.created_by.into(),
            updated_at: self.updated_at,
            started_at: self.started_at,
            completed_at: self.completed_at,
            terminated_at: self.terminated_at,
            expired_at: self.expired_at,
            deleted_at: self.deleted_at,
            version,
        }
    }
}

impl From<CampaignPlan> for PlanRecord {
    fn from(plan: CampaignPlan) -> Self {
        let CampaignQuery { inclusion_filters, exclusion_filters } = plan.query;
        let Scope { applications, account_types } = plan.scope;
        Self {
            name: plan.name,
            description: plan.description,
            kind: plan.kind,
            start: plan.start_date,
            end: plan.end_date,
            applications,
            account_types,
            include: inclusion_filters.into_iter().map(ConditionRecord::from).collect(),
            exclude: exclusion_filters.into_iter().map(ConditionRecord::from).collect(),
            assignment: plan.reviewer_assignment.into(),
            revoke: match plan.revoke_mode {
                RevokeMode::RecordOnly => RevokeRecord::RecordOnly,
                RevokeMode::Enforce => RevokeRecord::Enforce,
            },
            auto_start: plan.auto_start,
        }
    }
}

impl From<PlanRecord> for CampaignPlan {
    fn from(record: PlanRecord) -> Self {
        Self {
            name: record.name,
            description: record.description,
            kind: record.kind,
            start_date: record.start,
            end_date: record.end,
            scope: Scope { applications: record.applications, account_types: record.account_types },
            query: CampaignQuery {
                inclusion_filters: record.include.into_iter().map(Condition::from).collect(),
                exclusion_filters: record.exclude.into_iter().map(Condition::from).collect(),
            },
            reviewer_assignment: record.assignment.into(),
            revoke_mode: match record.revoke {
                RevokeRecord::RecordOnly => RevokeMode::RecordOnly,
                RevokeRecord::Enforce => RevokeMode::Enforce,
            },
            auto_start: record.auto_start,
        }
    }
}

impl From<Condition> for ConditionRecord {
    fn from(condition: Condition) -> Self {
        let Condition { entity, field, operator, value } = condition;
        let value = value.map(|value| match value {
            ConditionValue::Bool(value) => ValueRecord::Bool(value),
            ConditionValue::Int(value) => ValueRecord::Int(value),
            ConditionValue::Float(value) => ValueRecord::Float(value),
            ConditionValue::Text(value) => ValueRecord::Text(value),
        });
        Self { entity, field, operator, value }
    }
}

impl From<ConditionRecord> for Condition {
    fn from(record: ConditionRecord) -> Self {
        let ConditionRecord { entity, field, operator, value } = record;
        let value = value.map(|value| match value {
            ValueRecord::Bool(value) => ConditionValue::Bool(value),
            ValueRecord::Int(value) => ConditionValue::Int(value),
            ValueRecord::Float(value) => ConditionValue::Float(value),
            ValueRecord::Text(value) => ConditionValue::Text(value),
        });
        Self { entity, field, operator, value }
    }
}

impl From<ReviewerAssignment> for AssignmentRecord {
    fn from(assignment: ReviewerAssignment) -> Self {
        let ReviewerAssignment { users_manager, resource_managers, reviewers, fallback_reviewers } = assignment;
        Self { users_manager, resource_managers, reviewers: users(&reviewers), fallback: users(&fallback_reviewers) }
    }
}

impl From<AssignmentRecord> for ReviewerAssignment {
    fn from(record: AssignmentRecord) -> Self {
        let AssignmentRecord { users_manager, resource_managers, reviewers, fallback } = record;
        Self {
            users_manager,
            resource_managers,
            reviewers: users_of(reviewers),
            fallback_reviewers: users_of(fallback),
        }
    }
}
