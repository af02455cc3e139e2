//! Rows as columns: everything that is frozen about a row, gathered from the graph when its block is written.
//!
//! Only twenty bytes of a row are kept in memory; what a block holds is worked out from the graph block by block, and
//! comes out the same every time.

use std::collections::HashMap;

use columns::{Batch, BatchError, Column, IntBuilder, ListBuilder, TextBuilder};
use domain::advice::{Checks, Guide};
use domain::inventory::Family;
use domain::policy::check::CheckStatus;
use domain::risk::{Factor, Risk};
use domain::user::User;
use jiff::Timestamp;
use serde_json::json;

use crate::advice::{self, AdviceColumns};
use crate::loading::evidence::enrich;
use crate::loading::evidence::entitlements::Entitlements;
use crate::loading::evidence::peers::Peers;
use crate::loading::graph::{Graph, NONE};
use crate::loading::layout::{Order, Reviewers, Row};
use crate::loading::paths::scope;
use crate::loading::paths::ways::{Asked, Ways};
use crate::loading::people::directory::Directory;
use crate::loading::people::{identity_of, own_access, subjects};
use crate::policy::checker::{Checker, Outcome};
use crate::review::row::own;

/// Columns that are read for single rows only: the smallest form wins.
pub(crate) const COLD: [&str; 5] = ["path", "entitlements.*", advice::EVIDENCE, own::IDS, own::NAMES];

/// Columns that mostly say what another says: an account is called as its owner is, and comes from where its application does.
pub(crate) const ALIKE: [(&str, &str); 4] = [
    ("owner.id", "source.owner_id"),
    ("owner.name", "source.display_name"),
    ("owner.*", "source.*"),
    ("destination.*", "source.*"),
];

/// What all rows of a review have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    /// How they are arranged.
    pub(crate) order: Order,
    /// What the query of a certification asks for.
    pub(crate) asked: Option<&'a Asked>,
    /// Which identities are users.
    pub(crate) directory: &'a Directory,
    /// The instant that ages are judged by.
    pub(crate) as_of: Timestamp,
    /// The policies that they are checked against.
    pub(crate) checker: &'a Checker,
}

/// Turns ranges of rows into batches.
pub(crate) struct Renderer<'a> {
    graph: &'a Graph,
    peers: &'a Peers,
    reviewers: &'a Reviewers,
    frame: Frame<'a>,
    ways: Option<Ways<'a>>,
    /// Groups, roles and hops as JSON, by node.
    texts: HashMap<u32, String>,
}

impl<'a> Renderer<'a> {
    /// For one review.
    pub(crate) fn new(graph: &'a Graph, peers: &'a Peers, reviewers: &'a Reviewers, frame: Frame<'a>) -> Self {
        let ways = frame.asked.map(|asked| Ways::new(graph, asked));
        Self { graph, peers, reviewers, frame, ways, texts: HashMap::new() }
    }

    /// The columns of `rows`, with those `beside` them that the renderer cannot know.
    ///
    /// # Errors
    /// When columns do not fit together: a bug.
    pub(crate) fn block(&mut self, rows: &[Row], beside: Vec<Column>) -> Result<Batch, BatchError> {
        let sources: Vec<u32> = rows.iter().map(|row| row.source).collect();
        let destinations: Vec<u32> = rows.iter().map(|row| row.destination).collect();
        let mut columns = scope::gather(self.graph, "source", &sources);
        columns.extend(self.destinations(&sources, &destinations));
        columns.extend(self.owners(&sources));
        columns.extend(self.permissions(rows));
        columns.extend(self.entitlements(&sources));
        columns.push(self.assigned(rows));
        columns.extend(self.subjects(&sources));
        columns.extend(beside);
        columns.retain(|column| !self.hides(column));
        columns.extend(self.ways(rows, &sources));
        let mut batch = Batch::new(rows.len());
        self.add(&mut batch, columns)?;
        // What is frozen so far is what policies are checked on, now and whenever somebody looks.
        let checks = self.frame.checker.check(&batch, 0..rows.len())?;
        let mut judged = self.judged(&sources, &checks);
        judged.retain(|column| !self.hides(column));
        self.add(&mut batch, judged)?;
        Ok(batch)
    }

    /// Whether an alias of the query has taken the name of a column that is told beside rows anyway.
    fn hides(&self, column: &Column) -> bool {
        self.frame.asked.is_some_and(|asked| asked.joins.hides(&column.name))
    }

