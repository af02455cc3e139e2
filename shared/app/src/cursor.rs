//! Cursors: where a list goes on, as text that clients hand back and do not read.
//!
//! A cursor is base64 over JSON and holds a position by value (the sort keys and the id of the last item), never an
//! offset, so that items which come or go in between shift nothing. It also holds a digest of what it was made for:
//! list, filter, order and direction. A cursor of another list is refused instead of starting somewhere.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::Error;

/// The longest cursor that is looked at, in characters.
const MAX_CHARS: usize = 32 * 1024;

#[derive(Serialize, Deserialize)]
struct Sealed<P> {
    /// Digest of what the cursor was made for.
    #[serde(rename = "b")]
    binding: String,
    /// The position.
    #[serde(rename = "p")]
    position: P,
}

/// What a cursor is bound to: the list's name and everything that decides its content and order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding(String);

impl Binding {
    /// The binding of a list called `list` with these parts. The parts are digested with their lengths, so that no two
    /// lists of parts look alike.
    pub fn of(list: &str, parts: &[&str]) -> Self {
        let mut digest = Sha256::new();
        for part in std::iter::once(&list).chain(parts) {
            digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(part.as_bytes());
        }
        Self(URL_SAFE_NO_PAD.encode(digest.finalize().get(..9).unwrap_or_default()))
    }
}

/// Writes a cursor.
pub fn seal<P: Serialize>(binding: &Binding, position: P) -> Result<String, Error> {
    let sealed = Sealed { binding: binding.0.clone(), position };
    let json = serde_json::to_vec(&sealed).map_err(|error| Error::Bug(format!("cursor: {error}")))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// Reads a cursor back.
///
/// # Errors
/// [`Error::Invalid`] on `field` when the text is not a cursor, or one of another list, filter or order.
pub fn open<P: DeserializeOwned>(binding: &Binding, cursor: &str, field: &str) -> Result<P, Error> {
    let unreadable = || Error::invalid(field, "not a cursor of this list");
    if cursor.len() > MAX_CHARS {
        return Err(unreadable());
    }
    let json = URL_SAFE_NO_PAD.decode(cursor.trim_end_matches('=')).map_err(|_| unreadable())?;
    let sealed: Sealed<P> = serde_json::from_slice(&json).map_err(|_| unreadable())?;
    if sealed.binding != binding.0 {
        return Err(Error::invalid(field, "belongs to another list, filter or order"));
    }
    Ok(sealed.position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_with_what_it_was_sealed_with() {
        let binding = Binding::of("campaigns", &["active"]);
        let cursor = seal(&binding, (7_u32, "x")).unwrap();
        assert_eq!(open::<(u32, String)>(&binding, &cursor, "after").unwrap(), (7, "x".to_owned()));
    }

    #[test]
    fn a_cursor_of_another_list_or_filter_is_refused() {
        let cursor = seal(&Binding::of("campaigns", &["a", "b"]), 1_u32).unwrap();
        for other in [Binding::of("campaigns", &["ab", ""]), Binding::of("workflows", &["a", "b"])] {
            assert!(matches!(open::<u32>(&other, &cursor, "after"), Err(Error::Invalid(_))));
        }
    }

    #[test]
    fn what_is_not_a_cursor_is_refused_and_not_an_accident() {
        let binding = Binding::of("campaigns", &[]);
        let long = "A".repeat(MAX_CHARS + 1);
        for text in ["", "!", "AAAA", "eyJiIjoiIn0", long.as_str()] {
            assert!(matches!(open::<u32>(&binding, text, "after"), Err(Error::Invalid(_))), "{text}");
        }
    }
}
