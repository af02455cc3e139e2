//! Small aggregates: one item each, a JSON record inside, a version that guards against lost updates.
//!
//! | attribute | meaning |
//! |---|---|
//! | `v` | the format of the record; old formats are read for ever, the newest is written |
//! | `rev` | the version of the aggregate: 1 when created, one more with every change |
//! | `d` | the record as JSON |
//! | `cmd` | the command that wrote this version: how a repeated command recognises its own work |
//! | `by0` … `by15` | the commands that wrote the versions before, each at its version's remainder |
//! | `gone` | when it was deleted; a deleted item answers as if it were not there |
//! | `ttl` | when the table may drop a deleted or expired item; nothing decides on it |
//! | `dpk`, `dsk` | the entry in the index of due times, while there is one |

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::CommandId;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::expr::Expr;
use crate::item::{self, Fields, Item};
use crate::keys::{self, Key};

/// How many commands are known besides the one that wrote the version that stands: as many changes by others a repeated
/// call may come behind and still find that it is done.
const EARLIER: u64 = 16;
/// The attributes of an item's key, which no update names.
const KEY: [&str; 2] = [keys::PARTITION, keys::SORT];
/// Attributes that an aggregate has at one version and not at the next.
const PASSING: [&str; 4] = [keys::DUE_PARTITION, keys::DUE_SORT, keys::TTL, NEXT];
/// The attribute of the time at which something is done next, where that is told beside the record.
pub(crate) const NEXT: &str = "next";

/// How long a deleted item stays before the table may drop it.
pub(crate) const TOMBSTONE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// An aggregate as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored<T> {
    /// The aggregate.
    pub value: T,
    /// Its version, to be named when it is changed: 1 when created.
    pub version: u64,
    /// The command that wrote this version.
    pub command: Option<CommandId>,
    /// Those that wrote the versions before: of at most sixteen, in no order.
    pub earlier: Vec<CommandId>,
}

impl<T> Stored<T> {
    /// A version that `command` has just written.
    pub fn written(value: T, version: u64, command: CommandId) -> Self {
        Self { value, version, command: Some(command), earlier: Vec::new() }
    }

    /// Whether `command` wrote this version or one of the sixteen before: a repeated command that reads this is done
    /// already, also where others have changed the aggregate since. Doing it again would undo what they did.
    pub fn is_by(&self, command: CommandId) -> bool {
        self.command == Some(command) || self.earlier.contains(&command)
    }

    pub(crate) fn try_map<U, E>(self, to: impl FnOnce(T) -> Result<U, E>) -> Result<Stored<U>, E> {
        Ok(Stored { value: to(self.value)?, version: self.version, command: self.command, earlier: self.earlier })
    }

