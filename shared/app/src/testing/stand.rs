//! A whole backend without a network: the embedded table, a queue and an object store in memory, a clock that stands
//! still and ids that count, so that two runs of the same steps leave the same table.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::ids::{CommandId, DataSourceId, ReviewId};
use domain::inventory::Picture;
use domain::query::{NodeSet, NodeSpec, NodesOperator, Query};
use domain::user::{Caller, Role, User};
use engine::Engine;
use intake::{Format, Parsed};
use jiff::Timestamp;
use store::Store;
use uuid::Uuid;

use crate::automate;
use crate::call::Call;
use crate::campaign;
use crate::certification;
use crate::deps::{
    Clock, Config, Deps, Events, Fetched, Ids, Mailer, Message, Objects, PortError, Queue, Receivers, Soon,
};
use crate::error::Error;
use crate::event::Envelope;
use crate::loading::ingestion::delivery::Delivery;
use crate::loading::ingestion::making::Read;
use crate::loading::ingestion::onto::Onto;
use crate::loading::ingestion::report::Report;
use crate::loading::ingestion::terms::Terms;
use crate::loading::jobs::work;
use crate::loading::materialise;
use crate::notify::{Mail, NotSent};
use crate::review::AssignmentInput;
use crate::rule;
use crate::workflow;

/// The name of the table.
pub(crate) const TABLE: &str = "reviews";
/// When everything happens.
pub(crate) const NOW: &str = "2026-05-01T08:00:00Z";

struct StandingClock(Timestamp);

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

#[derive(Default)]
struct CountingIds(AtomicU64);

impl Ids for CountingIds {
    fn uuid(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1)
    }

    fn secret(&self, secret: &mut [u8; 32]) {
        secret.fill(7);
    }
}

#[derive(Default)]
pub(crate) struct MemoryQueue(Mutex<VecDeque<Message>>);

impl MemoryQueue {
    pub(crate) fn take(&self) -> Option<Message> {
        self.0.lock().unwrap().pop_front()
    }
}

impl Queue for MemoryQueue {
    fn send<'a>(&'a self, message: &'a Message) -> Soon<'a, Result<(), PortError>> {
        self.0.lock().unwrap().push_back(message.clone());
        Box::pin(async { Ok(()) })
    }
}

/// A bus that remembers, and refuses as often as a test wants.
#[derive(Default)]
pub(crate) struct MemoryBus {
    taken: Mutex<Vec<Envelope>>,
    weather: Mutex<Option<fastrand::Rng>>,
}

impl MemoryBus {
    /// From now on every third event is refused; some of those are told all the same.
    pub(crate) fn storm(&self, seed: u64) {
        *self.weather.lock().unwrap() = Some(fastrand::Rng::with_seed(seed));
    }

    pub(crate) fn clear(&self) {
        *self.weather.lock().unwrap() = None;
    }

    /// Everything that was told, in order.
    pub(crate) fn taken(&self) -> Vec<Envelope> {
        self.taken.lock().unwrap().clone()
    }

    /// Types and data of what was told.
    pub(crate) fn told(&self) -> Vec<(String, serde_json::Value)> {
        let data = |event: &Envelope| serde_json::from_str::<serde_json::Value>(&event.detail).unwrap()["data"].clone();
        self.taken().iter().map(|event| (event.kind.clone(), data(event))).collect()
    }
}

impl Events for MemoryBus {
    fn publish<'a>(&'a self, events: &'a [Envelope]) -> Soon<'a, Vec<Result<(), PortError>>> {
        let refused = || PortError { action: "telling".to_owned(), reason: "storm".to_owned(), retryable: true };
        let mut weather = self.weather.lock().unwrap();
        let outcomes = events.iter().map(|event| {
            let (refuse, lost) = weather.as_mut().map_or((false, false), |random| (random.u8(..3) == 0, random.bool()));
            if !refuse || lost {
                self.taken.lock().unwrap().push(event.clone());
            }
            if refuse { Err(refused()) } else { Ok(()) }
        });
        let outcomes: Vec<_> = outcomes.collect();
        Box::pin(async move { outcomes })
    }
}

#[derive(Default)]
pub(crate) struct MemoryObjects(Mutex<BTreeMap<String, Vec<u8>>>);

impl Objects for MemoryObjects {
    fn upload_url<'a>(&'a self, key: &'a str, _: u64, _: Duration) -> Soon<'a, Result<String, PortError>> {
        Box::pin(async move { Ok(format!("memory://{key}")) })
    }

    fn size<'a>(&'a self, key: &'a str) -> Soon<'a, Result<Option<u64>, PortError>> {
        let size = self.0.lock().unwrap().get(key).map(|bytes| bytes.len() as u64);
        Box::pin(async move { Ok(size) })
    }

