//! Automations at work on the whole backend: nothing is made up but the organisation.

mod alike;
mod conduct;
mod crash;
mod ending;
mod previous;
mod scale;
mod size;
mod trial;

use domain::automation::run::RunStatus;
use domain::automation::{
    Action, AttachmentBehavior, Automation, Content, Criteria, Display, DisplayStyle, Modification,
};
use domain::ids::{AutomationId, JobId, ReviewId, RowId, WorkflowId};
use domain::inventory::{Family, Picture, Value};
use domain::review::{Beginning, Certification, CertificationCommand, ReviewerAssignment, step_certification};
use domain::row::Decision;
use domain::settings::Origin;
use uuid::Uuid;

use super::RunView;
use crate::deps::Message;
use crate::loading::jobs::building::{self, Order};
use crate::loading::sources::snapshot::Source;
use crate::outgoing::{self, Told};
use crate::review::{self, Dialect, ListInput, RowFilter, RowView, Start, UpdateInput};
use crate::testing::sketch::{Sketch, text};
use crate::testing::stand::{Stand, administrator, now, query};
use crate::workflow;

const DEPARTMENTS: [&str; 3] = ["Finance", "Sales", "Security"];

/// So many accounts under one manager, each with one role: every third in one of three departments, every fifth
/// privileged, every fourth without a title.
fn organisation(people: usize) -> Picture {
    let mut sketch = Sketch::default().node(Family::Application, "app", &[]).node(Family::Identity, "lena", &[]).node(
        Family::Role,
        "close",
        &[("application_id", text("app"))],
    );
    for n in 0..people {
        let (owner, account) = (format!("p{n:04}"), format!("a{n:04}"));
        let mut attributes = vec![
            ("owner_id", text(&owner)),
            ("department", text(DEPARTMENTS[n % 3])),
            ("privileged", Value::Bool(n.is_multiple_of(5))),
        ];
        if !n.is_multiple_of(4) {
            attributes.push(("title", text(if n % 7 < 3 { "Clerk" } else { "Head of Clerks" })));
        }
        sketch = sketch
            .node(Family::Identity, &owner, &[("manager_id", text("lena"))])
            .account(&account, &attributes)
            .grant(&account, "close", if n.is_multiple_of(2) { &["read"] } else { &["read", "write"] });
    }
    sketch.picture()
}

/// A workflow over an organisation.
struct Scene {
    stand: Stand,
    workflow: WorkflowId,
}

impl Scene {
    async fn new(people: usize) -> Self {
        let stand = Stand::new();
        stand.load("ds", &organisation(people)).await.unwrap();
        let input = workflow::CreateInput {
            name: "Pairs".to_owned(),
            description: String::new(),
            notes: String::new(),
            owner: None,
            query: query("Account", "Role"),
        };
        let workflow = workflow::create(&stand.deps, &stand.call(), input).await.unwrap().id;
        Self { stand, workflow }
    }

    /// The same in another place.
    fn copied(&self) -> Self {
        Self { stand: self.stand.copied(), workflow: self.workflow }
    }

    async fn keep(&self, automations: &[Automation]) {
        for automation in automations {
            let mut tx = self.stand.deps.store.write(self.stand.call().command, now());
            tx.insert_automation(automation).unwrap();
            let _ = tx.commit().await.unwrap();
        }
    }

    /// A certification to which these automations are to be applied, with the message that builds it.
    async fn ordered(&self, automations: &[Automation]) -> (ReviewId, Message) {
        self.ordered_of("Role", automations).await
    }

    async fn ordered_of(&self, destination: &str, automations: &[Automation]) -> (ReviewId, Message) {
        let call = self.stand.call();
        let certification = Certification::begin(Beginning {
            id: ReviewId::new(call.created("certification")),
            workflow_id: self.workflow,
            query_used: query("Account", destination),
            name: "A review".to_owned(),
            notes: String::new(),
            due_date: None,
            reviewers: Vec::new(),
            started_at: call.now
                + jiff::SignedDuration::from_secs(i64::try_from(call.command.uuid().as_u128() >> 64).unwrap()),
            created_by: administrator(),
        });
        let order = Order {
            review: certification.id,
            attempt: 1,
            origin: Origin::Certification,
            source: Source::Current,
            assignment: ReviewerAssignment { users_manager: true, ..ReviewerAssignment::default() },
            creator: administrator(),
            automations: automations.iter().map(|automation| (automation.id, automation.version)).collect(),
            identities: Vec::new(),
        };
        let mut tx = self.stand.deps.store.write(call.command, call.now);
        tx.insert_certification(&certification, 1).unwrap();
        building::begin(&mut tx, &order).unwrap();
        outgoing::dispatch(&self.stand.deps, tx.commit().await.unwrap().outgoing, Told::Marked).await;
        (certification.id, self.stand.queue.take().unwrap())
    }

