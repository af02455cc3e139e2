//! Stored forms: what is written today is what the golden file of the newest format holds, and what the golden files of
//! all formats hold is read for ever.
//!
//! A file is a whole small table, an item a line. When a form changes on purpose, a new file is added beside the old
//! ones (`GOLDEN_WRITE=1 cargo test -p store golden` writes it).

mod former;

use std::collections::HashMap;
use std::path::PathBuf;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::assignment::Standing;
use domain::automation::attachment::{Attachment, Attachments, Roster, Said};
use domain::automation::{AttachmentBehavior, Automation};
use domain::help_page::{HelpPage, HelpPageKey, Usage};
use domain::ids::{DataSourceId, JobId, PolicyId, QuickFilterId, RowId, SmartActionId, SnapshotId, WorkflowId};
use domain::inventory::{Family, Node, Picture, Value};
use domain::note::NoteDigest;
use domain::page::{Change, PageState, acts};
use domain::quick_filter::QuickFilter;
use domain::review::ReviewerAssignment;
use domain::row::Decision;
use domain::settings::Origin;
use domain::smart_action::{MutableFields, SmartAction};
use serde_json::Value as Json;

use super::aggregates::{api_key, campaign, provider, source, upload, workflow};
use super::automation::{self, automation, marking};
use super::rule::{assigned, rule};
use super::{
    TABLE, World, assert_sound, certification, command, command_id, key, later, now, policy, review_id, run, user,
    uuid, visit, world,
};
use crate::certification::Plan;
use crate::idempotency::{Answer, CallKey, Claim};
use crate::inventory::{Found, Source};
use crate::item::Item;
use crate::job::{Ending, Job, JobState, Part};
use crate::lookup::IdentityHash;
use crate::outbox::Outgoing;
use crate::page::PageWork;
use crate::reach::{Reach, ReachChange};
use crate::scim::{Directory, Resource, ResourceId, ResourceKind, Term};
use crate::snapshot::Snapshot;
use crate::upload::{self, Upload, UploadState};
use crate::{Error, Store};

/// The newest format.
const NEWEST: u32 = 5;

fn path(format: u32) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/table-v{format}.jsonl"))
}

fn picture() -> Picture {
    let mut account = Node::new(Family::Account, "acct-1");
    account.attributes.insert("email".to_owned(), Value::Text("m.okafor@corp.example".to_owned()));
    account.attributes.insert("mfa_enabled".to_owned(), Value::Bool(false));
    account.attributes.insert("last_login_at".to_owned(), Value::Time(now()));
    Picture { name: "ERP".to_owned(), platform: "Suite".to_owned(), nodes: vec![account], ..Picture::default() }
}

fn snapshot() -> Snapshot {
    let sources = vec![(DataSourceId::new("erp").unwrap(), command_id(77))];
    Snapshot { id: SnapshotId::new(1_772_000_000).unwrap(), sources }
}

fn help_page() -> HelpPage {
    let key = HelpPageKey { workflow: None, usage: Usage::SignOff };
    HelpPage { key, name: "Before you sign".to_owned(), template: "# {{WORKFLOW_NAME}}".to_owned() }
}

fn quick_filter() -> QuickFilter {
    let id = QuickFilterId::new(uuid(30));
    let filter = "source.employee_type eq \"contractor\"".to_owned();
    QuickFilter { id, name: "Contractors".to_owned(), workflow: Some(WorkflowId::new(uuid(900))), filter }
}

fn smart_action() -> SmartAction {
    SmartAction {
        id: SmartActionId::new(uuid(31)),
        name: "Reject leavers".to_owned(),
        description: "Before the end".to_owned(),
        workflow: None,
        filter: "source.is_active ne \"true\"".to_owned(),
        mutable_filter: "decision eq \"NONE\"".to_owned(),
        apply_to_all_rows: false,
        fields: MutableFields {
            decision: Some(Decision::Rejected),
            notes: Some("left".to_owned()),
            signed_off: Some(true),
            reviewers: Vec::new(),
            assignment: Some(ReviewerAssignment {
                users_manager: true,
                fallback_reviewers: vec![user("lena")],
                ..ReviewerAssignment::default()
            }),
        },
    }
}

