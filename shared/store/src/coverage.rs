//! From an application to the campaigns that covered it: how decisions on an account in earlier campaigns are found.
//!
//! An entry is written with the rows of an attempt and names nothing but the campaign, so that a later attempt of the
//! same start lands on it again. An entry says no more than that it is worth looking: the attempt may have failed, or a
//! later one may cover other applications. Whether the campaign has rows, its own item says, and which, its lookup.

use std::collections::HashMap;

use domain::ids::ReviewId;
use domain::review::Campaign;
use jiff::Timestamp;

use crate::Store;
use crate::certification::{self, Review};
use crate::doc;
use crate::error::Error;
use crate::item::{self, Fields, Item};
use crate::keys::{self, COVERAGE_PREFIX, Key, Kind};
use crate::table::{Query, Read};
use crate::{campaign, records};

/// What is written of an entry.
const FORMAT: u32 = 1;

/// A campaign that covered an application, with its certification. Deleted ones are among them: they are hidden, and
/// kept as evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Covered {
    /// The certification, whose rows may still be under construction.
    pub review: Review,
    /// The campaign.
    pub campaign: Campaign,
}

/// Which campaigns covered which applications.
#[derive(Debug, Clone, Copy)]
pub struct Coverage<'a>(&'a Store);

impl Store {
    /// Which campaigns covered which applications.
    pub fn coverage(&self) -> Coverage<'_> {
        Coverage(self)
    }
}

impl Coverage<'_> {
    /// The campaigns that covered an application, the last started first, at most `limit`. Entries are read eventually:
    /// the very latest may be missing.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn campaigns(&self, application: &str, limit: usize) -> Result<Vec<Covered>, Error> {
        let partition = keys::application_partition(application);
        let query = Query::prefix(partition, COVERAGE_PREFIX, Read::Eventual).limit(limit);
        let entries = self.0.table().query(&query).await?.items;
        let ids: Vec<ReviewId> = entries.iter().map(named).collect::<Result<_, _>>()?;
        let names = ids.iter().flat_map(|id| [keys::review_meta(id), keys::aggregate(Kind::Campaign, id)]).collect();
        let mut items: HashMap<Key, Item> = HashMap::new();
        for item in self.0.table().batch_get(names, Read::Consistent).await? {
            items.insert(item::key_of(&item)?, item);
        }
        let mut found = Vec::with_capacity(ids.len());
        for id in &ids {
            let (review, held) = (keys::review_meta(id), keys::aggregate(Kind::Campaign, id));
            let (Some(review), Some(held)) = (items.get(&review), items.get(&held)) else { continue };
            let review = certification::of(doc::read_evidence::<records::CertificationRecord>(review)?);
            let campaign = campaign::of(doc::read_evidence(held)?).value;
            found.push(Covered { review, campaign });
        }
        Ok(found)
    }
}

fn named(entry: &Item) -> Result<ReviewId, Error> {
    let id = keys::parse_coverage(entry.get_text(keys::SORT)?);
    id.ok_or_else(|| Error::corrupt(entry.label(), "not the key of a campaign that covered an application"))
}

/// The entries of a campaign.
pub(crate) fn items<'a>(
    review: &ReviewId,
    started_at: Timestamp,
    applications: impl IntoIterator<Item = &'a str>,
) -> Vec<Item> {
    let entry = |application: &str| {
        let mut item = item::keyed(&keys::coverage(application, started_at, review));
        item.insert("v".to_owned(), item::number(FORMAT));
        item
    };
    applications.into_iter().map(entry).collect()
}
