use std::path::PathBuf;

use domain::ids::{
    ApiKeyId, AutomationId, CampaignId, CommandId, DataSourceId, ExportId, ReviewId, SnapshotId, WorkflowId,
};
use domain::note::NoteDigest;
use domain::page::{Act, Change, ClearedReason};
use domain::row::{Decision, NotificationStatus};
use domain::settings::{SelfReview, Setting, Value as Chosen};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::catalogue::types;
use super::*;
use crate::testing::stand::{Stand, now};

mod governance;
mod simulation;

fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(0x0190_f2a4_7b1c_7f3e_9d52_0000_0000_0000 + n)
}

fn user(name: &str) -> UserKey {
    UserKey::new("Identity", name).unwrap()
}

/// An event of every type that tells one fact.
fn facts() -> Vec<Event> {
    let (campaign, workflow) = (CampaignId::new(uuid(1)), WorkflowId::new(uuid(2)));
    let of_campaign = || OfCampaign { campaign, workflow };
    let of_certification = || OfCertification { certification: campaign, workflow };
    let snapshot = SnapshotId::new(1_777_622_400).unwrap();
    let data_source = DataSourceId::new("hr").unwrap();
    let api_key = ApiKeyId::new(uuid(3));
    vec![
        Event::WorkflowCreated(OfWorkflow { workflow }),
        Event::WorkflowUpdated(OfWorkflow { workflow }),
        Event::WorkflowDeleted(OfWorkflow { workflow }),
        Event::CampaignCreated(of_campaign()),
        Event::CampaignUpdated(of_campaign()),
        Event::CampaignDeleted(of_campaign()),
        Event::CampaignStarted(of_campaign()),
        Event::CampaignActivated(OfCampaignRows { campaign, workflow, snapshot, rows: 1_204 }),
        Event::CampaignFailed(of_campaign()),
        Event::CampaignCompleted(of_campaign()),
        Event::CampaignTerminated(of_campaign()),
        Event::CampaignExpired(of_campaign()),
        Event::CertificationStarted(of_certification()),
        Event::CertificationOpened(OfCertificationRows { certification: campaign, workflow, snapshot, rows: 1_204 }),
        Event::CertificationFailed(of_certification()),
        Event::CertificationCompleted(of_certification()),
        Event::CertificationExpired(of_certification()),
        Event::CertificationUpdated(of_certification()),
        Event::CertificationDeleted(of_certification()),
        Event::DataSourceLoaded(OfLoad {
            data_source: data_source.clone(),
            delivery: CommandId::new(uuid(4)),
            created: 12,
            updated: 3,
            removed: 1,
            warnings: 0,
        }),
        Event::DataSourceDeleted(OfDataSource { data_source }),
        Event::ApiKeyIssued(OfIssuedKey { api_key, role: "operator", user: user("lena"), expires_at: Some(now()) }),
        Event::ApiKeyRevoked(OfKey { api_key }),
    ]
    .into_iter()
    .chain(settled(workflow))
    .collect()
}

/// The same of every type that tells what administrators settle, and who takes rows along.
fn settled(workflow: WorkflowId) -> Vec<Event> {
    let checking = Chosen::SelfReview(SelfReview::CheckingEnabled);
    let setting = |workflow, versions, value| OfSetting::new(Setting::SelfReview, workflow, versions, value).unwrap();
    let automation = AutomationId::new(uuid(5));
    let of_automation = |version| OfAutomation { automation, version };
    let attachment = || OfAttachment { automation: Some(automation), workflow: Some(workflow) };
    let denied = vec![user("omar")];
    vec![
        Event::SettingChanged(setting(None, (0, 1), Some(&checking))),
        Event::SettingRemoved(setting(None, (1, 0), None)),
        Event::DenyListChanged(DenyListChange { added: denied, removed: Vec::new(), version: 4 }),
        Event::DelegationChanged(DelegationChange {
            added: vec![StandIn { original: user("lena"), delegate: user("ines") }],
            removed: Vec::new(),
            version: 2,
        }),
        Event::AutomationCreated(of_automation(1)),
        Event::AutomationUpdated(of_automation(2)),
        Event::AutomationDeleted(of_automation(2)),
        Event::AutomationAttached(attachment()),
        Event::AutomationDetached(OfAttachment { workflow: None, ..attachment() }),
        Event::ExportCreated(OfExport {
            export: ExportId::new(uuid(6)),
            review: ReviewId::new(uuid(1)),
            format: "csv",
        }),
    ]
}

