//! How a function starts: configuration from the environment, clients with an open connection, logging, and then the
//! runtime's loop. A wrong setting ends the start, not a request.
//!
//! | variable | meaning | needed by |
//! |---|---|---|
//! | `AWS_REGION`, `AWS_ACCESS_KEY_ID`, … | where, and as whom; Lambda sets them | every function |
//! | `AWS_ENDPOINT_URL` | the address of an emulator | functions in one |
//! | `AWS_CA_BUNDLE` | a file of certificate authorities to believe instead of Amazon's | functions behind a proxy that opens TLS |
//! | `TABLE_NAME` | the table | every function |
//! | `MATERIALISE_QUEUE_URL`, `INGEST_QUEUE_URL`, `EVALUATE_QUEUE_URL`, `AUTOMATE_QUEUE_URL`, `EXPORT_QUEUE_URL`, `NOTIFY_QUEUE_URL`, `DELIVER_QUEUE_URL` | where background work goes, and where failed work comes again | functions that start jobs, and those that work on them |
//! | `RETRY_SECONDS` | how long background work that failed waits for its second try; 10 where nothing is said | functions that do such work |
//! | `EVENT_BUS_NAME` | the bus that events are told on | functions that change something |
//! | `REVIEW_URL` | where people find reviews, for links; the id of a review is appended | functions that show help pages |
//! | `MAIL_TIME_ZONE`, `REMINDER_HOUR`, `REMINDER_DAYS` | when reviewers are reminded by mail | the function that sends mails, where there is a mail host |
//! | `WEBHOOK_REACH` | `anywhere`: receivers of webhooks may stand in private networks | functions that know receivers |
//! | `UPLOADS_BUCKET` | where large bodies lie | functions that hand out or read uploads |
//! | `EXPORTS_BUCKET` | where exported files lie | functions that write them or hand them out |
//!
//! A program holds the clients of those ports alone that it names ([`Ports`]): each of them is large, and a function that
//! starts jobs need not know of buckets.
//!
//! What is logged and measured depends on further ones, see [`crate::logging`].

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use app::deps::{Config, Deps, Events, FirstRetries, Mailer, NoMail, Objects, Queue, Receivers};
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext};
use delivery::Reach;
use domain::reminder::Reminders;
use http::Response;
use jiff::tz::TimeZone;
use lambda_http::{Body, IntoResponse, Request};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::Store;

use crate::absent::Absent;
use crate::bus::EventBridge;
use crate::logging;
use crate::ports::{QUEUES, SqsQueues, SystemClock, SystemIds};
use crate::receivers::OverHttp;

/// A setting is missing or unusable.
#[derive(Debug, thiserror::Error)]
#[error("the variable `{0}` is missing or unusable")]
pub struct SettingError(pub &'static str);

type Make<T> = fn(&SdkConfig) -> Result<Arc<T>, SettingError>;
/// Makes the way to people's mailboxes, where the installation has one.
pub type MakeMailer = fn(&SdkConfig) -> Result<Option<Arc<dyn Mailer>>, SettingError>;

/// What a function reaches besides the table. A port that is named must be configured, or the function does not start;
/// one that is not named refuses whatever it is asked.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    queues: Make<dyn Queue>,
    events: Make<dyn Events>,
    objects: Make<dyn Objects>,
    receivers: fn(Reach) -> Arc<dyn Receivers>,
    mailer: MakeMailer,
}

impl Ports {
    /// The table alone.
    pub const NONE: Self = Self {
        queues: |_| Ok(Arc::new(Absent)),
        events: |_| Ok(Arc::new(Absent)),
        objects: |_| Ok(Arc::new(Absent)),
        receivers: |_| Arc::new(Absent),
        mailer: |_| Ok(None),
    };

    /// Also the queues of background work.
    #[must_use]
    pub const fn queues(self) -> Self {
        Self { queues, ..self }
    }

