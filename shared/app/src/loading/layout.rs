//! In which order rows lie, and which of them each reviewer may act on.
//!
//! Rows of one reviewer lie together, in the order in which the dialect lists them, so that a reviewer's list, and the
//! pages of what they decide, touch few blocks and few pages of others. The order depends on nothing but the snapshot
//! and the settings that were frozen: building it again gives the same numbers.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use domain::user::{User, UserKey};
use store::reach::Reach;

use crate::loading::graph::Graph;

/// Rows in a block: the product's unit of frozen data.
pub(crate) const ROWS_PER_BLOCK: usize = 512;
/// Rows whose decisions share an item.
const ROWS_PER_PAGE: u32 = domain::page::ROWS;

/// One row, as small as it can be kept while all of them are in memory: twenty bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    /// The node under review.
    pub(crate) source: u32,
    /// What it has access to.
    pub(crate) destination: u32,
    /// The intermediate that it is about; [`NONE`](crate::loading::graph::NONE) without one.
    pub(crate) waypoint: u32,
    /// Number of the accumulated permission set.
    pub(crate) set: u32,
    /// Number of the list of reviewers.
    pub(crate) reviewers: u32,
}

/// In which order a dialect lists rows, reviewers aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Account name, then account id.
    AccountName,
    /// Type of the source, then its id, then the destination's id, then the waypoint.
    SourceType,
}

/// The lists of reviewers that rows have, each held once.
#[derive(Debug, Default)]
pub(crate) struct Reviewers {
    lists: Vec<Vec<User>>,
    numbers: HashMap<Vec<User>, u32>,
}

impl Reviewers {
    /// The number of a list, which is given one when it is new.
    pub(crate) fn number(&mut self, list: Vec<User>) -> u32 {
        if let Some(number) = self.numbers.get(&list) {
            return *number;
        }
        let number = u32::try_from(self.lists.len()).unwrap_or(u32::MAX);
        self.numbers.insert(list.clone(), number);
        self.lists.push(list);
        number
    }

    /// The list of a number.
    pub(crate) fn get(&self, number: u32) -> &[User] {
        self.lists.get(number as usize).map(Vec::as_slice).unwrap_or_default()
    }

    /// For each list, where its first reviewer stands among all first reviewers.
    fn ranks(&self) -> Vec<u32> {
        let firsts: Vec<Option<UserKey>> = self.lists.iter().map(|list| list.first().map(User::key)).collect();
        let mut sorted: Vec<&Option<UserKey>> = firsts.iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        firsts.iter().map(|key| u32::try_from(sorted.partition_point(|held| *held < key)).unwrap_or(u32::MAX)).collect()
    }
}

/// Sorts rows into the order of their numbers.
pub(crate) fn arrange(graph: &Graph, reviewers: &Reviewers, order: Order, rows: &mut Vec<Row>) {
    let ranks = reviewers.ranks();
    let mut keyed: Vec<(u32, [&str; 3], Row)> = rows
        .iter()
        .map(|row| {
            let rank = ranks.get(row.reviewers as usize).copied().unwrap_or(u32::MAX);
            let names = match order {
                Order::AccountName => [graph.name(row.source), graph.id(row.source), ""],
                Order::SourceType => [graph.node_type(row.source), graph.id(row.source), graph.id(row.destination)],
            };
            (rank, names, *row)
        })
        .collect();
    keyed.sort_unstable_by(|(rank, names, row), (other_rank, other_names, other)| {
        let last = (row.source, row.destination, row.waypoint).cmp(&(other.source, other.destination, other.waypoint));
        rank.cmp(other_rank).then_with(|| names.cmp(other_names)).then(last)
    });
    *rows = keyed.into_iter().map(|(_, _, row)| row).collect();
}

/// The ranges of rows that blocks hold.
pub(crate) fn blocks(rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows.div_ceil(ROWS_PER_BLOCK)).map(move |block| {
        let first = block * ROWS_PER_BLOCK;
        first..(first + ROWS_PER_BLOCK).min(rows)
    })
}

/// The stretches of arranged rows: from one change of the first reviewer to the next.
pub(crate) fn stretches(reviewers: &Reviewers, rows: &[Row]) -> impl Iterator<Item = Range<u32>> {
    let first = |row: &Row| reviewers.get(row.reviewers).first();
    rows.chunk_by(move |one, other| first(one) == first(other)).scan(0_u32, |next, rows| {
        let from = *next;
        *next = from.saturating_add(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        Some(from..*next)
    })
}

/// What one reviewer reaches, while it is found out.
#[derive(Debug, Default)]
struct Reached {
    /// Pages, ascending, with one bit a row.
    pages: Vec<(u32, u64)>,
    /// The stretch that holds most of the rows before the latest one, with how many.
    most: (Range<u32>, u32),
    /// The stretch that held the last row, with how many there are in it.
    latest: (Range<u32>, u32),
}

impl Reached {
    fn add(&mut self, row: u32, stretch: &Range<u32>) {
        let (page, bit) = (row / ROWS_PER_PAGE, 1_u64 << (row % ROWS_PER_PAGE));
        match self.pages.last_mut() {
            Some((last, mask)) if *last == page => *mask |= bit,
            Some(_) | None => self.pages.push((page, bit)),
        }
        if self.latest.0 != *stretch {
            self.settle();
            self.latest = (stretch.clone(), 0);
        }
        self.latest.1 += 1;
    }

    fn settle(&mut self) {
        if self.latest.1 > self.most.1 {
            std::mem::swap(&mut self.latest, &mut self.most);
        }
    }

    fn finish(mut self) -> Reach {
        self.settle();
        Reach::from_iter(self.pages).with_stretch(self.most.0)
    }
}

/// For every reviewer, the rows that they may act on, with the stretch that holds most of them: their own where they are
/// first reviewers, and that of another where they only stand behind one.
pub(crate) fn reach(reviewers: &Reviewers, rows: &[Row]) -> Vec<(UserKey, Reach)> {
    let keys: Vec<Vec<UserKey>> = reviewers.lists.iter().map(|list| list.iter().map(User::key).collect()).collect();
    let mut reach: BTreeMap<UserKey, Reached> = BTreeMap::new();
    let numbered =
        stretches(reviewers, rows).flat_map(|stretch| stretch.clone().map(move |row| (row, stretch.clone())));
    for (row, (number, stretch)) in rows.iter().zip(numbered) {
        for key in keys.get(row.reviewers as usize).into_iter().flatten() {
            let reached = match reach.get_mut(key) {
                Some(reached) => reached,
                None => reach.entry(key.clone()).or_default(),
            };
            reached.add(number, &stretch);
        }
    }
    reach.into_iter().map(|(user, reached)| (user, reached.finish())).collect()
}
