//! The documents that an issuer publishes, and where they may lie.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use http::Uri;

/// The largest document that is read, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 150_000;

/// A boxed future, as the port returns it.
pub type Soon<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A document could not be had, or is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the issuer's {document}: {reason}")]
pub struct DocumentError {
    /// Which one.
    pub document: &'static str,
    /// Why, for the log.
    pub reason: String,
}

/// How the issuer's documents are reached.
pub trait Documents: Send + Sync {
    /// The body at an address that [`may_be_fetched`] allows: only of a 200, never of a redirect, and never more than
    /// [`MAX_DOCUMENT_BYTES`]. Who calls limits the time.
    ///
    /// # Errors
    /// Why there is none, in words for a log.
    fn get<'a>(&'a self, url: &'a str) -> Soon<'a, Result<Vec<u8>, String>>;
}

/// Whether documents may be fetched from an address: over TLS, or on this machine when the issuer itself is there.
#[must_use]
pub fn may_be_fetched(url: &str, issuer: &str) -> bool {
    let Some(place) = place(url) else { return false };
    match place {
        Place::Encrypted => true,
        Place::Loopback => matches!(self::place(issuer), Some(Place::Loopback)),
    }
}

#[derive(PartialEq, Eq)]
enum Place {
    Encrypted,
    Loopback,
}

/// Where an absolute address without user, password and fragment leads; `None` for every other text.
fn place(url: &str) -> Option<Place> {
    let uri: Uri = url.parse().ok()?;
    let authority = uri.authority()?;
    if authority.as_str().contains('@') || url.contains('#') {
        return None;
    }
    let host = authority.host();
    match uri.scheme_str()? {
        "https" if !host.is_empty() => Some(Place::Encrypted),
        "http" => {
            let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
            address.is_ok_and(|address| address.is_loopback()).then_some(Place::Loopback)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_come_over_tls_or_from_this_machine_for_an_issuer_on_it() {
        let (far, here) = ("https://issuer.example", "http://127.0.0.1:8080/_issuer");
        for (url, issuer, allowed) in [
            ("https://keys.example/jwks", far, true),
            ("https://keys.example/jwks", here, true),
            ("http://127.0.0.1:8080/_issuer/jwks.json", here, true),
            ("http://[::1]:8080/jwks.json", here, true),
            ("http://127.0.0.1:8080/_issuer/jwks.json", far, false),
            ("http://keys.example/jwks", far, false),
            ("http://keys.example/jwks", here, false),
            ("http://localhost:8080/jwks.json", here, false),
            ("http://127.0.0.1.keys.example/jwks", here, false),
            ("http://169.254.169.254/latest/meta-data", here, false),
            ("https://user:password@keys.example/jwks", far, false),
            ("http://127.0.0.1@keys.example/jwks", here, false),
            ("https://keys.example/jwks#part", far, false),
            ("file:///etc/passwd", here, false),
            ("ftp://keys.example/jwks", far, false),
            ("keys.example", far, false),
            ("/jwks.json", far, false),
            ("", far, false),
        ] {
            assert_eq!(may_be_fetched(url, issuer), allowed, "{url} for {issuer}");
        }
    }
}
