//! API keys: issued once, shown once, checked on every call.

use domain::ids::ApiKeyId;
use domain::user::{Caller, LOCAL_USER_TYPE, Role, User};
use jiff::Timestamp;
use store::api_key::ApiKey;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::call::{Call, id_named};
use crate::deps::Deps;
use crate::error::{Error, Faults};
use crate::event::{self, Event, OfKey};
use crate::outgoing::{self, Told};
use crate::review::UserReference;
use crate::{retry, user, valid};

mod token;

/// How many keys an installation has at most; more is a sign that keys are made and never revoked.
const MAX_KEYS: usize = 5_000;

/// A key to be issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateInput {
    /// What people call it: 1 to 200 characters.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// For whom it acts.
    pub user: WhoseKey,
    /// From when on it is void; in the future. `None` for never.
    pub expires_at: Option<Timestamp>,
}

/// For whom a key acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhoseKey {
    /// The user with this e-mail address; a local user is made when there is none.
    Email(String),
    /// This user.
    Reference(UserReference),
}

/// A key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyView {
    /// Its id, which is part of the token.
    pub id: ApiKeyId,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// For whom it acts.
    pub user: User,
    /// From when on it is void.
    pub expires_at: Option<Timestamp>,
    /// When it was issued.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: User,
}

/// A key that was just issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedKey {
    /// The key.
    pub key: ApiKeyView,
    /// Its token: shown this once and not stored. `None` when the call is the repetition of one that issued the key.
    pub token: Option<String>,
}

fn view(key: ApiKey) -> ApiKeyView {
    let ApiKey { id, hash: _, name, role, user, expires_at, created_at, created_by, revoked_at: _ } = key;
    ApiKeyView { id, name, role, user, expires_at, created_at, created_by }
}

/// The keys that are not revoked, the last issued first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(deps: &Deps, _call: &Call) -> Result<Vec<ApiKeyView>, Error> {
    let mut keys = Vec::new();
    let mut after = None;
    loop {
        let page = deps.store.api_keys().list(after, 500).await?;
        after = page.values.last().map(|stored| (stored.value.created_at, stored.value.id));
        keys.extend(page.values.into_iter().map(|stored| view(stored.value)));
        // Those that were issued at the same moment may be a few more than there should be.
        if !page.more || keys.len() >= 2 * MAX_KEYS {
            return Ok(keys);
        }
    }
}

/// Issues a key.
///
/// # Errors
/// [`Error::Invalid`] names what is wrong with the input.
pub async fn create(deps: &Deps, call: &Call, input: CreateInput) -> Result<IssuedKey, Error> {
    let id = ApiKeyId::new(call.created("API key"));
    if let Some(held) = deps.store.api_keys().get(&id).await? {
        return Ok(IssuedKey { key: view(held.value), token: None });
    }
    let mut faults = Faults::new();
    let name = valid::name(&mut faults, "name", &input.name);
    faults.require(input.expires_at.is_none_or(|at| at > call.now), "expires_at", "must be in the future");
    if let WhoseKey::Email(email) = &input.user {
        faults.require(domain::run::is_address(email), "user", "is not an e-mail address");
    }
    faults.done()?;
    if deps.store.api_keys().number().await? >= MAX_KEYS {
        return Err(Error::invalid(
            "name",
            format!("there are {MAX_KEYS} keys already: revoke those that nobody uses"),
        ));
    }
    let mut secret = [0; 32];
    deps.ids.secret(&mut secret);
    let token = token::write(id.uuid(), &secret);
    let issue = async || {
        let key = ApiKey {
            id,
            hash: token::hash(&token),
            name: name.clone(),
            role: input.role,
            user: owner(deps, &input.user).await?,
            expires_at: input.expires_at,
            created_at: call.now,
            created_by: call.caller.user.clone(),
            revoked_at: None,
        };
        let mut tx = deps.store.write(call.command, call.now);
        tx.insert_api_key(&key)?;
        if deps.store.users().get(&key.user.key()).await?.is_none() {
            tx.insert_user(&key.user)?;
        }
        event::tell_by(&mut tx, call, &Event::ApiKeyIssued((&key).into()))?;
        Ok(tx.commit().await.map(|committed| (key, committed)))
    };
    // Somebody else may make the same user meanwhile.
    let (key, committed) = retry::settled(issue).await?;
    outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
    Ok(IssuedKey { key: view(key), token: Some(token) })
}

