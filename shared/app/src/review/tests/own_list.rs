//! What a reviewer's own list costs over rows that the worker has laid out, by the meter of the table.

use domain::ids::RowId;
use domain::inventory::{Family, Picture};
use domain::user::{Caller, Role, User};
use store::Store;

use super::bed::everything;
use crate::Call;
use crate::deps::Deps;
use crate::review::{self, Dialect, ListInput, SortColumn, SortKey};
use crate::testing::sketch::{Sketch, text};
use crate::testing::stand::{Stand, TABLE};

const OTHERS: usize = 20_500;
/// Enough that a sorted page, which looks at all of them, is over the budget.
const OWN: usize = 8_000;

/// Very many people, each of whom manages the next one with one account, and one who manages somebody with many.
fn organisation() -> Picture {
    let mut sketch = Sketch::default().node(Family::Application, "app", &[]);
    for n in 0..OTHERS {
        let (person, manager) = (format!("p{n:05}"), format!("p{:05}", (n + 1) % OTHERS));
        sketch = sketch
            .node(Family::Identity, &person, &[("manager_id", text(&manager))])
            .account(&format!("a{n:05}"), &[("owner_id", text(&person))])
            .named(&format!("user{n:05}"));
    }
    sketch = sketch.node(Family::Identity, "lena", &[]).node(Family::Identity, "busy", &[("manager_id", text("lena"))]);
    for n in 0..OWN {
        sketch = sketch.account(&format!("b{n:05}"), &[("owner_id", text("busy"))]).named(&format!("own{n:05}"));
    }
    sketch.picture()
}

fn lena(stand: &Stand) -> Call {
    let user =
        User { user_type: "Identity".to_owned(), id: "lena".to_owned(), email: String::new(), name: "lena".to_owned() };
    Call { caller: Caller { user, role: Role::Reviewer, key_id: None }, ..stand.call() }
}

#[test]
fn a_page_of_ones_own_rows_costs_the_same_among_twenty_thousand_reviewers() {
    engine::simulate(1, async {
        let stand = Stand::new();
        stand.load("ds", &organisation()).await.unwrap();
        let id = stand.start_campaign().await;
        stand.drain().await;
        let by = |column: &str| SortKey { by: SortColumn::Frozen(column.to_owned()), descending: false };
        let by_name = ListInput { order: vec![by("source.name"), by("source.id")], ..everything(100) };
        // By the type of the source, as it is set for everybody: all are accounts.
        let as_set = ListInput { with_log: true, ..everything(100) };
        for (dialect, input) in [(Dialect::Campaign, by_name), (Dialect::Certification, as_set)] {
            let cold = Deps { store: Store::new(stand.engine.client(), TABLE), ..stand.deps.clone() };
            for (requests, units) in [(3, 16.0), (2, 4.0)] {
                stand.engine.reset_usage();
                let page = review::list(&cold, &lena(&stand), id, dialect, input.clone()).await.unwrap();
                let usage = stand.engine.reset_usage();
                assert_eq!(page.items.len(), 100);
                let first = page.items[0].row;
                let expected: Vec<RowId> = (first.0..first.0 + 100).map(RowId).collect();
                assert_eq!(page.items.iter().map(|row| row.row).collect::<Vec<_>>(), expected, "a walk");
                assert_eq!(page.items[99].frozen.text("source.name"), Some("own00099"));
                assert!(usage.requests() <= requests && usage.read_units() <= units, "{dialect:?} {usage:?}");
            }
        }
    });
}

#[test]
fn the_usual_order_is_by_the_type_of_the_source_where_types_differ() {
    engine::simulate(1, async {
        let stand = Stand::new();
        let mut picture = Sketch::default()
            .node(Family::Application, "app", &[])
            .node(Family::Identity, "lena", &[])
            .node(Family::Identity, "busy", &[("manager_id", text("lena"))])
            .account("a", &[("owner_id", text("busy"))])
            .account("b", &[("owner_id", text("busy"))])
            .account("c", &[("owner_id", text("busy"))])
            .picture();
        picture.nodes.iter_mut().find(|node| node.id == "b").unwrap().node_type = "A robot".to_owned();
        stand.load("ds", &picture).await.unwrap();
        let id = stand.start_campaign().await;
        stand.drain().await;
        let page = review::list(&stand.deps, &lena(&stand), id, Dialect::Certification, everything(9)).await.unwrap();
        let sources: Vec<&str> = page.items.iter().filter_map(|row| row.frozen.text("source.id")).collect();
        assert_eq!(sources, ["b", "a", "c"]);
    });
}
