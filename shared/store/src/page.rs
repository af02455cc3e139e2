//! What people decide: 64 rows to a page, a state that is the fold of a log, and the one transaction of a command.
//!
//! | item | holds |
//! |---|---|
//! | STATE | [`PageState`] in its own binary form, about 1 KB for a full page |
//! | LOG | one [`Entry`], as the very bytes that its hash covers |
//! | NOTE | the text of a note or of an answer; rows that got the same text in one command share it |
//!
//! A page that nobody touched has no items. [`Pages::commit`] is the only writer; everything here that a command decides
//! on is read consistently. Ranges are read by a query per shard, because a page without a state then costs nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use domain::ids::ReviewId;
use domain::page::{Entry, PageState, verify};
use domain::row::NoteRef;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use crate::Store;
use crate::error::Error;
use crate::item::{self, Fields, Item};
use crate::keys::{self, Key, PAGES_PER_STRIPE, SHARDS};
use crate::table::{Query, Read};

mod command;
mod commit;
mod plan;

pub use command::Command;
pub use commit::{CommitError, Committed, PageOutcome};
pub use plan::{MAX_NAMED_BYTES, MAX_PAGES, MAX_REACHED, PageWork};

/// How many shards are read at the same time.
const PARALLEL: usize = 4;

/// The pages of certifications.
#[derive(Debug, Clone, Copy)]
pub struct Pages<'a>(&'a Store);

impl Store {
    /// What people decided.
    pub fn pages(&self) -> Pages<'_> {
        Pages(self)
    }
}

/// What is wrong with a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The page.
    pub page: u32,
    /// What is wrong, with the first sequence number concerned.
    pub reason: String,
}

