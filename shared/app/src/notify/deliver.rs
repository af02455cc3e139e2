//! Sending one letter, and keeping what came of it.

use domain::ids::{CommandId, JobId, ReviewId};
use domain::letter::{Fate, Letter, Undeliverable};
use domain::run::is_address;
use domain::user::{User, UserKey};
use jiff::SignedDuration;

use super::contents::{self, Contents};
use super::for_each;
use super::mail::{Mail, NotSent};
use crate::deps::Deps;
use crate::error::Error;
use crate::user;

/// How long a sender takes at most: longer than its function may run, shorter than its message takes to come again.
pub const PATIENCE: SignedDuration = SignedDuration::from_secs(90);

/// How a letter is put into words.
pub type Write = fn(&Contents) -> Mail;

/// A letter in this sender's hands.
struct Held {
    letter: Letter,
    version: u64,
}

/// Sends a letter, unless it is sent, in other hands, or there is nothing left to say. `is_last` says that nobody will try
/// again: a mail that nobody takes then has not reached its recipient.
///
/// # Errors
/// [`Error::Unavailable`] when the mail host does not take it now, or the table does not answer: the message is to come
/// again, or to lie with the dead letters.
pub async fn deliver(deps: &Deps, id: JobId, is_last: bool, write: Write) -> Result<(), Error> {
    let Some(stored) = deps.store.letters().get(&id).await? else { return Ok(()) };
    let Some(letter) = stored.value.taken_up(deps.clock.now(), PATIENCE) else { return Ok(()) };
    let to = recipient(deps, &letter.to).await?;
    let contents = contents::of(deps, &letter, to.clone()).await?;
    let Some(held) = take_up(deps, letter, stored.version).await? else { return Ok(()) };
    let Some(contents) = contents else { return settle(deps, held, Fate::Dropped).await };
    let about: Vec<ReviewId> = contents.reviews.iter().map(|one| one.review).collect();
    let sent = if is_address(&to.email) { deps.mailer.send(&write(&contents)).await } else { Err(NotSent::Unusable) };
    let at = deps.clock.now();
    let Err(failure) = sent else {
        // The mark comes first: whoever dies behind it at worst leaves somebody known as not reached.
        let letter = held.letter.clone();
        settle(deps, held, Fate::Sent { at }).await?;
        return note(deps, &letter, &about, None).await;
    };
    let motive = held.letter.motive.word();
    tracing::warn!(letter = %id, motive, %failure, "a mail was not taken");
    if failure.is_for_good() || is_last {
        note(deps, &held.letter, &about, Some(why(failure))).await?;
    }
    settle(deps, held, fate(failure, is_last, at)).await?;
    match failure.is_for_good() {
        true => Ok(()),
        false => Err(Error::Unavailable(format!("a mail: {failure}"))),
    }
}

/// Takes a letter, as it is once it is taken up, into one's hands; `None` when others did meanwhile. Whoever has it has a
/// message of their own: should they die, that one comes again.
async fn take_up(deps: &Deps, letter: Letter, version: u64) -> Result<Option<Held>, Error> {
    match put(deps, &letter, version).await {
        Ok(()) => Ok(Some(Held { letter, version: version + 1 })),
        Err(error) if error.is_conflict() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn fate(failure: NotSent, is_last: bool, at: jiff::Timestamp) -> Fate {
    match failure.is_for_good() {
        true => Fate::Failed { at, for_good: true },
        false if is_last => Fate::Failed { at, for_good: false },
        false => Fate::Waiting,
    }
}

const fn why(failure: NotSent) -> Undeliverable {
    match failure {
        NotSent::Unusable => Undeliverable::NoAddress,
        NotSent::Refused(_) => Undeliverable::Refused,
        NotSent::Answered(_) | NotSent::Unreachable | NotSent::TimedOut | NotSent::Garbage | NotSent::Off => {
            Undeliverable::GivenUp
        }
    }
}

/// Lets go of a letter. Who comes too late because others had to take it for lost leaves it to them.
async fn settle(deps: &Deps, held: Held, fate: Fate) -> Result<(), Error> {
    match put(deps, &Letter { fate, ..held.letter }, held.version).await {
        Err(error) if !error.is_conflict() => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Two senders are never one command, though they do the same.
async fn put(deps: &Deps, letter: &Letter, version: u64) -> Result<(), store::Error> {
    let mut tx = deps.store.write(CommandId::new(deps.ids.uuid()), deps.clock.now());
    tx.put_letter(letter, Some(version))?;
    tx.commit().await.map(|_nothing_to_send| ())
}

/// Somebody as the directory shows them now; their profile may be older.
async fn recipient(deps: &Deps, key: &UserKey) -> Result<User, Error> {
    if let Some(user) = user::in_directory(deps, key).await? {
        return Ok(user);
    }
    let known = user::by_key(deps, std::slice::from_ref(key)).await?;
    Ok(user::or_key(&known, key))
}

/// Notes whether reviewers are reached, in the reviews that a letter is about: its recipient, and those whose place they
/// take. Whoever answers for a review is no reviewer of it.
async fn note(deps: &Deps, letter: &Letter, about: &[ReviewId], why: Option<Undeliverable>) -> Result<(), Error> {
    if letter.motive.is_of_an_end() {
        return Ok(());
    }
    let people = std::iter::once(&letter.to).chain(&letter.instead_of);
    let pairs = people.flat_map(|person| about.iter().map(|review| (*review, person.clone())));
    let pairs: Vec<(ReviewId, UserKey)> = pairs.collect();
    for_each(
        pairs,
        |(review, person)| async move { Ok(deps.store.letters().note_contact(&review, &person, why).await?) },
    )
    .await
}
