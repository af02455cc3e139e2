//! Large bodies, wherever they lie: one port over a library that speaks to S3 and to a directory alike.
//!
//! What differs is how a client gets an address to send bytes to: S3 signs one, the local stack makes its own
//! ([`Addresses`]). S3 is reached through the HTTP client of the AWS SDK and with its credentials (`s3`), so that a
//! function links one HTTP and TLS stack.

mod s3;

use std::sync::Arc;
use std::time::Duration;

use app::deps::{Fetched, Growing, Label, Objects, PortError, Soon};
use futures::StreamExt;
use object_store::path::Path;
use object_store::{Attributes, Error, ObjectStore, ObjectStoreExt, PutMultipartOptions, PutPayload, WriteMultipart};

pub(crate) use s3::bucket;

/// How many parts of an object are on their way at the same time; each is 5 MB.
const PARTS_ABREAST: usize = 2;

/// Who hands out addresses that a client may use without a token of ours.
pub trait Addresses: Send + Sync {
    /// An address to which at most `max_bytes` may be `PUT` until `valid_for` has passed. An address of S3 cannot limit
    /// what is sent: whoever takes the upload in reads no more than it accepts.
    fn upload_url<'a>(
        &'a self,
        place: &'a Path,
        max_bytes: u64,
        valid_for: Duration,
    ) -> Soon<'a, Result<String, Error>>;

    /// An address from which the object may be fetched until `valid_for` has passed.
    fn download_url<'a>(&'a self, place: &'a Path, valid_for: Duration) -> Soon<'a, Result<String, Error>>;

    /// What is stored with an object so that its address tells it to whoever fetches it. Nothing, where addresses find
    /// that out by themselves.
    fn attributes(&self, label: &Label) -> Attributes {
        let _ = label;
        Attributes::new()
    }
}

/// An object store of the library as the port of the product.
#[derive(Clone)]
pub struct StoredObjects {
    store: Arc<dyn ObjectStore>,
    addresses: Arc<dyn Addresses>,
}

impl StoredObjects {
    /// Objects in `store`, to which `addresses` lead.
    pub fn new(store: Arc<dyn ObjectStore>, addresses: Arc<dyn Addresses>) -> Self {
        Self { store, addresses }
    }

    async fn fetched(&self, place: &Path, at_most: u64) -> Result<Fetched, Error> {
        let found = self.store.get(place).await?;
        if found.meta.size > at_most {
            return Ok(Fetched::TooLarge);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(found.meta.size).unwrap_or(0));
        let mut pieces = found.into_stream();
        while let Some(piece) = pieces.next().await {
            bytes.extend_from_slice(&piece?);
            // The size that was told need not be the size that comes.
            if bytes.len() as u64 > at_most {
                return Ok(Fetched::TooLarge);
            }
        }
        Ok(Fetched::Whole(bytes))
    }
}

impl Objects for StoredObjects {
    fn upload_url<'a>(
        &'a self,
        key: &'a str,
        max_bytes: u64,
        valid_for: Duration,
    ) -> Soon<'a, Result<String, PortError>> {
        Box::pin(async move {
            let place = place(key)?;
            let url = self.addresses.upload_url(&place, max_bytes, valid_for).await;
            url.map_err(|error| failed("making an address for", key, &error))
        })
    }

    fn size<'a>(&'a self, key: &'a str) -> Soon<'a, Result<Option<u64>, PortError>> {
        Box::pin(async move {
            match self.store.head(&place(key)?).await {
                Ok(found) => Ok(Some(found.size)),
                Err(Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(failed("looking at", key, &error)),
            }
        })
    }

    fn get<'a>(&'a self, key: &'a str, at_most: u64) -> Soon<'a, Result<Fetched, PortError>> {
        Box::pin(async move {
            match self.fetched(&place(key)?, at_most).await {
                Ok(fetched) => Ok(fetched),
                Err(Error::NotFound { .. }) => Ok(Fetched::Absent),
                Err(error) => Err(failed("reading", key, &error)),
            }
        })
    }

    fn put<'a>(&'a self, key: &'a str, bytes: Vec<u8>) -> Soon<'a, Result<(), PortError>> {
        Box::pin(async move {
            let put = self.store.put(&place(key)?, PutPayload::from(bytes)).await;
            put.map(|_| ()).map_err(|error| failed("writing", key, &error))
        })
    }

    fn begin<'a>(&'a self, key: &'a str, label: &'a Label) -> Soon<'a, Result<Box<dyn Growing>, PortError>> {
        Box::pin(async move {
            let attributes = self.addresses.attributes(label);
            let options = PutMultipartOptions { attributes, ..PutMultipartOptions::default() };
            let begun = self.store.put_multipart_opts(&place(key)?, options).await;
            let parts = begun.map_err(|error| failed("beginning", key, &error))?;
            let growing = Parts { key: key.to_owned(), parts: WriteMultipart::new(parts) };
            Ok(Box::new(growing) as Box<dyn Growing>)
        })
    }

    fn download_url<'a>(&'a self, key: &'a str, valid_for: Duration) -> Soon<'a, Result<String, PortError>> {
        Box::pin(async move {
            let url = self.addresses.download_url(&place(key)?, valid_for).await;
            url.map_err(|error| failed("making an address of", key, &error))
        })
    }
}

/// An object that is sent in parts.
struct Parts {
    key: String,
    parts: WriteMultipart,
}

impl Growing for Parts {
    fn write(&mut self, bytes: Vec<u8>) -> Soon<'_, Result<(), PortError>> {
        Box::pin(async move {
            let sent = self.parts.wait_for_capacity(PARTS_ABREAST).await;
            sent.map_err(|error| failed("writing", &self.key, &error))?;
            self.parts.put(bytes.into());
            Ok(())
        })
    }

    fn finish(self: Box<Self>) -> Soon<'static, Result<(), PortError>> {
        Box::pin(async move {
            let Self { key, parts } = *self;
            parts.finish().await.map(|_| ()).map_err(|error| failed("finishing", &key, &error))
        })
    }

    fn abort(self: Box<Self>) -> Soon<'static, ()> {
        Box::pin(async move {
            // Parts that stay behind are removed by the lifecycle of the bucket.
            if let Err(error) = self.parts.abort().await {
                tracing::warn!(%error, "an unfinished object could not be given up");
            }
        })
    }
}

fn place(key: &str) -> Result<Path, PortError> {
    Path::parse(key).map_err(|error| failed("naming", key, &error.into()))
}

/// What the library could not do within its own retries.
fn failed(action: &str, key: &str, error: &Error) -> PortError {
    let refused = matches!(
        error,
        Error::InvalidPath { .. }
            | Error::NotSupported { .. }
            | Error::NotImplemented { .. }
            | Error::PermissionDenied { .. }
            | Error::Unauthenticated { .. }
            | Error::UnknownConfigurationKey { .. }
    );
    PortError { action: format!("{action} the object `{key}`"), reason: error.to_string(), retryable: !refused }
}

#[cfg(test)]
mod tests;
