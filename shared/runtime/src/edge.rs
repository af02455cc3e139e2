//! What happens to every request before and after its use case.
//!
//! In this order: route (404, 405 with `Allow`), caller (401), role (403), size (413), headers (400), repeated key
//! (409, 422, or the stored answer), then the handler; and on the way back the error in the words of the route's
//! dialect, the version as `ETag`, security headers, and one log line. A log line holds ids, counts and times: never a
//! token, a body, a name or an address.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use app::call::Call;
use app::deps::Deps;
use app::error::Error;
use domain::ids::CommandId;
use domain::user::Caller;
use futures::FutureExt;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Response};
use jiff::Timestamp;
use lambda_http::{Body, Request, RequestExt};
use store::idempotency::CallKey;
use tracing::Instrument;
use wire::error::{EdgeError, edge_reply};
use wire::exchange::{Answer, Incoming, Pairs};
use wire::routes::{Dialect, Function, Route};

use crate::idempotency::{self, Failure};
use crate::router::{self, Found};
use crate::seen::Seen;
use crate::sqs::Budget;
use crate::{caller, reply};

/// The largest body in bytes. Lambda accepts 6 MB of event, in which every quote of a body is escaped and a binary body
/// grows by a third.
pub const MAX_BODY_BYTES: usize = 4 << 20;
/// The most that the body of an answer may take in what a function sends: of 6 MB, some is left for status and headers.
const MAX_ANSWER_BYTES: usize = (6 << 20) - (16 << 10);

/// Carries out one request by the handler of its function.
///
/// `dispatch` is called at most once, with the route, the caller's rights to it and the input limits already checked. A
/// panic in it is answered as an internal error and does not end the process.
pub async fn serve<F, Fut>(deps: Arc<Deps>, function: Function, request: Request, dispatch: F) -> Response<Body>
where
    F: FnOnce(Arc<Deps>, Call, Incoming) -> Fut + Send,
    Fut: Future<Output = Result<Answer, Error>> + Send,
{
    let now = deps.clock.now();
    let request_id = deps.ids.uuid().to_string();
    let caller = caller::of(&request);
    let mut seen = Seen::of(&request, &request_id, caller.as_ref());
    let method = request.method().clone();
    let budget = Budget::until(request.lambda_context_ref().map_or(0, |context| context.deadline), now);
    let response = match router::find(&method, request.raw_http_path()) {
        Found::Route(route, parameters) if route.function == function => {
            seen.operation = route.operation.name();
            let admitted = admit(&deps, route, caller, &request, now, &request_id);
            match admitted {
                Ok((call, key)) => {
                    let base = base(&request);
                    let incoming = incoming(route, parameters, request);
                    let span = tracing::info_span!("request", request_id, operation = route.operation.name());
                    let asked = Asked { call, key, base, budget };
                    carry_out(deps, route, asked, incoming, dispatch).instrument(span).await
                }
                Err(refusal) => refused(route.dialect, refusal, &request_id, now),
            }
        }
        // Another function's route: the gateway would not have sent it here.
        Found::Route(route, _) => refused(route.dialect, EdgeError::NoRoute, &request_id, now),
        Found::OtherMethods(methods, dialect) => {
            let mut response = refused(dialect, EdgeError::MethodNotAllowed, &request_id, now);
            if let Ok(allowed) = HeaderValue::try_from(names(&methods)) {
                response.headers_mut().insert(header::ALLOW, allowed);
            }
            response
        }
        Found::Nothing(dialect) => refused(dialect, EdgeError::NoRoute, &request_id, now),
    };
    seen.answered(response.status(), now);
    response
}

