//! Large bodies in an S3 bucket.
//!
//! Four verbs on objects need no S3 client library: a presigned address is what clients are given anyway, and the same
//! addresses serve the functions themselves. It is signed by the SDK's own signer and called by its HTTP client.

use std::time::{Duration, SystemTime};

use app::deps::{Clock, Objects, PortError, Soon};
use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::http::{Request, Response};
use aws_smithy_types::body::SdkBody;

use crate::ports::SystemClock;

/// How long an address that a function calls itself is valid.
const OWN_VALIDITY: Duration = Duration::from_secs(300);

/// A bucket.
#[derive(Debug, Clone)]
pub struct S3Objects {
    /// Where the bucket's objects begin, without a slash at the end.
    base: String,
    region: String,
    credentials: SharedCredentialsProvider,
    connector: SharedHttpConnector,
}

impl S3Objects {
    /// The bucket of this name, reached as the process is configured. `None` when region, credentials or an HTTP client
    /// are missing.
    pub fn new(config: &SdkConfig, bucket: &str) -> Option<Self> {
        let region = config.region()?.to_string();
        let base = match config.endpoint_url() {
            Some(endpoint) => format!("{}/{bucket}", endpoint.trim_end_matches('/')),
            None => format!("https://{bucket}.s3.{region}.amazonaws.com"),
        };
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(Duration::from_secs(3))
            .read_timeout(Duration::from_secs(30))
            .build();
        let sleep = SharedAsyncSleep::new(TokioSleep::new());
        let connector = aws_smithy_http_client::default_connector(&settings, Some(sleep))?;
        Some(Self { base, region, credentials: config.credentials_provider()?, connector })
    }

    /// A presigned request for `key`.
    async fn signed(&self, method: &str, key: &str, valid_for: Duration) -> Result<http::Request<SdkBody>, PortError> {
        let failed = |reason: String| port_error(method, key, reason, false);
        let credentials = self
            .credentials
            .provide_credentials()
            .await
            .map_err(|error| port_error(method, key, format!("no credentials: {error}"), true))?;
        let identity = Identity::from(credentials);
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(valid_for);
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(SystemTime::from(SystemClock.now()))
            .settings(settings)
            .build()
            .map_err(|error| failed(error.to_string()))?
            .into();
        let url = format!("{}/{}", self.base, escaped(key));
        let signable = SignableRequest::new(method, url.as_str(), std::iter::empty(), SignableBody::UnsignedPayload)
            .map_err(|error| failed(error.to_string()))?;
        let (instructions, _) = sign(signable, &parameters).map_err(|error| failed(error.to_string()))?.into_parts();
        let mut request = http::Request::builder()
            .method(method)
            .uri(url)
            .body(SdkBody::empty())
            .map_err(|error| failed(error.to_string()))?;
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }

    async fn call(&self, method: &'static str, key: &str, body: Vec<u8>) -> Result<Response<SdkBody>, PortError> {
        let request = self.signed(method, key, OWN_VALIDITY).await?.map(|_| SdkBody::from(body));
        let request = Request::try_from(request).map_err(|error| port_error(method, key, error.to_string(), false))?;
        self.connector.call(request).await.map_err(|error| port_error(method, key, error.to_string(), true))
    }
}

fn port_error(method: &str, key: &str, reason: String, retryable: bool) -> PortError {
    PortError { action: format!("{method} of the object `{key}`"), reason, retryable }
}

fn unexpected(method: &str, key: &str, status: u16) -> PortError {
    port_error(method, key, format!("status {status}"), status >= 500 || status == 429)
}

/// A key as it stands in an address: everything but unreserved characters and the slash is percent-encoded.
fn escaped(key: &str) -> String {
    let mut text = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => text.push(char::from(byte)),
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

impl Objects for S3Objects {
    /// A presigned `PUT` cannot limit what is sent: whoever takes the upload in looks at [`Objects::size`] first.
    fn upload_url<'a>(
        &'a self,
        key: &'a str,
        _max_bytes: u64,
        valid_for: Duration,
    ) -> Soon<'a, Result<String, PortError>> {
        Box::pin(async move { Ok(self.signed("PUT", key, valid_for).await?.uri().to_string()) })
    }

    fn size<'a>(&'a self, key: &'a str) -> Soon<'a, Result<Option<u64>, PortError>> {
        Box::pin(async move {
            let response = self.call("HEAD", key, Vec::new()).await?;
            match response.status().as_u16() {
                200 => Ok(response.headers().get("content-length").and_then(|length| length.parse().ok())),
                404 => Ok(None),
                status => Err(unexpected("HEAD", key, status)),
            }
        })
    }

    fn get<'a>(&'a self, key: &'a str) -> Soon<'a, Result<Option<Vec<u8>>, PortError>> {
        Box::pin(async move {
            let response = self.call("GET", key, Vec::new()).await?;
            match response.status().as_u16() {
                200 => {
                    let body = aws_smithy_types::byte_stream::ByteStream::new(response.into_body()).collect().await;
                    let body = body.map_err(|error| port_error("GET", key, error.to_string(), true))?;
                    Ok(Some(body.into_bytes().to_vec()))
                }
                404 => Ok(None),
                status => Err(unexpected("GET", key, status)),
            }
        })
    }

    fn put<'a>(&'a self, key: &'a str, bytes: Vec<u8>) -> Soon<'a, Result<(), PortError>> {
        Box::pin(async move {
            let response = self.call("PUT", key, bytes).await?;
            match response.status().as_u16() {
                200 | 204 => Ok(()),
                status => Err(unexpected("PUT", key, status)),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use aws_credential_types::Credentials;
    use aws_types::region::Region;

    use super::*;

    fn bucket(endpoint: Option<&str>) -> S3Objects {
        let mut config = SdkConfig::builder().region(Region::new("eu-central-1")).credentials_provider(
            SharedCredentialsProvider::new(Credentials::new("key", "secret", None, None, "test")),
        );
        config.set_endpoint_url(endpoint.map(str::to_owned));
        S3Objects::new(&config.build(), "uploads").unwrap()
    }

    #[tokio::test]
    async fn an_upload_address_names_the_object_and_ends() {
        let url = bucket(None).upload_url("in/a b", 1, Duration::from_secs(60)).await.unwrap();
        assert!(url.starts_with("https://uploads.s3.eu-central-1.amazonaws.com/in/a%20b?"), "{url}");
        assert!(url.contains("X-Amz-Expires=60") && url.contains("X-Amz-Signature="), "{url}");
        assert!(!url.contains("secret"), "{url}");
    }

    #[tokio::test]
    async fn another_endpoint_is_addressed_by_path() {
        let url = bucket(Some("http://127.0.0.1:4700/")).upload_url("x", 1, Duration::from_secs(60)).await.unwrap();
        assert!(url.starts_with("http://127.0.0.1:4700/uploads/x?"), "{url}");
    }
}
