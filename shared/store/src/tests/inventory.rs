//! Versions of a data source: read as they were written, seen only when complete.

use std::collections::BTreeMap;

use domain::ids::DataSourceId;
use domain::inventory::{Edge, Family, Node, PermissionSet, Picture, Value};
use engine::{Crash, Fault};
use proptest::prelude::*;

use super::{command_id, run, world};
use crate::Store;
use crate::inventory::{ID, PersonName, Size, Source};
use crate::sweep::Swept;

fn erp() -> DataSourceId {
    DataSourceId::new("erp").unwrap()
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (-1e9..1e9f64).prop_map(Value::Float),
        (0i64..4_000_000_000_000).prop_map(|ms| Value::Time(jiff::Timestamp::from_millisecond(ms).unwrap())),
        ".{0,12}".prop_map(Value::Text),
        proptest::collection::vec("[a-z]{0,4}", 0..4).prop_map(Value::List),
    ]
}

fn any_picture() -> impl Strategy<Value = Picture> {
    let node = (0usize..7, "[a-z0-9]{1,6}", proptest::collection::btree_map("[a-d]", any_value(), 0..4));
    let nodes = proptest::collection::vec(node, 1..40);
    (nodes, proptest::collection::vec((any::<u16>(), any::<u16>(), 0u32..3), 0..60)).prop_map(|(nodes, edges)| {
        let mut unique: BTreeMap<(Family, String), Node> = BTreeMap::new();
        for (family, id, attributes) in nodes {
            let family = Family::ALL[family];
            unique.insert((family, id.clone()), Node { attributes, ..Node::new(family, id) });
        }
        let count = u32::try_from(unique.len()).unwrap();
        let set = |raw: &[&str]| PermissionSet {
            raw: raw.iter().map(|text| (*text).to_owned()).collect(),
            effective: vec!["Read".to_owned()],
        };
        let mut picture = Picture {
            name: "ERP".to_owned(),
            platform: "Suite".to_owned(),
            nodes: unique.into_values().collect(),
            edges: edges
                .into_iter()
                .map(|(from, to, permissions)| Edge {
                    from: u32::from(from) % count,
                    to: u32::from(to) % count,
                    permissions,
                })
                .collect(),
            permission_sets: vec![PermissionSet::default(), set(&["a", "b"]), set(&["c"])],
        };
        picture.normalise();
        picture
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn a_picture_is_read_as_it_was_written(picture in any_picture()) {
        run(async {
            let world = world();
            world.store.inventory().write(&erp(), &command_id(1), &picture).await.unwrap();
            let read = world.store.inventory().read(&erp(), &command_id(1)).await.unwrap();
            prop_assert_eq!(read, Some(picture));
            Ok(())
        })?;
    }
}

fn large() -> Picture {
    let mut nodes: Vec<Node> = (0..5_000).map(|n| Node::new(Family::Account, format!("acct-{n}"))).collect();
    for node in &mut nodes {
        node.attributes.insert("email".to_owned(), Value::Text(format!("{}@corp.example", node.id)));
    }
    nodes.extend((0..300).map(|n| Node::new(Family::Group, format!("grp-{n}"))));
    let edges = (0..40_000u32).map(|n| Edge { from: n % 5_000, to: 5_000 + n * 7 % 300, permissions: 0 });
    let mut picture = Picture { name: "ERP".to_owned(), nodes, edges: edges.collect(), ..Picture::default() };
    picture.permission_sets.push(PermissionSet::default());
    picture.normalise();
    picture
}

#[test]
fn a_large_picture_takes_few_requests_and_its_families_can_be_read_alone() {
    run(async {
        let world = world();
        let picture = large();
        world.engine.reset_usage();
        world.store.inventory().write(&erp(), &command_id(1), &picture).await.unwrap();
        assert!(world.engine.reset_usage().requests() <= 3);
        assert_eq!(world.store.inventory().read(&erp(), &command_id(1)).await.unwrap(), Some(picture));
        let groups = world.store.inventory().families(&erp(), &command_id(1), &[Family::Group]).await.unwrap();
        assert_eq!(groups.iter().map(|(_, batch)| batch.rows()).sum::<usize>(), 300);
        let columns = world.store.inventory().columns(&erp(), &command_id(1)).await.unwrap().unwrap();
        assert_eq!(columns.nodes.iter().map(|(_, batch)| batch.rows()).sum::<usize>(), 5_300);
    });
}

#[test]
fn a_version_that_was_not_finished_is_not_there_and_can_be_written_again() {
    run(async {
        let world = world();
        let picture = large();
        world.engine.inject("BatchWriteItem", Fault::Unprocessed(2));
        world.engine.crash(Crash::After(1));
        assert!(world.store.inventory().write(&erp(), &command_id(1), &picture).await.is_err());
        world.engine.revive();
        assert_eq!(world.store.inventory().read(&erp(), &command_id(1)).await.unwrap(), None);
        world.store.inventory().write(&erp(), &command_id(1), &picture).await.unwrap();
        assert_eq!(world.store.inventory().read(&erp(), &command_id(1)).await.unwrap(), Some(picture));
    });
}

#[test]
fn a_picture_that_is_not_in_order_is_refused() {
    run(async {
        let world = world();
        let nodes = vec![Node::new(Family::Role, "r"), Node::new(Family::Account, "a")];
        let picture = Picture { nodes, ..Picture::default() };
        let refused = world.store.inventory().write(&erp(), &command_id(1), &picture).await;
        assert!(matches!(refused, Err(crate::Error::Rejected { .. })));
    });
}

#[test]
fn a_version_survives_bad_weather_and_is_swept_to_the_last_item() {
    for seed in 0..6 {
        engine::simulate(seed, async move {
            let world = world();
            let before = world.engine.dump(super::TABLE).unwrap();
            world.storm(seed);
            let picture = large();
            world.store.inventory().write(&erp(), &command_id(1), &picture).await.unwrap();
            let read = world.another().inventory().read(&erp(), &command_id(1)).await.unwrap();
            assert_eq!(read, Some(picture), "seed {seed}");
            while world.store.sweeper().version(&erp(), &command_id(1), 3).await.unwrap() == Swept::Some {}
            assert_eq!(world.engine.dump(super::TABLE).unwrap(), before, "seed {seed}");
        });
    }
}

/// Has an entry of a list say no more than what it names, as those did that were written before entries told more.
fn silence(world: &super::World, partition: &str) {
    for item in world.engine.items(super::TABLE).unwrap() {
        if item.pointer("/pk/S").and_then(serde_json::Value::as_str) == Some(partition) {
            let mut entry = item.as_object().unwrap().clone();
            entry.retain(|name, _| ["pk", "sk", "at", "as", "gone"].contains(&name.as_str()));
            world.engine.put(super::TABLE, entry.into()).unwrap();
        }
    }
}

#[test]
fn the_list_of_data_sources_tells_their_versions_in_one_request() {
    use super::aggregates::{source, write};
    run(async {
        let world = world();
        for (n, id) in (1..).zip(["d", "b", "a", "c"]) {
            write(&world, n, |tx| tx.insert_source(&source(id, None))).await.unwrap();
        }
        let mut later = source("b", None);
        later.current = Some(command_id(78));
        write(&world, 10, |tx| tx.update_source(&later, 1)).await.unwrap();
        let empty = crate::inventory::Source { current: None, ..source("c", None) };
        write(&world, 11, |tx| tx.update_source(&empty, 1)).await.unwrap();
        write(&world, 12, |tx| tx.delete_source(&source("a", None), 1)).await.unwrap();
        let expected: Vec<_> = [("b", 78), ("d", 77)].map(|(id, n)| (source(id, None).id, command_id(n))).into();
        world.engine.reset_usage();
        assert_eq!(world.store.inventory().versions().await.unwrap(), expected);
        let usage = world.engine.usage();
        assert!(usage.requests() == 1 && usage.read_units() <= 1.0, "{usage:?}");
        silence(&world, "LIST#SOURCE");
        assert_eq!(world.store.inventory().versions().await.unwrap(), expected);
    });
}

#[test]
fn the_list_of_snapshots_tells_whether_the_last_holds_some_versions() {
    use super::aggregates::write;
    use crate::snapshot::Snapshot;
    run(async {
        let world = world();
        let snapshot = |second, version| Snapshot {
            id: domain::ids::SnapshotId::new(second).unwrap(),
            sources: vec![(erp(), command_id(version))],
        };
        let last = async |version| world.store.snapshots().last(&snapshot(1, version).sources).await.unwrap();
        assert_eq!(last(7).await, None);
        write(&world, 1, |tx| tx.insert_snapshot(&snapshot(1_000, 7))).await.unwrap();
        write(&world, 2, |tx| tx.insert_snapshot(&snapshot(2_000, 8))).await.unwrap();
        let id = snapshot(2_000, 8).id;
        for _ in 0..2 {
            assert_eq!([last(7).await, last(8).await], [Some((id, false)), Some((id, true))]);
            silence(&world, "LIST#SNAPSHOT");
        }
    });
}

#[test]
fn a_data_source_comes_only_after_the_deletion_that_was_found() {
    use super::aggregates::{source, write};
    use crate::inventory::Found;
    run(async {
        let world = world();
        let erp = source("erp", None);
        let found = async || world.store.inventory().standing(&erp.id).await.unwrap().found();
        let after = async |n, gone| write(&world, n, |tx| tx.insert_source_after(&erp, gone)).await;
        assert_eq!(found().await, Found::Nothing);
        after(1, None).await.unwrap();
        assert_eq!(found().await, Found::from(&erp));
        assert!(after(2, None).await.unwrap_err().is_conflict(), "it is there");
        write(&world, 3, |tx| tx.delete_source(&erp, 1)).await.unwrap();
        assert_eq!(found().await, Found::Deleted(command_id(3)));
        assert!(after(4, None).await.unwrap_err().is_conflict(), "it was made and deleted meanwhile");
        after(5, Some(command_id(3))).await.unwrap();
        write(&world, 6, |tx| tx.delete_source(&erp, 1)).await.unwrap();
        assert!(after(7, Some(command_id(3))).await.unwrap_err().is_conflict(), "that was another deletion");
        after(8, Some(command_id(6))).await.unwrap();
    });
}

#[test]
fn account_ids_are_claimed_one_after_the_other() {
    use super::aggregates::write;
    run(async {
        let world = world();
        let claim = async |n, claims| {
            let claimed = |tx: &mut crate::tx::Tx<'_>| {
                tx.claim_accounts(claims);
                Ok(())
            };
            write(&world, n, claimed).await
        };
        assert_eq!(world.store.inventory().claims().await.unwrap(), 0);
        claim(1, 0).await.unwrap();
        assert!(claim(2, 0).await.unwrap_err().is_conflict());
        claim(2, 1).await.unwrap();
        assert_eq!(world.store.inventory().claims().await.unwrap(), 2);
    });
}

/// So many people, every third with a second address.
fn people(count: usize) -> Picture {
    let person = |n: usize| {
        let address = Value::Text(format!(" P{n}@Corp.Example"));
        let mut attributes = BTreeMap::from([("email".to_owned(), address)]);
        if n.is_multiple_of(3) {
            attributes.insert("alternative_emails".to_owned(), Value::List(vec![format!("other{n}@corp.example")]));
        }
        Node { attributes, ..Node::new(Family::Identity, format!("p{n}")) }
    };
    let mut picture = Picture { nodes: (0..count).map(person).collect(), ..Picture::default() };
    picture.normalise();
    picture
}

/// The ids in the blocks that are read for somebody, by data source.
async fn read_for(world: &super::World, name: PersonName<'_>) -> Vec<(String, Vec<String>)> {
    let found = world.store.inventory().people(&[name]).await.unwrap();
    let ids = |batches: Vec<columns::Batch>| {
        let ids =
            |batch: &columns::Batch| (0..batch.rows()).map(|row| batch.text(ID, row).unwrap().to_owned()).collect();
        batches.iter().flat_map::<Vec<String>, _>(ids).collect()
    };
    found.into_iter().map(|(source, batches)| (source.to_string(), ids(batches))).collect()
}

/// A data source of three people, for golden tables.
pub(super) async fn write_people(store: &Store) -> Result<(), crate::Error> {
    let own = super::aggregates::source("people", None);
    store.inventory().write(&own.id, &command_id(78), &people(3)).await?;
    let own = Source { current: Some(command_id(78)), size: Size::of(&people(3)), ..own };
    let mut tx = store.write(command_id(79), super::now());
    tx.insert_source(&own)?;
    tx.commit().await.map(|_nothing_to_send| ())
}

/// One of them is found by a second address.
pub(super) async fn read_people(store: &Store) {
    let found = store.inventory().people(&[PersonName::Address("other0@corp.example")]).await.unwrap();
    assert_eq!(found.iter().map(|(source, _)| source.as_str()).collect::<Vec<_>>(), ["people"]);
    assert_eq!(found[0].1[0].text(ID, 0), Some("p0"));
}

#[test]
fn whoever_has_a_name_is_found_by_the_blocks_that_hold_them_and_few_others() {
    use super::aggregates::{source, write};
    run(async {
        let world = world();
        let (many, few) = (people(9_000), people(40));
        for (n, picture) in [(1, &many), (2, &few)] {
            let id = format!("s{n}");
            let own = source(&id, None);
            world.store.inventory().write(&own.id, &command_id(n), picture).await.unwrap();
            let own = Source { current: Some(command_id(n)), size: Size::of(picture), ..own };
            write(&world, 10 + n, |tx| tx.insert_source(&own)).await.unwrap();
        }
        let holds = async |name: PersonName<'_>, id: &str, sources: &[&str]| {
            let found = read_for(&world, name).await;
            let held = found.iter().filter(|(_, ids)| ids.iter().any(|held| held == id)).map(|(source, _)| source);
            assert_eq!(held.collect::<Vec<_>>(), sources, "{name:?}");
            found.iter().map(|(_, ids)| ids.len()).sum::<usize>()
        };
        for n in (0..9_000).step_by(500) {
            let id = format!("p{n}");
            let sources: &[&str] = if n < 40 { &["s1", "s2"] } else { &["s1"] };
            assert!(holds(PersonName::Id(&id), &id, sources).await <= 2_048 + 40);
            assert!(holds(PersonName::Address(&format!("p{n}@CORP.example ")), &id, sources).await <= 2_048 + 40);
        }
        holds(PersonName::Address("other8997@corp.example"), "p8997", &["s1"]).await;
        assert_eq!(read_for(&world, PersonName::Address("nobody@corp.example")).await, []);
        world.engine.reset_usage();
        holds(PersonName::Address("p8999@corp.example"), "p8999", &["s1"]).await;
        let usage = world.engine.reset_usage();
        assert!(usage.requests() <= 3, "the data sources, the buckets, the block: {usage:?}");
        world.store.inventory().families(&source("s1", None).id, &command_id(1), &[Family::Identity]).await.unwrap();
        assert!(usage.read_units() * 2.0 < world.engine.reset_usage().read_units(), "{usage:?}");

        // A version that was written before there were buckets: the entry of its data source does not tell of any, or it
        // tells of some that are not there.
        let bucket = crate::keys::version_people(&source("s2", None).id, &command_id(2), 0);
        world.store.table().batch_delete(&[bucket]).await.unwrap();
        holds(PersonName::Id("p3"), "p3", &["s1", "s2"]).await;
        silence(&world, "LIST#SOURCE");
        holds(PersonName::Id("p3"), "p3", &["s1", "s2"]).await;
        assert!(holds(PersonName::Id("nobody"), "p3", &["s1", "s2"]).await == 9_040, "they are read whole");
    });
}

#[test]
fn whoever_has_a_name_is_found_in_every_weather() {
    use super::aggregates::{source, write};
    for seed in 0..6 {
        engine::simulate(seed, async move {
            let world = world();
            world.storm(seed);
            let own = Source { current: Some(command_id(1)), size: Size::of(&people(3_000)), ..source("hr", None) };
            world.store.inventory().write(&own.id, &command_id(1), &people(3_000)).await.unwrap();
            write(&world, 2, |tx| tx.insert_source(&own)).await.unwrap();
            let found = read_for(&world, PersonName::Address("p2999@corp.example")).await;
            assert!(found.iter().any(|(_, ids)| ids.contains(&"p2999".to_owned())), "seed {seed}");
        });
    }
}
