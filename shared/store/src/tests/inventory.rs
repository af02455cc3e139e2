//! Versions of a data source: read as they were written, seen only when complete.

use std::collections::BTreeMap;

use domain::ids::DataSourceId;
use domain::inventory::{Edge, Family, Node, PermissionSet, Picture, Value};
use engine::Crash;
use proptest::prelude::*;

use super::{command_id, run, world};
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
