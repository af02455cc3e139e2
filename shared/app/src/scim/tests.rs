use domain::refusal::Refusal;
use engine::{Crash, simulate};
use serde_json::{Value, json};

use super::find::{Found, ListInput};
use super::*;
use crate::loading::stand::Stand;
use crate::loading::{snapshot, source, sweep};

fn object(body: Value) -> Map<String, Value> {
    let Value::Object(body) = body else { panic!("{body}") };
    body
}

async fn made(stand: &Stand, kind: ResourceKind, body: Value) -> ResourceView {
    change::create(&stand.deps, &stand.call(), kind, &object(body)).await.unwrap()
}

async fn user(stand: &Stand, name: &str) -> String {
    made(stand, ResourceKind::User, json!({ "userName": name, "active": true })).await.id.to_string()
}

async fn patched(stand: &Stand, kind: ResourceKind, id: &str, operations: Value) -> Result<ResourceView, Error> {
    change::patch(&stand.deps, &stand.call(), kind, id, &object(json!({ "Operations": operations }))).await
}

async fn listed(stand: &Stand, kind: ResourceKind, filter: Option<&str>, start: u32, count: u32) -> Found {
    let input = ListInput { filter: filter.map(str::to_owned), start, count, with_groups: true };
    find::list(&stand.deps, &stand.call(), kind, &input).await.unwrap()
}

fn ids(found: &Found) -> Vec<String> {
    found.resources.iter().map(|view| view.id.to_string()).collect()
}