/// A transaction in which everything happens that can happen to rows.
fn everything() -> Vec<(u32, Vec<Act>)> {
    let act = |rows, change| Act { rows, change };
    let cleared = |reason, previous| Change::Cleared { reason, previous, decider: Some(user("omar")) };
    let acts = vec![
        act(0b11, Change::Decided { decision: Decision::Accepted }),
        act(0b100, Change::Decided { decision: Decision::Rejected }),
        act(0b100, Change::Notification { status: NotificationStatus::Pending }),
        act(0b1000_0000, Change::Answered { status: NotificationStatus::Pending, info: None }),
        act(0b100, Change::Note { digest: Some(NoteDigest::of("left the company")) }),
        act(0b1000, cleared(ClearedReason::Undone, Decision::Accepted)),
        act(0b1_0000, Change::Flagged),
        act(0b10_0000, Change::Reviewers { old: vec![user("lena")], new: vec![user("omar"), user("ines")] }),
        act(0b11, Change::SignedOff),
        act(0b100_0000, Change::SignOffUndone),
    ];
    vec![(3, acts.clone()), (4, acts)]
}

fn rows_of(pages: &[(u32, Vec<Act>)]) -> Outgoing {
    let pages: Vec<(u32, &[Act])> = pages.iter().map(|(page, acts)| (*page, acts.as_slice())).collect();
    rows::message(ReviewId::new(uuid(1)), ReviewKind::Campaign, &user("lena"), &pages).unwrap()
}

/// What the bus is told of messages that a command wrote.
fn told(write: impl FnOnce(&mut Tx<'_>)) -> Vec<Envelope> {
    engine::simulate(1, async {
        let stand = Stand::new();
        let mut tx = stand.deps.store.write(CommandId::new(uuid(9)), now());
        write(&mut tx);
        let sent = tx.commit().await.unwrap().outgoing;
        sent.iter().flat_map(|sent| envelopes(sent).unwrap()).collect()
    })
}

fn samples() -> Vec<Envelope> {
    let mut all = told(|tx| {
        for event in facts() {
            tell(tx, Some(&user("lena")), &event).unwrap();
        }
    });
    all.extend(told(|tx| tx.send_as(192, rows_of(&everything())).unwrap()));
    all
}

/// The schema of what stands in `detail`.
fn schema(kind: &str, version: u32, meaning: &str, data: &schemars::Schema, definitions: &Map<String, Value>) -> Value {
    let text = |meaning: &str| json!({"type": "string", "description": meaning});
    let id = text("The same for every delivery of the event: consumers deduplicate by it.");
    let mut time = text("When the fact came about.");
    time["format"] = json!("date-time");
    let mut actor = text("Who did it, as user type and id; null for work in the background.");
    actor["type"] = json!(["string", "null"]);
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind,
        "description": meaning,
        "type": "object",
        "required": ["id", "type", "version", "time", "actor", "data"],
        "properties": {
            "id": id,
            "type": {"const": kind},
            "version": {"const": version},
            "time": time,
            "actor": actor,
            "data": data,
        },
    });
    // Only what the type refers to, and what that refers to.
    let mut used = Map::new();
    loop {
        let text = format!("{schema}{used:?}");
        let found = definitions.iter().filter(|(name, _)| text.contains(&format!("#/$defs/{name}\"")));
        let found: Map<String, Value> = found.map(|(name, schema)| (name.clone(), schema.clone())).collect();
        if found.len() == used.len() {
            break;
        }
        used = found;
    }
    schema["$defs"] = Value::Object(used);
    schema
}

