//! Uploads: pictures that are too large for one request come through the object store and are read by a worker.
//!
//! A client asks for an address, sends the bytes there, and asks how it goes. The work begins when the object store
//! tells of the bytes, or when the client asks for the first time after they came; both lead to the same job.

use std::sync::Arc;
use std::time::Duration;

use domain::ids::{CommandId, DataSourceId, JobId, UploadId};
use intake::Format;
use jiff::{SignedDuration, Timestamp};
use store::Stored;
use store::inventory::Source;
use store::job::{Ending, Job, Part};
use store::upload::{Upload, UploadState};

use super::delivery::Delivery;
use super::onto::{Late, Onto};
use super::outcome::{Outcome, Reading};
use super::payload::{self, FOLDER};
use super::report::{Note, Report};
use super::terms::Terms;
use crate::call::Call;
use crate::deps::{Deps, Message};
use crate::error::{Error, Fault};
use crate::loading::jobs::task::Task;
use crate::loading::jobs::{self, Worked};
use crate::outgoing::{self, Told};

/// How much of a fault stands with the data source, in characters.
const MAX_ERROR: usize = 500;
/// The steps of a job before its end: the bytes are there, they are understood.
const STEPS: u64 = 2;

/// An upload to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenInput {
    /// How the bytes will be written.
    pub format: Format,
    /// What people call the data source, when the bytes do not say.
    pub name: Option<String>,
    /// What it means for what it does not name.
    pub terms: Terms,
}

/// An upload that waits for its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its id.
    pub id: UploadId,
    /// Where to send the bytes.
    pub url: String,
    /// Until when.
    pub expires_at: Timestamp,
    /// The most that is accepted.
    pub max_bytes: u64,
}

/// Where an upload stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The bytes have not come.
    Waiting,
    /// They are being read.
    Processing,
    /// They are in place.
    Done,
    /// They were refused; the data source is as it was.
    Failed,
    /// They did not come in time.
    Expired,
}

/// An upload as its client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadView {
    /// Its id.
    pub id: UploadId,
    /// The data source.
    pub source: DataSourceId,
    /// Where it stands.
    pub phase: Phase,
    /// When it was opened.
    pub created_at: Timestamp,
    /// Until when the bytes are waited for.
    pub expires_at: Timestamp,
    /// What came of it.
    pub result: Option<Report>,
    /// Why it was refused.
    pub faults: Vec<Note>,
    /// How far the work has come, from 0 to 100.
    pub percent: u64,
}

/// Opens an upload. Nothing of the data source changes.
///
/// # Errors
/// [`Error::Invalid`] for an id that no data source can have, and for terms that the format does not know;
/// [`Error::Unavailable`].
pub async fn open(deps: &Deps, call: &Call, source: &str, input: OpenInput) -> Result<Opened, Error> {
    let source = DataSourceId::new(source).map_err(|_| {
        Error::invalid("datasource_id", "must have 1 to 128 characters, none of them a control character")
    })?;
    input.terms.fit(input.format)?;
    let id = UploadId::new(call.created("upload"));
    let valid_for: Duration = deps.settings.upload_valid_for;
    let expires_at = call.now + SignedDuration::try_from(valid_for).unwrap_or(SignedDuration::from_hours(1));
    let found = deps.store.inventory().standing(&source).await?.found();
    let upload = Upload {
        id,
        source,
        name: input.name.unwrap_or_default(),
        format: input.format.to_string(),
        terms: written(input.terms)?,
        found: Some(found),
        object: format!("{FOLDER}{id}"),
        job: None,
        state: UploadState::Waiting,
        report: String::new(),
        created_by: call.caller.user.key(),
        created_at: call.now,
        expires_at,
        parts: Vec::new(),
    };
    let max_bytes = max_bytes(deps);
    let url = deps.objects.upload_url(&upload.object, max_bytes, valid_for).await?;
    let mut tx = deps.store.write(call.command, call.now);
    tx.insert_upload(&upload)?;
    let _ = tx.commit().await?;
    Ok(Opened { id, url, expires_at, max_bytes })
}

/// Terms as the upload keeps them: nothing where they are the usual ones.
fn written(terms: Terms) -> Result<String, Error> {
    if terms == Terms::default() {
        return Ok(String::new());
    }
    serde_json::to_string(&terms).map_err(|error| Error::Bug(format!("the terms of an upload: {error}")))
}

