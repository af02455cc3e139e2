//! Keys of work that goes on after a call, of what it leaves to be sent, and of the calls themselves.

use domain::ids::{CommandId, JobId, ReviewId, UploadId};
use domain::user::UserKey;
use jiff::Timestamp;

use super::{Key, Kind, OUT_SHARDS, aggregate, ascending, digest, hex, review_partition};

/// A job.
pub fn job(id: &JobId) -> Key {
    aggregate(Kind::Job, id)
}

/// What the sort keys of a job's finished ranges begin with.
pub const DONE_PREFIX: &str = "DONE#";

/// A finished range of a job.
pub fn job_range(id: &JobId, first: u32) -> Key {
    Key::new(job(id).pk, format!("{DONE_PREFIX}{first:010}"))
}

/// What a job settled when it began.
pub fn job_inputs(id: &JobId) -> Key {
    Key::new(job(id).pk, "INPUTS")
}

/// An upload.
pub fn upload(id: &UploadId) -> Key {
    aggregate(Kind::Upload, id)
}

/// The partition of outgoing messages that a command's id selects.
pub fn out_shard(command: &CommandId) -> u8 {
    digest(&[&command.to_string()]).last().copied().unwrap_or(0) % OUT_SHARDS
}

/// The partition of a shard of outgoing messages.
pub fn out_partition(shard: u8) -> String {
    format!("OUT#{shard:02}")
}

/// The `n`th outgoing message of a command.
pub fn out(at: Timestamp, command: &CommandId, n: u32) -> Key {
    Key::new(out_partition(out_shard(command)), format!("{}#{command}#{n:03}", ascending(at)))
}

/// How far the sweep of a shard has come.
pub fn out_sweep(shard: u8) -> Key {
    Key::new(format!("OUT#{shard:02}#SWEEP"), "META")
}

/// The record of a call. What the client chose is hashed: it may be long, and must not be able to name another record.
pub fn idempotency(caller: &UserKey, operation: &str, key: &str) -> Key {
    Key::new(format!("IDEM#{}", hex::encode(&digest(&[&caller.to_string(), operation, key]))), "META")
}

/// When to look again whether a review is ready to complete by itself.
pub fn ending(review: &ReviewId) -> Key {
    Key::new(review_partition(review), "READY")
}
