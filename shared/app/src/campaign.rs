//! Campaigns: a certification in the vocabulary of accounts and approvals, prepared before it has any rows.
//!
//! A campaign stands in an item of its own, and its certification, under the same id, in another: whatever changes both
//! changes them in one transaction. Without `If-Match` the later of two valid commands wins, so a conflict is answered by
//! deciding again on what stands now.

mod change;
mod due;
mod input;
mod list;
mod plan;
mod start;

pub use change::{complete, create, delete, from_template, terminate, update};
pub use due::{Started, start_due};
pub use input::{CampaignView, CreateInput, EditInput, ListInput, TemplateInput};
pub use list::list;
pub use start::{cancel_start, start};

pub(crate) use change::{follow, fresh, load, require_administrator, take_over};
pub(crate) use plan::resolved;
pub(crate) use start::insert_started;

use domain::counts::Counts;
use domain::ids::CampaignId;
use domain::review::{Campaign, StartState};

use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::loading::jobs::building::{self, BuildProgress};
use crate::review::{self, Dialect};

/// One campaign with its progress. A reviewer sees it while it is active and has an item of theirs, and the progress of
/// their own items; everybody else also when it was deleted after its end, as evidence.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or none for this caller.
pub async fn get(deps: &Deps, call: &Call, id: CampaignId) -> Result<CampaignView, Error> {
    let entered = review::open::read(deps, call, id, Dialect::Campaign).await?;
    match entered {
        review::open::Entered::NotStarted(campaign) => view(deps, *campaign.ok_or_else(Error::not_found)?).await,
        review::open::Entered::Open(review) => {
            let counts = review::read::counts::of(deps, &review).await?;
            let campaign = review.campaign.ok_or_else(Error::not_found)?;
            Ok(CampaignView { campaign, total: counts.total, counts: counts.counts, start_progress: None })
        }
    }
}

/// The campaign with its progress, as an administrator sees it after changing it.
async fn view(deps: &Deps, campaign: Campaign) -> Result<CampaignView, Error> {
    let (total, counts) = match campaign.start_state {
        StartState::Done => {
            let tally = deps.store.certifications().tally(&campaign.id).await?;
            (tally.total, tally.counts)
        }
        StartState::None | StartState::Queued | StartState::Running | StartState::Failed => (0, Counts::default()),
    };
    let start_progress = start_progress(deps, &campaign).await?;
    Ok(CampaignView { campaign, total, counts, start_progress })
}

/// How far the items of a campaign are built, while it is being started.
async fn start_progress(deps: &Deps, campaign: &Campaign) -> Result<Option<BuildProgress>, Error> {
    match campaign.start_state {
        StartState::None | StartState::Done | StartState::Failed => Ok(None),
        StartState::Queued | StartState::Running => {
            let Some(review) = deps.store.certifications().get(&campaign.id).await? else { return Ok(None) };
            building::progress(deps, &campaign.id, review.attempt).await
        }
    }
}

#[cfg(test)]
mod tests;
