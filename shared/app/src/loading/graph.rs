//! The merged graph of a snapshot: every node of every data source, who owns which account, and what leads where.
//!
//! Nodes keep their stored columns: a graph of a million accounts is a list of decoded blocks plus eight bytes an edge
//! and four a node, not a million maps. A node is a number; numbers run by family, then data source, then id, so that
//! equal snapshots give equal numbers and every list that follows node order is repeatable.
//!
//! Two kinds of edges are added to those that were loaded: an identity leads to the accounts it owns, and an account
//! leads, without permissions, to the application it lives in. Of accounts and identities that have nothing but a status,
//! `is_active` is told by that.

mod activity;
mod csr;
mod owners;
pub(super) mod part;
mod sets;
mod walk;

use std::ops::Range;

use columns::{Batch, Cell, Column};
use domain::ids::DataSourceId;
use domain::inventory::{Edge, Family, PermissionSet};

pub(crate) use csr::{Csr, Link};
pub(crate) use sets::Sets;
#[cfg(test)]
pub(crate) use walk::Reached;
pub(crate) use walk::Walker;

use crate::cells;

/// Column of node ids.
pub(crate) const ID: &str = "id";
/// Column of node names.
const NAME: &str = "name";
/// Column of node types.
pub(crate) const TYPE: &str = "type";

/// "No node."
pub(crate) const NONE: u32 = u32::MAX;

/// The data source that a node comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Its id.
    pub(crate) id: DataSourceId,
    /// Its name, as people know it.
    pub(crate) name: String,
    /// The kind of system.
    pub(crate) platform: String,
}

/// One data source's part of a graph, as it is stored.
#[derive(Debug)]
pub(crate) struct Part {
    /// Where it comes from.
    pub(crate) origin: Origin,
    /// Blocks of nodes, by family and, within it, by id. Attributes are columns of their own names.
    pub(crate) nodes: Vec<(Family, Batch)>,
    /// Edges, by the numbers that nodes have within the part.
    pub(crate) edges: Vec<Edge>,
    /// Permission sets; number 0 is the empty one.
    pub(crate) sets: Vec<PermissionSet>,
}

/// A stored block of nodes within a graph.
#[derive(Debug)]
pub(crate) struct Chunk {
    /// Family of its nodes.
    pub(crate) family: Family,
    /// Number of its data source.
    pub(crate) origin: usize,
    /// Number of its first node.
    pub(crate) first: u32,
    /// Its columns.
    pub(crate) batch: Batch,
}

impl Chunk {
    /// Numbers of its nodes.
    pub(crate) fn nodes(&self) -> Range<u32> {
        self.first..self.first + u32::try_from(self.batch.rows()).unwrap_or(0)
    }

    fn cell(&self, row: usize, column: &str) -> Option<Cell<'_>> {
        self.batch.column(column)?.cell(row)
    }
}

/// Everything that was known about access when a snapshot was taken.
#[derive(Debug)]
pub(crate) struct Graph {
    origins: Vec<Origin>,
    chunks: Vec<Chunk>,
    families: Vec<Range<u32>>,
    edges: Csr,
    sets: Sets,
    owners: Vec<u32>,
    people: owners::Index,
}

impl Graph {
    /// Merges the parts of all data sources. Their order does not matter.
    pub(crate) fn merge(mut parts: Vec<Part>) -> Self {
        parts.sort_by(|one, other| one.origin.id.cmp(&other.origin.id));
        let mut graph = Self {
            origins: parts.iter().map(|part| part.origin.clone()).collect(),
            chunks: Vec::new(),
            families: Vec::new(),
            edges: Csr::default(),
            sets: Sets::new(),
            owners: Vec::new(),
            people: owners::Index::default(),
        };
        graph.place_nodes(&mut parts);
        let mut links = graph.links_of(parts);
        graph.people = owners::Index::of(&graph);
        graph.owners = owners::match_owners(&graph, &graph.people);
        let accounts = graph.family(Family::Account);
        for (account, owner) in accounts.zip(graph.owners.clone()) {
            if owner != NONE {
                links.push(Link { from: owner, to: account, set: 0 });
            }
            if let Some(application) = graph.application_of(account) {
                links.push(Link { from: account, to: application, set: 0 });
            }
        }
        graph.edges = Csr::pack(graph.len(), links);
        graph
    }

