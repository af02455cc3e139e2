//! A message to a receiver: the results that it is about in the form in which the API shows them.

use app::webhook::Notice;
use serde_json::{Value, json};

use super::{row, user};

/// The body of a message.
#[must_use]
pub fn body(notice: &Notice) -> String {
    let Notice { id, occasion, at, actor, workflow, certification, campaign, rows } = notice;
    let results: Vec<Value> = rows.iter().map(row::encode).collect();
    json!({
        "id": id,
        "event": occasion.name(),
        "occurred_at": at,
        "actor": user::encode_optional(actor.as_ref()),
        "workflow": { "id": workflow.id.to_string(), "name": workflow.name },
        "certification": {
            "id": certification.id.to_string(),
            "name": certification.name,
            "due_date": certification.due_date,
        },
        "campaign_id": campaign.as_ref().map(|campaign| campaign.id.to_string()),
        "results": results,
    })
    .to_string()
}
