//! What a whole review, and everything that goes wrong around it, leaves in the logs: ids, counts and times, and nothing
//! that a person or a client said.
//!
//! The stack runs in this process, so that every line of every function is caught, at the finest level that an operator
//! can ask for. What must not be there carries a word of its own, so that a hit tells where it came from.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, and reads answers whose shape it knows"
)]

mod canaries;
mod caught;
mod client;
mod scene;
mod services;

use engine::Fault;
use local::template::Template;
use local::{Options, Stack};
use serde_json::{Value, json};

use crate::caught::Caught;
use crate::client::Client;

#[tokio::test(flavor = "multi_thread")]
async fn logs_and_refusals_hold_no_secret_and_nothing_personal() {
    let caught = Caught::start();
    let stack = Stack::start(Options::for_tests()).await.expect("the local stack starts");
    let client = Client::new(&stack);

    scene::refused(&client).await;
    scene::reviewed(&client, &stack).await;
    services::ruled(&client, &stack).await;
    scene::certified(&client, &stack).await;
    scene::uploaded(&client, &stack).await;
    services::signed_in(&client, &stack).await;
    services::provisioned(&client).await;
    services::served(&client, &stack).await;
    unavailable(&client, &stack).await;
    corrupt(&client, &stack).await;
    panicked().await;

    let secrets = client.secrets();
    stack.shutdown().await.expect("the stack stops");
    let (answers, log) = (client.answers(), caught.text());
    assert!(answers.iter().any(|answer| answer.status == 500) && answers.iter().any(|answer| answer.status == 503));
    for answer in answers.iter().filter(|answer| answer.status >= 400) {
        answer.is_a_proper_refusal();
        let found = canaries::said(&answer.text, &secrets);
        assert!(found.is_empty(), "{} answered {found:?}: {}", answer.request, answer.text);
    }
    let leaks: Vec<_> = log
        .lines()
        .filter_map(|line| {
            let found = canaries::logged(line, &secrets);
            (!found.is_empty()).then(|| format!("{found:?} in {line}"))
        })
        .collect();
    assert!(leaks.is_empty(), "{} lines leak, such as\n{}", leaks.len(), leaks[..leaks.len().min(10)].join("\n"));
    told_enough(&log, answers.iter().filter(|answer| answer.request_id.is_some()).count());
}

/// The table does not answer: 503, with the causes in the log alone.
async fn unavailable(client: &Client, stack: &Stack) {
    for _ in 0..100 {
        stack.engine().inject("Query", Fault::Throttling);
        stack.engine().inject("TransactWriteItems", Fault::Conflict(0));
    }
    let body = json!({"name": canaries::TITLE, "role": "reviewer", "user": canaries::EMAIL});
    let (written, read) = tokio::join!(
        client.send("administrator", "POST", "/api/v1/api-keys", body.to_string()),
        client.send("canaria", "GET", "/api/v1/campaigns", ""),
    );
    stack.engine().clear_faults();
    assert_eq!((written.status, read.status), (503, 503), "{} {}", written.text, read.text);
    for _ in 0..100 {
        stack.engine().inject("GetItem", Fault::Unreachable);
    }
    let unknown = client.send("administrator", "GET", "/api/v1/me", "").await;
    stack.engine().clear_faults();
    assert_eq!(unknown.status, 503, "{}", unknown.text);
}

/// What is stored cannot be read: 500, with the place in the log and not what stands there.
async fn corrupt(client: &Client, stack: &Stack) {
    let table = stack.table().to_owned();
    for mut item in stack.engine().items(&table).expect("the items of the table") {
        // Keys stay whole, so that requests come as far as the functions.
        let is_key = item["pk"]["S"].as_str().is_some_and(|key| key.starts_with("KEY"));
        if !is_key && item["d"]["S"].is_string() && item["rev"].is_object() {
            item["d"]["S"] = json!({"id": canaries::NOTE, "email": canaries::EMAIL}).to_string().into();
            stack.engine().put(&table, item).expect("the item is replaced");
        }
    }
    for path in ["/api/v1/campaigns", "/api/v1/inventory/datasources", "/api/preview/awf/workflows"] {
        client.send("administrator", "GET", path, "").await;
    }
}

/// A panic quotes whatever was at hand.
async fn panicked() {
    let usual = std::panic::take_hook();
    runtime::logging::hide_panics();
    let panicked = tokio::spawn(async { panic!("cannot read {}", canaries::NOTE) }).await;
    std::panic::set_hook(usual);
    assert!(panicked.is_err());
}

/// The log would tell an operator what happened: it is not merely empty.
fn told_enough(log: &str, requests: usize) {
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    services::nobody_was_silent(&lines, &Template::load().expect("the template"));
    let with = |message: &str| lines.iter().filter(|line| line["message"] == message).cloned().collect::<Vec<_>>();
    let answered = with("answered");
    assert_eq!(answered.len(), requests, "one line for each request that reached a function");
    for line in &answered {
        for member in ["request_id", "gateway_id", "operation", "status", "milliseconds", "role", "caller"] {
            assert!(line.get(member).is_some(), "{line} has no {member}");
        }
    }
    assert!(answered.iter().any(|line| line["caller"].as_str().is_some_and(|caller| caller.len() > 1)));
    let worked = with("worked");
    for kind in ["ingest", "materialise"] {
        let done = worked.iter().find(|line| line["kind"] == kind && line["outcome"] == "completed");
        assert!(done.is_some_and(|line| line["rows"].as_u64() > Some(0)), "{kind}: {worked:?}");
    }
    assert!(with("panic").iter().all(|line| line["place"].as_str().is_some_and(|place| place.contains(".rs:"))));
    assert!(!with("internal error").is_empty() && !with("unavailable").is_empty() && !with("handled").is_empty());
    measured(&with("metrics"));
}

/// Every line of metrics is one that CloudWatch takes in, with dimensions of few values.
fn measured(lines: &[Value]) {
    let mut names = std::collections::BTreeSet::new();
    for line in lines {
        let line: Value = serde_json::from_str(line["line"].as_str().expect("a line of metrics")).expect("JSON");
        for directive in line["_aws"]["CloudWatchMetrics"].as_array().expect("directives") {
            for dimension in
                directive["Dimensions"].as_array().expect("sets").iter().flat_map(Value::as_array).flatten()
            {
                let value = line[dimension.as_str().expect("a name")].as_str().expect("a dimension has a value");
                assert!(value.len() < 32 && !value.contains('-'), "`{value}` looks like an id");
            }
            for metric in directive["Metrics"].as_array().expect("metrics") {
                let name = metric["Name"].as_str().expect("a name");
                assert!(line[name].is_u64(), "{name} has no number");
                names.insert(name.to_owned());
            }
        }
    }
    let expected = [
        "JobDuration",
        "JobRows",
        "Jobs",
        "JobsRequeued",
        "Latency",
        "MessageFailures",
        "Messages",
        "OutboxLeft",
        "OutboxSent",
        "Requests",
        "ServerErrors",
    ];
    assert!(expected.iter().all(|name| names.contains(*name)), "{names:?}");
}
