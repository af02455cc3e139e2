//! The accounts that a campaign covers, and the query builder's trial run.

use columns::Bits;
use domain::inventory::Family;
use domain::review::{CampaignQuery, Scope};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{MAX_ROWS, Pair, conditions};
use crate::deps::Deps;
use crate::error::{Error, Fault};
use crate::loading::graph::{Graph, NONE, Walker};
use crate::loading::sources::current;

/// How many sample accounts a trial run shows.
const SAMPLES: usize = 5;

/// What a trial run of the query builder found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryTest {
    /// How many accounts the conditions select.
    pub count: u64,
    /// The first few of them, by account name and then id.
    pub samples: Vec<SampleAccount>,
}

/// An account that a trial run shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleAccount {
    /// Its id.
    pub id: String,
    /// Its name.
    pub account_name: String,
    /// Its e-mail address.
    pub email: Option<String>,
    /// Whether it is in use.
    pub status: Option<String>,
    /// Where its holder works.
    pub department: Option<String>,
}

/// A field of the query builder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryField {
    /// `account`, `owner`, `group`, `role` or `classification`.
    pub entity: &'static str,
    /// Its name.
    pub field: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// `string`, `boolean`, `number` or `date`.
    pub kind: &'static str,
    /// The operators it offers.
    pub operators: Vec<&'static str>,
}

/// Everything that the query builder offers, by entity, in the order in which it is shown.
pub fn query_fields() -> Vec<QueryField> {
    let field = |field: &predicate::catalogue::CatalogueField| QueryField {
        entity: field.entity,
        field: field.field,
        label: field.label,
        kind: field.kind.name(),
        operators: field.operators.iter().filter_map(|operator| predicate::query::word(*operator)).collect(),
    };
    let entities = predicate::query::ENTITIES.into_iter();
    entities.flat_map(predicate::catalogue::of_entity).map(field).collect()
}

/// Everything that is wrong with the conditions, with paths such as `inclusion_filters[0].operator`.
pub fn check_campaign_query(query: &CampaignQuery) -> Vec<Fault> {
    conditions::parse(query).err().unwrap_or_default()
}

/// Those of `ids` that name no application of the current inventory.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn unknown_applications(deps: &Deps, ids: &[String]) -> Result<Vec<String>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let graph = current::nodes(deps, &[Family::Application]).await?;
    let unknown = |id: &&String| graph.find(Family::Application, id, None).is_none();
    Ok(ids.iter().filter(unknown).cloned().collect())
}

/// Tries conditions on the inventory as it is now. Nothing is stored. Without a condition that includes nothing is
/// found: a query builder asks while its form is still empty.
///
/// # Errors
/// [`Error::Invalid`] for conditions that cannot be evaluated.
pub async fn test_query(deps: &Deps, query: &CampaignQuery, now: Timestamp) -> Result<QueryTest, Error> {
    let selection = conditions::parse(query).map_err(Error::Invalid)?;
    if !selection.includes() {
        return Ok(QueryTest { count: 0, samples: Vec::new() });
    }
    let graph = current::graph(deps).await?;
    let accounts = graph.family(Family::Account);
    let mut alive = Bits::ones(accounts.len());
    selection.narrow(&graph, now, &mut alive)?;
    let mut found: Vec<u32> =
        alive.ones_iter().map(|place| accounts.start + u32::try_from(place).unwrap_or(0)).collect();
    let count = found.len() as u64;
    found.sort_by_key(|account| (graph.name(*account), graph.id(*account)));
    found.truncate(SAMPLES);
    Ok(QueryTest { count, samples: found.into_iter().map(|account| sample(&graph, account)).collect() })
}

fn sample(graph: &Graph, account: u32) -> SampleAccount {
    let text = |name: &str| graph.text(account, name).map(str::to_owned);
    SampleAccount {
        id: graph.id(account).to_owned(),
        account_name: graph.name(account).to_owned(),
        email: text("email"),
        status: text("status"),
        department: text("department"),
    }
}

/// The accounts of a scope that the conditions select, each with the application it lives in and everything it may do
/// there. Without conditions the scope alone decides.
///
/// # Errors
/// [`Error::Invalid`] for conditions that cannot be evaluated, [`Error::TooLarge`] beyond [`MAX_ROWS`].
pub(crate) fn accounts(
    graph: &mut Graph,
    scope: &Scope,
    query: &CampaignQuery,
    as_of: Timestamp,
) -> Result<Vec<Pair>, Error> {
    let selection = conditions::parse(query).map_err(Error::Invalid)?;
    let accounts = graph.family(Family::Account);
    let mut alive = Bits::zeros(accounts.len());
    for (place, account) in accounts.clone().enumerate() {
        alive.set(place, in_scope(graph, scope, account));
    }
    selection.narrow(graph, as_of, &mut alive)?;
    if alive.count() > MAX_ROWS {
        return Err(Error::TooLarge(format!("the campaign covers more than {MAX_ROWS} accounts")));
    }
    let homes = Homes::of(graph);
    let mut walker = Walker::new(graph.len());
    let mut pairs = Vec::with_capacity(alive.count());
    for place in alive.ones_iter() {
        let account = accounts.start + u32::try_from(place).unwrap_or(0);
        pairs.push(homes.pair(graph, &mut walker, account));
    }
    Ok(pairs)
}

fn in_scope(graph: &Graph, scope: &Scope, account: u32) -> bool {
    let within = |list: &[String], name: &str, exact: bool| {
        list.is_empty()
            || graph.text(account, name).is_some_and(|held| {
                list.iter().any(|one| if exact { one == held } else { one.eq_ignore_ascii_case(held) })
            })
    };
    within(&scope.applications, "application_id", true) && within(&scope.account_types, "account_type", false)
}

/// The application that accounts and resources belong to.
pub(crate) struct Homes {
    first_resource: u32,
    of_resources: Vec<u32>,
}

impl Homes {
    /// The homes of all resources of a graph.
    pub(crate) fn of(graph: &Graph) -> Self {
        let resources = graph.family(Family::Resource);
        let of_resources = resources.clone().map(|node| graph.application_of(node).unwrap_or(NONE)).collect();
        Self { first_resource: resources.start, of_resources }
    }

    /// Whether a node is the application or one of its resources.
    pub(crate) fn is_part(&self, node: u32, application: u32) -> bool {
        let resource = node.checked_sub(self.first_resource).and_then(|at| self.of_resources.get(at as usize));
        node == application || resource == Some(&application)
    }

    /// An account with its application and everything it may do there, on resources of the application as well.
    pub(crate) fn pair(&self, graph: &mut Graph, walker: &mut Walker, account: u32) -> Pair {
        let Some(application) = graph.application_of(account) else {
            return Pair { source: account, destination: NONE, waypoint: NONE, set: 0 };
        };
        let (edges, sets) = graph.walkable();
        let reached = walker.reach(edges, sets, account, |node| self.is_part(node, application));
        let mut numbers: Vec<u32> = reached.iter().map(|reached| reached.set).collect();
        numbers.sort_unstable();
        numbers.dedup();
        Pair { source: account, destination: application, waypoint: NONE, set: sets.union(&numbers) }
    }
}

/// The conditions as JSON, for the record of what a review was built from.
pub(crate) fn record(query: &CampaignQuery) -> Value {
    let list =
        |conditions: &[domain::review::Condition]| conditions.iter().map(conditions::condition).collect::<Value>();
    json!({
        "inclusion_filters": list(&query.inclusion_filters),
        "exclusion_filters": list(&query.exclusion_filters),
    })
}
