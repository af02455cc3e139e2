//! When a row is the same as a row of another review.
//!
//! It is the same access where both ends, the waypoint and all permissions are, data sources included: what was decided
//! about less must not carry over to more ([`Ends`]). To find it again, a campaign's row is known by its account alone,
//! which people follow from campaign to campaign ([`Identity`]).

use domain::settings::Origin;
use store::lookup::IdentityHash;

use crate::review::Frozen;

/// A node with its data source.
pub(crate) type Place<'a> = (&'a str, &'a str);

/// What makes the access of a row the same as that of another.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ends<'a> {
    pub(crate) source: Place<'a>,
    pub(crate) destination: Place<'a>,
    pub(crate) waypoint: Option<Place<'a>>,
    pub(crate) raw: Vec<&'a str>,
    pub(crate) effective: Vec<&'a str>,
}

impl<'a> Ends<'a> {
    /// What the columns that identify access say of a frozen row.
    pub(crate) fn of(row: &'a Frozen) -> Self {
        let text = |column: &str| row.text(column).unwrap_or_default();
        Self {
            source: (text("source.id"), text("source.datasource_id")),
            destination: (text("destination.id"), text("destination.datasource_id")),
            waypoint: row.text("waypoint.id").map(|id| (id, text("waypoint.datasource_id"))),
            raw: row.list("concrete_permissions"),
            effective: row.list("abstract_permissions"),
        }
    }

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

/// What a row is found again by, whichever kind of review it belongs to.
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
        match origin {
            Origin::Campaign => Self::Account(row.text("source.id").unwrap_or_default()),
            Origin::Certification => Self::Pair(Ends::of(row)),
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
