//! Messages that leave with a transaction, or not at all.
//!
//! A command writes its messages into the table together with what it changes. The function that committed it sends
//! them at once; a sweep every minute sends what it finds unsent, so a crash between the commit and the sending only
//! delays a message. Messages may therefore go out twice, and consumers deduplicate by their id.
//!
//! No index is needed to find what is unsent: keys order by time, and a watermark per shard says before which time
//! everything has gone out. The watermark stays [`SETTLED`] behind, more than any command lives, so nothing can appear
//! behind it.
//!
//! That a message has gone out is told in one of two ways. A mark on its item ([`Outbox::mark_sent`]) costs a write; it
//! is for what is rare or dear to repeat. A receipt ([`Outbox::sent`]) is remembered by the process and written down on
//! the item of a later message, for nothing; it is for the many messages of decisions. A receipt that is lost, because
//! its process ended, repeats a message.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::CommandId;
use jiff::{SignedDuration, Timestamp};

use crate::Store;
use crate::doc;
use crate::error::Error;
use crate::expr::Expr;
use crate::item::{self, Fields, Item};
use crate::keys::{self, Key, OUT_SHARDS};
use crate::receipts::MessageId;
use crate::table::{Query, Read};

/// How far the watermark stays behind: a command writes its messages at most this long after the time it carries. No
/// function runs longer than five minutes.
pub const SETTLED: SignedDuration = SignedDuration::from_mins(10);
/// How long a message is left to the function that committed it before the sweep takes it over.
pub const GRACE: SignedDuration = SignedDuration::from_secs(60);
/// How long a message that is marked as sent stays before the table may drop it.
const KEPT_SENT: SignedDuration = SignedDuration::from_hours(24);
/// How long a message stays that is told by a receipt, or could not be sent: longer than any outage.
const KEPT_UNMARKED: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The largest body of a message: SQS takes 256 KB, and a body that large belongs into an object.
const MAX_BODY: usize = 200 * 1024;
/// How many items of a shard one sweep looks at: after a long outage, the next sweeps look at the rest.
const MAX_SWEPT: usize = 20_000;

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
    name: MessageId,
    /// The same for every delivery of this message: `<command>#<n>`.
    pub id: String,
    /// The time of the command.
    pub at: Timestamp,
    /// The message itself.
    pub message: Outgoing,
}

/// The item of a message. One that nobody will mark carries receipts of earlier ones, and goes by itself.
pub(crate) fn item(
    name: MessageId,
    now: Timestamp,
    message: Outgoing,
    receipts: Option<&[MessageId]>,
) -> Result<(Item, Sent), Error> {
    if message.body.len() > MAX_BODY {
        return Err(Error::TooLarge { what: "a message".to_owned(), size: message.body.len(), limit: MAX_BODY });
    }
    let MessageId { command, n } = name;
    let key = keys::out(now, &command, n);
    let mut item = item::keyed(&key);
    item.insert("v".to_owned(), item::number(1));
    item.insert("cmd".to_owned(), item::text(command.to_string()));
    item.insert("n".to_owned(), item::number(n));
    item.insert("kind".to_owned(), item::text(&message.kind));
    item.insert("d".to_owned(), item::text(&message.body));
    if let Some(receipts) = receipts {
        item.insert("ttl".to_owned(), item::number(doc::seconds(now, KEPT_UNMARKED)));
        if !receipts.is_empty() {
            item.insert("out".to_owned(), item::binary(MessageId::pack(receipts)));
        }
    }
    Ok((item, Sent { key, name, id: format!("{command}#{n}"), at: now, message }))
}

fn read(item: &Item) -> Result<Sent, Error> {
    let name = name_of(item)?;
    let MessageId { command, n } = name;
    Ok(Sent {
        key: item::key_of(item)?,
        name,
        id: format!("{command}#{n}"),
        at: time_of(item)?,
        message: Outgoing { kind: item.get_text("kind")?.to_owned(), body: item.get_text("d")?.to_owned() },
    })
}

