//! The issuer of this machine, and the installation's trust in it: JWTs are verified here by the code that verifies them
//! in AWS, over HTTP from the loopback address.
//!
//! Nothing hands out tokens over the network. Who reads the data directory, as the owner of the process does, may sign any
//! (`cargo run -- token`), just as they may read `tokens.json`.

use std::path::Path;
use std::sync::Arc;

use authn::Settings;
use authorizer::Trust;
use authorizer::web::Web;
use bytes::Bytes;
use domain::user::Role;
use http::header::{self, HeaderValue};
use http::{Method, Response, StatusCode};
use issuer::{Algorithm, Issuer};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::Error;
use crate::files;

/// The path of the issuer; no route of the API begins so.
pub(crate) const PREFIX: &str = "/_issuer";
/// Where its keys lie in the data directory.
const FILE: &str = "issuer.json";
/// Whom its tokens are for.
const AUDIENCE: &str = "access-review";

/// The issuer of a directory, at the address of this start. Its keys are made once.
pub(crate) fn open(directory: &Path, base_url: &str) -> Result<Issuer, Error> {
    let url = format!("{base_url}{PREFIX}");
    let issuer = match files::read(directory, FILE)? {
        Some(text) => Issuer::read(&text).map_err(Error::of)?.at(&url),
        None => Issuer::generate(&url, AUDIENCE).map_err(Error::of)?,
    };
    files::write(directory, FILE, &issuer.written().map_err(Error::of)?)?;
    Ok(issuer)
}

/// What the authorizer trusts: this issuer, by the settings that an installation in AWS has.
pub(crate) fn trust(issuer: &Issuer) -> Result<Arc<Trust>, Error> {
    let settings = Settings::read(|variable| match variable {
        "OIDC_ISSUER" => Some(issuer.url().to_owned()),
        "OIDC_AUDIENCE" => Some(issuer.audience().to_owned()),
        _ => None,
    });
    let settings = settings.map_err(Error::of)?.ok_or_else(|| Error::new("the issuer has no address"))?;
    Ok(Arc::new(Trust::new(settings, Web::new().map_err(Error::of)?)))
}

/// Answers a request below [`PREFIX`].
pub(crate) fn answer(issuer: &Issuer, method: &Method, path: &str) -> Response<Bytes> {
    let document = match path.strip_prefix(PREFIX) {
        Some(issuer::DISCOVERY_PATH) => Some(issuer.discovery()),
        Some(issuer::KEYS_PATH) => Some(issuer.jwks()),
        _ => None,
    };
    let mut response = Response::new(Bytes::new());
    match document {
        None => *response.status_mut() = StatusCode::NOT_FOUND,
        Some(_) if method != Method::GET => *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED,
        Some(document) => {
            *response.body_mut() = Bytes::from(document.to_string());
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
    }
    response
}

/// Signs an access token that gives a role to the user with an e-mail address.
pub(crate) fn sign(
    issuer: &Issuer,
    algorithm: Algorithm,
    (role, email): (Role, &str),
    now: Timestamp,
    valid_for: SignedDuration,
) -> Result<String, Error> {
    let claims = [("sub", email), ("email", email), ("email_verified", "true"), ("roles", role.word())];
    let claims: Map<String, Value> = claims.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let now = now.as_second();
    issuer.token(algorithm, now, now + valid_for.as_secs(), claims).map_err(Error::of)
}

/// Signs a JWT with the keys of a data directory, whose stack may run. Without an e-mail address it speaks for the user
/// for whom the API token of the role acts.
///
/// # Errors
/// When nothing was ever started with this directory.
pub fn token(
    directory: &Path,
    role: Role,
    email: Option<&str>,
    now: Timestamp,
    valid_for: SignedDuration,
) -> Result<String, Error> {
    let absent = || Error::new(format!("`{}` holds no issuer: start the stack with it first", directory.display()));
    let text = files::read(directory, FILE)?.ok_or_else(absent)?;
    let issuer = Issuer::read(&text).map_err(Error::of)?;
    let email = match email {
        Some(email) => email.to_owned(),
        None => crate::seed::email(directory, role)?,
    };
    sign(&issuer, Algorithm::Rs256, (role, &email), now, valid_for)
}

#[cfg(test)]
mod tests;
