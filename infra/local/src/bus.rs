//! An EventBridge of our own process: the SDK's client speaks to it without a network, and what it takes is appended to a
//! file, a line for each event, as a rule's target would receive it.

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

/// The file in the data directory.
pub(crate) const FILE: &str = "events.jsonl";
/// The bus's name; any would do.
const BUS: &str = "events";
/// How many entries a request may hold, and how many bytes all of them together.
const MOST_ENTRIES: usize = 10;
const MOST_BYTES: usize = 256 * 1024;

/// The bus of this process.
#[derive(Debug, Clone)]
struct InProcess(Arc<Mutex<File>>);

/// A bus that appends to the file of a data directory.
///
/// # Errors
/// When the file cannot be opened.
pub(crate) fn open(directory: &Path) -> Result<EventBridge, Error> {
    let file = OpenOptions::new().create(true).append(true).open(directory.join(FILE))?;
    let config = aws_sdk_eventbridge::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url("http://bus.invalid")
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .http_client(InProcess(Arc::new(Mutex::new(file))))
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
    fn answer(&self, body: &[u8]) -> (u16, Value) {
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
            results.push(match entry.event().map(|event| self.append(&event).map(|()| event)) {
                Ok(Ok(event)) => json!({"EventId": event.get("id")}),
                Ok(Err(error)) => {
                    failed += 1;
                    json!({"ErrorCode": "InternalFailure", "ErrorMessage": error.to_string()})
                }
                Err((code, message)) => {
                    failed += 1;
                    json!({"ErrorCode": code, "ErrorMessage": message})
                }
            });
        }
        (200, json!({"FailedEntryCount": failed, "Entries": results}))
    }

    fn append(&self, event: &Value) -> std::io::Result<()> {
        // One write for a line: somebody who follows the file never sees half of one.
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(format!("{event}\n").as_bytes())
    }

    fn respond(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        if target != "AWSEvents.PutEvents" {
            return Err(ConnectorError::user(format!("`{target}` is not served").into()));
        }
        let (status, body) = self.answer(request.body().bytes().unwrap_or_default());
        let response = http::Response::builder().status(status).body(SdkBody::from(body.to_string()));
        let response = response.map_err(|error| ConnectorError::other(error.into(), None))?;
        HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(self.respond(&request))
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

    #[tokio::test]
    async fn what_is_told_stands_in_the_file_as_a_target_receives_it() {
        let directory = directory("told");
        let bus = open(&directory).unwrap();
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
        let bus = open(&directory).unwrap();
        let outcomes = bus.publish(&[event("{}"), event("[1]"), event("{}")]).await;
        assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
        assert!(outcomes[1].as_ref().is_err_and(|error| !error.retryable));
        let large = bus.publish(&[event(&json!({ "fill": "x".repeat(300_000) }).to_string())]).await;
        assert!(large[0].as_ref().is_err_and(|error| !error.retryable), "{large:?}");
        assert_eq!(std::fs::read_to_string(directory.join(FILE)).unwrap().lines().count(), 2);
        std::fs::remove_dir_all(directory).unwrap();
    }
}
