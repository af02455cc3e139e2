use domain::inventory::{Family, Value};

use super::*;
use crate::loading::evidence::entitlements::Entitlements;
use crate::testing::sketch::{Sketch, list, text};

fn organisation() -> Sketch {
    Sketch::default()
        .node(Family::Application, "app", &[("owner", text("Boss@corp.example"))])
        .node(Family::Identity, "p1", &[("email", text("Ann@corp.example")), ("manager_id", text("boss@corp.example"))])
        .named("ann")
        .node(Family::Identity, "p2", &[("email", text("bo@corp.example")), ("is_active", Value::Bool(false))])
        .named("bo")
        .node(Family::Identity, "boss", &[("email", text("boss@corp.example"))])
        .named("the boss")
        .account("a1", &[("owner_id", text("p1"))])
        .account("a2", &[("email", text("ANN@corp.example"))])
        .account("a3", &[])
        .named("BO")
        .account("a4", &[("identities", list(&["x", "ann@CORP.example"]))])
        .account("a5", &[])
        .named("nobody")
}

fn node(graph: &Graph, family: Family, id: &str) -> u32 {
    graph.find(family, id, None).unwrap_or_else(|| panic!("{id}"))
}

#[track_caller]
fn owner(graph: &Graph, account: &str) -> Option<String> {
    graph.owner_of(node(graph, Family::Account, account)).map(|owner| graph.id(owner).to_owned())
}

#[test]
fn an_account_belongs_to_the_owner_it_names_else_its_address_else_its_user_name() {
    let graph = organisation().graph();
    for (account, expected) in
        [("a1", Some("p1")), ("a2", Some("p1")), ("a3", Some("p2")), ("a4", Some("p1")), ("a5", None)]
    {
        assert_eq!(owner(&graph, account).as_deref(), expected, "{account}");
    }
}

#[test]
fn of_two_identities_with_one_address_the_active_one_owns_the_account() {
    let sketch = organisation()
        .node(Family::Identity, "p0", &[("email", text("bo@corp.example")), ("status", text("Active"))])
        .account("a6", &[("email", text("bo@corp.example"))]);
    assert_eq!(owner(&sketch.graph(), "a6").as_deref(), Some("p0"));
}

#[test]
fn managers_and_owners_of_things_may_be_named_by_address() {
    let graph = organisation().graph();
    let boss = node(&graph, Family::Identity, "boss");
    assert_eq!(graph.manager_of(node(&graph, Family::Identity, "p1")), Some(boss));
    assert_eq!(graph.owners_of_node(node(&graph, Family::Application, "app")), [boss]);
}

#[test]
fn nobody_is_their_own_manager() {
    let graph = Sketch::default().node(Family::Identity, "p", &[("manager_id", text("p"))]).graph();
    assert_eq!(graph.manager_of(0), None);
}

#[test]
fn identities_lead_to_their_accounts_and_accounts_to_their_application() {
    let mut graph = organisation().graph();
    let (ann, app) = (node(&graph, Family::Identity, "p1"), node(&graph, Family::Application, "app"));
    let nodes = graph.len();
    let (edges, sets) = graph.walkable();
    let reached = Walker::new(nodes).reach(edges, sets, ann, |node| node == app);
    assert_eq!(reached, [Reached { node: app, set: 0 }]);
}

#[test]
fn parts_merge_the_same_whatever_their_order() {
    let other = || Sketch::default().node(Family::Identity, "q", &[]).node(Family::Group, "g", &[]).part("a-ds");
    let one = Graph::merge(vec![organisation().part("ds"), other()]);
    let two = Graph::merge(vec![other(), organisation().part("ds")]);
    let ids = |graph: &Graph| (0..7).map(|node| graph.id(node).to_owned()).collect::<Vec<_>>();
    assert_eq!(ids(&one), ids(&two));
    assert_eq!(one.id(0), "q");
    assert_eq!(one.origin(0).map(|origin| origin.id.as_str()), Some("a-ds"));
}

#[test]
fn edges_follow_their_nodes_into_the_merged_numbers() {
    let part = |source: &str, account: &str, group: &str| {
        Sketch::default()
            .node(Family::Application, "app", &[])
            .account(account, &[])
            .node(Family::Group, group, &[])
            .edge(account, group)
            .part(source)
    };
    let graph = Graph::merge(vec![part("b", "a2", "g2"), part("a", "a1", "g1")]);
    let mut walker = Walker::new(graph.len());
    for (account, group) in [("a1", "g1"), ("a2", "g2")] {
        let held = Entitlements::of(&graph, &mut walker, node(&graph, Family::Account, account));
        assert_eq!(held.groups.iter().map(|group| graph.id(*group)).collect::<Vec<_>>(), [group]);
    }
}

#[test]
fn an_id_is_found_near_first_and_not_beyond_its_family() {
    let part = |source: &str| Sketch::default().node(Family::Group, "g", &[]).node(Family::Role, "r", &[]).part(source);
    let graph = Graph::merge(vec![part("a"), part("b")]);
    let second = graph.family(Family::Role).start + 1;
    assert_eq!(graph.find(Family::Group, "g", None), Some(0));
    assert_eq!(graph.find(Family::Group, "g", Some(second)), Some(1));
    assert_eq!(graph.find(Family::Role, "g", None), None);
    assert_eq!(graph.find(Family::Group, "zz", None), None);
}

#[test]
fn entitlements_follow_nesting_and_come_by_name() {
    let graph = Sketch::default()
        .node(Family::Application, "app", &[])
        .account("a", &[])
        .node(Family::Group, "g1", &[])
        .named("zebra")
        .node(Family::Group, "g2", &[])
        .named("ant")
        .node(Family::Role, "r1", &[])
        .node(Family::Role, "r2", &[])
        .node(Family::Role, "r3", &[])
        .edge("a", "g1")
        .edge("g1", "g2")
        .edge("g2", "r1")
        .edge("r1", "r2")
        .edge("r2", "r1")
        .graph();
    let held = Entitlements::of(&graph, &mut Walker::new(graph.len()), node(&graph, Family::Account, "a"));
    let ids = |nodes: &[u32]| nodes.iter().map(|node| graph.id(*node)).collect::<Vec<_>>().join(" ");
    assert_eq!((ids(&held.groups), ids(&held.roles)), ("g2 g1".to_owned(), "r1 r2".to_owned()));
    assert_eq!(held.groups.len() + held.roles.len(), 4);
}
