//! Users: who is calling, and who is meant when a client names somebody.

use std::collections::HashMap;

use domain::user::{Caller, User, UserKey};
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

/// The users that a client means.
///
/// # Errors
/// [`Error::Invalid`] names each one that does not exist or whose given e-mail address or name is another than the
/// stored one, as `<field>[<place>]`.
pub async fn resolve(deps: &Deps, named: &[UserReference], field: &str) -> Result<Vec<User>, Error> {
    let mut faults = Faults::new();
    let mut keys = Vec::new();
    for (place, reference) in named.iter().enumerate() {
        match UserKey::new(&reference.user_type, &reference.id) {
            Ok(key) => keys.push(key),
            Err(_) => faults.add(format!("{field}[{place}]"), "names no user: type and id are needed"),
        }
    }
    faults.done()?;
    let found = by_key(deps, &keys).await?;
    let mut faults = Faults::new();
    let mut users = Vec::new();
    for ((place, reference), key) in named.iter().enumerate().zip(&keys) {
        let Some(user) = found.get(key) else {
            faults.add(format!("{field}[{place}]"), "no such user");
            continue;
        };
        if reference.email.as_ref().is_some_and(|email| email.to_lowercase() != user.email.to_lowercase()) {
            faults.add(format!("{field}[{place}].email"), "is not the e-mail address of this user");
        }
        if reference.name.as_ref().is_some_and(|name| *name != user.name) {
            faults.add(format!("{field}[{place}].name"), "is not the name of this user");
        }
        if !users.contains(user) {
            users.push(user.clone());
        }
    }
    faults.done()?;
    Ok(users)
}

/// The users behind keys; those that do not exist have no entry.
pub(crate) async fn by_key(deps: &Deps, keys: &[UserKey]) -> Result<HashMap<UserKey, User>, Error> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let users = deps.store.users().get_many(keys).await?;
    let mut users: HashMap<UserKey, User> = users.into_iter().map(|user| (user.key(), user)).collect();
    // Identities are users without a profile of their own: the current inventory knows them.
    for key in keys {
        if !users.contains_key(key)
            && !key.is_system()
            && let Some(user) = loading::identity::find(deps, key.user_type(), key.id()).await?
        {
            users.insert(key.clone(), user);
        }
    }
    Ok(users)
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

    /// Asks for those who are not known yet. Boxed, so that the iterator is no part of the caller's future.
    pub(crate) fn complete<'s, 'k>(
        &'s mut self,
        deps: &'s Deps,
        keys: impl IntoIterator<Item = &'k UserKey>,
    ) -> Soon<'s, Result<(), Error>> {
        let mut unknown: Vec<UserKey> = keys.into_iter().filter(|key| !self.0.contains_key(*key)).cloned().collect();
        unknown.sort_unstable();
        unknown.dedup();
        Box::pin(async move {
            self.0.extend(by_key(deps, &unknown).await?);
            Ok(())
        })
    }

    /// Somebody; a person who does not exist any more is shown by their key alone.
    pub(crate) fn get(&self, key: &UserKey) -> User {
        self.0.get(key).cloned().unwrap_or_else(|| User {
            user_type: key.user_type().to_owned(),
            id: key.id().to_owned(),
            email: String::new(),
            name: String::new(),
        })
    }
}
