//! Commands in bad weather: throttled and broken calls, lost answers, dying processes, a bus that refuses. Whatever became a
//! fact is told, always under the same id; whatever did not is not.

use std::collections::{BTreeMap, BTreeSet};

use domain::decide::Verdict;
use domain::ids::{ReviewId, RowId};
use domain::inventory::Family;
use domain::page::{Act, Change};
use domain::review::CampaignStatus;
use domain::user::Role;
use engine::{Crash, Faults};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use store::Store;

use super::*;
use crate::api_key;
use crate::campaign;
use crate::deps::{Clock, Deps};
use crate::loading::jobs::sweep;
use crate::review::{self, BatchInput, DecideInput, SignOffInput, UpdateInput, UserReference};
use crate::testing::sketch::{Sketch, text};
use crate::testing::stand::TABLE;

const ACCOUNTS: u64 = 130;
const COMMANDS: usize = 14;

struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A function that has just started, `minutes` after the beginning: it remembers nothing.
fn process(stand: &Stand, minutes: i64) -> Deps {
    Deps {
        store: Store::new(stand.engine.client(), TABLE),
        clock: std::sync::Arc::new(At(now() + SignedDuration::from_mins(minutes))),
        ..stand.deps.clone()
    }
}

async fn reviewed() -> (Stand, ReviewId) {
    let stand = Stand::new();
    let mut sketch = Sketch::default().node(Family::Application, "app", &[]).node(
        Family::Identity,
        "lena",
        &[("email", text("lena@corp.example"))],
    );
    for n in 0..ACCOUNTS {
        let owner = format!("p{n}");
        sketch = sketch
            .node(Family::Identity, &owner, &[("manager_id", text("lena"))])
            .account(&format!("a{n}"), &[("owner_id", text(&owner))]);
    }
    stand.load("ds", &sketch.picture()).await.unwrap();
    let review = stand.start_campaign().await;
    stand.drain().await;
    (stand, review)
}

fn account(random: &mut Rng) -> String {
    format!("a{}", random.u64(..ACCOUNTS))
}

/// One command, drawn once and asked for again with the same id when nobody knows what became of it.
enum Drawn {
    Decide(String, DecideInput),
    Batch(BatchInput),
    Undo(String),
    Update(u32, UpdateInput),
    SignOff(Vec<RowId>),
    IssueKey(String),
    Create,
}

fn draw(random: &mut Rng) -> Drawn {
    let verdict = if random.bool() { Verdict::Approved } else { Verdict::Rejected };
    let comment = random.bool().then(|| "why".to_owned());
    match random.u8(..10) {
        0..=2 => Drawn::Decide(account(random), DecideInput { verdict, comment }),
        3 | 4 => {
            let accounts = (0..random.usize(1..100)).map(|_| account(random)).collect();
            Drawn::Batch(BatchInput { accounts, verdict, comment })
        }
        5 => Drawn::Undo(account(random)),
        6 => {
            let lena = UserReference { user_type: "Identity".into(), id: "lena".into(), email: None, name: None };
            let reviewers = random.bool().then(|| vec![lena]);
            let decision = Some(Decision::ALL[random.usize(..3)]);
            let notes = random.bool().then(|| "note".to_owned());
            Drawn::Update(random.u32(..130), UpdateInput { decision, notes, reviewers, signed_off: None })
        }
        7 => Drawn::SignOff((0..random.u32(1..130)).map(RowId).collect()),
        8 => Drawn::IssueKey(format!("key {}", random.u16(..))),
        _ => Drawn::Create,
    }
}

impl Drawn {
    async fn carry_out(&self, deps: &Deps, call: &Call, id: ReviewId) -> Result<(), Error> {
        match self {
            Self::Decide(account, input) => review::decide(deps, call, id, account, input.clone()).await.map(drop),
            Self::Batch(input) => review::decide_batch(deps, call, id, input.clone()).await.map(drop),
            Self::Undo(account) => review::undo(deps, call, id, account).await.map(drop),
            Self::Update(row, input) => review::update(deps, call, id, RowId(*row), input.clone()).await.map(drop),
            Self::SignOff(rows) => review::sign_off(deps, call, id, SignOffInput::Rows(rows.clone())).await.map(drop),
            Self::IssueKey(name) => {
                let user = api_key::WhoseKey::Email("omar@corp.example".to_owned());
                let input = api_key::CreateInput { name: name.clone(), role: Role::Operator, user, expires_at: None };
                api_key::create(deps, call, input).await.map(drop)
            }
            Self::Create => {
                let input = campaign::CreateInput {
                    name: Some("Another".to_owned()),
                    start_date: Some(now()),
                    end_date: Some("2026-06-01T08:00:00Z".parse().unwrap()),
                    ..campaign::CreateInput::default()
                };
                campaign::create(deps, call, input).await.map(drop)
            }
        }
    }
}

/// What became a fact: of rows by command, type and row, of other things by type and id.
type Facts = BTreeSet<(String, String, String)>;

