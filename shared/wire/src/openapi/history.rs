//! Schemas of what was decided in other campaigns, and of the run history of one.

use domain::run::{Outcome, Response};
use serde_json::Value;

use super::campaigns::page;
use super::schema::{Field, answer, bounded, list, or_null, request, text, time, uuid, words};
use crate::campaigns::approval::MAX_EMAIL;

/// Name and schema of everything about the history of an account.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let decision = answer(
        "A decision on the account in another campaign.",
        vec![
            ("campaign_id", uuid(), ""),
            ("campaign_name", text(), ""),
            ("decision", words(&["APPROVED", "REJECTED", "REVOKED", "FLAGGED"]), ""),
            ("reviewed_at", time(), ""),
            ("reviewed_by", text(), "E-mail address; empty for what a rule decided"),
            ("comments", or_null(text()), ""),
        ],
    );
    let history = answer(
        "What the last 100 campaigns over the account's application decided about it.",
        vec![("decisions", list(decision), "The latest first")],
    );
    let reviewer = request(
        "Who is to review the account.",
        &["reviewer"],
        vec![("reviewer", bounded(MAX_EMAIL), "E-mail address of one user or person of the inventory")],
    );
    vec![
        ("ItemHistory", history),
        ("ReviewerInput", reviewer),
        ("Run", answer("A line of the run history: an account with its application.", run_fields())),
        ("RunPage", page("runs", "Run")),
    ]
}

fn run_fields() -> Vec<Field> {
    vec![
        ("account_id", text(), ""),
        ("user", text(), "The owner of the account, or the account where it has none"),
        ("user_id", or_null(text()), ""),
        ("application", or_null(text()), ""),
        ("application_id", or_null(text()), ""),
        ("approver", or_null(text()), "E-mail address of who answered, or is to answer"),
        ("response_status", words(&Response::ALL.map(Response::word)), ""),
        ("action_time", or_null(time()), "When the approver answered"),
        ("result", or_null(words(&Outcome::ALL.map(Outcome::word))), "Null while there is none"),
        ("result_detail", or_null(text()), "What whoever was to remove the access said"),
    ]
}
