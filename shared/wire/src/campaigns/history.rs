//! What other campaigns decided about an account.

use app::review::{ItemStatus, PastDecision};
use serde_json::{Value, json};

use crate::encode;

/// The decisions, in their order.
#[must_use]
pub fn encode(decisions: &[PastDecision]) -> Value {
    json!({ "decisions": decisions.iter().map(decision).collect::<Vec<_>>() })
}

fn decision(past: &PastDecision) -> Value {
    let PastDecision { campaign, campaign_name, status, at, by, comment } = past;
    json!({
        "campaign_id": campaign.to_string(),
        "campaign_name": campaign_name,
        "decision": word(*status),
        "reviewed_at": encode::time(*at),
        "reviewed_by": by.email,
        "comments": comment,
    })
}

/// Histories spell decisions in capitals.
const fn word(status: ItemStatus) -> &'static str {
    match status {
        ItemStatus::Pending => "PENDING",
        ItemStatus::Approved => "APPROVED",
        ItemStatus::Rejected => "REJECTED",
        ItemStatus::Flagged => "FLAGGED",
        ItemStatus::Revoked => "REVOKED",
    }
}
