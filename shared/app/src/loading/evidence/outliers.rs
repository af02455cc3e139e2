//! Which rows tell of rare access: among the sources of a group, how many have access to the same destination.

use std::collections::HashMap;

use columns::{Cell, Column, FloatBuilder, IntBuilder};
use domain::inventory::Family;
use domain::settings::{GroupingTarget, OutlierDetection};

use crate::loading::graph::{Graph, NONE};
use crate::loading::layout::Row;
use crate::loading::paths::join::Joins;

/// Under which property an identity provider tells who somebody is, and who manages them.
const OWN_ID: &str = "idp_unique_id";
const MANAGER_ID: &str = "manager_idp_unique_id";

/// How usual the access of every row is: eight bytes a row, and nothing where no row is judged.
#[derive(Debug, Default)]
pub(crate) struct Outliers {
    /// Peers and holders by row; no peers where the row is not judged.
    judged: Vec<(u32, u32)>,
    threshold: f64,
}

impl Outliers {
    /// Judges all rows of a review.
    pub(crate) fn find(graph: &Graph, joins: Option<&Joins>, rows: &[Row], detection: &OutlierDetection) -> Self {
        let groups = groups(graph, joins, rows, detection);
        if groups.iter().all(Option::is_none) {
            return Self::default();
        }
        let destinations = destinations(graph, rows);
        let mut members = Vec::with_capacity(rows.len());
        let mut holders = Vec::with_capacity(rows.len());
        for ((row, group), destination) in rows.iter().zip(&groups).zip(&destinations) {
            if let Some(group) = group {
                members.push((*group, row.source));
                holders.push(((*group, *destination), row.source));
            }
        }
        let (peers, holders) = (distinct(members), distinct(holders));
        let of_row = |(group, destination): (&Option<u32>, &u32)| {
            let Some(group) = group else { return (0, 0) };
            let count = |held: Option<&u32>| held.copied().unwrap_or_default();
            (count(peers.get(group)), count(holders.get(&(*group, *destination))))
        };
        let judged = groups.iter().zip(&destinations).map(of_row).collect();
        Self { judged, threshold: detection.threshold }
    }

    /// What is told of the rows of a block.
    pub(crate) fn columns(&self, rows: std::ops::Range<usize>) -> Vec<Column> {
        let Some(judged) = self.judged.get(rows) else { return Vec::new() };
        let (mut peers, mut holders, mut thresholds) = (IntBuilder::new(), IntBuilder::new(), FloatBuilder::new());
        for (of, with) in judged {
            let known = (*of > 0).then_some(());
            peers.push(known.map(|()| i64::from(*of)));
            holders.push(known.map(|()| i64::from(*with)));
            thresholds.push(known.map(|()| self.threshold));
        }
        vec![peers.finish("outlier.peers"), holders.finish("outlier.holders"), thresholds.finish("outlier.threshold")]
    }
}

/// How many different sources there are for each key.
fn distinct<K: Ord + Copy + std::hash::Hash>(mut pairs: Vec<(K, u32)>) -> HashMap<K, u32> {
    pairs.sort_unstable();
    pairs.dedup();
    let mut counts = HashMap::new();
    for (key, _) in pairs {
        *counts.entry(key).or_insert(0) += 1;
    }
    counts
}

/// The number of each row's group; `None` for a row that lacks a property.
fn groups(graph: &Graph, joins: Option<&Joins>, rows: &[Row], detection: &OutlierDetection) -> Vec<Option<u32>> {
    let mut groups: Vec<Option<u32>> = vec![Some(0); rows.len()];
    for property in &detection.grouping {
        let nodes: Vec<u32> = match &property.target {
            GroupingTarget::Unspecified | GroupingTarget::Source => rows.iter().map(|row| row.source).collect(),
            GroupingTarget::Destination => rows.iter().map(|row| row.destination).collect(),
            GroupingTarget::Joined(alias) => joined(graph, joins, rows, alias),
        };
        let mut values = Values { graph, property: &property.name, by_node: HashMap::new(), by_text: HashMap::new() };
        let mut numbers = HashMap::new();
        for (group, node) in groups.iter_mut().zip(nodes) {
            *group = group.zip(values.number(node)).map(|pair| {
                let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                *numbers.entry(pair).or_insert(next)
            });
        }
    }
    groups
}

/// The node that is joined to each row; none where nothing is joined under that alias.
fn joined(graph: &Graph, joins: Option<&Joins>, rows: &[Row], alias: &str) -> Vec<u32> {
    let sources: Vec<u32> = rows.iter().map(|row| row.source).collect();
    let found = joins.and_then(|joins| joins.nodes(graph, &sources).find(|(name, _)| *name == alias));
    found.map_or_else(|| vec![NONE; rows.len()], |(_, nodes)| nodes)
}

/// The values of a property, numbered.
struct Values<'a> {
    graph: &'a Graph,
    property: &'a str,
    by_node: HashMap<u32, Option<u32>>,
    by_text: HashMap<String, u32>,
}

impl Values<'_> {
    fn number(&mut self, node: u32) -> Option<u32> {
        if let Some(known) = self.by_node.get(&node) {
            return *known;
        }
        let next = u32::try_from(self.by_text.len()).unwrap_or(u32::MAX);
        let number = value(self.graph, node, self.property).map(|text| *self.by_text.entry(text).or_insert(next));
        self.by_node.insert(node, number);
        number
    }
}

/// A node that is a person.
fn person(graph: &Graph, node: u32) -> Option<u32> {
    Some(node).filter(|node| graph.family_of(*node) == Some(Family::Identity))
}

/// What a node says of a property, as it is compared; blank is nothing. What an identity provider would call a person and their
/// manager, their ids tell where no attribute does.
fn value(graph: &Graph, node: u32, property: &str) -> Option<String> {
    if node == NONE {
        return None;
    }
    let origin = graph.origin(node);
    let text = match (property, graph.cell(node, property)) {
        ("datasource_id", _) => origin?.id.as_str().to_owned(),
        ("datasource_name", _) => origin?.name.clone(),
        (_, Some(Cell::Text(text))) => text.to_owned(),
        (_, Some(Cell::Bool(flag))) => flag.to_string(),
        (_, Some(Cell::Int(number) | Cell::Time(number))) => number.to_string(),
        (_, Some(Cell::Float(number))) => number.to_string(),
        (_, Some(Cell::List(items))) => items.iter().collect::<Vec<_>>().join("\n"),
        (OWN_ID, None) => graph.id(person(graph, node)?).to_owned(),
        (MANAGER_ID, None) => graph.id(graph.manager_of(person(graph, node)?)?).to_owned(),
        (_, None) => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

/// The number of each row's destination; an application that was not loaded is told by its id.
fn destinations(graph: &Graph, rows: &[Row]) -> Vec<u32> {
    let mut unknown: HashMap<&str, u32> = HashMap::new();
    let number = |row: &Row| match row.destination {
        NONE => {
            let id = graph.text(row.source, "application_id").unwrap_or_default();
            let next = NONE - u32::try_from(unknown.len()).unwrap_or_default();
            *unknown.entry(id).or_insert(next)
        }
        known => known,
    };
    rows.iter().map(number).collect()
}

#[cfg(test)]
mod tests;
