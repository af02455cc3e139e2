//! Users: who is calling, and who is meant when a client names somebody.

use std::collections::HashMap;

use domain::ids::CommandId;
use domain::user::{Caller, LOCAL_USER_TYPE, User, UserKey};
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::deps::{Deps, Soon};
use crate::error::{Error, Faults};
use crate::loading;
use crate::review::UserReference;

/// The caller.
pub fn me(call: &Call) -> &Caller {
    &call.caller
}

#[derive(Serialize, Deserialize)]
struct Encoded {
    t: String,
    i: String,
    #[serde(default)]
    e: String,
    #[serde(default)]
    n: String,
}

/// A user as the `reviewers` column of a block holds one.
pub fn encode(user: &User) -> String {
    let User { user_type, id, email, name } = user.clone();
    serde_json::to_string(&Encoded { t: user_type, i: id, e: email, n: name }).unwrap_or_default()
}

/// Reads what [`encode`] wrote; `None` for anything else.
pub fn decode(text: &str) -> Option<User> {
    let Encoded { t, i, e, n } = serde_json::from_str(text).ok()?;
    Some(User { user_type: t, id: i, email: e, name: n })
}

/// The users that a client means, each once.
///
/// # Errors
/// [`Error::Invalid`] names each one that does not exist or whose given e-mail address or name is another than the
/// stored one, as `<field>[<place>]`.
pub async fn resolve(deps: &Deps, named: &[UserReference], field: &str) -> Result<Vec<User>, Error> {
    resolve_beside(deps, named, field, &[]).await
}

/// The same, where some are `held` already: who is named as they stand there is taken over, whatever has become of them since.
///
/// # Errors
/// As [`resolve`], for the others.
pub(crate) async fn resolve_beside(
    deps: &Deps,
    named: &[UserReference],
    field: &str,
    held: &[User],
) -> Result<Vec<User>, Error> {
    let as_held = |reference: &UserReference| held.iter().find(|user| names(reference, user));
    let others = named.iter().enumerate().filter(|(_, reference)| as_held(reference).is_none());
    let others: Vec<_> = others.map(|(place, reference)| (format!("{field}[{place}]"), reference)).collect();
    let mut found = resolve_each(deps, &others).await?.into_iter();
    let mut users: Vec<User> = Vec::new();
    for reference in named {
        let user = as_held(reference).cloned().or_else(|| found.next());
        users.extend(user.filter(|user| !users.contains(user)));
    }
    Ok(users)
}

/// Whether a client means this user, and says nothing else of them.
fn names(reference: &UserReference, user: &User) -> bool {
    reference.user_type == user.user_type && reference.id == user.id && differences(reference, user).is_empty()
}

/// The user behind each of several references, in their order; each comes with the name of its field.
///
/// # Errors
/// As [`resolve`].
pub(crate) async fn resolve_each(deps: &Deps, named: &[(String, &UserReference)]) -> Result<Vec<User>, Error> {
    let mut faults = Faults::new();
    let mut keys = Vec::new();
    for (field, reference) in named {
        match UserKey::new(&reference.user_type, &reference.id) {
            Ok(key) => keys.push(key),
            Err(_) => faults.add(field, "names no user: type and id are needed"),
        }
    }
    faults.done()?;
    let mut found = by_key(deps, &keys).await?;
    // A profile may be older than the inventory that the client looks at.
    let differs = |(reference, key): &(&UserReference, &UserKey)| {
        found.get(*key).is_some_and(|user| !differences(reference, user).is_empty())
    };
    let references = named.iter().map(|(_, reference)| *reference);
    let outdated: Vec<UserKey> = references.zip(&keys).filter(differs).map(|(_, key)| key.clone()).collect();
    found.extend(identities(deps, &outdated).await?.into_iter().map(|user| (user.key(), user)));
    let mut faults = Faults::new();
    let mut users: Vec<User> = Vec::new();
    for ((field, reference), key) in named.iter().zip(&keys) {
        let Some(user) = found.get(key) else {
            faults.add(field, "no such user");
            continue;
        };
        for (part, issue) in differences(reference, user) {
            faults.add(format!("{field}.{part}"), issue);
        }
        users.push(user.clone());
    }
    faults.done()?;
    Ok(users)
}

/// What a client says of a user that the record does not.
fn differences(reference: &UserReference, user: &User) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    if reference.email.as_ref().is_some_and(|email| email.to_lowercase() != user.email.to_lowercase()) {
        found.push(("email", "is not the e-mail address of this user"));
    }
    if reference.name.as_ref().is_some_and(|name| *name != user.name) {
        found.push(("name", "is not the name of this user"));
    }
    found
}

/// The users behind keys; those that do not exist have no entry. Identities are users without a profile of their own:
/// the current inventory knows them.
pub(crate) async fn by_key(deps: &Deps, keys: &[UserKey]) -> Result<HashMap<UserKey, User>, Error> {
    let mut users = profiles(deps, keys).await?;
    let unknown = keys.iter().filter(|key| !users.contains_key(*key)).cloned().collect();
    let unknown = each_once(unknown);
    users.extend(identities(deps, &unknown).await?.into_iter().map(|user| (user.key(), user)));
    Ok(users)
}

