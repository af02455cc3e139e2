//! The form of a token: told before anything is asked of the issuer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::refusal::Refusal;

/// The longest token in bytes. The gateway lets through 10 KB of headers altogether.
pub const MAX_TOKEN_BYTES: usize = 8 << 10;

/// The algorithms that are accepted: none with a shared secret, for which a public key would be taken, and never none.
const ALGORITHMS: [(&str, Algorithm); 9] = [
    ("RS256", Algorithm::RS256),
    ("RS384", Algorithm::RS384),
    ("RS512", Algorithm::RS512),
    ("PS256", Algorithm::PS256),
    ("PS384", Algorithm::PS384),
    ("PS512", Algorithm::PS512),
    ("ES256", Algorithm::ES256),
    ("ES384", Algorithm::ES384),
    ("EdDSA", Algorithm::EdDSA),
];

/// The types of a token that may be an access token, in lower case. A token without a type may be one as well.
const TYPES: [&str; 3] = ["jwt", "at+jwt", "application/at+jwt"];

/// The algorithm of a name, if it is accepted. Names are compared exactly.
pub(crate) fn algorithm(name: &str) -> Option<Algorithm> {
    ALGORITHMS.into_iter().find(|(known, _)| *known == name).map(|(_, algorithm)| algorithm)
}

/// A token of an accepted form, whose signature has not been looked at.
#[derive(Debug)]
pub(crate) struct Token<'a> {
    /// What the header says that it was signed with.
    pub(crate) algorithm: Algorithm,
    /// The key's id, as the header says. It is compared and never becomes part of an address or a query.
    pub(crate) kid: String,
    /// Header and payload as they were signed.
    pub(crate) message: &'a str,
    /// The signature in base64.
    pub(crate) signature: &'a str,
    payload: &'a str,
}

/// The members of a header that matter. One that comes twice is an error of the format, told by the derived decoder.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    jku: Option<IgnoredAny>,
    jwk: Option<IgnoredAny>,
    x5u: Option<IgnoredAny>,
    x5c: Option<IgnoredAny>,
    crit: Option<IgnoredAny>,
    b64: Option<IgnoredAny>,
    cty: Option<IgnoredAny>,
    enc: Option<IgnoredAny>,
    zip: Option<IgnoredAny>,
}

impl<'a> Token<'a> {
    /// Takes a token apart.
    pub(crate) fn parse(text: &'a str) -> Result<Self, Refusal> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(Refusal::TooLong);
        }
        let (message, signature) = text.rsplit_once('.').ok_or(Refusal::Form)?;
        let (header, payload) = message.split_once('.').ok_or(Refusal::Form)?;
        match payload.matches('.').count() {
            0 => {}
            2 => return Err(Refusal::Encrypted),
            _ => return Err(Refusal::Form),
        }
        let header: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| Refusal::Form)?;
        let algorithm = algorithm(&header.alg).ok_or(Refusal::Algorithm)?;
        let asks_for_more = [
            &header.jku,
            &header.jwk,
            &header.x5u,
            &header.x5c,
            &header.crit,
            &header.b64,
            &header.cty,
            &header.enc,
            &header.zip,
        ];
        if asks_for_more.into_iter().any(Option::is_some) {
            return Err(Refusal::Header);
        }
        if header.typ.is_some_and(|typ| !TYPES.contains(&typ.to_ascii_lowercase().as_str())) {
            return Err(Refusal::Kind);
        }
        let kid = header.kid.filter(|kid| !kid.is_empty()).ok_or(Refusal::Key)?;
        Ok(Self { algorithm, kid, message, signature, payload })
    }

    /// The bytes of the payload. To be believed once the signature is verified.
    pub(crate) fn payload(&self) -> Result<Vec<u8>, Refusal> {
        decoded(self.payload)
    }
}

fn decoded(part: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::Form)
}
