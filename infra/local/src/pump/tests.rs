//! The pump against the real queue engine, on a clock that runs as fast as it may.

use std::collections::BTreeMap;
use std::sync::Mutex;

use app::deps::Ids;
use aws_lambda_events::event::sqs::BatchItemFailure;
use engine::Engine;
use runtime::ports::SystemIds;

use super::*;
use crate::template::Template;
use crate::{Options, stack};

/// What the handler of a test saw, by the word that the bodies of the test begin with: handlers hold no state.
static SEEN: Mutex<BTreeMap<String, Vec<String>>> = Mutex::new(BTreeMap::new());

fn seen(word: &str) -> Vec<String> {
    SEEN.lock().unwrap().get(word).cloned().unwrap_or_default()
}

/// Fails the bodies that say so, never ends for those that say so, and remembers all.
fn handler(
    deps: Arc<Deps>,
    event: LambdaEvent<SqsEvent>,
) -> std::pin::Pin<Box<dyn Future<Output = SqsBatchResponse> + Send>> {
    Box::pin(async move {
        let left = event.context.deadline.saturating_sub(u64::try_from(deps.clock.now().as_millisecond()).unwrap());
        assert!(left > 0 && left <= 30_000, "the deadline is the function's timeout away");
        let mut response = SqsBatchResponse::default();
        for message in event.payload.records {
            let body = message.body.unwrap();
            let (word, rest) = body.split_once(' ').unwrap();
            SEEN.lock().unwrap().entry(word.to_owned()).or_default().push(rest.to_owned());
            if rest.contains("hangs") {
                std::future::pending::<()>().await;
            }
            if rest.contains("bad") {
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = message.message_id.unwrap();
                response.batch_item_failures.push(failure);
            }
        }
        response
    })
}

/// Sends bodies to a queue that a pump empties; answers what ends up among the dead letters.
async fn pumped(word: &str, bodies: &[&str]) -> Vec<String> {
    let template = Template::load().unwrap();
    let queues = Queues::create(&template.queues).await.unwrap();
    let directory = std::env::temp_dir().join(format!("pump-{}", SystemIds.uuid().simple()));
    let engine = Engine::memory().unwrap();
    let (deps, _) =
        stack::deps(&Options::for_tests(), &engine, &queues, &template, "http://127.0.0.1:1", &directory).unwrap();
    let pump = Pump {
        queues: queues.clone(),
        queue: "IngestQueue".into(),
        batch_size: 10,
        timeout: Duration::from_secs(30),
        deps,
        handler,
    };
    let address = queues.address("IngestQueue").unwrap();
    for body in bodies {
        queues.client.send_message().queue_url(address).message_body(format!("{word} {body}")).send().await.unwrap();
    }
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(pump.run(stopped));
    while queues.unfinished(&["IngestQueue".to_owned()]).await.unwrap() > 0 {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    stop.send_replace(true);
    running.await.unwrap();
    let dead = queues.client.receive_message().queue_url(queues.address("IngestDeadLetters").unwrap());
    let dead = dead.max_number_of_messages(10).send().await.unwrap().messages.unwrap_or_default();
    queues.shutdown().await;
    std::fs::remove_dir_all(directory).unwrap();
    dead.into_iter().filter_map(|message| message.body).collect()
}

#[tokio::test(start_paused = true)]
async fn what_succeeds_is_gone_and_what_fails_comes_again_alone() {
    let dead = pumped("alone", &["good 1", "bad 2", "good 3"]).await;
    let seen = seen("alone");
    let times = |body: &str| seen.iter().filter(|held| *held == body).count();
    assert_eq!((times("good 1"), times("good 3")), (1, 1));
    assert_eq!((times("bad 2"), dead), (5, vec!["alone bad 2".to_owned()]), "given up after five tries");
}

#[tokio::test(start_paused = true)]
async fn a_function_that_takes_too_long_has_failed() {
    let dead = pumped("late", &["hangs"]).await;
    assert_eq!((seen("late").len(), dead), (5, vec!["late hangs".to_owned()]));
}