/// The users behind keys as their profiles show them: cheap, and enough for everybody who ever acted or was assigned by
/// hand.
async fn profiles(deps: &Deps, keys: &[UserKey]) -> Result<HashMap<UserKey, User>, Error> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let users = deps.store.users().get_many(&each_once(keys.to_vec())).await?;
    Ok(users.into_iter().map(|user| (user.key(), user)).collect())
}

/// The one user whom an e-mail address means; `None` when there is none, or several.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn known_by_email(deps: &Deps, email: &str) -> Result<Option<User>, Error> {
    let mut found = by_email(deps, email).await?;
    Ok(if found.len() == 1 { found.pop() } else { None })
}

/// Somebody as the current inventory shows them; `None` for who is not part of it.
pub(crate) async fn in_directory(deps: &Deps, key: &UserKey) -> Result<Option<User>, Error> {
    Ok(identities(deps, std::slice::from_ref(key)).await?.pop())
}

/// Users as the current inventory shows them; local users are not part of it.
async fn identities(deps: &Deps, keys: &[UserKey]) -> Result<Vec<User>, Error> {
    let known = |key: &&UserKey| !key.is_system() && key.user_type() != LOCAL_USER_TYPE;
    let keys: Vec<UserKey> = keys.iter().filter(known).cloned().collect();
    loading::people::identity::find_many(deps, &keys).await
}

/// The people that an e-mail address means: those of the inventory who have it now, else the local users. A local user of
/// the same address, made before the inventory came, steps back, because rows are assigned to people of the inventory.
///
/// Profiles of people of the inventory are not asked: they are as old as the last time that somebody was named, and the
/// address may be somebody else's since.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn by_email(deps: &Deps, email: &str) -> Result<Vec<User>, Error> {
    if email.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut found = loading::people::identity::by_email(deps, email).await?;
    if found.is_empty() {
        found = deps.store.users().by_email(email).await?;
        found.retain(|user| user.user_type == LOCAL_USER_TYPE);
    }
    found.sort_by_key(User::key);
    found.dedup_by_key(|user| user.key());
    Ok(found)
}

/// The one person whom a client means by an e-mail address, with a profile from now on: lists show by it who reviews.
///
/// # Errors
/// [`Error::Invalid`] on `field` when there is nobody of this address, or several are.
pub(crate) async fn one_by_email(deps: &Deps, call: &Call, email: &str, field: &str) -> Result<User, Error> {
    let found = by_email(deps, email).await?;
    match found.as_slice() {
        [] => Err(Error::invalid(field, "nobody has this e-mail address")),
        [one] => {
            remember(deps, call.command, &found).await?;
            Ok(one.clone())
        }
        _ => Err(Error::invalid(field, "several people have this e-mail address")),
    }
}

fn each_once(mut keys: Vec<UserKey>) -> Vec<UserKey> {
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Keeps profiles of users who are about to be named in states and logs, where only their keys stand.
pub(crate) async fn remember(deps: &Deps, command: CommandId, users: &[User]) -> Result<(), Error> {
    let keys: Vec<UserKey> = users.iter().map(User::key).collect();
    let known = profiles(deps, &keys).await?;
    let mut fresh: Vec<User> = users.iter().filter(|user| known.get(&user.key()) != Some(*user)).cloned().collect();
    fresh.sort_by_key(User::key);
    fresh.dedup_by_key(|user| user.key());
    if !fresh.is_empty() {
        deps.store.users().write_all(command, &fresh).await?;
    }
    Ok(())
}

/// People by their keys, as far as they are known: asked once for everybody that a page names.
#[derive(Debug, Default)]
pub(crate) struct People(HashMap<UserKey, User>);

impl People {
    /// Nobody but the system and the caller.
    pub(crate) fn with(call: &Call) -> Self {
        let mut people = Self::default();
        people.add(User::system());
        people.add(call.caller.user.clone());
        people
    }

    /// Remembers somebody.
    pub(crate) fn add(&mut self, user: User) {
        self.0.entry(user.key()).or_insert(user);
    }

    /// Whether somebody is known.
    pub(crate) fn knows(&self, key: &UserKey) -> bool {
        self.0.contains_key(key)
    }

    /// Asks for those who are not known yet. Boxed, so that the iterator is no part of the caller's future.
    pub(crate) fn complete<'s, 'k>(
        &'s mut self,
        deps: &'s Deps,
        keys: impl IntoIterator<Item = &'k UserKey>,
    ) -> Soon<'s, Result<(), Error>> {
        let unknown = each_once(keys.into_iter().filter(|key| !self.0.contains_key(*key)).cloned().collect());
        Box::pin(async move {
            self.0.extend(profiles(deps, &unknown).await?);
            Ok(())
        })
    }

    /// Somebody; a person who does not exist any more is shown by their key alone.
    pub(crate) fn get(&self, key: &UserKey) -> User {
        or_key(&self.0, key)
    }
}

/// Somebody among users; a person who does not exist any more is shown by their key alone.
pub(crate) fn or_key(users: &HashMap<UserKey, User>, key: &UserKey) -> User {
    users.get(key).cloned().unwrap_or_else(|| User {
        user_type: key.user_type().to_owned(),
        id: key.id().to_owned(),
        email: String::new(),
        name: String::new(),
    })
}

#[cfg(test)]
mod tests;