    /// Also the bus that events are told on.
    #[must_use]
    pub const fn events(self) -> Self {
        Self { events, ..self }
    }

    /// Also the bucket of large bodies.
    #[must_use]
    pub const fn objects(self) -> Self {
        Self { objects, ..self }
    }

    /// Also the bucket of exported files, in place of that of large bodies: no function needs both.
    #[must_use]
    pub const fn exports(self) -> Self {
        Self { objects: exports, ..self }
    }

    /// Also people's mailboxes, by a way that the function itself brings, where the installation has one.
    #[must_use]
    pub const fn mailer(self, mailer: MakeMailer) -> Self {
        Self { mailer, ..self }
    }

    /// Also receivers of messages.
    #[must_use]
    pub const fn receivers(self) -> Self {
        Self { receivers, ..self }
    }
}

/// Runs a function behind the HTTP API.
///
/// # Errors
/// When the function cannot start.
pub async fn run_http<H, Fut>(ports: Ports, handle: H) -> Result<(), Error>
where
    H: Fn(Arc<Deps>, Request) -> Fut + Send + Sync,
    Fut: Future<Output = Response<Body>> + Send,
{
    let deps = start(ports).await?;
    lambda_http::run(service_fn(move |request: Request| {
        let response = handle(Arc::clone(&deps), request);
        async move { Ok::<_, Error>(Ready(response.await)) }
    }))
    .await
}

/// An answer as the gateway is to have it: text is UTF-8 already. The library would decode every answer by its charset,
/// which copies it once more and brings the tables of all charsets into each function.
struct Ready(Response<Body>);

impl IntoResponse for Ready {
    fn into_response(self) -> Pin<Box<dyn Future<Output = Response<Body>> + Send>> {
        Box::pin(ready(self.0))
    }
}

/// Runs a function behind a queue.
///
/// # Errors
/// When the function cannot start.
pub async fn run_sqs<H, Fut>(ports: Ports, handle: H) -> Result<(), Error>
where
    H: Fn(Arc<Deps>, LambdaEvent<SqsEvent>) -> Fut + Send + Sync,
    Fut: Future<Output = SqsBatchResponse> + Send,
{
    let handle = move |deps, event| {
        let response = handle(deps, event);
        async move { Ok(response.await) }
    };
    serve(start(ports).await?, handle).await
}

/// Runs a function behind a schedule. An error makes Lambda try once more; the next tick finds the rest.
///
/// # Errors
/// When the function cannot start.
pub async fn run_schedule<H, Fut>(ports: Ports, handle: H) -> Result<(), Error>
where
    H: Fn(Arc<Deps>, LambdaEvent<EventBridgeEvent<serde_json::Value>>) -> Fut + Send + Sync,
    Fut: Future<Output = Result<(), Error>> + Send,
{
    serve(start(ports).await?, handle).await
}

/// Runs a function behind any other event, with the table alone: the gateway's authorizer for instance.
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
    serve(start(Ports::NONE).await?, handle).await
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

/// Logging and everything that a use case may touch, from the environment.
async fn start(ports: Ports) -> Result<Arc<Deps>, Error> {
    logging::start();
    let config = in_lambda()?;
    let table = setting("TABLE_NAME").ok_or(SettingError("TABLE_NAME"))?;
    let deps = deps(&config, table, ports)?;
    // A cold first request spends nearly all of its time on the handshake with the table; the start of a function has
    // time for it. Whether it succeeds does not matter here: the first request will say.
    let _ = tokio::time::timeout(Duration::from_secs(2), deps.store.warm()).await;
    Ok(Arc::new(deps))
}

