//! Signing a message as the Standard Webhooks specification says: `v1,` and the base64 of an HMAC-SHA-256 over id, time and
//! body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What the specification puts before a secret, so that people know it when they see one.
const PREFIX: &str = "whsec_";
/// Bytes of a secret, from the specification.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that receiver and sender share. It is never printed.
#[derive(Clone)]
pub struct Secret(Hmac<Sha256>);

/// A text that is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be whsec_ and the base64 of 24 to 64 bytes")]
pub struct SecretError;

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// Reads a secret. Receivers' libraries take it with or without its prefix, and so does this.
    ///
    /// # Errors
    /// When it is not base64, or of another length: a short one can be guessed.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX).unwrap_or(text)).map_err(|_| SecretError)?;
        if !BYTES.contains(&bytes.len()) {
            return Err(SecretError);
        }
        Hmac::new_from_slice(&bytes).map(Self).map_err(|_| SecretError)
    }

    /// The value of the `webhook-signature` header for a message: its id, when it is sent (Unix seconds), its body.
    #[must_use]
    pub fn sign(&self, id: &str, sent_at: i64, body: &[u8]) -> String {
        let mut code = self.0.clone();
        for part in [id.as_bytes(), b".", sent_at.to_string().as_bytes(), b".", body] {
            code.update(part);
        }
        format!("v1,{}", STANDARD.encode(code.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_specification() {
        // The example of the specification's libraries.
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_base64_of_a_length_that_nobody_guesses() {
        let of = |bytes: usize| STANDARD.encode(vec![7_u8; bytes]);
        for (text, is_secret) in [
            (of(24), true),
            (of(64), true),
            (format!("whsec_{}", of(32)), true),
            (of(23), false),
            (of(65), false),
            (String::new(), false),
            ("whsec_".to_owned(), false),
            ("not base64 at all, but long enough".to_owned(), false),
        ] {
            assert_eq!(Secret::parse(&text).is_ok(), is_secret, "{text}");
        }
        assert_eq!(format!("{:?}", Secret::parse(&of(24)).unwrap()), "Secret");
    }
}
