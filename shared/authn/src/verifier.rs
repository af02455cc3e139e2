//! From a token to whom it speaks for.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use crate::claims::{self, Bearer};
use crate::documents::{DocumentError, Documents, MAX_DOCUMENT_BYTES, may_be_fetched};
use crate::held::{Held, Look};
use crate::keys::{Key, KeySet};
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::token::Token;

/// How long fetching the keys may take altogether: less than the gateway and its function wait.
pub const FETCH_LIMIT: Duration = Duration::from_secs(3);

/// A token was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The token is no good.
    #[error("the token is refused: {0}")]
    Refused(#[from] Refusal),
    /// The issuer's keys are not to be had; the token may be good.
    #[error(transparent)]
    Unavailable(#[from] DocumentError),
}

/// Whether a text may be a JWT at all: nothing else that opens a door has dots.
#[must_use]
pub fn looks_like_a_token(text: &str) -> bool {
    text.contains('.')
}

/// Verifies the tokens of one issuer, whose keys it holds for a while.
pub struct Verifier {
    settings: Settings,
    documents: Box<dyn Documents>,
    held: Mutex<Held>,
    /// One fetch at a time; whoever waits finds what it brought.
    fetching: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("issuer", &self.settings.issuer).finish_non_exhaustive()
    }
}

impl Verifier {
    /// A verifier that holds no keys yet.
    #[must_use]
    pub fn new(settings: Settings, documents: impl Documents + 'static) -> Self {
        Self { settings, documents: Box::new(documents), held: Mutex::default(), fetching: tokio::sync::Mutex::new(()) }
    }

    /// Whom the token speaks for at `now`.
    ///
    /// # Errors
    /// [`Error::Refused`] for a token that is no good, and [`Error::Unavailable`] when that cannot be told because the
    /// issuer does not answer.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<Bearer, Error> {
        let token = Token::parse(token)?;
        self.key(&token.kid, now).await?.verify(&token)?;
        Ok(claims::check(&token.payload()?, &self.settings, now)?)
    }

    async fn key(&self, kid: &str, now: Timestamp) -> Result<Key, Error> {
        if let Some(outcome) = known(self.with(|held| held.look(kid, now))) {
            return outcome;
        }
        let _one_at_a_time = self.fetching.lock().await;
        if let Some(outcome) = known(self.with(|held| held.look(kid, now))) {
            return outcome;
        }
        // Who comes meanwhile makes do with the keys that are there; without any they wait, instead of hearing that there
        // are none.
        if !matches!(self.with(|held| held.settled(kid, now)), Look::Unavailable) {
            self.with(|held| held.try_at(now));
        }
        let fetched = tokio::time::timeout(FETCH_LIMIT, self.fetch()).await;
        let fetched = fetched.unwrap_or_else(|_| Err(failed("documents", "took too long")));
        self.with(|held| held.try_at(now));
        let failure = match fetched {
            Ok(keys) => {
                self.with(|held| held.hold(keys, now));
                None
            }
            Err(error) => Some(error),
        };
        match (self.with(|held| held.settled(kid, now)), failure) {
            (Look::Found(key), _) => Ok(key),
            (Look::Unavailable | Look::Fetch, Some(error)) => Err(error.into()),
            (_, _) => Err(Refusal::Key.into()),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Held) -> T) -> T {
        act(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn fetch(&self) -> Result<KeySet, DocumentError> {
        let url = match &self.settings.jwks_url {
            Some(url) => url.clone(),
            None => self.discovered().await?,
        };
        let bytes = self.document("key set", &url).await?;
        KeySet::parse(&bytes).ok_or_else(|| failed("key set", "is not a JSON web key set"))
    }

    async fn discovered(&self) -> Result<String, DocumentError> {
        #[derive(Deserialize)]
        struct Discovery {
            issuer: String,
            jwks_uri: String,
        }
        const NAME: &str = "discovery document";
        let issuer = &self.settings.issuer;
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let bytes = self.document(NAME, &url).await?;
        let found: Discovery =
            serde_json::from_slice(&bytes).map_err(|_| failed(NAME, "names no issuer or no keys"))?;
        if found.issuer != *issuer {
            return Err(failed(NAME, "is that of another issuer"));
        }
        if !may_be_fetched(&found.jwks_uri, issuer) {
            return Err(failed(NAME, "names keys at an address that is not fetched from"));
        }
        Ok(found.jwks_uri)
    }

    async fn document(&self, name: &'static str, url: &str) -> Result<Vec<u8>, DocumentError> {
        let bytes = self.documents.get(url).await.map_err(|reason| failed(name, &reason))?;
        if bytes.len() > MAX_DOCUMENT_BYTES { Err(failed(name, "is too large")) } else { Ok(bytes) }
    }
}

/// What a look settles; `None` when the issuer is to be asked.
fn known(look: Look) -> Option<Result<Key, Error>> {
    match look {
        Look::Found(key) => Some(Ok(key)),
        Look::Unknown => Some(Err(Refusal::Key.into())),
        Look::Unavailable => Some(Err(failed("keys", "are not to be had").into())),
        Look::Fetch => None,
    }
}

fn failed(document: &'static str, reason: &str) -> DocumentError {
    DocumentError { document, reason: reason.to_owned() }
}
