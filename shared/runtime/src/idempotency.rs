//! `Idempotency-Key`: a write that is sent again answers as it did the first time, and is done once.
//!
//! The key belongs to caller and operation. Its command id is a hash of the three, so that even a call whose record was
//! lost finds its own work in the store. A record is claimed before the handler runs and holds the answer afterwards for
//! 24 hours. Secrets are not kept: a repeated call is answered without them.

use std::future::Future;
use std::sync::Arc;

use app::call::Call;
use app::deps::Deps;
use app::error::Error;
use domain::ids::CommandId;
use domain::user::{Caller, UserKey};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::idempotency::{Claim, Stored};
use wire::error::EdgeError;
use wire::exchange::{Answer, Content, Incoming};
use wire::routes::Operation;

use crate::edge::Failure;

/// The request header.
pub(crate) const HEADER: &str = "idempotency-key";
/// The longest key that is accepted.
const MAX_KEY_BYTES: usize = 255;

/// One client's key for one operation.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    caller: UserKey,
    operation: Operation,
    key: String,
}

impl Key {
    pub(crate) fn new(caller: &Caller, operation: Operation, key: &str) -> Self {
        Self { caller: caller.user.key(), operation, key: key.to_owned() }
    }

    /// The command id that stands for this key.
    pub(crate) fn command(&self) -> CommandId {
        let digest =
            digest(&[b"command", self.caller.as_str().as_bytes(), self.name().as_bytes(), self.key.as_bytes()]);
        let mut id = [0; 16];
        id.copy_from_slice(digest.split_at(16).0);
        CommandId::new(uuid::Builder::from_custom_bytes(id).into_uuid())
    }

    fn name(&self) -> &'static str {
        self.operation.name()
    }
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

/// Runs the handler unless the same call was carried out before, whose answer is then given again.
pub(crate) async fn once<F, Fut>(
    deps: Arc<Deps>,
    key: Key,
    call: Call,
    incoming: Incoming,
    handler: F,
) -> Result<Answer, Failure>
where
    F: FnOnce(Arc<Deps>, Call, Incoming) -> Fut,
    Fut: Future<Output = Result<Answer, Error>>,
{
    let request = fingerprint(&incoming);
    let now = call.now;
    let unavailable = |error: store::Error| Failure::Of(error.into());
    match deps.store.claim(&key.caller, key.name(), &key.key, request, now).await.map_err(unavailable)? {
        Claim::Done(stored) => return again(stored).map_err(Failure::Of),
        Claim::InFlight => return Err(Failure::Edge(EdgeError::KeyInFlight)),
        Claim::OtherRequest => return Err(Failure::Edge(EdgeError::KeyReused)),
        Claim::Mine => {}
    }
    let outcome = handler(Arc::clone(&deps), call, incoming).await;
    // Whether the record can be written changes nothing about what was done; a repeated call finds its command id.
    let written = match &outcome {
        Ok(answer) => match kept(answer) {
            Some(kept) => deps.store.keep(&key.caller, key.name(), &key.key, request, &kept, now).await,
            None => deps.store.release(&key.caller, key.name(), &key.key, request).await,
        },
        Err(_) => deps.store.release(&key.caller, key.name(), &key.key, request).await,
    };
    if let Err(error) = written {
        tracing::warn!(%error, "the idempotency record was not written");
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

/// The largest answer in bytes that is kept; a larger one is built again by the use case, which finds its own work.
const MAX_KEPT_BYTES: usize = 64 << 10;
/// Members of an answer that are shown once and never kept: a repeated call sees the rest.
const SECRET_MEMBERS: [&str; 3] = ["token", "secret", "url"];

/// What is kept of an answer; `None` when it is too large.
fn kept(answer: &Answer) -> Option<Stored> {
    let body = match &answer.content {
        Content::Empty => String::new(),
        Content::Json(body) if answer.secret => without_secrets(body.clone()).to_string(),
        Content::Json(body) => body.to_string(),
        Content::Html(_) => return None,
    };
    let stored = Stored { status: answer.status.as_u16(), body, version: answer.version };
    (stored.body.len() <= MAX_KEPT_BYTES).then_some(stored)
}

fn without_secrets(mut body: Value) -> Value {
    if let Some(members) = body.as_object_mut() {
        members.retain(|name, _| !SECRET_MEMBERS.contains(&name.as_str()));
        for value in members.values_mut().filter(|value| value.is_object()) {
            *value = without_secrets(value.take());
        }
    }
    body
}

/// The answer that was kept.
fn again(stored: Stored) -> Result<Answer, Error> {
    let unreadable = |what: &str| Error::Bug(format!("the kept answer has {what}"));
    let content = if stored.body.is_empty() {
        Content::Empty
    } else {
        Content::Json(serde_json::from_str(&stored.body).map_err(|_| unreadable("no JSON body"))?)
    };
    let status = StatusCode::from_u16(stored.status).map_err(|_| unreadable("no valid status"))?;
    Ok(Answer { status, content, version: stored.version, secret: false })
}
