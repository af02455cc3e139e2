//! What queries over a large inventory cost: memory for its graph, and time for rows and explanations.
//!
//! The inventory is one of nested groups, some in circles: an account is in eight groups, every group in another one, and
//! one in four holds a role, which gives permissions on a resource. People come from a data source of their own.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use app::deps::Message;
use app::loading::ingestion::ingest;
use app::loading::{materialise, measure};
use app::review::{self, AccessInput};
use app::{certification, workflow};
use bench::figure::Figure;
use domain::ids::{DataSourceId, RowId};
use domain::inventory::{Edge, Family, Node, PermissionSet, Picture, Value};
use domain::query::{NodeSet, NodeSpec, NodesOperator, Query};

use crate::world::World;
use crate::{Failure, memory};

/// How many edges the inventory has unless another number is asked for.
pub(crate) const EDGES: usize = 1_000_000;
/// Loaded edges for each account.
const EDGES_PER_ACCOUNT: usize = 10;
const GROUPS_OF_AN_ACCOUNT: usize = 8;
const ACCOUNTS_PER_GROUP: usize = 50;
const RESOURCES: u32 = 2_000;
const ROLES: u32 = 1_000;
/// The memory that a worker has, in bytes.
const WORKER_BYTES: f64 = 3_008.0 * 1_048_576.0;
/// The memory that a function behind the API has, in bytes.
const API_BYTES: f64 = 1_024.0 * 1_048_576.0;

/// Loads an inventory of about so many edges and has another process measure it, which holds nothing else in memory.
/// `more` is told to that process.
pub(crate) async fn run(edges: usize, more: &[&str]) -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("bench-graph-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let path = folder.join("table.db");
    let world = World::new()?;
    for (id, picture) in inventory(edges)? {
        ingest::put_picture(&world.deps, &world.call(), DataSourceId::new(id)?, picture).await?;
    }
    world.engine.backup(&path)?;
    let own = std::env::current_exe()?;
    let edges = edges.to_string();
    let status = Command::new(own).args(["graph", "--edges", &edges, "--table"]).arg(&path).args(more).status();
    std::fs::remove_dir_all(&folder)?;
    if status?.success() { Ok(()) } else { Err("the measuring process has failed".into()) }
}

/// Measures the inventory in a table.
pub(crate) async fn measure(path: &Path, edges: usize) -> Result<Vec<Figure>, Failure> {
    let world = World::at(path)?;
    let figure = |name: &str, value: f64, unit| Figure::new(format!("graph.{name}"), value, unit, edges);
    let deps = world.cold();
    world.usage();
    let (before, started) = (memory::held()?, Instant::now());
    let mut loaded = measure::load(&deps).await?;
    let mut figures = vec![
        figure("load.seconds", started.elapsed().as_secs_f64(), "s"),
        figure("load.read_units", world.usage().read_units(), "units"),
        figure("load.peak_bytes", memory::peak()? - before, "bytes").at_most(WORKER_BYTES),
        figure("nodes", count(loaded.nodes()), "nodes"),
        figure("edges", count(loaded.edges()), "edges"),
        figure("bytes_per_edge", count(loaded.edge_bytes()) / count(loaded.edges()), "bytes").at_most(12.0),
    ];
    for (name, query) in queries() {
        let started = Instant::now();
        let rows = loaded.rows(&query)?;
        let seconds = started.elapsed().as_secs_f64();
        figures.push(figure(&format!("{name}.rows"), count(rows), "rows"));
        figures.push(figure(&format!("{name}.rows_per_second"), count(rows) / seconds, "rows/s"));
    }
    drop(loaded);
    figures.extend(certify(&world, edges).await?);
    Ok(figures)
}

/// Builds a certification with path summaries as the worker does, and explains one of its rows.
async fn certify(world: &World, edges: usize) -> Result<Vec<Figure>, Failure> {
    let figure = |name: &str, value: f64, unit| Figure::new(format!("graph.{name}"), value, unit, edges);
    let deps = world.cold();
    let Some((_, mut query)) = queries().into_iter().next() else { return Ok(Vec::new()) };
    query.path_summary_node_types = Some(nodes("Role"));
    let input = workflow::CreateInput { name: "Bench".to_owned(), query, ..workflow::CreateInput::default() };
    let workflow = workflow::create(&deps, &world.call(), input).await?.id;
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
    let id = certification::create(&deps, &world.call(), input).await?.certification.id;
    world.usage();
    memory::forget_peak()?;
    let (before, started) = (memory::held()?, Instant::now());
    for message in world.messages() {
        if let Message::Materialise { job } = message {
            materialise::work(&deps, job, &|| std::time::Duration::from_secs(3600)).await?;
        }
    }
    let (seconds, usage) = (started.elapsed().as_secs_f64(), world.usage());
    let rows = certification::get(&deps, &world.call(), id).await?.total;
    let rows = count(usize::try_from(rows)?).max(1.0);
    let mut figures = vec![
        figure("materialise.rows_per_second", rows / seconds, "rows/s"),
        figure("materialise.write_units_per_row", usage.write_units() / rows, "units").at_most(0.15),
        figure("materialise.peak_bytes", memory::peak()? - before, "bytes").at_most(WORKER_BYTES),
    ];
    let deps = world.cold();
    world.usage();
    memory::forget_peak()?;
    let (before, started) = (memory::held()?, Instant::now());
    let input = AccessInput { review: id, row: RowId(0), snapshot: None };
    let explained = review::access_graph(&deps, &world.call(), input).await?;
    figures.extend([
        figure("explain.seconds_cold", started.elapsed().as_secs_f64(), "s"),
        figure("explain.read_units_cold", world.usage().read_units(), "units"),
        figure("explain.nodes", count(explained.nodes.len()), "nodes"),
        figure("explain.peak_bytes", memory::peak()? - before, "bytes").at_most(API_BYTES),
    ]);
    let started = Instant::now();
    review::access_graph(&deps, &world.call(), input).await?;
    figures.extend([
        figure("explain.seconds_warm", started.elapsed().as_secs_f64(), "s"),
        figure("explain.read_units_warm", world.usage().read_units(), "units"),
    ]);
    Ok(figures)
}

