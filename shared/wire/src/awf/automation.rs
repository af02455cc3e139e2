//! Automations, and to which workflows they are attached.

use app::automate::{MAX_SHOWN, Outcome, Over, Trial, TrialInput, Tried, TriedRow};
use app::automation::{AttachInput, Attached, ContentInput, ListInput};
use app::error::Error;
use app::page::Page;
use domain::automation::{
    Action, ActionParts, AttachmentBehavior, Automation, Content, Criteria, Display, Modification,
};
use domain::ids::AutomationId;
use serde_json::{Map, Value, json};

use super::enums::{DECISION, DISPLAY_STYLE, SIGNED_OFF};
use super::{Change, paging, row};
use crate::decode::{Faults, MAX_TEXT, Object, Query, parse};
use crate::exchange::Pairs;
use crate::forms::Family;

/// How many rows a trial shows where nobody says.
const SHOWN: i64 = 20;
/// What an automation is called that is only tried out.
const UNNAMED: &str = "unnamed";

/// Decodes a new automation.
///
/// # Errors
/// All faults of the body.
pub fn create(body: &[u8]) -> Result<Change<(), ContentInput>, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let name = body.required("name", body.name("name")).unwrap_or_default();
    let input = content(&body, name);
    faults.check()?;
    Ok(Change { id: (), input, place: body.path().to_owned() })
}

/// Decodes an automation as it is to be from now on: what is absent is gone.
///
/// # Errors
/// All faults of the body, or [`Error::NotFound`] for an `id` that is none.
pub fn replace(body: &[u8]) -> Result<Change<AutomationId, ContentInput>, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let id = body.required("id", body.text("id", usize::MAX));
    let name = body.required("name", body.name("name")).unwrap_or_default();
    let input = content(&body, name);
    faults.check()?;
    let id = id.unwrap_or_default().parse().map_err(|_| Error::not_found())?;
    Ok(Change { id, input, place: body.path().to_owned() })
}

fn content(body: &Object<'_>, name: String) -> ContentInput {
    body.required("criteria", body.raw("criteria"));
    body.required("action", body.raw("action"));
    let priority = body.integer("priority", i64::from(i32::MIN)..=i64::from(i32::MAX)).unwrap_or(0);
    let behavior = body.object("attachment_behavior");
    let flag = |name| behavior.as_ref().and_then(|behavior| behavior.flag(name)).unwrap_or(false);
    let criteria = body.object("criteria");
    // How long a filter may be is for its language to say.
    let filter = |name| criteria.as_ref().and_then(|criteria| criteria.text(name, usize::MAX)).unwrap_or_default();
    ContentInput {
        name,
        description: body.text("description", MAX_TEXT).unwrap_or_default(),
        priority: i32::try_from(priority).unwrap_or(0),
        attachment: AttachmentBehavior {
            attach_to_new_workflows: flag("attach_to_new_workflows"),
            opt_in: flag("opt_in"),
        },
        criteria: Criteria { filter: filter("filter"), mutable_filter: filter("mutable_filter") },
        action: body.object("action").map(|action| parts(&action)).unwrap_or_default(),
    }
}

fn parts(action: &Object<'_>) -> ActionParts {
    if let Some(assignment) = action.raw("reviewer_assignment") {
        let nothing = assignment.as_object().is_some_and(Map::is_empty);
        if !nothing {
            action.fault("reviewer_assignment", "is not supported and must be absent, null or {}");
        }
    }
    ActionParts {
        decision: given(action, "decision", &DECISION),
        signed_off: given(action, "signed_off_state", &SIGNED_OFF),
        notes: action.text("notes", MAX_TEXT).unwrap_or_default(),
        style: given(action, "display_style", &DISPLAY_STYLE),
        text: action.text("display_text", MAX_TEXT).unwrap_or_default(),
        color: action.text("highlight_color", MAX_TEXT).unwrap_or_default(),
    }
}

/// Decodes what is to be tried out on what.
///
/// # Errors
/// All faults of the body, or [`Error::NotFound`] for what is no id.
pub fn trial(body: &[u8]) -> Result<Change<(), TrialInput>, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let id = |name| body.text(name, usize::MAX).filter(|text| !text.is_empty());
    let (kept, workflow, certification) = (id("id"), id("workflow_id"), id("certification_id"));
    let automation = body.object("automation");
    if kept.is_none() && body.raw("automation").is_none() {
        body.fault("automation", "is required, or the id of one that is kept");
    }
    if kept.is_some() && automation.is_some() {
        body.fault("automation", "must be absent where id is given");
    }
    if workflow.is_none() && certification.is_none() {
        body.fault("workflow_id", "is required, or certification_id");
    }
    if workflow.is_some() && certification.is_some() {
        body.fault("certification_id", "must be absent where workflow_id is given");
    }
    let most = i64::try_from(MAX_SHOWN).unwrap_or(i64::MAX);
    let limit = body.integer("limit", 0..=most).unwrap_or(SHOWN);
    // What is only tried out needs no name yet.
    let given = automation.map(|given| content(&given, given.name("name").unwrap_or_else(|| UNNAMED.to_owned())));
    faults.check()?;
    let not_found = |_| Error::not_found();
    let what = match (kept, given) {
        (Some(kept), _) => Tried::Kept(kept.parse().map_err(not_found)?),
        (None, given) => Tried::Given(Box::new(given.unwrap_or_default())),
    };
    let over = match (workflow, certification) {
        (Some(workflow), _) => Over::Workflow(workflow.parse().map_err(not_found)?),
        (None, certification) => Over::Certification(certification.unwrap_or_default().parse().map_err(not_found)?),
    };
    let input = TrialInput { what, over, shown: usize::try_from(limit).unwrap_or(0) };
    Ok(Change { id: (), input, place: body.path().to_owned() })
}

