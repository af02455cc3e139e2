//! Schemas of the deny list and of delegation.

use serde_json::Value;

use crate::openapi::schema::{answer, flag, list, of, request};

/// Name and schema of each.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let more = || ("has_more", flag(), "Whether there are more than one answer holds");
    let pair = |user: &str| {
        vec![("original_user", of(user), "For whom"), ("delegate_user", of(user), "Who stands in for them")]
    };
    vec![
        ("Delegation", answer("Somebody, and who stands in for them.", pair("WorkflowUser"))),
        ("DelegationInput", request("", &["original_user", "delegate_user"], pair("WorkflowUserInput"))),
        (
            "DelegationList",
            answer("In the order in which they were added.", vec![("values", list(of("Delegation")), ""), more()]),
        ),
        (
            "DelegationListInput",
            request("At least one pair.", &["values"], vec![("values", list(of("DelegationInput")), "")]),
        ),
        (
            "DenyList",
            answer("In the order in which they were added.", vec![("users", list(of("WorkflowUser")), ""), more()]),
        ),
        (
            "DenyListInput",
            request("At least one user.", &["users"], vec![("users", list(of("WorkflowUserInput")), "")]),
        ),
    ]
}
