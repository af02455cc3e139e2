use domain::inventory::{Family, Value};

use super::*;
use crate::loading::testing::Sketch;

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
    assert_eq!(contents(&shuffled), contents(&sketch().picture()));
}

#[test]
fn changed_nodes_are_told_from_new_and_gone_ones() {
    let before = contents(&sketch().picture());
    let after = sketch().node(Family::Role, "new", &[]).grant("g", "app", &["kv.read"]);
    let mut after = after.picture();
    after.nodes.iter_mut().find(|node| node.id == "app").unwrap().name = "renamed".to_owned();
    let difference = Difference::between(&before, &contents(&after));
    assert_eq!(difference, Difference { created: 1, updated: 2, removed: 0 });
    assert_eq!(Difference::between(&before, &before), Difference::default());
    assert_eq!(Difference::between(&before, &Contents::new()).removed, 3);
}
