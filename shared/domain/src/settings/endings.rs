//! How reviews begin and end by themselves: types of settings.

use super::built_in::BuiltIn;
use super::{Coded, CompletionRule, Origin, Settings};

/// Whether a review completes by itself once its rows allow it. The codes stand on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum AutoComplete {
    /// It does.
    Enabled = 1,
    /// Somebody has to complete it.
    Disabled = 2,
}

impl Coded for AutoComplete {
    const ALL: &'static [Self] = &[Self::Enabled, Self::Disabled];

    fn code(self) -> u8 {
        self as u8
    }
}

impl BuiltIn for AutoComplete {
    fn built_in(_: Origin) -> Self {
        Self::Disabled
    }
}

/// What becomes of a review that is still open when its due date has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OverdueReviews {
    /// It stays open.
    StayOpen,
    /// It is closed, and nothing is decided any more.
    Expire,
}

impl BuiltIn for OverdueReviews {
    fn built_in(_: Origin) -> Self {
        Self::StayOpen
    }
}

/// What becomes of the rows of a review that expires.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Expiration {
    /// What happens to rows without a decision.
    pub undecided: UndecidedRows,
    /// The note that they get with it; none when it is blank. At most 4,000 characters.
    pub note: String,
}

/// What happens to rows without a decision, flagged ones among them. The codes stand on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum UndecidedRows {
    /// Nothing.
    #[default]
    Stay = 0,
    /// They are rejected and signed off.
    AreRejected = 1,
}

impl UndecidedRows {
    /// The number of a choice.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl BuiltIn for Expiration {
    fn built_in(_: Origin) -> Self {
        Self::default()
    }
}

/// Whether whoever starts a review has to say that they know how its data sources are. The codes stand on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SourceAcknowledgement {
    /// They may look.
    NotShown = 1,
    /// They have to.
    Required = 2,
}

impl Coded for SourceAcknowledgement {
    const ALL: &'static [Self] = &[Self::NotShown, Self::Required];

    fn code(self) -> u8 {
        self as u8
    }
}

impl BuiltIn for SourceAcknowledgement {
    fn built_in(_: Origin) -> Self {
        Self::NotShown
    }
}

impl Settings {
    /// Whether reviews end when their due date has passed.
    #[must_use]
    pub fn overdue_reviews_expire(&self) -> bool {
        self.overdue() == OverdueReviews::Expire
    }

    /// What the rows of a review have to be like for it to complete by itself; `None` where it never does. A rule that lets
    /// people complete a review at any time would complete it at its birth: then every row has to be decided.
    #[must_use]
    pub fn completes_by_itself(&self) -> Option<CompletionRule> {
        let rule = match self.completion() {
            CompletionRule::Anytime => CompletionRule::AllRowsHaveDecision,
            rule @ (CompletionRule::AllRowsHaveDecision | CompletionRule::AllRowsHaveNonRejectedDecision) => rule,
        };
        (self.auto_complete() == AutoComplete::Enabled).then_some(rule)
    }
}
