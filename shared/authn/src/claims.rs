//! What a token says, once its signature is known to be right. The time is an argument.

use domain::user::{Role, SYSTEM_USER_TYPE, User, UserKey};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::refusal::Refusal;
use crate::settings::{EmailMatch, Settings};

/// By how much the issuer's clock may differ, in seconds.
pub const LEEWAY_SECONDS: i64 = 30;
/// The last second that a date of four digits can name; a number beyond is no time of a token.
const LAST_SECOND: i64 = 253_402_300_799;
/// Members that ID tokens have and access tokens have not.
const OF_ID_TOKENS: [&str; 3] = ["nonce", "at_hash", "c_hash"];

/// Whom a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// The user as the token names them.
    pub user: User,
    /// What they may do.
    pub role: Role,
    /// Whether the user is to be looked for by their e-mail address first, which the issuer does not call unverified.
    pub is_known_by_email: bool,
}

/// Checks every claim of a payload.
pub(crate) fn check(payload: &[u8], settings: &Settings, now: Timestamp) -> Result<Bearer, Refusal> {
    let claims: Map<String, Value> = serde_json::from_slice(payload).map_err(|_| Refusal::Form)?;
    if text(&claims, "iss") != Some(settings.issuer.as_str()) {
        return Err(Refusal::Issuer);
    }
    if !is_for_us(&claims, settings) {
        return Err(Refusal::Audience);
    }
    if !is_access_token(&claims) {
        return Err(Refusal::Kind);
    }
    check_times(&claims, settings, now.as_second())?;
    let role = role(&claims, settings).ok_or(Refusal::Role)?;
    let (user, is_known_by_email) = user(&claims, settings)?;
    Ok(Bearer { user, role, is_known_by_email })
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

/// `aud` is one name or a list of names; one of them has to be ours.
fn is_for_us(claims: &Map<String, Value>, settings: &Settings) -> bool {
    let ours = |name: &str| settings.audiences.iter().any(|audience| audience == name);
    match claims.get("aud") {
        Some(Value::String(name)) => ours(name),
        Some(Value::Array(names)) => {
            let names: Option<Vec<&str>> = names.iter().map(Value::as_str).collect();
            names.is_some_and(|names| names.into_iter().any(ours))
        }
        _ => false,
    }
}

/// Issuers tell their kinds of tokens apart by `token_use` (Cognito), `typ` (Keycloak), or by members that only an ID
/// token has.
fn is_access_token(claims: &Map<String, Value>) -> bool {
    let is = |name: &str, kind: &str| claims.get(name).is_none_or(|value| value.as_str() == Some(kind));
    is("token_use", "access") && is("typ", "Bearer") && !OF_ID_TOKENS.iter().any(|name| claims.contains_key(*name))
}

fn check_times(claims: &Map<String, Value>, settings: &Settings, now: i64) -> Result<(), Refusal> {
    let expires = seconds(claims, "exp").filter(|expires| now < expires + LEEWAY_SECONDS).ok_or(Refusal::Expired)?;
    if claims.contains_key("nbf") {
        seconds(claims, "nbf").filter(|from| *from <= now + LEEWAY_SECONDS).ok_or(Refusal::NotYet)?;
    }
    let issued = seconds(claims, "iat").filter(|issued| *issued <= now + LEEWAY_SECONDS).ok_or(Refusal::IssuedAt)?;
    if settings.issued_after.is_some_and(|moment| issued < moment.as_second()) {
        return Err(Refusal::IssuedAt);
    }
    if expires - issued > settings.max_token_seconds {
        return Err(Refusal::Lifetime);
    }
    Ok(())
}

/// A time in whole seconds since 1970. A fraction, a negative number or a text is none.
fn seconds(claims: &Map<String, Value>, name: &str) -> Option<i64> {
    claims.get(name)?.as_i64().filter(|seconds| (0..=LAST_SECOND).contains(seconds))
}

/// The first role in the order of [`PRECEDENCE`] that a value of the claim gives.
fn role(claims: &Map<String, Value>, settings: &Settings) -> Option<Role> {
    let claim = &settings.role_claim;
    let values: Vec<&str> = match named(claims, claim)? {
        // Scopes are words of one text by their definition; of every other claim a text is one value, spaces and all.
        Value::String(scopes) if matches!(claim.as_str(), "scope" | "scp") => scopes.split(' ').collect(),
        Value::String(value) => vec![value],
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    let given = |role: &Role| values.iter().any(|value| settings.role_map.get(*value) == Some(role));
    PRECEDENCE.into_iter().find(given)
}

/// Which role somebody has to whom several are given. An auditor who was also made a reviewer, as a group of everybody
/// does, writes nothing.
const PRECEDENCE: [Role; 4] = [Role::Administrator, Role::Operator, Role::Auditor, Role::Reviewer];

/// The claim of a name, or at a JSON pointer when the name begins with a slash (`/realm_access/roles`).
fn named<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    match name.strip_prefix('/') {
        None => claims.get(name),
        Some(pointer) => {
            let unescaped = |part: &str| part.replace("~1", "/").replace("~0", "~");
            let mut parts = pointer.split('/');
            let first = claims.get(&unescaped(parts.next()?))?;
            parts.try_fold(first, |value, part| value.get(unescaped(part)))
        }
    }
}

fn user(claims: &Map<String, Value>, settings: &Settings) -> Result<(User, bool), Refusal> {
    let text = |name: &str| named(claims, name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let id = text(&settings.id_claim).ok_or(Refusal::Subject)?;
    let named_type = settings.user_type_claim.as_deref().and_then(text);
    let user_type = named_type.unwrap_or(&settings.user_type);
    if user_type == SYSTEM_USER_TYPE || UserKey::new(user_type, id).is_err() {
        return Err(Refusal::Subject);
    }
    // Cognito writes the text.
    let is_true = |value: &Value| *value == Value::Bool(true) || value.as_str() == Some("true");
    let verified = claims.get("email_verified").filter(|verified| !verified.is_null()).map(is_true);
    let email = text(&settings.email_claim).filter(|email| email.contains('@') && verified != Some(false));
    let user = User {
        user_type: user_type.to_owned(),
        id: id.to_owned(),
        email: email.unwrap_or_default().to_owned(),
        name: text(&settings.name_claim).unwrap_or_default().to_owned(),
    };
    let is_trusted = match settings.match_email {
        EmailMatch::Verified => verified == Some(true),
        EmailMatch::UnlessUnverified => true,
        EmailMatch::Never => false,
    };
    Ok((user, is_trusted && email.is_some()))
}