    fn get<'a>(&'a self, key: &'a str, at_most: u64) -> Soon<'a, Result<Fetched, PortError>> {
        let bytes = self.0.lock().unwrap().get(key).cloned();
        Box::pin(async move { Ok(Fetched::of(bytes, at_most)) })
    }

    fn put<'a>(&'a self, key: &'a str, bytes: Vec<u8>) -> Soon<'a, Result<(), PortError>> {
        self.0.lock().unwrap().insert(key.to_owned(), bytes);
        Box::pin(async { Ok(()) })
    }
}

/// Receivers that keep what they are sent, and answer what they are told to; without that, they take it.
#[derive(Default)]
pub(crate) struct MemoryReceivers {
    pub(crate) heard: Mutex<Vec<(String, String)>>,
    /// How they were signed.
    pub(crate) signed: Mutex<Vec<String>>,
    pub(crate) answers: Mutex<Vec<Result<delivery::Taken, delivery::Failure>>>,
}

impl Receivers for MemoryReceivers {
    fn send<'a>(&'a self, message: delivery::Delivery<'a>) -> Soon<'a, Result<delivery::Taken, delivery::Failure>> {
        self.heard.lock().unwrap().push((message.id.to_owned(), message.body.to_owned()));
        self.signed.lock().unwrap().push(message.secret.sign(message.id, message.sent_at, message.body.as_bytes()));
        let answer = self.answers.lock().unwrap().pop().unwrap_or(Ok(delivery::Taken::Done));
        Box::pin(async move { answer })
    }
}

/// A mail host that keeps what it takes, and answers what it is told to; without that, it takes every mail.
#[derive(Default)]
pub(crate) struct MemoryMailer {
    pub(crate) taken: Mutex<Vec<Mail>>,
    pub(crate) answers: Mutex<VecDeque<Result<(), NotSent>>>,
}

impl Mailer for MemoryMailer {
    fn send<'a>(&'a self, mail: &'a Mail) -> Soon<'a, Result<(), NotSent>> {
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(Ok(()));
        if answer.is_ok() {
            self.taken.lock().unwrap().push(mail.clone());
        }
        Box::pin(async move { answer })
    }
}

/// The backend, and what tests look at behind it.
pub(crate) struct Stand {
    pub(crate) engine: Engine,
    pub(crate) deps: Deps,
    pub(crate) queue: Arc<MemoryQueue>,
    pub(crate) bus: Arc<MemoryBus>,
    calls: AtomicU64,
}

impl Stand {
    pub(crate) fn new() -> Self {
        let engine = Engine::memory().unwrap();
        engine.create_table(TABLE).unwrap();
        let queue = Arc::new(MemoryQueue::default());
        let bus = Arc::new(MemoryBus::default());
        let deps = Deps {
            store: Store::new(engine.client(), TABLE),
            clock: Arc::new(StandingClock(now())),
            ids: Arc::new(CountingIds::default()),
            queue: queue.clone(),
            events: bus.clone(),
            objects: Arc::new(MemoryObjects::default()),
            receivers: Arc::new(MemoryReceivers::default()),
            mailer: Arc::new(MemoryMailer::default()),
            settings: Config::default(),
        };
        Self { engine, deps, queue, bus, calls: AtomicU64::new(0) }
    }

    /// Another one whose table holds the same.
    pub(crate) fn copied(&self) -> Self {
        let mut copy = Self::holding(&self.engine.items(TABLE).unwrap(), self.deps.clock.now());
        copy.deps.settings = self.deps.settings.clone();
        // A call is not one that the original has made.
        copy.calls.store(self.calls.load(Ordering::Relaxed), Ordering::Relaxed);
        copy
    }

    /// One whose table holds these items, at this time.
    pub(crate) fn holding(items: &[serde_json::Value], now: Timestamp) -> Self {
        let mut stand = Self::new();
        for item in items {
            stand.engine.put(TABLE, item.clone()).unwrap();
        }
        stand.deps.clock = Arc::new(StandingClock(now));
        stand
    }

    /// The next call of an administrator.
    pub(crate) fn call(&self) -> Call {
        let number = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        Call {
            caller: Caller { user: administrator(), role: Role::Administrator, key_id: None },
            command: CommandId::new(Uuid::from_u128(u128::from(number) << 64)),
            repeatable: false,
            if_match: None,
            now: now(),
            request_id: number.to_string(),
        }
    }

    /// Loads a picture that needs no parsing.
    pub(crate) async fn load(&self, source: &str, picture: &Picture) -> Result<Report, Error> {
        let delivery = Delivery {
            id: DataSourceId::new(source).unwrap(),
            onto: Onto::Anything,
            version: self.call().command,
            by: None,
            now: now(),
            format: Format::Full,
            name: None,
            terms: Terms::default(),
        };
        let parsed = Parsed { picture: picture.clone(), warnings: Vec::new() };
        delivery.load(&self.deps, Read::made(parsed), None).await
    }

