//! The rows that a user may act on: for each page a mask of 64 bits, written when a certification is built, for every
//! reviewer and not only the first, and changed in the transaction of a reassignment.
//!
//! An item covers 16,384 pages (1,048,576 rows) and holds runs of pages with the same mask: a reviewer whose rows lie
//! together, as the layout arranges it, takes a few bytes, and one with other rows on every page 160 KB. It is also the
//! user's inbox: the certifications in which the user has rows are those for which there are items.
//!
//! Beside the masks stands the user's *stretch*: from where to where rows lie one after the other in the order of the
//! layout, because they share their first reviewer. It lets a reader show the user's rows in that order without sorting
//! them, and costs the same however many reviewers a certification has. Readers trust it only as far as the rows that the
//! user reaches now lie in it. Items written before there were stretches have none.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use domain::ids::ReviewId;
use domain::page::ROWS;
use domain::user::UserKey;

use crate::Store;
use crate::doc::{Listing, version_of};
use crate::error::Error;
use crate::item::{self, Fields, Item};
use crate::keys::{self, Key, PAGES_PER_REACH};
use crate::table::{Query, Read};

mod codec;

/// The most that one item takes: a run of its own for every page, of ten bytes each.
pub(crate) const MAX_BYTES: usize = PAGES_PER_REACH as usize * 10;

/// The rows of one certification that a user reaches: masks by page. Pages without a row of theirs are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reach {
    masks: BTreeMap<u32, u64>,
    stretch: Option<Range<u32>>,
}

/// A change of who reaches rows of a page, to be written with the reassignment that causes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachChange {
    /// Whose reach changes.
    pub user: UserKey,
    /// Rows of the page that the user reaches from now on.
    pub add: u64,
    /// Rows of the page that the user does not reach any more.
    pub remove: u64,
}

impl Reach {
    /// No rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same rows, with a stretch of the layout: rows from the first to before the end, which lie in its order.
    #[must_use]
    pub fn with_stretch(self, stretch: Range<u32>) -> Self {
        Self { stretch: Some(stretch), ..self }
    }

    /// Whether all rows lie in one stretch, one after the other in the order of the layout; `false` also when nobody
    /// knows.
    pub fn is_one_stretch(&self) -> bool {
        let (Some((first, low)), Some((last, high))) = (self.masks.first_key_value(), self.masks.last_key_value())
        else {
            return true;
        };
        let row = |page: u32, slot: u32| page.saturating_mul(ROWS).saturating_add(slot);
        let (low, high) = (row(*first, low.trailing_zeros()), row(*last, high.checked_ilog2().unwrap_or(0)));
        self.stretch.as_ref().is_some_and(|stretch| stretch.contains(&low) && stretch.contains(&high))
    }

    /// The stretch that holds these rows of a page.
    pub(crate) fn stretch_around(&self, page: u32, rows: u64) -> Option<&Range<u32>> {
        let stretch = self.stretch.as_ref()?;
        Self::from_iter([(page, rows)]).with_stretch(stretch.clone()).is_one_stretch().then_some(stretch)
    }

    /// Takes over a stretch as long as there are no rows that it would have to hold.
    pub(crate) fn begin_in(&mut self, stretch: Option<Range<u32>>) {
        if self.masks.is_empty() && stretch.is_some() {
            self.stretch = stretch;
        }
    }

    /// Adds the rows of another item of the same user.
    fn join(&mut self, other: Self) {
        self.masks.extend(other.masks);
        self.stretch = self.stretch.take().or(other.stretch);
    }

    /// Adds the rows that somebody else reaches. A stretch stays only where there were no rows before: readers trust it as
    /// far as all rows lie in it.
    pub fn unite(&mut self, other: Self) {
        self.begin_in(other.stretch);
        for (page, rows) in other.masks {
            self.add(page, rows);
        }
    }

    /// Adds rows of a page.
    pub fn add(&mut self, page: u32, rows: u64) {
        if rows != 0 {
            *self.masks.entry(page).or_default() |= rows;
        }
    }

    /// Takes rows of a page away.
    pub fn remove(&mut self, page: u32, rows: u64) {
        if let Some(mask) = self.masks.get_mut(&page) {
            *mask &= !rows;
            if *mask == 0 {
                self.masks.remove(&page);
            }
        }
    }

    /// The rows of a page.
    pub fn mask(&self, page: u32) -> u64 {
        self.masks.get(&page).copied().unwrap_or(0)
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.masks.is_empty()
    }

    /// How many rows.
    pub fn rows(&self) -> u64 {
        self.masks.values().map(|mask| u64::from(mask.count_ones())).sum()
    }

