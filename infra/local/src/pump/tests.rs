//! The pump against the real queue engine, on a clock that runs as fast as it may.

use std::collections::BTreeMap;
use std::sync::Mutex;

use app::deps::Ids;
use engine::Engine;
use runtime::ports::SystemIds;
use runtime::sqs::Pace;
use tokio::time::Instant;

use super::*;
use crate::template::Template;
use crate::{Options, stack};

/// What the handler of a test saw and when, by the word that the bodies of the test begin with: handlers hold no state.
static SEEN: Mutex<BTreeMap<String, Vec<(String, Instant)>>> = Mutex::new(BTreeMap::new());

/// The seconds between the times at which a body came.
fn waits(word: &str, body: &str) -> Vec<u64> {
    let seen = SEEN.lock().unwrap();
    let times: Vec<_> = seen[word].iter().filter(|(held, _)| held == body).map(|(_, at)| *at).collect();
    times.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_secs()).collect()
}

/// How often a body came.
fn times(word: &str, body: &str) -> usize {
    SEEN.lock().unwrap()[word].iter().filter(|(held, _)| held == body).count()
}

/// Fails the bodies that say so, panics over them, or never ends, and remembers all, each with the second in which it came.
fn handler(
    deps: Arc<Deps>,
    event: LambdaEvent<SqsEvent>,
) -> std::pin::Pin<Box<dyn Future<Output = SqsBatchResponse> + Send>> {
    let left = event.context.deadline.saturating_sub(u64::try_from(deps.clock.now().as_millisecond()).unwrap());
    assert!(left > 0 && left <= 30_000, "the deadline is the function's timeout away");
    Box::pin(runtime::sqs::serve_batch(deps, "ingest", Pace::Work, event, |_, delivery| async move {
        let (word, rest) = delivery.body.split_once(' ').unwrap();
        let came = (rest.to_owned(), Instant::now());
        SEEN.lock().unwrap().entry(word.to_owned()).or_default().push(came);
        if rest.contains("hangs") {
            std::future::pending::<()>().await;
        }
        assert!(!rest.contains("panics"), "as it was asked to");
        if rest.contains("bad") { Err("a bad message") } else { Ok(()) }
    }))
}

/// Sends bodies to a queue that a pump empties; answers what ends up among the dead letters.
async fn pumped(word: &str, bodies: &[&str]) -> Vec<String> {
    pumped_by(handler, word, bodies).await
}

async fn pumped_by(handler: QueueHandler, word: &str, bodies: &[&str]) -> Vec<String> {
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

/// That a wait is one of a message that is spread by a quarter, rounded up by the queue and found by a poller.
fn is_spread(wait: u64, least: u64) -> bool {
    (least..=least * 5 / 4 + 2).contains(&wait)
}

#[tokio::test(start_paused = true)]
async fn poison_is_given_up_after_five_tries_and_the_others_of_its_batch_are_done_once() {
    for poison in ["bad", "panics"] {
        let bodies: Vec<String> =
            (0..10).map(|n| if n == 4 { poison.to_owned() } else { format!("good {n}") }).collect();
        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        let dead = pumped(poison, &bodies).await;
        assert_eq!(dead, [format!("{poison} {poison}")]);
        let done = bodies.iter().filter(|body| **body != poison);
        assert!(done.into_iter().all(|body| times(poison, body) == 1));
        let waits = waits(poison, poison);
        assert!(
            waits.len() == 4 && waits.iter().zip([2, 8, 32, 128]).all(|(wait, least)| is_spread(*wait, least)),
            "{waits:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_takes_too_long_comes_again_without_waiting_for_its_queue() {
    let dead = pumped("late", &["hangs"]).await;
    assert_eq!((times("late", "hangs"), dead), (5, vec!["late hangs".to_owned()]));
    // Each try takes what its function has for it.
    let waits = waits("late", "hangs");
    assert!(waits.iter().zip([2, 8, 32, 128]).all(|(wait, least)| is_spread(*wait - 28, least)), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn a_function_that_dies_leaves_its_message_hidden_for_the_time_of_its_queue() {
    /// Says nothing and takes too long, as one that dies.
    fn dies(
        _: Arc<Deps>,
        event: LambdaEvent<SqsEvent>,
    ) -> std::pin::Pin<Box<dyn Future<Output = SqsBatchResponse> + Send>> {
        let came = ("dies".to_owned(), Instant::now());
        assert_eq!(event.payload.records[0].body.as_deref(), Some("dead dies"));
        SEEN.lock().unwrap().entry("dead".to_owned()).or_default().push(came);
        Box::pin(std::future::pending())
    }
    let dead = pumped_by(dies, "dead", &["dies"]).await;
    assert_eq!((times("dead", "dies"), dead), (5, vec!["dead dies".to_owned()]));
    assert!(waits("dead", "dies").iter().all(|wait| (1_800..1_830).contains(wait)), "{:?}", waits("dead", "dies"));
}