/// How a function reaches AWS: Lambda gives region and credentials as variables, and nothing else is asked. What else the
/// SDK would try (profiles, assumed roles, the metadata of a machine) would be a part of every binary and every start.
fn in_lambda() -> Result<SdkConfig, SettingError> {
    let region = setting("AWS_REGION").ok_or(SettingError("AWS_REGION"))?;
    let credentials = EnvironmentVariableCredentialsProvider::new();
    let connections = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(trusted(&region)?);
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::standard())
        .timeout_config(patience())
        .sleep_impl(TokioSleep::new())
        .time_source(SystemTimeSource::new())
        .http_client(connections.build_https());
    // An emulator's address, which its functions are given as any program is.
    Ok(setting("AWS_ENDPOINT_URL").into_iter().fold(config, |config, url| config.endpoint_url(url)).build())
}

/// How long a service of AWS has for an answer. The SDK waits for ever by itself: one lost answer would then cost a
/// function all of its time.
fn patience() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(3))
        .operation_timeout(Duration::from_secs(8))
        .build()
}

/// Whose certificates are believed of the services in a region.
fn trusted(region: &str) -> Result<TlsContext, SettingError> {
    crate::trust::context(region, setting("AWS_CA_BUNDLE").as_deref()).map_err(|_| SettingError("AWS_CA_BUNDLE"))
}

/// What a use case may touch of an installation with this table: the table alone. Its events are left to the
/// installation's own sweep.
///
/// # Errors
/// When a setting is unusable.
pub async fn connect(table: String) -> Result<Deps, SettingError> {
    deps(&aws_config::defaults(BehaviorVersion::latest()).load().await, table, Ports::NONE)
}

fn deps(config: &SdkConfig, table: String, ports: Ports) -> Result<Deps, SettingError> {
    let webhook_reach = webhook_reach()?;
    let first_retries = first_retries(setting)?;
    let mailer = (ports.mailer)(config)?;
    let mail = mailer.as_ref().map(|_| reminders(setting)).transpose()?;
    Ok(Deps {
        store: Store::new(aws_sdk_dynamodb::Client::new(config), table),
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
        queue: (ports.queues)(config)?,
        events: (ports.events)(config)?,
        objects: (ports.objects)(config)?,
        receivers: (ports.receivers)(webhook_reach),
        mailer: mailer.unwrap_or_else(|| Arc::new(NoMail)),
        settings: Config { review_url: setting("REVIEW_URL"), webhook_reach, mail, first_retries, ..Config::default() },
    })
}

/// What the environment says; what is empty says nothing.
pub fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// When reviewers are reminded, from the variables that say so; as usual where they say nothing.
fn reminders(setting: impl Fn(&str) -> Option<String>) -> Result<Reminders, SettingError> {
    let mut reminders = Reminders::default();
    if let Some(name) = setting("MAIL_TIME_ZONE") {
        reminders.zone = TimeZone::get(&name).map_err(|_| SettingError("MAIL_TIME_ZONE"))?;
    }
    if let Some(hour) = setting("REMINDER_HOUR") {
        let hour: Option<i8> = hour.parse().ok().filter(|hour| (0..24).contains(hour));
        reminders.hour = hour.ok_or(SettingError("REMINDER_HOUR"))?;
    }
    if let Some(days) = setting("REMINDER_DAYS") {
        let days: Result<Vec<i32>, _> = days.split(',').map(|day| day.trim().parse()).collect();
        let days = days.ok().filter(|days| days.len() <= Reminders::MOST_DAYS);
        reminders.days = days.ok_or(SettingError("REMINDER_DAYS"))?;
    }
    Ok(reminders)
}

/// How long failed work waits first, from the variable that says so; as usual where it says nothing.
fn first_retries(setting: impl Fn(&str) -> Option<String>) -> Result<FirstRetries, SettingError> {
    let mut first = FirstRetries::default();
    if let Some(seconds) = setting("RETRY_SECONDS") {
        let seconds = seconds.parse().ok().filter(|seconds| (1..=60).contains(seconds));
        first.work = seconds.map(Duration::from_secs).ok_or(SettingError("RETRY_SECONDS"))?;
    }
    Ok(first)
}

