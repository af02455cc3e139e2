//! An EventBridge of our own process: the SDK's client speaks to it without a network, and what it takes is appended to a
//! file, a line for each event, as a rule's target would receive it; the rules of the template fill their queues with it.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use app::deps::Ids;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::config::{BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use jiff::Timestamp;
use runtime::bus::EventBridge;
use runtime::ports::SystemIds;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Error;
use crate::queues::Queues;
use crate::template::Rule;

/// The file in the data directory.
pub(crate) const FILE: &str = "events.jsonl";
/// The bus's name; any would do.
const BUS: &str = "events";
/// How many entries a request may hold, and how many bytes all of them together.
const MOST_ENTRIES: usize = 10;
const MOST_BYTES: usize = 256 * 1024;

/// The bus of this process.
#[derive(Debug, Clone)]
struct InProcess {
    file: Arc<Mutex<File>>,
    rules: Arc<[Rule]>,
    queues: Queues,
}

/// A bus that appends to the file of a data directory and, by `rules`, to queues.
///
/// # Errors
/// When the file cannot be opened.
pub(crate) fn open(directory: &Path, rules: &[Rule], queues: &Queues) -> Result<EventBridge, Error> {
    let file = OpenOptions::new().create(true).append(true).open(directory.join(FILE))?;
    let config = aws_sdk_eventbridge::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url("http://bus.invalid")
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .http_client(InProcess { file: Arc::new(Mutex::new(file)), rules: rules.into(), queues: queues.clone() })
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
    Ok(EventBridge::new(Client::from_conf(config), BUS))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    time: Option<f64>,
    #[serde(default)]
    source: String,
    #[serde(default)]
    detail_type: String,
    #[serde(default)]
    detail: String,
    event_bus_name: Option<String>,
}

impl Entry {
    fn bytes(&self) -> usize {
        let time = if self.time.is_some() { 14 } else { 0 };
        time + self.source.len() + self.detail_type.len() + self.detail.len()
    }

    /// The event as a target receives it, or why the bus does not take it.
    fn event(self) -> Result<Value, (&'static str, &'static str)> {
        if self.event_bus_name.as_deref() != Some(BUS) {
            return Err(("InvalidArgument", "there is no such bus"));
        }
        if self.source.is_empty() || self.detail_type.is_empty() {
            return Err(("InvalidArgument", "source and detail type are required"));
        }
        let detail: Value = serde_json::from_str(&self.detail).unwrap_or(Value::Null);
        if !detail.is_object() {
            return Err(("MalformedDetail", "the detail is no JSON object"));
        }
        #[expect(clippy::cast_possible_truncation, reason = "whole seconds until the year 9999 fit")]
        let time = self.time.and_then(|seconds| Timestamp::from_second(seconds as i64).ok());
        Ok(json!({
            "version": "0",
            "id": SystemIds.uuid(),
            "detail-type": self.detail_type,
            "source": self.source,
            "account": "000000000000",
            "time": time.map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            "region": "us-east-1",
            "resources": [],
            "detail": detail,
        }))
    }
}

impl InProcess {
    /// Status and body of the answer to a request.
    async fn answer(&self, body: &[u8]) -> (u16, Value) {
        let refuse = |message: &str| (400, json!({"__type": "ValidationException", "message": message}));
        let Ok(Request { entries }) = serde_json::from_slice(body) else { return refuse("no entries") };
        if entries.is_empty() || entries.len() > MOST_ENTRIES {
            return refuse("a request holds 1 to 10 entries");
        }
        if entries.iter().map(Entry::bytes).sum::<usize>() > MOST_BYTES {
            return refuse("the entries are larger than 256 KB");
        }
        let mut failed = 0;
        let mut results = Vec::with_capacity(entries.len());
        for entry in entries {
            let taken = match entry.event() {
                Ok(event) => self.take(event).await,
                Err((code, message)) => Err((code, message.to_owned())),
            };
            results.push(taken.unwrap_or_else(|(code, message)| {
                failed += 1;
                json!({"ErrorCode": code, "ErrorMessage": message})
            }));
        }
        (200, json!({"FailedEntryCount": failed, "Entries": results}))
    }

