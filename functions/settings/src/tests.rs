use std::sync::Arc;

use domain::ids::{CommandId, WorkflowId};
use domain::settings::{Book, ColumnSettings, Setting, Value as Chosen};
use serde_json::{Value, json};
use testbed::{Ask, Testbed, ask, shown};
use uuid::Uuid;
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

#[tokio::test]
async fn columns_of_more_workflows_than_an_answer_holds_are_listed_in_several() {
    let bed = Testbed::new();
    let names = |word: char| (0..200).map(|n| format!("source.{word}{n:0>192}")).collect();
    let columns = ColumnSettings { shown: names('a'), hidden: names('b') };
    let mut everything = Book::default();
    everything.note_override(Setting::Columns);
    let mut own = Book::default();
    own.put(Chosen::Columns(columns), 1);
    let scopes = std::iter::once((None, everything));
    let scopes = scopes.chain((0..100).map(|n| (Some(WorkflowId::new(Uuid::from_u128(n))), own.clone())));
    for (n, (scope, book)) in (1_u128..).zip(scopes) {
        let mut tx = bed.deps.store.write(CommandId::new(Uuid::from_u128(n << 64)), bed.deps.clock.now());
        tx.put_settings(scope, Setting::Columns, &book, 0).unwrap();
        let _ = tx.commit().await.unwrap();
    }
    let path = "/api/private/workflows/access/global_settings/ui_column_settings:list_all";
    let (mut found, mut answers, mut token) = (Vec::new(), 0, String::new());
    loop {
        let (status, body) = answer(&bed, ask("GET", &format!("{path}?page_token={token}"))).await;
        let listed = body["workflow_settings"].as_array().unwrap();
        let columns = listed[0]["settings"]["default_ordered_columns"].as_array().map(Vec::len);
        assert_eq!((status, columns), (200, Some(200)));
        assert!(body.to_string().len() < fit::MAX_BODY, "{} workflows", listed.len());
        found.extend(listed.iter().map(|own| own["workflow_id"].as_str().unwrap().to_owned()));
        answers += 1;
        match body["next_page_token"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    let all: Vec<String> = (0..100).map(|n| WorkflowId::new(Uuid::from_u128(n)).to_string()).collect();
    assert_eq!(found, all, "each once, in order");
    assert!((2..6).contains(&answers), "{answers} answers");
    let (status, refused) = answer(&bed, ask("GET", &format!("{path}?page_token=perhaps"))).await;
    assert!(status == 400 && refused.to_string().contains("page_token"), "{refused}");
}

#[tokio::test]
async fn control_characters_stand_in_no_setting() {
    let bed = Testbed::new();
    let path = |setting: &str| format!("/api/private/workflows/access/global_settings/{setting}");
    let refused = async |setting: &str, value: Value, field: &str| {
        let (status, body) = answer(&bed, ask("PUT", &path(setting)).body(&json!({ "value": value }))).await;
        assert!(status == 400 && body.to_string().contains(field), "{status} {body}");
    };
    let notes: Vec<String> = (0..100).map(|n| format!("{n}{}", "\u{1}".repeat(490))).collect();
    let value = json!({ "reject_notes": notes, "accept_notes": notes });
    refused("predefined_decision_notes", value, "value.reject_notes[99]").await;
    let value = json!({ "default_ordered_columns": ["source.na\u{7f}me"], "hide_from_reviewers_columns": [] });
    refused("ui_column_settings", value, "value.default_ordered_columns[0]").await;
    let lines = json!({ "value": { "reject_notes": ["first\r\nsecond"], "accept_notes": [] } });
    assert_eq!(answer(&bed, ask("PUT", &path("predefined_decision_notes")).body(&lines)).await.0, 200);
}
