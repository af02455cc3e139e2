//! An OpenID Connect issuer for this machine: keys, the two documents that it publishes, and the tokens that it signs.
//!
//! The local stack has one, so that JWTs are verified there by the code that verifies them in AWS; tests use its keys to
//! sign what a real issuer never would. It signs with the cryptography library itself and not with the one that verifies,
//! so that a mistake of either is seen. Never linked into a function.

mod key;

pub use key::{Algorithm, SigningKey};
use serde_json::{Map, Value, json};

/// Path of the discovery document below the issuer's address.
pub const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";
/// Path of the keys below the issuer's address.
pub const KEYS_PATH: &str = "/jwks.json";

/// Something that is no key, or a key that does not sign.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(&'static str);

/// An issuer with a key for each algorithm.
#[derive(Debug)]
pub struct Issuer {
    url: String,
    audience: String,
    keys: Vec<SigningKey>,
}

impl Issuer {
    /// An issuer with fresh keys.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate(url: &str, audience: &str) -> Result<Self, Error> {
        let keys = Algorithm::ALL.into_iter().map(SigningKey::generate).collect::<Result<_, _>>()?;
        Ok(Self::of(url, audience, keys))
    }

    /// An issuer with these keys. `url` has no slash at its end.
    #[must_use]
    pub fn of(url: &str, audience: &str, keys: Vec<SigningKey>) -> Self {
        Self { url: url.to_owned(), audience: audience.to_owned(), keys }
    }

    /// Reads what [`Self::written`] wrote.
    ///
    /// # Errors
    /// When it was changed since.
    pub fn read(text: &str) -> Result<Self, Error> {
        let file: Value = serde_json::from_str(text).map_err(|_| Error("the issuer's file is not JSON"))?;
        let word = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let keys = file.get("keys").and_then(Value::as_array).into_iter().flatten().map(|key| {
            let parts = word(key, "alg").as_deref().and_then(Algorithm::of).zip(word(key, "pkcs8"));
            let (algorithm, pkcs8) = parts.ok_or(Error("a key of the issuer's file has no algorithm or no bytes"))?;
            SigningKey::read(algorithm, &pkcs8)
        });
        let keys = keys.collect::<Result<_, _>>()?;
        let url = word(&file, "issuer").ok_or(Error("the issuer's file names no issuer"))?;
        let audience = word(&file, "audience").ok_or(Error("the issuer's file names no audience"))?;
        Ok(Self { url, audience, keys })
    }

    /// Everything about the issuer, its private keys included, as JSON for a file that only its owner reads.
    ///
    /// # Errors
    /// When a key cannot be written.
    pub fn written(&self) -> Result<String, Error> {
        let keys = self.keys.iter().map(|key| Ok(json!({ "alg": key.algorithm().name(), "pkcs8": key.written()? })));
        let keys: Vec<Value> = keys.collect::<Result<_, Error>>()?;
        let file = json!({ "issuer": self.url, "audience": self.audience, "keys": keys });
        Ok(format!("{file:#}\n"))
    }

    /// The same issuer at another address: its old tokens open nothing there.
    #[must_use]
    pub fn at(self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self }
    }

    /// The issuer's address, which its tokens name as `iss`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whom its tokens are for, as `aud`.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// The key for an algorithm.
    ///
    /// # Errors
    /// When there is none.
    pub fn key(&self, algorithm: Algorithm) -> Result<&SigningKey, Error> {
        let key = self.keys.iter().find(|key| key.algorithm() == algorithm);
        key.ok_or(Error("the issuer has no key for this algorithm"))
    }

    /// What it publishes at [`DISCOVERY_PATH`].
    #[must_use]
    pub fn discovery(&self) -> Value {
        let algorithms: Vec<&str> = self.keys.iter().map(|key| key.algorithm().name()).collect();
        json!({
            "issuer": self.url,
            "jwks_uri": format!("{}{KEYS_PATH}", self.url),
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": algorithms,
        })
    }

    /// What it publishes at [`KEYS_PATH`]: the public keys.
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({ "keys": self.keys.iter().map(SigningKey::jwk).collect::<Vec<_>>() })
    }

    /// An access token of this issuer for its audience: the times are in seconds since 1970, `claims` come besides.
    ///
    /// # Errors
    /// When there is no key for the algorithm.
    pub fn token(
        &self,
        algorithm: Algorithm,
        issued_at: i64,
        expires_at: i64,
        claims: Map<String, Value>,
    ) -> Result<String, Error> {
        let key = self.key(algorithm)?;
        let header = json!({ "typ": "at+jwt", "alg": algorithm.name(), "kid": key.kid() });
        let mut payload = Map::new();
        payload.insert("iss".to_owned(), self.url.clone().into());
        payload.insert("aud".to_owned(), self.audience.clone().into());
        payload.insert("iat".to_owned(), issued_at.into());
        payload.insert("exp".to_owned(), expires_at.into());
        payload.extend(claims);
        key.token(&header, &payload.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_issuer_is_read_as_it_was_and_may_move() {
        let issuer = Issuer::generate("http://127.0.0.1:8080/_issuer", "access-review").unwrap();
        let read = Issuer::read(&issuer.written().unwrap()).unwrap();
        assert_eq!((read.url(), read.audience(), read.jwks()), (issuer.url(), issuer.audience(), issuer.jwks()));
        let moved = read.at("http://127.0.0.1:9090/_issuer");
        assert_eq!(moved.discovery()["jwks_uri"], "http://127.0.0.1:9090/_issuer/jwks.json");
    }

    #[test]
    fn a_file_that_was_changed_is_refused() {
        for text in ["", "{}", r#"{"issuer":"i","audience":"a","keys":[{"alg":"RS256","pkcs8":"AAAA"}]}"#] {
            assert!(Issuer::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn private_keys_are_neither_published_nor_printed() {
        let issuer = Issuer::generate("https://issuer.example", "a").unwrap();
        let (published, printed) = (issuer.jwks().to_string(), format!("{issuer:?}"));
        for algorithm in Algorithm::ALL {
            let secret = issuer.key(algorithm).unwrap().written().unwrap();
            assert!(!published.contains(&secret) && !printed.contains(&secret));
        }
        for private in ["\"d\"", "\"p\"", "\"q\"", "\"k\""] {
            assert!(!published.contains(private), "{private}");
        }
    }
}
