//! Identity providers keep users and groups up to date, and the inventory follows.

use std::collections::BTreeMap;

use blackbox::{Answer, Persona, unique};
use serde_json::{Value, json};

use crate::world::{self, administrator, operator};

const OKTA: &str = include_str!("../conversations/okta.json");
const ENTRA: &str = include_str!("../conversations/entra.json");

/// An identity provider of its own: a key for a user that nobody else is.
fn client() -> (Persona, String) {
    let email = format!("{}@provisioning.example", unique("client"));
    let key = json!({ "name": "provisioning", "role": "administrator", "user": email });
    let key = administrator().post("/api/v1/api-keys", key).expect(201);
    (world::target().with_token(key.str("/token")), email)
}

/// A text with the ids that earlier answers gave.
fn filled(text: &str, kept: &BTreeMap<String, String>) -> String {
    kept.iter().fold(text.to_owned(), |text, (name, id)| text.replace(&format!("{{{name}}}"), id))
}

/// Whether everything that is expected is there: of objects, what they name; of lists, each entry in its place.
fn holds(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            expected.iter().all(|(name, value)| actual.get(name).is_some_and(|held| holds(value, held)))
        }
        (Value::Array(expected), Value::Array(actual)) => {
            expected.len() == actual.len() && expected.iter().zip(actual).all(|(one, other)| holds(one, other))
        }
        (expected, actual) => expected == actual,
    }
}

/// Plays a conversation, line by line. Answers the client, and what the ids were.
fn play(conversation: &str) -> (Persona, BTreeMap<String, String>, String) {
    let (client, email) = client();
    let lines: Vec<Value> = serde_json::from_str(conversation).expect("a conversation");
    let mut kept = BTreeMap::new();
    for line in lines {
        let says = line["says"].as_str().expect("what it says");
        let ask = filled(line["ask"].as_str().expect("what it asks"), &kept);
        let (method, path) = ask.split_once(' ').expect("method and path");
        let body = line.get("body").map(|body| filled(&body.to_string(), &kept).into_bytes());
        let answer = client.header("content-type", "application/scim+json").send(method, path, body);
        assert_eq!(json!(answer.status), line["status"], "{says}: {}", answer.text);
        let expected: Value = match line.get("answer") {
            Some(expected) => serde_json::from_str(&filled(&expected.to_string(), &kept)).expect("an answer"),
            None => Value::Null,
        };
        assert!(expected.is_null() || holds(&expected, &answer.body), "{says}: {}", answer.text);
        for gone in line["without"].as_array().into_iter().flatten() {
            assert_eq!(answer.body.pointer(gone.as_str().expect("a pointer")), None, "{says}: {}", answer.text);
        }
        well_formed(&answer, says);
        for (name, pointer) in line["keep"].as_object().into_iter().flatten() {
            kept.insert(name.clone(), answer.str(pointer.as_str().expect("a pointer")).to_owned());
        }
    }
    (client, kept, email)
}

/// What holds of every answer.
fn well_formed(answer: &Answer, says: &str) {
    if answer.status == 204 {
        assert!(answer.text.is_empty(), "{says}: {}", answer.text);
        return;
    }
    let kind = answer.headers.get("content-type").map(String::as_str);
    assert_eq!(kind, Some("application/scim+json"), "{says}");
    assert!(answer.body["schemas"].as_array().is_some_and(|schemas| !schemas.is_empty()), "{says}: {}", answer.text);
    if answer.status == 201 {
        let place = answer.str("/meta/location");
        assert_eq!(answer.headers.get("location").map(String::as_str), Some(place), "{says}");
        assert!(place.starts_with("http") && place.contains("/scim/v2/"), "{says}: {place} is no address");
    }
    if answer.status >= 400 {
        assert_eq!(answer.body["status"], json!(answer.status.to_string()), "{says}");
        assert!(answer.body["detail"].is_string(), "{says}");
    }
}

/// The data source that a client feeds, by the name of its user.
fn source_of(email: &str) -> Option<Value> {
    let listed = world::all_pages(&operator(), "/api/v1/inventory/datasources", "datasources");
    listed.into_iter().find(|source| source["name"].as_str().is_some_and(|name| email.starts_with(name)))
}

#[test]
fn okta_assigns_changes_deactivates_and_pushes_groups() {
    let (_, _, email) = play(OKTA);
    let _ = administrator().post_empty("/api/v1/inventory/snapshots").expect(200);
    let source = source_of(&email).expect("the inventory follows before it is frozen");
    assert_eq!((&source["account_count"], &source["format"]), (&json!(2), &json!("scim")));
}

