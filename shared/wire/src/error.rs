//! Error replies: the one place of each dialect where a use case's error becomes a status and a body.
//!
//! Campaigns answer `{"error": {code, message, details?, request_id}}`, awf answers `{code, message, request_id,
//! timestamp, details}`. Messages of internal errors never leave the process: the edge logs them under the request id.
//! A deterministic failure is never a 5xx, because clients of the awf dialect repeat those many times.

use app::error::{Error, Fault};
use domain::inventory::SourceStatus;
use domain::refusal::{Refusal, RefusalKind};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::awf::access;
use crate::routes::Dialect;

/// The most data sources that a reply tells of; their own route tells of all.
const MOST_SOURCES: usize = 500;

/// What the edge refuses before any use case is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeError {
    /// No token, or one that is not valid.
    Unauthenticated,
    /// It could not be found out whether the token is valid.
    CallerUndetermined,
    /// The caller's role may not call this route.
    RoleTooLow,
    /// No route has this path.
    NoRoute,
    /// The path exists, but not with this method.
    MethodNotAllowed,
    /// The body is larger than a request may be; larger inventories go through an upload.
    BodyTooLarge,
    /// The same idempotency key is being worked on right now; try again in a moment.
    KeyInFlight,
    /// The same idempotency key came with another request before.
    KeyReused,
    /// The idempotency key is empty, too long or has characters outside printable ASCII.
    KeyInvalid,
    /// The `If-Match` header holds no version.
    IfMatchInvalid,
    /// The route writes nothing that has one version: `If-Match` would insist on nothing.
    IfMatchUnexpected,
    /// Too many requests.
    RateLimited,
}

/// A dialect-free description of a failure, from which either body is built.
struct Problem<'a> {
    status: StatusCode,
    /// Code of the campaigns dialect.
    campaigns: &'static str,
    /// Code of the awf dialect.
    awf: &'static str,
    /// One sentence without its capital and full stop.
    message: String,
    /// What is wrong where.
    details: Vec<Fault>,
    /// A word for machines, when the state of a thing is in the way.
    reason: Option<&'static str>,
    /// What the caller should have looked at before.
    sources: &'a [SourceStatus],
}

impl<'a> Problem<'a> {
    fn new(status: StatusCode, campaigns: &'static str, awf: &'static str, message: &str) -> Self {
        let (message, details) = (message.to_owned(), Vec::new());
        Self { status, campaigns, awf, message, details, reason: None, sources: &[] }
    }

    fn with(self, details: Vec<Fault>) -> Self {
        Self { details, ..self }
    }
}

/// The reply to a use case's error.
#[must_use]
pub fn reply(dialect: Dialect, error: &Error, request_id: &str, now: Timestamp) -> (StatusCode, Value) {
    render(dialect, &problem(dialect, error), request_id, now)
}

/// The reply to a request that the edge refuses by itself.
#[must_use]
pub fn edge_reply(dialect: Dialect, error: EdgeError, request_id: &str, now: Timestamp) -> (StatusCode, Value) {
    render(dialect, &edge_problem(error), request_id, now)
}

/// That somebody has to look at the data sources first.
fn unacknowledged(sources: &[SourceStatus]) -> Problem<'_> {
    let message = "the status of the data sources has to be acknowledged";
    let field = "datasource_status_acknowledged";
    let problem = Problem::new(StatusCode::CONFLICT, "CONFLICT", "FailedPrecondition", message);
    let problem = problem.with(vec![Fault::new(field, "must be true")]);
    Problem { reason: Some("datasource_status_not_acknowledged"), sources, ..problem }
}

/// That a command was carried out in part before it failed.
fn partly<'a>(problem: Problem<'a>, done: &[String], undone: &[String]) -> Problem<'a> {
    let written = done.iter().map(|name| Fault::new(name, "was done"));
    let left = undone.iter().map(|name| Fault::new(name, "was not done"));
    let details = problem.details.iter().cloned().chain(written).chain(left).collect();
    let message = format!("{} of {} were done before: {}", done.len(), done.len() + undone.len(), problem.message);
    Problem { message, details, ..problem }
}

