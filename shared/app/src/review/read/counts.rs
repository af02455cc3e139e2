//! How many rows are in which status, exactly.

use domain::counts::Counts;
use domain::ids::ReviewId;
use domain::settings::Origin;
use domain::user::UserKey;
use jiff::Timestamp;
use store::certification::Tally;
use store::reach::Reach;

use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::review::list::overlay;
use crate::review::open::{Dialect, Entered, Review, Sight, look};

/// Rows by status: all rows of a review, or, for a reviewer, their own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CountsView {
    /// All rows that the caller sees.
    pub total: i64,
    /// How many of them are in which status.
    pub counts: Counts,
    /// The last change of any of them.
    pub updated: Option<(Timestamp, UserKey)>,
}

impl CountsView {
    /// Rows neither decided nor flagged.
    pub fn pending(&self) -> i64 {
        self.counts.pending(self.total)
    }
}

/// The counts of a campaign's items; all zero before it is active. What counts for everybody is read by one query, and
/// tells itself whether there is such a campaign, once it has been started.
///
/// # Errors
/// [`Error::NotFound`] when there is no such campaign, or none for this caller.
pub async fn counts(deps: &Deps, call: &Call, id: ReviewId) -> Result<CountsView, Error> {
    if !call.sees_all_rows() {
        return match look(deps, call, id, Dialect::Campaign).await? {
            Entered::NotStarted(_) => Ok(CountsView::default()),
            Entered::Open(review) => of(deps, &review).await,
        };
    }
    let tally = deps.store.certifications().tally(&id).await?;
    // Whether what is deleted is kept, the counts do not tell.
    match tally.origin.filter(|_| !tally.deleted) {
        Some(Origin::Campaign) => Ok(tally.into()),
        Some(Origin::Certification) => Err(Error::not_found()),
        None => match look(deps, call, id, Dialect::Campaign).await? {
            Entered::NotStarted(_) => Ok(CountsView::default()),
            Entered::Open(review) => of(deps, &review).await,
        },
    }
}

/// The counts of the rows that the caller sees. For everybody's rows they are kept; a reviewer's own are what the masks
/// of the pages say within their reach.
pub(crate) async fn of(deps: &Deps, review: &Review) -> Result<CountsView, Error> {
    match &review.sight {
        Sight::All => Ok(deps.store.certifications().tally(&review.id()).await?.into()),
        Sight::Own(reach) => of_own(deps, review, reach).await,
    }
}

impl From<Tally> for CountsView {
    fn from(tally: Tally) -> Self {
        Self { total: tally.total, counts: tally.counts, updated: tally.updated }
    }
}

async fn of_own(deps: &Deps, review: &Review, reach: &Reach) -> Result<CountsView, Error> {
    let pages: Vec<u32> = reach.pages().map(|(page, _)| page).collect();
    let total = i64::try_from(reach.rows()).unwrap_or(i64::MAX);
    let mut counts = CountsView { total, ..CountsView::default() };
    for (page, state) in overlay::touched(deps, review, &pages).await? {
        let own = reach.mask(page);
        counts.counts += state.masks().within(own).counts();
        let rows = state.rows().filter(|(slot, _)| own & 1 << slot != 0);
        for mark in rows.filter_map(|(_, row)| row.updated.as_ref()) {
            if counts.updated.as_ref().is_none_or(|(at, _)| *at < mark.at) {
                counts.updated = Some((mark.at, mark.by.clone()));
            }
        }
    }
    Ok(counts)
}
