//! What clients say about campaigns, and how campaigns are shown.

use domain::counts::Counts;
use domain::review::{Campaign, CampaignQuery, CampaignStatus, RevokeMode, Scope};
use jiff::Timestamp;

use crate::loading::jobs::building::BuildProgress;
use crate::review::AssignmentInput;

/// A campaign to be made. What is `None` and required is a fault, so that all faults are told at once.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreateInput {
    /// Required: 1 to 200 characters.
    pub name: Option<String>,
    /// At most 4,000 characters.
    pub description: Option<String>,
    /// 1 to 64 of `[a-z0-9_]`; `periodic` when absent.
    pub kind: Option<String>,
    /// Required.
    pub start_date: Option<Timestamp>,
    /// Required; after the start.
    pub end_date: Option<Timestamp>,
    /// Which accounts; all when absent.
    pub scope: Option<Scope>,
    /// Which of these; all when absent.
    pub query: Option<CampaignQuery>,
    /// Who reviews; the managers when absent.
    pub reviewer_assignment: Option<AssignmentInput>,
    /// What a rejection leads to; recorded only when absent.
    pub revoke_mode: Option<RevokeMode>,
    /// Start by itself at the start date; no when absent.
    pub auto_start: Option<bool>,
}

/// Changes of a campaign: what is `None` stays, the rest is replaced as a whole.
pub type EditInput = CreateInput;

/// A campaign to be made like another one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TemplateInput {
    /// Required: 1 to 200 characters.
    pub name: Option<String>,
    /// Required.
    pub start_date: Option<Timestamp>,
    /// Required; after the start.
    pub end_date: Option<Timestamp>,
}

/// A list of campaigns, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListInput {
    /// Only campaigns in this state.
    pub status: Option<CampaignStatus>,
    /// Only campaigns of this type.
    pub kind: Option<String>,
    /// At most this many, at least 1.
    pub limit: usize,
    /// The cursor of a page before.
    pub after: Option<String>,
}

/// A campaign with its progress.
#[derive(Debug, Clone, PartialEq)]
pub struct CampaignView {
    /// The campaign.
    pub campaign: Campaign,
    /// How many items it has; to a reviewer, how many of theirs. 0 before it is active.
    pub total: i64,
    /// How many of them are in which status.
    pub counts: Counts,
    /// How far its items are built, while it is being started.
    pub start_progress: Option<BuildProgress>,
}
