//! A review with everything that its end is decided on, and how it is closed.

use domain::ids::ReviewId;
use domain::review::{
    Campaign, CampaignCommand, Certification, CertificationCommand, RevokeMode, may_complete, step_campaign,
    step_certification,
};
use domain::settings::{Origin, Settings, UndecidedRows};
use domain::user::User;
use domain::webhook::Occasion;
use jiff::Timestamp;
use store::Stored;
use store::certification::{Review, Tally};
use store::enter::Visit;
use store::tx::Tx;

use super::expiry::job_of;
use crate::call::Call;
use crate::deps::{Deps, Message};
use crate::error::Error;
use crate::event::{self, Event};
use crate::loading::jobs;
use crate::outgoing::{self, Told};
use crate::rule::order::{Order, Rejection};
use crate::{policy, rule, settings};

/// Why a review ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    /// It is completed: by a person, or by itself.
    Complete,
    /// Somebody breaks it off.
    Terminate,
    /// Its due date has passed.
    Expire,
}

impl Closing {
    /// What that is to a campaign.
    pub(crate) const fn of_campaign(self) -> CampaignCommand {
        match self {
            Self::Complete => CampaignCommand::Complete,
            Self::Terminate => CampaignCommand::Terminate,
            Self::Expire => CampaignCommand::Expire,
        }
    }

    fn of_certification(self, by: User) -> CertificationCommand {
        match self {
            Self::Complete => CertificationCommand::Complete { by },
            Self::Terminate => CertificationCommand::Terminate { by },
            Self::Expire => CertificationCommand::Expire,
        }
    }

    /// What is told of it. Of a review with a campaign, the campaign is told of.
    fn event(self, certification: &Certification, campaign: Option<&Campaign>) -> Event {
        match (self, campaign) {
            (Self::Complete, Some(campaign)) => Event::CampaignCompleted(campaign.into()),
            (Self::Complete | Self::Terminate, None) => Event::CertificationCompleted(certification.into()),
            (Self::Terminate, Some(campaign)) => Event::CampaignTerminated(campaign.into()),
            (Self::Expire, Some(campaign)) => Event::CampaignExpired(campaign.into()),
            (Self::Expire, None) => Event::CertificationExpired(certification.into()),
        }
    }
}

/// A review with everything that its end is decided on.
#[derive(Debug)]
pub(crate) struct Standing {
    /// The certification.
    pub(crate) review: Review,
    /// The campaign in front of it.
    pub(crate) campaign: Option<Stored<Campaign>>,
    pub(super) tally: Tally,
    pub(super) settings: Settings,
}

/// A review that was closed.
#[derive(Debug)]
pub(crate) struct Closed {
    /// The campaign in front of it.
    pub(crate) campaign: Option<Campaign>,
}

impl Standing {
    /// A review as it stands; `None` where there is no certification.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn load(deps: &Deps, id: ReviewId) -> Result<Option<Self>, Error> {
        let reviews = deps.store.certifications();
        // The counts after the review: what closes it changes both, and then one of them is found changed.
        let entered = reviews.enter(&id, &Visit { settings: true, ..Visit::default() }).await?;
        let Some(review) = entered.review else { return Ok(None) };
        let tally = reviews.tally(&id).await?;
        let origin = if entered.campaign.is_some() { Origin::Campaign } else { Origin::Certification };
        let all = entered.settings.unwrap_or_default();
        let settings = settings::of_workflow(deps, all, review.certification.workflow_id, origin).await?;
        Ok(Some(Self { review, campaign: entered.campaign, tally, settings }))
    }

    /// That a person may complete it.
    ///
    /// # Errors
    /// [`Error::Refused`] with the state, or the rows, in the way.
    pub(crate) fn require_completable(&self) -> Result<(), Error> {
        self.review.certification.phase().require_open()?;
        Ok(may_complete(self.settings.completion(), self.tally.total, &self.tally.counts)?)
    }

    /// Since when it is overdue in a way that ends it: it is open, its due date has passed, and reviews expire.
    pub(crate) fn overdue_since(&self, now: Timestamp) -> Option<Timestamp> {
        let certification = &self.review.certification;
        if is_overdue(certification, &self.settings, now) { certification.due_date } else { None }
    }

    /// Closes it, on condition that nothing of it has changed since it was read.
    ///
    /// # Errors
    /// [`Error::Refused`] by its state; inside, the conflict with whatever came first.
    pub(crate) async fn close(
        &self,
        deps: &Deps,
        call: &Call,
        how: Closing,
    ) -> Result<Result<Closed, store::Error>, Error> {
        let (Review { certification, attempt, .. }, held) = (&self.review, self.campaign.as_ref());
        let campaign = held.map(|held| step_campaign(&held.value, how.of_campaign(), call.now)).transpose()?;
        let next = step_certification(certification, how.of_certification(call.caller.user.clone()), call.now)?;
        let mut tx = deps.store.write(call.command, call.now);
        if let (Some(held), Some(campaign)) = (held, &campaign) {
            tx.update_campaign(campaign, held.version)?;
            // What has decided in it can be shown afterwards, whatever becomes of it.
            rule::settle(deps, &mut tx, campaign.id).await?;
            policy::settle(deps, &mut tx, campaign.id).await?;
        }
        if how == Closing::Expire {
            self.leave_rejections(deps, &mut tx, call).await?;
        }
        tx.close_certification(&next, *attempt, certification.version, &self.tally)?;
        event::tell_by(&mut tx, call, &how.event(&next, campaign.as_ref()))?;
        match tx.commit().await {
            Ok(committed) => {
                outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
                Ok(Ok(Closed { campaign }))
            }
            Err(error) => Ok(Err(error)),
        }
    }

    /// Adds what is to be done with undecided rows to the transaction that has it expire.
    async fn leave_rejections(&self, deps: &Deps, tx: &mut Tx<'_>, call: &Call) -> Result<(), Error> {
        let (certification, campaign) = (&self.review.certification, &self.campaign);
        if self.tally.counts.undecided(self.tally.total) == 0 {
            return Ok(());
        }
        let expiration = settings::expiration(deps, certification.workflow_id).await?;
        if expiration.undecided == UndecidedRows::Stay {
            return Ok(());
        }
        let enforce = match campaign {
            Some(campaign) => campaign.value.plan.revoke_mode == RevokeMode::Enforce,
            None => self.settings.webhook().is_some_and(|webhook| webhook.hears_of(Occasion::RowRejected)),
        };
        let order = Order::Expired(Rejection {
            review: certification.id,
            attempt: self.review.attempt,
            campaign: campaign.is_some(),
            enforce,
            note: expiration.note,
        });
        let message = Message::Evaluate { job: job_of(call) };
        jobs::insert(tx, &message, &order, &User::system())
    }
}

/// Whether a review is open past its due date, where reviews expire.
pub(crate) fn is_overdue(certification: &Certification, settings: &Settings, now: Timestamp) -> bool {
    certification.is_overdue(now) && settings.overdue_reviews_expire()
}