fn problem(dialect: Dialect, error: &Error) -> Problem<'_> {
    match error {
        Error::Invalid(faults) => {
            let message = match faults.len() {
                1 => "the request has 1 invalid field".to_owned(),
                n => format!("the request has {n} invalid fields"),
            };
            Problem::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", "InvalidArgument", &message).with(faults.clone())
        }
        Error::Forbidden(faults) => {
            Problem::new(StatusCode::FORBIDDEN, "FORBIDDEN", "PermissionDenied", "the caller may not do this")
                .with(faults.clone())
        }
        Error::NotFound(faults) => Problem::new(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            "NotFound",
            "there is no such thing, or none for the caller",
        )
        .with(faults.clone()),
        Error::Refused(refusal) => refused(dialect, refusal),
        Error::Stale => Problem::new(
            match dialect {
                Dialect::Campaigns | Dialect::Awf => StatusCode::CONFLICT,
                // The protocol has a status of its own for it.
                Dialect::Scim => StatusCode::PRECONDITION_FAILED,
            },
            "CONFLICT",
            "Aborted",
            "the version named by If-Match is no longer the current one",
        )
        .with(vec![Fault::new("If-Match", "stale_version")]),
        Error::Unacknowledged(sources) => unacknowledged(sources),
        Error::Partly { error, done, undone } => partly(problem(dialect, error), done, undone),
        Error::TooLarge(what) => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "VALIDATION_ERROR",
            "InvalidArgument",
            &format!("the request is too large: {what}"),
        ),
        Error::Unavailable(_) => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "UNAVAILABLE",
            "Unavailable",
            "the service is busy or restarting; the same request may be sent again",
        ),
        Error::Bug(_) => Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            "Internal",
            "an internal error happened; its cause is logged under the request id",
        ),
    }
}

/// A refusal names the field in the way, where there is one; the campaigns dialect always names something.
fn refused(dialect: Dialect, refusal: &Refusal) -> Problem<'static> {
    let (status, campaigns, awf) = match refusal.kind() {
        RefusalKind::Invalid => (StatusCode::BAD_REQUEST, "VALIDATION_ERROR", "InvalidArgument"),
        RefusalKind::Forbidden => (StatusCode::FORBIDDEN, "FORBIDDEN", "PermissionDenied"),
        RefusalKind::Stale => (StatusCode::CONFLICT, "CONFLICT", "Aborted"),
        RefusalKind::State => (StatusCode::CONFLICT, "CONFLICT", "FailedPrecondition"),
    };
    let awf = if matches!(refusal, Refusal::AlreadyExists { .. }) { "AlreadyExists" } else { awf };
    let details = match dialect {
        Dialect::Campaigns => vec![Fault::new(campaigns_field(refusal), refusal.code())],
        Dialect::Awf | Dialect::Scim => {
            refusal.field().map(|field| Fault::new(field, refusal.to_string())).into_iter().collect()
        }
    };
    let problem = Problem::new(status, campaigns, awf, &refusal.to_string()).with(details);
    Problem { reason: Some(refusal.code()), ..problem }
}

/// What a refusal is about, in the words of the campaigns dialect.
fn campaigns_field(refusal: &Refusal) -> &'static str {
    match (refusal.field(), refusal) {
        (Some("notes"), _) => "comment",
        (Some("signed_off_state"), _) => "decision",
        (Some(field), _) => field,
        (
            None,
            Refusal::NothingToUndo
            | Refusal::DecidedAutomatically
            | Refusal::NotTheDecider
            | Refusal::UndoWindowElapsed,
        ) => "accountId",
        (None, Refusal::Stale { .. }) => "If-Match",
        (None, _) => "status",
    }
}

