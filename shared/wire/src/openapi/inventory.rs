//! Schemas of the inventory: what is reviewed, and the providers that push it.

use app::loading::sources::provider::{MAX_ICON, Template};
use serde_json::{Value, json};

use super::schema::{
    Field, answer, bounded, count, flag, list, of, one_of, open_object, or_null, request, text, time, words,
};
use crate::decode::MAX_NAME;

/// A picture that shows everything a picture can say.
const SAMPLE: &str = include_str!("../../../../docs/samples/inventory/rich.json");

/// Name and schema of everything the inventory endpoints send and take.
pub fn schemas() -> Vec<(&'static str, Value)> {
    [pictures(), sources(), uploads(), snapshots(), providers(), pushes()].concat()
}

fn pictures() -> Vec<(&'static str, Value)> {
    let lists: [(&str, &str); 10] = [
        ("owners", "People: id, name, email, manager_id, department, title, status, ..."),
        ("applications", "id, name, owner_ids, ..."),
        ("accounts", "id, name, application_id, owner_id, email, account_type, status, privileged, mfa_enabled, ..."),
        ("groups", "id, name, is_high_privilege, ..."),
        ("roles", "id, name, application_id, ..."),
        ("resources", "id, name, resource_type, application_id, parent_id, ..."),
        ("classifications", "id, name"),
        ("permissions", "name, effective_permissions: what the names in grants mean"),
        ("memberships", "group_id with account_id or member_group_id"),
        ("role_assignments", "role_id with account_id, group_id or member_role_id"),
    ];
    let mut fields: Vec<Field> = vec![("name", text(), ""), ("platform", text(), "")];
    fields.extend(lists.map(|(name, what)| (name, list(open_object()), what)));
    fields.push((
        "grants",
        list(open_object()),
        "account_id, group_id or role_id with application_id or resource_id, permissions, apply_to_sub_resources",
    ));
    let description = "Everything one data source knows now. What is missing is gone. Every list may be left out.";
    let mut picture = request(description, &[], fields);
    if let (Value::Object(picture), Ok(sample)) = (&mut picture, serde_json::from_str::<Value>(SAMPLE)) {
        picture.insert("examples".to_owned(), json!([sample]));
    }
    let note = answer("A remark about an input.", vec![("place", text(), "Path, or line"), ("message", text(), "")]);
    let report = answer(
        "What a load changed.",
        vec![
            ("created", count(), ""),
            ("updated", count(), ""),
            ("removed", count(), ""),
            ("warnings", list(of("Note")), ""),
        ],
    );
    vec![("Picture", picture), ("Note", note), ("LoadReport", report)]
}

fn sources() -> Vec<(&'static str, Value)> {
    let source = answer(
        "A data source.",
        vec![
            ("datasource_id", text(), ""),
            ("name", text(), ""),
            ("platform", text(), ""),
            ("format", text(), "How it was loaded last; empty before"),
            ("provider_id", or_null(text()), "The provider that pushes it"),
            ("created_at", time(), ""),
            ("last_sync_time", or_null(time()), "When it was loaded last"),
            ("account_count", count(), ""),
            ("node_count", count(), ""),
            ("edge_count", count(), ""),
        ],
    );
    vec![("DataSource", source), ("DataSourcePage", super::campaigns::page("datasources", "DataSource"))]
}

fn uploads() -> Vec<(&'static str, Value)> {
    let input = request(
        "How the upload is written.",
        &[],
        vec![
            ("format", text(), "As the parameter of a direct load"),
            ("name", bounded(MAX_NAME), "What people call the data source"),
            ("mode", words(&["full", "delta"]), "As the parameter of a direct load"),
            ("max_removed_percent", count(), "As the parameter of a direct load"),
            ("force", flag(), "As the parameter of a direct load"),
        ],
    );
    let opened = answer(
        "Where to send the bytes.",
        vec![
            ("upload_id", text(), ""),
            ("url", text(), "Send them here, without a token"),
            ("method", words(&["PUT"]), ""),
            ("expires_at", time(), ""),
            ("max_bytes", count(), ""),
        ],
    );
    let upload = answer(
        "How an upload fares.",
        vec![
            ("upload_id", text(), ""),
            ("datasource_id", text(), ""),
            ("status", words(&["waiting", "processing", "completed", "failed", "expired"]), ""),
            ("percent_complete", count(), ""),
            ("created_at", time(), ""),
            ("expires_at", time(), "Until when the bytes are accepted"),
            ("report", or_null(of("LoadReport")), "When completed"),
            ("errors", list(of("Note")), "When failed"),
        ],
    );
    vec![("UploadInput", input), ("OpenedUpload", opened), ("Upload", upload)]
}

