use std::sync::Arc;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Context, LambdaEvent};
use testbed::Testbed;

/// An event as the runtime hands it over, with a quarter of an hour to work in.
fn event(json: &str) -> LambdaEvent<SqsEvent> {
    let mut context = Context::default();
    context.deadline = 1_767_225_600_000 + 900_000;
    LambdaEvent::new(serde_json::from_str(json).unwrap(), context)
}

#[tokio::test]
async fn a_message_for_a_job_that_is_gone_is_done() {
    let bed = Testbed::new();
    let answer =
        super::handle(Arc::clone(&bed.deps), event(include_str!("../../../events/materialize-campaign.json"))).await;
    assert!(answer.batch_item_failures.is_empty());
}

#[tokio::test]
async fn a_bad_message_fails_alone_by_its_id() {
    let bed = Testbed::new();
    let mut batch = event(include_str!("../../../events/materialize-campaign.json"));
    let good = batch.payload.records[0].clone();
    let bodies = [
        "",
        "{}",
        r#"{"kind":"dance","job":"job-1"}"#,
        r#"{"kind":"ingest","job":"job-0190f2a4-7b1c-7f3e-9d52-3d1a5c8e4b10"}"#,
    ];
    for (number, body) in bodies.into_iter().enumerate() {
        let mut bad = good.clone();
        bad.message_id = Some(format!("bad-{number}"));
        bad.body = Some(body.to_owned());
        batch.payload.records.push(bad);
    }
    let answer = super::handle(Arc::clone(&bed.deps), batch).await;
    let failed: Vec<&str> = answer.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str()).collect();
    assert_eq!(failed, ["bad-0", "bad-1", "bad-2", "bad-3"]);
}
