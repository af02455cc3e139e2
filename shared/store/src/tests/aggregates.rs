//! Small aggregates: read as written, listed in their order, gone when deleted, and never changed from a stale version.

use domain::ids::{ApiKeyId, CampaignId, DataSourceId, JobId, SnapshotId, UploadId, WorkflowId};
use domain::query::{JoinedNode, NodeSet, NodeSpec, NodesOperator, Query, RelationshipType};
use domain::review::{
    Campaign, CampaignPlan, CampaignQuery, CampaignStatus, Condition, ConditionValue, ReviewerAssignment, RevokeMode,
    Scope, StartState, Workflow,
};
use domain::user::Role;
use jiff::Timestamp;

use super::{World, command_id, key, later, now, run, user, uuid, world};
use crate::api_key::ApiKey;
use crate::inventory::{Size, Source};
use crate::provider::Provider;
use crate::snapshot::Snapshot;
use crate::tx::Tx;
use crate::upload::{Upload, UploadState};
use crate::{Error, Stored};

pub(super) fn campaign(n: u128, created_at: Timestamp) -> Campaign {
    let condition = |value| Condition {
        entity: "account".to_owned(),
        field: "department".to_owned(),
        operator: "equals".to_owned(),
        value,
    };
    Campaign {
        id: CampaignId::new(uuid(n)),
        workflow_id: WorkflowId::new(uuid(900)),
        template_id: Some(CampaignId::new(uuid(901))),
        plan: CampaignPlan {
            name: "Payroll review".to_owned(),
            description: "Before the audit".to_owned(),
            kind: "periodic".to_owned(),
            start_date: now(),
            end_date: later(86_400),
            scope: Scope { applications: vec!["app-payroll".to_owned()], account_types: vec!["user".to_owned()] },
            query: CampaignQuery {
                inclusion_filters: vec![
                    condition(Some(ConditionValue::Text("Treasury".to_owned()))),
                    condition(Some(ConditionValue::Bool(true))),
                    condition(Some(ConditionValue::Int(-7))),
                    condition(Some(ConditionValue::Float(0.5))),
                ],
                exclusion_filters: vec![condition(None)],
            },
            reviewer_assignment: ReviewerAssignment {
                users_manager: true,
                resource_managers: false,
                reviewers: vec![user("lena")],
                fallback_reviewers: vec![user("ines")],
            },
            revoke_mode: RevokeMode::Enforce,
            auto_start: true,
        },
        status: CampaignStatus::Active,
        start_state: StartState::Done,
        start_error: Some("none".to_owned()),
        created_at,
        created_by: user("ines"),
        updated_at: later(1),
        started_at: Some(later(2)),
        completed_at: Some(later(3)),
        terminated_at: Some(later(4)),
        expired_at: Some(later(5)),
        deleted_at: None,
        version: 1,
    }
}

pub(super) fn query() -> Query {
    let set = |node_type: &str| NodeSet {
        nodes: vec![NodeSpec {
            node_type: node_type.to_owned(),
            node_id: "n-1".to_owned(),
            condition_expression: Some("name sw \"a\"".to_owned()),
            direct_relationship_only: true,
        }],
        nodes_operator: NodesOperator::Or,
    };
    Query {
        raw_permissions: Some(vec!["kv.read".to_owned()]),
        effective_permissions: Some(vec!["Read".to_owned()]),
        source_node_types: set("OktaUser"),
        destination_node_types: set("SecretStore"),
        required_intermediate_node_types: set("OktaGroup"),
        avoided_intermediate_node_types: set("Role"),
        waypoint_node_types: Some(set("OktaGroup")),
        path_summary_node_types: Some(set("Role")),
        no_relation: true,
        snapshot_id: Some(SnapshotId::new(1_772_000_000).unwrap()),
        node_relationship_type: RelationshipType::Effective,
        include_all_source_tags_in_results: true,
        include_all_destination_tags_in_results: true,
        page_size: "10".to_owned(),
        page_token: "t".to_owned(),
        joined_nodes: vec![JoinedNode {
            alias: "idp".to_owned(),
            node_type: "OktaUser".to_owned(),
            source_property: "email".to_owned(),
            joined_property: "login".to_owned(),
        }],
    }
}

pub(super) fn workflow(n: u128, created_at: Timestamp) -> Workflow {
    Workflow {
        id: WorkflowId::new(uuid(n)),
        name: "Vault access".to_owned(),
        description: "People with secrets access".to_owned(),
        owner: user("ines"),
        notes: "yearly".to_owned(),
        query: query(),
        creator: user("omar"),
        created_at,
    }
}

