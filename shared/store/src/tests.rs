//! The store over the embedded engine: what holds for one command, for many at once, in every weather and after every
//! crash.

mod aggregates;
mod automation;
mod block;
mod budget;
mod certification;
mod commit;
mod coverage;
mod crash;
mod ending;
mod fence;
mod golden;
mod inventory;
mod job;
mod letter;
mod outbox;
mod policy;
mod queue;
mod recurrence;
mod rule;
mod settings;
mod settled;
mod simulation;
mod standing;

use domain::ids::{CommandId, ReviewId, WorkflowId};
use domain::note::NoteDigest;
use domain::page::{Change, PageState, acts};
use domain::query::Query;
use domain::review::{CertState, Certification};
use domain::row::Decision;
use domain::settings::Origin;
use domain::user::{User, UserKey};
use engine::{Engine, Faults};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::certification::{Fence, Tally};
use crate::enter::Visit;
use crate::page::{Command, PageWork};

pub(crate) const TABLE: &str = "table";

/// A table of its own.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) store: Store,
}

pub(crate) fn world() -> World {
    let engine = Engine::memory().unwrap();
    engine.create_table(TABLE).unwrap();
    let store = Store::new(engine.client(), TABLE);
    World { engine, store }
}

impl World {
    /// The store as another function sees it: the same table, a client and a memory of its own.
    pub(crate) fn another(&self) -> Store {
        Store::new(self.engine.client(), TABLE)
    }

    pub(crate) fn storm(&self, seed: u64) {
        self.engine.set_faults(Faults::storm(seed)).unwrap();
    }
}

/// Runs a test in simulated time.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    engine::simulate(1, test)
}

pub(crate) fn now() -> Timestamp {
    "2026-03-01T10:00:00Z".parse().unwrap()
}

pub(crate) fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

pub(crate) fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n << 64 | 0x4000_8000_0000_0000_0000)
}

pub(crate) fn command_id(n: u128) -> CommandId {
    CommandId::new(uuid(n))
}

pub(crate) fn review_id(n: u128) -> ReviewId {
    ReviewId::new(uuid(n))
}

pub(crate) fn user(name: &str) -> User {
    User {
        user_type: "localCookieUser".to_owned(),
        id: name.to_owned(),
        email: format!("{name}@corp.example"),
        name: name.to_uppercase(),
    }
}

pub(crate) fn key(name: &str) -> UserKey {
    user(name).key()
}

pub(crate) fn certification(n: u128) -> Certification {
    Certification {
        id: review_id(n),
        workflow_id: WorkflowId::new(uuid(900)),
        query_used: Query::default(),
        name: "June".to_owned(),
        notes: String::new(),
        due_date: None,
        reviewers: Vec::new(),
        state: CertState::Searching,
        snapshot: None,
        started_at: now(),
        created_by: user("ines"),
        query_completed_at: None,
        completed_at: None,
        completed_by: None,
        terminated_at: None,
        expired_at: None,
        sources_acknowledged: None,
        error_reason: String::new(),
        updated_at: now(),
        updated_by: None,
        version: 1,
        total: 0,
        automation_run: None,
    }
}

/// A certification with `rows` rows that accepts decisions.
pub(crate) async fn published(store: &Store, rows: u32, due: Option<Timestamp>) -> Certification {
    let mut certification = certification(1);
    let mut tx = store.write(command_id(1), now());
    tx.insert_certification(&certification, 1).unwrap();
    let _ = tx.commit().await.unwrap();
    certification.state = CertState::InProgress;
    certification.total = rows;
    certification.due_date = due;
    let mut tx = store.write(command_id(2), now());
    tx.publish_certification(&certification, 1, 1, due, Origin::Certification).unwrap();
    let _ = tx.commit().await.unwrap();
    certification.version = 2;
    certification
}

/// A command by a user.
pub(crate) fn command(review: ReviewId, n: u128, by: &str) -> Command {
    Command {
        review,
        attempt: 1,
        id: command_id(n),
        repeated: false,
        actor: key(by),
        now: now(),
        fence: Fence::InTime { due: None },
    }
}

/// The same decision on some rows of a page, with a note or without; rows that have it already are left alone.
pub(crate) fn decide(state: &PageState, rows: u64, decision: Decision, note: Option<&str>) -> PageWork {
    let changes = (0..64u8).filter(|slot| rows & 1 << slot != 0).map(|slot| {
        let row = state.row(slot).cloned().unwrap_or_default();
        let mut changes = Vec::new();
        if row.decision != decision {
            changes.push(match decision {
                Decision::None => Change::Cleared {
                    reason: domain::page::ClearedReason::ClearedByUser,
                    previous: row.decision,
                    decider: row.decided.map(|mark| mark.by),
                },
                decision => Change::Decided { decision },
            });
        }
        changes.extend(note.map(|note| Change::Note { digest: Some(NoteDigest::of(note)) }));
        (slot, changes)
    });
    PageWork { acts: acts(changes), notes: note.map(str::to_owned).into_iter().collect(), reach: Vec::new() }
}

/// Every future that a handler awaits can move between threads: checked by the compiler.
#[test]
fn futures_are_send() {
    fn is_send<T: Send>(_: T) {}
    run(async {
        let World { store, .. } = world();
        let (id, key) = (review_id(1), key("lena"));
        is_send(store.pages().touched(&id, 0..9));
        is_send(store.pages().states(&id, &[1]));
        is_send(store.pages().logs(&id, &[1]));
        is_send(store.pages().broken(&id, 0..9));
        is_send(store.pages().notes(&id, &[]));
        is_send(store.pages().commit(&command(id, 1, "lena"), &[1], |_, _| Err("no")));
        is_send(store.blocks().read_many(&id, 1, &[1]));
        is_send(store.lookup().find_many(&id, 1, 9, &[], crate::Read::Eventual));
        is_send(store.reaches().inbox(&key, None, 9));
        is_send(store.certifications().enter(&id, &visit(&key)));
        is_send(store.certifications().tally(&id));
        is_send(store.campaigns().list(None, 9));
        is_send(store.outbox().unsent(now(), 9));
        is_send(store.sweeper().attempt(&id, 1, 9, 9));
        is_send(store.write(command_id(1), now()).commit());
    });
}

/// Somebody who enters a certification and wants to know which rows are theirs.
pub(crate) fn visit(user: &UserKey) -> Visit<'_> {
    Visit { user: Some(user), reach: true, ..Visit::default() }
}

/// What is told about a transaction, as far as these tests care.
pub(crate) fn told(pages: &[(u32, &[domain::page::Act])]) -> Option<crate::Outgoing> {
    let (first, _) = pages.first()?;
    Some(crate::Outgoing { kind: "rows".to_owned(), body: format!("{} pages from {first}", pages.len()) })
}

/// Counts as a recount over all states gives them.
pub(crate) async fn recount(store: &Store, review: &ReviewId) -> domain::counts::Counts {
    let states = store.pages().touched(review, 0..100_000).await.unwrap();
    states.values().map(|state| state.masks().counts()).sum()
}

/// That logs fold to states and counts equal a recount.
pub(crate) async fn assert_sound(store: &Store, review: &ReviewId) -> Tally {
    assert_eq!(store.pages().broken(review, 0..100_000).await.unwrap(), []);
    let tally = store.certifications().tally(review).await.unwrap();
    assert_eq!(tally.counts, recount(store, review).await);
    tally
}