fn max_bytes(deps: &Deps) -> u64 {
    deps.settings.max_upload_bytes.min(intake::limits::MAX_INPUT as u64)
}

/// How an upload goes. Also begins the work when the bytes have come and nobody has told.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unavailable`].
pub async fn get(deps: &Deps, call: &Call, id: &str) -> Result<UploadView, Error> {
    let id: UploadId = id.parse().map_err(|_| Error::not_found())?;
    start(deps, id, call.now).await?;
    let stored = deps.store.uploads().get(&id).await?.ok_or_else(Error::not_found)?;
    let job = match stored.value.job {
        Some(job) => deps.store.jobs().get(&job).await?,
        None => None,
    };
    Ok(view(stored.value, job.as_ref(), call.now))
}

fn view(upload: Upload, job: Option<&Job>, now: Timestamp) -> UploadView {
    let outcome = Outcome::of(&upload);
    let phase = match upload.state {
        UploadState::Waiting if upload.expires_at < now => Phase::Expired,
        UploadState::Waiting => Phase::Waiting,
        UploadState::Processing => Phase::Processing,
        UploadState::Completed => Phase::Done,
        UploadState::Failed if upload.report.is_empty() => Phase::Expired,
        UploadState::Failed => Phase::Failed,
    };
    let percent = match phase {
        Phase::Waiting | Phase::Expired => 0,
        Phase::Processing => job.map_or(0, |job| job.processed.min(STEPS) * 100 / (STEPS + 1)),
        Phase::Done | Phase::Failed => 100,
    };
    UploadView {
        id: upload.id,
        source: upload.source,
        phase,
        created_at: upload.created_at,
        expires_at: upload.expires_at,
        result: outcome.report,
        faults: outcome.faults,
        percent,
    }
}

/// Begins the work on an upload whose bytes have come. Answers its job; `None` while it still waits.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn start(deps: &Deps, id: UploadId, now: Timestamp) -> Result<Option<JobId>, Error> {
    let Some(Stored { value: upload, version, .. }) = deps.store.uploads().get(&id).await? else { return Ok(None) };
    if upload.state != UploadState::Waiting {
        return Ok(upload.job);
    }
    // What comes in parts is whole when its client says so.
    let is_one = !upload.object.starts_with(payload::PARTS);
    if !is_one || deps.objects.size(&upload.object).await?.is_none() {
        return Ok(None);
    }
    begin(deps, upload, version, now).await.map(Some)
}

/// Begins the work on an upload that has come as a whole, and stands at `version`.
pub(super) async fn begin(deps: &Deps, upload: Upload, version: u64, now: Timestamp) -> Result<JobId, Error> {
    let id = upload.id;
    // The same for whoever begins it, so that two who do so at once are one.
    let (job, command) = (JobId::new(id.uuid()), CommandId::new(id.uuid()));
    let by = domain::user::User::system();
    let begun = Upload { state: UploadState::Processing, job: Some(job), ..upload };
    let mut tx = deps.store.write(command, now);
    tx.update_upload(&begun, version)?;
    jobs::insert(&mut tx, &Message::Ingest { job }, &Task::Upload(id), &by)?;
    match tx.commit().await {
        Ok(committed) => outgoing::dispatch(deps, committed.outgoing, Told::Marked).await,
        Err(error) if error.is_conflict() => {}
        Err(error) => return Err(error.into()),
    }
    Ok(job)
}

