//! Large bodies in a directory, with upload addresses as an object store hands them out: signed, short-lived, on the
//! loopback address.

use std::path::Path as Folder;
use std::sync::Arc;
use std::time::Duration;

use app::deps::{Clock, Soon};
use bytes::Bytes;
use domain::export::Format;
use jiff::Timestamp;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, WriteMultipart};
use runtime::objects::{Addresses, StoredObjects};
use runtime::router::percent_decoded;
use sha2::{Digest, Sha256};

/// The path under which uploads are taken in; no route of the API begins so.
pub(crate) const PREFIX: &str = "/_uploads/";
/// The path under which files are handed out.
pub(crate) const DOWNLOADS: &str = "/_downloads/";

/// A directory that serves as object store.
#[derive(Clone)]
pub(crate) struct Directory {
    store: Arc<LocalFileSystem>,
    base_url: String,
    /// Signs addresses; new with every start, so that old addresses die with the process.
    secret: [u8; 32],
    clock: Arc<dyn Clock>,
}

/// An upload that is allowed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    pub(crate) place: Path,
    pub(crate) max_bytes: u64,
}

impl Directory {
    pub(crate) fn open(
        root: &Folder,
        base_url: String,
        secret: [u8; 32],
        clock: Arc<dyn Clock>,
    ) -> Result<Self, crate::Error> {
        std::fs::create_dir_all(root)?;
        let store = Arc::new(LocalFileSystem::new_with_prefix(root).map_err(crate::Error::of)?);
        Ok(Self { store, base_url, secret, clock })
    }

    /// The directory as functions see it.
    pub(crate) fn port(&self) -> StoredObjects {
        StoredObjects::new(Arc::clone(&self.store) as Arc<dyn ObjectStore>, Arc::new(self.clone()))
    }

    /// Begins to write an object, which appears whole or not at all.
    pub(crate) async fn begin(&self, place: &Path) -> Result<WriteMultipart, Error> {
        Ok(WriteMultipart::new(self.store.put_multipart(place).await?))
    }

    /// What the path and query of a `PUT` are allowed to upload; `None` when they are not signed, or no longer valid.
    pub(crate) fn admitted(&self, path: &str, query: &str) -> Option<Upload> {
        let place = Path::parse(percent_decoded(path.strip_prefix(PREFIX)?)).ok()?;
        let max_bytes: u64 = value(query, "max")?.parse().ok()?;
        self.is_signed("PUT", &place, max_bytes, query)?.then_some(Upload { place, max_bytes })
    }

    /// What the path and query of a `GET` are allowed to fetch; `None` when they are not signed, or no longer valid.
    pub(crate) fn fetched(&self, path: &str, query: &str) -> Option<Path> {
        let place = Path::parse(percent_decoded(path.strip_prefix(DOWNLOADS)?)).ok()?;
        self.is_signed("GET", &place, 0, query)?.then_some(place)
    }

    fn is_signed(&self, method: &str, place: &Path, max_bytes: u64, query: &str) -> Option<bool> {
        let expires: i64 = value(query, "expires")?.parse().ok()?;
        let signed = self.signature(method, place, max_bytes, expires) == value(query, "signature")?;
        Some(signed && self.clock.now().as_second() <= expires)
    }

    /// All of an object.
    pub(crate) async fn read(&self, place: &Path) -> Result<Bytes, Error> {
        self.store.get(place).await?.bytes().await
    }

    fn address(&self, place: &Path, max_bytes: u64, valid_for: Duration) -> String {
        let expires = self.expiry(valid_for);
        let signature = self.signature("PUT", place, max_bytes, expires);
        let escaped = escaped(place.as_ref());
        format!("{}{PREFIX}{escaped}?expires={expires}&max={max_bytes}&signature={signature}", self.base_url)
    }

    fn expiry(&self, valid_for: Duration) -> i64 {
        let seconds = i64::try_from(valid_for.as_secs()).unwrap_or(i64::MAX);
        self.clock.now().as_second().saturating_add(seconds)
    }

    /// A keyed hash, nested so that nobody can extend what was signed.
    fn signature(&self, method: &str, place: &Path, max_bytes: u64, expires: i64) -> String {
        let message = format!("{method}\n{max_bytes}\n{expires}\n{place}");
        let inner = Sha256::new().chain_update(self.secret).chain_update(message).finalize();
        let outer = Sha256::new().chain_update(self.secret).chain_update(inner).finalize();
        outer.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Addresses for Directory {
    fn upload_url<'a>(
        &'a self,
        place: &'a Path,
        max_bytes: u64,
        valid_for: Duration,
    ) -> Soon<'a, Result<String, Error>> {
        Box::pin(async move { Ok(self.address(place, max_bytes, valid_for)) })
    }

