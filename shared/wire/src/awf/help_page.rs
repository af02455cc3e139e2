//! Help pages and their templates.

use app::error::Error;
use app::help_page::ListInput;
use app::page::Page;
use domain::help_page::{HelpPage, HelpPageKey, MAX_TEMPLATE, Usage};
use domain::ids::{ReviewId, WorkflowId};
use serde_json::{Value, json};

use super::enums::HELP_PAGE_USAGE;
use super::paging;
use crate::decode::{Faults, Object, Query, parse};
use crate::exchange::Pairs;
use crate::forms::Given;

/// What stands for all workflows.
const EVERY_WORKFLOW: &str = "00000000-0000-0000-0000-000000000000";

fn workflow_of(text: &str) -> Option<Option<WorkflowId>> {
    if text == EVERY_WORKFLOW { Some(None) } else { text.parse().ok().map(Some) }
}

/// Decodes a template.
///
/// # Errors
/// All faults of the body.
pub fn template(body: &[u8]) -> Result<HelpPage, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let workflow = body.required("workflow_id", body.text("workflow_id", 36)).and_then(|text| {
        let workflow = workflow_of(&text);
        if workflow.is_none() {
            body.fault("workflow_id", "must be a uuid");
        }
        workflow
    });
    let usage = HELP_PAGE_USAGE.field(&body, "usage");
    faults.require(usage.is_some() || body.is_faulty("usage"), &body.path_of("usage"), "is required");
    let name = body.required("name", body.name("name"));
    let template = body.required("template_body", body.text("template_body", MAX_TEMPLATE));
    faults.check()?;
    match (workflow, usage, name, template) {
        (Some(workflow), Some(usage), Some(name), Some(template)) => {
            Ok(HelpPage { key: HelpPageKey { workflow, usage }, name, template })
        }
        _ => Err(faults.error()),
    }
}

/// Decodes the key of a template in a path.
///
/// # Errors
/// [`Error::NotFound`] for what is no key: it has no template.
pub fn path_key(path: &Pairs) -> Result<HelpPageKey, Error> {
    let workflow = workflow_of(path.get("workflow_id").unwrap_or_default()).ok_or_else(Error::not_found)?;
    let usage = usage_of(path.get("usage").unwrap_or_default()).ok_or_else(Error::not_found)?;
    Ok(HelpPageKey { workflow, usage })
}

fn usage_of(text: &str) -> Option<Usage> {
    match HELP_PAGE_USAGE.read(&Value::from(text)) {
        Given::Is(usage) => Some(usage),
        Given::Unknown | Given::Foreign => None,
    }
}

/// Decodes the query of the list of templates.
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

/// Decodes which page of which certification is read.
///
/// # Errors
/// All faults of the query; [`Error::NotFound`] for what is no id.
pub fn read(query: &Pairs) -> Result<(ReviewId, Usage), Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    let id = query.text("certification_id");
    faults.require(id.is_some(), "certification_id", "is required");
    let usage = query.text("usage").filter(|text| !matches!(HELP_PAGE_USAGE.read(&Value::from(*text)), Given::Unknown));
    let usage = usage.map_or(Some(Usage::HelpPage), usage_of);
    faults.require(usage.is_some(), "usage", "must be one of HELP_PAGE, REVIEW_START, SIGN_OFF");
    faults.check()?;
    let id = id.unwrap_or_default().parse().map_err(|_| Error::not_found())?;
    Ok((id, usage.unwrap_or(Usage::HelpPage)))
}

/// A page of templates, without their bodies.
#[must_use]
pub fn encode_page(page: &Page<HelpPage>) -> Value {
    let values: Vec<_> = page.items.iter().map(head).collect();
    json!({ "values": values, "next_page_token": paging::next(page), "has_more": page.has_more() })
}

/// A single template, as it was written.
#[must_use]
pub fn encode_value(page: &HelpPage) -> Value {
    let mut value = head(page);
    if let Some(members) = value.as_object_mut() {
        members.insert("template_body".to_owned(), page.template.as_str().into());
    }
    json!({ "value": value })
}

fn head(page: &HelpPage) -> Value {
    let HelpPage { key: HelpPageKey { workflow, usage }, name, template: _ } = page;
    let workflow = workflow.map_or_else(|| EVERY_WORKFLOW.to_owned(), |id| id.to_string());
    json!({ "workflow_id": workflow, "name": name, "usage": HELP_PAGE_USAGE.name(*usage) })
}

/// What a reviewer reads.
#[must_use]
pub fn encode_content(content: &str) -> Value {
    json!({ "content": content })
}

#[cfg(test)]
mod tests;
