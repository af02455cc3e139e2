//! `WorkflowUser`: how a person is named in requests and answers.

use app::review::UserReference;
use domain::user::User;
use serde_json::{Value, json};

use crate::decode::{MAX_ITEMS, MAX_NAME, Object};

/// Longest id of a user, in characters; ids come from identity providers.
pub(super) const MAX_ID: usize = 512;

/// Decodes a list of users; every fault of every user is reported.
pub fn references(body: &Object<'_>, name: &str) -> Option<Vec<UserReference>> {
    let users = body.objects(name, MAX_ITEMS)?;
    users.iter().map(reference).collect::<Vec<_>>().into_iter().collect()
}

/// Decodes one user under `name`.
pub fn optional_reference(body: &Object<'_>, name: &str) -> Option<UserReference> {
    reference(&body.object(name)?)
}

/// Decodes one user: type and id are required; e-mail and name are compared with the record when they are given.
pub fn reference(user: &Object<'_>) -> Option<UserReference> {
    let user_type = user.required("user_type", user.text("user_type", MAX_NAME));
    let id = user.required("id", user.text("id", MAX_ID));
    let email = user.text("email", MAX_ID).filter(|email| !email.is_empty());
    let name = user.text("name", MAX_ID).filter(|name| !name.is_empty());
    Some(UserReference { user_type: user_type?, id: id?, email, name })
}

/// A user as answers show one.
#[must_use]
pub fn encode(user: &User) -> Value {
    json!({ "user_type": user.user_type, "id": user.id, "email": user.email, "name": user.name })
}

/// Users in order.
#[must_use]
pub fn encode_all(users: &[User]) -> Value {
    users.iter().map(encode).collect()
}

/// A user, or `null`.
#[must_use]
pub fn encode_optional(user: Option<&User>) -> Value {
    user.map_or(Value::Null, encode)
}