    pub(crate) fn map<U>(self, to: impl FnOnce(T) -> U) -> Stored<U> {
        Stored { value: to(self.value), version: self.version, command: self.command, earlier: self.earlier }
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing<T> {
    /// The entries, in the order of the list.
    pub values: Vec<T>,
    /// Whether there are more behind the last one.
    pub more: bool,
}

/// A record: what stands in `d`. A type of its own for every aggregate, so that a change of the domain cannot change
/// stored data by accident.
pub(crate) trait Record: Serialize + DeserializeOwned {
    /// What it is, for messages.
    const KIND: &'static str;
    /// The newest format, which is the one that is written.
    const FORMAT: u32;

    /// Reads an older format; the newest is read by serde.
    fn upgrade(format: u32, _body: &str) -> Result<Self, String> {
        Err(format!("format {format} is newer than this version of the program knows"))
    }
}

/// The attributes of an aggregate's item.
pub(crate) fn item<R: Record>(key: &Key, record: &R, version: u64, command: CommandId) -> Result<Item, Error> {
    let body = serde_json::to_string(record).map_err(|error| Error::corrupt(key.to_string(), error))?;
    let mut item = item::keyed(key);
    item.insert("v".to_owned(), item::number(R::FORMAT));
    item.insert("rev".to_owned(), item::number(version));
    item.insert("d".to_owned(), item::text(body));
    item.insert("cmd".to_owned(), item::text(command.to_string()));
    Ok(item)
}

/// Marks an item as deleted at `now`; `keep` leaves it in the table for good, as evidence.
pub(crate) fn entomb(item: &mut Item, now: Timestamp, keep: bool) {
    item.insert("gone".to_owned(), item::time(now));
    if !keep {
        item.insert(keys::TTL.to_owned(), item::number(seconds(now, TOMBSTONE)));
    }
}

/// Puts an item into the index of due times.
pub(crate) fn due(item: &mut Item, partition: &str, at: Timestamp, id: &str) {
    item.insert(keys::DUE_PARTITION.to_owned(), item::text(partition));
    item.insert(keys::DUE_SORT.to_owned(), item::text(keys::due(at, id)));
}

/// The Unix second `after` a time, as the time to live wants it.
pub(crate) fn seconds(now: Timestamp, after: SignedDuration) -> i64 {
    now.as_second().saturating_add(after.as_secs())
}

/// The aggregate in an item; `None` when it is deleted.
pub(crate) fn read<R: Record>(item: &Item) -> Result<Option<Stored<R>>, Error> {
    if is_gone(item) { Ok(None) } else { read_evidence(item).map(Some) }
}

/// The aggregate in an item, also when it was deleted and is kept for good, as evidence.
pub(crate) fn read_kept<R: Record>(item: &Item) -> Result<Option<Stored<R>>, Error> {
    if is_gone(item) && item.contains_key(keys::TTL) { Ok(None) } else { read_evidence(item).map(Some) }
}

/// The aggregate in an item, whether or not it is deleted: for what is kept as evidence.
pub(crate) fn read_evidence<R: Record>(item: &Item) -> Result<Stored<R>, Error> {
    let format: u32 = item.get_number("v")?;
    let body = item.get_text("d")?;
    let corrupt = |reason: String| Error::corrupt(item.label(), format!("not a {}: {reason}", R::KIND));
    let value = if format == R::FORMAT {
        serde_json::from_str(body).map_err(|error| corrupt(crate::label::of_fault(&error)))?
    } else {
        R::upgrade(format, body).map_err(corrupt)?
    };
    Ok(Stored { value, version: item.get_number("rev")?, command: command_of(item), earlier: earlier_of(item) })
}

/// Whether the item is a tombstone.
pub(crate) fn is_gone(item: &Item) -> bool {
    item.contains_key("gone")
}

/// The command that wrote the item.
pub(crate) fn command_of(item: &Item) -> Option<CommandId> {
    match item.get("cmd") {
        Some(AttributeValue::S(text)) => text.parse().ok(),
        _ => None,
    }
}

/// The commands that wrote earlier versions of the item.
pub(crate) fn earlier_of(item: &Item) -> Vec<CommandId> {
    (0..EARLIER).filter_map(|slot| item.maybe_text(&slot_of(slot))?.parse().ok()).collect()
}

/// Replaces an aggregate's item, from `version`, keeping which commands wrote the versions before.
pub(crate) fn replacement(item: Item, version: u64) -> Expr {
    let mut sets: Vec<&str> = item.keys().map(String::as_str).filter(|name| !KEY.contains(name)).collect();
    sets.sort_unstable();
    let mut update = format!("SET #{} = if_not_exists(#cmd, :unknown)", slot_of(version));
    for name in sets {
        update.push_str(&format!(", #{name} = :{name}"));
    }
    let gone: Vec<String> =
        PASSING.iter().filter(|name| !item.contains_key(**name)).map(|name| format!("#{name}")).collect();
    if !gone.is_empty() {
        update.push_str(&format!(" REMOVE {}", gone.join(", ")));
    }
    let expr = Expr::update(update)
        .when("#rev = :before AND attribute_not_exists(#gone)")
        .value(":before", item::number(version))
        .value(":unknown", item::text(""));
    item.into_iter()
        .filter(|(name, _)| !KEY.contains(&name.as_str()))
        .fold(expr, |expr, (name, value)| expr.value(&format!(":{name}"), value))
}

/// The attribute that names the command of a version once that is replaced.
fn slot_of(version: u64) -> String {
    format!("by{}", version % EARLIER)
}

/// The version of the item; 0 when it has none.
pub(crate) fn version_of(item: &Item) -> u64 {
    item.maybe_number("rev").unwrap_or(0)
}
