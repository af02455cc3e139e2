//! Evaluation over columns.
//!
//! A node narrows a set of rows to those of which it holds, so that each part of a conjunction looks only at rows that
//! the parts before it left, and the cheapest part is looked at first. Booleans are combined 64 rows at a time; strings
//! are compared once per distinct string of a block, and the codes of rows then tell; ranges of numbers and instants are
//! compared without branches.

use columns::{Batch, Bits, Data, Dict};

use crate::check::Checked;
use crate::matcher::Matcher;
use crate::node::{Leaf, Node, Parts, Place};
use crate::order::Orders;
use crate::syntax::Number;
use crate::table::{self, Passing, Table};
use crate::words::{self, Ruling};

/// Evaluates one predicate over batch after batch, keeping its working memory between them.
#[derive(Debug)]
pub struct Evaluator<'c> {
    node: &'c Node,
    scratch: Scratch,
}

/// Working memory.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    hints: Vec<usize>,
    orders: Orders,
    spare: Vec<Bits>,
    table: Table,
    spare_tables: Vec<Table>,
}

impl Checked {
    /// An evaluator for this predicate.
    #[must_use]
    pub fn evaluator(&self) -> Evaluator<'_> {
        Evaluator { node: &self.node, scratch: Scratch::default() }
    }

    /// The rows of a batch of which the predicate holds.
    #[must_use]
    pub fn select(&self, batch: &Batch) -> Bits {
        let mut rows = Bits::ones(batch.rows());
        self.evaluator().narrow(batch, &mut rows);
        rows
    }
}

impl Evaluator<'_> {
    /// Keeps of `rows` those of which the predicate holds. The others are not looked at.
    pub fn narrow(&mut self, batch: &Batch, rows: &mut Bits) {
        self.scratch.narrow(self.node, batch, rows);
    }

    /// As [`Checked::select`], into bits that the caller keeps between batches.
    pub fn select_into(&mut self, batch: &Batch, rows: &mut Bits) {
        rows.reset(batch.rows(), true);
        self.narrow(batch, rows);
    }
}

impl Scratch {
    pub(crate) fn narrow(&mut self, node: &Node, batch: &Batch, rows: &mut Bits) {
        match node {
            Node::All(parts) => self.all(parts, batch, rows),
            Node::Any(parts) => self.any(parts, batch, rows),
            Node::Not(part) => {
                let mut holds = self.copy_of(rows);
                self.narrow(part, batch, &mut holds);
                rows.and_not(&holds);
                self.spare.push(holds);
            }
            Node::Leaf(leaf) => self.leaf(leaf, batch, rows),
            Node::Joined { place, inner } => self.joined(place, inner, batch, rows),
            Node::Related(related) => self.related(related, batch, rows),
        }
    }

    fn all(&mut self, parts: &Parts, batch: &Batch, rows: &mut Bits) {
        let order = self.orders.take(parts, batch, &mut self.hints);
        for (nth, part) in order.iter().filter_map(|place| parts.nodes.get(*place)).enumerate() {
            if nth > 0 && !rows.any() {
                break;
            }
            self.narrow(part, batch, rows);
        }
        self.orders.put_back(parts, order);
    }

    fn any(&mut self, parts: &Parts, batch: &Batch, rows: &mut Bits) {
        let mut left = self.copy_of(rows);
        let mut found = self.copy_of(rows);
        found.reset(rows.len(), false);
        let order = self.orders.take(parts, batch, &mut self.hints);
        for part in order.iter().filter_map(|place| parts.nodes.get(*place)) {
            rows.copy_from(&left);
            self.narrow(part, batch, rows);
            found.or(rows);
            left.and_not(rows);
            if !left.any() {
                break;
            }
        }
        self.orders.put_back(parts, order);
        rows.copy_from(&found);
        self.spare.extend([left, found]);
    }

    fn copy_of(&mut self, rows: &Bits) -> Bits {
        let mut copy = self.spare.pop().unwrap_or_default();
        copy.copy_from(rows);
        copy
    }

    fn leaf(&mut self, leaf: &Leaf, batch: &Batch, rows: &mut Bits) {
        let Some(column) = leaf.place.find(batch, &mut self.hints) else {
            if !leaf.missing() {
                rows.reset(rows.len(), false);
            }
            return;
        };
        let (matcher, ruling) = (&leaf.matcher, Ruling::of(leaf, column));
        match &column.data {
            Data::Bool(bits) => {
                let [unset, set] = [false, true].map(|value| matcher.bool(value) != leaf.negated);
                words::narrow_bools(rows, bits, column.present.as_ref(), [unset, set, leaf.missing()]);
            }
            Data::Int(values) => match matcher.whole_range() {
                Some(range) => ruling.narrow_range(rows, values, range),
                None => ruling.narrow_values(rows, values, |value| matcher.number(Number::Int(*value))),
            },
            Data::Time(values) => match matcher.time_range() {
                Some(range) => ruling.narrow_range(rows, values, range),
                None => ruling.narrow_values(rows, values, |value| matcher.time(*value)),
            },
            Data::Float(values) => {
                ruling.narrow_values(rows, values, |value| matcher.number(Number::Float(*value)));
            }
            Data::Text { codes, dict } => match self.passing(matcher, dict, rows) {
                Some(passing) => ruling.narrow_codes(rows, codes, passing),
                None => ruling.narrow_values(rows, codes, |code| passes(matcher, dict, *code)),
            },
            Data::TextList { offsets, .. } if !matcher.asks_for_value() => {
                ruling.narrow_rows(rows, |row| matcher.list_is_present(words::span(offsets, row).is_empty()));
            }
            Data::TextList { offsets, codes, dict } => match self.passing(matcher, dict, rows) {
                Some(passing) => ruling.narrow_lists(rows, offsets, codes, passing),
                None => ruling.narrow_any(rows, offsets, codes, |code| passes(matcher, dict, code)),
            },
        }
    }

    /// The codes whose strings pass a test; `None` when so few rows are left that each had better compare its own.
    fn passing(&mut self, matcher: &Matcher, dict: &Dict, rows: &Bits) -> Option<Passing<'_>> {
        if let Some(sought) = matcher.exact() {
            return Some(Passing::exactly(dict.find(sought)));
        }
        is_worth_a_table(dict, rows).then(|| {
            table::of_matcher(matcher, dict, &mut self.table);
            Passing::of(&self.table)
        })
    }

    fn joined(&mut self, place: &Place, inner: &Node, batch: &Batch, rows: &mut Bits) {
        let missing = table::holds(inner, None);
        let Some(column) = place.find(batch, &mut self.hints) else {
            if !missing {
                rows.reset(rows.len(), false);
            }
            return;
        };
        let Data::Text { codes, dict } = &column.data else {
            return self.narrow(inner, batch, rows);
        };
        let ruling = Ruling { present: column.present.as_ref(), missing, negated: false };
        if is_worth_a_table(dict, rows) {
            table::of_node(inner, dict, &mut self.table, &mut self.spare_tables);
            ruling.narrow_codes(rows, codes, Passing::of(&self.table));
        } else {
            let holds = |code: &u32| dict.get(*code as usize).is_some_and(|string| table::holds(inner, Some(string)));
            ruling.narrow_values(rows, codes, holds);
        }
    }
}

/// Whether to decide each distinct string once: not when fewer rows are left than there are strings.
fn is_worth_a_table(dict: &Dict, rows: &Bits) -> bool {
    dict.len() <= 64 || dict.len() <= rows.count()
}

fn passes(matcher: &Matcher, dict: &Dict, code: u32) -> bool {
    dict.get(code as usize).is_some_and(|string| matcher.text(string))
}
