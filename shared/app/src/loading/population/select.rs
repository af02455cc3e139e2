//! Which nodes a set of node types names.

use columns::{Batch, Bits, Column, TextBuilder};
use domain::inventory::Family;
use domain::query::{NodeSet, NodeSpec, NodesOperator};
use predicate::{Checked, Dialect};

use crate::error::Error;
use crate::loading::graph::{Chunk, Graph, ID, TYPE};

/// Reads a filter over the attributes of one node, bare or below `scope`.
///
/// # Errors
/// What is wrong with it, and at which character.
pub(crate) fn parse(text: &str, scope: &'static str) -> Result<Checked, String> {
    let shown = |faults: predicate::Faults| faults.iter().map(|fault| fault.to_string()).collect::<Vec<_>>().join("; ");
    let syntax = predicate::scim::parse(text).map_err(shown)?;
    let lowered = predicate::lower(&syntax, Dialect::Scim);
    predicate::check(&lowered, &predicate::places::node(scope)).map_err(shown)
}

/// One node type, ready to be tried on nodes.
struct Spec<'a> {
    node: &'a NodeSpec,
    scope: &'static str,
    condition: Option<Checked>,
}

/// A set of node types, ready to be tried on nodes.
pub(crate) struct Selector<'a> {
    specs: Vec<Spec<'a>>,
    all: bool,
}

/// The name under which filters may know the nodes of an end of a query.
pub(crate) const SOURCE: &str = "source";
/// The same for the other end.
pub(crate) const DESTINATION: &str = "destination";
/// The same for waypoints.
pub(crate) const WAYPOINT: &str = "waypoint";
/// The same for nodes of a path summary.
pub(crate) const PATH_SUMMARY: &str = "path_summary";
/// The same for required and avoided intermediates.
pub(crate) const INTERMEDIATE: &str = "intermediate";

/// The nodes that a set names.
#[derive(Debug)]
pub(crate) struct Chosen {
    /// All of them, one bit a node.
    pub(crate) any: Bits,
    /// Those of them for which one step or several are the same.
    pub(crate) far: Bits,
    /// Whether there are others.
    tells_near: bool,
}

impl Chosen {
    /// All of `any`, those that are not among `far` as well only where they are one step away.
    pub(crate) fn new(any: Bits, far: Bits) -> Self {
        let tells_near = any.count() > far.count();
        Self { any, far, tells_near }
    }

    /// Whether a node is among them, when it is one step away or not.
    pub(crate) fn has(&self, node: u32, near: bool) -> bool {
        has(if near { &self.any } else { &self.far }, node)
    }

    /// Whether some node is chosen only where it is one step away.
    pub(crate) fn tells_near(&self) -> bool {
        self.tells_near
    }
}

/// Whether the bit of a node is set.
pub(crate) fn has(nodes: &Bits, node: u32) -> bool {
    (node as usize) < nodes.len() && nodes.get(node as usize)
}

