//! Workflows: reusable review configurations.

mod change;

pub use change::{EditInput, delete, update};

use domain::ids::WorkflowId;
use domain::query::Query;
use domain::review::Workflow;
use domain::user::User;
use jiff::Timestamp;

use crate::call::Call;
use crate::cursor::{self, Binding};
use crate::deps::Deps;
use crate::error::{Error, Faults};
use crate::event::{self, Event};
use crate::loading::population;
use crate::outgoing::{self, Told};
use crate::page::Page;
use crate::review::UserReference;
use crate::{automation, user, valid};

/// A workflow to be made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CreateInput {
    /// 1 to 200 characters.
    pub name: String,
    /// At most 4,000 characters.
    pub description: String,
    /// At most 4,000 characters.
    pub notes: String,
    /// Who is responsible; the caller when absent.
    pub owner: Option<UserReference>,
    /// Which rows its certifications consist of.
    pub query: Query,
}

/// A list of workflows, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListInput {
    /// At most this many, at least 1.
    pub limit: usize,
    /// The cursor of a page before.
    pub after: Option<String>,
}

/// Makes a workflow.
///
/// # Errors
/// [`Error::Invalid`] names everything that is wrong with the input.
pub async fn create(deps: &Deps, call: &Call, input: CreateInput) -> Result<Workflow, Error> {
    let id = WorkflowId::new(call.created("workflow"));
    if call.repeatable
        && let Some(made) = deps.store.workflows().get(&id).await?
    {
        // A repeated call finds what it made the first time, whatever has become of those that it named.
        return Ok(made.value);
    }
    let mut faults = Faults::new();
    let name = valid::name(&mut faults, "name", &input.name);
    valid::text(&mut faults, "description", &input.description);
    valid::text(&mut faults, "notes", &input.notes);
    check_query(&mut faults, &input.query);
    faults.done()?;
    let owner = match &input.owner {
        None => call.caller.user.clone(),
        Some(named) => owner(deps, named).await?,
    };
    let workflow = Workflow {
        id,
        name,
        description: input.description,
        owner,
        notes: input.notes,
        query: input.query,
        creator: call.caller.user.clone(),
        created_at: call.now,
    };
    let mut tx = deps.store.write(call.command, call.now);
    tx.insert_workflow(&workflow)?;
    automation::attach_to_new(deps, &mut tx, workflow.id).await?;
    event::tell_by(&mut tx, call, &Event::WorkflowCreated((&workflow).into()))?;
    let committed = tx.commit().await?;
    outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
    // A repeated call finds what it made the first time, times included.
    if call.repeatable { Ok(get(deps, call, workflow.id).await?.0) } else { Ok(workflow) }
}

/// Adds what is wrong with a query.
fn check_query(faults: &mut Faults, query: &Query) {
    for fault in query.faults() {
        faults.add(format!("query.{}", fault.field), fault.issue);
    }
    for fault in population::check_query(query) {
        faults.add(format!("query.{}", fault.field), fault.issue);
    }
}

async fn owner(deps: &Deps, named: &UserReference) -> Result<User, Error> {
    let found = user::resolve_each(deps, &[("owner".to_owned(), named)]).await?;
    found.into_iter().next().ok_or_else(|| Error::invalid("owner", "no such user"))
}

/// One workflow, with its version.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(deps: &Deps, _call: &Call, id: WorkflowId) -> Result<(Workflow, u64), Error> {
    let stored = deps.store.workflows().get(&id).await?.ok_or_else(Error::not_found)?;
    Ok((stored.value, stored.version))
}

/// All workflows, newest first.
///
/// # Errors
/// [`Error::Invalid`] for a cursor of another list.
pub async fn list(deps: &Deps, _call: &Call, input: ListInput) -> Result<Page<Workflow>, Error> {
    let binding = Binding::of("workflows", &[]);
    let after: Option<(i64, WorkflowId)> =
        input.after.as_deref().map(|cursor| cursor::open(&binding, cursor, "after")).transpose()?;
    let has_previous = after.is_some();
    let after = after.and_then(|(at, id)| Some((Timestamp::from_millisecond(at).ok()?, id)));
    let found = deps.store.workflows().list(after, input.limit.max(1)).await?;
    let items: Vec<Workflow> = found.values.into_iter().map(|stored| stored.value).collect();
    let last = items.last().map(|last| (last.created_at.as_millisecond(), last.id));
    let end = last.map(|last| cursor::seal(&binding, last)).transpose()?;
    Ok(Page { next: if found.more { end.clone() } else { None }, items, end, has_previous })
}
