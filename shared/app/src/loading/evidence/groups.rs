//! Which rows of a campaign can be decided together: those of the same application, department, entitlements and level of
//! risk. Formed once all rows are in place, in their order, so that forming them again gives the same groups.

mod words;

use std::collections::HashMap;

use domain::advice::{Advice, Suggestion};
use domain::ids::RowId;
use domain::risk::{Factor, Level, Risk};

use super::peers::Peers;
use crate::advice::{self, Brief};
use crate::group::Group;
use crate::loading::graph::Graph;
use crate::loading::layout::Row;
use crate::review::Frozen;

/// The most rows in a group: more are cut into several.
const MOST: usize = 500;
/// "In no group."
const NO_GROUP: u32 = 0;

/// The groups of a campaign: five bytes a row beside what the groups say of themselves.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// The number of each row's group; nought for none.
    of_rows: Vec<u32>,
    /// The groups, by number.
    pub(crate) all: Vec<Group>,
}

/// What members of a group have in common by definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    application: u32,
    department: u32,
    entitlements: u32,
    level: Level,
}

/// What is known about a row, as far as groups tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judged {
    level: Level,
    suggestion: Suggestion,
    confidence: u8,
    /// One bit for each factor that was triggered.
    triggered: u64,
}

impl Judged {
    /// From what was found about an account.
    pub(crate) fn of(risk: &Risk, advice: &Advice) -> Self {
        let Advice { suggestion, confidence, .. } = *advice;
        Self { level: risk.level(), suggestion, confidence, triggered: bits(risk.triggered.iter().copied()) }
    }

    /// From what a row says.
    pub(crate) fn read(frozen: &Frozen) -> Self {
        let level = frozen.text("risk.level");
        let level = Level::ALL.into_iter().find(|known| Some(known.word()) == level).unwrap_or(Level::Low);
        let brief = advice::brief(frozen).unwrap_or(Brief { suggestion: Suggestion::Review, confidence: 0 });
        let triggered = frozen.list("risk.triggered").into_iter().filter_map(Factor::from_code);
        Self { level, suggestion: brief.suggestion, confidence: brief.confidence, triggered: bits(triggered) }
    }
}

/// One bit for each factor, by its place among all.
fn bits(factors: impl Iterator<Item = Factor>) -> u64 {
    let places = factors.filter_map(|factor| Factor::ALL.iter().position(|other| *other == factor));
    places.fold(0, |bits, place| bits | 1 << place)
}

impl Groups {
    /// Forms the groups of rows of accounts, each with how it is judged.
    pub(crate) fn form(graph: &Graph, peers: &Peers, rows: &[Row], judged: &[Judged]) -> Self {
        let mut sorter = Sorter { graph, peers, departments: HashMap::new(), sets: HashMap::new() };
        let mut numbers: HashMap<Key, usize> = HashMap::new();
        let mut members: Vec<(Key, Vec<u32>)> = Vec::new();
        for (number, (row, judged)) in (0_u32..).zip(rows.iter().zip(judged)) {
            let key = sorter.key(row, judged.level);
            let place = *numbers.entry(key).or_insert(members.len());
            if place == members.len() {
                members.push((key, Vec::new()));
            }
            if let Some((_, rows)) = members.get_mut(place) {
                rows.push(number);
            }
        }
        members.retain(|(_, rows)| rows.len() > 1);
        let mut namer = words::Namer { graph, peers, rows, judged };
        let named = namer.names(&members);
        let mut groups = Self { of_rows: vec![NO_GROUP; rows.len()], all: Vec::new() };
        for ((key, rows), name) in members.iter().zip(named) {
            let parts: Vec<&[u32]> = parts(rows).collect();
            for (n, part) in parts.iter().enumerate() {
                let name =
                    if parts.len() > 1 { format!("{name} ({} of {})", n + 1, parts.len()) } else { name.clone() };
                groups.add(namer.group(key.level, name, part), part);
            }
        }
        groups
    }

    fn add(&mut self, group: Group, rows: &[u32]) {
        let number = u32::try_from(self.all.len() + 1).unwrap_or(u32::MAX);
        for row in rows {
            if let Some(own) = self.of_rows.get_mut(*row as usize) {
                *own = number;
            }
        }
        self.all.push(Group { number, rows: rows.iter().copied().map(RowId).collect(), ..group });
    }

    /// The numbers of the groups of a range of rows; empty where there are no groups at all.
    pub(crate) fn of(&self, rows: std::ops::Range<usize>) -> &[u32] {
        self.of_rows.get(rows).unwrap_or_default()
    }
}

/// Rows in parts of nearly the same size, none larger than [`MOST`], none of a single row.
fn parts(rows: &[u32]) -> impl Iterator<Item = &[u32]> {
    let count = rows.len().div_ceil(MOST);
    let (size, larger) = (rows.len() / count.max(1), rows.len() % count.max(1));
    let mut rest = rows;
    (0..count).map(move |n| {
        let (part, behind) = rest.split_at((size + usize::from(n < larger)).min(rest.len()));
        rest = behind;
        part
    })
}

struct Sorter<'a> {
    graph: &'a Graph,
    peers: &'a Peers,
    departments: HashMap<&'a str, u32>,
    sets: HashMap<&'a [u32], u32>,
}

/// What is the same for all texts and lists that are equal.
fn numbered<K: std::hash::Hash + Eq>(numbers: &mut HashMap<K, u32>, key: K) -> u32 {
    let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
    *numbers.entry(key).or_insert(next)
}

impl Sorter<'_> {
    fn key(&mut self, row: &Row, level: Level) -> Key {
        Key {
            application: row.destination,
            department: numbered(&mut self.departments, self.graph.text(row.source, "department").unwrap_or_default()),
            entitlements: numbered(&mut self.sets, self.peers.held(row.source)),
            level,
        }
    }
}

#[cfg(test)]
mod tests;
