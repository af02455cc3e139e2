//! What a use case reaches the world through: the table, a clock, an id generator, a queue, a bus, an object
//! store, and other people's systems and mailboxes.
//!
//! The ports are traits that work behind `Arc<dyn ..>` (their futures are boxed), because the local stack, the
//! functions and the tests each bring their own and a use case must not be compiled three times. Nothing else in this
//! crate reads the time or draws a random number.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use domain::ids::{JobId, ReviewId};
use domain::reminder::Reminders;
use jiff::Timestamp;
use store::Store;
use uuid::Uuid;

pub use crate::error::PortError;
use crate::event::envelope::Envelope;
use crate::notify::mail::{Mail, NotSent};

/// A boxed future, as the ports return it.
pub type Soon<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The time, as the server sees it.
pub trait Clock: Send + Sync {
    /// Now, truncated to milliseconds: the resolution that is stored.
    fn now(&self) -> Timestamp;
}

/// Fresh ids and secrets.
pub trait Ids: Send + Sync {
    /// A uuid that was not handed out before.
    fn uuid(&self) -> Uuid;
    /// Fills `secret` with bytes that nobody can guess.
    fn secret(&self, secret: &mut [u8; 32]);
}

/// A unit of background work. A message names the job; everything else stands in the job's item, so that a message
/// which comes twice or late does no harm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Builds the rows of a certification.
    Materialise {
        /// The job that holds the progress.
        job: JobId,
    },
    /// Reads an uploaded or assembled inventory.
    Ingest {
        /// The job that holds the progress.
        job: JobId,
    },
    /// Evaluates rules: on the rows of a campaign, or to try a condition out.
    Evaluate {
        /// The job that holds the progress.
        job: JobId,
    },
    /// Applies automations to the rows of a review.
    Automate {
        /// The job that holds the progress.
        job: JobId,
    },
    /// Writes the rows of a review to a file.
    Export {
        /// The job that holds the progress.
        job: JobId,
    },
    /// Looks for reviewers to remind.
    Remind {
        /// Names the review: it has its uuid.
        job: JobId,
    },
    /// Sends a letter.
    Mail {
        /// The letter.
        job: JobId,
    },
}

impl Message {
    /// The job that the message is about.
    pub fn job(&self) -> &JobId {
        match self {
            Self::Materialise { job }
            | Self::Ingest { job }
            | Self::Evaluate { job }
            | Self::Automate { job }
            | Self::Export { job }
            | Self::Remind { job }
            | Self::Mail { job } => job,
        }
    }

    /// The queue's name, which is also the word that stands in stored and queued bodies.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Materialise { .. } => "materialise",
            Self::Ingest { .. } => "ingest",
            Self::Evaluate { .. } => "evaluate",
            Self::Automate { .. } => "automate",
            Self::Export { .. } => "export",
            Self::Remind { .. } => "remind",
            Self::Mail { .. } => "mail",
        }
    }

    /// The message of a queue name and a job, as stored in an outbox item; `None` for a kind this version does not know.
    pub fn of(kind: &str, job: JobId) -> Option<Self> {
        match kind {
            "materialise" => Some(Self::Materialise { job }),
            "ingest" => Some(Self::Ingest { job }),
            "evaluate" => Some(Self::Evaluate { job }),
            "automate" => Some(Self::Automate { job }),
            "export" => Some(Self::Export { job }),
            "remind" => Some(Self::Remind { job }),
            "mail" => Some(Self::Mail { job }),
            _ => None,
        }
    }
}

