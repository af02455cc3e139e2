//! How a review changes when its rows are begun, in place, or cannot be built: certification and campaign together.

use domain::ids::{CommandId, SnapshotId};
use domain::refusal::Refusal;
use domain::review::{
    Campaign, CampaignCommand, Certification, CertificationCommand, step_campaign, step_certification,
};
use domain::settings::Origin;
use jiff::Timestamp;
use store::Stored;
use store::certification::Review;
use store::tx::Tx;

use crate::deps::Deps;
use crate::error::Error;
use crate::loading::jobs::OrderRecord;
use crate::loading::source::TRIES;

/// Notes on the campaign, as it was read a moment ago, that its rows are being built.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn running(deps: &Deps, order: &OrderRecord, read: Option<&Stored<Campaign>>) -> Result<(), Error> {
    let mut campaign = read.cloned();
    for _ in 0..TRIES {
        let Some(held) = campaign else { return Ok(()) };
        let now = deps.clock.now();
        let next = step_campaign(&held.value, CampaignCommand::Run, now)?;
        if next == held.value {
            return Ok(());
        }
        let mut tx = deps.store.write(command(order, "run"), now);
        tx.update_campaign(&next, held.version)?;
        match tx.commit().await {
            Ok(_) => return Ok(()),
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(error.into()),
        }
        campaign = deps.store.campaigns().get(&order.review).await?;
    }
    Err(busy())
}

/// The certification of an order, and its campaign where there is one, in one request.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn both(
    deps: &Deps,
    order: &OrderRecord,
) -> Result<(Option<Review>, Option<Stored<Campaign>>), Error> {
    if order.campaign {
        Ok(deps.store.certifications().with_campaign(&order.review).await?)
    } else {
        Ok((deps.store.certifications().get(&order.review).await?, None))
    }
}

/// Makes the rows visible: from here on the review is open.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn publish(deps: &Deps, order: &OrderRecord, snapshot: SnapshotId, total: u32) -> Result<(), Error> {
    let steps = [CertificationCommand::FixSnapshot { snapshot }, CertificationCommand::Publish { total }];
    change(deps, order, "publish", &steps, CampaignCommand::Publish, |tx, next, review| {
        // Nothing happens at the due date unless somebody has asked reviews to expire: no fence.
        let origin = if order.campaign { Origin::Campaign } else { Origin::Certification };
        tx.publish_certification(next, order.attempt, review.certification.version, None, origin)
    })
    .await
}

/// Records why the rows cannot be built. The start may be repeated.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn fail(deps: &Deps, order: &OrderRecord, reason: &str) -> Result<(), Error> {
    let steps = [CertificationCommand::Fail { reason: reason.to_owned() }];
    let campaign = CampaignCommand::Fail { reason: reason.to_owned() };
    change(deps, order, "fail", &steps, campaign, |tx, next, review| {
        tx.update_certification(next, order.attempt, review.certification.version, None)
    })
    .await
}

/// Changes the certification, and its campaign where there is one, in one transaction. What is changed already, by an
/// earlier life of this worker, stays as it is.
async fn change(
    deps: &Deps,
    order: &OrderRecord,
    what: &str,
    steps: &[CertificationCommand],
    campaign_step: CampaignCommand,
    write: impl Fn(&mut Tx<'_>, &Certification, &Review) -> Result<(), store::Error>,
) -> Result<(), Error> {
    for _ in 0..TRIES {
        let now = deps.clock.now();
        let (review, campaign) = both(deps, order).await?;
        let Some(review) = review.filter(|review| review.attempt == order.attempt) else { return Ok(()) };
        let next = stepped(&review.certification, steps, now)?;
        let next_campaign = campaign.as_ref().map(|held| step_campaign(&held.value, campaign_step.clone(), now));
        let next_campaign = next_campaign.transpose()?;
        let mut tx = deps.store.write(command(order, what), now);
        let mut changed = false;
        if next != review.certification {
            write(&mut tx, &next, &review)?;
            changed = true;
        }
        if let (Some(next), Some(held)) = (&next_campaign, &campaign) {
            changed |= plan_campaign(&mut tx, next, held)?;
        }
        if !changed {
            return Ok(());
        }
        match tx.commit().await {
            Ok(_) => return Ok(()),
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(busy())
}

fn plan_campaign(tx: &mut Tx<'_>, next: &Campaign, held: &Stored<Campaign>) -> Result<bool, store::Error> {
    if *next == held.value {
        return Ok(false);
    }
    tx.update_campaign(next, held.version)?;
    Ok(true)
}

/// Several steps of a certification as one change of its version.
fn stepped(
    certification: &Certification,
    steps: &[CertificationCommand],
    now: Timestamp,
) -> Result<Certification, Refusal> {
    let mut next = certification.clone();
    for step in steps {
        next = step_certification(&next, step.clone(), now)?;
    }
    if next != *certification {
        next.version = certification.version + 1;
    }
    Ok(next)
}

/// The id of a step of an attempt: the same for every repetition.
fn command(order: &OrderRecord, step: &str) -> CommandId {
    use sha2::{Digest, Sha256};
    let mut digest = Sha256::new();
    digest.update(format!("materialise\0{}\0{}\0{step}", order.review, order.attempt).as_bytes());
    let digest: [u8; 32] = digest.finalize().into();
    let id = digest.first_chunk::<16>().copied().unwrap_or_default();
    CommandId::new(uuid::Builder::from_custom_bytes(id).into_uuid())
}

fn busy() -> Error {
    Error::Unavailable("the review changes too often".to_owned())
}