pub(super) fn api_key(n: u128, created_at: Timestamp) -> ApiKey {
    ApiKey {
        id: ApiKeyId::new(uuid(n)),
        hash: [u8::try_from(n).unwrap(); 32],
        name: "nightly".to_owned(),
        role: Role::Operator,
        user: user("robot"),
        expires_at: Some(later(3_600)),
        created_at,
        created_by: user("ines"),
        revoked_at: None,
    }
}

pub(super) fn source(id: &str, provider: Option<u128>) -> Source {
    Source {
        id: DataSourceId::new(id).unwrap(),
        name: "Payroll EU".to_owned(),
        platform: "PayrollSuite".to_owned(),
        kind: "full_picture".to_owned(),
        provider: provider.map(uuid),
        current: Some(command_id(77)),
        delivery: Some(command_id(77)),
        loaded_at: Some(later(9)),
        last_error: "duplicate id".to_owned(),
        warnings: 3,
        size: Size { accounts: 12, edges: 40, ..Size::default() },
        created_at: now(),
        updated_at: later(10),
    }
}

pub(super) fn upload(n: u128, created_at: Timestamp) -> Upload {
    Upload {
        terms: String::new(),
        found: None,
        id: UploadId::new(uuid(n)),
        source: DataSourceId::new("erp").unwrap(),
        name: "ERP".to_owned(),
        format: "full_picture".to_owned(),
        object: "uploads/1".to_owned(),
        job: Some(JobId::new(uuid(5))),
        state: UploadState::Waiting,
        report: "{}".to_owned(),
        created_by: key("ines"),
        created_at,
        expires_at: later(3_600),
        parts: Vec::new(),
    }
}

pub(super) fn provider(n: u128, name: &str) -> Provider {
    Provider {
        id: uuid(n),
        name: name.to_owned(),
        template: "application".to_owned(),
        options: "{}".to_owned(),
        created_at: now(),
        updated_at: later(1),
    }
}

pub(super) async fn write<'a>(
    world: &'a World,
    n: u128,
    add: impl FnOnce(&mut Tx<'a>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut tx = world.store.write(command_id(n), later(20));
    add(&mut tx)?;
    tx.commit().await.map(|_| ())
}

#[test]
fn aggregates_are_read_as_they_were_written() {
    run(async {
        let world = world();
        let (campaign, workflow, key) = (campaign(1, now()), workflow(2, now()), api_key(3, now()));
        write(&world, 1, |tx| tx.insert_campaign(&campaign)).await.unwrap();
        write(&world, 2, |tx| tx.insert_workflow(&workflow)).await.unwrap();
        write(&world, 3, |tx| tx.insert_api_key(&key)).await.unwrap();
        let stored = |version, n| (version, Some(command_id(n)));
        let Stored { value, version, command, .. } = world.store.campaigns().get(&campaign.id).await.unwrap().unwrap();
        assert_eq!((value, (version, command)), (campaign, stored(1, 1)));
        assert_eq!(world.store.workflows().get(&workflow.id).await.unwrap().unwrap().value, workflow);
        assert_eq!(world.store.api_keys().get(&key.id).await.unwrap().unwrap().value, key);
        assert_eq!(world.store.api_keys().by_hash(&key.hash).await.unwrap().unwrap().value, key);
        assert_eq!(world.store.api_keys().by_hash(&[0; 32]).await.unwrap(), None);
    });
}

#[test]
fn campaigns_are_listed_the_newest_first_and_deleted_ones_are_gone() {
    run(async {
        let world = world();
        for n in 1..=9u128 {
            let created = later(i64::try_from(n).unwrap() / 3);
            write(&world, n, |tx| tx.insert_campaign(&campaign(n, created))).await.unwrap();
        }
        let mut doomed = campaign(4, later(1));
        doomed.deleted_at = Some(later(20));
        write(&world, 20, |tx| tx.update_campaign(&doomed, 1)).await.unwrap();
        assert_eq!(world.store.campaigns().get(&doomed.id).await.unwrap(), None);
        for limit in [1, 2, 3, 100] {
            let mut seen = Vec::new();
            let mut after = None;
            loop {
                let page = world.store.campaigns().list(after, limit).await.unwrap();
                assert!(page.values.len() <= limit);
                seen.extend(page.values.iter().map(|stored| stored.value.id));
                after = page.values.last().map(|stored| (stored.value.created_at, stored.value.id)).or(after);
                if !page.more {
                    break;
                }
            }
            assert_eq!(seen, [9, 6, 7, 8, 3, 5, 1, 2].map(|n| CampaignId::new(uuid(n))), "limit {limit}");
        }
    });
}

