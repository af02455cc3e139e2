//! Evaluation over columns.
//!
//! A node narrows a set of rows to those of which it holds, so that each part of a conjunction looks only at rows that
//! the parts before it left. Booleans are combined 64 rows at a time; strings are compared once per distinct string of a
//! block, and rows then look their code up; ranges of numbers and instants are compared without branches.

use columns::{Batch, Bits, Column, Data, Dict};

use crate::check::Checked;
use crate::node::{Leaf, Node, Place};
use crate::syntax::Number;
use crate::table::{self, Table};

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
            Node::All(parts) => {
                for part in parts {
                    self.narrow(part, batch, rows);
                    if !rows.any() {
                        return;
                    }
                }
            }
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

    fn any(&mut self, parts: &[Node], batch: &Batch, rows: &mut Bits) {
        let mut left = self.copy_of(rows);
        let mut found = self.copy_of(rows);
        found.reset(rows.len(), false);
        for part in parts {
            rows.copy_from(&left);
            self.narrow(part, batch, rows);
            found.or(rows);
            left.and_not(rows);
            if !left.any() {
                break;
            }
        }
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
        let matcher = &leaf.matcher;
        match &column.data {
            Data::Bool(bits) => {
                let [unset, set] = [false, true].map(|value| matcher.bool(value) != leaf.negated);
                narrow_bools(rows, bits, column.present.as_ref(), [unset, set, leaf.missing()]);
            }
            Data::Int(values) => match matcher.whole_range() {
                Some((least, most)) => narrow_range(rows, column, values, leaf, least, most),
                None => narrow_values(rows, column, values, leaf, |value| matcher.number(Number::Int(*value))),
            },
            Data::Time(values) => match matcher.time_range() {
                Some((least, most)) => narrow_range(rows, column, values, leaf, least, most),
                None => narrow_values(rows, column, values, leaf, |value| matcher.time(*value)),
            },
            Data::Float(values) => {
                narrow_values(rows, column, values, leaf, |value| matcher.number(Number::Float(*value)));
            }
            Data::Text { codes, dict } => self.text(leaf, column, (codes, dict), rows),
            Data::TextList { offsets, codes, dict } => self.list(leaf, column, offsets, (codes, dict), rows),
        }
    }

    fn text(&mut self, leaf: &Leaf, column: &Column, (codes, dict): (&[u32], &Dict), rows: &mut Bits) {
        if let Some(sought) = leaf.matcher.exact() {
            // Codes ascend with their strings, so that one search replaces all comparisons.
            let sought = dict.find(sought).and_then(|code| u32::try_from(code).ok()).unwrap_or(u32::MAX);
            narrow_values(rows, column, codes, leaf, |code| *code == sought);
        } else if is_worth_a_table(dict, rows) {
            table::of_matcher(&leaf.matcher, dict, &mut self.table);
            let table = self.table.as_slice();
            narrow_values(rows, column, codes, leaf, |code| table.get(*code as usize) == Some(&true));
        } else {
            let holds = |code: &u32| dict.get(*code as usize).is_some_and(|string| leaf.matcher.text(string));
            narrow_values(rows, column, codes, leaf, holds);
        }
    }

    fn list(&mut self, leaf: &Leaf, column: &Column, offsets: &[u32], (codes, dict): (&[u32], &Dict), rows: &mut Bits) {
        let span = |row: usize| {
            let start = offsets.get(row).map_or(0, |start| *start as usize);
            start..offsets.get(row + 1).map_or(start, |end| *end as usize)
        };
        let matcher = &leaf.matcher;
        if !matcher.asks_for_value() {
            narrow_rows(rows, column, leaf, |row| matcher.list_is_present(span(row).is_empty()));
        } else if is_worth_a_table(dict, rows) {
            table::of_matcher(matcher, dict, &mut self.table);
            let table = self.table.as_slice();
            let none = !table.contains(&true);
            let passes = |code: &u32| table.get(*code as usize) == Some(&true);
            narrow_rows(rows, column, leaf, |row| {
                !none && codes.get(span(row)).is_some_and(|codes| codes.iter().any(passes))
            });
        } else {
            let passes = |code: &u32| dict.get(*code as usize).is_some_and(|string| matcher.text(string));
            let any = |row| codes.get(span(row)).is_some_and(|codes| codes.iter().any(passes));
            narrow_rows(rows, column, leaf, any);
        }
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
        let present = column.present.as_ref();
        if is_worth_a_table(dict, rows) {
            table::of_node(inner, dict, &mut self.table, &mut self.spare_tables);
            let table = self.table.as_slice();
            let holds = |code: &u32| table.get(*code as usize) == Some(&true);
            narrow_words(rows, present, missing, |word, rows| hits(codes, word, rows, holds));
        } else {
            let holds = |code: &u32| dict.get(*code as usize).is_some_and(|string| table::holds(inner, Some(string)));
            narrow_words(rows, present, missing, |word, rows| hits(codes, word, rows, holds));
        }
    }
}