/// The value of a field; empty text is none, because generated clients send every field.
fn given<T: Copy + PartialEq>(object: &Object<'_>, name: &str, family: &Family<T>) -> Option<T> {
    object.raw(name).filter(|value| value.as_str() != Some(""))?;
    family.field(object, name)
}

/// Decodes the query of a list.
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

/// Decodes which automations are attached to which workflows, and with which `opt_in`.
///
/// # Errors
/// All faults of the body, or [`Error::NotFound`] for what is no id.
pub fn attach(body: &[u8]) -> Result<(AttachInput, Option<bool>), Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let opt_in = body.flag("opt_in");
    Ok((which(&body)?, opt_in))
}

/// Decodes which automations are detached from which workflows.
///
/// # Errors
/// As [`attach`].
pub fn detach(body: &[u8]) -> Result<AttachInput, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    which(&Object::root(&value, &faults)?.unwrapped())
}

/// An id that is empty is none.
fn which(body: &Object<'_>) -> Result<AttachInput, Error> {
    let id = |name| body.text(name, usize::MAX).filter(|text| !text.is_empty());
    let (automation, workflow) = (id("id"), id("workflow_id"));
    let all = body.flag("all").unwrap_or(false);
    body.faults().check()?;
    let not_found = |_| Error::not_found();
    match (automation, workflow, all) {
        (Some(automation), Some(workflow), false) => {
            Ok(AttachInput::One(automation.parse().map_err(not_found)?, workflow.parse().map_err(not_found)?))
        }
        (_, Some(workflow), true) => Ok(AttachInput::EveryAutomation(workflow.parse().map_err(not_found)?)),
        (Some(automation), None, true) => Ok(AttachInput::EveryWorkflow(automation.parse().map_err(not_found)?)),
        (None, Some(_), false) => Err(missing(body, "id", "is required unless all is true")),
        (Some(_), None, false) => Err(missing(body, "workflow_id", "is required unless all is true")),
        (None, None, _) => Err(missing(body, "workflow_id", "is required, or id with all, or both")),
    }
}

fn missing(body: &Object<'_>, field: &str, issue: &str) -> Error {
    Error::invalid(body.path_of(field), issue)
}

/// A single automation.
#[must_use]
pub fn encode_value(automation: &Automation) -> Value {
    json!({ "value": encode(automation) })
}

/// A page of automations.
#[must_use]
pub fn encode_page(page: &Page<Automation>) -> Value {
    let values: Vec<_> = page.items.iter().map(encode).collect();
    json!({ "values": values, "next_page_token": paging::next(page), "has_more": page.has_more() })
}

/// A page of automations that are attached to a workflow.
#[must_use]
pub fn encode_attached(page: &Page<Attached>) -> Value {
    let value = |attached: &Attached| json!({ "automation": encode(&attached.automation), "opt_in": attached.opt_in });
    let values: Vec<_> = page.items.iter().map(value).collect();
    json!({ "values": values, "next_page_token": paging::next(page), "has_more": page.has_more() })
}

/// What an automation would do.
#[must_use]
pub fn encode_trial(trial: &Trial) -> Value {
    let Trial { certification, total, examined, matched, affected, conflicts, rows } = trial;
    json!({
        "certification_id": certification.to_string(),
        "total_result_count": total,
        "examined": examined,
        "matched": matched,
        "would_change": affected,
        "conflicts": conflicts,
        "results": rows.iter().map(encode_tried).collect::<Vec<_>>(),
    })
}

fn encode_tried(tried: &TriedRow) -> Value {
    let Outcome { decision, signed_off, notes, display, conflicts } = &tried.outcome;
    let change = Modification { decision: *decision, signed_off: *signed_off, notes: notes.clone() };
    let would = display.clone().map_or(Action::Modify(change), Action::Display);
    json!({
        "result_id": tried.row.row.0,
        "source": row::node(&tried.row.frozen, "source"),
        "destination": row::node(&tried.row.frozen, "destination"),
        "would": encode_action(&would),
        "conflicts": conflicts,
    })
}

fn encode(automation: &Automation) -> Value {
    let Automation { id, content, version } = automation;
    let Content { name, description, priority, attachment, criteria, action } = content;
    let AttachmentBehavior { attach_to_new_workflows, opt_in } = *attachment;
    json!({
        "id": id.to_string(),
        "name": name,
        "description": description,
        "priority": priority,
        "attachment_behavior": { "attach_to_new_workflows": attach_to_new_workflows, "opt_in": opt_in },
        "criteria": { "filter": criteria.filter, "mutable_filter": criteria.mutable_filter },
        "action": encode_action(action),
        "version": version,
    })
}

/// Only what is set.
fn encode_action(action: &Action) -> Value {
    let set = match action {
        Action::Modify(Modification { decision, signed_off, notes }) => vec![
            ("decision", decision.map(|decision| DECISION.name(decision).into())),
            ("signed_off_state", signed_off.map(|signed_off| SIGNED_OFF.name(signed_off).into())),
            ("notes", notes.as_deref().map(Value::from)),
        ],
        Action::Display(Display { style, text, color }) => vec![
            ("display_style", Some(DISPLAY_STYLE.name(*style).into())),
            ("display_text", (!text.is_empty()).then(|| text.as_str().into())),
            ("highlight_color", color.as_ref().map(|color| color.as_str().into())),
        ],
    };
    let set = set.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(set.collect::<Map<String, Value>>())
}

#[cfg(test)]
mod tests;
