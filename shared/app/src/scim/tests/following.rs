//! The inventory follows what a directory says.

use super::*;

#[test]
fn the_next_snapshot_holds_what_was_changed() {
    simulate(1, async {
        let stand = Stand::new();
        let lena = user(&stand, "lena").await;
        let body = json!({ "userName": "ann", "displayName": "Ann Ó", "active": true, "title": "Clerk",
            "emails": [{ "value": "ann@corp.example", "primary": true }],
            schema::ENTERPRISE: { "department": "Finance", "employeeNumber": "7", "manager": { "value": lena } } });
        let ann = made(&stand, ResourceKind::User, body).await.id.to_string();
        let _ =
            made(&stand, ResourceKind::Group, json!({ "displayName": "Clerks", "members": [{ "value": ann }] })).await;
        let taken = snapshot::take(&stand.deps, stand.call().command, stand.deps.clock.now()).await.unwrap();
        assert_eq!(taken.sources.len(), 1);
        let held = source::list(&stand.deps, 9, None).await.unwrap().items.remove(0);
        assert_eq!((held.accounts, held.nodes, held.edges, held.format.as_str()), (2, 6, 1, "scim"));
        let stored = stand.deps.store.inventory().source(&held.id).await.unwrap().unwrap().value;
        let picture = stand.deps.store.inventory().read(&held.id, &stored.current.unwrap()).await.unwrap().unwrap();
        let id = format!("{}:{ann}", held.id);
        let person = picture.nodes.iter().find(|node| node.id == id && node.text("manager_id").is_some()).unwrap();
        assert_eq!(person.text("manager_id"), Some(format!("{}:{lena}", held.id).as_str()));
        assert_eq!((person.text("department"), person.text("employee_number")), (Some("Finance"), Some("7")));
        let again = snapshot::take(&stand.deps, stand.call().command, stand.deps.clock.now()).await.unwrap();
        assert_eq!(again.id, taken.id, "nothing has changed since");
    });
}

#[test]
fn the_inventory_follows_by_itself_however_often_the_message_comes() {
    simulate(1, async {
        let stand = Stand::new();
        let ann = user(&stand, "ann").await;
        assert_eq!(sweep::run(&stand.deps).await.unwrap().directories, 0, "clients send many changes at once");
        assert_eq!(sweep::run(&stand.ahead(2)).await.unwrap().directories, 1);
        assert_eq!(sweep::run(&stand.ahead(2)).await.unwrap().directories, 0);
        let message = stand.queue.take().unwrap();
        stand.deliver(&message).await.unwrap();
        stand.deliver(&message).await.unwrap();
        assert_eq!(source::list(&stand.deps, 9, None).await.unwrap().items[0].accounts, 1);
        let active = json!([{ "op": "replace", "path": "active", "value": false }]);
        patched(&stand, ResourceKind::User, &ann, active).await.unwrap();
        assert_eq!(sweep::run(&stand.ahead(2)).await.unwrap().directories, 1);
        stand.drain().await;
        let held = source::list(&stand.deps, 9, None).await.unwrap().items.remove(0);
        assert_eq!(held.accounts, 1, "who is not active stays");
    });
}

#[test]
fn a_data_source_that_was_deleted_comes_back_whole_with_the_next_change_of_its_client() {
    simulate(1, async {
        let stand = Stand::new();
        let ann = user(&stand, "ann").await;
        let _ = user(&stand, "bo").await;
        let taken = async || {
            let taken = snapshot::take(&stand.deps, stand.call().command, stand.deps.clock.now()).await.unwrap();
            taken.sources.len()
        };
        assert_eq!(taken().await, 1);
        let id = source::list(&stand.deps, 9, None).await.unwrap().items.remove(0).id;
        source::delete(&stand.deps, &stand.call(), id.as_str()).await.unwrap();
        assert_eq!(taken().await, 0, "nobody has said anything since");
        assert!(
            find::get(&stand.deps, &stand.call(), ResourceKind::User, &ann).await.is_ok(),
            "its client knows it still"
        );
        let away = json!([{ "op": "replace", "path": "active", "value": false }]);
        patched(&stand, ResourceKind::User, &ann, away).await.unwrap();
        assert_eq!(taken().await, 1);
        assert_eq!(source::list(&stand.deps, 9, None).await.unwrap().items[0].accounts, 2);
    });
}
