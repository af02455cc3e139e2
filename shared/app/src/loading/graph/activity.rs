//! Whether accounts and identities are active, where they say so by their status alone.
//!
//! Sources tell it one way or the other. Whoever asks for `is_active` in a filter means both: else `ne true` would select
//! every account of a source that only knows a status.

use columns::{Batch, BoolBuilder};
use domain::inventory::Family;

use crate::cells;

/// What says it.
pub(super) const IS_ACTIVE: &str = "is_active";
/// What it follows from where nothing else does.
const STATUS: &str = "status";

/// A stored block in which `is_active` is told of every node of which it is known.
pub(super) fn told(family: Family, mut batch: Batch) -> Batch {
    if !matches!(family, Family::Account | Family::Identity) || batch.column(STATUS).is_none() {
        return batch;
    }
    let cell = |name: &str, row| batch.column(name).and_then(|column| column.cell(row));
    let mut told = BoolBuilder::new();
    for row in 0..batch.rows() {
        told.push(cells::activity(cell(IS_ACTIVE, row), cell(STATUS, row)));
    }
    let told = told.finish(IS_ACTIVE);
    if told.absent() < told.rows() {
        // The rows are as many: it cannot be refused.
        let _fits = batch.overlay(told);
    }
    batch
}

#[cfg(test)]
mod tests {
    use domain::inventory::Value;

    use crate::testing::sketch::{Sketch, text};

    use super::*;

    #[test]
    fn activity_is_what_a_node_says_else_its_status_else_unknown() {
        let flag = |active| ("is_active", Value::Bool(active));
        let status = |word| ("status", text(word));
        let graph = Sketch::default()
            .account("a-active", &[status("Active")])
            .account("b-locked", &[status("locked")])
            .account("c-says", &[status("locked"), flag(true)])
            .account("d-blank", &[status(" ")])
            .account("e-nothing", &[])
            .node(Family::Identity, "p-left", &[status("left")])
            .node(Family::Identity, "q-says", &[flag(false)])
            .node(Family::Resource, "r", &[status("active")])
            .graph();
        for (family, id, active) in [
            (Family::Account, "a-active", Some(true)),
            (Family::Account, "b-locked", Some(false)),
            (Family::Account, "c-says", Some(true)),
            (Family::Account, "d-blank", None),
            (Family::Account, "e-nothing", None),
            (Family::Identity, "p-left", Some(false)),
            (Family::Identity, "q-says", Some(false)),
            (Family::Resource, "r", None),
        ] {
            let node = graph.find(family, id, None).unwrap();
            assert_eq!(graph.flag(node, IS_ACTIVE), active, "{id}");
        }
    }
}
