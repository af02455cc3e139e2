//! What a command writes, gathered and then written together or not at all.
//!
//! A lost answer never becomes a conflict: the transaction is repeated under one token, and when a condition fails
//! because the command's own earlier attempt had come through, the items in the way carry the command's id and the
//! very versions that it meant to write, and the commit is reported as done.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::CommandId;
use jiff::Timestamp;

use crate::Store;
use crate::doc::{self, Record};
use crate::error::Error;
use crate::expr::Expr;
use crate::item::{self, Fields, Item};
use crate::keys::{self, Key, List};
use crate::outbox::{self, Outgoing};
use crate::receipts::MessageId;
use crate::table::{Read, Reason, Transacted, Write};

/// A transaction in the making: at most 100 items and 3.8 MB.
#[derive(Debug)]
#[must_use = "nothing is written before `commit`"]
pub struct Tx<'a> {
    store: &'a Store,
    command: CommandId,
    now: Timestamp,
    writes: Vec<Planned>,
    outgoing: Vec<outbox::Sent>,
}

#[derive(Debug)]
struct Planned {
    what: String,
    key: Key,
    /// The version that the write leaves behind, for items that have one.
    leaves: Option<u64>,
    write: Write,
}

/// What a commit left to be done outside the table.
#[derive(Debug, Default)]
#[must_use = "outgoing messages are sent right after the commit"]
pub struct Committed {
    /// The messages of the command: hand them over now and tell [`crate::outbox::Outbox::mark_sent`]; the sweep sends
    /// whatever is not marked.
    pub outgoing: Vec<outbox::Sent>,
}

impl Store {
    /// Begins the transaction of a command. The id is the same for every retry of the call.
    pub fn write(&self, command: CommandId, now: Timestamp) -> Tx<'_> {
        Tx { store: self, command, now, writes: Vec::new(), outgoing: Vec::new() }
    }
}