fn edge_problem(error: EdgeError) -> Problem<'static> {
    use EdgeError as E;
    let header = |name: &str, issue: &str| vec![Fault::new(name, issue)];
    let invalid = |name: &str, issue: &str| {
        let message = "the request has 1 invalid field";
        Problem::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", "InvalidArgument", message).with(header(name, issue))
    };
    let key = "Idempotency-Key";
    match error {
        E::Unauthenticated => {
            Problem::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Unauthenticated", "a valid bearer token is needed")
        }
        E::CallerUndetermined => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "UNAVAILABLE",
            "Unavailable",
            "the token cannot be checked at the moment; the same request may be sent again",
        ),
        E::RoleTooLow => {
            Problem::new(StatusCode::FORBIDDEN, "FORBIDDEN", "PermissionDenied", "the caller's role may not do this")
        }
        E::NoRoute => Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", "NotFound", "there is no such route"),
        E::MethodNotAllowed => Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "VALIDATION_ERROR",
            "InvalidArgument",
            "the route does not answer this method",
        ),
        E::BodyTooLarge => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "VALIDATION_ERROR",
            "InvalidArgument",
            "the body is larger than 4 MB; larger inventories go through \
             POST /api/v1/inventory/datasources/{datasource_id}/uploads",
        ),
        E::KeyInFlight => Problem::new(
            StatusCode::CONFLICT,
            "CONFLICT",
            "Aborted",
            "a request with the same idempotency key is still being worked on",
        )
        .with(header(key, "in_flight")),
        E::KeyReused => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "VALIDATION_ERROR",
            "InvalidArgument",
            "the idempotency key was used for another request before",
        )
        .with(header(key, "reused")),
        E::KeyInvalid => invalid(key, "must be 1 to 255 printable ASCII characters"),
        E::IfMatchInvalid => invalid("If-Match", "must be an ETag as it was sent, for example \"3\""),
        E::IfMatchUnexpected => invalid("If-Match", "must be left out, because nothing here has a single version"),
        E::RateLimited => {
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", "ResourceExhausted", "too many requests")
        }
    }
}

fn render(dialect: Dialect, problem: &Problem<'_>, request_id: &str, now: Timestamp) -> (StatusCode, Value) {
    let body = match dialect {
        Dialect::Campaigns => campaigns_body(problem, request_id),
        Dialect::Awf => awf_body(problem, request_id, now),
        Dialect::Scim => scim_body(problem),
    };
    (problem.status, body)
}

fn campaigns_body(problem: &Problem<'_>, request_id: &str) -> Value {
    let mut error = json!({ "code": problem.campaigns, "message": sentence(&problem.message) });
    if let (false, Value::Object(error)) = (problem.details.is_empty(), &mut error) {
        let details = problem.details.iter().map(|fault| json!({ "field": fault.field, "issue": fault.issue }));
        error.insert("details".to_owned(), details.collect());
    }
    if let Value::Object(error) = &mut error {
        error.insert("request_id".to_owned(), request_id.into());
    }
    json!({ "error": error })
}

fn awf_body(problem: &Problem<'_>, request_id: &str, now: Timestamp) -> Value {
    let violations: Vec<_> =
        problem.details.iter().map(|fault| json!({ "field": fault.field, "description": fault.issue })).collect();
    let mut details = Vec::new();
    if !violations.is_empty() {
        let kind = "type.googleapis.com/google.rpc.BadRequest";
        details.push(json!({ "@type": kind, "field_violations": violations }));
    }
    if let Some(reason) = problem.reason {
        details.push(json!({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason }));
    }
    if !problem.sources.is_empty() {
        let infos = access::encode_infos(problem.sources.get(..MOST_SOURCES).unwrap_or(problem.sources));
        details.push(json!({ "@type": "type.access-review/DataSourceStatus", "datasource_infos": infos }));
    }
    json!({
        "code": problem.awf,
        "message": problem.message,
        "request_id": request_id,
        "timestamp": crate::encode::time(now),
        "details": details,
    })
}

fn scim_body(problem: &Problem<'_>) -> Value {
    let is_word = |fault: &&Fault| app::scim::Kind::ALL.iter().any(|kind| kind.word() == fault.field);
    let word = problem.details.iter().find(is_word).map(|fault| fault.field.as_str());
    let word = match (problem.status, problem.awf) {
        (_, "AlreadyExists") => Some("uniqueness"),
        (StatusCode::BAD_REQUEST, _) if problem.details.iter().any(|fault| fault.field == "body") => {
            Some("invalidSyntax")
        }
        (StatusCode::BAD_REQUEST, _) => Some(word.unwrap_or("invalidValue")),
        _ => None,
    };
    let issue = |fault: &Fault| match is_word(&fault) {
        true => fault.issue.clone(),
        false => format!("{} {}", fault.field, fault.issue),
    };
    let issues: Vec<String> = problem.details.iter().map(issue).collect();
    let detail = if word.is_some() && !issues.is_empty() { issues.join("; ") } else { problem.message.clone() };
    let mut body = json!({
        "schemas": [crate::scim::ERROR],
        "status": problem.status.as_u16().to_string(),
        "detail": detail,
    });
    if let (Some(word), Value::Object(body)) = (word, &mut body) {
        body.insert("scimType".to_owned(), word.into());
    }
    body
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}

#[cfg(test)]
mod tests;
