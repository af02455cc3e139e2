//! JWTs through the whole stack: its issuer, its authorizer, its functions.

use serde_json::json;

use super::*;
use crate::tests::Caller;
use crate::{Options, Stack};

fn hour() -> SignedDuration {
    SignedDuration::from_hours(1)
}

fn with(stack: &Stack, token: String) -> Caller {
    Caller { base_url: stack.base_url().to_owned(), token: Some(token) }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_issuer_publishes_where_its_keys_are_and_nothing_else() {
    let stack = Stack::start(Options::for_tests()).await.unwrap();
    let nobody = Caller::anonymous(&stack);
    let found = nobody.get("/_issuer/.well-known/openid-configuration").await;
    assert_eq!(found.body["issuer"], format!("{}/_issuer", stack.base_url()));
    let keys = nobody.get(found.body["jwks_uri"].as_str().unwrap()).await;
    assert_eq!(keys.body["keys"].as_array().map(Vec::len), Some(Algorithm::ALL.len()));
    assert_eq!(nobody.send("POST", "/_issuer/jwks.json", Vec::new()).await.status, 405);
    for path in ["/_issuer", "/_issuer/", "/_issuer/token", "/_issuer/issuer.json"] {
        assert_eq!(nobody.send("POST", path, Vec::new()).await.status, 404, "{path}");
    }
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_who_signs_in_with_a_jwt_decides_on_their_rows() {
    let stack = Stack::start(Options::for_tests()).await.unwrap();
    let administrator = Caller::of(&stack, "administrator");
    let picture = json!({
        "name": "Payroll",
        "owners": [
            {"id": "o1", "name": "Lena", "email": "lena@corp.example", "manager_id": "o2"},
            {"id": "o2", "name": "Omar", "email": "omar@corp.example"},
        ],
        "applications": [{"id": "app", "name": "Payroll"}],
        "accounts": [{"id": "a1", "account_name": "lena", "application_id": "app", "owner_id": "o1"}],
    });
    assert_eq!(
        administrator.send("PUT", "/api/v1/inventory/datasources/payroll", picture.to_string()).await.status,
        200
    );
    let body = json!({"name": "r", "start_date": "2026-01-01T00:00:00Z", "end_date": "2036-01-01T00:00:00Z"});
    let created = administrator.send("POST", "/api/v1/campaigns", body.to_string()).await;
    let path = format!("/api/v1/campaigns/{}", created.body["id"].as_str().unwrap());
    assert_eq!(administrator.send("POST", &format!("{path}/start"), Vec::new()).await.status, 200);
    stack.idle().await.unwrap();

    let reviewer = |email| with(&stack, stack.jwt(Algorithm::EdDsa, Role::Reviewer, Some(email), hour()).unwrap());
    let decision = json!({"decision": "approved"}).to_string();
    let approval = format!("{path}/approvals/a1");
    assert_eq!(reviewer("lena@corp.example").send("POST", &approval, decision.clone()).await.status, 404);
    let omar = reviewer("OMAR@corp.example");
    assert_eq!(omar.get("/api/v1/me").await.body["user"]["id"], "o2");
    assert_eq!(omar.send("POST", &approval, decision).await.status, 200);
    let decided = administrator.get(&format!("{path}/review-items/a1")).await;
    assert_eq!(decided.body["decided_by"], "omar@corp.example", "{}", decided.body);
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_directory_keeps_its_keys_and_signs_for_the_stack_that_runs() {
    let directory = std::env::temp_dir().join(format!("oidc-{}", crate::tests::uuid()));
    let first = Stack::start(Options::durable(&directory)).await.unwrap();
    let (keys, url) = (first.issuer().jwks(), first.issuer().url().to_owned());
    let now = first.deps().clock.now();
    let early = token(&directory, Role::Auditor, None, now, hour()).unwrap();
    let me = with(&first, early.clone()).get("/api/v1/me").await;
    assert_eq!((me.status, me.body["user"]["email"].as_str()), (200, Some("auditor@corp.example")));
    first.shutdown().await.unwrap();

    let second = Stack::start(Options::durable(&directory)).await.unwrap();
    assert_eq!(second.issuer().jwks(), keys);
    let late = token(&directory, Role::Auditor, None, now, hour()).unwrap();
    assert_eq!(with(&second, late).get("/api/v1/me").await.status, 200);
    if second.issuer().url() != url {
        assert_eq!(
            with(&second, early).get("/api/v1/me").await.status,
            401,
            "it names the address of an earlier start"
        );
    }
    second.shutdown().await.unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    let absent = token(&directory, Role::Auditor, None, now, hour()).unwrap_err();
    assert!(absent.to_string().contains("start the stack with it first"), "{absent}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_reads_the_issuers_keys() {
    use std::os::unix::fs::PermissionsExt;

    let stack = Stack::start(Options::for_tests()).await.unwrap();
    let mode = std::fs::metadata(stack.directory().join(FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_machines_issuer_opens_nothing() {
    let stack = Stack::start(Options::for_tests()).await.unwrap();
    let own = stack.issuer();
    let other = Issuer::generate(own.url(), own.audience()).unwrap();
    let now = stack.deps().clock.now();
    for (issuer, status) in [(&other, 401), (own, 200)] {
        let token = sign(issuer, Algorithm::Rs256, (Role::Administrator, "a@corp.example"), now, hour()).unwrap();
        assert_eq!(with(&stack, token).get("/api/v1/me").await.status, status);
    }
    let expired = sign(
        own,
        Algorithm::Rs256,
        (Role::Administrator, "a@corp.example"),
        now - hour(),
        SignedDuration::from_mins(59),
    );
    assert_eq!(with(&stack, expired.unwrap()).get("/api/v1/me").await.status, 401);
    stack.shutdown().await.unwrap();
}
