//! Changes as clients make them, and those that change nothing.

use super::*;

#[test]
fn a_creation_that_is_repeated_makes_nothing_more() {
    simulate(1, async {
        let stand = Stand::new();
        for (kind, body) in [
            (ResourceKind::User, json!({ "userName": "ann" })),
            (ResourceKind::Group, json!({ "displayName": "Clerks" })),
        ] {
            let mut call = stand.call();
            let first = change::create(&stand.deps, &call, kind, &object(body.clone())).await.unwrap();
            call.repeatable = true;
            let again = change::create(&stand.deps, &call, kind, &object(body.clone())).await.unwrap();
            assert_eq!(again, first);
            assert_eq!(listed(&stand, kind, None, 1, 9).await.total, 1);
            change::delete(&stand.deps, &stand.call(), kind, &first.id.to_string()).await.unwrap();
            let late = change::create(&stand.deps, &call, kind, &object(body)).await;
            assert!(matches!(late, Err(Error::NotFound(_))), "made, and deleted since: {late:?}");
        }
    });
}

#[test]
fn a_user_name_is_there_once_in_whatever_letter_case_and_free_again_afterwards() {
    simulate(1, async {
        let stand = Stand::new();
        let ann = user(&stand, "ann").await;
        let again = object(json!({ "userName": "ANN" }));
        let taken = change::create(&stand.deps, &stand.call(), ResourceKind::User, &again).await;
        assert!(matches!(taken, Err(Error::Refused(Refusal::AlreadyExists { .. }))), "{taken:?}");
        let renamed = json!([{ "op": "replace", "path": "userName", "value": "anna" }]);
        patched(&stand, ResourceKind::User, &ann, renamed.clone()).await.unwrap();
        let other = user(&stand, "ann").await;
        let taken = patched(&stand, ResourceKind::User, &other, renamed.clone()).await;
        assert!(matches!(taken, Err(Error::Refused(Refusal::AlreadyExists { .. }))), "{taken:?}");
        change::delete(&stand.deps, &stand.call(), ResourceKind::User, &ann).await.unwrap();
        patched(&stand, ResourceKind::User, &other, renamed).await.unwrap();
        let gone = find::get(&stand.deps, &stand.call(), ResourceKind::User, &ann).await;
        assert!(matches!(gone, Err(Error::NotFound(_))));
        assert_eq!(ids(&listed(&stand, ResourceKind::User, None, 1, 9).await), [other]);
    });
}

#[test]
fn changes_are_understood_as_clients_write_them() {
    let enterprise = schema::ENTERPRISE;
    let department = format!("{enterprise}:department");
    let manager = format!("{enterprise}:manager");
    let cases = [
        (json!([{ "op": "Replace", "path": "active", "value": "False" }]), "/active", json!(false)),
        (json!([{ "op": "replace", "value": { "active": "false", "title": "Head" } }]), "/title", json!("Head")),
        (json!([{ "op": "add", "value": { "name.givenName": "Anna" } }]), "/name/givenName", json!("Anna")),
        (json!([{ "op": "add", "path": "NAME.familyname", "value": "Ó" }]), "/name/familyName", json!("Ó")),
        (json!([{ "op": "replace", "path": "name", "value": { "familyName": "Ó" } }]), "/name/givenName", json!("Ann")),
        (
            json!([{ "op": "Add", "path": "emails[type eq \"work\"].value", "value": "a@corp.example" }]),
            "/emails/1",
            json!({ "type": "work", "value": "a@corp.example" }),
        ),
        (
            json!([{ "op": "replace", "path": "emails[type eq \"home\"].value", "value": "b@home.example" }]),
            "/emails/0/value",
            json!("b@home.example"),
        ),
        (json!([{ "op": "remove", "path": "emails[type eq \"home\"]" }]), "/emails", Value::Null),
        (
            json!([{ "op": "replace", "path": "emails", "value": [{ "value": "c@x" }] }]),
            "/emails",
            json!([{ "value": "c@x" }]),
        ),
        (
            json!([{ "op": "Add", "path": department, "value": "Finance" }]),
            &format!("/{enterprise}/department"),
            json!("Finance"),
        ),
        (
            json!([{ "op": "add", "value": { enterprise: { "department": "Sales" }, department.as_str(): "Finance" } }]),
            &format!("/{enterprise}/department"),
            json!("Finance"),
        ),
        (
            json!([{ "op": "Add", "path": manager, "value": "u-9" }]),
            &format!("/{enterprise}/manager/value"),
            json!("u-9"),
        ),
        (json!([{ "op": "remove", "path": "title" }]), "/title", Value::Null),
        (json!([{ "op": "add", "path": "shoeSize", "value": 7 }]), "/shoeSize", Value::Null),
    ];
    for (operations, pointer, expected) in cases {
        let body = json!({ "userName": "ann", "name": { "givenName": "Ann" }, "title": "Clerk",
            "emails": [{ "value": "ann@home.example", "type": "home" }] });
        let mut held = resource::read(ResourceKind::User, &object(body)).unwrap();
        let change = object(json!({ "Operations": operations.clone() }));
        patch::apply(ResourceKind::User, &mut held, &change).unwrap();
        let found = Value::Object(held).pointer(pointer).cloned().unwrap_or(Value::Null);
        assert_eq!(found, expected, "{operations}");
    }
}

