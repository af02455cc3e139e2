//! Asking for work on rules, and watching it.

use domain::automatic::Cause;
use domain::ids::{CampaignId, JobId, RuleId};
use domain::refusal::Refusal;
use domain::rule::{RuleKind, RuleStatus};
use domain::settings::{Origin, SelfReview};
use jiff::{SignedDuration, Timestamp};
use store::enter::Visit;
use store::job::{Job, JobState};
use store::rule::AssignedRule;
use store::tx::Tx;

use super::findings::{ConditionFault, Findings, Found, SampleMatch, Tally};
use super::order::{Evaluation, FrozenRule, Order, Trial};
use crate::call::Call;
use crate::deps::{Deps, Message};
use crate::error::Error;
use crate::loading::jobs;
use crate::outgoing::{self, Told};
use crate::policy;
use crate::retry::Again;
use crate::settings;
use crate::standing::Settled;

/// How long a job on rules is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A condition to be tried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestInput {
    /// The type of rule it is meant for.
    pub kind: RuleKind,
    /// The condition; whether it can be read is for the job to tell.
    pub condition: String,
}

/// Work on rules, as its clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleJob {
    /// Its id.
    pub id: JobId,
    /// The campaign whose rules are evaluated; `None` when a condition is tried out.
    pub campaign: Option<CampaignId>,
    /// Where it stands.
    pub state: JobState,
    /// How many accounts there are; 0 until that is known.
    pub total: u64,
    /// How many have been judged.
    pub processed: u64,
    /// How many of them satisfy a condition.
    pub matches: u64,
    /// How many of those were changed by it.
    pub applied: u64,
    /// The same by what decided, in the order of assignment; empty when a condition is tried out.
    pub by_cause: Vec<(Cause, Tally)>,
    /// A few of them.
    pub samples: Vec<SampleMatch>,
    /// What is wrong with the conditions; nothing was judged then.
    pub faults: Vec<ConditionFault>,
    /// When it came to its end.
    pub completed_at: Option<Timestamp>,
    /// Why it failed.
    pub error: Option<String>,
}

/// Tries a condition out on the accounts of the current inventory. Nothing is changed.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn test(deps: &Deps, call: &Call, input: TestInput) -> Result<JobId, Error> {
    let id = JobId::new(call.created("rule test"));
    if call.repeatable && deps.store.jobs().get(&id).await?.is_some() {
        return Ok(id);
    }
    // One character more than a condition may have says as well as a million that there are too many.
    let condition = input.condition.chars().take(predicate::limits::LENGTH + 1).collect();
    let order = Order::Test(Trial { kind: input.kind.word().to_owned(), condition });
    let mut tx = deps.store.write(call.command, call.now);
    insert(&mut tx, id, &order, &call.caller.user)?;
    outgoing::dispatch(deps, tx.commit().await?.outgoing, Told::Marked).await;
    Ok(id)
}

/// Has the enabled rules and the policies of an active campaign decide about its pending rows.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] unless the campaign is active, and while another evaluation of it is under
/// way.
pub async fn evaluate(deps: &Deps, call: &Call, campaign: CampaignId) -> Result<JobId, Error> {
    let mut again = Again::new();
    let id = JobId::new(call.created("evaluation"));
    if call.repeatable && deps.store.jobs().get(&id).await?.is_some() {
        return Ok(id);
    }
    loop {
        let entered =
            deps.store.certifications().enter(&campaign, &Visit { settings: true, ..Visit::default() }).await?;
        entered.campaign.ok_or_else(Error::not_found)?;
        let last = deps.store.rules().evaluation(&campaign).await?;
        let review = entered.review.ok_or(Refusal::NotStarted)?;
        review.certification.phase().require_open()?;
        if let Some(last) = &last
            && deps.store.jobs().get(&last.value).await?.is_some_and(|job| !job.state.is_final())
        {
            return Err(Refusal::AlreadyEvaluating.into());
        }
        let rules = in_use(deps, &deps.store.rules().assigned(&campaign).await?.value).await?;
        let policies = policy::deciding(policy::active(deps, campaign).await?);
        let settled = Settled::now(deps).await?;
        let (all, workflow) = (entered.settings.unwrap_or_default(), review.certification.workflow_id);
        let settings = settings::of_workflow(deps, all, workflow, Origin::Campaign).await?;
        let order = Evaluation {
            review: campaign,
            attempt: review.attempt,
            rules,
            policies,
            settled,
            checks_self_review: Some(settings.self_review() == SelfReview::CheckingEnabled),
            opens: false,
        };
        let mut tx = deps.store.write(call.command, call.now);
        begin(&mut tx, id, order, last.map_or(0, |last| last.version), &call.caller.user)?;
        match tx.commit().await {
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
            Ok(committed) => {
                outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
                return Ok(id);
            }
        }
    }
}

