//! Reviewers of a certification, with how far they have come.

use app::review::ReviewerInfo;
use domain::counts::Counts;
use domain::letter::Undeliverable;
use serde_json::{Value, json};

use super::user;

/// Reviewers with the numbers of their rows, which this dialect writes as text.
#[must_use]
pub fn encode_infos(infos: &[ReviewerInfo], has_more: bool) -> Value {
    let values: Vec<Value> = infos.iter().map(encode).collect();
    json!({ "values": values, "has_more": has_more })
}

fn encode(info: &ReviewerInfo) -> Value {
    let ReviewerInfo { reviewer, total, accepted, rejected, fixed, signed_off, unreached } = info;
    let stats = stats([*total, info.undecided(), *accepted, *rejected, *fixed, *signed_off]);
    let failure = unreached.map(Undeliverable::word);
    json!({ "reviewer": user::encode(reviewer), "row_stats": stats, "mail_failure": failure })
}

/// Numbers of rows, from those in each status.
#[must_use]
pub fn encode_stats(total: i64, counts: &Counts) -> Value {
    let Counts { accepted, rejected, fixed, flagged: _, signed_off } = *counts;
    stats([total, total - accepted - rejected - fixed, accepted, rejected, fixed, signed_off])
}

/// All rows, those without a decision, accepted, rejected, fixed and signed off ones.
fn stats<T: ToString>(numbers: [T; 6]) -> Value {
    let [total, no_decision, accepted, rejected, fixed, signed_off] = numbers.map(|number| number.to_string());
    json!({
        "total": total,
        "no_decision": no_decision,
        "accepted": accepted,
        "rejected": rejected,
        "fixed": fixed,
        "signed_off": signed_off,
    })
}
