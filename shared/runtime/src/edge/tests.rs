use std::sync::Mutex;
use std::time::Duration;

use domain::refusal::Refusal;
use engine::Fault;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::time::Instant;
use wire::exchange::Content;
use wire::routes::{Operation, ROUTES};

use super::*;
use crate::testing;

/// What the handler saw, and what came back.
struct Seen {
    calls: Vec<(Call, Incoming)>,
    response: Response<Body>,
}

impl Seen {
    fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    fn header(&self, name: &str) -> &str {
        self.response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    fn body(&self) -> Value {
        match self.response.body() {
            Body::Text(text) => serde_json::from_str(text).unwrap(),
            _ => Value::Null,
        }
    }
}

/// A request as the gateway hands it over.
struct Ask {
    method: &'static str,
    path: &'static str,
    role: Option<&'static str>,
    headers: Vec<(&'static str, &'static str)>,
    body: Value,
    base64: bool,
}

fn ask(method: &'static str, path: &'static str) -> Ask {
    Ask { method, path, role: Some("administrator"), headers: Vec::new(), body: Value::Null, base64: false }
}

/// The path of a route with something in the place of each parameter.
fn filled(route: &Route) -> &'static str {
    let names = route.parameters().into_iter();
    names.fold(route.path.to_owned(), |path, name| path.replace(&format!("{{{name}}}"), "1")).leak()
}

impl Ask {
    fn role(self, role: Option<&'static str>) -> Self {
        Self { role, ..self }
    }

    fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    fn body(self, body: impl Into<Value>) -> Self {
        Self { body: body.into(), ..self }
    }

    fn request(&self) -> Request {
        lambda_http::request::from_str(&self.event().to_string()).unwrap()
    }

    fn event(&self) -> Value {
        let (path, query) = self.path.rsplit_once('?').unwrap_or((self.path, ""));
        let headers: serde_json::Map<_, _> =
            self.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        let authorizer = self.role.map(|role| {
            json!({"lambda": {"user_type": "localCookieUser", "user_id": "ann", "email": "a@x.test", "name": "Ann",
                "role": role, "key_id": "key-1"}})
        });
        json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "headers": headers,
            "requestContext": {
                "accountId": "0", "apiId": "a", "domainName": "api.test", "stage": "$default", "requestId": "r",
                "routeKey": "$default", "timeEpoch": 0, "authorizer": authorizer,
                "http": {"method": self.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": ""},
            },
            "body": self.body, "isBase64Encoded": self.base64,
        })
    }

    /// Sends it to a function whose handler answers with `outcome`.
    async fn of(
        &self,
        deps: &Arc<Deps>,
        function: Function,
        outcome: impl Fn() -> Result<Answer, Error> + Sync,
    ) -> Seen {
        let calls = Mutex::new(Vec::new());
        let response = serve(Arc::clone(deps), function, self.request(), |_, call, incoming| {
            calls.lock().unwrap().push((call, incoming));
            let outcome = outcome();
            async { outcome }
        })
        .await;
        Seen { calls: calls.into_inner().unwrap(), response }
    }

    /// Sends it to the campaigns function, which answers 200 `{}`.
    async fn ok(&self) -> Seen {
        self.of(&testing::deps().0, Function::Campaigns, || Ok(Answer::done())).await
    }
}