fn plan() -> Plan {
    Plan { rows: 100, starts: vec![0, 64], header: "{\"columns\":3}".to_owned() }
}

fn block() -> columns::Batch {
    let mut names = columns::TextBuilder::new();
    names.push(Some("acct-1"));
    columns::Batch::of(1, [names.finish("source.id")]).unwrap()
}

async fn write_secret(store: &Store) -> Result<(), Error> {
    let mut tx = store.write(command_id(29), now());
    tx.put_webhook_secret(None, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    tx.commit().await.map(|_nothing_to_send| ())
}

/// One of everything.
async fn write(store: &Store) -> Result<(), Error> {
    let mut one = certification(1);
    one.query_used = super::aggregates::query();
    one.reviewers = vec![user("lena")];
    let mut tx = store.write(command_id(1), now());
    tx.insert_campaign(&campaign(1, now()))?;
    tx.insert_workflow(&workflow(900, now()))?;
    tx.insert_certification(&one, 1)?;
    tx.insert_api_key(&api_key(3, now()))?;
    tx.insert_source(&source("erp", Some(4)))?;
    tx.note_delivery(&DataSourceId::new("erp").unwrap(), r#"{"created":1}"#);
    tx.insert_provider(&provider(4, "Okta"))?;
    tx.insert_upload(&upload(5, now()))?;
    tx.insert_snapshot(&snapshot())?;
    tx.insert_user(&user("lena"))?;
    tx.insert_help_page(&help_page())?;
    tx.put_delegates(&[(key("lena"), key("omar"))], 0)?;
    tx.insert_job(&Job::new(JobId::new(uuid(6)), "materialise", "{}", key("ines"), now()), later(300));
    tx.send(Outgoing { kind: "materialise".to_owned(), body: "{\"job\":6}".to_owned() })?;
    let _ = tx.commit().await?;
    let mut tx = store.write(command_id(91), now());
    tx.put_denied(&[key("ines")], 0)?;
    let _ = tx.commit().await?;
    one.total = 100;
    let mut tx = store.write(command_id(2), now());
    tx.publish_certification(&one, 1, 1, Some(later(3_600)), Origin::Campaign)?;
    let _ = tx.commit().await?;

    let mut tx = store.write(command_id(7), now());
    tx.freeze_inputs(&one.id, 1, "{\"as_of\":1}");
    let _ = tx.commit().await?;
    write_definitions(store).await?;
    super::letter::write(store).await?;
    super::inventory::write_people(store).await?;
    write_inventory(store).await?;
    super::settings::put(store, None, &super::settings::each()).await?;
    write_secret(store).await?;
    store.endings().look_at(&one.id, later(90)).await?;
    store.certifications().write_plan(&one.id, 1, &plan()).await?;
    store.certifications().write_zones(&one.id, 1, 0, b"zones").await?;
    let bytes = columns::encode(&block(), &columns::Options::default()).unwrap();
    store.blocks().write(&one.id, 1, [(0, bytes)]).await?;
    store.lookup().write(&one.id, 1, &[(IdentityHash::of(&["acct-1"]), RowId(0))]).await?;
    let reach = Reach::from_iter([(0, u64::MAX), (1, 0b11)]).with_stretch(0..66);
    store.reaches().write_all(&one.id, 1, [(key("lena"), reach)]).await?;
    store.inventory().write(&DataSourceId::new("erp").unwrap(), &command_id(77), &picture()).await?;
    let _ = store
        .pages()
        .commit(&command(one.id, 10, "lena"), &[0], |_, _: &PageState| {
            let note = Change::Note { digest: Some(NoteDigest::of("left")) };
            let changes = vec![Change::Decided { decision: Decision::Rejected }, note, Change::SignedOff];
            let reach = vec![ReachChange { user: key("omar"), add: 0b1, remove: 0 }];
            Ok::<_, ()>(PageWork { acts: acts([(3, changes)]), notes: vec!["left".to_owned()], reach })
        })
        .await
        .unwrap();
    let job = JobId::new(uuid(6));
    store.jobs().run(&job, Some(100), later(1), later(301)).await?;
    store.jobs().finish_range(&job, 0, &Part { processed: 100, matches: 1, ..Part::default() }, later(2), None).await?;
    store.jobs().end(&job, &Ending::Completed { result: Some("{}".to_owned()), processed: None }, later(3)).await?;
    store.idempotency().claim(&CallKey::new(&key("lena"), "decide", "k"), &[7; 32], uuid(8), now()).await?;
    let answer = Answer { status: 200, body: "{}".to_owned(), version: Some(2) };
    store.idempotency().finish(&CallKey::new(&key("lena"), "decide", "k"), uuid(8), &answer).await
}

/// A rule and policies of every kind, in use in the campaign.
async fn write_definitions(store: &Store) -> Result<(), Error> {
    let mut tx = store.write(command_id(12), now());
    tx.insert_rule(&rule(20))?;
    for (n, expectation) in (21..).zip(policy::each()) {
        tx.insert_policy(&policy::policy(n, expectation))?;
    }
    let switched = |n: u128| [(PolicyId::new(uuid(n)), true)];
    tx.apply_policies(&review_id(1), &[policy::applied(22, Some(30.5))], 0, &switched(22))?;
    tx.insert_quick_filter(&quick_filter())?;
    tx.insert_smart_action(&smart_action())?;
    tx.assign_rules(&review_id(1), &[assigned(20, true)], 0, &[(rule(20).id, true)])?;
    let _ = tx.commit().await?;
    former::write(store).await?;
    write_automations(store).await
}

/// Automations of both kinds, with everything that can be said of workflows.
async fn write_automations(store: &Store) -> Result<(), Error> {
    automation::make(store, 50, &automations()).await?;
    let workflow = WorkflowId::new(uuid(902));
    let (roster, _) = store.automations().of_workflow(&workflow).await?;
    let [changing, marking] = automations();
    let mut quiet = marking.clone();
    quiet.content.attachment = AttachmentBehavior::default();
    let (changing, marked) = (changing.id, marking.id);
    let (mut all, mut own) = (roster.value, Attachments::at_birth(&Roster::default(), 1));
    all.sweep(changing, Some(false), 2);
    all.update(&quiet, 2).unwrap();
    all.sweep(marked, None, 2);
    all.update(&marking, 2).unwrap();
    own.set(changing, None, 2);
    own.set(marked, Some(false), 2);
    let mut tx = store.write(command_id(51), now());
    tx.put_roster(&all, 1)?;
    tx.put_attachments(&workflow, &own, 0)?;
    let _ = tx.commit().await?;
    Ok(())
}

fn automations() -> [Automation; 2] {
    [automation(42, "Carry over"), marking(43, "Mark")]
}

async fn read_automations(store: &Store) {
    let expected = automations();
    assert_eq!(store.automations().get_many(&expected.each_ref().map(|one| one.id)).await.unwrap(), expected);
    let pinned = expected.each_ref().map(|one| (one.id, 1));
    assert_eq!(store.automations().versions(&pinned).await.unwrap(), expected);
    let sweeps = |n: usize, roster: &Roster| roster.entries[n].sweeps.iter().map(|s| s.what).collect::<Vec<_>>();
    let (roster, own) = store.automations().of_workflow(&WorkflowId::new(uuid(902))).await.unwrap();
    assert_eq!(sweeps(0, &roster.value), [Said::Attach { opt_in: false }]);
    assert_eq!(sweeps(1, &roster.value), [Said::Detach, Said::AttachRest { opt_in: true }]);
    let attached = Attachment { automation: expected[1].id, version: 1, opt_in: false };
    assert_eq!((own.value.born, own.value.resolved(&roster.value)), (1, vec![attached]));
    let another = store.automations().attached(&WorkflowId::new(uuid(901))).await.unwrap();
    assert_eq!(another.iter().map(|one| one.opt_in).collect::<Vec<_>>(), [false, true]);
}

fn directory() -> Directory {
    let mut directory = Directory::new(DataSourceId::new("scim-1").unwrap(), "Okta".to_owned(), now());
    directory.users.add();
    directory.groups.add();
    (directory.memberships, directory.revision, directory.due) = (1, 2, Some(later(60)));
    directory
}

fn resources() -> [Resource; 2] {
    let id = |kind| ResourceId { kind, number: 1 };
    let attributes = |body: Json| body.as_object().unwrap().clone();
    let (kinds, times) = ((ResourceKind::User, ResourceKind::Group), (now(), later(9)));
    [
        Resource {
            id: id(kinds.0),
            attributes: attributes(serde_json::json!({ "userName": "lena", "active": true })),
            members: Vec::new(),
            created_at: times.0,
            modified_at: times.1,
        },
        Resource {
            id: id(kinds.1),
            attributes: attributes(serde_json::json!({ "displayName": "Clerks" })),
            members: vec![id(kinds.0), ResourceId { kind: kinds.1, number: 7 }],
            created_at: times.0,
            modified_at: times.1,
        },
    ]
}

fn terms() -> [Term; 1] {
    [Term { attribute: "userName", value: "lena".to_owned(), unique: true }]
}

/// What identity providers keep, an icon, and a payload in parts.
async fn write_inventory(store: &Store) -> Result<(), Error> {
    let (directory, [user, group]) = (directory(), resources());
    let mut tx = store.write(command_id(40), now());
    tx.put_directory(&directory, None)?;
    tx.insert_resource(&directory.source, &user, &terms())?;
    tx.insert_resource(&directory.source, &group, &[])?;
    tx.remember_made(&directory.source, group.id);
    tx.put_icon(uuid(4), vec![1, 2, 3]);
    tx.insert_upload(&upload_in_parts())?;
    let _ = tx.commit().await?;
    let mut tx = store.write(command_id(42), now());
    tx.insert_source_after(&told_in_part(), None)?;
    tx.insert_upload(&upload_over_another())?;
    tx.claim_accounts(0);
    let _ = tx.commit().await?;
    Ok(())
}

/// A data source whose last delivery brought no version of its own.
fn told_in_part() -> Source {
    Source { delivery: Some(command_id(42)), ..source("hr", None) }
}

fn upload_over_another() -> Upload {
    let found = Found::There { since: now(), delivery: Some(command_id(77)) };
    Upload { state: UploadState::Completed, found: Some(found), ..upload(42, now()) }
}

fn upload_in_parts() -> Upload {
    Upload { state: UploadState::Completed, parts: vec![upload::Part { number: 1, bytes: 7 }], ..upload(41, now()) }
}

async fn read_inventory(store: &Store) {
    let (expected, [user, group]) = (directory(), resources());
    let directories = store.directories();
    assert_eq!(directories.get(&expected.source).await.unwrap().unwrap().value, expected);
    assert_eq!(directories.list(None, 9).await.unwrap().values.len(), 1);
    assert_eq!(directories.due(later(60), 9).await.unwrap(), std::slice::from_ref(&expected.source));
    for resource in [user, group] {
        assert_eq!(directories.resource(&expected.source, resource.id).await.unwrap().unwrap().value, resource);
        let held = directories.from(&expected.source, resource.id.kind, 1, 9).await.unwrap();
        assert_eq!(held.len(), 1);
    }
    let id = ResourceId { kind: ResourceKind::User, number: 1 };
    assert_eq!(directories.find(&expected.source, "userName", "LENA").await.unwrap(), [id]);
    assert_eq!(directories.holder(&expected.source, "userName", "Lena").await.unwrap(), Some(id));
    assert_eq!(store.providers().icon(uuid(4)).await.unwrap(), Some(vec![1, 2, 3]));
    for expected in [upload_in_parts(), upload_over_another()] {
        assert_eq!(store.uploads().get(&expected.id).await.unwrap().unwrap().value, expected);
    }
    let standing = store.inventory().standing(&told_in_part().id).await.unwrap();
    assert_eq!(standing.source.unwrap().value, told_in_part());
    assert_eq!(store.inventory().claims().await.unwrap(), 1);
}

async fn read_definitions(store: &Store) {
    assert_eq!(store.rules().get(&rule(20).id).await.unwrap().unwrap().value, rule(20));
    assert_eq!(store.rules().assigned(&review_id(1)).await.unwrap().value, [assigned(20, true)]);
    assert_eq!(store.rules().uses(&rule(20).id).await.unwrap().campaigns, [review_id(1)]);
    for (n, expectation) in (21..).zip(policy::each()) {
        let expected = policy::policy(n, expectation);
        assert_eq!(store.policies().get(&expected.id).await.unwrap().unwrap().value, expected);
    }
    assert_eq!(store.policies().applied(&review_id(1)).await.unwrap().value, [policy::applied(22, Some(30.5))]);
    assert_eq!(store.policies().uses(&PolicyId::new(uuid(22))).await.unwrap().campaigns, [review_id(1)]);
}

/// Everything in a golden table is still what it was.
async fn read(store: &Store, format: u32) {
    let entered = store.certifications().enter(&review_id(1), &visit(&key("lena"))).await.unwrap();
    let review = entered.review.unwrap();
    assert_eq!((review.attempt, review.certification.version, review.certification.total), (1, 2, 100));
    assert_eq!(review.certification.query_used, super::aggregates::query());
    assert_eq!(entered.campaign.unwrap().value, campaign(1, now()));
    let reach = entered.reach.unwrap();
    assert_eq!(reach.pages().collect::<Vec<_>>(), [(0, u64::MAX), (1, 0b11)]);
    assert_eq!(reach.is_one_stretch(), format >= 2, "formats before the second know no stretches");
    assert_eq!(store.workflows().list(None, 9).await.unwrap().values[0].value, workflow(900, now()));
    assert_eq!(store.certifications().list(&review.certification.workflow_id, None, 9).await.unwrap().values, [review]);
    assert_eq!(store.api_keys().by_hash(&[3; 32]).await.unwrap().unwrap().value, api_key(3, now()));
    assert_eq!(store.inventory().sources(None, 9).await.unwrap().values[0].value, source("erp", Some(4)));
    assert_eq!(store.providers().get(uuid(4)).await.unwrap().unwrap().value, provider(4, "Okta"));
    assert_eq!(store.uploads().waiting(None, 9).await.unwrap().values[0].value, upload(5, now()));
    assert_eq!(store.snapshots().latest().await.unwrap(), Some(snapshot()));
    assert_eq!(store.users().by_email("lena@corp.example").await.unwrap(), [user("lena")]);

    let id = review_id(1);
    assert_eq!(store.certifications().site(&id, 1).await.unwrap().inputs.as_deref(), Some("{\"as_of\":1}"));
    assert_eq!(*store.certifications().plan(&id, 1).await.unwrap().unwrap(), plan());
    assert_eq!(*store.certifications().zones(&id, 1, 2).await.unwrap(), [b"zones".to_vec()]);
    assert_eq!(store.blocks().read(&id, 1, 0).await.unwrap().batch().unwrap(), block());
    assert_eq!(store.lookup().find(&id, 1, 1, IdentityHash::of(&["acct-1"])).await.unwrap(), [RowId(0)]);
    assert_eq!(store.reaches().users(&id, 1).await.unwrap(), [key("lena")]);
    assert_eq!(store.reaches().of(&key("omar"), &id, 1).await.unwrap().mask(0), 0b1);
    let version = store.inventory().read(&DataSourceId::new("erp").unwrap(), &command_id(77)).await.unwrap();
    assert_eq!(version, Some(picture()));

    if format >= 4 {
        read_definitions(store).await;
    }
    if format >= 5 {
        assert_eq!(store.prepared().quick_filters().await.unwrap(), [quick_filter()]);
        assert_eq!(store.prepared().smart_actions().await.unwrap(), [smart_action()]);
        read_automations(store).await;
        read_inventory(store).await;
        let erp = DataSourceId::new("erp").unwrap();
        let delivered = store.inventory().delivered(&erp, &command_id(1)).await.unwrap();
        assert_eq!(delivered.as_deref(), Some(r#"{"created":1}"#));
        super::letter::read(store).await;
        super::inventory::read_people(store).await;
        former::read(store).await;
    }
    let standing = Standing { denied: vec![key("ines")], delegates: vec![(key("lena"), key("omar"))] };
    let expected = if format >= 5 { standing } else { Standing::default() };
    assert_eq!(store.standing().all().await.unwrap(), expected);
    if format >= 5 {
        let whole = store.settings().whole(None).await.unwrap();
        let values: Vec<_> = whole.values().map(|held| held.value.clone()).collect();
        assert_eq!(values, super::settings::each());
        assert_eq!(store.endings().due(later(90), 9).await.unwrap(), [id]);
    }

    let tally = assert_sound(store, &id).await;
    assert_eq!((tally.origin, tally.deleted), ((format >= 2).then_some(Origin::Campaign), false));
    assert_eq!((tally.counts.rejected, tally.counts.signed_off, tally.due), (1, 1, Some(later(3_600))));
    assert_eq!(store.certifications().due(later(3_600), 9).await.unwrap(), [id]);
    assert_eq!(store.pages().all_notes(&id, 0).await.unwrap(), [(1, "left".to_owned())]);
    let job = store.jobs().get(&JobId::new(uuid(6))).await.unwrap().unwrap();
    assert_eq!((job.state, job.processed, job.matches), (JobState::Completed, 100, 1));
    assert_eq!(store.outbox().unsent(later(60), 9).await.unwrap()[0].message.body, "{\"job\":6}");
    let call = CallKey::new(&key("lena"), "decide", "k");
    let claim = store.idempotency().claim(&call, &[7; 32], uuid(9), later(5)).await.unwrap();
    assert_eq!(claim, Claim::Done(Answer { status: 200, body: "{}".to_owned(), version: Some(2) }));
}

fn attribute(value: &Json) -> AttributeValue {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    match (kind.as_str(), value) {
        ("S", Json::String(text)) => AttributeValue::S(text.clone()),
        ("N", Json::String(digits)) => AttributeValue::N(digits.clone()),
        ("BOOL", Json::Bool(flag)) => AttributeValue::Bool(*flag),
        ("SS", Json::Array(texts)) => {
            AttributeValue::Ss(texts.iter().map(|text| text.as_str().unwrap().to_owned()).collect())
        }
        ("B", Json::String(text)) => AttributeValue::B(Blob::new(aws_smithy_types::base64::decode(text).unwrap())),
        other => panic!("{other:?} is not written by this store"),
    }
}

async fn load(world: &World, lines: &str) {
    let mut items: Vec<Item> = Vec::new();
    for line in lines.lines() {
        let item: HashMap<String, Json> = serde_json::from_str(line).unwrap();
        items.push(item.iter().map(|(name, value)| (name.clone(), attribute(value))).collect());
    }
    world.store.table().batch_put(items).await.unwrap();
}

/// Encoded columns are a format of their own, whose bytes may change with a compressor: they must only stay readable.
fn without_columns(dump: &str) -> String {
    let mut text = String::new();
    for line in dump.lines() {
        let mut item: serde_json::Map<String, Json> = serde_json::from_str(line).unwrap();
        let sort = item["sk"]["S"].as_str().unwrap();
        if ["BLOCK#", "NODES#", "EDGES#", "PERMS#"].iter().any(|prefix| sort.starts_with(prefix)) {
            item.retain(|name, _| name != "d" && name != "size");
        }
        text.push_str(&Json::Object(item).to_string());
        text.push('\n');
    }
    text
}

#[test]
fn what_is_written_today_is_the_newest_golden_table() {
    run(async {
        let world = world();
        write(&world.store).await.unwrap();
        let dump = world.engine.dump(TABLE).unwrap();
        if std::env::var_os("GOLDEN_WRITE").is_some() {
            std::fs::create_dir_all(path(NEWEST).parent().unwrap()).unwrap();
            std::fs::write(path(NEWEST), &dump).unwrap();
        }
        assert_eq!(without_columns(&dump), without_columns(&std::fs::read_to_string(path(NEWEST)).unwrap()));
    });
}

#[test]
fn golden_tables_of_all_formats_are_read() {
    for format in 1..=NEWEST {
        run(async {
            let world = world();
            load(&world, &std::fs::read_to_string(path(format)).unwrap()).await;
            read(&world.store, format).await;
        });
    }
}
