//! The text of an API token: `cr_<id>_<secret>`.
//!
//! The id is the key's uuid in 32 hexadecimal digits, so that a token found in a log or a repository can be revoked by
//! looking at it. The secret is 256 random bits in base 62, always 43 characters. Only the SHA-256 of the whole token is
//! stored: the secret has full entropy, so that a slow hash would protect nothing more.

use domain::ids::ApiKeyId;
use sha2::{Digest, Sha256};
use uuid::Uuid;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Length of the secret part in characters: the least that holds 256 bits in base 62.
pub const SECRET_CHARS: usize = 43;

/// What a token's secret hashes to.
pub type TokenHash = [u8; 32];

/// Writes the token of a key.
pub fn write(id: Uuid, secret: &[u8; 32]) -> String {
    format!("cr_{}_{}", id.simple(), base62(secret))
}

/// The key that a token claims to be, `None` when the text is not a token.
pub fn id(token: &str) -> Option<ApiKeyId> {
    let (id, secret) = token.strip_prefix("cr_")?.split_once('_')?;
    let well_formed = id.len() == 32
        && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && secret.len() == SECRET_CHARS
        && secret.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let uuid = if well_formed { Uuid::try_parse(id).ok()? } else { return None };
    format!("key-{uuid}").parse().ok()
}

/// What is stored of a token.
pub fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

/// 256 bits as 43 base 62 digits, most significant first.
fn base62(bytes: &[u8; 32]) -> String {
    let mut number = *bytes;
    let mut digits = [b'0'; SECRET_CHARS];
    for digit in digits.iter_mut().rev() {
        let mut rest: u32 = 0;
        for byte in &mut number {
            let value = (rest << 8) | u32::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
            rest = value % 62;
        }
        let index = usize::try_from(rest).unwrap_or(0);
        *digit = ALPHABET.get(index).copied().unwrap_or(b'0');
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_names_its_key() {
        let uuid = Uuid::from_u128(7);
        let token = write(uuid, &[0xff; 32]);
        assert_eq!(token.len(), 3 + 32 + 1 + SECRET_CHARS);
        assert_eq!(id(&token).map(|id| id.to_string()), Some(format!("key-{uuid}")));
    }

    #[test]
    fn what_is_not_a_token_names_no_key() {
        let token = write(Uuid::from_u128(7), &[1; 32]);
        let upper = token.to_uppercase();
        let long = format!("{token}0");
        for text in ["", "cr_", "cr__", "cr_1_2", "Bearer", upper.as_str(), long.as_str(), &token[1..]] {
            assert_eq!(id(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn different_secrets_make_different_tokens(one: [u8; 32], other: [u8; 32]) {
            let same = base62(&one) == base62(&other);
            prop_assert_eq!(same, one == other);
            prop_assert_eq!(base62(&one).len(), SECRET_CHARS);
        }
    }
}
