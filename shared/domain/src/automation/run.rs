//! Where the automations of a review stand.

/// Where the automations of a review stand that has some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunStatus {
    /// They are being applied to its rows.
    Running,
    /// They have been applied to all of them.
    Succeeded,
    /// They were broken off: some rows may have been changed by then.
    Failed,
}

impl RunStatus {
    /// All.
    pub const ALL: [Self; 3] = [Self::Running, Self::Succeeded, Self::Failed];

    /// The word in records and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
        }
    }
}
