use std::sync::Mutex;

use app::deps::{Message, PortError, Queue, Soon};
use serde_json::json;

use super::*;
use crate::testing;

/// A queue that hears when messages come again, or does not answer.
#[derive(Default)]
struct Hearing {
    heard: Mutex<Vec<(String, u64)>>,
    is_deaf: bool,
}

impl Queue for Hearing {
    fn send<'a>(&'a self, _: &'a Message) -> Soon<'a, Result<(), PortError>> {
        panic!("a worker that fails sends nothing")
    }

    fn come_again<'a>(&'a self, queue: &'a str, waits: &'a [(String, Duration)]) -> Soon<'a, Result<(), PortError>> {
        assert_eq!(queue, "test");
        if self.is_deaf {
            return Box::pin(std::future::pending());
        }
        self.heard.lock().unwrap().extend(waits.iter().map(|(receipt, wait)| (receipt.clone(), wait.as_secs())));
        Box::pin(async { Ok(()) })
    }
}

/// Messages that come for the second time, each with the receipt of its number.
fn batch(bodies: &[&str], milliseconds_left: u64) -> LambdaEvent<SqsEvent> {
    batch_of(bodies, 2, milliseconds_left)
}

fn batch_of(bodies: &[&str], received: u32, milliseconds_left: u64) -> LambdaEvent<SqsEvent> {
    let attributes = json!({"ApproximateReceiveCount": received.to_string()});
    let records: Vec<_> = bodies
        .iter()
        .enumerate()
        .map(|(n, body)| json!({"messageId": n.to_string(), "receiptHandle": n.to_string(), "body": body, "attributes": attributes}))
        .collect();
    let event = serde_json::from_value(json!({ "Records": records })).unwrap();
    let mut context = lambda_runtime::Context::default();
    let now = testing::deps().0.clock.now().as_millisecond();
    context.deadline = u64::try_from(now).unwrap() + milliseconds_left;
    LambdaEvent::new(event, context)
}

async fn failures(event: LambdaEvent<SqsEvent>) -> Vec<String> {
    served(event, &Arc::new(Hearing::default())).await
}

async fn served(event: LambdaEvent<SqsEvent>, queue: &Arc<Hearing>) -> Vec<String> {
    let deps = Deps { queue: Arc::clone(queue) as _, ..testing::deps().0.as_ref().clone() };
    let response = serve_batch(Arc::new(deps), "test", Pace::Work, event, |_, delivery| async move {
        match delivery.body.as_str() {
            "good" => Ok(()),
            "panic" => panic!("poison"),
            "hangs" => std::future::pending().await,
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
async fn a_message_without_an_end_is_broken_off_and_the_function_answers_in_time() {
    let started = Instant::now();
    assert_eq!(failures(batch(&["good", "hangs", "good"], 60_000)).await, ["1", "2"]);
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[tokio::test]
async fn what_failed_comes_again_the_later_the_more_often_it_failed() {
    for (received, least) in [(1, 10), (2, 40), (3, 160), (4, 640)] {
        let queue = Arc::new(Hearing::default());
        served(batch_of(&["bad", "good", "panic"], received, 60_000), &queue).await;
        let heard = queue.heard.lock().unwrap().clone();
        let [(first, soon), (second, late)] = heard.as_slice() else { panic!("two messages: {heard:?}") };
        assert_eq!((first.as_str(), second.as_str()), ("0", "2"));
        assert!([soon, late].iter().all(|wait| (least..=least * 5 / 4).contains(*wait)), "{heard:?}");
    }
}

#[tokio::test]
async fn what_failed_for_the_last_time_and_what_was_not_begun_is_not_kept_back() {
    for event in [batch_of(&["bad"], 5, 60_000), batch_of(&["good"], 1, 6_000)] {
        let queue = Arc::new(Hearing::default());
        assert_eq!(served(event, &queue).await, ["0"]);
        assert_eq!(*queue.heard.lock().unwrap(), [("0".to_owned(), 0)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_does_not_hear_costs_a_second_and_fails_nothing_else() {
    let queue = Arc::new(Hearing { is_deaf: true, ..Hearing::default() });
    let started = Instant::now();
    assert_eq!(served(batch(&["good", "bad"], 60_000), &queue).await, ["1"]);
    assert_eq!(started.elapsed(), Duration::from_secs(1));
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
