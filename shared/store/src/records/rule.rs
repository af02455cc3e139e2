//! Campaign rules, as stored.

use domain::ids::RuleId;
use domain::rule::{NewReviewer, Rule, RuleAction, RuleKind, RuleStatus};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::user::UserRecord;
use crate::doc::Record;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RuleRecord {
    id: RuleId,
    name: String,
    #[serde(default)]
    description: String,
    kind: KindRecord,
    condition: String,
    action: ActionRecord,
    status: StatusRecord,
    created_at: Timestamp,
    created_by: UserRecord,
    updated_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KindRecord {
    Account,
    Owner,
    Role,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ActionRecord {
    Approve,
    Reject,
    Flag,
    Assign(ReviewerRecord),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReviewerRecord {
    User(UserRecord),
    Owner,
    Manager,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StatusRecord {
    Active,
    Inactive,
}

impl Record for RuleRecord {
    const KIND: &'static str = "rule";
    const FORMAT: u32 = 1;
}

impl From<&Rule> for RuleRecord {
    fn from(rule: &Rule) -> Self {
        let Rule {
            id,
            name,
            description,
            kind,
            condition,
            action,
            status,
            created_at,
            created_by,
            updated_at,
            version: _,
        } = rule;
        Self {
            id: *id,
            name: name.clone(),
            description: description.clone(),
            kind: match kind {
                RuleKind::Account => KindRecord::Account,
                RuleKind::Owner => KindRecord::Owner,
                RuleKind::Role => KindRecord::Role,
            },
            condition: condition.clone(),
            action: action.into(),
            status: match status {
                RuleStatus::Active => StatusRecord::Active,
                RuleStatus::Inactive => StatusRecord::Inactive,
            },
            created_at: *created_at,
            created_by: created_by.into(),
            updated_at: *updated_at,
        }
    }
}

impl RuleRecord {
    /// The rule; its version is that of the item.
    pub(crate) fn into_domain(self, version: u64) -> Rule {
        Rule {
            id: self.id,
            name: self.name,
            description: self.description,
            kind: match self.kind {
                KindRecord::Account => RuleKind::Account,
                KindRecord::Owner => RuleKind::Owner,
                KindRecord::Role => RuleKind::Role,
            },
            condition: self.condition,
            action: self.action.into(),
            status: match self.status {
                StatusRecord::Active => RuleStatus::Active,
                StatusRecord::Inactive => RuleStatus::Inactive,
            },
            created_at: self.created_at,
            created_by: self.created_by.into(),
            updated_at: self.updated_at,
            version,
        }
    }
}

impl From<&RuleAction> for ActionRecord {
    fn from(action: &RuleAction) -> Self {
        match action {
            RuleAction::Approve => Self::Approve,
            RuleAction::Reject => Self::Reject,
            RuleAction::Flag => Self::Flag,
            RuleAction::Assign(NewReviewer::Given(user)) => Self::Assign(ReviewerRecord::User(user.into())),
            RuleAction::Assign(NewReviewer::Owner) => Self::Assign(ReviewerRecord::Owner),
            RuleAction::Assign(NewReviewer::Manager) => Self::Assign(ReviewerRecord::Manager),
        }
    }
}

impl From<ActionRecord> for RuleAction {
    fn from(record: ActionRecord) -> Self {
        match record {
            ActionRecord::Approve => Self::Approve,
            ActionRecord::Reject => Self::Reject,
            ActionRecord::Flag => Self::Flag,
            ActionRecord::Assign(ReviewerRecord::User(user)) => Self::Assign(NewReviewer::Given(user.into())),
            ActionRecord::Assign(ReviewerRecord::Owner) => Self::Assign(NewReviewer::Owner),
            ActionRecord::Assign(ReviewerRecord::Manager) => Self::Assign(NewReviewer::Manager),
        }
    }
}
