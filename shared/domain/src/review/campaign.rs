//! A campaign: what its dialect adds to a certification, and the review until it has one.

use jiff::Timestamp;

use super::certification::{CertState, Certification};
use super::workflow::ReviewerAssignment;
use crate::ids::{CampaignId, WorkflowId};
use crate::refusal::Refusal;
use crate::user::User;

/// Where a campaign stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CampaignStatus {
    /// Being prepared.
    Draft,
    /// Prepared; starts by itself at its start date.
    Scheduled,
    /// Being reviewed.
    Active,
    /// Finished or expired.
    Completed,
    /// Broken off.
    Terminated,
}

impl CampaignStatus {
    /// All, in the order of a campaign's life.
    pub const ALL: [Self; 5] = [Self::Draft, Self::Scheduled, Self::Active, Self::Completed, Self::Terminated];

    /// The word in records and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Active => "active",
            Self::Completed => "completed",
            Self::Terminated => "terminated",
        }
    }

    /// What the status of a campaign is once its certification is in this state; `None` while rows are being collected,
    /// when the campaign's own status stands.
    #[must_use]
    pub const fn of(certification: &Certification) -> Option<Self> {
        match (certification.state, certification.terminated_at, certification.expired_at) {
            (CertState::Searching, _, _) => None,
            (CertState::InProgress, _, None) => Some(Self::Active),
            (CertState::InProgress, _, Some(_)) | (CertState::Completed, None, _) => Some(Self::Completed),
            (CertState::Completed, Some(_), _) => Some(Self::Terminated),
        }
    }
}

/// How far the start of a campaign has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StartState {
    /// Not asked for.
    None,
    /// Asked for.
    Queued,
    /// Rows are being collected.
    Running,
    /// Rows are in place.
    Done,
    /// Did not work; may be asked for again.
    Failed,
}

impl StartState {
    /// All, in order.
    pub const ALL: [Self; 5] = [Self::None, Self::Queued, Self::Running, Self::Done, Self::Failed];

    /// The word in records and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// What a rejection leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RevokeMode {
    /// It is recorded.
    #[default]
    RecordOnly,
    /// The removal of the access is asked for.
    Enforce,
}

impl RevokeMode {
    /// The word in records and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::RecordOnly => "record_only",
            Self::Enforce => "enforce",
        }
    }
}

/// Which accounts a campaign covers, before its query narrows them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Scope {
    /// Ids of applications; empty for all.
    pub applications: Vec<String>,
    /// Account types; empty for all.
    pub account_types: Vec<String>,
}

/// One condition of the query builder, as the client wrote it. What it means is for the predicate engine.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// `account`, `owner`, `group`, `role` or `classification`.
    pub entity: String,
    /// A field of that entity.
    pub field: String,
    /// An operator of that field.
    pub operator: String,
    /// What to compare with; absent for tests on absence.
    pub value: Option<ConditionValue>,
}

/// What a condition compares with.
#[derive(Debug, Clone, PartialEq)]
pub enum ConditionValue {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text; also dates.
    Text(String),
}

/// The query builder's conditions. Without any, the scope alone decides.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CampaignQuery {
    /// An account has to satisfy these.
    pub inclusion_filters: Vec<Condition>,
    /// And none of these.
    pub exclusion_filters: Vec<Condition>,
}

/// Everything a client says about a campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct CampaignPlan {
    /// 1 to 200 characters after trimming.
    pub name: String,
    /// At most 4000 characters.
    pub description: String,
    /// 1 to 64 of `[a-z0-9_]`; no behaviour depends on it.
    pub kind: String,
    /// Planned start.
    pub start_date: Timestamp,
    /// Due date; after the start.
    pub end_date: Timestamp,
    /// Which accounts.
    pub scope: Scope,
    /// Which of these.
    pub query: CampaignQuery,
    /// Who reviews.
    pub reviewer_assignment: ReviewerAssignment,
    /// What a rejection leads to.
    pub revoke_mode: RevokeMode,
    /// Start by itself at the start date.
    pub auto_start: bool,
}

/// A campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct Campaign {
    /// Its id, and that of its certification.
    pub id: CampaignId,
    /// The workflow it owns or shares with its template.
    pub workflow_id: WorkflowId,
    /// The campaign it was made from.
    pub template_id: Option<CampaignId>,
    /// What the client said.
    pub plan: CampaignPlan,
    /// Where it stands.
    pub status: CampaignStatus,
    /// How far its start has come.
    pub start_state: StartState,
    /// Why its start failed.
    pub start_error: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: User,
    /// Last change of the campaign itself.
    pub updated_at: Timestamp,
    /// When its rows were in place.
    pub started_at: Option<Timestamp>,
    /// When it was completed.
    pub completed_at: Option<Timestamp>,
    /// When it was broken off.
    pub terminated_at: Option<Timestamp>,
    /// When it expired; its status is completed then.
    pub expired_at: Option<Timestamp>,
    /// When it was deleted: hidden from every list, kept as evidence.
    pub deleted_at: Option<Timestamp>,
    /// 1 more with each change. The ETag.
    pub version: u64,
}

