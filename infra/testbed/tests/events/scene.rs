//! An installation that samples are sent to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use authn::{Documents, Settings, Soon};
use authorizer::Trust;
use aws_lambda_events::apigw::{ApiGatewayV2CustomAuthorizerV2Request, ApiGatewayV2httpRequest};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_http::{Body, Response};
use lambda_runtime::{Context, LambdaEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use testbed::Testbed;

/// What was sent before: samples, in their order.
pub type Before = &'static [&'static str];

/// An empty installation.
pub const NOTHING: Before = &[];
/// The inventory that everything else is about.
pub const INVENTORY: Before = &["inventory-put-datasource"];
/// A campaign that nobody has started.
pub const DRAFT: Before = &["inventory-put-datasource", "campaigns-create"];
/// And a policy.
pub const DEFINED: Before = &["inventory-put-datasource", "campaigns-create", "rules-create-policy"];
/// And the policy is applied to the campaign, whose rows wait for what it decides.
pub const BUILT: Before = &[
    "inventory-put-datasource",
    "campaigns-create",
    "rules-create-policy",
    "campaigns-apply-policy",
    "campaigns-start",
    "materialize-campaign",
];
/// And the campaign is active.
pub const POLICED: Before = &[
    "inventory-put-datasource",
    "campaigns-create",
    "rules-create-policy",
    "campaigns-apply-policy",
    "campaigns-start",
    "materialize-campaign",
    "evaluate-campaign",
];
/// A campaign whose rows are about to be built.
pub const STARTED: Before = &["inventory-put-datasource", "campaigns-create", "campaigns-start"];
/// A campaign with its rows.
pub const ACTIVE: Before = &["inventory-put-datasource", "campaigns-create", "campaigns-start", "materialize-campaign"];
/// A condition that is to be tried out.
pub const ASKED: Before = &["inventory-put-datasource", "rules-test"];
/// A workflow that can be certified.
pub const CERTIFIABLE: Before = &["inventory-put-datasource", "reviews-create-workflow"];
/// A certification whose rows are about to be built.
pub const ORDERED: Before = &["inventory-put-datasource", "reviews-create-workflow", "reviews-create-certification"];
/// The same, with a receiver that wants to hear of its results.
pub const LISTENED: Before =
    &["settings-put-webhook", "inventory-put-datasource", "reviews-create-workflow", "reviews-create-certification"];
/// A certification with its rows.
pub const IN_PROGRESS: Before = &[
    "inventory-put-datasource",
    "reviews-create-workflow",
    "reviews-create-certification",
    "materialize-certification",
];
/// A result that was accepted and signed off, with a receiver that wants to hear of it.
pub const ACCEPTED: Before = &[
    "settings-put-webhook",
    "inventory-put-datasource",
    "reviews-create-workflow",
    "reviews-create-certification",
    "materialize-certification",
    "reviews-force-update",
];
/// A certification of whose beginning its reviewers are to hear.
pub const ANNOUNCED: Before = &[
    "inventory-put-datasource",
    "reviews-create-workflow",
    "reviews-create-certification",
    "materialize-certification",
    "notify-opened",
];
/// A file that is to be written.
pub const EXPORTED: Before = &[
    "inventory-put-datasource",
    "reviews-create-workflow",
    "reviews-create-certification",
    "materialize-certification",
    "exports-create",
];
/// An upload whose bytes have come.
pub const UPLOADED: Before = &["inventory-open-upload", BYTES];
/// An upload whose notification has come too.
pub const TAKEN_UP: Before = &["inventory-open-upload", BYTES, "ingest-object-created"];

/// Stands for the bytes that a client puts where an opened upload told it to: no event of a function.
const BYTES: &str = "the bytes of the upload";
/// What a client puts there.
const WAREHOUSE: &str = r#"{"name":"Warehouse","applications":[{"id":"wms","name":"WMS"}],"accounts":[{"id":"a1","account_name":"lena","application_id":"wms"}]}"#;

/// The folder of the samples.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

/// The text of a sample.
pub fn text(sample: &str) -> String {
    let file = folder().join(format!("{sample}.json"));
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("events/{sample}.json: {error}"))
}

/// The function that a sample is for: its name up to the first dash.
pub fn function(sample: &str) -> &str {
    sample.split_once('-').map_or(sample, |(function, _)| function)
}

/// A sample as its function gets it.
pub enum Event {
    Authorizer(Box<ApiGatewayV2CustomAuthorizerV2Request>),
    Http(lambda_http::Request),
    Queue(SqsEvent),
    Schedule(EventBridgeEvent<Value>),
}

