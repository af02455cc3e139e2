//! The one step that works on all rows at once: which rows there are, who reviews them, in which order they lie.
//!
//! It reads nothing but the graph and the frozen inputs and keeps twenty bytes a row beside the graph, so that a worker
//! which was interrupted simply does it again and comes to the same rows under the same numbers.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

use columns::{Batch, Column, Options, ZoneMap, ZoneOptions};
use domain::assignment::Rules;
use domain::ids::RowId;
use domain::inventory::Family;
use domain::policy::Policy;
use domain::query::Query;
use domain::review::{CampaignQuery, Scope};
use domain::settings::{IdentityProvider, OutlierDetection};
use domain::user::UserKey;
use jiff::Timestamp;
use serde_json::json;
use store::certification::Plan;
use store::lookup::IdentityHash;
use store::reach::Reach;

use crate::error::Error;
use crate::group;
use crate::loading::evidence::enrich;
use crate::loading::evidence::groups::{Groups, Judged};
use crate::loading::evidence::outliers::Outliers;
use crate::loading::evidence::past::Decided;
use crate::loading::evidence::peers::Peers;
use crate::loading::graph::{Graph, NONE, TYPE, Walker};
use crate::loading::jobs::building::{Instructions, OrderRecord};
use crate::loading::layout::{self, Order, Reviewers, Row};
use crate::loading::materialise::render::{ALIKE, COLD, Frame, Renderer, group_column};
use crate::loading::paths::join::Joins;
use crate::loading::paths::ways::Asked;
use crate::loading::people::Assigner;
use crate::loading::people::directory::Directory;
use crate::loading::population::{self, NamedIdentity, Pair, campaign, pairs};
use crate::policy::checker::Checker;
use crate::review::Frozen;
use crate::review::row::own;
use crate::same::Ends;

/// How hard zstd tries: blocks are written once and read often.
const ZSTD_LEVEL: i32 = 9;
/// What lists of certifications are sorted by unless somebody chooses otherwise.
const SOURCE_TYPE: &str = "source.type";
/// Columns of identifiers: their zone maps can tell that one is not there.
const BLOOMS: [&str; 3] = ["source.id", "destination.id", "source.email"];
/// Columns that nobody filters on.
const UNZONED: [&str; 16] = [
    own::IDS,
    own::NAMES,
    "outlier.peers",
    "outlier.holders",
    "outlier.threshold",
    "batch.group",
    "path",
    "entitlements.groups",
    "entitlements.roles",
    "reviewers",
    "risk.triggered",
    "risk.passing",
    "advice.decision",
    "advice.confidence",
    "advice.at",
    "advice.evidence",
];

/// What a review asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Question {
    /// Accounts in a scope, narrowed by conditions.
    Accounts {
        /// Applications and account types.
        scope: Scope,
        /// The query builder's conditions.
        query: CampaignQuery,
    },
    /// Pairs of nodes.
    Pairs {
        /// Which.
        query: Box<Query>,
        /// About whom alone; about everybody where nobody is named.
        named: Vec<NamedIdentity>,
    },
}

/// All rows of a review, ready to be written.
#[derive(Debug)]
pub(crate) struct Built {
    graph: Graph,
    directory: Directory,
    peers: Peers,
    reviewers: Reviewers,
    rows: Vec<Row>,
    order: Order,
    /// What the query of a certification asks for, and joins.
    asked: Option<Asked>,
    groups: Groups,
    outliers: Outliers,
    as_of: Timestamp,
    checker: Checker,
}

/// What was chosen about a review before it was built.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    /// Who reviews.
    pub(crate) rules: Rules,
    /// Whose identities the users are.
    pub(crate) provider: IdentityProvider,
    /// With whom access is compared.
    pub(crate) outliers: OutlierDetection,
}

/// A range of blocks in bytes, with their zone maps.
#[derive(Debug)]
pub(crate) struct Encoded {
    /// Blocks by number.
    pub(crate) blocks: Vec<(u32, Vec<u8>)>,
    /// The zone maps of all of them.
    pub(crate) zones: Vec<u8>,
}

/// Finds, assigns and arranges the rows of a review. `policies` are those that are applied to it, with their thresholds; `decided`
/// is what the review before it decided.
///
/// # Errors
/// [`Error::Invalid`] and [`Error::TooLarge`] for a question that cannot be answered: the reason why a start fails.
pub(crate) fn build(
    mut graph: Graph,
    question: &Question,
    chosen: &Chosen,
    policies: Vec<(Policy, Option<f64>)>,
    decided: &Decided,
    as_of: Timestamp,
) -> Result<Built, Error> {
    let (order, found, asked) = match question {
        Question::Accounts { scope, query } => {
            account_ids_are_unique(&graph)?;
            (Order::AccountName, campaign::accounts(&mut graph, scope, query, as_of)?, None)
        }
        Question::Pairs { query, named } => {
            let terms = population::terms(&graph, query)?;
            let found = pairs(&mut graph, &terms, named)?;
            let joins = Joins::of(&graph, &query.joined_nodes);
            (Order::SourceType, found, Some(Asked { terms, joins }))
        }
    };
    let peers = Peers::of(&graph, &mut Walker::new(graph.len())).with_past(&graph, decided);
    let joins = asked.as_ref().map(|asked| &asked.joins);
    let (rows, reviewers) = assigned(&graph, joins, chosen, order, &found);
    let outliers = Outliers::find(&graph, joins, &rows, &chosen.outliers);
    let checker = Checker::new(policies, as_of);
    let groups = Groups::default();
    let directory = Directory::new(&graph, chosen.provider.clone());
    let mut built = Built { graph, directory, peers, reviewers, rows, order, asked, groups, outliers, as_of, checker };
    if order == Order::AccountName {
        built.groups = Groups::form(&built.graph, &built.peers, &built.rows, &built.judged()?);
    }
    Ok(built)
}