impl Tx<'_> {
    /// The command's id.
    pub fn command(&self) -> CommandId {
        self.command
    }

    /// The time of the command.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Adds a message that leaves with the transaction, or not at all.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for a body that an item cannot hold.
    pub fn send(&mut self, message: Outgoing) -> Result<(), Error> {
        let n = u32::try_from(self.outgoing.len()).unwrap_or(u32::MAX);
        self.send_as(n, message)
    }

    /// The same under a number of the caller's choice, for commands that send from several transactions.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn send_as(&mut self, n: u32, message: Outgoing) -> Result<(), Error> {
        let name = MessageId { command: self.command, n };
        let (item, sent) = outbox::item(name, self.now, message, None)?;
        let key = item::key_of(&item)?;
        self.plan("a message", key, None, Write::Put(item, Expr::absent()));
        self.outgoing.push(sent);
        Ok(())
    }

    /// Adds an aggregate that must not exist, or be deleted.
    pub(crate) fn insert<R: Record>(&mut self, key: Key, record: &R) -> Result<(), Error> {
        let item = doc::item(&key, record, 1, self.command)?;
        self.insert_item(R::KIND, key, item);
        Ok(())
    }

    pub(crate) fn insert_item(&mut self, what: &str, key: Key, item: Item) {
        // What was deleted may come back under its key.
        let condition = Expr::condition("attribute_not_exists(#pk) OR attribute_exists(#gone)");
        self.plan(what, key, Some(1), Write::Put(item, condition));
    }

    /// Adds an aggregate that must still stand at `version`.
    pub(crate) fn replace<R: Record>(&mut self, key: Key, record: &R, version: u64) -> Result<(), Error> {
        let item = doc::item(&key, record, version + 1, self.command)?;
        self.replace_item(R::KIND, key, item, version);
        Ok(())
    }

    pub(crate) fn replace_item(&mut self, what: &str, key: Key, item: Item, version: u64) {
        let write = Write::Update(key.clone(), doc::replacement(item, version));
        self.plan(what, key, Some(version + 1), write);
    }

    /// The same for an aggregate that never changes afterwards: it need not remember who changed it before.
    pub(crate) fn replace_for_good<R: Record>(&mut self, key: Key, record: &R, version: u64) -> Result<(), Error> {
        let item = doc::item(&key, record, version + 1, self.command)?;
        let condition =
            Expr::condition("#rev = :rev AND attribute_not_exists(#gone)").value(":rev", item::number(version));
        self.plan(R::KIND, key, Some(version + 1), Write::Put(item, condition));
        Ok(())
    }

    /// Adds an aggregate that is deleted, if it still stands at `version`; `keep` leaves the tombstone for good.
    pub(crate) fn delete<R: Record>(&mut self, key: Key, record: &R, version: u64, keep: bool) -> Result<(), Error> {
        let mut item = doc::item(&key, record, version + 1, self.command)?;
        doc::entomb(&mut item, self.now, keep);
        self.replace_item(R::KIND, key, item, version);
        Ok(())
    }

    /// Adds an entry of a list, which names the item `target`.
    pub(crate) fn list(&mut self, entry: Key, target: &Key) {
        self.list_telling(entry, target, []);
    }

    /// The same with something that readers of the list need not ask the item for, under its name.
    pub(crate) fn list_telling<'n>(
        &mut self,
        entry: Key,
        target: &Key,
        told: impl IntoIterator<Item = (&'n str, AttributeValue)>,
    ) {
        let mut item = item::keyed(&entry);
        item.insert("at".to_owned(), item::text(&target.pk));
        item.insert("as".to_owned(), item::text(&target.sk));
        item.extend(told.into_iter().map(|(name, value)| (name.to_owned(), value)));
        self.plan("a list entry", entry, None, Write::Put(item, Expr::default()));
    }

    /// Takes a name for the item `target`, if it is free.
    pub(crate) fn take_name(&mut self, name: Key, target: &Key) {
        let mut item = item::keyed(&name);
        item.insert("at".to_owned(), item::text(&target.pk));
        item.insert("as".to_owned(), item::text(&target.sk));
        item.insert("cmd".to_owned(), item::text(self.command.to_string()));
        let free = Expr::condition("attribute_not_exists(#pk) OR attribute_exists(#gone)");
        self.plan("a name", name, None, Write::Put(item, free));
    }

    /// Takes an entry off a list, or frees a name.
    pub(crate) fn unlist(&mut self, entry: Key) {
        let mut item = item::keyed(&entry);
        doc::entomb(&mut item, self.now, false);
        self.plan("a list entry", entry, None, Write::Put(item, Expr::default()));
    }

    pub(crate) fn plan(&mut self, what: impl Into<String>, key: Key, leaves: Option<u64>, write: Write) {
        self.writes.push(Planned { what: what.into(), key, leaves, write });
    }

    /// Whether something is to be written there: a transaction writes an item once.
    pub(crate) fn is_planned(&self, key: &Key) -> bool {
        self.writes.iter().any(|planned| planned.key == *key)
    }

    /// Writes everything, or nothing.
    ///
    /// # Errors
    /// [`Error::Conflict`] names the first item that another command changed or created; [`Error::Unavailable`] when
    /// it is unknown whether it was written: repeating the same command is safe.
    pub async fn commit(self) -> Result<Committed, Error> {
        if self.writes.is_empty() {
            return Ok(Committed::default());
        }
        let token = self.token();
        let writes: Vec<Write> = self.writes.iter().map(|planned| planned.write.clone()).collect();
        match self.store.table().transact(&token, &writes).await? {
            Transacted::Done => Ok(Committed { outgoing: self.outgoing }),
            Transacted::Cancelled(reasons) => self.judge(&reasons),
            Transacted::TokenUsed => self.read_back().await,
        }
    }

    /// Stable for the contents, as far as they can be told apart by keys and versions.
    fn token(&self) -> String {
        let command = self.command.to_string();
        let mut parts = vec![command];
        for planned in &self.writes {
            parts.push(format!("{} {}", planned.key.pk, planned.key.sk));
            parts.push(planned.leaves.unwrap_or(0).to_string());
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        keys::token(&parts)
    }

    fn is_own(&self, planned: &Planned, item: &Item) -> bool {
        let versions_agree = planned.leaves.is_none_or(|leaves| leaves == doc::version_of(item));
        versions_agree && doc::command_of(item) == Some(self.command)
    }

    /// INVARIANT: a transaction is atomic, so one item that is our own write says that all of them came through.
    fn judge(self, reasons: &[Reason]) -> Result<Committed, Error> {
        let refused = self.writes.iter().zip(reasons).filter_map(|(planned, reason)| match reason {
            Reason::None => None,
            Reason::Refused(item) => Some((planned, item)),
        });
        let mut first = None;
        for (planned, item) in refused {
            if planned.leaves.is_some() && item.as_ref().is_some_and(|item| self.is_own(planned, item)) {
                return Ok(Committed { outgoing: self.outgoing });
            }
            first = first.or(Some(planned));
        }
        Err(Error::conflict(first.map_or_else(String::new, |planned| format!("{} {}", planned.what, planned.key))))
    }

    async fn read_back(self) -> Result<Committed, Error> {
        for planned in self.writes.iter().filter(|planned| planned.leaves.is_some()) {
            let item = self.store.table().get(&planned.key, Read::Consistent).await?;
            if !item.is_some_and(|item| self.is_own(planned, &item)) {
                return Err(Error::conflict(format!("{} {}", planned.what, planned.key)));
            }
        }
        Ok(Committed { outgoing: self.outgoing })
    }
}