    /// A campaign over all accounts that has been told to start.
    pub(crate) async fn start_campaign(&self) -> ReviewId {
        let campaign = self.draft_campaign().await;
        campaign::start(&self.deps, &self.call(), campaign).await.unwrap();
        campaign
    }

    /// A campaign over all accounts.
    pub(crate) async fn draft_campaign(&self) -> ReviewId {
        let input = campaign::CreateInput {
            name: Some("Everything".to_owned()),
            start_date: Some(now()),
            end_date: Some("2026-06-01T08:00:00Z".parse().unwrap()),
            ..campaign::CreateInput::default()
        };
        let made = campaign::create(&self.deps, &self.call(), input).await.unwrap();
        made.campaign.id
    }

    /// A certification over pairs of these node types.
    pub(crate) async fn start_certification(&self, source: &str, destination: &str) -> ReviewId {
        let input = workflow::CreateInput {
            name: "Pairs".to_owned(),
            description: String::new(),
            notes: String::new(),
            owner: None,
            query: query(source, destination),
        };
        let workflow = workflow::create(&self.deps, &self.call(), input).await.unwrap();
        let input = certification::CreateInput {
            workflow: workflow.id,
            name: None,
            notes: String::new(),
            due_date: None,
            source: Some(certification::Source::Current),
            sources_acknowledged: false,
            identities: Vec::new(),
            reviewer_assignment: Some(AssignmentInput { users_manager: true, ..AssignmentInput::default() }),
            automations: Vec::new(),
        };
        certification::create(&self.deps, &self.call(), input).await.unwrap().certification.id
    }

    /// Works on one message as its function would, with plenty of time.
    pub(crate) async fn deliver(&self, message: &Message) -> Result<(), Error> {
        self.deliver_within(message, &|| Duration::from_secs(900)).await
    }

    pub(crate) async fn deliver_within(
        &self,
        message: &Message,
        left: &(dyn Fn() -> Duration + Send + Sync),
    ) -> Result<(), Error> {
        let worked = match message {
            Message::Materialise { job } => materialise::work(&self.deps, *job, left).await,
            Message::Ingest { job } => work::work(&self.deps, *job, left).await,
            Message::Evaluate { job } => rule::work(&self.deps, *job, left).await,
            Message::Automate { job } => automate::work(&self.deps, *job, left).await,
            // Its libraries are linked into one function alone; the tests of exports bring writers of their own.
            Message::Export { .. } => return Ok(()),
            // Mails are put into words by their function.
            Message::Remind { .. } | Message::Mail { .. } => return Ok(()),
        };
        worked.map(|_| ())
    }

    /// Works on all messages until there are none.
    pub(crate) async fn drain(&self) {
        while let Some(message) = self.queue.take() {
            self.deliver(&message).await.unwrap();
        }
    }

    /// What a function some minutes later has: the same table and the same queue, and a clock that is ahead.
    pub(crate) fn ahead(&self, minutes: i64) -> Deps {
        let now = self.deps.clock.now() + jiff::SignedDuration::from_mins(minutes);
        Deps { clock: Arc::new(StandingClock(now)), ..self.deps.clone() }
    }

    /// Everything in the table, but for which messages are known to be sent, when that was looked at, and how often
    /// somebody noted to look at a review: after a crash the sweep sends them again, and it is noted again.
    pub(crate) fn dump(&self) -> String {
        let unmarked = |line: &str| {
            let left_out: &[&str] = match line {
                line if line.contains("#SWEEP\"") => &["at"],
                line if line.contains("\"OUT#") => &["sent", "ttl", "out"],
                line if line.contains("\"READY\"") => &["rev"],
                line => return line.to_owned(),
            };
            let mut item: serde_json::Value = serde_json::from_str(line).unwrap();
            item.as_object_mut().unwrap().retain(|name, _| !left_out.contains(&name.as_str()));
            item.to_string()
        };
        self.engine.dump(TABLE).unwrap().lines().map(unmarked).collect::<Vec<_>>().join("\n")
    }
}

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn administrator() -> User {
    User {
        user_type: "localCookieUser".to_owned(),
        id: "root".to_owned(),
        email: "root@corp.example".to_owned(),
        name: "Root".to_owned(),
    }
}

/// Everything of one node type that reaches something of another.
pub(crate) fn query(source: &str, destination: &str) -> Query {
    let set = |node_type: &str| NodeSet {
        nodes: vec![NodeSpec { node_type: node_type.to_owned(), ..NodeSpec::default() }],
        nodes_operator: NodesOperator::Or,
    };
    Query { source_node_types: set(source), destination_node_types: set(destination), ..Query::default() }
}
