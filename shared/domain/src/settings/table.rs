//! The one list of settings: names, types, and which of them a workflow may have a value of its own for.

use super::built_in::BuiltIn;
use super::values::{
    CompletionRule, PredefinedNotes, ReviewerExports, RowGrouping, SelfReview, UiCustomization, ViewSort,
};
use super::{
    AutoComplete, ColumnSettings, Expiration, IdentityProvider, Origin, OutlierDetection, OverdueReviews, Settings,
    SourceAcknowledgement,
};
use crate::webhook::Webhook;

impl BuiltIn for Option<Webhook> {
    fn built_in(_: Origin) -> Self {
        None
    }
}

/// A workflow may have a value of its own.
const PER_WORKFLOW: bool = true;
/// There is one value, for everything.
const GLOBAL: bool = false;

/// Declares [`Setting`], [`Value`] and the accessors of [`Settings`] from one list.
macro_rules! settings {
    ($($(#[doc = $text:literal])* $name:ident($type:ty) $word:literal $scope:ident $get:ident;)*) => {
        /// A setting.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Setting { $($(#[doc = $text])* $name),* }

        /// A value of one of the settings.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Value { $($(#[doc = $text])* $name($type)),* }

        impl Setting {
            /// Every setting.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name on the wire and in the table.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// Whether a workflow may have a value of its own.
            #[must_use]
            pub const fn per_workflow(self) -> bool {
                match self { $(Self::$name => $scope),* }
            }

            /// What holds where nothing is stored.
            #[must_use]
            pub fn built_in(self, origin: Origin) -> Value {
                match self { $(Self::$name => Value::$name(<$type>::built_in(origin))),* }
            }
        }

        impl Value {
            /// Which setting it is a value of.
            #[must_use]
            pub const fn setting(&self) -> Setting {
                match self { $(Self::$name(_) => Setting::$name),* }
            }
        }

        impl Settings {
            $($(#[doc = $text])*
            #[must_use]
            pub fn $get(&self) -> $type {
                match self.stored(Setting::$name) {
                    Some(Value::$name(value)) => value.clone(),
                    Some(_) | None => <$type>::built_in(self.origin),
                }
            })*
        }
    };
}

settings! {
    /// When a review may be completed.
    Completion(CompletionRule) "cert_completion_settings" GLOBAL completion;
    /// Whether people may be assigned to rows about their own access.
    SelfReview(SelfReview) "self_reviewer_settings" GLOBAL self_review;
    /// Which decisions need a note, and what the interface offers.
    UiCustomization(UiCustomization) "ui_customization_settings" GLOBAL ui_customization;
    /// Which columns are shown, and which are hidden from reviewers.
    Columns(ColumnSettings) "ui_column_settings" PER_WORKFLOW columns;
    /// In which order rows are listed.
    ViewSort(ViewSort) "view_sort_settings" GLOBAL view_sort;
    /// Notes that are offered with a decision.
    PredefinedNotes(PredefinedNotes) "predefined_decision_notes" PER_WORKFLOW predefined_notes;
    /// In which formats reviewers may export.
    ReviewerExports(ReviewerExports) "allow_reviewer_exports" PER_WORKFLOW reviewer_exports;
    /// By what rows are grouped on the screen.
    RowGrouping(RowGrouping) "rows_group_by_setting" PER_WORKFLOW row_grouping;
    /// With whom access is compared to tell whether it is rare.
    Outliers(OutlierDetection) "manager_centric_config" PER_WORKFLOW outliers;
    /// Which receiver is told of what; none by itself.
    Webhook(Option<Webhook>) "webhook_settings" PER_WORKFLOW webhook;
    /// Whose identities the users are, and what names them and their managers.
    IdentityProvider(IdentityProvider) "idp_settings" GLOBAL identity_provider;
    /// Whether a review completes by itself.
    AutoComplete(AutoComplete) "cert_auto_complete_settings" GLOBAL auto_complete;
    /// What becomes of reviews that are open when their due date has passed.
    Overdue(OverdueReviews) "expire_overdue_certifications" GLOBAL overdue;
    /// Whether whoever starts a review has to say that they know how its data sources are.
    Acknowledgement(SourceAcknowledgement) "datasource_acknowledgement" GLOBAL acknowledgement;
    /// What becomes of the rows of a review that expires.
    Expiration(Expiration) "review_expiration_behavior" PER_WORKFLOW expiration;
}

impl Setting {
    /// Whether it may be long and is seldom asked for: it is kept apart from what rules every call.
    #[must_use]
    pub const fn stands_alone(self) -> bool {
        matches!(self, Self::PredefinedNotes | Self::Expiration)
    }

    /// Whether its values are codes alone, without texts, names of columns or addresses.
    #[must_use]
    pub const fn holds_codes(self) -> bool {
        match self {
            Self::Completion
            | Self::SelfReview
            | Self::UiCustomization
            | Self::ReviewerExports
            | Self::AutoComplete
            | Self::Overdue
            | Self::Acknowledgement => true,
            Self::Columns
            | Self::ViewSort
            | Self::PredefinedNotes
            | Self::RowGrouping
            | Self::Outliers
            | Self::Webhook
            | Self::IdentityProvider
            | Self::Expiration => false,
        }
    }

    /// Whether it is of interest to whoever sees a review, and not to administrators alone.
    #[must_use]
    pub const fn is_shown_to_everybody(self) -> bool {
        !matches!(self, Self::IdentityProvider | Self::Webhook)
    }

    /// The setting of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|setting| setting.name() == name)
    }
}
