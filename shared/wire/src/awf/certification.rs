//! Certifications: executions of a workflow.

use app::certification::{
    AssignedInput, AssignedView, CertificationView, CreateInput, EditInput, ListInput, NamedIdentity, Source,
};
use app::error::Error;
use app::loading::population::MAX_NAMED;
use app::page::Page;
use app::review::AssignmentInput;
use domain::automation::run::RunStatus;
use domain::counts::Counts;
use domain::ids::{AutomationId, CertificationId, WorkflowId};
use domain::review::Certification;
use serde_json::{Value, json};

use super::{Change, assignment, paging, query, reviewer, user};
use crate::decode::{Faults, MAX_NAME, MAX_TEXT, Object, Query, parse};
use crate::encode;
use crate::exchange::Pairs;

/// Decodes a new certification.
///
/// # Errors
/// All faults of the body, or [`Error::NotFound`] for a `workflow_id` that is no id.
pub fn create(body: &[u8]) -> Result<CreateInput, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let workflow = body.required("workflow_id", body.text("workflow_id", usize::MAX));
    let name = body.name("name");
    let notes = body.text("notes", MAX_TEXT).unwrap_or_default();
    let due_date = body.time("due_date");
    let source = source(&body);
    let reviewer_assignment = assignment::decode(&body, "reviewer_assignment");
    let automations = automations(&body);
    let identities = identities(&body);
    one_approval_level(&body);
    let sources_acknowledged = body.flag("datasource_status_acknowledged").unwrap_or(false);
    faults.check()?;
    let Some(workflow) = workflow else { return Err(faults.error()) };
    let workflow = workflow.parse().map_err(|_| Error::not_found())?;
    Ok(CreateInput {
        workflow,
        name,
        notes,
        due_date,
        source,
        reviewer_assignment,
        automations,
        sources_acknowledged,
        identities,
    })
}

/// The people whom the review is about alone. An empty object says nothing, and an empty list is a fault: who narrows a
/// review by a list that has come out empty does not mean everybody.
fn identities(body: &Object<'_>) -> Vec<NamedIdentity> {
    let field = "dynamic_information";
    if body.raw(field).and_then(Value::as_object).is_some_and(serde_json::Map::is_empty) {
        return Vec::new();
    }
    let Some(information) = body.object(field) else { return Vec::new() };
    let listed = information.required("identities", information.objects("identities", MAX_NAMED));
    if listed.as_ref().is_some_and(Vec::is_empty) {
        information.fault("identities", "must name somebody");
    }
    listed.iter().flatten().filter_map(identity).collect()
}

/// Somebody by type and id. Whom their manager was before is refused, because nobody asks them.
fn identity(identity: &Object<'_>) -> Option<NamedIdentity> {
    if identity.text("previous_manager_id", usize::MAX).is_some_and(|manager| !manager.is_empty()) {
        identity.fault("previous_manager_id", "is not supported and must be empty");
    }
    let node_type = identity.required("type", identity.text("type", MAX_NAME));
    let id = identity.required("id", identity.text("id", user::MAX_ID));
    Some(NamedIdentity { node_type: node_type?, id: id? })
}

/// That one level of approval is asked for: a second one that is left out would weaken the review without anybody noticing.
fn one_approval_level(body: &Object<'_>) {
    if body.integer("final_approval_level", 0..=i64::MAX).is_some_and(|levels| levels > 1) {
        body.fault("final_approval_level", "is not supported beyond 1");
    }
    let second = "reviewer_assignment_second_level";
    if assignment::decode(body, second).is_some_and(|level| level != AssignmentInput::default()) {
        body.fault(second, "is not supported and must be empty");
    }
}

/// The automations that are selected; what is no id names none, and is a fault like one that does not exist.
fn automations(body: &Object<'_>) -> Vec<AutomationId> {
    let texts = body.texts("automation_ids", usize::MAX).unwrap_or_default();
    let id = |(n, text): (usize, String)| {
        let id = text.parse().ok();
        if id.is_none() {
            body.fault(&format!("automation_ids[{n}]"), "must be the id of an automation");
        }
        id
    };
    texts.into_iter().enumerate().filter_map(id).collect()
}

/// Decodes a change of a certification: the fields that are present. A due date of `null` takes the date away.
///
/// # Errors
/// All faults of the body, or [`Error::NotFound`] for a `certification_id` that is no id.
pub fn update(body: &[u8]) -> Result<Change<CertificationId, EditInput>, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let id = body.required("certification_id", body.text("certification_id", usize::MAX));
    let input = EditInput {
        name: body.name("name"),
        notes: body.text("notes", MAX_TEXT),
        reviewers: user::references(&body, "reviewers"),
        due_date: if body.is_null("due_date") { Some(None) } else { body.time("due_date").map(Some) },
    };
    faults.check()?;
    if input == EditInput::default() {
        return Err(body.changes_nothing("name, notes, reviewers, due_date"));
    }
    let id = id.unwrap_or_default().parse().map_err(|_| Error::not_found())?;
    Ok(Change { id, input, place: body.path().to_owned() })
}

