//! Input that no honest client sends: always a clear 4xx in the dialect's shape, never a 5xx.

use blackbox::Answer;
use serde_json::json;

use crate::world::{World, administrator, awf_error, campaigns_error, operator};

fn both(bytes: &[u8]) -> [Answer; 2] {
    let campaigns = administrator().send("POST", "/api/v1/campaigns", Some(bytes.to_vec()));
    let awf = operator().send("POST", "/api/preview/awf/workflows", Some(bytes.to_vec()));
    [campaigns, awf]
}

#[test]
fn a_body_that_is_not_json_is_refused() {
    for bytes in [
        &b"{"[..],
        b"",
        b"{\"name\":",
        b"\xff\xfe",
        b"[1,2",
        b"nul",
        b"{\"a\":1}{\"b\":2}",
        b"{\"a\":01}",
        b"// no\n{}",
        b"{\"a\":\"\x01\"}",
    ] {
        let [campaigns, awf] = both(bytes);
        campaigns_error(&campaigns, 400, "VALIDATION_ERROR");
        awf_error(&awf, 400, "InvalidArgument");
    }
}

#[test]
fn a_body_that_is_not_an_object_is_refused() {
    for text in ["[]", "null", "true", "7", "\"name\""] {
        let [campaigns, awf] = both(text.as_bytes());
        campaigns_error(&campaigns, 400, "VALIDATION_ERROR");
        awf_error(&awf, 400, "InvalidArgument");
    }
}

#[test]
fn deep_nesting_is_refused() {
    for depth in [33, 200, 100_000] {
        let text = format!("{{\"query\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        let [campaigns, awf] = both(text.as_bytes());
        campaigns_error(&campaigns, 400, "VALIDATION_ERROR");
        awf_error(&awf, 400, "InvalidArgument");
    }
}

#[test]
fn a_body_over_the_limit_is_refused_and_the_upload_route_named() {
    let big = format!("{{\"name\":\"{}\"}}", "x".repeat(4 * 1024 * 1024 + 1));
    let [campaigns, awf] = both(big.as_bytes());
    assert_eq!((campaigns.status, awf.status), (413, 413));
    let world = World::new(3);
    let answer =
        administrator().send("PUT", &format!("/api/v1/inventory/datasources/{}", world.source), Some(big.into_bytes()));
    assert_eq!(answer.status, 413, "{}", answer.text);
    assert!(answer.text.contains("/uploads"), "{}", answer.text);
}

#[test]
fn odd_values_are_refused_or_stored_as_they_are() {
    let mut body = World::new(3).campaign_body();
    body["name"] = json!("Ünïcode ✓ \u{202e} \\u0000 <script>");
    let created = administrator().post("/api/v1/campaigns", body.clone()).expect(201);
    assert_eq!(created.body["name"], body["name"]);
    for text in [
        r#"{"name":"\ud800","start_date":"2026-01-01T00:00:00Z","end_date":"2026-01-02T00:00:00Z"}"#,
        r#"{"name":"a\u0000b","start_date":"2026-01-01T00:00:00Z","end_date":"2026-01-02T00:00:00Z"}"#,
        r#"{"name":1e400,"start_date":"2026-01-01T00:00:00Z","end_date":"2026-01-02T00:00:00Z"}"#,
        r#"{"name":"x","start_date":"2026-13-01T00:00:00Z","end_date":"9999-99-99T00:00:00Z"}"#,
    ] {
        campaigns_error(
            &administrator().send("POST", "/api/v1/campaigns", Some(text.as_bytes().to_vec())),
            400,
            "VALIDATION_ERROR",
        );
    }
}

#[test]
fn odd_paths_and_queries_are_no_server_errors() {
    let id = World::new(3).active();
    for path in [
        "/api/v1/campaigns/%00",
        "/api/v1/campaigns/%ff%fe",
        "/api/v1/campaigns/..%2f..%2fetc",
        "/api/v1/campaigns//approvals",
        "/api/v1/campaigns?limit=%zz",
        "/api/v1/campaigns?after=%00&status=%ff",
        &format!("/api/v1/campaigns/{id}/approvals?after={}", "A".repeat(5000)),
        &format!("/api/v1/campaigns/{id}/review-items?search={}", "%25".repeat(2000)),
        &format!("/api/v1/campaigns/{id}/approvals/%F0%9F%92%A9"),
        &format!("/api/preview/awf/certifications/{id}/results?filter={}", "(".repeat(3000)),
        &format!("/api/preview/awf/certifications/{id}/results/99999999999999999999"),
    ] {
        let answer = administrator().get(path);
        assert!((200..500).contains(&answer.status), "{path}: {} {}", answer.status, answer.text);
    }
}

#[test]
fn content_type_does_not_matter() {
    let body = World::new(3).campaign_body();
    let who = administrator().header("content-type", "application/x-www-form-urlencoded");
    let _ = who.post("/api/v1/campaigns", body).expect(201);
}
