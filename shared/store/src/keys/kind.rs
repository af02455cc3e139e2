//! What small aggregates there are.

/// The kinds of small aggregates that are kept as one item each. Append only: the words stand in stored keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A campaign.
    Campaign,
    /// A review configuration.
    Workflow,
    /// A data source.
    Source,
    /// A frozen list of inventory versions.
    Snapshot,
    /// A provider of pushed inventory.
    Provider,
    /// Background work.
    Job,
    /// An upload through the object store.
    Upload,
    /// A campaign rule.
    Rule,
    /// A policy.
    Policy,
    /// A template of a help page.
    HelpPage,
    /// What administrators have chosen for one scope.
    Settings,
    /// A quick filter.
    QuickFilter,
    /// A smart action.
    SmartAction,
    /// An automation.
    Automation,
    /// A directory that a client keeps up to date.
    Scim,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::Campaign,
        Self::Workflow,
        Self::Source,
        Self::Snapshot,
        Self::Provider,
        Self::Job,
        Self::Upload,
        Self::Rule,
        Self::Policy,
        Self::HelpPage,
        Self::Settings,
        Self::QuickFilter,
        Self::SmartAction,
        Self::Automation,
        Self::Scim,
    ];

    /// The word in keys.
    pub fn word(self) -> &'static str {
        match self {
            Self::Campaign => "CAMPAIGN",
            Self::Workflow => "WORKFLOW",
            Self::Source => "SOURCE",
            Self::Snapshot => "SNAPSHOT",
            Self::Provider => "PROVIDER",
            Self::Job => "JOB",
            Self::Upload => "UPLOAD",
            Self::Rule => "RULE",
            Self::Policy => "POLICY",
            Self::HelpPage => "HELPPAGE",
            Self::Settings => "SETTINGS",
            Self::QuickFilter => "QUICKFILTER",
            Self::SmartAction => "SMARTACTION",
            Self::Automation => "AUTOMATION",
            Self::Scim => "SCIM",
        }
    }
}
