//! A bucket: the library's S3 client over the HTTP client and the credentials of the AWS SDK.

use std::sync::Arc;
use std::time::Duration;

use app::deps::{Label, Soon};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext};
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::Request;
use aws_smithy_types::body::SdkBody;
use http::Method;
use http_body_util::BodyExt;
use object_store::aws::{AmazonS3, AmazonS3Builder, AwsCredential};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
};
use object_store::path::Path;
use object_store::signer::Signer;
use object_store::{Attribute, Attributes, ClientOptions, CredentialProvider, Error, RetryConfig};

use super::{Addresses, StoredObjects};

/// How long the library repeats a request, so that a function has time left to say that it failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// The bucket of this name, reached as the process is configured; by path where an endpoint of its own is configured.
/// Certificates are checked against what `trusted` holds, as those of the other services. `None` when region or credentials
/// are missing.
pub(crate) fn bucket(config: &SdkConfig, name: &str, trusted: TlsContext) -> Option<StoredObjects> {
    let settings = HttpConnectorSettings::builder()
        .connect_timeout(Duration::from_secs(3))
        .read_timeout(Duration::from_secs(30))
        .build();
    let connector = Connector::builder()
        .connector_settings(settings)
        .sleep_impl(TokioSleep::new())
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(trusted)
        .build();
    reached(config, name, SharedHttpConnector::new(connector))
}

/// As [`bucket`], through this HTTP client.
pub(super) fn reached(config: &SdkConfig, name: &str, client: SharedHttpConnector) -> Option<StoredObjects> {
    let builder = AmazonS3Builder::new()
        .with_bucket_name(name)
        .with_region(config.region()?.as_ref())
        .with_credentials(Arc::new(SdkCredentials(config.credentials_provider()?)))
        .with_http_connector(SdkClient(client))
        .with_unsigned_payload(true)
        .with_retry(RetryConfig { max_retries: 4, retry_timeout: PATIENCE, ..RetryConfig::default() });
    let builder = match config.endpoint_url() {
        Some(endpoint) => builder.with_endpoint(endpoint).with_allow_http(true),
        None => builder.with_virtual_hosted_style_request(true),
    };
    let store = Arc::new(builder.build().ok()?);
    Some(StoredObjects::new(Arc::clone(&store) as _, Arc::new(Signed(store))))
}

/// Addresses that S3 accepts because they are signed.
struct Signed(Arc<AmazonS3>);

impl Addresses for Signed {
    fn upload_url<'a>(
        &'a self,
        place: &'a Path,
        _max_bytes: u64,
        valid_for: Duration,
    ) -> Soon<'a, Result<String, Error>> {
        Box::pin(async move { Ok(self.0.signed_url(Method::PUT, place, valid_for).await?.to_string()) })
    }

    fn download_url<'a>(&'a self, place: &'a Path, valid_for: Duration) -> Soon<'a, Result<String, Error>> {
        Box::pin(async move { Ok(self.0.signed_url(Method::GET, place, valid_for).await?.to_string()) })
    }

    fn attributes(&self, label: &Label) -> Attributes {
        Attributes::from_iter([
            (Attribute::ContentType, label.media_type.to_owned()),
            (Attribute::ContentDisposition, format!("attachment; filename=\"{}\"", label.file_name)),
        ])
    }
}

/// The SDK's credentials, as the library asks for them.
#[derive(Debug)]
struct SdkCredentials(SharedCredentialsProvider);

#[async_trait]
impl CredentialProvider for SdkCredentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> Result<Arc<AwsCredential>, Error> {
        let held = self.0.provide_credentials().await;
        let held = held.map_err(|error| Error::Generic { store: "S3", source: Box::new(error) })?;
        Ok(Arc::new(AwsCredential {
            key_id: held.access_key_id().to_owned(),
            secret_key: held.secret_access_key().to_owned(),
            token: held.session_token().map(str::to_owned),
        }))
    }
}

/// The SDK's HTTP client, as the library calls it.
#[derive(Debug, Clone)]
struct SdkClient(SharedHttpConnector);

impl HttpConnector for SdkClient {
    fn connect(&self, _: &ClientOptions) -> Result<HttpClient, Error> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for SdkClient {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = Request::try_from(request.map(SdkBody::from_body_1_x));
        let request = request.map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        let response = self.0.call(request).await.map_err(|error| HttpError::new(kind(&error), error))?;
        let response = response.try_into_http1x().map_err(|error| HttpError::new(HttpErrorKind::Decode, error))?;
        let interrupted = |error| HttpError::new_boxed(HttpErrorKind::Interrupted, error);
        Ok(response.map(|body| HttpResponseBody::new(body.map_err(interrupted))))
    }
}

/// What the library decides its retries by.
fn kind(error: &ConnectorError) -> HttpErrorKind {
    if error.is_timeout() {
        HttpErrorKind::Timeout
    } else if error.is_io() {
        HttpErrorKind::Connect
    } else {
        HttpErrorKind::Unknown
    }
}
