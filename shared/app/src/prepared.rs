//! What operators prepare for reviewers: quick filters and smart actions.
//!
//! Both lists are short: about [`MAX_PREPARED`] of each kind, read whole and shown by name. Calls at the same moment may
//! each find room for one more; what they make is listed like all others.

use domain::ids::{CommandId, QuickFilterId, SmartActionId, WorkflowId};
use domain::quick_filter::QuickFilter;
use domain::review::ReviewerAssignment;
use domain::row::Decision;
use domain::smart_action::{MutableFields, SmartAction};
use predicate::{Schema, places};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::Stored;
use store::keys::{self, Kind};
use store::tx::Tx;

use crate::call::Call;
use crate::campaign;
use crate::cursor::{self, Binding};
use crate::deps::Deps;
use crate::error::{Error, Faults};
use crate::page::Page;
use crate::retry::{deleted_before, settled};
use crate::review::{AssignmentInput, UserReference};
use crate::{user, valid};

/// So many quick filters, and so many smart actions, leave room for no more.
pub const MAX_PREPARED: usize = 500;

/// A quick filter to be made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QuickFilterInput {
    /// 1 to 200 characters.
    pub name: String,
    /// The workflow whose reviews offer it; `None` for all.
    pub workflow: Option<WorkflowId>,
    /// One condition.
    pub filter: String,
}

/// New values of a smart action; `None` leaves one as it is, or as it is when nothing is said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SmartActionInput {
    /// 1 to 200 characters.
    pub name: Option<String>,
    /// At most 4,000 characters.
    pub description: Option<String>,
    /// The workflow whose reviews offer it, or all.
    pub workflow: Option<Option<WorkflowId>>,
    /// What has to hold of what is reviewed.
    pub filter: Option<String>,
    /// What has to hold of what was decided.
    pub mutable_filter: Option<String>,
    /// Whether it is for all rows, where there is no filter.
    pub apply_to_all_rows: Option<bool>,
    /// What it changes, all of it.
    pub fields: Option<FieldsInput>,
}

/// What a smart action changes, as a client says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldsInput {
    /// New decision.
    pub decision: Option<Decision>,
    /// New note, at most 4,000 characters.
    pub notes: Option<String>,
    /// Sign off, or not.
    pub signed_off: Option<bool>,
    /// New reviewers.
    pub reviewers: Vec<UserReference>,
    /// How new reviewers are found.
    pub assignment: Option<AssignmentInput>,
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListInput {
    /// Only what the reviews of this workflow offer: its own and what is for all.
    pub workflow: Option<WorkflowId>,
    /// At most so many, at least 1.
    pub limit: usize,
    /// A cursor of this list.
    pub after: Option<String>,
}

/// Makes a quick filter.
///
/// # Errors
/// [`Error::Invalid`] names what is wrong; [`Error::NotFound`] when there is no such workflow.
pub async fn create_quick_filter(deps: &Deps, call: &Call, input: QuickFilterInput) -> Result<QuickFilterId, Error> {
    let id = QuickFilterId::new(call.created("quick filter"));
    if call.repeatable && deps.store.prepared().quick_filter(&id).await?.is_some() {
        // A repeated call finds what it made the first time, whatever has become of the workflow.
        return Ok(id);
    }
    let mut faults = Faults::new();
    let name = valid::name(&mut faults, "name", &input.name);
    read(&mut faults, "filter", &input.filter, &places::quick());
    faults.done()?;
    require_workflow(deps, input.workflow).await?;
    require_room(deps.store.prepared().quick_filters().await?.len())?;
    let mut tx = deps.store.write(call.command, call.now);
    tx.insert_quick_filter(&QuickFilter { id, name, workflow: input.workflow, filter: input.filter })?;
    let _nothing_to_send = tx.commit().await?;
    Ok(id)
}

