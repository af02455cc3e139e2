//! What is planted for a reviewer to find.

/// One planted anomaly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    /// The account that shows it.
    pub account: String,
    /// What is wrong with it.
    pub anomaly: Anomaly,
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
}