fn kind_of(change: &Change) -> &'static str {
    match change {
        Change::Automatic { .. } | Change::Commented { .. } | Change::Displayed { .. } | Change::Instructed { .. } => {
            "row.automatic"
        }
        Change::Decided { .. } => "row.decided",
        Change::Flagged => "row.flagged",
        Change::Cleared { .. } => "row.cleared",
        Change::Note { .. } => "row.noted",
        Change::Reviewers { .. } => "row.reassigned",
        Change::SignedOff => "row.signed_off",
        Change::SignOffUndone => "row.sign_off_undone",
        Change::Notification { .. } | Change::Answered { .. } => "row.removal_changed",
    }
}

fn fact_of_row(command: CommandId, page: u32, act: &Act) -> Facts {
    let slots = (0..64u8).filter(|slot| act.rows & 1 << slot != 0);
    let rows = slots.map(|slot| RowId::at(page, slot).unwrap().to_string());
    rows.map(|row| (kind_of(&act.change).to_owned(), command.to_string(), row)).collect()
}

/// The facts as the table has them.
async fn facts_in(store: &Store, review: ReviewId) -> Facts {
    let mut facts = Facts::new();
    for (page, log) in store.pages().logs(&review, &[0, 1, 2]).await.unwrap() {
        for entry in log {
            facts.extend(entry.acts.iter().flat_map(|act| fact_of_row(entry.command, page, act)));
        }
    }
    let mut fact = |kind: &str, id: String| facts.insert((kind.to_owned(), String::new(), id));
    for key in store.api_keys().list(None, 500).await.unwrap().values {
        fact("api_key.issued", key.value.id.to_string());
    }
    for workflow in store.workflows().list(None, 500).await.unwrap().values {
        fact("workflow.created", workflow.value.id.to_string());
    }
    for campaign in store.campaigns().list(None, 500).await.unwrap().values {
        let id = campaign.value.id.to_string();
        fact("campaign.created", id.clone());
        if campaign.value.started_at.is_some() {
            fact("campaign.started", id.clone());
            fact("campaign.activated", id.clone());
        }
        if campaign.value.status == CampaignStatus::Completed {
            fact("campaign.completed", id);
        }
    }
    for source in store.inventory().sources(None, 500).await.unwrap().values {
        fact("datasource.loaded", source.value.id.to_string());
    }
    facts
}

/// The facts as the bus was told them. Deliveries of the same id are the same.
fn facts_told(stand: &Stand) -> Facts {
    let mut facts = Facts::new();
    let mut seen: BTreeMap<String, Envelope> = BTreeMap::new();
    for event in stand.bus.taken() {
        let first = seen.entry(event.id.clone()).or_insert_with(|| event.clone());
        assert_eq!(*first, event, "the same id tells the same");
        let detail: Value = serde_json::from_str(&event.detail).unwrap();
        assert_eq!(detail["id"], event.id);
        let data = &detail["data"];
        if event.kind.starts_with("row.") {
            let command = event.id.split('#').next().unwrap();
            let plain = data["rows"].as_array().into_iter().flatten();
            let groups = data["changes"].as_array().into_iter().flatten();
            let rows = plain.chain(groups.flat_map(|group| group["rows"].as_array().unwrap()));
            facts.extend(rows.map(|row| (event.kind.clone(), command.to_owned(), row.to_string())));
        } else {
            let subject = event.kind.split('.').next().unwrap();
            let subject = if subject == "datasource" { "data_source" } else { subject };
            facts.insert((event.kind.clone(), String::new(), data[subject].as_str().unwrap().to_owned()));
        }
    }
    facts
}

#[derive(Debug, Default)]
struct Score {
    facts: usize,
    repeated: usize,
    swept: usize,
    crashes: usize,
    unknown: usize,
}

/// One seed: commands on a few rows by two processes that die now and then, under faults of table and bus.
async fn one(seed: u64, score: &mut Score) {
    let (stand, review) = reviewed().await;
    let mut random = Rng::with_seed(seed);
    stand.engine.set_faults(Faults::storm(seed)).unwrap();
    stand.bus.storm(seed);
    let mut processes = [process(&stand, 0), process(&stand, 0)];
    for _ in 0..COMMANDS {
        let (drawn, call) = (draw(&mut random), Call { repeatable: true, ..stand.call() });
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..2);
            if random.u8(..4) == 0 {
                let n = random.u64(..12);
                stand.engine.crash(if random.bool() { Crash::After(n) } else { Crash::During(n + 1) });
            }
            let outcome = drawn.carry_out(&processes[at], &call, review).await;
            if stand.engine.revive() {
                processes[at] = process(&stand, 0);
                score.crashes += 1;
            }
            match outcome {
                Err(Error::Unavailable(_)) => score.unknown += 1,
                Err(Error::Bug(bug)) => panic!("{bug}"),
                Ok(()) | Err(_) => break,
            }
        }
    }
    // The sweep meets the same weather for a while, and then has peace.
    for minute in 2..30 {
        if minute == 12 {
            stand.engine.clear_faults();
            stand.bus.clear();
        }
        let swept = sweep::run(&process(&stand, minute)).await;
        score.swept += swept.map_or(0, |swept| swept.sent);
    }
    let facts = facts_in(&stand.deps.store, review).await;
    let told = facts_told(&stand);
    let (missing, invented): (Vec<_>, Vec<_>) = (facts.difference(&told).collect(), told.difference(&facts).collect());
    assert!(missing.is_empty() && invented.is_empty(), "{seed}: not told {missing:?}, invented {invented:?}");
    let ids: BTreeSet<String> = stand.bus.taken().into_iter().map(|event| event.id).collect();
    score.repeated += stand.bus.taken().len() - ids.len();
    score.facts += facts.len();
    let quiet = stand.bus.taken().len();
    assert_eq!(sweep::run(&process(&stand, 31)).await.unwrap().sent, 0, "what was told is not told for ever");
    assert_eq!(stand.bus.taken().len(), quiet);
}

