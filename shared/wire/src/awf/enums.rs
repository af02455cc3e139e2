//! The enums of the awf dialect. Codes are part of the API: append only.

use domain::automation::DisplayStyle;
use domain::help_page::Usage;
use domain::row::{Decision, NotificationStatus};
use domain::settings::{
    AutoComplete, CompletionRule, DiffDropdown, NotesBehavior, SelfReview, SignOffButton, SourceAcknowledgement,
};

use crate::forms::{Family, Form};

/// Decisions on a row.
pub const DECISION: Family<Decision> = Family {
    prefix: "RESULT_DECISION_",
    unknown: &[],
    forms: &[
        Form { code: 1, name: "NONE", value: Decision::None },
        Form { code: 2, name: "ACCEPTED", value: Decision::Accepted },
        Form { code: 3, name: "REJECTED", value: Decision::Rejected },
        Form { code: 4, name: "FIXED", value: Decision::Fixed },
    ],
};

/// How the removal of a rejected access goes.
pub const NOTIFICATION: Family<NotificationStatus> = Family {
    prefix: "",
    unknown: &[],
    forms: &[
        Form { code: 1, name: "PENDING", value: NotificationStatus::Pending },
        Form { code: 2, name: "SUCCEED", value: NotificationStatus::Succeed },
        Form { code: 3, name: "FAILED", value: NotificationStatus::Failed },
    ],
};

/// Whether a row is signed off.
pub const SIGNED_OFF: Family<bool> = Family {
    prefix: "",
    unknown: &["UNKNOWN_SIGNED_OFF"],
    forms: &[Form { code: 1, name: "NOT_SIGNED_OFF", value: false }, Form { code: 2, name: "SIGNED_OFF", value: true }],
};

/// How an automation shows rows.
pub const DISPLAY_STYLE: Family<DisplayStyle> = Family {
    prefix: "DISPLAY_STYLE_",
    unknown: &[],
    forms: &[
        Form { code: 1, name: "HIGHLIGHT", value: DisplayStyle::Highlight },
        Form { code: 2, name: "SUGGEST_ACCEPT", value: DisplayStyle::SuggestAccept },
        Form { code: 3, name: "SUGGEST_REJECT", value: DisplayStyle::SuggestReject },
    ],
};

/// When a help page is shown.
pub const HELP_PAGE_USAGE: Family<Usage> = Family {
    prefix: "",
    unknown: &[],
    forms: &[
        Form { code: 1, name: "HELP_PAGE", value: Usage::HelpPage },
        Form { code: 2, name: "REVIEW_START", value: Usage::ReviewStart },
        Form { code: 3, name: "SIGN_OFF", value: Usage::SignOff },
    ],
};

/// When a review may be completed.
pub const COMPLETION_RULE: Family<CompletionRule> = Family {
    prefix: "COMPLETION_ALLOWED_",
    unknown: &[],
    forms: &[
        Form { code: 1, name: "ALL_ROWS_HAVE_DECISION", value: CompletionRule::AllRowsHaveDecision },
        Form { code: 2, name: "ANYTIME", value: CompletionRule::Anytime },
        Form {
            code: 3,
            name: "ALL_ROWS_HAVE_NON_REJECTED_DECISION",
            value: CompletionRule::AllRowsHaveNonRejectedDecision,
        },
    ],
};

/// Whether a review completes by itself.
pub const AUTO_COMPLETE: Family<AutoComplete> = Family {
    prefix: "AUTO_COMPLETE_",
    unknown: &[],
    forms: &[
        Form { code: 1, name: "ENABLED", value: AutoComplete::Enabled },
        Form { code: 2, name: "DISABLED", value: AutoComplete::Disabled },
    ],
};

/// Whether whoever starts a review has to say that they know how its data sources are.
pub const ACKNOWLEDGEMENT: Family<SourceAcknowledgement> = Family {
    prefix: "DATASOURCE_ACKNOWLEDGEMENT_",
    unknown: &[],
    forms: &[
        Form { code: 1, name: "NOT_SHOWN", value: SourceAcknowledgement::NotShown },
        Form { code: 2, name: "REQUIRED", value: SourceAcknowledgement::Required },
    ],
};

/// Whether people may be assigned to rows about their own access.
pub const SELF_REVIEW: Family<SelfReview> = Family {
    prefix: "SELF_REVIEWER_CHECKING_",
    unknown: &[],
    forms: &[
        Form { code: 1, name: "DISABLED", value: SelfReview::CheckingDisabled },
        Form { code: 2, name: "ENABLED", value: SelfReview::CheckingEnabled },
    ],
};

/// Whether a decision asks for a note.
pub const NOTES_BEHAVIOR: Family<NotesBehavior> = Family {
    prefix: "",
    unknown: &["NOTES_BEHAVIOR_UNKNOWN"],
    forms: &[
        Form { code: 1, name: "NO_POP_UP", value: NotesBehavior::NoPopUp },
        Form { code: 2, name: "POP_UP_OPTIONAL", value: NotesBehavior::PopUpOptional },
        Form { code: 3, name: "POP_UP_REQUIRED", value: NotesBehavior::PopUpRequired },
    ],
};

/// Whether there is a button that approves and signs off at once.
pub const SIGN_OFF_BUTTON: Family<SignOffButton> = Family {
    prefix: "",
    unknown: &["HIDE_OR_SHOW_BEHAVIOR_UNKNOWN"],
    forms: &[
        Form { code: 1, name: "SHOW", value: SignOffButton::Show },
        Form { code: 2, name: "HIDE", value: SignOffButton::Hide },
    ],
};

/// Whether reviewers may compare with the review before.
pub const DIFF_DROPDOWN: Family<DiffDropdown> = Family {
    prefix: "",
    unknown: &[],
    forms: &[
        Form { code: 1, name: "NORMAL", value: DiffDropdown::Normal },
        Form { code: 2, name: "ALWAYS_HIDE_FOR_ACCESS_REVIEWER_ROLE", value: DiffDropdown::HiddenFromReviewers },
    ],
};

/// Whose property comparable rows agree in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The source's.
    Source,
    /// The destination's.
    Destination,
    /// That of a joined node.
    Joined,
}

/// Whose property comparable rows agree in.
pub const GROUPING_TARGET: Family<Target> = Family {
    prefix: "TARGET_NODE_",
    unknown: &["UNSPECIFIED"],
    forms: &[
        Form { code: 1, name: "SOURCE", value: Target::Source },
        Form { code: 2, name: "DESTINATION", value: Target::Destination },
        Form { code: 3, name: "JOINED", value: Target::Joined },
    ],
};
