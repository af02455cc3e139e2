//! Large bodies in a directory, with upload addresses as an object store hands them out: signed, short-lived, on the
//! loopback address.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use app::deps::{Clock, Objects, PortError, Soon};
use jiff::Timestamp;
use runtime::router::decoded;
use sha2::{Digest, Sha256};

/// The path under which uploads are taken in; no route of the API begins so.
pub(crate) const PREFIX: &str = "/_uploads/";

/// A directory that serves as object store.
#[derive(Clone)]
pub(crate) struct Directory {
    root: PathBuf,
    base_url: String,
    /// Signs addresses; new with every start, so that old addresses die with the process.
    secret: [u8; 32],
    clock: Arc<dyn Clock>,
}

/// An upload that is allowed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    pub(crate) key: String,
    pub(crate) max_bytes: u64,
}

impl Directory {
    pub(crate) fn open(
        root: PathBuf,
        base_url: String,
        secret: [u8; 32],
        clock: Arc<dyn Clock>,
    ) -> Result<Self, std::io::Error> {
        std::fs::create_dir_all(&root)?;
        Ok(Self { root, base_url, secret, clock })
    }

    /// Where the bytes of a key lie: keys are flat names here, whatever slashes they hold.
    pub(crate) fn file(&self, key: &str) -> PathBuf {
        self.root.join(escaped(key))
    }

    /// What the path and query of a `PUT` are allowed to upload; `None` when they are not signed, or no longer valid.
    pub(crate) fn admitted(&self, path: &str, query: &str) -> Option<Upload> {
        let key = decoded(path.strip_prefix(PREFIX)?);
        let value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(held, _)| *held == name).map(|(_, value)| value)
        };
        let (expires, max_bytes): (i64, u64) = (value("expires")?.parse().ok()?, value("max")?.parse().ok()?);
        let signed = self.signature(&key, max_bytes, expires) == value("signature")?;
        let valid = self.clock.now().as_second() <= expires;
        (signed && valid).then_some(Upload { key, max_bytes })
    }

    fn address(&self, key: &str, max_bytes: u64, valid_for: Duration) -> String {
        let seconds = i64::try_from(valid_for.as_secs()).unwrap_or(i64::MAX);
        let expires = self.clock.now().as_second().saturating_add(seconds);
        let signature = self.signature(key, max_bytes, expires);
        format!("{}{PREFIX}{}?expires={expires}&max={max_bytes}&signature={signature}", self.base_url, escaped(key))
    }

    /// A keyed hash, nested so that nobody can extend what was signed.
    fn signature(&self, key: &str, max_bytes: u64, expires: i64) -> String {
        let message = format!("PUT\n{max_bytes}\n{expires}\n{key}");
        let inner = Sha256::new().chain_update(self.secret).chain_update(message).finalize();
        let outer = Sha256::new().chain_update(self.secret).chain_update(inner).finalize();
        outer.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What an object store tells a queue about a new object.
pub(crate) fn notification(key: &str, size: u64, at: Timestamp) -> String {
    serde_json::json!({"Records": [{
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": at.to_string(),
        "eventName": "ObjectCreated:Put",
        "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": "uploads"}, "object": {"key": escaped(key), "size": size}},
    }]})
    .to_string()
}

/// Everything but letters, digits, `-`, `_` and dots inside a name is percent-encoded: a file name, and part of a path.
fn escaped(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    for (place, byte) in key.bytes().enumerate() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            b'.' if place > 0 => name.push('.'),
            other => name.push_str(&format!("%{other:02X}")),
        }
    }
    name
}

fn failed(action: &str, key: &str, error: &std::io::Error) -> PortError {
    PortError { action: format!("{action} the object `{key}`"), reason: error.to_string(), retryable: true }
}

impl Objects for Directory {
    fn upload_url<'a>(
        &'a self,
        key: &'a str,
        max_bytes: u64,
        valid_for: Duration,
    ) -> Soon<'a, Result<String, PortError>> {
        Box::pin(async move { Ok(self.address(key, max_bytes, valid_for)) })
    }

    fn size<'a>(&'a self, key: &'a str) -> Soon<'a, Result<Option<u64>, PortError>> {
        Box::pin(async move {
            match tokio::fs::metadata(self.file(key)).await {
                Ok(file) => Ok(Some(file.len())),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(failed("looking at", key, &error)),
            }
        })
    }

    fn get<'a>(&'a self, key: &'a str) -> Soon<'a, Result<Option<Vec<u8>>, PortError>> {
        Box::pin(async move {
            match tokio::fs::read(self.file(key)).await {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(failed("reading", key, &error)),
            }
        })
    }

    fn put<'a>(&'a self, key: &'a str, bytes: Vec<u8>) -> Soon<'a, Result<(), PortError>> {
        Box::pin(async move {
            let written = tokio::fs::write(self.file(key), bytes).await;
            written.map_err(|error| failed("writing", key, &error))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    struct Stopped(Mutex<Timestamp>);

    impl Clock for Stopped {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }
    }

    fn directory() -> (Directory, Arc<Stopped>) {
        let clock = Arc::new(Stopped(Mutex::new("2026-01-01T00:00:00Z".parse().unwrap())));
        let root = std::env::temp_dir().join(format!("objects-{}", std::process::id()));
        let directory = Directory::open(root, "http://127.0.0.1:1".into(), [7; 32], Arc::clone(&clock) as _).unwrap();
        (directory, clock)
    }

    fn parts(address: &str) -> (&str, &str) {
        address.strip_prefix("http://127.0.0.1:1").unwrap().split_once('?').unwrap()
    }

    #[test]
    fn an_address_admits_what_it_was_signed_for_until_it_ends() {
        let (directory, clock) = directory();
        let address = directory.address("in/a b.json", 100, Duration::from_secs(60));
        let (path, query) = parts(&address);
        let upload = Some(Upload { key: "in/a b.json".into(), max_bytes: 100 });
        assert_eq!(directory.admitted(path, query), upload);
        *clock.0.lock().unwrap() = "2026-01-01T00:01:01Z".parse().unwrap();
        assert_eq!(directory.admitted(path, query), None);
    }

    #[test]
    fn a_changed_address_admits_nothing() {
        let (directory, _) = directory();
        let address = directory.address("in/a", 100, Duration::from_secs(60));
        let (path, query) = parts(&address);
        assert_eq!(directory.admitted("/_uploads/in%2Fb", query), None);
        assert_eq!(directory.admitted(path, &query.replace("max=100", "max=1000")), None);
        assert_eq!(directory.admitted(path, ""), None);
    }

    #[test]
    fn no_key_leaves_the_directory() {
        let (directory, _) = directory();
        for key in ["../../etc/passwd", "/etc/passwd", ".."] {
            assert_eq!(directory.file(key).parent(), Some(directory.root.as_path()), "{key}");
        }
    }
}
