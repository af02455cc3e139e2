//! Snapshots.

use app::loading::sources::snapshot::SnapshotView;
use app::page::Page;
use serde_json::{Value, json};

use crate::encode;

/// The snapshot that was taken, or that holds the same content already. Ids are Unix seconds, sent as text.
#[must_use]
pub fn taken(snapshot: &SnapshotView) -> Value {
    json!({ "snapshot_id": snapshot.id.to_string() })
}

/// A page of snapshots, newest first.
#[must_use]
pub fn list(page: &Page<SnapshotView>) -> Value {
    super::page("snapshots", page, |snapshot| {
        let SnapshotView { id, taken_at, sources } = snapshot;
        let sources: Vec<&str> = sources.iter().map(|source| source.as_str()).collect();
        json!({ "snapshot_id": id.to_string(), "taken_at": encode::time(*taken_at), "datasource_ids": sources })
    })
}