/// Gives up waiting for the bytes of an upload whose address has long been useless.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn give_up(deps: &Deps, stored: Stored<Upload>, now: Timestamp) -> Result<(), Error> {
    let expired = Upload { state: UploadState::Failed, ..stored.value };
    let mut tx = deps.store.write(CommandId::new(expired.id.uuid()), now);
    tx.update_upload(&expired, stored.version)?;
    match tx.commit().await {
        Ok(_) => Ok(()),
        // The bytes came at the last moment.
        Err(error) if error.is_conflict() => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The object store tells that something came under `key`. Whatever is no upload is left alone.
///
/// # Errors
/// [`Error::Unavailable`]: to be told again.
pub async fn arrived(deps: &Deps, key: &str) -> Result<(), Error> {
    match key.strip_prefix(FOLDER).and_then(|id| id.parse().ok()) {
        Some(id) => start(deps, id, deps.clock.now()).await.map(|_| ()),
        None => Ok(()),
    }
}

/// Reads the bytes of an upload and puts them in place.
///
/// # Errors
/// [`Error::Unavailable`]: to be tried again. Everything else is recorded with the upload.
pub(crate) async fn work(deps: &Deps, job: &Job, upload: UploadId) -> Result<Worked, Error> {
    let now = deps.clock.now();
    let waiting = deps.store.uploads().get(&upload).await?.filter(|stored| match stored.value.state {
        UploadState::Waiting | UploadState::Processing => true,
        // Ended together with the job; only a job that was called off at that moment comes here.
        UploadState::Completed | UploadState::Failed => false,
    });
    let Some(stored) = waiting else {
        deps.store.jobs().end(&job.id, &Ending::Cancelled, now).await?;
        return Ok(Worked::Cancelled);
    };
    if job.cancel {
        fail(deps, job, &stored, refused("the upload was called off")).await?;
        return Ok(Worked::Cancelled);
    }
    let outcome = match load(deps, job, &stored, now).await {
        Ok(report) => return Ok(Worked::Completed { rows: report.changed() }),
        Err(Error::Invalid(faults)) => Outcome { faults: faults.into_iter().map(note).collect(), ..Outcome::default() },
        Err(Error::TooLarge(what)) => refused(what),
        Err(Error::Refused(refusal)) => Outcome { late: Late::of(&refusal), ..refused(refusal.to_string()) },
        Err(error) => return Err(error),
    };
    fail(deps, job, &stored, outcome).await?;
    Ok(Worked::Failed)
}

fn note(Fault { field: place, issue: message }: Fault) -> Note {
    Note { place, message }
}

/// The outcome of an upload that is refused as a whole.
fn refused(why: impl Into<String>) -> Outcome {
    Outcome { faults: vec![note(Fault::new("$", why))], ..Outcome::default() }
}

async fn load(deps: &Deps, job: &Job, stored: &Stored<Upload>, now: Timestamp) -> Result<Report, Error> {
    jobs::require_hope(job)?;
    let upload = &stored.value;
    let max = max_bytes(deps);
    let terms: Terms = serde_json::from_str(&upload.terms).unwrap_or_default();
    let bytes = Arc::new(match upload.parts.is_empty() {
        true => payload::fetched(deps, &upload.object, max).await?,
        false => payload::together(deps, upload).await?,
    });
    step(deps, job, 0, now).await?;
    let format: Format = upload.format.parse().map_err(|error| Error::Bug(format!("an upload's format: {error}")))?;
    let delivery = Delivery {
        id: upload.source.clone(),
        onto: Onto::of_upload(upload, terms.mode),
        version: CommandId::new(upload.id.uuid()),
        by: None,
        now,
        format,
        name: Some(upload.name.clone()).filter(|name| !name.is_empty()),
        terms,
    };
    let read = delivery.read(deps, bytes).await?;
    step(deps, job, 1, now).await?;
    let reading = Reading { upload: upload.clone(), version: stored.version, job: job.id };
    delivery.load(deps, read, Some(&reading)).await
}

async fn step(deps: &Deps, job: &Job, step: u32, now: Timestamp) -> Result<(), Error> {
    deps.store.jobs().finish_range(&job.id, step, &Part { processed: 1, ..Part::default() }, now, None).await?;
    Ok(())
}

/// Records why an upload was refused.
async fn fail(deps: &Deps, job: &Job, stored: &Stored<Upload>, outcome: Outcome) -> Result<(), Error> {
    let failed = Upload { state: UploadState::Failed, report: outcome.text()?, ..stored.value.clone() };
    let now = deps.clock.now();
    let mut tx = deps.store.write(CommandId::new(stored.value.id.uuid()), now);
    tx.update_upload(&failed, stored.version)?;
    // Whoever looks at the data source is told, too, until the next load is taken. One that came too late says nothing
    // about what is there.
    if outcome.late.is_none()
        && let Some(held) = deps.store.inventory().source(&stored.value.source).await?
    {
        let first = outcome.faults.first().map(|note| format!("{}: {}", note.place, note.message));
        let short: String = first.unwrap_or_default().chars().take(MAX_ERROR).collect();
        let told = Source { last_error: short, updated_at: now, ..held.value };
        tx.update_source(&told, held.version)?;
    }
    tx.end_job(&job.id, &Ending::Failed { error: "the upload was refused".to_owned() });
    let _ = tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests;
