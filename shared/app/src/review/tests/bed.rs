//! A review with rows, made without the worker that makes them in earnest: blocks, lookup, reach and plan are written
//! straight to the table.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use columns::{Batch, IntBuilder, ListBuilder, TextBuilder, ZoneMap, ZoneOptions, encode, encode_zones};
use domain::ids::{CommandId, ReviewId, RowId, WorkflowId};
use domain::review::{
    Campaign, CampaignPlan, CampaignQuery, CampaignStatus, CertState, Certification, ReviewerAssignment, RevokeMode,
    Scope, StartState, Workflow,
};
use domain::settings::Origin;
use domain::user::{Caller, Role, User};
use engine::Engine;
use jiff::{SignedDuration, Timestamp};
use store::Store;
use store::certification::Plan;
use store::lookup::IdentityHash;
use store::reach::Reach;
use uuid::Uuid;

use crate::deps::{Clock, Config, Deps, Events, Fetched, Ids, Message, Objects, PortError, Queue, Receivers, Soon};
use crate::event::Envelope;
use crate::review::{ListInput, RowFilter, Start};
use crate::testing::stand::MemoryReceivers;
use crate::{Call, Error, Page};

pub(crate) const TABLE: &str = "table";
const ROWS_PER_BLOCK: usize = 512;

/// The world of a test: one table, one clock.
pub(crate) struct Bed {
    pub(crate) engine: Engine,
    pub(crate) deps: Deps,
    pub(crate) clock: Arc<Hand>,
    pub(crate) receivers: Arc<MemoryReceivers>,
    commands: AtomicU64,
    pub(crate) review: ReviewId,
    pub(crate) rows: Vec<Account>,
}

/// A clock that stands still until it is turned.
pub(crate) struct Hand(Mutex<Timestamp>);

impl Hand {
    pub(crate) fn turn(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now += by;
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct Counter(AtomicU64);

impl Ids for Counter {
    fn uuid(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) << 64 | 0x4000_8000_0000_0000_0000)
    }

    fn secret(&self, secret: &mut [u8; 32]) {
        let n = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        secret.iter_mut().zip(n.iter().cycle()).for_each(|(to, from)| *to = *from);
    }
}

struct Nowhere;

impl Queue for Nowhere {
    fn send<'a>(&'a self, _message: &'a Message) -> Soon<'a, Result<(), PortError>> {
        Box::pin(async { Ok(()) })
    }
}

impl Events for Nowhere {
    fn publish<'a>(&'a self, events: &'a [Envelope]) -> Soon<'a, Vec<Result<(), PortError>>> {
        Box::pin(async move { events.iter().map(|_| Ok(())).collect() })
    }
}

impl Objects for Nowhere {
    fn upload_url<'a>(&'a self, key: &'a str, _: u64, _: Duration) -> Soon<'a, Result<String, PortError>> {
        Box::pin(async move { Ok(format!("nowhere:{key}")) })
    }

    fn size<'a>(&'a self, _: &'a str) -> Soon<'a, Result<Option<u64>, PortError>> {
        Box::pin(async { Ok(None) })
    }

    fn get<'a>(&'a self, _: &'a str, _: u64) -> Soon<'a, Result<Fetched, PortError>> {
        Box::pin(async { Ok(Fetched::Absent) })
    }

    fn put<'a>(&'a self, _: &'a str, _: Vec<u8>) -> Soon<'a, Result<(), PortError>> {
        Box::pin(async { Ok(()) })
    }
}

/// A row, as the tests know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) risk: i64,
    pub(crate) reviewers: Vec<String>,
}

pub(crate) fn user(name: &str) -> User {
    User {
        user_type: "Identity".to_owned(),
        id: name.to_owned(),
        email: format!("{name}@corp.example"),
        name: name.to_uppercase(),
    }
}

