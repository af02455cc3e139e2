//! An installation that lives through the year.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use app::campaign::{self, CampaignView, CreateInput, ListInput};
use app::deps::{Config, Deps};
use app::event::Envelope;
use app::notify::Mail;
use app::recurrence::{self, RecurrenceInput};
use app::review::{self, AssignmentInput, BatchInput, DecideInput, UserReference, Verdict};
use app::standing::{self, DelegationReference};
use app::{Call, settings};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::ids::{CampaignId, CommandId};
use domain::reminder::Reminders;
use domain::review::{Campaign, Scope};
use domain::settings::{AutoComplete, Expiration, OverdueReviews, UndecidedRows, Value};
use domain::user::{Caller, Role, User};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::json;
use testbed::{Testbed, ask, shown as answered};

use crate::calendar::{HOUR, MINUTE, Moment, moment, shown};
use crate::oracle::{End, Letter, Life, OWNER, SECONDS, STANDS_IN, Which, Year};
use crate::plan::{ALL, Conduct, Pattern, Series};
use crate::ports::{Parcel, Post, Worker};

/// Everybody who reviews.
const REVIEWERS: [&str; 6] = ["kim", "lou", "max", "ned", "ola", "pia"];
/// Where reviews are found.
const PLACE: &str = "https://reviews.corp.example";
/// The accounts under review.
const ACCOUNTS: [&str; 2] = ["first", "second"];

/// Something that happens at a moment.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Tick,
    Settle(OverdueReviews),
    Start(CampaignId),
    Decide(CampaignId, usize),
    Complete(CampaignId),
    BreakOff(CampaignId),
}

/// What was seen of the year.
#[derive(Debug)]
pub struct Seen {
    pub lives: Vec<Life>,
    pub letters: Vec<Letter>,
    pub ticks: usize,
    pub requests: u64,
}

pub struct World {
    bed: Testbed,
    deps: Arc<Deps>,
    post: Arc<Post>,
    random: fastrand::Rng,
    agenda: BTreeMap<Moment, Vec<Deed>>,
    /// The first campaign of each series.
    templates: Vec<CampaignId>,
    ticks: usize,
}

fn user(name: &str) -> User {
    let (user_type, id) = ("Identity".to_owned(), name.to_owned());
    User { user_type, id, email: format!("{name}@corp.example"), name: name.to_owned() }
}

fn reference(name: &str) -> UserReference {
    UserReference { user_type: "Identity".to_owned(), id: name.to_owned(), email: None, name: None }
}

fn timestamp(moment: Moment) -> Timestamp {
    Timestamp::from_second(moment).expect("a moment of this age")
}

impl World {
    /// With inventory, settings and the series of the plan.
    pub async fn set_up(year: &Year) -> Self {
        let (bed, post) = (Testbed::new(), Arc::new(Post::new()));
        let days = year.days.iter().map(|days| i32::try_from(*days).expect("few")).collect();
        let zone = TimeZone::get(year.zone.name()).expect("a time zone");
        let mail = Some(Reminders { zone, hour: i8::try_from(year.hour).expect("an hour"), days });
        let settings = Config { mail, review_url: Some(PLACE.to_owned()), ..Config::default() };
        let (queue, events, mailer) = (Arc::clone(&post) as _, Arc::clone(&post) as _, Arc::clone(&post) as _);
        let deps = Arc::new(Deps { queue, events, mailer, settings, ..Deps::clone(&bed.deps) });
        let (random, agenda) = (fastrand::Rng::with_seed(7), BTreeMap::new());
        let mut world = Self { bed, deps, post, random, agenda, templates: Vec::new(), ticks: 0 };
        world.turn(year.set_up);
        world.load().await;
        world.settle(OverdueReviews::Expire).await;
        world.store(Value::AutoComplete(AutoComplete::Enabled), None).await;
        let pair = DelegationReference { original: reference(STANDS_IN.0), delegate: reference(STANDS_IN.1) };
        standing::delegate(&world.deps, &world.call(), &[pair]).await.expect("a delegation");
        for (number, series) in ALL.iter().enumerate() {
            world.begin(number, series).await;
        }
        world.plan_ahead().await;
        world
    }

