//! Settings that open the door to nobody by mistake.

use authn::Settings;
use authn::settings::{EmailMatch, VARIABLES};
use domain::user::Role;

use crate::fixture::settings;

#[test]
fn without_an_issuer_no_jwt_is_accepted() {
    for issuer in [None, Some(""), Some("  ")] {
        let read =
            Settings::read(|name| if name == "OIDC_ISSUER" { issuer.map(str::to_owned) } else { Some("x".into()) });
        assert_eq!(read, Ok(None));
    }
}

#[test]
fn empty_variables_have_defaults() {
    let read = settings(&[("OIDC_ROLE_CLAIM", ""), ("OIDC_ROLE_MAP", " "), ("OIDC_JWKS_URL", "")]);
    assert_eq!((read.role_claim.as_str(), read.id_claim.as_str(), read.jwks_url), ("roles", "sub", None));
    assert_eq!((read.email_claim.as_str(), read.name_claim.as_str()), ("email", "name"));
    assert_eq!((read.match_email, read.max_token_seconds, read.issued_after), (EmailMatch::Verified, 86_400, None));
    assert_eq!(read.role_map.len(), Role::ALL.len());
    assert!(Role::ALL.iter().all(|role| read.role_map.get(role.word()) == Some(role)));
}

#[test]
fn an_unusable_value_stops_the_start_and_is_not_shown() {
    for (variable, value) in [
        ("OIDC_ISSUER", "http://issuer.example"),
        ("OIDC_ISSUER", "issuer.example"),
        ("OIDC_ISSUER", "https://issuer.example?tenant=1"),
        ("OIDC_ISSUER", "https://user:hunter2@issuer.example"),
        ("OIDC_AUDIENCE", ""),
        ("OIDC_AUDIENCE", "a,,b"),
        ("OIDC_JWKS_URL", "http://issuer.example/hunter2"),
        ("OIDC_JWKS_URL", "http://127.0.0.1/hunter2"),
        ("OIDC_ROLE_MAP", "hunter2"),
        ("OIDC_ROLE_MAP", "{}"),
        ("OIDC_ROLE_MAP", r#"{"hunter2":"emperor"}"#),
        ("OIDC_USER_TYPE", "a/b"),
        ("OIDC_USER_TYPE", "system"),
        ("OIDC_MATCH_EMAIL", "maybe"),
        ("OIDC_MAX_TOKEN_SECONDS", "0"),
        ("OIDC_MAX_TOKEN_SECONDS", "1h"),
        ("OIDC_MAX_TOKEN_SECONDS", "9999999"),
        ("OIDC_ISSUED_AFTER", "yesterday"),
    ] {
        let read = Settings::read(|name| match name {
            _ if name == variable => Some(value.to_owned()),
            "OIDC_ISSUER" => Some("https://issuer.example".to_owned()),
            "OIDC_AUDIENCE" => Some("access-review".to_owned()),
            _ => None,
        });
        let error = read.expect_err(value);
        assert_eq!(error.variable, variable, "{value}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[test]
fn every_variable_that_is_read_is_listed() {
    let asked = std::cell::RefCell::new(std::collections::BTreeSet::new());
    let _ = Settings::read(|name| {
        asked.borrow_mut().insert(name);
        match name {
            "OIDC_ISSUER" => Some("https://issuer.example".to_owned()),
            "OIDC_AUDIENCE" => Some("a".to_owned()),
            _ => None,
        }
    });
    assert_eq!(asked.into_inner(), VARIABLES.into_iter().collect());
}
