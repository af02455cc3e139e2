//! Functions that die while a directory changes, or while the inventory follows.

use super::*;

/// What a client asks for, one after the other.
#[derive(Clone, Copy, Debug)]
enum Ask {
    User,
    Group,
    Change,
    Replace,
    Delete,
}

/// Carries one out over a directory of two users and so many groups of both. Who deletes finds the user or does not.
async fn carried_out(stand: &Stand, call: &Call, ask: Ask) -> Result<(), Error> {
    let user = ResourceKind::User;
    match ask {
        Ask::User => {
            let body = json!({ "userName": "cy", "emails": [{ "value": "cy@corp.example" }] });
            change::create(&stand.deps, call, user, &object(body)).await.map(drop)
        }
        Ask::Group => {
            let body = json!({ "displayName": "Team 0", "members": [{ "value": "u-1" }] });
            change::create(&stand.deps, call, ResourceKind::Group, &object(body)).await.map(drop)
        }
        Ask::Change => {
            let operations = json!([{ "op": "add", "path": "members", "value": [{ "value": "u-2" }] },
                { "op": "replace", "path": "displayName", "value": "Renamed" }]);
            let body = object(json!({ "Operations": operations }));
            change::patch(&stand.deps, call, ResourceKind::Group, "g-1", &body).await.map(drop)
        }
        Ask::Replace => {
            let body = object(json!({ "userName": "anna", "title": "Head" }));
            change::replace(&stand.deps, call, user, "u-1", &body).await.map(drop)
        }
        Ask::Delete => match change::delete(&stand.deps, call, user, "u-1").await {
            Err(Error::NotFound(_)) => Ok(()),
            other => other,
        },
    }
}

#[test]
fn a_change_killed_at_any_call_is_there_once_when_it_is_repeated() {
    for ask in [Ask::User, Ask::Group, Ask::Change, Ask::Replace, Ask::Delete] {
        let ended = |crash: Option<Crash>| {
            simulate(1, async {
                let stand = Stand::new();
                let _ = (user(&stand, "ann").await, user(&stand, "bo").await);
                // More groups than one transaction takes a user out of.
                let groups = if matches!(ask, Ask::Delete) { 45 } else { 2 };
                for n in 0..groups {
                    let body = json!({ "displayName": format!("Team {n}"), "members": [{ "value": "u-1" }] });
                    let _ = made(&stand, ResourceKind::Group, body).await;
                }
                let call = Call { repeatable: true, ..stand.call() };
                let before = stand.engine.calls();
                if let Some(crash) = crash {
                    stand.engine.crash(crash);
                    let _ = carried_out(&stand, &call, ask).await;
                    stand.engine.revive();
                }
                carried_out(&stand, &call, ask).await.unwrap();
                (stand.dump(), stand.engine.calls() - before)
            })
        };
        let (expected, calls) = ended(None);
        for number in 1..=calls {
            for crash in [Crash::After(number - 1), Crash::During(number)] {
                assert!(ended(Some(crash)).0 == expected, "{ask:?} {crash:?}");
            }
        }
    }
}

#[test]
fn an_inventory_killed_at_any_call_while_it_follows_holds_what_the_directory_does() {
    let ended = |crash: Option<Crash>| {
        simulate(1, async {
            let stand = Stand::new();
            let ann = user(&stand, "ann").await;
            let _ =
                made(&stand, ResourceKind::Group, json!({ "displayName": "Clerks", "members": [{ "value": ann }] }))
                    .await;
            let (call, now) = (stand.call(), stand.deps.clock.now());
            let before = stand.engine.calls();
            if let Some(crash) = crash {
                stand.engine.crash(crash);
                let _ = snapshot::take(&stand.deps, call.command, now).await;
                stand.engine.revive();
            }
            let taken = snapshot::take(&stand.deps, call.command, now).await.unwrap();
            assert_eq!(taken.sources.len(), 1, "{crash:?}");
            let frozen = stand.deps.store.snapshots().get(&taken.id).await.unwrap().unwrap().value;
            let (source, version) = frozen.sources.first().unwrap();
            let picture = stand.deps.store.inventory().read(source, version).await.unwrap().unwrap();
            (picture, stand.engine.calls() - before)
        })
    };
    let (expected, calls) = ended(None);
    for number in 1..=calls {
        for crash in [Crash::After(number - 1), Crash::During(number)] {
            assert_eq!(ended(Some(crash)).0, expected, "{crash:?}");
        }
    }
}
