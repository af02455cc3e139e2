//! Keys that lead from one campaign to others: those that covered the same application, and those made like it.

use domain::ids::{CampaignId, ReviewId};
use domain::page::hex;
use jiff::Timestamp;

use super::{Key, Kind, aggregate, descending, digest};

/// What the sort keys of all campaigns that covered an application begin with.
pub const COVERAGE_PREFIX: &str = "CERT#";

/// The partition of an application. Its id comes from other systems and is hashed: it may be long, and must not be able
/// to name another partition.
pub fn application_partition(application: &str) -> String {
    format!("APP#{}", hex::encode(&digest(&[application])))
}

/// That a campaign, started at a time, covered an application.
pub fn coverage(application: &str, started_at: Timestamp, review: &ReviewId) -> Key {
    Key::new(application_partition(application), format!("{COVERAGE_PREFIX}{}#{review}", descending(started_at)))
}

/// The campaign that the sort key of an entry names.
pub(crate) fn parse_coverage(sort: &str) -> Option<ReviewId> {
    sort.strip_prefix(COVERAGE_PREFIX)?.split_once('#')?.1.parse().ok()
}

/// When campaigns like one are made again.
pub fn recurrence(template: &CampaignId) -> Key {
    Key::new(aggregate(Kind::Campaign, template).pk, "RECURRENCE")
}
