use authn::documents::{Documents, Soon};
use domain::user::{Role, User};
use engine::Fault;
use issuer::{Algorithm, Issuer};
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

/// What the gateway gets for a header, as JSON, where no issuer is trusted.
async fn answer(bed: &Testbed, header: Option<&str>) -> Value {
    answer_with(bed, None, header).await.unwrap()
}

async fn answer_with(bed: &Testbed, trust: Option<Arc<Trust>>, header: Option<&str>) -> Result<Value, Error> {
    let answer = handle(Arc::clone(&bed.deps), trust, event(header, Runtime::default())).await?;
    Ok(serde_json::to_value(answer).unwrap())
}

fn event(header: Option<&str>, context: Runtime) -> LambdaEvent<ApiGatewayV2CustomAuthorizerV2Request> {
    let headers = header.map_or(json!({}), |header| json!({ "authorization": header }));
    let event = json!({
        "version": "2.0", "type": "REQUEST", "routeKey": "$default", "rawPath": "/api/v1/me", "headers": headers,
        "requestContext": { "http": { "method": "GET", "path": "/api/v1/me", "protocol": "HTTP/1.1", "sourceIp": "", "userAgent": "" } },
    });
    LambdaEvent::new(serde_json::from_value(event).unwrap(), context)
}

fn nobody() -> Value {
    json!({ "isAuthorized": true, "context": {} })
}

