//! The compiled form: what a predicate is evaluated from.
//!
//! Negations of single tests are folded into them; the parts of a conjunction or disjunction stand in order of their
//! cost; tests of one text column that stand side by side are joined, so that its dictionary is gone through once.

use columns::Column;

use crate::expr::{Expr, Relation};
use crate::matcher::Matcher;
use crate::syntax::Literal;

/// One step of evaluation.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Leaf(Leaf),
    /// Tests of one column only. Where that holds single strings, the inner node is decided per distinct string.
    Joined {
        place: Place,
        inner: Box<Node>,
    },
    Related(Related),
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
    Compiler { slots: 0 }.node(expr)
}

struct Compiler {
    slots: usize,
}

impl Compiler {
    fn place(&mut self, name: &str) -> Place {
        self.slots += 1;
        Place { name: name.to_owned(), slot: self.slots - 1 }
    }

    fn node(&mut self, expr: &Expr) -> Node {
        match expr {
            Expr::All(parts) => Node::All(self.parts(parts, Node::All)),
            Expr::Any(parts) => Node::Any(self.parts(parts, Node::Any)),
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

    fn parts(&mut self, parts: &[Expr], join: fn(Vec<Node>) -> Node) -> Vec<Node> {
        let mut groups: Vec<(Option<&str>, Vec<&Expr>)> = Vec::new();
        for part in parts {
            let column = only_column(part);
            match groups.iter_mut().find(|(of, _)| column.is_some() && *of == column) {
                Some((_, group)) => group.push(part),
                None => groups.push((column, vec![part])),
            }
        }
        let mut nodes: Vec<(u8, Node)> = Vec::new();
        for (column, group) in groups {
            let cost = group.iter().map(|part| cost(part)).max().unwrap_or(0);
            let node = match (column, group.as_slice()) {
                (_, [single]) => self.node(single),
                (None, many) => join(many.iter().map(|part| self.node(part)).collect()),
                (Some(column), many) => {
                    let inner = Box::new(join(many.iter().map(|part| self.node(part)).collect()));
                    Node::Joined { place: self.place(column), inner }
                }
            };
            nodes.push((cost, node));
        }
        // Stable: of equal cost, the order of whoever wrote it.
        nodes.sort_by_key(|(cost, _)| *cost);
        nodes.into_iter().map(|(_, node)| node).collect()
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

/// A guess from the value sought: the type of the column is known only when it is there.
fn cost(expr: &Expr) -> u8 {
    match expr {
        Expr::Test(test) => match (test.relation, &test.value) {
            (Relation::Null | Relation::Present, _) | (_, Literal::Null | Literal::Bool(_)) => 0,
            (_, Literal::Number(_)) => 1,
            (Relation::Equal, Literal::Text(_)) => 2,
            (_, Literal::Text(_)) => 3,
        },
        Expr::Not(part) => cost(part),
        Expr::All(parts) | Expr::Any(parts) => parts.iter().map(cost).max().unwrap_or(0),
        Expr::Related { .. } => 4,
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
    pub(crate) fn find<'b>(&self, batch: &'b columns::Batch, hints: &mut Vec<usize>) -> Option<&'b Column> {
        if hints.len() <= self.slot {
            hints.resize(self.slot + 1, 0);
        }
        let hint = hints.get_mut(self.slot)?;
        if let Some(column) = batch.columns().get(*hint)
            && column.name == self.name
        {
            return Some(column);
        }
        *hint = batch.columns().iter().position(|column| column.name == self.name)?;
        batch.columns().get(*hint).map(AsRef::as_ref)
    }
}
