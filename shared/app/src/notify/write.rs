//! Letters about one matter, one for each recipient.

use domain::ids::{CommandId, JobId, ReviewId};
use domain::letter::{Fate, Letter, Motive};
use domain::user::UserKey;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{Recipients, for_each};
use crate::call::{Call, uuid_of};
use crate::deps::{Deps, Message};
use crate::error::Error;
use crate::review::Dialect;
use crate::review::open::{Review, Workable, enter_owed, enter_rows};

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

/// A review as the installation itself sees it; `None` for one that was deleted.
pub(super) async fn entered(deps: &Deps, id: ReviewId) -> Result<Option<Review>, Error> {
    let now = deps.clock.now();
    let call = Call::by_itself("mail", id.uuid(), now, now);
    found(enter_rows(deps, &call, id, Dialect::Certification).await)
}

/// A review that has ended, as the installation itself sees it, also when it was deleted since; `None` for one that is gone
/// for good.
pub(super) async fn ended(deps: &Deps, id: ReviewId) -> Result<Option<Review>, Error> {
    let now = deps.clock.now();
    let call = Call::by_itself("mail", id.uuid(), now, now);
    found(enter_owed(deps, &call, id).await)
}

fn found(entered: Result<Workable, Error>) -> Result<Option<Review>, Error> {
    match entered {
        Ok(review) => Ok(Some(review.into_review())),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
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
    JobId::new(uuid_of(digest))
}
