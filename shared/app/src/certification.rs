//! Certifications: one execution of a workflow each.

mod assigned;
mod change;

pub use assigned::{AssignedInput, AssignedView, assigned_to_me};
pub(crate) use change::move_due;
pub use change::{EditInput, delete, update};

use domain::counts::Counts;
use domain::ids::{AutomationId, ReviewId, WorkflowId};
use domain::review::{Acknowledged, Beginning, CertState, Certification, ReviewerAssignment, Workflow};
use domain::settings::{Book, Origin, Settings, SourceAcknowledgement};
use domain::user::User;
use futures::FutureExt;
use futures::future::{BoxFuture, try_join_all};
use jiff::Timestamp;

use crate::automation;
use crate::call::Call;
use crate::campaign;
use crate::closing::expire::expire;
use crate::closing::standing::{Closing, Standing};
use crate::cursor::{self, Binding};
use crate::deps::Deps;
use crate::error::{Error, Faults};
use crate::event::{self, Event};
use crate::loading::jobs::building::{self, BuildProgress, Order};
pub use crate::loading::population::NamedIdentity;
use crate::loading::population::named;
pub use crate::loading::sources::snapshot::Source;
use crate::loading::sources::status;
use crate::outgoing::{self, Told};
use crate::page::Page;
use crate::retry::Again;
use crate::review::read::inbox;
use crate::review::{self, AssignmentInput, Dialect};
use crate::settings;
use crate::user::People;
use crate::valid;

/// A certification to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateInput {
    /// What to execute.
    pub workflow: WorkflowId,
    /// At most 200 characters; the workflow's name when absent.
    pub name: Option<String>,
    /// At most 4,000 characters.
    pub notes: String,
    /// When it should be finished; in the future.
    pub due_date: Option<Timestamp>,
    /// Which picture of the inventory it shows; the one that the workflow's query names when absent.
    pub source: Option<Source>,
    /// Who reviews; the creator of the workflow when absent.
    pub reviewer_assignment: Option<AssignmentInput>,
    /// The automations that are to be applied besides those that always are.
    pub automations: Vec<AutomationId>,
    /// Whether the caller knows how the data sources are that it shows.
    pub sources_acknowledged: bool,
    /// The people whom it is about alone; nobody where it is about everybody. Who is not in the inventory has no rows.
    pub identities: Vec<NamedIdentity>,
}

/// A list of the certifications of a workflow, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListInput {
    /// Whose.
    pub workflow: WorkflowId,
    /// At most this many, at least 1.
    pub limit: usize,
    /// The cursor of a page before.
    pub after: Option<String>,
}

/// A list of certifications with how many the workflow has in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// A page of them.
    pub page: crate::Page<CertificationView>,
    /// How many the caller sees in all.
    pub total: usize,
}

/// A certification with its counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificationView {
    /// The certification.
    pub certification: Certification,
    /// How many rows it has; to a reviewer, how many of theirs.
    pub total: i64,
    /// How many of them are in which status.
    pub counts: Counts,
    /// When any row changed last.
    pub results_updated_at: Option<Timestamp>,
    /// Who changed it.
    pub results_updated_by: Option<User>,
    /// How far its rows are built, while it is searching; only where it is asked for alone.
    pub query_progress: Option<BuildProgress>,
}

/// Makes a certification: it searches until its rows are built in the background, then it is in progress.
///
/// # Errors
/// [`Error::NotFound`] when there is no such workflow; [`Error::Invalid`] names everything that is wrong with the input;
/// [`Error::Unacknowledged`] where the caller has to know how its data sources are, and does not say so.
pub async fn create(deps: &Deps, call: &Call, input: CreateInput) -> Result<CertificationView, Error> {
    let id = ReviewId::new(call.created("certification"));
    if call.repeatable && deps.store.certifications().get(&id).await?.is_some() {
        // A repeated call finds what it made the first time, whatever has become of what it was made from.
        return get(deps, call, id).await;
    }
    let workflow = deps.store.workflows().get(&input.workflow).await?.ok_or_else(Error::not_found)?.value;
    let mut faults = Faults::new();
    let name = match &input.name {
        Some(name) => valid::name(&mut faults, "name", name),
        None => workflow.name.clone(),
    };
    valid::text(&mut faults, "notes", &input.notes);
    faults.require(input.due_date.is_none_or(|due| due > call.now), "due_date", "must be in the future");
    named::check(&mut faults, "dynamic_information.identities", &input.identities);
    let source = source(deps, &workflow, input.source, &mut faults).await?;
    faults.done()?;
    if !input.sources_acknowledged {
        require_no_acknowledgement(deps, &workflow).await?;
    }
    let assignment = match &input.reviewer_assignment {
        Some(assignment) => campaign::resolved(deps, assignment, None).await?,
        None => ReviewerAssignment::default(),
    };
    let reviewers = allowed(deps, &assignment).await?;
    let automations = automation::to_run(deps, workflow.id, &input.automations).await?;
    let certification = fresh(call, &workflow, name, &input, reviewers);
    let order = Order {
        review: certification.id,
        attempt: 1,
        origin: Origin::Certification,
        source,
        assignment,
        creator: workflow.creator,
        automations,
        identities: input.identities,
    };
    let mut tx = deps.store.write(call.command, call.now);
    tx.insert_certification(&certification, 1)?;
    building::begin(&mut tx, &order)?;
    event::tell_by(&mut tx, call, &Event::CertificationStarted((&certification).into()))?;
    let committed = tx.commit().await?;
    outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
    if call.repeatable { get(deps, call, certification.id).await } else { Ok(untouched(certification)) }
}