fn schemas() -> Vec<(&'static str, String, Value)> {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let types = types(&mut generator);
    let definitions = generator.take_definitions(true);
    let of = |(kind, version, meaning, data): (&'static str, u32, String, schemars::Schema)| {
        let schema = schema(kind, version, &meaning, &data, &definitions);
        (kind, meaning, schema)
    };
    types.into_iter().map(of).collect()
}

fn delivered(event: &Envelope) -> Value {
    let detail: Value = serde_json::from_str(&event.detail).unwrap();
    json!({
        "version": "0",
        "id": "7b5d4c1e-2f7a-4a53-9a3c-2d1f0e9b8a77",
        "source": SOURCE,
        "detail-type": event.kind,
        "account": "123456789012",
        "time": event.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "region": "eu-central-1",
        "resources": [],
        "detail": detail,
    })
}

/// Compares a committed file with what the code says now; `UPDATE=1` writes the file instead.
#[track_caller]
fn committed(name: &str, now: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/events").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, now).unwrap();
        return;
    }
    let held = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(held == now, "docs/events/{name} is stale: run `UPDATE=1 cargo test -p app event`");
}

/// What of a value does not fit a schema: as much of JSON Schema as the schemas use.
fn misfits(schema: &Value, value: &Value, definitions: &Value, path: &str) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        return misfits(&definitions[name.trim_start_matches("#/$defs/")], value, definitions, path);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = choices.iter().any(|choice| misfits(choice, value, definitions, path).is_empty());
        return if fits { Vec::new() } else { vec![format!("{path}: {value} is no choice")] };
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types = &schema["type"];
    let mut found = Vec::new();
    if !types.is_null() && types != kind && !types.as_array().is_some_and(|types| types.contains(&json!(kind))) {
        found.push(format!("{path}: {value} is no {types}"));
    }
    if !schema["const"].is_null() && schema["const"] != *value {
        found.push(format!("{path}: {value} is not {}", schema["const"]));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        found.push(format!("{path}: {value} is none of {}", schema["enum"]));
    }
    for (place, item) in value.as_array().into_iter().flatten().enumerate() {
        found.extend(misfits(&schema["items"], item, definitions, &format!("{path}[{place}]")));
    }
    for (name, field) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(name) {
            Some(schema) => found.extend(misfits(schema, field, definitions, &format!("{path}.{name}"))),
            None => found.push(format!("{path}.{name} is not described")),
        }
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            found.push(format!("{path}.{name} is missing"));
        }
    }
    found
}

#[test]
fn the_committed_schemas_and_samples_are_what_the_code_says() {
    let samples = samples();
    for (kind, _, schema) in schemas() {
        committed(&format!("{kind}.schema.json"), &format!("{schema:#}\n"));
        let sample = samples.iter().find(|sample| sample.kind == kind).unwrap_or_else(|| panic!("no sample of {kind}"));
        committed(&format!("{kind}.sample.json"), &format!("{:#}\n", delivered(sample)));
    }
}

#[test]
fn no_file_is_left_of_a_type_that_is_gone_and_the_readme_names_every_type() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/events");
    let schemas = schemas();
    for file in std::fs::read_dir(&folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let kind = name.trim_end_matches(".schema.json").trim_end_matches(".sample.json");
        assert!(name == "README.md" || schemas.iter().any(|(held, ..)| *held == kind), "{name}");
    }
    let readme = std::fs::read_to_string(folder.join("README.md")).unwrap();
    for (kind, meaning, _) in schemas {
        assert!(readme.contains(&format!("| `{kind}` | {meaning} |")), "| `{kind}` | {meaning} |");
    }
}

