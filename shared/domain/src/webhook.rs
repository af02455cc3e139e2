//! Whom somebody else's systems are told by, and of what.

use std::collections::BTreeSet;

/// What a receiver may want to be told; in the order of the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Occasion {
    /// A review was completed.
    ReviewCompleted,
    /// Rows were signed off as accepted.
    RowAccepted,
    /// Somebody gave rows to other reviewers.
    RowReassigned,
    /// Rows were signed off as rejected: whoever hears of it removes the access, and tells how that went.
    RowRejected,
}

impl Occasion {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 4] = [Self::ReviewCompleted, Self::RowAccepted, Self::RowReassigned, Self::RowRejected];

    /// The name, as clients and receivers write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RowAccepted => "row.accepted",
            Self::RowRejected => "row.rejected",
            Self::RowReassigned => "row.reassigned",
            Self::ReviewCompleted => "review.completed",
        }
    }

    /// The occasion of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|occasion| occasion.name() == name)
    }
}

/// What messages to a receiver are signed with. The secret stands apart from everything else that is stored, because a
/// receiver's settings are read with every entry into a review, and its secret by whoever signs alone.
#[derive(Clone, PartialEq, Eq)]
pub enum Signing {
    /// A secret that was just named, as `whsec_` and base64.
    With(String),
    /// The secret that is stored for the same scope.
    Stored,
}

/// A receiver, with what it wants to hear of.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Where it is.
    pub url: String,
    /// What messages are signed with. Never shown again.
    pub signing: Signing,
    /// What it is told.
    pub occasions: BTreeSet<Occasion>,
    /// Whether it is told anything.
    pub enabled: bool,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook")
            .field("occasions", &self.occasions)
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}

impl Webhook {
    /// Whether it is told of this.
    #[must_use]
    pub fn hears_of(&self, occasion: Occasion) -> bool {
        self.enabled && self.occasions.contains(&occasion)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_occasions() {
        for occasion in Occasion::ALL {
            assert_eq!(Occasion::named(occasion.name()), Some(occasion));
        }
        assert_eq!(Occasion::named("row.Rejected"), None);
    }

    #[test]
    fn a_receiver_hears_of_what_it_asked_for_while_it_is_enabled() {
        let mut webhook = Webhook {
            url: "https://hooks.example.com/".to_owned(),
            signing: Signing::With("hidden".to_owned()),
            occasions: [Occasion::RowRejected].into(),
            enabled: true,
        };
        assert!(webhook.hears_of(Occasion::RowRejected) && !webhook.hears_of(Occasion::RowAccepted));
        assert!(!format!("{webhook:?}").contains("hidden"));
        webhook.enabled = false;
        assert!(!webhook.hears_of(Occasion::RowRejected));
    }
}