/// Which picture a certification shows: that which was asked for, else that which the workflow's query names.
async fn source(deps: &Deps, workflow: &Workflow, asked: Option<Source>, faults: &mut Faults) -> Result<Source, Error> {
    let of_query = || workflow.query.snapshot_id.map_or(Source::Current, Source::Given);
    let source = asked.unwrap_or_else(of_query);
    match source {
        Source::Current => {}
        Source::Latest => {
            let latest = deps.store.snapshots().latest().await?;
            faults.require(latest.is_some(), "data_source", "there is no snapshot yet");
        }
        Source::Given(snapshot) => {
            let found = deps.store.snapshots().get(&snapshot).await?;
            let issue = if asked.is_some() { "no such snapshot" } else { "the query names no such snapshot" };
            faults.require(found.is_some(), "snapshot_id", issue);
        }
    }
    Ok(source)
}

/// That nobody has to know how the data sources of a workflow are before it is executed.
///
/// # Errors
/// [`Error::Unacknowledged`] with how they are.
async fn require_no_acknowledgement(deps: &Deps, workflow: &Workflow) -> Result<(), Error> {
    let all = deps.store.settings().ruling(None).await?;
    match Settings::new(Book::default(), all, Origin::Certification).acknowledgement() {
        SourceAcknowledgement::NotShown => Ok(()),
        SourceAcknowledgement::Required => {
            Err(Error::Unacknowledged(status::of_query(deps, workflow.query.clone()).await?))
        }
    }
}

/// Whom an assignment makes reviewers of every row, but for those on the deny list, who get none.
async fn allowed(deps: &Deps, assignment: &ReviewerAssignment) -> Result<Vec<User>, Error> {
    let mut reviewers = assignment.reviewers.clone();
    if !reviewers.is_empty() {
        let denied = deps.store.standing().denied().await?.value;
        reviewers.retain(|reviewer| !denied.contains(&reviewer.key()));
    }
    Ok(reviewers)
}

fn fresh(call: &Call, workflow: &Workflow, name: String, input: &CreateInput, reviewers: Vec<User>) -> Certification {
    let begun = Certification::begin(Beginning {
        id: ReviewId::new(call.created("certification")),
        workflow_id: workflow.id,
        query_used: workflow.query.clone(),
        name,
        notes: input.notes.clone(),
        due_date: input.due_date,
        reviewers,
        started_at: call.now,
        created_by: call.caller.user.clone(),
    });
    let by = call.caller.user.clone();
    Certification {
        sources_acknowledged: input.sources_acknowledged.then_some(Acknowledged { by, at: call.now }),
        ..begun
    }
}

fn untouched(certification: Certification) -> CertificationView {
    let total = i64::from(certification.total);
    CertificationView {
        certification,
        total,
        counts: Counts::default(),
        results_updated_at: None,
        results_updated_by: None,
        query_progress: None,
    }
}

/// One certification with its counts. A reviewer sees it while it is open and has a row of theirs, and the counts of
/// their own rows; everybody else also when it was deleted with its campaign after the end, as evidence.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or none for this caller.
pub async fn get(deps: &Deps, call: &Call, id: ReviewId) -> Result<CertificationView, Error> {
    let review = review::open::read(deps, call, id, Dialect::Certification).await?.rows()?;
    let view = view(deps, call, &review).await?;
    if view.certification.state != CertState::Searching || !view.certification.error_reason.is_empty() {
        return Ok(view);
    }
    let query_progress = building::progress(deps, &id, review.attempt).await?;
    Ok(CertificationView { query_progress, ..view })
}

async fn view(deps: &Deps, call: &Call, review: &review::open::Review) -> Result<CertificationView, Error> {
    let certification = review.certification.clone();
    if certification.state == CertState::Searching {
        return Ok(untouched(certification));
    }
    let counts = review::read::counts::of(deps, review).await?;
    let (results_updated_at, results_updated_by) = match counts.updated {
        None => (None, None),
        Some((at, by)) => {
            let mut people = People::with(call);
            people.complete(deps, [&by]).await?;
            (Some(at), Some(people.get(&by)))
        }
    };
    let (total, counts) = (counts.total, counts.counts);
    let query_progress = None;
    Ok(CertificationView { certification, total, counts, results_updated_at, results_updated_by, query_progress })
}