    async fn load(&self) {
        let owners = REVIEWERS.iter().chain([&OWNER]);
        let owners = owners.map(|name| json!({ "id": name, "name": name, "email": format!("{name}@corp.example") }));
        let accounts = ACCOUNTS.map(|id| json!({ "id": id, "account_name": id, "application_id": "books" }));
        let picture = json!({
            "name": "Books", "owners": owners.collect::<Vec<_>>(), "accounts": accounts,
            "applications": [{ "id": "books", "name": "Books" }],
        });
        let asked = ask("PUT", "/api/v1/inventory/datasources/books").role("administrator").body(&picture);
        let answer = Box::pin(inventory::handle(Arc::clone(&self.deps), asked.request())).await;
        let (status, body) = answered(&answer);
        assert!(status < 300, "{status} {body}");
    }

    async fn store(&self, value: Value, workflow: Option<domain::ids::WorkflowId>) {
        let _ = settings::put(&self.deps, &self.call(), value, workflow).await.expect("a setting");
    }

    async fn settle(&self, overdue: OverdueReviews) {
        self.store(Value::Overdue(overdue), None).await;
    }

    /// Makes the first campaign of a series, and has it come again.
    async fn begin(&mut self, number: usize, series: &Series) {
        let first = series.starts();
        let input = CreateInput {
            name: Some(format!("Series {number}")),
            start_date: Some(timestamp(first)),
            end_date: Some(timestamp(series.end_of(first))),
            scope: Some(Scope { applications: vec!["books".to_owned()], ..Scope::default() }),
            reviewer_assignment: Some(AssignmentInput {
                reviewers: series.reviewers.iter().map(|name| reference(name)).collect(),
                ..AssignmentInput::default()
            }),
            auto_start: Some(series.starts_by_itself()),
            ..CreateInput::default()
        };
        let campaign = campaign::create(&self.deps, &self.call(), input).await.expect("a campaign").campaign;
        let (frequency, interval, rule) = match series.pattern {
            Pattern::Every(frequency, interval) => (Some(frequency), Some(interval), None),
            Pattern::Rule(rule) => (None, None, Some(rule.to_owned())),
        };
        let input = RecurrenceInput {
            frequency,
            interval,
            rule,
            time_zone: Some(series.zone.to_owned()),
            until: series.last().map(timestamp),
            count: series.count,
            skipped: series.skipped.iter().map(|day| day.parse().expect("a day")).collect(),
            name: None,
        };
        let _ = recurrence::set(&self.deps, &self.call(), campaign.id, input).await.expect("a series");
        if series.conduct == Conduct::Rejected {
            let rejected = Expiration { undecided: UndecidedRows::AreRejected, note: "in time".to_owned() };
            self.store(Value::Expiration(rejected), Some(campaign.workflow_id)).await;
        }
        self.templates.push(campaign.id);
    }

    fn call(&self) -> Call {
        Call {
            caller: Caller { user: user(OWNER), role: Role::Administrator, key_id: None },
            command: CommandId::new(self.deps.ids.uuid()),
            repeatable: false,
            if_match: None,
            now: self.deps.clock.now(),
            request_id: "year".to_owned(),
        }
    }

    fn turn(&self, at: Moment) {
        self.bed.clock.set(&shown(at));
    }

    fn note(&mut self, at: Moment, deed: Deed) {
        self.agenda.entry(at).or_default().push(deed);
    }

    /// Lives through a year with these ticks, and some more at random.
    pub async fn live(&mut self, year: &Year, ticks: &BTreeSet<Moment>) {
        let more: BTreeSet<Moment> = (0..300)
            .map(|_| year.tick(self.random.i64(year.set_up..year.over)))
            .filter(|at| !ticks.contains(at))
            .collect();
        for at in ticks.union(&more) {
            self.note(*at, Deed::Tick);
        }
        self.note(year.lenient.from, Deed::Settle(OverdueReviews::StayOpen));
        self.note(year.lenient.back, Deed::Settle(OverdueReviews::Expire));
        while let Some((at, deeds)) = self.agenda.pop_first().filter(|(at, _)| *at <= year.over) {
            self.turn(at);
            for deed in deeds {
                self.perform(deed).await;
            }
            self.work().await;
            self.plan_ahead().await;
        }
    }