    /// Pages with their masks, ascending.
    pub fn pages(&self) -> impl DoubleEndedIterator<Item = (u32, u64)> {
        self.masks.iter().map(|(page, mask)| (*page, *mask))
    }

    /// Pages from `from` on with their masks, ascending.
    pub fn pages_from(&self, from: u32) -> impl DoubleEndedIterator<Item = (u32, u64)> {
        self.masks.range(from..).map(|(page, mask)| (*page, *mask))
    }

    fn chunks(&self) -> BTreeMap<u32, Self> {
        let mut chunks: BTreeMap<u32, Self> = BTreeMap::new();
        for (page, mask) in self.pages() {
            let none = || Self { masks: BTreeMap::new(), stretch: self.stretch.clone() };
            chunks.entry(page / PAGES_PER_REACH).or_insert_with(none).add(page, mask);
        }
        chunks
    }
}

impl FromIterator<(u32, u64)> for Reach {
    fn from_iter<I: IntoIterator<Item = (u32, u64)>>(masks: I) -> Self {
        let mut reach = Self::new();
        masks.into_iter().for_each(|(page, mask)| reach.add(page, mask));
        reach
    }
}

/// One item of a reach, with its version; version 0 is one that does not exist yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chunk {
    pub(crate) reach: Reach,
    pub(crate) version: u64,
}

pub(crate) fn item(user: &UserKey, review: &ReviewId, attempt: u32, chunk: u32, reach: &Reach, version: u64) -> Item {
    let mut item = item::keyed(&keys::reach(user, review, attempt, chunk));
    item.insert("v".to_owned(), item::number(1));
    item.insert("rev".to_owned(), item::number(version));
    item.insert("d".to_owned(), item::binary(codec::encode(reach)));
    if let Some(stretch) = &reach.stretch {
        item.insert("from".to_owned(), item::number(stretch.start));
        item.insert("to".to_owned(), item::number(stretch.end));
    }
    item
}

pub(crate) fn read(item: &Item) -> Result<Chunk, Error> {
    let version: u32 = item.get_number("v")?;
    if version != 1 {
        return Err(Error::corrupt(item.label(), format!("reach format {version}")));
    }
    let mut reach = codec::decode(item.get_binary("d")?).ok_or_else(|| Error::corrupt(item.label(), "not a reach"))?;
    reach.stretch = item.maybe_number("from").zip(item.maybe_number("to")).map(|(from, to)| from..to);
    Ok(Chunk { reach, version: version_of(item) })
}

/// A certification in which a user has rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// The certification.
    pub review: ReviewId,
    /// The attempt that the reach belongs to: one that is not the certification's live one says nothing.
    pub attempt: u32,
    /// The user's rows in it.
    pub reach: Reach,
}

/// Who may act on which rows.
#[derive(Debug, Clone, Copy)]
pub struct Reaches<'a>(&'a Store);

impl Store {
    /// Who may act on which rows.
    pub fn reaches(&self) -> Reaches<'_> {
        Reaches(self)
    }
}

