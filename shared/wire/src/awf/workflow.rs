//! Workflows: review configurations.

use app::error::Error;
use app::page::Page;
use app::workflow::{CreateInput, EditInput, ListInput};
use domain::ids::WorkflowId;
use domain::review::Workflow;
use serde_json::{Value, json};

use super::{Change, paging, query, user};
use crate::decode::{Faults, MAX_TEXT, Object, Query, parse};
use crate::encode;
use crate::exchange::Pairs;

/// Decodes a new workflow.
///
/// # Errors
/// All faults of the body.
pub fn create(body: &[u8]) -> Result<CreateInput, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let name = body.required("name", body.name("name"));
    let query = body.required("query", query::decode(&body, "query"));
    let description = body.text("description", MAX_TEXT).unwrap_or_default();
    let notes = body.text("notes", MAX_TEXT).unwrap_or_default();
    let owner = user::optional_reference(&body, "owner");
    faults.check()?;
    let (Some(name), Some(query)) = (name, query) else { return Err(faults.error()) };
    Ok(CreateInput { name, description, notes, owner, query })
}

/// Decodes a change of a workflow: the fields that are present.
///
/// # Errors
/// All faults of the body, or [`Error::NotFound`] for a `workflow_id` that is no id.
pub fn update(body: &[u8]) -> Result<Change<WorkflowId, EditInput>, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let id = body.required("workflow_id", body.text("workflow_id", usize::MAX));
    let input = EditInput {
        name: body.name("name"),
        description: body.text("description", MAX_TEXT),
        notes: body.text("notes", MAX_TEXT),
        owner: user::optional_reference(&body, "owner"),
        query: query::decode(&body, "query"),
    };
    faults.check()?;
    if input == EditInput::default() {
        return Err(body.changes_nothing("name, description, notes, owner, query"));
    }
    let id = id.unwrap_or_default().parse().map_err(|_| Error::not_found())?;
    Ok(Change { id, input, place: body.path().to_owned() })
}

/// Decodes the query of the list of workflows.
///
/// # Errors
/// All faults of the query.
pub fn list(query: &Pairs) -> Result<ListInput, Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    let (limit, after) = paging::all_or_page(&query);
    faults.check()?;
    Ok(ListInput { limit, after })
}

/// The answer to a creation.
#[must_use]
pub fn encode_id(id: WorkflowId) -> Value {
    json!({ "workflow_id": id.to_string() })
}

/// A single workflow.
#[must_use]
pub fn encode_value(workflow: &Workflow) -> Value {
    json!({ "value": encode(workflow) })
}

/// A page of workflows.
#[must_use]
pub fn encode_page(page: &Page<Workflow>) -> Value {
    let values: Vec<_> = page.items.iter().map(encode).collect();
    json!({ "values": values, "next_page_token": paging::next(page), "has_more": page.has_more() })
}

fn encode(workflow: &Workflow) -> Value {
    let Workflow { id, name, description, owner, notes, query, creator, created_at } = workflow;
    json!({
        "workflow_id": id.to_string(),
        "name": name,
        "description": description,
        "owner": user::encode(owner),
        "notes": notes,
        "query": query::encode(query),
        "creator": user::encode(creator),
        "created_at": encode::time(*created_at),
    })
}

#[cfg(test)]
mod tests;
