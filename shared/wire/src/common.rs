//! Callers, API keys and health: what belongs to neither dialect. Bodies are those of the campaigns dialect.

use app::api_key::{ApiKeyView, CreateInput, IssuedKey, WhoseKey};
use app::error::Error;
use domain::ids::ApiKeyId;
use domain::user::{Caller, Role};
use serde_json::{Value, json};

use crate::awf::user;
use crate::decode::{Faults, Object, parse};
use crate::encode;
use crate::exchange::Pairs;

/// Longest e-mail address.
const MAX_EMAIL: usize = 254;

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

/// Decodes a new key. `user` is an e-mail address, or an object with `user_type` and `id`.
///
/// # Errors
/// All faults of the body.
pub fn create_key(body: &[u8]) -> Result<CreateInput, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?;
    let name = body.required("name", body.name("name"));
    let role = body.required("role", role(&body));
    let user = body.required("user", whose(&body));
    let expires_at = body.time("expires_at");
    faults.check()?;
    let (Some(name), Some(role), Some(user)) = (name, role, user) else { return Err(faults.error()) };
    Ok(CreateInput { name, role, user, expires_at })
}

fn role(body: &Object<'_>) -> Option<Role> {
    let role = body.text("role", usize::MAX)?.trim().to_ascii_lowercase().parse().ok();
    if role.is_none() {
        body.fault("role", "must be one of administrator, operator, reviewer, auditor");
    }
    role
}

fn whose(body: &Object<'_>) -> Option<WhoseKey> {
    match body.raw("user")? {
        Value::Object(_) => user::optional_reference(body, "user").map(WhoseKey::Reference),
        Value::String(_) => body.text("user", MAX_EMAIL).map(WhoseKey::Email),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            body.fault("user", "must be an e-mail address, or an object with user_type and id");
            None
        }
    }
}

/// Decodes the id of a key in a path.
///
/// # Errors
/// [`Error::NotFound`] for what is no id.
pub fn path_key(path: &Pairs) -> Result<ApiKeyId, Error> {
    path.get("id").unwrap_or_default().parse().map_err(|_| Error::not_found())
}

/// Keys without their secrets.
#[must_use]
pub fn encode_keys(keys: &[ApiKeyView]) -> Value {
    json!({ "api_keys": keys.iter().map(encode_key).collect::<Vec<_>>() })
}

/// A key that was just issued, with its token where this is the first answer.
#[must_use]
pub fn encode_issued(issued: &IssuedKey) -> Value {
    let IssuedKey { key, token } = issued;
    let mut body = encode_key(key);
    if let Value::Object(body) = &mut body {
        body.insert("token".to_owned(), token.as_deref().into());
    }
    body
}

fn encode_key(key: &ApiKeyView) -> Value {
    let ApiKeyView { id, name, role, user, expires_at, created_at, created_by } = key;
    json!({
        "id": id.to_string(),
        "name": name,
        "role": role.word(),
        "user": user::encode(user),
        "expires_at": encode::optional_time(*expires_at),
        "created_at": encode::time(*created_at),
        "created_by": user::encode(created_by),
    })
}

#[cfg(test)]
mod tests;
