//! Telling people that rows were given to them.
//!
//! Rows are given singly and by thousands, by one command or by one for each row, and nobody wants a mail for each. A letter
//! waits for a moment before it is sent, for whatever else is given to its recipient in the same review: what it says is
//! read when it is sent. What comes after that makes a second letter when the hour is over, which says it all. So there are
//! two letters an hour at most, however many commands there were, and no row goes unmentioned.

use domain::ids::JobId;
use domain::letter::{Letter, Motive};
use domain::user::UserKey;
use jiff::{SignedDuration, Timestamp};

use super::heard::Heard;
use super::write::{Matter, id_of, letter, write_down};
use super::{Recipients, for_each, write_and_send};
use crate::call::Call;
use crate::deps::{Deps, Message};
use crate::error::Error;

/// How long the first letter of an hour waits for more.
const MOMENT: SignedDuration = SignedDuration::from_secs(30);
/// Seconds of the stretch in which somebody hears twice at most of rows given to them in one review.
const HOUR: i64 = 3_600;
/// How many letters one tick hands over; what is left is found a minute later.
const LETTERS: usize = 200;

/// What one tick came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gathered {
    /// Letters that were handed over.
    pub letters: usize,
    /// Letters that could not be handed over.
    pub left: usize,
}

/// Has people told that rows were given to them. The same event, heard again, makes no further letter.
pub(super) async fn announce(deps: &Deps, heard: &Heard, recipients: Recipients) -> Result<(), Error> {
    for_each(recipients, |(to, instead_of)| announce_to(deps, heard, to, instead_of)).await
}

async fn announce_to(deps: &Deps, heard: &Heard, to: UserKey, instead_of: Vec<UserKey>) -> Result<(), Error> {
    // A command may be told in several events.
    let cause = heard.id.split('#').next().unwrap_or(&heard.id);
    let hour = heard.at.as_second().div_euclid(HOUR);
    let (first, later) = (format!("{}/{hour}", heard.review), format!("{}/{hour}/later", heard.review));
    let matter = |id, actor| Matter { id, motive: Motive::Reassigned, review: Some(heard.review), actor, at: heard.at };
    let first = matter(first.as_str(), heard.actor.as_ref());
    loop {
        let now = deps.clock.now();
        let Some(stored) = deps.store.letters().get(&id_of(&first, &to)).await? else {
            let waiting = now.checked_add(MOMENT).ok();
            let letter = Letter { after: waiting, ..letter(&first, &to, &instead_of) };
            if write_down(deps, &Letter { cause: Some(cause.to_owned()), ..letter }).await? {
                return Ok(());
            }
            continue;
        };
        if stored.value.covers(cause, now) {
            return Ok(());
        }
        // Whatever was given in the hour has been written when it is sent, and so it says all of it; several people may
        // have given it.
        let over = hour.saturating_add(1).saturating_mul(HOUR);
        let over = Timestamp::from_second(over).unwrap_or(now).checked_add(MOMENT).ok();
        let letter = Letter { after: over, ..letter(&matter(later.as_str(), None), &to, &instead_of) };
        let _written_before = write_down(deps, &letter).await?;
        return Ok(());
    }
}

/// Hands over the letters that have waited long enough.
///
/// # Errors
/// [`Error::Unavailable`] when nothing can be looked up: the next tick tries again.
pub async fn send_gathered(deps: &Deps) -> Result<Gathered, Error> {
    let now = deps.clock.now();
    let mut gathered = Gathered::default();
    for id in deps.store.letters().gathered(now, LETTERS).await? {
        match hand_over(deps, id, now).await {
            Ok(handed) => gathered.letters += usize::from(handed),
            Err(error) => {
                tracing::warn!(letter = %id, %error, "a letter cannot be handed over");
                gathered.left += 1;
            }
        }
    }
    Ok(gathered)
}

/// Hands a letter to the queue, unless another tick has. The index may lag: what the letter says decides.
async fn hand_over(deps: &Deps, id: JobId, now: Timestamp) -> Result<bool, Error> {
    let decide = || async move {
        let Some(stored) = deps.store.letters().get(&id).await? else { return Ok(None) };
        let Some(after) = stored.value.after.filter(|after| *after <= now) else { return Ok(None) };
        let call = Call::by_itself("letter", id.uuid(), after, now);
        let mut tx = deps.store.write(call.command, now);
        tx.put_letter(&Letter { after: None, ..stored.value }, Some(stored.version))?;
        Ok(Some((tx, Message::Mail { job: id })))
    };
    write_and_send(deps, decide).await
}
