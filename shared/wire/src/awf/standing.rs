//! The deny list of reviewers, and who stands in for whom.

use app::error::Error;
use app::review::UserReference;
use app::standing::{Delegation, DelegationReference};
use domain::user::User;
use serde_json::{Value, json};

use super::user;
use crate::decode::{Faults, MAX_ITEMS, Object, parse};

/// Decodes users for the deny list; at least one.
///
/// # Errors
/// All faults of the body.
pub fn users(body: &[u8]) -> Result<Vec<UserReference>, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let users = some(&body, "users", user::references(&body, "users"));
    faults.check()?;
    Ok(users)
}

/// Decodes pairs of original and delegate; at least one.
///
/// # Errors
/// All faults of the body.
pub fn delegations(body: &[u8]) -> Result<Vec<DelegationReference>, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let pairs = body.objects("values", MAX_ITEMS).map(|pairs| pairs.iter().map(pair).collect::<Vec<_>>());
    let pairs = some(&body, "values", pairs.and_then(|pairs| pairs.into_iter().collect()));
    faults.check()?;
    Ok(pairs)
}

fn pair(pair: &Object<'_>) -> Option<DelegationReference> {
    let user = |name| pair.required(name, user::optional_reference(pair, name));
    let (original, delegate) = (user("original_user"), user("delegate_user"));
    Some(DelegationReference { original: original?, delegate: delegate? })
}

/// The entries of a list that must not be empty.
fn some<T>(body: &Object<'_>, name: &str, list: Option<Vec<T>>) -> Vec<T> {
    let list = list.unwrap_or_default();
    if list.is_empty() && !body.is_faulty(name) {
        body.fault(name, "must hold at least one entry");
    }
    list
}

/// The first users of the deny list, with whether there are more.
#[must_use]
pub fn encode_denied(users: &[User], limit: usize) -> Value {
    let shown: Vec<Value> = users.iter().take(limit).map(user::encode).collect();
    json!({ "users": shown, "has_more": limit < users.len() })
}

/// The first pairs of original and delegate, with whether there are more.
#[must_use]
pub fn encode_delegations(delegations: &[Delegation], limit: usize) -> Value {
    let pair = |Delegation { original, delegate }: &Delegation| json!({ "original_user": user::encode(original), "delegate_user": user::encode(delegate) });
    let shown: Vec<Value> = delegations.iter().take(limit).map(pair).collect();
    json!({ "values": shown, "has_more": limit < delegations.len() })
}

#[cfg(test)]
mod tests;
