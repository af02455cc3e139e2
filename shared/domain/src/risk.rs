//! How risky an account is, and why: a sum of named factors, each with a fixed weight.
//!
//! Nothing here guesses. A factor whose input is unknown is neither triggered nor passing but a gap, and shows up as
//! such. What is stored with a row are the codes of factors; their names and texts are looked up when shown.

use jiff::{SignedDuration, Timestamp};

/// A reason for concern. The codes stand in stored blocks: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Factor {
    /// The account has an administrative role.
    Privileged,
    /// Nobody has signed in for a long time.
    Stale,
    /// No second factor is enrolled.
    MfaDisabled,
    /// The account belongs to nobody.
    Orphaned,
    /// The account's owner is inactive.
    InactiveOwner,
    /// The account is in a group of high privilege.
    HighPrivilegeGroup,
    /// The password is old.
    OldPassword,
    /// No password was ever set.
    PasswordNeverSet,
    /// The account has far more entitlements than its peers.
    ExcessiveEntitlements,
    /// The account is used from outside the organisation.
    ExternalAccount,
    /// A service account belongs to nobody.
    UnownedService,
    /// The account holds what hardly any of its peers holds.
    RareAccess,
    /// The account fails a policy.
    PolicyFailure,
}

/// How serious a factor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 0 to 40 points.
    Low,
    /// 41 to 70 points.
    Medium,
    /// 71 to 100 points.
    High,
}

impl Level {
    /// All, ascending.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The level of a score.
    #[must_use]
    pub const fn of(score: u8) -> Self {
        match score {
            0..=40 => Self::Low,
            41..=70 => Self::Medium,
            71.. => Self::High,
        }
    }

    /// The word in records and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What is fixed about a factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactorInfo {
    /// The word in records.
    pub code: &'static str,
    /// Points when triggered.
    pub weight: u8,
    /// Severity when triggered; passing factors are always low.
    pub severity: Level,
    /// Name when triggered.
    pub name: &'static str,
    /// What was found.
    pub description: &'static str,
    /// Name when passing.
    pub passing_name: &'static str,
    /// What was found then.
    pub passing_description: &'static str,
    /// What is missing when the input is unknown.
    pub gap: &'static str,
}

/// An account counts as stale from this time without sign-in on.
pub const STALE_AFTER: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Access is rare when fewer than one in so many peers hold it; with fewer peers than this, nothing can be told.
pub const RARE_BELOW_ONE_IN: u32 = 20;
/// A password counts as old beyond this age.
pub const PASSWORD_OLD_AFTER: SignedDuration = SignedDuration::from_hours(90 * 24);

impl Factor {
    /// All factors, in the order in which they are shown.
    pub const ALL: [Self; 13] = [
        Self::Privileged,
        Self::Stale,
        Self::MfaDisabled,
        Self::Orphaned,
        Self::InactiveOwner,
        Self::HighPrivilegeGroup,
        Self::OldPassword,
        Self::PasswordNeverSet,
        Self::ExcessiveEntitlements,
        Self::ExternalAccount,
        Self::UnownedService,
        Self::RareAccess,
        Self::PolicyFailure,
    ];

    /// The factor of a stored code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.info().code == code)
    }

    /// What is fixed about the factor.
    #[must_use]
    pub const fn info(self) -> FactorInfo {
        match self {
            Self::Privileged => PRIVILEGED,
            Self::Stale => STALE,
            Self::MfaDisabled => MFA_DISABLED,
            Self::Orphaned => ORPHANED,
            Self::InactiveOwner => INACTIVE_OWNER,
            Self::HighPrivilegeGroup => HIGH_PRIVILEGE_GROUP,
            Self::OldPassword => OLD_PASSWORD,
            Self::PasswordNeverSet => PASSWORD_NEVER_SET,
            Self::ExcessiveEntitlements => EXCESSIVE_ENTITLEMENTS,
            Self::ExternalAccount => EXTERNAL_ACCOUNT,
            Self::UnownedService => UNOWNED_SERVICE,
            Self::RareAccess => RARE_ACCESS,
            Self::PolicyFailure => POLICY_FAILURE,
        }
    }
}

const PRIVILEGED: FactorInfo = FactorInfo {
    code: "privileged_account",
    weight: 30,
    severity: Level::High,
    name: "Privileged Account",
    description: "Holds an administrative role",
    passing_name: "Privileged Account",
    passing_description: "No administrative role",
    gap: "Not known whether the account is privileged",
};

const STALE: FactorInfo = FactorInfo {
    code: "stale_account",
    weight: 25,
    severity: Level::Medium,
    name: "Stale Account",
    description: "No sign-in for at least 90 days",
    passing_name: "Active Account",
    passing_description: "Signed in within the last 90 days",
    gap: "No sign-in time on record",
};

