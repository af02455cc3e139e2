//! Making, changing and ending campaigns.

use domain::ids::{CampaignId, WorkflowId};
use domain::review::{
    Campaign, CampaignCommand, CampaignEdit, CampaignPlan, CampaignStatus, Certification, CertificationCommand,
    CertificationEdit, StartState, Workflow, step_campaign, step_certification,
};
use domain::user::Role;
use store::Stored;
use store::keys::{self, Kind};
use store::tx::{Committed, Tx};

use super::input::{CampaignView, CreateInput, EditInput, TemplateInput};
use super::{plan, view};
use crate::automation;
use crate::call::Call;
use crate::certification::move_due;
use crate::closing::expire::{expire, reviews_expire};
use crate::closing::standing::{Closing, Standing};
use crate::deps::Deps;
use crate::error::Error;
use crate::event::{self, Event};
use crate::outgoing::{self, Told};
use crate::policy;
use crate::retry::{Again, deleted_before};
use crate::rule;

/// Makes a campaign and its workflow. Which accounts it covers is not determined before it starts.
///
/// # Errors
/// [`Error::Invalid`] names everything that is wrong with the input.
pub async fn create(deps: &Deps, call: &Call, input: CreateInput) -> Result<CampaignView, Error> {
    if let Some(made) = made_before(deps, call).await? {
        return view(deps, made).await;
    }
    let plan = plan::complete(plan::checked(deps, input, None).await?)?;
    let workflow = Workflow {
        id: WorkflowId::new(call.created("workflow")),
        name: plan.name.clone(),
        description: plan.description.clone(),
        owner: call.caller.user.clone(),
        notes: String::new(),
        query: plan::query_of(&plan),
        creator: call.caller.user.clone(),
        created_at: call.now,
    };
    let campaign = fresh(call, plan, workflow.id, None);
    let mut tx = deps.store.write(call.command, call.now);
    tx.insert_workflow(&workflow)?;
    automation::attach_to_new(deps, &mut tx, workflow.id).await?;
    tx.insert_campaign(&campaign)?;
    event::tell_by(&mut tx, call, &Event::WorkflowCreated((&workflow).into()))?;
    event::tell_by(&mut tx, call, &Event::CampaignCreated((&campaign).into()))?;
    let committed = tx.commit().await?;
    outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
    stored_or(deps, call, campaign).await
}

/// Makes a campaign like another one, whatever state that is in; it shares the other's workflow.
///
/// # Errors
/// [`Error::NotFound`] when there is no such campaign; [`Error::Invalid`].
pub async fn from_template(
    deps: &Deps,
    call: &Call,
    template: CampaignId,
    input: TemplateInput,
) -> Result<CampaignView, Error> {
    if let Some(made) = made_before(deps, call).await? {
        return view(deps, made).await;
    }
    // One that was deleted after its end may be made again, too.
    let template = deps.store.campaigns().get_kept(&template).await?.ok_or_else(Error::not_found)?.value;
    let TemplateInput { name, start_date, end_date } = input;
    let own = CreateInput { name, start_date, end_date, ..CreateInput::default() };
    let own = plan::complete(plan::checked(deps, own, None).await?)?;
    let plan = CampaignPlan {
        name: own.name,
        start_date: own.start_date,
        end_date: own.end_date,
        auto_start: false,
        ..template.plan
    };
    let campaign = fresh(call, plan, template.workflow_id, Some(template.id));
    let mut again = Again::new();
    loop {
        let mut tx = deps.store.write(call.command, call.now);
        tx.insert_campaign(&campaign)?;
        take_over(deps, &mut tx, call, template.id, campaign.id).await?;
        event::tell_by(&mut tx, call, &Event::CampaignCreated((&campaign).into()))?;
        match tx.commit().await {
            // One of the rules or policies was deleted.
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
            Ok(committed) => {
                outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
                return stored_or(deps, call, campaign).await;
            }
        }
    }
}

/// Adds what a campaign takes over from its template beside the plan. The commit fails when something of it was deleted
/// meanwhile.
pub(crate) async fn take_over(
    deps: &Deps,
    tx: &mut Tx<'_>,
    call: &Call,
    template: CampaignId,
    campaign: CampaignId,
) -> Result<(), Error> {
    let (rules, switched) = rule::inherited(deps, call, template).await?;
    if !rules.is_empty() {
        tx.assign_rules(&campaign, &rules, 0, &switched)?;
    }
    let (policies, applied) = policy::inherited(deps, call, template).await?;
    if !policies.is_empty() {
        tx.apply_policies(&campaign, &policies, 0, &applied)?;
    }
    Ok(())
}