/// Removes a quick filter for good.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`].
pub async fn delete_quick_filter(deps: &Deps, call: &Call, id: QuickFilterId) -> Result<(), Error> {
    settled(|| async {
        let Some(stored) = deps.store.prepared().quick_filter(&id).await? else {
            return deleted_before(deps, call, &keys::aggregate(Kind::QuickFilter, id)).await.map(Ok);
        };
        call.expects(stored.version)?;
        let mut tx = deps.store.write(call.command, call.now);
        tx.delete_quick_filter(&stored.value, stored.version)?;
        Ok(tx.commit().await.map(|_nothing_to_send| ()))
    })
    .await
}

/// Quick filters by name.
///
/// # Errors
/// [`Error::Invalid`] for a cursor of another list.
pub async fn quick_filters(deps: &Deps, _call: &Call, input: &ListInput) -> Result<Page<QuickFilter>, Error> {
    let all = deps.store.prepared().quick_filters().await?;
    paged("quick filters", all, input, |filter| (filter.workflow, filter.name.clone(), filter.id))
}

/// Makes a smart action.
///
/// # Errors
/// [`Error::Invalid`] names what is wrong; [`Error::NotFound`] when there is no such workflow.
pub async fn create_smart_action(deps: &Deps, call: &Call, input: SmartActionInput) -> Result<SmartActionId, Error> {
    let id = SmartActionId::new(call.created("smart action"));
    if call.repeatable && deps.store.prepared().smart_action(&id).await?.is_some() {
        return Ok(id);
    }
    let nothing = SmartAction {
        id,
        name: String::new(),
        description: String::new(),
        workflow: None,
        filter: String::new(),
        mutable_filter: String::new(),
        apply_to_all_rows: false,
        fields: MutableFields::default(),
    };
    let workflow = input.workflow.flatten();
    let action = edited(deps, nothing, input).await?;
    require_workflow(deps, workflow).await?;
    require_room(deps.store.prepared().smart_actions().await?.len())?;
    let mut tx = deps.store.write(call.command, call.now);
    tx.insert_smart_action(&action)?;
    let _nothing_to_send = tx.commit().await?;
    Ok(id)
}

/// Changes a smart action: what is given; of its changes all or nothing.
///
/// # Errors
/// As [`create_smart_action`]; [`Error::Stale`].
pub async fn update_smart_action(
    deps: &Deps,
    call: &Call,
    id: SmartActionId,
    input: SmartActionInput,
) -> Result<(), Error> {
    settled(|| async {
        let stored = deps.store.prepared().smart_action(&id).await?.ok_or_else(Error::not_found)?;
        if stored.is_by(call.command) {
            return Ok(Ok(()));
        }
        call.expects(stored.version)?;
        // One that is for a workflow stays for it, also where somebody deletes that at this moment.
        let workflow = input.workflow.filter(|workflow| *workflow != stored.value.workflow);
        require_workflow(deps, workflow.flatten()).await?;
        let next = edited(deps, stored.value, input.clone()).await?;
        let mut tx = deps.store.write(call.command, call.now);
        tx.update_smart_action(&next, stored.version)?;
        Ok(tx.commit().await.map(|_nothing_to_send| ()))
    })
    .await
}

/// Removes a smart action for good; what it has done stays.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`].
pub async fn delete_smart_action(deps: &Deps, call: &Call, id: SmartActionId) -> Result<(), Error> {
    settled(|| async {
        let Some(stored) = deps.store.prepared().smart_action(&id).await? else {
            return deleted_before(deps, call, &keys::aggregate(Kind::SmartAction, id)).await.map(Ok);
        };
        call.expects(stored.version)?;
        let mut tx = deps.store.write(call.command, call.now);
        tx.delete_smart_action(&stored.value, stored.version)?;
        Ok(tx.commit().await.map(|_nothing_to_send| ()))
    })
    .await
}

/// Smart actions by name.
///
/// # Errors
/// [`Error::Invalid`] for a cursor of another list.
pub async fn smart_actions(deps: &Deps, _call: &Call, input: &ListInput) -> Result<Page<SmartAction>, Error> {
    let all = deps.store.prepared().smart_actions().await?;
    paged("smart actions", all, input, |action| (action.workflow, action.name.clone(), action.id))
}

