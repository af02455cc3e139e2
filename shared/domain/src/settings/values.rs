//! The types of settings that are a word or a few.

use super::built_in::BuiltIn;
use super::{Origin, Settings};

/// A choice among a few, each with a number that stands on the wire and in the table.
pub trait Coded: Copy + 'static {
    /// Every choice.
    const ALL: &'static [Self];

    /// The number of a choice, never 0.
    fn code(self) -> u8;

    /// The choice of a number.
    #[must_use]
    fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|choice| choice.code() == code)
    }
}

/// Lists the choices of enums whose discriminants are their numbers.
macro_rules! coded {
    ($($name:ident: $($choice:ident),+;)+) => {$(
        impl Coded for $name {
            const ALL: &'static [Self] = &[$(Self::$choice),+];

            fn code(self) -> u8 {
                self as u8
            }
        }
    )+};
}

coded! {
    CompletionRule: AllRowsHaveDecision, Anytime, AllRowsHaveNonRejectedDecision;
    NotesBehavior: NoPopUp, PopUpOptional, PopUpRequired;
    SelfReview: CheckingDisabled, CheckingEnabled;
    SignOffButton: Show, Hide;
    DiffDropdown: Normal, HiddenFromReviewers;
}

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

impl BuiltIn for CompletionRule {
    fn built_in(origin: Origin) -> Self {
        match origin {
            Origin::Campaign => Self::Anytime,
            Origin::Certification => Self::AllRowsHaveDecision,
        }
    }
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

impl BuiltIn for SelfReview {
    fn built_in(_: Origin) -> Self {
        Self::CheckingDisabled
    }
}

/// Whether the screen has a button that approves and signs off at once. The codes stand on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SignOffButton {
    /// It has.
    Show = 1,
    /// It has not.
    Hide = 2,
}

/// Whether reviewers may compare with the review before. The codes stand on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum DiffDropdown {
    /// They may.
    Normal = 1,
    /// Callers of role reviewer get no data of the review before.
    HiddenFromReviewers = 2,
}

/// Which decisions need a note, and what the interface offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UiCustomization {
    /// Notes on accepting.
    pub accept_notes: NotesBehavior,
    /// Notes on rejecting.
    pub reject_notes: NotesBehavior,
    /// Approving and signing off at once; of interest to the interface only.
    pub sign_off_button: SignOffButton,
    /// Comparing with the review before.
    pub diff_dropdown: DiffDropdown,
}

impl BuiltIn for UiCustomization {
    fn built_in(origin: Origin) -> Self {
        Self {
            accept_notes: NotesBehavior::PopUpOptional,
            reject_notes: match origin {
                Origin::Campaign => NotesBehavior::PopUpOptional,
                Origin::Certification => NotesBehavior::PopUpRequired,
            },
            sign_off_button: SignOffButton::Hide,
            diff_dropdown: DiffDropdown::Normal,
        }
    }
}

/// In which order rows are listed where the client does not say.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ViewSort {
    /// A sort expression: `path [asc|desc]`, several separated by commas.
    pub order_by: String,
}

impl BuiltIn for ViewSort {
    fn built_in(_: Origin) -> Self {
        Self { order_by: "source.type asc".to_owned() }
    }
}

/// The most notes of one list of [`PredefinedNotes`].
pub const MAX_NOTES: usize = 100;
/// The most characters of one of [`PredefinedNotes`].
pub const MAX_NOTE: usize = 500;

/// Notes that are offered with a decision, in order. Any other note is as good.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PredefinedNotes {
    /// With a rejection.
    pub reject: Vec<String>,
    /// With an acceptance.
    pub accept: Vec<String>,
}

impl BuiltIn for PredefinedNotes {
    fn built_in(_: Origin) -> Self {
        Self::default()
    }
}

/// In which formats callers of role reviewer may export their rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ReviewerExports {
    /// As CSV.
    pub csv: bool,
    /// As PDF.
    pub pdf: bool,
    /// As XLSX.
    pub xlsx: bool,
}

impl BuiltIn for ReviewerExports {
    fn built_in(_: Origin) -> Self {
        Self::default()
    }
}

/// By what rows are grouped on the screen; lists of rows do not change by it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct RowGrouping {
    /// The column; `None` where rows are not grouped.
    pub column: Option<String>,
    /// Whether groups are open at first.
    pub expanded: bool,
}

impl BuiltIn for RowGrouping {
    fn built_in(_: Origin) -> Self {
        Self::default()
    }
}

impl Settings {
    /// Whether reviewers may compare with the review before.
    #[must_use]
    pub fn reviewers_may_compare(&self) -> bool {
        self.ui_customization().diff_dropdown == DiffDropdown::Normal
    }
}
