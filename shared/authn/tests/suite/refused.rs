//! Tokens that open nothing, each with the one thing that is wrong with it.

use authn::Refusal;
use aws_lc_rs::{hmac, rand, signature};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use issuer::{Algorithm, SigningKey};
use serde_json::{Value, json};

use crate::fixture::{
    AUDIENCE, ISSUER, NOW, claims, claims_with, good, header, header_of, header_with, key, signed, verify,
};

struct Bad {
    what: String,
    token: String,
    refusal: Refusal,
}

fn bad(what: impl Into<String>, token: String, refusal: Refusal) -> Bad {
    Bad { what: what.into(), token, refusal }
}

fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

fn message(header: &Value) -> String {
    format!("{}.{}", encoded(header), encoded(&claims()))
}

/// Tokens whose algorithm is the attack.
fn algorithms() -> Vec<Bad> {
    let mut all = Vec::new();
    for none in ["none", "None", "NONE", "nOnE", "", " RS256", "rs256", "RS256\u{0}"] {
        let header = header_with(json!({ "alg": none }));
        all.push(bad(format!("alg {none:?}, unsigned"), format!("{}.", message(&header)), Refusal::Algorithm));
        all.push(bad(format!("alg {none:?}, signed"), signed(&header, &claims()), Refusal::Algorithm));
    }
    let rsa = key(Algorithm::Rs256);
    let pem =
        format!("-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----\n", STANDARD.encode(rsa.public()));
    for (form, secret) in [
        ("bytes", rsa.public().to_vec()),
        ("PEM text", pem.into_bytes()),
        ("JWK", rsa.jwk().to_string().into_bytes()),
        ("modulus", rsa.jwk()["n"].as_str().expect("text").as_bytes().to_vec()),
    ] {
        for (name, algorithm) in
            [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)]
        {
            let message = message(&header_with(json!({ "alg": name })));
            let tag = hmac::sign(&hmac::Key::new(algorithm, &secret), message.as_bytes());
            let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()));
            all.push(bad(format!("{name} with the public RSA key as secret, {form}"), token, Refusal::Algorithm));
        }
    }
    for swapped in ["PS256", "RS384", "RS512", "ES256", "ES384", "EdDSA"] {
        let token = signed(&header_with(json!({ "alg": swapped })), &claims());
        all.push(bad(format!("RS256 called {swapped}"), token, Refusal::Algorithm));
    }
    all.push(bad("signed with PSS by a key that is published for RS256", signed_with_pss(), Refusal::Algorithm));
    let ecdsa = key(Algorithm::Es256).token(&header(), &claims()).expect("a token");
    all.push(bad("an ECDSA signature under the id of the RSA key", ecdsa, Refusal::Signature));
    let named = json!({ "alg": "RS256", "kid": key(Algorithm::Es256).kid() });
    all.push(bad("RS256 under the id of the ECDSA key", signed(&named, &claims()), Refusal::Algorithm));
    all
}

