use serde_json::json;

use super::*;
use crate::testing;

fn batch(bodies: &[&str], milliseconds_left: u64) -> LambdaEvent<SqsEvent> {
    let records: Vec<_> = bodies
        .iter()
        .enumerate()
        .map(|(n, body)| json!({"messageId": n.to_string(), "body": body, "attributes": {"ApproximateReceiveCount": "2"}}))
        .collect();
    let event = serde_json::from_value(json!({ "Records": records })).unwrap();
    let mut context = lambda_runtime::Context::default();
    let now = testing::deps().0.clock.now().as_millisecond();
    context.deadline = u64::try_from(now).unwrap() + milliseconds_left;
    LambdaEvent::new(event, context)
}

async fn failures(event: LambdaEvent<SqsEvent>) -> Vec<String> {
    let response = serve_batch(testing::deps().0, "test", event, |_, delivery| async move {
        assert_eq!(delivery.received, 2);
        match delivery.body.as_str() {
            "good" => Ok(()),
            "panic" => panic!("poison"),
            other => Err(format!("`{other}` is not a message")),
        }
    })
    .await;
    response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
}

#[tokio::test]
async fn a_bad_message_fails_alone() {
    assert_eq!(failures(batch(&["good", "bad", "good"], 60_000)).await, ["1"]);
}

#[tokio::test]
async fn a_panic_fails_its_message_and_the_next_one_is_done() {
    assert_eq!(failures(batch(&["panic", "good"], 60_000)).await, ["0"]);
}

#[tokio::test]
async fn nothing_is_begun_without_time_to_finish() {
    assert_eq!(failures(batch(&["good", "good"], 6_000)).await, ["0", "1"]);
}

#[tokio::test(start_paused = true)]
async fn a_budget_runs_out_before_the_deadline() {
    let now: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let budget = Budget::until(u64::try_from(now.as_millisecond()).unwrap() + 10_000, now);
    assert_eq!(budget.left(), Duration::from_secs(8));
    tokio::time::advance(Duration::from_secs(9)).await;
    assert_eq!(budget.left(), Duration::ZERO);
    assert!(budget.is_short_of(Duration::from_millis(1)));
}