    async fn perform(&mut self, deed: Deed) {
        let (deps, call) = (Arc::clone(&self.deps), self.call());
        match deed {
            Deed::Tick => self.tick().await,
            Deed::Settle(overdue) => self.settle(overdue).await,
            Deed::Start(id) => campaign::start(&deps, &call, id).await.expect("started"),
            Deed::Complete(id) => drop(campaign::complete(&deps, &call, id).await.expect("completed")),
            Deed::BreakOff(id) => drop(campaign::terminate(&deps, &call, id).await.expect("broken off")),
            Deed::Decide(id, 1) => {
                let input = DecideInput { verdict: Verdict::Approved, comment: None };
                drop(review::decide(&deps, &call, id, ACCOUNTS[0], input).await.expect("decided"));
            }
            Deed::Decide(id, _) => {
                let accounts = ACCOUNTS.map(str::to_owned).to_vec();
                let input = BatchInput { accounts, verdict: Verdict::Approved, comment: None };
                drop(review::decide_batch(&deps, &call, id, input).await.expect("decided"));
            }
        }
    }

    /// One tick, or the same twice: together, or one after the other.
    async fn tick(&mut self) {
        self.ticks += 1;
        match self.random.u8(..8) {
            0 => {
                let (one, two) = tokio::join!(self.scheduled(), self.scheduled());
                assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
            }
            1 => {
                self.scheduled().await.expect("a tick");
                self.work().await;
                self.scheduled().await.expect("a tick");
            }
            _ => self.scheduled().await.expect("a tick"),
        }
    }

    async fn scheduled(&self) -> Result<(), lambda_runtime::Error> {
        let event = serde_json::from_str(include_str!("../../../../events/schedules-every-minute.json"))?;
        Box::pin(schedules::handle(Arc::clone(&self.deps), LambdaEvent::new(event, Context::default()))).await
    }

    /// Has the workers work until there is nothing left to do. A quarter of all messages come twice.
    async fn work(&mut self) {
        while let Some(parcel) = self.post.take(&mut self.random) {
            for _ in 0..if self.random.u8(..4) == 0 { 2 } else { 1 } {
                let response = self.worked(&parcel).await;
                assert!(response.batch_item_failures.is_empty(), "{parcel:?}");
            }
        }
    }

    async fn worked(&self, parcel: &Parcel) -> SqsBatchResponse {
        let mut message = SqsMessage::default();
        message.message_id = Some("1".to_owned());
        message.body = Some(parcel.body.clone());
        let mut event = SqsEvent::default();
        event.records = vec![message];
        let mut context = Context::default();
        let ends = self.deps.clock.now().as_millisecond() + 300_000;
        context.deadline = u64::try_from(ends).expect("a time after 1970");
        let (deps, event) = (Arc::clone(&self.deps), LambdaEvent::new(event, context));
        match parcel.to {
            Worker::Materialize => Box::pin(materialize::handle(deps, event)).await,
            Worker::Evaluate => Box::pin(evaluate::handle(deps, event)).await,
            Worker::Hear | Worker::Notify => Box::pin(notify::handle(deps, event)).await,
        }
    }

    /// What people are going to do about what was told.
    async fn plan_ahead(&mut self) {
        for event in self.post.fresh() {
            if !matches!(event.kind.as_str(), "campaign.created" | "campaign.activated") {
                continue;
            }
            let told = Told::of(&event);
            let campaign = self.campaign(told.campaign).await.campaign;
            let (number, _) = self.which(&campaign);
            let (id, due) = (campaign.id, campaign.plan.end_date.as_second());
            let minute = told.at.div_euclid(MINUTE) * MINUTE;
            let (hours, deed) = match (event.kind.as_str(), ALL[number].conduct) {
                ("campaign.created", Conduct::ByHand(hours)) => {
                    let from = campaign.template_id.map_or_else(|| ALL[number].starts(), |_| told.at);
                    self.note(from + hours * HOUR + SECONDS, Deed::Start(id));
                    continue;
                }
                ("campaign.activated", Conduct::Begun(hours)) => (hours, Deed::Decide(id, 1)),
                ("campaign.activated", Conduct::Decided(hours)) => (hours, Deed::Decide(id, 2)),
                ("campaign.activated", Conduct::Completed(hours)) => (hours, Deed::Complete(id)),
                ("campaign.activated", Conduct::BrokenOff(hours)) => (hours, Deed::BreakOff(id)),
                _ => continue,
            };
            let act = minute + hours * HOUR + SECONDS;
            if act + 10 * MINUTE < due {
                self.note(act, deed);
            }
        }
    }

