//! Editing and deleting workflows.

use domain::help_page::{HelpPageKey, Usage};
use domain::ids::WorkflowId;
use domain::query::Query;
use domain::refusal::Refusal;
use domain::review::Workflow;
use store::keys::{self, Kind};
use store::tx::{Committed, Tx};

use super::{check_query, owner};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::{Error, Faults};
use crate::event::{self, Event};
use crate::outgoing::{self, Told};
use crate::retry::{deleted_before, settled};
use crate::review::UserReference;
use crate::{automation, prepared, settings, valid};

/// How many campaigns are read at a time.
const CAMPAIGNS_AT_ONCE: usize = 500;

/// New values of a workflow's properties; `None` leaves one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EditInput {
    /// 1 to 200 characters.
    pub name: Option<String>,
    /// At most 4,000 characters.
    pub description: Option<String>,
    /// At most 4,000 characters.
    pub notes: Option<String>,
    /// Who is responsible.
    pub owner: Option<UserReference>,
    /// Which rows certifications consist of that are made from now on.
    pub query: Option<Query>,
}

/// Changes a workflow. Its certifications keep the query that they were made with.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] names everything that is wrong with the input; [`Error::Stale`].
pub async fn update(deps: &Deps, call: &Call, id: WorkflowId, input: EditInput) -> Result<(), Error> {
    deps.store.workflows().get(&id).await?.ok_or_else(Error::not_found)?;
    let mut faults = Faults::new();
    let name = input.name.as_deref().map(|name| valid::name(&mut faults, "name", name));
    for (field, text) in [("description", &input.description), ("notes", &input.notes)] {
        text.iter().for_each(|text| valid::text(&mut faults, field, text));
    }
    if let Some(query) = &input.query {
        check_query(&mut faults, query);
    }
    faults.done()?;
    let owner = match &input.owner {
        Some(named) => Some(owner(deps, named).await?),
        None => None,
    };
    let edit = |workflow: Workflow| Workflow {
        name: name.clone().unwrap_or(workflow.name),
        description: input.description.clone().unwrap_or(workflow.description),
        notes: input.notes.clone().unwrap_or(workflow.notes),
        owner: owner.clone().unwrap_or(workflow.owner),
        query: input.query.clone().unwrap_or(workflow.query),
        ..workflow
    };
    let committed = settled(|| try_update(deps, call, id, &edit)).await?;
    outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
    Ok(())
}

async fn try_update(
    deps: &Deps,
    call: &Call,
    id: WorkflowId,
    edit: &impl Fn(Workflow) -> Workflow,
) -> Result<Result<Committed, store::Error>, Error> {
    let stored = deps.store.workflows().get(&id).await?.ok_or_else(Error::not_found)?;
    if stored.is_by(call.command) {
        return Ok(Ok(Committed::default()));
    }
    call.expects(stored.version)?;
    let next = edit(stored.value.clone());
    if next == stored.value {
        return Ok(Ok(Committed::default()));
    }
    let mut tx = deps.store.write(call.command, call.now);
    tx.update_workflow(&next, stored.version)?;
    event::tell_by(&mut tx, call, &Event::WorkflowUpdated((&next).into()))?;
    Ok(tx.commit().await)
}

/// Deletes a workflow that no certification and no campaign was made from, with its help pages, settings, attached
/// automations, quick filters and smart actions.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] while it has certifications or campaigns; [`Error::Stale`].
pub async fn delete(deps: &Deps, call: &Call, id: WorkflowId) -> Result<(), Error> {
    let committed = settled(|| try_delete(deps, call, id)).await?;
    outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
    Ok(())
}

async fn try_delete(deps: &Deps, call: &Call, id: WorkflowId) -> Result<Result<Committed, store::Error>, Error> {
    let Some(stored) = deps.store.workflows().get(&id).await? else {
        return deleted_before(deps, call, &keys::aggregate(Kind::Workflow, id))
            .await
            .map(|()| Ok(Committed::default()));
    };
    call.expects(stored.version)?;
    // INVARIANT: read before what it counts, so that whatever comes in between makes the deletion fail.
    let uses = deps.store.workflows().uses(&id).await?;
    let certifications = deps.store.certifications().list(&id, None, 1).await?;
    if !certifications.values.is_empty() || has_campaigns(deps, &stored.value).await? {
        return Err(Refusal::HasReviews.into());
    }
    let prepared = prepared::OfWorkflow::find(deps, id).await?.all_but_few(deps, call).await?;
    let mut tx = deps.store.write(call.command, call.now);
    tx.delete_workflow(&stored.value, stored.version, &uses)?;
    delete_help_pages(deps, &mut tx, id).await?;
    settings::delete_of_workflow(deps, &mut tx, id).await?;
    automation::detach_all(deps, &mut tx, id).await?;
    prepared.delete(&mut tx)?;
    event::tell_by(&mut tx, call, &Event::WorkflowDeleted((&stored.value).into()))?;
    Ok(tx.commit().await)
}

/// Whether some campaign was made from a workflow. None is older than its workflow.
async fn has_campaigns(deps: &Deps, workflow: &Workflow) -> Result<bool, Error> {
    let mut after = None;
    loop {
        let page = deps.store.campaigns().list(after, CAMPAIGNS_AT_ONCE).await?;
        let mut younger = page.values.iter().take_while(|stored| stored.value.created_at >= workflow.created_at);
        if younger.any(|stored| stored.value.workflow_id == workflow.id) {
            return Ok(true);
        }
        let last = page.values.last().map(|stored| (stored.value.created_at, stored.value.id));
        match last.filter(|(at, _)| page.more && *at >= workflow.created_at) {
            Some(last) => after = Some(last),
            None => return Ok(false),
        }
    }
}

async fn delete_help_pages(deps: &Deps, tx: &mut Tx<'_>, id: WorkflowId) -> Result<(), Error> {
    for usage in Usage::ALL {
        let key = HelpPageKey { workflow: Some(id), usage };
        if let Some(page) = deps.store.help_pages().get(&key).await? {
            tx.delete_help_page(&page.value, page.version)?;
        }
    }
    Ok(())
}
