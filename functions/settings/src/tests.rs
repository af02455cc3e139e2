use std::sync::Arc;

use serde_json::{Value, json};
use testbed::{Ask, Testbed, ask, shown};
use wire::routes::Function;

use super::*;

async fn answer(bed: &Testbed, asked: Ask) -> (u16, Value) {
    shown(&handle(Arc::clone(&bed.deps), asked.request()).await)
}

#[tokio::test]
async fn every_route_of_the_function_is_served() {
    testbed::every_route_is_served(Function::Settings, handle).await;
}

#[tokio::test]
async fn health_and_documentation_need_no_token() {
    let bed = Testbed::new();
    assert_eq!(answer(&bed, ask("GET", "/health").anonymous()).await, (200, json!({ "status": "ok" })));
    let (status, document) = answer(&bed, ask("GET", "/openapi.json").anonymous()).await;
    assert_eq!((status, &document["openapi"]), (200, &json!("3.1.0")));
    let page = handle(Arc::clone(&bed.deps), ask("GET", "/docs").anonymous().request()).await;
    let content_type = page.headers()["content-type"].to_str().unwrap();
    assert!(content_type.starts_with("text/html"), "{content_type}");
    assert!(matches!(page.body(), Body::Text(text) if text.contains("/api/v1/campaigns")));
}

#[tokio::test]
async fn a_caller_learns_who_they_are() {
    let bed = Testbed::new();
    let (status, me) = answer(&bed, ask("GET", "/api/v1/me").role("auditor")).await;
    assert_eq!((status, &me["roles"], &me["user"]["email"]), (200, &json!(["auditor"]), &json!("ann@corp.example")));
    assert_eq!(answer(&bed, ask("GET", "/api/v1/me").anonymous()).await.0, 401);
}

#[tokio::test]
async fn a_key_is_issued_listed_without_its_secret_and_revoked() {
    let bed = Testbed::new();
    let body = json!({ "name": "nightly load", "role": "operator", "user": "loader@corp.example" });
    let issue = ask("POST", "/api/v1/api-keys").header("idempotency-key", "k-1").body(&body);
    let response = handle(Arc::clone(&bed.deps), issue.request()).await;
    let (status, issued) = shown(&response);
    assert_eq!((status, &issued["user"]["email"]), (201, &json!("loader@corp.example")));
    assert_eq!(response.headers()["cache-control"], "no-store");
    let token = issued["token"].as_str().unwrap();

    let (_, listed) = answer(&bed, ask("GET", "/api/v1/api-keys")).await;
    assert_eq!(listed["api_keys"].as_array().map(Vec::len), Some(1));
    assert!(!listed.to_string().contains(token.rsplit('_').next().unwrap()));

    let (status, again) = answer(&bed, issue).await;
    assert_eq!((status, &again["id"], &again["token"]), (201, &issued["id"], &Value::Null), "the token is shown once");
    assert!(!bed.engine.dump("reviews").unwrap().contains(token), "the token is stored");

    let path = format!("/api/v1/api-keys/{}", issued["id"].as_str().unwrap());
    assert_eq!(answer(&bed, ask("DELETE", &path)).await.0, 204);
    assert_eq!(answer(&bed, ask("DELETE", &path)).await.0, 404);
    assert_eq!(answer(&bed, ask("GET", "/api/v1/api-keys")).await.1, json!({ "api_keys": [] }));
}

#[tokio::test]
async fn keys_are_for_administrators() {
    let bed = Testbed::new();
    for role in ["operator", "reviewer", "auditor"] {
        assert_eq!(answer(&bed, ask("GET", "/api/v1/api-keys").role(role)).await.0, 403, "{role}");
    }
    let (status, body) = answer(&bed, ask("POST", "/api/v1/api-keys").body(&json!({ "role": "emperor" }))).await;
    let fields: Vec<_> =
        body["error"]["details"].as_array().unwrap().iter().map(|fault| fault["field"].clone()).collect();
    assert_eq!((status, fields), (400, vec![json!("name"), json!("role"), json!("user")]));
}
