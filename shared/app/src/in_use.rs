//! What campaigns share: which campaign may still change what it uses, and whether a thing may be deleted.

use domain::ids::CampaignId;
use domain::refusal::Refusal;
use store::uses::{MAX_WAITING, Uses};

use crate::deps::Deps;
use crate::error::Error;

/// Of the campaigns that use something, those that may still start, with the versions in which they have not. `what` is
/// its kind, as clients know it.
///
/// # Errors
/// [`Error::Refused`] when one of the campaigns runs or is being started, or when more of them wait than one transaction
/// can watch: somebody has to take it off some of them first.
pub(crate) async fn waiting(deps: &Deps, uses: &Uses, what: &'static str) -> Result<Vec<(CampaignId, u64)>, Error> {
    let mut waiting = Vec::new();
    for stored in deps.store.campaigns().get_many(&uses.campaigns).await? {
        if stored.value.is_running() {
            return Err(Error::Refused(Refusal::InUse { what }));
        }
        if stored.value.require_unfinished().is_ok() {
            waiting.push((stored.value.id, stored.version));
        }
    }
    if waiting.len() > MAX_WAITING { Err(Error::Refused(Refusal::InUse { what })) } else { Ok(waiting) }
}

/// That a campaign is there and not over.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`].
pub(crate) async fn unfinished(deps: &Deps, campaign: CampaignId) -> Result<(), Error> {
    let stored = deps.store.campaigns().get(&campaign).await?.ok_or_else(Error::not_found)?;
    Ok(stored.value.require_unfinished()?)
}
