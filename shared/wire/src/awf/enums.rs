//! The enums of the awf dialect. Codes are part of the API: append only.

use domain::help_page::Usage;
use domain::row::{Decision, NotificationStatus};

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
