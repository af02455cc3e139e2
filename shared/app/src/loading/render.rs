//! Rows as columns: everything that is frozen about a row, gathered from the graph when its block is written.
//!
//! Only sixteen bytes of a row are kept in memory; what a block holds is worked out from the graph block by block, and
//! comes out the same every time.

use std::collections::HashMap;

use columns::{Batch, BatchError, Column, IntBuilder, ListBuilder, TextBuilder};
use domain::advice::Guide;
use domain::inventory::Family;
use domain::risk::{Factor, Risk};
use domain::user::User;
use jiff::Timestamp;
use serde_json::json;

use super::enrich;
use super::entitlements::Entitlements;
use super::graph::{Graph, NONE, Walker};
use super::layout::{Order, Reviewers, Row};
use super::peers::Peers;
use super::people::identity_of;
use super::scope;
use crate::advice::{self, AdviceColumns};

/// Columns that are read for single rows only: the smallest form wins.
pub(crate) const COLD: [&str; 3] = ["path", "entitlements.*", advice::EVIDENCE];

/// Turns ranges of rows into batches.
pub(crate) struct Renderer<'a> {
    graph: &'a Graph,
    peers: &'a Peers,
    reviewers: &'a Reviewers,
    order: Order,
    as_of: Timestamp,
    walker: Walker,
    /// Groups, roles and hops as JSON, by node.
    texts: HashMap<u32, String>,
}

impl<'a> Renderer<'a> {
    /// For one review. `as_of` is the instant that ages are judged by.
    pub(crate) fn new(
        graph: &'a Graph,
        peers: &'a Peers,
        reviewers: &'a Reviewers,
        order: Order,
        as_of: Timestamp,
    ) -> Self {
        let walker = Walker::new(graph.len());
        Self { graph, peers, reviewers, order, as_of, walker, texts: HashMap::new() }
    }

    /// The columns of `rows`, with the numbers of their batch groups; nought, or no number at all, for none.
    ///
    /// # Errors
    /// When columns do not fit together: a bug.
    pub(crate) fn block(&mut self, rows: &[Row], groups: &[u32]) -> Result<Batch, BatchError> {
        let sources: Vec<u32> = rows.iter().map(|row| row.source).collect();
        let destinations: Vec<u32> = rows.iter().map(|row| row.destination).collect();
        let mut columns = scope::gather(self.graph, "source", &sources);
        columns.extend(self.destinations(&sources, &destinations));
        columns.extend(self.owners(&sources));
        columns.extend(self.permissions(rows));
        columns.extend(self.context(&sources));
        if self.order == Order::SourceType {
            columns.push(self.paths(rows));
        }
        columns.push(self.assigned(rows));
        columns.extend(group_column(rows.len(), groups));
        columns.retain(|column| column.absent() < column.rows());
        Batch::of(rows.len(), columns)
    }

    /// The destinations; an application that was not loaded is known by its id alone.
    fn destinations(&self, sources: &[u32], destinations: &[u32]) -> Vec<Column> {
        let mut columns = scope::gather(self.graph, "destination", destinations);
        if !destinations.contains(&NONE) {
            return columns;
        }
        let own = ["destination.id", "destination.name", "destination.type"];
        columns.retain(|column| !own.contains(&column.name.as_str()));
        let [mut ids, mut names, mut types] = [TextBuilder::new(), TextBuilder::new(), TextBuilder::new()];
        for (source, destination) in sources.iter().zip(destinations) {
            if *destination == NONE {
                let application = self.graph.text(*source, "application_id");
                ids.push(application);
                names.push(application);
                types.push(Some(Family::Application.default_node_type()));
            } else {
                ids.push(Some(self.graph.id(*destination)));
                names.push(Some(self.graph.name(*destination)));
                types.push(Some(self.graph.node_type(*destination)));
            }
        }
        columns.extend(own.into_iter().zip([ids, names, types]).map(|(name, column)| column.finish(name)));
        columns
    }

    /// The identities behind accounts, with the address of their managers.
    fn owners(&self, sources: &[u32]) -> Vec<Column> {
        let graph = self.graph;
        let owner = |source: &u32| identity_of(graph, *source).filter(|owner| owner != source).unwrap_or(NONE);
        let owners: Vec<u32> = sources.iter().map(owner).collect();
        let mut columns = scope::gather(graph, "owner", &owners);
        let mut managers = TextBuilder::new();
        for owner in owners {
            let manager = if owner == NONE { None } else { graph.manager_of(owner) };
            managers.push(manager.and_then(|manager| graph.text(manager, "email")));
        }
        columns.retain(|column| column.name != "owner.manager_email");
        columns.push(managers.finish("owner.manager_email"));
        columns
    }

    fn permissions(&self, rows: &[Row]) -> [Column; 2] {
        let [mut raw, mut effective] = [ListBuilder::new(), ListBuilder::new()];
        for row in rows {
            let set = self.graph.sets().get(row.set);
            raw.push(Some(&set.raw));
            effective.push(Some(&set.effective));
        }
        [effective.finish("abstract_permissions"), raw.finish("concrete_permissions")]
    }

