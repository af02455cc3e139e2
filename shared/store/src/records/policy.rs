//! Policies, as stored.

use domain::ids::PolicyId;
use domain::policy::{Duty, Effect, Expectation, OnFailure, Policy, PolicyRule, PolicyStatus, Targets};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::user::UserRecord;
use crate::doc::Record;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PolicyRecord {
    id: PolicyId,
    name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) description: String,
    expects: ExpectationRecord,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    applications: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    groups: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    account_types: Vec<String>,
    on_failure: OnFailureRecord,
    auto_approve: bool,
    priority: u32,
    status: StatusRecord,
    created_at: Timestamp,
    created_by: UserRecord,
    updated_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
enum ExpectationRecord {
    MfaForPrivileged,
    MaxInactivity { days: f64 },
    MaxPasswordAge { days: f64 },
    OwnerRequired,
    SeparationOfDuties { duties: Vec<DutyRecord>, most: f64 },
    Guardrail { rules: Vec<PolicyRuleRecord>, limit: Option<f64> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct DutyRecord {
    name: String,
    entitlements: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct PolicyRuleRecord {
    condition: String,
    effect: EffectRecord,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    resources: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EffectRecord {
    Allow,
    Deny,
    Flag,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OnFailureRecord {
    Nothing,
    Flag,
    Reject,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StatusRecord {
    Active,
    Inactive,
    Draft,
}

impl Record for PolicyRecord {
    const KIND: &'static str = "policy";
    const FORMAT: u32 = 1;
}

impl From<&Policy> for PolicyRecord {
    fn from(policy: &Policy) -> Self {
        let Policy {
            id,
            name,
            description,
            expectation,
            targets: Targets { applications, groups, account_types },
            on_failure,
            auto_approve,
            priority,
            status,
            created_at,
            created_by,
            updated_at,
            version: _,
        } = policy;
        Self {
            id: *id,
            name: name.clone(),
            description: description.clone(),
            expects: expectation.into(),
            applications: applications.clone(),
            groups: groups.clone(),
            account_types: account_types.clone(),
            on_failure: match on_failure {
                OnFailure::Nothing => OnFailureRecord::Nothing,
                OnFailure::Flag => OnFailureRecord::Flag,
                OnFailure::Reject => OnFailureRecord::Reject,
            },
            auto_approve: *auto_approve,
            priority: *priority,
            status: match status {
                PolicyStatus::Active => StatusRecord::Active,
                PolicyStatus::Inactive => StatusRecord::Inactive,
                PolicyStatus::Draft => StatusRecord::Draft,
            },
            created_at: *created_at,
            created_by: created_by.into(),
            updated_at: *updated_at,
        }
    }
}

impl PolicyRecord {
    /// The policy; its version is that of the item.
    pub(crate) fn into_domain(self, version: u64) -> Policy {
        Policy {
            id: self.id,
            name: self.name,
            description: self.description,
            expectation: self.expects.into(),
            targets: Targets {
                applications: self.applications,
                groups: self.groups,
                account_types: self.account_types,
            },
            on_failure: match self.on_failure {
                OnFailureRecord::Nothing => OnFailure::Nothing,
                OnFailureRecord::Flag => OnFailure::Flag,
                OnFailureRecord::Reject => OnFailure::Reject,
            },
            auto_approve: self.auto_approve,
            priority: self.priority,
            status: match self.status {
                StatusRecord::Active => PolicyStatus::Active,
                StatusRecord::Inactive => PolicyStatus::Inactive,
                StatusRecord::Draft => PolicyStatus::Draft,
            },
            created_at: self.created_at,
            created_by: self.created_by.into(),
            updated_at: self.updated_at,
            version,
        }
    }
}

impl From<&Expectation> for ExpectationRecord {
    fn from(expectation: &Expectation) -> Self {
        match expectation.clone() {
            Expectation::MfaForPrivileged => Self::MfaForPrivileged,
            Expectation::MaxInactivity { days } => Self::MaxInactivity { days },
            Expectation::MaxPasswordAge { days } => Self::MaxPasswordAge { days },
            Expectation::OwnerRequired => Self::OwnerRequired,
            Expectation::SeparationOfDuties { duties, most } => {
                let duty = |Duty { name, entitlements }| DutyRecord { name, entitlements };
                Self::SeparationOfDuties { duties: duties.into_iter().map(duty).collect(), most }
            }
            Expectation::Guardrail { rules, limit } => {
                Self::Guardrail { rules: rules.into_iter().map(PolicyRuleRecord::from).collect(), limit }
            }
        }
    }
}

impl From<ExpectationRecord> for Expectation {
    fn from(record: ExpectationRecord) -> Self {
        match record {
            ExpectationRecord::MfaForPrivileged => Self::MfaForPrivileged,
            ExpectationRecord::MaxInactivity { days } => Self::MaxInactivity { days },
            ExpectationRecord::MaxPasswordAge { days } => Self::MaxPasswordAge { days },
            ExpectationRecord::OwnerRequired => Self::OwnerRequired,
            ExpectationRecord::SeparationOfDuties { duties, most } => {
                let duty = |DutyRecord { name, entitlements }| Duty { name, entitlements };
                Self::SeparationOfDuties { duties: duties.into_iter().map(duty).collect(), most }
            }
            ExpectationRecord::Guardrail { rules, limit } => {
                Self::Guardrail { rules: rules.into_iter().map(PolicyRule::from).collect(), limit }
            }
        }
    }
}

impl From<PolicyRule> for PolicyRuleRecord {
    fn from(PolicyRule { condition, effect, resources }: PolicyRule) -> Self {
        let effect = match effect {
            Effect::Allow => EffectRecord::Allow,
            Effect::Deny => EffectRecord::Deny,
            Effect::Flag => EffectRecord::Flag,
        };
        Self { condition, effect, resources }
    }
}

impl From<PolicyRuleRecord> for PolicyRule {
    fn from(PolicyRuleRecord { condition, effect, resources }: PolicyRuleRecord) -> Self {
        let effect = match effect {
            EffectRecord::Allow => Effect::Allow,
            EffectRecord::Deny => Effect::Deny,
            EffectRecord::Flag => Effect::Flag,
        };
        Self { condition, effect, resources }
    }
}
