//! The compiled form: what a predicate is evaluated from.
//!
//! Negations of single tests are folded into them; tests of one text column that stand side by side are joined, so that
//! its dictionary is gone through once. In which order parts are looked at is settled when their columns are known.

use columns::{Batch, Column};

use crate::expr::Expr;
use crate::matcher::Matcher;

/// One step of evaluation.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    All(Parts),
    Any(Parts),
    Not(Box<Node>),
    Leaf(Leaf),
    /// Tests of one column only. Where that holds single strings, the inner node is decided per distinct string.
    Joined {
        place: Place,
        inner: Box<Node>,
    },
    Related(Related),
}

/// What a conjunction or disjunction is made of, and the number under which the order of its parts is remembered.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) nodes: Vec<Node>,
    pub(crate) slot: usize,
}

/// A test of one column.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    pub(crate) place: Place,
    pub(crate) matcher: Matcher,
    pub(crate) negated: bool,
}

/// One and the same entity satisfies the inner node.
#[derive(Clone, Debug)]
pub(crate) struct Related {
    /// The columns to read, the entity's id first.
    pub(crate) columns: Vec<String>,
    pub(crate) inner: Box<Node>,
}

/// A column, and the number under which its position is remembered from one batch to the next.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) slot: usize,
}

impl Leaf {
    /// Whether the test holds where there is no value.
    pub(crate) fn missing(&self) -> bool {
        self.matcher.missing() != self.negated
    }
}

/// The column that says how many entities of a kind a row has.
pub(crate) fn id_column(entity: &str) -> String {
    format!("{entity}.id")
}

pub(crate) fn compile(expr: &Expr) -> Node {
    Compiler { places: 0, chains: 0 }.node(expr)
}

/// Numbers what is remembered from one batch to the next.
struct Compiler {
    places: usize,
    chains: usize,
}

impl Compiler {
    fn place(&mut self, name: &str) -> Place {
        self.places += 1;
        Place { name: name.to_owned(), slot: self.places - 1 }
    }

    fn parts(&mut self, nodes: Vec<Node>) -> Parts {
        self.chains += 1;
        Parts { nodes, slot: self.chains - 1 }
    }

    fn node(&mut self, expr: &Expr) -> Node {
        match expr {
            Expr::All(parts) => self.chain(parts, Node::All),
            Expr::Any(parts) => self.chain(parts, Node::Any),
            Expr::Not(part) => match self.node(part) {
                Node::Leaf(leaf) => Node::Leaf(Leaf { negated: !leaf.negated, ..leaf }),
                other => Node::Not(Box::new(other)),
            },
            Expr::Test(test) => Node::Leaf(Leaf {
                place: self.place(&test.path),
                matcher: Matcher::new(test.relation, &test.value, test.case),
                negated: false,
            }),
            Expr::Related { entity, that } => {
                let mut columns = vec![id_column(entity)];
                paths(that, &mut columns);
                Node::Related(Related { columns, inner: Box::new(self.node(that)) })
            }
        }
    }

    fn chain(&mut self, parts: &[Expr], join: fn(Parts) -> Node) -> Node {
        let mut groups: Vec<(Option<&str>, Vec<&Expr>)> = Vec::new();
        for part in parts {
            let column = only_column(part);
            match groups.iter_mut().find(|(of, _)| column.is_some() && *of == column) {
                Some((_, group)) => group.push(part),
                None => groups.push((column, vec![part])),
            }
        }
        let mut nodes = Vec::new();
        for (column, group) in groups {
            let mut group: Vec<Node> = group.into_iter().map(|part| self.node(part)).collect();
            match column {
                Some(column) if group.len() > 1 => {
                    let inner = Box::new(join(self.parts(group)));
                    nodes.push(Node::Joined { place: self.place(column), inner });
                }
                _ => nodes.append(&mut group),
            }
        }
        join(self.parts(nodes))
    }
}

/// The column that all tests are about, when they are about one.
fn only_column(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Test(test) => Some(&test.path),
        Expr::Not(part) => only_column(part),
        Expr::All(parts) | Expr::Any(parts) => {
            let (first, rest) = parts.split_first()?;
            let column = only_column(first)?;
            rest.iter().all(|part| only_column(part) == Some(column)).then_some(column)
        }
        Expr::Related { .. } => None,
    }
}

fn paths(expr: &Expr, columns: &mut Vec<String>) {
    match expr {
        Expr::Test(test) if columns.contains(&test.path) => {}
        Expr::Test(test) => columns.push(test.path.clone()),
        Expr::Not(part) | Expr::Related { that: part, .. } => paths(part, columns),
        Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| paths(part, columns)),
    }
}

impl Place {
    /// The column in a batch, looking first where it was last.
    #[inline]
    pub(crate) fn find<'b>(&self, batch: &'b Batch, hints: &mut Vec<usize>) -> Option<&'b Column> {
        let hinted = hints.get(self.slot).and_then(|hint| batch.columns().get(*hint));
        match hinted.filter(|column| column.name == self.name) {
            Some(column) => Some(column.as_ref()),
            None => self.search(batch, hints),
        }
    }

    #[cold]
    fn search<'b>(&self, batch: &'b Batch, hints: &mut Vec<usize>) -> Option<&'b Column> {
        let position = batch.columns().iter().position(|column| column.name == self.name)?;
        if hints.len() <= self.slot {
            hints.resize(self.slot + 1, 0);
        }
        *hints.get_mut(self.slot)? = position;
        batch.columns().get(position).map(AsRef::as_ref)
    }
}