/// 0 the current inventory, 1 the latest snapshot, 2 the snapshot that `snapshot_id` names. Without a number, a
/// snapshot that is named is meant, and 0 names the current inventory; `None` where nothing is said.
fn source(body: &Object<'_>) -> Option<Source> {
    let kind = body.integer("data_source", 0..=2);
    let snapshot = query::snapshot(body, "snapshot_id");
    match (kind, snapshot) {
        (Some(0), _) => Some(Source::Current),
        (Some(1), _) => Some(Source::Latest),
        (_, Some(snapshot)) => Some(Source::Given(snapshot)),
        (None, None) => query::names_current(body, "snapshot_id").then_some(Source::Current),
        (Some(_), None) => {
            if !body.is_faulty("snapshot_id") {
                body.fault("snapshot_id", "is required with data_source 2");
            }
            None
        }
    }
}

/// Decodes the query of the list of certifications. `workfow_id` is an old misspelling that clients still send.
///
/// # Errors
/// All faults of the query, or [`Error::NotFound`] for a `workflow_id` that is no id.
pub fn list(query: &Pairs) -> Result<ListInput, Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    let workflow = query.text("workflow_id").or_else(|| query.text("workfow_id"));
    if workflow.is_none() {
        query.fault("workflow_id", "is required");
    }
    let (limit, after) = paging::all_or_page(&query);
    faults.check()?;
    let workflow: WorkflowId = workflow.unwrap_or_default().parse().map_err(|_| Error::not_found())?;
    Ok(ListInput { workflow, limit, after })
}

/// Decodes the query of what is assigned to the caller.
///
/// # Errors
/// All faults of the query.
pub fn assigned(query: &Pairs) -> Result<AssignedInput, Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    let (limit, after) = paging::all_or_page(&query);
    faults.check()?;
    Ok(AssignedInput { limit, after })
}

/// A page of what is assigned to the caller.
#[must_use]
pub fn encode_assigned(page: &Page<AssignedView>) -> Value {
    let value = |AssignedView { view, total, counts }: &AssignedView| {
        let mut value = encode(view);
        if let Some(members) = value.as_object_mut() {
            members.insert("row_stats".to_owned(), reviewer::encode_stats(*total, counts));
        }
        value
    };
    let values: Vec<_> = page.items.iter().map(value).collect();
    json!({ "values": values, "next_page_token": paging::next(page), "has_more": page.has_more() })
}

/// The answer to a creation.
#[must_use]
pub fn encode_id(id: CertificationId) -> Value {
    json!({ "certification_id": id.to_string() })
}

/// A single certification.
#[must_use]
pub fn encode_value(view: &CertificationView) -> Value {
    json!({ "value": encode(view) })
}

/// A page of certifications, with the number of all of them: `total`.
#[must_use]
pub fn encode_page(page: &Page<CertificationView>, total: usize) -> Value {
    let values: Vec<_> = page.items.iter().map(encode).collect();
    json!({
        "values": values,
        "has_more": page.has_more(),
        "total_result_count": total,
        "next_page_token": paging::next(page),
    })
}

fn encode(view: &CertificationView) -> Value {
    let CertificationView { certification, total, counts, results_updated_at, results_updated_by, query_progress } =
        view;
    let Certification { id, workflow_id, query_used, name, notes, due_date, reviewers, state, .. } = certification;
    let Counts { accepted, rejected, fixed, flagged: _, signed_off: _ } = *counts;
    let created_by = user::encode(&certification.created_by);
    let started_at = encode::time(certification.started_at);
    let acknowledged = certification.sources_acknowledged.as_ref();
    json!({
        "certification_id": id.to_string(),
        "workflow_id": workflow_id.to_string(),
        "query_used": query::encode(query_used),
        "name": name,
        "notes": notes,
        "due_date": encode::optional_time(*due_date),
        "reviewers": user::encode_all(reviewers),
        "state": state.word(),
        "snapshot_time": encode::optional_time(certification.snapshot_time()),
        "started_at": started_at,
        "created_at": started_at,
        "query_progress": (*query_progress).map(encode::build_progress),
        "query_completed_at": encode::optional_time(certification.query_completed_at),
        "completed_at": encode::optional_time(certification.completed_at),
        "terminated_at": encode::optional_time(certification.terminated_at),
        "expired_at": encode::optional_time(certification.expired_at),
        "datasource_status_acknowledged_at": encode::optional_time(acknowledged.map(|it| it.at)),
        "datasource_status_acknowledged_by": user::encode_optional(acknowledged.map(|it| &it.by)),
        "created_by": created_by,
        "creator": created_by,
        "completed_by": user::encode_optional(certification.completed_by.as_ref()),
        "results_updated_at": encode::optional_time(*results_updated_at),
        "results_updated_by": user::encode_optional(results_updated_by.as_ref()),
        "updated_at": encode::time(certification.updated_at),
        "updated_by": user::encode_optional(certification.updated_by.as_ref()),
        "error_reason": certification.error_reason,
        "automation_run_status": certification.automation_run.map(RunStatus::word),
        "version": certification.version,
        "total_result_count": total,
        "total_complete_count": accepted + rejected + fixed,
        "total_rejected_count": rejected,
        "total_accepted_count": accepted,
        "total_fixed_count": fixed,
    })
}

#[cfg(test)]
mod tests;
