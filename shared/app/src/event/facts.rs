//! What events carry. Ids are written as the API writes them.

use domain::ids::{ApiKeyId, CampaignId, CertificationId, CommandId, DataSourceId, ReviewId, SnapshotId, WorkflowId};
use domain::review::{Campaign, Certification, Workflow};
use domain::user::UserKey;
use jiff::Timestamp;
#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;
use store::api_key::ApiKey;
#[cfg(test)]
use uuid::Uuid;

/// About a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct OfWorkflow {
    /// The workflow.
    #[cfg_attr(test, schemars(with = "Uuid"))]
    pub workflow: WorkflowId,
}

/// About a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct OfCampaign {
    /// The campaign.
    #[cfg_attr(test, schemars(with = "Uuid"))]
    pub campaign: CampaignId,
    /// Its workflow.
    #[cfg_attr(test, schemars(with = "Uuid"))]
    pub workflow: WorkflowId,
}

/// About a campaign that has rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct OfCampaignRows {
    /// The campaign.
    #[cfg_attr(test, schemars(with = "Uuid"))]
    pub campaign: CampaignId,
    /// Its workflow.
    #[cfg_attr(test, schemars(with = "Uuid"))]
    pub workflow: WorkflowId,
    /// The snapshot that its rows show.
    #[cfg_attr(test, schemars(with = "String"))]
    pub snapshot: SnapshotId,
    /// How many rows there are to decide.
    pub rows: u32,
}

/// About a certification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct OfCertification {
    /// The certification.
    #[cfg_attr(test, schemars(with = "Uuid"))]
    pub certification: CertificationId,
    /// Its workflow.
    #[cfg_attr(test, schemars(with = "Uuid"))]
    pub workflow: WorkflowId,
}

/// About a certification that has rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct OfCertificationRows {
    /// The certification.
    #[cfg_attr(test, schemars(with = "Uuid"))]
    pub certification: CertificationId,
    /// Its workflow.
    #[cfg_attr(test, schemars(with = "Uuid"))]
    pub workflow: WorkflowId,
    /// The snapshot that its rows show.
    #[cfg_attr(test, schemars(with = "String"))]
    pub snapshot: SnapshotId,
    /// How many rows there are to decide.
    pub rows: u32,
}

impl From<&Workflow> for OfWorkflow {
    fn from(workflow: &Workflow) -> Self {
        Self { workflow: workflow.id }
    }
}

impl From<&Campaign> for OfCampaign {
    fn from(campaign: &Campaign) -> Self {
        Self { campaign: campaign.id, workflow: campaign.workflow_id }
    }
}

impl From<&Certification> for OfCertification {
    fn from(certification: &Certification) -> Self {
        Self { certification: certification.id, workflow: certification.workflow_id }
    }
}

impl From<&ApiKey> for OfIssuedKey {
    fn from(key: &ApiKey) -> Self {
        Self { api_key: key.id, role: key.role.word(), user: key.user.key(), expires_at: key.expires_at }
    }
}

/// About a data source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct OfDataSource {
    /// The data source.
    #[cfg_attr(test, schemars(with = "String"))]
    pub data_source: DataSourceId,
}

/// About a picture that was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct OfLoad {
    /// The data source.
    #[cfg_attr(test, schemars(with = "String"))]
    pub data_source: DataSourceId,
    /// The delivery that brought the picture.
    #[cfg_attr(test, schemars(with = "Uuid"))]
    pub delivery: CommandId,
    /// Things that were not there before.
    pub created: u64,
    /// Things that say something else than before, or lead elsewhere.
    pub updated: u64,
    /// Things that are gone.
    pub removed: u64,
    /// How many remarks the reader made.
    pub warnings: u64,
}

/// About an API key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct OfKey {
    /// The key's id, which says nothing about its secret.
    #[cfg_attr(test, schemars(with = "String"))]
    pub api_key: ApiKeyId,
}

/// About an API key that was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct OfIssuedKey {
    /// The key's id, which says nothing about its secret.
    #[cfg_attr(test, schemars(with = "String"))]
    pub api_key: ApiKeyId,
    /// What it may do: `administrator`, `operator`, `reviewer` or `auditor`.
    pub role: &'static str,
    /// For whom it acts: user type and id.
    #[cfg_attr(test, schemars(with = "String"))]
    pub user: UserKey,
    /// From when on it is void; null for never.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub expires_at: Option<Timestamp>,
}

