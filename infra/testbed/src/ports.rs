//! Clock, ids, queue and objects that a test can set and look at.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::deps::{
    Clock, Events, Fetched, Growing, Ids, Label, Mailer, Message, Objects, PortError, Queue, Receivers, Soon,
};
use app::event::Envelope;
use app::notify::{Mail, NotSent};
use delivery::{Delivery, Failure, Taken};
use jiff::Timestamp;
use uuid::Uuid;

/// A clock that stands still until it is set.
#[derive(Debug)]
pub struct SetClock(Mutex<Timestamp>);

impl SetClock {
    /// A clock at a time.
    ///
    /// # Panics
    /// When `time` is not an RFC 3339 timestamp.
    #[must_use]
    pub fn at(time: &str) -> Self {
        Self(Mutex::new(time.parse().expect("a timestamp")))
    }

    /// Sets it.
    ///
    /// # Panics
    /// When `time` is not an RFC 3339 timestamp.
    pub fn set(&self, time: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = time.parse().expect("a timestamp");
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ids and secrets that count, so that tests get the same ones each run.
#[derive(Debug, Default)]
pub struct Counting(AtomicU64);

impl Ids for Counting {
    fn uuid(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1)
    }

    fn secret(&self, secret: &mut [u8; 32]) {
        let number = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        for (place, byte) in secret.iter_mut().zip(number.iter().cycle()) {
            *place = *byte;
        }
    }
}

/// Messages that were sent, and events that were told.
#[derive(Debug, Default)]
pub struct Sent {
    messages: Mutex<Vec<Message>>,
    put_off: Mutex<Vec<(String, String, Duration)>>,
    again: Mutex<Vec<(String, Duration)>>,
    events: Mutex<Vec<Envelope>>,
}

impl Sent {
    /// All messages so far.
    #[must_use]
    pub fn all(&self) -> Vec<Message> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All messages so far that were put off: of which queue, what they say, and for how long.
    #[must_use]
    pub fn put_off(&self) -> Vec<(String, String, Duration)> {
        self.put_off.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All failed messages so far that are to come again: of which queue, and after how long.
    #[must_use]
    pub fn again(&self) -> Vec<(String, Duration)> {
        self.again.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All events so far.
    #[must_use]
    pub fn events(&self) -> Vec<Envelope> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Events for Sent {
    fn publish<'a>(&'a self, events: &'a [Envelope]) -> Soon<'a, Vec<Result<(), PortError>>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(events);
        Box::pin(async { events.iter().map(|_| Ok(())).collect() })
    }
}

impl Queue for Sent {
    fn send<'a>(&'a self, message: &'a Message) -> Soon<'a, Result<(), PortError>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
        Box::pin(async { Ok(()) })
    }

    fn put_off<'a>(&'a self, queue: &'a str, body: &'a str, wait: Duration) -> Soon<'a, Result<(), PortError>> {
        let message = (queue.to_owned(), body.to_owned(), wait);
        self.put_off.lock().unwrap_or_else(PoisonError::into_inner).push(message);
        Box::pin(async { Ok(()) })
    }

    fn come_again<'a>(&'a self, queue: &'a str, waits: &'a [(String, Duration)]) -> Soon<'a, Result<(), PortError>> {
        let waits = waits.iter().map(|(_, wait)| (queue.to_owned(), *wait));
        self.again.lock().unwrap_or_else(PoisonError::into_inner).extend(waits);
        Box::pin(async { Ok(()) })
    }
}

/// A mailbox that takes every mail.
#[derive(Debug, Default)]
pub struct Mailbox(Mutex<Vec<Mail>>);

impl Mailbox {
    /// All mails so far.
    #[must_use]
    pub fn all(&self) -> Vec<Mail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Mailer for Mailbox {
    fn send<'a>(&'a self, mail: &'a Mail) -> Soon<'a, Result<(), NotSent>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(mail.clone());
        Box::pin(async { Ok(()) })
    }
}

/// Objects in memory.
#[derive(Debug, Default)]
pub struct Kept(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Kept {
    fn read(&self, key: &str) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }
}

impl Objects for Kept {
    fn upload_url<'a>(&'a self, key: &'a str, _: u64, _: Duration) -> Soon<'a, Result<String, PortError>> {
        Box::pin(async move { Ok(format!("memory:{key}")) })
    }

    fn size<'a>(&'a self, key: &'a str) -> Soon<'a, Result<Option<u64>, PortError>> {
        let size = self.read(key).map(|bytes| bytes.len() as u64);
        Box::pin(async move { Ok(size) })
    }

    fn get<'a>(&'a self, key: &'a str, at_most: u64) -> Soon<'a, Result<Fetched, PortError>> {
        let bytes = self.read(key);
        Box::pin(async move { Ok(Fetched::of(bytes, at_most)) })
    }

    fn put<'a>(&'a self, key: &'a str, bytes: Vec<u8>) -> Soon<'a, Result<(), PortError>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), bytes);
        Box::pin(async { Ok(()) })
    }

    fn begin<'a>(&'a self, key: &'a str, _: &'a Label) -> Soon<'a, Result<Box<dyn Growing>, PortError>> {
        let grown = Grown { key: key.to_owned(), bytes: Vec::new(), kept: Arc::clone(&self.0) };
        Box::pin(async { Ok(Box::new(grown) as Box<dyn Growing>) })
    }

    fn download_url<'a>(&'a self, key: &'a str, _: Duration) -> Soon<'a, Result<String, PortError>> {
        Box::pin(async move { Ok(format!("memory:{key}")) })
    }
}

/// An object in memory that is being written.
struct Grown {
    key: String,
    bytes: Vec<u8>,
    kept: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
}

impl Growing for Grown {
    fn write(&mut self, bytes: Vec<u8>) -> Soon<'_, Result<(), PortError>> {
        self.bytes.extend(bytes);
        Box::pin(async { Ok(()) })
    }

    fn finish(self: Box<Self>) -> Soon<'static, Result<(), PortError>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(self.key, self.bytes);
        Box::pin(async { Ok(()) })
    }

    fn abort(self: Box<Self>) -> Soon<'static, ()> {
        Box::pin(async {})
    }
}

/// Receivers that take every message, or answer what they are told to, and keep what they were sent: id and body.
#[derive(Debug, Default)]
pub struct Listening {
    heard: Mutex<Vec<(String, String)>>,
    answers: Mutex<Vec<Result<Taken, Failure>>>,
}

impl Listening {
    /// What they heard since the last question.
    #[must_use]
    pub fn heard(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What they answer to the next message; after all answers, they take what comes.
    pub fn answer(&self, answer: Result<Taken, Failure>) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(0, answer);
    }
}

impl Receivers for Listening {
    fn send<'a>(&'a self, message: Delivery<'a>) -> Soon<'a, Result<Taken, Failure>> {
        let heard = (message.id.to_owned(), message.body.to_owned());
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).push(heard);
        let answer = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Box::pin(async move { answer.unwrap_or(Ok(Taken::Done)) })
    }
}
