//! What API Gateway does with a request: routing, the authorizer, the event, the limits.
//!
//! Functions are called with the JSON that they would get in AWS, and the sizes are those that AWS counts: of the whole
//! event, in which every quote of a body is escaped.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use app::deps::Deps;
use authorizer::Trust;
use base64::Engine as _;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use lambda_http::{Body, RequestExt};
use lambda_runtime::{Context, LambdaEvent};
use matchit::Router;
use serde_json::{Map, Value, json};
use wire::error::{EdgeError, edge_reply};

use crate::Error;
use crate::assigned::Assigned;
use crate::functions::{self, AuthorizerHandler, Handler, HttpHandler};
use crate::pump::deadline;
use crate::template::{Function, Template};

mod path;

/// The largest request that the gateway reads, in bytes.
pub(crate) const MAX_REQUEST_BYTES: usize = 10 << 20;
/// The largest event, and the largest answer, of a function: 6 MB of JSON.
const MAX_PAYLOAD_BYTES: usize = 6 << 20;

#[derive(Clone)]
struct Target {
    method: String,
    path: String,
    handler: HttpHandler,
    deps: Arc<Deps>,
    timeout: Duration,
    anonymous: bool,
}

/// The HTTP API of the template.
pub(crate) struct Gateway {
    /// Routes in the order in which they are asked: those that match a whole path, then those whose last parameter takes
    /// any number of segments.
    routers: [Router<Vec<Target>>; 2],
    otherwise: Target,
    authorizer: AuthorizerHandler,
    authorizer_deps: Arc<Deps>,
    authorizer_timeout: Duration,
    trust: Arc<Trust>,
    deps: Arc<Deps>,
}

impl Gateway {
    pub(crate) fn new(
        template: &Template,
        assigned: &Assigned,
        deps: Arc<Deps>,
        trust: Arc<Trust>,
    ) -> Result<Self, Error> {
        let mut paths: BTreeMap<String, Vec<Target>> = BTreeMap::new();
        let mut otherwise = None;
        for route in &template.routes {
            let (handler, timeout) = http_function(template, &route.function)?;
            let (deps, anonymous) = (assigned.of(&route.function)?, route.anonymous);
            let target = |method: String, path: String| Target { method, path, handler, deps, timeout, anonymous };
            match (&route.method, &route.path) {
                (Some(method), Some(path)) => {
                    paths.entry(path.clone()).or_default().push(target(method.clone(), path.clone()));
                }
                _ => otherwise = Some(target("ANY".into(), "$default".into())),
            }
        }
        let (mut whole, mut spanning) = (Router::new(), Router::new());
        for (path, targets) in paths {
            let inserted = match path.strip_suffix("+}").and_then(|path| path.rsplit_once('{')) {
                Some((head, parameter)) => spanning.insert(format!("{head}{{*{parameter}}}"), targets),
                None => whole.insert(path, targets),
            };
            inserted.map_err(Error::of)?;
        }
        let (authorizer, authorizer_timeout) = match function(template, &template.authorizer)? {
            (Handler::Authorizer(handler), function) => (handler, function.timeout),
            _ => return Err(Error::new("the authorizer is no authorizer")),
        };
        let otherwise = otherwise.ok_or_else(|| Error::new("the template has no route for unknown paths"))?;
        let authorizer_deps = assigned.of(&template.authorizer)?;
        Ok(Self { routers: [whole, spanning], otherwise, authorizer, authorizer_deps, authorizer_timeout, trust, deps })
    }

