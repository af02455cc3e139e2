//! How a review changes when its rows are in place or cannot be built: certification, campaign and job together.

use domain::automation::run::RunStatus;
use domain::ids::JobId;
use domain::refusal::Refusal;
use domain::review::{
    Campaign, CampaignCommand, CertState, Certification, CertificationCommand, step_campaign, step_certification,
};
use domain::settings::{Origin, SelfReview};
use domain::user::User;
use jiff::Timestamp;
use store::Stored;
use store::certification::Review;
use store::enter::Site;
use store::job::{Ending, Job};
use store::tx::Tx;

use super::inputs::Inputs;
use crate::automate::order as automate;
use crate::deps::{Deps, Message};
use crate::error::Error;
use crate::event::{self, Event, OfCampaign, OfCampaignRows, OfCertificationRows};
use crate::loading::jobs;
use crate::loading::jobs::building::OrderRecord;
use crate::loading::sources::source::TRIES;
use crate::outgoing::{self, Told};
use crate::policy;
use crate::rule::ask;
use crate::rule::order::Evaluation;

/// How a review is opened.
pub(crate) struct Opening {
    /// How many rows it has.
    pub(crate) total: u32,
    /// How its automations went, where there were some.
    pub(crate) automated: Option<RunStatus>,
    /// How the job that opens it ends.
    pub(crate) ending: Ending,
    /// Whether it stays closed where somebody has called the job off.
    pub(crate) if_wanted: bool,
}

/// What came of an attempt to change a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Published {
    /// It is as it was meant to be.
    Yes,
    /// The review was not there any more.
    Gone,
    /// Somebody has called the job off.
    CalledOff,
}

/// Ends the job of rows that are in place: they are handed to automations, or the review is opened.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn publish(
    deps: &Deps,
    job: &Job,
    site: Site,
    inputs: &Inputs,
    total: u32,
) -> Result<Published, Error> {
    let ending = Ending::Completed { result: None, processed: Some(u64::from(total)) };
    if inputs.order().automations.is_empty() {
        let opening = Opening { total, automated: None, ending, if_wanted: true };
        return go_on(deps, job, inputs, Some(site), opening).await;
    }
    let steps = vec![CertificationCommand::Automate];
    let change = Change { what: "hand over", steps, campaign: None, ending, if_wanted: true };
    let order = inputs.order();
    change
        .carry_out(deps, job, order, Some(site), |tx, next, review| {
            tx.update_certification(next, order.attempt, review.certification.version, None)?;
            let message = Message::Automate { job: automate::job_of(order) };
            let run = automate::Order::Run { review: order.review, attempt: order.attempt };
            jobs::insert(tx, &message, &run, &User::system())
        })
        .await
}

/// Ends the job that has made the rows what they are but for rules and policies: those of a campaign decide next, where any
/// do, and the review is opened when they have; else it is opened.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn go_on(
    deps: &Deps,
    job: &Job,
    inputs: &Inputs,
    site: Option<Site>,
    opening: Opening,
) -> Result<Published, Error> {
    let order = inputs.order();
    let Some(evaluation) = first_evaluation(order, inputs) else { return open(deps, job, inputs, site, opening).await };
    let first = JobId::new(order.command("evaluate").uuid());
    // Handed over by a delivery whose end nobody has noted.
    if deps.store.rules().evaluation(&order.review).await?.is_some() {
        end(deps, job, &opening.ending).await?;
        return Ok(Published::Yes);
    }
    let steps = opening.automated.map(|status| CertificationCommand::Automated { status }).into_iter().collect();
    let Opening { ending, if_wanted, .. } = opening;
    let change = Change { what: "hand to rules", steps, campaign: None, ending, if_wanted };
    change
        .carry_out(deps, job, order, site, |tx, next, review| {
            if *next != review.certification {
                tx.update_certification(next, order.attempt, review.certification.version, None)?;
            }
            ask::begin(tx, first, evaluation.clone(), 0, &User::from(order.creator.clone()))
        })
        .await
}

/// Makes the rows visible, and ends the job: from here on the review is open.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn open(
    deps: &Deps,
    job: &Job,
    inputs: &Inputs,
    site: Option<Site>,
    opening: Opening,
) -> Result<Published, Error> {
    let (order, snapshot) = (inputs.order(), inputs.snapshot()?);
    let Opening { total, automated, ending, if_wanted } = opening;
    let automated = automated.map(|status| CertificationCommand::Automated { status });
    let published = [CertificationCommand::FixSnapshot { snapshot }, CertificationCommand::Publish { total }];
    let steps = automated.into_iter().chain(published).collect();
    let change = Change { what: "publish", steps, campaign: Some(CampaignCommand::Publish), ending, if_wanted };
    change
        .carry_out(deps, job, order, site, |tx, next, review| {
            let origin = if order.campaign { Origin::Campaign } else { Origin::Certification };
            let due = next.due_while_open();
            Ok(tx.publish_certification(next, order.attempt, review.certification.version, due, origin)?)
        })
        .await
}

