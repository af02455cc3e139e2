//! What a repeated call is told: for 24 hours by the clock, not by the table's time to live.
//!
//! A record is claimed before the call is carried out and finished with its answer. A claim is a lease: when its holder
//! dies, the next repetition takes over under the same command id, so that the use case finds what was written. Two
//! write units a call. Secrets must not be handed to [`Idempotency::finish`]. Answers beyond 64 KB are kept compressed; what
//! is then still beyond 300 KB is not kept, and the repeated call builds it again.

use domain::ids::CommandId;
use domain::user::UserKey;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::doc;
use crate::error::Error;
use crate::expr::Expr;
use crate::item::{self, Fields, Item};
use crate::keys::{self, Key};
use crate::table::Written;

/// How long an answer is repeated.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How long a claim holds without an answer: longer than any call may take.
pub const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// The largest answer that is kept as it is.
const MAX_PLAIN: usize = 64 * 1024;
/// The most bytes that a compressed answer may take: an item holds 400 KB.
const MAX_PACKED: usize = 300_000;
/// The largest answer that is compressed: a function cannot send a larger one.
const MAX_ANSWER: usize = 6 << 20;

/// A call as its client names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallKey {
    key: Key,
}

impl CallKey {
    /// The call that `caller` names by `key`, of an operation with its path parameters.
    pub fn new(caller: &UserKey, operation: &str, key: &str) -> Self {
        Self { key: keys::idempotency(caller, operation, key) }
    }

    /// The command id of all lives of the call. It differs from that of a call by the same name a day later.
    fn command(&self, at: Timestamp) -> CommandId {
        let digest = keys::digest(&["command", &self.key.pk, &at.as_millisecond().to_string()]);
        let bytes = digest.first_chunk::<16>().copied().unwrap_or_default();
        CommandId::new(Uuid::from_bytes(bytes))
    }
}

/// A kept answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body as it was sent; empty for none.
    pub body: String,
    /// The version of the object, as it was sent in the ETag.
    pub version: Option<u64>,
}

/// What a claim found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The call is to be carried out, under this command id.
    Mine {
        /// The same in every life of the call.
        command: CommandId,
        /// Whether an earlier life may have written something.
        repeated: bool,
    },
    /// The call has been answered.
    Done(Answer),
    /// The call has been answered, but the answer was too large to keep: carry it out again; it finds itself done.
    Rebuild {
        /// The command id of the call.
        command: CommandId,
    },
    /// The call is being carried out.
    InFlight {
        /// After how long it is worth asking again.
        retry_after: SignedDuration,
    },
    /// The name was used for another request.
    OtherRequest,
}

/// Records of calls.
#[derive(Debug, Clone, Copy)]
pub struct Idempotency<'a>(&'a Store);

impl Store {
    /// Records of calls.
    pub fn idempotency(&self) -> Idempotency<'_> {
        Idempotency(self)
    }
}