    fn download_url<'a>(&'a self, place: &'a Path, valid_for: Duration) -> Soon<'a, Result<String, Error>> {
        Box::pin(async move {
            let expires = self.expiry(valid_for);
            let signature = self.signature("GET", place, 0, expires);
            let escaped = escaped(place.as_ref());
            Ok(format!("{}{DOWNLOADS}{escaped}?expires={expires}&signature={signature}", self.base_url))
        })
    }
}

/// A parameter of a query.
fn value<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(held, _)| *held == name).map(|(_, value)| value)
}

/// What a file is, by the end of its name: an object store would have been told when it was stored.
pub(crate) fn media_type(place: &Path) -> &'static str {
    let extension = place.extension();
    let known = Format::ALL.into_iter().find(|format| extension == Some(format.extension()));
    known.map_or("application/octet-stream", Format::media_type)
}

/// What an object store tells a queue about a new object.
pub(crate) fn notification(place: &Path, size: u64, at: Timestamp) -> String {
    serde_json::json!({"Records": [{
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": at.to_string(),
        "eventName": "ObjectCreated:Put",
        "s3": {
            "s3SchemaVersion": "1.0", "bucket": {"name": "uploads"},
            "object": {"key": escaped(place.as_ref()), "size": size},
        },
    }]})
    .to_string()
}

/// A place as a part of a path: everything but letters, digits, `-`, `_` and `.` is percent-encoded.
fn escaped(place: &str) -> String {
    let mut name = String::with_capacity(place.len());
    for byte in place.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => name.push(char::from(byte)),
            other => name.push_str(&format!("%{other:02X}")),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use app::deps::{Fetched, Objects};

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
        let directory = Directory::open(&root, "http://127.0.0.1:1".into(), [7; 32], Arc::clone(&clock) as _).unwrap();
        (directory, clock)
    }

    fn parts(address: &str) -> (&str, &str) {
        address.strip_prefix("http://127.0.0.1:1").unwrap().split_once('?').unwrap()
    }

    #[test]
    fn an_address_admits_what_it_was_signed_for_until_it_ends() {
        let (directory, clock) = directory();
        let address = directory.address(&Path::from("in/a b.json"), 100, Duration::from_secs(60));
        let (path, query) = parts(&address);
        let upload = Some(Upload { place: Path::from("in/a b.json"), max_bytes: 100 });
        assert_eq!(directory.admitted(path, query), upload);
        *clock.0.lock().unwrap() = "2026-01-01T00:01:01Z".parse().unwrap();
        assert_eq!(directory.admitted(path, query), None);
    }

    #[test]
    fn a_changed_address_admits_nothing() {
        let (directory, _) = directory();
        let address = directory.address(&Path::from("in/a"), 100, Duration::from_secs(60));
        let (path, query) = parts(&address);
        assert_eq!(directory.admitted("/_uploads/in%2Fb", query), None);
        assert_eq!(directory.admitted(path, &query.replace("max=100", "max=1000")), None);
        assert_eq!(directory.admitted(path, ""), None);
    }

    #[tokio::test]
    async fn an_address_to_fetch_a_file_does_not_let_anybody_replace_it() {
        let (directory, clock) = directory();
        let place = Path::from("exports/1/june.csv");
        let address = directory.download_url(&place, Duration::from_secs(60)).await.unwrap();
        let (path, query) = parts(&address);
        assert_eq!(directory.fetched(path, query), Some(place));
        assert_eq!(directory.fetched("/_downloads/exports%2F2%2Fjune.csv", query), None);
        assert_eq!(directory.admitted(&path.replace("_downloads", "_uploads"), &format!("{query}&max=0")), None);
        *clock.0.lock().unwrap() = "2026-01-01T00:01:01Z".parse().unwrap();
        assert_eq!(directory.fetched(path, query), None);
    }

    #[test]
    fn no_path_leaves_the_directory() {
        let (directory, _) = directory();
        for key in ["../../etc/passwd", "/etc/passwd", "..", "in/../../x"] {
            assert_eq!(directory.admitted(&format!("{PREFIX}{}", escaped(key)), ""), None, "{key}");
        }
    }

    #[tokio::test]
    async fn an_object_appears_when_its_upload_is_finished_and_not_before() {
        let (directory, _) = directory();
        let (port, place) = (directory.port(), Path::from("in/whole"));
        let mut upload = directory.begin(&place).await.unwrap();
        upload.write(b"half");
        assert_eq!(port.get("in/whole", 100).await.unwrap(), Fetched::Absent);
        upload.finish().await.unwrap();
        assert_eq!(port.get("in/whole", 100).await.unwrap(), Fetched::Whole(b"half".to_vec()));
        assert_eq!(port.get("in/whole", 3).await.unwrap(), Fetched::TooLarge);
        assert_eq!(port.size("in/whole").await.unwrap(), Some(4));
        directory.store.delete(&place).await.unwrap();
    }
}
