//! What holds of every operation that writes, tried out on each: versions, repeated calls, things that are not there.

use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::thread;

use blackbox::contract::{Operation, published};
use blackbox::{Answer, unique};
use serde_json::Value;

use crate::valid::{Request, Scene, reads, writes};
use crate::world::{administrator, names_field};

/// What is sent by another method than GET and yet writes nothing.
const ONLY_READ: [&str; 2] = ["TestAutomation", "TestQuery"];

/// What succeeds only while something else goes on: no request for it is sure to.
const IN_TIME: [&str; 1] = ["CancelCampaignStart"];

/// Tries something out on every write, several at a time, and answers what was found wrong.
fn on_every_write(look: fn(&Scene, &Request) -> Vec<String>) -> Vec<String> {
    const AT_ONCE: usize = 4;
    let makes: Vec<_> = writes().collect();
    let share = |n: usize| makes.iter().copied().skip(n).step_by(AT_ONCE).collect::<Vec<_>>();
    let workers: Vec<_> = (0..AT_ONCE)
        .map(|n| {
            let share = share(n);
            thread::spawn(move || {
                let scene = Scene::new();
                share.into_iter().flat_map(|make| look(&scene, &make(&scene))).collect::<Vec<_>>()
            })
        })
        .collect();
    workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
}

/// Whether an operation is documented to take a header.
fn takes(operation: &Operation, header: &str) -> bool {
    let parameters = operation.described["parameters"].as_array().into_iter().flatten();
    parameters.into_iter().any(|parameter| parameter["in"] == "header" && parameter["name"] == header)
}

fn told(what: &str, answer: &Answer) -> Vec<String> {
    vec![format!("{what}: {} answered {} {}", answer.request, answer.status, answer.text)]
}

#[test]
fn every_operation_that_writes_is_swept_over() {
    let scene = Scene::new();
    let swept: Vec<Request> = writes().map(|make| make(&scene)).collect();
    let names: BTreeSet<&str> = swept.iter().map(Request::name).collect();
    assert_eq!(names.len(), swept.len(), "one is there twice");
    let documented = published().operations().iter().filter(|operation| operation.method != "GET");
    let documented = documented.filter_map(|operation| operation.described["operationId"].as_str());
    let documented: BTreeSet<&str> = documented.filter(|name| !ONLY_READ.contains(name)).collect();
    assert_eq!(names, documented);
}

#[test]
fn a_stale_version_stops_every_change_of_one_thing_and_is_refused_by_all_other_writes() {
    let wrong = on_every_write(|_, request| {
        let documented = takes(request.operation, "If-Match");
        if documented != request.of_one {
            return vec![format!("{}: If-Match is documented: {documented}", request.name())];
        }
        let answer = request.send(&administrator().header("if-match", "\"987654\""));
        let stale = if answer.request.contains("/scim/v2") { 412 } else { 409 };
        let expected = if request.of_one { stale } else { 400 };
        match answer.status == expected && answer.text.contains("If-Match") {
            true => Vec::new(),
            false => told("a stale version", &answer),
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_version_is_named_as_the_field_that_is_wrong_where_there_is_none() {
    let answer = administrator().header("if-match", "\"1\"").post("/api/v1/campaigns", Value::Null);
    names_field(&answer, "If-Match");
    let answer = administrator().header("if-match", "*").post("/api/preview/awf/workflows", Value::Null);
    names_field(&answer, "If-Match");
}

/// What a repeated call answers: the same, but for a token that is shown once.
fn repeated(first: &Answer) -> Value {
    let mut body = first.body.clone();
    if let Some(token) = body.get_mut("token") {
        *token = Value::Null;
    }
    body
}

#[test]
fn every_write_answers_the_same_under_the_same_key_and_refuses_another_body_under_it() {
    let wrong = on_every_write(|_, request| {
        if IN_TIME.contains(&request.name()) {
            return Vec::new();
        }
        let who = administrator().header("idempotency-key", &unique("key"));
        let first = request.send(&who);
        if !takes(request.operation, "Idempotency-Key") || first.status >= 300 {
            return told("the first time", &first);
        }
        let second = request.send(&who);
        let same = first.bytes == second.bytes || repeated(&first) == second.body;
        if !same || first.status != second.status || first.headers.get("etag") != second.headers.get("etag") {
            return told(&format!("after {} {}", first.status, first.text), &second);
        }
        let other = request.otherwise().send(&who);
        if other.status == 422 && other.text.contains("dempotency") { Vec::new() } else { told("another body", &other) }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with the answers to a request for things that are not there.
fn found(request: &Request) -> Vec<String> {
    let astray = request.astray();
    let documented = request.operation.described["responses"]["404"].is_object();
    if documented == astray.is_empty() {
        return vec![format!("{}: 404 is documented: {documented}", request.name())];
    }
    let answers = astray.iter().map(|astray| astray.send(&administrator()));
    answers.filter(|answer| answer.status != 404).flat_map(|answer| told("an unknown id", &answer)).collect()
}

#[test]
fn what_is_not_there_is_not_found_by_any_write() {
    let wrong = on_every_write(|_, request| found(request));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_there_is_not_found_by_any_read() {
    let requests = reads(&Scene::new());
    let wrong: Vec<String> = requests.iter().flat_map(found).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let names: Vec<&str> = requests.iter().map(Request::name).collect();
    let others = published().operations().iter().filter(|operation| operation.method == "GET");
    let others = others.filter(|operation| operation.described["responses"]["404"].is_object());
    for operation in others.filter_map(|operation| operation.described["operationId"].as_str()) {
        assert!(names.contains(&operation), "{operation} is documented to answer 404");
    }
}
