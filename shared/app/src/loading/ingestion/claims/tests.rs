use domain::inventory::Family;
use engine::simulate;

use crate::error::Error;
use crate::loading::ingestion::report::Report;
use crate::loading::sources::{current, source};
use crate::testing::sketch::Sketch;
use crate::testing::stand::Stand;

async fn load(stand: &Stand, source: &str, accounts: &[&str]) -> Result<Report, Error> {
    let sketch = Sketch::default().node(Family::Application, &format!("app-{source}"), &[]);
    let sketch = accounts.iter().fold(sketch, |sketch, account| sketch.account(account, &[]));
    stand.load(source, &sketch.picture()).await
}

/// The ids of all accounts there are, one for each data source that has it.
async fn held(stand: &Stand) -> Vec<String> {
    let mut ids = Vec::new();
    for (source, version) in current::versions(&stand.deps).await.unwrap() {
        let picture = stand.deps.store.inventory().read(&source, &version).await.unwrap().unwrap();
        ids.extend(picture.nodes.into_iter().filter(|node| node.family == Family::Account).map(|node| node.id));
    }
    ids.sort();
    ids
}

#[test]
fn of_two_first_loads_at_once_one_gets_an_account_id() {
    for seed in 0..30 {
        simulate(seed, async {
            let stand = Stand::new();
            let (one, other) = futures::join!(load(&stand, "one", &["a", "b"]), load(&stand, "two", &["b", "c"]));
            let taken = [&one, &other].into_iter().filter(|load| load.is_ok()).count();
            let refused = [&one, &other].into_iter().filter(|load| matches!(load, Err(Error::Invalid(_)))).count();
            assert_eq!((taken, refused), (1, 1), "seed {seed}: {one:?} {other:?}");
            let ids = held(&stand).await;
            assert!(ids == ["a", "b"] || ids == ["b", "c"], "seed {seed}: {ids:?}");
        });
    }
}

#[test]
fn an_account_id_that_is_given_away_is_looked_for_again_when_it_is_wanted_back() {
    for seed in 0..30 {
        simulate(seed, async {
            let stand = Stand::new();
            load(&stand, "one", &["a", "b"]).await.unwrap();
            // While one delivery still sees the account in its data source, another takes it out and a third moves it.
            let given_away = async {
                load(&stand, "one", &["b"]).await?;
                load(&stand, "two", &["a"]).await
            };
            let (kept, given_away) = futures::join!(load(&stand, "one", &["a", "b", "c"]), given_away);
            let ids = held(&stand).await;
            let mut single = ids.clone();
            single.dedup();
            assert_eq!(ids, single, "seed {seed}: {kept:?} {given_away:?}");
        });
    }
}

#[test]
fn many_first_loads_at_once_are_all_taken() {
    simulate(1, async {
        let stand = Stand::new();
        let names: Vec<String> = (0..8).map(|n| format!("ds{n}")).collect();
        let loads = names.iter().map(|name| async { load(&stand, name, &[name.as_str()]).await });
        for report in futures::future::join_all(loads).await {
            assert_eq!(report.unwrap().created, 2);
        }
        assert_eq!(held(&stand).await, names);
    });
}

#[test]
fn who_brings_no_account_id_of_its_own_waits_for_nobody() {
    simulate(1, async {
        let stand = Stand::new();
        load(&stand, "one", &["a"]).await.unwrap();
        let claims = stand.deps.store.inventory().claims().await.unwrap();
        load(&stand, "one", &["a"]).await.unwrap();
        load(&stand, "one", &[]).await.unwrap();
        load(&stand, "two", &[]).await.unwrap();
        assert_eq!(stand.deps.store.inventory().claims().await.unwrap(), claims);
        source::delete(&stand.deps, &stand.call(), "one").await.unwrap();
        load(&stand, "two", &["a"]).await.unwrap();
        assert_eq!(stand.deps.store.inventory().claims().await.unwrap(), claims + 1);
    });
}
