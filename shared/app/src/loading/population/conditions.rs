//! Which accounts the query builder's conditions select.
//!
//! Conditions see an account with its owner, its groups and roles through any nesting, and its classifications, as
//! columns that are made for a thousand accounts at a time and only as far as a condition reads them.

use columns::{Batch, Bits, Column, IntBuilder, ListBuilder, TextBuilder};
use domain::inventory::Family;
use domain::review::{CampaignQuery, Condition, ConditionValue};
use jiff::Timestamp;
use predicate::{Checked, Dialect};
use serde_json::{Map, Value, json};

use crate::error::{Error, Fault};
use crate::loading::evidence::enrich;
use crate::loading::evidence::entitlements::Entitlements;
use crate::loading::evidence::peers::Peers;
use crate::loading::graph::{Graph, NONE, Walker};
use crate::loading::paths::scope;

/// Accounts that are looked at together.
const BATCH: usize = 1_024;
const MILLIS_PER_DAY: i64 = 86_400_000;

/// Reads conditions: those that include, then each of those that exclude.
///
/// # Errors
/// Everything that is wrong, with paths such as `inclusion_filters[0].operator`.
pub(crate) fn parse(query: &CampaignQuery) -> Result<Selection, Vec<Fault>> {
    let body = json!({
        "inclusion_filters": query.inclusion_filters.iter().map(condition).collect::<Vec<_>>(),
        "exclusion_filters": query.exclusion_filters.iter().map(condition).collect::<Vec<_>>(),
    });
    let whole = checked(&body)?;
    let excluded: Result<Vec<Checked>, Vec<Fault>> = query
        .exclusion_filters
        .iter()
        .map(|excluded| checked(&json!({ "inclusion_filters": [condition(excluded)] })))
        .collect();
    let includes = !query.inclusion_filters.is_empty();
    Ok(Selection { whole: includes.then_some(whole), excluded: excluded? })
}

pub(crate) fn condition(condition: &Condition) -> Value {
    let Condition { entity, field, operator, value } = condition;
    let mut body = Map::new();
    body.insert("entity".to_owned(), entity.as_str().into());
    body.insert("field".to_owned(), field.as_str().into());
    body.insert("operator".to_owned(), operator.as_str().into());
    let value = match value {
        None => None,
        Some(ConditionValue::Bool(value)) => Some(Value::from(*value)),
        Some(ConditionValue::Int(value)) => Some(Value::from(*value)),
        Some(ConditionValue::Float(value)) => Some(Value::from(*value)),
        Some(ConditionValue::Text(value)) => Some(Value::from(value.as_str())),
    };
    body.extend(value.map(|value| ("value".to_owned(), value)));
    Value::Object(body)
}

fn checked(body: &Value) -> Result<Checked, Vec<Fault>> {
    let faults = |faults: predicate::Faults| {
        let fault = |fault: predicate::Fault| Fault::new(fault.at.field.as_deref().unwrap_or("query"), fault.issue);
        faults.into_iter().map(fault).collect::<Vec<_>>()
    };
    let syntax = predicate::query::parse(body).map_err(faults)?;
    predicate::check(&predicate::lower(&syntax, Dialect::Query), &predicate::places::query()).map_err(faults)
}

/// Conditions that have been read.
#[derive(Debug)]
pub(crate) struct Selection {
    /// Inclusion and exclusion together; `None` when nothing includes.
    whole: Option<Checked>,
    /// Each exclusion alone.
    excluded: Vec<Checked>,
}

impl Selection {
    /// Whether any condition includes.
    pub(crate) fn includes(&self) -> bool {
        self.whole.is_some()
    }

    /// What one condition that has been checked selects.
    pub(crate) fn of(checked: Checked) -> Self {
        Self { whole: Some(checked), excluded: Vec::new() }
    }

    /// Clears the bits of accounts, counted from the first account on, that the conditions do not select. Without a
    /// condition that includes, only those that exclude are applied.
    ///
    /// # Errors
    /// [`Error::Bug`] when columns do not fit together.
    pub(crate) fn narrow(&self, graph: &Graph, as_of: Timestamp, alive: &mut Bits) -> Result<(), Error> {
        self.on(graph, as_of).narrow(alive)
    }

    /// The conditions ready to be tested on accounts of a graph, some of them at a time.
    pub(crate) fn on<'a>(&'a self, graph: &'a Graph, as_of: Timestamp) -> Narrowing<'a> {
        let tests: Vec<(&Checked, bool)> = match &self.whole {
            Some(whole) => vec![(whole, true)],
            None => self.excluded.iter().map(|excluded| (excluded, false)).collect(),
        };
        let needed = tests.iter().flat_map(|(test, _)| test.columns()).map(String::as_str).collect();
        Narrowing { view: View::new(graph, needed, as_of), tests }
    }
}

/// Conditions that are tested on accounts of a graph.
pub(crate) struct Narrowing<'a> {
    tests: Vec<(&'a Checked, bool)>,
    view: View<'a>,
}

