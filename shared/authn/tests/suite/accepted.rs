//! Tokens that open the door, and who is taken to have come in.

use authn::Refusal;
use domain::user::{Role, User};
use issuer::Algorithm;
use serde_json::{Value, json};

use crate::fixture::{AUDIENCE, NOW, claims_with, header, header_with, issued, key, signed, verify};

async fn role(variables: &[(&str, &str)], changes: Value) -> Result<Role, Refusal> {
    verify(variables, &signed(&header(), &claims_with(changes))).await.map(|bearer| bearer.role)
}

#[tokio::test]
async fn every_algorithm_of_the_issuer_is_verified_for_every_role() {
    for algorithm in Algorithm::ALL {
        for role in Role::ALL {
            let token = issued(algorithm, json!({ "sub": "u-1", "roles": [role.word()] }));
            let bearer = verify(&[], &token).await.expect("a token of the issuer");
            assert_eq!((bearer.role, bearer.user.id.as_str()), (role, "u-1"));
        }
    }
}

#[tokio::test]
async fn the_user_is_as_the_claims_say() {
    let bearer = verify(&[], &signed(&header(), &claims_with(json!({})))).await.expect("good");
    let lena = User {
        user_type: "oidcUser".to_owned(),
        id: "u-1".to_owned(),
        email: "lena@corp.example".to_owned(),
        name: "Lena Brandt".to_owned(),
    };
    assert_eq!((&bearer.user, bearer.is_known_by_email), (&lena, true));
    let variables = [
        ("OIDC_USER_TYPE", "Identity"),
        ("OIDC_USER_TYPE_CLAIM", "kind"),
        ("OIDC_USER_ID_CLAIM", "/employee/number"),
        ("OIDC_EMAIL_CLAIM", "upn"),
        ("OIDC_NAME_CLAIM", "https://corp.example/name"),
        ("OIDC_MATCH_EMAIL", "false"),
    ];
    let claims = json!({
        "sub": "u-1", "employee": { "number": "e-7" }, "upn": "l.brandt@corp.example", "roles": "reviewer",
        "https://corp.example/name": "L. Brandt",
    });
    let bearer = verify(&variables, &issued(Algorithm::Es256, claims.clone())).await.expect("good");
    let employee = User {
        user_type: "Identity".to_owned(),
        id: "e-7".to_owned(),
        email: "l.brandt@corp.example".to_owned(),
        name: "L. Brandt".to_owned(),
    };
    assert_eq!((bearer.user, bearer.is_known_by_email), (employee, false));
    let mut typed = claims;
    typed["kind"] = json!("Contractor");
    let bearer = verify(&variables, &issued(Algorithm::Es256, typed.clone())).await.expect("good");
    assert_eq!(bearer.user.user_type, "Contractor");
    for kind in ["system", "a/b"] {
        typed["kind"] = json!(kind);
        let refusal = verify(&variables, &issued(Algorithm::Es256, typed.clone())).await;
        assert_eq!(refusal, Err(Refusal::Subject), "{kind}");
    }
}

#[tokio::test]
async fn nobody_is_found_by_an_address_that_is_not_verified() {
    // What the token says, whether the address is shown, and whether it finds somebody by default and when that is asked for.
    for (verified, shown, by_default, asked_for) in [
        (json!(null), true, false, true),
        (json!(true), true, true, true),
        (json!("true"), true, true, true),
        (json!(false), false, false, false),
        (json!("false"), false, false, false),
    ] {
        let token = signed(&header(), &claims_with(json!({ "email_verified": verified })));
        for (variables, known) in [(&[] as &[_], by_default), (&[("OIDC_MATCH_EMAIL", "true")], asked_for)] {
            let bearer = verify(variables, &token).await.expect("good");
            assert_eq!((bearer.is_known_by_email, !bearer.user.email.is_empty()), (known, shown), "{verified}");
        }
    }
    for email in [json!(null), json!("lena"), json!(7)] {
        let token = signed(&header(), &claims_with(json!({ "email": email })));
        assert!(!verify(&[], &token).await.expect("good").is_known_by_email, "{email}");
    }
}