#[test]
fn a_change_from_a_stale_version_is_a_conflict_and_a_repeated_command_is_not() {
    run(async {
        let world = world();
        let mut one = campaign(1, now());
        write(&world, 1, |tx| tx.insert_campaign(&one)).await.unwrap();
        write(&world, 1, |tx| tx.insert_campaign(&one)).await.unwrap();
        assert!(write(&world, 2, |tx| tx.insert_campaign(&one)).await.unwrap_err().is_conflict());
        one.plan.name = "Renamed".to_owned();
        write(&world, 3, |tx| tx.update_campaign(&one, 1)).await.unwrap();
        write(&world, 3, |tx| tx.update_campaign(&one, 1)).await.unwrap();
        assert!(write(&world, 4, |tx| tx.update_campaign(&one, 1)).await.unwrap_err().is_conflict());
        write(&world, 3, |tx| tx.update_campaign(&one, 2)).await.unwrap();
        let stored = world.store.campaigns().get(&one.id).await.unwrap().unwrap();
        assert_eq!((stored.version, stored.is_by(command_id(3))), (3, true));
    });
}

#[test]
fn of_two_changes_from_one_version_in_a_storm_exactly_one_comes_through() {
    for seed in 0..40 {
        engine::simulate(seed, async move {
            let world = world();
            write(&world, 1, |tx| tx.insert_workflow(&workflow(2, now()))).await.unwrap();
            world.storm(seed);
            let tasks: Vec<_> = (10..14u128)
                .map(|n| {
                    let store = world.another();
                    tokio::spawn(async move {
                        let mut tx = store.write(command_id(n), now());
                        tx.update_workflow(&workflow(2, now()), 1).unwrap();
                        tx.commit().await.map(|_| ())
                    })
                })
                .collect();
            let mut done = Vec::new();
            for (n, task) in (10..14u128).zip(tasks) {
                match task.await.unwrap() {
                    Ok(()) => done.push(command_id(n)),
                    Err(error) => assert!(error.is_conflict(), "seed {seed}: {error}"),
                }
            }
            world.engine.clear_faults();
            let stored = world.store.workflows().get(&WorkflowId::new(uuid(2))).await.unwrap().unwrap();
            assert_eq!((stored.version, done), (2, vec![stored.command.unwrap()]), "seed {seed}");
        });
    }
}

#[test]
fn users_are_found_by_key_and_by_their_present_address() {
    run(async {
        let world = world();
        let mut lena = user("lena");
        write(&world, 1, |tx| tx.insert_user(&lena)).await.unwrap();
        world.store.users().write_all(command_id(2), &[user("omar"), user("ines")]).await.unwrap();
        let users = world.store.users();
        assert_eq!(users.get(&key("lena")).await.unwrap().unwrap().value, lena);
        assert_eq!(users.by_email(" LENA@corp.example").await.unwrap(), [lena.clone()]);
        assert_eq!(users.by_email("").await.unwrap(), []);
        lena.email = "l.brandt@corp.example".to_owned();
        write(&world, 3, |tx| tx.update_user(&lena, 1)).await.unwrap();
        assert_eq!(users.by_email("lena@corp.example").await.unwrap(), []);
        assert_eq!(users.by_email("l.brandt@corp.example").await.unwrap(), [lena.clone()]);
        let page = users.list(None, 2).await.unwrap();
        assert_eq!((page.values, page.more), (vec![user("ines"), lena.clone()], true));
        assert_eq!(users.list(Some(&lena.key()), 2).await.unwrap().values, [user("omar")]);
        let mut some = users.get_many(&[key("omar"), key("lena"), key("nobody")]).await.unwrap();
        some.sort_by_key(domain::user::User::key);
        assert_eq!(some, [lena, user("omar")]);
    });
}

