//! Rules at work on the whole backend: nothing is made up but the organisation.

mod alike;
mod crash;
mod deciding;
mod deletion;
mod ended;
mod opening;
mod policies;
mod races;
mod scale;

use domain::automatic::Wish;
use domain::ids::{JobId, ReviewId, RuleId};
use domain::inventory::{Family, Picture, Value};
use domain::page::{Change, Entry};
use domain::row::Approval;
use domain::rule::RuleKind;
use domain::user::{Caller, Role, User};

use super::{ReviewerStrategy, RuleInput};
use crate::call::Call;
use crate::deps::Message;
use crate::review::{self, Dialect, ListInput, RowFilter, RowView, Start};
use crate::testing::sketch::{Sketch, text};
use crate::testing::stand::Stand;

/// `people` accounts of as many people under two managers: every second in Finance, every fifth privileged, every third
/// in a group that leads to a role, every seventh unused since 2020.
fn organisation(people: usize) -> Picture {
    let mut sketch = Sketch::default()
        .node(Family::Application, "app", &[])
        .node(Family::Identity, "lena", &[("email", text("lena@corp.example"))])
        .node(Family::Identity, "omar", &[("email", text("omar@corp.example"))])
        .node(Family::Group, "approvers", &[("is_high_privilege", Value::Bool(true))])
        .node(Family::Role, "close", &[("application_id", text("app"))]);
    for n in 0..people {
        let (owner, account) = (format!("p{n:04}"), format!("a{n:04}"));
        let manager = if n % 2 == 0 { "lena" } else { "omar" };
        let login = if n.is_multiple_of(7) { "2020-01-01T00:00:00Z" } else { "2026-04-30T00:00:00Z" };
        let address = format!("p{n}@corp.example");
        sketch = sketch
            .node(Family::Identity, &owner, &[("manager_id", text(manager)), ("email", text(&address))])
            .account(
                &account,
                &[
                    ("owner_id", text(&owner)),
                    ("department", text(if n % 2 == 0 { "Finance" } else { "Sales" })),
                    ("privileged", Value::Bool(n.is_multiple_of(5))),
                    ("last_login_at", Value::Time(login.parse().unwrap())),
                ],
            )
            .named(&format!("user{n:04}"));
        if n.is_multiple_of(3) {
            sketch = sketch.edge(&account, "approvers");
        }
    }
    sketch.edge("approvers", "close").picture()
}

/// A campaign over an organisation.
struct Scene {
    stand: Stand,
    campaign: ReviewId,
}

impl Scene {
    /// A campaign that nobody has started.
    async fn draft(people: usize) -> Self {
        let stand = Stand::new();
        stand.load("ds", &organisation(people)).await.unwrap();
        let campaign = stand.draft_campaign().await;
        Self { stand, campaign }
    }

    /// One that is active.
    async fn active(people: usize) -> Self {
        let scene = Self::draft(people).await;
        scene.start().await;
        scene
    }

    async fn start(&self) {
        crate::campaign::start(&self.stand.deps, &self.stand.call(), self.campaign).await.unwrap();
        self.stand.drain().await;
    }

    /// A rule that the campaign uses.
    async fn rule(&self, condition: &str, decision: Wish) -> RuleId {
        self.rule_of(input(condition, decision)).await
    }

    async fn rule_of(&self, input: RuleInput) -> RuleId {
        let deps = &self.stand.deps;
        let rule = super::create(deps, &self.stand.call(), input).await.unwrap();
        super::assign(deps, &self.stand.call(), self.campaign, vec![rule.id.to_string()]).await.unwrap();
        rule.id
    }

    /// An evaluation that was asked for, with its message.
    async fn asked(&self) -> (JobId, Message) {
        let job = super::evaluate(&self.stand.deps, &self.stand.call(), self.campaign).await.unwrap();
        let message = self.stand.queue.take().unwrap();
        assert_eq!(message, Message::Evaluate { job });
        (job, message)
    }

    /// An evaluation that was carried out.
    async fn evaluate(&self) -> super::RuleJob {
        let (job, message) = self.asked().await;
        self.stand.deliver(&message).await.unwrap();
        super::job(&self.stand.deps, &self.stand.call(), job).await.unwrap()
    }

    /// Every row, in the order of account ids.
    async fn rows(&self) -> Vec<RowView> {
        let input = ListInput {
            filter: RowFilter::default(),
            order: Vec::new(),
            start: Start::First,
            backwards: false,
            limit: 5_000,
            with_log: false,
        };
        let call = self.stand.call();
        let page = review::list(&self.stand.deps, &call, self.campaign, Dialect::Campaign, input).await.unwrap();
        let mut rows = page.items;
        rows.sort_by_key(|row| account(row).to_owned());
        rows
    }

    /// How many rows are pending, approved, rejected and flagged.
    async fn counts(&self) -> [i64; 4] {
        let tally = self.stand.deps.store.certifications().tally(&self.campaign).await.unwrap();
        let counts = tally.counts;
        [tally.pending(), counts.accepted, counts.rejected, counts.flagged]
    }

    /// The log of every page.
    async fn log(&self) -> Vec<Entry> {
        let pages: Vec<u32> = (0..100).collect();
        let logs = self.stand.deps.store.pages().logs(&self.campaign, &pages).await.unwrap();
        logs.into_values().flatten().collect()
    }

    /// Somebody else's call.
    fn call_of(&self, name: &str, role: Role) -> Call {
        let user = User {
            user_type: "Identity".to_owned(),
            id: name.to_owned(),
            email: format!("{name}@corp.example"),
            name: name.to_owned(),
        };
        Call { caller: Caller { user, role, key_id: None }, ..self.stand.call() }
    }
}

fn input(condition: &str, decision: Wish) -> RuleInput {
    RuleInput {
        name: Some("A rule".to_owned()),
        kind: Some(RuleKind::Account),
        condition: Some(condition.to_owned()),
        decision: Some(decision),
        ..RuleInput::default()
    }
}

fn assigning(condition: &str, strategy: ReviewerStrategy) -> RuleInput {
    RuleInput { strategy: Some(strategy), ..input(condition, Wish::Assign) }
}

fn account(row: &RowView) -> &str {
    row.frozen.text("source.id").unwrap()
}

fn status(row: &RowView) -> Approval {
    row.state.approval()
}

/// The causes in an entry of the log.
fn causes(entry: &Entry) -> Vec<domain::automatic::Cause> {
    let cause = |change: &Change| match change {
        Change::Automatic { cause } => Some(*cause),
        _ => None,
    };
    entry.acts.iter().filter_map(|act| cause(&act.change)).collect()
}
