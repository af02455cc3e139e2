//! Starting the campaigns that start by themselves.

use domain::ids::CampaignId;
use domain::refusal::Refusal;
use domain::review::{Campaign, CampaignCommand, step_campaign};
use jiff::Timestamp;
use store::Stored;

use super::start::start;
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::event::{self, Event};
use crate::outgoing::{self, Told};

/// How many campaigns one tick starts; what is left is started a minute later.
const CAMPAIGNS: usize = 100;

/// What one tick came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Started {
    /// Campaigns started.
    pub started: usize,
    /// Campaigns that could not be started, and are tried again.
    pub left: usize,
}

/// Starts the campaigns whose start date has come, each once, however often it is looked.
///
/// # Errors
/// [`Error::Unavailable`] when nothing can be looked up: the next tick tries again.
pub async fn start_due(deps: &Deps) -> Result<Started, Error> {
    let now = deps.clock.now();
    let mut outcome = Started::default();
    for id in deps.store.campaigns().due(now, CAMPAIGNS).await? {
        match start_one(deps, id, now).await {
            Ok(true) => outcome.started += 1,
            // Somebody was faster, or has changed it since.
            Ok(false) | Err(Error::Stale | Error::Refused(_) | Error::NotFound(_)) => {}
            Err(error) => {
                tracing::warn!(campaign = %id, %error, "a campaign cannot be started");
                outcome.left += 1;
            }
        }
    }
    Ok(outcome)
}

/// The index may lag and another tick may be at work: what the campaign says decides.
async fn start_one(deps: &Deps, id: CampaignId, now: Timestamp) -> Result<bool, Error> {
    let Some(stored) = deps.store.campaigns().get(&id).await? else { return Ok(false) };
    let Some(at) = stored.value.starts_by_itself().filter(|at| *at <= now) else { return Ok(false) };
    // Nothing but what was looked at is started.
    let call = Call { if_match: Some(stored.version), ..Call::by_itself("starts by itself", id.uuid(), at, now) };
    match start(deps, &call, id).await {
        Ok(()) => Ok(true),
        Err(Error::Refused(why @ Refusal::EndsInThePast)) => {
            miss(deps, &call, &stored, &why).await?;
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Notes why a campaign has not been started at its date, for somebody to look at: no later tick would fare better.
async fn miss(deps: &Deps, call: &Call, stored: &Stored<Campaign>, why: &Refusal) -> Result<(), Error> {
    let next = step_campaign(&stored.value, CampaignCommand::Miss { reason: why.to_string() }, call.now)?;
    if next == stored.value {
        return Ok(());
    }
    let mut tx = deps.store.write(call.command, call.now);
    tx.update_campaign(&next, stored.version)?;
    event::tell_by(&mut tx, call, &Event::CampaignFailed((&next).into()))?;
    match tx.commit().await {
        Ok(committed) => outgoing::dispatch(deps, committed.outgoing, Told::Marked).await,
        // Somebody was faster; the next tick looks again.
        Err(error) if error.is_conflict() => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