impl Pages<'_> {
    /// The state of a page; the untouched one when nobody decided anything on it.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn state(&self, review: &ReviewId, page: u32) -> Result<PageState, Error> {
        match self.0.table().get(&keys::state(review, page), Read::Consistent).await? {
            Some(item) => read_state(&item),
            None => Ok(PageState::new(*review, page)),
        }
    }

    /// The states of some pages, all of them: untouched ones included. Pages of a stripe that lie close enough together
    /// are read in one query, scattered ones by their keys: no more requests than there are stripes, and one more for
    /// every hundred scattered pages.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn states(&self, review: &ReviewId, pages: &[u32]) -> Result<BTreeMap<u32, PageState>, Error> {
        let wanted: BTreeSet<u32> = pages.iter().copied().collect();
        let mut states: BTreeMap<u32, PageState> =
            wanted.iter().map(|page| (*page, PageState::new(*review, *page))).collect();
        let (ranges, scattered) = ranges(&wanted);
        let queries = ranges
            .into_iter()
            .map(|(first, last)| self.query_shard(review, keys::page_shard(first), first, last).boxed());
        // Boxed first: a closure over borrowed pages would keep the future from being `Send`.
        let queries: Vec<BoxFuture<'_, _>> = queries.collect();
        let queried = stream::iter(queries).buffer_unordered(PARALLEL).try_collect::<Vec<_>>();
        let (queried, single) = futures::try_join!(queried, self.get_states(review, &scattered))?;
        for (page, state) in queried.into_iter().flatten().chain(single) {
            if let Some(held) = states.get_mut(&page) {
                *held = state;
            }
        }
        Ok(states)
    }

    async fn get_states(&self, review: &ReviewId, pages: &[u32]) -> Result<Vec<(u32, PageState)>, Error> {
        let items: Vec<Item> = match pages {
            [one] => self.0.table().get(&keys::state(review, *one), Read::Consistent).await?.into_iter().collect(),
            _ => {
                let names = pages.iter().map(|page| keys::state(review, *page)).collect();
                self.0.table().batch_get(names, Read::Consistent).await?
            }
        };
        items.iter().map(|item| Ok((page_of(item)?, read_state(item)?))).collect()
    }

    /// The states of touched pages in a range, ascending: a scan over a certification, about 4,000 read units for
    /// 1,000,000 rows of which every page is touched.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn touched(&self, review: &ReviewId, pages: Range<u32>) -> Result<BTreeMap<u32, PageState>, Error> {
        if pages.is_empty() {
            return Ok(BTreeMap::new());
        }
        let last = pages.end - 1;
        let whole = pages.end - pages.start > PAGES_PER_STRIPE * SHARDS;
        // INVARIANT: a range longer than one round over all shards is one query per shard; a shorter one is a query
        // per stripe, so that no page outside the range is read.
        let queries: Vec<(u32, u32)> = if whole {
            (0..SHARDS).map(|shard| (shard, u32::MAX)).collect()
        } else {
            (pages.start / PAGES_PER_STRIPE..=last / PAGES_PER_STRIPE).map(|stripe| (stripe % SHARDS, stripe)).collect()
        };
        let parts = queries.into_iter().map(|(shard, stripe)| {
            let (first, last) = match stripe {
                u32::MAX => (pages.start, last),
                stripe => (
                    pages.start.max(stripe * PAGES_PER_STRIPE),
                    last.min(stripe * PAGES_PER_STRIPE + PAGES_PER_STRIPE - 1),
                ),
            };
            self.query_shard(review, shard, first, last).boxed()
        });
        let parts: Vec<BoxFuture<'_, _>> = parts.collect();
        let parts: Vec<Vec<(u32, PageState)>> = stream::iter(parts).buffer_unordered(PARALLEL).try_collect().await?;
        Ok(parts.into_iter().flatten().collect())
    }

    async fn query_shard(
        &self,
        review: &ReviewId,
        shard: u32,
        first: u32,
        last: u32,
    ) -> Result<Vec<(u32, PageState)>, Error> {
        let partition = keys::page_partition(review, shard);
        let query = Query::between(partition, keys::state_sort(first), keys::state_sort(last), Read::Consistent);
        let page = self.0.table().query(&query).await?;
        page.items.iter().map(|item| Ok((page_of(item)?, read_state(item)?))).collect()
    }

    /// The commands on a page, oldest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn log(&self, review: &ReviewId, page: u32) -> Result<Vec<Entry>, Error> {
        let partition = keys::page_partition(review, keys::page_shard(page));
        let query = Query::prefix(partition, keys::log_prefix(page), Read::Consistent);
        self.0.table().query(&query).await?.items.iter().map(read_entry).collect()
    }

    /// The commands on some pages, oldest first; pages without any are left out. Adjacent pages are read in one query.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn logs(&self, review: &ReviewId, pages: &[u32]) -> Result<BTreeMap<u32, Vec<Entry>>, Error> {
        let wanted: BTreeSet<u32> = pages.iter().copied().collect();
        let mut logs: BTreeMap<u32, Vec<Entry>> = BTreeMap::new();
        for (first, last, _) in stretches(&wanted) {
            let partition = keys::page_partition(review, keys::page_shard(first));
            let end = format!("{}~", keys::log_prefix(last));
            let query = Query::between(partition, keys::log_prefix(first), end, Read::Consistent);
            for item in self.0.table().query(&query).await?.items {
                let page = page_of(&item)?;
                if wanted.contains(&page) {
                    logs.entry(page).or_default().push(read_entry(&item)?);
                }
            }
        }
        Ok(logs)
    }

    /// Entries of a page's log from one sequence number to another, both included.
    pub(crate) async fn log_between(&self, review: &ReviewId, page: u32, seq: (u64, u64)) -> Result<Vec<Entry>, Error> {
        let (first, last) = (keys::log(review, page, seq.0), keys::log(review, page, seq.1));
        let query = Query::between(first.pk, first.sk, last.sk, Read::Consistent);
        self.0.table().query(&query).await?.items.iter().map(read_entry).collect()
    }

    /// The texts of current notes or answers, by page and reference. A reference without a text is left out: it was erased.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn notes(
        &self,
        review: &ReviewId,
        notes: &[(u32, NoteRef)],
    ) -> Result<HashMap<(u32, NoteRef), String>, Error> {
        let mut named: HashMap<Key, (u32, NoteRef)> = HashMap::new();
        for (page, note) in notes {
            named.insert(keys::note(review, *page, note.seq, &note.tag), (*page, *note));
        }
        let items = match named.keys().collect::<Vec<_>>().as_slice() {
            [one] => self.0.table().get(one, Read::Consistent).await?.into_iter().collect(),
            _ => self.0.table().batch_get(named.keys().cloned().collect(), Read::Consistent).await?,
        };
        let mut texts = HashMap::new();
        for item in items {
            if let Some(name) = named.get(&item::key_of(&item)?) {
                texts.insert(*name, item.get_text("d")?.to_owned());
            }
        }
        Ok(texts)
    }

    /// The texts of all notes on a page, current and old, by the sequence number of the entry that wrote them.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn all_notes(&self, review: &ReviewId, page: u32) -> Result<Vec<(u64, String)>, Error> {
        let partition = keys::page_partition(review, keys::page_shard(page));
        let query = Query::prefix(partition, keys::note_prefix(page), Read::Consistent);
        let items = self.0.table().query(&query).await?.items;
        items.iter().map(|item| Ok((item.get_number("seq")?, item.get_text("d")?.to_owned()))).collect()
    }

    /// Builds every state of a range again from its log and compares: what is not the fold of its log, or breaks the
    /// chain of hashes. Empty when all is well.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; unreadable items are findings, not errors.
    pub async fn broken(&self, review: &ReviewId, pages: Range<u32>) -> Result<Vec<Broken>, Error> {
        let mut broken = Vec::new();
        for (page, state) in self.touched(review, pages).await? {
            let finding = match self.log(review, page).await {
                Ok(log) => match verify(*review, page, &log) {
                    Ok(fold) if fold == state => continue,
                    Ok(fold) => format!("the state at {} is not the fold of its log of {}", state.seq(), fold.seq()),
                    Err(error) => error.to_string(),
                },
                Err(Error::Corrupt { what, reason }) => format!("{what}: {reason}"),
                Err(error) => return Err(error),
            };
            broken.push(Broken { page, reason: finding });
        }
        Ok(broken)
    }
}