fn word(error: &Error) -> &str {
    match error {
        Error::Invalid(faults) => &faults[0].field,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_user_is_found_by_what_clients_look_for() {
    simulate(1, async {
        let stand = Stand::new();
        let body = json!({ "userName": "Ann@Corp.example", "externalId": "00uA", "displayName": "Ann",
            "emails": [{ "value": "ann@home.example", "type": "home" }, { "value": "ann@corp.example", "type": "work", "primary": true }] });
        let ann = made(&stand, ResourceKind::User, body).await.id.to_string();
        let _ = user(&stand, "bo@corp.example").await;
        for filter in [
            r#"userName eq "ann@corp.example""#,
            r#"USERNAME Eq "ANN@corp.example""#,
            r#"externalId eq "00uA""#,
            r#"emails[type eq "work"].value eq "ann@corp.example""#,
            r#"emails.value eq "ann@home.example""#,
            r#"emails eq "ann@home.example""#,
            r#"userName eq "ann@corp.example" and active ne true"#,
            r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "ann""#,
            r#"displayName co "nn" and not (userName eq "bo@corp.example")"#,
            r#"emails[type eq "work" and value ew "corp.example"]"#,
            &format!(r#"id eq "{ann}""#),
        ] {
            assert_eq!(
                ids(&listed(&stand, ResourceKind::User, Some(filter), 1, 9).await),
                std::slice::from_ref(&ann),
                "{filter}"
            );
        }
        for filter in [
            r#"userName eq "ann""#,
            r#"externalId eq "00ua""#,
            r#"emails[type eq "home"].value eq "ann@corp.example""#,
            r#"shoeSize eq "7""#,
            r#"id eq "g-1""#,
        ] {
            assert_eq!(listed(&stand, ResourceKind::User, Some(filter), 1, 9).await.total, 0, "{filter}");
        }
        for filter in
            ["userName", r#"userName eq "#, r#"emails[type eq "work".value eq "x""#, r#"userName like "x""#, "("]
        {
            let input = ListInput { filter: Some(filter.to_owned()), start: 1, count: 9, with_groups: false };
            let refused = find::list(&stand.deps, &stand.call(), ResourceKind::User, &input).await.unwrap_err();
            assert_eq!(word(&refused), "invalidFilter", "{filter}");
        }
    });
}

#[test]
fn groups_are_found_by_their_members_and_users_by_their_groups() {
    simulate(1, async {
        let stand = Stand::new();
        let (ann, bo) = (user(&stand, "ann").await, user(&stand, "bo").await);
        let body = json!({ "displayName": "Clerks", "members": [{ "value": ann }] });
        let clerks = made(&stand, ResourceKind::Group, body).await.id.to_string();
        let body = json!({ "displayName": "Staff", "members": [{ "value": clerks }, { "value": bo }] });
        let staff = made(&stand, ResourceKind::Group, body).await.id.to_string();
        let found = async |kind, filter: String| ids(&listed(&stand, kind, Some(&filter), 1, 9).await);
        for (filter, expected) in [
            (format!(r#"members.value eq "{ann}""#), vec![&clerks]),
            (format!(r#"members eq "{bo}""#), vec![&staff]),
            (format!(r#"id eq "{clerks}" and members.value eq "{ann}""#), vec![&clerks]),
            (format!(r#"id eq "{clerks}" and members.value eq "{bo}""#), vec![]),
            (r#"members[type eq "group"]"#.to_owned(), vec![&staff]),
            (format!(r#"not (members.value eq "{ann}")"#), vec![&staff]),
        ] {
            let found = found(ResourceKind::Group, filter.clone()).await;
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter}");
        }
        for (filter, expected) in [
            (format!(r#"groups.value eq "{clerks}""#), vec![&ann]),
            (r#"groups.display eq "staff""#.to_owned(), vec![&bo]),
            ("not (groups pr)".to_owned(), vec![]),
        ] {
            let found = found(ResourceKind::User, filter.clone()).await;
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter}");
        }
    });
}

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
fn pages_are_whole_when_resources_come_and_go() {
    simulate(1, async {
        let stand = Stand::new();
        let mut all = Vec::new();
        for n in 0..23 {
            all.push(user(&stand, &format!("user{n}")).await);
        }
        for gone in [0, 7, 8, 22] {
            change::delete(&stand.deps, &stand.call(), ResourceKind::User, &all[gone]).await.unwrap();
        }
        let left: Vec<String> = (0..23).filter(|n| ![0, 7, 8, 22].contains(n)).map(|n| all[n].clone()).collect();
        let mut pages = Vec::new();
        for start in [1, 6, 11, 16, 21] {
            let page = listed(&stand, ResourceKind::User, None, start, 5).await;
            assert_eq!((page.total, page.start), (19, start));
            pages.extend(ids(&page));
        }
        assert_eq!(pages, left);
        let total = listed(&stand, ResourceKind::User, None, 1, 0).await;
        assert_eq!((total.total, total.resources.len()), (19, 0));
    });
}

#[test]
fn the_next_snapshot_holds_what_was_changed() {
    simulate(1, async {
        let stand = Stand::new();
        let lena = user(&stand, "lena").await;
        let body = json!({ "userName": "ann", "displayName": "Ann Ó", "active": true, "title": "Clerk",
            "emails": [{ "value": "ann@corp.example", "primary": true }],
            schema::ENTERPRISE: { "department": "Finance", "employeeNumber": "7", "manager": { "value": lena } } });
        let ann = made(&stand, ResourceKind::User, body).await.id.to_string();
        let _ =
            made(&stand, ResourceKind::Group, json!({ "displayName": "Clerks", "members": [{ "value": ann }] })).await;
        let taken = snapshot::take(&stand.deps, stand.call().command, stand.deps.clock.now()).await.unwrap();
        assert_eq!(taken.sources.len(), 1);
        let held = source::list(&stand.deps, 9, None).await.unwrap().items.remove(0);
        assert_eq!((held.accounts, held.nodes, held.edges, held.format.as_str()), (2, 6, 1, "scim"));
        let stored = stand.deps.store.inventory().source(&held.id).await.unwrap().unwrap().value;
        let picture = stand.deps.store.inventory().read(&held.id, &stored.current.unwrap()).await.unwrap().unwrap();
        let id = format!("{}:{ann}", held.id);
        let person = picture.nodes.iter().find(|node| node.id == id && node.text("manager_id").is_some()).unwrap();
        assert_eq!(person.text("manager_id"), Some(format!("{}:{lena}", held.id).as_str()));
        assert_eq!((person.text("department"), person.text("employee_number")), (Some("Finance"), Some("7")));
        let again = snapshot::take(&stand.deps, stand.call().command, stand.deps.clock.now()).await.unwrap();
        assert_eq!(again.id, taken.id, "nothing has changed since");
    });
}

#[test]
fn the_inventory_follows_by_itself_however_often_the_message_comes() {
    simulate(1, async {
        let stand = Stand::new();
        let ann = user(&stand, "ann").await;
        assert_eq!(sweep::run(&stand.deps).await.unwrap().directories, 0, "clients send many changes at once");
        assert_eq!(sweep::run(&stand.ahead(2)).await.unwrap().directories, 1);
        assert_eq!(sweep::run(&stand.ahead(2)).await.unwrap().directories, 0);
        let message = stand.queue.take().unwrap();
        stand.deliver(&message).await.unwrap();
        stand.deliver(&message).await.unwrap();
        assert_eq!(source::list(&stand.deps, 9, None).await.unwrap().items[0].accounts, 1);
        let active = json!([{ "op": "replace", "path": "active", "value": false }]);
        patched(&stand, ResourceKind::User, &ann, active).await.unwrap();
        assert_eq!(sweep::run(&stand.ahead(2)).await.unwrap().directories, 1);
        stand.drain().await;
        let held = source::list(&stand.deps, 9, None).await.unwrap().items.remove(0);
        assert_eq!(held.accounts, 1, "who is not active stays");
    });
}

#[test]
fn callers_have_directories_of_their_own() {
    simulate(1, async {
        let stand = Stand::new();
        let ann = user(&stand, "ann").await;
        let mut other = stand.call();
        other.caller.user.id = "another".to_owned();
        let unseen = find::get(&stand.deps, &other, ResourceKind::User, &ann).await;
        assert!(matches!(unseen, Err(Error::NotFound(_))));
        let body = object(json!({ "userName": "ann" }));
        change::create(&stand.deps, &other, ResourceKind::User, &body).await.unwrap();
        assert_eq!(listed(&stand, ResourceKind::User, None, 1, 9).await.total, 1);
    });
}

/// What a client asks for in the test below, one after the other.
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

#[test]
fn a_data_source_that_was_deleted_comes_back_whole_with_the_next_change_of_its_client() {
    simulate(1, async {
        let stand = Stand::new();
        let ann = user(&stand, "ann").await;
        let _ = user(&stand, "bo").await;
        let taken = async || {
            let taken = snapshot::take(&stand.deps, stand.call().command, stand.deps.clock.now()).await.unwrap();
            taken.sources.len()
        };
        assert_eq!(taken().await, 1);
        let id = source::list(&stand.deps, 9, None).await.unwrap().items.remove(0).id;
        source::delete(&stand.deps, &stand.call(), id.as_str()).await.unwrap();
        assert_eq!(taken().await, 0, "nobody has said anything since");
        assert!(
            find::get(&stand.deps, &stand.call(), ResourceKind::User, &ann).await.is_ok(),
            "its client knows it still"
        );
        let away = json!([{ "op": "replace", "path": "active", "value": false }]);
        patched(&stand, ResourceKind::User, &ann, away).await.unwrap();
        assert_eq!(taken().await, 1);
        assert_eq!(source::list(&stand.deps, 9, None).await.unwrap().items[0].accounts, 2);
    });
}
