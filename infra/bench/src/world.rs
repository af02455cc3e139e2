//! One embedded table and the use cases over it, without HTTP.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::deps::{Events, Fetched, Message, Objects, PortError, Queue, Receivers, Soon};
use app::event::Envelope;
use app::{Call, Config, Deps};
use delivery::{Delivery, Taken};
use domain::ids::CommandId;
use domain::user::{Caller, Role, User};
use engine::{Engine, Usage};
use runtime::ports::{SystemClock, SystemIds};
use store::Store;

use crate::Failure;

const TABLE: &str = "bench";

/// The world of one measurement.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) deps: Deps,
    messages: Arc<Messages>,
}

impl World {
    pub(crate) fn new() -> Result<Self, Failure> {
        let engine = Engine::memory()?;
        engine.create_table(TABLE)?;
        Ok(Self::over(engine))
    }

    /// The world whose table lies in a file.
    pub(crate) fn at(path: &Path) -> Result<Self, Failure> {
        Ok(Self::over(Engine::open(path)?))
    }

    fn over(engine: Engine) -> Self {
        let messages = Arc::new(Messages::default());
        let deps = Deps {
            store: Store::new(engine.client(), TABLE),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            queue: messages.clone(),
            events: messages.clone(),
            objects: Arc::new(NoObjects),
            receivers: Arc::new(NoReceivers),
            mailer: Arc::new(app::deps::NoMail),
            settings: Config::default(),
        };
        Self { engine, deps, messages }
    }

    /// The same table seen by a function that has just started: nothing is cached.
    pub(crate) fn cold(&self) -> Deps {
        Deps { store: Store::new(self.engine.client(), TABLE), ..self.deps.clone() }
    }

    /// A call by the operator of the bench.
    pub(crate) fn call(&self) -> Call {
        self.call_of(operator(), Role::Administrator)
    }

    pub(crate) fn call_of(&self, user: User, role: Role) -> Call {
        Call {
            caller: Caller { user, role, key_id: None },
            command: CommandId::new(self.deps.ids.uuid()),
            repeatable: false,
            if_match: None,
            now: self.deps.clock.now(),
            request_id: String::new(),
        }
    }

    /// The messages that were sent since the last question.
    pub(crate) fn messages(&self) -> Vec<Message> {
        std::mem::take(&mut *self.messages.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the table was asked for since the last question.
    pub(crate) fn usage(&self) -> Usage {
        self.engine.reset_usage()
    }

    /// Bytes of the items whose partition key holds this text, counted as DynamoDB does: names and values.
    pub(crate) fn stored_bytes(&self, text: &str) -> Result<usize, Failure> {
        let items = self.engine.items(TABLE)?;
        let held = items.iter().filter(|item| {
            item.pointer("/pk/S").and_then(serde_json::Value::as_str).is_some_and(|key| key.contains(text))
        });
        Ok(held.map(item_bytes).sum())
    }
}

/// Who runs the bench.
pub(crate) fn operator() -> User {
    User {
        user_type: "localCookieUser".to_owned(),
        id: "bench".to_owned(),
        email: "bench@corp.example".to_owned(),
        name: "Bench".to_owned(),
    }
}

fn item_bytes(item: &serde_json::Value) -> usize {
    let attributes = item.as_object().into_iter().flatten();
    attributes
        .map(|(name, value)| name.len() + value.as_object().into_iter().flatten().map(value_bytes).sum::<usize>())
        .sum()
}

fn value_bytes((kind, value): (&String, &serde_json::Value)) -> usize {
    match (kind.as_str(), value) {
        // Base64: four characters hold three bytes.
        ("B", serde_json::Value::String(text)) => text.trim_end_matches('=').len() * 3 / 4,
        ("N", serde_json::Value::String(text)) => text.len().div_ceil(2) + 1,
        (_, serde_json::Value::String(text)) => text.len(),
        ("M", serde_json::Value::Object(_)) => 3 + item_bytes(value),
        ("L", serde_json::Value::Array(values)) => {
            3 + values.iter().flat_map(|value| value.as_object().into_iter().flatten()).map(value_bytes).sum::<usize>()
        }
        ("SS" | "NS" | "BS", serde_json::Value::Array(values)) => {
            values.iter().filter_map(|value| value.as_str()).map(str::len).sum()
        }
        _ => 1,
    }
}

/// Keeps what is sent, for the bench to work on.
#[derive(Default)]
struct Messages(Mutex<Vec<Message>>);

impl Queue for Messages {
    fn send<'a>(&'a self, message: &'a Message) -> Soon<'a, Result<(), PortError>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
        Box::pin(async { Ok(()) })
    }
}

impl Events for Messages {
    fn publish<'a>(&'a self, events: &'a [Envelope]) -> Soon<'a, Vec<Result<(), PortError>>> {
        Box::pin(async { events.iter().map(|_| Ok(())).collect() })
    }
}

/// Nothing that is measured touches the object store.
struct NoObjects;

impl NoObjects {
    fn refused<T>() -> Result<T, PortError> {
        Err(PortError {
            action: "reaching the object store".to_owned(),
            reason: "there is none".to_owned(),
            retryable: false,
        })
    }
}

impl Objects for NoObjects {
    fn upload_url<'a>(&'a self, _: &'a str, _: u64, _: Duration) -> Soon<'a, Result<String, PortError>> {
        Box::pin(async { Self::refused() })
    }

    fn size<'a>(&'a self, _: &'a str) -> Soon<'a, Result<Option<u64>, PortError>> {
        Box::pin(async { Self::refused() })
    }

    fn get<'a>(&'a self, _: &'a str, _: u64) -> Soon<'a, Result<Fetched, PortError>> {
        Box::pin(async { Self::refused() })
    }

    fn put<'a>(&'a self, _: &'a str, _: Vec<u8>) -> Soon<'a, Result<(), PortError>> {
        Box::pin(async { Self::refused() })
    }
}

/// Nobody is told anything here.
struct NoReceivers;

impl Receivers for NoReceivers {
    fn send<'a>(&'a self, _: Delivery<'a>) -> Soon<'a, Result<Taken, delivery::Failure>> {
        Box::pin(async { Err(delivery::Failure::NotAllowed) })
    }
}
