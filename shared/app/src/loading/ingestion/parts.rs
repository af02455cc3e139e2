//! Payloads that are pushed in parts: opened, sent part by part in any order, and closed with the number of parts.
//!
//! Parts lie in the object store until a worker puts them together; which ones have come stands with the upload. Each call
//! may be repeated: a part that is sent again replaces itself, and closing again tells how it went.

use std::time::Duration;

use domain::ids::UploadId;
use intake::Format;
use jiff::{SignedDuration, Timestamp};
use store::Stored;
use store::inventory::Found;
use store::upload::{Part, Upload, UploadState};

use super::outcome::Outcome;
use super::payload::{PARTS, part_of};
use super::report::{Note, Report};
use super::upload;
use crate::call::Call;
use crate::deps::Deps;
use crate::error::{Error, Fault};
use crate::loading::sources::provider::{load_source, template};
use crate::retry::Again;

/// How many parts a payload may have.
pub const MAX_PARTS: u32 = 1_000;
/// How long a payload may be in bytes, all parts together.
pub const MAX_BYTES: u64 = 100_000_000;
/// How long a part may be on its way until nobody waits for the rest any more.
const VALID_FOR: SignedDuration = SignedDuration::from_hours(24);
/// How often the end of the work is looked for before the client is asked to come again, and how long that takes.
const LOOKS: u32 = 45;
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(400);

/// Begins a payload in parts.
///
/// # Errors
/// [`Error::NotFound`] for an unknown provider or data source; [`Error::Unavailable`].
pub async fn start(deps: &Deps, call: &Call, provider: &str, source: &str) -> Result<UploadId, Error> {
    let (provider, source) = load_source(deps, provider, source).await?;
    let id = UploadId::new(call.created("payload in parts"));
    let upload = Upload {
        terms: String::new(),
        found: Some(Found::from(&source.value)),
        id,
        source: source.value.id,
        name: source.value.name,
        format: Format::Oaa(template(&provider)?).to_string(),
        object: format!("{PARTS}{id}"),
        job: None,
        state: UploadState::Waiting,
        report: String::new(),
        created_by: call.caller.user.key(),
        created_at: call.now,
        expires_at: call.now + VALID_FOR,
        parts: Vec::new(),
    };
    let mut tx = deps.store.write(call.command, call.now);
    tx.insert_upload(&upload)?;
    let _ = tx.commit().await?;
    Ok(id)
}