const MFA_DISABLED: FactorInfo = FactorInfo {
    code: "mfa_disabled",
    weight: 20,
    severity: Level::High,
    name: "MFA Disabled",
    description: "No second factor enrolled",
    passing_name: "MFA Enabled",
    passing_description: "A second factor is enrolled",
    gap: "Not known whether a second factor is enrolled",
};

const ORPHANED: FactorInfo = FactorInfo {
    code: "orphaned_account",
    weight: 15,
    severity: Level::High,
    name: "Orphaned Account",
    description: "The account has no owner",
    passing_name: "Owned Account",
    passing_description: "The account has an owner",
    gap: "Not known whether the account has an owner",
};

const INACTIVE_OWNER: FactorInfo = FactorInfo {
    code: "inactive_owner",
    weight: 20,
    severity: Level::High,
    name: "Inactive Owner",
    description: "The owner is not active",
    passing_name: "Active Owner",
    passing_description: "The owner is active",
    gap: "Status of the owner is not on record",
};

const HIGH_PRIVILEGE_GROUP: FactorInfo = FactorInfo {
    code: "high_privilege_group",
    weight: 10,
    severity: Level::Medium,
    name: "High-Privilege Group",
    description: "Member of a group of high privilege",
    passing_name: "High-Privilege Group",
    passing_description: "In no group of high privilege",
    gap: "Not known whether the account's groups are of high privilege",
};

const OLD_PASSWORD: FactorInfo = FactorInfo {
    code: "old_password",
    weight: 10,
    severity: Level::Medium,
    name: "Old Password",
    description: "The password is older than 90 days",
    passing_name: "Recent Password",
    passing_description: "The password was changed within the last 90 days",
    gap: "No password change on record",
};

const PASSWORD_NEVER_SET: FactorInfo = FactorInfo {
    code: "password_never_set",
    weight: 15,
    severity: Level::Medium,
    name: "Password Never Set",
    description: "No password was ever set",
    passing_name: "Password Set",
    passing_description: "A password has been set",
    gap: "Not known whether a password was ever set",
};

const EXCESSIVE_ENTITLEMENTS: FactorInfo = FactorInfo {
    code: "excessive_entitlements",
    weight: 10,
    severity: Level::Low,
    name: "Excessive Entitlements",
    description: "More than twice the median of the same application and department",
    passing_name: "Typical Entitlements",
    passing_description: "At most twice the median of the same application and department",
    gap: "No peers to compare entitlements with",
};

const EXTERNAL_ACCOUNT: FactorInfo = FactorInfo {
    code: "external_account",
    weight: 10,
    severity: Level::Medium,
    name: "External Account",
    description: "Used by somebody from outside the organisation",
    passing_name: "Internal Account",
    passing_description: "Not used from outside the organisation",
    gap: "Not known whether the account is external",
};

const UNOWNED_SERVICE: FactorInfo = FactorInfo {
    code: "unowned_service",
    weight: 10,
    severity: Level::High,
    name: "Service Account Without Owner",
    description: "Nobody answers for this service account",
    passing_name: "Service Account With Owner",
    passing_description: "Somebody answers for this service account",
    gap: "Not known whether this is a service account without owner",
};

const RARE_ACCESS: FactorInfo = FactorInfo {
    code: "rare_access",
    weight: 10,
    severity: Level::Low,
    name: "Rare Access",
    description: "Holds what fewer than one in twenty peers hold",
    passing_name: "Usual Access",
    passing_description: "Holds only what at least one in twenty peers hold",
    gap: "Too few peers to tell which access is rare",
};

const POLICY_FAILURE: FactorInfo = FactorInfo {
    code: "policy_failure",
    weight: 15,
    severity: Level::Medium,
    name: "Failed Policy",
    description: "Fails a policy that is applied to the campaign",
    passing_name: "Policies Met",
    passing_description: "Meets every policy that is applied to the campaign",
    gap: "No policies were checked",
};

/// Whom an account belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Owner {
    /// Cannot be told.
    #[default]
    Unknown,
    /// Nobody.
    Nobody,
    /// Somebody.
    Somebody {
        /// Whether they are active, where known.
        active: Option<bool>,
    },
}

