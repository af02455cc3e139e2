//! What clients meet when the table is out of breath, on a clock that runs as fast as it may.

use std::sync::Mutex;

use app::deps::{Clock, Ids};
use engine::{Engine, Faults};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use runtime::ports::SystemIds;
use tokio::time::Instant;

use super::*;
use crate::queues::Queues;
use crate::{Options, oidc, seed, stack};

/// How many clients ask at the same time.
const CLIENTS: usize = 32;

/// A clock that stands still until somebody waits: that of the machine does not run as fast as the test.
struct Patient(Mutex<Timestamp>);

impl Clock for Patient {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A gateway in front of all functions, without a socket.
struct Scene {
    clock: Arc<Patient>,
    gateway: Gateway,
    engine: Engine,
    token: String,
    directory: std::path::PathBuf,
}

impl Scene {
    async fn open() -> Self {
        let template = Template::load().unwrap();
        let engine = Engine::memory().unwrap();
        engine.create_table("access-review").unwrap();
        let queues = Queues::create(&template.queues).await.unwrap();
        let directory = std::env::temp_dir().join(format!("gateway-{}", SystemIds.uuid().simple()));
        let base_url = "http://127.0.0.1:1";
        let clock = Arc::new(Patient(Mutex::new("2026-05-04T08:00:00Z".parse().unwrap())));
        let options = Options { clock: Arc::clone(&clock) as _, ..Options::for_tests() };
        let (deps, _) = stack::deps(&options, &engine, &queues, &template, base_url, &directory).unwrap();
        let assigned = Assigned::new(&template, &deps, &engine, &queues).unwrap();
        let token = seed::run(&deps, &directory, None).await.unwrap()["administrator"].clone();
        let trust = oidc::trust(&oidc::open(&directory, base_url).unwrap()).unwrap();
        let gateway = Gateway::new(&template, &assigned, deps, trust).unwrap();
        Self { clock, gateway, engine, token, directory }
    }

    async fn ask(&self, method: Method, path: &str, key: &str, body: &Value) -> Response<Bytes> {
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        let request = request.header("authorization", format!("Bearer {}", self.token)).header("idempotency-key", key);
        self.gateway.answer(request.body(Bytes::from(body.to_string())).unwrap()).await
    }

    /// Creates a rule for each client, all at once, and answers each status in their order.
    async fn rush(&self) -> Vec<u16> {
        let rush = (0..CLIENTS).map(async |client| {
            let started = Instant::now();
            let name = format!("rule {client}");
            let body = json!({
                "name": name, "type": "account", "condition": "account.privileged = true", "decision": "auto_approve",
            });
            let key = format!("key {client}");
            let answer = self.ask(Method::POST, "/api/v1/campaign-rules", &key, &body).await;
            assert!(started.elapsed() < Duration::from_secs(30), "the gateway waits for {:?}", started.elapsed());
            checked(&answer)
        });
        join_all(rush).await
    }

    /// Lets a minute pass, after which whoever died over a call does not hold it any more.
    fn wait(&self) {
        *self.clock.0.lock().unwrap() += SignedDuration::from_mins(1);
    }

    async fn rules(&self) -> usize {
        let listed = self.ask(Method::GET, "/api/v1/campaign-rules", "none", &Value::Null).await;
        assert_eq!(listed.status(), StatusCode::OK);
        let listed: Value = serde_json::from_slice(listed.body()).unwrap();
        listed["rules"].as_array().unwrap().len()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// The status of an answer that is either a success or tells in our own words when to come again.
fn checked(answer: &Response<Bytes>) -> u16 {
    let text = String::from_utf8_lossy(answer.body());
    match answer.status() {
        StatusCode::CREATED => {}
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::CONFLICT => {
            assert_eq!(answer.headers().get("retry-after").and_then(|after| after.to_str().ok()), Some("1"), "{text}");
            assert!(text.contains("\"UNAVAILABLE\"") || text.contains("\"in_flight\""), "{text}");
            assert!(answer.headers().contains_key("x-request-id"), "{text}");
        }
        other => panic!("{other} {text}"),
    }
    answer.status().as_u16()
}

#[tokio::test(start_paused = true)]
async fn a_table_that_is_throttled_is_told_to_all_and_everything_works_once_it_is_not() {
    let scene = Scene::open().await;
    scene.engine.set_faults(Faults { seed: 1, throttled: 1.0, ..Faults::default() }).unwrap();
    assert_eq!(scene.rush().await, [503; CLIENTS]);
    scene.engine.clear_faults();
    assert_eq!(scene.rush().await, [201; CLIENTS], "nothing is left of it");
    assert_eq!(scene.rules().await, CLIENTS);
}

#[tokio::test(start_paused = true)]
async fn who_repeats_what_was_not_answered_in_a_rush_gets_it_done_once() {
    let scene = Scene::open().await;
    scene.engine.set_faults(Faults { seed: 2, throttled: 0.7, lost: 0.1, ..Faults::default() }).unwrap();
    let mut turns = 1;
    let mut answered = scene.rush().await;
    assert!(answered.contains(&503), "it is a rush");
    while answered.iter().any(|status| *status != 201) {
        scene.wait();
        answered = scene.rush().await;
        turns += 1;
        assert!(turns < 100, "clients come through in the end");
    }
    scene.engine.clear_faults();
    assert_eq!(scene.rules().await, CLIENTS, "after {turns} turns");
}
