//! When the issuer's documents are fetched, and what happens while they are not to be had.

use std::sync::Arc;

use authn::{Error, Refusal, Verifier};
use issuer::{Algorithm, SigningKey};
use serde_json::{Value, json};

use crate::fixture::{
    DISCOVERY, ISSUER, JWKS, NOW, Published, Reply, at, claims, good, header, header_with, installation, issuer, key,
    settings, signed,
};

/// Whether the token is accepted at this second; `None` when the issuer's keys are not to be had.
async fn opens(verifier: &Verifier, token: &str, second: i64) -> Option<bool> {
    match verifier.verify(token, at(second)).await {
        Ok(_) => Some(true),
        Err(Error::Refused(_)) => Some(false),
        Err(Error::Unavailable(_)) => None,
    }
}

fn unknown(kid: &str) -> String {
    signed(&header_with(json!({ "kid": kid })), &claims())
}

#[tokio::test]
async fn nothing_is_fetched_for_what_is_no_token() {
    let (verifier, published) = installation(&[]);
    let unsigned = format!("{}.", good().rsplit_once('.').expect("parts").0);
    let refused = header_with(json!({ "alg": "none" }));
    for text in
        ["", "a.b.c", "x", &signed(&refused, &claims()), &signed(&header_with(json!({ "jku": JWKS })), &claims())]
    {
        assert_eq!(opens(&verifier, text, NOW).await, Some(false));
    }
    assert_eq!(published.asked(), 0);
    assert_eq!(opens(&verifier, &unsigned, NOW).await, Some(false));
    assert_eq!(published.asked(), 1, "a form that is worth checking");
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_after_ten_minutes() {
    let (verifier, published) = installation(&[]);
    for second in [0, 1, 300, 599] {
        assert_eq!(opens(&verifier, &good(), NOW + second).await, Some(true));
    }
    assert_eq!(published.asked(), 1);
    for second in [600, 601, 1_199] {
        assert_eq!(opens(&verifier, &good(), NOW + second).await, Some(true));
    }
    assert_eq!(published.asked(), 2);
}

#[tokio::test]
async fn unknown_keys_are_asked_for_once_a_minute_at_most() {
    let (verifier, published) = installation(&[]);
    assert_eq!(opens(&verifier, &good(), NOW).await, Some(true));
    for second in 0..300 {
        assert_eq!(opens(&verifier, &unknown(&format!("made-up-{second}")), NOW + second).await, Some(false));
    }
    assert_eq!(published.asked(), 5, "at 0, 60, 120, 180 and 240 seconds");
    assert_eq!(opens(&verifier, &good(), NOW + 300).await, Some(true));
}

#[tokio::test]
async fn many_at_once_fetch_once() {
    let (verifier, published) = installation(&[]);
    let verifier = Arc::new(verifier);
    let mut calls = tokio::task::JoinSet::new();
    for n in 0..50 {
        let verifier = Arc::clone(&verifier);
        let token = if n % 2 == 0 { good() } else { unknown("made-up") };
        calls.spawn(async move { opens(&verifier, &token, NOW).await });
    }
    let answers = calls.join_all().await;
    assert_eq!(answers.iter().filter(|answer| **answer == Some(true)).count(), 25);
    assert_eq!(published.asked(), 1);
}

#[tokio::test]
async fn a_new_key_opens_within_a_minute_and_an_old_one_closes_with_the_next_fetch() {
    let (verifier, published) = installation(&[]);
    assert_eq!(opens(&verifier, &good(), NOW).await, Some(true));
    let new = SigningKey::generate(Algorithm::Es256).expect("a key");
    let token = new.token(&json!({ "alg": "ES256", "kid": new.kid() }), &claims()).expect("a token");
    published.put(JWKS, &json!({ "keys": [new.jwk()] }));
    assert_eq!(opens(&verifier, &token, NOW + 59).await, Some(false));
    assert_eq!(opens(&verifier, &token, NOW + 60).await, Some(true));
    assert_eq!(opens(&verifier, &good(), NOW + 61).await, Some(false), "its key is gone");
}

#[tokio::test]
async fn an_issuer_that_is_down_opens_nothing_and_is_asked_again_soon() {
    let (verifier, published) = installation(&[]);
    published.reply(JWKS, Reply::Nothing);
    for second in 0..5 {
        assert_eq!(opens(&verifier, &good(), NOW + second).await, None);
    }
    assert_eq!(published.asked(), 1);
    published.put(JWKS, &issuer().jwks());
    assert_eq!(opens(&verifier, &good(), NOW + 5).await, Some(true));
}

#[tokio::test]
async fn keys_serve_for_an_hour_while_the_issuer_is_down() {
    let (verifier, published) = installation(&[]);
    assert_eq!(opens(&verifier, &good(), NOW).await, Some(true));
    published.reply(JWKS, Reply::Nothing);
    for second in (600..3_570).step_by(30) {
        assert_eq!(opens(&verifier, &good(), NOW + second).await, Some(true), "{second}");
    }
    assert_eq!(published.asked(), 1 + 50, "once a minute");
    assert_eq!(opens(&verifier, &unknown("made-up"), NOW + 3_580).await, Some(false));
    assert_eq!(opens(&verifier, &good(), NOW + 3_600).await, None);
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_never_answers_is_given_three_seconds() {
    let (verifier, published) = installation(&[]);
    for url in [JWKS, DISCOVERY] {
        published.reply(url, Reply::Silence);
        let began = tokio::time::Instant::now();
        let second = if url == JWKS { NOW } else { NOW + 10 };
        assert_eq!(opens(&verifier, &good(), second).await, None);
        assert_eq!(began.elapsed().as_secs(), 3, "{url}");
    }
}

#[tokio::test]
async fn a_document_that_is_too_large_or_no_key_set_opens_nothing() {
    let jwks = issuer().jwks().to_string();
    let padded = |bytes: usize| format!("{jwks}{}", " ".repeat(bytes - jwks.len())).into_bytes();
    for (body, expected) in [
        (padded(150_000), Some(true)),
        (padded(150_001), None),
        (b"".to_vec(), None),
        (b"<html>".to_vec(), None),
        (b"[]".to_vec(), None),
        (br#"{"keys":{}}"#.to_vec(), None),
        (br#"{"keys":[]}"#.to_vec(), Some(false)),
        (br#"{"keys":[null,7,{"kid":1},{"kid":"a"},{"kid":"b","kty":"dance"}]}"#.to_vec(), Some(false)),
    ] {
        let (verifier, published) = installation(&[]);
        published.reply(JWKS, Reply::Body(body));
        assert_eq!(opens(&verifier, &good(), NOW).await, expected);
    }
}

#[tokio::test]
async fn only_keys_that_sign_and_are_told_apart_are_used() {
    let rsa = key(Algorithm::Rs256).jwk();
    let with = |name: &str, value: Value| {
        let mut jwk = rsa.clone();
        jwk[name] = value;
        json!([jwk])
    };
    let mut twin = key(Algorithm::Es256).jwk();
    twin["kid"] = rsa["kid"].clone();
    let mut plain = rsa.clone();
    for name in ["alg", "use"] {
        plain.as_object_mut().expect("an object").remove(name);
    }
    for (keys, expected, why) in [
        (json!([plain]), true, "RS256 is usual for RSA"),
        (with("key_ops", json!(["verify"])), true, "it verifies"),
        (with("use", json!("enc")), false, "it encrypts"),
        (with("key_ops", json!(["encrypt"])), false, "it encrypts"),
        (with("alg", json!("PS256")), false, "it signs otherwise"),
        (with("alg", json!("RSA-OAEP")), false, "it encrypts"),
        (with("alg", json!("HS256")), false, "no shared secret is published"),
        (with("kty", json!("oct")), false, "no shared secret is published"),
        (with("n", json!("AQAB")), false, "17 bits are no key"),
        (json!([rsa, twin]), false, "two keys have its id"),
        (json!([twin, rsa]), false, "two keys have its id"),
        (json!([rsa, rsa]), false, "two keys have its id"),
    ] {
        let (verifier, published) = installation(&[]);
        published.put(JWKS, &json!({ "keys": keys }));
        assert_eq!(opens(&verifier, &good(), NOW).await, Some(expected), "{why}");
    }
}

#[tokio::test]
async fn the_discovery_document_must_be_that_of_the_issuer_and_name_keys_that_may_be_fetched() {
    for (document, expected) in [
        (json!({ "issuer": ISSUER, "jwks_uri": JWKS }), Some(true)),
        (json!({ "issuer": "https://other.example", "jwks_uri": JWKS }), None),
        (json!({ "issuer": ISSUER, "jwks_uri": "http://issuer.example/jwks.json" }), None),
        (json!({ "issuer": ISSUER, "jwks_uri": "http://127.0.0.1/jwks.json" }), None),
        (json!({ "issuer": ISSUER, "jwks_uri": "file:///jwks.json" }), None),
        (json!({ "issuer": ISSUER }), None),
        (json!([]), None),
    ] {
        let (verifier, published) = installation(&[]);
        published.put(DISCOVERY, &document);
        assert_eq!(opens(&verifier, &good(), NOW).await, expected, "{document}");
    }
    // With the keys' address given, nothing is discovered.
    let published = Published::default();
    published.put("https://keys.example/all", &issuer().jwks());
    let settings = settings(&[("OIDC_JWKS_URL", "https://keys.example/all")]);
    let verifier = Verifier::new(settings, published);
    assert_eq!(opens(&verifier, &good(), NOW).await, Some(true));
    let refused = verifier.verify(&signed(&header(), &json!({})), at(NOW)).await;
    assert_eq!(refused, Err(Error::Refused(Refusal::Issuer)));
}