impl<'a> Selector<'a> {
    /// Reads the filters of a set.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a filter that cannot be read.
    pub(crate) fn of(set: &'a NodeSet, scope: &'static str) -> Result<Self, Error> {
        let spec = |node: &'a NodeSpec| {
            let text = node.condition_expression.as_deref().filter(|text| !text.trim().is_empty());
            let condition = text.map(|text| parse(text, scope)).transpose();
            condition
                .map(|condition| Spec { node, scope, condition })
                .map_err(|issue| Error::invalid("condition_expression", issue))
        };
        let specs: Result<Vec<Spec<'a>>, Error> = set.nodes.iter().map(spec).collect();
        Ok(Self { specs: specs?, all: set.nodes_operator == NodesOperator::And })
    }

    /// The nodes of a graph that the set names, one bit a node.
    pub(crate) fn nodes(&self, graph: &Graph) -> Chosen {
        let any = self.chosen(graph, |_| true);
        if !self.specs.iter().any(|spec| spec.node.direct_relationship_only) {
            return Chosen::new(any.clone(), any);
        }
        let far = match self.all {
            true => Bits::zeros(graph.len()),
            false => self.chosen(graph, |spec| !spec.node.direct_relationship_only),
        };
        Chosen::new(any, far)
    }

    /// The nodes of each of the node types for itself, and whether it asks for those one step away.
    pub(crate) fn each(&self, graph: &Graph) -> Vec<(Bits, bool)> {
        let nodes = |spec: &Spec<'a>| {
            let mut nodes = Bits::zeros(graph.len());
            for chunk in graph.chunks() {
                mark(&mut nodes, chunk, &spec.rows(graph, chunk));
            }
            (nodes, spec.node.direct_relationship_only)
        };
        self.specs.iter().map(nodes).collect()
    }

    /// The same set under `OR`.
    pub(crate) fn any(self) -> Self {
        Self { all: false, ..self }
    }

    fn chosen(&self, graph: &Graph, counts: impl Fn(&Spec<'_>) -> bool) -> Bits {
        let mut chosen = Bits::zeros(graph.len());
        for chunk in graph.chunks() {
            let rows = chunk.batch.rows();
            let mut of_chunk = if self.all && !self.specs.is_empty() { Bits::ones(rows) } else { Bits::zeros(rows) };
            for spec in self.specs.iter().filter(|spec| counts(spec)) {
                let of_spec = spec.rows(graph, chunk);
                if self.all {
                    of_chunk.and(&of_spec);
                } else {
                    of_chunk.or(&of_spec);
                }
            }
            mark(&mut chosen, chunk, &of_chunk);
        }
        chosen
    }
}

/// Sets the bits of the nodes of a block whose rows are chosen.
fn mark(nodes: &mut Bits, chunk: &Chunk, rows: &Bits) {
    for row in rows.ones_iter() {
        nodes.set(chunk.first as usize + row, true);
    }
}

impl Spec<'_> {
    fn rows(&self, graph: &Graph, chunk: &Chunk) -> Bits {
        let rows = chunk.batch.rows();
        let mut fits = Bits::zeros(rows);
        for row in 0..rows {
            fits.set(row, self.is_of_type(chunk, row) && self.is_named(chunk, row));
        }
        if let (Some(condition), true) = (&self.condition, fits.any()) {
            fits.and(&condition.select(&self.columns(graph, chunk, condition)));
        }
        fits
    }

    /// A node is of a type by its own name for it, or by the name of its family.
    fn is_of_type(&self, chunk: &Chunk, row: usize) -> bool {
        let asked = self.node.node_type.as_str();
        let own = chunk.batch.text(TYPE, row);
        own.is_some_and(|own| own.eq_ignore_ascii_case(asked)) || is_family(chunk.family, asked)
    }

    /// The columns of a block with what its data source adds to every node, under every name that the filter reads.
    fn columns(&self, graph: &Graph, chunk: &Chunk, condition: &Checked) -> Batch {
        let rows = chunk.batch.rows();
        let mut batch = chunk.batch.clone();
        // INVARIANT: every column laid over has as many rows as the block, so that it always fits.
        if let Some(origin) = graph.origins().get(chunk.origin) {
            let _ = batch.overlay(constant("datasource_id", origin.id.as_str(), rows));
            let _ = batch.overlay(constant("datasource_name", &origin.name, rows));
        }
        for name in condition.columns() {
            let bare = name.strip_prefix(self.scope).and_then(|rest| rest.strip_prefix('.'));
            if let Some(column) = bare.and_then(|bare| batch.column(bare)).cloned() {
                let _ = batch.overlay(Column { name: name.clone(), ..column });
            }
        }
        batch
    }

    fn is_named(&self, chunk: &Chunk, row: usize) -> bool {
        self.node.node_id.is_empty() || chunk.batch.text(ID, row) == Some(self.node.node_id.as_str())
    }
}

fn is_family(family: Family, asked: &str) -> bool {
    family.default_node_type().eq_ignore_ascii_case(asked)
}

fn constant(name: &str, value: &str, rows: usize) -> Column {
    let mut column = TextBuilder::new();
    for _ in 0..rows {
        column.push(Some(value));
    }
    column.finish(name)
}
