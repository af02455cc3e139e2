//! Mails to people about reviews.
//!
//! What happens is told on the bus; a rule of the bus hands what people are to hear of to a queue, and the worker of that
//! queue asks here. [`hear`] makes letters of an event, one for each recipient, and hands them to the same queue;
//! [`deliver`] writes one and sends it. A reviewer for whom others stand in gets none: they do. Reminders begin with the
//! schedule ([`remind_due`]), which has the worker look for whoever still has rows to decide ([`remind`]); whatever waits for
//! somebody in all of their reviews makes one letter a day.
//!
//! Letters about rows that somebody was given wait for a moment for more of them ([`send_gathered`]).
//!
//! A letter's id follows from what it is about and for whom, and it is taken up by one sender at a time: an event that comes
//! twice makes one mail. A sender that dies between the mail host and the table leaves a letter of which nobody knows whether
//! it went out; it is sent again, under the same `Message-ID`. Hearing twice is better than never hearing.
//!
//! What a mail says is read when it is sent, with the rights of its recipient: nobody is mailed what they may not see.

mod contents;
mod deliver;
mod given;
mod hear;
mod heard;
pub(crate) mod mail;
mod remind;
mod write;

use std::collections::BTreeMap;

use domain::user::UserKey;
use futures::StreamExt;
use store::outbox::Outgoing;
use store::tx::Tx;

pub use contents::{Contents, Rows, Waiting};
pub use deliver::{PATIENCE, Write, deliver};
pub use given::{Gathered, send_gathered};
pub use hear::hear;
pub use heard::{Heard, What};
pub use mail::{Mail, NotSent};
pub use remind::{Due, remind, remind_due};

use crate::deps::{Deps, Message};
use crate::error::Error;
use crate::outgoing::{self, Told};
use crate::retry::settled;

/// Calls of the table and of the queue at the same time.
const ABREAST: usize = 16;

/// Recipients, with those whose place each takes.
type Recipients = BTreeMap<UserKey, Vec<UserKey>>;

/// Who is mailed in order to reach some reviewers: those who stand in for them, as long as they may review at all, else
/// themselves.
async fn recipients(deps: &Deps, people: impl IntoIterator<Item = UserKey>) -> Result<Recipients, Error> {
    let mut standing = deps.store.standing().all().await?;
    standing.delegates.retain(|(_, delegate)| !standing.denied.contains(delegate));
    let mut recipients = Recipients::new();
    for person in people {
        let delegates = standing.delegates.iter().filter(|(original, _)| *original == person);
        let mut delegates = delegates.map(|(_, delegate)| delegate.clone()).peekable();
        if delegates.peek().is_none() {
            recipients.entry(person).or_default();
            continue;
        }
        for delegate in delegates {
            recipients.entry(delegate).or_default().push(person.clone());
        }
    }
    recipients.remove(&UserKey::system());
    Ok(recipients)
}

/// Writes what `decide` wants and hands its message to the queue, in one transaction; it decides anew where somebody else
/// came in between. Answers whether there was anything to hand over.
async fn write_and_send<'a, F>(deps: &'a Deps, decide: impl Fn() -> F) -> Result<bool, Error>
where
    F: Future<Output = Result<Option<(Tx<'a>, Message)>, Error>>,
{
    let attempt = async || {
        let Some((mut tx, message)) = decide().await? else { return Ok(Ok(None)) };
        tx.send(Outgoing { kind: message.kind().to_owned(), body: message.job().to_string() })?;
        Ok(tx.commit().await.map(Some))
    };
    let Some(committed) = settled(attempt).await? else { return Ok(false) };
    outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
    Ok(true)
}

/// Does something for each, several at a time; the first failure counts, when all have been tried.
async fn for_each<T, F: Future<Output = Result<(), Error>>>(
    all: impl IntoIterator<Item = T>,
    act: impl Fn(T) -> F,
) -> Result<(), Error> {
    let outcomes: Vec<Result<(), Error>> =
        futures::stream::iter(all).map(act).buffer_unordered(ABREAST).collect().await;
    outcomes.into_iter().collect()
}

#[cfg(test)]
mod tests;
