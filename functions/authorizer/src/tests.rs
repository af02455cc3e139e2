use domain::user::{Role, User};
use lambda_runtime::Context as Runtime;
use serde_json::{Value, json};
use testbed::Testbed;

use super::*;

const SECRET: [u8; 32] = [7; 32];

fn ann() -> User {
    User {
        user_type: "localCookieUser".to_owned(),
        id: "ann".to_owned(),
        email: "ann@corp.example".to_owned(),
        name: "Ann Ó".to_owned(),
    }
}

async fn token(bed: &Testbed) -> String {
    let (id, now) = (bed.deps.ids.uuid(), bed.deps.clock.now());
    app::api_key::bootstrap(&bed.deps, ann(), id, &SECRET, now).await.unwrap()
}

/// What the gateway gets for a header, as JSON.
async fn answer(bed: &Testbed, header: Option<&str>) -> Value {
    let headers = header.map_or(json!({}), |header| json!({ "authorization": header }));
    let event = json!({
        "version": "2.0", "type": "REQUEST", "routeKey": "$default", "rawPath": "/api/v1/me", "headers": headers,
        "requestContext": { "http": { "method": "GET", "path": "/api/v1/me", "protocol": "HTTP/1.1", "sourceIp": "", "userAgent": "" } },
    });
    let event = LambdaEvent::new(serde_json::from_value(event).unwrap(), Runtime::default());
    serde_json::to_value(handle(Arc::clone(&bed.deps), event).await.unwrap()).unwrap()
}

fn nobody() -> Value {
    json!({ "isAuthorized": true, "context": {} })
}

#[tokio::test]
async fn a_valid_token_names_its_caller() {
    let bed = Testbed::new();
    let token = token(&bed).await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let known = answer(&bed, Some(&format!("{scheme} {token}"))).await;
        let context = &known["context"];
        assert_eq!(known["isAuthorized"], true);
        assert_eq!(
            (&context["user_type"], &context["user_id"], &context["email"], &context["name"], &context["role"]),
            (
                &json!("localCookieUser"),
                &json!("ann"),
                &json!("ann@corp.example"),
                &json!("Ann Ó"),
                &json!(Role::Administrator.word())
            )
        );
        assert!(context["key_id"].as_str().unwrap().starts_with("key-"));
        assert!(!known.to_string().contains(&token), "the token is passed on");
    }
}

#[tokio::test]
async fn what_is_no_token_is_nobody_without_asking_the_table() {
    let bed = Testbed::new();
    let before = bed.engine.calls();
    let long = format!("Bearer {}", "x".repeat(10_000));
    for header in [
        None,
        Some(""),
        Some("Bearer"),
        Some("Bearer "),
        Some("Bearer not-a-token"),
        Some("Basic YWRtaW46YWRtaW4="),
        Some("Bearer cr__"),
        Some("cr_00000000000000000000000000000001_0"),
        Some(&long),
    ] {
        assert_eq!(answer(&bed, header).await, nobody(), "{header:?}");
    }
    assert_eq!(bed.engine.calls(), before);
}

#[tokio::test]
async fn a_token_that_was_changed_is_nobody() {
    let bed = Testbed::new();
    let token = token(&bed).await;
    let other_secret = format!("{}{}", &token[..token.len() - 1], if token.ends_with('0') { '1' } else { '0' });
    let other_key = token.replacen("cr_0", "cr_1", 1);
    for changed in [
        &other_secret,
        &other_key,
        &token.to_uppercase(),
        &format!("{token}x"),
        &format!(" {token}"),
        &format!("{token} "),
    ] {
        assert_ne!(changed, &token);
        assert_eq!(answer(&bed, Some(&format!("Bearer {changed}"))).await, nobody(), "{changed}");
    }
}