/// Where background work is handed to.
pub trait Queue: Send + Sync {
    /// Hands over one message. It may be delivered more than once, and in any order.
    fn send<'a>(&'a self, message: &'a Message) -> Soon<'a, Result<(), PortError>>;
    /// Hands over anew, to the queue of this name, what was taken from it and can only be worked on after `wait`, at most a
    /// quarter of an hour: as a message that was never tried. A queue that is not meant for that refuses.
    fn put_off<'a>(&'a self, queue: &'a str, body: &'a str, wait: Duration) -> Soon<'a, Result<(), PortError>> {
        let _ = (body, wait);
        Box::pin(async move { Err(PortError::unsupported(format!("putting off a message of `{queue}`"))) })
    }
    /// Lets messages that were taken from the queue of this name and failed come again after their waits, each by the receipt
    /// of its delivery. Without that they come when the queue takes their worker for dead. A queue that is not meant for that
    /// refuses.
    fn come_again<'a>(&'a self, queue: &'a str, waits: &'a [(String, Duration)]) -> Soon<'a, Result<(), PortError>> {
        let _ = waits;
        Box::pin(async move { Err(PortError::unsupported(format!("letting messages of `{queue}` come again"))) })
    }
}

/// Where facts are told.
pub trait Events: Send + Sync {
    /// Tells events, and answers for each whether the bus took it, in their order. It may come twice, and in any order.
    fn publish<'a>(&'a self, events: &'a [Envelope]) -> Soon<'a, Vec<Result<(), PortError>>>;
}

/// What came of reading an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// Nothing lies there.
    Absent,
    /// Something lies there that is longer than was asked for.
    TooLarge,
    /// All of it.
    Whole(Vec<u8>),
}

impl Fetched {
    /// What a store that holds whole objects answers.
    pub fn of(held: Option<Vec<u8>>, at_most: u64) -> Self {
        match held {
            None => Self::Absent,
            Some(bytes) if bytes.len() as u64 > at_most => Self::TooLarge,
            Some(bytes) => Self::Whole(bytes),
        }
    }
}

/// Where bodies live that are too large for a request: an object store, or a directory.
pub trait Objects: Send + Sync {
    /// An address to which a client may `PUT` at most `max_bytes` under `key` until `valid_for` has passed.
    fn upload_url<'a>(
        &'a self,
        key: &'a str,
        max_bytes: u64,
        valid_for: Duration,
    ) -> Soon<'a, Result<String, PortError>>;
    /// The size in bytes of what lies under `key`, `None` when nothing does.
    fn size<'a>(&'a self, key: &'a str) -> Soon<'a, Result<Option<u64>, PortError>>;
    /// What lies under `key`, unless it is longer than `at_most` bytes; no more than that is kept in memory.
    fn get<'a>(&'a self, key: &'a str, at_most: u64) -> Soon<'a, Result<Fetched, PortError>>;
    /// Puts `bytes` under `key`, replacing what was there.
    fn put<'a>(&'a self, key: &'a str, bytes: Vec<u8>) -> Soon<'a, Result<(), PortError>>;
    /// Begins an object of unknown length under `key`. A store that is not meant for such objects refuses.
    fn begin<'a>(&'a self, key: &'a str, label: &'a Label) -> Soon<'a, Result<Box<dyn Growing>, PortError>> {
        let _ = label;
        Box::pin(async move { Err(PortError::unsupported(format!("beginning the object `{key}`"))) })
    }
    /// An address from which a client may `GET` what lies under `key` until `valid_for` has passed. A store that clients do
    /// not read from refuses.
    fn download_url<'a>(&'a self, key: &'a str, valid_for: Duration) -> Soon<'a, Result<String, PortError>> {
        let _ = valid_for;
        Box::pin(async move { Err(PortError::unsupported(format!("making a download address for `{key}`"))) })
    }
}

/// What whoever downloads an object is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Its media type.
    pub media_type: &'static str,
    /// The name under which it is saved: letters, digits, `-`, `_` and `.`.
    pub file_name: String,
}

/// An object that is being written. It appears whole, when it is finished, or not at all.
pub trait Growing: Send {
    /// Adds bytes. Waits where they cannot be sent as fast as they are made.
    fn write(&mut self, bytes: Vec<u8>) -> Soon<'_, Result<(), PortError>>;
    /// Ends it, so that it appears.
    fn finish(self: Box<Self>) -> Soon<'static, Result<(), PortError>>;
    /// Gives it up.
    fn abort(self: Box<Self>) -> Soon<'static, ()>;
}

