//! Schemas of access graphs, and of how data sources are.

use serde_json::Value;

use crate::openapi::schema::{Field, answer, flag, list, of, or_null, text, time};

/// Name and schema of each.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let info: Vec<Field> = vec![
        ("datasource_id", text(), ""),
        ("external_id", text(), "The same"),
        ("name", text(), ""),
        ("last_sync_time", or_null(time()), "When it was loaded last"),
        ("agent_type", text(), "Always empty"),
        ("has_error", flag(), "Whether its last delivery was kept out"),
        ("is_deleted", flag(), "Whether it was retired"),
        ("reason", text(), "Why it is not as it should be; empty when it is"),
        ("last_error_message", text(), "What kept the last delivery out"),
        ("has_warning", flag(), "Whether its last delivery came with warnings"),
    ];
    let node: Vec<Field> = vec![
        (
            "properties",
            of("ResultNode"),
            "A node of the inventory, or what a grant amounts to: an `…EffectivePermission`",
        ),
        ("out_edges", list(of("AccessGraphEdge")), "To nodes of this answer"),
    ];
    let graph: Vec<Field> = vec![
        ("nodes", list(of("AccessGraphNode")), "The source first, the destination last"),
        ("accumulated_effective_permissions", list(text()), "Canonical names"),
        ("accumulated_raw_permissions", list(text()), "As the target system spells them"),
        ("datasource_infos", list(of("DataSourceInfo")), "Where the nodes come from"),
        ("has_more", flag(), "Whether there are more nodes than are shown"),
    ];
    let status: Vec<Field> = vec![
        ("datasource_infos", list(of("DataSourceInfo")), "By id"),
        ("has_more", flag(), "Whether there are more than are shown"),
    ];
    vec![
        ("DataSourceInfo", answer("How a data source is.", info)),
        ("AccessGraphEdge", answer("", vec![("destination_node_id", text(), "")])),
        ("AccessGraphNode", answer("", node)),
        ("AccessGraph", answer("Everything by which the source of a row reaches its destination.", graph)),
        ("DataSourceStatus", answer("How the data sources of a workflow are.", status)),
    ]
}