/// Takes a part; one that is sent again replaces itself.
///
/// # Errors
/// [`Error::NotFound`] for an unknown upload, [`Error::Invalid`] for one that is closed or has expired and for a payload
/// that becomes too long; [`Error::Unavailable`].
pub async fn add(deps: &Deps, call: &Call, at: &Place<'_>, number: u32, bytes: Vec<u8>) -> Result<(), Error> {
    let stored = load(deps, at).await?;
    grown(&stored.value, number, &bytes, call.now)?;
    deps.objects.put(&part_of(&stored.value, number), bytes.clone()).await?;
    let mut again = Again::new();
    loop {
        // Parts may come at the same time.
        let stored = load(deps, at).await?;
        let more = grown(&stored.value, number, &bytes, call.now)?;
        let mut tx = deps.store.write(call.command, call.now);
        tx.update_upload(&more, stored.version)?;
        match tx.commit().await {
            Ok(_) => return Ok(()),
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Closes a payload of `count` parts, and answers what came of it.
///
/// # Errors
/// [`Error::NotFound`] for an unknown upload; [`Error::Invalid`] when parts are missing or there are more than `count`, and
/// with every fault of the payload by its place, [`Error::Refused`] when somebody has loaded the data source since the start:
/// both leave it as it was; [`Error::Unavailable`] also while it is still being read: the same call tells later.
pub async fn complete(deps: &Deps, call: &Call, at: &Place<'_>, count: u32) -> Result<Report, Error> {
    let stored = load(deps, at).await?;
    if stored.value.state == UploadState::Waiting {
        is_open(&stored.value, call.now)?;
        is_whole(&stored.value.parts, count)?;
        upload::begin(deps, stored.value, stored.version, call.now).await?;
    }
    for _ in 0..LOOKS {
        let upload = load(deps, at).await?.value;
        match upload.state {
            UploadState::Waiting | UploadState::Processing => tokio::time::sleep(PAUSE).await,
            UploadState::Completed => return Ok(Outcome::of(&upload).report.unwrap_or_default()),
            UploadState::Failed => return Err(refused(&upload)),
        }
    }
    Err(Error::Unavailable(format!("{} is still being read", at.upload)))
}

/// Where a payload is sent to.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The provider, as the path names it.
    pub provider: &'a str,
    /// The data source, as the path names it.
    pub source: &'a str,
    /// The upload, as it was called when it began.
    pub upload: &'a str,
}

/// The upload of a place; one of another data source is as good as none.
async fn load(deps: &Deps, at: &Place<'_>) -> Result<Stored<Upload>, Error> {
    let (_, source) = load_source(deps, at.provider, at.source).await?;
    let unknown = || Error::NotFound(vec![Fault::new("upload_id", "there is no such upload")]);
    let id: UploadId = at.upload.parse().map_err(|_| unknown())?;
    let stored = deps.store.uploads().get(&id).await?.ok_or_else(unknown)?;
    let Upload { source: of, object, .. } = &stored.value;
    if *of == source.value.id && object.starts_with(PARTS) { Ok(stored) } else { Err(unknown()) }
}

/// Whether parts are still taken.
fn is_open(upload: &Upload, now: Timestamp) -> Result<(), Error> {
    if upload.state != UploadState::Waiting {
        return Err(Error::invalid("upload_id", "the upload is complete"));
    }
    if upload.expires_at < now {
        return Err(Error::invalid("upload_id", "the upload has expired; start another one"));
    }
    Ok(())
}

/// The upload with one part more.
fn grown(upload: &Upload, number: u32, bytes: &[u8], now: Timestamp) -> Result<Upload, Error> {
    is_open(upload, now)?;
    let mut upload = upload.clone();
    upload.parts.retain(|part| part.number != number);
    upload.parts.push(Part { number, bytes: bytes.len() as u64 });
    upload.parts.sort_by_key(|part| part.number);
    let total: u64 = upload.parts.iter().map(|part| part.bytes).sum();
    if total > MAX_BYTES {
        return Err(Error::invalid("data", format!("makes the payload longer than {MAX_BYTES} bytes")));
    }
    Ok(upload)
}

/// Whether the parts are those from 1 to `count`.
fn is_whole(parts: &[Part], count: u32) -> Result<(), Error> {
    const SHOWN: usize = 20;
    let is_there = |number: &u32| parts.binary_search_by_key(number, |part| part.number).is_ok();
    let missing = (1..=count).filter(|number| !is_there(number)).map(|number| format!("part {number} has not come"));
    let beyond = parts.iter().filter(|part| part.number > count);
    let beyond = beyond.map(|part| format!("part {} has come, although there are {count}", part.number));
    let faults: Vec<Fault> =
        missing.chain(beyond).take(SHOWN).map(|issue| Fault::new("sequence_count", issue)).collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// Why a payload was not taken.
fn refused(upload: &Upload) -> Error {
    match Outcome::of(upload) {
        Outcome { late: Some(late), .. } => Error::Refused(late.into()),
        Outcome { faults, .. } if faults.is_empty() => {
            Error::invalid("upload_id", "the upload has expired; start another one")
        }
        Outcome { faults, .. } => {
            Error::Invalid(faults.into_iter().map(|Note { place, message }| Fault::new(place, message)).collect())
        }
    }
}

#[cfg(test)]
mod tests;
