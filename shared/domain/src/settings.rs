//! What administrators may choose, for everything or for one workflow, and what holds where nothing is chosen.
//!
//! A value that is stored for a workflow stands in for the one stored for everything, as a whole; where neither is stored,
//! the built-in one holds. The two dialects differ in two of those: clients of the campaign dialect were never told of
//! completion rules or required notes, so campaigns complete at any time and need no notes until somebody stores a choice;
//! certifications that were created in the other dialect follow its documented defaults.

mod built_in;
mod columns;
mod endings;
mod identity;
mod outliers;
mod table;
mod values;

use std::collections::{BTreeMap, BTreeSet};

pub use built_in::BuiltIn;
pub use columns::{ColumnFault, ColumnSettings, MAX_COLUMNS};
pub use endings::{AutoComplete, Expiration, OverdueReviews, SourceAcknowledgement, UndecidedRows};
pub use identity::IdentityProvider;
pub use outliers::{GroupingProperty, GroupingTarget, MAX_PROPERTIES, OutlierDetection};
pub use table::{Setting, Value};
pub use values::{
    Coded, CompletionRule, DiffDropdown, MAX_NOTE, MAX_NOTES, NotesBehavior, PredefinedNotes, ReviewerExports,
    RowGrouping, SelfReview, SignOffButton, UiCustomization, ViewSort,
};

use crate::ids::WorkflowId;

/// In which dialect a review was created, and so which defaults it follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A campaign.
    Campaign,
    /// A certification of a workflow.
    Certification,
}

/// What a stored value is for: everything, or one workflow.
pub type Scope = Option<WorkflowId>;

/// A stored value with the version that it got when it was stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// The value.
    pub value: Value,
    /// Grows with every change of the same scope; never comes back.
    pub version: u64,
}

/// The values that are stored for one scope.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Book {
    values: BTreeMap<Setting, Held>,
    overridden: BTreeSet<Setting>,
}

impl Book {
    /// A book of these values.
    #[must_use]
    pub fn new(values: Vec<Held>, overridden: BTreeSet<Setting>) -> Self {
        Self { values: values.into_iter().map(|held| (held.value.setting(), held)).collect(), overridden }
    }

    /// What is stored of a setting.
    #[must_use]
    pub fn get(&self, setting: Setting) -> Option<&Held> {
        self.values.get(&setting)
    }

    /// Everything that is stored.
    pub fn values(&self) -> impl Iterator<Item = &Held> {
        self.values.values()
    }

    /// In the book of everything: the settings that some workflow has, or had, a value of its own for. Where a setting is
    /// not among them, nobody has to look into the books of workflows.
    #[must_use]
    pub const fn overridden(&self) -> &BTreeSet<Setting> {
        &self.overridden
    }

    /// Stores a value.
    pub fn put(&mut self, value: Value, version: u64) {
        self.values.insert(value.setting(), Held { value, version });
    }

    /// Forgets a value; answers whether there was one.
    pub fn remove(&mut self, setting: Setting) -> bool {
        self.values.remove(&setting).is_some()
    }

    /// Notes that some workflow has a value of its own.
    pub fn note_override(&mut self, setting: Setting) {
        self.overridden.insert(setting);
    }
}

/// The settings that rule one review, or, without a book of a workflow, those for everything.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    own: Book,
    all: Book,
    origin: Origin,
}

impl Settings {
    /// The settings of a review of this origin, whose workflow has `own`, where `all` is stored for everything.
    #[must_use]
    pub const fn new(own: Book, all: Book, origin: Origin) -> Self {
        Self { own, all, origin }
    }

    /// The built-in defaults of a review.
    #[must_use]
    pub fn defaults(origin: Origin) -> Self {
        Self::new(Book::default(), Book::default(), origin)
    }

    /// In which dialect the review was created.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// The value of a setting that is stored for the workflow, else for everything.
    fn stored(&self, setting: Setting) -> Option<&Value> {
        let own = if setting.per_workflow() { self.own.get(setting) } else { None };
        own.or_else(|| self.all.get(setting)).map(|held| &held.value)
    }

    /// For what the value that holds is stored: for the workflow, or for everything.
    #[must_use]
    pub fn scope(&self, setting: Setting, workflow: WorkflowId) -> Scope {
        (setting.per_workflow() && self.own.get(setting).is_some()).then_some(workflow)
    }

    /// The value of a setting.
    #[must_use]
    pub fn value(&self, setting: Setting) -> Value {
        self.stored(setting).cloned().unwrap_or_else(|| setting.built_in(self.origin))
    }
}

#[cfg(test)]
mod tests;