/// What is asked, plainly first.
fn queries() -> Vec<(&'static str, Query)> {
    let set = |node_type: &str| NodeSet {
        nodes: vec![NodeSpec { node_type: node_type.to_owned(), ..NodeSpec::default() }],
        nodes_operator: NodesOperator::And,
    };
    let plain =
        || Query { source_node_types: set("Account"), destination_node_types: set("Resource"), ..Query::default() };
    vec![
        ("plain", plain()),
        ("required", Query { required_intermediate_node_types: nodes("Group"), ..plain() }),
        ("avoided", Query { avoided_intermediate_node_types: nodes("Role"), ..plain() }),
        ("waypoint", Query { waypoint_node_types: Some(nodes("Role")), ..plain() }),
    ]
}

fn nodes(node_type: &str) -> NodeSet {
    NodeSet {
        nodes: vec![NodeSpec { node_type: node_type.to_owned(), ..NodeSpec::default() }],
        nodes_operator: NodesOperator::And,
    }
}

/// Two data sources: the people, and what they have access to.
fn inventory(edges: usize) -> Result<[(&'static str, Picture); 2], Failure> {
    let accounts = u32::try_from((edges / EDGES_PER_ACCOUNT).max(100))?;
    let groups = (accounts / u32::try_from(ACCOUNTS_PER_GROUP)?).max(8);
    let mut random = fastrand::Rng::with_seed(1);
    let text = |value: String| Value::Text(value);
    let mut people = Picture { name: "People".to_owned(), ..Picture::default() };
    people.permission_sets.push(PermissionSet::default());
    let mut vaults = Picture { name: "Vaults".to_owned(), ..Picture::default() };
    for read in ["", "secret.read", "secret.write"] {
        let names = |name: &str| if name.is_empty() { Vec::new() } else { vec![name.to_owned()] };
        let effective = if read.ends_with("write") { "Update" } else { "Read" };
        let effective = names(if read.is_empty() { "" } else { effective });
        vaults.permission_sets.push(PermissionSet { raw: names(read), effective });
    }
    for number in 0..accounts {
        let email = format!("person{number}@corp.example");
        let mut person = Node::new(Family::Identity, format!("p{number:07}"));
        person.attributes.insert("email".to_owned(), text(email.clone()));
        person.attributes.insert("department".to_owned(), text(format!("Department {}", number % 97)));
        people.nodes.push(person);
        let mut account = Node::new(Family::Account, format!("a{number:07}"));
        account.attributes.insert("application_id".to_owned(), text("vaults".to_owned()));
        account.attributes.insert("email".to_owned(), text(email));
        vaults.nodes.push(account);
    }
    let [first_group, first_role, first_resource] = [accounts, accounts + groups, accounts + groups + ROLES];
    vaults.nodes.extend((0..groups).map(|number| Node::new(Family::Group, format!("g{number:06}"))));
    vaults.nodes.extend((0..ROLES).map(|number| Node::new(Family::Role, format!("r{number:04}"))));
    vaults.nodes.extend((0..RESOURCES).map(|number| Node::new(Family::Resource, format!("s{number:04}"))));
    vaults.nodes.push(Node::new(Family::Application, "vaults"));
    let mut lead = |from: u32, to: u32, permissions: u32| {
        if from != to {
            vaults.edges.push(Edge { from, to, permissions });
        }
    };
    for account in 0..accounts {
        for _ in 0..GROUPS_OF_AN_ACCOUNT {
            lead(account, first_group + random.u32(..groups), 0);
        }
        for _ in GROUPS_OF_AN_ACCOUNT..EDGES_PER_ACCOUNT {
            lead(account, first_resource + random.u32(..RESOURCES), 1);
        }
    }
    for group in 0..groups {
        // Upwards in a wide tree, but for one in a hundred, which leads back down.
        let above = if group % 100 == 99 { random.u32(..groups) } else { group / 8 };
        lead(first_group + group, first_group + above, 0);
        if group % 4 == 3 {
            lead(first_group + group, first_role + random.u32(..ROLES), 0);
        }
    }
    for role in 0..ROLES {
        lead(first_role + role, first_resource + random.u32(..RESOURCES), 1 + role % 2);
    }
    Ok([("people", people), ("vaults", vaults)])
}

#[expect(clippy::cast_precision_loss, reason = "figures are shown with four digits")]
fn count(value: usize) -> f64 {
    value as f64
}
