use app::review::UserReference;
use uuid::Uuid;

use super::*;
use crate::fixture::{at, lena, omar};
use crate::openapi::check::fits;

fn faults<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    let Error::Invalid(faults) = result.unwrap_err() else { panic!("another error") };
    faults.iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect()
}

fn key() -> ApiKeyView {
    ApiKeyView {
        id: ApiKeyId::new(Uuid::from_u128(7)),
        name: "nightly load".to_owned(),
        role: Role::Operator,
        user: lena(),
        expires_at: Some(at("2027-01-01T00:00:00Z")),
        created_at: at("2026-01-01T00:00:00Z"),
        created_by: omar(),
    }
}

#[test]
fn a_caller_learns_who_they_are() {
    let me = encode_me(&Caller { user: lena(), role: Role::Auditor, key_id: Some("key-1".to_owned()) });
    fits("Me", &me);
    assert_eq!((&me["roles"], &me["user"]["email"]), (&json!(["auditor"]), &json!("lena.brandt@corp.example")));
    fits("Health", &encode_health());
}

#[test]
fn only_the_first_answer_of_an_issue_has_the_token() {
    let issued = encode_issued(&IssuedKey { key: key(), token: Some("cr_x".to_owned()) });
    fits("IssuedApiKey", &issued);
    assert_eq!(issued["token"], "cr_x");
    let repeated = encode_issued(&IssuedKey { key: key(), token: None });
    fits("IssuedApiKey", &repeated);
    assert_eq!(repeated["token"], Value::Null);
    let listed = encode_keys(&[key()]);
    fits("ApiKeyList", &listed);
    assert_eq!(listed["api_keys"][0].get("token"), None);
}

#[test]
fn a_key_acts_for_an_address_or_a_user() {
    let input = create_key(br#"{"name":" ci ","role":"Reviewer","user":"a@corp.example","expires_at":null}"#).unwrap();
    assert_eq!((input.name.as_str(), input.role, input.expires_at), ("ci", Role::Reviewer, None));
    assert_eq!(input.user, WhoseKey::Email("a@corp.example".to_owned()));
    let input = create_key(br#"{"name":"x","role":"auditor","user":{"user_type":"Identity","id":"own-1"}}"#).unwrap();
    let reference = UserReference { user_type: "Identity".to_owned(), id: "own-1".to_owned(), email: None, name: None };
    assert_eq!(input.user, WhoseKey::Reference(reference));
}

#[test]
fn every_fault_of_a_key_is_found_at_once() {
    assert_eq!(
        faults(create_key(br#"{"role":"emperor","expires_at":"soon"}"#)),
        [
            "name: is required",
            "role: must be one of administrator, operator, reviewer, auditor",
            "user: is required",
            "expires_at: must be an RFC 3339 timestamp",
        ]
    );
    assert_eq!(
        faults(create_key(br#"{"name":"x","role":"auditor","user":7}"#)),
        ["user: must be an e-mail address, or an object with user_type and id"]
    );
    assert_eq!(
        faults(create_key(br#"{"name":"x","role":"auditor","user":{}}"#)),
        ["user.user_type: is required", "user.id: is required"]
    );
}

#[test]
fn what_is_no_key_id_is_not_found() {
    let id = |text: &str| path_key(&Pairs::from([("id", text)]));
    assert!(id("key-00000000-0000-0000-0000-000000000007").is_ok());
    for other in ["", "7", "00000000-0000-0000-0000-000000000007", "job-00000000-0000-0000-0000-000000000007"] {
        assert!(matches!(id(other), Err(Error::NotFound(_))), "{other}");
    }
}
