//! Quick filters and smart actions.

use app::error::Error;
use app::page::Page;
use app::prepared::{FieldsInput, ListInput, QuickFilterInput, SmartActionInput};
use app::review::SmartInput;
use domain::ids::{SmartActionId, WorkflowId};
use domain::quick_filter::QuickFilter;
use domain::smart_action::{MutableFields, SmartAction};
use serde_json::{Map, Value, json};

use super::enums::{DECISION, SIGNED_OFF};
use super::{assignment, paging, result, user};
use crate::decode::{Faults, MAX_TEXT, Object, Query, parse};
use crate::exchange::Pairs;

/// Decodes a new quick filter.
///
/// # Errors
/// All faults of the body, or [`Error::NotFound`] for a `workflow_id` that is no id.
pub fn quick_filter(body: &[u8]) -> Result<QuickFilterInput, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let name = body.required("name", body.name("name"));
    let filter = body.required("filter", body.text("filter", usize::MAX));
    let workflow = body.text("workflow_id", usize::MAX);
    faults.check()?;
    let workflow = workflow.map(|text| workflow_of(&text)).transpose()?.flatten();
    let (Some(name), Some(filter)) = (name, filter) else { return Err(faults.error()) };
    Ok(QuickFilterInput { name, workflow, filter })
}

/// An empty id stands for every workflow.
fn workflow_of(text: &str) -> Result<Option<WorkflowId>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| Error::not_found())
}

/// Decodes the query of either list.
///
/// # Errors
/// All faults of the query, or [`Error::NotFound`] for a `workflow_id` that is no id.
pub fn list(query: &Pairs) -> Result<ListInput, Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    let workflow = query.text("workflow_id");
    let (limit, after) = paging::all_or_page(&query);
    faults.check()?;
    let workflow = workflow.map(workflow_of).transpose()?.flatten();
    Ok(ListInput { workflow, limit, after })
}

/// A change of a smart action, with where its fields stood in the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Which one; `None` for one to be made.
    pub id: Option<SmartActionId>,
    /// What is given.
    pub input: SmartActionInput,
    place: String,
}

impl Edit {
    /// Names the fields of a use case's error as they stood in the body.
    #[must_use]
    pub fn located(&self, error: Error) -> Error {
        result::located(&self.place, error)
    }
}

/// Decodes a new smart action.
///
/// # Errors
/// All faults of the body, or [`Error::NotFound`] for a `workflow_id` that is no id.
pub fn smart_action(body: &[u8]) -> Result<Edit, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    body.required("name", body.raw("name"));
    body.required("mutable_fields", body.raw("mutable_fields"));
    edit(None, &body)
}

/// Decodes a change of a smart action: what is absent stays.
///
/// # Errors
/// As [`smart_action`]; [`Error::NotFound`] also for what is no id.
pub fn smart_action_change(body: &[u8]) -> Result<Edit, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let id = body.required("id", body.text("id", usize::MAX));
    edit(id, &body)
}

fn edit(id: Option<String>, body: &Object<'_>) -> Result<Edit, Error> {
    let workflow = body.text("workflow_id", usize::MAX);
    let input = SmartActionInput {
        name: body.name("name"),
        description: body.text("description", MAX_TEXT),
        workflow: None,
        filter: body.text("filter", usize::MAX),
        mutable_filter: body.text("mutable_filter", usize::MAX),
        apply_to_all_rows: body.flag("apply_to_all_rows"),
        fields: body.object("mutable_fields").map(|fields| fields_of(&fields)),
    };
    body.faults().check()?;
    let id = id.map(|text| text.parse().map_err(|_| Error::not_found())).transpose()?;
    let workflow = workflow.map(|text| workflow_of(&text)).transpose()?;
    Ok(Edit { id, input: SmartActionInput { workflow, ..input }, place: body.path().to_owned() })
}

/// What belongs to the system is taken and ignored, so that clients may send back what they were shown.
fn fields_of(fields: &Object<'_>) -> FieldsInput {
    FieldsInput {
        decision: DECISION.field(fields, "decision"),
        notes: fields.text("notes", MAX_TEXT),
        signed_off: SIGNED_OFF.field(fields, "signed_off_state"),
        reviewers: user::references(fields, "reviewers").unwrap_or_default(),
        assignment: assignment::decode(fields, "reviewer_assignment"),
    }
}

/// Decodes which smart action is applied, and how.
///
/// # Errors
/// All faults of the body, or [`Error::NotFound`] for an `id` that is none.
pub fn apply(body: &[u8]) -> Result<(SmartActionId, SmartInput), Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let id = body.required("id", body.text("id", usize::MAX));
    let dry_run = body.flag("dry_run").unwrap_or(false);
    let after = body.text("page_token", usize::MAX).filter(|token| !token.is_empty());
    faults.check()?;
    let id = id.unwrap_or_default().parse().map_err(|_| Error::not_found())?;
    Ok((id, SmartInput { dry_run, after }))
}

/// The answer to a creation.
#[must_use]
pub fn encode_id(id: impl std::fmt::Display) -> Value {
    json!({ "id": id.to_string() })
}

/// A page of quick filters.
#[must_use]
pub fn encode_quick_filters(page: &Page<QuickFilter>) -> Value {
    encode_page(page, |filter| {
        let QuickFilter { id, name, workflow, filter } = filter;
        json!({ "id": id.to_string(), "name": name, "workflow_id": workflow_text(*workflow), "filter": filter })
    })
}

/// A page of smart actions.
#[must_use]
pub fn encode_smart_actions(page: &Page<SmartAction>) -> Value {
    encode_page(page, |action| {
        json!({
            "id": action.id.to_string(),
            "name": action.name,
            "description": action.description,
            "workflow_id": workflow_text(action.workflow),
            "filter": action.filter,
            "mutable_filter": action.mutable_filter,
            "mutable_fields": encode_fields(&action.fields),
            "apply_to_all_rows": action.apply_to_all_rows,
        })
    })
}

fn encode_page<T>(page: &Page<T>, entry: impl Fn(&T) -> Value) -> Value {
    let values: Vec<_> = page.items.iter().map(entry).collect();
    json!({ "values": values, "next_page_token": paging::next(page), "has_more": page.has_more() })
}

fn workflow_text(workflow: Option<WorkflowId>) -> String {
    workflow.map(|id| id.to_string()).unwrap_or_default()
}

/// Only what is set.
fn encode_fields(fields: &MutableFields) -> Value {
    let MutableFields { decision, notes, signed_off, reviewers, assignment } = fields;
    let given = [
        ("decision", decision.map(|decision| DECISION.prefixed(decision).into())),
        ("notes", notes.as_deref().map(Value::from)),
        ("signed_off_state", signed_off.map(|signed_off| SIGNED_OFF.name(signed_off).into())),
        ("reviewers", (!reviewers.is_empty()).then(|| user::encode_all(reviewers))),
        ("reviewer_assignment", assignment.as_ref().map(assignment::encode)),
    ];
    let given = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(given.collect::<Map<String, Value>>())
}

#[cfg(test)]
mod tests;
