//! From what happened to letters, one for each recipient.

use domain::ids::{CommandId, JobId, ReviewId};
use domain::letter::{Fate, Letter, Motive};
use domain::user::UserKey;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::heard::{Heard, What};
use super::{Recipients, for_each, given, recipients, remind};
use crate::call::Call;
use crate::deps::{Deps, Message};
use crate::error::Error;
use crate::review::Dialect;
use crate::review::open::{Review, enter_rows};
use crate::review::reviewers;

/// What letters are about, whoever gets them.
#[derive(Debug, Clone)]
pub(super) struct Matter<'a> {
    /// What tells it apart from everything else: letters of one matter to one person are one letter.
    pub(super) id: &'a str,
    /// Why they are written.
    pub(super) motive: Motive,
    /// The review, where it is one.
    pub(super) review: Option<ReviewId>,
    /// Who did it.
    pub(super) actor: Option<&'a UserKey>,
    /// When.
    pub(super) at: Timestamp,
}

/// Makes letters of an event, and hands them to the queue. The same event, heard again, makes no further ones.
///
/// # Errors
/// When the table or the queue does not answer; the same may be heard again.
pub async fn hear(deps: &Deps, heard: &Heard) -> Result<(), Error> {
    if deps.settings.mail.is_none() {
        return Ok(());
    }
    let Heard { id, at, actor, review, what } = heard;
    if let What::Reassigned(people) = what {
        return given::announce(deps, heard, recipients(deps, people.iter().cloned()).await?).await;
    }
    remind::follow(deps, *review).await?;
    let (motive, people) = match what {
        What::Began => (Motive::Started, with_rows(deps, heard).await?),
        What::Completed => (Motive::Completed, responsible(deps, heard).await?),
        What::Expired => (Motive::Expired, responsible(deps, heard).await?),
        What::Changed | What::Ended | What::Reassigned(_) => return Ok(()),
    };
    let matter = Matter { id, motive, review: Some(*review), actor: actor.as_ref(), at: *at };
    let recipients = match motive.is_of_an_end() {
        // Standing in for a reviewer is nothing to whoever answers for a review.
        true => people.into_iter().filter(|person| !person.is_system()).map(|person| (person, Vec::new())).collect(),
        false => recipients(deps, people).await?,
    };
    post(deps, &matter, recipients).await
}

/// A review as the installation itself sees it; `None` for one that was deleted.
pub(super) async fn entered(deps: &Deps, id: ReviewId) -> Result<Option<Review>, Error> {
    let now = deps.clock.now();
    let call = Call::by_itself("mail", id.uuid(), now, now);
    match enter_rows(deps, &call, id, Dialect::Certification).await {
        Ok(review) => Ok(Some(review)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Who has rows in a review.
async fn with_rows(deps: &Deps, heard: &Heard) -> Result<Vec<UserKey>, Error> {
    let Some(review) = entered(deps, heard.review).await? else { return Ok(Vec::new()) };
    let progress = reviewers::progress(deps, &review).await?;
    Ok(progress.into_iter().filter(|(_, rows)| rows.total > 0).map(|(user, _)| user).collect())
}

/// Who answers for a review: who made it, and the owner of its workflow.
async fn responsible(deps: &Deps, heard: &Heard) -> Result<Vec<UserKey>, Error> {
    let Some(review) = entered(deps, heard.review).await? else { return Ok(Vec::new()) };
    let workflow = deps.store.workflows().get(&review.certification.workflow_id).await?;
    let mut people = vec![review.certification.created_by.key()];
    people.extend(workflow.map(|stored| stored.value.owner.key()));
    people.extend(review.campaign.map(|campaign| campaign.created_by.key()));
    people.sort_unstable();
    people.dedup();
    Ok(people)
}

/// Writes letters down and hands them to the queue.
pub(super) async fn post(deps: &Deps, matter: &Matter<'_>, recipients: Recipients) -> Result<(), Error> {
    for_each(recipients, |(to, instead_of)| async move {
        let letter = letter(matter, &to, &instead_of);
        // It may be written already, by the same event when it came before; but its message may be lost.
        let _is_new = write_down(deps, &letter).await?;
        Ok(deps.queue.send(&Message::Mail { job: letter.id }).await?)
    })
    .await
}

/// A letter about a matter.
pub(super) fn letter(matter: &Matter<'_>, to: &UserKey, instead_of: &[UserKey]) -> Letter {
    Letter {
        id: id_of(matter, to),
        motive: matter.motive,
        review: matter.review,
        to: to.clone(),
        instead_of: instead_of.to_vec(),
        actor: matter.actor.cloned(),
        at: matter.at,
        after: None,
        cause: None,
        fate: Fate::Waiting,
    }
}

/// Writes a letter down; whether it is new.
pub(super) async fn write_down(deps: &Deps, letter: &Letter) -> Result<bool, Error> {
    let mut tx = deps.store.write(CommandId::new(letter.id.uuid()), deps.clock.now());
    tx.put_letter(letter, None)?;
    match tx.commit().await {
        Ok(_nothing_to_send) => Ok(true),
        Err(error) if error.is_conflict() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The id of a letter: of its matter and its recipient.
pub(super) fn id_of(matter: &Matter<'_>, to: &UserKey) -> JobId {
    let mut digest = Sha256::new();
    for part in [matter.motive.word(), matter.id, to.as_str()] {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    let digest: [u8; 32] = digest.finalize().into();
    let id = digest.first_chunk::<16>().copied().unwrap_or_default();
    JobId::new(uuid::Builder::from_custom_bytes(id).into_uuid())
}
