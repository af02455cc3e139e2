//! How a function starts: configuration from the environment, clients with an open connection, logging, and then the
//! runtime's loop. A wrong setting ends the start, not a request.
//!
//! | variable | meaning | needed by |
//! |---|---|---|
//! | `TABLE_NAME` | the table | every function |
//! | `MATERIALISE_QUEUE_URL`, `INGEST_QUEUE_URL` | where background work goes | functions that start jobs |
//! | `EVENT_BUS_NAME` | the bus that events are told on | functions that change something |
//! | `UPLOADS_BUCKET` | where large bodies lie | functions that hand out or read uploads |
//!
//! What is logged and measured depends on further ones, see [`crate::logging`].

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use app::deps::{Config, Deps, Events, Message, Objects, PortError, Queue, Soon};
use app::event::Envelope;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use http::Response;
use lambda_http::{Body, Request};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::Store;

use crate::bus::EventBridge;
use crate::logging;
use crate::ports::{SqsQueues, SystemClock, SystemIds};
use crate::s3::S3Objects;

/// A setting is missing or unusable.
#[derive(Debug, thiserror::Error)]
#[error("the variable `{0}` is missing or unusable")]
pub struct SettingError(&'static str);

/// Runs a function behind the HTTP API.
///
/// # Errors
/// When the function cannot start.
pub async fn run_http<H, Fut>(handle: H) -> Result<(), Error>
where
    H: Fn(Arc<Deps>, Request) -> Fut + Send + Sync,
    Fut: Future<Output = Response<Body>> + Send,
{
    let deps = start_telling().await?;
    lambda_http::run(service_fn(move |request: Request| {
        let response = handle(Arc::clone(&deps), request);
        async move { Ok::<_, Error>(response.await) }
    }))
    .await
}

/// Runs a function behind a queue.
///
/// # Errors
/// When the function cannot start.
pub async fn run_sqs<H, Fut>(handle: H) -> Result<(), Error>
where
    H: Fn(Arc<Deps>, LambdaEvent<SqsEvent>) -> Fut + Send + Sync,
    Fut: Future<Output = SqsBatchResponse> + Send,
{
    let handle = move |deps, event| {
        let response = handle(deps, event);
        async move { Ok(response.await) }
    };
    serve(start_telling().await?, handle).await
}

/// Runs a function behind a schedule. An error makes Lambda try once more; the next tick finds the rest.
///
/// # Errors
/// When the function cannot start.
pub async fn run_schedule<H, Fut>(handle: H) -> Result<(), Error>
where
    H: Fn(Arc<Deps>, LambdaEvent<EventBridgeEvent<serde_json::Value>>) -> Fut + Send + Sync,
    Fut: Future<Output = Result<(), Error>> + Send,
{
    serve(start_telling().await?, handle).await
}

/// Runs a function behind any other event, the gateway's authorizer for instance. It tells nothing: the client of the bus
/// is not even part of its program.
///
/// # Errors
/// When the function cannot start.
pub async fn run_event<H, Fut, E, R>(handle: H) -> Result<(), Error>
where
    H: Fn(Arc<Deps>, LambdaEvent<E>) -> Fut + Send + Sync,
    Fut: Future<Output = Result<R, Error>> + Send,
    E: DeserializeOwned,
    R: Serialize,
{
    serve(start().await?, handle).await
}

async fn serve<H, Fut, E, R>(deps: Arc<Deps>, handle: H) -> Result<(), Error>
where
    H: Fn(Arc<Deps>, LambdaEvent<E>) -> Fut + Send + Sync,
    Fut: Future<Output = Result<R, Error>> + Send,
    E: DeserializeOwned,
    R: Serialize,
{
    lambda_runtime::run(service_fn(move |event: LambdaEvent<E>| handle(Arc::clone(&deps), event))).await
}

/// Logging and everything that a use case may touch but the bus, from the environment.
///
/// # Errors
/// When a setting is missing.
pub async fn start() -> Result<Arc<Deps>, Error> {
    logging::start();
    let config = aws_config::defaults(BehaviorVersion::latest()).load().await;
    warmed(deps(&config, setting("TABLE_NAME").ok_or(SettingError("TABLE_NAME"))?)?).await
}

/// The same with the bus.
async fn start_telling() -> Result<Arc<Deps>, Error> {
    logging::start();
    let config = aws_config::defaults(BehaviorVersion::latest()).load().await;
    let mut deps = deps(&config, setting("TABLE_NAME").ok_or(SettingError("TABLE_NAME"))?)?;
    if let Some(bus) = setting("EVENT_BUS_NAME") {
        deps.events = Arc::new(EventBridge::new(aws_sdk_eventbridge::Client::new(&config), bus));
    }
    warmed(deps).await
}

async fn warmed(deps: Deps) -> Result<Arc<Deps>, Error> {
    // A cold first request spends nearly all of its time on the handshake with the table; the start of a function has
    // time for it. Whether it succeeds does not matter here: the first request will say.
    let _ = tokio::time::timeout(Duration::from_secs(2), deps.store.warm()).await;
    Ok(Arc::new(deps))
}

/// Everything that a use case may touch of an installation with this table, but the bus: its events are left to the
/// installation's own sweep.
///
/// # Errors
/// When a setting is unusable.
pub async fn connect(table: String) -> Result<Deps, SettingError> {
    deps(&aws_config::defaults(BehaviorVersion::latest()).load().await, table)
}

fn deps(config: &SdkConfig, table: String) -> Result<Deps, SettingError> {
    Ok(Deps {
        store: Store::new(aws_sdk_dynamodb::Client::new(config), table),
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
        queue: queue(config),
        events: Arc::new(Absent),
        objects: objects(config)?,
        settings: Config::default(),
    })
}

fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn queue(config: &SdkConfig) -> Arc<dyn Queue> {
    match (setting("MATERIALISE_QUEUE_URL"), setting("INGEST_QUEUE_URL")) {
        (None, None) => Arc::new(Absent),
        (materialise, ingest) => Arc::new(SqsQueues::new(aws_sdk_sqs::Client::new(config), materialise, ingest)),
    }
}

fn objects(config: &SdkConfig) -> Result<Arc<dyn Objects>, SettingError> {
    match setting("UPLOADS_BUCKET") {
        Some(bucket) => Ok(Arc::new(S3Objects::new(config, &bucket).ok_or(SettingError("UPLOADS_BUCKET"))?)),
        None => Ok(Arc::new(Absent)),
    }
}

/// The port of a function that has no business there: its role would not let it either.
#[derive(Debug)]
struct Absent;

impl Absent {
    fn refuse<'a, T: Send + 'a>(what: &str) -> Soon<'a, Result<T, PortError>> {
        let action = what.to_owned();
        let reason = "this function is not configured for it".to_owned();
        Box::pin(async move { Err(PortError { action, reason, retryable: false }) })
    }
}

impl Queue for Absent {
    fn send<'a>(&'a self, _: &'a Message) -> Soon<'a, Result<(), PortError>> {
        Self::refuse("sending a message")
    }
}

impl Events for Absent {
    fn publish<'a>(&'a self, events: &'a [Envelope]) -> Soon<'a, Vec<Result<(), PortError>>> {
        Box::pin(async move {
            let mut refusals = Vec::with_capacity(events.len());
            for _ in events {
                refusals.push(Self::refuse("telling an event").await);
            }
            refusals
        })
    }
}

impl Objects for Absent {
    fn upload_url<'a>(&'a self, _: &'a str, _: u64, _: Duration) -> Soon<'a, Result<String, PortError>> {
        Self::refuse("making an upload address")
    }

    fn size<'a>(&'a self, _: &'a str) -> Soon<'a, Result<Option<u64>, PortError>> {
        Self::refuse("looking at an object")
    }

    fn get<'a>(&'a self, _: &'a str) -> Soon<'a, Result<Option<Vec<u8>>, PortError>> {
        Self::refuse("reading an object")
    }

    fn put<'a>(&'a self, _: &'a str, _: Vec<u8>) -> Soon<'a, Result<(), PortError>> {
        Self::refuse("writing an object")
    }
}