impl Event {
    /// Decodes the text of a sample into the type that its function takes.
    pub fn of(sample: &str) -> Self {
        let text = text(sample);
        match function(sample) {
            "authorizer" => Self::Authorizer(Box::new(decoded(sample, &text))),
            "automate" | "deliver" | "evaluate" | "ingest" | "materialize" | "notify" | "render" => {
                Self::Queue(decoded(sample, &text))
            }
            "schedules" => Self::Schedule(decoded(sample, &text)),
            _ => {
                let _: ApiGatewayV2httpRequest = decoded(sample, &text);
                Self::Http(lambda_http::request::from_str(&text).expect("a request of the gateway"))
            }
        }
    }
}

/// Decodes, and fails when the sample holds a member that the type does not know: AWS sends no such member.
fn decoded<T: DeserializeOwned + Serialize>(sample: &str, text: &str) -> T {
    let event: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("events/{sample}.json: {error}"));
    let written: Value = serde_json::from_str(text).expect("JSON");
    let mut unknown = Vec::new();
    compare(&written, &serde_json::to_value(&event).expect("JSON"), "", &mut unknown);
    assert!(unknown.is_empty(), "events/{sample}.json: AWS does not send {unknown:?}");
    event
}

fn compare(written: &Value, known: &Value, place: &str, unknown: &mut Vec<String>) {
    match (written, known) {
        (Value::Object(members), _) => {
            for (name, member) in members {
                let place = format!("{place}/{name}");
                match known.get(name) {
                    Some(known) => compare(member, known, &place, unknown),
                    // The types leave out what is empty.
                    None if member.as_object().is_some_and(Map::is_empty) => {}
                    None => unknown.push(place),
                }
            }
        }
        (Value::Array(items), Value::Array(known)) if items.len() == known.len() => {
            for (number, (item, known)) in items.iter().zip(known).enumerate() {
                compare(item, known, &format!("{place}/{number}"), unknown);
            }
        }
        _ if written == known => {}
        _ => unknown.push(place.to_owned()),
    }
}

/// An installation at the first second of 2026 that only Ann, an administrator, has a token for.
pub struct Scene {
    pub bed: Testbed,
}

impl Scene {
    /// An installation to which these were sent.
    pub async fn after(samples: Before) -> Self {
        let bed = Testbed::new();
        // The token of the samples: its secret is all zeros, so that it opens no real installation.
        let ann = domain::user::User {
            user_type: "localCookieUser".to_owned(),
            id: "ann".to_owned(),
            email: "ann@corp.example".to_owned(),
            name: "Ann Ó".to_owned(),
        };
        let (id, now) = (bed.deps.ids.uuid(), bed.deps.clock.now());
        app::api_key::bootstrap(&bed.deps, ann, id, &[0; 32], now).await.expect("a key");
        let scene = Self { bed };
        for sample in samples {
            match *sample {
                BYTES => scene.upload(WAREHOUSE).await,
                sample => drop(scene.handled(sample).await),
            }
        }
        scene
    }

    /// The answer to a sample that its function does what it is asked for.
    pub async fn handled(&self, sample: &str) -> Value {
        let (done, answer) = self.answer(sample).await;
        assert!(done, "{sample}: {answer:#}");
        answer
    }

    /// The answer to a sample that its function refuses or fails at.
    pub async fn refused(&self, sample: &str) -> Value {
        let (done, answer) = self.answer(sample).await;
        assert!(!done, "{sample}: {answer:#}");
        answer
    }

    /// Puts the bytes of the opened upload where its client puts them.
    async fn upload(&self, bytes: &str) {
        let notified: Value = serde_json::from_str(&text("ingest-object-created")).expect("JSON");
        let body: Value = serde_json::from_str(notified["Records"][0]["body"].as_str().expect("text")).expect("JSON");
        let object = &body["Records"][0]["s3"]["object"];
        let key = object["key"].as_str().expect("a key");
        assert_eq!(object["size"], bytes.len(), "the sample tells the size of what comes");
        self.bed.deps.objects.put(key, bytes.into()).await.expect("a place for it");
    }

    /// What an HTTP sample is answered, as [`Self::handled`] and [`Self::refused`] use it for every kind; with it, the
    /// messages that were sent.
    async fn answer(&self, sample: &str) -> (bool, Value) {
        let sent_before = self.bed.sent.all().len();
        let (done, mut answer) = self.carry_out(sample).await;
        let sent = self.bed.sent.all().split_off(sent_before);
        if let Some(members) = answer.as_object_mut().filter(|_| !sent.is_empty()) {
            let sent = sent.iter().map(|message| format!("{} {}", message.kind(), message.job()));
            members.insert("sent".to_owned(), sent.collect());
        }
        (done, answer)
    }