fn signed_with_pss() -> String {
    let pkcs8 = URL_SAFE_NO_PAD.decode(key(Algorithm::Rs256).written().expect("a key")).expect("base64");
    let pair = signature::RsaKeyPair::from_pkcs8(&pkcs8).expect("a key");
    let message = message(&header_with(json!({ "alg": "PS256" })));
    let mut bytes = vec![0; pair.public_modulus_len()];
    let random = rand::SystemRandom::new();
    pair.sign(&signature::RSA_PSS_SHA256, &random, message.as_bytes(), &mut bytes).expect("a signature");
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// Tokens that name a key that is not the issuer's, or bring one.
fn keys() -> Vec<Bad> {
    let mut all = Vec::new();
    for kid in [
        "../../../../dev/null",
        "/etc/passwd",
        "x' UNION SELECT 'secret",
        "' OR 1=1 --",
        "https://attacker.example/key",
        "another",
        "\u{0}",
    ] {
        let token = signed(&header_with(json!({ "kid": kid })), &claims());
        all.push(bad(format!("kid {kid:?}"), token, Refusal::Key));
    }
    for kid in [Value::Null, json!("")] {
        all.push(bad(format!("kid {kid}"), signed(&header_with(json!({ "kid": kid })), &claims()), Refusal::Key));
    }
    for kid in [json!(7), json!(["a"]), json!({})] {
        all.push(bad(format!("kid {kid}"), signed(&header_with(json!({ "kid": kid })), &claims()), Refusal::Form));
    }
    let twice = format!(r#"{{"alg":"RS256","kid":"another","kid":"{}"}}"#, key(Algorithm::Rs256).kid());
    let twice = format!("{}.{}", URL_SAFE_NO_PAD.encode(twice), good().split_once('.').expect("parts").1);
    all.push(bad("kid twice", twice, Refusal::Form));
    let own = SigningKey::generate(Algorithm::Rs256).expect("a key");
    for member in ["jku", "x5u"] {
        let header = header_with(json!({ member: "https://attacker.example/jwks.json" }));
        all.push(bad(
            format!("{member} of an attacker"),
            own.token(&header, &claims()).expect("a token"),
            Refusal::Header,
        ));
        all.push(bad(format!("{member}, signed by the issuer"), signed(&header, &claims()), Refusal::Header));
    }
    for (member, value) in [("jwk", own.jwk()), ("x5c", json!([STANDARD.encode(own.public())]))] {
        let header = header_with(json!({ member: value }));
        all.push(bad(
            format!("{member} of an attacker"),
            own.token(&header, &claims()).expect("a token"),
            Refusal::Header,
        ));
    }
    let under_their_id = own.token(&header(), &claims()).expect("a token");
    all.push(bad("a key of an attacker under the issuer's id", under_their_id, Refusal::Signature));
    all
}

/// Tokens whose form is the attack.
fn forms() -> Vec<Bad> {
    let good = good();
    let parts: Vec<&str> = good.split('.').collect();
    let (head, signature) = good.rsplit_once('.').expect("parts");
    let other = encoded(&claims_with(json!({ "roles": ["administrator"] })));
    let nested = signed(&header_with(json!({ "cty": "JWT" })), &json!(good));
    vec![
        bad("empty", String::new(), Refusal::Form),
        bad("dots", "..".to_owned(), Refusal::Form),
        bad("two parts", head.to_owned(), Refusal::Form),
        bad("four parts", format!("{good}.{signature}"), Refusal::Form),
        bad("unsigned", format!("{head}."), Refusal::Signature),
        bad("a truncated signature", good[..good.len() - 8].to_owned(), Refusal::Signature),
        bad("half a signature", format!("{head}.{}", &signature[..signature.len() / 2]), Refusal::Signature),
        bad("a signature in padded base64", format!("{good}=="), Refusal::Signature),
        bad("another payload", format!("{}.{other}.{}", parts[0], parts[2]), Refusal::Signature),
        bad("a blank in front", format!(" {good}"), Refusal::Form),
        bad("JWE", format!("{}.a.b.c.d", encoded(&json!({ "alg": "RSA-OAEP", "enc": "A256GCM" }))), Refusal::Encrypted),
        bad("JWE in three parts", signed(&header_with(json!({ "enc": "A256GCM" })), &claims()), Refusal::Header),
        bad("nested", nested, Refusal::Header),
        bad("nested, not said", signed(&header(), &json!(good)), Refusal::Form),
        bad("crit", signed(&header_with(json!({ "crit": ["exp"] })), &claims()), Refusal::Header),
        bad("an empty crit", signed(&header_with(json!({ "crit": [] })), &claims()), Refusal::Header),
        bad("a payload that is not encoded", signed(&header_with(json!({ "b64": false })), &claims()), Refusal::Header),
        bad("a compressed payload", signed(&header_with(json!({ "zip": "DEF" })), &claims()), Refusal::Header),
        bad("oversized", signed(&header(), &claims_with(json!({ "padding": "x".repeat(9_000) }))), Refusal::TooLong),
        bad("a payload that is a list", signed(&header(), &json!([claims()])), Refusal::Form),
        bad("a header that is text", signed(&json!("RS256"), &claims()), Refusal::Form),
    ]
}

/// Tokens of the issuer that are not for this installation, or not for now.
fn claimed() -> Vec<Bad> {
    let bad = |changes: Value, refusal| bad(changes.to_string(), signed(&header(), &claims_with(changes)), refusal);
    let mut all = Vec::new();
    for iss in
        [json!(null), json!("https://issuer.example/"), json!("HTTPS://issuer.example"), json!([ISSUER]), json!(1)]
    {
        all.push(bad(json!({ "iss": iss }), Refusal::Issuer));
    }
    for aud in [json!(null), json!("other"), json!(["other"]), json!([]), json!([AUDIENCE, 1]), json!({}), json!("")] {
        all.push(bad(json!({ "aud": aud }), Refusal::Audience));
    }
    let soon = NOW + 3600;
    for exp in [json!(null), json!(soon.to_string()), json!(soon as f64 + 0.5), json!(-1), json!(0), json!(NOW - 30)] {
        all.push(bad(json!({ "exp": exp }), Refusal::Expired));
    }
    for exp in [json!(u64::MAX), json!(i64::MAX), json!(1e300), json!([soon]), json!(true)] {
        all.push(bad(json!({ "exp": exp }), Refusal::Expired));
    }
    for nbf in [json!((NOW - 60).to_string()), json!((NOW - 60) as f64 + 0.5), json!(-1), json!(NOW + 31), json!(true)]
    {
        all.push(bad(json!({ "nbf": nbf }), Refusal::NotYet));
    }
    for iat in [json!(null), json!("now"), json!(-1), json!(NOW + 31), json!(NOW as f64 + 0.5)] {
        all.push(bad(json!({ "iat": iat }), Refusal::IssuedAt));
    }
    all.push(bad(json!({ "exp": NOW + 86_401 }), Refusal::Lifetime));
    for id_token in [
        json!({ "token_use": "id" }),
        json!({ "token_use": ["access"] }),
        json!({ "typ": "ID" }),
        json!({ "typ": "Refresh" }),
        json!({ "nonce": "n" }),
        json!({ "at_hash": "h" }),
    ] {
        all.push(bad(id_token, Refusal::Kind));
    }
    for sub in [json!(null), json!(""), json!(" "), json!(7), json!("x".repeat(2_000))] {
        all.push(bad(json!({ "sub": sub }), Refusal::Subject));
    }
    for roles in [
        json!(null),
        json!([]),
        json!("nobody"),
        json!(["Reviewer"]),
        json!({ "reviewer": true }),
        json!("reviewer auditor"),
    ] {
        all.push(bad(json!({ "roles": roles }), Refusal::Role));
    }
    all
}

fn types() -> Vec<Bad> {
    let typed = |typ: &str| signed(&header_with(json!({ "typ": typ })), &claims());
    let kinds = ["id+jwt", "logout+jwt", "dpop+jwt", "secevent+jwt", "JWE", ""];
    kinds.into_iter().map(|typ| bad(format!("typ {typ:?}"), typed(typ), Refusal::Kind)).collect()
}

#[tokio::test]
async fn bad_tokens_are_refused_each_for_what_is_wrong_with_it() {
    let all: Vec<Bad> = [algorithms(), keys(), forms(), claimed(), types()].into_iter().flatten().collect();
    assert!(all.len() >= 100, "{} tokens", all.len());
    for Bad { what, token, refusal } in all {
        assert_eq!(verify(&[], &token).await, Err(refusal), "{what}");
    }
    // What they all differ from opens the door.
    assert!(verify(&[], &good()).await.is_ok());
}

#[tokio::test]
async fn every_single_change_of_a_token_is_refused() {
    for algorithm in Algorithm::ALL {
        let token = key(algorithm).token(&header_of(algorithm), &claims()).expect("a token");
        assert!(verify(&[], &token).await.is_ok());
        for place in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("text");
            assert!(verify(&[], &changed).await.is_err(), "{} at {place}", algorithm.name());
        }
    }
}

#[tokio::test]
async fn a_refusal_quotes_nothing_of_the_token() {
    let token = signed(&header(), &claims_with(json!({ "aud": "secret-audience" })));
    let refusal = verify(&[], &token).await.expect_err("for somebody else");
    assert_eq!(refusal.to_string(), "it is for somebody else");
}
