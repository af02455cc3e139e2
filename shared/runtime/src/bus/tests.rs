use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_sdk_eventbridge::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use super::*;

/// Answers each request with the next of a list of answers, and takes everything when there is none left.
#[derive(Debug, Clone, Default)]
struct Scripted {
    answers: Arc<Mutex<VecDeque<(u16, Value)>>>,
    requests: Arc<Mutex<Vec<Value>>>,
}

impl HttpConnector for Scripted {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let entries = body["Entries"].as_array().unwrap().clone();
        self.requests.lock().unwrap().push(body);
        let (status, answer) = self.answers.lock().unwrap().pop_front().unwrap_or_else(|| {
            let taken: Vec<Value> = entries.iter().map(|_| json!({"EventId": "1"})).collect();
            (200, json!({"FailedEntryCount": 0, "Entries": taken}))
        });
        let response = http::Response::builder().status(status).body(SdkBody::from(answer.to_string())).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::try_from(response).unwrap()))
    }
}

impl HttpClient for Scripted {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl Scripted {
    fn of(answers: impl IntoIterator<Item = (u16, Value)>) -> Self {
        Self { answers: Arc::new(Mutex::new(answers.into_iter().collect())), ..Self::default() }
    }

    fn bus(&self) -> EventBridge {
        let config = aws_sdk_eventbridge::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("a", "b", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .http_client(self.clone())
            .build();
        EventBridge::new(Client::from_conf(config), "facts")
    }

    /// The details of each request, in order.
    fn details(&self) -> Vec<Vec<String>> {
        let details = |body: &Value| {
            let entries = body["Entries"].as_array().unwrap();
            entries.iter().map(|entry| entry["Detail"].as_str().unwrap().to_owned()).collect()
        };
        self.requests.lock().unwrap().iter().map(details).collect()
    }
}

fn event(n: usize, bytes: usize) -> Envelope {
    Envelope {
        id: n.to_string(),
        kind: "row.decided".to_owned(),
        at: "2026-05-01T08:00:00.123Z".parse().unwrap(),
        detail: json!({ "n": n, "fill": "x".repeat(bytes) }).to_string(),
    }
}

fn publish(script: &Scripted, events: &[Envelope]) -> Vec<Result<(), PortError>> {
    engine::simulate(1, async { script.bus().publish(events).await })
}

#[test]
fn an_event_stands_on_the_bus_under_its_type_time_and_source() {
    let script = Scripted::default();
    assert!(publish(&script, &[event(1, 0)]).iter().all(Result::is_ok));
    let request = script.requests.lock().unwrap().pop().unwrap();
    assert_eq!(
        request["Entries"],
        json!([{
            "Time": 1_777_622_400.123,
            "Source": "access-review",
            "DetailType": "row.decided",
            "Detail": "{\"n\":1,\"fill\":\"\"}",
            "EventBusName": "facts",
        }])
    );
}

#[test]
fn requests_hold_ten_events_and_no_more_bytes_than_the_bus_takes() {
    let script = Scripted::default();
    let events: Vec<Envelope> = (0..23).map(|n| event(n, if n < 12 { 0 } else { 60_000 })).collect();
    let outcomes = publish(&script, &events);
    assert!(outcomes.len() == 23 && outcomes.iter().all(Result::is_ok));
    let sizes: Vec<usize> = script.details().iter().map(Vec::len).collect();
    assert_eq!(sizes, [10, 6, 4, 3]);
    for request in script.details() {
        assert!(request.iter().map(String::len).sum::<usize>() < 256 * 1024);
    }
}

#[test]
fn entries_that_are_refused_for_a_passing_reason_are_put_again_without_the_others() {
    let partial = json!({"FailedEntryCount": 2, "Entries": [
        {"EventId": "1"},
        {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"},
        {"ErrorCode": "InternalFailure"},
    ]});
    let script = Scripted::of([(200, partial)]);
    let events = [event(1, 0), event(2, 0), event(3, 0)];
    assert!(publish(&script, &events).iter().all(Result::is_ok));
    let details = script.details();
    assert_eq!(details.len(), 2);
    assert_eq!(details[1], [events[1].detail.clone(), events[2].detail.clone()]);
}

#[test]
fn an_entry_that_is_refused_for_good_is_reported_alone() {
    let partial = json!({"FailedEntryCount": 1, "Entries": [
        {"EventId": "1"},
        {"ErrorCode": "MalformedDetail", "ErrorMessage": "no JSON"},
    ]});
    let script = Scripted::of([(200, partial)]);
    let outcomes = publish(&script, &[event(1, 0), event(2, 0)]);
    assert!(outcomes[0].is_ok());
    let error = outcomes[1].as_ref().unwrap_err();
    assert!(!error.retryable && error.reason.contains("MalformedDetail"), "{error}");
    assert_eq!(script.details().len(), 1);
}

#[test]
fn a_bus_that_is_down_is_asked_a_few_times_and_then_left_to_the_sweep() {
    let down = || (500, json!({"__type": "InternalException", "message": "down"}));
    let script = Scripted::of((0..10).map(|_| down()));
    let outcomes = publish(&script, &[event(1, 0), event(2, 0)]);
    assert!(outcomes.len() == 2 && outcomes.iter().all(|outcome| outcome.as_ref().is_err_and(|error| error.retryable)));
    assert_eq!(script.details().len(), 4);
}

#[test]
fn a_bus_that_may_not_be_used_is_asked_once() {
    let script = Scripted::of([(400, json!({"__type": "AccessDeniedException", "message": "no"}))]);
    let outcomes = publish(&script, &[event(1, 0)]);
    assert!(outcomes[0].as_ref().is_err_and(|error| !error.retryable));
    assert_eq!(script.details().len(), 1);
}

#[test]
fn an_answer_that_tells_of_fewer_entries_counts_as_a_refusal_of_the_rest() {
    let short = || (200, json!({"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}));
    let script = Scripted::of([short()]);
    assert!(publish(&script, &[event(1, 0), event(2, 0)]).iter().all(Result::is_ok));
    assert_eq!(script.details()[1].len(), 1);
}