#[test]
fn a_change_that_cannot_be_read_changes_nothing() {
    simulate(1, async {
        let stand = Stand::new();
        let ann = user(&stand, "ann").await;
        let before = stand.dump();
        for (operations, expected) in [
            (json!("x"), "invalidSyntax"),
            (json!([]), "invalidSyntax"),
            (json!([{ "op": "move", "path": "title" }]), "invalidSyntax"),
            (json!([{ "op": "remove" }]), "noTarget"),
            (json!([{ "op": "replace", "value": 7 }]), "invalidValue"),
            (json!([{ "op": "replace", "path": "emails[type eq", "value": "x" }]), "invalidPath"),
            (json!([{ "op": "replace", "path": "emails[type]", "value": "x" }]), "invalidFilter"),
            (json!([{ "op": "replace", "path": "active", "value": "perhaps" }]), "invalidValue"),
            (json!([{ "op": "remove", "path": "userName" }]), "invalidValue"),
            (
                json!([{ "op": "add", "path": "title", "value": "Head" }, { "op": "add", "path": "title", "value": [] }]),
                "invalidValue",
            ),
        ] {
            let refused = patched(&stand, ResourceKind::User, &ann, operations.clone()).await.unwrap_err();
            assert_eq!(word(&refused), expected, "{operations}");
        }
        let (call, body) = (stand.call(), object(json!({ "id": "u-9", "userName": "x" })));
        let other = change::replace(&stand.deps, &call, ResourceKind::User, &ann, &body).await;
        assert_eq!(word(&other.unwrap_err()), "mutability");
        assert!(stand.dump() == before);
    });
}

#[test]
fn members_come_and_go_one_by_one_and_all_together() {
    simulate(1, async {
        let stand = Stand::new();
        let (ann, bo, cy) = (user(&stand, "ann").await, user(&stand, "bo").await, user(&stand, "cy").await);
        let body = json!({ "displayName": "Clerks", "members": [{ "value": ann }] });
        let group = made(&stand, ResourceKind::Group, body).await.id.to_string();
        let steps = [
            (
                json!([{ "op": "add", "path": "members", "value": [{ "value": bo }, { "value": ann }] }]),
                vec![&ann, &bo],
            ),
            (json!([{ "op": "Remove", "path": format!("members[value eq \"{ann}\"]") }]), vec![&bo]),
            (json!([{ "op": "remove", "path": format!("members[value eq \"{ann}\"]") }]), vec![&bo]),
            (
                json!([{ "op": "replace", "path": "members", "value": [{ "value": ann }, { "value": cy }] }]),
                vec![&ann, &cy],
            ),
            (json!([{ "op": "Add", "value": { "members": [{ "value": bo }] } }]), vec![&ann, &bo, &cy]),
            (json!([{ "op": "Remove", "path": "members", "value": [{ "value": ann }, { "value": bo }] }]), vec![&cy]),
            (
                json!([{ "op": "remove", "path": "members" }, { "op": "add", "path": "members", "value": [{ "value": bo }] }]),
                vec![&bo],
            ),
            (json!([{ "op": "remove", "path": "members", "value": [] }]), vec![&bo]),
            (
                json!([{ "op": "replace", "path": format!("members[value eq \"{bo}\"]"), "value": { "value": cy } }]),
                vec![&cy],
            ),
            (json!([{ "op": "add", "path": "members", "value": [{ "value": bo }] }]), vec![&bo, &cy]),
            (
                json!([{ "op": "replace", "path": format!("members[value eq \"{cy}\"]"), "value": { "value": ann } }]),
                vec![&ann, &bo],
            ),
            (
                json!([{ "op": "replace", "path": format!("members[value eq \"{ann}\"].value"), "value": cy }]),
                vec![&bo, &cy],
            ),
            (
                json!([{ "op": "replace", "path": format!("members[value eq \"{bo}\"].display"), "value": "Bo" }]),
                vec![&bo, &cy],
            ),
            (json!([{ "op": "remove", "path": format!("members[value eq \"{bo}\"].display") }]), vec![&bo, &cy]),
            (json!([{ "op": "remove", "path": "members" }]), vec![]),
        ];
        for (operations, expected) in steps {
            let now = patched(&stand, ResourceKind::Group, &group, operations.clone()).await.unwrap();
            let members: Vec<String> = now.members.iter().map(ToString::to_string).collect();
            assert_eq!(members.iter().collect::<Vec<_>>(), expected, "{operations}");
        }
        for stranger in ["u-99", "nobody", &group] {
            let add = json!([{ "op": "add", "path": "members", "value": [{ "value": stranger }] }]);
            let refused = patched(&stand, ResourceKind::Group, &group, add).await.unwrap_err();
            assert_eq!(word(&refused), "invalidValue", "{stranger}");
        }
    });
}

