//! Whom an e-mail address means.

use domain::inventory::Family;
use domain::settings::{BuiltIn, IdentityProvider, Origin, Value};
use engine::simulate;

use super::*;
use crate::settings;
use crate::testing::sketch::{Sketch, text};
use crate::testing::stand::Stand;

const ADDRESS: &str = "ann@corp.example";

/// Loads people as all of the inventory: type, id and e-mail address each.
async fn load(stand: &Stand, people: &[(&str, &str, &str)]) {
    let person = |sketch: Sketch, (kind, id, email): &(&str, &str, &str)| {
        let attributes = [("email", text(email)), ("number", text(&format!("E-{id}")))];
        sketch.node(Family::Identity, id, &attributes).typed(kind)
    };
    stand.load("hr", &people.iter().fold(Sketch::default(), person).picture()).await.unwrap();
}

async fn meant(stand: &Stand) -> Option<String> {
    known_by_email(&stand.deps, ADDRESS).await.unwrap().map(|user| user.key().to_string())
}

/// Names the person of the address, who has a profile from then on.
async fn named(stand: &Stand) -> Result<User, Error> {
    one_by_email(&stand.deps, &stand.call(), ADDRESS, "reviewer").await
}

#[test]
fn an_address_means_who_has_it_now_and_not_who_had_it_when_they_were_named() {
    simulate(1, async {
        let stand = Stand::new();
        load(&stand, &[("Person", "p1", ADDRESS)]).await;
        assert_eq!(named(&stand).await.unwrap().id, "p1");
        load(&stand, &[("Person", "p2", "Ann@Corp.Example ")]).await;
        assert_eq!(meant(&stand).await.as_deref(), Some("Person/p2"));
        load(&stand, &[("Person", "p1", "ann.old@corp.example"), ("Person", "p2", ADDRESS)]).await;
        assert_eq!(named(&stand).await.unwrap().id, "p2");
        load(&stand, &[("Person", "p3", "bo@corp.example")]).await;
        assert_eq!(meant(&stand).await, None, "nobody has it any more");
    });
}

#[test]
fn an_address_of_two_people_means_neither_whoever_of_them_was_named_before() {
    simulate(1, async {
        let stand = Stand::new();
        load(&stand, &[("Person", "p1", ADDRESS)]).await;
        named(&stand).await.unwrap();
        load(&stand, &[("Person", "p1", ADDRESS), ("Person", "p2", ADDRESS)]).await;
        assert_eq!(meant(&stand).await, None);
        assert!(matches!(named(&stand).await, Err(Error::Invalid(_))));
    });
}

#[test]
fn an_address_means_users_of_the_identity_provider_once_that_is_switched_on() {
    simulate(1, async {
        let stand = Stand::new();
        load(&stand, &[("OktaUser", "u17", ADDRESS)]).await;
        assert_eq!(named(&stand).await.unwrap().key().as_str(), "OktaUser/u17");
        let provider = IdentityProvider {
            enabled: true,
            user_type: "OktaUser".to_owned(),
            user_identity_property: "number".to_owned(),
            ..IdentityProvider::built_in(Origin::Certification)
        };
        let value = Value::IdentityProvider(provider);
        settings::put(&stand.deps, &stand.call(), value, None).await.unwrap();
        assert_eq!(meant(&stand).await.as_deref(), Some("OktaUser/E-u17"));
        assert_eq!(named(&stand).await.unwrap().key().as_str(), "OktaUser/E-u17");
    });
}

#[test]
fn a_local_user_is_meant_as_long_as_the_inventory_knows_nobody_of_the_address() {
    simulate(1, async {
        let stand = Stand::new();
        let local = User {
            user_type: LOCAL_USER_TYPE.to_owned(),
            id: "l1".to_owned(),
            email: ADDRESS.to_owned(),
            name: "Ann".to_owned(),
        };
        remember(&stand.deps, stand.call().command, std::slice::from_ref(&local)).await.unwrap();
        assert_eq!(known_by_email(&stand.deps, ADDRESS).await.unwrap(), Some(local));
        load(&stand, &[("Person", "p1", ADDRESS)]).await;
        assert_eq!(meant(&stand).await.as_deref(), Some("Person/p1"));
        assert_eq!(known_by_email(&stand.deps, " ").await.unwrap(), None);
    });
}

#[test]
fn an_address_costs_the_same_however_many_people_there_are() {
    simulate(1, async {
        let stand = Stand::new();
        let many: Vec<(String, String)> =
            (0..20_000).map(|n| (format!("p{n}"), format!("p{n}@corp.example"))).collect();
        let mut people: Vec<(&str, &str, &str)> = many.iter().map(|(id, email)| ("Person", &**id, &**email)).collect();
        people.push(("Person", "ann", ADDRESS));
        load(&stand, &people).await;
        let fresh = |stand: &Stand| Deps {
            store: store::Store::new(stand.engine.client(), crate::testing::stand::TABLE),
            ..stand.deps.clone()
        };
        stand.engine.reset_usage();
        let known = known_by_email(&fresh(&stand), ADDRESS).await.unwrap().unwrap();
        let usage = stand.engine.reset_usage();
        assert_eq!(known.id, "ann");
        assert!(usage.requests() <= 5 && usage.read_units() <= 25.0, "{usage:?}");
        let keys = [UserKey::new("Person", "p777").unwrap(), UserKey::new("Robot", "p778").unwrap()];
        let named = by_key(&fresh(&stand), &keys).await.unwrap();
        let usage = stand.engine.reset_usage();
        assert_eq!(named.into_values().map(|user| user.id).collect::<Vec<_>>(), ["p777"], "a type and an id");
        assert!(usage.requests() <= 6 && usage.read_units() <= 40.0, "{usage:?}");

        load(&stand, &people[..people.len() - 1]).await;
        assert_eq!(meant(&stand).await, None, "gone with the version that counts");
        crate::loading::sources::source::delete(&stand.deps, &stand.call(), "hr").await.unwrap();
        assert_eq!(known_by_email(&stand.deps, "p1@corp.example").await.unwrap(), None);
    });
}
