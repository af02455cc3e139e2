//! A policy: what is expected of accounts, and what becomes of those that do not meet it.
//!
//! A policy is kept apart from the campaigns that it is applied to. Each change makes a new version, and what a policy
//! decides names the version that did it. Whether an account meets it is [`check`]ed on what is frozen about the account.

pub mod check;

use jiff::Timestamp;

use crate::automatic::Cause;
use crate::ids::PolicyId;
use crate::user::User;

/// What kind of thing a policy expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PolicyKind {
    /// Privileged accounts have a second factor.
    MfaForPrivileged,
    /// Accounts are used.
    MaxInactivity,
    /// Passwords are changed.
    MaxPasswordAge,
    /// Accounts belong to somebody who is active.
    OwnerRequired,
    /// No account combines duties that exclude one another.
    SeparationOfDuties,
    /// Conditions hold, or do not.
    Guardrail,
}

impl PolicyKind {
    /// All, in the order in which they are documented.
    pub const ALL: [Self; 6] = [
        Self::MfaForPrivileged,
        Self::MaxInactivity,
        Self::MaxPasswordAge,
        Self::OwnerRequired,
        Self::SeparationOfDuties,
        Self::Guardrail,
    ];

    /// The word in records and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::MfaForPrivileged => "mfa_for_privileged",
            Self::MaxInactivity => "max_inactivity",
            Self::MaxPasswordAge => "max_password_age",
            Self::OwnerRequired => "owner_required",
            Self::SeparationOfDuties => "separation_of_duties",
            Self::Guardrail => "guardrail",
        }
    }
}

/// Whether a policy is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PolicyStatus {
    /// It is checked wherever it is applied.
    #[default]
    Active,
    /// It is checked nowhere.
    Inactive,
    /// Not finished: it is checked nowhere.
    Draft,
}

impl PolicyStatus {
    /// All.
    pub const ALL: [Self; 3] = [Self::Active, Self::Inactive, Self::Draft];

    /// The word in records and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Draft => "draft",
        }
    }
}

/// A duty: whoever holds one of its entitlements can carry it out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Duty {
    /// What people call it.
    pub name: String,
    /// Groups and roles by id or name, whatever the letter case.
    pub entitlements: Vec<String>,
}

/// What a condition of a guardrail means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It has to hold, or another one that allows.
    Allow,
    /// It must not hold: who satisfies it is to be rejected.
    Deny,
    /// It should not hold: who satisfies it is to be looked at.
    Flag,
}

impl Effect {
    /// All, in the order in which they are documented.
    pub const ALL: [Self; 3] = [Self::Allow, Self::Deny, Self::Flag];

    /// The word in records and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Flag => "flag",
        }
    }
}

/// A condition of a guardrail.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PolicyRule {
    /// The condition, in the language of rule conditions; it could be read when the policy was saved.
    pub condition: String,
    /// What it means.
    pub effect: Effect,
    /// Ids of the applications whose accounts it is asked of; empty for all.
    pub resources: Vec<String>,
}

/// What is expected, with everything that is needed to check it.
#[derive(Debug, Clone, PartialEq)]
pub enum Expectation {
    /// Privileged accounts have a second factor. Other accounts are not covered.
    MfaForPrivileged,
    /// At most this many days without sign-in.
    MaxInactivity {
        /// Whole days.
        days: f64,
    },
    /// Passwords of at most this age.
    MaxPasswordAge {
        /// Whole days.
        days: f64,
    },
    /// An owner who is active, as far as that is known.
    OwnerRequired,
    /// At most so many of these duties in one account.
    SeparationOfDuties {
        /// The duties, at least two.
        duties: Vec<Duty>,
        /// How many of them one account may combine.
        most: f64,
    },
    /// Conditions.
    Guardrail {
        /// At least one.
        rules: Vec<PolicyRule>,
        /// The one number that the conditions set a limit by; `None` when there is none, or more than one.
        limit: Option<f64>,
    },
}

impl Expectation {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> PolicyKind {
        match self {
            Self::MfaForPrivileged => PolicyKind::MfaForPrivileged,
            Self::MaxInactivity { .. } => PolicyKind::MaxInactivity,
            Self::MaxPasswordAge { .. } => PolicyKind::MaxPasswordAge,
            Self::OwnerRequired => PolicyKind::OwnerRequired,
            Self::SeparationOfDuties { .. } => PolicyKind::SeparationOfDuties,
            Self::Guardrail { .. } => PolicyKind::Guardrail,
        }
    }