/// The evaluation of the rules and policies that were frozen with the rows, the first of the campaign; `None` where nothing
/// decides.
fn first_evaluation(order: &OrderRecord, inputs: &Inputs) -> Option<Evaluation> {
    let (rules, policies) = (inputs.evaluated.clone(), policy::deciding(inputs.policies()));
    (!rules.is_empty() || !policies.is_empty()).then(|| Evaluation {
        review: order.review,
        attempt: order.attempt,
        rules,
        policies,
        settled: inputs.settled.clone(),
        checks_self_review: Some(inputs.self_review() == SelfReview::CheckingEnabled),
        opens: true,
    })
}

/// Records why the rows cannot be built, and ends the job. The start may be repeated.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn fail(
    deps: &Deps,
    job: &Job,
    order: &OrderRecord,
    reason: &str,
    ending: Ending,
) -> Result<(), Error> {
    let change = Change {
        what: "fail",
        steps: vec![CertificationCommand::Fail { reason: reason.to_owned() }],
        campaign: Some(CampaignCommand::Fail { reason: reason.to_owned() }),
        ending,
        if_wanted: false,
    };
    change
        .carry_out(deps, job, order, None, |tx, next, review| {
            Ok(tx.update_certification(next, order.attempt, review.certification.version, None)?)
        })
        .await?;
    Ok(())
}

/// What an attempt comes to: certification, campaign and job change together.
struct Change {
    what: &'static str,
    steps: Vec<CertificationCommand>,
    campaign: Option<CampaignCommand>,
    ending: Ending,
    /// Whether nothing changes where somebody has called the job off.
    if_wanted: bool,
}

impl Change {
    /// Writes it in one transaction, on what was read a moment ago or is read now. What is changed already, by another
    /// worker, stays as it is.
    async fn carry_out(
        &self,
        deps: &Deps,
        job: &Job,
        order: &OrderRecord,
        mut read: Option<Site>,
        write: impl Fn(&mut Tx<'_>, &Certification, &Review) -> Result<(), Error>,
    ) -> Result<Published, Error> {
        for _ in 0..TRIES {
            let now = deps.clock.now();
            let site = match read.take() {
                Some(site) => site,
                None => deps.store.certifications().site(&order.review, order.attempt).await?,
            };
            let Some(review) = site.review.filter(|review| review.attempt == order.attempt) else {
                end(deps, job, &Ending::Cancelled).await?;
                return Ok(Published::Gone);
            };
            let next = stepped(&review.certification, &self.steps, now)?;
            let mut tx = deps.store.write(order.command(self.what), now);
            // Without a step, there is more to write than the certification tells.
            let mut changed = self.steps.is_empty() || next != review.certification;
            if changed {
                write(&mut tx, &next, &review)?;
            }
            if let (Some(held), Some(command)) = (&site.campaign, &self.campaign) {
                let next = step_campaign(&held.value, command.clone(), now)?;
                changed |= plan_campaign(&mut tx, &next, held)?;
            }
            if !changed {
                end(deps, job, &self.ending).await?;
                return Ok(Published::Yes);
            }
            match self.if_wanted {
                true => tx.end_wanted_job(&job.id, &self.ending),
                false => tx.end_job(&job.id, &self.ending),
            }
            if let Some(event) = told(&next, order.campaign) {
                event::tell(&mut tx, None, &event)?;
            }
            match tx.commit().await {
                Ok(committed) => {
                    outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
                    return Ok(Published::Yes);
                }
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(error.into()),
            }
            if self.if_wanted && deps.store.jobs().get(&job.id).await?.is_some_and(|job| job.cancel) {
                return Ok(Published::CalledOff);
            }
        }
        Err(super::busy())
    }
}

/// What is told: that the review is open, or that its rows cannot be built.
fn told(next: &Certification, is_campaign: bool) -> Option<Event> {
    if next.state == CertState::Searching && next.error_reason.is_empty() {
        return None;
    }
    let (id, workflow, rows) = (next.id, next.workflow_id, next.total);
    let snapshot = next.snapshot.filter(|_| next.state == CertState::InProgress);
    Some(match (is_campaign, snapshot) {
        (true, Some(snapshot)) => Event::CampaignActivated(OfCampaignRows { campaign: id, workflow, snapshot, rows }),
        (true, None) => Event::CampaignFailed(OfCampaign { campaign: id, workflow }),
        (false, Some(snapshot)) => {
            Event::CertificationOpened(OfCertificationRows { certification: id, workflow, snapshot, rows })
        }
        (false, None) => Event::CertificationFailed(next.into()),
    })
}

/// Ends a job by itself.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn end(deps: &Deps, job: &Job, ending: &Ending) -> Result<(), Error> {
    deps.store.jobs().end(&job.id, ending, deps.clock.now()).await?;
    Ok(())
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