/// How many of a workflow's are deleted with it, in its transaction: what else belongs to it takes most of that.
const WITH_WORKFLOW: usize = 10;
/// How many are deleted in a transaction of their own.
const AT_ONCE: usize = 40;

/// What was prepared for the reviews of one workflow.
#[derive(Debug, Default)]
pub(crate) struct OfWorkflow {
    filters: Vec<Stored<QuickFilter>>,
    actions: Vec<Stored<SmartAction>>,
}

impl OfWorkflow {
    /// All of it.
    pub(crate) async fn find(deps: &Deps, workflow: WorkflowId) -> Result<Self, Error> {
        let (prepared, mut found) = (deps.store.prepared(), Self::default());
        for filter in prepared.quick_filters().await?.into_iter().filter(|filter| filter.workflow == Some(workflow)) {
            found.filters.extend(prepared.quick_filter(&filter.id).await?);
        }
        for action in prepared.smart_actions().await?.into_iter().filter(|action| action.workflow == Some(workflow)) {
            found.actions.extend(prepared.smart_action(&action.id).await?);
        }
        Ok(found)
    }

    /// Deletes what would not fit into one transaction with the workflow, and answers what is left.
    pub(crate) async fn all_but_few(mut self, deps: &Deps, call: &Call) -> Result<Self, Error> {
        while self.filters.len() + self.actions.len() > WITH_WORKFLOW {
            let filters = self.filters.split_off(self.filters.len().saturating_sub(AT_ONCE));
            let actions = self.actions.split_off(self.actions.len().saturating_sub(AT_ONCE - filters.len()));
            let part = Self { filters, actions };
            let mut tx = deps.store.write(part.command(call), call.now);
            part.delete(&mut tx)?;
            let _nothing_to_send = tx.commit().await?;
        }
        Ok(self)
    }

    /// Adds the deletion of all of it to a transaction.
    pub(crate) fn delete(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        for Stored { value, version, .. } in &self.filters {
            tx.delete_quick_filter(value, *version)?;
        }
        for Stored { value, version, .. } in &self.actions {
            tx.delete_smart_action(value, *version)?;
        }
        Ok(())
    }

    /// A command of its own for a part, the same for every repetition of the call.
    fn command(&self, call: &Call) -> CommandId {
        let filters = self.filters.iter().map(|stored| stored.value.id.to_string());
        let ids = filters.chain(self.actions.iter().map(|stored| stored.value.id.to_string()));
        CommandId::new(call.created(&format!("deletion of {}", ids.collect::<Vec<_>>().join(","))))
    }
}

/// What an edit makes of a smart action, checked as a whole.
async fn edited(deps: &Deps, action: SmartAction, input: SmartActionInput) -> Result<SmartAction, Error> {
    let SmartActionInput { name, description, workflow, filter, mutable_filter, apply_to_all_rows, fields } = input;
    let mut next = SmartAction {
        name: name.unwrap_or(action.name),
        description: description.unwrap_or(action.description),
        workflow: workflow.unwrap_or(action.workflow),
        filter: filter.unwrap_or(action.filter),
        mutable_filter: mutable_filter.unwrap_or(action.mutable_filter),
        apply_to_all_rows: apply_to_all_rows.unwrap_or(action.apply_to_all_rows),
        ..action
    };
    let mut faults = Faults::new();
    next.name = valid::name(&mut faults, "name", &next.name);
    valid::text(&mut faults, "description", &next.description);
    for (field, text, schema) in
        [("filter", &next.filter, places::frozen()), ("mutable_filter", &next.mutable_filter, places::current())]
    {
        if !text.trim().is_empty() {
            read(&mut faults, field, text, &schema);
        }
    }
    faults.require(
        next.is_for_something(),
        "filter",
        "is required unless mutable_filter or apply_to_all_rows is given",
    );
    if let Some(fields) = &fields {
        valid::text(&mut faults, "mutable_fields.notes", fields.notes.as_deref().unwrap_or_default());
        let both = fields.assignment.is_some() && !fields.reviewers.is_empty();
        faults.require(!both, "mutable_fields.reviewer_assignment", "must be absent where reviewers are given");
    }
    faults.done()?;
    if let Some(fields) = fields {
        next.fields = resolved(deps, fields).await.map_err(|error| within("mutable_fields", error))?;
    }
    let mut faults = Faults::new();
    let names = "decision, notes, signed_off_state, reviewers, reviewer_assignment";
    faults.require(next.fields.is_something(), "mutable_fields", &format!("must have at least one of {names}"));
    faults.done()?;
    Ok(next)
}

