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

use super::ingest::{Delivery, Places, Report};
use super::{materialise, upload};
use crate::call::Call;
use crate::campaign;
use crate::certification;
use crate::deps::{Clock, Config, Deps, Ids, Message, Objects, PortError, Queue, Soon};
use crate::error::Error;
use crate::review::AssignmentInput;
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

    fn get<'a>(&'a self, key: &'a str) -> Soon<'a, Result<Option<Vec<u8>>, PortError>> {
        let bytes = self.0.lock().unwrap().get(key).cloned();
        Box::pin(async move { Ok(bytes) })
    }

    fn put<'a>(&'a self, key: &'a str, bytes: Vec<u8>) -> Soon<'a, Result<(), PortError>> {
        self.0.lock().unwrap().insert(key.to_owned(), bytes);
        Box::pin(async { Ok(()) })
    }
}

/// The backend, and what tests look at behind it.
pub(crate) struct Stand {
    pub(crate) engine: Engine,
    pub(crate) deps: Deps,
    pub(crate) queue: Arc<MemoryQueue>,
    calls: AtomicU64,
}

impl Stand {
    pub(crate) fn new() -> Self {
        let engine = Engine::memory().unwrap();
        engine.create_table(TABLE).unwrap();
        let queue = Arc::new(MemoryQueue::default());
        let deps = Deps {
            store: Store::new(engine.client(), TABLE),
            clock: Arc::new(StandingClock(now())),
            ids: Arc::new(CountingIds::default()),
            queue: queue.clone(),
            objects: Arc::new(MemoryObjects::default()),
            settings: Config::default(),
        };
        Self { engine, deps, queue, calls: AtomicU64::new(0) }
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
            version: self.call().command,
            now: now(),
            format: Format::Full,
            name: None,
        };
        let parsed = Parsed { picture: picture.clone(), warnings: Vec::new() };
        delivery.load(&self.deps, parsed, &Places { format: Format::Full, bytes: b"" }, None).await
    }

    /// A campaign over all accounts that has been told to start.
    pub(crate) async fn start_campaign(&self) -> ReviewId {
        let input = campaign::CreateInput {
            name: Some("Everything".to_owned()),
            start_date: Some(now()),
            end_date: Some("2026-06-01T08:00:00Z".parse().unwrap()),
            ..campaign::CreateInput::default()
        };
        let made = campaign::create(&self.deps, &self.call(), input).await.unwrap();
        campaign::start(&self.deps, &self.call(), made.campaign.id).await.unwrap();
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
            source: certification::Source::Current,
            reviewer_assignment: Some(AssignmentInput { users_manager: true, ..AssignmentInput::default() }),
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
            Message::Ingest { job } => upload::work(&self.deps, *job, left).await,
        };
        worked.map(|_| ())
    }

    /// Works on all messages until there are none.
    pub(crate) async fn drain(&self) {
        while let Some(message) = self.queue.take() {
            self.deliver(&message).await.unwrap();
        }
    }

    pub(crate) fn dump(&self) -> String {
        self.engine.dump(TABLE).unwrap()
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