    /// Answers one request whose body has been read.
    pub(crate) async fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        let Some(path) = path::told(request.uri().path()) else {
            return plain(StatusCode::BAD_REQUEST, "Bad Request");
        };
        let (target, parameters) = self.find(request.method(), &path);
        let event = event(&self.deps, target, &path, parameters, &request);
        let id = event.pointer("/requestContext/requestId").and_then(Value::as_str).unwrap_or_default();
        let id = HeaderValue::try_from(id);
        let mut response = self.answer_event(target, event).await;
        if let Ok(id) = id {
            response.headers_mut().insert("apigw-requestid", id);
        }
        response
    }

    /// The first route for this method and path, with the parameters of the path.
    fn find(&self, method: &Method, path: &str) -> (&Target, Map<String, Value>) {
        for router in &self.routers {
            let Ok(matched) = router.at(path) else { continue };
            if let Some(target) = matched.value.iter().find(|target| target.method == method.as_str()) {
                let parameters = matched.params.iter();
                return (target, parameters.map(|(name, value)| (name.to_owned(), value.into())).collect());
            }
        }
        (&self.otherwise, Map::new())
    }

    async fn answer_event(&self, target: &Target, mut event: Value) -> Response<Bytes> {
        if !target.anonymous {
            match self.authorize(&event).await {
                Authorized::Yes(context) => {
                    set(&mut event, "/requestContext", "authorizer", json!({ "lambda": context }))
                }
                Authorized::No(status, message) => return plain(status, message),
            }
        }
        self.call(target, &event.to_string()).await
    }

    /// Asks the authorizer, with or without a token: who is nobody is refused by the function, in the words of the API.
    async fn authorize(&self, event: &Value) -> Authorized {
        let event = authorizer_event(event);
        let context = context(&self.deps, self.authorizer_timeout);
        let event = LambdaEvent::new(event, context);
        let asked = (self.authorizer)(Arc::clone(&self.authorizer_deps), Arc::clone(&self.trust), event);
        match tokio::time::timeout(self.authorizer_timeout, asked).await {
            Ok(Ok(answer)) if answer.get("isAuthorized") == Some(&Value::Bool(true)) => {
                Authorized::Yes(answer.get("context").cloned().unwrap_or_else(|| json!({})))
            }
            Ok(Ok(_)) => Authorized::No(StatusCode::FORBIDDEN, "Forbidden"),
            Ok(Err(error)) => {
                tracing::error!(%error, "the authorizer failed");
                Authorized::No(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }
            Err(_) => Authorized::No(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        }
    }

    /// Calls a function with the text of its event.
    async fn call(&self, target: &Target, event: &str) -> Response<Bytes> {
        if event.len() > MAX_PAYLOAD_BYTES {
            return self.too_large(&target.path);
        }
        let request = match lambda_http::request::from_str(event) {
            Ok(request) => request,
            Err(error) => {
                tracing::error!(%error, "the event is not valid");
                return plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
            }
        };
        let request = request.with_lambda_context(context(&self.deps, target.timeout));
        let called = (target.handler)(Arc::clone(&target.deps), request);
        match tokio::time::timeout(target.timeout, called).await {
            Ok(response) => from_function(response),
            Err(_) => plain(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
        }
    }

    pub(crate) fn now(&self) -> jiff::Timestamp {
        self.deps.clock.now()
    }

    pub(crate) fn too_large(&self, path: &str) -> Response<Bytes> {
        self.refused(path, EdgeError::BodyTooLarge)
    }

    fn refused(&self, path: &str, error: EdgeError) -> Response<Bytes> {
        let dialect = match runtime::router::find(&Method::GET, path) {
            runtime::router::Found::Route(route, _) => route.dialect,
            runtime::router::Found::OtherMethods(_, dialect) | runtime::router::Found::Nothing(dialect) => dialect,
        };
        let request_id = self.deps.ids.uuid().to_string();
        let (status, body) = edge_reply(dialect, error, &request_id, self.deps.clock.now());
        let mut response = json_response(status, &body);
        if let Ok(id) = HeaderValue::try_from(request_id) {
            response.headers_mut().insert("x-request-id", id);
        }
        response
    }
}

enum Authorized {
    Yes(Value),
    /// The gateway's own refusal.
    No(StatusCode, &'static str),
}

fn function<'a>(template: &'a Template, id: &str) -> Result<(Handler, &'a Function), Error> {
    let function = template.functions.get(id).ok_or_else(|| Error::new(format!("no function `{id}`")))?;
    let handler = functions::handler(&function.binary);
    handler.map(|handler| (handler, function)).ok_or_else(|| Error::new(format!("no code for `{}`", function.binary)))
}

fn http_function(template: &Template, id: &str) -> Result<(HttpHandler, Duration), Error> {
    match function(template, id)? {
        (Handler::Http(handler), function) => Ok((handler, function.timeout)),
        _ => Err(Error::new(format!("`{id}` is not called by requests"))),
    }
}

/// What a function is told about its invocation.
pub(crate) fn context(deps: &Deps, timeout: Duration) -> Context {
    let mut context = Context::default();
    context.request_id = deps.ids.uuid().to_string();
    context.deadline = deadline(deps, timeout);
    context
}

/// The event of payload format 2.0.
fn event(deps: &Deps, target: &Target, path: &str, parameters: Map<String, Value>, request: &Request<Bytes>) -> Value {
    let query = request.uri().query().unwrap_or_default();
    let now = deps.clock.now();
    let (body, is_base64) = body(request);
    let agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    json!({
        "version": "2.0",
        "routeKey": route_key(target),
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(request.headers()),
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "127.0.0.1",
            "domainPrefix": "127",
            "http": {
                "method": request.method().as_str(), "path": path, "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1", "userAgent": agent.unwrap_or_default(),
            },
            "requestId": deps.ids.uuid().simple().to_string(),
            "routeKey": route_key(target),
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "pathParameters": parameters,
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

/// The event of an authorizer: the request without its body.
fn authorizer_event(event: &Value) -> Value {
    let mut event = event.clone();
    let source = event.get("routeKey").cloned();
    if let Some(members) = event.as_object_mut() {
        members.remove("body");
        members.remove("isBase64Encoded");
        members.insert("type".into(), "REQUEST".into());
        members.insert("routeArn".into(), "arn:aws:execute-api:us-east-1:000000000000:local/$default/ANY".into());
        members.insert("identitySource".into(), json!([source]));
        members.insert("cookies".into(), json!([]));
    }
    event
}

fn route_key(target: &Target) -> String {
    if target.path == "$default" { target.path.clone() } else { format!("{} {}", target.method, target.path) }
}

fn set(event: &mut Value, at: &str, name: &str, value: Value) {
    if let Some(members) = event.pointer_mut(at).and_then(Value::as_object_mut) {
        members.insert(name.to_owned(), value);
    }
}

/// Headers by their lower-case names; repeated ones are joined. The host is the gateway's, whatever the client said: this
/// machine, under the port that the client has found it at.
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let mut joined = Map::new();
    for name in headers.keys().filter(|name| **name != header::HOST) {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        joined.insert(name.as_str().to_owned(), values.collect::<Vec<_>>().join(",").into());
    }
    joined.insert("host".into(), host(headers).into());
    joined.insert("x-forwarded-proto".into(), "http".into());
    joined
}

fn host(headers: &HeaderMap) -> String {
    const HERE: &str = "127.0.0.1";
    let port = headers.get(header::HOST).and_then(|host| host.to_str().ok()?.rsplit_once(':')?.1.parse::<u16>().ok());
    port.map_or_else(|| HERE.to_owned(), |port| format!("{HERE}:{port}"))
}

/// Text stays text, everything else is written in base64, as the gateway decides by the content type.
fn body(request: &Request<Bytes>) -> (Value, bool) {
    if request.body().is_empty() {
        return (Value::Null, false);
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_text = kind.starts_with("text/") || kind.starts_with("application/json") || kind.contains("+json");
    match std::str::from_utf8(request.body()) {
        Ok(text) if is_text => (text.into(), false),
        _ => (base64::engine::general_purpose::STANDARD.encode(request.body()).into(), true),
    }
}

/// A function's answer, unless it is larger than Lambda lets through.
fn from_function(response: Response<Body>) -> Response<Bytes> {
    let (parts, body) = response.into_parts();
    let bytes = match body {
        Body::Text(text) => Bytes::from(text),
        Body::Binary(bytes) => Bytes::from(bytes),
        _ => Bytes::new(),
    };
    if payload_bytes(&bytes) > MAX_PAYLOAD_BYTES {
        tracing::error!(bytes = bytes.len(), "the answer is larger than a function may send");
        return plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
    }
    Response::from_parts(parts, bytes)
}

/// How many bytes a body takes inside the JSON of an answer: quotes, backslashes and line ends count twice.
fn payload_bytes(body: &[u8]) -> usize {
    body.len() + body.iter().filter(|byte| matches!(byte, b'"' | b'\\' | b'\n' | b'\r' | b'\t')).count()
}

fn plain(status: StatusCode, message: &str) -> Response<Bytes> {
    json_response(status, &json!({ "message": message }))
}

fn json_response(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests;
