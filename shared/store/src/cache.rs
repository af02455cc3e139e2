//! What a warm function keeps, up to a number of bytes: blocks, layouts, zone maps and whether a review is a campaign, which
//! never change; and, each with its version, what administrators have settled for everything ([`crate::settled`]).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::ids::ReviewId;
use domain::settings::{Book, Origin};
use domain::user::UserKey;

use crate::block::Block;
use crate::certification::Plan;
use crate::standing::Pairs;

/// How much encoded data is kept by default.
pub const DEFAULT_BYTES: usize = 64 * 1024 * 1024;
/// A decoded block takes about this many times its encoded size; the charge of every block allows for it.
const DECODED: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Name {
    Block(ReviewId, u32, u32),
    Plan(ReviewId, u32),
    Zones(ReviewId, u32),
    Origin(ReviewId),
    Book,
    Delegates,
    Denied,
}

/// Something that may have changed since it was read.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    /// The version in which it was read; 0 where there was none.
    pub(crate) version: u64,
    /// How much it took.
    pub(crate) bytes: usize,
    /// What was read.
    pub(crate) value: Arc<T>,
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self { version: self.version, bytes: self.bytes, value: Arc::clone(&self.value) }
    }
}

#[derive(Debug, Clone)]
enum Held {
    Block(Arc<Block>),
    Plan(Arc<Plan>),
    Zones(Arc<Vec<Vec<u8>>>),
    Origin(Origin),
    Book(Kept<Book>),
    Delegates(Kept<Pairs>),
    Denied(Kept<Vec<UserKey>>),
}

/// The least recently used goes first.
#[derive(Debug)]
pub(crate) struct Cache {
    limit: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    tick: u64,
    bytes: usize,
    held: HashMap<Name, Entry>,
    order: BTreeMap<u64, Name>,
}

#[derive(Debug)]
struct Entry {
    tick: u64,
    bytes: usize,
    held: Held,
}

impl Cache {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, inner: Mutex::default() }
    }

    pub(crate) fn block(&self, review: &ReviewId, attempt: u32, number: u32) -> Option<Arc<Block>> {
        match self.inner().get(&Name::Block(*review, attempt, number))? {
            Held::Block(block) => Some(block),
            _ => None,
        }
    }

    pub(crate) fn keep_block(&self, review: &ReviewId, attempt: u32, block: &Arc<Block>) {
        let name = Name::Block(*review, attempt, block.number());
        self.keep(name, block.size() * DECODED, Held::Block(Arc::clone(block)));
    }

    pub(crate) fn plan(&self, review: &ReviewId, attempt: u32) -> Option<Arc<Plan>> {
        match self.inner().get(&Name::Plan(*review, attempt))? {
            Held::Plan(plan) => Some(plan),
            _ => None,
        }
    }

    pub(crate) fn keep_plan(&self, review: &ReviewId, attempt: u32, plan: Arc<Plan>) {
        let bytes = plan.header.len() + plan.starts.len() * size_of::<u32>();
        self.keep(Name::Plan(*review, attempt), bytes, Held::Plan(plan));
    }

    pub(crate) fn zones(&self, review: &ReviewId, attempt: u32) -> Option<Arc<Vec<Vec<u8>>>> {
        match self.inner().get(&Name::Zones(*review, attempt))? {
            Held::Zones(zones) => Some(zones),
            _ => None,
        }
    }

    pub(crate) fn keep_zones(&self, review: &ReviewId, attempt: u32, zones: Arc<Vec<Vec<u8>>>) {
        let bytes = zones.iter().map(Vec::len).sum();
        self.keep(Name::Zones(*review, attempt), bytes, Held::Zones(zones));
    }

    pub(crate) fn origin(&self, review: &ReviewId) -> Option<Origin> {
        match self.inner().get(&Name::Origin(*review))? {
            Held::Origin(origin) => Some(origin),
            _ => None,
        }
    }

    pub(crate) fn keep_origin(&self, review: &ReviewId, origin: Origin) {
        self.keep(Name::Origin(*review), size_of::<Name>(), Held::Origin(origin));
    }

    pub(crate) fn book(&self) -> Option<Kept<Book>> {
        match self.inner().get(&Name::Book)? {
            Held::Book(book) => Some(book),
            _ => None,
        }
    }

    pub(crate) fn keep_book(&self, book: &Kept<Book>) {
        self.keep(Name::Book, book.bytes * DECODED, Held::Book(book.clone()));
    }

    pub(crate) fn delegates(&self) -> Option<Kept<Pairs>> {
        match self.inner().get(&Name::Delegates)? {
            Held::Delegates(pairs) => Some(pairs),
            _ => None,
        }
    }

    pub(crate) fn keep_delegates(&self, pairs: &Kept<Pairs>) {
        self.keep(Name::Delegates, pairs.bytes * DECODED, Held::Delegates(pairs.clone()));
    }

    pub(crate) fn denied(&self) -> Option<Kept<Vec<UserKey>>> {
        match self.inner().get(&Name::Denied)? {
            Held::Denied(users) => Some(users),
            _ => None,
        }
    }

    pub(crate) fn keep_denied(&self, users: &Kept<Vec<UserKey>>) {
        self.keep(Name::Denied, users.bytes * DECODED, Held::Denied(users.clone()));
    }

    fn keep(&self, name: Name, bytes: usize, held: Held) {
        if bytes <= self.limit {
            self.inner().keep(name, bytes, held, self.limit);
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // A panic elsewhere leaves nothing half done here: every update is complete before anything can fail.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn get(&mut self, name: &Name) -> Option<Held> {
        self.tick += 1;
        let entry = self.held.get_mut(name)?;
        self.order.remove(&entry.tick);
        entry.tick = self.tick;
        self.order.insert(self.tick, name.clone());
        Some(entry.held.clone())
    }

    fn keep(&mut self, name: Name, bytes: usize, held: Held, limit: usize) {
        self.drop_entry(&name);
        self.tick += 1;
        self.bytes += bytes;
        self.order.insert(self.tick, name.clone());
        self.held.insert(name, Entry { tick: self.tick, bytes, held });
        while self.bytes > limit {
            let Some((_, oldest)) = self.order.pop_first() else { return };
            self.drop_entry(&oldest);
        }
    }

    fn drop_entry(&mut self, name: &Name) {
        if let Some(entry) = self.held.remove(name) {
            self.order.remove(&entry.tick);
            self.bytes -= entry.bytes;
        }
    }
}

#[cfg(test)]
mod tests;