    /// Appends an event and hands it to whom a rule wants to have it.
    async fn take(&self, event: Value) -> Result<Value, (&'static str, String)> {
        let failed = |error: String| ("InternalFailure", error);
        self.append(&event).map_err(|error| failed(error.to_string()))?;
        let kind = event.get("detail-type").and_then(Value::as_str).unwrap_or_default();
        for rule in self.rules.iter().filter(|rule| rule.kinds.iter().any(|wanted| wanted == kind)) {
            let address = self.queues.address(&rule.queue).map_err(|error| failed(error.to_string()))?;
            let send = self.queues.client.send_message().queue_url(address).message_body(event.to_string());
            send.send().await.map_err(|error| failed(Error::of(error).to_string()))?;
        }
        Ok(json!({"EventId": event.get("id")}))
    }

    fn append(&self, event: &Value) -> std::io::Result<()> {
        // One write for a line: somebody who follows the file never sees half of one.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(format!("{event}\n").as_bytes())
    }

    async fn respond(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        if target != "AWSEvents.PutEvents" {
            return Err(ConnectorError::user(format!("`{target}` is not served").into()));
        }
        let (status, body) = self.answer(request.body().bytes().unwrap_or_default()).await;
        let response = http::Response::builder().status(status).body(SdkBody::from(body.to_string()));
        let response = response.map_err(|error| ConnectorError::other(error.into(), None))?;
        HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().respond(request))
    }
}

impl HttpClient for InProcess {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use app::deps::Events;
    use app::event::Envelope;

    use super::*;

    fn event(detail: &str) -> Envelope {
        Envelope {
            id: "1".to_owned(),
            kind: "row.decided".to_owned(),
            at: "2026-05-01T08:00:00.5Z".parse().unwrap(),
            detail: detail.to_owned(),
        }
    }

    fn directory(name: &str) -> std::path::PathBuf {
        let directory = std::env::temp_dir().join(format!("access-review-bus-{name}-{}", SystemIds.uuid()));
        std::fs::create_dir_all(&directory).unwrap();
        directory
    }

    async fn queues() -> Queues {
        let queue = crate::template::Queue { visibility_seconds: 30, delay_seconds: 0, redrive: None };
        Queues::create(&[("Deliver".to_owned(), queue)].into()).await.unwrap()
    }

    #[tokio::test]
    async fn a_rule_fills_its_queue_with_the_events_that_it_names() {
        let directory = directory("rule");
        let queues = queues().await;
        let rule = |kind: &str| Rule { kinds: vec![kind.to_owned()], queue: "Deliver".to_owned() };
        let bus = open(&directory, &[rule("row.signed_off"), rule("row.decided")], &queues).unwrap();
        assert!(bus.publish(&[event(r#"{"id":"1"}"#)]).await[0].is_ok());
        let address = queues.address("Deliver").unwrap();
        let received = queues.client.receive_message().queue_url(address).max_number_of_messages(10);
        let received = received.send().await.unwrap().messages.unwrap();
        let bodies: Vec<Value> = received.iter().map(|it| serde_json::from_str(it.body().unwrap()).unwrap()).collect();
        assert_eq!(bodies.len(), 1);
        assert_eq!((&bodies[0]["detail-type"], &bodies[0]["detail"]["id"]), (&json!("row.decided"), &json!("1")));
        queues.shutdown().await;
        std::fs::remove_dir_all(directory).unwrap();
    }

    #[tokio::test]
    async fn what_is_told_stands_in_the_file_as_a_target_receives_it() {
        let directory = directory("told");
        let bus = open(&directory, &[], &queues().await).unwrap();
        let outcomes = bus.publish(&[event(r#"{"id":"1"}"#), event(r#"{"id":"2"}"#)]).await;
        assert!(outcomes.len() == 2 && outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        let text = std::fs::read_to_string(directory.join(FILE)).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[1]["detail"], json!({"id": "2"}));
        let head = ["source", "detail-type", "time"].map(|name| lines[0][name].as_str().unwrap());
        assert_eq!(head, ["access-review", "row.decided", "2026-05-01T08:00:00Z"]);
        std::fs::remove_dir_all(directory).unwrap();
    }

    #[tokio::test]
    async fn it_is_as_strict_as_the_real_one() {
        let directory = directory("strict");
        let bus = open(&directory, &[], &queues().await).unwrap();
        let outcomes = bus.publish(&[event("{}"), event("[1]"), event("{}")]).await;
        assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
        assert!(outcomes[1].as_ref().is_err_and(|error| !error.retryable));
        let large = bus.publish(&[event(&json!({ "fill": "x".repeat(300_000) }).to_string())]).await;
        assert!(large[0].as_ref().is_err_and(|error| !error.retryable), "{large:?}");
        assert_eq!(std::fs::read_to_string(directory.join(FILE)).unwrap().lines().count(), 2);
        std::fs::remove_dir_all(directory).unwrap();
    }
}
