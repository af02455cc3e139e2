//! Campaigns: what creates and changes them, and how they are shown.

use app::campaign::{CampaignView, CreateInput, EditInput, ListInput, TemplateInput};
use app::error::Error;
use app::page::Page;
use domain::counts::Counts;
use domain::review::{Campaign, CampaignPlan, CampaignStatus, RevokeMode, Scope};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::query;
use crate::awf::assignment;
use crate::decode::{Faults, MAX_NAME, MAX_TEXT, Object, Query, parse};
use crate::encode;
use crate::exchange::Pairs;

/// Campaigns on a page when the client does not say.
pub const PAGE: u32 = 50;
/// Campaigns on a page at most.
pub const MAX_PAGE: u32 = 500;
/// Longest type.
const MAX_KIND: usize = 64;

/// Decodes a new campaign.
///
/// # Errors
/// All faults of the body.
pub fn create(body: &[u8]) -> Result<CreateInput, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?;
    let input = fields(&body);
    require_head(&body, &input.name, input.start_date, input.end_date);
    faults.check()?;
    Ok(input)
}

/// Decodes changes of a campaign: what is absent stays.
///
/// # Errors
/// All faults of the body.
pub fn edit(body: &[u8]) -> Result<EditInput, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let input = fields(&Object::root(&value, &faults)?);
    faults.check()?;
    Ok(input)
}

/// Decodes a new campaign that takes everything else from a template.
///
/// # Errors
/// All faults of the body.
pub fn from_template(body: &[u8]) -> Result<TemplateInput, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?;
    let (start_date, end_date) = dates(&body);
    let input = TemplateInput { name: body.name("name"), start_date, end_date };
    require_head(&body, &input.name, start_date, end_date);
    faults.check()?;
    Ok(input)
}

/// What every new campaign needs.
fn require_head(body: &Object<'_>, name: &Option<String>, start: Option<Timestamp>, end: Option<Timestamp>) {
    body.required("name", name.as_ref());
    body.required("start_date", start);
    body.required("end_date", end);
}

/// Both dates, in order when both are given.
fn dates(body: &Object<'_>) -> (Option<Timestamp>, Option<Timestamp>) {
    let (start, end) = (body.time("start_date"), body.time("end_date"));
    if let (Some(start), Some(end)) = (start, end)
        && end <= start
    {
        body.fault("end_date", "must be after start_date");
    }
    (start, end)
}

fn fields(body: &Object<'_>) -> CreateInput {
    let (start_date, end_date) = dates(body);
    CreateInput {
        name: body.name("name"),
        description: body.text("description", MAX_TEXT),
        kind: kind(body),
        start_date,
        end_date,
        scope: body.object("scope").map(|scope| scope_of(&scope)),
        query: body.object("query").map(|object| query::filters(&object)),
        reviewer_assignment: assignment::decode(body, "reviewer_assignment"),
        revoke_mode: revoke_mode(body),
        auto_start: body.flag("auto_start"),
    }
}

fn kind(body: &Object<'_>) -> Option<String> {
    let kind = body.text("type", MAX_KIND)?;
    let part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if kind.is_empty() || !kind.bytes().all(part) {
        body.fault("type", "must be 1 to 64 characters of a-z, 0-9 and _");
        return None;
    }
    Some(kind)
}

fn scope_of(scope: &Object<'_>) -> Scope {
    Scope {
        applications: scope.texts("applications", MAX_NAME * 4).unwrap_or_default(),
        account_types: scope.texts("account_types", MAX_NAME).unwrap_or_default(),
    }
}

fn revoke_mode(body: &Object<'_>) -> Option<RevokeMode> {
    let word = body.text("revoke_mode", usize::MAX)?;
    let modes = [RevokeMode::RecordOnly, RevokeMode::Enforce];
    let mode = modes.into_iter().find(|mode| mode.word().eq_ignore_ascii_case(word.trim()));
    if mode.is_none() {
        body.fault("revoke_mode", "must be one of record_only, enforce");
    }
    mode
}