/// What a review is to its users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReviewKind {
    /// A campaign.
    Campaign,
    /// A certification without a campaign.
    Certification,
}

/// Rows of a review to which the same happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Rows {
    /// The review: a campaign and its certification have the same id.
    #[cfg_attr(test, schemars(with = "Uuid"))]
    pub review: ReviewId,
    /// What it is.
    pub kind: ReviewKind,
    /// The rows by their `result_id`, ascending.
    pub rows: Vec<u32>,
}

/// Decisions on rows of a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct RowsDecided {
    /// The review: a campaign and its certification have the same id.
    #[cfg_attr(test, schemars(with = "Uuid"))]
    pub review: ReviewId,
    /// What it is.
    pub kind: ReviewKind,
    /// Which decision on which rows.
    pub changes: Vec<Decided>,
}

/// A decision on rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Decided {
    /// What was decided.
    pub decision: DecisionWord,
    /// The rows by their `result_id`, ascending.
    pub rows: Vec<u32>,
}

/// A decision in words. A campaign's `approved` is `accepted`, its `denied` is `rejected`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DecisionWord {
    /// None.
    None,
    /// The access is right.
    Accepted,
    /// The access is wrong.
    Rejected,
    /// The access was rejected and has been removed since.
    Fixed,
}

/// Decisions that were taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct RowsCleared {
    /// The review: a campaign and its certification have the same id.
    #[cfg_attr(test, schemars(with = "Uuid"))]
    pub review: ReviewId,
    /// What it is.
    pub kind: ReviewKind,
    /// Why, from which decision, on which rows.
    pub changes: Vec<Cleared>,
}

/// Rows that are undecided again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Cleared {
    /// Whether the decider took it back in time, rather than somebody choosing no decision.
    pub undone: bool,
    /// What stood before; none where the row was set aside.
    pub previous: DecisionWord,
    /// The rows by their `result_id`, ascending.
    pub rows: Vec<u32>,
}

/// Notes on rows of a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct RowsNoted {
    /// The review: a campaign and its certification have the same id.
    #[cfg_attr(test, schemars(with = "Uuid"))]
    pub review: ReviewId,
    /// What it is.
    pub kind: ReviewKind,
    /// What happened to the notes of which rows.
    pub changes: Vec<Noted>,
}

/// Rows whose note changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Noted {
    /// Whether there is a note now.
    pub present: bool,
    /// The rows by their `result_id`, ascending.
    pub rows: Vec<u32>,
}

/// Rows of a review that others review from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct RowsReassigned {
    /// The review: a campaign and its certification have the same id.
    #[cfg_attr(test, schemars(with = "Uuid"))]
    pub review: ReviewId,
    /// What it is.
    pub kind: ReviewKind,
    /// To whom which rows.
    pub changes: Vec<Reassigned>,
    /// Who reviews some of these rows and did not review them before: user type and id of each.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub added: Vec<UserKey>,
}

/// Rows with new reviewers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Reassigned {
    /// All reviewers from now on: user type and id of each.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub reviewers: Vec<UserKey>,
    /// The rows by their `result_id`, ascending.
    pub rows: Vec<u32>,
}

/// Rejected rows whose access is being removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct RowsRemoved {
    /// The review: a campaign and its certification have the same id.
    #[cfg_attr(test, schemars(with = "Uuid"))]
    pub review: ReviewId,
    /// What it is.
    pub kind: ReviewKind,
    /// How the removal of which rows goes.
    pub changes: Vec<Removal>,
}

/// How the removal of access goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Removal {
    /// How it goes now.
    pub status: RemovalStatus,
    /// The rows by their `result_id`, ascending.
    pub rows: Vec<u32>,
}

/// Where the removal of an access stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RemovalStatus {
    /// Nobody is asked to remove it any more.
    CalledOff,
    /// It was asked for.
    Requested,
    /// Whoever is to remove the access says that it is not removed yet.
    UnderWay,
    /// The access is removed.
    Succeeded,
    /// The access could not be removed.
    Failed,
}