fn assigned(
    graph: &Graph,
    joins: Option<&Joins>,
    chosen: &Chosen,
    order: Order,
    found: &[Pair],
) -> (Vec<Row>, Reviewers) {
    let directory = Directory::new(graph, chosen.provider.clone());
    let mut assigner = Assigner::new(graph, directory, joins, &chosen.rules);
    let mut rows: Vec<Row> = found
        .iter()
        .map(|pair| Row {
            source: pair.source,
            destination: pair.destination,
            waypoint: pair.waypoint,
            set: pair.set,
            reviewers: assigner.assign(*pair),
        })
        .collect();
    let reviewers = assigner.reviewers;
    layout::arrange(graph, &reviewers, order, &mut rows);
    (rows, reviewers)
}

/// An account id names a row, so it must not be in two data sources. Each load checks that; two loads at the same
/// moment can slip past each other, which is noticed here.
fn account_ids_are_unique(graph: &Graph) -> Result<(), Error> {
    if graph.origins().len() < 2 {
        return Ok(());
    }
    let accounts = graph.family(Family::Account);
    let mut seen = HashSet::with_capacity(accounts.len());
    for account in accounts {
        if !seen.insert(graph.id(account)) {
            let issue = format!("account `{}` is in more than one data source", graph.id(account));
            return Err(Error::invalid("inventory", issue));
        }
    }
    Ok(())
}

impl Built {
    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// How many blocks they take.
    pub(crate) fn blocks(&self) -> usize {
        layout::blocks(self.rows.len()).count()
    }

    /// The bytes of a range of blocks.
    ///
    /// # Errors
    /// [`Error::Bug`] when a block cannot be encoded.
    pub(crate) fn encode(&self, blocks: Range<usize>) -> Result<Encoded, Error> {
        let bug = |error: &dyn std::fmt::Display| Error::Bug(format!("a block cannot be encoded: {error}"));
        let mut renderer = self.renderer();
        let mut encoded = Vec::with_capacity(blocks.len());
        let mut zones = Vec::with_capacity(blocks.len());
        for number in blocks {
            let batch = renderer.block(self.rows_of(number), self.beside(number)).map_err(|error| bug(&error))?;
            zones.push(ZoneMap::of(&batch, ZoneOptions { blooms: &BLOOMS, skip: &UNZONED }));
            let options = Options { cold: &COLD, alike: &ALIKE, level: ZSTD_LEVEL };
            let bytes = columns::encode(&batch, &options).map_err(|error| bug(&error))?;
            encoded.push((u32::try_from(number).unwrap_or(u32::MAX), bytes));
        }
        let zones = columns::encode_zones(&zones).map_err(|error| bug(&error))?;
        Ok(Encoded { blocks: encoded, zones })
    }

    /// The columns of one block.
    ///
    /// # Errors
    /// [`Error::Bug`] when they do not fit together.
    pub(crate) fn batch(&self, block: usize) -> Result<Batch, Error> {
        let mut renderer = self.renderer();
        renderer
            .block(self.rows_of(block), self.beside(block))
            .map_err(|error| Error::Bug(format!("a block cannot be built: {error}")))
    }

