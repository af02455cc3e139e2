//! What is planted for a reviewer to find.

/// One planted anomaly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    /// The account that shows it.
    pub account: String,
    /// What is wrong with it.
    pub anomaly: Anomaly,
    /// The group or role that it is about, where it is not the whole account.
    pub grant: Option<String>,
}

/// Kinds of anomaly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Anomaly {
    /// Nobody has signed in for half a year and more.
    Stale,
    /// No owner is known.
    Orphaned,
    /// Privileged, and no second factor.
    PrivilegedWithoutSecondFactor,
    /// The owner has left, the account is still active.
    OwnerLeft,
    /// A role that hardly anybody of the same department and title holds.
    RareAccess,
    /// A service account that no person answers for.
    ServiceWithoutOwner,
    /// The group of a department that the person has left.
    LeftOver,
}

impl Anomaly {
    /// A word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::Orphaned => "orphaned",
            Self::PrivilegedWithoutSecondFactor => "privileged_without_second_factor",
            Self::OwnerLeft => "owner_left",
            Self::RareAccess => "rare_access",
            Self::ServiceWithoutOwner => "service_without_owner",
            Self::LeftOver => "left_over",
        }
    }
}
