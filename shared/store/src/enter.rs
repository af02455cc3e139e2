//! What every call on rows begins with, in one request.

use domain::ids::ReviewId;
use domain::review::Campaign;
use domain::user::UserKey;

use crate::certification::{Certifications, Review};
use crate::doc::{self, Stored};
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::{self, Key, Kind, PAGES_PER_REACH};
use crate::reach::{self, Reach};
use crate::table::Read;
use crate::{campaign, certification};

/// The attempt that a reach is guessed for: nearly every certification is built at the first.
const FIRST_ATTEMPT: u32 = 1;

/// A certification with what decides who may do what in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entered {
    /// The certification.
    pub review: Option<Review>,
    /// The campaign of the same id.
    pub campaign: Option<Stored<Campaign>>,
    /// The rows that the reviewer reaches in the live attempt; `None` when nobody was asked for.
    pub reach: Option<Reach>,
}

impl Certifications<'_> {
    /// A certification, its campaign and a reviewer's reach, all read consistently: one request, and a second one only
    /// for a certification of more than 65,536 rows or of a later attempt. The layout comes along the first time and is
    /// kept, because whoever enters nearly always asks for it next.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn enter(&self, id: &ReviewId, reviewer: Option<&UserKey>) -> Result<Entered, Error> {
        let (meta, campaign) = (keys::review_meta(id), keys::aggregate(Kind::Campaign, id));
        let reach = reviewer.map(|user| keys::reach(user, id, FIRST_ATTEMPT, 0));
        let plan = self.store().cache().plan(id, FIRST_ATTEMPT).is_none().then(|| keys::plan(id, FIRST_ATTEMPT));
        let names: Vec<Key> =
            [Some(&meta), Some(&campaign), reach.as_ref(), plan.as_ref()].into_iter().flatten().cloned().collect();
        let items = self.store().table().batch_get(names, Read::Consistent).await?;
        let find = |name: Option<&Key>| -> Result<Option<&Item>, Error> {
            for item in &items {
                if Some(&item::key_of(item)?) == name {
                    return Ok(Some(item));
                }
            }
            Ok(None)
        };
        if let Some(item) = find(plan.as_ref())? {
            self.keep_plan(id, FIRST_ATTEMPT, item)?;
        }
        let review = match find(Some(&meta))? {
            Some(item) => doc::read(item)?.map(certification::of),
            None => None,
        };
        let campaign = match find(Some(&campaign))? {
            Some(item) => doc::read(item)?.map(campaign::of),
            None => None,
        };
        let reached = match (reviewer, &review) {
            (None, _) => None,
            (Some(_), None) => Some(Reach::new()),
            (Some(user), Some(review)) => {
                let pages = review.certification.total.div_ceil(domain::page::ROWS);
                if review.attempt == FIRST_ATTEMPT && pages <= PAGES_PER_REACH {
                    let held = find(reach.as_ref())?.map(reach::read).transpose()?;
                    Some(held.map(|chunk| chunk.reach).unwrap_or_default())
                } else {
                    Some(self.store().reaches().of(user, id, review.attempt).await?)
                }
            }
        };
        Ok(Entered { review, campaign, reach: reached })
    }
}