async fn owner(deps: &Deps, whose: &WhoseKey) -> Result<User, Error> {
    let email = match whose {
        WhoseKey::Reference(reference) => {
            let found = user::resolve_each(deps, &[("user".to_owned(), reference)]).await?;
            return found.into_iter().next().ok_or_else(|| Error::invalid("user", "no such user"));
        }
        WhoseKey::Email(email) => email.trim(),
    };
    match user::by_email(deps, email).await?.as_slice() {
        [] => Ok(User {
            user_type: LOCAL_USER_TYPE.to_owned(),
            // Whoever else gives somebody of this address a key means the same person.
            id: id_named("local user", &email.to_lowercase()).to_string(),
            email: email.to_owned(),
            name: email.split('@').next().unwrap_or(email).to_owned(),
        }),
        [one] => Ok(one.clone()),
        _ => Err(Error::invalid("user", "several users have this e-mail address: name one by `user_type` and `id`")),
    }
}

/// Revokes a key: from now on its token opens nothing.
///
/// # Errors
/// [`Error::NotFound`] when there is no such key, or it is revoked already by another call.
pub async fn revoke(deps: &Deps, call: &Call, id: ApiKeyId) -> Result<(), Error> {
    let stored = deps.store.api_keys().get(&id).await?.ok_or_else(Error::not_found)?;
    if stored.value.revoked_at.is_some() {
        return if stored.is_by(call.command) { Ok(()) } else { Err(Error::not_found()) };
    }
    let key = ApiKey { revoked_at: Some(call.now), ..stored.value };
    let mut tx = deps.store.write(call.command, call.now);
    tx.revoke_api_key(&key, stored.version)?;
    event::tell_by(&mut tx, call, &Event::ApiKeyRevoked(OfKey { api_key: id }))?;
    let committed = tx.commit().await?;
    outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
    Ok(())
}

/// Who calls with this token: `None` when it is no token, or one that is unknown, revoked or expired. The reasons are
/// not told apart, so that a token's history is nobody's business but its owner's.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn authenticate(deps: &Deps, token: &str, now: Timestamp) -> Result<Option<Caller>, Error> {
    let Some(id) = token::id(token) else { return Ok(None) };
    let hash = token::hash(token);
    let Some(stored) = deps.store.api_keys().by_hash(&hash).await? else { return Ok(None) };
    let key = stored.value;
    let same = bool::from(key.hash.ct_eq(&hash)) && key.id == id;
    if !same || !key.is_valid(now) {
        return Ok(None);
    }
    Ok(Some(Caller { user: key.user, role: key.role, key_id: Some(key.id.to_string()) }))
}

/// A token with its key, as a first administrator needs one before anybody can call: for an installation's own set-up.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn bootstrap(deps: &Deps, user: User, id: Uuid, secret: &[u8; 32], now: Timestamp) -> Result<String, Error> {
    let token = token::write(id, secret);
    let key = ApiKey {
        id: ApiKeyId::new(id),
        hash: token::hash(&token),
        name: "first administrator".to_owned(),
        role: Role::Administrator,
        created_by: User::system(),
        user,
        expires_at: None,
        created_at: now,
        revoked_at: None,
    };
    if deps.store.api_keys().by_hash(&key.hash).await?.is_none() {
        let mut tx = deps.store.write(domain::ids::CommandId::new(id), now);
        tx.insert_api_key(&key)?;
        if deps.store.users().get(&key.user.key()).await?.is_none() {
            tx.insert_user(&key.user)?;
        }
        // Whoever sets an installation up may have no bus at hand: the sweep has.
        event::tell(&mut tx, None, &Event::ApiKeyIssued((&key).into()))?;
        let _left_to_the_sweep = tx.commit().await?;
    }
    Ok(token)
}

#[cfg(test)]
mod tests;
