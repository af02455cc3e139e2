//! What automations cost: a run over every row of a certification, and trying one out beforehand.

use std::time::{Duration, Instant};

use app::automate::{self, Over, TrialInput, Tried};
use app::automation::{self, ContentInput};
use app::certification;
use app::deps::Message;
use app::loading::materialise;
use app::workflow;
use bench::figure::Figure;
use domain::automation::{ActionParts, AttachmentBehavior, Criteria, DisplayStyle};
use domain::ids::{ReviewId, WorkflowId};
use domain::inventory::{Family, Node, Value};
use domain::query::{NodeSet, NodeSpec, Query};
use domain::row::Decision;
use engine::Usage;

use crate::world::World;
use crate::{Failure, cost};

/// How many rows the certification has unless another number is asked for.
pub(crate) const ROWS: usize = 100_000;
/// How long a call may take, in seconds.
const CALL_SECONDS: f64 = 29.0;
/// How long a worker has, in seconds.
const WORKER_SECONDS: f64 = 900.0;

/// Measures a dry run and a run over a certification of so many rows. Fails when either counts other rows than the inventory
/// has.
pub(crate) async fn run(rows: usize) -> Result<Vec<Figure>, Failure> {
    let (world, pictures) = cost::taken_in(rows).await?;
    let workflow = workflow_of_accounts(&world).await?;
    let first = certification_of(&world, workflow).await?;
    for message in world.messages() {
        work(&world, &message).await?;
    }
    let accounts: Vec<&Node> =
        pictures.iter().flat_map(|picture| &picture.nodes).filter(|node| is_account(node)).collect();
    let privileged = count(accounts.iter().filter(|node| flag(node, "privileged") == Some(true)).count());
    let either = |node: &&&Node| flag(node, "privileged") == Some(true) || flag(node, "mfa_enabled") == Some(false);
    let either = count(accounts.iter().filter(either).count());

    let (rejects, marks) = (rejecting(), marking());
    let mut figures = tried_out(&world, first, &rejects, rows, privileged).await?;
    for content in [rejects, marks] {
        automation::create(&world.deps, &world.call(), content).await?;
    }
    figures.extend(carried_out(&world, workflow, rows, either).await?);
    Ok(figures)
}

async fn tried_out(
    world: &World,
    review: ReviewId,
    content: &ContentInput,
    rows: usize,
    expected: f64,
) -> Result<Vec<Figure>, Failure> {
    let cold = world.cold();
    world.usage();
    let started = Instant::now();
    let what = Tried::Given(Box::new(content.clone()));
    let input = TrialInput { what, over: Over::Certification(review), shown: automate::MAX_SHOWN };
    let trial = automate::test(&cold, &world.call(), input).await?;
    let (seconds, usage) = (started.elapsed().as_secs_f64(), world.usage());
    let whole = trial.examined == trial.total;
    if trial.total as usize != rows || whole && f64::from(trial.matched) != expected {
        return Err(format!("{expected} of {rows} rows are privileged, and a dry run tells {trial:?}").into());
    }
    let figure = |what: &str, value, unit| Figure::new(format!("dry_run.{what}"), value, unit, rows);
    Ok(vec![
        figure("examined", f64::from(trial.examined), "rows"),
        figure("rows_matched", f64::from(trial.matched), "rows"),
        figure("read_units", usage.read_units(), "units"),
        figure("write_units", usage.write_units(), "units").at_most(0.0),
        figure("requests", requests(&usage), "requests"),
        figure("seconds", seconds, "s").at_most(CALL_SECONDS),
    ])
}

