//! What other campaigns decided about an account.
//!
//! The account's application leads to the campaigns that covered it, their lookups to the rows of the account. The
//! campaigns are looked at together; rows are read of those alone that decided about it.

use std::sync::Arc;

use domain::ids::{CampaignId, ReviewId, RowId};
use domain::review::CertState;
use domain::row::{Approval, Mark, RowState};
use domain::settings::Origin;
use domain::user::{User, UserKey};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use store::coverage::Covered;
use store::lookup::IdentityHash;

use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::review::open::Review;
use crate::review::row::{assemble, find};
use crate::user::People;

/// How many campaigns are looked at, the last started first: a quarter of a century of quarterly ones.
const MAX_CAMPAIGNS: usize = 100;
/// How many campaigns are read at the same time.
const ABREAST: usize = 8;

/// A decision on an account in another campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastDecision {
    /// The campaign; it may be deleted, and its decisions stay.
    pub campaign: CampaignId,
    /// Its name.
    pub campaign_name: String,
    /// What was decided; never [`Approval::Pending`].
    pub status: Approval,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: User,
    /// The comment, as it stands now.
    pub comment: Option<String>,
}

/// What the other campaigns of an account's application decided about it, the latest decision first; among the last
/// 100 that were started. Whoever sees the account's item sees what was decided before, by whomever.
///
/// # Errors
/// [`Error::NotFound`] when the account is not in the campaign, or not the caller's.
pub async fn history(deps: &Deps, call: &Call, id: ReviewId, account: &str) -> Result<Vec<PastDecision>, Error> {
    let (review, target) = find::see_account(deps, call, id, account).await?;
    let Some(application) = application(deps, &review, target.row).await? else { return Ok(Vec::new()) };
    let covered = deps.store.coverage().campaigns(&application, MAX_CAMPAIGNS).await?;
    let others = covered.into_iter().filter(|other| {
        other.review.certification.id != id && other.review.certification.state != CertState::Searching
    });
    let others: Vec<Review> = others.map(entered).collect();
    let attempts: Vec<(ReviewId, u32, u32)> =
        others.iter().map(|other| (other.id(), other.attempt, other.total())).collect();
    let mut rows = deps.store.lookup().find_across(&attempts, IdentityHash::of(&[account])).await?;
    let candidates = others.into_iter().filter_map(|other| Some((rows.remove(&other.id())?, other)));
    let decided = stream::iter(candidates)
        .map(|(rows, other)| async move { decided(deps, other, rows, account).await })
        .buffered(ABREAST);
    let found: Vec<(PastDecision, UserKey)> = decided.try_filter_map(|found| async { Ok(found) }).try_collect().await?;
    let mut people = People::with(call);
    people.complete(deps, found.iter().map(|(_, by)| by)).await?;
    let named = found.into_iter().map(|(past, by)| PastDecision { by: people.get(&by), ..past });
    let mut decisions: Vec<PastDecision> = named.collect();
    decisions.sort_by(|one, two| two.at.cmp(&one.at).then(one.campaign.cmp(&two.campaign)));
    Ok(decisions)
}

fn entered(covered: Covered) -> Review {
    let Covered { review, campaign } = covered;
    Review { origin: Origin::Campaign, campaign: Some(campaign), ..Review::of_all(review) }
}

/// The application that an account belongs to.
async fn application(deps: &Deps, review: &Review, row: RowId) -> Result<Option<String>, Error> {
    let layout = review.plan(deps).await?;
    let frozen = assemble::frozen(deps, review, &layout, &[row]).await?;
    Ok(frozen.get(&row).and_then(|frozen| frozen.text("destination.id")).map(str::to_owned))
}

/// What a campaign decided about an account, whose row is one of `rows`: the lookup knows hashes only, and the block
/// whose they are. Blocks are read last, because most campaigns of long ago are either decided or not looked for.
async fn decided(
    deps: &Deps,
    review: Review,
    rows: Vec<RowId>,
    account: &str,
) -> Result<Option<(PastDecision, UserKey)>, Error> {
    let id = review.id();
    let pages: Vec<u32> = rows.iter().map(|row| row.page()).collect();
    let states = deps.store.pages().states(&id, &pages).await?;
    let states = rows.into_iter().filter_map(|row| Some((row, states.get(&row.page())?.row(row.slot())?.clone())));
    let decided: Vec<(RowId, RowState)> = states.filter(|(_, state)| state.approval() != Approval::Pending).collect();
    if decided.is_empty() {
        return Ok(None);
    }
    let layout = review.plan(deps).await?;
    for (row, state) in decided {
        let Some((block, place)) = layout.plan.locate(row.0) else { continue };
        let block: Arc<_> = deps.store.blocks().read(&id, review.attempt, block).await?;
        if block.columns(&["source.id"])?.text("source.id", place) == Some(account) {
            return past(deps, review, row, &state).await;
        }
    }
    Ok(None)
}

async fn past(
    deps: &Deps,
    review: Review,
    row: RowId,
    state: &RowState,
) -> Result<Option<(PastDecision, UserKey)>, Error> {
    let Some(Mark { by, at }) = state.decided.clone() else { return Ok(None) };
    let comment = match state.note {
        Some(note) => deps.store.pages().notes(&review.id(), &[(row.page(), note)]).await?.into_values().next(),
        None => None,
    };
    let campaign_name = review.campaign.map(|campaign| campaign.plan.name).unwrap_or_default();
    let campaign = review.certification.id;
    let past = PastDecision { campaign, campaign_name, status: state.approval(), at, by: User::system(), comment };
    Ok(Some((past, by)))
}
