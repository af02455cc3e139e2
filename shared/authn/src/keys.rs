//! The keys that an issuer publishes.

use std::collections::HashMap;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use crate::refusal::Refusal;
use crate::token::{Token, algorithm};

/// How many keys of a set are looked at.
const MAX_KEYS: usize = 100;

/// A public key that signs with one algorithm.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl Key {
    /// Whether this key signed the token, with its own algorithm.
    pub(crate) fn verify(&self, token: &Token<'_>) -> Result<(), Refusal> {
        if token.algorithm != self.algorithm {
            return Err(Refusal::Algorithm);
        }
        let message = token.message.as_bytes();
        match jsonwebtoken::crypto::verify(token.signature, message, &self.key, self.algorithm) {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(Refusal::Signature),
        }
    }
}

/// The keys of an issuer by their ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeySet(HashMap<String, Key>);

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a JSON web key set. Keys that are not for signing, of kinds that are not accepted or without an id are left
    /// out, and so is an id that two keys have: which one is meant would be a guess.
    ///
    /// `None` when the bytes are no key set.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let document: Document = serde_json::from_slice(bytes).ok()?;
        let mut keys: HashMap<String, Option<Key>> = HashMap::new();
        for value in document.keys.into_iter().take(MAX_KEYS) {
            let Some(kid) = value.get("kid").and_then(Value::as_str).map(str::to_owned) else { continue };
            let key = serde_json::from_value::<Jwk>(value).ok().and_then(|jwk| usable(&jwk));
            // An id that came before is nobody's.
            keys.entry(kid).and_modify(|held| *held = None).or_insert(key);
        }
        Some(Self(keys.into_iter().filter_map(|(kid, key)| Some((kid, key?))).collect()))
    }

    /// The key with an id.
    pub(crate) fn get(&self, kid: &str) -> Option<&Key> {
        self.0.get(kid)
    }
}

fn usable(jwk: &Jwk) -> Option<Key> {
    let signs = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature))
        && jwk.common.key_operations.as_ref().is_none_or(|uses| uses.contains(&KeyOperations::Verify));
    let usual = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => Algorithm::ES256,
            EllipticCurve::P384 => Algorithm::ES384,
            _ => return None,
        },
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        _ => return None,
    };
    let named = jwk.common.key_algorithm.map(|named: KeyAlgorithm| algorithm(&named.to_string()));
    let algorithm = match named {
        None => usual,
        Some(named) => named?,
    };
    // A curve has one algorithm; an RSA key may be published for any of its family.
    let fits =
        algorithm == usual || (usual.family() == AlgorithmFamily::Rsa && algorithm.family() == AlgorithmFamily::Rsa);
    if !signs || !fits {
        return None;
    }
    Some(Key { algorithm, key: DecodingKey::from_jwk(jwk).ok()? })
}
