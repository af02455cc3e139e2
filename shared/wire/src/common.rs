//! Callers, API keys and health: what belongs to neither dialect. Bodies are those of the campaigns dialect.

use domain::user::Caller;
use serde_json::{Value, json};

use crate::awf::user;

/// Who is calling and what they may do.
#[must_use]
pub fn encode_me(caller: &Caller) -> Value {
    let Caller { user, role, key_id: _ } = caller;
    json!({ "user": user::encode(user), "roles": [role.word()] })
}

/// The service answers.
#[must_use]
pub fn encode_health() -> Value {
    json!({ "status": "ok" })
}