#[tokio::test]
async fn the_handler_gets_what_the_request_says() {
    let seen = ask("PUT", "/api/v1/campaigns/c 1?a=1&b=x+y")
        .header("if-match", "\"7\"")
        .header("content-type", "text/plain")
        .body(r#"{"name":"ä"}"#)
        .ok()
        .await;
    let (call, incoming) = &seen.calls[0];
    assert_eq!(incoming.operation, Operation::UpdateCampaign);
    assert_eq!(incoming.path, [("id", "c 1")].into());
    assert_eq!(incoming.query, [("a", "1"), ("b", "x y")].into());
    assert_eq!(incoming.body, r#"{"name":"ä"}"#.as_bytes());
    assert_eq!(incoming.content_type.as_deref(), Some("text/plain"));
    assert_eq!(call.if_match, Some(7));
    assert_eq!((call.caller.user.id.as_str(), call.caller.key_id.as_deref()), ("ann", Some("key-1")));
    assert_eq!(call.now.to_string(), "2026-01-01T00:00:00Z");
    assert_eq!(seen.header("x-request-id"), call.request_id);
}

#[tokio::test]
async fn a_base64_body_is_decoded() {
    let mut request = ask("POST", "/api/v1/campaigns").body("AAH/");
    request.base64 = true;
    assert_eq!(request.ok().await.calls[0].1.body, [0, 1, 255]);
}

#[tokio::test]
async fn without_a_caller_from_the_authorizer_it_is_401() {
    let forged = ask("GET", "/api/v1/campaigns").role(None).header("x-user-role", "administrator").ok().await;
    assert_eq!((forged.status(), forged.calls.len()), (401, 0));
    assert_eq!(forged.header("www-authenticate"), "Bearer");
    assert_eq!(forged.body()["error"]["code"], "UNAUTHORIZED");
    assert_eq!(ask("GET", "/api/v1/campaigns").role(Some("king")).ok().await.status(), 401);
}

#[tokio::test]
async fn every_route_lets_in_exactly_the_roles_of_the_table() {
    let (deps, _) = testing::deps();
    for route in ROUTES {
        let path = filled(route);
        for role in [None, Some("reviewer"), Some("operator"), Some("administrator"), Some("auditor")] {
            let request = ask(route.method.as_str(), path).role(role);
            let seen = request.of(&deps, route.function, || Ok(Answer::done())).await;
            let expected = match (route.minimum_role, role) {
                (None, _) => 200,
                (Some(_), None) => 401,
                (Some(minimum), Some(role))
                    if role.parse::<domain::user::Role>().unwrap().may(minimum, route.reads) =>
                {
                    200
                }
                (Some(_), Some(_)) => 403,
            };
            assert_eq!(seen.status(), expected, "{} {path} as {role:?}", route.method);
            assert_eq!(seen.calls.len(), usize::from(expected == 200));
        }
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_answered_in_their_dialect() {
    let missing = ask("GET", "/api/v1/campaigns/c1/nothing").ok().await;
    assert_eq!((missing.status(), &missing.body()["error"]["code"]), (404, &json!("NOT_FOUND")));
    let wrong = ask("PATCH", "/api/preview/awf/certifications/c1/results").ok().await;
    assert_eq!((wrong.status(), wrong.header("allow")), (405, "GET, PUT"));
    assert_eq!(wrong.body()["code"], "InvalidArgument");
    let elsewhere = ask("GET", "/api/v1/me").ok().await;
    assert_eq!(elsewhere.status(), 404, "a function serves its own routes alone");
}

#[tokio::test]
async fn a_body_over_four_megabytes_is_refused_with_the_way_out() {
    let seen = ask("POST", "/api/v1/campaigns").body("x".repeat(MAX_BODY_BYTES + 1)).ok().await;
    assert_eq!((seen.status(), seen.calls.len()), (413, 0));
    assert!(seen.body()["error"]["message"].as_str().unwrap().contains("uploads"));
    assert_eq!(ask("POST", "/api/v1/campaigns").body("x".repeat(MAX_BODY_BYTES)).ok().await.status(), 200);
}

#[tokio::test]
async fn a_version_goes_out_as_etag_and_comes_back_as_if_match() {
    let (deps, _) = testing::deps();
    let get = ask("GET", "/api/v1/campaigns/c1");
    let seen = get.of(&deps, Function::Campaigns, || Ok(Answer::done().at_version(12))).await;
    assert_eq!(seen.header("etag"), "\"12\"");
    let put = || ask("PUT", "/api/v1/campaigns/c1");
    assert_eq!(put().header("if-match", "\"12\"").ok().await.calls[0].0.if_match, Some(12));
    assert_eq!(put().header("if-match", "*").ok().await.calls[0].0.if_match, None);
    for wrong in ["12", "\"x\"", "\"1\", \"2\""] {
        assert_eq!(put().header("if-match", wrong).ok().await.status(), 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_path_may_hold_what_ends_one_in_an_address() {
    for (path, id) in [
        ("/api/v1/campaigns/a?b?x=1&n=%23+%3F&x=2", "a?b"),
        ("/api/v1/campaigns/a#b?x=1&n=%23+%3F&x=2", "a#b"),
        ("/api/v1/campaigns/a?b#c?d=e?x=1&n=%23+%3F&x=2", "a?b#c?d=e"),
    ] {
        let seen = ask("GET", path).ok().await;
        let (_, incoming) = &seen.calls[0];
        assert_eq!(incoming.path, [("id", id)].into());
        assert_eq!(incoming.query, [("n", "# ?"), ("x", "1"), ("x", "2")].into(), "{path}");
    }
    let seen = ask("GET", "/api/v1/campaigns/100%41 é?x=1").ok().await;
    assert_eq!((&seen.calls[0].1.path, &seen.calls[0].1.query), (&[("id", "100%41 é")].into(), &[("x", "1")].into()));
}

#[tokio::test]
async fn a_version_is_refused_where_nothing_has_a_single_one() {
    for route in ROUTES.iter().filter(|route| route.takes_keys()) {
        for held in ["\"7\"", "*"] {
            let request = ask(route.method.as_str(), filled(route)).header("if-match", held);
            let seen = request.of(&testing::deps().0, route.function, || Ok(Answer::done())).await;
            let (status, calls) = if route.versioned { (200, 1) } else { (400, 0) };
            assert_eq!((seen.status(), seen.calls.len()), (status, calls), "{} {}", route.method, route.path);
            assert_eq!(seen.body().to_string().contains("If-Match"), !route.versioned, "{}", route.path);
        }
    }
}

#[tokio::test]
async fn errors_keep_their_dialect_and_their_secrets() {
    let (deps, _) = testing::deps();
    let campaigns = ask("GET", "/api/v1/campaigns/c1");
    let seen = campaigns.of(&deps, Function::Campaigns, || Err(Error::Bug("pk CERT#1 is broken".into()))).await;
    assert_eq!(seen.status(), 500);
    assert!(!seen.body().to_string().contains("CERT"), "{}", seen.body());
    assert_eq!(seen.body()["error"]["request_id"], seen.header("x-request-id"));
    let awf = ask("GET", "/api/preview/awf/workflows/w1");
    let seen = awf.of(&deps, Function::Reviews, || Err(Error::Unavailable("busy".into()))).await;
    assert_eq!((seen.status(), seen.header("retry-after")), (503, "1"));
    let refusal = campaigns.of(&deps, Function::Campaigns, || Err(Error::Refused(Refusal::Completed))).await;
    assert_eq!(refusal.response.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn an_answer_that_a_function_may_not_send_is_an_internal_error_of_ours() {
    let (deps, _) = testing::deps();
    let of = |text: String| Ok(Answer::ok(json!({ "text": text })));
    for (text, status) in [
        ("x".repeat(6_000_000), 200),
        ("x".repeat(6_300_000), 500),
        // A quote takes four bytes: it is escaped in the body, and both of that are in what is sent.
        ("\"".repeat(1_500_000), 200),
        ("\"".repeat(1_600_000), 500),
    ] {
        let seen = ask("GET", "/api/v1/campaigns/c1").of(&deps, Function::Campaigns, || of(text.clone())).await;
        assert_eq!(seen.status(), status, "{} bytes", text.len());
        assert!(status == 200 || seen.body()["error"]["code"] == "INTERNAL", "{}", seen.body());
    }
}

#[tokio::test]
async fn a_panic_is_an_internal_error_without_its_text() {
    let (deps, _) = testing::deps();
    let seen = ask("GET", "/api/v1/campaigns/c1").of(&deps, Function::Campaigns, || panic!("secret detail")).await;
    assert_eq!(seen.status(), 500);
    assert!(!seen.body().to_string().contains("secret"));
}

#[tokio::test]
async fn every_response_carries_the_security_headers() {
    let ok = ask("GET", "/api/v1/campaigns").ok().await;
    let missing = ask("GET", "/nothing").ok().await;
    for seen in [ok, missing] {
        assert_eq!(seen.header("x-content-type-options"), "nosniff");
        assert_eq!(seen.header("cache-control"), "no-store");
        assert_eq!(seen.header("content-type"), "application/json");
        assert!(seen.header("content-security-policy").starts_with("default-src 'none'"));
        assert_eq!(seen.header("x-request-id").len(), 36);
    }
}

#[tokio::test]
async fn a_repeated_key_gives_the_first_answer_and_runs_once() {
    let (deps, _) = testing::deps();
    let post = |body: &'static str| ask("POST", "/api/v1/campaigns").header("idempotency-key", "k1").body(body);
    let answer = || Ok(Answer { version: Some(3), ..Answer::created(json!({"id": "c1", "token": "s"})) });
    let first = post("{}").of(&deps, Function::Campaigns, answer).await;
    let again = post("{}").of(&deps, Function::Campaigns, || panic!("runs once")).await;
    assert_eq!((first.calls.len(), again.calls.len()), (1, 0));
    assert_eq!((again.status(), again.header("etag"), again.body()), (201, "\"3\"", first.body()));
    let other = post("{\"x\":1}").of(&deps, Function::Campaigns, answer).await;
    assert_eq!((other.status(), other.calls.len()), (422, 0));
    let other_caller = Ask { role: Some("administrator"), ..post("{}") };
    let elsewhere = Ask { path: "/api/v1/campaigns/c1/start", ..other_caller };
    let seen = elsewhere.of(&deps, Function::Campaigns, answer).await;
    assert_eq!((seen.status(), seen.calls.len()), (201, 1), "a key belongs to its operation");
}

#[tokio::test]
async fn one_key_means_one_command_id() {
    let (deps, _) = testing::deps();
    let post = |key| ask("POST", "/api/v1/campaigns").header("idempotency-key", key);
    let fails = || Err(Error::Unavailable("busy".into()));
    let one = post("k1").of(&deps, Function::Campaigns, fails).await.calls[0].0.command;
    let same = post("k1").of(&deps, Function::Campaigns, || Ok(Answer::done())).await.calls[0].0.command;
    assert_eq!(one, same, "the second try finds what the first one wrote");
    let other = post("k2").of(&deps, Function::Campaigns, || Ok(Answer::done())).await.calls[0].0.command;
    assert_ne!(one, other);
}

#[tokio::test]
async fn a_refused_call_may_be_made_again_under_its_key() {
    let (deps, _) = testing::deps();
    let post = || ask("POST", "/api/v1/campaigns").header("idempotency-key", "k1");
    let refused = post().of(&deps, Function::Campaigns, || Err(Error::invalid("name", "is required"))).await;
    assert_eq!(refused.status(), 400);
    assert_eq!(post().of(&deps, Function::Campaigns, || Ok(Answer::done())).await.status(), 200);
}

#[tokio::test]
async fn a_call_that_is_under_way_is_not_begun_twice() {
    let (deps, _) = testing::deps();
    let post = || ask("POST", "/api/v1/campaigns").header("idempotency-key", "k1").request();
    let (finish, finished) = tokio::sync::oneshot::channel::<()>();
    let (begin, begun) = tokio::sync::oneshot::channel::<()>();
    let first = tokio::spawn(serve(Arc::clone(&deps), Function::Campaigns, post(), |_, _, _| async {
        begin.send(()).unwrap();
        finished.await.unwrap();
        Ok(Answer::done())
    }));
    begun.await.unwrap();
    let second = serve(Arc::clone(&deps), Function::Campaigns, post(), |_, _, _| async { panic!("begun twice") }).await;
    assert_eq!((second.status().as_u16(), second.headers()["retry-after"].to_str().unwrap()), (409, "1"));
    finish.send(()).unwrap();
    assert_eq!(first.await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_secret_is_answered_once_and_not_kept() {
    let (deps, _) = testing::deps();
    let post = || ask("POST", "/api/v1/campaigns").header("idempotency-key", "k1");
    let body = json!({"id": "key-1", "token": "cr_secret"});
    let first = post().of(&deps, Function::Campaigns, || Ok(Answer::created(body.clone()).with_secret())).await;
    assert_eq!(first.body()["token"], "cr_secret");
    let again = post().of(&deps, Function::Campaigns, || panic!("runs once")).await;
    assert_eq!((again.status(), again.body()), (201, json!({"id": "key-1", "token": null})));
}

#[tokio::test]
async fn unusable_keys_are_refused_and_reads_need_none() {
    for key in ["", " ", "ä"] {
        let seen = ask("POST", "/api/v1/campaigns").header("idempotency-key", key).ok().await;
        assert_eq!(seen.status(), 400, "{key:?}");
    }
    let (deps, _) = testing::deps();
    let get = || ask("GET", "/api/v1/campaigns").header("idempotency-key", "k1");
    for _ in 0..2 {
        let seen =
            get().of(&deps, Function::Campaigns, || Ok(Answer { content: Content::Empty, ..Answer::done() })).await;
        assert_eq!(seen.calls.len(), 1);
    }
}

/// A request of an invocation that ends in 29 seconds.
fn ending(asked: &Ask, deps: &Deps) -> Request {
    let mut context = lambda_http::Context::default();
    context.deadline = u64::try_from(deps.clock.now().as_millisecond()).unwrap() + 29_000;
    asked.request().with_lambda_context(context)
}

#[tokio::test(start_paused = true)]
async fn what_was_done_is_answered_though_its_record_is_not_written() {
    let (deps, _, engine) = testing::deps_on_an_engine();
    let request = ending(&ask("POST", "/api/v1/campaigns").header("idempotency-key", "k1"), &deps);
    // The claim is a put, the answer an update.
    engine.inject("UpdateItem", Fault::Unanswered);
    let started = Instant::now();
    let slow = |_, _, _| async {
        tokio::time::sleep(Duration::from_secs(26)).await;
        Ok(Answer::created(json!({ "id": "c1" })))
    };
    let response = serve(deps, Function::Campaigns, request, slow).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    assert!(started.elapsed() < Duration::from_secs(29), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_is_not_answered_leaves_time_to_say_so() {
    let (deps, _, engine) = testing::deps_on_an_engine();
    let request = ending(&ask("POST", "/api/v1/campaigns").header("idempotency-key", "k1"), &deps);
    engine.inject("PutItem", Fault::Unanswered);
    let response = serve(deps, Function::Campaigns, request, |_, _, _| async { panic!("not claimed") }).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_ran_out_of_time_may_be_repeated_at_once_under_its_key() {
    let (deps, _) = testing::deps();
    let asked = || ask("POST", "/api/v1/campaigns").header("idempotency-key", "k1");
    let request = ending(&asked(), &deps);
    let late = serve(Arc::clone(&deps), Function::Campaigns, request, |_, _, _| std::future::pending()).await;
    assert_eq!(late.status(), StatusCode::SERVICE_UNAVAILABLE);
    let again = asked().of(&deps, Function::Campaigns, || Ok(Answer::done())).await;
    assert_eq!((again.status(), again.calls[0].0.repeatable), (200, true));
}

#[tokio::test]
async fn a_caller_who_cannot_be_told_is_asked_to_come_again() {
    let (deps, _) = testing::deps();
    let mut event = ask("GET", "/api/v1/campaigns").role(None).event();
    event["requestContext"]["authorizer"] = json!({ "lambda": { crate::UNDETERMINED: "true" } });
    let request = lambda_http::request::from_str(&event.to_string()).unwrap();
    let response = serve(deps, Function::Campaigns, request, |_, _, _| async { panic!("nobody may call") }).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "1");
}

#[tokio::test(start_paused = true)]
async fn a_request_without_an_end_is_answered_before_its_function_ends() {
    let (deps, _) = testing::deps();
    let request = ending(&ask("PUT", "/api/v1/campaigns/c1").body("{}"), &deps);
    let started = Instant::now();
    let response = serve(deps, Function::Campaigns, request, |_, _, _| std::future::pending()).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "1");
    assert!(started.elapsed() < Duration::from_secs(28));
}