/// `count` accounts, whose reviewers take turns; every seventh has two.
pub(crate) fn accounts(count: usize, reviewers: &[&str]) -> Vec<Account> {
    (0..count)
        .map(|n| {
            let first = reviewers[n % reviewers.len()];
            let second = reviewers[(n + 1) % reviewers.len()];
            let both = n % 7 == 0 && reviewers.len() > 1;
            Account {
                id: format!("acct-{n}"),
                name: format!("{}.{}", ["mo", "Al", "zoe", "bo"][n * 7 % 4], n * 7919 % count),
                kind: if n % 5 == 0 { "service" } else { "user" }.to_owned(),
                risk: i64::try_from(n * 31 % 101).unwrap(),
                reviewers: if both { vec![first.to_owned(), second.to_owned()] } else { vec![first.to_owned()] },
            }
        })
        .collect()
}

impl Bed {
    /// A campaign over these accounts, active.
    pub(crate) async fn campaign(accounts: Vec<Account>) -> Self {
        Self::build(accounts, true, ROWS_PER_BLOCK).await
    }

    /// The same in blocks of so many rows.
    pub(crate) async fn in_blocks_of(rows: usize, accounts: Vec<Account>) -> Self {
        Self::build(accounts, true, rows).await
    }

    /// A certification over these accounts, in progress.
    pub(crate) async fn certification(accounts: Vec<Account>) -> Self {
        Self::build(accounts, false, ROWS_PER_BLOCK).await
    }

    /// The same in blocks of so many rows.
    pub(crate) async fn certification_in_blocks_of(rows: usize, accounts: Vec<Account>) -> Self {
        Self::build(accounts, false, rows).await
    }

    async fn build(mut accounts: Vec<Account>, campaign: bool, rows_per_block: usize) -> Self {
        let engine = Engine::memory().unwrap();
        engine.create_table(TABLE).unwrap();
        let clock = Arc::new(Hand(Mutex::new("2026-03-01T10:00:00Z".parse().unwrap())));
        let objects = Arc::new(Nowhere);
        let receivers = Arc::new(MemoryReceivers::default());
        let deps = Deps {
            store: Store::new(engine.client(), TABLE),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ids: Arc::new(Counter(AtomicU64::new(1))),
            queue: Arc::clone(&objects) as Arc<dyn Queue>,
            events: Arc::clone(&objects) as Arc<dyn Events>,
            objects,
            receivers: Arc::clone(&receivers) as Arc<dyn Receivers>,
            mailer: Arc::new(crate::deps::NoMail),
            settings: Config::default(),
        };
        let review = ReviewId::new(Uuid::from_u128(0xbed));
        let order = |account: &Account| (account.reviewers.first().cloned(), account.name.clone(), account.id.clone());
        accounts.sort_by_key(order);
        let bed = Self { engine, deps, clock, receivers, commands: AtomicU64::new(0), review, rows: accounts };
        bed.write_workflow().await;
        bed.write_rows(rows_per_block).await;
        bed.publish(campaign).await;
        bed
    }

    /// Another campaign of the same workflow, over the same accounts, that began an hour earlier.
    pub(crate) async fn before(&self) -> ReviewId {
        let before = Self {
            engine: self.engine.clone(),
            deps: self.deps.clone(),
            clock: Arc::clone(&self.clock),
            receivers: Arc::clone(&self.receivers),
            commands: AtomicU64::new(1 << 40),
            review: ReviewId::new(Uuid::from_u128(0xbef)),
            rows: self.rows.clone(),
        };
        before.clock.turn(SignedDuration::from_hours(-1));
        before.write_rows(ROWS_PER_BLOCK).await;
        before.publish(true).await;
        before.clock.turn(SignedDuration::from_hours(1));
        before.review
    }