    /// One whose rows are there, with the message that applies the automations.
    async fn handed_over(&self, automations: &[Automation]) -> (ReviewId, Message) {
        self.handed_over_of("Role", automations).await
    }

    async fn handed_over_of(&self, destination: &str, automations: &[Automation]) -> (ReviewId, Message) {
        let (review, message) = self.ordered_of(destination, automations).await;
        self.stand.deliver(&message).await.unwrap();
        let message = self.stand.queue.take().unwrap();
        assert!(matches!(message, Message::Automate { .. }), "{message:?}");
        (review, message)
    }

    /// One that is open.
    async fn opened(&self, automations: &[Automation]) -> ReviewId {
        let (review, message) = self.ordered(automations).await;
        self.stand.deliver(&message).await.unwrap();
        self.stand.drain().await;
        review
    }

    async fn run(&self, review: ReviewId) -> RunView {
        let mut runs = super::runs(&self.stand.deps, &self.stand.call(), review).await.unwrap();
        assert_eq!(runs.len(), 1);
        runs.remove(0)
    }

    /// Every row with its log, in the order of the accounts' ids.
    async fn rows(&self, review: ReviewId) -> Vec<RowView> {
        let input = ListInput {
            filter: RowFilter::default(),
            order: Vec::new(),
            start: Start::First,
            backwards: false,
            limit: 20_000,
            with_log: true,
        };
        let call = self.stand.call();
        let page = review::list(&self.stand.deps, &call, review, Dialect::Certification, input).await.unwrap();
        let mut rows = page.items;
        rows.sort_by_key(|row| account(row).to_owned());
        rows
    }

    /// Decides a row as an administrator.
    async fn decide(&self, review: ReviewId, row: RowId, input: UpdateInput) {
        review::update(&self.stand.deps, &self.stand.call(), review, row, input).await.unwrap();
    }

    /// Ends a review, whatever is decided.
    async fn end(&self, review: ReviewId, command: CertificationCommand) {
        let certifications = self.stand.deps.store.certifications();
        let stored = certifications.get(&review).await.unwrap().unwrap();
        let tally = certifications.tally(&review).await.unwrap();
        let next = step_certification(&stored.certification, command, now()).unwrap();
        let mut tx = self.stand.deps.store.write(self.stand.call().command, now());
        tx.close_certification(&next, stored.attempt, stored.certification.version, &tally).unwrap();
        let _ = tx.commit().await.unwrap();
    }
}

fn complete() -> CertificationCommand {
    CertificationCommand::Complete { by: administrator() }
}

fn automation(number: u128, filter: &str, mutable_filter: &str, action: Action) -> Automation {
    Automation {
        id: AutomationId::new(Uuid::from_u128(number)),
        content: Content {
            name: format!("Automation {number}"),
            description: String::new(),
            priority: 0,
            attachment: AttachmentBehavior::default(),
            criteria: Criteria { filter: filter.to_owned(), mutable_filter: mutable_filter.to_owned() },
            action,
        },
        version: 1,
    }
}

fn modify(decision: Option<Decision>, notes: Option<&str>, signed_off: Option<bool>) -> Action {
    Action::Modify(Modification { decision, signed_off, notes: notes.map(str::to_owned) })
}

fn display(style: DisplayStyle) -> Action {
    Action::Display(Display { style, text: "Look".to_owned(), color: None })
}

fn account(row: &RowView) -> &str {
    row.frozen.text("source.id").unwrap()
}

/// Who an account is, in the order of the organisation.
fn person(row: &RowView) -> usize {
    account(row)[1..].parse().unwrap()
}