#[test]
fn every_fact_is_told_at_least_once_under_one_id_and_nothing_else_is() {
    let mut score = Score::default();
    for seed in 0..engine::sim::seeds() {
        engine::simulate(seed, one(seed, &mut score));
    }
    println!("{score:?}");
    // The runs went where it hurts.
    assert!(score.facts > 0 && score.repeated > 0 && score.swept > 0, "{score:?}");
    assert!(score.crashes > 0 && score.unknown > 0, "{score:?}");
}

#[test]
fn a_lost_answer_after_the_commit_is_still_told_once_the_sweep_has_run() {
    engine::simulate(1, async {
        let (stand, review) = reviewed().await;
        let before = stand.bus.taken().len();
        let input = DecideInput { verdict: Verdict::Approved, comment: None };
        // The call that commits is the last one: everything is tried until one of them was it.
        for n in 1..20 {
            stand.engine.crash(Crash::During(n));
            let died = review::decide(&process(&stand, 0), &stand.call(), review, "a7", input.clone()).await;
            let is_dead = stand.engine.revive();
            let log = stand.deps.store.pages().logs(&review, &[0, 1, 2]).await.unwrap();
            if log.values().flatten().count() > 0 {
                assert!(is_dead && died.is_err());
                assert_eq!(stand.bus.taken().len(), before, "dead processes tell nothing");
                break;
            }
        }
        assert_eq!(sweep::run(&process(&stand, 0)).await.unwrap().sent, 0, "not before its time");
        assert_eq!(sweep::run(&process(&stand, 1)).await.unwrap().sent, 1);
        let told = stand.bus.told().split_off(before);
        let kinds: Vec<&str> = told.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, ["row.decided", "row.signed_off"]);
        assert_eq!(told[0].1["changes"][0]["decision"], "accepted");
    });
}

#[test]
fn a_bus_that_never_answers_holds_a_decision_up_for_seconds_and_fails_nothing() {
    struct Silent;
    impl crate::deps::Events for Silent {
        fn publish<'a>(&'a self, _: &'a [Envelope]) -> crate::deps::Soon<'a, Vec<Result<(), crate::deps::PortError>>> {
            Box::pin(std::future::pending())
        }
    }
    engine::simulate(1, async {
        let (stand, review) = reviewed().await;
        let deps = Deps { events: std::sync::Arc::new(Silent), ..process(&stand, 0) };
        let input = DecideInput { verdict: Verdict::Approved, comment: None };
        let begun = tokio::time::Instant::now();
        review::decide(&deps, &stand.call(), review, "a7", input).await.unwrap();
        assert!(begun.elapsed() <= std::time::Duration::from_secs(4), "{:?}", begun.elapsed());
        assert_eq!(sweep::run(&process(&stand, 1)).await.unwrap().sent, 1);
    });
}

#[test]
fn a_whole_review_tells_its_story_in_order() {
    engine::simulate(1, async {
        let (stand, review) = reviewed().await;
        let accounts: Vec<String> = (0..ACCOUNTS).map(|n| format!("a{n}")).collect();
        let input = BatchInput { accounts, verdict: Verdict::Rejected, comment: Some("left".to_owned()) };
        review::decide_batch(&stand.deps, &stand.call(), review, input).await.unwrap();
        campaign::complete(&stand.deps, &stand.call(), review).await.unwrap();
        let told = stand.bus.told();
        let kinds: Vec<&str> = told.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(
            kinds,
            [
                "datasource.loaded",
                "workflow.created",
                "campaign.created",
                "campaign.started",
                "campaign.activated",
                "row.decided",
                "row.noted",
                "row.signed_off",
                "campaign.completed"
            ]
        );
        assert_eq!(told[4].1["rows"], ACCOUNTS);
        assert_eq!(told[5].1["changes"][0]["rows"].as_array().unwrap().len(), 130);
    });
}
