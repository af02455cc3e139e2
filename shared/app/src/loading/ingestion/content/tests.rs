use domain::inventory::{Family, Value};

use super::*;
use crate::testing::sketch::Sketch;

fn sketch() -> Sketch {
    Sketch::default()
        .node(Family::Application, "app", &[])
        .account("a", &[("privileged", Value::Bool(true)), ("cost", Value::Float(0.5))])
        .node(Family::Group, "g", &[])
        .grant("a", "app", &["kv.read", "kv.write"])
        .edge("a", "g")
}

#[test]
fn a_picture_that_says_the_same_has_the_same_hashes() {
    let mut shuffled = sketch().picture();
    shuffled.edges.reverse();
    shuffled.normalise();
    assert_eq!(Contents::of(&shuffled), Contents::of(&sketch().picture()));
}

#[test]
fn changed_nodes_are_told_from_new_and_gone_ones() {
    let before = Contents::of(&sketch().picture());
    let after = sketch().node(Family::Role, "new", &[]).grant("g", "app", &["kv.read"]);
    let mut after = after.picture();
    after.nodes.iter_mut().find(|node| node.id == "app").unwrap().name = "renamed".to_owned();
    let difference = Difference::between(&before, &Contents::of(&after));
    assert_eq!(difference, Difference { created: 1, updated: 2, removed: 0, links_removed: 0 });
    assert_eq!(Difference::between(&before, &before), Difference::default());
    assert_eq!(Difference::between(&before, &Contents::default()).removed, 3);
}

#[test]
fn links_that_are_gone_are_counted_by_where_they_lead_and_with_which_permissions() {
    let before = Contents::of(&sketch().grant("a", "app", &["kv.list"]).picture());
    let less = Contents::of(&sketch().picture());
    let gone = |before: &Contents, after: &Contents| Difference::between(before, after).links_removed;
    assert_eq!((gone(&before, &less), gone(&less, &before)), (1, 0));
    assert_eq!(gone(&before, &Contents::default()), before.links() as u64);
    let other = Sketch::default().node(Family::Application, "app", &[]).account("a", &[]).node(Family::Group, "g", &[]);
    let other = Contents::of(&other.grant("a", "app", &["kv.read"]).edge("a", "g").picture());
    assert_eq!(gone(&less, &other), 1, "each permission is a link of its own");
}