fn snapshots() -> Vec<(&'static str, Value)> {
    let snapshot = answer(
        "The inventory as it was.",
        vec![("snapshot_id", text(), "A Unix second"), ("taken_at", time(), ""), ("datasource_ids", list(text()), "")],
    );
    vec![
        ("SnapshotId", answer("", vec![("snapshot_id", text(), "A Unix second")])),
        ("Snapshot", snapshot),
        ("SnapshotPage", super::campaigns::page("snapshots", "Snapshot")),
    ]
}

fn providers() -> Vec<(&'static str, Value)> {
    let templates = Template::ALL.map(Template::name);
    let provider = answer(
        "A kind of system that pushes payloads.",
        vec![
            ("id", text(), ""),
            ("name", text(), ""),
            ("custom_template", words(&templates), ""),
            ("state", words(&["ENABLED"]), ""),
            ("provisioning", flag(), "Whether people are set up after it"),
            ("icon_base64", or_null(text()), "Shown with a single provider alone"),
            ("created_at", time(), ""),
        ],
    );
    let source = answer(
        "One instance of such a system.",
        vec![
            ("id", text(), ""),
            ("provider_id", text(), ""),
            ("name", text(), ""),
            ("created_at", time(), ""),
            ("last_sync_time", or_null(time()), ""),
        ],
    );
    let values = |name: &str| {
        answer("", vec![("values", list(of(name)), ""), ("has_more", flag(), ""), ("next_page_token", text(), "")])
    };
    let value = |name: &str| answer("", vec![("value", of(name), "")]);
    vec![
        ("Provider", provider),
        ("ProviderValue", value("Provider")),
        ("ProviderList", values("Provider")),
        (
            "ProviderInput",
            request(
                "A new provider.",
                &["name", "custom_template"],
                vec![
                    ("name", bounded(MAX_NAME), ""),
                    ("custom_template", words(&templates), ""),
                    ("provisioning", flag(), "Only for hris"),
                ],
            ),
        ),
        ("ProviderChange", request("What is to change.", &[], vec![("provisioning", flag(), "Only for hris")])),
        (
            "ProviderIcon",
            request("An image.", &["icon_base64"], vec![("icon_base64", bounded(MAX_ICON), "Base64 of any image")]),
        ),
        ("ProviderSource", source),
        ("ProviderSourceValue", value("ProviderSource")),
        ("ProviderSourceList", values("ProviderSource")),
        ("ProviderSourceInput", request("A new data source.", &["name"], vec![("name", bounded(MAX_NAME), "")])),
        ("ProviderTemplate", answer("", vec![("name", words(&templates), "")])),
        ("ProviderTemplateList", values("ProviderTemplate")),
    ]
}

fn pushes() -> Vec<(&'static str, Value)> {
    let push = request(
        "A payload in its envelope.",
        &["json_data"],
        vec![
            ("id", text(), "The provider, as in the path"),
            ("data_source_id", text(), "The data source, as in the path"),
            ("json_data", one_of(vec![text(), open_object()]), "The payload as text, or base64 of its gzip"),
            ("compression_type", words(&["GZIP"]), "When json_data is compressed"),
        ],
    );
    let warning = answer("", vec![("message", text(), "")]);
    let pushed = request("What was noticed; nothing when all is well.", &[], vec![("warnings", list(warning), "")]);
    let file = request(
        "A CSV file in its envelope.",
        &["csv_data"],
        vec![
            ("id", text(), "The provider, as in the path"),
            ("data_source_id", text(), "The data source, as in the path"),
            ("csv_data", text(), "Base64 of the file: accounts of an application, people of an hris"),
            ("compression_type", words(&["GZIP"]), "When the file is compressed"),
        ],
    );
    let part = request(
        "A step of a push in parts.",
        &["operation"],
        vec![
            ("operation", words(&["start", "upload", "complete"]), ""),
            ("upload_id", text(), "As start answered it"),
            ("sequence_number", count(), "The place of the part, from 1"),
            ("data", text(), "Base64 of the part"),
            ("sequence_count", count(), "How many parts there are"),
        ],
    );
    let warning = answer("", vec![("message", text(), "")]);
    let done = request(
        "start answers the id, complete what was noticed.",
        &[],
        vec![("upload_id", text(), ""), ("warnings", list(warning), "")],
    );
    vec![("Push", push), ("Pushed", pushed), ("PushedFile", file), ("PushPart", part), ("PartPushed", done)]
}