#[test]
fn a_revoked_key_leaves_the_list_and_is_known_as_revoked() {
    run(async {
        let world = world();
        for n in 1..=3 {
            write(&world, n, |tx| tx.insert_api_key(&api_key(n, later(i64::try_from(n).unwrap())))).await.unwrap();
        }
        let mut two = world.store.api_keys().get(&ApiKeyId::new(uuid(2))).await.unwrap().unwrap().value;
        assert!(two.is_valid(later(3_599)) && !two.is_valid(later(3_600)));
        two.revoked_at = Some(later(30));
        write(&world, 10, |tx| tx.revoke_api_key(&two, 1)).await.unwrap();
        let list = world.store.api_keys().list(None, 10).await.unwrap();
        assert_eq!(
            list.values.iter().map(|key| key.value.id).collect::<Vec<_>>(),
            [3, 1].map(|n| ApiKeyId::new(uuid(n)))
        );
        let read = world.store.api_keys().by_hash(&two.hash).await.unwrap().unwrap().value;
        assert!(!read.is_valid(later(31)));
    });
}

#[test]
fn names_of_providers_and_of_their_data_sources_are_taken_once() {
    run(async {
        let world = world();
        let okta = provider(1, "Okta");
        write(&world, 1, |tx| tx.insert_provider(&okta)).await.unwrap();
        assert!(write(&world, 2, |tx| tx.insert_provider(&provider(2, "okta"))).await.unwrap_err().is_conflict());
        write(&world, 3, |tx| tx.insert_source(&source("a", Some(1)))).await.unwrap();
        assert!(write(&world, 4, |tx| tx.insert_source(&source("b", Some(1)))).await.unwrap_err().is_conflict());
        write(&world, 5, |tx| tx.insert_source(&source("b", Some(2)))).await.unwrap();
        write(&world, 6, |tx| tx.insert_source(&source("c", None))).await.unwrap();
        let of = world.store.inventory().sources_of(uuid(1), None, 10).await.unwrap();
        assert_eq!(of.values.iter().map(|stored| &stored.value).collect::<Vec<_>>(), [&source("a", Some(1))]);
        assert_eq!(world.store.inventory().sources(None, 10).await.unwrap().values.len(), 3);

        // A deleted one leaves its name and its id to others.
        write(&world, 7, |tx| tx.delete_source(&source("a", Some(1)), 1)).await.unwrap();
        assert_eq!(world.store.inventory().source(&source("a", None).id).await.unwrap(), None);
        write(&world, 8, |tx| tx.insert_source(&source("a", Some(1)))).await.unwrap();
        write(&world, 9, |tx| tx.delete_provider(&okta, 1)).await.unwrap();
        assert_eq!(world.store.providers().get(okta.id).await.unwrap(), None);
        assert_eq!(world.store.providers().list(None, 10).await.unwrap().values, []);
        write(&world, 10, |tx| tx.insert_provider(&provider(3, "Okta"))).await.unwrap();
    });
}

#[test]
fn snapshots_take_a_second_each_and_the_latest_comes_first() {
    run(async {
        let world = world();
        let snapshot = |second| Snapshot {
            id: SnapshotId::new(second).unwrap(),
            sources: vec![(DataSourceId::new("erp").unwrap(), command_id(7))],
        };
        assert_eq!(world.store.snapshots().latest().await.unwrap(), None);
        write(&world, 1, |tx| tx.insert_snapshot(&snapshot(1_000))).await.unwrap();
        write(&world, 2, |tx| tx.insert_snapshot(&snapshot(2_000))).await.unwrap();
        assert!(write(&world, 3, |tx| tx.insert_snapshot(&snapshot(2_000))).await.unwrap_err().is_conflict());
        assert_eq!(world.store.snapshots().latest().await.unwrap(), Some(snapshot(2_000)));
        let before = world.store.snapshots().list(Some(snapshot(2_000).id), 5).await.unwrap();
        assert_eq!(before.values, [snapshot(1_000)]);
    });
}

#[test]
fn an_upload_is_waited_for_until_it_moves_on() {
    run(async {
        let world = world();
        let mut one = upload(1, now());
        write(&world, 1, |tx| tx.insert_upload(&one)).await.unwrap();
        write(&world, 2, |tx| tx.insert_upload(&upload(2, later(1)))).await.unwrap();
        assert_eq!(world.store.uploads().waiting(None, 10).await.unwrap().values.len(), 2);
        one.state = UploadState::Processing;
        write(&world, 3, |tx| tx.update_upload(&one, 1)).await.unwrap();
        let waiting = world.store.uploads().waiting(None, 10).await.unwrap().values;
        assert_eq!(waiting.iter().map(|stored| stored.value.id).collect::<Vec<_>>(), [UploadId::new(uuid(2))]);
        assert_eq!(world.store.uploads().get(&one.id).await.unwrap().unwrap().value, one);
    });
}