/// The certifications of a workflow, the last started first. Reviewers see the open ones with a row of theirs.
///
/// # Errors
/// [`Error::NotFound`] when there is no such workflow; [`Error::Invalid`] for a cursor of another list.
pub async fn list(deps: &Deps, call: &Call, input: ListInput) -> Result<Listing, Error> {
    let workflow = input.workflow;
    deps.store.workflows().get(&workflow).await?.ok_or_else(Error::not_found)?;
    let binding = Binding::of("certifications", &[&workflow.to_string()]);
    let after: Option<Place> =
        input.after.as_deref().map(|cursor| cursor::open(&binding, cursor, "after")).transpose()?;
    let limit = input.limit.max(1);
    let (shown, more, total) = match call.sees_all_rows() {
        true => all(deps, &workflow, after, limit).await?,
        false => own(deps, call, &workflow, after, limit).await?,
    };
    let end = shown.last().map(place).map(|place| cursor::seal(&binding, place)).transpose()?;
    let next = end.clone().filter(|_| more);
    let mut items = Vec::with_capacity(shown.len());
    for some in shown.chunks(8) {
        let views: Vec<BoxFuture<'_, _>> = some.iter().map(|review| view(deps, call, review).boxed()).collect();
        items.extend(try_join_all(views).await?);
    }
    Ok(Listing { page: Page { items, next, end, has_previous: after.is_some() }, total })
}

/// Where a certification stands in the list: the last started first, then by id.
type Place = (i64, ReviewId);

fn place(review: &review::open::Review) -> Place {
    (review.certification.started_at.as_millisecond(), review.id())
}

/// A page of all certifications of a workflow, whether there are more, and how many there are in all.
async fn all(
    deps: &Deps,
    workflow: &WorkflowId,
    after: Option<Place>,
    limit: usize,
) -> Result<(Vec<review::open::Review>, bool, usize), Error> {
    let reviews = deps.store.certifications();
    let after = after.map(|(at, id)| (Timestamp::from_millisecond(at).unwrap_or(Timestamp::MIN), id));
    // Behind the page there may be nothing but what was deleted: one more is asked for, and not whether there is more.
    let (page, total) = futures::try_join!(reviews.list(workflow, after, limit + 1), reviews.number(workflow))?;
    let more = page.values.len() > limit;
    Ok((page.values.into_iter().take(limit).map(review::open::Review::of_all).collect(), more, total))
}

/// The same of those that are open and have a row of the caller's.
async fn own(
    deps: &Deps,
    call: &Call,
    workflow: &WorkflowId,
    after: Option<Place>,
    limit: usize,
) -> Result<(Vec<review::open::Review>, bool, usize), Error> {
    let mut found = inbox::open(deps, call).await?;
    found.retain(|review| review.certification.workflow_id == *workflow);
    found.sort_by_key(|review| (std::cmp::Reverse(place(review).0), review.id()));
    let total = found.len();
    found.retain(|review| {
        let (at, id) = place(review);
        after.is_none_or(|(last, last_id)| at < last || (at == last && id > last_id))
    });
    let more = found.len() > limit;
    found.truncate(limit);
    Ok((found, more, total))
}

/// Every setting that rules a review, predefined notes included, for somebody who sees the review.
///
/// # Errors
/// [`Error::NotFound`] when there is no such review, or none for this caller.
pub async fn effective_settings(deps: &Deps, call: &Call, id: ReviewId) -> Result<Settings, Error> {
    let review = review::open::read(deps, call, id, Dialect::Certification).await?.rows()?;
    settings::whole(deps, review.certification.workflow_id, review.origin).await
}

/// Completes a certification: it can be read from then on, and not be decided on.
///
/// # Errors
/// [`Error::Forbidden`] when it is that of a campaign and the caller no administrator; [`Error::Refused`] unless it is
/// open and every row is decided and signed off (a campaign's may be completed at any time); [`Error::Stale`].
pub async fn complete(deps: &Deps, call: &Call, id: ReviewId) -> Result<CertificationView, Error> {
    let mut again = Again::new();
    loop {
        let standing = Standing::load(deps, id).await?.ok_or_else(Error::not_found)?;
        if standing.review.is_by(call.command) {
            return get(deps, call, id).await;
        }
        if standing.campaign.is_some() {
            campaign::require_administrator(call)?;
        }
        call.expects(standing.review.certification.version)?;
        if standing.overdue_since(call.now).is_some() {
            expire(deps, id, call.now).await?;
            continue;
        }
        standing.require_completable()?;
        match standing.close(deps, call, Closing::Complete).await? {
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
            Ok(_) => return get(deps, call, id).await,
        }
    }
}
