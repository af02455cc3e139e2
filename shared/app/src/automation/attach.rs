//! To which workflows automations are attached, and what a certification applies.

use domain::automation::Automation;
use domain::automation::attachment::{Attachment, Attachments};
use domain::ids::{AutomationId, WorkflowId};
use store::tx::{Committed, Tx};

use super::{ListInput, paged};
use crate::call::Call;
use crate::cursor::Binding;
use crate::deps::Deps;
use crate::error::{Error, Faults};
use crate::event::{self, Event, OfAttachment};
use crate::outgoing::{self, Told};
use crate::page::Page;
use crate::retry;

/// Which automations, and which workflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttachInput {
    /// This automation and this workflow.
    One(AutomationId, WorkflowId),
    /// Every automation and this workflow.
    EveryAutomation(WorkflowId),
    /// This automation and every workflow that there is now.
    EveryWorkflow(AutomationId),
}

/// An automation that is attached to a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// The automation.
    pub automation: Automation,
    /// Whether it runs only where it is selected.
    pub opt_in: bool,
}

/// Attaches automations to workflows. `opt_in` is that of the attachments, each automation's own where it is `None`. What
/// is attached already gets it, too.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn attach(deps: &Deps, call: &Call, input: AttachInput, opt_in: Option<bool>) -> Result<(), Error> {
    say(deps, call, input, Change::Attach(opt_in)).await
}

/// Detaches automations from workflows. What is not attached stays so.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn detach(deps: &Deps, call: &Call, input: AttachInput) -> Result<(), Error> {
    say(deps, call, input, Change::Detach).await
}

#[derive(Debug, Clone, Copy)]
enum Change {
    /// With this `opt_in`, or the automation's own.
    Attach(Option<bool>),
    Detach,
}

impl Change {
    /// What the attachment's `opt_in` becomes, where the automation's own is `own`.
    fn opt_in(self, own: bool) -> Option<bool> {
        match self {
            Self::Attach(given) => Some(given.unwrap_or(own)),
            Self::Detach => None,
        }
    }

    /// The event of saying it.
    fn told(self, input: AttachInput) -> Event {
        let (automation, workflow) = match input {
            AttachInput::One(automation, workflow) => (Some(automation), Some(workflow)),
            AttachInput::EveryAutomation(workflow) => (None, Some(workflow)),
            AttachInput::EveryWorkflow(automation) => (Some(automation), None),
        };
        let attachment = OfAttachment { automation, workflow };
        match self {
            Self::Attach(_) => Event::AutomationAttached(attachment),
            Self::Detach => Event::AutomationDetached(attachment),
        }
    }
}

/// Says it once: a repetition must not take back what others have said since.
async fn say(deps: &Deps, call: &Call, input: AttachInput, change: Change) -> Result<(), Error> {
    let committed = retry::settled(|| async {
        if call.repeatable && deps.store.automations().has_said(call.command).await? {
            return Ok(Ok(Committed::default()));
        }
        let mut tx = deps.store.write(call.command, call.now);
        let changes = match input {
            AttachInput::One(automation, workflow) => of_one(deps, &mut tx, Some(automation), workflow, change).await?,
            AttachInput::EveryAutomation(workflow) => of_one(deps, &mut tx, None, workflow, change).await?,
            AttachInput::EveryWorkflow(automation) => of_all(deps, &mut tx, automation, change).await?,
        };
        if changes {
            event::tell_by(&mut tx, call, &change.told(input))?;
        }
        if call.repeatable {
            tx.remember_said();
        }
        Ok(tx.commit().await)
    })
    .await?;
    outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
    Ok(())
}

