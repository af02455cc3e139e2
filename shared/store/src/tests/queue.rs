//! The queue adapter against a queue that takes some messages and refuses others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use super::run;
use crate::Error;
use crate::queue::Queues;

/// Takes messages, except that of each request it refuses the last as long as `refusals` last.
#[derive(Debug, Clone, Default)]
struct Fake(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    refusals: u32,
    senders_fault: bool,
    requests: Vec<usize>,
    taken: Vec<String>,
    put_off: Vec<(String, u64)>,
    again: Vec<(String, u64)>,
}

impl HttpConnector for Fake {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let mut state = self.0.lock().unwrap();
        if let Some(body) = request["MessageBody"].as_str() {
            state.put_off.push((body.to_owned(), request["DelaySeconds"].as_u64().unwrap()));
            let answer = json!({"MessageId": "m", "MD5OfMessageBody": "x"}).to_string();
            return HttpConnectorFuture::ready(Ok(HttpResponse::new(200.try_into().unwrap(), SdkBody::from(answer))));
        }
        if let Some(seconds) = request["VisibilityTimeout"].as_u64() {
            if state.refusals > 0 {
                let answer =
                    json!({"__type": "com.amazonaws.sqs#ReceiptHandleIsInvalid", "message": "old"}).to_string();
                return HttpConnectorFuture::ready(Ok(HttpResponse::new(
                    400.try_into().unwrap(),
                    SdkBody::from(answer),
                )));
            }
            state.again.push((request["ReceiptHandle"].as_str().unwrap().to_owned(), seconds));
            return HttpConnectorFuture::ready(Ok(HttpResponse::new(200.try_into().unwrap(), SdkBody::from("{}"))));
        }
        let mut entries = request["Entries"].as_array().unwrap().clone();
        state.requests.push(entries.len());
        let mut failed = Vec::new();
        if state.refusals > 0 {
            state.refusals -= 1;
            let id = entries.pop().unwrap()["Id"].clone();
            failed.push(json!({"Id": id, "Code": "InternalError", "SenderFault": state.senders_fault}));
        }
        let mut successful = Vec::new();
        for entry in &entries {
            state.taken.push(entry["MessageBody"].as_str().unwrap().to_owned());
            successful.push(json!({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "x"}));
        }
        let body = json!({"Successful": successful, "Failed": failed}).to_string();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(200.try_into().unwrap(), SdkBody::from(body))))
    }
}

impl HttpClient for Fake {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn queues(fake: &Fake) -> Queues {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url("http://queue.invalid")
        .credentials_provider(Credentials::new("a", "b", None, None, "test"))
        .http_client(fake.clone())
        .build();
    let urls = BTreeMap::from([("materialise".to_owned(), "http://queue.invalid/1/materialise".to_owned())]);
    Queues::new(aws_sdk_sqs::Client::from_conf(config), urls)
}

fn bodies(count: usize, bytes: usize) -> Vec<String> {
    (0..count).map(|n| format!("{n:03}{}", "x".repeat(bytes))).collect()
}

#[test]
fn messages_go_ten_in_a_request_and_refused_ones_again() {
    run(async {
        let fake = Fake::default();
        fake.0.lock().unwrap().refusals = 2;
        queues(&fake).send("materialise", &bodies(23, 5)).await.unwrap();
        let state = fake.0.lock().unwrap();
        assert_eq!(state.requests, [10, 1, 1, 10, 3]);
        let mut taken = state.taken.clone();
        taken.sort();
        assert_eq!(taken, bodies(23, 5));
    });
}

#[test]
fn large_messages_share_a_request_only_while_they_fit() {
    run(async {
        let fake = Fake::default();
        queues(&fake).send("materialise", &bodies(5, 100 * 1024)).await.unwrap();
        assert_eq!(fake.0.lock().unwrap().requests, [2, 2, 1]);
    });
}

#[test]
fn a_message_that_is_wrong_in_itself_is_not_sent_again() {
    run(async {
        let fake = Fake::default();
        fake.0.lock().unwrap().refusals = 100;
        fake.0.lock().unwrap().senders_fault = true;
        let refused = queues(&fake).send("materialise", &bodies(2, 5)).await;
        assert!(matches!(refused, Err(Error::Rejected { .. })));
        assert_eq!(fake.0.lock().unwrap().requests, [2]);
    });
}

#[test]
fn a_queue_that_takes_nothing_is_unavailable_and_an_unknown_one_is_told() {
    run(async {
        let fake = Fake::default();
        fake.0.lock().unwrap().refusals = 1_000;
        let down = queues(&fake).send("materialise", &bodies(1, 5)).await;
        assert!(matches!(down, Err(Error::Unavailable { .. })));
        let unknown = queues(&fake).send("ingest", &bodies(1, 5)).await;
        assert!(matches!(unknown, Err(Error::NotFound { .. })));
    });
}

#[test]
fn what_is_put_off_is_kept_back_for_whole_seconds_and_a_quarter_of_an_hour_at_most() {
    run(async {
        let fake = Fake::default();
        let queues = queues(&fake);
        for milliseconds in [1, 30_001, 7_200_000] {
            queues.put_off("materialise", "later", Duration::from_millis(milliseconds)).await.unwrap();
        }
        let expected = [1, 31, 900].map(|seconds| ("later".to_owned(), seconds));
        assert_eq!(fake.0.lock().unwrap().put_off, expected);
        let unknown = queues.put_off("dance", "later", Duration::ZERO).await;
        assert!(matches!(unknown, Err(Error::NotFound { .. })), "{unknown:?}");
    });
}

#[test]
fn what_failed_comes_again_after_its_own_wait() {
    run(async {
        let fake = Fake::default();
        let queues = queues(&fake);
        let waits: Vec<_> = (0..12).map(|n| (format!("receipt {n}"), Duration::from_millis(n * 1_500))).collect();
        queues.come_again("materialise", &waits).await.unwrap();
        let state = std::mem::take(&mut *fake.0.lock().unwrap());
        let seconds: Vec<_> = state.again.iter().map(|(_, seconds)| *seconds).collect();
        assert_eq!(seconds, [0, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17]);
        assert_eq!(state.again[11].0, "receipt 11");
    });
}

#[test]
fn a_delivery_that_the_queue_does_not_know_any_more_is_told() {
    run(async {
        let fake = Fake::default();
        fake.0.lock().unwrap().refusals = 1;
        let refused = queues(&fake).come_again("materialise", &[("old".to_owned(), Duration::ZERO)]).await;
        assert!(matches!(refused, Err(Error::Rejected { .. })), "{refused:?}");
    });
}