async fn carried_out(world: &World, workflow: WorkflowId, rows: usize, expected: f64) -> Result<Vec<Figure>, Failure> {
    let review = certification_of(world, workflow).await?;
    for message in world.messages() {
        work(world, &message).await?;
    }
    world.usage();
    let started = Instant::now();
    let mut deliveries = 0;
    loop {
        let messages = world.messages();
        if messages.is_empty() {
            break;
        }
        for message in messages {
            deliveries += 1;
            work(world, &message).await?;
        }
    }
    let (seconds, usage) = (started.elapsed().as_secs_f64(), world.usage());
    let runs = automate::runs(&world.deps, &world.call(), review).await?;
    let changed: f64 = runs.iter().map(|run| count(usize::try_from(run.rows_changed).unwrap_or(usize::MAX))).sum();
    if changed != expected {
        return Err(format!("{expected} rows are to be changed, and a run tells {runs:?}").into());
    }
    let figure = |what: &str, value, unit| Figure::new(format!("automation.{what}"), value, unit, rows);
    Ok(vec![
        figure("rows_changed", changed, "rows"),
        figure("deliveries", count(deliveries), "messages"),
        figure("read_units", usage.read_units(), "units"),
        figure("write_units", usage.write_units(), "units"),
        figure("write_units_per_row_changed", usage.write_units() / changed.max(1.0), "units"),
        figure("requests", requests(&usage), "requests"),
        figure("seconds", seconds, "s").at_most(WORKER_SECONDS),
    ])
}

/// Works on a message of a review that is being begun.
async fn work(world: &World, message: &Message) -> Result<(), Failure> {
    let left = || Duration::from_secs(3600);
    match message {
        Message::Materialise { job } => _ = materialise::work(&world.deps, *job, &left).await?,
        Message::Automate { job } => _ = automate::work(&world.deps, *job, &left).await?,
        other => return Err(format!("{other:?} is nothing that is measured here").into()),
    }
    Ok(())
}

/// Every account with the application that it lives in: a row for each.
async fn workflow_of_accounts(world: &World) -> Result<WorkflowId, Failure> {
    let set = |node_type: &str| NodeSet {
        nodes: vec![NodeSpec { node_type: node_type.to_owned(), ..NodeSpec::default() }],
        ..NodeSet::default()
    };
    let query = Query {
        source_node_types: set(Family::Account.default_node_type()),
        destination_node_types: set(Family::Application.default_node_type()),
        ..Query::default()
    };
    let input = workflow::CreateInput {
        name: "Accounts".to_owned(),
        description: String::new(),
        notes: String::new(),
        owner: None,
        query,
    };
    Ok(workflow::create(&world.deps, &world.call(), input).await?.id)
}

async fn certification_of(world: &World, workflow: WorkflowId) -> Result<ReviewId, Failure> {
    let input = certification::CreateInput {
        workflow,
        name: None,
        notes: String::new(),
        due_date: None,
        source: Some(certification::Source::Current),
        reviewer_assignment: None,
        automations: Vec::new(),
        sources_acknowledged: false,
        identities: Vec::new(),
    };
    Ok(certification::create(&world.deps, &world.call(), input).await?.certification.id)
}

/// Rejects what is privileged, with a note, for good.
fn rejecting() -> ContentInput {
    let action = ActionParts {
        decision: Some(Decision::Rejected),
        signed_off: Some(true),
        notes: "Privileged access is asked for anew".to_owned(),
        ..ActionParts::default()
    };
    always("Privileged", "source.privileged eq true", action)
}

/// Marks what has no second factor.
fn marking() -> ContentInput {
    let action = ActionParts { style: Some(DisplayStyle::Highlight), ..ActionParts::default() };
    always("No second factor", "source.mfa_enabled eq false", action)
}

fn always(name: &str, filter: &str, action: ActionParts) -> ContentInput {
    ContentInput {
        name: name.to_owned(),
        attachment: AttachmentBehavior { attach_to_new_workflows: true, opt_in: false },
        criteria: Criteria { filter: filter.to_owned(), mutable_filter: String::new() },
        action,
        ..ContentInput::default()
    }
}

fn is_account(node: &Node) -> bool {
    node.family == Family::Account
}

fn flag(node: &Node, name: &str) -> Option<bool> {
    match node.attributes.get(name) {
        Some(Value::Bool(flag)) => Some(*flag),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures are shown with four digits")]
fn count(value: usize) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "figures are shown with four digits")]
fn requests(usage: &Usage) -> f64 {
    usage.requests() as f64
}