impl Idempotency<'_> {
    /// Claims a call. `request` is a hash of what the client sends; `owner` is drawn afresh for each life of the call,
    /// so that a claim whose answer was lost recognises itself.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn claim(&self, call: &CallKey, request: &[u8; 32], owner: Uuid, now: Timestamp) -> Result<Claim, Error> {
        let mut expired_at = None;
        loop {
            let condition = match expired_at {
                None => Expr::absent(),
                Some(at) => Expr::condition("#born = :born").value(":born", item::time(at)),
            };
            let held = match self.0.table().put(&self.fresh(call, request, owner, now), &condition).await? {
                Written::Done => return Ok(Claim::Mine { command: call.command(now), repeated: false }),
                Written::Refused(Some(held)) => held,
                Written::Refused(None) => return Err(Error::unavailable("claiming a call", "the record is gone")),
            };
            let born = held.get_time("born")?;
            if is_owner(&held, owner) {
                return Ok(Claim::Mine { command: call.command(born), repeated: false });
            }
            if now.duration_since(born) <= KEPT {
                return self.judge(call, request, owner, now, &held).await;
            }
            // An old record is replaced, unless somebody else was faster; then theirs is judged.
            expired_at = Some(born);
        }
    }

    fn fresh(&self, call: &CallKey, request: &[u8; 32], owner: Uuid, now: Timestamp) -> Item {
        let mut item = item::keyed(&call.key);
        item.insert("v".to_owned(), item::number(1));
        item.insert("born".to_owned(), item::time(now));
        item.insert("req".to_owned(), item::binary(*request));
        item.insert("own".to_owned(), item::binary(*owner.as_bytes()));
        item.insert("until".to_owned(), item::time(lease_end(now)));
        item.insert(keys::TTL.to_owned(), item::number(doc::seconds(now, KEPT + KEPT)));
        item
    }

    async fn judge(
        &self,
        call: &CallKey,
        request: &[u8; 32],
        owner: Uuid,
        now: Timestamp,
        held: &Item,
    ) -> Result<Claim, Error> {
        if held.get_binary("req")? != request {
            return Ok(Claim::OtherRequest);
        }
        let command = call.command(held.get_time("born")?);
        if let Some(status) = held.maybe_number("st") {
            return Ok(match body_of(held)? {
                Some(body) => Claim::Done(Answer { status, body, version: held.maybe_number("ver") }),
                None => Claim::Rebuild { command },
            });
        }
        let until = held.get_time("until")?;
        if until > now {
            return Ok(Claim::InFlight { retry_after: until.duration_since(now).min(SignedDuration::from_secs(1)) });
        }
        let expr = Expr::update("SET #own = :own, #until = :until")
            .when("#own = :held AND attribute_not_exists(#st)")
            .value(":own", item::binary(*owner.as_bytes()))
            .value(":until", item::time(lease_end(now)))
            .value(":held", item::binary(held.get_binary("own")?));
        match self.0.table().update(&call.key, &expr).await? {
            Written::Done => Ok(Claim::Mine { command, repeated: true }),
            Written::Refused(Some(held)) if is_owner(&held, owner) => Ok(Claim::Mine { command, repeated: true }),
            Written::Refused(_) => Ok(Claim::InFlight { retry_after: SignedDuration::from_secs(1) }),
        }
    }

    /// Keeps the answer of a call. When the claim was taken over in between, the new owner's answer stands.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: the answer is not kept, and a repetition is carried out again.
    pub async fn finish(&self, call: &CallKey, owner: Uuid, answer: &Answer) -> Result<(), Error> {
        let mut update = "SET #st = :st".to_owned();
        let mut expr = Expr::default().when("#own = :own").value(":own", item::binary(*owner.as_bytes()));
        expr = expr.value(":st", item::number(answer.status));
        if answer.body.len() <= MAX_PLAIN {
            update.push_str(", #d = :d");
            expr = expr.value(":d", item::text(&answer.body));
        } else if let Some(packed) = packed(&answer.body) {
            update.push_str(", #z = :z");
            expr = expr.value(":z", item::binary(packed));
        }
        if let Some(version) = answer.version {
            update.push_str(", #ver = :ver");
            expr = expr.value(":ver", item::number(version));
        }
        expr.update = update;
        self.0.table().update(&call.key, &expr).await?;
        Ok(())
    }

    /// Gives a claim back after a failure that may pass: the next repetition runs at once, under the same command id.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: the lease then has to run out.
    pub async fn release(&self, call: &CallKey, owner: Uuid) -> Result<(), Error> {
        let expr = Expr::update("SET #until = :never")
            .when("#own = :own AND attribute_not_exists(#st)")
            .value(":never", item::number(0))
            .value(":own", item::binary(*owner.as_bytes()));
        self.0.table().update(&call.key, &expr).await?;
        Ok(())
    }
}

/// An answer as it is kept when it is long; `None` when it is too long for that.
fn packed(body: &str) -> Option<Vec<u8>> {
    let packed = (body.len() <= MAX_ANSWER).then(|| lz4_flex::compress_prepend_size(body.as_bytes()))?;
    (packed.len() <= MAX_PACKED).then_some(packed)
}

/// The answer that is kept, if there is one.
fn body_of(held: &Item) -> Result<Option<String>, Error> {
    if let Some(body) = held.maybe_text("d") {
        return Ok(Some(body.to_owned()));
    }
    let Ok(packed) = held.get_binary("z") else { return Ok(None) };
    let corrupt = || Error::corrupt(held.label(), "the answer cannot be unpacked");
    let body = lz4_flex::decompress_size_prepended(packed).map_err(|_| corrupt())?;
    String::from_utf8(body).map(Some).map_err(|_| corrupt())
}

fn lease_end(now: Timestamp) -> Timestamp {
    now.checked_add(LEASE).unwrap_or(now)
}

fn is_owner(held: &Item, owner: Uuid) -> bool {
    held.get_binary("own").is_ok_and(|held| held == owner.as_bytes())
}

#[cfg(test)]
mod tests;
