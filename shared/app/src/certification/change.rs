//! Editing and deleting certifications.

use domain::ids::{JobId, ReviewId};
use domain::refusal::Refusal;
use domain::review::{Certification, CertificationCommand, CertificationEdit, Phase, step_certification};
use domain::user::User;
use jiff::Timestamp;
use store::certification::Review;
use store::keys;
use store::tx::{Committed, Tx};

use crate::call::Call;
use crate::campaign;
use crate::closing::expire::meet;
use crate::deps::{Deps, Message};
use crate::error::{Error, Faults};
use crate::event::{self, Event};
use crate::loading::jobs;
use crate::loading::jobs::discard::Discard;
use crate::outgoing::{self, Told};
use crate::retry::{deleted_before, settled};
use crate::review::UserReference;
use crate::{user, valid};

/// New values of what can be edited of a certification; `None` leaves one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EditInput {
    /// 1 to 200 characters.
    pub name: Option<String>,
    /// At most 4,000 characters.
    pub notes: Option<String>,
    /// Who is shown to review all of it; an empty list leaves them. Rows keep their reviewers.
    pub reviewers: Option<Vec<UserReference>>,
    /// When it should be finished, in the future; `Some(None)` for no date.
    pub due_date: Option<Option<Timestamp>>,
}

/// Changes a certification that is not over. What a campaign in front of it has in common with it changes, too.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] names everything that is wrong with the input; [`Error::Forbidden`] for name or
/// due date of a campaign's certification, unless an administrator changes them; [`Error::Refused`] when it is over;
/// [`Error::Stale`].
pub async fn update(deps: &Deps, call: &Call, id: ReviewId, input: EditInput) -> Result<(), Error> {
    let stored = load(deps, id).await?;
    let edit = checked(deps, call, &stored.certification, input).await?;
    let committed = settled(|| try_update(deps, call, id, &edit)).await?;
    outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
    Ok(())
}

async fn load(deps: &Deps, id: ReviewId) -> Result<Review, Error> {
    deps.store.certifications().get(&id).await?.ok_or_else(Error::not_found)
}

async fn checked(
    deps: &Deps,
    call: &Call,
    certification: &Certification,
    input: EditInput,
) -> Result<CertificationEdit, Error> {
    let mut faults = Faults::new();
    let name = input.name.as_deref().map(|name| valid::name(&mut faults, "name", name));
    if let Some(notes) = &input.notes {
        valid::text(&mut faults, "notes", notes);
    }
    let due = input.due_date.flatten();
    // Clients send back what they have read, also of a review that is overdue.
    let stands = certification.due_date == due;
    faults.require(stands || due.is_none_or(|due| due > call.now), "due_date", "must be in the future");
    faults.done()?;
    let reviewers = match input.reviewers.as_deref() {
        None | Some([]) => None,
        Some(named) => Some(reviewers(deps, named).await?),
    };
    Ok(CertificationEdit { name, notes: input.notes, reviewers, due_date: input.due_date })
}

async fn reviewers(deps: &Deps, named: &[UserReference]) -> Result<Vec<User>, Error> {
    let denied = deps.store.standing().denied().await?.value;
    let mut faults = Faults::new();
    for (place, reference) in named.iter().enumerate() {
        let is_denied = denied.iter().any(|key| key.user_type() == reference.user_type && key.id() == reference.id);
        faults.require(!is_denied, &format!("reviewers[{place}]"), "is on the deny list of reviewers");
    }
    faults.done()?;
    user::resolve(deps, named, "reviewers").await
}

async fn try_update(
    deps: &Deps,
    call: &Call,
    id: ReviewId,
    edit: &CertificationEdit,
) -> Result<Result<Committed, store::Error>, Error> {
    let stored = load(deps, id).await?;
    let before = &stored.certification;
    if stored.is_by(call.command) {
        return Ok(Ok(Committed::default()));
    }
    call.expects(before.version)?;
    meet(deps, before, call.now).await?;
    let command = CertificationCommand::Edit { by: call.caller.user.clone(), edit: edit.clone() };
    let next = step_certification(before, command, call.now)?;
    if next == *before {
        return Ok(Ok(Committed::default()));
    }
    let mut tx = deps.store.write(call.command, call.now);
    move_due(&mut tx, &stored, &next)?;
    if next.name != before.name || next.due_date != before.due_date {
        campaign::follow(deps, &mut tx, call, &next).await?;
    }
    event::tell_by(&mut tx, call, &Event::CertificationUpdated((&next).into()))?;
    Ok(tx.commit().await)
}

/// Adds a change of what can be edited. Decisions are fenced off after the due date, and the fence moves with it.
///
/// # Errors
/// [`Error::Bug`] when it cannot be written down.
pub(crate) fn move_due(tx: &mut Tx<'_>, stored: &Review, next: &Certification) -> Result<(), Error> {
    let (attempt, version, due) = (stored.attempt, stored.certification.version, next.due_while_open());
    if next.phase() == Phase::Open && next.due_date != stored.certification.due_date {
        tx.move_certification(next, attempt, version, due)?;
    } else {
        tx.update_certification(next, attempt, version, due)?;
    }
    Ok(())
}

/// Deletes a certification that is not over, with all that was decided in it. It is not found from then on; what
/// it consisted of is swept in the background.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] when it is completed or terminated or has expired, and when it is that of a campaign;
/// [`Error::Stale`].
pub async fn delete(deps: &Deps, call: &Call, id: ReviewId) -> Result<(), Error> {
    let committed = settled(|| try_delete(deps, call, id)).await?;
    outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
    Ok(())
}

async fn try_delete(deps: &Deps, call: &Call, id: ReviewId) -> Result<Result<Committed, store::Error>, Error> {
    let Some(review) = deps.store.certifications().get(&id).await? else {
        return deleted_before(deps, call, &keys::review_meta(&id)).await.map(|()| Ok(Committed::default()));
    };
    let Review { certification, attempt, .. } = review;
    call.expects(certification.version)?;
    meet(deps, &certification, call.now).await?;
    certification.require_deletable()?;
    if deps.store.campaigns().get(&id).await?.is_some() {
        return Err(Refusal::OfCampaign.into());
    }
    let mut tx = deps.store.write(call.command, call.now);
    tx.delete_certification(&certification, attempt, certification.version, false)?;
    let message = Message::Materialise { job: JobId::new(call.created("discard")) };
    let discard = Discard { discard: id, attempt, rows: certification.total };
    jobs::insert(&mut tx, &message, &discard, &call.caller.user)?;
    event::tell_by(&mut tx, call, &Event::CertificationDeleted((&certification).into()))?;
    Ok(tx.commit().await)
}
