//! `ReviewerAssignment`: how the reviewers of rows are chosen. Both dialects use it.

use app::review::AssignmentInput;
use domain::review::ReviewerAssignment;
use serde_json::{Value, json};

use super::user;
use crate::decode::{MAX_ITEMS, Object};

/// Decodes the assignment under `name`. Approval levels are refused, because leaving one out would weaken a review
/// without anybody noticing.
pub fn decode(body: &Object<'_>, name: &str) -> Option<AssignmentInput> {
    let object = body.object(name)?;
    let levels = "reviewers_managers_for_approval_levels";
    if object.list(levels, MAX_ITEMS).is_some_and(|list| !list.is_empty()) {
        object.fault(levels, "is not supported and must be empty");
    }
    Some(AssignmentInput {
        users_manager: object.flag("users_manager").unwrap_or(false),
        resource_managers: object.flag("resource_managers").unwrap_or(false),
        reviewers: user::references(&object, "reviewers").unwrap_or_default(),
        fallback_reviewers: user::references(&object, "fallback_reviewers").unwrap_or_default(),
    })
}

/// An assignment as answers show one.
#[must_use]
pub fn encode(assignment: &ReviewerAssignment) -> Value {
    let ReviewerAssignment { users_manager, resource_managers, reviewers, fallback_reviewers } = assignment;
    json!({
        "users_manager": users_manager,
        "resource_managers": resource_managers,
        "reviewers": user::encode_all(reviewers),
        "fallback_reviewers": user::encode_all(fallback_reviewers),
    })
}
