//! `Idempotency-Key`: a write that is sent again answers as it did the first time, and is done once.
//!
//! The key belongs to caller and operation. A record is claimed before the handler runs; it fixes the command id, so that
//! a call whose first life broke off finds its own work, and holds the answer for 24 hours. Secrets are not kept: a
//! repeated call is answered without them.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use app::call::Call;
use app::deps::Deps;
use app::error::Error;
use domain::user::Caller;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::idempotency::{Answer as Kept, CallKey, Claim};
use wire::error::EdgeError;
use wire::exchange::{Answer, Content, Incoming};
use wire::routes::Operation;

use crate::sqs::Budget;

/// The request header.
pub(crate) const HEADER: &str = "idempotency-key";
/// The longest key that is accepted.
const MAX_KEY_BYTES: usize = 255;

/// How long the record of what was done may take to be written, out of the time that is kept back for the answer.
const KEEPING_TIME: Duration = Duration::from_secs(1);

/// Why a request was not carried out.
pub(crate) enum Failure {
    /// The use case said so.
    Of(Error),
    /// The idempotency key did.
    Edge(EdgeError),
}

/// What a client's key names: one call of one operation by one caller.
pub(crate) fn call_key(caller: &Caller, operation: Operation, key: &str) -> CallKey {
    CallKey::new(&caller.user.key(), operation.name(), key)
}

/// The key of a request, checked.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<&str>, EdgeError> {
    let Some(value) = headers.get(HEADER) else { return Ok(None) };
    let key = value.to_str().map_err(|_| EdgeError::KeyInvalid)?.trim();
    let printable = key.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if key.is_empty() || key.len() > MAX_KEY_BYTES || !printable {
        return Err(EdgeError::KeyInvalid);
    }
    Ok(Some(key))
}

/// Runs the handler, which keeps its budget, unless the same call was carried out before, whose answer is then given again.
pub(crate) async fn once<F, Fut>(
    deps: Arc<Deps>,
    key: CallKey,
    call: Call,
    incoming: Incoming,
    budget: Budget,
    handler: F,
) -> Result<Answer, Failure>
where
    F: FnOnce(Arc<Deps>, Call, Incoming) -> Fut,
    Fut: Future<Output = Result<Answer, Error>>,
{
    // Tells this life of the call from others, so that a claim whose answer was lost is known as one's own.
    let owner = deps.ids.uuid();
    let request = fingerprint(&incoming);
    let claim = budget.keep(deps.store.idempotency().claim(&key, &request, owner, call.now)).await;
    let claim = claim.and_then(|claim| Ok(claim?)).map_err(Failure::Of)?;
    let (command, repeatable) = match claim {
        Claim::Done(kept) => return again(kept).map_err(Failure::Of),
        Claim::InFlight { .. } => return Err(Failure::Edge(EdgeError::KeyInFlight)),
        Claim::OtherRequest => return Err(Failure::Edge(EdgeError::KeyReused)),
        Claim::Mine { command, repeated } => (command, repeated),
        Claim::Rebuild { command } => (command, true),
    };
    let outcome = handler(Arc::clone(&deps), Call { command, repeatable, ..call }, incoming).await;
    let records = deps.store.idempotency();
    let written = async {
        match &outcome {
            Ok(answer) => records.finish(&key, owner, &kept(answer)).await,
            Err(_) => records.release(&key, owner).await,
        }
    };
    // Whether the record could be written changes nothing about what was done; a repeated call finds its own work.
    match tokio::time::timeout(KEEPING_TIME, written).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the idempotency record was not written"),
        Err(_) => tracing::warn!(error = "no answer in time", "the idempotency record was not written"),
    }
    outcome.map_err(Failure::Of)
}

/// What makes two requests the same: where they go and what they say.
fn fingerprint(incoming: &Incoming) -> [u8; 32] {
    let mut parts: Vec<&[u8]> = vec![b"request", incoming.operation.name().as_bytes()];
    for (name, value) in incoming.path.0.iter().chain(&incoming.query.0) {
        parts.push(name.as_bytes());
        parts.push(value.as_bytes());
    }
    parts.push(&incoming.body);
    digest(&parts)
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Members of an answer that are shown once and never kept: a repeated call sees null.
const SECRET_MEMBERS: [&str; 3] = ["token", "secret", "url"];

/// What is kept of an answer.
fn kept(answer: &Answer) -> Kept {
    let body = match &answer.content {
        Content::Empty => String::new(),
        Content::Json(body) if answer.secret => without_secrets(body.clone()).to_string(),
        Content::Json(body) => body.to_string(),
        Content::Html(page) => page.clone(),
        // Only what reads sends somebody elsewhere, and that is not kept.
        Content::ElsewhereAt(_) => String::new(),
    };
    Kept { status: answer.status.as_u16(), body, version: answer.version }
}

fn without_secrets(mut body: Value) -> Value {
    if let Some(members) = body.as_object_mut() {
        for (name, value) in members {
            let held = value.take();
            *value = if SECRET_MEMBERS.contains(&name.as_str()) { Value::Null } else { without_secrets(held) };
        }
    }
    body
}

/// The answer that was kept.
fn again(kept: Kept) -> Result<Answer, Error> {
    let unreadable = |what: &str| Error::Bug(format!("the kept answer has {what}"));
    let content = if kept.body.is_empty() {
        Content::Empty
    } else {
        Content::Json(serde_json::from_str(&kept.body).map_err(|_| unreadable("no JSON body"))?)
    };
    let status = StatusCode::from_u16(kept.status).map_err(|_| unreadable("no valid status"))?;
    Ok(Answer { status, content, version: kept.version, secret: false })
}