/// Decodes the query of the list of campaigns.
///
/// # Errors
/// All faults of the query.
pub fn list(query: &Pairs) -> Result<ListInput, Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    let input = ListInput {
        status: status(&query),
        kind: query.text("type").map(str::to_owned),
        limit: query.limit("limit", PAGE, MAX_PAGE) as usize,
        after: query.text("after").map(str::to_owned),
    };
    faults.check()?;
    Ok(input)
}

/// A status, by its word or by the name that run histories use.
fn status(query: &Query<'_>) -> Option<CampaignStatus> {
    let word = query.text("status")?.trim().to_ascii_lowercase();
    let status = match word.as_str() {
        "in_progress" => Some(CampaignStatus::Active),
        "cancelled" => Some(CampaignStatus::Terminated),
        word => CampaignStatus::ALL.into_iter().find(|status| status.word() == word),
    };
    if status.is_none() {
        query.fault("status", "must be one of draft, scheduled, active, completed, terminated");
    }
    status
}

/// A page of campaigns, each with the seven fields of a list item.
#[must_use]
pub fn encode_page(page: &Page<Campaign>) -> Value {
    let campaigns: Vec<_> = page.items.iter().map(encode_summary).collect();
    json!({ "campaigns": campaigns, "pageInfo": super::page_info(page) })
}

fn encode_summary(campaign: &Campaign) -> Value {
    let Campaign { id, plan, status, created_at, .. } = campaign;
    json!({
        "id": id.to_string(),
        "name": plan.name,
        "status": status.word(),
        "type": plan.kind,
        "start_date": encode::time(plan.start_date),
        "end_date": encode::time(plan.end_date),
        "created_at": encode::time(*created_at),
    })
}

/// A full campaign.
#[must_use]
pub fn encode(view: &CampaignView) -> Value {
    let CampaignView { campaign, total, counts, start_progress } = view;
    let Campaign { id, workflow_id, template_id, plan, status, start_state, start_error, .. } = campaign;
    let CampaignPlan { name, description, kind, start_date, end_date, scope, .. } = plan;
    let Scope { applications, account_types } = scope;
    json!({
        "id": id.to_string(),
        "name": name,
        "description": description,
        "type": kind,
        "status": status.word(),
        "start_date": encode::time(*start_date),
        "end_date": encode::time(*end_date),
        "created_at": encode::time(campaign.created_at),
        "scope": { "applications": applications, "account_types": account_types },
        "query": query::encode_filters(&plan.query),
        "reviewer_assignment": assignment::encode(&plan.reviewer_assignment),
        "revoke_mode": plan.revoke_mode.word(),
        "auto_start": plan.auto_start,
        "template_id": template_id.map(|id| id.to_string()),
        "workflow_id": workflow_id.to_string(),
        "updated_at": encode::time(campaign.updated_at),
        "created_by": campaign.created_by.email,
        "started_at": encode::optional_time(campaign.started_at),
        "completed_at": encode::optional_time(campaign.completed_at),
        "terminated_at": encode::optional_time(campaign.terminated_at),
        "expired": campaign.expired_at.is_some(),
        "start_state": start_state.word(),
        "start_error": start_error,
        "start_progress": (*start_progress).map(encode::build_progress),
        "progress": progress(*total, counts),
    })
}

/// Exact counts with their total.
fn progress(total: i64, counts: &Counts) -> Value {
    let mut progress = json!({ "total": total });
    if let (Value::Object(progress), Value::Object(counts)) = (&mut progress, encode_counts(total, counts)) {
        progress.extend(counts);
    }
    progress
}

/// The four counts of approvals; what is fixed counts as rejected, because it was.
#[must_use]
pub fn encode_counts(total: i64, counts: &Counts) -> Value {
    let Counts { accepted, rejected, fixed, flagged, signed_off: _ } = *counts;
    json!({
        "pending": total - accepted - rejected - fixed - flagged,
        "approved": accepted,
        "rejected": rejected + fixed,
        "flagged": flagged,
    })
}

/// The answer to an accepted start.
#[must_use]
pub fn encode_start() -> Value {
    json!({ "status": "queued", "message": "Start of campaign accepted" })
}

#[cfg(test)]
mod tests;