    /// Moves the blocks of all parts into one numbering.
    fn place_nodes(&mut self, parts: &mut [Part]) {
        let mut next = 0_u32;
        for family in Family::ALL {
            let first = next;
            for (origin, part) in parts.iter_mut().enumerate() {
                let blocks = part.nodes.iter_mut().filter(|(held, _)| *held == family);
                for batch in blocks.map(|(_, batch)| std::mem::take(batch)) {
                    let rows = u32::try_from(batch.rows()).unwrap_or(0);
                    if rows > 0 {
                        let batch = activity::told(family, batch);
                        self.chunks.push(Chunk { family, origin, first: next, batch });
                        next += rows;
                    }
                }
            }
            self.families.push(first..next);
        }
    }

    /// The loaded edges of all parts, in the numbers of the graph.
    fn links_of(&mut self, parts: Vec<Part>) -> Vec<Link> {
        let mut links = Vec::with_capacity(parts.iter().map(|part| part.edges.len()).sum());
        for (origin, part) in parts.into_iter().enumerate() {
            let sets: Vec<u32> = part.sets.into_iter().map(|set| self.sets.number(set)).collect();
            let own: Vec<Range<u32>> =
                self.chunks.iter().filter(|chunk| chunk.origin == origin).map(Chunk::nodes).collect();
            let mut locals = Vec::with_capacity(own.len());
            let mut local = 0_u32;
            for nodes in &own {
                locals.push(local);
                local += nodes.end - nodes.start;
            }
            let global = |number: u32| {
                let at = locals.partition_point(|first| *first <= number).checked_sub(1)?;
                let node = own.get(at)?.start + (number - locals.get(at)?);
                own.get(at)?.contains(&node).then_some(node)
            };
            for edge in part.edges {
                let set = sets.get(edge.permissions as usize).copied().unwrap_or(0);
                if let (Some(from), Some(to)) = (global(edge.from), global(edge.to)) {
                    links.push(Link { from, to, set });
                }
            }
        }
        links
    }

    /// Number of nodes.
    pub(crate) fn len(&self) -> usize {
        self.families.last().map_or(0, |family| family.end as usize)
    }

    /// Numbers of the nodes of a family.
    pub(crate) fn family(&self, family: Family) -> Range<u32> {
        let at = Family::ALL.iter().position(|held| *held == family);
        at.and_then(|at| self.families.get(at)).cloned().unwrap_or(0..0)
    }

    /// Family of a node.
    pub(crate) fn family_of(&self, node: u32) -> Option<Family> {
        self.chunk(node).map(|(chunk, _)| chunk.family)
    }

    /// All blocks, by the numbers of their nodes.
    pub(crate) fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// The block of a node, and the node's row in it.
    pub(crate) fn chunk(&self, node: u32) -> Option<(&Chunk, usize)> {
        let at = self.chunks.partition_point(|chunk| chunk.first <= node).checked_sub(1)?;
        let chunk = self.chunks.get(at)?;
        let row = (node - chunk.first) as usize;
        (row < chunk.batch.rows()).then_some((chunk, row))
    }

