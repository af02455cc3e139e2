//! An SQS of our own process: the SDK's client speaks to it without a network.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig};
use aws_sdk_sqs::types::QueueAttributeName;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::BodyExt;
use rustack_sqs_core::config::SqsConfig;
use rustack_sqs_core::handler::RustackSqsHandler;
use rustack_sqs_core::provider::RustackSqs;
use rustack_sqs_http::dispatch::dispatch_operation;
use rustack_sqs_http::response::error_to_response;
use rustack_sqs_model::operations::SqsOperation;

use crate::Error;
use crate::template::Queue;

/// The queues of the template, with the client that reaches them.
#[derive(Debug, Clone)]
pub(crate) struct Queues {
    provider: Arc<RustackSqs>,
    pub(crate) client: Client,
    /// Address of each queue by its logical id.
    addresses: BTreeMap<String, String>,
}

impl Queues {
    /// Makes the queues, dead letters first because the others name them.
    pub(crate) async fn create(queues: &BTreeMap<String, Queue>) -> Result<Self, Error> {
        let provider = Arc::new(RustackSqs::new(SqsConfig::default()));
        let handler = InProcess(Arc::new(RustackSqsHandler::new(Arc::clone(&provider))));
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url("http://queues.invalid")
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
            .http_client(handler)
            // A long poll that waits on a busy machine is no stalled stream: nothing travels over a network here.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        let client = Client::from_conf(config);
        let mut addresses = BTreeMap::new();
        let (first, then): (Vec<_>, Vec<_>) = queues.iter().partition(|(_, queue)| queue.redrive.is_none());
        for (id, queue) in first.into_iter().chain(then) {
            let address = create(&client, id, queue).await?;
            addresses.insert(id.clone(), address);
        }
        Ok(Self { provider, client, addresses })
    }

    /// The address of a queue by its logical id.
    pub(crate) fn address(&self, id: &str) -> Result<&str, Error> {
        let address = self.addresses.get(id).map(String::as_str);
        address.ok_or_else(|| Error::new(format!("the template has no queue `{id}`")))
    }

    /// Messages in any queue, dead letters left out, waiting or hidden. Those whose time has not come are nobody's work yet.
    pub(crate) async fn unfinished(&self, ids: &[String]) -> Result<u64, Error> {
        let mut sum = 0;
        for id in ids {
            let attributes = self.client.get_queue_attributes().queue_url(self.address(id)?);
            let attributes = attributes.attribute_names(QueueAttributeName::All).send().await.map_err(Error::of)?;
            let counts = [
                QueueAttributeName::ApproximateNumberOfMessages,
                QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            ];
            let held = attributes.attributes.unwrap_or_default();
            sum += counts.iter().filter_map(|name| held.get(name)?.parse::<u64>().ok()).sum::<u64>();
        }
        Ok(sum)
    }

    pub(crate) async fn shutdown(&self) {
        self.provider.shutdown_all().await;
    }
}

async fn create(client: &Client, id: &str, queue: &Queue) -> Result<String, Error> {
    let visibility = queue.visibility_seconds.to_string();
    let mut request = client.create_queue().queue_name(id);
    request = request.attributes(QueueAttributeName::VisibilityTimeout, visibility);
    request = request.attributes(QueueAttributeName::DelaySeconds, queue.delay_seconds.to_string());
    if let Some((dead_letters, count)) = &queue.redrive {
        let target = format!("arn:aws:sqs:us-east-1:000000000000:{dead_letters}");
        let policy = serde_json::json!({"deadLetterTargetArn": target, "maxReceiveCount": count}).to_string();
        request = request.attributes(QueueAttributeName::RedrivePolicy, policy);
    }
    let address = request.send().await.map_err(Error::of)?.queue_url;
    address.ok_or_else(|| Error::new(format!("the queue `{id}` has no address")))
}

/// Hands the JSON of a request to the queue engine.
#[derive(Debug, Clone)]
struct InProcess(Arc<RustackSqsHandler>);

impl InProcess {
    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let name = target.strip_prefix("AmazonSQS.").unwrap_or_default();
        let operation = SqsOperation::from_name(name)
            .ok_or_else(|| ConnectorError::user(format!("`{target}` is not an operation of SQS").into()))?;
        let body = Bytes::copy_from_slice(request.body().bytes().unwrap_or_default());
        let response = dispatch_operation(self.0.as_ref(), operation, body).await;
        let response = response.unwrap_or_else(|error| error_to_response(&error, "local"));
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| ConnectorError::io(error.into()))?.to_bytes();
        let response = http::Response::from_parts(parts, SdkBody::from(body));
        HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let queues = self.clone();
        HttpConnectorFuture::new(async move { queues.answer(request).await })
    }
}

impl HttpClient for InProcess {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
