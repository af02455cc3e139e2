//! Access graphs, and how data sources are.

use std::collections::HashSet;

use app::error::Error;
use app::review::{AccessGraph, AccessInput, NODE, Shown, What};
use domain::ids::{RowId, SnapshotId};
use domain::inventory::SourceStatus;
use serde_json::{Value, json};

use super::row;
use crate::decode::{Faults, Query};
use crate::encode;
use crate::exchange::Pairs;

/// Decodes which row is to be explained, and in which graph.
///
/// # Errors
/// All faults of the query; [`Error::NotFound`] for what is no id of a certification, or no number of a row that can be.
pub fn read(query: &Pairs) -> Result<AccessInput, Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    let review = query.text("certification_id");
    faults.require(review.is_some(), "certification_id", "is required");
    let row = query.integer("result_id");
    faults.require(row.is_some() || query.text("result_id").is_some(), "result_id", "is required");
    faults.require(row.is_none_or(|row| row >= 0), "result_id", "must be at least 0");
    let snapshot: Option<Option<SnapshotId>> =
        query.text("snapshot_id").filter(|text| *text != "0").map(|text| text.parse().ok());
    faults.require(snapshot != Some(None), "snapshot_id", "must be a Unix second as text");
    faults.check()?;
    let review = review.unwrap_or_default().parse().map_err(|_| Error::not_found())?;
    let row = row.and_then(|row| u32::try_from(row).ok()).map(RowId).ok_or_else(Error::not_found)?;
    Ok(AccessInput { review, row, snapshot: snapshot.flatten() })
}

/// An access graph of at most `most` nodes: its ends, and the first of all others.
#[must_use]
pub fn encode(graph: &AccessGraph, most: usize) -> Value {
    let AccessGraph { nodes, effective, raw, sources, hidden, more } = graph;
    let cut = nodes.len().saturating_sub(most.max(2));
    let kept: Vec<&Shown> = match nodes.split_last() {
        Some((last, others)) => others.iter().take(others.len() - cut).chain([last]).collect(),
        None => Vec::new(),
    };
    let ids: HashSet<&str> = kept.iter().map(|node| node.id.as_str()).collect();
    let shown: Vec<Value> = kept.iter().map(|node| encode_node(node, &ids, hidden)).collect();
    json!({
        "nodes": shown,
        "accumulated_effective_permissions": effective,
        "accumulated_raw_permissions": raw,
        "datasource_infos": encode_infos(sources),
        "has_more": *more || cut > 0,
    })
}

fn encode_node(node: &Shown, kept: &HashSet<&str>, hidden: &[String]) -> Value {
    let mut properties = match &node.what {
        What::Node(frozen) => row::node(frozen, NODE),
        What::Permission { name, kind } => json!({ "name": name, "type": kind }),
    };
    if let Some(properties) = properties.as_object_mut() {
        let within = |column: &String| Some(column.strip_prefix(node.part)?.strip_prefix('.')?.to_owned());
        for attribute in hidden.iter().filter_map(within) {
            properties.remove(&attribute);
        }
        properties.insert("id".to_owned(), node.id.as_str().into());
    }
    let leads_to = node.leads_to.iter().filter(|id| kept.contains(id.as_str()));
    let out: Vec<Value> = leads_to.map(|id| json!({ "destination_node_id": id })).collect();
    json!({ "properties": properties, "out_edges": out })
}

/// How the data sources of a workflow are, the first `most` of them.
#[must_use]
pub fn encode_status(sources: &[SourceStatus], most: usize) -> Value {
    json!({ "datasource_infos": encode_infos(sources.get(..most).unwrap_or(sources)), "has_more": sources.len() > most })
}

/// How data sources are.
#[must_use]
pub fn encode_infos(sources: &[SourceStatus]) -> Vec<Value> {
    sources.iter().map(encode_info).collect()
}

/// How a data source is.
#[must_use]
pub fn encode_info(source: &SourceStatus) -> Value {
    let SourceStatus { id, name, loaded_at, last_error, warnings, deleted } = source;
    let reason = if *deleted { "the data source was retired" } else { "" };
    json!({
        "datasource_id": id.as_str(),
        "external_id": id.as_str(),
        "name": name,
        "last_sync_time": encode::optional_time(*loaded_at),
        "agent_type": "",
        "has_error": !last_error.is_empty(),
        "is_deleted": deleted,
        "reason": reason,
        "last_error_message": last_error,
        "has_warning": *warnings > 0,
    })
}

#[cfg(test)]
mod tests;
