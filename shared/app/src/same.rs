//! When a row is the same as a row of another review.
//!
//! A certification's rows are the same where both ends, the waypoint and all permissions are, data sources included; a
//! campaign's where the account is.

use domain::settings::Origin;
use store::lookup::IdentityHash;

use crate::review::Frozen;

/// A node with its data source.
pub(crate) type Place<'a> = (&'a str, &'a str);

/// What makes a row of a certification the same as another.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ends<'a> {
    pub(crate) source: Place<'a>,
    pub(crate) destination: Place<'a>,
    pub(crate) waypoint: Option<Place<'a>>,
    pub(crate) raw: Vec<&'a str>,
    pub(crate) effective: Vec<&'a str>,
}

impl Ends<'_> {
    /// What the row is looked up by.
    pub(crate) fn hash(&self) -> IdentityHash {
        // Ids hold no control characters.
        let waypoint = self.waypoint.map(|(id, source)| format!("{id}\n{source}")).unwrap_or_default();
        let (raw, effective) = (self.raw.len().to_string(), self.effective.len().to_string());
        let ((source, of_source), (destination, of_destination)) = (self.source, self.destination);
        let mut parts = vec![source, of_source, destination, of_destination, &waypoint, &raw, &effective];
        parts.extend(self.raw.iter().chain(&self.effective));
        IdentityHash::of(&parts)
    }
}

/// What makes a row the same as another, whichever kind of review it belongs to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Identity<'a> {
    /// Of a campaign: an account.
    Account(&'a str),
    /// Of a certification.
    Pair(Ends<'a>),
}

impl<'a> Identity<'a> {
    /// That of a frozen row of a review of this origin.
    pub(crate) fn of(row: &'a Frozen, origin: Origin) -> Self {
        let text = |column: &str| row.text(column).unwrap_or_default();
        match origin {
            Origin::Campaign => Self::Account(text("source.id")),
            Origin::Certification => Self::Pair(Ends {
                source: (text("source.id"), text("source.datasource_id")),
                destination: (text("destination.id"), text("destination.datasource_id")),
                waypoint: row.text("waypoint.id").map(|id| (id, text("waypoint.datasource_id"))),
                raw: row.list("concrete_permissions"),
                effective: row.list("abstract_permissions"),
            }),
        }
    }

    /// What the row is looked up by.
    pub(crate) fn hash(&self) -> IdentityHash {
        match self {
            Self::Account(account) => IdentityHash::of(&[account]),
            Self::Pair(pair) => pair.hash(),
        }
    }
}