/// How many entries of a list are read together once some were taken off: behind thousands of those, few requests are made.
const ENTRIES_AT_ONCE: usize = 100;

/// How many entries there are up to the last of `wanted` that were not taken off.
fn until_living(entries: &[Item], wanted: usize) -> usize {
    let mut living = entries.iter().enumerate().filter(|(_, entry)| listed(entry).is_some());
    living.nth(wanted.saturating_sub(1)).map_or(entries.len(), |(place, _)| place + 1)
}

/// The item that a list entry names; `None` for an entry that was taken off.
pub(crate) fn listed(entry: &Item) -> Option<Key> {
    if doc::is_gone(entry) {
        return None;
    }
    match (entry.get("at"), entry.get("as")) {
        (Some(AttributeValue::S(pk)), Some(AttributeValue::S(sk))) => Some(Key { pk: pk.clone(), sk: sk.clone() }),
        _ => None,
    }
}

impl Store {
    /// One aggregate, read consistently; `None` when it does not exist or is deleted.
    pub(crate) async fn load<R: Record>(&self, key: &Key) -> Result<Option<doc::Stored<R>>, Error> {
        match self.table().get(key, Read::Consistent).await? {
            Some(item) => doc::read(&item),
            None => Ok(None),
        }
    }

    /// Whether it was this command that has deleted what stood under a key: what its repetition finds, for as long as the
    /// tombstone stays.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn is_deleted_by(&self, key: &Key, command: CommandId) -> Result<bool, Error> {
        let item = self.table().get(key, Read::Consistent).await?;
        Ok(item.is_some_and(|item| doc::is_gone(&item) && doc::command_of(&item) == Some(command)))
    }

    /// A page of a list behind the sort key `after`: entries and then what they name, both read consistently.
    pub(crate) async fn load_list<R: Record>(
        &self,
        list: &List<'_>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<doc::Listing<doc::Stored<R>>, Error> {
        let partition = keys::list_partition(list);
        let mut values = Vec::new();
        let (mut from, mut at_least) = (after.map(|after| format!("{after}\u{1}")), 1);
        loop {
            let first = from.take().unwrap_or_else(|| "\u{1}".to_owned());
            let wanted = limit.saturating_sub(values.len()).max(1);
            // One entry more than wanted tells exactly whether there is another page.
            let query = crate::table::Query::between(&partition, first, "\u{10FFFF}", Read::Consistent);
            let mut page = self.table().query(&query.limit((wanted + 1).max(at_least))).await?;
            at_least = ENTRIES_AT_ONCE;
            let taken = until_living(&page.items, wanted);
            let more = page.more || page.items.len() > taken;
            page.items.truncate(taken);
            from = page
                .items
                .last()
                .map(|entry| entry.get_text(keys::SORT).map(|sort| format!("{sort}\u{1}")))
                .transpose()?;
            values.extend(self.load_entries(&page.items).await?);
            if !more || values.len() >= limit {
                return Ok(doc::Listing { values, more });
            }
        }
    }

    /// How many entries a list has: about one read unit for forty of them.
    pub(crate) async fn count_list(&self, list: &List<'_>) -> Result<usize, Error> {
        let partition = keys::list_partition(list);
        let query = crate::table::Query::between(&partition, "\u{1}", "\u{10FFFF}", Read::Consistent);
        Ok(self.table().query(&query).await?.items.iter().filter_map(listed).count())
    }

    async fn load_entries<R: Record>(&self, entries: &[Item]) -> Result<Vec<doc::Stored<R>>, Error> {
        let targets: Vec<Key> = entries.iter().filter_map(listed).collect();
        let items = self.table().batch_get(targets.clone(), Read::Consistent).await?;
        let mut found = std::collections::HashMap::new();
        for item in items {
            found.insert(item::key_of(&item)?, item);
        }
        let mut values = Vec::with_capacity(targets.len());
        for target in targets {
            if let Some(item) = found.get(&target) {
                values.extend(doc::read(item)?);
            }
        }
        Ok(values)
    }
}