fn name_of(item: &Item) -> Result<MessageId, Error> {
    let command: Result<CommandId, _> = item.get_text("cmd")?.parse();
    let command = command.map_err(|error| Error::corrupt(item.label(), error))?;
    Ok(MessageId { command, n: item.get_number("n")? })
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

/// What one sweep sees of a shard.
struct Window {
    shard: u8,
    watermark: Timestamp,
    /// Messages old enough to be swept and without a mark.
    unmarked: Vec<(Timestamp, MessageId, Key)>,
    /// Up to when everything was looked at.
    read_until: Timestamp,
}

impl Outbox<'_> {
    /// Remembers that a message was sent; a later message of this process carries the receipt. Costs nothing.
    pub fn sent(&self, message: &Sent) {
        self.0.receipts().note(message.name);
    }

    /// Marks a message as sent. Safe to repeat.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; the message then goes out twice.
    pub async fn mark_sent(&self, message: &Sent, now: Timestamp) -> Result<(), Error> {
        let expr = Expr::update("SET #sent = :sent, #ttl = :ttl")
            .when("attribute_exists(#pk)")
            .value(":sent", item::time(now))
            .value(":ttl", item::number(doc::seconds(now, KEPT_SENT)));
        self.0.table().update(&message.key, &expr).await?;
        Ok(())
    }

    /// Up to `limit` messages of which nothing says within [`GRACE`] that they were sent, the oldest first. To be called
    /// by one sweep at a time; two at once only send twice.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn unsent(&self, now: Timestamp, limit: usize) -> Result<Vec<Sent>, Error> {
        let mut gone = self.0.receipts().all();
        let mut windows = Vec::new();
        for shard in 0..OUT_SHARDS {
            windows.push(self.window(shard, now, &mut gone).await?);
        }
        let mut waiting = Vec::new();
        for mut window in windows {
            window.unmarked.retain(|(_, name, _)| !gone.contains(name));
            self.advance(&window, now).await?;
            waiting.extend(window.unmarked);
        }
        waiting.sort_by(|one, two| (one.0, &one.2).cmp(&(two.0, &two.2)));
        waiting.truncate(limit);
        let keys = waiting.into_iter().map(|(_, _, key)| key).collect();
        let items = self.0.table().batch_get(keys, Read::Consistent).await?;
        let mut found = items.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        found.sort_by(|one, two| (one.at, &one.key).cmp(&(two.at, &two.key)));
        Ok(found)
    }

    /// Reads a shard from its watermark on, and gathers the receipts that stand there. A receipt may stand in any shard,
    /// and on an item that is too young to be swept itself.
    async fn window(&self, shard: u8, now: Timestamp, gone: &mut HashSet<MessageId>) -> Result<Window, Error> {
        let watermark = self.0.table().get(&keys::out_sweep(shard), Read::Consistent).await?;
        let watermark = watermark.as_ref().and_then(|item| item.maybe_time("at")).unwrap_or(Timestamp::UNIX_EPOCH);
        let due = before(now, GRACE);
        let mut window = Window { shard, watermark, unmarked: Vec::new(), read_until: Timestamp::MAX };
        let mut from = keys::ascending(watermark);
        let mut seen = 0;
        loop {
            let query = Query::between(keys::out_partition(shard), &from, "~", Read::Consistent);
            let page = self.0.table().query(&query.limit(500)).await?;
            for item in &page.items {
                if let Some(AttributeValue::B(receipts)) = item.get("out") {
                    gone.extend(MessageId::unpack(receipts.as_ref()));
                }
                let at = time_of(item)?;
                if at <= due && !matches!(item.get("sent"), Some(AttributeValue::N(_))) {
                    window.unmarked.push((at, name_of(item)?, item::key_of(item)?));
                }
            }
            seen += page.items.len();
            match page.items.last() {
                Some(item) if page.more && seen < MAX_SWEPT => from = format!("{}\u{1}", item.get_text(keys::SORT)?),
                Some(item) if page.more => {
                    window.read_until = time_of(item)?;
                    return Ok(window);
                }
                Some(_) | None => return Ok(window),
            }
        }
    }

    /// Moves the watermark of a shard up to the first message that has to be sent, but never too close to now.
    async fn advance(&self, window: &Window, now: Timestamp) -> Result<(), Error> {
        let first = window.unmarked.iter().map(|(at, _, _)| *at).min().unwrap_or(Timestamp::MAX);
        let clean = first.min(window.read_until).min(before(now, SETTLED));
        if clean > window.watermark {
            let expr = Expr::update("SET #at = :at").value(":at", item::time(clean));
            self.0.table().update(&keys::out_sweep(window.shard), &expr).await?;
        }
        Ok(())
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
