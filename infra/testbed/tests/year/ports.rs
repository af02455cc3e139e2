//! Queues, bus and mailbox of the year: they keep what comes until it is somebody's turn.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use app::deps::{Events, Mailer, Message, PortError, Queue, Soon};
use app::event::Envelope;
use app::notify::{Mail, NotSent};
use serde_json::json;

/// A body on its way to the function of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    pub to: Worker,
    pub body: String,
}

/// A function behind a queue. Rows are built and rejected before anybody is mailed about them in the same second: in which
/// order queues are served is nothing that a test could expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Worker {
    Materialize,
    Evaluate,
    /// What the bus hands over.
    Hear,
    /// What the schedule, and the function itself, hand over.
    Notify,
}

/// Everything on its way, and what was told and mailed.
#[derive(Debug)]
pub struct Post {
    waiting: Mutex<Vec<Parcel>>,
    told: Mutex<BTreeMap<String, Envelope>>,
    fresh: Mutex<Vec<Envelope>>,
    mails: Mutex<Vec<Mail>>,
    rule: Vec<String>,
}

impl Post {
    /// With the rule of the template by which events are mailed about.
    pub fn new() -> Self {
        let template = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml"));
        let template = template.expect("the template");
        let rule = template.split_once("\n  NotifyRule:").expect("the rule").1;
        let types = rule.split_once("detail-type: [").expect("types").1.split_once(']').expect("types").0;
        let rule = types.split(',').map(|kind| kind.trim().to_owned()).collect();
        let (waiting, mails) = (Mutex::default(), Mutex::default());
        Self { waiting, told: Mutex::default(), fresh: Mutex::default(), mails, rule }
    }

    /// One of the parcels whose turn it is.
    pub fn take(&self, random: &mut fastrand::Rng) -> Option<Parcel> {
        let mut waiting = lock(&self.waiting);
        let turn = waiting.iter().map(|parcel| parcel.to).min()?;
        let places: Vec<usize> = (0..waiting.len()).filter(|place| waiting[*place].to == turn).collect();
        Some(waiting.swap_remove(places[random.usize(..places.len())]))
    }

    /// What was told since the last question, each event once.
    pub fn fresh(&self) -> Vec<Envelope> {
        std::mem::take(&mut *lock(&self.fresh))
    }

    /// All events, each once.
    pub fn told(&self) -> Vec<Envelope> {
        lock(&self.told).values().cloned().collect()
    }

    /// All mails.
    pub fn mails(&self) -> Vec<Mail> {
        lock(&self.mails).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Queue for Post {
    fn send<'a>(&'a self, message: &'a Message) -> Soon<'a, Result<(), PortError>> {
        let to = match message {
            Message::Materialise { .. } => Worker::Materialize,
            Message::Evaluate { .. } => Worker::Evaluate,
            Message::Remind { .. } | Message::Mail { .. } => Worker::Notify,
            other => panic!("{other:?} has no part in the year"),
        };
        lock(&self.waiting).push(Parcel { to, body: runtime::ports::encode(message) });
        Box::pin(async { Ok(()) })
    }
}

impl Events for Post {
    fn publish<'a>(&'a self, events: &'a [Envelope]) -> Soon<'a, Vec<Result<(), PortError>>> {
        for event in events {
            if lock(&self.told).insert(event.id.clone(), event.clone()).is_none() {
                lock(&self.fresh).push(event.clone());
            }
            if self.rule.contains(&event.kind) {
                let detail: serde_json::Value = serde_json::from_str(&event.detail).expect("JSON");
                let body = json!({ "source": app::event::SOURCE, "detail-type": event.kind, "detail": detail });
                lock(&self.waiting).push(Parcel { to: Worker::Hear, body: body.to_string() });
            }
        }
        Box::pin(async { events.iter().map(|_| Ok(())).collect() })
    }
}

impl Mailer for Post {
    fn send<'a>(&'a self, mail: &'a Mail) -> Soon<'a, Result<(), NotSent>> {
        lock(&self.mails).push(mail.clone());
        Box::pin(async { Ok(()) })
    }
}
