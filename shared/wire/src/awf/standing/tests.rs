use app::error::Fault;

use super::*;

fn reference(id: &str) -> UserReference {
    UserReference { user_type: "OktaUser".to_owned(), id: id.to_owned(), email: None, name: None }
}

fn fields(error: Error) -> Vec<String> {
    match error {
        Error::Invalid(faults) => faults.into_iter().map(|Fault { field, .. }| field).collect(),
        other => panic!("{other}"),
    }
}

#[test]
fn a_deny_list_is_read_by_type_and_id() {
    let body = br#"{ "users": [{ "user_type": "OktaUser", "id": "00u-ceo", "name": "Ada Roth", "extra": 1 }] }"#;
    let expected = UserReference { name: Some("Ada Roth".to_owned()), ..reference("00u-ceo") };
    assert_eq!(users(body).unwrap(), [expected]);
}

#[test]
fn lists_are_read_in_an_envelope_as_well() {
    let body = br#"{ "value": { "users": [{ "user_type": "OktaUser", "id": "00u-ceo" }] } }"#;
    assert_eq!(users(body).unwrap(), [reference("00u-ceo")]);
    let body = br#"{ "value": { "values": [{ "original_user": { "user_type": "OktaUser", "id": "a" }, "delegate_user": { "user_type": "OktaUser", "id": "b" } }] } }"#;
    assert_eq!(delegations(body).unwrap().len(), 1);
    assert_eq!(fields(users(br#"{ "value": { "users": [] } }"#).unwrap_err()), ["value.users"]);
}

#[test]
fn every_fault_of_a_list_is_named() {
    assert_eq!(fields(users(b"").unwrap_err()), ["users"]);
    assert_eq!(fields(users(br#"{ "users": 7 }"#).unwrap_err()), ["users"]);
    let body = br#"{ "users": [{ "id": "x" }, { "user_type": "y" }] }"#;
    assert_eq!(fields(users(body).unwrap_err()), ["users[0].user_type", "users[1].id"]);
    let body =
        br#"{ "values": [{ "original_user": { "user_type": "OktaUser", "id": "a" } }, { "delegate_user": 1 }] }"#;
    let expected = ["values[0].delegate_user", "values[1].original_user", "values[1].delegate_user"];
    assert_eq!(fields(delegations(body).unwrap_err()), expected);
}

#[test]
fn pairs_keep_their_order() {
    let body = br#"{ "values": [{ "delegate_user": { "user_type": "OktaUser", "id": "b" }, "original_user": { "user_type": "OktaUser", "id": "a" } }] }"#;
    let expected = DelegationReference { original: reference("a"), delegate: reference("b") };
    assert_eq!(delegations(body).unwrap(), [expected]);
}

#[test]
fn a_list_that_is_cut_says_so() {
    let shown = encode_denied(&[User::system(), User::system()], 1);
    assert_eq!((shown["users"].as_array().map(Vec::len), &shown["has_more"]), (Some(1), &json!(true)));
    assert_eq!(encode_delegations(&[], 1), json!({ "values": [], "has_more": false }));
}