    /// Who else than source and owner the subject of a row is: what judges whether people review their own access.
    fn subjects(&self, sources: &[u32]) -> [Column; 2] {
        let Frame { asked, directory, .. } = self.frame;
        let joins = asked.map(|asked| &asked.joins);
        let is_owner_told = joins.is_none_or(|joins| !joins.hides("owner.id"));
        let [mut ids, mut names] = [ListBuilder::new(), ListBuilder::new()];
        for source in sources {
            let told = identity_of(self.graph, *source).filter(|_| is_owner_told);
            let mut nodes = subjects(self.graph, directory, joins, *source);
            nodes.retain(|node| node != source && Some(*node) != told);
            if nodes.is_empty() {
                ids.push_absent();
                names.push_absent();
            } else {
                let own = own_access(self.graph, nodes);
                ids.push(Some(&own.ids));
                names.push(Some(&own.names));
            }
        }
        [ids.finish(own::IDS), names.finish(own::NAMES)]
    }

    /// Adds columns that say something about some row.
    fn add(&self, batch: &mut Batch, columns: Vec<Column>) -> Result<(), BatchError> {
        columns.into_iter().filter(|column| column.absent() < column.rows()).try_for_each(|column| batch.push(column))
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

    /// What accounts hold, as it is shown beside a row of a campaign.
    fn entitlements(&mut self, sources: &[u32]) -> [Column; 2] {
        let [mut groups, mut roles] = [ListBuilder::new(), ListBuilder::new()];
        for source in sources {
            match self.account(*source).filter(|_| self.frame.order == Order::AccountName) {
                Some(held) => {
                    groups.push(Some(held.groups.iter().map(|group| self.text(*group)).collect::<Vec<_>>()));
                    roles.push(Some(held.roles.iter().map(|role| self.text(*role)).collect::<Vec<_>>()));
                }
                None => {
                    groups.push_absent();
                    roles.push_absent();
                }
            }
        }
        [groups.finish("entitlements.groups"), roles.finish("entitlements.roles")]
    }

    /// What an account holds; `None` for what is no account.
    fn account(&self, source: u32) -> Option<Entitlements> {
        let is_account = self.graph.family_of(source) == Some(Family::Account);
        is_account.then(|| Entitlements::listed(self.graph, self.peers.held(source)))
    }

    /// How accounts meet the policies, how risky they are, and what a reviewer of them is advised.
    fn judged(&self, sources: &[u32], checks: &[Vec<Outcome>]) -> Vec<Column> {
        let (graph, peers, as_of) = (self.graph, self.peers, self.frame.as_of);
        let (mut risks, mut policies) = (RiskColumns::default(), PolicyColumns::default());
        let (mut advice, guide) = (AdviceColumns::default(), Guide::default());
        for (source, outcomes) in sources.iter().zip(checks) {
            let checks = counted(outcomes);
            policies.push(checks);
            let held = self.account(*source);
            let risk = held.and_then(|held| enrich::risk(graph, peers, *source, &held, as_of, checks));
            risks.push(risk.as_ref());
            let judged = risk.as_ref().filter(|_| self.frame.order == Order::AccountName);
            let evidence = judged.map(|risk| enrich::evidence(graph, peers, *source, risk, as_of, checks));
            advice.push(evidence, &guide, as_of);
        }
        let mut columns = risks.finish();
        columns.extend(policies.finish());
        columns.extend(advice.finish());
        columns
    }

    /// What rows of a query tell of the way from source to destination, and what is joined to them.
    fn ways(&mut self, rows: &[Row], sources: &[u32]) -> Vec<Column> {
        let Some(ways) = &mut self.ways else { return Vec::new() };
        let (mut columns, found) = ways.columns(rows, sources);
        let mut paths = ListBuilder::new();
        for path in found {
            paths.push(Some(path.into_iter().map(|hop| self.text(hop)).collect::<Vec<_>>()));
        }
        columns.push(paths.finish("path"));
        columns
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

/// The batch groups of rows, nought for none; no column where no row is in one.
pub(crate) fn group_column(rows: usize, groups: &[u32]) -> Option<Column> {
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

/// How many policies are met and failed, of those that cover an account; `None` when none does.
fn counted(outcomes: &[Outcome]) -> Option<Checks> {
    let count = |status| outcomes.iter().filter(|outcome| outcome.check.status == status).count();
    let [pass, fail] = [CheckStatus::Pass, CheckStatus::Fail].map(|status| u32::try_from(count(status)));
    let checks = Checks { pass: pass.unwrap_or(u32::MAX), fail: fail.unwrap_or(u32::MAX) };
    (!outcomes.is_empty()).then_some(checks)
}

/// How rows meet policies, in columns.
#[derive(Default)]
struct PolicyColumns {
    met: IntBuilder,
    failed: IntBuilder,
}

impl PolicyColumns {
    fn push(&mut self, checks: Option<Checks>) {
        self.met.push(checks.map(|checks| i64::from(checks.pass)));
        self.failed.push(checks.map(|checks| i64::from(checks.fail)));
    }

    fn finish(self) -> [Column; 2] {
        [self.met.finish("policies.pass"), self.failed.finish("policies.fail")]
    }
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