#[test]
fn who_is_deleted_leaves_the_groups_however_many_they_are() {
    simulate(1, async {
        let stand = Stand::new();
        let (ann, bo) = (user(&stand, "ann").await, user(&stand, "bo").await);
        for n in 0..90 {
            let body = json!({ "displayName": format!("Team {n}"), "members": [{ "value": ann }, { "value": bo }] });
            let _ = made(&stand, ResourceKind::Group, body).await;
        }
        let seen = find::get(&stand.deps, &stand.call(), ResourceKind::User, &ann).await.unwrap();
        assert_eq!(seen.groups.map(|groups| groups.len()), Some(90));
        change::delete(&stand.deps, &stand.call(), ResourceKind::User, &ann).await.unwrap();
        let groups = listed(&stand, ResourceKind::Group, None, 1, 500).await;
        assert!(groups.resources.iter().all(|group| group.members.len() == 1));
        let source = source_of(&stand.call()).unwrap();
        let directory = stand.deps.store.directories().get(&source).await.unwrap().unwrap().value;
        assert_eq!((directory.memberships, directory.users.total(), directory.groups.total()), (90, 1, 90));
        let gone = change::delete(&stand.deps, &stand.call(), ResourceKind::User, &ann).await;
        assert!(matches!(gone, Err(Error::NotFound(_))));
    });
}

#[test]
fn what_is_told_of_a_resource_stays_whatever_a_client_sends() {
    simulate(1, async {
        let stand = Stand::new();
        let body =
            json!({ "userName": "ann", "meta": { "created": "2001-01-01T00:00:00Z" }, "schemas": [schema::USER] });
        let ann = made(&stand, ResourceKind::User, body).await;
        let id = ann.id.to_string();
        let operations = json!([
            { "op": "replace", "path": "meta.created", "value": "2001-01-01T00:00:00Z" },
            { "op": "remove", "path": "schemas" },
        ]);
        let seen = patched(&stand, ResourceKind::User, &id, operations).await.unwrap();
        assert_eq!((seen.created_at, &seen.attributes), (ann.created_at, &ann.attributes));
        assert_eq!(Value::Object(seen.attributes), json!({ "userName": "ann" }));
    });
}

#[test]
fn of_the_addresses_in_a_body_one_at_most_is_the_primary_one() {
    simulate(1, async {
        let stand = Stand::new();
        let of = |name: &str, second: bool| {
            let entry = |value: &str, primary| json!({ "value": value, "primary": primary });
            json!({ "userName": name, "emails": [entry("a@corp.example", true), entry("b@corp.example", second)] })
        };
        let refused =
            change::create(&stand.deps, &stand.call(), ResourceKind::User, &object(of("ann", true))).await.unwrap_err();
        assert_eq!(word(&refused), "invalidValue");
        let ann = made(&stand, ResourceKind::User, of("ann", false)).await.id.to_string();
        let replaced = object(of("ann", true));
        let refused =
            change::replace(&stand.deps, &stand.call(), ResourceKind::User, &ann, &replaced).await.unwrap_err();
        assert_eq!(word(&refused), "invalidValue");
    });
}

#[test]
fn the_address_that_is_made_the_primary_one_is_and_one_that_is_there_is_not_added() {
    simulate(1, async {
        let stand = Stand::new();
        let body = json!({ "userName": "ann", "emails": [
            { "value": "ann@corp.example", "type": "work" },
            { "value": "ann@home.example", "type": "home", "primary": true },
        ] });
        let ann = made(&stand, ResourceKind::User, body).await.id.to_string();
        let primary = json!([{ "op": "replace", "path": "emails[type eq \"work\"].primary", "value": true }]);
        let seen = patched(&stand, ResourceKind::User, &ann, primary).await.unwrap();
        let emails = json!([
            { "value": "ann@corp.example", "type": "work", "primary": true },
            { "value": "ann@home.example", "type": "home", "primary": false },
        ]);
        assert_eq!(seen.attributes["emails"], emails);
        let known = json!({ "value": "ann@corp.example", "type": "work", "primary": true });
        let added = json!([{ "op": "add", "path": "emails", "value": [known] }]);
        assert_eq!(patched(&stand, ResourceKind::User, &ann, added).await.unwrap().attributes["emails"], emails);
    });
}