    async fn write_rows(&self, rows_per_block: usize) {
        let store = &self.deps.store;
        let mut blocks = Vec::new();
        let mut zones = Vec::new();
        for (number, rows) in (0..).zip(self.rows.chunks(rows_per_block)) {
            let batch = batch(rows);
            blocks.push((number, encode(&batch, &columns::Options::default()).unwrap()));
            zones.push(ZoneMap::of(&batch, ZoneOptions::default()));
        }
        let starts: Vec<u32> = (0..blocks.len()).map(|block| u32::try_from(block * rows_per_block).unwrap()).collect();
        store.blocks().write(&self.review, 1, blocks).await.unwrap();
        for (n, zones) in (0..).zip(zones.chunks(128)) {
            store.certifications().write_zones(&self.review, 1, n, &encode_zones(zones).unwrap()).await.unwrap();
        }
        let stretches = self.rows.chunk_by(|a, b| a.reviewers[0] == b.reviewers[0]).count();
        let header = serde_json::json!({ "order": "account_name", "stretches": stretches }).to_string();
        let total = u32::try_from(self.rows.len()).unwrap();
        store.certifications().write_plan(&self.review, 1, &Plan { rows: total, starts, header }).await.unwrap();
        let hashes: Vec<_> =
            (0..).map(RowId).zip(&self.rows).map(|(row, account)| (IdentityHash::of(&[&account.id]), row)).collect();
        store.lookup().write(&self.review, 1, &hashes).await.unwrap();
        let mut reaches: BTreeMap<&String, Reach> = BTreeMap::new();
        for (row, account) in (0..).map(RowId).zip(&self.rows) {
            for reviewer in &account.reviewers {
                reaches.entry(reviewer).or_default().add(row.page(), row.bit());
            }
        }
        let stretch = |name: &str| {
            let from = self.rows.partition_point(|account| account.reviewers[0].as_str() < name);
            let to = self.rows.partition_point(|account| account.reviewers[0].as_str() <= name);
            u32::try_from(from).unwrap()..u32::try_from(to).unwrap()
        };
        let reaches: Vec<_> =
            reaches.into_iter().map(|(name, reach)| (user(name).key(), reach.with_stretch(stretch(name)))).collect();
        store.reaches().write_all(&self.review, 1, reaches).await.unwrap();
        let people: Vec<User> = ["ann", "bob", "cid", "dan", "root", "opal", "zed"].map(user).to_vec();
        store.users().write_all(self.command(), &people).await.unwrap();
    }

    async fn write_workflow(&self) {
        let now = self.deps.clock.now();
        let mut tx = self.deps.store.write(self.command(), now);
        tx.insert_workflow(&Workflow {
            id: self.workflow(),
            name: "Accounts".to_owned(),
            description: String::new(),
            owner: user("root"),
            notes: String::new(),
            query: domain::query::Query::default(),
            creator: user("root"),
            created_at: now,
        })
        .unwrap();
        let _none = tx.commit().await.unwrap();
    }

    async fn publish(&self, campaign: bool) {
        let now = self.deps.clock.now();
        let certification = certification(self.review, self.workflow(), now, u32::try_from(self.rows.len()).unwrap());
        let mut tx = self.deps.store.write(self.command(), now);
        tx.insert_certification(&certification, 1).unwrap();
        if campaign {
            tx.insert_campaign(&active(self.review, self.workflow(), now)).unwrap();
        }
        let _none = tx.commit().await.unwrap();
        let mut tx = self.deps.store.write(self.command(), now);
        let origin = if campaign { Origin::Campaign } else { Origin::Certification };
        tx.publish_certification(&certification, 1, 1, None, origin).unwrap();
        let _none = tx.commit().await.unwrap();
    }

    /// The workflow of the review.
    pub(crate) fn workflow(&self) -> WorkflowId {
        WorkflowId::new(Uuid::from_u128(0xf10))
    }

    /// The number of the row of an account.
    pub(crate) fn row(&self, account: &str) -> RowId {
        RowId(u32::try_from(self.rows.iter().position(|row| row.id == account).unwrap()).unwrap())
    }

    fn command(&self) -> CommandId {
        let n = u128::from(self.commands.fetch_add(1, Ordering::Relaxed) + 1);
        CommandId::new(Uuid::from_u128(n << 64 | 0x4000_8000_0000_0000_0000))
    }

    /// A call by somebody, now.
    pub(crate) fn call(&self, name: &str, role: Role) -> Call {
        Call {
            caller: Caller { user: user(name), role, key_id: None },
            command: self.command(),
            repeatable: false,
            if_match: None,
            now: self.deps.clock.now(),
            request_id: "test".to_owned(),
        }
    }

    pub(crate) fn root(&self) -> Call {
        self.call("root", Role::Administrator)
    }

    pub(crate) fn operator(&self) -> Call {
        self.call("opal", Role::Operator)
    }

