//! Users under the settings of an identity provider.

use domain::settings::{BuiltIn, Origin};

use super::*;
use crate::testing::sketch::{Sketch, text};

fn okta() -> IdentityProvider {
    IdentityProvider {
        enabled: true,
        user_type: "OktaUser".to_owned(),
        user_identity_property: "login".to_owned(),
        manager_identity_property: "boss".to_owned(),
        ..IdentityProvider::built_in(Origin::Certification)
    }
}

/// Two people whom a personnel system and a directory know under different ids.
fn graph() -> Graph {
    let mail = |name: &str| ("email", text(&format!("{name}@corp.example")));
    let sketch = Sketch::default()
        .node(Family::Identity, "hr-1", &[mail("Ann"), ("manager_id", text("hr-2"))])
        .node(Family::Identity, "hr-2", &[mail("bob")])
        .node(Family::Identity, "ok-1", &[mail("ann"), ("login", text("ann")), ("boss", text("cid"))])
        .typed("OktaUser")
        .node(Family::Identity, "ok-3", &[mail("cid"), ("login", text("cid")), ("boss", text("cid"))])
        .typed("OktaUser")
        .node(Family::Identity, "ok-4", &[mail("dan")])
        .typed("OktaUser");
    sketch.graph()
}

fn at(graph: &Graph, id: &str) -> u32 {
    graph.find(Family::Identity, id, None).unwrap()
}

#[test]
fn every_identity_is_a_user_where_no_provider_is_enabled() {
    let graph = graph();
    let directory = Directory::new(&graph, IdentityProvider::built_in(Origin::Certification));
    let (ann, bob) = (at(&graph, "hr-1"), at(&graph, "hr-2"));
    assert_eq!(directory.user(&graph, ann).id, "hr-1");
    assert_eq!(directory.manager_of(&graph, ann), Some(bob));
    assert_eq!(directory.find(&graph, &directory.user(&graph, bob).key()), Some(bob));
    assert_eq!(directory.stands_for(&graph, ann), Some(ann));
}

#[test]
fn users_are_the_identities_of_the_provider_under_the_attribute_it_names() {
    let graph = graph();
    let directory = Directory::new(&graph, okta());
    let (ann, cid) = (at(&graph, "ok-1"), at(&graph, "ok-3"));
    assert_eq!(directory.user(&graph, ann).key().as_str(), "OktaUser/ann");
    assert_eq!(directory.find(&graph, &directory.user(&graph, cid).key()), Some(cid));
    assert!(!directory.holds(&graph, at(&graph, "hr-1")), "another type");
    assert!(!directory.holds(&graph, at(&graph, "ok-4")), "without the attribute there is no id");
    let elsewhere = IdentityProvider { instance_id: "other".to_owned(), ..okta() };
    assert!(!Directory::new(&graph, elsewhere).holds(&graph, ann), "another instance");
    let here = IdentityProvider { instance_id: "ds".to_owned(), ..okta() };
    assert!(Directory::new(&graph, here).holds(&graph, ann));
}

#[test]
fn an_identity_of_elsewhere_stands_for_the_user_of_its_address_whose_manager_the_provider_knows() {
    let graph = graph();
    let directory = Directory::new(&graph, okta());
    let (ann, cid) = (at(&graph, "ok-1"), at(&graph, "ok-3"));
    assert_eq!(directory.stands_for(&graph, at(&graph, "hr-1")), Some(ann));
    assert_eq!(directory.stands_for(&graph, at(&graph, "hr-2")), None);
    assert_eq!(directory.manager_of(&graph, ann), Some(cid));
    assert_eq!(directory.manager_of(&graph, cid), None, "nobody is their own manager");
}