#[test]
fn places_are_addresses_and_a_change_of_an_old_version_is_refused() {
    let (client, _) = client();
    let made = client.post("/scim/v2/Users", json!({ "userName": "ann" })).expect(201);
    let place = made.str("/meta/location").to_owned();
    let (_, path) = place.split_at(place.find("/scim/").expect("a path"));
    assert_eq!(client.get(path).expect(200).str("/meta/location"), place);
    let listed = client.get("/scim/v2/Users").expect(200);
    assert_eq!(listed.str("/Resources/0/meta/location"), place);
    let change = json!({ "Operations": [{ "op": "replace", "path": "title", "value": "Head" }] }).to_string();
    let seen = client.header("if-match", "\"1\"");
    let _ = seen.send("PATCH", path, Some(change.replace("Head", "Clerk").into_bytes())).expect(200);
    let stale = seen.send("PATCH", path, Some(change.into_bytes()));
    assert_eq!((stale.status, &stale.body["status"]), (412, &json!("412")), "{}", stale.text);
    assert_eq!(client.get(path).expect(200).body["title"], "Clerk");
}

#[test]
fn entra_matches_patches_disables_and_deletes() {
    let (client, kept, email) = play(ENTRA);
    let _ = administrator().post_empty("/api/v1/inventory/snapshots").expect(200);
    assert_eq!(source_of(&email).expect("a data source")["account_count"], 1);
    let otto = client.get(&format!("/scim/v2/Users/{}", kept["otto"])).expect(200);
    assert_eq!(otto.body["groups"], json!([]));
}

#[test]
fn only_administrators_provision_and_everybody_may_read_what_there_is() {
    for path in [
        "ServiceProviderConfig",
        "ResourceTypes",
        "ResourceTypes/User",
        "Schemas",
        "Schemas/urn:ietf:params:scim:schemas:core:2.0:Group",
    ] {
        let answer = world::target().anonymous().get(&format!("/scim/v2/{path}")).expect(200);
        well_formed(&answer, path);
    }
    let config = operator().get("/scim/v2/ServiceProviderConfig").expect(200);
    for (name, supported) in [
        ("patch", true),
        ("filter", true),
        ("bulk", false),
        ("sort", false),
        ("etag", false),
        ("changePassword", false),
    ] {
        assert_eq!(config.body[name]["supported"], supported, "{name}");
    }
    let nobody = world::target().anonymous().get("/scim/v2/Users");
    assert_eq!(nobody.status, 401);
    well_formed(&nobody, "without a token");
    let reviewer = operator().post("/scim/v2/Users", json!({ "userName": "x" }));
    assert_eq!(reviewer.status, 403);
    well_formed(&reviewer, "as an operator");
    let unknown = administrator().post("/scim/v2/Bulk", json!({}));
    assert_eq!(unknown.status, 404);
    well_formed(&unknown, "what there is not");
}

#[test]
fn bad_bodies_are_told_in_the_words_of_the_protocol() {
    let (client, _) = client();
    for (body, kind) in [
        ("{", "invalidSyntax"),
        ("[]", "invalidSyntax"),
        ("{}", "invalidValue"),
        (r#"{"userName": ""}"#, "invalidValue"),
        (r#"{"userName": ["ann"]}"#, "invalidValue"),
        (r#"{"userName": "ann", "active": 7}"#, "invalidValue"),
        (r#"{"userName": "ann", "emails": "many", "name": "Ann"}"#, "invalidValue"),
    ] {
        let answer = client.send("POST", "/scim/v2/Users", Some(body.as_bytes().to_vec()));
        assert_eq!((answer.status, answer.body["scimType"].as_str()), (400, Some(kind)), "{body}: {}", answer.text);
        well_formed(&answer, body);
    }
    let entries: Vec<Value> = (0..21).map(|n| json!({ "value": format!("a{n}@x.example") })).collect();
    let many = client.post("/scim/v2/Users", json!({ "userName": "ann", "emails": entries }));
    assert_eq!((many.status, many.body["scimType"].as_str()), (400, Some("invalidValue")), "{}", many.text);
    assert_eq!(client.get("/scim/v2/Users").expect(200).body["totalResults"], 0);
}

#[test]
fn a_group_that_is_replaced_has_the_members_that_were_sent_and_no_others() {
    let (client, _) = client();
    let user = |name: &str| {
        let made = client.post("/scim/v2/Users", json!({ "userName": format!("{}@corp.example", unique(name)) }));
        made.expect(201).str("/id").to_owned()
    };
    let (ann, bob) = (user("ann"), user("bob"));
    let members = |id: &str| json!([{ "value": id }]);
    let made = client.post("/scim/v2/Groups", json!({ "displayName": "Clerks", "members": members(&ann) })).expect(201);
    let path = format!("/scim/v2/Groups/{}", made.str("/id"));
    let replaced = client.put(&path, json!({ "displayName": "Payroll", "members": members(&bob) })).expect(200);
    assert_eq!((&replaced.body["displayName"], &replaced.body["id"]), (&json!("Payroll"), &made.body["id"]));
    let held: Vec<&str> = replaced.list("/members").iter().filter_map(|member| member["value"].as_str()).collect();
    assert_eq!(held, [bob.as_str()]);
    assert_eq!(client.get(&path).expect(200).body["members"], replaced.body["members"]);
}
