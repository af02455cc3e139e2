//! Telling somebody else's systems what happened in a review.
//!
//! What happens is told on the bus; a rule of the bus hands what receivers may want to hear of to a queue, and the worker
//! of that queue asks here: who listens ([`tell`]), what do they get ([`Notice`]), and what came of it. Where rows were
//! rejected, that is how the removal of the access goes: a receiver that takes the message has removed the access, one that
//! answers `202` tells later, and one that cannot be reached in the end has failed. Whoever removes access may have told
//! more meanwhile; that stands.
//!
//! A message may go out twice, under the same id.

mod heard;

use delivery::{Delivery, Failure, Secret, Taken, Target};
use domain::decide::RowCommand;
use domain::ids::RowId;
use domain::note::NoteDigest;
use domain::review::{Campaign, CertState, Certification, Workflow};
use domain::row::{Decision, NotificationStatus};
use domain::settings::Setting;
use domain::user::User;
use domain::webhook::Occasion;
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

pub use heard::{Forgotten, Heard};

use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::review::RowView;
use crate::review::command::act::{Act, OnRefusal, carry_out};
use crate::review::open::{Review, Workable, enter_owed};
use crate::review::row::assemble::{self, Known};
use crate::review::row::find;
use crate::user;

/// Rows in one message, at most.
pub const MOST_ROWS: usize = 100;
/// What is kept of a receiver that tells later how the removal went.
const TAKEN: &str = "taken by the receiver";
/// Messages on their way at the same time.
const ABREAST: usize = 8;

/// One message to a receiver.
#[derive(Debug, Clone)]
pub struct Notice {
    /// The same whenever the message is sent again.
    pub id: String,
    /// Why it is sent.
    pub occasion: Occasion,
    /// When what it tells happened.
    pub at: Timestamp,
    /// Who did it; `None` when nobody is known to have done it.
    pub actor: Option<User>,
    /// The configuration of the review.
    pub workflow: Workflow,
    /// The review.
    pub certification: Certification,
    /// The campaign in front of it.
    pub campaign: Option<Campaign>,
    /// The rows that it is about; at most [`MOST_ROWS`], none where it is about the whole review.
    pub rows: Vec<RowView>,
}

/// How a message is written down.
pub type Body = fn(&Notice) -> String;

/// Whether everything was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// There is nothing left to tell.
    All,
    /// A receiver could not be reached or was busy, and may be asked again.
    Again,
    /// It is too early to tell: the same is to be asked anew after this time. No try has been spent.
    NotYet(SignedDuration),
}

/// After what time it is looked again whether a review has been opened.
const OPENING: SignedDuration = SignedDuration::from_mins(5);
/// For how long that is done: no review takes as long to be opened.
const OPENED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Tells the receiver of a review's workflow, if there is one that wants to hear of this, as soon as the review is open and
/// what was decided cannot be taken back any more. `is_last` says that nobody will try
/// again: a removal that cannot be asked for then has failed.
///
/// # Errors
/// When the table does not answer; nothing was lost, and the same may be tried again.
pub async fn tell(deps: &Deps, heard: &Heard, is_last: bool, body: Body) -> Result<Told, Error> {
    let call = Call::by_itself("webhook", heard.review.uuid(), heard.at, deps.clock.now());
    let review = match enter_owed(deps, &call, heard.review).await {
        // A review that is gone for good.
        Err(Error::NotFound(_)) => return Ok(Told::All),
        review => review?,
    };
    let settings = review.settings(deps).await?;
    let hears = settings.webhook().filter(|webhook| webhook.hears_of(heard.occasion));
    let Some(webhook) = hears else { return Ok(Told::All) };
    if review.certification.state == CertState::Searching {
        // Automations have changed its rows, and it is not open yet: nobody is told before.
        return Ok(before_opening(&review.certification, heard.at, call.now));
    }
    let notices = notices(deps, &call, &review, heard).await?;
    let final_at = notices.iter().filter_map(undone_until).max().filter(|until| call.now <= *until);
    if let Some(until) = final_at {
        return Ok(Told::NotYet(until.duration_since(call.now) + SignedDuration::from_millis(1)));
    }
    let scope = settings.scope(Setting::Webhook, review.certification.workflow_id);
    let secret = deps.store.webhook_secret(scope).await?;
    let outcomes = futures::stream::iter(notices).map(|notice| {
        let (webhook, secret) = (&webhook, secret.as_deref().unwrap_or_default());
        async move {
            let sent = send(deps, (&webhook.url, secret), &notice, body).await;
            (notice, sent)
        }
    });
    let mut outcomes = outcomes.buffer_unordered(ABREAST);
    let mut told = Told::All;
    while let Some((notice, sent)) = outcomes.next().await {
        match sent {
            Err(failure) if failure.may_pass() && !(is_last && notice.occasion == Occasion::RowRejected) => {
                told = Told::Again;
            }
            sent => settle(deps, &review, &notice, sent).await?,
        }
    }
    Ok(told)
}

