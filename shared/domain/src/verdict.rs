//! What people, rules and policies say about an access, in the words of campaigns.

/// A decision in the words of the campaign dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Keep the access.
    Approved,
    /// Take it away.
    Rejected,
    /// Take it away and have that done now, whatever the campaign's mode is.
    Revoked,
    /// Look at it again.
    Flagged,
}

impl Verdict {
    /// All.
    pub const ALL: [Self; 4] = [Self::Approved, Self::Rejected, Self::Revoked, Self::Flagged];
}
