//! What rules do with a row.

use domain::automatic::{Automatic, AutomaticStep};
use domain::ids::RowId;
use domain::user::UserKey;

/// A row, and what a rule does with it.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) row: RowId,
    pub(super) automatic: Automatic,
    /// Who reviews it as it stands.
    pub(super) assigned: Vec<UserKey>,
}

impl Planned {
    /// Everybody whose reach changes.
    pub(super) fn reached(&self) -> impl Iterator<Item = &UserKey> {
        let (new, over) = match &self.automatic.step {
            AutomaticStep::Assign { reviewers, over } => (Some(reviewers), over.as_ref()),
            AutomaticStep::Decide(_) => (None, None),
        };
        let old = over.unwrap_or(&self.assigned);
        new.into_iter().flatten().chain(old.iter().filter(move |_| new.is_some()))
    }
}