#[tokio::test]
async fn roles_are_mapped_and_the_first_in_precedence_wins() {
    let map = [(
        "OIDC_ROLE_MAP",
        r#"{"CN=Admins,OU=IT":"administrator","ops":"operator","all staff":"reviewer","audit":"auditor"}"#,
    )];
    for (roles, expected) in [
        (json!("CN=Admins,OU=IT"), Ok(Role::Administrator)),
        (json!(["all staff", "ops", "other"]), Ok(Role::Operator)),
        (json!(["all staff", "audit"]), Ok(Role::Auditor)),
        (json!("all staff"), Ok(Role::Reviewer)),
        (json!(["administrator"]), Err(Refusal::Role)),
        (json!("ops audit"), Err(Refusal::Role)),
    ] {
        assert_eq!(role(&map, json!({ "roles": roles })).await, expected, "{roles}");
    }
    let given = |claim: &'static str| [("OIDC_ROLE_CLAIM", claim)];
    assert_eq!(
        role(&given("/realm_access/roles"), json!({ "realm_access": { "roles": ["auditor"] } })).await,
        Ok(Role::Auditor)
    );
    assert_eq!(
        role(&given("https://x.example/roles"), json!({ "https://x.example/roles": ["auditor"] })).await,
        Ok(Role::Auditor)
    );
    assert_eq!(role(&given("/a~1b"), json!({ "a/b": "auditor" })).await, Ok(Role::Auditor));
    assert_eq!(role(&given("scope"), json!({ "scope": "openid operator" })).await, Ok(Role::Operator));
    assert_eq!(role(&given("groups"), json!({ "groups": "openid operator" })).await, Err(Refusal::Role));
}

#[tokio::test]
async fn one_audience_of_several_is_enough() {
    for aud in [json!([AUDIENCE]), json!(["other", AUDIENCE]), json!(AUDIENCE)] {
        assert_eq!(role(&[], json!({ "aud": aud })).await, Ok(Role::Reviewer), "{aud}");
    }
    assert_eq!(role(&[("OIDC_AUDIENCE", "first, second")], json!({ "aud": "second" })).await, Ok(Role::Reviewer));
}

/// Access tokens need no `nbf`, and the good token of these tests has none.
#[tokio::test]
async fn a_token_that_says_no_beginning_holds_at_once() {
    assert_eq!(role(&[], json!({})).await, Ok(Role::Reviewer));
}

#[tokio::test]
async fn clocks_may_differ_by_half_a_minute() {
    for times in [
        json!({ "exp": NOW - 29 }),
        json!({ "nbf": NOW + 30 }),
        json!({ "iat": NOW + 30 }),
        json!({ "nbf": NOW - 60 }),
        json!({ "exp": NOW - 60 + 86_400 }),
    ] {
        assert_eq!(role(&[], times.clone()).await, Ok(Role::Reviewer), "{times}");
    }
}

#[tokio::test]
async fn all_tokens_issued_before_a_moment_can_be_refused_and_their_life_be_limited() {
    let token = |iat: i64| json!({ "iat": iat });
    let after = [("OIDC_ISSUED_AFTER", "2026-01-01T00:00:00Z")];
    assert_eq!(role(&after, token(NOW - 1)).await, Err(Refusal::IssuedAt));
    assert_eq!(role(&after, token(NOW)).await, Ok(Role::Reviewer));
    let short = [("OIDC_MAX_TOKEN_SECONDS", "600")];
    assert_eq!(role(&short, json!({ "iat": NOW, "exp": NOW + 601 })).await, Err(Refusal::Lifetime));
    assert_eq!(role(&short, json!({ "iat": NOW, "exp": NOW + 600 })).await, Ok(Role::Reviewer));
}

#[tokio::test]
async fn access_tokens_are_known_by_their_type_or_have_none() {
    for typ in [json!("JWT"), json!("at+jwt"), json!("AT+JWT"), json!("application/at+jwt"), json!(null)] {
        let token = signed(&header_with(json!({ "typ": typ })), &claims_with(json!({})));
        assert!(verify(&[], &token).await.is_ok(), "{typ}");
    }
    for kind in [json!({ "token_use": "access" }), json!({ "typ": "Bearer" })] {
        assert_eq!(role(&[], kind.clone()).await, Ok(Role::Reviewer), "{kind}");
    }
    // Members of a header that change nothing about what is verified.
    let harmless = header_with(json!({ "x5t": "thumbprint", "x5t#S256": "thumbprint", "custom": 1 }));
    assert!(verify(&[], &signed(&harmless, &claims_with(json!({})))).await.is_ok());
    assert_eq!(key(Algorithm::Rs256).kid().len(), 16);
}