/// Those of a campaign's rules that it evaluates, as they are now.
pub(crate) async fn in_use(deps: &Deps, assigned: &[AssignedRule]) -> Result<Vec<FrozenRule>, Error> {
    let enabled: Vec<RuleId> = assigned.iter().filter(|rule| rule.enabled).map(|rule| rule.rule).collect();
    let rules = if enabled.is_empty() { Vec::new() } else { deps.store.rules().get_many(&enabled).await? };
    Ok(rules.iter().filter(|rule| rule.status == RuleStatus::Active).map(FrozenRule::from).collect())
}

/// Adds an evaluation to a transaction. `version` is that of the evaluation before, 0 for the first.
pub(crate) fn begin(
    tx: &mut Tx<'_>,
    id: JobId,
    order: Evaluation,
    version: u64,
    by: &domain::user::User,
) -> Result<(), Error> {
    tx.begin_evaluation(&order.review, id, version)?;
    insert(tx, id, &Order::Campaign(order), by)
}

fn insert(tx: &mut Tx<'_>, id: JobId, order: &Order, by: &domain::user::User) -> Result<(), Error> {
    let until = tx.now().checked_add(KEPT).unwrap_or(Timestamp::MAX);
    jobs::insert_until(tx, &Message::Evaluate { job: id }, order, by, Some(until))
}

/// Work on rules.
///
/// # Errors
/// [`Error::NotFound`] when there is no such work, also for other jobs and for those that are no longer kept.
pub async fn job(deps: &Deps, call: &Call, id: JobId) -> Result<RuleJob, Error> {
    let job = deps.store.jobs().get(&id).await?;
    let kept = |job: &Job| job.kind == "evaluate" && job.expires_at.is_none_or(|until| call.now < until);
    let job = job.filter(kept).ok_or_else(Error::not_found)?;
    let evaluation = match jobs::input::<Order>(&job)? {
        Order::Test(_) => None,
        Order::Campaign(order) => Some(order),
        Order::Expired(_) => return Err(Error::not_found()),
    };
    let findings = match &job.result {
        Some(result) => Findings::read(result)?,
        None if job.processed == 0 => Findings::default(),
        None => {
            let found = Found::in_all(deps.store.jobs().finished(&id).await?, evaluation.is_none())?;
            Findings { found, faults: Vec::new() }
        }
    };
    let tally = |number| findings.found.tallies.get(&number).copied().unwrap_or_default();
    let causes = evaluation.iter().flat_map(Evaluation::causes);
    Ok(RuleJob {
        id,
        campaign: evaluation.as_ref().map(|evaluation| evaluation.review),
        state: job.state,
        total: job.total.unwrap_or(0),
        processed: job.processed,
        matches: job.matches,
        applied: job.applied,
        by_cause: causes.enumerate().map(|(number, cause)| (cause, tally(number))).collect(),
        samples: findings.found.samples,
        faults: findings.faults,
        completed_at: job.state.is_final().then_some(job.updated_at),
        error: job.error,
    })
}