    async fn campaign(&self, id: CampaignId) -> CampaignView {
        campaign::get(&self.deps, &self.call(), id).await.expect("a campaign")
    }

    fn which(&self, campaign: &Campaign) -> Which {
        let template = campaign.template_id.unwrap_or(campaign.id);
        let number = self.templates.iter().position(|id| *id == template).expect("a series");
        (number, campaign.plan.start_date.as_second())
    }

    /// What was seen of it all.
    pub async fn seen(&self) -> Seen {
        let requests = self.bed.engine.calls();
        let (mut lives, mut after) = (BTreeMap::new(), None);
        loop {
            let input = ListInput { status: None, kind: None, limit: 100, after };
            let page = campaign::list(&self.deps, &self.call(), input).await.expect("a list");
            for campaign in page.items {
                lives.insert(campaign.id, self.life(campaign).await);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        for event in self.post.told() {
            let Some(kind) = event.kind.strip_prefix("campaign.") else { continue };
            let told = Told::of(&event);
            let life = lives.get_mut(&told.campaign).expect("a campaign that is told of");
            match kind {
                "started" => once(&mut life.started, told.at),
                "activated" => once(&mut life.active, told.at),
                "completed" => end(life, told.at, End::Completed),
                "expired" => end(life, told.at, End::Expired),
                "terminated" => end(life, told.at, End::BrokenOff),
                _ => {}
            }
        }
        let which: BTreeMap<String, Which> = lives.iter().map(|(id, life)| (id.to_string(), life.which)).collect();
        let letters = self.post.mails().iter().map(|mail| letter(mail, &which)).collect();
        let mut lives: Vec<Life> = lives.into_values().collect();
        lives.sort();
        Seen { lives, letters, ticks: self.ticks, requests }
    }

    async fn life(&self, campaign: Campaign) -> Life {
        let CampaignView { total, counts, .. } = self.campaign(campaign.id).await;
        let (accepted, rejected) = (counts.accepted, counts.rejected);
        Life {
            which: self.which(&campaign),
            name: campaign.plan.name,
            made: campaign.created_at.as_second(),
            started: NEVER,
            active: NEVER,
            due: campaign.plan.end_date.as_second(),
            end: None,
            rows: (accepted, rejected, total - accepted - rejected),
        }
    }
}

/// What has not happened.
const NEVER: Moment = 0;

#[track_caller]
fn once(place: &mut Moment, at: Moment) {
    assert_eq!(*place, NEVER, "it has happened twice");
    *place = at;
}

#[track_caller]
fn end(life: &mut Life, at: Moment, how: End) {
    assert_eq!(life.end.replace((at, how)), None, "{} ends twice", life.name);
}

/// What an event of a campaign tells.
struct Told {
    at: Moment,
    campaign: CampaignId,
}

impl Told {
    fn of(event: &Envelope) -> Self {
        let detail: serde_json::Value = serde_json::from_str(&event.detail).expect("JSON");
        let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
        let campaign = text(&detail["data"]["campaign"]).parse().expect("an id");
        Self { at: moment(&text(&detail["time"])), campaign }
    }
}

/// A mail as the oracle knows it: the reviews that it is about are those that it leads to.
fn letter(mail: &Mail, which: &BTreeMap<String, Which>) -> Letter {
    let name = mail.address.split('@').next().expect("an address");
    let to = REVIEWERS.iter().chain([&OWNER]).find(|known| **known == name).expect("somebody");
    let links = mail.text.split(PLACE).skip(1);
    let ids = links.map(|rest| rest.trim_start_matches('/').chars().take(36).collect::<String>());
    let about = ids.map(|id| *which.get(&id).expect("a campaign")).collect();
    Letter { at: mail.at.as_second(), to, subject: mail.subject.clone(), about }
}
