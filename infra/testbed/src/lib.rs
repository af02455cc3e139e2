//! What the tests of a function need: dependencies over the embedded table, and requests as the gateway hands them over.
//!
//! Never linked into a function. Whole stories are told by the black-box suite; here a function is asked one thing.

#![expect(clippy::expect_used, reason = "a test that cannot be set up shall fail at once")]

mod ask;
mod ports;

use std::future::Future;
use std::sync::Arc;

use app::deps::{Config, Deps};
use domain::reminder::Reminders;
use engine::Engine;
use lambda_http::{Body, Request, Response};
use serde_json::Value;
use store::Store;
use wire::routes::{Function, ROUTES};

pub use ask::{Ask, ask};
pub use ports::{Counting, Kept, Listening, Mailbox, Sent, SetClock};

/// Dependencies with handles to what is behind them.
pub struct Testbed {
    /// What a handler takes.
    pub deps: Arc<Deps>,
    /// The table's engine: faults, and how often it was called.
    pub engine: Engine,
    /// The clock, which stands still until it is set.
    pub clock: Arc<SetClock>,
    /// Messages that were sent.
    pub sent: Arc<Sent>,
    /// Other people's systems.
    pub receivers: Arc<Listening>,
    /// Everybody's mailbox.
    pub mailbox: Arc<Mailbox>,
}

impl Testbed {
    /// An empty installation at 2026-01-01T00:00:00Z.
    ///
    /// # Panics
    /// When the embedded table cannot be made.
    #[must_use]
    pub fn new() -> Self {
        let engine = Engine::memory().expect("an engine in memory");
        engine.create_table("reviews").expect("a table");
        let clock = Arc::new(SetClock::at("2026-01-01T00:00:00Z"));
        let sent = Arc::new(Sent::default());
        let receivers = Arc::new(Listening::default());
        let mailbox = Arc::new(Mailbox::default());
        let deps = Deps {
            store: Store::new(engine.client(), "reviews".to_owned()),
            clock: Arc::clone(&clock) as _,
            ids: Arc::new(Counting::default()),
            queue: Arc::clone(&sent) as _,
            events: Arc::clone(&sent) as _,
            objects: Arc::new(Kept::default()),
            receivers: Arc::clone(&receivers) as _,
            mailer: Arc::clone(&mailbox) as _,
            settings: Config { mail: Some(Reminders::default()), ..Config::default() },
        };
        Self { deps: Arc::new(deps), engine, clock, sent, receivers, mailbox }
    }
}

impl Default for Testbed {
    fn default() -> Self {
        Self::new()
    }
}

/// Status and JSON body of an answer; `Null` for a body that is none.
#[must_use]
pub fn shown(response: &Response<Body>) -> (u16, Value) {
    let body = match response.body() {
        Body::Text(text) => serde_json::from_str(text).unwrap_or(Value::Null),
        _ => Value::Null,
    };
    (response.status().as_u16(), body)
}

/// Asks a function for each of its routes, with ids that nothing has, and fails when one is not served.
///
/// # Panics
/// When a route of the function is answered as unknown, or as an internal error.
pub async fn every_route_is_served<H, Fut>(function: Function, handle: H)
where
    H: Fn(Arc<Deps>, Request) -> Fut,
    Fut: Future<Output = Response<Body>>,
{
    let bed = Testbed::new();
    let mut asked = 0;
    for route in ROUTES.iter().filter(|route| route.function == function) {
        let request = Ask::of(route).request();
        let response = handle(Arc::clone(&bed.deps), request).await;
        let (status, body) = shown(&response);
        let unknown = body.to_string().contains("no such route");
        assert!(status < 500 && status != 405 && !unknown, "{} {}: {status} {body}", route.method, route.path);
        asked += 1;
    }
    assert!(asked > 0, "{function:?} has no routes");
}