/// What is known about an account; `None` where nothing is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RiskInput {
    /// Whether it has an administrative role.
    pub privileged: Option<bool>,
    /// The last sign-in.
    pub last_login_at: Option<Timestamp>,
    /// Whether a second factor is enrolled.
    pub mfa_enabled: Option<bool>,
    /// Whom it belongs to.
    pub owner: Owner,
    /// Whether one of its groups is of high privilege; groups that do not say so are not.
    pub in_high_privilege_group: Option<bool>,
    /// The last change of its password.
    pub password_changed_at: Option<Timestamp>,
    /// Whether no password was ever set.
    pub password_never_set: Option<bool>,
    /// Number of its entitlements and **twice** the median of its peers, which is a whole number even where the median
    /// is not.
    pub entitlements: Option<(u32, u32)>,
    /// Whether it is used from outside the organisation.
    pub external: Option<bool>,
    /// Whether a program uses it.
    pub service: Option<bool>,
    /// Of what it holds, what its peers hold most seldom: how many of them do, and how many peers there are.
    pub rarest: Option<(u32, u32)>,
    /// Number of policies that it fails, of those that cover it; `None` when none does.
    pub failed_policies: Option<u32>,
}

/// The outcome.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Risk {
    /// Sum of the weights of the triggered factors, at most 100.
    pub score: u8,
    /// Reasons for concern.
    pub triggered: Vec<Factor>,
    /// Factors looked at and found in order.
    pub passing: Vec<Factor>,
    /// Factors that could not be judged.
    pub gaps: Vec<Factor>,
}

impl Risk {
    /// The level of the score.
    #[must_use]
    pub const fn level(&self) -> Level {
        Level::of(self.score)
    }
}

/// Judges an account as of an instant.
#[must_use]
pub fn assess(input: &RiskInput, as_of: Timestamp) -> Risk {
    let mut risk = Risk::default();
    let mut score = 0u32;
    for factor in Factor::ALL {
        match judge(factor, input, as_of) {
            Judgement::Triggered => {
                score += u32::from(factor.info().weight);
                risk.triggered.push(factor);
            }
            Judgement::Passing => risk.passing.push(factor),
            Judgement::Unknown => risk.gaps.push(factor),
            Judgement::NotApplicable => {}
        }
    }
    risk.score = u8::try_from(score.min(100)).unwrap_or(100);
    risk
}

enum Judgement {
    Triggered,
    Passing,
    Unknown,
    /// Another factor says it all.
    NotApplicable,
}

fn judge(factor: Factor, input: &RiskInput, as_of: Timestamp) -> Judgement {
    let age = |since: Timestamp| as_of.duration_since(since);
    let concern = match factor {
        Factor::Privileged => input.privileged,
        Factor::Stale => input.last_login_at.map(|at| age(at) >= STALE_AFTER),
        Factor::MfaDisabled => input.mfa_enabled.map(|enabled| !enabled),
        Factor::Orphaned => match input.owner {
            Owner::Unknown => None,
            Owner::Nobody => Some(true),
            Owner::Somebody { .. } => Some(false),
        },
        Factor::InactiveOwner => match input.owner {
            Owner::Unknown => None,
            Owner::Nobody => return Judgement::NotApplicable,
            Owner::Somebody { active } => active.map(|active| !active),
        },
        Factor::HighPrivilegeGroup => input.in_high_privilege_group,
        Factor::OldPassword => match (never_set(input), input.password_changed_at) {
            (Some(true), _) => return Judgement::NotApplicable,
            (_, changed_at) => changed_at.map(|at| age(at) > PASSWORD_OLD_AFTER),
        },
        Factor::PasswordNeverSet => never_set(input),
        Factor::ExcessiveEntitlements => input.entitlements.map(|(own, twice_median)| own > twice_median),
        Factor::ExternalAccount => input.external,
        Factor::UnownedService => match (input.service, input.owner) {
            // Whether a program uses it matters only where nobody answers for it.
            (Some(false), _) | (None, Owner::Somebody { .. }) => return Judgement::NotApplicable,
            (Some(true), Owner::Nobody) => Some(true),
            (Some(true), Owner::Somebody { .. }) => Some(false),
            (Some(true), Owner::Unknown) | (None, Owner::Nobody | Owner::Unknown) => None,
        },
        Factor::RareAccess => {
            let enough = input.rarest.filter(|(_, peers)| *peers >= RARE_BELOW_ONE_IN);
            enough.map(|(holders, peers)| u64::from(holders) * u64::from(RARE_BELOW_ONE_IN) < u64::from(peers))
        }
        Factor::PolicyFailure => match input.failed_policies {
            None => return Judgement::NotApplicable,
            Some(failed) => Some(failed > 0),
        },
    };
    match concern {
        Some(true) => Judgement::Triggered,
        Some(false) => Judgement::Passing,
        None => Judgement::Unknown,
    }
}

/// A password that was changed was set, whatever else is said.
fn never_set(input: &RiskInput) -> Option<bool> {
    if input.password_changed_at.is_some() { Some(false) } else { input.password_never_set }
}

#[cfg(test)]
mod tests;