async fn resolved(deps: &Deps, input: FieldsInput) -> Result<MutableFields, Error> {
    let FieldsInput { decision, notes, signed_off, reviewers, assignment } = input;
    let reviewers = user::resolve(deps, &reviewers, "reviewers").await?;
    let assignment = match assignment.filter(|assignment| *assignment != AssignmentInput::default()) {
        Some(assignment) => Some(campaign::resolved(deps, &assignment, None).await?),
        None => None,
    };
    let assignment = assignment.filter(|assignment| *assignment != ReviewerAssignment::default());
    Ok(MutableFields { decision, notes, signed_off, reviewers, assignment })
}

/// The same error with its fields named as they stand in what has this name.
pub(crate) fn within(place: &str, error: Error) -> Error {
    match error {
        Error::Invalid(mut faults) => {
            faults.iter_mut().for_each(|fault| fault.field = format!("{place}.{}", fault.field));
            Error::Invalid(faults)
        }
        other => other,
    }
}

/// Adds what is wrong with a filter; how long it may be is for its parser to say.
fn read(faults: &mut Faults, field: &str, text: &str, schema: &Schema) {
    if let Err(found) = predicate::filter(text, schema) {
        found.iter().for_each(|fault| faults.add(field, fault.to_string()));
    }
}

async fn require_workflow(deps: &Deps, workflow: Option<WorkflowId>) -> Result<(), Error> {
    match workflow {
        Some(id) => deps.store.workflows().get(&id).await?.map(|_| ()).ok_or_else(Error::not_found),
        None => Ok(()),
    }
}

fn require_room(held: usize) -> Result<(), Error> {
    let mut faults = Faults::new();
    faults.require(held < MAX_PREPARED, "name", "there are 500 already; delete one first");
    faults.done()
}

/// A page of a list that was read whole, by name, then by id.
fn paged<T, Id: Ord + Copy + Serialize + DeserializeOwned>(
    list: &str,
    all: Vec<T>,
    input: &ListInput,
    place: impl Fn(&T) -> (Option<WorkflowId>, String, Id),
) -> Result<Page<T>, Error> {
    let workflow = input.workflow.map(|id| id.to_string()).unwrap_or_default();
    let binding = Binding::of(list, &[&workflow]);
    let after: Option<(String, Id)> =
        input.after.as_deref().map(|cursor| cursor::open(&binding, cursor, "after")).transpose()?;
    let offered = |of: Option<WorkflowId>| input.workflow.is_none() || of.is_none() || of == input.workflow;
    let mut found: Vec<(String, Id, T)> = all
        .into_iter()
        .filter_map(|entry| {
            let (of, name, id) = place(&entry);
            offered(of).then_some((name, id, entry))
        })
        .filter(|(name, id, _)| after.as_ref().is_none_or(|(last, last_id)| (name, id) > (last, last_id)))
        .collect();
    found.sort_by(|(name, id, _), (other, other_id, _)| (name, id).cmp(&(other, other_id)));
    let more = found.len() > input.limit.max(1);
    found.truncate(input.limit.max(1));
    let end = found.last().map(|(name, id, _)| cursor::seal(&binding, (name, id))).transpose()?;
    let items = found.into_iter().map(|(_, _, entry)| entry).collect();
    Ok(Page { items, next: end.clone().filter(|_| more), end, has_previous: after.is_some() })
}

#[cfg(test)]
mod tests;
