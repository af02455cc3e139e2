//! Messages that leave with a transaction, or not at all.
//!
//! A command writes its messages into the table together with what it changes. The function that committed it sends
//! them at once and marks them; a sweep every minute sends what it finds unmarked, so a crash between the commit and
//! the sending only delays a message. Messages may therefore go out twice, and consumers deduplicate by their id.
//!
//! No index is needed to find what is unsent: keys order by time, and a watermark per shard says before which time
//! everything is marked. The watermark stays [`SETTLED`] behind, more than any command lives, so nothing can appear
//! behind it.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::CommandId;
use jiff::{SignedDuration, Timestamp};

use crate::Store;
use crate::doc;
use crate::error::Error;
use crate::expr::Expr;
use crate::item::{self, Fields, Item};
use crate::keys::{self, Key, OUT_SHARDS};
use crate::table::{Query, Read};

/// How far the watermark stays behind: a command writes its messages at most this long after the time it carries.
pub const SETTLED: SignedDuration = SignedDuration::from_mins(30);
/// How long a message is left to the function that committed it before the sweep takes it over.
pub const GRACE: SignedDuration = SignedDuration::from_secs(60);
/// How long a sent message stays before the table may drop it.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// The largest body of a message: SQS takes 256 KB, and a body that large belongs into an object.
const MAX_BODY: usize = 200 * 1024;

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Where to: the name of a queue or of an event.
    pub kind: String,
    /// What: at most 200 KB.
    pub body: String,
}

/// A message that stands in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    key: Key,
    /// The same for every delivery of this message: `<command>#<n>`.
    pub id: String,
    /// The message itself.
    pub message: Outgoing,
}

pub(crate) fn item(command: CommandId, now: Timestamp, n: u32, message: Outgoing) -> Result<(Item, Sent), Error> {
    if message.body.len() > MAX_BODY {
        return Err(Error::TooLarge { what: "a message".to_owned(), size: message.body.len(), limit: MAX_BODY });
    }
    let key = keys::out(now, &command, n);
    let mut item = item::keyed(&key);
    item.insert("v".to_owned(), item::number(1));
    item.insert("cmd".to_owned(), item::text(command.to_string()));
    item.insert("n".to_owned(), item::number(n));
    item.insert("kind".to_owned(), item::text(&message.kind));
    item.insert("d".to_owned(), item::text(&message.body));
    Ok((item, Sent { key, id: format!("{command}#{n}"), message }))
}

fn read(item: &Item) -> Result<Sent, Error> {
    let n: u32 = item.get_number("n")?;
    Ok(Sent {
        key: item::key_of(item)?,
        id: format!("{}#{n}", item.get_text("cmd")?),
        message: Outgoing { kind: item.get_text("kind")?.to_owned(), body: item.get_text("d")?.to_owned() },
    })
}

/// The outbox.
#[derive(Debug, Clone, Copy)]
pub struct Outbox<'a>(&'a Store);

impl Store {
    /// The outbox.
    pub fn outbox(&self) -> Outbox<'_> {
        Outbox(self)
    }
}

impl Outbox<'_> {
    /// Sends what a command committed and marks what was sent. Whatever `send` refuses is left to the sweep, and its
    /// errors are returned for the log: the command itself has succeeded.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when a mark cannot be written; the message then goes out twice.
    pub async fn send_own<F, E>(&self, messages: &[Sent], now: Timestamp, mut send: F) -> Result<Vec<E>, Error>
    where
        F: AsyncFnMut(&Sent) -> Result<(), E>,
    {
        let mut refused = Vec::new();
        for message in messages {
            match send(message).await {
                Ok(()) => self.mark_sent(message, now).await?,
                Err(error) => refused.push(error),
            }
        }
        Ok(refused)
    }

    /// Notes that a message was sent. Safe to repeat.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn mark_sent(&self, message: &Sent, now: Timestamp) -> Result<(), Error> {
        let expr = Expr::update("SET #sent = :sent, #ttl = :ttl")
            .when("attribute_exists(#pk)")
            .value(":sent", item::time(now))
            .value(":ttl", item::number(doc::seconds(now, KEPT)));
        self.0.table().update(&message.key, &expr).await?;
        Ok(())
    }

    /// Up to `limit` messages that nobody has marked within [`GRACE`], the oldest of each shard first. To be called by
    /// one sweep at a time; two at once only send twice.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn unsent(&self, now: Timestamp, limit: usize) -> Result<Vec<Sent>, Error> {
        let mut found = Vec::new();
        for shard in 0..OUT_SHARDS {
            let room = limit.saturating_sub(found.len());
            if room == 0 {
                break;
            }
            found.extend(self.unsent_of(shard, now, room).await?);
        }
        Ok(found)
    }

    async fn unsent_of(&self, shard: u8, now: Timestamp, limit: usize) -> Result<Vec<Sent>, Error> {
        let place = keys::out_sweep(shard);
        let watermark = self.0.table().get(&place, Read::Consistent).await?;
        let watermark = watermark.as_ref().and_then(|item| item.maybe_time("at")).unwrap_or(Timestamp::UNIX_EPOCH);
        let (last, settled) = (before(now, GRACE), before(now, SETTLED));
        let mut found = Vec::new();
        let mut from = keys::ascending(watermark);
        let mut clean_until = settled;
        loop {
            let query = Query::between(
                keys::out_partition(shard),
                &from,
                format!("{}~", keys::ascending(last)),
                Read::Consistent,
            );
            let page = self.0.table().query(&query.limit(500)).await?;
            for item in &page.items {
                if !matches!(item.get("sent"), Some(AttributeValue::N(_))) {
                    clean_until = clean_until.min(time_of(item)?);
                    found.push(read(item)?);
                }
            }
            match page.items.last() {
                Some(item) if page.more && found.len() < limit => from = format!("{}\u{1}", item.get_text(keys::SORT)?),
                Some(item) if page.more => {
                    clean_until = clean_until.min(time_of(item)?);
                    break;
                }
                Some(_) | None => break,
            }
        }
        found.truncate(limit);
        if clean_until > watermark {
            let expr = Expr::update("SET #at = :at").value(":at", item::time(clean_until));
            self.0.table().update(&place, &expr).await?;
        }
        Ok(found)
    }
}

fn before(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_sub(by).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn time_of(item: &Item) -> Result<Timestamp, Error> {
    let sort = item.get_text(keys::SORT)?;
    let digits = sort.split('#').next().and_then(|digits| digits.parse().ok());
    digits
        .and_then(|ms| Timestamp::from_millisecond(ms).ok())
        .ok_or_else(|| Error::corrupt(item.label(), "the key does not begin with a time"))
}
