//! Asking for an export, watching it, and fetching its file.

use domain::export::Format;
use domain::ids::{ExportId, JobId, ReviewId};
use domain::refusal::Refusal;
use domain::user::Role;
use jiff::Timestamp;
use store::job::{Job, JobState};

use super::allowed::{may_compare, may_export, most_rows, sight};
use super::compare;
use super::order::{CreateInput, Order};
use super::written::Written;
use super::{ADDRESS_VALID_FOR, AVAILABLE, KEPT, MAX_TITLE};
use crate::call::Call;
use crate::deps::{Deps, Message};
use crate::error::{Error, Faults};
use crate::event::{self, Event, OfExport};
use crate::loading::jobs;
use crate::outgoing::{self, Told};
use crate::review::list::every::Wanted;
use crate::review::open::{Review, read};
use crate::review::{Dialect, RowFilter};

/// Where an export stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Asked for.
    Created,
    /// Being written.
    Processing,
    /// The file can be downloaded.
    Finished,
    /// There will be no file.
    Failed,
    /// Somebody called it off.
    Cancelled,
    /// The file is gone.
    Expired,
}

impl Status {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Processing => "PROCESSING",
            Self::Finished => "FINISHED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
            Self::Expired => "EXPIRED",
        }
    }
}

/// An export, as its clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportView {
    /// Its id.
    pub id: ExportId,
    /// Whose rows.
    pub review: ReviewId,
    /// How they are written.
    pub format: Format,
    /// Where it stands.
    pub status: Status,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it came to its end.
    pub finished_at: Option<Timestamp>,
    /// Until when the file can be downloaded.
    pub expires_at: Option<Timestamp>,
    /// Why there is no file; empty otherwise.
    pub error: String,
    /// How many rows it has; `None` as long as that is not known.
    pub rows: Option<u64>,
    /// How many of them are written.
    pub written: u64,
    /// How long the file is, in bytes.
    pub bytes: Option<u64>,
    /// The SHA-256 of the file, in hexadecimal digits.
    pub sha256: Option<String>,
}

/// Has the rows of a review written to a file, in the background.
///
/// # Errors
/// [`Error::NotFound`] when there is no such review, or none for this caller, or none before it to compare with;
/// [`Error::Forbidden`] to a reviewer for a format that reviewers may not export, or where they may not compare;
/// [`Error::Invalid`].
pub async fn create(deps: &Deps, call: &Call, input: CreateInput) -> Result<ExportId, Error> {
    let id = ExportId::new(call.created("export"));
    let job = JobId::new(id.uuid());
    if call.repeatable && deps.store.jobs().get(&job).await?.is_some() {
        // A repeated call finds what it asked for the first time, whatever has become of the review.
        return Ok(id);
    }
    let review = read(deps, call, input.review, Dialect::Certification).await?.rows()?;
    check(&input, &review.hidden_columns(call))?;
    has_room(deps, call, &review, &input)?;
    let settings = review.settings(deps).await?;
    if !may_export(call.caller.role, input.format, &settings) {
        return Err(Error::forbidden());
    }
    if let Some(previous) = input.previous {
        compare::before(deps, call, &review, &settings, previous).await?;
    }
    let until = call.now.checked_add(KEPT).unwrap_or(Timestamp::MAX);
    let mut tx = deps.store.write(call.command, call.now);
    let order = Order::new(call, &input);
    jobs::insert_until(&mut tx, &Message::Export { job }, &order, &call.caller.user, Some(until))?;
    let told = OfExport { export: id, review: input.review, format: input.format.extension() };
    event::tell_by(&mut tx, call, &Event::ExportCreated(told))?;
    outgoing::dispatch(deps, tx.commit().await?.outgoing, Told::Marked).await;
    Ok(id)
}

/// Refuses what is known beforehand to have too many rows: everything there is. What a filter leaves is counted by whoever
/// writes it.
fn has_room(deps: &Deps, call: &Call, review: &Review, input: &CreateInput) -> Result<(), Error> {
    let is_whole = call.sees_all_rows() && input.filter.is_none() && input.mutable_filter.is_none();
    let (rows, most) = (u64::from(review.total()), most_rows(deps, input.format));
    if is_whole && rows > most {
        let name = input.format.name();
        let issue =
            format!("is required: the certification has {rows} rows, and a file of format {name} at most {most}");
        return Err(Error::invalid("filter", issue));
    }
    Ok(())
}

