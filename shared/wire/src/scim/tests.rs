use insta::assert_json_snapshot;

use super::*;

fn user() -> ResourceView {
    let attributes = json!({
        "userName": "ann@corp.example",
        "name": { "givenName": "Ann", "familyName": "Ó" },
        "emails": [{ "value": "ann@corp.example", "type": "work", "primary": true }],
        schema::ENTERPRISE: { "department": "Finance", "manager": { "value": "u-2" } },
    });
    let Value::Object(attributes) = attributes else { unreachable!() };
    ResourceView {
        id: "u-7".parse().unwrap(),
        attributes,
        members: Vec::new(),
        groups: Some(vec![("g-1".parse().unwrap(), "Clerks".to_owned())]),
        created_at: "2026-05-01T08:00:00Z".parse().unwrap(),
        modified_at: "2026-05-02T08:00:00Z".parse().unwrap(),
        version: 3,
    }
}

fn group() -> ResourceView {
    let Value::Object(attributes) = json!({ "displayName": "Clerks", "externalId": "c" }) else { unreachable!() };
    let members = vec!["u-7".parse().unwrap(), "g-2".parse().unwrap()];
    ResourceView { id: "g-1".parse().unwrap(), attributes, members, groups: None, ..user() }
}

fn narrowed(view: &ResourceView, name: &str, names: &str) -> Vec<String> {
    let body = resource(view, &shown(&Pairs::from([(name, names)])));
    body.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn a_user_is_shown_whole() {
    assert_json_snapshot!(resource(&user(), &Shown::default()));
}

#[test]
fn a_group_is_shown_with_its_members() {
    assert_json_snapshot!(resource(&group(), &Shown::default()));
}

#[test]
fn what_the_service_can_do_and_keeps_is_told() {
    assert_json_snapshot!("service_provider_config", config());
    assert_json_snapshot!("resource_types", resource_types());
    assert_json_snapshot!("schemas", schemas());
    assert!(resource_type_named("User").is_ok() && resource_type_named("Robot").is_err());
    assert!(schema_named(&schema::USER.to_uppercase()).is_ok() && schema_named("urn:x").is_err());
}

#[test]
fn attributes_are_asked_for_and_left_out_by_name() {
    assert_eq!(
        narrowed(&group(), "excludedAttributes", "Members"),
        ["schemas", "id", "displayName", "externalId", "meta"]
    );
    assert_eq!(narrowed(&user(), "attributes", "userName,name.givenName"), ["schemas", "id", "userName", "name"]);
    let urn = format!("{}:userName", schema::USER);
    assert_eq!(narrowed(&user(), "attributes", &urn), ["schemas", "id", "userName"]);
    assert_eq!(narrowed(&user(), "attributes", schema::ENTERPRISE), ["schemas", "id", schema::ENTERPRISE]);
    let body = resource(&user(), &shown(&Pairs::from([("attributes", "name.givenName")])));
    assert_eq!(body["name"], json!({ "givenName": "Ann" }));
    let urn = format!("{}:department", schema::ENTERPRISE);
    let body = resource(&user(), &shown(&Pairs::from([("excludedAttributes", urn.as_str())])));
    assert_eq!(body[schema::ENTERPRISE], json!({ "manager": { "value": "u-2" } }));
}

#[test]
fn a_list_begins_at_one_and_may_ask_for_the_total_alone() {
    let of = |pairs: &[(&str, &str)]| {
        let pairs = Pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
        list_input(&pairs, &shown(&pairs)).map(|input| (input.start, input.count, input.with_groups))
    };
    assert_eq!(of(&[]).unwrap(), (1, 500, true));
    assert_eq!(of(&[("startIndex", "-3"), ("count", "-1")]).unwrap(), (1, 0, true));
    assert_eq!(of(&[("startIndex", "7"), ("count", "2"), ("excludedAttributes", "groups")]).unwrap(), (7, 2, false));
    assert!(of(&[("startIndex", "x")]).is_err());
}

#[test]
fn places_become_addresses_and_what_clients_wrote_stays() {
    let mut body = json!({
        "meta": { "location": "/scim/v2/Users/u-1" },
        "manager": { "$ref": "../Users/u-9" },
        "photos": [{ "$ref": "https://cdn.example/scim/v2/x" }],
        "title": "/scim/v2/Users/u-1",
        "Resources": [{ "members": [{ "value": "u-1", "$ref": "/scim/v2/Users/u-1" }] }],
    });
    locate(&mut body, "https://reviews.example");
    assert_eq!(
        body,
        json!({
            "meta": { "location": "https://reviews.example/scim/v2/Users/u-1" },
            "manager": { "$ref": "../Users/u-9" },
            "photos": [{ "$ref": "https://cdn.example/scim/v2/x" }],
            "title": "/scim/v2/Users/u-1",
            "Resources": [{ "members": [{ "value": "u-1", "$ref": "https://reviews.example/scim/v2/Users/u-1" }] }],
        })
    );
}