/// Says something of one workflow and an automation, or all of them; answers whether that changes anything.
async fn of_one(
    deps: &Deps,
    tx: &mut Tx<'_>,
    automation: Option<AutomationId>,
    workflow: WorkflowId,
    change: Change,
) -> Result<bool, Error> {
    deps.store.workflows().get(&workflow).await?.ok_or_else(Error::not_found)?;
    let (roster, attachments) = deps.store.automations().of_workflow(&workflow).await?;
    let entries = match automation {
        Some(id) => std::slice::from_ref(roster.value.get(id).ok_or_else(Error::not_found)?),
        None => roster.value.entries.as_slice(),
    };
    let before = attachments.value.resolved(&roster.value);
    let mut next = attachments.value;
    for entry in entries {
        let held = before.iter().find(|held| held.automation == entry.automation).map(|held| held.opt_in);
        let wanted = change.opt_in(entry.behavior.opt_in);
        if held != wanted {
            next.set(entry.automation, wanted, roster.version);
        }
    }
    let changes = next.resolved(&roster.value) != before;
    if changes {
        next.prune(&roster.value);
        tx.put_attachments(&workflow, &next, attachments.version)?;
    }
    Ok(changes)
}

/// Says something of all workflows that there are, however many; that counts against what was said of each before.
async fn of_all(deps: &Deps, tx: &mut Tx<'_>, automation: AutomationId, change: Change) -> Result<bool, Error> {
    let roster = deps.store.automations().roster().await?;
    let own = roster.value.get(automation).ok_or_else(Error::not_found)?.behavior.opt_in;
    let mut next = roster.value;
    next.sweep(automation, change.opt_in(own), roster.version + 1);
    tx.put_roster(&next, roster.version)?;
    Ok(true)
}

/// The automations that are attached to a workflow, by name.
///
/// # Errors
/// [`Error::NotFound`] when there is no such workflow; [`Error::Invalid`] for a cursor of another list.
pub async fn attached(
    deps: &Deps,
    _call: &Call,
    workflow: WorkflowId,
    input: &ListInput,
) -> Result<Page<Attached>, Error> {
    deps.store.workflows().get(&workflow).await?.ok_or_else(Error::not_found)?;
    let attachments = deps.store.automations().attached(&workflow).await?;
    let ids: Vec<AutomationId> = attachments.iter().map(|attachment| attachment.automation).collect();
    let automations = deps.store.automations().get_many(&ids).await?;
    let opt_in = |id| attachments.iter().find(|held| held.automation == id).is_some_and(|held| held.opt_in);
    let all =
        automations.into_iter().map(|automation| Attached { opt_in: opt_in(automation.id), automation }).collect();
    paged(&Binding::of("attached automations", &[&workflow.to_string()]), all, input, |attached| &attached.automation)
}

/// Attaches to a workflow that is being made what is attached to every new one.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn attach_to_new(deps: &Deps, tx: &mut Tx<'_>, workflow: WorkflowId) -> Result<(), Error> {
    let roster = deps.store.automations().roster().await?;
    // Without a roster nothing was ever said that could reach the workflow by mistake.
    if roster.version > 0 {
        tx.insert_attachments(&workflow, &Attachments::at_birth(&roster.value, roster.version))?;
    }
    Ok(())
}

/// Takes everything off a workflow that is being deleted.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn detach_all(deps: &Deps, tx: &mut Tx<'_>, workflow: WorkflowId) -> Result<(), Error> {
    let (_, attachments) = deps.store.automations().of_workflow(&workflow).await?;
    if attachments.version > 0 {
        tx.delete_attachments(&workflow, &attachments.value, attachments.version)?;
    }
    Ok(())
}

/// The automations that a certification of a workflow applies, each in the version that it has now: those that always run,
/// and those that were `selected`. To select what always runs changes nothing.
///
/// # Errors
/// [`Error::Invalid`] names each that was selected and is not attached to the workflow.
pub(crate) async fn to_run(
    deps: &Deps,
    workflow: WorkflowId,
    selected: &[AutomationId],
) -> Result<Vec<(AutomationId, u64)>, Error> {
    let attached = deps.store.automations().attached(&workflow).await?;
    let mut faults = Faults::new();
    for (n, id) in selected.iter().enumerate() {
        let known = attached.iter().any(|attachment| attachment.automation == *id);
        faults.require(known, &format!("automation_ids[{n}]"), "no such automation is attached to the workflow");
    }
    faults.done()?;
    let applied = |attachment: &&Attachment| !attachment.opt_in || selected.contains(&attachment.automation);
    Ok(attached.iter().filter(applied).map(|attachment| (attachment.automation, attachment.version)).collect())
}