impl Narrowing<'_> {
    /// Clears the bits of accounts, counted from the first account on, that the conditions do not select.
    ///
    /// # Errors
    /// [`Error::Bug`] when columns do not fit together.
    pub(crate) fn narrow(&mut self, alive: &mut Bits) -> Result<(), Error> {
        if self.tests.is_empty() {
            return Ok(());
        }
        let first = self.view.graph.family(Family::Account).start;
        let chosen: Vec<usize> = alive.ones_iter().collect();
        for places in chosen.chunks(BATCH) {
            let accounts: Vec<u32> = places.iter().map(|place| first + u32::try_from(*place).unwrap_or(0)).collect();
            let batch = self.view.batch(&accounts)?;
            for (test, wanted) in &self.tests {
                let holds = test.select(&batch);
                for (row, place) in places.iter().enumerate() {
                    if holds.get(row) != *wanted {
                        alive.set(*place, false);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Accounts as the columns that conditions read.
struct View<'a> {
    graph: &'a Graph,
    needed: Vec<&'a str>,
    as_of: Timestamp,
    walker: Walker,
    peers: Option<Peers>,
}

impl<'a> View<'a> {
    fn new(graph: &'a Graph, needed: Vec<&'a str>, as_of: Timestamp) -> Self {
        let mut walker = Walker::new(graph.len());
        let peers = needed.contains(&"risk.score").then(|| Peers::of(graph, &mut walker));
        Self { graph, needed, as_of, walker, peers }
    }

    fn needs(&self, prefix: &str) -> bool {
        self.needed.iter().any(|name| name.starts_with(prefix))
    }

    fn batch(&mut self, accounts: &[u32]) -> Result<Batch, Error> {
        let graph = self.graph;
        let wanted = |name: &str| self.needed.contains(&name);
        let mut columns = scope::gather_some(graph, "source", accounts, wanted);
        columns.push(self.age(accounts, "last_login_at", "source.login_age_days"));
        columns.push(self.age(accounts, "password_changed_at", "source.password_age_days"));
        if self.needs("owner.") {
            let owners: Vec<u32> = accounts.iter().map(|account| graph.owner_of(*account).unwrap_or(NONE)).collect();
            columns.extend(scope::gather_some(graph, "owner", &owners, wanted));
            columns.retain(|column| column.name != "owner.manager_email");
            columns.push(manager_emails(graph, &owners));
        }
        if self.needs("group.") || self.needs("role.") || self.peers.is_some() {
            columns.extend(self.entitlements(accounts));
        }
        if self.needs("classification.") {
            columns.extend(classifications(graph, accounts));
        }
        let batch = Batch::of(accounts.len(), columns);
        batch.map_err(|error| Error::Bug(format!("conditions cannot be evaluated: {error}")))
    }

    /// Whole days since an instant of the account.
    fn age(&self, accounts: &[u32], since: &str, name: &str) -> Column {
        let mut ages = IntBuilder::new();
        for account in accounts {
            let since = self.graph.time(*account, since);
            ages.push(since.map(|since| (self.as_of.as_millisecond() - since).div_euclid(MILLIS_PER_DAY)));
        }
        ages.finish(name)
    }

    fn entitlements(&mut self, accounts: &[u32]) -> Vec<Column> {
        let mut scores = IntBuilder::new();
        let (mut groups, mut roles) = (Vec::new(), Vec::new());
        for account in accounts {
            let held = Entitlements::of(self.graph, &mut self.walker, *account);
            let peers = self.peers.as_ref();
            let risk = peers.and_then(|peers| enrich::risk(self.graph, peers, *account, &held, self.as_of, None));
            scores.push(risk.map(|risk| i64::from(risk.score)));
            groups.push(held.groups);
            roles.push(held.roles);
        }
        let mut columns = vec![scores.finish("risk.score")];
        columns.extend(related(self.graph, "group", &groups, &["name", "is_high_privilege", "datasource_name"]));
        columns.extend(related(self.graph, "role", &roles, &["name", "platform", "datasource_name"]));
        columns
    }
}

fn manager_emails(graph: &Graph, owners: &[u32]) -> Column {
    let mut emails = TextBuilder::new();
    for owner in owners {
        let manager = if *owner == NONE { None } else { graph.manager_of(*owner) };
        emails.push(manager.and_then(|manager| graph.text(manager, "email")));
    }
    emails.finish("owner.manager_email")
}

/// Related nodes as lists that run side by side: the entry of each list at one place is one node's.
fn related(graph: &Graph, entity: &str, nodes: &[Vec<u32>], names: &[&str]) -> Vec<Column> {
    let mut columns = Vec::with_capacity(names.len() + 1);
    let mut ids = ListBuilder::new();
    for of_account in nodes {
        ids.push(Some(of_account.iter().map(|node| graph.id(*node))));
    }
    columns.push(ids.finish(format!("{entity}.id")));
    for name in names {
        let mut values = ListBuilder::new();
        for of_account in nodes {
            values.push(Some(of_account.iter().map(|node| attribute(graph, *node, name))));
        }
        columns.push(values.finish(format!("{entity}.{name}")));
    }
    columns
}

/// What a related node says under a name; empty when it says nothing.
fn attribute(graph: &Graph, node: u32, name: &str) -> String {
    match name {
        "datasource_name" => graph.origin(node).map(|origin| origin.name.clone()).unwrap_or_default(),
        "is_high_privilege" => graph.flag(node, name).unwrap_or(false).to_string(),
        "platform" => {
            let platform = graph.chunk(node).and_then(|(chunk, row)| scope::platform(graph, chunk, row));
            platform.unwrap_or_default().to_owned()
        }
        _ => graph.text(node, name).unwrap_or_default().to_owned(),
    }
}

fn classifications(graph: &Graph, accounts: &[u32]) -> Vec<Column> {
    let mut lists = [ListBuilder::new(), ListBuilder::new()];
    for account in accounts {
        let labels = graph.list(*account, "classifications");
        for list in &mut lists {
            list.push(Some(labels.iter()));
        }
    }
    let [ids, names] = lists;
    vec![ids.finish("classification.id"), names.finish("classification.name")]
}