/// How pages are read: ranges within a stripe that are worth a query, and the pages that are not.
///
/// By its key a page costs a unit or more, touched or not. In a range a touched page costs a quarter of one, and an
/// untouched page nothing: a range may hold eight times as many pages as are wanted, and costs twice as much at worst.
fn ranges(pages: &BTreeSet<u32>) -> (Vec<(u32, u32)>, Vec<u32>) {
    const SPARSE: u32 = 8;
    let pages: Vec<u32> = pages.iter().copied().collect();
    let (mut ranges, mut scattered) = (Vec::new(), Vec::new());
    for stripe in pages.chunk_by(|one, other| one / PAGES_PER_STRIPE == other / PAGES_PER_STRIPE) {
        let count = u32::try_from(stripe.len()).unwrap_or(u32::MAX);
        match stripe {
            [first, .., last] if last - first < count.saturating_mul(SPARSE) => ranges.push((*first, *last)),
            few => scattered.extend_from_slice(few),
        }
    }
    (ranges, scattered)
}

/// Stretches of pages worth one query: within a stripe, with gaps of at most 8 pages. First, last, how many wanted.
fn stretches(pages: &BTreeSet<u32>) -> Vec<(u32, u32, u32)> {
    let mut stretches: Vec<(u32, u32, u32)> = Vec::new();
    for page in pages {
        match stretches.last_mut() {
            Some((_, last, count)) if page - *last <= 8 && page / PAGES_PER_STRIPE == *last / PAGES_PER_STRIPE => {
                *last = *page;
                *count += 1;
            }
            _ => stretches.push((*page, *page, 1)),
        }
    }
    stretches
}

/// The page number in the key of an item of a page.
fn page_of(item: &Item) -> Result<u32, Error> {
    let number = item.get_text(keys::SORT)?.split('#').nth(1).and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| Error::corrupt(item.label(), "the key names no page"))
}

fn read_state(item: &Item) -> Result<PageState, Error> {
    PageState::decode(item.get_binary("s")?).map_err(|error| Error::corrupt(item.label(), error))
}

fn read_entry(item: &Item) -> Result<Entry, Error> {
    Entry::parse(item.get_binary("e")?).map_err(|error| Error::corrupt(item.label(), error))
}
