//! How a campaign moves from state to state.

use jiff::Timestamp;

use super::campaign::{
    Campaign, CampaignCommand, CampaignEdit, CampaignPlan, CampaignStatus, StartState, planned_status,
};
use crate::refusal::Refusal;

/// What a command makes of a campaign. A repeated command that finds its own result returns the same campaign, version
/// included: nothing has to be written.
///
/// # Errors
/// The refusal that names the state in the way.
pub fn step_campaign(campaign: &Campaign, command: CampaignCommand, now: Timestamp) -> Result<Campaign, Refusal> {
    let mut next = campaign.clone();
    match campaign.status {
        CampaignStatus::Draft | CampaignStatus::Scheduled => step_planned(&mut next, command, now)?,
        CampaignStatus::Active => step_active(&mut next, command, now)?,
        CampaignStatus::Completed | CampaignStatus::Terminated => step_closed(&mut next, command, now)?,
    }
    if next != *campaign {
        next.version += 1;
        next.updated_at = now;
    }
    Ok(next)
}

fn step_planned(next: &mut Campaign, command: CampaignCommand, now: Timestamp) -> Result<(), Refusal> {
    use CampaignCommand as Command;
    use StartState::{Done, Failed, None, Queued, Running};
    match (next.start_state, command) {
        (None | Failed, Command::Edit(edit)) => {
            edit_planned(next, edit, now);
        }
        (None | Failed, Command::Start) => {
            next.start_state = Queued;
            next.start_error = Option::None;
        }
        (None | Failed, Command::Delete) => next.deleted_at = Some(now),
        (Queued | Running, Command::Run) => next.start_state = Running,
        (Queued | Running, Command::Publish) => {
            next.status = CampaignStatus::Active;
            next.start_state = Done;
            next.started_at = Some(now);
        }
        (None, Command::Miss { reason }) if next.starts_by_itself().is_some() => {
            next.start_state = Failed;
            next.start_error = Some(reason);
        }
        // Somebody was faster.
        (None | Failed | Queued | Running | Done, Command::Miss { .. }) => {}
        (Queued | Running, Command::Fail { reason }) => {
            next.start_state = Failed;
            next.start_error = Some(reason);
        }
        // A message of an attempt that has failed already.
        (Failed, Command::Fail { .. }) => {}
        // While rows are being collected the plan they are collected by must stand.
        (Queued | Running | Done, Command::Edit(_) | Command::Start | Command::Delete) => {
            return Err(Refusal::AlreadyStarting);
        }
        (None, Command::Run | Command::Publish | Command::Fail { .. })
        | (Failed, Command::Run | Command::Publish)
        | (Done, Command::Run | Command::Publish | Command::Fail { .. })
        | (None | Queued | Running | Done | Failed, Command::Complete | Command::Expire | Command::Terminate) => {
            return Err(Refusal::NotStarted);
        }
    }
    Ok(())
}

/// An edit before the start. Whether the campaign starts by itself is judged anew when what decides it has changed: one that
/// waits for a start which is due already goes on waiting, and one whose start has failed starts at its new date.
fn edit_planned(next: &mut Campaign, edit: CampaignEdit, now: Timestamp) {
    let start = |plan: &CampaignPlan| (plan.start_date, plan.auto_start);
    let (waits, before) = (next.starts_by_itself().is_some(), start(&next.plan));
    apply_edit(&mut next.plan, edit);
    let is_moved = start(&next.plan) != before;
    if waits && !is_moved {
        return;
    }
    next.status = planned_status(&next.plan, now);
    if is_moved && next.status == CampaignStatus::Scheduled {
        next.start_state = StartState::None;
        next.start_error = None;
    }
}

fn step_active(next: &mut Campaign, command: CampaignCommand, now: Timestamp) -> Result<(), Refusal> {
    use CampaignCommand as Command;
    match command {
        Command::Edit(edit) => {
            only_active_edits(&next.plan, &edit)?;
            apply_edit(&mut next.plan, edit);
        }
        Command::Complete => {
            next.status = CampaignStatus::Completed;
            next.completed_at = Some(now);
        }
        Command::Expire => {
            next.status = CampaignStatus::Completed;
            next.expired_at = Some(now);
        }
        Command::Terminate => {
            next.status = CampaignStatus::Terminated;
            next.terminated_at = Some(now);
        }
        Command::Publish | Command::Miss { .. } => {}
        Command::Start | Command::Run | Command::Fail { .. } => {
            return Err(Refusal::AlreadyStarted);
        }
        Command::Delete => return Err(Refusal::Running),
    }
    Ok(())
}

fn step_closed(next: &mut Campaign, command: CampaignCommand, now: Timestamp) -> Result<(), Refusal> {
    use CampaignCommand as Command;
    match command {
        Command::Delete => next.deleted_at = next.deleted_at.or(Some(now)),
        // A sweep or a message that comes twice.
        Command::Expire if next.expired_at.is_some() => {}
        Command::Publish | Command::Miss { .. } => {}
        Command::Edit(_)
        | Command::Start
        | Command::Run
        | Command::Fail { .. }
        | Command::Complete
        | Command::Expire
        | Command::Terminate => {
            return Err(next.require_unfinished().err().unwrap_or(Refusal::Completed));
        }
    }
    Ok(())
}

/// What was frozen at the start cannot change; sending the same value again is no change.
fn only_active_edits(plan: &CampaignPlan, edit: &CampaignEdit) -> Result<(), Refusal> {
    let CampaignEdit {
        name: _,
        description: _,
        end_date: _,
        revoke_mode: _,
        kind,
        start_date,
        scope,
        query,
        reviewer_assignment,
        auto_start,
    } = edit;
    let changed = [
        ("type", kind.as_ref().is_some_and(|new| *new != plan.kind)),
        ("start_date", start_date.is_some_and(|new| new != plan.start_date)),
        ("scope", scope.as_ref().is_some_and(|new| *new != plan.scope)),
        ("query", query.as_ref().is_some_and(|new| *new != plan.query)),
        ("reviewer_assignment", reviewer_assignment.as_ref().is_some_and(|new| *new != plan.reviewer_assignment)),
        ("auto_start", auto_start.is_some_and(|new| new != plan.auto_start)),
    ];
    match changed.into_iter().find(|(_, changed)| *changed) {
        Some((field, _)) => Err(Refusal::NotEditable { field, state: CampaignStatus::Active.word() }),
        None => Ok(()),
    }
}

fn apply_edit(plan: &mut CampaignPlan, edit: CampaignEdit) {
    fn set<T>(target: &mut T, value: Option<T>) {
        if let Some(value) = value {
            *target = value;
        }
    }
    let CampaignEdit {
        name,
        description,
        kind,
        start_date,
        end_date,
        scope,
        query,
        reviewer_assignment,
        revoke_mode,
        auto_start,
    } = edit;
    set(&mut plan.name, name);
    set(&mut plan.description, description);
    set(&mut plan.kind, kind);
    set(&mut plan.start_date, start_date);
    set(&mut plan.end_date, end_date);
    set(&mut plan.scope, scope);
    set(&mut plan.query, query);
    set(&mut plan.reviewer_assignment, reviewer_assignment);
    set(&mut plan.revoke_mode, revoke_mode);
    set(&mut plan.auto_start, auto_start);
}