    /// What a node says under a name.
    pub(crate) fn cell(&self, node: u32, column: &str) -> Option<Cell<'_>> {
        let (chunk, row) = self.chunk(node)?;
        chunk.cell(row, column)
    }

    /// A text that a node says; absent, empty and blank are the same.
    pub(crate) fn text(&self, node: u32, column: &str) -> Option<&str> {
        cells::text(self.cell(node, column)?)
    }

    /// A flag of a node, also when it was loaded as text.
    pub(crate) fn flag(&self, node: u32, column: &str) -> Option<bool> {
        cells::flag(self.cell(node, column)?)
    }

    /// An instant of a node in milliseconds since 1970.
    pub(crate) fn time(&self, node: u32, column: &str) -> Option<i64> {
        cells::time(self.cell(node, column)?)
    }

    /// A list of a node; a single text is a list of one.
    pub(crate) fn list(&self, node: u32, column: &str) -> Vec<&str> {
        match self.cell(node, column) {
            Some(Cell::List(texts)) => texts.iter().collect(),
            Some(Cell::Text(text)) => vec![text],
            Some(Cell::Bool(_) | Cell::Int(_) | Cell::Float(_) | Cell::Time(_)) | None => Vec::new(),
        }
    }

    /// Id of a node.
    pub(crate) fn id(&self, node: u32) -> &str {
        self.text(node, ID).unwrap_or_default()
    }

    /// Name of a node.
    pub(crate) fn name(&self, node: u32) -> &str {
        self.text(node, NAME).unwrap_or_default()
    }

    /// Type of a node.
    pub(crate) fn node_type(&self, node: u32) -> &str {
        self.text(node, TYPE).unwrap_or_default()
    }

    /// Where a node comes from.
    pub(crate) fn origin(&self, node: u32) -> Option<&Origin> {
        self.origins.get(self.chunk(node)?.0.origin)
    }

    /// All data sources, by id.
    pub(crate) fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// The same, to tell names of data sources that were read without their heads.
    pub(crate) fn origins_mut(&mut self) -> &mut [Origin] {
        &mut self.origins
    }

    /// A node by family and id: of the data source of `near` first, else of the first data source that has one.
    pub(crate) fn find(&self, family: Family, id: &str, near: Option<u32>) -> Option<u32> {
        let near = near.and_then(|node| self.chunk(node)).map(|(chunk, _)| chunk.origin);
        let others = (0..self.origins.len()).filter(|origin| Some(*origin) != near);
        near.into_iter().chain(others).find_map(|origin| self.find_in(family, id, origin))
    }

    /// Every node of that family and id, one for each data source that has one.
    pub(crate) fn find_all(&self, family: Family, id: &str) -> Vec<u32> {
        (0..self.origins.len()).filter_map(|origin| self.find_in(family, id, origin)).collect()
    }

    fn find_in(&self, family: Family, id: &str, origin: usize) -> Option<u32> {
        let from = self.chunks.partition_point(|chunk| (chunk.family.code(), chunk.origin) < (family.code(), origin));
        let to = self.chunks.partition_point(|chunk| (chunk.family.code(), chunk.origin) <= (family.code(), origin));
        let chunks = self.chunks.get(from..to)?;
        let at = chunks.partition_point(|chunk| first_id(chunk) <= id).checked_sub(1)?;
        let chunk = chunks.get(at)?;
        // INVARIANT: ids ascend within a block and are there once, so a row's code in the dictionary is its number.
        let column: &Column = chunk.batch.column(ID)?;
        let columns::Data::Text { dict, .. } = &column.data else { return None };
        let row = dict.find(id)?;
        (column.text(row) == Some(id)).then(|| chunk.first + u32::try_from(row).unwrap_or(0))
    }

    /// The application that a node belongs to, when it was loaded.
    pub(crate) fn application_of(&self, node: u32) -> Option<u32> {
        self.find(Family::Application, self.text(node, "application_id")?, Some(node))
    }

    /// The identity that owns an account.
    pub(crate) fn owner_of(&self, account: u32) -> Option<u32> {
        let at = account.checked_sub(self.family(Family::Account).start)?;
        self.owners.get(at as usize).copied().filter(|owner| *owner != NONE)
    }

    /// The identity that a name means where `near` says it: an id, an e-mail address or a user name.
    pub(crate) fn named(&self, name: &str, near: u32) -> Option<u32> {
        owners::named(self, &self.people, name, near)
    }

    /// The manager of an identity: named by id, e-mail address or user name. Nobody is their own manager.
    pub(crate) fn manager_of(&self, identity: u32) -> Option<u32> {
        let named = self.text(identity, "manager_id")?;
        self.named(named, identity).filter(|manager| *manager != identity)
    }

    /// Those who answer for a node: named by itself, else by the application it belongs to.
    pub(crate) fn owners_of_node(&self, node: u32) -> Vec<u32> {
        let mut found: Vec<u32> = Vec::new();
        let names = self.list(node, "owner_ids").into_iter().chain(self.list(node, "owner"));
        for owner in names.filter_map(|name| self.named(name, node)) {
            if !found.contains(&owner) {
                found.push(owner);
            }
        }
        match (found.is_empty(), self.family_of(node)) {
            (true, Some(Family::Resource | Family::Role)) => {
                self.application_of(node).map(|application| self.owners_of_node(application)).unwrap_or_default()
            }
            (_, _) => found,
        }
    }

    /// Whether an identity is active, where that is known.
    pub(crate) fn activity(&self, identity: u32) -> Option<bool> {
        self.flag(identity, activity::IS_ACTIVE)
    }

    /// What leads from where to where.
    pub(crate) fn edges(&self) -> &Csr {
        &self.edges
    }

    /// The permission sets.
    pub(crate) fn sets(&self) -> &Sets {
        &self.sets
    }

    /// Lends edges and permission sets at once, for a walk that makes unions.
    pub(crate) fn walkable(&mut self) -> (&Csr, &mut Sets) {
        (&self.edges, &mut self.sets)
    }
}

fn first_id(chunk: &Chunk) -> &str {
    chunk.batch.text(ID, 0).unwrap_or_default()
}

#[cfg(test)]
mod tests;
