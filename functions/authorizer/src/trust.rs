//! The issuer that an installation trusts, and who its users are here.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use app::Deps;
use authn::{Bearer, Documents, Settings, Verifier};
use domain::user::{Caller, User};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Error;

/// For how long it is remembered whom an e-mail address means: finding a person of the inventory takes some requests, and
/// the gateway asks for every one of its own.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(1);
/// How many addresses are remembered.
const MOST_REMEMBERED: usize = 10_000;

/// The trust in one issuer.
pub struct Trust {
    verifier: Verifier,
    /// By address in lower case: whom it means, and since when that is known.
    people: Mutex<HashMap<String, (Option<User>, Timestamp)>>,
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trust").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

impl Trust {
    /// Trust in the issuer of these settings, whose documents come from there.
    #[must_use]
    pub fn new(settings: Settings, documents: impl Documents + 'static) -> Self {
        Self { verifier: Verifier::new(settings, documents), people: Mutex::default() }
    }

    /// Who calls with a token. The reason of a refusal is logged, for whoever sets an issuer up, and told to nobody else.
    ///
    /// # Errors
    /// When the issuer or the table does not answer.
    pub(crate) async fn caller(&self, deps: &Deps, token: &str) -> Result<Option<Caller>, Error> {
        let now = deps.clock.now();
        let Bearer { user, role, is_known_by_email } = match self.verifier.verify(token, now).await {
            Ok(bearer) => bearer,
            Err(authn::Error::Refused(reason)) => {
                tracing::info!(%reason, "a JWT is refused");
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let known = if is_known_by_email { self.known(deps, &user.email, now).await? } else { None };
        Ok(Some(Caller { user: known.unwrap_or(user), role, key_id: None }))
    }

    /// The user whom an address means. Only addresses of verified tokens come here, so that nobody fills the memory at will.
    async fn known(&self, deps: &Deps, email: &str, now: Timestamp) -> Result<Option<User>, Error> {
        let address = email.to_lowercase();
        if let Some((user, _)) = self.people().get(&address).filter(|(_, since)| is_recent(*since, now)) {
            return Ok(user.clone());
        }
        let user = app::user::known_by_email(deps, email).await?;
        let mut people = self.people();
        if people.len() >= MOST_REMEMBERED {
            people.retain(|_, (_, since)| is_recent(*since, now));
        }
        if people.len() < MOST_REMEMBERED {
            people.insert(address, (user.clone(), now));
        }
        Ok(user)
    }

    fn people(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Option<User>, Timestamp)>> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_recent(since: Timestamp, now: Timestamp) -> bool {
    (SignedDuration::ZERO..REMEMBERED).contains(&now.duration_since(since))
}