fn undetermined() -> Value {
    json!({ "isAuthorized": true, "context": { "undetermined": "true" } })
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

/// An issuer that publishes its documents, or whose line is dead.
struct Line(Arc<Issuer>, bool);

impl Documents for Line {
    fn get<'a>(&'a self, url: &'a str) -> Soon<'a, Result<Vec<u8>, String>> {
        let document = if url.ends_with(issuer::KEYS_PATH) { self.0.jwks() } else { self.0.discovery() };
        let answer = if self.1 { Ok(document.to_string().into_bytes()) } else { Err("answered 503".to_owned()) };
        Box::pin(async move { answer })
    }
}

fn issuer() -> Arc<Issuer> {
    Arc::new(Issuer::generate("https://issuer.example", "access-review").unwrap())
}

fn trusting(issuer: &Arc<Issuer>, is_up: bool) -> Option<Arc<Trust>> {
    let settings = authn::Settings::read(|name| match name {
        "OIDC_ISSUER" => Some("https://issuer.example".to_owned()),
        "OIDC_AUDIENCE" => Some("access-review".to_owned()),
        _ => None,
    });
    Some(Arc::new(Trust::new(settings.unwrap().unwrap(), Line(Arc::clone(issuer), is_up))))
}

fn jwt(bed: &Testbed, issuer: &Issuer, claims: Value) -> String {
    let now = bed.deps.clock.now().as_second();
    let Value::Object(claims) = claims else { panic!("an object") };
    format!("Bearer {}", issuer.token(Algorithm::Es256, now, now + 600, claims).unwrap())
}

#[tokio::test]
async fn a_jwt_names_its_caller_where_its_issuer_is_trusted() {
    let (bed, issuer) = (Testbed::new(), issuer());
    let claims = json!({ "sub": "u-7", "email": "omar@corp.example", "name": "Omar", "roles": ["operator"] });
    let header = jwt(&bed, &issuer, claims);
    let known = answer_with(&bed, trusting(&issuer, true), Some(&header)).await.unwrap();
    let context = json!({
        "user_type": "oidcUser", "user_id": "u-7", "email": "omar@corp.example", "name": "Omar", "role": "operator", "key_id": "",
    });
    assert_eq!(known, json!({ "isAuthorized": true, "context": context }));
    assert_eq!(answer(&bed, Some(&header)).await, nobody(), "no issuer is trusted");
    let other = self::issuer();
    assert_eq!(answer_with(&bed, trusting(&other, true), Some(&header)).await.unwrap(), nobody(), "another one is");
}

#[tokio::test]
async fn a_jwt_acts_for_the_known_user_with_its_address() {
    let (bed, issuer) = (Testbed::new(), issuer());
    let key = token(&bed).await;
    let jwt_of = |claims| jwt(&bed, &issuer, claims);
    let trusted = trusting(&issuer, true);
    let who = async |header: String| {
        let answer = answer_with(&bed, trusted.clone(), Some(&header)).await.unwrap();
        (answer["context"]["user_id"].clone(), answer["context"]["role"].clone())
    };
    let by_key = who(format!("Bearer {key}")).await;
    assert_eq!(by_key, (json!("ann"), json!("administrator")), "keys open as before");
    let claims = json!({ "sub": "u-1", "email": "ANN@corp.example", "email_verified": true, "roles": "reviewer" });
    assert_eq!(who(jwt_of(claims)).await, (json!("ann"), json!("reviewer")), "the role is that of the token");
    let unverified = json!({ "sub": "u-1", "email": "ann@corp.example", "email_verified": false, "roles": "reviewer" });
    assert_eq!(who(jwt_of(unverified)).await.0, "u-1");
    let untold = json!({ "sub": "u-1", "email": "ann@corp.example", "roles": "reviewer" });
    assert_eq!(who(jwt_of(untold)).await.0, "u-1", "whoever writes an address into their account is nobody else by it");
}

#[tokio::test]
async fn a_jwt_is_good_until_it_expires() {
    let (bed, issuer) = (Testbed::new(), issuer());
    let (header, trusted) = (jwt(&bed, &issuer, json!({ "sub": "u-7", "roles": "auditor" })), trusting(&issuer, true));
    bed.clock.set("2026-01-01T00:10:29Z");
    assert_eq!(answer_with(&bed, trusted.clone(), Some(&header)).await.unwrap()["context"]["role"], "auditor");
    bed.clock.set("2026-01-01T00:10:30Z");
    assert_eq!(answer_with(&bed, trusted, Some(&header)).await.unwrap(), nobody());
}

#[tokio::test]
async fn an_issuer_that_is_down_is_no_reason_to_call_a_token_bad() {
    let (bed, issuer) = (Testbed::new(), issuer());
    let header = jwt(&bed, &issuer, json!({ "sub": "u-7", "roles": "auditor" }));
    assert_eq!(answer_with(&bed, trusting(&issuer, false), Some(&header)).await.unwrap(), undetermined());
    let key = format!("Bearer {}", token(&bed).await);
    let by_key = answer_with(&bed, trusting(&issuer, false), Some(&key)).await.unwrap();
    assert_eq!(by_key["context"]["user_id"], "ann", "keys do not need the issuer");
}

#[tokio::test(start_paused = true)]
async fn a_table_that_does_not_answer_is_said_so_before_the_function_ends() {
    let bed = Testbed::new();
    let header = format!("Bearer {}", token(&bed).await);
    let mut context = Runtime::default();
    context.deadline = u64::try_from(bed.deps.clock.now().as_millisecond()).unwrap() + 5_000;
    bed.engine.inject("GetItem", Fault::Unanswered);
    let started = tokio::time::Instant::now();
    let answer = handle(Arc::clone(&bed.deps), None, event(Some(&header), context)).await.unwrap();
    assert_eq!(serde_json::to_value(answer).unwrap(), undetermined());
    assert!(started.elapsed() < std::time::Duration::from_secs(5));
}

#[tokio::test]
async fn whom_an_address_means_is_asked_once_a_minute() {
    let (bed, issuer) = (Testbed::new(), issuer());
    let trusted = trusting(&issuer, true);
    let header = jwt(
        &bed,
        &issuer,
        json!({ "sub": "u-1", "email": "ann@corp.example", "email_verified": true, "roles": "reviewer" }),
    );
    let who = async || {
        let answer = answer_with(&bed, trusted.clone(), Some(&header)).await.unwrap();
        answer["context"]["user_id"].clone()
    };
    assert_eq!(who().await, "u-1");
    let _ = token(&bed).await;
    let before = bed.engine.calls();
    bed.clock.set("2026-01-01T00:00:59Z");
    assert_eq!((who().await, bed.engine.calls()), (json!("u-1"), before));
    bed.clock.set("2026-01-01T00:01:00Z");
    assert_eq!(who().await, "ann", "who is known by now");
    assert!(bed.engine.calls() > before);
}
