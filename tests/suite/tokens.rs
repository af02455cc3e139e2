//! JWTs of the issuer that the stack trusts, and texts that look like one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::world::{self, target};

#[test]
fn a_jwt_is_as_good_as_a_key_of_its_role() {
    for (role, jwt) in &target().jwts {
        let (by_jwt, by_key) = (target().with_token(jwt), target().persona(role));
        let me = by_jwt.get("/api/v1/me").expect(200);
        assert_eq!(me.body["roles"], json!([role]));
        assert!(me.body["user"]["id"].as_str().is_some_and(|id| !id.is_empty()), "{}", me.text);
        assert!(!me.text.contains(jwt), "the token is repeated");
        for path in
            ["/api/v1/campaigns", "/api/v1/api-keys", "/api/v1/inventory/datasources", "/api/preview/awf/workflows"]
        {
            assert_eq!(by_jwt.get(path).status, by_key.get(path).status, "{role} {path}");
        }
        for path in ["/api/v1/campaigns", "/api/v1/api-keys", "/api/preview/awf/certifications"] {
            let empty = || json!({});
            assert_eq!(by_jwt.post(path, empty()).status, by_key.post(path, empty()).status, "{role} {path}");
        }
    }
}

#[test]
fn jwts_of_every_role_are_tried() {
    for role in ["administrator", "operator", "reviewer", "auditor"] {
        let known = target().jwts.iter().filter(|(known, _)| known == role).count();
        assert!(known > 0, "REVIEW_JWTS names a file with a JWT for each role; there is none for the {role}");
    }
}

#[test]
fn who_signs_in_by_jwt_creates_what_a_key_holder_finds() {
    let jwt = target().jwts.iter().find(|(role, _)| role == "administrator");
    let (_, jwt) = jwt.expect("REVIEW_JWTS names a file with a JWT for each role");
    let world = world::World::new(3);
    let created = target().with_token(jwt).post("/api/v1/campaigns", world.campaign_body()).expect(201);
    let found = world::auditor().get(&format!("/api/v1/campaigns/{}", created.str("/id"))).expect(200);
    assert_eq!(found.body["name"], created.body["name"]);
}

fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

/// Texts that a careless verifier takes for a token of the issuer.
fn forgeries() -> Vec<String> {
    let made_up = format!(
        "{}.{}.{}",
        encoded(&json!({ "typ": "at+jwt", "alg": "RS256", "kid": "1" })),
        encoded(
            &json!({ "iss": "https://issuer.example", "aud": "access-review", "sub": "root", "exp": 4_102_444_800_u64 })
        ),
        "c2lnbmF0dXJl"
    );
    let good = target().jwts.first().map_or(made_up, |(_, jwt)| jwt.clone());
    let parts: Vec<&str> = good.split('.').collect();
    let decoded =
        |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON") };
    let with = |mut of: Value, name: &str, value: Value| {
        of[name] = value;
        encoded(&of)
    };
    let (header, claims) = (decoded(parts[0]), decoded(parts[1]));
    let mut all = vec![
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        good[..good.len() - 12].to_owned(),
        format!("{good}.{}", parts[2]),
        format!("{}.{}.{}", parts[0], with(claims.clone(), "sub", json!("somebody-else")), parts[2]),
        format!("{}.{}.{}", parts[0], with(claims.clone(), "roles", json!("administrator ")), parts[2]),
        format!("{}.{}.{}", parts[0], with(claims.clone(), "exp", json!(4_102_444_799_u64)), parts[2]),
        format!("{}.a.b.c.d", encoded(&json!({ "alg": "RSA-OAEP", "enc": "A256GCM" }))),
        format!("{}.{}.{}", parts[0], "x".repeat(8_192), parts[2]),
        "..".to_owned(),
        "a.b.c".to_owned(),
    ];
    for alg in ["none", "None", "nOnE", "HS256", "PS256", "ES384"] {
        all.push(format!("{}.{}.", with(header.clone(), "alg", json!(alg)), parts[1]));
        all.push(format!("{}.{}.{}", with(header.clone(), "alg", json!(alg)), parts[1], parts[2]));
    }
    for (name, value) in [
        ("kid", json!("../../../../etc/passwd")),
        ("kid", json!("x' OR '1'='1")),
        ("kid", json!("unknown")),
        ("jku", json!("https://attacker.example/jwks.json")),
        ("x5u", json!("https://attacker.example/chain.pem")),
        ("jwk", json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" })),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
        ("cty", json!("JWT")),
        ("typ", json!("id+jwt")),
    ] {
        all.push(format!("{}.{}.{}", with(header.clone(), name, value), parts[1], parts[2]));
    }
    all
}

#[test]
fn forged_jwts_are_401_in_the_words_of_either_interface() {
    let all = forgeries();
    assert!(all.len() >= 24, "{}", all.len());
    for forged in all {
        let who = target().with_token(&forged);
        world::campaigns_error(&who.get("/api/v1/me"), 401, "UNAUTHORIZED");
        world::awf_error(&who.get("/api/preview/awf/workflows"), 401, "Unauthenticated");
    }
}