/// Who is told by messages over HTTP.
pub trait Receivers: Send + Sync {
    /// Sends one message once.
    fn send<'a>(&'a self, message: delivery::Delivery<'a>) -> Soon<'a, Result<delivery::Taken, delivery::Failure>>;
}

/// Who carries mails.
pub trait Mailer: Send + Sync {
    /// Sends one mail once.
    fn send<'a>(&'a self, mail: &'a Mail) -> Soon<'a, Result<(), NotSent>>;
}

/// The way to mailboxes of an installation that has none.
#[derive(Debug, Clone, Copy)]
pub struct NoMail;

impl Mailer for NoMail {
    fn send<'a>(&'a self, _: &'a Mail) -> Soon<'a, Result<(), NotSent>> {
        Box::pin(async { Err(NotSent::Off) })
    }
}

/// What an installation may choose; every value has a default that a small installation never touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The largest upload in bytes that is accepted through the object store.
    pub max_upload_bytes: u64,
    /// How long an upload address stays usable.
    pub upload_valid_for: Duration,
    /// How many rows one call examines before it answers a shorter page.
    pub examined_rows: usize,
    /// How many rows one call changes at most.
    pub bulk_rows: usize,
    /// How many blocks of a review are written before that is marked: beyond as many, a worker that is interrupted goes on
    /// behind the last mark. As many as share an item of zone maps.
    pub blocks_per_range: usize,
    /// How many rows an exported file has at most, where that is fewer than its format has room for.
    pub exported_rows: u64,
    /// Where people find reviews: a review's id is appended. `None` where there is no such place.
    pub review_url: Option<String>,
    /// Where receivers of messages may stand.
    pub webhook_reach: delivery::Reach,
    /// When people are reminded by mail; `None` where nobody is mailed at all.
    pub mail: Option<Reminders>,
    /// How long what failed in the background waits for its second try.
    pub first_retries: FirstRetries,
}

/// How long a message that failed waits for its second try, from which the later ones follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstRetries {
    /// Work of our own, which fails when a service of AWS is out of breath.
    pub work: Duration,
    /// What others are sent, who may be down for a while. Longer than [`crate::notify::PATIENCE`], so that a letter is in
    /// nobody's hands when it comes again.
    pub outside: Duration,
}

impl Default for FirstRetries {
    fn default() -> Self {
        Self { work: Duration::from_secs(10), outside: Duration::from_secs(120) }
    }
}

impl Config {
    /// Where people find a review; `None` where there is no such place.
    pub fn link_to(&self, review: ReviewId) -> Option<String> {
        self.review_url.as_ref().map(|base| format!("{}/{review}", base.trim_end_matches('/')))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_upload_bytes: 2 << 30,
            upload_valid_for: Duration::from_secs(3600),
            examined_rows: crate::review::EXAMINED_ROWS,
            bulk_rows: crate::review::MAX_BULK,
            blocks_per_range: store::keys::BLOCKS_PER_ZONES as usize,
            exported_rows: u64::MAX,
            review_url: None,
            webhook_reach: delivery::Reach::Public,
            mail: None,
            first_retries: FirstRetries::default(),
        }
    }
}

/// Everything a use case may touch.
#[derive(Clone)]
pub struct Deps {
    /// The table.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn Ids>,
    /// Background work.
    pub queue: Arc<dyn Queue>,
    /// The bus that events are told on.
    pub events: Arc<dyn Events>,
    /// Large bodies.
    pub objects: Arc<dyn Objects>,
    /// Other people's systems.
    pub receivers: Arc<dyn Receivers>,
    /// The way to people's mailboxes.
    pub mailer: Arc<dyn Mailer>,
    /// What the installation chose.
    pub settings: Config,
}