fn names(methods: &[&'static Method]) -> String {
    methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(", ")
}

fn refused(dialect: Dialect, error: EdgeError, request_id: &str, now: Timestamp) -> Response<Body> {
    let mut response = reply::failure(edge_reply(dialect, error, request_id, now), dialect, request_id);
    if matches!(error, EdgeError::KeyInFlight) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// Who calls, and whether they may; what the headers ask for.
fn admit(
    deps: &Deps,
    route: &Route,
    caller: Option<Caller>,
    request: &Request,
    now: Timestamp,
    request_id: &str,
) -> Result<(Call, Option<CallKey>), EdgeError> {
    let caller = match route.minimum_role {
        None => caller::anonymous(),
        Some(minimum) => {
            let nobody = if caller::is_undetermined(request) {
                EdgeError::CallerUndetermined
            } else {
                EdgeError::Unauthenticated
            };
            let caller = caller.ok_or(nobody)?;
            if !caller.role.may(minimum, route.reads) {
                return Err(EdgeError::RoleTooLow);
            }
            caller
        }
    };
    if request.body().len() > MAX_BODY_BYTES {
        return Err(EdgeError::BodyTooLarge);
    }
    if !route.versioned && route.takes_keys() && request.headers().contains_key(header::IF_MATCH) {
        return Err(EdgeError::IfMatchUnexpected);
    }
    let if_match = if_match(request.headers())?;
    let key = match idempotency::key(request.headers())? {
        Some(key) if route.takes_keys() => Some(idempotency::call_key(&caller, route.operation, key)),
        _ => None,
    };
    let command = CommandId::new(deps.ids.uuid());
    Ok((Call { caller, command, repeatable: false, if_match, now, request_id: request_id.to_owned() }, key))
}

/// The version that the client insists on; `*` insists on nothing but existence, which every write does anyway.
fn if_match(headers: &HeaderMap) -> Result<Option<u64>, EdgeError> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().map_err(|_| EdgeError::IfMatchInvalid)?.trim();
    if text == "*" {
        return Ok(None);
    }
    let strong = text.strip_prefix("W/").unwrap_or(text);
    let digits = strong.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or(EdgeError::IfMatchInvalid)?;
    digits.parse().map(Some).map_err(|_| EdgeError::IfMatchInvalid)
}

/// Where the gateway is that the request came through, as the gateway tells it.
fn base(request: &Request) -> Option<String> {
    let uri = request.uri();
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
}

fn incoming(route: &Route, path: Pairs, request: Request) -> Incoming {
    let query = query(&request);
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.map(str::to_owned);
    let body = match request.into_body() {
        Body::Text(text) => text.into_bytes(),
        Body::Binary(bytes) => bytes,
        _ => Vec::new(),
    };
    Incoming { operation: route.operation, path, query, body, content_type }
}

/// The parameters of the query. A path is told decoded, and put together with the query for the address of the request: where
/// it holds what ends a path in an address, that address is another one, and the parameters stand beside it.
fn query(request: &Request) -> Pairs {
    if !request.raw_http_path().contains(['?', '#']) {
        return router::query(request.uri().query().unwrap_or_default());
    }
    let told = request.query_string_parameters();
    let mut pairs: Vec<_> = told.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    // A stable order by name: the map has none, and what is the same request is told by its parameters, too.
    pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
    Pairs(pairs)
}

/// A request that was let in.
struct Asked {
    call: Call,
    /// What the client's key names.
    key: Option<CallKey>,
    /// Where the gateway is that it came through.
    base: Option<String>,
    /// What is left of the function's time: a function that runs into its end is answered for by the gateway, in words that
    /// no client expects.
    budget: Budget,
}

/// Runs the handler, once for each idempotency key, and turns its outcome into a response.
async fn carry_out<F, Fut>(
    deps: Arc<Deps>,
    route: &Route,
    asked: Asked,
    incoming: Incoming,
    dispatch: F,
) -> Response<Body>
where
    F: FnOnce(Arc<Deps>, Call, Incoming) -> Fut + Send,
    Fut: Future<Output = Result<Answer, Error>> + Send,
{
    let Asked { call, key, base, budget } = asked;
    let (now, request_id) = (call.now, call.request_id.clone());
    let handler = async move |deps: Arc<Deps>, call: Call, incoming: Incoming| {
        // On the heap: what all operations of a function need together is more than a stack should carry through every
        // layer above.
        budget.keep(guarded(AssertUnwindSafe(Box::pin(async move { dispatch(deps, call, incoming).await })))).await?
    };
    let outcome = match key {
        None => handler(deps, call, incoming).await.map_err(Failure::Of),
        Some(key) => idempotency::once(deps, key, call, incoming, budget, handler).await,
    };
    match outcome {
        Ok(answer) => {
            let response = reply::success(answer, route.dialect, &request_id, base.as_deref());
            let bytes = reply::payload_bytes(&response);
            // Lambda would throw it away, and the gateway would answer in words that no client expects.
            let too_large = || Error::Bug(format!("the answer takes {bytes} bytes, more than a function may send"));
            if bytes > MAX_ANSWER_BYTES { failed(route.dialect, &too_large(), &request_id, now) } else { response }
        }
        Err(Failure::Edge(refusal)) => refused(route.dialect, refusal, &request_id, now),
        Err(Failure::Of(error)) => failed(route.dialect, &error, &request_id, now),
    }
}

fn failed(dialect: Dialect, error: &Error, request_id: &str, now: Timestamp) -> Response<Body> {
    log(error);
    reply::failure(wire::error::reply(dialect, error, request_id, now), dialect, request_id)
}

/// A panic becomes an internal error. Its text is in the log by way of the panic hook, and stays there.
async fn guarded(
    handler: impl Future<Output = Result<Answer, Error>> + std::panic::UnwindSafe,
) -> Result<Answer, Error> {
    handler.catch_unwind().await.unwrap_or_else(|_| Err(Error::Bug("the handler panicked".to_owned())))
}

/// The one place that logs an error of a use case; the client sees its class and the request id.
fn log(error: &Error) {
    match error {
        Error::Bug(cause) => tracing::error!(cause, "internal error"),
        Error::Unavailable(cause) => tracing::warn!(cause, "unavailable"),
        Error::Invalid(_)
        | Error::Forbidden(_)
        | Error::NotFound(_)
        | Error::Refused(_)
        | Error::Stale
        | Error::Unacknowledged(_)
        | Error::Partly { .. }
        | Error::TooLarge(_) => {}
    }
}

#[cfg(test)]
mod tests;
