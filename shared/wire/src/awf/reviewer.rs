//! Reviewers of a certification, with how far they have come.

use app::review::ReviewerInfo;
use serde_json::{Value, json};

use super::user;

/// Reviewers with the numbers of their rows, which this dialect writes as text.
#[must_use]
pub fn encode_infos(infos: &[ReviewerInfo], has_more: bool) -> Value {
    let values: Vec<Value> = infos.iter().map(encode).collect();
    json!({ "values": values, "has_more": has_more })
}

fn encode(info: &ReviewerInfo) -> Value {
    let text = |number: u64| Value::from(number.to_string());
    json!({
        "reviewer": user::encode(&info.reviewer),
        "row_stats": {
            "total": text(info.total),
            "no_decision": text(info.undecided()),
            "accepted": text(info.accepted),
            "rejected": text(info.rejected),
            "fixed": text(info.fixed),
            "signed_off": text(info.signed_off),
        },
    })
}