impl Reaches<'_> {
    /// Writes the reach of all reviewers of an attempt. Safe to repeat as long as the attempt is not published.
    ///
    /// # Errors
    /// [`Error::Unavailable`], with a part written.
    pub async fn write_all(
        &self,
        review: &ReviewId,
        attempt: u32,
        reaches: impl IntoIterator<Item = (UserKey, Reach)>,
    ) -> Result<(), Error> {
        self.0.table().batch_put(items(review, attempt, reaches)).await
    }

    /// Everybody whom [`Self::write_all`] gave rows of an attempt, whether or not a reassignment has taken them since.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn users(&self, review: &ReviewId, attempt: u32) -> Result<Vec<UserKey>, Error> {
        let prefix = keys::reviewers_prefix(attempt);
        let query = Query::prefix(keys::review_partition(review), prefix, Read::Consistent);
        let mut users = Vec::new();
        for item in self.0.table().query(&query).await?.items {
            for user in item.get_text("d")?.split('\n') {
                users.push(user.parse().map_err(|error| Error::corrupt(item.label(), error))?);
            }
        }
        Ok(users)
    }

    /// The rows of a certification that a user reaches, read consistently: what a command by that user decides on.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn of(&self, user: &UserKey, review: &ReviewId, attempt: u32) -> Result<Reach, Error> {
        let prefix = keys::reach_prefix(review, attempt);
        let query = Query::prefix(keys::user_partition(user), prefix, Read::Consistent);
        let mut all = Reach::new();
        for item in self.0.table().query(&query).await?.items {
            all.join(read(&item)?.reach);
        }
        Ok(all)
    }

    /// The rows of a certification of `rows` rows that any of several users reaches, read consistently: what commands of
    /// those who stand in for them decide on.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn of_others(
        &self,
        users: &[UserKey],
        review: &ReviewId,
        attempt: u32,
        rows: u32,
    ) -> Result<Reach, Error> {
        let mut all = Reach::new();
        for other in self.read_each(users, review, attempt, rows, Read::Consistent).await?.into_values() {
            all.unite(other);
        }
        Ok(all)
    }

    /// The rows of a certification of `rows` rows that each of several users reaches, those without any left out. Read
    /// eventually: to look at, not to decide on.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn of_many(
        &self,
        users: &[UserKey],
        review: &ReviewId,
        attempt: u32,
        rows: u32,
    ) -> Result<BTreeMap<UserKey, Reach>, Error> {
        self.read_each(users, review, attempt, rows, Read::Eventual).await
    }

    async fn read_each(
        &self,
        users: &[UserKey],
        review: &ReviewId,
        attempt: u32,
        rows: u32,
        read: Read,
    ) -> Result<BTreeMap<UserKey, Reach>, Error> {
        if users.is_empty() {
            return Ok(BTreeMap::new());
        }
        let chunks = rows.div_ceil(ROWS).div_ceil(PAGES_PER_REACH);
        let mut owners: HashMap<Key, &UserKey> = HashMap::new();
        for user in users {
            owners.extend((0..chunks).map(|chunk| (keys::reach(user, review, attempt, chunk), user)));
        }
        let mut reaches: BTreeMap<UserKey, Reach> = BTreeMap::new();
        for item in self.0.table().batch_get(owners.keys().cloned().collect(), read).await? {
            let reach = self::read(&item)?.reach;
            if let Some(user) = owners.get(&item::key_of(&item)?).filter(|_| !reach.is_empty()) {
                reaches.entry((*user).clone()).or_default().join(reach);
            }
        }
        Ok(reaches)
    }

    /// The certifications in which a user has rows, read consistently: at most `limit` of them behind `after`, in the
    /// order of their ids, each with all of its attempts, and whether there are more. States and live attempts stand in the certifications.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn inbox(
        &self,
        user: &UserKey,
        after: Option<&ReviewId>,
        limit: usize,
    ) -> Result<Listing<Reached>, Error> {
        let partition = keys::user_partition(user);
        let mut from =
            after.map_or_else(|| keys::REACH_PREFIX.to_owned(), |review| format!("{}{review}~", keys::REACH_PREFIX));
        let last = format!("{}~", keys::REACH_PREFIX);
        let (mut values, mut reviews) = (Vec::<Reached>::new(), 0);
        loop {
            let query = Query::between(&partition, &from, &last, Read::Consistent).limit(200);
            let page = self.0.table().query(&query).await?;
            for item in &page.items {
                let sort = item.get_text(keys::SORT)?;
                let (review, attempt) = name_of(item, sort)?;
                let reach = read(item)?.reach;
                match values.pop_if(|held| held.review == review && held.attempt == attempt) {
                    Some(mut held) => {
                        held.reach.join(reach);
                        values.push(held);
                    }
                    // Somebody whose rows were all given to others.
                    None if reach.is_empty() => {}
                    None => {
                        if values.last().is_none_or(|held| held.review != review) {
                            if reviews == limit {
                                return Ok(Listing { values, more: true });
                            }
                            reviews += 1;
                        }
                        values.push(Reached { review, attempt, reach });
                    }
                }
                from = format!("{sort}\u{1}");
            }
            if !page.more {
                return Ok(Listing { values, more: false });
            }
        }
    }
}

/// The reach of all reviewers of an attempt, and the list of them.
pub(crate) fn items(review: &ReviewId, attempt: u32, reaches: impl IntoIterator<Item = (UserKey, Reach)>) -> Vec<Item> {
    let mut items = Vec::new();
    let mut users = Vec::new();
    for (user, reach) in reaches {
        for (chunk, part) in reach.chunks() {
            items.push(item(&user, review, attempt, chunk, &part, 1));
        }
        users.push(user);
    }
    // Keys are 1 KB at most.
    for (n, users) in (0..).zip(users.chunks(300)) {
        let mut list = item::keyed(&keys::reviewers(review, attempt, n));
        list.insert("v".to_owned(), item::number(1));
        list.insert("d".to_owned(), item::text(users.iter().map(UserKey::as_str).collect::<Vec<_>>().join("\n")));
        items.push(list);
    }
    items
}

fn name_of(item: &Item, sort: &str) -> Result<(ReviewId, u32), Error> {
    let parsed = keys::parse_reach(sort).and_then(|(review, attempt, _)| Some((review.parse().ok()?, attempt)));
    parsed.ok_or_else(|| Error::corrupt(item.label(), "not the key of a reach"))
}

#[cfg(test)]
mod tests;
