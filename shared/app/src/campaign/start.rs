//! Starting a campaign.

use domain::ids::CampaignId;
use domain::refusal::Refusal;
use domain::review::{
    Beginning, Campaign, CampaignCommand, Certification, CertificationCommand, StartState, step_campaign,
    step_certification,
};
use domain::settings::Origin;
use domain::user::User;
use store::Stored;
use store::tx::Tx;

use super::change::load;
use super::{CampaignView, plan, view};
use crate::automation;
use crate::call::Call;
use crate::closing::expire::reviews_expire;
use crate::deps::Deps;
use crate::error::Error;
use crate::event::{self, Event};
use crate::loading::jobs::building::{self, Order};
use crate::loading::sources::snapshot::Source;
use crate::outgoing::{self, Told};
use crate::retry::Again;

/// Starts a campaign: its rows are built in the background, and it becomes active when they are in place. After a
/// failure it may be started again.
///
/// # Errors
/// [`Error::Refused`] when it is being started or has been; [`Error::Stale`].
pub async fn start(deps: &Deps, call: &Call, id: CampaignId) -> Result<(), Error> {
    let mut again = Again::new();
    loop {
        let stored = load(deps, id).await?;
        if stored.is_by(call.command) {
            return Ok(());
        }
        call.expects(stored.version)?;
        match try_start(deps, call, stored).await? {
            Ok(committed) => {
                outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
                return Ok(());
            }
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Asks for a start to be called off: before long it has failed, and the campaign may be changed, deleted or started again.
/// What is asked for once may be asked for again.
///
/// # Errors
/// [`Error::Refused`] when the campaign is not being started, or its rows are in place; [`Error::Stale`].
pub async fn cancel_start(deps: &Deps, call: &Call, id: CampaignId) -> Result<CampaignView, Error> {
    let stored = load(deps, id).await?;
    call.expects(stored.version)?;
    match stored.value.start_state {
        StartState::Queued | StartState::Running => {}
        StartState::None | StartState::Failed => return Err(Refusal::NotStarted.into()),
        StartState::Done => return Err(Refusal::AlreadyStarted.into()),
    }
    let review = deps.store.certifications().get(&id).await?;
    let review = review.ok_or_else(|| Error::Bug(format!("the campaign {id} is started without a certification")))?;
    match deps.store.jobs().cancel(&building::job(&id, review.attempt)).await? {
        true => view(deps, stored.value).await,
        // Automations and rules see the rows, and will open the campaign.
        false => Err(Refusal::AlreadyStarted.into()),
    }
}

/// One attempt: campaign, certification, job and message in one transaction.
async fn try_start(
    deps: &Deps,
    call: &Call,
    stored: Stored<Campaign>,
) -> Result<Result<store::tx::Committed, store::Error>, Error> {
    let next = step_campaign(&stored.value, CampaignCommand::Start, call.now)?;
    // It would be over, and all of it rejected perhaps, before anybody has decided on anything.
    if next.plan.end_date <= call.now && reviews_expire(deps).await? {
        return Err(Refusal::EndsInThePast.into());
    }
    let mut tx = deps.store.write(call.command, call.now);
    tx.update_campaign(&next, stored.version)?;
    let attempt = match deps.store.certifications().get(&next.id).await? {
        None => {
            tx.insert_certification(&certification(call, &next), 1)?;
            1
        }
        Some(review) => {
            // The campaign may have been edited since the attempt that failed.
            let retry = CertificationCommand::Retry { beginning: Box::new(beginning(call, &next)) };
            let retried = step_certification(&review.certification, retry, call.now)?;
            let attempt = review.attempt + 1;
            tx.restart_certification(&review.certification, &retried, attempt)?;
            attempt
        }
    };
    begin(deps, &mut tx, call, &next, attempt).await?;
    Ok(tx.commit().await)
}

/// Adds a new campaign that starts at once.
///
/// # Errors
/// [`Error::Unavailable`]; [`Error::Bug`] when it cannot be written down.
pub(crate) async fn insert_started(
    deps: &Deps,
    tx: &mut Tx<'_>,
    call: &Call,
    campaign: &Campaign,
) -> Result<(), Error> {
    let next = step_campaign(campaign, CampaignCommand::Start, call.now)?;
    tx.insert_campaign(&next)?;
    tx.insert_certification(&certification(call, &next), 1)?;
    begin(deps, tx, call, &next, 1).await
}

/// Adds the job that builds an attempt of the rows of a campaign.
async fn begin(deps: &Deps, tx: &mut Tx<'_>, call: &Call, campaign: &Campaign, attempt: u32) -> Result<(), Error> {
    let order = Order {
        review: campaign.id,
        attempt,
        origin: Origin::Campaign,
        source: Source::Current,
        assignment: campaign.plan.reviewer_assignment.clone(),
        creator: last_resort(deps, campaign).await?,
        automations: automation::to_run(deps, campaign.workflow_id, &[]).await?,
        identities: Vec::new(),
    };
    building::begin(tx, &order)?;
    event::tell_by(tx, call, &Event::CampaignStarted(campaign.into()))
}

/// The reviewer of last resort: whoever made the workflow, which campaigns that are made from one another share.
async fn last_resort(deps: &Deps, campaign: &Campaign) -> Result<User, Error> {
    let workflow = deps.store.workflows().get(&campaign.workflow_id).await?;
    Ok(workflow.map_or_else(|| campaign.created_by.clone(), |stored| stored.value.creator))
}

/// The certification of a campaign that starts for the first time.
fn certification(call: &Call, campaign: &Campaign) -> Certification {
    Certification::begin(beginning(call, campaign))
}

/// What the certification of a campaign that starts begins with.
fn beginning(call: &Call, campaign: &Campaign) -> Beginning {
    Beginning {
        id: campaign.id,
        workflow_id: campaign.workflow_id,
        query_used: plan::query_of(&campaign.plan),
        name: campaign.plan.name.clone(),
        notes: String::new(),
        due_date: Some(campaign.plan.end_date),
        reviewers: campaign.plan.reviewer_assignment.reviewers.clone(),
        started_at: call.now,
        created_by: call.caller.user.clone(),
    }
}
