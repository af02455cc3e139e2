//! The rules that hold as long as nobody has stored others.
//!
//! The two dialects differ: clients of the campaign dialect were never told of completion rules or required notes, so
//! campaigns complete at any time and need no notes; certifications that were created in the other dialect follow its
//! documented defaults.

/// When a review may be completed. The codes stand on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum CompletionRule {
    /// Every row is decided and signed off.
    AllRowsHaveDecision = 1,
    /// At any time.
    Anytime = 2,
    /// Every row is signed off and none is rejected: each rejection has become fixed.
    AllRowsHaveNonRejectedDecision = 3,
}

/// Whether a decision asks for a note. The codes stand on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum NotesBehavior {
    /// Not asked for.
    NoPopUp = 1,
    /// Offered; the same as `NoPopUp` to the server.
    PopUpOptional = 2,
    /// Decisions of callers of role reviewer are refused without one.
    PopUpRequired = 3,
}

/// Whether people may be assigned to rows about their own access. The codes stand on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SelfReview {
    /// They may.
    CheckingDisabled = 1,
    /// They may not.
    CheckingEnabled = 2,
}

/// The settings that rule one review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Settings {
    /// When it may be completed.
    pub completion: CompletionRule,
    /// Notes on accepting.
    pub accept_notes: NotesBehavior,
    /// Notes on rejecting.
    pub reject_notes: NotesBehavior,
    /// Assignment to one's own access.
    pub self_review: SelfReview,
}

/// In which dialect a review was created, and so which defaults it follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A campaign.
    Campaign,
    /// A certification of a workflow.
    Certification,
}

impl Settings {
    /// The built-in defaults of a review.
    #[must_use]
    pub const fn defaults(origin: Origin) -> Self {
        let (completion, reject_notes) = match origin {
            Origin::Campaign => (CompletionRule::Anytime, NotesBehavior::PopUpOptional),
            Origin::Certification => (CompletionRule::AllRowsHaveDecision, NotesBehavior::PopUpRequired),
        };
        Self {
            completion,
            accept_notes: NotesBehavior::PopUpOptional,
            reject_notes,
            self_review: SelfReview::CheckingDisabled,
        }
    }
}