/// A campaign that nobody has started.
pub(crate) fn fresh(
    call: &Call,
    plan: CampaignPlan,
    workflow_id: WorkflowId,
    template_id: Option<CampaignId>,
) -> Campaign {
    let scheduled = plan.auto_start && plan.start_date > call.now;
    Campaign {
        id: CampaignId::new(call.created("campaign")),
        workflow_id,
        template_id,
        plan,
        status: if scheduled { CampaignStatus::Scheduled } else { CampaignStatus::Draft },
        start_state: StartState::None,
        start_error: None,
        created_at: call.now,
        created_by: call.caller.user.clone(),
        updated_at: call.now,
        started_at: None,
        completed_at: None,
        terminated_at: None,
        expired_at: None,
        deleted_at: None,
        version: 1,
    }
}

/// What an earlier life of the call has made: looked for before anything else is, because what the campaign was made from
/// may have changed since.
async fn made_before(deps: &Deps, call: &Call) -> Result<Option<Campaign>, Error> {
    if !call.repeatable {
        return Ok(None);
    }
    let made = deps.store.campaigns().get(&CampaignId::new(call.created("campaign"))).await?;
    Ok(made.map(|made| made.value))
}

/// What was just made; a repeated call finds what it made the first time, times included.
async fn stored_or(deps: &Deps, call: &Call, campaign: Campaign) -> Result<CampaignView, Error> {
    let campaign = if call.repeatable { load(deps, campaign.id).await?.value } else { campaign };
    view(deps, campaign).await
}

/// The campaign as it stands.
pub(crate) async fn load(deps: &Deps, id: CampaignId) -> Result<Stored<Campaign>, Error> {
    deps.store.campaigns().get(&id).await?.ok_or_else(Error::not_found)
}

/// Changes a campaign: everything before it starts; name, description, end and revoke mode while it is active.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::Refused`] by its state; [`Error::Stale`].
pub async fn update(deps: &Deps, call: &Call, id: CampaignId, input: EditInput) -> Result<CampaignView, Error> {
    let mut again = Again::new();
    // An unknown id is not found, whatever else is wrong with the request.
    load(deps, id).await?;
    loop {
        let stored = load(deps, id).await?;
        if stored.is_by(call.command) {
            return view(deps, stored.value).await;
        }
        call.expects(stored.version)?;
        if stored.value.is_overdue(call.now) && expire(deps, id, call.now).await? {
            continue;
        }
        let edit = plan::checked(deps, input.clone(), Some(&stored.value.plan)).await?;
        let next = step_campaign(&stored.value, CampaignCommand::Edit(edit.clone()), call.now)?;
        plan::dates(&next.plan)?;
        if let Err(past) = plan::end_ahead(&stored.value, &next, call.now)
            && reviews_expire(deps).await?
        {
            return Err(past);
        }
        if next == stored.value {
            return view(deps, next).await;
        }
        match save_edit(deps, call, &stored, &next, &edit).await {
            Ok(Err(error)) if again.after(&error).await => {}
            Ok(Err(error)) => return Err(error.into()),
            Err(error) => return Err(error),
            Ok(Ok(committed)) => {
                outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
                return view(deps, next).await;
            }
        }
    }
}

/// Saves an edited campaign together with what its workflow and certification show of it.
async fn save_edit(
    deps: &Deps,
    call: &Call,
    before: &Stored<Campaign>,
    next: &Campaign,
    edit: &CampaignEdit,
) -> Result<Result<Committed, store::Error>, Error> {
    let mut tx = deps.store.write(call.command, call.now);
    tx.update_campaign(next, before.version)?;
    if next.start_state == StartState::Done {
        let (name, due) = (edit.name.clone(), edit.end_date.map(Some));
        let certification = deps.store.certifications().get(&next.id).await?;
        if let (true, Some(review)) = (name.is_some() || due.is_some(), certification) {
            let edit = CertificationEdit { name, due_date: due, ..CertificationEdit::default() };
            let command = CertificationCommand::Edit { by: call.caller.user.clone(), edit };
            // What refuses an edit of the certification has refused that of its campaign before.
            if let Ok(changed) = step_certification(&review.certification, command, call.now)
                && changed.version != review.certification.version
            {
                move_due(&mut tx, &review, &changed)?;
            }
        }
    } else if next.template_id.is_none()
        && next.plan.scope != before.value.plan.scope
        && let Some(workflow) = deps.store.workflows().get(&next.workflow_id).await?
    {
        let query = plan::query_of(&next.plan);
        tx.update_workflow(&Workflow { query, ..workflow.value }, workflow.version)?;
    }
    event::tell_by(&mut tx, call, &Event::CampaignUpdated(next.into()))?;
    Ok(tx.commit().await)
}

/// That a caller may change what a campaign is or ends it, whichever dialect they do it through.
///
/// # Errors
/// [`Error::Forbidden`] unless they are an administrator.
pub(crate) fn require_administrator(call: &Call) -> Result<(), Error> {
    match call.caller.role {
        Role::Administrator => Ok(()),
        Role::Operator | Role::Reviewer | Role::Auditor => Err(Error::forbidden()),
    }
}

