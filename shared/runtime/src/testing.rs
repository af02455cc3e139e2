//! Dependencies of a test: the embedded table, a clock that is set, ids that count.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use app::deps::{Clock, Config, Deps, Events, Fetched, Ids, Message, Objects, PortError, Queue, Soon};
use app::event::Envelope;
use engine::Engine;
use jiff::Timestamp;
use store::Store;
use uuid::Uuid;

pub(crate) struct Set(pub(crate) Mutex<Timestamp>);

impl Clock for Set {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

pub(crate) struct Counting(AtomicU64);

impl Ids for Counting {
    fn uuid(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)))
    }

    fn secret(&self, secret: &mut [u8; 32]) {
        *secret = [1; 32];
    }
}

/// A test of this crate sends nothing and stores nothing.
struct Unused;

fn unused<'a, T: Send + 'a>() -> Soon<'a, Result<T, PortError>> {
    Box::pin(async { panic!("not part of this test") })
}

impl Queue for Unused {
    fn send<'a>(&'a self, _: &'a Message) -> Soon<'a, Result<(), PortError>> {
        unused()
    }
}

impl Events for Unused {
    fn publish<'a>(&'a self, events: &'a [Envelope]) -> Soon<'a, Vec<Result<(), PortError>>> {
        Box::pin(async move { events.iter().map(|_| Ok(())).collect() })
    }
}

impl Objects for Unused {
    fn upload_url<'a>(&'a self, _: &'a str, _: u64, _: Duration) -> Soon<'a, Result<String, PortError>> {
        unused()
    }

    fn size<'a>(&'a self, _: &'a str) -> Soon<'a, Result<Option<u64>, PortError>> {
        unused()
    }

    fn get<'a>(&'a self, _: &'a str, _: u64) -> Soon<'a, Result<Fetched, PortError>> {
        unused()
    }

    fn put<'a>(&'a self, _: &'a str, _: Vec<u8>) -> Soon<'a, Result<(), PortError>> {
        unused()
    }
}

/// Dependencies at 2026-01-01T00:00:00Z, with the clock to set.
pub(crate) fn deps() -> (Arc<Deps>, Arc<Set>) {
    let (deps, clock, _) = deps_on_an_engine();
    (deps, clock)
}

/// The same with the engine of their table, to disturb it.
pub(crate) fn deps_on_an_engine() -> (Arc<Deps>, Arc<Set>, Engine) {
    let engine = Engine::memory().unwrap();
    engine.create_table("reviews").unwrap();
    let clock = Arc::new(Set(Mutex::new("2026-01-01T00:00:00Z".parse().unwrap())));
    let deps = Deps {
        store: Store::new(engine.client(), "reviews".to_owned()),
        clock: Arc::clone(&clock) as _,
        ids: Arc::new(Counting(AtomicU64::new(1))),
        queue: Arc::new(Unused),
        events: Arc::new(Unused),
        objects: Arc::new(Unused),
        receivers: Arc::new(crate::absent::Absent),
        mailer: Arc::new(app::deps::NoMail),
        settings: Config::default(),
    };
    (Arc::new(deps), clock, engine)
}
