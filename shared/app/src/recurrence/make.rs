//! Making the campaigns whose time has come.

use domain::ids::CampaignId;
use domain::recurrence::{Occurrence, Series, Setup};
use domain::review::{Campaign, CampaignPlan};
use jiff::Timestamp;
use store::Stored;

use crate::call::Call;
use crate::campaign;
use crate::deps::Deps;
use crate::error::Error;
use crate::event::{self, Event};
use crate::outgoing::{self, Told};
use crate::retry::Again;

/// How many series one tick looks at.
const SERIES: usize = 100;
/// How many campaigns one tick makes; what is left is made a minute later.
const CAMPAIGNS: usize = 100;
/// Characters of a campaign's name at most.
const MAX_NAME: usize = 200;

/// What one tick came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Due {
    /// Campaigns made.
    pub made: usize,
    /// Series that could not be brought up to now.
    pub left: usize,
}

/// Makes the campaigns whose time has come.
///
/// # Errors
/// [`Error::Unavailable`] when nothing can be looked up: the next tick tries again.
pub async fn make_due(deps: &Deps) -> Result<Due, Error> {
    let now = deps.clock.now();
    let mut due = Due::default();
    for id in deps.store.recurrences().due(now, SERIES).await? {
        match catch_up(deps, id, now, CAMPAIGNS - due.made).await {
            Ok(made) => due.made += made,
            Err(error) => {
                tracing::warn!(campaign = %id, %error, "campaigns like this one cannot be made");
                due.left += 1;
            }
        }
    }
    Ok(due)
}

/// Makes what is due of one series, at most `limit` campaigns. The index may lag and another tick may be at work: what
/// the series says decides.
async fn catch_up(deps: &Deps, id: CampaignId, now: Timestamp, limit: usize) -> Result<usize, Error> {
    let mut again = Again::new();
    let mut made = 0;
    while made < limit {
        let Some(stored) = deps.store.recurrences().get(&id).await? else { break };
        let Some((setup, occurrence)) = stored.value.due(now) else { break };
        let (setup, template) = (setup.clone(), deps.store.campaigns().get(&id).await?);
        let step = Step { template: template.map(|stored| stored.value), setup, occurrence, now };
        match step.carry_out(deps, &stored).await? {
            Ok(one) => made += usize::from(one),
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(made)
}

/// One step of a series: to its next time, or to its end, when what its campaigns are made like is deleted.
struct Step {
    template: Option<Campaign>,
    setup: Setup,
    occurrence: Occurrence,
    now: Timestamp,
}

impl Step {
    /// Takes it, on what was read; answers whether a campaign was made.
    async fn carry_out(self, deps: &Deps, stored: &Stored<Series>) -> Result<Result<bool, store::Error>, Error> {
        let series = stored.value.clone();
        let call = Call::by_itself("made again", series.template.uuid(), self.occurrence.at, self.now);
        let mut tx = deps.store.write(call.command, self.now);
        let made = match &self.template {
            None => {
                tx.put_series(&series.called_off(), Some(stored.version))?;
                false
            }
            Some(template) => {
                let campaign = self.campaign(&call, template)?;
                tx.put_series(&series.made(campaign.id), Some(stored.version))?;
                campaign::take_over(deps, &mut tx, &call, template.id, campaign.id).await?;
                event::tell_by(&mut tx, &call, &Event::CampaignCreated((&campaign).into()))?;
                if campaign.plan.auto_start {
                    campaign::insert_started(deps, &mut tx, &call, &campaign).await?;
                } else {
                    tx.insert_campaign(&campaign)?;
                }
                true
            }
        };
        match tx.commit().await {
            Ok(committed) => {
                outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
                Ok(Ok(made))
            }
            Err(error) => Ok(Err(error)),
        }
    }

    fn campaign(&self, call: &Call, template: &Campaign) -> Result<Campaign, Error> {
        let Self { setup, occurrence, now, .. } = self;
        let end_date = setup.end_for(*occurrence, *now);
        let plan = CampaignPlan {
            name: setup.name_for(*occurrence, &template.plan.name, MAX_NAME),
            start_date: occurrence.at,
            end_date: end_date.ok_or_else(|| Error::Bug(format!("a campaign like {} has no end", template.id)))?,
            ..template.plan.clone()
        };
        let made = campaign::fresh(call, plan, template.workflow_id, Some(template.id));
        // Whoever has set it up stands for it, as the reviewer of last resort does.
        Ok(Campaign { created_by: setup.set_by.clone(), ..made })
    }
}