    /// The number that it sets a limit by: what a threshold stands in for. `None` where a threshold has no effect.
    #[must_use]
    pub const fn limit(&self) -> Option<f64> {
        match self {
            Self::MaxInactivity { days } | Self::MaxPasswordAge { days } => Some(*days),
            Self::SeparationOfDuties { most, .. } => Some(*most),
            Self::Guardrail { limit, .. } => *limit,
            Self::MfaForPrivileged | Self::OwnerRequired => None,
        }
    }

    /// The conditions of a guardrail; empty for the others.
    #[must_use]
    pub fn rules(&self) -> &[PolicyRule] {
        match self {
            Self::Guardrail { rules, .. } => rules,
            Self::MfaForPrivileged
            | Self::MaxInactivity { .. }
            | Self::MaxPasswordAge { .. }
            | Self::OwnerRequired
            | Self::SeparationOfDuties { .. } => &[],
        }
    }
}

/// Which accounts a policy covers; an empty list covers all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Targets {
    /// Ids of applications.
    pub applications: Vec<String>,
    /// Ids of groups; being in one of them is enough.
    pub groups: Vec<String>,
    /// Account types, whatever the letter case.
    pub account_types: Vec<String>,
}

/// What becomes of an undecided account that fails, when its campaign is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnFailure {
    /// Nothing: people see that it fails.
    #[default]
    Nothing,
    /// It is set aside for a closer look.
    Flag,
    /// Its access is taken away.
    Reject,
}

impl OnFailure {
    /// All, in the order in which they are documented.
    pub const ALL: [Self; 3] = [Self::Nothing, Self::Flag, Self::Reject];

    /// The word in records and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Flag => "flag",
            Self::Reject => "reject",
        }
    }
}

/// A policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Its id.
    pub id: PolicyId,
    /// 1 to 200 characters after trimming.
    pub name: String,
    /// At most 4000 characters.
    pub description: String,
    /// What it expects.
    pub expectation: Expectation,
    /// Of which accounts.
    pub targets: Targets,
    /// What becomes of those that fail.
    pub on_failure: OnFailure,
    /// Whether those that pass are approved.
    pub auto_approve: bool,
    /// 0 to 1000. Checks are listed, and of equally strong decisions one is taken, by descending priority.
    pub priority: u32,
    /// Whether it is in use.
    pub status: PolicyStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: User,
    /// Its last change.
    pub updated_at: Timestamp,
    /// 1 more with each change. The ETag, and what the log names.
    pub version: u64,
}

/// New values of a policy's properties; `None` leaves one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PolicyEdit {
    /// New name.
    pub name: Option<String>,
    /// New description.
    pub description: Option<String>,
    /// New expectation.
    pub expectation: Option<Expectation>,
    /// New applications.
    pub target_applications: Option<Vec<String>>,
    /// New groups.
    pub target_groups: Option<Vec<String>>,
    /// New account types.
    pub target_account_types: Option<Vec<String>>,
    /// New fate of those that fail.
    pub on_failure: Option<OnFailure>,
    /// Whether those that pass are approved from now on.
    pub auto_approve: Option<bool>,
    /// New priority.
    pub priority: Option<u32>,
    /// New status.
    pub status: Option<PolicyStatus>,
}

impl Policy {
    /// Whether it decides about accounts, and does not only tell people about them.
    #[must_use]
    pub fn decides(&self) -> bool {
        let condition_decides = |rule: &PolicyRule| rule.effect != Effect::Allow;
        self.auto_approve
            || self.on_failure != OnFailure::Nothing
            || self.expectation.rules().iter().any(condition_decides)
    }

    /// What the log names when the policy decided.
    #[must_use]
    pub const fn cause(&self) -> Cause {
        Cause::Policy { id: self.id, version: self.version }
    }

    /// The policy after an edit: a new version, unless nothing differs.
    #[must_use]
    pub fn edited(&self, edit: PolicyEdit, now: Timestamp) -> Self {
        let PolicyEdit {
            name,
            description,
            expectation,
            target_applications,
            target_groups,
            target_account_types,
            on_failure,
            auto_approve,
            priority,
            status,
        } = edit;
        let mut next = self.clone();
        next.name = name.unwrap_or(next.name);
        next.description = description.unwrap_or(next.description);
        next.expectation = expectation.unwrap_or(next.expectation);
        next.targets.applications = target_applications.unwrap_or(next.targets.applications);
        next.targets.groups = target_groups.unwrap_or(next.targets.groups);
        next.targets.account_types = target_account_types.unwrap_or(next.targets.account_types);
        next.on_failure = on_failure.unwrap_or(next.on_failure);
        next.auto_approve = auto_approve.unwrap_or(next.auto_approve);
        next.priority = priority.unwrap_or(next.priority);
        next.status = status.unwrap_or(next.status);
        if next != *self {
            next.version += 1;
            next.updated_at = now;
        }
        next
    }
}

#[cfg(test)]
mod tests;