/// Whether to decide each distinct string once: not when fewer rows are left than there are strings.
fn is_worth_a_table(dict: &Dict, rows: &Bits) -> bool {
    dict.len() <= 64 || dict.len() <= rows.count()
}

/// Keeps the rows of `rows` that have a value and are among the hits, and those without a value if `missing`.
///
/// `hits` gets the number of a word and the rows of it that matter, and answers with the rows that pass; what it says
/// of others is ignored.
pub(crate) fn narrow_words(
    rows: &mut Bits,
    present: Option<&Bits>,
    missing: bool,
    mut hits: impl FnMut(usize, u64) -> u64,
) {
    let present = present.map(Bits::words);
    let absent = if missing { u64::MAX } else { 0 };
    rows.update(|words| {
        for (index, word) in words.iter_mut().enumerate() {
            if *word == 0 {
                continue;
            }
            let here = present.map_or(u64::MAX, |present| present.get(index).copied().unwrap_or(0));
            let candidates = *word & here;
            let passing = if candidates == 0 { 0 } else { hits(index, candidates) & here };
            *word &= passing | (!here & absent);
        }
    });
}

fn narrow_values<T>(rows: &mut Bits, column: &Column, values: &[T], leaf: &Leaf, holds: impl Fn(&T) -> bool) {
    let flip = if leaf.negated { u64::MAX } else { 0 };
    narrow_words(rows, column.present.as_ref(), leaf.missing(), |word, rows| hits(values, word, rows, &holds) ^ flip);
}

fn narrow_range(rows: &mut Bits, column: &Column, values: &[i64], leaf: &Leaf, least: i64, most: i64) {
    narrow_values(rows, column, values, leaf, |value| (least <= *value) & (*value <= most));
}

fn narrow_rows(rows: &mut Bits, column: &Column, leaf: &Leaf, holds: impl Fn(usize) -> bool) {
    let flip = if leaf.negated { u64::MAX } else { 0 };
    narrow_words(rows, column.present.as_ref(), leaf.missing(), |word, mut rows| {
        let mut passing = 0;
        while rows != 0 {
            let bit = rows.trailing_zeros();
            rows &= rows - 1;
            passing |= u64::from(holds(word * 64 + bit as usize)) << bit;
        }
        passing ^ flip
    });
}

/// `keep` says of false, true and missing whether such a row stays.
fn narrow_bools(rows: &mut Bits, bits: &Bits, present: Option<&Bits>, keep: [bool; 3]) {
    let [unset, set, missing] = keep.map(|keep| if keep { u64::MAX } else { 0 });
    let bits = bits.words();
    rows.update(|words| match present.map(Bits::words) {
        None => {
            for (word, bits) in words.iter_mut().zip(bits) {
                *word &= (bits & set) | (!bits & unset);
            }
        }
        Some(present) => {
            for ((word, bits), here) in words.iter_mut().zip(bits).zip(present) {
                *word &= (((bits & set) | (!bits & unset)) & here) | (!here & missing);
            }
        }
    });
}

/// Below this many rows of a word, rows are looked at one by one.
const SPARSE: u32 = 16;

/// Which of the 64 values of a word pass. Only those of `rows` need be right.
#[inline]
fn hits<T>(values: &[T], word: usize, mut rows: u64, holds: impl Fn(&T) -> bool) -> u64 {
    let values = values.get(word * 64..).unwrap_or_default();
    let mut passing = 0;
    if rows.count_ones() > SPARSE {
        if let Some(all) = values.first_chunk::<64>() {
            return packed(all, holds);
        }
        for (bit, value) in values.iter().enumerate() {
            passing |= u64::from(holds(value)) << bit;
        }
        return passing;
    }
    while rows != 0 {
        let bit = rows.trailing_zeros();
        rows &= rows - 1;
        passing |= u64::from(values.get(bit as usize).is_some_and(&holds)) << bit;
    }
    passing
}

/// One bit for each of 64 values. Eight truths are gathered from the low bits of eight bytes by one multiplication.
#[inline]
fn packed<T>(values: &[T; 64], holds: impl Fn(&T) -> bool) -> u64 {
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut word = 0;
    for (index, eight) in values.as_chunks::<8>().0.iter().enumerate() {
        let truths = eight.each_ref().map(|value| u8::from(holds(value)));
        word |= (u64::from_le_bytes(truths).wrapping_mul(GATHER) >> 56) << (index * 8);
    }
    word
}