    // Boxed, because the futures of all functions together are larger than the stack of a test.
    async fn carry_out(&self, sample: &str) -> (bool, Value) {
        let deps = Arc::clone(&self.bed.deps);
        match (function(sample), Event::of(sample)) {
            ("authorizer", Event::Authorizer(event)) => {
                let trust = Some(Arc::new(trusted()));
                let answer = authorizer::handle(deps, trust, self.invoked(*event));
                let answer = Box::pin(answer).await.expect("the table answers");
                (!answer.context.is_empty(), json!({ "answer": sorted(&answer) }))
            }
            ("approvals", Event::Http(request)) => http(&Box::pin(approvals::handle(deps, request)).await),
            ("automations", Event::Http(request)) => http(&Box::pin(automations::handle(deps, request)).await),
            ("campaigns", Event::Http(request)) => http(&Box::pin(campaigns::handle(deps, request)).await),
            ("exports", Event::Http(request)) => http(&Box::pin(exports::handle(deps, request)).await),
            ("inventory", Event::Http(request)) => http(&Box::pin(inventory::handle(deps, request)).await),
            ("reviews", Event::Http(request)) => http(&Box::pin(reviews::handle(deps, request)).await),
            ("rules", Event::Http(request)) => http(&Box::pin(rules::handle(deps, request)).await),
            ("scim", Event::Http(request)) => http(&Box::pin(scim::handle(deps, request)).await),
            ("settings", Event::Http(request)) => http(&Box::pin(settings::handle(deps, request)).await),
            (function, Event::Queue(event)) => batch(&self.messages(function, event).await),
            ("schedules", Event::Schedule(event)) => match Box::pin(schedules::handle(deps, self.invoked(event))).await
            {
                Ok(()) => (true, json!({ "answer": null })),
                Err(error) => (false, json!({ "error": error.to_string() })),
            },
            _ => panic!("events/{sample}.json is for no function"),
        }
    }

    /// What the function of a queue answers to a batch of messages.
    pub async fn messages(&self, function: &str, event: SqsEvent) -> SqsBatchResponse {
        let (deps, event) = (Arc::clone(&self.bed.deps), self.invoked(event));
        match function {
            "automate" => Box::pin(automate::handle(deps, event)).await,
            "deliver" => Box::pin(deliver::handle(deps, event)).await,
            "evaluate" => Box::pin(evaluate::handle(deps, event)).await,
            "ingest" => Box::pin(ingest::handle(deps, event)).await,
            "materialize" => Box::pin(materialize::handle(deps, event)).await,
            "notify" => Box::pin(notify::handle(deps, event)).await,
            "render" => Box::pin(render::handle(deps, event)).await,
            _ => panic!("{function} has no queue"),
        }
    }

    /// An invocation with five minutes to work in.
    fn invoked<T>(&self, event: T) -> LambdaEvent<T> {
        let mut context = Context::default();
        let ends = self.bed.deps.clock.now().as_millisecond() + 300_000;
        context.deadline = u64::try_from(ends).expect("a time after 1970");
        LambdaEvent::new(event, context)
    }
}

/// The issuer of the samples' JWTs: the seed of its key is all zeros, so that no installation trusts it.
struct Samples(issuer::Issuer);

impl Documents for Samples {
    fn get<'a>(&'a self, url: &'a str) -> Soon<'a, Result<Vec<u8>, String>> {
        let document = if url.ends_with(issuer::KEYS_PATH) { self.0.jwks() } else { self.0.discovery() };
        Box::pin(async move { Ok(document.to_string().into_bytes()) })
    }
}

/// What the installation of a scene trusts.
fn trusted() -> Trust {
    let key = issuer::SigningKey::ed25519(&[0; 32]).expect("a key");
    let issuer = issuer::Issuer::of("https://issuer.example", "access-review", vec![key]);
    let settings = Settings::read(|name| match name {
        "OIDC_ISSUER" => Some(issuer.url().to_owned()),
        "OIDC_AUDIENCE" => Some(issuer.audience().to_owned()),
        // The issuer does not say whether addresses are verified.
        "OIDC_MATCH_EMAIL" => Some("true".to_owned()),
        _ => None,
    });
    Trust::new(settings.expect("settings").expect("an issuer"), Samples(issuer))
}

fn batch(response: &SqsBatchResponse) -> (bool, Value) {
    (response.batch_item_failures.is_empty(), json!({ "answer": sorted(response) }))
}

/// Status, the headers that say something about the body, and the body. A token is shown once and held nowhere, nor here.
fn http(response: &Response<Body>) -> (bool, Value) {
    let (status, mut body) = testbed::shown(response);
    if let Some(token) = body.get_mut("token").filter(|token| token.is_string()) {
        *token = json!("[token]");
    }
    let mut headers = Map::new();
    for name in ["allow", "cache-control", "content-type", "etag", "retry-after"] {
        if let Some(value) = response.headers().get(name) {
            headers.insert(name.to_owned(), value.to_str().expect("text").into());
        }
    }
    (status < 400, json!({ "status": status, "headers": headers, "body": body }))
}

/// JSON whose maps are in the order of their names.
fn sorted(answer: &impl Serialize) -> Value {
    let mut answer = serde_json::to_value(answer).expect("JSON");
    answer.sort_all_objects();
    answer
}