/// Adds what a campaign takes over from an edit of its certification: name and end. Nothing where there is no campaign.
///
/// # Errors
/// [`Error::Forbidden`] unless an administrator edits; [`Error::Invalid`] for a due date that is no end of a campaign;
/// [`Error::Refused`] by its state.
pub(crate) async fn follow(
    deps: &Deps,
    tx: &mut Tx<'_>,
    call: &Call,
    certification: &Certification,
) -> Result<(), Error> {
    let Some(stored) = deps.store.campaigns().get(&certification.id).await? else { return Ok(()) };
    require_administrator(call)?;
    let end = certification.due_date.ok_or_else(|| Error::invalid("due_date", "is required by the campaign"))?;
    if end <= stored.value.plan.start_date {
        return Err(Error::invalid("due_date", "must be after the start of the campaign"));
    }
    let (name, end_date) = (Some(certification.name.clone()), Some(end));
    let edit = CampaignEdit { name, end_date, ..CampaignEdit::default() };
    let next = step_campaign(&stored.value, CampaignCommand::Edit(edit), call.now)?;
    if next != stored.value {
        tx.update_campaign(&next, stored.version)?;
        event::tell_by(tx, call, &Event::CampaignUpdated((&next).into()))?;
    }
    Ok(())
}

/// Deletes a campaign: one that never started is gone, one that is over leaves every list and stays as evidence, which
/// everybody but reviewers reads under its id. The workflow stays, because other campaigns may share it.
///
/// # Errors
/// [`Error::Refused`] while it runs or is being started; [`Error::Stale`].
pub async fn delete(deps: &Deps, call: &Call, id: CampaignId) -> Result<(), Error> {
    let mut again = Again::new();
    loop {
        let Some(stored) = deps.store.campaigns().get(&id).await? else {
            return deleted_before(deps, call, &keys::aggregate(Kind::Campaign, id)).await;
        };
        call.expects(stored.version)?;
        let next = step_campaign(&stored.value, CampaignCommand::Delete, call.now)?;
        let mut tx = deps.store.write(call.command, call.now);
        tx.update_campaign(&next, stored.version)?;
        if stored.value.require_unfinished().is_ok() {
            // It never started, and is not in the way of a deletion any more.
            rule::settle(deps, &mut tx, id).await?;
            policy::settle(deps, &mut tx, id).await?;
        }
        if let Some(review) = deps.store.certifications().get(&id).await? {
            let version = review.certification.version;
            tx.delete_certification(&review.certification, review.attempt, version, true)?;
        }
        event::tell_by(&mut tx, call, &Event::CampaignDeleted((&next).into()))?;
        match tx.commit().await {
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
            Ok(committed) => {
                outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
                return Ok(());
            }
        }
    }
}

/// Completes a campaign: it can be read from then on, and not be decided on.
///
/// # Errors
/// [`Error::Refused`] unless it is active and its rows allow it; [`Error::Stale`].
pub async fn complete(deps: &Deps, call: &Call, id: CampaignId) -> Result<CampaignView, Error> {
    let campaign = close(deps, call, id, Closing::Complete).await?;
    view(deps, campaign).await
}

/// Breaks a campaign off: it can be read from then on, and not be decided on.
///
/// # Errors
/// [`Error::Refused`] unless it is active; [`Error::Stale`].
pub async fn terminate(deps: &Deps, call: &Call, id: CampaignId) -> Result<CampaignView, Error> {
    let campaign = close(deps, call, id, Closing::Terminate).await?;
    view(deps, campaign).await
}

async fn close(deps: &Deps, call: &Call, id: CampaignId, how: Closing) -> Result<Campaign, Error> {
    let mut again = Again::new();
    loop {
        let Some(standing) = Standing::load(deps, id).await? else {
            let stored = load(deps, id).await?;
            call.expects(stored.version)?;
            step_campaign(&stored.value, how.of_campaign(), call.now)?;
            return Err(Error::Bug(format!("the active campaign {id} has no certification")));
        };
        let stored = standing.campaign.as_ref().ok_or_else(Error::not_found)?;
        if stored.is_by(call.command) {
            return Ok(stored.value.clone());
        }
        call.expects(stored.version)?;
        if standing.overdue_since(call.now).is_some() {
            expire(deps, id, call.now).await?;
            continue;
        }
        // What is in the way of a campaign that is not active is its state, and not its rows.
        step_campaign(&stored.value, how.of_campaign(), call.now)?;
        if how == Closing::Complete {
            standing.require_completable()?;
        }
        match standing.close(deps, call, how).await? {
            Ok(closed) => return closed.campaign.ok_or_else(Error::not_found),
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
        }
    }
}
