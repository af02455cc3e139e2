//! The stack as a whole, through its socket: what no part of it shows alone.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;

/// A caller of a stack. The client blocks, so it runs beside the stack's tasks.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) base_url: String,
    pub(crate) token: Option<String>,
}

/// Status, headers as lines, body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: String,
    pub(crate) body: Value,
}

impl Caller {
    pub(crate) fn of(stack: &Stack, role: &str) -> Self {
        Self { base_url: stack.base_url().to_owned(), token: Some(stack.tokens()[role].clone()) }
    }

    pub(crate) fn anonymous(stack: &Stack) -> Self {
        Self { base_url: stack.base_url().to_owned(), token: None }
    }

    pub(crate) async fn send(&self, method: &str, target: &str, body: impl Into<Vec<u8>>) -> Answer {
        let url = if target.starts_with("http") { target.to_owned() } else { format!("{}{target}", self.base_url) };
        let (method, body, token) = (method.to_owned(), body.into(), self.token.clone());
        tokio::task::spawn_blocking(move || {
            let config = ureq::Agent::config_builder().http_status_as_error(false).allow_non_standard_methods(true);
            let mut request = ureq::http::Request::builder().method(method.as_str()).uri(url);
            if let Some(token) = token {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            let request = request.header("content-type", "application/json").body(body).unwrap();
            let mut answer = config.build().new_agent().run(request).unwrap();
            let headers = format!("{:?}", answer.headers());
            let text = answer.body_mut().read_to_string().unwrap();
            let body = serde_json::from_str(&text).unwrap_or(Value::Null);
            Answer { status: answer.status().as_u16(), headers, body }
        })
        .await
        .unwrap()
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.send("GET", target, Vec::new()).await
    }
}

/// The smallest inventory there is.
fn picture() -> Value {
    json!({
        "name": "Payroll",
        "owners": [{"id": "o1", "name": "Lena", "email": "lena@corp.example"}],
        "applications": [{"id": "app", "name": "Payroll"}],
        "accounts": [{"id": "a1", "account_name": "lena", "application_id": "app", "owner_id": "o1"}],
    })
}

async fn stack() -> Stack {
    Stack::start(Options::for_tests()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_as_soon_as_it_has_started() {
    let stack = stack().await;
    let nobody = Caller::anonymous(&stack);
    assert_eq!(nobody.get("/health").await.status, 200);
    assert_eq!(nobody.get("/openapi.json").await.body["openapi"].as_str().map(|version| &version[..3]), Some("3.1"));
    assert!(nobody.get("/docs").await.headers.contains("text/html"));
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_token_has_its_role_and_none_is_none() {
    let stack = stack().await;
    for role in ["administrator", "operator", "reviewer", "auditor"] {
        let me = Caller::of(&stack, role).get("/api/v1/me").await;
        assert_eq!(me.status, 200);
        assert!(me.body.to_string().contains(role), "{}", me.body);
    }
    let nobody = Caller::anonymous(&stack).get("/api/v1/me").await;
    assert_eq!((nobody.status, nobody.body["error"]["code"].as_str()), (401, Some("UNAUTHORIZED")));
    let wrong = Caller { token: Some("cr_wrong".into()), ..Caller::anonymous(&stack) };
    let wrong = wrong.get("/api/preview/awf/workflows").await;
    assert_eq!((wrong.status, wrong.body["code"].as_str()), (401, Some("Unauthenticated")));
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_and_methods_are_answered_by_the_api() {
    let stack = stack().await;
    let administrator = Caller::of(&stack, "administrator");
    assert_eq!(administrator.get("/api/v1/nothing").await.body["error"]["code"], "NOT_FOUND");
    let wrong = administrator.send("DELETE", "/api/v1/me", Vec::new()).await;
    assert_eq!(wrong.status, 405);
    assert!(wrong.headers.contains("\"allow\": \"GET\""), "{}", wrong.headers);
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_limited_as_lambda_limits_them() {
    let stack = stack().await;
    let administrator = Caller::of(&stack, "administrator");
    let large = |bytes: usize, filler: &str| format!("\"{}\"", filler.repeat(bytes / filler.len())).into_bytes();
    for (body, why) in [
        (large(5 << 20, "x"), "more than four megabytes"),
        (large(4 << 20, "\\\""), "less, but with every quote escaped once more"),
        (large(11 << 20, "x"), "more than the gateway reads"),
    ] {
        let answer = administrator.send("POST", "/api/v1/campaigns", body).await;
        assert_eq!((answer.status, answer.body["error"]["code"].as_str()), (413, Some("VALIDATION_ERROR")), "{why}");
    }
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_taken_in_once_its_bytes_have_come() {
    let stack = stack().await;
    let administrator = Caller::of(&stack, "administrator");
    let opened = administrator.send("POST", "/api/v1/inventory/datasources/payroll/uploads", b"{}").await;
    let (id, url) = (opened.body["upload_id"].as_str().unwrap(), opened.body["url"].as_str().unwrap());
    let forged = Caller::anonymous(&stack).send("PUT", &url.replace("max=", "max=9"), b"x").await;
    assert_eq!(forged.status, 403);
    let put = Caller::anonymous(&stack).send("PUT", url, picture().to_string()).await;
    assert_eq!(put.status, 200);
    stack.idle().await.unwrap();
    let upload = administrator.get(&format!("/api/v1/inventory/uploads/{id}")).await;
    assert_eq!(upload.body["status"], "completed", "{}", upload.body);
    let sources = administrator.get("/api/v1/inventory/datasources").await;
    assert_eq!(sources.body["datasources"].as_array().map(Vec::len), Some(1));
    stack.shutdown().await.unwrap();
}

/// Starts a campaign over the smallest inventory; answers its path.
async fn started(stack: &Stack) -> String {
    let administrator = Caller::of(stack, "administrator");
    let loaded = administrator.send("PUT", "/api/v1/inventory/datasources/payroll", picture().to_string()).await;
    assert_eq!(loaded.status, 200, "{}", loaded.body);
    let body = json!({"name": "r", "start_date": "2026-01-01T00:00:00Z", "end_date": "2036-01-01T00:00:00Z"});
    let created = administrator.send("POST", "/api/v1/campaigns", body.to_string()).await;
    let path = format!("/api/v1/campaigns/{}", created.body["id"].as_str().unwrap());
    assert_eq!(administrator.send("POST", &format!("{path}/start"), Vec::new()).await.status, 200);
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_started_campaign_becomes_active_through_queue_and_worker() {
    let stack = stack().await;
    let path = started(&stack).await;
    stack.idle().await.unwrap();
    let campaign = Caller::of(&stack, "operator").get(&path).await;
    assert_eq!((&campaign.body["status"], &campaign.body["progress"]["total"]), (&json!("active"), &json!(1)));
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_keeps_tokens_data_and_unfinished_jobs() {
    let directory = std::env::temp_dir().join(format!("local-{}", uuid()));
    let first = Stack::start(Options::durable(&directory)).await.unwrap();
    let tokens = first.tokens().clone();
    assert!(first.is_first_start());
    let path = started(&first).await;
    let taken = Stack::start(Options::durable(&directory)).await.err().map(|error| error.to_string());
    assert!(taken.is_some_and(|error| error.contains("another process")), "the directory is in use");
    // The process ends here, with the job in whatever state it is.
    first.shutdown().await.unwrap();

    let second = Stack::start(Options::durable(&directory)).await.unwrap();
    assert_eq!((second.is_first_start(), second.tokens()), (false, &tokens));
    second.idle().await.unwrap();
    assert_eq!(Caller::of(&second, "auditor").get(&path).await.body["status"], "active");
    second.shutdown().await.unwrap();
    std::fs::remove_dir_all(directory).unwrap();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_reads_the_tokens_and_a_temporary_directory_goes_away() {
    use std::os::unix::fs::PermissionsExt;
    let stack = stack().await;
    let directory = stack.directory().to_owned();
    let mode = std::fs::metadata(directory.join("tokens.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    stack.shutdown().await.unwrap();
    assert!(!directory.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_reviewer_has_something_to_review() {
    let options = Options { sample: Some(60), ..Options::for_tests() };
    let stack = Stack::start(options).await.unwrap();
    let administrator = Caller::of(&stack, "administrator");
    let body = json!({"name": "r", "start_date": "2026-01-01T00:00:00Z", "end_date": "2036-01-01T00:00:00Z"});
    let created = administrator.send("POST", "/api/v1/campaigns", body.to_string()).await;
    let path = format!("/api/v1/campaigns/{}", created.body["id"].as_str().unwrap());
    administrator.send("POST", &format!("{path}/start"), Vec::new()).await;
    stack.idle().await.unwrap();
    let counts = Caller::of(&stack, "reviewer").get(&format!("{path}/approvals/counts")).await;
    assert!(counts.body["pending"].as_u64() > Some(0), "{}", counts.body);
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn schedules_tick() {
    let options = Options { tick: Some(Duration::from_millis(10)), ..Options::for_tests() };
    let stack = Stack::start(options).await.unwrap();
    let before = stack.engine().calls();
    let ticked = tokio::time::timeout(Duration::from_secs(20), async {
        while stack.engine().calls() < before + 10 {
            tokio::task::yield_now().await;
        }
    });
    assert!(ticked.await.is_ok(), "the sweep reads the table at every tick");
    stack.shutdown().await.unwrap();
}

/// Upload, both dialects and a replacement, in small: what the command does with a million grants.
#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_finds_every_row_and_every_count_as_it_must_be() {
    crate::rehearsal::run(3_000, None).await.unwrap();
}

pub(crate) fn uuid() -> String {
    use app::deps::Ids;
    runtime::ports::SystemIds.uuid().to_string()
}