    /// What accounts hold, how risky they are, and what a reviewer of them is advised.
    fn context(&mut self, sources: &[u32]) -> Vec<Column> {
        let graph = self.graph;
        let [mut groups, mut roles] = [ListBuilder::new(), ListBuilder::new()];
        let mut risks = RiskColumns::default();
        let (mut advice, guide) = (AdviceColumns::default(), Guide::default());
        for source in sources {
            if graph.family_of(*source) != Some(Family::Account) {
                groups.push_absent();
                roles.push_absent();
                risks.push(None);
                advice.push(None, &guide, self.as_of);
                continue;
            }
            let held = Entitlements::listed(graph, self.peers.held(*source));
            let risk = enrich::risk(graph, self.peers, *source, &held, self.as_of);
            risks.push(risk.as_ref());
            let judged = risk.as_ref().filter(|_| self.order == Order::AccountName);
            let evidence = judged.map(|risk| enrich::evidence(graph, self.peers, *source, risk, self.as_of));
            advice.push(evidence, &guide, self.as_of);
            if self.order == Order::AccountName {
                groups.push(Some(held.groups.iter().map(|group| self.text(*group)).collect::<Vec<_>>()));
                roles.push(Some(held.roles.iter().map(|role| self.text(*role)).collect::<Vec<_>>()));
            } else {
                groups.push_absent();
                roles.push_absent();
            }
        }
        let mut columns = risks.finish();
        columns.extend(advice.finish());
        columns.push(groups.finish("entitlements.groups"));
        columns.push(roles.finish("entitlements.roles"));
        columns
    }

    /// The hops between source and destination, on the shortest way.
    fn paths(&mut self, rows: &[Row]) -> Column {
        let mut paths = ListBuilder::new();
        let mut walked = None;
        for row in rows {
            if walked != Some(row.source) {
                self.walker.closure(self.graph.edges(), row.source, |_| true);
                walked = Some(row.source);
            }
            let path = self.walker.path(row.destination);
            let between = path.get(1..path.len().saturating_sub(1)).unwrap_or_default();
            paths.push(Some(between.iter().map(|hop| self.text(*hop)).collect::<Vec<_>>()));
        }
        paths.finish("path")
    }

    fn assigned(&self, rows: &[Row]) -> Column {
        let mut lists: HashMap<u32, Vec<String>> = HashMap::new();
        let mut column = ListBuilder::new();
        for row in rows {
            let list = lists
                .entry(row.reviewers)
                .or_insert_with(|| self.reviewers.get(row.reviewers).iter().map(reviewer).collect());
            column.push(Some(list.iter()));
        }
        column.finish("reviewers")
    }

    /// A node as JSON, as far as its family is shown beside a row.
    fn text(&mut self, node: u32) -> String {
        let graph = self.graph;
        self.texts.entry(node).or_insert_with(|| describe(graph, node)).clone()
    }
}

/// The batch groups of rows; none where no row is in one.
fn group_column(rows: usize, groups: &[u32]) -> Option<Column> {
    let numbered = groups.iter().any(|group| *group != 0);
    numbered.then(|| {
        let mut column = IntBuilder::new();
        (0..rows).for_each(|row| column.push(groups.get(row).copied().filter(|group| *group != 0).map(i64::from)));
        column.finish("batch.group")
    })
}

fn describe(graph: &Graph, node: u32) -> String {
    let (id, name) = (graph.id(node), graph.name(node));
    let source = graph.origin(node);
    let value = match graph.family_of(node) {
        Some(Family::Group) => json!({
            "id": id, "name": name, "type": graph.node_type(node),
            "is_high_privilege": graph.flag(node, "is_high_privilege").unwrap_or(false),
            "data_source_name": source.map(|source| source.name.as_str()),
        }),
        Some(Family::Role) => json!({
            "id": id, "name": name, "type": graph.node_type(node),
            "platform": graph.chunk(node).and_then(|(chunk, row)| scope::platform(graph, chunk, row)),
            "data_source_name": source.map(|source| source.name.as_str()),
        }),
        Some(Family::Identity | Family::Application | Family::Account | Family::Resource | Family::Classification)
        | None => json!({ "id": id, "name": name, "type": graph.node_type(node) }),
    };
    value.to_string()
}

fn reviewer(user: &User) -> String {
    crate::user::encode(user)
}

/// The risk of rows, in columns.
#[derive(Default)]
struct RiskColumns {
    scores: IntBuilder,
    levels: TextBuilder,
    triggered: ListBuilder,
    passing: ListBuilder,
}

impl RiskColumns {
    fn push(&mut self, risk: Option<&Risk>) {
        let codes = |factors: &[Factor]| factors.iter().map(|factor| factor.info().code).collect::<Vec<_>>();
        self.scores.push(risk.map(|risk| i64::from(risk.score)));
        self.levels.push(risk.map(|risk| risk.level().word()));
        self.triggered.push(risk.map(|risk| codes(&risk.triggered)));
        self.passing.push(risk.map(|risk| codes(&risk.passing)));
    }

    fn finish(self) -> Vec<Column> {
        vec![
            self.scores.finish("risk.score"),
            self.levels.finish("risk.level"),
            self.triggered.finish("risk.triggered"),
            self.passing.finish("risk.passing"),
        ]
    }
}