/// New values of a campaign's properties; `None` leaves one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CampaignEdit {
    /// New name.
    pub name: Option<String>,
    /// New description.
    pub description: Option<String>,
    /// New type.
    pub kind: Option<String>,
    /// New start.
    pub start_date: Option<Timestamp>,
    /// New end.
    pub end_date: Option<Timestamp>,
    /// New scope, as a whole.
    pub scope: Option<Scope>,
    /// New query, as a whole.
    pub query: Option<CampaignQuery>,
    /// New assignment, as a whole.
    pub reviewer_assignment: Option<ReviewerAssignment>,
    /// New revoke mode.
    pub revoke_mode: Option<RevokeMode>,
    /// New automatic start.
    pub auto_start: Option<bool>,
}

/// What can happen to a campaign.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "made, used and dropped within one call")]
pub enum CampaignCommand {
    /// Somebody edits it. The resulting dates are checked by the caller's validation as on creation.
    Edit(CampaignEdit),
    /// Somebody, or the schedule, starts it.
    Start,
    /// A worker began to collect rows.
    Run,
    /// All rows are in place.
    Publish,
    /// The rows could not be collected.
    Fail {
        /// Why.
        reason: String,
    },
    /// Its start date has come, and it cannot be started.
    Miss {
        /// Why.
        reason: String,
    },
    /// Somebody finishes it. Ask [`super::may_complete`] first.
    Complete,
    /// Its end date has passed and reviews expire.
    Expire,
    /// Somebody breaks it off.
    Terminate,
    /// Somebody deletes it.
    Delete,
}

impl Campaign {
    /// A new campaign. Nothing is collected before it starts.
    #[must_use]
    pub fn new(id: CampaignId, workflow_id: WorkflowId, plan: CampaignPlan, by: User, now: Timestamp) -> Self {
        Self {
            id,
            workflow_id,
            template_id: None,
            status: planned_status(&plan, now),
            plan,
            start_state: StartState::None,
            start_error: None,
            created_at: now,
            created_by: by,
            updated_at: now,
            started_at: None,
            completed_at: None,
            terminated_at: None,
            expired_at: None,
            deleted_at: None,
            version: 1,
        }
    }

    /// When the campaign starts by itself; `None` when it does not, is being started, or has failed to, which is for
    /// somebody to look at.
    #[must_use]
    pub fn starts_by_itself(&self) -> Option<Timestamp> {
        let waits = self.status == CampaignStatus::Scheduled
            && self.start_state == StartState::None
            && self.plan.auto_start
            && self.deleted_at.is_none();
        waits.then_some(self.plan.start_date)
    }

    /// That the campaign is not over: what belongs to it may still change.
    ///
    /// # Errors
    /// How it came to its end.
    pub const fn require_unfinished(&self) -> Result<(), Refusal> {
        match (self.status, self.expired_at) {
            (CampaignStatus::Draft | CampaignStatus::Scheduled | CampaignStatus::Active, _) => Ok(()),
            (CampaignStatus::Completed, Some(_)) => Err(Refusal::Expired),
            (CampaignStatus::Completed, None) => Err(Refusal::Completed),
            (CampaignStatus::Terminated, _) => Err(Refusal::Terminated),
        }
    }

    /// Whether it is active although its end date has passed.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        matches!(self.status, CampaignStatus::Active) && self.plan.end_date < now
    }

    /// Whether decisions are taken in it, or will be as soon as its rows are in place.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        match (self.status, self.start_state) {
            (CampaignStatus::Active, _) => true,
            (CampaignStatus::Draft | CampaignStatus::Scheduled, StartState::Queued | StartState::Running) => true,
            (
                CampaignStatus::Draft | CampaignStatus::Scheduled,
                StartState::None | StartState::Done | StartState::Failed,
            )
            | (CampaignStatus::Completed | CampaignStatus::Terminated, _) => false,
        }
    }
}

/// Scheduled campaigns start by themselves, and only in the future.
pub(super) fn planned_status(plan: &CampaignPlan, now: Timestamp) -> CampaignStatus {
    if plan.auto_start && plan.start_date > now { CampaignStatus::Scheduled } else { CampaignStatus::Draft }
}