    fn renderer(&self) -> Renderer<'_> {
        let Self { order, as_of, asked, directory, checker, .. } = self;
        let frame = Frame { order: *order, asked: asked.as_ref(), directory, as_of: *as_of, checker };
        Renderer::new(&self.graph, &self.peers, &self.reviewers, frame)
    }

    fn rows_of(&self, block: usize) -> &[Row] {
        let rows = layout::blocks(self.rows.len()).nth(block);
        rows.and_then(|rows| self.rows.get(rows)).unwrap_or_default()
    }

    /// How every account is judged: the same as its row will say. Where policies have a say, that is what the rows say.
    fn judged(&self) -> Result<Vec<Judged>, Error> {
        let mut judged = Vec::with_capacity(self.rows.len());
        if self.checker.is_empty() {
            let known = self.rows.iter().map(|row| enrich::judge(&self.graph, &self.peers, row.source, self.as_of));
            judged.extend(known.map(|(risk, advice)| Judged::of(&risk, &advice)));
            return Ok(judged);
        }
        let mut renderer = self.renderer();
        for block in 0..self.blocks() {
            let batch = renderer.block(self.rows_of(block), Vec::new());
            let batch = batch.map_err(|error| Error::Bug(format!("a block cannot be built: {error}")))?;
            let batch = Arc::new(batch);
            judged.extend((0..batch.rows()).map(|row| Judged::read(&Frozen::new(Arc::clone(&batch), row))));
        }
        Ok(judged)
    }

    /// What is told of the rows of a block that only all rows together tell: their batch groups, and how rare they are.
    fn beside(&self, block: usize) -> Vec<Column> {
        let Some(rows) = layout::blocks(self.rows.len()).nth(block) else { return Vec::new() };
        let mut columns = self.outliers.columns(rows.clone());
        columns.extend(group_column(rows.len(), self.groups.of(rows)));
        columns
    }

    /// The batch groups in bytes, as they share items.
    ///
    /// # Errors
    /// [`Error::Bug`] when they cannot be encoded.
    pub(crate) fn groups(&self) -> Result<Vec<Vec<u8>>, Error> {
        let bug = |error: &dyn std::fmt::Display| Error::Bug(format!("groups cannot be encoded: {error}"));
        let options = Options { cold: &group::COLD, alike: &[], level: ZSTD_LEVEL };
        let shares = self.groups.all.chunks(store::groups::GROUPS_PER_ITEM);
        shares
            .map(|groups| {
                let batch = group::batch(groups).map_err(|error| bug(&error))?;
                columns::encode(&batch, &options).map_err(|error| bug(&error))
            })
            .collect()
    }

    /// The identity of every row with its number.
    pub(crate) fn lookup(&self) -> Vec<(IdentityHash, RowId)> {
        let identity = |row: &Row| match self.order {
            Order::AccountName => IdentityHash::of(&[self.graph.id(row.source)]),
            Order::SourceType => pair_identity(&self.graph, row),
        };
        (0..).map(RowId).zip(&self.rows).map(|(number, row)| (identity(row), number)).collect()
    }

    /// The rows of every reviewer.
    pub(crate) fn reach(&self) -> Vec<(UserKey, Reach)> {
        layout::reach(&self.reviewers, &self.rows)
    }

    /// The applications that a campaign covers; none for a certification, whose rows are not accounts.
    pub(crate) fn applications(&self) -> BTreeSet<&str> {
        let application = |row: &Row| match row.destination {
            NONE => self.graph.text(row.source, "application_id"),
            destination => Some(self.graph.id(destination)),
        };
        match self.order {
            Order::AccountName => self.rows.iter().filter_map(application).collect(),
            Order::SourceType => BTreeSet::new(),
        }
    }

    /// How the rows are laid out. The header tells readers the order within a stretch of rows that share their first
    /// reviewer, how many stretches there are, in which columns all rows agree, and by which instructions reviewers were
    /// found. Where stretches lie it does not tell, because every reader pays for the header, and it would grow with the
    /// number of reviewers: the reach of each tells them their own.
    pub(crate) fn plan(&self, ordered: &OrderRecord) -> Plan {
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        let order = match self.order {
            Order::AccountName => "account_name",
            Order::SourceType => "source_type",
        };
        let stretches = layout::stretches(&self.reviewers, &self.rows).count();
        let mut header = json!({ "order": order, "stretches": stretches, "as_of": self.as_of.as_millisecond() });
        if let Some(header) = header.as_object_mut() {
            let assignment = Instructions::of(ordered).map(|assignment| json!(assignment));
            let same = self.is_of_one_type().then(|| json!([SOURCE_TYPE]));
            header.extend(assignment.map(|assignment| ("assignment".to_owned(), assignment)));
            header.extend(same.map(|same| ("same".to_owned(), same)));
        }
        Plan {
            rows: number(self.rows.len()),
            starts: layout::blocks(self.rows.len()).map(|rows| number(rows.start)).collect(),
            header: header.to_string(),
        }
    }

    /// Whether all sources are of one type. Lists are sorted by it unless somebody chooses otherwise, which takes every
    /// row that the caller sees as long as nobody knows that it changes nothing.
    fn is_of_one_type(&self) -> bool {
        let mut types = self.rows.iter().map(|row| self.graph.text(row.source, TYPE));
        let first = types.next();
        let is_hidden = self.asked.as_ref().is_some_and(|asked| asked.joins.hides(SOURCE_TYPE));
        !is_hidden && types.all(|other| Some(other) == first)
    }
}

/// What makes a row the same as one of another review.
fn pair_identity(graph: &Graph, row: &Row) -> IdentityHash {
    let place = |node: u32| {
        let source = graph.origin(node).map(|origin| origin.id.as_str()).unwrap_or_default();
        (graph.id(node), source)
    };
    let set = graph.sets().get(row.set);
    let ends = Ends {
        source: place(row.source),
        destination: place(row.destination),
        waypoint: (row.waypoint != NONE).then(|| place(row.waypoint)),
        raw: set.raw.iter().map(String::as_str).collect(),
        effective: set.effective.iter().map(String::as_str).collect(),
    };
    ends.hash()
}
