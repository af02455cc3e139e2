//! Private keys, and what is known of them in public.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::Error;

/// What a key signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA with 2048 bits, PKCS #1 and SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    /// The registered name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of a registered name, if an issuer here has it.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}

/// A private key. It prints as its public half.
pub struct SigningKey {
    pair: Pair,
    kid: String,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SigningKey").field(&self.jwk()).finish()
    }
}

impl SigningKey {
    /// A fresh key.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate(algorithm: Algorithm) -> Result<Self, Error> {
        let pair = match algorithm {
            Algorithm::Rs256 => RsaKeyPair::generate(rsa::KeySize::Rsa2048).map(Pair::Rsa),
            Algorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Pair::Ecdsa),
            Algorithm::EdDsa => Ed25519KeyPair::generate().map(Pair::Ed25519),
        };
        pair.map(Self::of).map_err(|_| Error("a key could not be made"))
    }

    /// The Ed25519 key of a seed: the same seed gives the same key, and the key the same signatures.
    ///
    /// # Errors
    /// When the library refuses the seed.
    pub fn ed25519(seed: &[u8; 32]) -> Result<Self, Error> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| Error("the seed makes no key"))?;
        Ok(Self::of(Pair::Ed25519(pair)))
    }

    fn of(pair: Pair) -> Self {
        let hash = Sha256::digest(pair.public());
        let kid = URL_SAFE_NO_PAD.encode(hash.get(..12).unwrap_or_default());
        Self { pair, kid }
    }

    /// Reads what [`Self::written`] wrote.
    ///
    /// # Errors
    /// When it is not the key of this algorithm.
    pub fn read(algorithm: Algorithm, text: &str) -> Result<Self, Error> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Error("a key is not base64"))?;
        let pair = match algorithm {
            Algorithm::Rs256 => RsaKeyPair::from_pkcs8(&bytes).map(Pair::Rsa),
            Algorithm::Es256 => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &bytes).map(Pair::Ecdsa),
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8(&bytes).map(Pair::Ed25519),
        };
        pair.map(Self::of).map_err(|_| Error("a key is not what its algorithm asks for"))
    }

    /// The private key: PKCS #8 in base64.
    ///
    /// # Errors
    /// When the library cannot write it.
    pub fn written(&self) -> Result<String, Error> {
        let failed = |_| Error("a key cannot be written");
        let bytes = match &self.pair {
            Pair::Rsa(pair) => pair.as_der().map_err(failed)?.as_ref().to_vec(),
            Pair::Ecdsa(pair) => pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.to_pkcs8().map_err(failed)?.as_ref().to_vec(),
        };
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// What it signs with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.pair {
            Pair::Rsa(_) => Algorithm::Rs256,
            Pair::Ecdsa(_) => Algorithm::Es256,
            Pair::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    /// What tokens call the key: it follows from the public half.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half as the library writes it: PKCS #1 for RSA, the point for the others.
    #[must_use]
    pub fn public(&self) -> &[u8] {
        self.pair.public()
    }

    /// The public half as a JSON web key.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match &self.pair {
            Pair::Rsa(pair) => {
                let parts = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({ "kty": "RSA", "n": encoded(&parts.n), "e": encoded(&parts.e) })
            }
            Pair::Ecdsa(pair) => {
                // A byte that says "uncompressed", then two coordinates of 32 bytes.
                let point = pair.public_key().as_ref().get(1..).unwrap_or_default();
                let (x, y) = point.split_at_checked(32).unwrap_or_default();
                json!({ "kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y) })
            }
            Pair::Ed25519(pair) => json!({ "kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key().as_ref()) }),
        };
        for (name, value) in [("alg", self.algorithm().name()), ("use", "sig"), ("kid", &self.kid)] {
            if let Some(members) = jwk.as_object_mut() {
                members.insert(name.to_owned(), value.into());
            }
        }
        jwk
    }

    /// Signs any header and payload, also such as no issuer would sign.
    ///
    /// # Errors
    /// When the key does not sign.
    pub fn token(&self, header: &Value, payload: &Value) -> Result<String, Error> {
        let encoded = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encoded(header), encoded(payload));
        let signature = self.sign(message.as_bytes())?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let (random, failed) = (SystemRandom::new(), |_| Error("a key does not sign"));
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            Pair::Ecdsa(pair) => Ok(pair.sign(&random, message).map_err(failed)?.as_ref().to_vec()),
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

impl Pair {
    fn public(&self) -> &[u8] {
        match self {
            Self::Rsa(pair) => pair.public_key().as_ref(),
            Self::Ecdsa(pair) => pair.public_key().as_ref(),
            Self::Ed25519(pair) => pair.public_key().as_ref(),
        }
    }
}