    pub(crate) fn reviewer(&self, name: &str) -> Call {
        self.call(name, Role::Reviewer)
    }

    /// The same world as another function sees it: nothing cached.
    pub(crate) fn another(&self) -> Deps {
        Deps { store: Store::new(self.engine.client(), TABLE), ..self.deps.clone() }
    }
}

fn batch(rows: &[Account]) -> Batch {
    let text = |name: &str, value: &dyn Fn(&Account) -> String| {
        let mut builder = TextBuilder::new();
        rows.iter().for_each(|row| builder.push(Some(&value(row))));
        builder.finish(name)
    };
    let mut risk = IntBuilder::new();
    rows.iter().for_each(|row| risk.push(Some(row.risk)));
    let mut reviewers = ListBuilder::new();
    rows.iter().for_each(|row| reviewers.push(Some(row.reviewers.iter().map(|name| crate::user::encode(&user(name))))));
    let level = |row: &Account| {
        if row.risk > 70 {
            "high"
        } else if row.risk > 40 {
            "medium"
        } else {
            "low"
        }
    };
    Batch::of(
        rows.len(),
        [
            text("source.id", &|row| row.id.clone()),
            text("source.name", &|row| row.name.clone()),
            text("source.type", &|_| "Account".to_owned()),
            text("source.account_type", &|row| row.kind.clone()),
            text("destination.id", &|_| "app".to_owned()),
            text("destination.name", &|_| "Payroll".to_owned()),
            risk.finish("risk.score"),
            text("risk.level", &|row| level(row).to_owned()),
            reviewers.finish("reviewers"),
        ],
    )
    .unwrap()
}

fn certification(id: ReviewId, workflow_id: WorkflowId, now: Timestamp, total: u32) -> Certification {
    Certification {
        id,
        workflow_id,
        query_used: domain::query::Query::default(),
        name: "June".to_owned(),
        notes: String::new(),
        due_date: None,
        reviewers: Vec::new(),
        state: CertState::InProgress,
        snapshot: None,
        started_at: now,
        created_by: user("root"),
        query_completed_at: Some(now),
        completed_at: None,
        completed_by: None,
        terminated_at: None,
        expired_at: None,
        sources_acknowledged: None,
        error_reason: String::new(),
        updated_at: now,
        updated_by: None,
        version: 1,
        total,
        automation_run: None,
    }
}

fn active(id: ReviewId, workflow_id: WorkflowId, now: Timestamp) -> Campaign {
    Campaign {
        id,
        workflow_id,
        template_id: None,
        plan: CampaignPlan {
            name: "Payroll".to_owned(),
            description: String::new(),
            kind: "periodic".to_owned(),
            start_date: now,
            end_date: now + SignedDuration::from_hours(240),
            scope: Scope::default(),
            query: CampaignQuery::default(),
            reviewer_assignment: ReviewerAssignment::campaign_default(),
            revoke_mode: RevokeMode::RecordOnly,
            auto_start: false,
        },
        status: CampaignStatus::Active,
        start_state: StartState::Done,
        start_error: None,
        created_at: now,
        created_by: user("root"),
        updated_at: now,
        started_at: Some(now),
        completed_at: None,
        terminated_at: None,
        expired_at: None,
        deleted_at: None,
        version: 1,
    }
}

/// A list of everything, in the order of the rows.
pub(crate) fn everything(limit: usize) -> ListInput {
    ListInput {
        filter: RowFilter::default(),
        order: Vec::new(),
        limit,
        start: Start::First,
        backwards: false,
        with_log: false,
    }
}

/// All pages of a list, put together; each but the last has something behind it.
pub(crate) async fn all_pages<T, F: Future<Output = Result<Page<T>, Error>>>(
    mut page: impl FnMut(Start) -> F,
) -> (Vec<T>, usize) {
    let (mut items, mut pages, mut start) = (Vec::new(), 0, Start::First);
    loop {
        let found = page(start).await.unwrap();
        assert_eq!(found.has_previous, pages > 0);
        pages += 1;
        items.extend(found.items);
        assert!(pages < 10_000, "the list does not end");
        match found.next {
            Some(next) => start = Start::After(next),
            None => return (items, pages),
        }
    }
}