#[test]
fn every_sample_fits_its_schema() {
    let samples = samples();
    for (kind, _, schema) in schemas() {
        for sample in samples.iter().filter(|sample| sample.kind == kind) {
            let detail: Value = serde_json::from_str(&sample.detail).unwrap();
            assert_eq!(misfits(&schema, &detail, &schema["$defs"], kind), Vec::<String>::new());
        }
    }
}

#[test]
fn every_event_has_an_id_of_its_own_and_the_same_each_time() {
    let (first, second) = (samples(), samples());
    assert_eq!(first, second);
    let ids: std::collections::BTreeSet<_> = first.iter().map(|event| &event.id).collect();
    assert_eq!(ids.len(), first.len());
}

#[test]
fn a_command_that_tells_the_same_of_several_things_tells_each_once() {
    let source = |name: &str| Event::DataSourceDeleted(OfDataSource { data_source: DataSourceId::new(name).unwrap() });
    let told = told(|tx| {
        for name in ["hr", "crm", "erp"] {
            tell(tx, None, &source(name)).unwrap();
        }
    });
    let ids: std::collections::BTreeSet<_> = told.iter().map(|event| &event.id).collect();
    assert_eq!(ids.len(), 3);
}

#[test]
fn the_largest_transaction_of_rows_stays_far_below_what_the_bus_takes() {
    let reviewers: Vec<UserKey> = (0..100).map(|n| user(&format!("{n:0>100}"))).collect();
    let mut change: Vec<Change> = vec![Change::Reviewers { old: Vec::new(), new: reviewers }, Change::SignOffUndone];
    change.push(Change::Decided { decision: Decision::Accepted });
    let acts: Vec<Act> = change.into_iter().map(|change| Act { rows: u64::MAX, change }).collect();
    let pages: Vec<(u32, Vec<Act>)> = (15_580..15_625).map(|page| (page, acts.clone())).collect();
    let told = told(|tx| tx.send_as(192, rows_of(&pages)).unwrap());
    let sizes: Vec<usize> = told.iter().map(|event| event.detail.len()).collect();
    assert_eq!(sizes.len(), 3);
    assert!(sizes.iter().all(|size| *size < 64 * 1024), "{sizes:?}");
}

#[test]
fn of_rows_that_are_given_to_others_it_is_told_who_did_not_review_them_before() {
    let given = |old: &[&str], new: &[&str]| {
        let [old, new] = [old, new].map(|names| names.iter().map(|name| user(name)).collect());
        Change::Reviewers { old, new }
    };
    let changes =
        [given(&["ann"], &["ann", "bob"]), given(&["ann", "bob"], &["ann"]), given(&["cid"], &["bob", "dan"])];
    let acts: Vec<Act> =
        changes.into_iter().enumerate().map(|(slot, change)| Act { rows: 1 << slot, change }).collect();
    let [event] = told(|tx| tx.send_as(192, rows_of(&[(0, acts)])).unwrap()).try_into().unwrap();
    let detail: Value = serde_json::from_str(&event.detail).unwrap();
    assert_eq!(detail["data"]["added"], json!(["Identity/bob", "Identity/dan"]));
}

#[test]
fn a_decision_is_told_in_few_bytes_and_a_hundred_in_hardly_more() {
    let accepted = |rows| vec![Act { rows, change: Change::Decided { decision: Decision::Accepted } }];
    let one = rows_of(&[(12, accepted(1 << 40))]).body.len();
    let hundred = rows_of(&[(12, accepted(0xf << 60)), (13, accepted(u64::MAX)), (14, accepted(u64::MAX >> 32))]);
    assert!(one < 200 && hundred.body.len() < 300, "{one}, {}", hundred.body.len());
}

#[test]
fn nothing_that_names_a_person_or_says_what_they_wrote_is_told() {
    let all: String = samples().iter().map(|sample| sample.detail.clone()).collect();
    for word in ["@", "left the company", "email", "\"name\"", "hash", "token", "secret"] {
        assert!(!all.contains(word), "{word}");
    }
}