/// What there is to tell, in messages of bounded size. Of rows, those that are still as they were told to be.
async fn notices(deps: &Deps, call: &Call, review: &Review, heard: &Heard) -> Result<Vec<Notice>, Error> {
    let workflow = deps.store.workflows().get(&review.certification.workflow_id).await?;
    let workflow = workflow.ok_or_else(|| Error::Bug(format!("review {} has no workflow", review.id())))?.value;
    let known = user::by_key(deps, heard.actor.as_slice()).await?;
    let actor = heard.actor.as_ref().map(|key| user::or_key(&known, key));
    let notice = |part: usize, rows| Notice {
        id: id_of(&heard.id, part),
        occasion: heard.occasion,
        at: heard.at,
        actor: actor.clone(),
        workflow: workflow.clone(),
        certification: review.certification.clone(),
        campaign: review.campaign.clone(),
        rows,
    };
    if heard.occasion == Occasion::ReviewCompleted {
        return Ok(vec![notice(0, Vec::new())]);
    }
    let mut notices = Vec::new();
    for (part, rows) in heard.rows.chunks(MOST_ROWS).enumerate() {
        let mut rows = assemble::rows(deps, call, review, rows, Known::default()).await?;
        rows.retain(|row| is_still(heard.occasion, row));
        if !rows.is_empty() {
            notices.push(notice(part, rows));
        }
    }
    Ok(notices)
}

/// What becomes of rows that automations have changed in a review that is not open: they wait for it, unless it cannot be
/// opened.
fn before_opening(certification: &Certification, since: Timestamp, now: Timestamp) -> Told {
    if !certification.error_reason.is_empty() {
        return Told::All;
    }
    match now.duration_since(since) < OPENED_WITHIN {
        true => Told::NotYet(OPENING),
        false => Told::Again,
    }
}

/// Until when a decision that somebody may act on can be taken back.
fn undone_until(notice: &Notice) -> Option<Timestamp> {
    let decided = matches!(notice.occasion, Occasion::RowAccepted | Occasion::RowRejected);
    let until = notice.rows.iter().filter_map(|row| row.state.undo_expires_at()).max();
    until.filter(|_| notice.campaign.is_some() && decided)
}

/// Whether a row is as the occasion says. A decision may have been undone since, or its removal told of: what somebody has
/// taken on, be it by the message of another event, is not ordered twice.
fn is_still(occasion: Occasion, row: &RowView) -> bool {
    match occasion {
        Occasion::RowAccepted => row.state.is_signed_off() && row.state.decision == Decision::Accepted,
        Occasion::RowRejected => {
            let state = &row.state;
            let rejected = state.is_signed_off() && state.decision == Decision::Rejected;
            rejected && state.notification == NotificationStatus::Pending && state.answer.is_none()
        }
        Occasion::RowReassigned | Occasion::ReviewCompleted => true,
    }
}

/// The id of a message: of the event, and which of its messages it is. Without a full stop, which separates the parts of what
/// is signed.
fn id_of(event: &str, part: usize) -> String {
    let digest = Sha256::digest(format!("{event}/{part}"));
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("msg_{hex}")
}

async fn send(deps: &Deps, (url, secret): (&str, &str), notice: &Notice, body: Body) -> Result<Taken, Failure> {
    // What was stored was sound; an installation that narrowed its reach since has taken it out of reach.
    let target = Target::parse(url, deps.settings.webhook_reach).map_err(|_| Failure::NotAllowed)?;
    let secret = Secret::parse(secret).map_err(|_| Failure::NotAllowed)?;
    let sent_at = deps.clock.now().as_second();
    let body = body(notice);
    deps.receivers.send(Delivery { target: &target, id: &notice.id, sent_at, body: &body, secret: &secret }).await
}

/// Keeps what came of a message: for rejected rows, how the removal of their access goes.
async fn settle(deps: &Deps, review: &Workable, notice: &Notice, sent: Result<Taken, Failure>) -> Result<(), Error> {
    if let Err(failure) = sent {
        let (review, occasion) = (review.id(), notice.occasion.name());
        tracing::warn!(message = notice.id, %review, occasion, %failure, "a receiver did not take a message");
    }
    let (status, info) = match sent {
        Ok(Taken::Done) => (NotificationStatus::Succeed, None),
        // The receiver tells when it knows; that it knows of it is kept.
        Ok(Taken::Later) => (NotificationStatus::Pending, Some(TAKEN.to_owned())),
        Err(failure) => (NotificationStatus::Failed, Some(failure.to_string())),
    };
    if notice.occasion != Occasion::RowRejected {
        return Ok(());
    }
    let call = Call::by_itself(&notice.id, review.id().uuid(), notice.at, deps.clock.now());
    let rows: Vec<RowId> = notice.rows.iter().map(|row| row.row).collect();
    let targets = find::rows(deps, review, &rows).await?;
    let command = RowCommand::Asked { status, info: info.as_deref().map(NoteDigest::of) };
    let act = Act {
        targets: &targets,
        command: &command,
        texts: info.as_deref().into_iter().collect(),
        on_refusal: OnRefusal::Skip,
    };
    carry_out(deps, &call, review, act).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