fn webhook_reach() -> Result<Reach, SettingError> {
    match setting("WEBHOOK_REACH").as_deref() {
        None | Some("public") => Ok(Reach::Public),
        Some("anywhere") => Ok(Reach::Anywhere),
        Some(_) => Err(SettingError("WEBHOOK_REACH")),
    }
}

/// A function knows those queues alone that it sends to.
fn queues(config: &SdkConfig) -> Result<Arc<dyn Queue>, SettingError> {
    let addresses: Vec<_> =
        QUEUES.into_iter().filter_map(|(kind, variable)| Some((kind, setting(variable)?))).collect();
    if addresses.is_empty() {
        return Err(SettingError("the address of a queue, such as MATERIALISE_QUEUE_URL"));
    }
    Ok(Arc::new(SqsQueues::new(aws_sdk_sqs::Client::new(config), addresses)))
}

fn events(config: &SdkConfig) -> Result<Arc<dyn Events>, SettingError> {
    let bus = setting("EVENT_BUS_NAME").ok_or(SettingError("EVENT_BUS_NAME"))?;
    Ok(Arc::new(EventBridge::new(aws_sdk_eventbridge::Client::new(config), bus)))
}

fn receivers(reach: Reach) -> Arc<dyn Receivers> {
    Arc::new(OverHttp::new(reach))
}

fn objects(config: &SdkConfig) -> Result<Arc<dyn Objects>, SettingError> {
    bucket(config, "UPLOADS_BUCKET")
}

fn exports(config: &SdkConfig) -> Result<Arc<dyn Objects>, SettingError> {
    bucket(config, "EXPORTS_BUCKET")
}

/// The bucket that `variable` names.
fn bucket(config: &SdkConfig, variable: &'static str) -> Result<Arc<dyn Objects>, SettingError> {
    let name = setting(variable).ok_or(SettingError(variable))?;
    let trusted = trusted(config.region().ok_or(SettingError("AWS_REGION"))?.as_ref())?;
    let bucket = crate::objects::bucket(config, &name, trusted).ok_or(SettingError(variable))?;
    Ok(Arc::new(bucket))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Reminders, SettingError> {
        let value = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        reminders(|name| value(name).map(str::to_owned))
    }

    #[test]
    fn reminders_come_when_the_variables_say_and_as_usual_where_they_are_silent() {
        assert_eq!(read(&[]).unwrap(), Reminders::default());
        let told = [("MAIL_TIME_ZONE", "Europe/Berlin"), ("REMINDER_HOUR", "0"), ("REMINDER_DAYS", "14, 0,-2")];
        let reminders = read(&told).unwrap();
        assert_eq!((reminders.zone.iana_name(), reminders.hour), (Some("Europe/Berlin"), 0));
        assert_eq!(reminders.days, [14, 0, -2]);
    }

    #[test]
    fn failed_work_waits_as_long_as_is_said() {
        let said = |seconds: Option<&str>| {
            first_retries(|_| seconds.map(str::to_owned)).ok().map(|first| first.work.as_secs())
        };
        let waits = [None, Some("1"), Some("60"), Some("0"), Some("61"), Some("soon")].map(said);
        assert_eq!(waits, [Some(10), Some(1), Some(60), None, None, None]);
    }

    #[test]
    fn a_time_that_is_none_ends_the_start() {
        let many = vec!["1"; Reminders::MOST_DAYS + 1].join(",");
        for wrong in [
            ("MAIL_TIME_ZONE", "Europe/Atlantis"),
            ("REMINDER_HOUR", "24"),
            ("REMINDER_HOUR", "-1"),
            ("REMINDER_HOUR", "eight"),
            ("REMINDER_DAYS", "7,soon"),
            ("REMINDER_DAYS", "7;3"),
            ("REMINDER_DAYS", &many),
        ] {
            assert!(read(&[wrong]).is_err_and(|SettingError(name)| name == wrong.0), "{wrong:?}");
        }
    }
}
