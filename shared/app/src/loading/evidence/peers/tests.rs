use domain::inventory::Family;

use super::*;
use crate::testing::sketch::{Sketch, text};

#[test]
fn a_median_between_two_counts_stays_exact() {
    assert_eq!(doubled_median(&mut [5]), 10);
    assert_eq!(doubled_median(&mut [1, 9, 4]), 8);
    assert_eq!(doubled_median(&mut [7, 2, 3, 4]), 7);
    assert_eq!(doubled_median(&mut []), 0);
}

/// Twelve clerks of Finance with the role `reader`, one of whom also has `payer`; three managers with `payer` alone.
fn organisation() -> Graph {
    let mut sketch = Sketch::default()
        .node(Family::Role, "reader", &[])
        .node(Family::Role, "payer", &[])
        .account("nobody", &[("department", text("Finance"))]);
    for n in 0..15 {
        let (id, title) = (format!("a{n:02}"), if n < 12 { "Clerk" } else { "Manager" });
        sketch = sketch.account(&id, &[("department", text("Finance")), ("title", text(title))]);
        sketch = if n < 12 { sketch.edge(&id, "reader") } else { sketch.edge(&id, "payer") };
    }
    sketch.edge("a00", "payer").graph()
}

fn rarest(account: &str) -> Option<(String, u32, u32, u8)> {
    let graph = organisation();
    let peers = Peers::of(&graph, &mut Walker::new(graph.len()));
    let account = graph.find(Family::Account, account, None).unwrap();
    peers.rarest(account).map(|rarest| (graph.id(rarest.what).to_owned(), rarest.with, rarest.of, rarest.alike))
}

#[test]
fn what_no_peer_of_the_same_title_holds_is_the_rarest() {
    assert_eq!(rarest("a00"), Some(("payer".to_owned(), 0, 11, 3)));
    assert_eq!(rarest("a01"), Some(("reader".to_owned(), 11, 11, 3)));
}

#[test]
fn too_few_of_the_same_title_are_compared_with_the_department() {
    assert_eq!(rarest("a12"), Some(("payer".to_owned(), 3, 15, 2)));
}

#[test]
fn nothing_held_is_nothing_rare() {
    assert_eq!(rarest("nobody"), None);
}