fn check(input: &CreateInput, hidden: &[String]) -> Result<(), Error> {
    let mut faults = Faults::new();
    if let Some(title) = &input.title {
        let fits = !title.trim().is_empty() && title.chars().nth(MAX_TITLE).is_none();
        faults.require(fits, "title", "must have 1 to 30 characters");
        faults.require(!title.contains(char::is_control), "title", "must not contain control characters");
    }
    let CreateInput { filter, mutable_filter, order, .. } = input;
    let rows = RowFilter { filter: filter.clone(), mutable_filter: mutable_filter.clone(), ..RowFilter::default() };
    if let Err(Error::Invalid(found)) = Wanted::new(&rows, order).and_then(|wanted| wanted.in_sight(hidden)) {
        found.into_iter().for_each(|fault| faults.add(fault.field, fault.issue));
    }
    faults.done()
}

/// One export.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or none for this caller.
pub async fn get(deps: &Deps, call: &Call, id: ExportId) -> Result<ExportView, Error> {
    let (job, order, _) = find(deps, call, id).await?;
    view(&job, &order, call.now)
}

/// An address from which the file of an export can be downloaded for some minutes.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or none for this caller; [`Error::Refused`] when it has no file, or what the
/// caller sees of the review is not what they saw when it was written; [`Error::Forbidden`] when they may not export that
/// any more.
pub async fn download(deps: &Deps, call: &Call, id: ExportId) -> Result<String, Error> {
    let (job, order, review) = find(deps, call, id).await?;
    match (view(&job, &order, call.now)?.status, Written::of(&job)?) {
        (Status::Finished, Some(written)) => {
            let settings = review.settings(deps).await?;
            let comparable = order.previous.is_none() || may_compare(call, &settings);
            if !comparable || !may_export(call.caller.role, order.format()?, &settings) {
                return Err(Error::forbidden());
            }
            if !call.sees_all_rows() && written.sight != sight(&review, call) {
                return Err(Refusal::SightChanged.into());
            }
            Ok(deps.objects.download_url(&written.object, ADDRESS_VALID_FOR).await?)
        }
        (status, _) => Err(Refusal::NothingExported { status: status.name() }.into()),
    }
}

/// An export that the caller sees, and its review: everybody's for those who see all rows, else what they asked for as a
/// reviewer. What a reviewer may no longer see, they may no longer download.
async fn find(deps: &Deps, call: &Call, id: ExportId) -> Result<(Job, Order, Review), Error> {
    let job = deps.store.jobs().get(&JobId::new(id.uuid())).await?;
    let kept = |job: &Job| job.kind == "export" && job.expires_at.is_none_or(|until| call.now < until);
    let job = job.filter(kept).ok_or_else(Error::not_found)?;
    let order: Order = jobs::input(&job)?;
    let own = job.created_by == call.caller.user.key() && order.caller()?.role == Role::Reviewer;
    if !own && !call.sees_all_rows() {
        return Err(Error::not_found());
    }
    let review = read(deps, call, order.review, Dialect::Certification).await?.rows()?;
    Ok((job, order, review))
}

fn view(job: &Job, order: &Order, now: Timestamp) -> Result<ExportView, Error> {
    let written = Written::of(job)?;
    let finished_at = job.state.is_final().then_some(job.updated_at);
    let available = |at: Timestamp| at.checked_add(AVAILABLE).unwrap_or(Timestamp::MAX);
    let expires_at = finished_at.filter(|_| job.state == JobState::Completed).map(available);
    let status = match job.state {
        JobState::Pending => Status::Created,
        JobState::Running => Status::Processing,
        JobState::Completed if expires_at.is_some_and(|at| at <= now) => Status::Expired,
        JobState::Completed => Status::Finished,
        JobState::Failed => Status::Failed,
        JobState::Cancelled => Status::Cancelled,
    };
    Ok(ExportView {
        id: ExportId::new(job.id.uuid()),
        review: order.review,
        format: order.format()?,
        status,
        created_at: job.created_at,
        finished_at,
        expires_at,
        error: job.error.clone().unwrap_or_default(),
        rows: written.as_ref().map(|written| written.rows).or(job.total),
        written: written.as_ref().map_or(job.processed, |written| written.rows),
        bytes: written.as_ref().map(|written| written.bytes),
        sha256: written.map(|written| written.sha256),
    })
}
